-- Sessions: a row is a device; its token is a column that can be empty.

-- session_json(session): what its owner sees of a session.
CREATE OR REPLACE FUNCTION chat.session_json(s chat.session)
RETURNS json LANGUAGE sql STABLE AS $$
    SELECT json_build_object('id', s.id, 'name', s.name, 'platform', s.platform,
        'state', s.state, 'created', chat.json_time(s.created),
        'expires', chat.json_time(s.expires));
$$;

-- sign_in_candidates(login): whom a password may prove.  login: with an @ a key of an address,
-- else a username.  Rows, at most one of each ord: ord 1 the verified account, ord 2 the newest
-- unverified one of that address (a shadow, too); account, password_hash, state.
-- The caller verifies two hashes whatever comes, with a dummy in the place of a missing one.
CREATE OR REPLACE FUNCTION chat.sign_in_candidates(p_login text)
RETURNS TABLE (ord integer, account uuid, password_hash text, state text)
LANGUAGE sql STABLE AS $$
    (SELECT 1, a.id, a.password_hash, a.state FROM chat.account a
     WHERE a.email_key = p_login AND a.state <> 'unverified' AND strpos(p_login, '@') > 0)
    UNION ALL
    (SELECT 1, a.id, a.password_hash, a.state FROM chat.account a
     WHERE a.username = p_login AND a.state <> 'unverified' AND strpos(p_login, '@') = 0)
    UNION ALL
    (SELECT 2, a.id, a.password_hash, a.state FROM chat.account a
     WHERE a.email_key = p_login AND a.state = 'unverified' AND strpos(p_login, '@') > 0
     ORDER BY a.created DESC LIMIT 1)
    ORDER BY 1;
$$;

-- session_create(account, id, name, platform, token_hash, device_secret_hash, old_session,
-- old_device_secret_hash, ttl_idle, ttl_absolute, password_hash, factor): signs in; the caller has
-- proven the password, or a passkey.
--   name, platform: NULL keeps those of a device that is back
--   old_session, old_device_secret_hash: a device that signs in again, or NULL; it keeps its row
--   and its queue when the secret proves it, else the sign-in gets a new session
--   password_hash: the hash at a raised cost, or NULL
--   factor: totp, backup_code or passkey, which the caller has proven and used up, or NULL
-- A new device of an account that has a key is pending until that key certifies it.
-- 201 {session:{…}, account:{…}, deletion_cancelled} and, for a device that is back (200), "resumed":
-- true.  deletion_cancelled: the account was to be erased, which the sign-in ended.
-- announce: the self conversation; revoked: devices that had to go, or this one, whose old token
-- was live (close_code 4401).
-- CH401 invalid_credentials: the account is gone; CH401 factor_required {factors}: the password
-- alone isn't enough; CH403 account_suspended;
-- CH409 too_many_sessions {limit}: all devices are signed in.
DROP FUNCTION IF EXISTS chat.session_create(uuid, uuid, text, text, bytea, bytea, uuid, bytea,
    integer, integer, text);

CREATE OR REPLACE FUNCTION chat.session_create(p_account uuid, p_id uuid, p_name text,
    p_platform text, p_token_hash bytea, p_device_secret_hash bytea, p_old_session uuid,
    p_old_device_secret_hash bytea, p_ttl_idle integer, p_ttl_absolute integer,
    p_password_hash text, p_factor text DEFAULT NULL)
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    v_account   chat.account;
    v_session   chat.session;
    v_live      boolean;
    v_cancelled boolean;
    v_reply     chat.reply;
BEGIN
    -- one sign-in of an account at a time: the cap depends on it
    SELECT * INTO v_account FROM chat.account WHERE id = p_account FOR NO KEY UPDATE;

    IF NOT FOUND OR v_account.state = 'erased' THEN
        PERFORM chat.fail('CH401', 'invalid_credentials');
    ELSIF v_account.state = 'suspended' THEN
        PERFORM chat.fail('CH403', 'account_suspended');
    END IF;

    PERFORM chat.factor_need(p_account, p_factor);

    IF p_password_hash IS NOT NULL THEN
        UPDATE chat.account SET password_hash = p_password_hash WHERE id = p_account;
    END IF;

    v_cancelled := chat.deletion_cancelled(v_account, NULL);
    v_account.erase_after := NULL;

    SELECT * INTO v_session FROM chat.session
    WHERE id = p_old_session AND account = p_account AND revoked IS NULL
        AND device_secret_hash = p_old_device_secret_hash
    FOR NO KEY UPDATE;

    IF FOUND THEN
        v_live := v_session.token_hash IS NOT NULL;

        UPDATE chat.session
        SET token_hash = p_token_hash, name = coalesce(p_name, name),
            platform = coalesce(p_platform, platform), signed_out = NULL,
            last_seen = now(), address = chat.context_network(),
            proven = clock_timestamp(), ttl_idle = p_ttl_idle,
            idle_expires = now() + make_interval(secs => p_ttl_idle),
            expires = now() + make_interval(secs => p_ttl_absolute)
        WHERE id = v_session.id RETURNING * INTO v_session;

        PERFORM chat.detect_network(p_account);
        PERFORM chat.audit(p_account, v_session.id, 'session.sign_in', 'ok', NULL,
                           '{"resumed": true}');
        v_reply.status := 200;
        v_reply.body := json_build_object('session', chat.session_json(v_session),
            'account', chat.account_json(v_account), 'resumed', true,
            'deletion_cancelled', v_cancelled);

        IF v_live THEN
            v_reply.revoked := ARRAY[v_session.id];
            v_reply.close_code := 4401;
        END IF;

        RETURN v_reply;
    END IF;

    v_reply.revoked := chat.session_room(p_account, v_account.self);

    INSERT INTO chat.session (id, account, name, platform, state, token_hash, device_secret_hash,
        proven, address, ttl_idle, idle_expires, expires)
    VALUES (p_id, p_account, coalesce(p_name, 'Device'), coalesce(p_platform, 'unknown'),
        CASE WHEN v_account.account_key IS NOT NULL THEN 'pending' ELSE 'approved' END,
        p_token_hash, p_device_secret_hash, clock_timestamp(), chat.context_network(), p_ttl_idle,
        now() + make_interval(secs => p_ttl_idle), now() + make_interval(secs => p_ttl_absolute))
    RETURNING * INTO v_session;

    PERFORM chat.detect_network(p_account);
    PERFORM chat.audit(p_account, p_id, 'session.sign_in');

    IF v_account.self IS NOT NULL THEN
        IF v_reply.revoked IS NOT NULL THEN
            PERFORM chat.append_account_entry(v_account.self, json_build_object(
                'type', 'device_revoked', 'device', v_reply.revoked[1]));
        END IF;

        PERFORM chat.append_account_entry(v_account.self, json_build_object(
            'type', 'device_added', 'device', v_session.id, 'name', v_session.name,
            'platform', v_session.platform, 'state', v_session.state));
        v_reply.announce := v_account.self || chat.private_ended_with(v_reply.revoked[1]);

        -- An entry that is committed meanwhile may or may not be seen by the new device, which
        -- reads the log only later: no lock needed.  A pending one reads self until device_open().
        INSERT INTO chat.range (conversation, session, from_seq, to_seq, blocked)
        SELECT c.id, p_id, c.last_seq + 1, CASE WHEN m.blocked IS NOT NULL THEN c.last_seq END,
               m.blocked IS NOT NULL
        FROM chat.member m JOIN chat.conversation c ON c.id = m.conversation
        WHERE m.account = p_account AND c.payload = 'opaque' AND c.kind <> 'private'
            AND (v_session.state = 'approved' OR c.kind = 'self');
    END IF;

    PERFORM chat.notice(v_account, 'new_device', jsonb_build_object('device', v_session.name));

    v_reply.status := 201;
    v_reply.close_code := CASE WHEN v_reply.revoked IS NOT NULL THEN 4403 END;
    v_reply.body := json_build_object('session', chat.session_json(v_session),
        'account', chat.account_json(v_account), 'deletion_cancelled', v_cancelled);

    RETURN v_reply;
END
$$;

-- session_room(account, self): makes room for one more session and locks what is written to:
-- the self conversation (NULL: none) and those of a device that has to go: one that is signed out,
-- a pending one first.  The revoked, or NULL.
-- CH409 too_many_sessions.
CREATE OR REPLACE FUNCTION chat.session_room(p_account uuid, p_self uuid)
RETURNS uuid[] LANGUAGE plpgsql AS $$
DECLARE
    c_sessions  CONSTANT integer := 10;
    v_oldest    uuid;
BEGIN
    IF (SELECT count(*) FROM chat.session WHERE account = p_account AND revoked IS NULL)
       < c_sessions
    THEN
        PERFORM chat.lock_conversations(ARRAY[p_self]);
        RETURN NULL;
    END IF;

    SELECT id INTO v_oldest FROM chat.session
    WHERE account = p_account AND revoked IS NULL
        AND (token_hash IS NULL OR least(expires, idle_expires) <= now())
    ORDER BY state = 'approved', coalesce(signed_out, least(expires, idle_expires)), id LIMIT 1;

    IF NOT FOUND THEN
        PERFORM chat.fail('CH409', 'too_many_sessions', json_build_object('limit', c_sessions));
    END IF;

    PERFORM chat.audit(p_account, NULL, 'device.evicted', 'ok', v_oldest::text);
    PERFORM chat.session_revoke_one(v_oldest, p_self);

    RETURN ARRAY[v_oldest];
END
$$;

-- session_revoke_one(session, also): ends a device for ever and closes its ranges; locks its
-- conversations and one more (NULL: none), which the caller writes into.  Its rows stay for 30
-- days: see maintain_revoked().
CREATE OR REPLACE FUNCTION chat.session_revoke_one(p_session uuid, p_also uuid)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_account   uuid;
BEGIN
    PERFORM chat.sessions_lock(ARRAY[p_session], ARRAY[p_also]);

    UPDATE chat.session
    SET revoked = now(), token_hash = NULL, signed_out = coalesce(signed_out, now())
    WHERE id = p_session AND revoked IS NULL RETURNING account INTO v_account;

    -- in the order in which ack_batch() takes them
    PERFORM 1 FROM chat.range WHERE session = p_session AND to_seq IS NULL
    ORDER BY conversation FOR NO KEY UPDATE;

    UPDATE chat.range r SET to_seq = greatest(c.last_seq, r.from_seq - 1)
    FROM chat.conversation c
    WHERE r.session = p_session AND r.to_seq IS NULL AND c.id = r.conversation;

    PERFORM chat.device_gone(p_session);

    IF v_account IS NOT NULL THEN
        PERFORM chat.audit(v_account, NULL, 'device.revoke', 'ok', p_session::text);
    END IF;
END
$$;

-- session_find(token_hash): for the session cache.  One row or none (unknown, signed out or
-- revoked): session, account, verified, state (pending|approved), expires_at (the earlier of
-- idle and absolute expiry; perhaps past: the caller tells that from an unknown token),
-- account_state (unverified|active|suspended).
CREATE OR REPLACE FUNCTION chat.session_find(p_token_hash bytea)
RETURNS TABLE (session uuid, account uuid, verified boolean, state text, expires_at timestamptz,
    account_state text)
LANGUAGE sql STABLE AS $$
    SELECT s.id, a.id, a.state = 'active', s.state, least(s.idle_expires, s.expires), a.state
    FROM chat.session s JOIN chat.account a ON a.id = s.account
    WHERE s.token_hash = p_token_hash;
$$;

-- session_look(session): what has become of a session that a socket holds.  One row or none
-- (signed out, expired or revoked): verified, state, expires_at (as session_find).
CREATE OR REPLACE FUNCTION chat.session_look(p_session uuid)
RETURNS TABLE (verified boolean, state text, expires_at timestamptz)
LANGUAGE sql STABLE AS $$
    SELECT a.state = 'active', s.state, least(s.idle_expires, s.expires)
    FROM chat.session s JOIN chat.account a ON a.id = s.account
    WHERE s.id = p_session AND s.token_hash IS NOT NULL
        AND least(s.idle_expires, s.expires) > now();
$$;

-- session_touch(sessions, addresses): writes last_seen and the network it was seen from ("" unknown:
-- stays), and puts the idle expiry off, for those that are signed in and not expired; once a minute at
-- most.  addresses: in the order of sessions.  How many were written.
DROP FUNCTION IF EXISTS chat.session_touch(uuid[]);

CREATE OR REPLACE FUNCTION chat.session_touch(p_sessions uuid[],
    p_addresses text[] DEFAULT NULL)
RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    v_count     integer;
BEGIN
    PERFORM 1 FROM chat.session WHERE id = ANY (p_sessions) ORDER BY id FOR NO KEY UPDATE;

    -- a last_seen that lies in the future is of a clock that was set back
    UPDATE chat.session s
    SET last_seen = now(), idle_expires = now() + make_interval(secs => s.ttl_idle),
        address = coalesce(nullif(seen.address, '')::cidr, s.address)
    FROM unnest(p_sessions, p_addresses) AS seen (id, address)
    WHERE s.id = seen.id AND s.token_hash IS NOT NULL
        AND least(s.idle_expires, s.expires) > now()
        AND s.last_seen NOT BETWEEN now() - interval '1 minute' AND now();

    GET DIAGNOSTICS v_count = ROW_COUNT;

    RETURN v_count;
END
$$;

-- sessions_end_others(account, session): signs all others out; their devices and queues stay.  204,
-- revoked: those, close_code 4401.  A repeat answers the same.  CH401 unauthorized.
CREATE OR REPLACE FUNCTION chat.sessions_end_others(p_account uuid, p_session uuid)
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    v_reply     chat.reply;
BEGIN
    PERFORM chat.account_lock(p_account);

    -- one that was itself signed out just before can't sign out the one that did it
    IF NOT EXISTS (SELECT 1 FROM chat.session
                   WHERE id = p_session AND account = p_account AND token_hash IS NOT NULL)
    THEN
        PERFORM chat.fail('CH401', 'unauthorized');
    END IF;

    v_reply.status := 204;
    v_reply.revoked := chat.sessions_out(p_account, p_session);
    v_reply.close_code := CASE WHEN v_reply.revoked IS NOT NULL THEN 4401 END;

    PERFORM chat.audit(p_account, p_session, 'session.end_others', 'ok', NULL,
        jsonb_build_object('signed_out', coalesce(cardinality(v_reply.revoked), 0)));

    RETURN v_reply;
END
$$;

-- session_end(account, session): signs out.  204, revoked = the session, close_code 4401; the
-- device and its queue stay.  A repeat answers the same.
CREATE OR REPLACE FUNCTION chat.session_end(p_account uuid, p_session uuid)
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    v_reply     chat.reply;
BEGIN
    UPDATE chat.session SET token_hash = NULL, signed_out = now()
    WHERE id = p_session AND account = p_account AND token_hash IS NOT NULL;

    IF FOUND THEN
        PERFORM chat.audit(p_account, p_session, 'session.sign_out');
    END IF;

    v_reply.status := 204;
    v_reply.revoked := ARRAY[p_session];
    v_reply.close_code := 4401;

    RETURN v_reply;
END
$$;
