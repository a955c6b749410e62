-- The CAs that vouch for the gateway and its devices: the same ones for every gateway that
-- is on this database. Their keys are not here.
CREATE TABLE authorities (
    number      BIGINT NOT NULL PRIMARY KEY, -- from 1; each is used after the one before it
    certificate TEXT   NOT NULL -- SHA-256, hexadecimal
);
