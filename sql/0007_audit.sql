-- runs_from: 3
--
-- The audit log: what happened to accounts, sessions, keys and limits, written in the transaction
-- of the act, chained by hashes once it is committed.

-- What can happen.  Later files add rows; an act with another name fails.  No foreign key: each act
-- would write a lock into the row of its kind.
CREATE TABLE chat.audit_action (
    action      text        PRIMARY KEY CHECK (action ~ '^[a-z]+(\.[a-z_]+)+$')
);

INSERT INTO chat.audit_action (action) VALUES
    ('account.register'), ('account.verify'), ('account.export'), ('account.delete_request'),
    ('account.delete_cancel'), ('account.delete'),
    ('session.sign_in'), ('session.sign_out'), ('session.end_others'), ('session.expired'),
    ('device.approve'), ('device.revoke'), ('device.rename'), ('device.evicted'),
    ('password.change'), ('password.reset_request'), ('password.reset'),
    ('email.change_request'), ('email.change'), ('email.revert'),
    ('factor.totp_add'), ('factor.totp_remove'), ('factor.passkey_add'),
    ('factor.passkey_remove'), ('factor.backup_codes'), ('factor.backup_code_used'),
    ('proof.create'), ('key.set'), ('key.reset'), ('recovery.set'), ('group.reset'),
    ('block.add'), ('block.remove'), ('limit.hit'), ('mail.refused'), ('mail.given_up'),
    ('detect.many_failures'), ('detect.many_accounts'), ('detect.new_network'),
    ('detect.key_package_burst'),
    ('operator.user.verify'), ('operator.user.suspend'), ('operator.user.reactivate'),
    ('operator.user.delete'), ('operator.user.reset_factor'), ('operator.session.revoke'),
    ('operator.invite.create'), ('operator.invite.revoke'), ('operator.new_log_epoch'),
    ('audit.expire'), ('audit.pseudonymise');

-- number: its place in the chain, without gaps, in the order of commits; NULL until it is sealed.
-- body_hash covers, with salt, what may be erased with an account: account, session, address,
-- request_id, target and detail; hash covers the one before, that and the rest.  See chat.audit_seal().
-- erased: when that was done; the salt is gone since then, and what was hashed can't be guessed.
CREATE TABLE chat.audit_entry (
    id          bigint      PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    number      bigint      CHECK (number > 0),
    at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    action      text        NOT NULL,
    outcome     text        NOT NULL CHECK (outcome ~ '^[a-z][a-z0-9_]{0,39}$'),
    account     uuid,
    session     uuid,
    address     cidr,
    request_id  text        CHECK (request_id ~ '^[!-~]{1,64}$'),
    target      text        CHECK (octet_length(target) <= 200),
    detail      jsonb,
    salt        bytea       DEFAULT uuid_send(gen_random_uuid()),
    body_hash   bytea       CHECK (octet_length(body_hash) = 32),
    hash        bytea       CHECK (octet_length(hash) = 32),
    erased      timestamptz,

    CHECK ((number IS NULL) = (hash IS NULL) AND (number IS NULL) = (body_hash IS NULL)),
    CHECK ((erased IS NULL) = (salt IS NOT NULL))
);

CREATE UNIQUE INDEX audit_entry_number ON chat.audit_entry (number);
CREATE INDEX audit_entry_open ON chat.audit_entry (id) WHERE number IS NULL;
CREATE INDEX audit_entry_account ON chat.audit_entry (account, id) WHERE account IS NOT NULL;
CREATE INDEX audit_entry_target ON chat.audit_entry (target, id) WHERE target IS NOT NULL;

-- what detection reads: refusals by account and by network (the comparison knows no NULL), sign-ins
-- that succeeded, and what was found (NULLs as values, so that the index finds them)
CREATE INDEX audit_entry_refused ON chat.audit_entry (account, at) WHERE outcome <> 'ok';
CREATE INDEX audit_entry_refused_from ON chat.audit_entry (coalesce(address, '0.0.0.0/0'), at)
    WHERE outcome <> 'ok';
CREATE INDEX audit_entry_from ON chat.audit_entry (account, id)
    WHERE outcome = 'ok' AND address IS NOT NULL
        AND action IN ('session.sign_in', 'account.register');
CREATE INDEX audit_entry_found ON chat.audit_entry (action,
    coalesce(account, '00000000-0000-0000-0000-000000000000'), coalesce(target, ''), at)
    WHERE action LIKE 'detect.%';
CREATE INDEX key_package_claimed ON chat.key_package (session, claimed) WHERE NOT last_resort;

-- The chain's head, and where it was cut off by age: cut is the last number that is gone.
CREATE TABLE chat.audit_chain (
    one         boolean     PRIMARY KEY DEFAULT true CHECK (one),
    number      bigint      NOT NULL DEFAULT 0,
    hash        bytea       NOT NULL DEFAULT sha256('ngx_chat audit') CHECK (octet_length(hash) = 32),
    cut         bigint      NOT NULL DEFAULT 0,
    cut_hash    bytea       NOT NULL DEFAULT sha256('ngx_chat audit')
                CHECK (octet_length(cut_hash) = 32)
);

INSERT INTO chat.audit_chain DEFAULT VALUES;

-- How far the operator's streams are: see chat.audit_stream_take().
CREATE TABLE chat.audit_stream (
    name        text        PRIMARY KEY,
    number      bigint      NOT NULL DEFAULT 0,
    taken       timestamptz
);

-- An entry is added, sealed once, erased with its account and removed by age: nothing else.  The
-- two last are told by a setting that only the functions make which do it.
CREATE FUNCTION chat.audit_entry_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_keeper    text := coalesce(current_setting('chat.audit_keeper', true), '');
BEGIN
    IF TG_OP = 'DELETE' AND v_keeper = 'expire' THEN
        RETURN OLD;
    END IF;

    IF TG_OP = 'UPDATE'
       AND (NEW.id, NEW.at, NEW.action, NEW.outcome) = (OLD.id, OLD.at, OLD.action, OLD.outcome)
    THEN
        IF OLD.number IS NULL AND NEW.number IS NOT NULL
           AND (NEW.account, NEW.session, NEW.address, NEW.request_id, NEW.target, NEW.detail,
                NEW.salt, NEW.erased)
               IS NOT DISTINCT FROM
               (OLD.account, OLD.session, OLD.address, OLD.request_id, OLD.target, OLD.detail,
                OLD.salt, OLD.erased)
        THEN
            RETURN NEW;
        ELSIF v_keeper = 'erase' AND NEW.erased IS NOT NULL
              AND (NEW.number, NEW.body_hash, NEW.hash)
                  IS NOT DISTINCT FROM (OLD.number, OLD.body_hash, OLD.hash)
        THEN
            RETURN NEW;
        END IF;
    END IF;

    RAISE EXCEPTION 'audit entries are only added'
        USING HINT = 'chat.audit_expire() and chat.audit_pseudonymise() are the ways to lose some.';
END
$$;

CREATE TRIGGER audit_entry_kept BEFORE UPDATE OR DELETE ON chat.audit_entry
    FOR EACH ROW EXECUTE FUNCTION chat.audit_entry_kept();
CREATE TRIGGER audit_entry_kept_whole BEFORE TRUNCATE ON chat.audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION chat.audit_entry_kept();

-- Mails of later kinds: what the module can't write it refuses by itself.
ALTER TABLE chat.mail
    DROP CONSTRAINT IF EXISTS mail_template_check,
    ADD CONSTRAINT mail_template_check CHECK (template ~ '^[a-z_]{1,32}$');

-- What the earlier log holds comes over, and its table goes.
INSERT INTO chat.audit_entry (at, action, outcome, account, session, detail)
SELECT at, k.action, 'ok', account, session, detail
FROM chat.audit a JOIN (VALUES
    ('mail_refused', 'mail.refused'), ('mail_given_up', 'mail.given_up'),
    ('group_reset', 'group.reset'), ('recovery_set', 'recovery.set'),
    ('account_key_set', 'key.set'), ('account_key_reset', 'key.reset'),
    ('device_approved', 'device.approve'), ('account_verified', 'account.verify'),
    ('session_revoked', 'device.revoke')) k (kind, action) ON k.kind = a.kind
ORDER BY a.id;

DROP TABLE chat.audit;

-- Functions of the earlier release call this until they are replaced, with which it goes: see
-- functions/audit.sql.
CREATE OR REPLACE FUNCTION chat.audit(p_kind text, p_account uuid, p_session uuid,
    p_detail json DEFAULT NULL)
RETURNS void LANGUAGE sql VOLATILE AS $$
    INSERT INTO chat.audit_entry (action, outcome, account, session, detail)
    SELECT k.action, 'ok', p_account, p_session, p_detail::jsonb
    FROM (VALUES
        ('mail_refused', 'mail.refused'), ('mail_given_up', 'mail.given_up'),
        ('group_reset', 'group.reset'), ('recovery_set', 'recovery.set'),
        ('account_key_set', 'key.set'), ('account_key_reset', 'key.reset'),
        ('device_approved', 'device.approve'), ('account_verified', 'account.verify'),
        ('session_revoked', 'device.revoke')) k (kind, action)
    WHERE k.kind = p_kind;
$$;
