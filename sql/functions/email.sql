-- The address of an account: changed once the new one is confirmed, announced at the old one, from
-- where it can be taken back.

-- email_change_create(account, session, email, email_key, send_attempt, id, code_hash, link_hash, code,
-- link, code_ttl, link_ttl): asks for another address, which gets a code and a link.
--   id: a keyed hash of account and address
-- 202 {id, send_attempt, expires, link_expires}, whether or not the address is somebody's: if it is,
-- its owner is told so, and no code is good.  Asking again for the same address sends only if
-- send_attempt grew or the code has expired.
-- CH403 proof_required; CH400 invalid_parameter (email): it has this one; CH429 rate_limited
-- {retry_after}: the address had its mails of this hour, or the account its changes of this week.
CREATE OR REPLACE FUNCTION chat.email_change_create(p_account uuid, p_session uuid, p_email text,
    p_email_key text, p_send_attempt integer, p_id uuid, p_code_hash bytea, p_link_hash bytea,
    p_code text, p_link text, p_code_ttl integer, p_link_ttl integer)
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    v_account   chat.account;
    v           chat.email_change;
    v_reply     chat.reply;
BEGIN
    v_account := chat.account_lock(p_account);
    PERFORM chat.proof_need(p_account, p_session);

    IF v_account.email_key = p_email_key THEN
        PERFORM chat.invalid('email', 'another address than the account has');
    END IF;

    PERFORM chat.email_changes_room(p_account);

    SELECT * INTO v FROM chat.email_change WHERE account = p_account FOR UPDATE;

    IF v.id IS DISTINCT FROM p_id OR p_send_attempt > v.send_attempt OR v.code_expires <= now() THEN
        DELETE FROM chat.email_change WHERE account = p_account;

        INSERT INTO chat.email_change (id, account, email, email_key, taken, send_attempt, tries,
            code_hash, link_hash, code_expires, link_expires)
        VALUES (p_id, p_account, p_email, p_email_key,
            EXISTS (SELECT 1 FROM chat.account
                    WHERE email_key = p_email_key AND state <> 'unverified'),
            p_send_attempt, 5, p_code_hash, p_link_hash,
            now() + make_interval(secs => p_code_ttl), now() + make_interval(secs => p_link_ttl))
        RETURNING * INTO v;

        PERFORM chat.email_change_mail(v_account, v, p_code, p_link, p_code_ttl);
        PERFORM chat.audit(p_account, p_session, 'email.change_request');
    END IF;

    v_reply.status := 202;
    v_reply.body := chat.mailed_json(v.id, v.send_attempt, v.code_expires, v.link_expires);

    RETURN v_reply;
END
$$;

-- email_changes_room(account): CH429 where it changed its address too often: each change keeps a way
-- back, and none of these must be pushed out.
CREATE OR REPLACE FUNCTION chat.email_changes_room(p_account uuid)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    c_changes   CONSTANT integer := 10;
BEGIN
    IF (SELECT count(*) FROM chat.email_revert
        WHERE account = p_account AND expires > now()) >= c_changes
    THEN
        PERFORM chat.fail('CH429', 'rate_limited', json_build_object('retry_after', 86400));
    END IF;
END
$$;

-- email_change_mail(account, change, code, link, code_ttl): queues its mail.  CH429 rate_limited: the
-- address had its mails of this kind and hour, from whomever.
CREATE OR REPLACE FUNCTION chat.email_change_mail(a chat.account, v chat.email_change, p_code text,
    p_link text, p_code_ttl integer)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    c_per_hour  CONSTANT integer := 10;
BEGIN
    IF NOT chat.mail_room(v.email, ARRAY['email_change', 'email_taken'], c_per_hour) THEN
        PERFORM chat.fail('CH429', 'rate_limited', json_build_object('retry_after', 3600));
    END IF;

    INSERT INTO chat.mail (account, template, recipient, params)
    VALUES (a.id, CASE WHEN v.taken THEN 'email_taken' ELSE 'email_change' END, v.email,
        CASE WHEN v.taken THEN '{}'
             ELSE json_build_object('username', a.username, 'display_name', a.display_name,
                                    'code', p_code, 'link', 'email.' || p_link,
                                    'minutes', p_code_ttl / 60) END);
END
$$;

-- email_change_find(id): for a confirmation that comes with the password instead of a session.  One row
-- or none: account, password_hash.
CREATE OR REPLACE FUNCTION chat.email_change_find(p_id uuid)
RETURNS TABLE (account uuid, password_hash text) LANGUAGE sql STABLE AS $$
    SELECT a.id, a.password_hash
    FROM chat.email_change c JOIN chat.account a ON a.id = c.account
    WHERE c.id = p_id AND a.state = 'active';
$$;

-- email_change_confirm(account, session, id, code_hash, link_hash, revert, revert_hash, revert_link,
-- revert_ttl): the new address is the account's from now on.
--   account: whose session or password came with the request; session: that session, or NULL
--   revert, revert_hash, revert_link: the way back, which is sent to the address before
-- 204, or a refusal: not_found; verification_expired: too old, no tries left for codes, or somebody's
-- since; invalid_code {attempts_left}.  Resets that were asked for at the old address are forgotten.
CREATE OR REPLACE FUNCTION chat.email_change_confirm(p_account uuid, p_session uuid, p_id uuid,
    p_code_hash bytea, p_link_hash bytea, p_revert uuid, p_revert_hash bytea, p_revert_link text,
    p_revert_ttl integer)
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    v_account   chat.account;
    v           chat.email_change;
    v_reply     chat.reply;
BEGIN
    SELECT * INTO v_account FROM chat.account WHERE id = p_account FOR NO KEY UPDATE;
    SELECT * INTO v FROM chat.email_change WHERE id = p_id AND account = p_account FOR UPDATE;

    IF NOT FOUND OR v_account.state <> 'active' THEN
        RETURN chat.refusal('not_found');
    ELSIF v.link_expires <= now()
          OR (p_code_hash IS NOT NULL AND (v.tries = 0 OR v.code_expires <= now()))
    THEN
        RETURN chat.refusal('verification_expired');
    ELSIF v.taken OR NOT coalesce(p_code_hash = v.code_hash, p_link_hash = v.link_hash) THEN
        IF p_code_hash IS NOT NULL THEN
            UPDATE chat.email_change SET tries = tries - 1 WHERE id = p_id
            RETURNING tries INTO v.tries;

            PERFORM chat.audit(p_account, p_session, 'email.change', 'invalid_code');
        END IF;

        RETURN chat.refusal('invalid_code', json_build_object('attempts_left', v.tries));
    END IF;

    PERFORM chat.email_changes_room(p_account);

    IF NOT chat.email_set(p_account, v.email, v.email_key) THEN
        UPDATE chat.email_change SET taken = true WHERE id = p_id;
        RETURN chat.refusal('verification_expired');
    END IF;

    INSERT INTO chat.email_revert (id, account, email, email_key, link_hash, expires)
    VALUES (p_revert, p_account, v_account.email, v_account.email_key, p_revert_hash,
            now() + make_interval(secs => p_revert_ttl));

    PERFORM chat.mailed_forget(p_account);
    PERFORM chat.notice(v_account, 'email_changed', jsonb_build_object(
        'link', 'revert.' || p_revert_link, 'days', p_revert_ttl / 86400));
    PERFORM chat.audit(p_account, p_session, 'email.change');

    v_reply.status := 204;

    RETURN v_reply;
END
$$;

-- email_set(account, email, email_key): of an account that the caller has locked.  False: another
-- verified account has this address.
CREATE OR REPLACE FUNCTION chat.email_set(p_account uuid, p_email text, p_email_key text)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    -- one that is just being verified holds its own row, and would wait for this one's address
    PERFORM 1 FROM chat.account WHERE email_key = p_email_key AND state = 'unverified'
    ORDER BY id FOR NO KEY UPDATE;

    UPDATE chat.account SET email = p_email, email_key = p_email_key, version = version + 1
    WHERE id = p_account;

    -- whoever registered it, unverified, can no longer be its owner
    UPDATE chat.account SET shadow = true
    WHERE email_key = p_email_key AND state = 'unverified' AND NOT shadow;

    RETURN true;
EXCEPTION WHEN unique_violation THEN
    RETURN false;
END
$$;

-- email_revert_find(revert): account of a way back.  One row or none.
CREATE OR REPLACE FUNCTION chat.email_revert_find(p_revert uuid)
RETURNS TABLE (account uuid) LANGUAGE sql STABLE AS $$
    SELECT r.account FROM chat.email_revert r WHERE r.id = p_revert;
$$;

-- email_change_revert(context, revert, link_hash, dead_hash, id, code_hash, link_hash, code, link,
-- code_ttl, link_ttl): takes a change back, for who has the link that went to the address before.
--   dead_hash: a hash that no password matches: who made the change may know the password
--   id …: of the reset that is sent to the address
-- Signs every session out (close_code 4401); changes made since, their own ways back and factors added
-- since or in the seven days before are void: a thief may well begin with a factor.
-- 204, or a refusal: verification_expired: no such change, another link, or too old; conflict: the
-- address is another account's by now.
CREATE OR REPLACE FUNCTION chat.email_change_revert(p_context uuid, p_revert uuid,
    p_revert_hash bytea, p_dead_hash text, p_id uuid, p_code_hash bytea, p_link_hash bytea,
    p_code text, p_link text, p_code_ttl integer, p_link_ttl integer)
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    c_before    CONSTANT interval := '7 days';
    v_account   chat.account;
    v           chat.email_revert;
    v_reply     chat.reply;
BEGIN
    -- account first, as everywhere
    SELECT a.* INTO v_account FROM chat.account a JOIN chat.email_revert r ON r.account = a.id
    WHERE r.id = p_revert FOR NO KEY UPDATE OF a;

    SELECT * INTO v FROM chat.email_revert
    WHERE id = p_revert AND account = v_account.id AND link_hash = p_revert_hash
        AND expires > now()
    FOR UPDATE;

    IF NOT FOUND THEN
        RETURN chat.refusal('verification_expired');
    ELSIF NOT chat.email_set(v.account, v.email, v.email_key) THEN
        RETURN chat.refusal('conflict');
    END IF;

    DELETE FROM chat.email_revert WHERE account = v.account AND created >= v.created;
    PERFORM chat.mailed_forget(v.account);

    UPDATE chat.account SET password_hash = p_dead_hash
    WHERE id = v.account RETURNING * INTO v_account;

    PERFORM chat.factors_since(v.account, v.created - c_before);

    v_reply.revoked := chat.sessions_out(v.account, NULL);
    v_reply.close_code := CASE WHEN v_reply.revoked IS NOT NULL THEN 4401 END;

    INSERT INTO chat.password_reset (id, email_key, account, send_attempt, tries, code_hash,
        link_hash, code_expires, link_expires)
    VALUES (p_id, v.email_key, v.account, 1, 5, p_code_hash, p_link_hash,
        now() + make_interval(secs => p_code_ttl), now() + make_interval(secs => p_link_ttl));

    PERFORM chat.notice(v_account, 'email_reverted', jsonb_build_object(
        'code', p_code, 'link', 'reset.' || p_link, 'minutes', p_link_ttl / 60));
    PERFORM chat.audit(v.account, NULL, 'email.revert', 'ok', NULL,
        jsonb_build_object('signed_out', coalesce(cardinality(v_reply.revoked), 0)));

    v_reply.status := 204;

    RETURN v_reply;
END
$$;

-- factors_since(account, since): removes the second factors that were added since then, and all backup
-- codes, which whoever added them may know.
CREATE OR REPLACE FUNCTION chat.factors_since(p_account uuid, p_since timestamptz)
RETURNS void LANGUAGE sql VOLATILE AS $$
    DELETE FROM chat.passkey WHERE account = p_account AND created >= p_since;
    DELETE FROM chat.totp
    WHERE account = p_account AND (confirmed IS NULL OR confirmed >= p_since);
    UPDATE chat.totp SET pending = NULL, pending_expires = NULL WHERE account = p_account;
    DELETE FROM chat.backup_code WHERE account = p_account;
$$;
