-- Proofs: that who holds a session is still who signed in with it.  What changes an account for good
-- wants one of the last minutes.

-- proof_window(): how long a proof is good.
CREATE OR REPLACE FUNCTION chat.proof_window()
RETURNS interval LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT interval '10 minutes';
$$;

-- proof_refuses(session): true where it has no proof within the window.  A proof of the future is
-- none: the clock was set back, and how old it is can't be told.
CREATE OR REPLACE FUNCTION chat.proof_refuses(p_session uuid)
RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT NOT EXISTS (
        SELECT 1 FROM chat.session
        WHERE id = p_session AND token_hash IS NOT NULL
            AND proven BETWEEN clock_timestamp() - chat.proof_window() AND clock_timestamp());
$$;

-- proof_need(account, session): CH403 proof_required {factors} where proof_refuses().
CREATE OR REPLACE FUNCTION chat.proof_need(p_account uuid, p_session uuid)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF chat.proof_refuses(p_session) THEN
        PERFORM chat.fail('CH403', 'proof_required', json_build_object(
            'factors', chat.account_factors(p_account)));
    END IF;
END
$$;

-- proof_need_more(account, session): the same, but only where the account has more factors than the
-- password: for what comes with the password, which the caller has checked.
CREATE OR REPLACE FUNCTION chat.proof_need_more(p_account uuid, p_session uuid)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF cardinality(chat.account_factors(p_account)) > 1 THEN
        PERFORM chat.proof_need(p_account, p_session);
    END IF;
END
$$;

-- password_holds(account, hash): for what was checked against a hash outside of this transaction:
-- locks the account and returns it, if the hash is still that.  NULL: none was checked.
-- CH503 unavailable: it is another by now; who asks again learns whether the password still is good.
CREATE OR REPLACE FUNCTION chat.password_holds(p_account uuid, p_hash text)
RETURNS uuid LANGUAGE plpgsql AS $$
BEGIN
    IF p_hash IS NOT NULL THEN
        PERFORM 1 FROM chat.account WHERE id = p_account AND password_hash = p_hash
        FOR NO KEY UPDATE;

        IF NOT FOUND THEN
            PERFORM chat.fail('CH503', 'unavailable');
        END IF;
    END IF;

    RETURN p_account;
END
$$;

-- proof_find(account): of an account that is there, for what its password proves.
CREATE OR REPLACE FUNCTION chat.proof_find(p_account uuid)
RETURNS TABLE (password_hash text, username text, email text, display_name text)
LANGUAGE sql STABLE AS $$
    SELECT a.password_hash, a.username, a.email, a.display_name FROM chat.account a
    WHERE a.id = p_account AND a.state = 'active';
$$;

-- proof_create(account, session, means): the caller has checked what was shown; means: which of the
-- account's factors that were, password when it was that alone.  200 {expires}.
-- CH401 unauthorized: the session has ended; CH401 factor_required {factors}.
CREATE OR REPLACE FUNCTION chat.proof_create(p_account uuid, p_session uuid, p_means text)
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    v_now       timestamptz := clock_timestamp();
    v_reply     chat.reply;
BEGIN
    PERFORM chat.factor_need(p_account, nullif(p_means, 'password'));

    UPDATE chat.session SET proven = v_now
    WHERE id = p_session AND account = p_account AND token_hash IS NOT NULL;

    IF NOT FOUND THEN
        PERFORM chat.fail('CH401', 'unauthorized');
    END IF;

    PERFORM chat.audit(p_account, p_session, 'proof.create', 'ok', NULL,
                       jsonb_build_object('means', p_means));

    v_reply.status := 200;
    v_reply.body := json_build_object('expires', chat.json_time(v_now + chat.proof_window()));

    RETURN v_reply;
END
$$;
