-- runs_from: 3
--
-- The life of accounts: deletion and erasure, suspension, blocking, invitations.

-- An erased account is one that is being removed: its row goes last, with what hangs on it.
-- erase_after: when that begins, unless it is cancelled.
ALTER TABLE chat.account
    DROP CONSTRAINT account_state_check,
    ADD CONSTRAINT account_state_check
        CHECK (state IN ('unverified', 'active', 'suspended', 'erased')),
    ADD erase_after timestamptz;

-- Each conversation that is removed is looked for here, each account's mails by who exports them.
CREATE INDEX account_self ON chat.account (self) WHERE self IS NOT NULL;
DROP INDEX chat.mail_account;
CREATE INDEX mail_account ON chat.mail (account) WHERE account IS NOT NULL;

CREATE INDEX account_erase_after ON chat.account (erase_after) WHERE erase_after IS NOT NULL;

-- Who wrote a conversation of two stays its member when the account is gone, so that the other
-- one's list shows whom it was with.
ALTER TABLE chat.member DROP CONSTRAINT member_account_fkey;
ALTER TABLE chat.private
    DROP CONSTRAINT private_from_account_fkey,
    DROP CONSTRAINT private_to_account_fkey;

-- An erasure under way.  step: 1 memberships, 2 devices, 3 the rest; position: of the memberships.
CREATE TABLE chat.erasure (
    account         uuid        PRIMARY KEY REFERENCES chat.account ON DELETE CASCADE,
    began           timestamptz NOT NULL DEFAULT now(),
    step            integer     NOT NULL DEFAULT 1 CHECK (step BETWEEN 1 AND 3),
    position        uuid        NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
);

CREATE INDEX erasure_began ON chat.erasure (step, began, account);

-- Conversations that nobody is a member of any more, until upkeep has removed them.
CREATE TABLE chat.conversation_dropped (
    conversation    uuid        PRIMARY KEY REFERENCES chat.conversation ON DELETE CASCADE,
    dropped         timestamptz NOT NULL DEFAULT now()
);

-- User names of erased accounts, as keyed hashes, that nobody else gets for a while.
CREATE TABLE chat.username_reserved (
    hash            bytea       PRIMARY KEY CHECK (octet_length(hash) = 32),
    until           timestamptz NOT NULL
);

CREATE INDEX username_reserved_until ON chat.username_reserved (until);

-- account wants nothing of target.
CREATE TABLE chat.block (
    account         uuid        NOT NULL REFERENCES chat.account ON DELETE CASCADE,
    target          uuid        NOT NULL REFERENCES chat.account ON DELETE CASCADE,
    created         timestamptz NOT NULL DEFAULT now(),

    PRIMARY KEY (account, target),
    CHECK (account <> target)
);

CREATE INDEX block_target ON chat.block (target);

-- member.blocked: since when this member of a conversation of two blocks the other one.  Not later
-- than joined: the conversation was begun by the other one meanwhile, and this one doesn't see it.
-- range.blocked: closed by that; it holds the floor as an open one would.
-- conversation.masked: of membership_version, the changes that nobody is told.
ALTER TABLE chat.member ADD blocked timestamptz;
ALTER TABLE chat.range ADD blocked boolean NOT NULL DEFAULT false;
ALTER TABLE chat.conversation ADD masked integer NOT NULL DEFAULT 0;

-- What chat_registration invite asks for.  token_hash: SHA-256 of the token's text.
CREATE TABLE chat.invitation (
    id              uuid        PRIMARY KEY,
    token_hash      bytea       NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    uses            integer     NOT NULL CHECK (uses > 0),
    used            integer     NOT NULL DEFAULT 0,
    expires         timestamptz NOT NULL,
    note            text        NOT NULL DEFAULT '',
    created         timestamptz NOT NULL DEFAULT now(),
    revoked         timestamptz,

    CHECK (used BETWEEN 0 AND uses)
);

CREATE INDEX invitation_expires ON chat.invitation (expires);

-- by which it came; it is given back when the account was never verified
ALTER TABLE chat.account ADD invitation uuid REFERENCES chat.invitation ON DELETE SET NULL;

CREATE INDEX account_invitation ON chat.account (invitation) WHERE invitation IS NOT NULL;

-- Templates are the module's to know.
ALTER TABLE chat.mail DROP CONSTRAINT IF EXISTS mail_template_check;
ALTER TABLE chat.mail ADD CONSTRAINT mail_template_check CHECK (template ~ '^[a-z_]{1,32}$');
