-- Verification of an address by a code or a link.

-- verification_put(account, …): makes or replaces the account's verification and queues its mail.
-- {id, send_attempt, expires, link_expires}; NULL when the address had its mails of this hour and
-- send_attempt is above 1 (the first attempt answers as if it were sent).
CREATE OR REPLACE FUNCTION chat.verification_put(a chat.account, p_send_attempt integer, p_id uuid,
    p_code_hash bytea, p_link_hash bytea, p_code text, p_link text, p_code_ttl integer,
    p_link_ttl integer, p_mail_limit integer)
RETURNS json LANGUAGE plpgsql AS $$
DECLARE
    c_tries     CONSTANT integer := 5;
    v           chat.verification;
    v_queued    boolean;
BEGIN
    v_queued := chat.mail_queue(a.id, CASE WHEN a.shadow THEN 'exists' ELSE 'verify' END, a.email,
        CASE WHEN a.shadow
             THEN json_build_object('username', a.username, 'display_name', a.display_name)
             ELSE json_build_object('username', a.username, 'display_name', a.display_name,
                                    'code', p_code, 'link', p_link,
                                    'minutes', p_code_ttl / 60) END,
        p_mail_limit);

    IF NOT v_queued AND p_send_attempt > 1 THEN
        RETURN NULL;
    END IF;

    INSERT INTO chat.verification AS o (id, account, send_attempt, tries, code_hash, link_hash,
        code_expires, link_expires)
    VALUES (p_id, a.id, p_send_attempt, c_tries, p_code_hash, p_link_hash,
        now() + make_interval(secs => p_code_ttl), now() + make_interval(secs => p_link_ttl))
    ON CONFLICT (account, purpose) DO UPDATE
    SET send_attempt = excluded.send_attempt, tries = excluded.tries,
        code_hash = excluded.code_hash, link_hash = excluded.link_hash,
        code_expires = excluded.code_expires, link_expires = excluded.link_expires, used = NULL
    RETURNING * INTO v;

    RETURN chat.verification_json(v);
END
$$;

CREATE OR REPLACE FUNCTION chat.verification_json(v chat.verification)
RETURNS json LANGUAGE sql STABLE AS $$
    SELECT json_build_object('id', v.id, 'send_attempt', v.send_attempt,
        'expires', chat.json_time(v.code_expires),
        'link_expires', chat.json_time(v.link_expires));
$$;

-- verification_create(account, session, send_attempt, id, code_hash, link_hash, code, link,
-- code_ttl, link_ttl): sends again, only if send_attempt grew; the id of the verification stays
-- (the id given is for an account that has none), its code and link are replaced.
-- 202 {id, send_attempt, expires, link_expires}.
-- CH409 already_verified; CH401 unauthorized; CH429 rate_limited {retry_after}.
CREATE OR REPLACE FUNCTION chat.verification_create(p_account uuid, p_session uuid,
    p_send_attempt integer, p_id uuid, p_code_hash bytea, p_link_hash bytea, p_code text,
    p_link text, p_code_ttl integer, p_link_ttl integer)
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    c_per_hour  CONSTANT integer := 10;
    v_account   chat.account;
    v_current   chat.verification;
    v_body      json;
    v_reply     chat.reply;
BEGIN
    SELECT * INTO v_account FROM chat.account WHERE id = p_account FOR NO KEY UPDATE;

    IF NOT FOUND THEN
        PERFORM chat.fail('CH401', 'unauthorized');
    ELSIF v_account.state <> 'unverified' THEN
        PERFORM chat.fail('CH409', 'already_verified');
    END IF;

    SELECT * INTO v_current FROM chat.verification WHERE account = p_account FOR UPDATE;

    IF FOUND AND p_send_attempt <= v_current.send_attempt THEN
        v_body := chat.verification_json(v_current);
    ELSE
        v_body := chat.verification_put(v_account, greatest(p_send_attempt, 2), p_id, p_code_hash,
            p_link_hash, p_code, p_link, p_code_ttl, p_link_ttl, c_per_hour);
    END IF;

    IF v_body IS NULL THEN
        PERFORM chat.fail('CH429', 'rate_limited', json_build_object('retry_after', 3600));
    END IF;

    v_reply.status := 202;
    v_reply.body := v_body;

    RETURN v_reply;
END
$$;

-- verification_find(id): for a confirmation that comes with the password instead of a session.
-- One row or none: account, email_key, password_hash, username.
CREATE OR REPLACE FUNCTION chat.verification_find(p_id uuid)
RETURNS TABLE (account uuid, email_key text, password_hash text, username text)
LANGUAGE sql STABLE AS $$
    SELECT a.id, a.email_key, a.password_hash, a.username
    FROM chat.verification v JOIN chat.account a ON a.id = v.account WHERE v.id = p_id;
$$;

-- verification_confirm(id, account, session, code_hash, link_hash, username)
--   account: whose session or password came with the request; session: that session, or NULL
--   code_hash or link_hash: one of them, the other NULL; username: another one than registered,
--   or NULL
-- One row: verdict (an HTTP status), problem ('' when 200), detail (JSON or NULL), body, announce.
-- It returns its failures, since raising would give the try back:
--   200 {account}: verified (again for who asks again with the same code)
--   404 not_found: no such verification of this account
--   409 username_taken: nothing is used up; ask again with another username
--   410 verification_expired: too old, or no tries left
--   422 invalid_code {attempts_left}
CREATE OR REPLACE FUNCTION chat.verification_confirm(p_id uuid, p_account uuid, p_session uuid,
    p_code_hash bytea, p_link_hash bytea, p_username text)
RETURNS TABLE (verdict integer, problem text, detail text, body text, announce uuid[])
LANGUAGE plpgsql AS $$
DECLARE
    v           chat.verification;
    v_account   chat.account;
    v_match     boolean;
    v_constraint text;
BEGIN
    -- account first, as everywhere
    SELECT * INTO v_account FROM chat.account a WHERE a.id = p_account FOR NO KEY UPDATE;
    SELECT * INTO v FROM chat.verification o
    WHERE o.id = p_id AND o.account = p_account FOR UPDATE;

    IF NOT FOUND OR v_account.id IS NULL THEN
        RETURN QUERY SELECT 404, 'not_found', NULL::text, NULL::text, NULL::uuid[];
        RETURN;
    END IF;

    v_match := coalesce(p_code_hash = v.code_hash AND v.code_expires > now(), false)
               OR coalesce(p_link_hash = v.link_hash, false);

    IF v_account.state <> 'unverified' THEN
        IF v_match AND v.used IS NOT NULL THEN
            RETURN QUERY SELECT 200, '', NULL::text,
                json_build_object('account', chat.account_json(v_account))::text, NULL::uuid[];
        ELSE
            RETURN QUERY SELECT 410, 'verification_expired', NULL::text, NULL::text, NULL::uuid[];
        END IF;
        RETURN;
    END IF;

    IF v.tries = 0
       OR (p_code_hash IS NOT NULL AND v.code_expires <= now())
       OR v.link_expires <= now()
    THEN
        RETURN QUERY SELECT 410, 'verification_expired', NULL::text, NULL::text, NULL::uuid[];
        RETURN;
    END IF;

    IF NOT v_match OR v_account.shadow THEN
        UPDATE chat.verification o SET tries = o.tries - 1 WHERE o.id = p_id;
        PERFORM chat.audit(p_account, p_session, 'account.verify', 'invalid_code');

        RETURN QUERY SELECT 422, 'invalid_code',
            json_build_object('attempts_left', v.tries - 1)::text, NULL::text, NULL::uuid[];
        RETURN;
    END IF;

    BEGIN
        v_account := chat.account_verify(v_account, coalesce(p_username, v_account.username));
    EXCEPTION WHEN unique_violation THEN
        GET STACKED DIAGNOSTICS v_constraint = CONSTRAINT_NAME;

        IF v_constraint = 'account_username' THEN
            RETURN QUERY SELECT 409, 'username_taken', NULL::text, NULL::text, NULL::uuid[];
        ELSE
            -- its address was verified by another account in this very moment
            UPDATE chat.account a SET shadow = true WHERE a.id = p_account;
            RETURN QUERY SELECT 410, 'verification_expired', NULL::text, NULL::text, NULL::uuid[];
        END IF;
        RETURN;
    END;

    UPDATE chat.verification o SET used = now() WHERE o.id = p_id;

    RETURN QUERY SELECT 200, '', NULL::text,
        json_build_object('account', chat.account_json(v_account))::text, NULL::uuid[];
END
$$;

-- account_verify(account, username): makes an unverified account active, with its self
-- conversation, open to all of its devices.  The caller has locked the account; raises
-- unique_violation when the name or the address was taken in between.
CREATE OR REPLACE FUNCTION chat.account_verify(a chat.account, p_username text)
RETURNS chat.account LANGUAGE plpgsql AS $$
DECLARE
    v_self      uuid := chat.uuid_v7();
    v_account   chat.account;
BEGIN
    IF NOT chat.username_free(p_username) THEN
        RAISE unique_violation USING CONSTRAINT = 'account_username';
    END IF;

    UPDATE chat.account
    SET state = 'active', verified = now(), username = p_username, self = v_self,
        version = version + 1
    WHERE id = a.id RETURNING * INTO v_account;

    INSERT INTO chat.conversation (id, kind, payload, history)
    VALUES (v_self, 'self', 'opaque', 'until_delivered');

    INSERT INTO chat.member (conversation, account, role) VALUES (v_self, a.id, 'owner');

    INSERT INTO chat.range (conversation, session, from_seq)
    SELECT v_self, id, 1 FROM chat.session WHERE account = a.id AND revoked IS NULL;

    -- who registered the same address later can no longer be its owner
    UPDATE chat.account SET shadow = true
    WHERE email_key = a.email_key AND state = 'unverified' AND NOT shadow;

    PERFORM chat.audit(a.id, NULL, 'account.verify');

    RETURN v_account;
END
$$;
