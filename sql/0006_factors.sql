-- runs_from: 3
--
-- Second factors: one-time passwords, backup codes, passkeys.  A module that doesn't know them
-- can't sign in where one is needed: session_create() sees to it.

-- secret: sealed by the servers (see chat_totp), NULL until it was confirmed by a code.
-- last_step: the newest step of time whose code was taken; none of it or before is ever again.
-- pending: one that is shown but not confirmed, and how often that may be tried.
CREATE TABLE chat.totp (
    account         uuid        PRIMARY KEY REFERENCES chat.account ON DELETE CASCADE,
    secret          bytea       CHECK (octet_length(secret) BETWEEN 44 AND 128),
    last_step       bigint      NOT NULL DEFAULT 0,
    confirmed       timestamptz,
    pending         bytea       CHECK (octet_length(pending) BETWEEN 44 AND 128),
    pending_tries   integer     NOT NULL DEFAULT 0,
    pending_expires timestamptz,

    CHECK ((secret IS NULL) = (confirmed IS NULL)),
    CHECK ((pending IS NULL) = (pending_expires IS NULL))
);

-- How often one-time passwords were wrong in a row, and until when none is looked at.  device: the
-- session that asked or proved itself by its secret; all zeros: a stranger.  A stranger's failures
-- slow no device down.
CREATE TABLE chat.totp_guard (
    account         uuid        NOT NULL REFERENCES chat.account ON DELETE CASCADE,
    device          uuid        NOT NULL,
    failures        integer     NOT NULL,
    last_try        timestamptz NOT NULL,
    next_try        timestamptz NOT NULL,

    PRIMARY KEY (account, device)
) WITH (fillfactor = 70);

CREATE INDEX totp_guard_last_try ON chat.totp_guard (last_try);

-- Backup codes that weren't used yet: keyed hashes of 120 random bits.
CREATE TABLE chat.backup_code (
    account         uuid        NOT NULL REFERENCES chat.account ON DELETE CASCADE,
    hash            bytea       NOT NULL CHECK (octet_length(hash) = 32),

    PRIMARY KEY (account, hash)
);

-- algorithm: COSE's number; public_key: as libfido2 writes it.  cloned: when its counter first
-- went back; it is refused from then on.
CREATE TABLE chat.passkey (
    id              uuid        PRIMARY KEY,
    account         uuid        NOT NULL REFERENCES chat.account ON DELETE CASCADE,
    credential_id   bytea       NOT NULL UNIQUE
                    CHECK (octet_length(credential_id) BETWEEN 1 AND 1023),
    algorithm       integer     NOT NULL,
    public_key      bytea       NOT NULL CHECK (octet_length(public_key) BETWEEN 32 AND 512),
    sign_count      bigint      NOT NULL,
    name            text        NOT NULL,
    created         timestamptz NOT NULL DEFAULT now(),
    last_used       timestamptz,
    cloned          timestamptz
);

CREATE INDEX passkey_account ON chat.passkey (account);

-- Challenges that were used, until they expire by themselves.
CREATE TABLE chat.passkey_challenge (
    nonce           bytea       PRIMARY KEY CHECK (octet_length(nonce) = 16),
    expires         timestamptz NOT NULL
);

CREATE INDEX passkey_challenge_expires ON chat.passkey_challenge (expires);
