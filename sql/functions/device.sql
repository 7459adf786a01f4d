-- Devices: the account key, certificates, approval, revocation, linking.
--
-- Locks are taken in this order: the account, conversations, sessions, what belongs to those.

-- device_json(session, current): what its account sees of a device; current: the asking session.
-- {id, name, platform, state, created, last_seen, address|null, signed_in, current, signature_key|null,
-- certificate:{created,signature}|null, link:{offer,answer,reveal,sealed,expires}|null}
CREATE OR REPLACE FUNCTION chat.device_json(s chat.session, p_current uuid)
RETURNS json LANGUAGE sql STABLE AS $$
    SELECT json_build_object('id', s.id, 'name', s.name, 'platform', s.platform,
        'state', s.state, 'created', chat.json_time(s.created),
        'last_seen', chat.json_time(s.last_seen),
        'address', host(s.address) || '/' || masklen(s.address),
        'signed_in', s.token_hash IS NOT NULL AND least(s.idle_expires, s.expires) > now(),
        'current', s.id = p_current,
        'signature_key', chat.base64url(s.signature_key),
        'certificate', chat.certificate_json(s),
        'link', (SELECT json_build_object('offer', chat.base64url(l.offer),
                        'answer', chat.base64url(l.answer), 'reveal', chat.base64url(l.reveal),
                        'sealed', chat.base64url(l.sealed), 'expires', chat.json_time(l.expires))
                 FROM chat.link l WHERE l.session = s.id AND l.expires > now()));
$$;

CREATE OR REPLACE FUNCTION chat.certificate_json(s chat.session)
RETURNS json LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN s.certificate_signature IS NOT NULL
           THEN json_build_object('created', s.certificate_created,
                                  'signature', chat.base64url(s.certificate_signature)) END;
$$;

-- device_reply(session, current, status): a reply with the device as its body.
CREATE OR REPLACE FUNCTION chat.device_reply(p_device uuid, p_current uuid, p_status integer)
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    v_reply     chat.reply;
BEGIN
    SELECT chat.device_json(s, p_current) INTO STRICT v_reply.body
    FROM chat.session s WHERE s.id = p_device;

    v_reply.status := p_status;

    RETURN v_reply;
END
$$;

-- device_lock(account, device): locks a device that isn't revoked.  CH404 not_found.
CREATE OR REPLACE FUNCTION chat.device_lock(p_account uuid, p_device uuid)
RETURNS chat.session LANGUAGE plpgsql AS $$
DECLARE
    v_device    chat.session;
BEGIN
    SELECT * INTO v_device FROM chat.session
    WHERE id = p_device AND account = p_account AND revoked IS NULL FOR NO KEY UPDATE;

    IF NOT FOUND THEN
        PERFORM chat.fail('CH404', 'not_found');
    END IF;

    RETURN v_device;
END
$$;

-- account_lock(account): locks the account of a session that was found.  CH401 unauthorized.
CREATE OR REPLACE FUNCTION chat.account_lock(p_account uuid)
RETURNS chat.account LANGUAGE plpgsql AS $$
DECLARE
    v_account   chat.account;
BEGIN
    SELECT * INTO v_account FROM chat.account WHERE id = p_account FOR NO KEY UPDATE;

    IF NOT FOUND OR v_account.self IS NULL THEN
        PERFORM chat.fail('CH401', 'unauthorized');
    END IF;

    RETURN v_account;
END
$$;

-- account_by(account, session): the same for what an approved device of it does, which may have been
-- revoked or signed out just before.  CH401 unauthorized; CH403 device_pending.
CREATE OR REPLACE FUNCTION chat.account_by(p_account uuid, p_session uuid)
RETURNS chat.account LANGUAGE plpgsql AS $$
DECLARE
    v_account   chat.account := chat.account_lock(p_account);
    v_state     text;
BEGIN
    -- whoever revokes a device has locked its account
    SELECT state INTO v_state FROM chat.session
    WHERE id = p_session AND account = p_account AND token_hash IS NOT NULL AND revoked IS NULL;

    IF NOT FOUND THEN
        PERFORM chat.fail('CH401', 'unauthorized');
    ELSIF v_state <> 'approved' THEN
        PERFORM chat.fail('CH403', 'device_pending');
    END IF;

    RETURN v_account;
END
$$;

-- peer_selves(account): the self conversations of those with whom it has a conversation, 5000 at
-- most: whoever is past that learns by looking.
CREATE OR REPLACE FUNCTION chat.peer_selves(p_account uuid)
RETURNS uuid[] LANGUAGE sql STABLE AS $$
    SELECT ARRAY(
        SELECT DISTINCT a.self
        FROM chat.member me
        JOIN chat.member other ON other.conversation = me.conversation
            AND other.account <> me.account
        JOIN chat.account a ON a.id = other.account
        WHERE me.account = p_account AND a.self IS NOT NULL
        ORDER BY a.self LIMIT 5000);
$$;

-- account_key_set(account, session, public_key): 201 {public_key, version} the first time, 200 when
-- it is that key already.  CH401, CH403 as account_by; CH409 account_key_exists.
CREATE OR REPLACE FUNCTION chat.account_key_set(p_account uuid, p_session uuid,
    p_public_key bytea)
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    v_account   chat.account;
    v_reply     chat.reply;
BEGIN
    v_account := chat.account_by(p_account, p_session);

    IF v_account.account_key IS NULL THEN
        UPDATE chat.account SET account_key = p_public_key, key_version = key_version + 1
        WHERE id = p_account RETURNING * INTO v_account;

        PERFORM chat.audit(p_account, p_session, 'key.set');
        v_reply.status := 201;

    ELSIF v_account.account_key = p_public_key THEN
        v_reply.status := 200;

    ELSE
        PERFORM chat.fail('CH409', 'account_key_exists');
    END IF;

    v_reply.body := chat.account_key_json(v_account);

    RETURN v_reply;
END
$$;

CREATE OR REPLACE FUNCTION chat.account_key_json(a chat.account)
RETURNS json LANGUAGE sql STABLE AS $$
    SELECT json_build_object('public_key', chat.base64url(a.account_key),
                             'version', a.key_version);
$$;

-- account_key_reset(account, session, public_key): a new key for who lost the old one; the caller
-- has checked the password, which is proof enough of an account that has no other factor.  All other devices are revoked (close_code 4403), this one is approved,
-- its certificate and what was wrapped for the old key are dropped.  200 {public_key, version}.
-- announce: the self conversations of the account and of those it talks to.
CREATE OR REPLACE FUNCTION chat.account_key_reset(p_account uuid, p_session uuid,
    p_public_key bytea)
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    v_account   chat.account;
    v_device    chat.session;
    v_others    uuid[];
    v_selves    uuid[];
    v_self      uuid;
    v_other     uuid;
    v_reply     chat.reply;
BEGIN
    v_account := chat.account_lock(p_account);
    PERFORM chat.proof_need_more(p_account, p_session);
    v_selves := v_account.self || chat.peer_selves(p_account);

    v_others := ARRAY(SELECT id FROM chat.session
        WHERE account = p_account AND id <> p_session AND revoked IS NULL ORDER BY id);

    PERFORM chat.sessions_lock(v_others, v_selves);

    v_device := chat.device_lock(p_account, p_session);

    FOREACH v_other IN ARRAY v_others LOOP
        PERFORM chat.session_revoke_one(v_other, NULL);
    END LOOP;

    UPDATE chat.account SET account_key = p_public_key, key_version = key_version + 1
    WHERE id = p_account RETURNING * INTO v_account;

    DELETE FROM chat.recovery WHERE account = p_account;
    PERFORM chat.archive_drop(p_account);

    UPDATE chat.session
    SET state = 'approved', certificate_created = NULL, certificate_signature = NULL
    WHERE id = p_session;

    IF v_device.state = 'pending' THEN
        PERFORM chat.device_open(p_account, p_session);
    END IF;

    FOREACH v_self IN ARRAY v_selves LOOP
        PERFORM chat.append_account_entry(v_self, json_build_object('type',
            'account_key_changed', 'account', p_account, 'version', v_account.key_version));
    END LOOP;

    PERFORM chat.audit(p_account, p_session, 'key.reset');

    v_reply.status := 200;
    v_reply.body := chat.account_key_json(v_account);
    v_reply.announce := v_selves;

    IF cardinality(v_others) > 0 THEN
        v_reply.revoked := v_others;
        v_reply.close_code := 4403;
    END IF;

    RETURN v_reply;
END
$$;

-- device_signed(account, device): what a certificate of the device is checked against.  One row or
-- none (no such device): account_key, signature_key (NULL: not set yet).
CREATE OR REPLACE FUNCTION chat.device_signed(p_account uuid, p_device uuid)
RETURNS TABLE (account_key bytea, signature_key bytea)
LANGUAGE sql STABLE AS $$
    SELECT a.account_key, s.signature_key
    FROM chat.session s JOIN chat.account a ON a.id = s.account
    WHERE s.id = p_device AND s.account = p_account AND s.revoked IS NULL;
$$;

-- device_open(account, device): opens the ranges of a device that has just been approved: from now
-- on it reads what the account's opaque conversations bring.
CREATE OR REPLACE FUNCTION chat.device_open(p_account uuid, p_device uuid)
RETURNS void LANGUAGE sql VOLATILE AS $$
    INSERT INTO chat.range (conversation, session, from_seq, to_seq, blocked)
    SELECT c.id, p_device, c.last_seq + 1, CASE WHEN m.blocked IS NOT NULL THEN c.last_seq END,
           m.blocked IS NOT NULL
    FROM chat.member m JOIN chat.conversation c ON c.id = m.conversation
    WHERE m.account = p_account AND c.payload = 'opaque' AND c.kind NOT IN ('private', 'self')
    ON CONFLICT DO NOTHING;
$$;

-- certify_lock(account, device, signature_key): locks the selves that are told of a certificate (the
-- account's own first, then its peers') and returns them; none where the device has one for this
-- key, of which nobody needs to know.  The caller has locked the account, so that stays true.
CREATE OR REPLACE FUNCTION chat.certify_lock(p_account chat.account, p_device uuid,
    p_signature_key bytea)
RETURNS uuid[] LANGUAGE plpgsql AS $$
DECLARE
    v_selves    uuid[];
BEGIN
    IF EXISTS (SELECT 1 FROM chat.session
               WHERE id = p_device AND state = 'approved' AND signature_key = p_signature_key
                   AND certificate_signature IS NOT NULL)
    THEN
        RETURN '{}';
    END IF;

    v_selves := p_account.self || chat.peer_selves(p_account.id);
    PERFORM chat.lock_conversations(v_selves);

    RETURN v_selves;
END
$$;

-- device_certify(account, device, signature_key, created, signature, selves): stores a checked
-- certificate; a pending device becomes approved.  The caller has locked the account, the selves
-- (its own first, then the peers') and the device.  announce, or NULL when nobody needs to know.
CREATE OR REPLACE FUNCTION chat.device_certify(p_account uuid, p_device chat.session,
    p_signature_key bytea, p_created bigint, p_signature bytea, p_selves uuid[])
RETURNS uuid[] LANGUAGE plpgsql AS $$
DECLARE
    v_self      uuid;
BEGIN
    UPDATE chat.session
    SET state = 'approved', signature_key = p_signature_key, certificate_created = p_created,
        certificate_signature = p_signature
    WHERE id = p_device.id;

    IF p_device.state = 'pending' THEN
        PERFORM chat.device_open(p_account, p_device.id);
        PERFORM chat.audit(p_account, NULL, 'device.approve', 'ok', p_device.id::text);
    ELSIF p_device.certificate_signature IS NOT NULL
          AND p_device.signature_key = p_signature_key
    THEN
        RETURN NULL;        -- the same key, certified again
    END IF;

    PERFORM chat.append_account_entry(p_selves[1], json_build_object(
        'type', 'device_approved', 'device', p_device.id));

    FOREACH v_self IN ARRAY p_selves[2:] LOOP
        PERFORM chat.append_account_entry(v_self, json_build_object(
            'type', 'device_certified', 'account', p_account, 'device', p_device.id));
    END LOOP;

    RETURN p_selves;
END
$$;

-- device_holds_key(device): whether its signature key is in use, so that it can't be changed.
CREATE OR REPLACE FUNCTION chat.device_holds_key(p_device uuid)
RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM chat.key_package
                   WHERE session = p_device AND data IS NOT NULL AND expires > now())
        OR EXISTS (SELECT 1 FROM chat.leaf WHERE session = p_device);
$$;

-- device_key_set(account, session, signature_key, created, signature, account_key): the session's
-- own MLS signature key, and its certificate (created, signature; NULL: none), which the caller has
-- checked against account_key.  200, the device.
-- CH400 invalid_certificate: the account key is another by now; CH409 device_key_exists: another
-- key is in use, or another device has this one.
CREATE OR REPLACE FUNCTION chat.device_key_set(p_account uuid, p_session uuid,
    p_signature_key bytea, p_created bigint, p_signature bytea, p_account_key bytea)
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    v_account   chat.account;
    v_device    chat.session;
    v_selves    uuid[];
    v_announce  uuid[];
    v_reply     chat.reply;
BEGIN
    v_account := chat.account_lock(p_account);

    IF p_signature IS NOT NULL THEN
        IF v_account.account_key IS DISTINCT FROM p_account_key THEN
            PERFORM chat.fail('CH400', 'invalid_certificate');
        END IF;

        v_selves := chat.certify_lock(v_account, p_session, p_signature_key);
    END IF;

    v_device := chat.device_lock(p_account, p_session);

    IF v_device.signature_key <> p_signature_key AND chat.device_holds_key(p_session) THEN
        PERFORM chat.fail('CH409', 'device_key_exists');
    END IF;

    BEGIN
        IF p_signature IS NOT NULL THEN
            v_announce := chat.device_certify(p_account, v_device, p_signature_key, p_created,
                                              p_signature, v_selves);
        ELSIF v_device.signature_key IS DISTINCT FROM p_signature_key THEN
            UPDATE chat.session
            SET signature_key = p_signature_key, certificate_created = NULL,
                certificate_signature = NULL
            WHERE id = p_session;
        END IF;
    EXCEPTION WHEN unique_violation THEN
        PERFORM chat.fail('CH409', 'device_key_exists');
    END;

    v_reply := chat.device_reply(p_session, p_session, 200);
    v_reply.announce := v_announce;

    RETURN v_reply;
END
$$;

-- device_approve(account, session, device, created, signature, account_key, signature_key): another
-- own device is certified, and approved if it was pending.  The caller has checked the certificate
-- against the two keys.  200, the device; so for one that has a certificate already, which stays.
-- CH404 not_found; CH409 no_device_key; CH400 invalid_certificate: a key is another by now.
CREATE OR REPLACE FUNCTION chat.device_approve(p_account uuid, p_session uuid, p_device uuid,
    p_created bigint, p_signature bytea, p_account_key bytea, p_signature_key bytea)
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    v_account   chat.account;
    v_device    chat.session;
    v_selves    uuid[];
    v_announce  uuid[];
    v_reply     chat.reply;
BEGIN
    v_account := chat.account_lock(p_account);
    v_selves := chat.certify_lock(v_account, p_device, p_signature_key);
    v_device := chat.device_lock(p_account, p_device);

    -- a device that is revoked meanwhile lets nobody in
    IF NOT EXISTS (SELECT 1 FROM chat.session
                   WHERE id = p_session AND account = p_account AND state = 'approved'
                       AND revoked IS NULL)
    THEN
        PERFORM chat.fail('CH403', 'device_pending');
    ELSIF v_device.signature_key IS NULL THEN
        PERFORM chat.fail('CH409', 'no_device_key');
    ELSIF v_account.account_key IS DISTINCT FROM p_account_key
          OR v_device.signature_key <> p_signature_key
    THEN
        PERFORM chat.fail('CH400', 'invalid_certificate');
    END IF;

    IF v_device.state = 'pending' OR v_device.certificate_signature IS NULL THEN
        v_announce := chat.device_certify(p_account, v_device, p_signature_key, p_created,
                                          p_signature, v_selves);
    END IF;

    v_reply := chat.device_reply(p_device, p_session, 200);
    v_reply.announce := v_announce;

    RETURN v_reply;
END
$$;

-- device_list(account, session): 200 {items:[…]}, the account's devices, the oldest first.
CREATE OR REPLACE FUNCTION chat.device_list(p_account uuid, p_session uuid)
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    v_reply     chat.reply;
BEGIN
    SELECT json_build_object('items', coalesce(json_agg(chat.device_json(s, p_session)
                                                        ORDER BY s.created, s.id), '[]'))
    INTO v_reply.body
    FROM chat.session s WHERE s.account = p_account AND s.revoked IS NULL;

    v_reply.status := 200;

    RETURN v_reply;
END
$$;

-- device_rename(account, session, device, name): 200, the device.  CH404 not_found.
CREATE OR REPLACE FUNCTION chat.device_rename(p_account uuid, p_session uuid, p_device uuid,
    p_name text)
RETURNS chat.reply LANGUAGE plpgsql AS $$
BEGIN
    UPDATE chat.session SET name = p_name
    WHERE id = p_device AND account = p_account AND revoked IS NULL;

    IF NOT FOUND THEN
        PERFORM chat.fail('CH404', 'not_found');
    END IF;

    PERFORM chat.audit(p_account, p_session, 'device.rename', 'ok', p_device::text);

    RETURN chat.device_reply(p_device, p_session, 200);
END
$$;

-- device_revoke(account, session, device): ends a device for ever.  204; revoked: the device,
-- close_code 4403; announce: the self conversation.
-- CH404 not_found; CH403 device_pending: a pending device ends itself only; CH403 proof_required:
-- for another one than this.
CREATE OR REPLACE FUNCTION chat.device_revoke(p_account uuid, p_session uuid, p_device uuid)
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    v_account   chat.account;
    v_reply     chat.reply;
BEGIN
    v_account := chat.account_lock(p_account);

    IF p_device <> p_session AND NOT EXISTS (
        SELECT 1 FROM chat.session
        WHERE id = p_session AND state = 'approved' AND revoked IS NULL)
    THEN
        PERFORM chat.fail('CH403', 'device_pending');
    ELSIF NOT EXISTS (
        SELECT 1 FROM chat.session
        WHERE id = p_device AND account = p_account AND revoked IS NULL)
    THEN
        PERFORM chat.fail('CH404', 'not_found');
    ELSIF p_device <> p_session THEN
        PERFORM chat.proof_need(p_account, p_session);
    END IF;

    -- nobody else ends a device of this account while the account is locked
    PERFORM chat.session_revoke_one(p_device, v_account.self);
    v_reply.announce := v_account.self || chat.private_ended_with(p_device);
    PERFORM chat.append_account_entry(v_account.self, json_build_object(
        'type', 'device_revoked', 'device', p_device));

    v_reply.status := 204;
    v_reply.revoked := ARRAY[p_device];
    v_reply.close_code := 4403;

    RETURN v_reply;
END
$$;

-- device_revoke_others(account, session): ends all other devices for ever.  204; revoked: those,
-- close_code 4403; announce: the self conversation and what their private ones ended with.  A repeat
-- answers the same.  CH401, CH403 as account_by; CH403 proof_required.
CREATE OR REPLACE FUNCTION chat.device_revoke_others(p_account uuid, p_session uuid)
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    v_account   chat.account;
    v_others    uuid[];
    v_other     uuid;
    v_reply     chat.reply;
BEGIN
    v_account := chat.account_by(p_account, p_session);
    PERFORM chat.proof_need(p_account, p_session);

    v_others := ARRAY(SELECT id FROM chat.session
        WHERE account = p_account AND id <> p_session AND revoked IS NULL ORDER BY id);

    v_reply.status := 204;

    IF cardinality(v_others) = 0 THEN
        RETURN v_reply;
    END IF;

    PERFORM chat.sessions_lock(v_others, ARRAY[v_account.self]);
    v_reply.announce := ARRAY[v_account.self];

    FOREACH v_other IN ARRAY v_others LOOP
        PERFORM chat.session_revoke_one(v_other, NULL);
        v_reply.announce := v_reply.announce || chat.private_ended_with(v_other);
        PERFORM chat.append_account_entry(v_account.self, json_build_object(
            'type', 'device_revoked', 'device', v_other));
    END LOOP;

    v_reply.revoked := v_others;
    v_reply.close_code := 4403;

    RETURN v_reply;
END
$$;

-- account_devices(account, session, target): 200 {account, username, display_name, public_key|null,
-- version, devices:[{device, signature_key, certificate, created}]}, the certified devices of a
-- verified account, whoever asks.  CH404 not_found.
CREATE OR REPLACE FUNCTION chat.account_devices(p_account uuid, p_session uuid, p_target uuid)
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    v_reply     chat.reply;
BEGIN
    SELECT json_build_object('account', a.id, 'username', a.username,
        'display_name', a.display_name, 'public_key', chat.base64url(a.account_key),
        'version', a.key_version, 'devices', (
            SELECT coalesce(json_agg(json_build_object('device', s.id,
                       'signature_key', chat.base64url(s.signature_key),
                       'certificate', chat.certificate_json(s),
                       'created', chat.json_time(s.created)) ORDER BY s.created, s.id), '[]')
            FROM chat.session s
            WHERE s.account = a.id AND s.revoked IS NULL AND s.state = 'approved'
                AND s.certificate_signature IS NOT NULL))
    INTO v_reply.body
    FROM chat.account a WHERE a.id = p_target AND a.state = 'active';

    IF NOT FOUND THEN
        PERFORM chat.fail('CH404', 'not_found');
    END IF;

    v_reply.status := 200;

    RETURN v_reply;
END
$$;

-- device_gone(session): what a revoked device leaves behind goes.  Its conversations are locked by
-- the caller, session_revoke_one().
CREATE OR REPLACE FUNCTION chat.device_gone(p_session uuid)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM chat.key_package WHERE session = p_session;
    DELETE FROM chat.link WHERE session = p_session;
    UPDATE chat.range SET blocked = false WHERE session = p_session AND blocked;
    PERFORM chat.group_device_gone(p_session);
END
$$;
