-- Second factors of an account: what it has, one-time passwords, backup codes.  Sealed secrets
-- and hashed codes come from the module, which alone can make and check them.

-- account_factors(account): what it can prove itself by, the password first.
CREATE OR REPLACE FUNCTION chat.account_factors(p_account uuid)
RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT ARRAY['password']
        || CASE WHEN EXISTS (SELECT 1 FROM chat.totp
                             WHERE account = p_account AND secret IS NOT NULL)
                THEN ARRAY['totp'] ELSE '{}' END
        || CASE WHEN EXISTS (SELECT 1 FROM chat.backup_code WHERE account = p_account)
                THEN ARRAY['backup_code'] ELSE '{}' END
        || CASE WHEN EXISTS (SELECT 1 FROM chat.passkey WHERE account = p_account)
                THEN ARRAY['passkey'] ELSE '{}' END;
$$;

-- factor_second(account): whether the password alone isn't enough.  Backup codes are no factor by
-- themselves: they stand in for one.
CREATE OR REPLACE FUNCTION chat.factor_second(p_account uuid)
RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM chat.totp WHERE account = p_account AND secret IS NOT NULL)
        OR EXISTS (SELECT 1 FROM chat.passkey WHERE account = p_account);
$$;

-- factor_need(account, factor): raises CH401 factor_required {factors} where the account has a
-- second factor and none came with the password.  The caller has locked the account.
CREATE OR REPLACE FUNCTION chat.factor_need(p_account uuid, p_factor text)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF p_factor IS NULL AND chat.factor_second(p_account) THEN
        PERFORM chat.fail('CH401', 'factor_required', json_build_object('factors',
            array_remove(chat.account_factors(p_account), 'password')));
    END IF;
END
$$;

-- factor_gate(account, session): locks the account and raises CH403 proof_required {factors}
-- unless the session proved lately who it is.
CREATE OR REPLACE FUNCTION chat.factor_gate(p_account uuid, p_session uuid)
RETURNS chat.account LANGUAGE plpgsql AS $$
DECLARE
    v_account   chat.account;
BEGIN
    SELECT * INTO v_account FROM chat.account WHERE id = p_account FOR NO KEY UPDATE;

    IF NOT FOUND THEN
        PERFORM chat.fail('CH401', 'unauthorized');
    END IF;

    PERFORM chat.proof_need(p_account, p_session);

    RETURN v_account;
END
$$;

CREATE OR REPLACE FUNCTION chat.passkey_json(k chat.passkey)
RETURNS json LANGUAGE sql STABLE AS $$
    SELECT json_build_object('id', k.id, 'credential_id', chat.base64url(k.credential_id),
        'name', k.name, 'created', chat.json_time(k.created),
        'last_used', chat.json_time(k.last_used), 'cloned', k.cloned IS NOT NULL);
$$;

-- factor_list(account, session): 200 {factors: […], totp: {created} or null, backup_codes: how
-- many are left, passkeys: how many}.
CREATE OR REPLACE FUNCTION chat.factor_list(p_account uuid, p_session uuid)
RETURNS chat.reply LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_reply     chat.reply;
BEGIN
    v_reply.status := 200;
    v_reply.body := json_build_object('factors', chat.account_factors(p_account),
        'totp', (SELECT json_build_object('created', chat.json_time(confirmed))
                 FROM chat.totp WHERE account = p_account AND secret IS NOT NULL),
        'backup_codes', (SELECT count(*) FROM chat.backup_code WHERE account = p_account),
        'passkeys', (SELECT count(*) FROM chat.passkey WHERE account = p_account));

    RETURN v_reply;
END
$$;

-- backup_codes_first(account, hashes): codes for an account that has none; whether they are these.
CREATE OR REPLACE FUNCTION chat.backup_codes_first(p_account uuid, p_hashes bytea[])
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM chat.backup_code WHERE account = p_account) THEN
        RETURN false;
    END IF;

    INSERT INTO chat.backup_code (account, hash) SELECT p_account, h FROM unnest(p_hashes) h;

    RETURN true;
END
$$;

-- factor_gone(account): a second factor was removed; with the last one go the codes.
CREATE OR REPLACE FUNCTION chat.factor_gone(p_account uuid)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF NOT chat.factor_second(p_account) THEN
        DELETE FROM chat.backup_code WHERE account = p_account;
    END IF;
END
$$;

-- totp_create(account, session, sealed): keeps a secret until it is confirmed, in the place of one
-- that wasn't; the one in use stays in use.  201 {expires}, with the user name as its etag,
-- which the module puts into the app's address.
-- CH403 proof_required.
CREATE OR REPLACE FUNCTION chat.totp_create(p_account uuid, p_session uuid, p_sealed bytea)
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    c_tries     CONSTANT integer := 5;
    v_expires   timestamptz := now() + interval '10 minutes';
    v_account   chat.account;
    v_reply     chat.reply;
BEGIN
    v_account := chat.factor_gate(p_account, p_session);

    INSERT INTO chat.totp (account, pending, pending_tries, pending_expires)
    VALUES (p_account, p_sealed, c_tries, v_expires)
    ON CONFLICT (account) DO UPDATE
    SET pending = excluded.pending, pending_tries = excluded.pending_tries,
        pending_expires = excluded.pending_expires;

    v_reply.status := 201;
    v_reply.body := json_build_object('expires', chat.json_time(v_expires));
    v_reply.etag := v_account.username;

    RETURN v_reply;
END
$$;

-- totp_pending(account): counts one try at the secret that waits to be confirmed.  One row or
-- none (there is none, it has expired, or was tried too often): sealed, left, clock (seconds).
CREATE OR REPLACE FUNCTION chat.totp_pending(p_account uuid)
RETURNS TABLE (sealed bytea, tries integer, clock bigint) LANGUAGE sql VOLATILE AS $$
    UPDATE chat.totp SET pending_tries = pending_tries - 1
    WHERE account = p_account AND pending_tries > 0 AND pending_expires > clock_timestamp()
    RETURNING pending, pending_tries, extract(epoch FROM clock_timestamp())::bigint;
$$;

-- totp_confirm(account, session, sealed, step, hashes): the code of that step was right for the
-- pending secret, which comes into use.  hashes: of backup codes, taken if there are none.
-- 200 {backup_codes: true when these were taken, else null}.
-- CH410 verification_expired: the secret is no longer the one that waits.
CREATE OR REPLACE FUNCTION chat.totp_confirm(p_account uuid, p_session uuid, p_sealed bytea,
    p_step bigint, p_hashes bytea[])
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    v_account   chat.account;
    v_taken     boolean;
    v_reply     chat.reply;
BEGIN
    SELECT * INTO v_account FROM chat.account WHERE id = p_account FOR NO KEY UPDATE;

    UPDATE chat.totp
    SET secret = pending, last_step = p_step, confirmed = now(), pending = NULL,
        pending_tries = 0, pending_expires = NULL
    WHERE account = p_account AND pending = p_sealed AND pending_expires > now();

    IF NOT FOUND THEN
        PERFORM chat.fail('CH410', 'verification_expired');
    END IF;

    DELETE FROM chat.totp_guard WHERE account = p_account;
    v_taken := chat.backup_codes_first(p_account, p_hashes);
    PERFORM chat.proofs_out(p_account, p_session);
    PERFORM chat.audit(p_account, p_session, 'factor.totp_add');
    PERFORM chat.notice(v_account, 'factor_added', '{"factor": "one-time passwords"}');

    v_reply.status := 200;
    v_reply.body := json_build_object('backup_codes', nullif(v_taken, false));

    RETURN v_reply;
END
$$;

-- totp_delete(account, session): 204.  CH403 proof_required; CH404 not_found.
CREATE OR REPLACE FUNCTION chat.totp_delete(p_account uuid, p_session uuid)
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    v_account   chat.account;
    v_reply     chat.reply;
BEGIN
    v_account := chat.factor_gate(p_account, p_session);

    DELETE FROM chat.totp WHERE account = p_account AND secret IS NOT NULL;

    IF NOT FOUND THEN
        PERFORM chat.fail('CH404', 'not_found');
    END IF;

    DELETE FROM chat.totp_guard WHERE account = p_account;
    PERFORM chat.factor_gone(p_account);
    PERFORM chat.audit(p_account, p_session, 'factor.totp_remove');
    PERFORM chat.notice(v_account, 'factor_removed', '{"factor": "one-time passwords"}');
    v_reply.status := 204;

    RETURN v_reply;
END
$$;

-- backup_codes_renew(account, session, hashes): these take the place of those that are left.
-- 200 {backup_codes: true}.
-- CH403 proof_required; CH409 no_second_factor: there is nothing that they could stand in for.
CREATE OR REPLACE FUNCTION chat.backup_codes_renew(p_account uuid, p_session uuid,
    p_hashes bytea[])
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    v_reply     chat.reply;
BEGIN
    PERFORM chat.factor_gate(p_account, p_session);

    IF NOT chat.factor_second(p_account) THEN
        PERFORM chat.fail('CH409', 'no_second_factor');
    END IF;

    DELETE FROM chat.backup_code WHERE account = p_account;
    PERFORM chat.backup_codes_first(p_account, p_hashes);
    PERFORM chat.audit(p_account, p_session, 'factor.backup_codes');

    v_reply.status := 200;
    v_reply.body := json_build_object('backup_codes', true);

    RETURN v_reply;
END
$$;

-- totp_try(account, device, device_secret_hash, free, longest, enforced): counts one try before the
-- code is looked at, so that guesses at the same time are no more than one after the other.
--   free: tries that cost no time; longest: seconds; enforced: false: who had to wait may try
--   device: the session that asks; with device_secret_hash: one that a sign-in names, which counts
--   as itself only if that proves it
-- One row: wait (seconds; 0: it may be tried), sealed (NULL: the account has none), clock (seconds),
-- guard (for totp_use()).
-- The first tries in a row cost no time, later ones ever more, up to the longest; a right one, or a day
-- without any, ends the row.
DROP FUNCTION IF EXISTS chat.totp_try(uuid, uuid, bytea);
CREATE OR REPLACE FUNCTION chat.totp_try(p_account uuid, p_device uuid, p_device_secret_hash bytea,
    p_free integer, p_longest integer, p_enforced boolean)
RETURNS TABLE (wait integer, sealed bytea, clock bigint, guard uuid) LANGUAGE plpgsql AS $$
DECLARE
    c_first     CONSTANT integer := 30;     -- seconds after the last free one
    v_now       timestamptz;
    v_guard     chat.totp_guard;
BEGIN
    SELECT id INTO guard FROM chat.session
    WHERE id = p_device AND account = p_account AND revoked IS NULL
        AND (p_device_secret_hash IS NULL OR device_secret_hash = p_device_secret_hash);
    guard := coalesce(guard, '00000000-0000-0000-0000-000000000000');

    INSERT INTO chat.totp_guard (account, device, failures, last_try, next_try)
    VALUES (p_account, guard, 0, clock_timestamp(), '-infinity')
    ON CONFLICT DO NOTHING;

    SELECT * INTO v_guard FROM chat.totp_guard g
    WHERE g.account = p_account AND g.device = guard FOR UPDATE;

    v_now := clock_timestamp();
    clock := extract(epoch FROM v_now)::bigint;

    wait := 0;

    -- a clock that was set back must not keep anybody out for longer than the longest wait
    IF v_guard.next_try > v_now AND v_guard.next_try <= v_now + make_interval(secs => p_longest) THEN
        wait := greatest(ceil(extract(epoch FROM v_guard.next_try - v_now)), 1);

        IF p_enforced THEN
            RETURN NEXT;
            RETURN;
        END IF;
    END IF;

    IF v_guard.last_try < v_now - interval '1 day' THEN
        v_guard.failures := 0;
    END IF;

    v_guard.failures := v_guard.failures + 1;

    UPDATE chat.totp_guard g
    SET failures = v_guard.failures, last_try = v_now,
        next_try = CASE WHEN v_guard.failures < p_free THEN '-infinity'
            ELSE v_now + make_interval(secs => least(p_longest,
                c_first * 2 ^ least(v_guard.failures - p_free, 20))) END
    WHERE g.account = p_account AND g.device = guard;

    sealed := (SELECT t.secret FROM chat.totp t WHERE t.account = p_account);
    RETURN NEXT;
END
$$;

-- totp_use(account, guard, step, sealed): the code of that step was right.  Whether it is taken:
-- false: it, or one after it, was before.  guard: that of totp_try(), which ends; sealed: the secret
-- under a newer key, or NULL.
CREATE OR REPLACE FUNCTION chat.totp_use(p_account uuid, p_guard uuid, p_step bigint,
    p_sealed bytea)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    UPDATE chat.totp SET last_step = p_step, secret = coalesce(p_sealed, secret)
    WHERE account = p_account AND secret IS NOT NULL AND last_step < p_step;

    IF NOT FOUND THEN
        RETURN false;
    END IF;

    DELETE FROM chat.totp_guard WHERE account = p_account AND device = p_guard;

    RETURN true;
END
$$;

-- backup_code_use(account, hash): whether it was one; it no longer is.
CREATE OR REPLACE FUNCTION chat.backup_code_use(p_account uuid, p_hash bytea)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM chat.backup_code WHERE account = p_account AND hash = p_hash;

    IF NOT FOUND THEN
        RETURN false;
    END IF;

    PERFORM chat.audit(p_account, NULL, 'factor.backup_code_used', 'ok', NULL,
        jsonb_build_object('left', (SELECT count(*) FROM chat.backup_code
                                    WHERE account = p_account)));
    PERFORM chat.notice(a, 'backup_code_used') FROM chat.account a WHERE a.id = p_account;

    RETURN true;
END
$$;

-- operator_reset_factor(account): who lost every second factor signs in by the password again.
-- How many passkeys went.  CH404 not_found: no such account, or it has none.
CREATE OR REPLACE FUNCTION chat.operator_reset_factor(p_account uuid)
RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    v_account   chat.account;
    v_passkeys  integer;
BEGIN
    SELECT * INTO v_account FROM chat.account WHERE id = p_account FOR NO KEY UPDATE;

    IF NOT FOUND OR NOT chat.factor_second(p_account) THEN
        PERFORM chat.fail('CH404', 'not_found');
    END IF;

    DELETE FROM chat.passkey WHERE account = p_account;
    GET DIAGNOSTICS v_passkeys = ROW_COUNT;
    DELETE FROM chat.totp WHERE account = p_account;
    DELETE FROM chat.totp_guard WHERE account = p_account;
    DELETE FROM chat.backup_code WHERE account = p_account;
    PERFORM chat.audit(p_account, NULL, 'operator.user.reset_factor');
    PERFORM chat.notice(v_account, 'factor_removed',
                        '{"factor": "every second factor, by who runs the server"}');

    RETURN v_passkeys;
END
$$;

-- maintain_factors(batch): removes what time has made useless.  Whether there may be more.
CREATE OR REPLACE FUNCTION chat.maintain_factors(p_batch integer)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    v_challenges    integer;
    v_guards        integer;
BEGIN
    DELETE FROM chat.passkey_challenge WHERE nonce IN (
        SELECT nonce FROM chat.passkey_challenge WHERE expires < now()
        ORDER BY expires LIMIT p_batch FOR UPDATE SKIP LOCKED);
    GET DIAGNOSTICS v_challenges = ROW_COUNT;

    DELETE FROM chat.totp_guard g USING (
        SELECT account, device FROM chat.totp_guard WHERE last_try < now() - interval '1 day'
        ORDER BY last_try LIMIT p_batch FOR UPDATE SKIP LOCKED) old
    WHERE g.account = old.account AND g.device = old.device;
    GET DIAGNOSTICS v_guards = ROW_COUNT;

    RETURN greatest(v_challenges, v_guards) = p_batch;
END
$$;
