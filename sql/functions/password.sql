-- Passwords: changed by who knows them, reset by who reads the account's mail.

-- refusal(code, detail): a problem whose act has to stay, a try that counts: raising would take
-- it back.  detail: a JSON object of further members, or NULL.
CREATE OR REPLACE FUNCTION chat.refusal(p_code text, p_detail json DEFAULT NULL)
RETURNS chat.reply LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    v_reply     chat.reply;
BEGIN
    v_reply.status := 400;
    v_reply.etag := p_code;
    v_reply.body := p_detail;

    RETURN v_reply;
END
$$;

-- mailed_json(id, send_attempt, code_expires, link_expires): what is told of a code and a link.
CREATE OR REPLACE FUNCTION chat.mailed_json(p_id uuid, p_send_attempt integer,
    p_code_expires timestamptz, p_link_expires timestamptz)
RETURNS json LANGUAGE sql STABLE AS $$
    SELECT json_build_object('id', p_id, 'send_attempt', p_send_attempt,
        'expires', chat.json_time(p_code_expires), 'link_expires', chat.json_time(p_link_expires));
$$;

-- sessions_out(account, keep): signs out all sessions of an account that the caller has locked, but
-- one (NULL: none is kept), and takes their proofs.  Those that were signed in, or NULL.
CREATE OR REPLACE FUNCTION chat.sessions_out(p_account uuid, p_keep uuid)
RETURNS uuid[] LANGUAGE plpgsql AS $$
DECLARE
    v_out       uuid[];
BEGIN
    PERFORM 1 FROM chat.session
    WHERE account = p_account AND token_hash IS NOT NULL AND id IS DISTINCT FROM p_keep
    ORDER BY id FOR NO KEY UPDATE;

    WITH gone AS (
        UPDATE chat.session SET token_hash = NULL, signed_out = now(), proven = NULL
        WHERE account = p_account AND token_hash IS NOT NULL AND id IS DISTINCT FROM p_keep
        RETURNING id
    )
    SELECT array_agg(id) INTO v_out FROM gone;

    RETURN v_out;
END
$$;

-- proofs_out(account, keep): takes the proofs of all sessions of an account that the caller has locked,
-- but one: what they were given for isn't all that is asked for any more.
CREATE OR REPLACE FUNCTION chat.proofs_out(p_account uuid, p_keep uuid)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM chat.session
    WHERE account = p_account AND proven IS NOT NULL AND id IS DISTINCT FROM p_keep
    ORDER BY id FOR NO KEY UPDATE;

    UPDATE chat.session SET proven = NULL
    WHERE account = p_account AND proven IS NOT NULL AND id IS DISTINCT FROM p_keep;
END
$$;

-- mailed_forget(account): codes and links that were sent for it are good no more.
CREATE OR REPLACE FUNCTION chat.mailed_forget(p_account uuid)
RETURNS void LANGUAGE sql VOLATILE AS $$
    DELETE FROM chat.password_reset WHERE account = p_account;
    DELETE FROM chat.email_change WHERE account = p_account;
$$;

-- password_set(account, hash, keep): the new password's hash, of an account that the caller has
-- locked; signs out all sessions but keep, unless all are kept, and tells the owner.  Those out.
CREATE OR REPLACE FUNCTION chat.password_set(a chat.account, p_hash text, p_keep uuid,
    p_keep_all boolean)
RETURNS uuid[] LANGUAGE plpgsql AS $$
DECLARE
    v_out       uuid[];
BEGIN
    UPDATE chat.account SET password_hash = p_hash WHERE id = a.id;

    IF p_keep_all THEN
        PERFORM chat.proofs_out(a.id, p_keep);
    ELSE
        v_out := chat.sessions_out(a.id, p_keep);
    END IF;

    PERFORM chat.mailed_forget(a.id);
    PERFORM chat.notice(a, 'password_changed');

    RETURN v_out;
END
$$;

-- password_change(account, session, proven_hash, hash, keep_sessions): the caller has checked the
-- current password against proven_hash and made hash of the new one.  204; revoked: the sessions that
-- are signed out (close_code 4401), all but this one, unless they are kept.
-- CH401 unauthorized: the session has ended; CH403 proof_required: the account has more factors than
-- the password; CH503 unavailable: the password was changed in this moment.
CREATE OR REPLACE FUNCTION chat.password_change(p_account uuid, p_session uuid,
    p_proven_hash text, p_hash text, p_keep_sessions boolean)
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    v_account   chat.account;
    v_reply     chat.reply;
BEGIN
    PERFORM chat.password_holds(p_account, p_proven_hash);
    v_account := chat.account_lock(p_account);
    PERFORM chat.proof_need_more(p_account, p_session);

    -- where the password alone is no proof, it doesn't make one last longer either
    UPDATE chat.session
    SET proven = CASE WHEN chat.factor_second(p_account) THEN proven ELSE clock_timestamp() END
    WHERE id = p_session AND account = p_account AND token_hash IS NOT NULL;

    IF NOT FOUND THEN
        PERFORM chat.fail('CH401', 'unauthorized');
    END IF;

    v_reply.status := 204;
    v_reply.revoked := chat.password_set(v_account, p_hash, p_session,
                                         coalesce(p_keep_sessions, false));
    v_reply.close_code := CASE WHEN v_reply.revoked IS NOT NULL THEN 4401 END;

    PERFORM chat.audit(p_account, p_session, 'password.change', 'ok', NULL,
        jsonb_build_object('signed_out', coalesce(cardinality(v_reply.revoked), 0)));

    RETURN v_reply;
END
$$;

-- password_reset_create(context, email, email_key, send_attempt, id, code_hash, link_hash, code,
-- link, code_ttl, link_ttl): anybody asks for a way to set the password of the account that has this
-- address.
--   context: of chat.context(); id: a keyed hash of the address and the client's network
-- 202 {id, send_attempt, expires, link_expires}, for any address: where it is no verified account's,
-- all is the same but that no mail goes out.  Asking again sends only if send_attempt grew or the code
-- has expired, and at most 5 mails an hour to one address; past that nothing changes.
CREATE OR REPLACE FUNCTION chat.password_reset_create(p_context uuid, p_email text,
    p_email_key text, p_send_attempt integer, p_id uuid, p_code_hash bytea,
    p_link_hash bytea, p_code text, p_link text, p_code_ttl integer, p_link_ttl integer)
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    v_account   chat.account;
    v           chat.password_reset;
    v_reply     chat.reply;
BEGIN
    SELECT * INTO v_account FROM chat.account
    WHERE email_key = p_email_key AND state <> 'unverified' FOR KEY SHARE;

    -- a row to wait at: of two that ask at once only one sends
    INSERT INTO chat.password_reset (id, email_key, account, send_attempt, tries, code_hash,
        link_hash, code_expires, link_expires)
    VALUES (p_id, p_email_key, v_account.id, 0, 0, '', '', now(), now())
    ON CONFLICT (id) DO UPDATE SET email_key = excluded.email_key
    RETURNING * INTO v;

    IF (p_send_attempt > v.send_attempt OR v.code_expires <= now())
       AND chat.password_reset_mail(v_account, p_email, p_code, p_link, p_code_ttl)
    THEN
        UPDATE chat.password_reset
        SET account = v_account.id, send_attempt = greatest(p_send_attempt, v.send_attempt),
            tries = 5, code_hash = p_code_hash, link_hash = p_link_hash,
            code_expires = now() + make_interval(secs => p_code_ttl),
            link_expires = now() + make_interval(secs => p_link_ttl)
        WHERE id = p_id RETURNING * INTO v;
    END IF;

    v_reply.status := 202;
    v_reply.body := chat.mailed_json(p_id, greatest(v.send_attempt, 1), v.code_expires,
                                     v.link_expires);

    RETURN v_reply;
END
$$;

-- password_reset_mail(account, email, code, link, code_ttl): queues the mail of a reset, or, where
-- there is no account (its row is empty), a row that counts as one and is never sent.  False: the
-- address had its mails of this hour.
CREATE OR REPLACE FUNCTION chat.password_reset_mail(a chat.account, p_email text, p_code text,
    p_link text, p_code_ttl integer)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    c_per_hour  CONSTANT integer := 5;
    v_known     boolean := a.id IS NOT NULL;
    v_email     text := coalesce(a.email, p_email);
BEGIN
    IF NOT chat.mail_room(v_email, ARRAY['password_reset'], c_per_hour) THEN
        RETURN false;
    END IF;

    INSERT INTO chat.mail (account, template, recipient, params, done, verdict)
    VALUES (a.id, 'password_reset', v_email,
        CASE WHEN v_known
             THEN json_build_object('username', a.username, 'display_name', a.display_name,
                                    'code', p_code, 'link', 'reset.' || p_link,
                                    'minutes', p_code_ttl / 60)
             ELSE '{}' END,
        CASE WHEN NOT v_known THEN now() END, CASE WHEN NOT v_known THEN 'cancelled' END);

    PERFORM chat.audit(a.id, NULL, 'password.reset_request',
                       CASE WHEN v_known THEN 'ok' ELSE 'not_found' END);

    RETURN true;
END
$$;

-- password_reset_look(context, id, code_hash, link_hash): one try at a reset, before a password is
-- hashed for it; a wrong code counts, a right one stays good for password_reset_confirm().
-- One row: a chat.reply's columns, 200 or a refusal; then account, username, email, display_name.
--   verification_expired: no such reset (or used: its row is gone), too old, or no tries left for codes; a link that
--   can't be guessed needs none
--   invalid_code {attempts_left}
CREATE OR REPLACE FUNCTION chat.password_reset_look(p_context uuid, p_id uuid, p_code_hash bytea,
    p_link_hash bytea)
RETURNS TABLE (status integer, body text, etag text, announce uuid[], revoked uuid[],
    close_code integer, account uuid, username text, email text, display_name text)
LANGUAGE plpgsql AS $$
DECLARE
    v_reply     chat.reply;
    a           chat.account;
BEGIN
    v_reply := chat.password_reset_try(p_id, p_code_hash, p_link_hash);

    IF v_reply.status = 200 THEN
        SELECT * INTO a FROM chat.account o
        WHERE o.id = (SELECT r.account FROM chat.password_reset r WHERE r.id = p_id);
    END IF;

    RETURN QUERY SELECT v_reply.status, v_reply.body, v_reply.etag, v_reply.announce,
        v_reply.revoked, v_reply.close_code, a.id, a.username, a.email, a.display_name;
END
$$;

-- password_reset_try(id, code_hash, link_hash): locks the reset; status 200, or a refusal.
CREATE OR REPLACE FUNCTION chat.password_reset_try(p_id uuid, p_code_hash bytea,
    p_link_hash bytea)
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    v           chat.password_reset;
    v_reply     chat.reply;
BEGIN
    SELECT * INTO v FROM chat.password_reset WHERE id = p_id FOR UPDATE;

    IF NOT FOUND OR v.link_expires <= now()
       OR (p_code_hash IS NOT NULL AND (v.tries = 0 OR v.code_expires <= now()))
    THEN
        RETURN chat.refusal('verification_expired');
    END IF;

    -- an address without an account has a code that nobody knows
    IF v.account IS NULL OR NOT coalesce(p_code_hash = v.code_hash, p_link_hash = v.link_hash) THEN
        IF p_code_hash IS NOT NULL THEN
            UPDATE chat.password_reset SET tries = tries - 1 WHERE id = p_id
            RETURNING tries INTO v.tries;

            PERFORM chat.audit(v.account, NULL, 'password.reset', 'invalid_code');
        END IF;

        RETURN chat.refusal('invalid_code', json_build_object('attempts_left', v.tries));
    END IF;

    v_reply.status := 200;

    RETURN v_reply;
END
$$;

-- password_reset_confirm(context, id, code_hash, link_hash, hash): sets the password.  Signs every
-- session out (close_code 4401); devices with their queues and keys stay, and so do second factors.
-- 204, or a refusal as of password_reset_look().
CREATE OR REPLACE FUNCTION chat.password_reset_confirm(p_context uuid, p_id uuid,
    p_code_hash bytea, p_link_hash bytea, p_hash text)
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    v_account   chat.account;
    v_reply     chat.reply;
BEGIN
    -- account first, as everywhere
    SELECT a.* INTO v_account FROM chat.account a JOIN chat.password_reset r ON r.account = a.id
    WHERE r.id = p_id FOR NO KEY UPDATE OF a;

    v_reply := chat.password_reset_try(p_id, p_code_hash, p_link_hash);

    IF v_reply.status <> 200 THEN
        RETURN v_reply;
    ELSIF v_account.id IS NULL THEN
        RETURN chat.refusal('verification_expired');
    END IF;

    v_reply.status := 204;
    v_reply.revoked := chat.password_set(v_account, p_hash, NULL, false);
    v_reply.close_code := CASE WHEN v_reply.revoked IS NOT NULL THEN 4401 END;

    PERFORM chat.audit(v_account.id, NULL, 'password.reset', 'ok', NULL,
        jsonb_build_object('signed_out', coalesce(cardinality(v_reply.revoked), 0)));

    RETURN v_reply;
END
$$;
