-- What was revoked lately is asked for every second, and whose devices that ends.
CREATE INDEX accounts_by_revocation ON accounts (revoked_at) WHERE revoked_at IS NOT NULL;
CREATE INDEX codes_by_revocation ON codes (revoked_at) WHERE revoked_at IS NOT NULL;
CREATE INDEX devices_by_revocation ON devices (revoked_at) WHERE revoked_at IS NOT NULL;
CREATE INDEX devices_by_account ON devices (facility_code, user_id);
CREATE INDEX devices_by_code ON devices (code) WHERE code IS NOT NULL;
