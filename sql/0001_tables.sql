-- runs_from: 1
--
-- The tables.  Numbered files are applied once each, in one transaction, by `chatctl migrate`,
-- and never edited after a release; functions stand in functions/ and are replaced at each run.
--
-- Nothing that changes often is indexed on conversation and range, and both keep room in their
-- pages, so that their updates stay HOT.

-- What this database is.  The three identifiers notice a restore: see chat.connect().
CREATE TABLE chat.meta (
    one                 boolean     PRIMARY KEY DEFAULT true CHECK (one),
    version             integer     NOT NULL,
    runs_from           integer     NOT NULL,
    log_epoch           uuid        NOT NULL DEFAULT gen_random_uuid(),
    system_identifier   bigint,
    database_oid        oid,
    timeline            integer,
    secret              bytea       NOT NULL CHECK (octet_length(secret) = 32),
    created             timestamptz NOT NULL DEFAULT now()
);

-- What every operation answers with.  announce: conversations that got entries; revoked:
-- sessions whose sockets close with close_code and whose cached tokens go.
CREATE TYPE chat.reply AS (
    status      integer,
    body        text,
    etag        text,
    announce    uuid[],
    revoked     uuid[],
    close_code  integer
);

-- An unverified account reserves nothing: names and addresses are unique among the others.
-- A shadow was registered with the address of a verified account and never becomes one.
CREATE TABLE chat.account (
    id              uuid        PRIMARY KEY,
    username        text        COLLATE "C" NOT NULL,
    email           text        NOT NULL,
    email_key       text        COLLATE "C" NOT NULL,
    display_name    text        NOT NULL,
    password_hash   text        NOT NULL,
    state           text        NOT NULL DEFAULT 'unverified'
                    CHECK (state IN ('unverified', 'active', 'suspended')),
    shadow          boolean     NOT NULL DEFAULT false,
    version         integer     NOT NULL DEFAULT 1,
    self            uuid,
    created         timestamptz NOT NULL DEFAULT now(),
    verified        timestamptz,

    CHECK ((state = 'unverified') = (verified IS NULL)),
    CHECK (NOT (shadow AND state <> 'unverified'))
);

CREATE UNIQUE INDEX account_username ON chat.account (username) WHERE state <> 'unverified';
CREATE UNIQUE INDEX account_email ON chat.account (email_key) WHERE state <> 'unverified';
CREATE INDEX account_unverified_email ON chat.account (email_key, created)
    WHERE state = 'unverified';
CREATE INDEX account_unverified ON chat.account (created) WHERE state = 'unverified';

-- A device.  token_hash is empty while it is signed out.  It goes with its account, or some time
-- after it was revoked: see chat.maintain_revoked().
CREATE TABLE chat.session (
    id                  uuid        PRIMARY KEY,
    account             uuid        NOT NULL REFERENCES chat.account ON DELETE CASCADE,
    name                text        NOT NULL,
    platform            text        NOT NULL,
    state               text        NOT NULL CHECK (state IN ('pending', 'approved')),
    token_hash          bytea       CHECK (octet_length(token_hash) = 32),
    device_secret_hash  bytea       NOT NULL CHECK (octet_length(device_secret_hash) = 32),
    created             timestamptz NOT NULL DEFAULT now(),
    last_seen           timestamptz NOT NULL DEFAULT now(),
    ttl_idle            integer     NOT NULL CHECK (ttl_idle > 0),
    idle_expires        timestamptz NOT NULL,
    expires             timestamptz NOT NULL,
    signed_out          timestamptz,
    revoked             timestamptz,

    CHECK (revoked IS NULL OR token_hash IS NULL)
) WITH (fillfactor = 80);

CREATE UNIQUE INDEX session_token ON chat.session (token_hash) WHERE token_hash IS NOT NULL;
CREATE INDEX session_account ON chat.session (account);
CREATE INDEX session_revoked ON chat.session (revoked) WHERE revoked IS NOT NULL;

-- A one-time code and its link.  One row per account and purpose, replaced by asking again.
CREATE TABLE chat.verification (
    id              uuid        PRIMARY KEY,
    account         uuid        NOT NULL REFERENCES chat.account ON DELETE CASCADE,
    purpose         text        NOT NULL DEFAULT 'email' CHECK (purpose IN ('email')),
    send_attempt    integer     NOT NULL DEFAULT 1,
    tries           integer     NOT NULL,
    code_hash       bytea       NOT NULL,
    link_hash       bytea       NOT NULL,
    code_expires    timestamptz NOT NULL,
    link_expires    timestamptz NOT NULL,
    used            timestamptz,
    created         timestamptz NOT NULL DEFAULT now(),

    UNIQUE (account, purpose)
);

CREATE INDEX verification_expired ON chat.verification (link_expires);

-- last_seq numbers the entries; those up to floor are gone.  active orders lists, unindexed.
CREATE TABLE chat.conversation (
    id                  uuid        PRIMARY KEY,
    last_seq            bigint      NOT NULL DEFAULT 0,
    floor               bigint      NOT NULL DEFAULT 0,
    epoch               bigint      NOT NULL DEFAULT 0,
    active              timestamptz NOT NULL DEFAULT clock_timestamp(),
    created             timestamptz NOT NULL DEFAULT clock_timestamp(),
    membership_version  integer     NOT NULL DEFAULT 1,
    disappear_after     integer     CHECK (disappear_after > 0),
    kind                text        NOT NULL
                        CHECK (kind IN ('self', 'direct', 'private', 'group')),
    payload             text        NOT NULL CHECK (payload IN ('opaque', 'mls')),
    history             text        NOT NULL CHECK (history IN ('keep', 'until_delivered')),
    state               text        NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'closed')),
    title               text,

    CHECK (floor BETWEEN 0 AND last_seq)
) WITH (fillfactor = 70);

ALTER TABLE chat.account ADD FOREIGN KEY (self) REFERENCES chat.conversation
    ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED;

-- One direct conversation per pair.  Checked at commit: the pair is claimed before its
-- conversation is made, so that two claims at once make only one.
CREATE TABLE chat.direct (
    low             uuid        NOT NULL REFERENCES chat.account ON DELETE CASCADE,
    high            uuid        NOT NULL REFERENCES chat.account ON DELETE CASCADE,
    conversation    uuid        NOT NULL REFERENCES chat.conversation ON DELETE CASCADE
                    DEFERRABLE INITIALLY DEFERRED,

    PRIMARY KEY (low, high),
    CHECK (low < high)
);

CREATE INDEX direct_high ON chat.direct (high);
CREATE INDEX direct_conversation ON chat.direct (conversation);

-- delivered and read are the account's: the furthest of its devices.
CREATE TABLE chat.member (
    conversation    uuid        NOT NULL REFERENCES chat.conversation ON DELETE CASCADE,
    account         uuid        NOT NULL REFERENCES chat.account ON DELETE CASCADE,
    delivered       bigint      NOT NULL DEFAULT 0,
    read            bigint      NOT NULL DEFAULT 0,
    joined          timestamptz NOT NULL DEFAULT now(),
    role            text        NOT NULL DEFAULT 'member'
                    CHECK (role IN ('owner', 'admin', 'member')),

    PRIMARY KEY (conversation, account)
) WITH (fillfactor = 70);

CREATE INDEX member_account ON chat.member (account, conversation);

-- What one device may read: one row per stay, with its cursors.  They are 0 until the device
-- tells something, so that a new device claims nothing for its account.
CREATE TABLE chat.range (
    conversation    uuid        NOT NULL REFERENCES chat.conversation ON DELETE CASCADE,
    session         uuid        NOT NULL REFERENCES chat.session ON DELETE CASCADE,
    from_seq        bigint      NOT NULL CHECK (from_seq > 0),
    to_seq          bigint,
    delivered       bigint      NOT NULL DEFAULT 0,
    read            bigint      NOT NULL DEFAULT 0,

    PRIMARY KEY (conversation, session, from_seq)
) WITH (fillfactor = 70);

CREATE UNIQUE INDEX range_open ON chat.range (session, conversation) WHERE to_seq IS NULL;
CREATE INDEX range_session ON chat.range (session);

-- The log.  No foreign keys: only functions that hold the conversation's lock insert here, a
-- check per row would cost as much as the insert, and an entry outlives its sender.
-- kind: see chat.kind_name().  hash outlives the payload, so that a repeat is always known.
CREATE TABLE chat.entry (
    conversation    uuid        NOT NULL,
    seq             bigint      NOT NULL,
    epoch           bigint,
    created         timestamptz NOT NULL,
    sender          uuid,
    session         uuid,
    client_id       uuid,
    kind            smallint    NOT NULL,
    hash            bytea,
    payload         bytea,
    body            json,

    PRIMARY KEY (conversation, seq)
);

-- ciphertext does not compress
ALTER TABLE chat.entry ALTER COLUMN payload SET STORAGE EXTERNAL;

CREATE UNIQUE INDEX entry_repeat ON chat.entry (session, client_id, conversation)
    WHERE client_id IS NOT NULL;

-- The outbox.  account has no foreign key: rows of ended accounts still count against the
-- bound of their address.  params holds codes and is emptied when the mail is done.
CREATE TABLE chat.mail (
    id          bigint      PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    account     uuid,
    template    text        NOT NULL CHECK (template IN ('verify', 'exists', 'test')),
    recipient   text        NOT NULL,
    params      json        NOT NULL,
    attempts    integer     NOT NULL DEFAULT 0,
    next_try    timestamptz NOT NULL DEFAULT now(),
    created     timestamptz NOT NULL DEFAULT now(),
    done        timestamptz,
    verdict     text        CHECK (verdict IN ('sent', 'refused', 'given_up', 'cancelled')),
    last_error  text,
    failed      timestamptz
);

CREATE INDEX mail_waiting ON chat.mail (next_try) WHERE done IS NULL;
CREATE INDEX mail_recipient ON chat.mail (lower(recipient), created);
CREATE INDEX mail_done ON chat.mail (done) WHERE done IS NOT NULL;
CREATE INDEX mail_account ON chat.mail (account) WHERE done IS NULL;

CREATE TABLE chat.audit (
    id          bigint      PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    at          timestamptz NOT NULL DEFAULT now(),
    kind        text        NOT NULL,
    account     uuid,
    session     uuid,
    detail      json
);

CREATE INDEX audit_at ON chat.audit (at);

-- Where each walk of chat.maintain() goes on.
CREATE TABLE chat.upkeep (
    name        text        PRIMARY KEY,
    position    uuid        NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'
);

INSERT INTO chat.upkeep (name) VALUES ('session'), ('conversation');
