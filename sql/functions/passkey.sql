-- Passkeys: the module verified signature and challenge; what can be told by rows alone is here.

-- passkey_options(account, session, rp_id, rp_name, challenge, timeout): what a browser is given to
-- make one (WebAuthn Level 3, PublicKeyCredentialCreationOptionsJSON); timeout in seconds.
-- 200 {public_key: {…}}.
-- CH403 proof_required; CH409 too_many_passkeys {limit}.
CREATE OR REPLACE FUNCTION chat.passkey_options(p_account uuid, p_session uuid, p_rp_id text,
    p_rp_name text, p_challenge text, p_timeout integer)
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    v_account   chat.account;
    v_reply     chat.reply;
BEGIN
    v_account := chat.factor_gate(p_account, p_session);
    PERFORM chat.passkey_room(p_account);

    v_reply.status := 200;
    v_reply.body := json_build_object('public_key', json_build_object(
        'rp', json_build_object('id', p_rp_id, 'name', p_rp_name),
        'user', json_build_object('id', chat.base64url(uuid_send(p_account)),
            'name', v_account.username, 'displayName', v_account.display_name),
        'challenge', p_challenge, 'timeout', p_timeout * 1000, 'attestation', 'none',
        'pubKeyCredParams', json_build_array(
            json_build_object('type', 'public-key', 'alg', -7),
            json_build_object('type', 'public-key', 'alg', -8),
            json_build_object('type', 'public-key', 'alg', -257)),
        'authenticatorSelection', json_build_object('residentKey', 'required',
            'requireResidentKey', true, 'userVerification', 'required'),
        'excludeCredentials', (
            SELECT coalesce(json_agg(json_build_object('type', 'public-key',
                'id', chat.base64url(credential_id)) ORDER BY created), '[]')
            FROM chat.passkey WHERE account = p_account)));

    RETURN v_reply;
END
$$;

-- passkey_room(account): CH409 too_many_passkeys.
CREATE OR REPLACE FUNCTION chat.passkey_room(p_account uuid)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    c_passkeys  CONSTANT integer := 20;
BEGIN
    IF (SELECT count(*) FROM chat.passkey WHERE account = p_account) >= c_passkeys THEN
        PERFORM chat.fail('CH409', 'too_many_passkeys', json_build_object('limit', c_passkeys));
    END IF;
END
$$;

-- passkey_challenge_use(nonce, expires): whether it was not used before.
CREATE OR REPLACE FUNCTION chat.passkey_challenge_use(p_nonce bytea, p_expires bigint)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO chat.passkey_challenge (nonce, expires) VALUES (p_nonce, to_timestamp(p_expires))
    ON CONFLICT DO NOTHING;

    RETURN FOUND;
END
$$;

-- passkey_create(account, session, id, credential_id, algorithm, public_key, sign_count, name,
-- nonce, expires, hashes): a new passkey, and backup codes of these hashes if there are none.
-- 201 {backup_codes: true when these were taken, else null, passkey: {…}}.
-- CH403 proof_required; CH409 too_many_passkeys, passkey_exists; CH400 invalid_passkey {reason}: its
-- challenge was used.
CREATE OR REPLACE FUNCTION chat.passkey_create(p_account uuid, p_session uuid, p_id uuid,
    p_credential_id bytea, p_algorithm integer, p_public_key bytea, p_sign_count bigint,
    p_name text, p_nonce bytea, p_expires bigint, p_hashes bytea[])
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    v_account   chat.account;
    v_passkey   chat.passkey;
    v_taken     boolean;
    v_reply     chat.reply;
BEGIN
    v_account := chat.factor_gate(p_account, p_session);
    PERFORM chat.passkey_room(p_account);

    IF NOT chat.passkey_challenge_use(p_nonce, p_expires) THEN
        PERFORM chat.fail('CH400', 'invalid_passkey', json_build_object('reason',
            'the challenge was used before'));
    END IF;

    INSERT INTO chat.passkey (id, account, credential_id, algorithm, public_key, sign_count, name)
    VALUES (p_id, p_account, p_credential_id, p_algorithm, p_public_key, p_sign_count, p_name)
    ON CONFLICT (credential_id) DO NOTHING RETURNING * INTO v_passkey;

    IF NOT FOUND THEN
        PERFORM chat.fail('CH409', 'passkey_exists');
    END IF;

    v_taken := chat.backup_codes_first(p_account, p_hashes);
    PERFORM chat.proofs_out(p_account, p_session);
    PERFORM chat.audit(p_account, p_session, 'factor.passkey_add', 'ok', p_id::text);
    PERFORM chat.notice(v_account, 'factor_added',
                        jsonb_build_object('factor', format('the passkey "%s"', p_name)));

    v_reply.status := 201;
    v_reply.body := json_build_object('backup_codes', nullif(v_taken, false),
        'passkey', chat.passkey_json(v_passkey));

    RETURN v_reply;
END
$$;

-- passkey_list(account, session): 200 {items}, the oldest first; there are at most 20.
CREATE OR REPLACE FUNCTION chat.passkey_list(p_account uuid, p_session uuid)
RETURNS chat.reply LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_reply     chat.reply;
BEGIN
    v_reply.status := 200;
    v_reply.body := json_build_object('items', (
        SELECT coalesce(json_agg(chat.passkey_json(k) ORDER BY k.created, k.id), '[]')
        FROM chat.passkey k WHERE k.account = p_account));

    RETURN v_reply;
END
$$;

-- passkey_rename(account, session, passkey, name): 200 {…}.  CH404 not_found.
CREATE OR REPLACE FUNCTION chat.passkey_rename(p_account uuid, p_session uuid, p_passkey uuid,
    p_name text)
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    v_passkey   chat.passkey;
    v_reply     chat.reply;
BEGIN
    UPDATE chat.passkey SET name = p_name WHERE id = p_passkey AND account = p_account
    RETURNING * INTO v_passkey;

    IF NOT FOUND THEN
        PERFORM chat.fail('CH404', 'not_found');
    END IF;

    v_reply.status := 200;
    v_reply.body := chat.passkey_json(v_passkey);

    RETURN v_reply;
END
$$;

-- passkey_delete(account, session, passkey): 204.  CH403 proof_required; CH404 not_found.
CREATE OR REPLACE FUNCTION chat.passkey_delete(p_account uuid, p_session uuid, p_passkey uuid)
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    v_account   chat.account;
    v_name      text;
    v_reply     chat.reply;
BEGIN
    v_account := chat.factor_gate(p_account, p_session);

    DELETE FROM chat.passkey WHERE id = p_passkey AND account = p_account
    RETURNING name INTO v_name;

    IF NOT FOUND THEN
        PERFORM chat.fail('CH404', 'not_found');
    END IF;

    PERFORM chat.factor_gone(p_account);
    PERFORM chat.audit(p_account, p_session, 'factor.passkey_remove', 'ok', p_passkey::text);
    PERFORM chat.notice(v_account, 'factor_removed',
                        jsonb_build_object('factor', format('the passkey "%s"', v_name)));
    v_reply.status := 204;

    RETURN v_reply;
END
$$;

-- passkey_find(credential_id): whose signature an assertion has to have.  One row or none:
-- account, passkey, algorithm, public_key.
CREATE OR REPLACE FUNCTION chat.passkey_find(p_credential_id bytea)
RETURNS TABLE (account uuid, passkey uuid, algorithm integer, public_key bytea)
LANGUAGE sql STABLE AS $$
    SELECT k.account, k.id, k.algorithm, k.public_key FROM chat.passkey k
    WHERE k.credential_id = p_credential_id;
$$;

-- passkey_use(passkey, sign_count, nonce, expires, action): its signature over that challenge was
-- right.  Whether it is taken, with an entry of that action when it seems cloned; false: the challenge was used before, the passkey is gone, or its
-- counter did not grow, by which two have its key (WebAuthn, section 6.1.1): it is never taken again.
CREATE OR REPLACE FUNCTION chat.passkey_use(p_passkey uuid, p_sign_count bigint, p_nonce bytea,
    p_expires bigint, p_action text)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    v_passkey   chat.passkey;
    v_cloned    boolean;
BEGIN
    SELECT * INTO v_passkey FROM chat.passkey WHERE id = p_passkey FOR UPDATE;

    IF NOT FOUND THEN
        RETURN false;
    END IF;

    -- what is merely sent once more must not look like a clone
    IF NOT chat.passkey_challenge_use(p_nonce, p_expires) THEN
        RETURN false;
    END IF;

    v_cloned := greatest(p_sign_count, v_passkey.sign_count) > 0
                AND p_sign_count <= v_passkey.sign_count;

    IF v_cloned OR v_passkey.cloned IS NOT NULL THEN
        UPDATE chat.passkey SET cloned = coalesce(cloned, now()) WHERE id = p_passkey;
        PERFORM chat.audit(v_passkey.account, NULL, p_action, 'passkey_cloned', p_passkey::text);
        RETURN false;
    END IF;

    UPDATE chat.passkey SET sign_count = p_sign_count, last_used = now() WHERE id = p_passkey;

    RETURN true;
END
$$;
