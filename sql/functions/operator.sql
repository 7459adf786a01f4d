-- What chatctl does by hand.

-- account_verify_by_hand(username): verifies the newest unverified account of that name that
-- could be verified by mail.  CH404 not_found; CH409 username_taken, already_verified.
CREATE OR REPLACE FUNCTION chat.account_verify_by_hand(p_username text)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_account   chat.account;
    v_taken     boolean;
BEGIN
    SELECT * INTO v_account FROM chat.account
    WHERE username = p_username AND state = 'unverified' AND NOT shadow
    ORDER BY created DESC LIMIT 1 FOR NO KEY UPDATE;

    IF NOT FOUND THEN
        v_taken := EXISTS (SELECT 1 FROM chat.account
                           WHERE username = p_username AND state <> 'unverified');
        PERFORM chat.fail(CASE WHEN v_taken THEN 'CH409' ELSE 'CH404' END,
                          CASE WHEN v_taken THEN 'already_verified' ELSE 'not_found' END);
    END IF;

    BEGIN
        PERFORM chat.account_verify(v_account, p_username);
    EXCEPTION WHEN unique_violation THEN
        PERFORM chat.fail('CH409', 'username_taken');
    END;

    UPDATE chat.verification SET used = now() WHERE account = v_account.id;
    PERFORM chat.audit(v_account.id, NULL, 'operator.user.verify');
END
$$;
