-- Key packages: what others need to add a device to a group.  The caller has read and checked them.

-- key_package_upload(account, session, signature_key, refs, suites, expires, datas, last_resorts):
-- stores them, all or none.  signature_key: the key they were checked against; expires: unix
-- seconds; last_resorts: whether each is one.  200 {count, last_resort}.
--   One that is held already counts once.  A new last resort takes the place of the old one of its
--   suite.
-- CH409 no_device_key, conflict (the key is another by now), too_many_key_packages {limit};
-- CH400 invalid_key_package {index, reason}: it was uploaded before and is not held any more.
CREATE OR REPLACE FUNCTION chat.key_package_upload(p_account uuid, p_session uuid,
    p_signature_key bytea, p_refs bytea[], p_suites integer[], p_expires bigint[],
    p_datas bytea[], p_last_resorts integer[])
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    c_most      CONSTANT integer := 100;
    v_device    chat.session;
    v_index     integer;
    v_added     boolean;
BEGIN
    -- one upload of a device at a time: the bound depends on it
    v_device := chat.device_lock(p_account, p_session);

    IF v_device.signature_key IS NULL THEN
        PERFORM chat.fail('CH409', 'no_device_key');
    ELSIF v_device.signature_key <> p_signature_key THEN
        PERFORM chat.fail('CH409', 'conflict');
    END IF;

    SELECT min(w.o)::integer INTO v_index
    FROM unnest(p_refs, p_last_resorts) WITH ORDINALITY w (ref, last_resort, o)
    JOIN chat.key_package k ON k.ref = w.ref
    WHERE k.session <> p_session OR k.data IS NULL OR k.last_resort <> (w.last_resort = 1);

    IF v_index IS NOT NULL THEN
        PERFORM chat.fail('CH400', 'invalid_key_package', json_build_object(
            'index', CASE p_last_resorts[v_index] WHEN 0 THEN v_index - 1 END,
            'reason', 'it was uploaded before'));
    END IF;

    IF EXISTS (SELECT 1 FROM unnest(p_refs, p_last_resorts) w (ref, last_resort)
               GROUP BY w.ref HAVING min(w.last_resort) <> max(w.last_resort))
    THEN
        PERFORM chat.fail('CH400', 'invalid_key_package', json_build_object(
            'index', NULL, 'reason', 'the last resort is among the others'));
    END IF;

    UPDATE chat.key_package k SET data = NULL
    FROM unnest(p_refs, p_suites, p_last_resorts) w (ref, suite, last_resort)
    WHERE w.last_resort = 1 AND k.session = p_session AND k.last_resort AND k.data IS NOT NULL
        AND k.cipher_suite = w.suite AND k.ref <> w.ref;

    INSERT INTO chat.key_package (ref, session, cipher_suite, last_resort, data, expires)
    SELECT w.ref, p_session, w.suite, w.last_resort = 1, w.data, to_timestamp(w.expires)
    FROM unnest(p_refs, p_suites, p_expires, p_datas, p_last_resorts)
        WITH ORDINALITY w (ref, suite, expires, data, last_resort, o)
    ORDER BY w.o
    ON CONFLICT DO NOTHING;

    v_added := FOUND;

    IF chat.key_packages_held(p_session, NULL) > c_most THEN
        PERFORM chat.fail('CH409', 'too_many_key_packages',
                          json_build_object('limit', c_most));
    END IF;

    IF v_added AND v_device.keys_low THEN
        UPDATE chat.session SET keys_low = false WHERE id = p_session;
    END IF;

    RETURN chat.key_package_count(p_account, p_session);
END
$$;

-- key_packages_held(device, suite): how many it can still hand out, but for last resorts; of every
-- suite where suite is NULL.
CREATE OR REPLACE FUNCTION chat.key_packages_held(p_device uuid, p_suite integer)
RETURNS integer LANGUAGE sql STABLE AS $$
    SELECT count(*)::integer FROM chat.key_package
    WHERE session = p_device AND data IS NOT NULL AND NOT last_resort AND expires > now()
        AND (p_suite IS NULL OR cipher_suite = p_suite);
$$;

-- key_package_count(account, session): 200 {count, last_resort} of the session itself.
CREATE OR REPLACE FUNCTION chat.key_package_count(p_account uuid, p_session uuid)
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    v_reply     chat.reply;
BEGIN
    v_reply.status := 200;
    v_reply.body := json_build_object('count', chat.key_packages_held(p_session, NULL),
        'last_resort', EXISTS (
            SELECT 1 FROM chat.key_package
            WHERE session = p_session AND data IS NOT NULL AND last_resort AND expires > now()));

    RETURN v_reply;
END
$$;

-- key_package_claim(account, session, target, cipher_suite, devices): one key package of each
-- approved device of a verified account, but for the asker's own device; devices: only of those, or
-- NULL.  200 {account, devices:[{device, key_package|null, last_resort}]}; null: it has none.
-- announce: the target's self conversation, when a device's key packages run low.  CH404 not_found.
CREATE OR REPLACE FUNCTION chat.key_package_claim(p_account uuid, p_session uuid, p_target uuid,
    p_cipher_suite integer, p_devices uuid[])
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    v_self      uuid;
    v_suite     integer := coalesce(p_cipher_suite, 1);
    v_device    record;
    v_claimed   record;
    v_items     json[] := '{}';
    v_reply     chat.reply;
BEGIN
    SELECT self INTO v_self FROM chat.account WHERE id = p_target AND state = 'active';

    IF NOT FOUND THEN
        PERFORM chat.fail('CH404', 'not_found');
    END IF;

    -- one claim of an account at a time, none beside a revocation: each sees what is left
    PERFORM chat.lock_conversations(ARRAY[v_self]);

    FOR v_device IN
        SELECT s.id, s.keys_low, s.signature_key IS NOT NULL AS has_key FROM chat.session s
        WHERE s.account = p_target AND s.revoked IS NULL AND s.state = 'approved'
            AND s.id <> p_session AND (p_devices IS NULL OR s.id = ANY (p_devices))
        ORDER BY s.id FOR NO KEY UPDATE     -- an upload locks its session first, too
    LOOP
        SELECT * INTO v_claimed FROM chat.key_package_take(p_session, v_device.id, v_suite);

        v_items := v_items || json_build_object('device', v_device.id,
            'key_package', chat.base64url(v_claimed.data),
            'last_resort', coalesce(v_claimed.last_resort, false));

        IF v_device.has_key AND NOT v_device.keys_low
           AND chat.key_packages_low(v_self, v_device.id, v_suite)
        THEN
            v_reply.announce := ARRAY[v_self];
        END IF;
    END LOOP;

    PERFORM chat.detect_claims(p_target);

    v_reply.status := 200;
    v_reply.body := json_build_object('account', p_target, 'devices', to_json(v_items));

    RETURN v_reply;
END
$$;

-- key_package_take(session, device, suite): hands the device's oldest key package to the session,
-- or its last resort.  One row or none: data, last_resort.  The caller has locked the self
-- conversation of the device's account.
CREATE OR REPLACE FUNCTION chat.key_package_take(p_session uuid, p_device uuid, p_suite integer)
RETURNS TABLE (data bytea, last_resort boolean)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    k           chat.key_package;
BEGIN
    SELECT * INTO k FROM chat.key_package p
    WHERE p.session = p_device AND p.cipher_suite = p_suite AND p.data IS NOT NULL
        AND p.expires > now()
    ORDER BY p.last_resort, p.created, p.ref LIMIT 1 FOR UPDATE;

    IF NOT FOUND THEN
        RETURN;
    END IF;

    UPDATE chat.key_package p
    SET claimed = coalesce(p.claimed, now()),
        data = CASE WHEN k.last_resort THEN p.data END
    WHERE p.ref = k.ref;

    INSERT INTO chat.key_package_claim (ref, session) VALUES (k.ref, p_session)
    ON CONFLICT (ref, session) DO UPDATE SET claimed = now(), used = NULL;

    RETURN QUERY SELECT k.data, k.last_resort;
END
$$;

-- key_packages_low(self, device, suite): tells the account, once until it is refilled, that fewer
-- than 20 are left.  Whether it did.
CREATE OR REPLACE FUNCTION chat.key_packages_low(p_self uuid, p_device uuid, p_suite integer)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    c_low       CONSTANT integer := 20;
    v_count     integer := chat.key_packages_held(p_device, p_suite);
BEGIN
    IF v_count >= c_low THEN
        RETURN false;
    END IF;

    UPDATE chat.session SET keys_low = true WHERE id = p_device AND NOT keys_low;

    IF NOT FOUND THEN
        RETURN false;
    END IF;

    PERFORM chat.append_account_entry(p_self, json_build_object('type', 'key_packages_low',
        'device', p_device, 'count', v_count));

    RETURN true;
END
$$;
