-- runs_from: 3
--
-- Proofs of who holds a session, where it was last seen, and what changes an account by mail:
-- resets of passwords, new addresses and the way back.

-- proven: when a password, factor or passkey was last shown in this session; NULL: never.
-- address: the network it was last seen from, a /24 or /48.
ALTER TABLE chat.session
    ADD proven timestamptz,
    ADD address cidr;

-- Asked for by anyone, for an address that is perhaps nobody's: account is NULL then, and all that
-- can be seen from outside is the same.  id is a keyed hash of address and asker (the client's
-- network), so that a stranger's asking doesn't take away the code that the owner waits for.  Hashes
-- of codes and links are bound to it.
CREATE TABLE chat.password_reset (
    id              uuid        PRIMARY KEY,
    email_key       text        COLLATE "C" NOT NULL,
    account         uuid        REFERENCES chat.account ON DELETE CASCADE,
    send_attempt    integer     NOT NULL,
    tries           integer     NOT NULL CHECK (tries >= 0),
    code_hash       bytea       NOT NULL,
    link_hash       bytea       NOT NULL,
    code_expires    timestamptz NOT NULL,
    link_expires    timestamptz NOT NULL,
    created         timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX password_reset_account ON chat.password_reset (account);
CREATE INDEX password_reset_expired ON chat.password_reset (link_expires);

-- One per account, replaced by asking again; id is a keyed hash of account and address.  taken: the address was a verified account's when it
-- was asked for; such a change is never confirmed.
CREATE TABLE chat.email_change (
    id              uuid        PRIMARY KEY,
    account         uuid        NOT NULL UNIQUE REFERENCES chat.account ON DELETE CASCADE,
    email           text        NOT NULL,
    email_key       text        COLLATE "C" NOT NULL,
    taken           boolean     NOT NULL,
    send_attempt    integer     NOT NULL,
    tries           integer     NOT NULL CHECK (tries >= 0),
    code_hash       bytea       NOT NULL,
    link_hash       bytea       NOT NULL,
    code_expires    timestamptz NOT NULL,
    link_expires    timestamptz NOT NULL,
    created         timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX email_change_expired ON chat.email_change (link_expires);

-- The way back from a change that was made: email is the address before it.
CREATE TABLE chat.email_revert (
    id              uuid        PRIMARY KEY,
    account         uuid        NOT NULL REFERENCES chat.account ON DELETE CASCADE,
    email           text        NOT NULL,
    email_key       text        COLLATE "C" NOT NULL,
    link_hash       bytea       NOT NULL,
    expires         timestamptz NOT NULL,
    created         timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX email_revert_account ON chat.email_revert (account, created);
CREATE INDEX email_revert_expired ON chat.email_revert (expires);

-- Templates are the module's: an unknown one is refused when the mail is made.
ALTER TABLE chat.mail
    DROP CONSTRAINT IF EXISTS mail_template_check,
    ADD CONSTRAINT mail_template_check CHECK (template ~ '^[a-z_]{1,32}$');
