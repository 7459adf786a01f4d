-- runs_from: 3
--
-- The account key, the keys and certificates of devices, their linking, recovery, archive and key
-- packages.  A module that doesn't know these lets pending devices do everything: it is refused.

CREATE DOMAIN chat.ed25519_key AS bytea CHECK (octet_length(VALUE) = 32);
CREATE DOMAIN chat.ed25519_signature AS bytea CHECK (octet_length(VALUE) = 64);

-- account_key certifies the signature keys of the account's devices.  key_version counts the keys
-- that it had; 0: none yet.
ALTER TABLE chat.account
    ADD account_key chat.ed25519_key,
    ADD key_version integer NOT NULL DEFAULT 0;

-- A device's MLS signature key and its certificate: when the account key signed it (ms since
-- 1970) and the signature.  keys_low: it was told that its key packages run low.
ALTER TABLE chat.session
    ADD signature_key chat.ed25519_key,
    ADD certificate_created bigint,
    ADD certificate_signature chat.ed25519_signature,
    ADD keys_low boolean NOT NULL DEFAULT false;

CREATE UNIQUE INDEX session_signature_key ON chat.session (signature_key)
    WHERE signature_key IS NOT NULL;

-- Nobody could approve a device before there were account keys.
UPDATE chat.session SET state = 'approved' WHERE state = 'pending';

-- The mailbox of one linking: what a pending device and an approved one told each other.  Deleted
-- when it is cancelled, has ended or is expired.
CREATE TABLE chat.link (
    session         uuid        PRIMARY KEY REFERENCES chat.session ON DELETE CASCADE,
    offer           bytea       NOT NULL,
    answer          bytea,
    reveal          bytea,
    sealed          bytea,
    expires         timestamptz NOT NULL
);

CREATE INDEX link_expires ON chat.link (expires);

-- The account key and the archive's key, wrapped by a recovery key that only its owner has.
CREATE TABLE chat.recovery (
    account         uuid        PRIMARY KEY REFERENCES chat.account ON DELETE CASCADE,
    data            bytea       NOT NULL,
    updated         timestamptz NOT NULL DEFAULT now()
);

-- An account's archive of history, encrypted by its devices.  A dropped one lies where it is
-- until upkeep comes by: it may be large.
CREATE TABLE chat.archive (
    id              uuid        PRIMARY KEY,
    account         uuid        NOT NULL REFERENCES chat.account ON DELETE CASCADE,
    dropped         timestamptz
);

CREATE UNIQUE INDEX archive_account ON chat.archive (account) WHERE dropped IS NULL;
CREATE INDEX archive_dropped ON chat.archive (dropped) WHERE dropped IS NOT NULL;
CREATE INDEX archive_every ON chat.archive (account);

CREATE TABLE chat.archive_part (
    archive         uuid        NOT NULL REFERENCES chat.archive ON DELETE CASCADE,
    part            integer     NOT NULL,
    payload         bytea       NOT NULL,
    updated         timestamptz NOT NULL DEFAULT now(),

    PRIMARY KEY (archive, part)
);

ALTER TABLE chat.archive_part ALTER COLUMN payload SET STORAGE EXTERNAL;

-- Key packages by their KeyPackageRef.  claimed: when it was first handed out; one that is no last
-- resort then loses its data (the MLSMessage), and the row stays so that it never comes again.
-- expires: its not_after.
CREATE TABLE chat.key_package (
    ref             bytea       PRIMARY KEY,
    session         uuid        NOT NULL REFERENCES chat.session ON DELETE CASCADE,
    cipher_suite    integer     NOT NULL,
    last_resort     boolean     NOT NULL,
    data            bytea,
    created         timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires         timestamptz NOT NULL,
    claimed         timestamptz
);

ALTER TABLE chat.key_package ALTER COLUMN data SET STORAGE EXTERNAL;

CREATE INDEX key_package_session ON chat.key_package (session, cipher_suite, created)
    WHERE data IS NOT NULL;
CREATE INDEX key_package_every ON chat.key_package (session);
CREATE INDEX key_package_expires ON chat.key_package (expires);

-- Whom a key package was handed out to: the session that may add its device by it.  used: the
-- commit or acceptance that did; a last resort that is claimed again can be used again.
CREATE TABLE chat.key_package_claim (
    ref             bytea       NOT NULL REFERENCES chat.key_package ON DELETE CASCADE,
    session         uuid        NOT NULL REFERENCES chat.session ON DELETE CASCADE,
    claimed         timestamptz NOT NULL DEFAULT clock_timestamp(),
    used            timestamptz,

    PRIMARY KEY (ref, session)
);

CREATE INDEX key_package_claim_session ON chat.key_package_claim (session);
