-- Times are seconds since 1970, UTC. Text keys only, so that PostgreSQL takes the same file.

-- Who may register devices and log in (機関コード, ID).
CREATE TABLE accounts (
    facility_code    TEXT    NOT NULL,
    user_id          TEXT    NOT NULL,
    password_hash    TEXT    NOT NULL,
    authority        TEXT    NOT NULL CHECK (authority IN ('general', 'medical')),
    limited          BOOLEAN NOT NULL, -- 資格確認限定型: registers without an activation code
    function_enabled BOOLEAN NOT NULL,
    has_logged_in    BOOLEAN NOT NULL,
    revoked_at       BIGINT,
    PRIMARY KEY (facility_code, user_id)
);

-- Wrong passwords, also for accounts that do not exist: both must look alike.
CREATE TABLE tries (
    facility_code TEXT   NOT NULL,
    user_id       TEXT   NOT NULL,
    wrong         BIGINT NOT NULL,
    locked_until  BIGINT,
    last_at       BIGINT NOT NULL,
    PRIMARY KEY (facility_code, user_id)
);

-- アクティベーションコード: twelve digits, one a device.
CREATE TABLE codes (
    code          TEXT   NOT NULL PRIMARY KEY,
    facility_code TEXT   NOT NULL,
    memo          TEXT   NOT NULL,
    usable_from   BIGINT NOT NULL,
    used_at       BIGINT,
    revoked_at    BIGINT
);

CREATE TABLE devices (
    id            TEXT   NOT NULL PRIMARY KEY,
    facility_code TEXT   NOT NULL,
    user_id       TEXT   NOT NULL,
    code          TEXT   REFERENCES codes (code),
    key_hash      TEXT   NOT NULL, -- SHA-256 of the SubjectPublicKeyInfo, hexadecimal
    serial        TEXT   NOT NULL,
    station_mode  TEXT   NOT NULL CHECK (station_mode IN ('attended', 'unattended')),
    registered_at BIGINT NOT NULL,
    removed_at    BIGINT,
    revoked_at    BIGINT,
    FOREIGN KEY (facility_code, user_id) REFERENCES accounts (facility_code, user_id)
);

CREATE UNIQUE INDEX devices_in_use ON devices (key_hash) WHERE removed_at IS NULL AND revoked_at IS NULL;
CREATE INDEX devices_by_key ON devices (key_hash);

-- One open session a device; the token itself is not kept.
CREATE TABLE sessions (
    device_id  TEXT   NOT NULL PRIMARY KEY REFERENCES devices (id),
    token_hash TEXT   NOT NULL, -- SHA-256, hexadecimal
    user_id    TEXT   NOT NULL,
    opened_at  BIGINT NOT NULL
);

CREATE TABLE checks (
    id          TEXT   NOT NULL PRIMARY KEY,
    device_id   TEXT   NOT NULL REFERENCES devices (id),
    method      TEXT   NOT NULL CHECK (method IN ('pin', 'visual')),
    token_kind  TEXT   NOT NULL CHECK (token_kind IN ('card', 'android', 'iphone')),
    challenge   TEXT   NOT NULL, -- base64 of 32 bytes
    expires_at  BIGINT NOT NULL,
    proof_hash  TEXT, -- SHA-256 of the one proof that was taken, hexadecimal
    answered_at BIGINT
);

CREATE INDEX checks_by_device ON checks (device_id, expires_at);
CREATE INDEX checks_by_age ON checks (expires_at);
