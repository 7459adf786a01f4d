-- Deletion and suspension of accounts.  What erases them is in erase.sql.

-- account_delete(account, session, grace): the account is erased after grace seconds, unless that is
-- cancelled or its owner signs in.  All other sessions are signed out (4401); this one stays, for
-- the export and to cancel.  The owner gets a mail.
-- 202 {erased_after}; a repeat leaves the time as it is.  announce: the self conversation.
-- CH403 proof_required.
CREATE OR REPLACE FUNCTION chat.account_delete(p_account uuid, p_session uuid, p_grace integer)
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    v_account   chat.account;
    v_reply     chat.reply;
BEGIN
    v_account := chat.account_lock(p_account);
    PERFORM chat.proof_need(p_account, p_session);

    IF v_account.erase_after IS NULL THEN
        PERFORM chat.lock_conversations(ARRAY[v_account.self]);

        UPDATE chat.account SET erase_after = now() + make_interval(secs => p_grace)
        WHERE id = p_account RETURNING * INTO v_account;

        v_reply.revoked := chat.sessions_out(p_account, p_session);
        v_reply.close_code := 4401;

        PERFORM chat.append_account_entry(v_account.self, json_build_object('type',
            'account_deletion', 'erased_after', chat.json_time(v_account.erase_after)));
        v_reply.announce := ARRAY[v_account.self];

        PERFORM chat.notice(v_account, 'deletion', jsonb_build_object('time', to_char(
            v_account.erase_after AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI "UTC"')));
        PERFORM chat.audit(p_account, p_session, 'account.delete_request');
    END IF;

    v_reply.status := 202;
    v_reply.body := json_build_object('erased_after', chat.json_time(v_account.erase_after));

    RETURN v_reply;
END
$$;

-- account_delete_cancel(account, session): 204, also where nothing was to be cancelled.  announce:
-- the self conversation.
CREATE OR REPLACE FUNCTION chat.account_delete_cancel(p_account uuid, p_session uuid)
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    v_account   chat.account;
    v_reply     chat.reply;
BEGIN
    v_account := chat.account_lock(p_account);
    v_reply.status := 204;

    IF v_account.erase_after IS NOT NULL AND v_account.state = 'active' THEN
        PERFORM chat.lock_conversations(ARRAY[v_account.self]);
        PERFORM chat.deletion_cancelled(v_account, p_session);
        PERFORM chat.append_account_entry(v_account.self, json_build_object('type',
            'account_deletion', 'erased_after', NULL));
        v_reply.announce := ARRAY[v_account.self];
    END IF;

    RETURN v_reply;
END
$$;

-- deletion_cancelled(account, session): forgets that the account was to be erased; whether it was.
-- A sign-in does this, too.  The caller has locked the account.
CREATE OR REPLACE FUNCTION chat.deletion_cancelled(a chat.account, p_session uuid)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF a.erase_after IS NULL THEN
        RETURN false;
    END IF;

    UPDATE chat.account SET erase_after = NULL WHERE id = a.id;
    PERFORM chat.audit(a.id, p_session, 'account.delete_cancel');

    RETURN true;
END
$$;

-- username_hash(username): as which a user name is kept that nobody may take for a while.
CREATE OR REPLACE FUNCTION chat.username_hash(p_username text)
RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(m.secret || convert_to(p_username, 'UTF8')) FROM chat.meta m;
$$;

-- username_free(username): neither a verified account has it nor is it kept back.
CREATE OR REPLACE FUNCTION chat.username_free(p_username text)
RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT NOT EXISTS (SELECT 1 FROM chat.account
                       WHERE username = p_username AND state <> 'unverified')
        AND NOT EXISTS (SELECT 1 FROM chat.username_reserved
                        WHERE hash = chat.username_hash(p_username) AND until > now());
$$;

-- operator_account_lock(account): locks an account that is there.  CH404 not_found.
CREATE OR REPLACE FUNCTION chat.operator_account_lock(p_account uuid)
RETURNS chat.account LANGUAGE plpgsql AS $$
DECLARE
    v_account   chat.account;
BEGIN
    SELECT * INTO v_account FROM chat.account
    WHERE id = p_account AND state <> 'erased' FOR NO KEY UPDATE;

    IF NOT FOUND THEN
        PERFORM chat.fail('CH404', 'not_found');
    END IF;

    RETURN v_account;
END
$$;

-- operator_account_suspend(account): nobody signs in to it, it isn't found, its sessions end and
-- their sockets close; nothing of it is lost.  A repeat does nothing.
-- CH404 not_found; CH409 conflict: it isn't verified.
CREATE OR REPLACE FUNCTION chat.operator_account_suspend(p_account uuid)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_account   chat.account;
BEGIN
    v_account := chat.operator_account_lock(p_account);

    IF v_account.state = 'unverified' THEN
        PERFORM chat.fail('CH409', 'conflict');
    ELSIF v_account.state = 'active' THEN
        UPDATE chat.account SET state = 'suspended' WHERE id = p_account;
        PERFORM chat.sessions_out(p_account, NULL);
        PERFORM chat.audit(p_account, NULL, 'operator.user.suspend');
    END IF;
END
$$;

-- operator_account_reactivate(account): it is as before, but for its sessions, which have to sign in;
-- a deletion by the operator is cancelled.  CH404 not_found; CH409 conflict: it isn't verified.
CREATE OR REPLACE FUNCTION chat.operator_account_reactivate(p_account uuid)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_account   chat.account;
BEGIN
    v_account := chat.operator_account_lock(p_account);

    IF v_account.state = 'unverified' THEN
        PERFORM chat.fail('CH409', 'conflict');
    ELSIF v_account.state = 'suspended' THEN
        UPDATE chat.account SET state = 'active', erase_after = NULL WHERE id = p_account;
        PERFORM chat.audit(p_account, NULL, 'operator.user.reactivate');
    END IF;
END
$$;

-- operator_account_delete(account, now): it is suspended, so that no sign-in cancels it, and erased by
-- the next upkeep, or after 14 days.  When; NULL: it was never verified, and is gone.
-- CH404 not_found.
CREATE OR REPLACE FUNCTION chat.operator_account_delete(p_account uuid, p_now boolean)
RETURNS timestamptz LANGUAGE plpgsql AS $$
DECLARE
    v_account   chat.account;
    v_after     timestamptz := now() + CASE WHEN p_now THEN interval '0' ELSE interval '14 days' END;
BEGIN
    v_account := chat.operator_account_lock(p_account);
    PERFORM chat.audit(p_account, NULL, 'operator.user.delete', 'ok', NULL,
                       jsonb_build_object('now', p_now));

    IF v_account.state = 'unverified' THEN
        PERFORM chat.end_unverified(ARRAY[p_account]);
        RETURN NULL;
    END IF;

    UPDATE chat.account
    SET state = 'suspended', erase_after = least(coalesce(erase_after, v_after), v_after)
    WHERE id = p_account RETURNING erase_after INTO v_after;

    PERFORM chat.sessions_out(p_account, NULL);

    RETURN v_after;
END
$$;
