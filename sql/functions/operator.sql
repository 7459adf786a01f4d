-- What chatctl does with accounts and sessions.  Acts of the operator are told to running workers
-- by chat.tell(), and leave an entry in the audit log.

-- operator_account(who): the account that an operator names by id, username or address (where the
-- names of unverified ones are the same, the verified one).  NULL names none.  CH404 not_found;
-- CH409 ambiguous.
CREATE OR REPLACE FUNCTION chat.operator_account(p_who text)
RETURNS uuid LANGUAGE plpgsql STABLE STRICT AS $$
DECLARE
    v_ids       uuid[];
BEGIN
    IF p_who ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN
        v_ids := ARRAY(SELECT id FROM chat.account WHERE id = p_who::uuid);
    ELSE
        v_ids := ARRAY(SELECT id FROM chat.account
            WHERE state NOT IN ('unverified', 'erased') AND (
                username = lower(p_who) OR lower(email) = lower(p_who) OR email_key = lower(p_who)));

        IF cardinality(v_ids) = 0 THEN
            v_ids := ARRAY(SELECT id FROM chat.account
                WHERE state = 'unverified' AND NOT shadow
                    AND (username = lower(p_who) OR lower(email) = lower(p_who))
                LIMIT 2);
        END IF;
    END IF;

    IF cardinality(v_ids) = 0 THEN
        PERFORM chat.fail('CH404', 'not_found');
    ELSIF cardinality(v_ids) > 1 THEN
        PERFORM chat.fail('CH409', 'ambiguous');
    END IF;

    RETURN v_ids[1];
END
$$;

-- operator_user_list(state, search, before, limit): accounts, the newest first.
--   state: unverified | active | suspended | erased, or NULL: all but erased ones; search: part of a name or address, or NULL;
--   before: an account, those older than it, or NULL
CREATE OR REPLACE FUNCTION chat.operator_user_list(p_state text, p_search text, p_before uuid,
    p_limit integer)
RETURNS TABLE (id uuid, username text, email text, state text, created text, last_seen text,
    devices integer)
LANGUAGE sql STABLE AS $$
    SELECT a.id, a.username, a.email, a.state, chat.json_time(a.created),
           chat.json_time(s.last_seen), coalesce(s.devices, 0)
    FROM chat.account a LEFT JOIN LATERAL (
        SELECT max(d.last_seen) AS last_seen, count(*)::integer AS devices
        FROM chat.session d WHERE d.account = a.id AND d.revoked IS NULL) s ON true
    WHERE NOT a.shadow AND (a.state = p_state OR (p_state IS NULL AND a.state <> 'erased'))
        AND (p_search IS NULL OR strpos(lower(a.username), lower(p_search)) > 0
             OR strpos(lower(a.email), lower(p_search)) > 0
             OR strpos(lower(a.display_name), lower(p_search)) > 0)
        AND (p_before IS NULL OR (a.created, a.id) < (
            SELECT b.created, b.id FROM chat.account b WHERE b.id = p_before))
    ORDER BY a.created DESC, a.id DESC LIMIT p_limit;
$$;

-- operator_user_show(account): one row.
CREATE OR REPLACE FUNCTION chat.operator_user_show(p_account uuid)
RETURNS TABLE (id uuid, username text, email text, display_name text, state text, created text,
    verified text, last_seen text, devices integer, signed_in integer, pending integer,
    conversations bigint, has_key boolean, key_version integer, mails_waiting bigint,
    erased_after text)
LANGUAGE sql STABLE AS $$
    SELECT a.id, a.username, a.email, a.display_name, a.state, chat.json_time(a.created),
           chat.json_time(a.verified), chat.json_time(s.last_seen), s.devices, s.signed_in,
           s.pending,
           (SELECT count(*) FROM chat.member m WHERE m.account = a.id
                AND m.conversation IS DISTINCT FROM a.self),
           a.account_key IS NOT NULL, a.key_version,
           (SELECT count(*) FROM chat.mail m WHERE m.account = a.id AND m.done IS NULL),
           chat.json_time(a.erase_after)
    FROM chat.account a, LATERAL (
        SELECT max(d.last_seen) AS last_seen, count(*)::integer AS devices,
               (count(*) FILTER (WHERE d.token_hash IS NOT NULL
                                     AND least(d.expires, d.idle_expires) > now()))::integer
                   AS signed_in,
               (count(*) FILTER (WHERE d.state = 'pending'))::integer AS pending
        FROM chat.session d WHERE d.account = a.id AND d.revoked IS NULL) s
    WHERE a.id = p_account;
$$;

-- operator_session_list(account, revoked): its devices, the oldest first; revoked ones only if asked.
CREATE OR REPLACE FUNCTION chat.operator_session_list(p_account uuid, p_revoked boolean)
RETURNS TABLE (id uuid, name text, platform text, state text, signed_in boolean, created text,
    last_seen text, expires text, revoked text)
LANGUAGE sql STABLE AS $$
    SELECT s.id, s.name, s.platform, s.state,
           s.token_hash IS NOT NULL AND least(s.expires, s.idle_expires) > now(),
           chat.json_time(s.created), chat.json_time(s.last_seen),
           chat.json_time(least(s.expires, s.idle_expires)), chat.json_time(s.revoked)
    FROM chat.session s
    WHERE s.account = p_account AND (p_revoked OR s.revoked IS NULL)
    ORDER BY s.created, s.id;
$$;

-- operator_session_revoke(session, sign_out): ends a device for ever (its sockets close with 4403),
-- or only signs it out (4401; the device, its keys and its queue stay).  Its account's id.
-- CH404 not_found: no such session, or it is revoked already.
CREATE OR REPLACE FUNCTION chat.operator_session_revoke(p_session uuid, p_sign_out boolean)
RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    v_account   chat.account;
    v_reply     chat.reply;
BEGIN
    -- the account first, as everywhere
    SELECT a.* INTO v_account
    FROM chat.account a
    WHERE a.id = (SELECT s.account FROM chat.session s WHERE s.id = p_session)
    FOR NO KEY UPDATE;

    IF NOT FOUND OR NOT EXISTS (SELECT 1 FROM chat.session
                                WHERE id = p_session AND revoked IS NULL)
    THEN
        PERFORM chat.fail('CH404', 'not_found');
    END IF;

    IF p_sign_out THEN
        UPDATE chat.session SET token_hash = NULL, signed_out = now()
        WHERE id = p_session AND token_hash IS NOT NULL;
    ELSE
        PERFORM chat.session_revoke_one(p_session, v_account.self);

        IF v_account.self IS NOT NULL THEN
            v_reply.announce := v_account.self || chat.private_ended_with(p_session);
            PERFORM chat.append_account_entry(v_account.self, json_build_object(
                'type', 'device_revoked', 'device', p_session));
        END IF;
    END IF;

    PERFORM chat.audit(v_account.id, NULL, 'operator.session.revoke', 'ok', p_session::text,
                       jsonb_build_object('sign_out', p_sign_out));
    PERFORM chat.tell(v_account.id, v_reply);

    RETURN v_account.id;
END
$$;

-- operator_user_verify(account): verifies an unverified account, as its mail would have.
-- CH404 not_found; CH409 already_verified, username_taken.
CREATE OR REPLACE FUNCTION chat.operator_user_verify(p_account uuid)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_account   chat.account;
BEGIN
    SELECT * INTO v_account FROM chat.account WHERE id = p_account AND NOT shadow
    FOR NO KEY UPDATE;

    IF NOT FOUND THEN
        PERFORM chat.fail('CH404', 'not_found');
    ELSIF v_account.state <> 'unverified' THEN
        PERFORM chat.fail('CH409', 'already_verified');
    END IF;

    BEGIN
        PERFORM chat.account_verify(v_account, v_account.username);
    EXCEPTION WHEN unique_violation THEN
        PERFORM chat.fail('CH409', 'username_taken');
    END;

    UPDATE chat.verification SET used = now() WHERE account = v_account.id;
    PERFORM chat.audit(v_account.id, NULL, 'operator.user.verify');
END
$$;

-- account_verify_by_hand(username): the same of the newest unverified account of that name, or of
-- the verified one, which is refused.
CREATE OR REPLACE FUNCTION chat.account_verify_by_hand(p_username text)
RETURNS void LANGUAGE sql VOLATILE AS $$
    SELECT chat.operator_user_verify((
        SELECT id FROM chat.account WHERE username = p_username AND NOT shadow
        ORDER BY state = 'unverified' DESC, created DESC LIMIT 1));
$$;

-- operator_new_log_epoch(): after a restore that nothing shows.  The new epoch.
CREATE OR REPLACE FUNCTION chat.operator_new_log_epoch()
RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    v_epoch     uuid;
BEGIN
    UPDATE chat.meta SET log_epoch = gen_random_uuid() RETURNING log_epoch INTO STRICT v_epoch;
    PERFORM chat.audit(NULL, NULL, 'operator.new_log_epoch', 'ok', v_epoch::text);

    RETURN v_epoch;
END
$$;
