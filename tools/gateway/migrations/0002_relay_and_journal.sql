-- A check lives for five minutes: those of before this migration are opened anew.
DROP TABLE checks;

CREATE TABLE checks (
    id          TEXT   NOT NULL PRIMARY KEY,
    device_id   TEXT   NOT NULL REFERENCES devices (id),
    method      TEXT   NOT NULL CHECK (method IN ('pin', 'visual', 'device')),
    token_kind  TEXT   NOT NULL CHECK (token_kind IN ('card', 'android', 'iphone')),
    challenge   TEXT   NOT NULL, -- base64 of 32 bytes
    expires_at  BIGINT NOT NULL,
    proof_hash  TEXT, -- SHA-256 of the one proof that was taken, hexadecimal
    round       BIGINT NOT NULL DEFAULT -1, -- 目視: the last round that was taken
    round_hash  TEXT, -- SHA-256 of its request, hexadecimal
    round_at    BIGINT,
    answered_at BIGINT
);

-- A device's open checks are counted at every new one, its answered ones never.
CREATE INDEX checks_open ON checks (device_id, expires_at) WHERE answered_at IS NULL;
CREATE INDEX checks_by_age ON checks (expires_at);

-- What was offered to the device when it registered: words with commas between them.
ALTER TABLE devices ADD COLUMN consents TEXT NOT NULL DEFAULT '';

-- The devices' journals. Who did what and when; no patient is in them.
CREATE TABLE journal (
    device_id   TEXT   NOT NULL REFERENCES devices (id),
    seq         BIGINT NOT NULL,
    happened_at TEXT   NOT NULL, -- as the device wrote it: the hash is over it
    who         TEXT   NOT NULL,
    method      TEXT   NOT NULL,
    check_id    TEXT   NOT NULL,
    outcome     TEXT   NOT NULL,
    hash        TEXT   NOT NULL, -- SHA-256 over the hash before it and this entry, hexadecimal
    received_at BIGINT NOT NULL,
    PRIMARY KEY (device_id, seq)
);

-- Where a device's journal did not continue what it had told before.
CREATE TABLE journal_breaks (
    device_id   TEXT   NOT NULL REFERENCES devices (id),
    seq         BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (device_id, seq)
);

-- How each device was when it last told.
CREATE TABLE health (
    device_id   TEXT   NOT NULL PRIMARY KEY REFERENCES devices (id),
    version     TEXT   NOT NULL,
    reader      TEXT   NOT NULL,
    uptime_s    BIGINT NOT NULL,
    received_at BIGINT NOT NULL
);
