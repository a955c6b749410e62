-- 医療機関等, and what its administrator has decided at the portal.
CREATE TABLE facilities (
    code             TEXT    NOT NULL PRIMARY KEY,
    name             TEXT    NOT NULL,
    function_enabled BOOLEAN NOT NULL, -- 外来診療等（通常とは異なる動線）機能
    terms_version    TEXT    NOT NULL DEFAULT '' -- the portal's terms that were confirmed last
);

INSERT INTO facilities (code, name, function_enabled)
SELECT known.facility_code, '', EXISTS (
    SELECT 1 FROM accounts WHERE accounts.facility_code = known.facility_code AND accounts.function_enabled
)
FROM (SELECT facility_code FROM accounts UNION SELECT facility_code FROM codes) known;

-- The function is the facility's, not the account's.
ALTER TABLE accounts DROP COLUMN function_enabled;
-- 管理アカウント: prepares everything at the portal, and is no account for a device.
ALTER TABLE accounts ADD COLUMN administrator BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE accounts ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN kana TEXT NOT NULL DEFAULT '';
-- 利用開始年月日: the beginning of that day in Japan.
ALTER TABLE accounts ADD COLUMN starts_at BIGINT NOT NULL DEFAULT 0;

-- In which order a facility's codes were issued; those of before by their time.
ALTER TABLE codes ADD COLUMN issue_number BIGINT NOT NULL DEFAULT 0;
UPDATE codes SET issue_number = usable_from;

CREATE INDEX codes_by_facility ON codes (facility_code, issue_number);
CREATE INDEX devices_by_facility ON devices (facility_code, registered_at);

-- The certificate that a device was given last.
ALTER TABLE devices ADD COLUMN certificate_from BIGINT;
ALTER TABLE devices ADD COLUMN certificate_until BIGINT;

-- Who is logged in at the portal; the token itself is not kept.
CREATE TABLE portal_sessions (
    token_hash    TEXT   NOT NULL PRIMARY KEY, -- SHA-256, hexadecimal
    facility_code TEXT   NOT NULL,
    user_id       TEXT   NOT NULL,
    opened_at     BIGINT NOT NULL,
    last_at       BIGINT NOT NULL,
    FOREIGN KEY (facility_code, user_id) REFERENCES accounts (facility_code, user_id)
);

CREATE INDEX portal_sessions_by_account ON portal_sessions (facility_code, user_id);

-- 操作記録: who did what to what at the portal, and when.
CREATE TABLE audit (
    id            TEXT   NOT NULL PRIMARY KEY,
    facility_code TEXT   NOT NULL,
    happened_at   BIGINT NOT NULL, -- microseconds since 1970: two in one second keep their order
    user_id       TEXT   NOT NULL,
    action        TEXT   NOT NULL,
    target        TEXT   NOT NULL
);

CREATE INDEX audit_by_facility ON audit (facility_code, happened_at);
