-- runs_from: 3
--
-- MLS groups: what the server knows of them beside the log.  Which device has which leaf, the
-- newest GroupInfo, Welcomes that wait, and conversations that are bound to two devices.

-- cipher_suite: of mls.  resets counts how often the group was begun anew; with the id it is
-- the group's id.
ALTER TABLE chat.conversation
    ADD cipher_suite integer,
    ADD resets integer NOT NULL DEFAULT 0;

UPDATE chat.conversation SET cipher_suite = 1 WHERE payload = 'mls';

-- A device's range of an mls conversation is made by the commit that adds its leaf; none was.
-- leaf: where the device has it now; NULL: the group was reset, or the payload is opaque.
ALTER TABLE chat.range ADD leaf integer;

DELETE FROM chat.range r USING chat.conversation c
WHERE c.id = r.conversation AND c.payload = 'mls';

-- The leaves of a group.  No foreign keys to account and session: a leaf stays until a commit
-- removes it, whatever has become of its device.  pending: its Remove is waited for since then;
-- asked: when members were last asked for it.
CREATE TABLE chat.leaf (
    conversation    uuid        NOT NULL REFERENCES chat.conversation ON DELETE CASCADE,
    leaf            integer     NOT NULL,
    account         uuid        NOT NULL,
    session         uuid        NOT NULL,
    signature_key   chat.ed25519_key NOT NULL,
    pending         timestamptz,
    asked           timestamptz,

    PRIMARY KEY (conversation, leaf),
    UNIQUE (session, conversation)
);

CREATE INDEX leaf_pending ON chat.leaf (conversation) WHERE pending IS NOT NULL;

-- The newest GroupInfo, by which a device that lost its state joins again; never of private.
CREATE TABLE chat.group_info (
    conversation    uuid        PRIMARY KEY REFERENCES chat.conversation ON DELETE CASCADE,
    epoch           bigint      NOT NULL,
    data            bytea       NOT NULL
);

ALTER TABLE chat.group_info ALTER COLUMN data SET STORAGE EXTERNAL;

-- Which entry began each of the newest epochs, to tell what a commit that came too late missed.
CREATE TABLE chat.epoch (
    conversation    uuid        NOT NULL REFERENCES chat.conversation ON DELETE CASCADE,
    epoch           bigint      NOT NULL,
    seq             bigint      NOT NULL,

    PRIMARY KEY (conversation, epoch)
);

-- The Welcome of a commit, which the sessions that it adds get as that entry's payload.
CREATE TABLE chat.welcome (
    conversation    uuid        NOT NULL REFERENCES chat.conversation ON DELETE CASCADE,
    seq             bigint      NOT NULL,
    sessions        uuid[]      NOT NULL,
    payload         bytea       NOT NULL,

    PRIMARY KEY (conversation, seq)
);

ALTER TABLE chat.welcome ALTER COLUMN payload SET STORAGE EXTERNAL;

-- When groups were begun anew, for an hour.
CREATE TABLE chat.group_reset (
    conversation    uuid        NOT NULL REFERENCES chat.conversation ON DELETE CASCADE,
    at              timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX group_reset_conversation ON chat.group_reset (conversation, at);

CREATE DOMAIN chat.private_state AS text
    CHECK (VALUE IN ('offered', 'accepted', 'active', 'closed'));

-- A private conversation and its two devices; to_session is the one that accepted, with the
-- key package (an MLSMessage) that its leaf is to be made of.  expires: unless it is active by then.
CREATE TABLE chat.private (
    conversation    uuid        PRIMARY KEY REFERENCES chat.conversation ON DELETE CASCADE,
    from_account    uuid        NOT NULL REFERENCES chat.account ON DELETE CASCADE,
    from_session    uuid        NOT NULL,
    to_account      uuid        NOT NULL REFERENCES chat.account ON DELETE CASCADE,
    to_session      uuid,
    state           chat.private_state NOT NULL DEFAULT 'offered',
    reason          text,
    key_package     bytea,
    ref             bytea,
    expires         timestamptz
);

CREATE INDEX private_from ON chat.private (from_session) WHERE state <> 'closed';
CREATE INDEX private_to ON chat.private (to_session) WHERE state <> 'closed';
CREATE INDEX private_expires ON chat.private (expires) WHERE expires IS NOT NULL;
CREATE INDEX private_from_account ON chat.private (from_account);
CREATE INDEX private_to_account ON chat.private (to_account);
