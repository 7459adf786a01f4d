-- Accounts: registration, the own profile, look-up.

-- account_json(account): what its owner sees of an account.
CREATE OR REPLACE FUNCTION chat.account_json(a chat.account)
RETURNS json LANGUAGE sql STABLE AS $$
    SELECT json_build_object('id', a.id, 'username', a.username, 'email', a.email,
        'verified', a.state <> 'unverified', 'display_name', a.display_name,
        'created', chat.json_time(a.created), 'erased_after', chat.json_time(a.erase_after));
$$;

-- end_unverified(accounts): removes unverified accounts with their sessions and verifications;
-- their waiting mails are not sent, but still count against the bound of the address; invitations by
-- which they came can be used again.
CREATE OR REPLACE FUNCTION chat.end_unverified(p_accounts uuid[])
RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    v_ended     uuid[];
    v_invited   uuid[];
BEGIN
    WITH gone AS (
        DELETE FROM chat.account WHERE id = ANY (p_accounts) AND state = 'unverified'
        RETURNING id, invitation
    )
    SELECT array_agg(id), array_agg(invitation) FILTER (WHERE invitation IS NOT NULL)
    INTO v_ended, v_invited FROM gone;

    IF v_invited IS NOT NULL THEN
        PERFORM chat.invitation_give_back(v_invited);
    END IF;

    UPDATE chat.mail SET done = now(), verdict = 'cancelled', params = '{}'
    WHERE account = ANY (v_ended) AND done IS NULL;

    RETURN coalesce(cardinality(v_ended), 0);
END
$$;

-- account_register(…): always makes an unverified account, its first session and a verification,
-- so that a known address answers and costs what an unknown one does.
--   id, username, email (as written), email_key (the form in which addresses are compared),
--   display_name, password_hash (PHC); session: session, device_name, platform, token_hash,
--   device_secret_hash (32 bytes each), ttl_idle, ttl_absolute (s); verification: verification,
--   code_hash, link_hash, code, link (as the mail says them), code_ttl, link_ttl (s);
--   mail_limit: mails an hour to one address, past which none is queued, without a sign of it;
--   invitation: the hash of the token of an invitation, one use of which this is (NULL: none is asked for)
-- Status 201, body {account:{…}, session:{id,name,platform,state,created,expires},
-- verification:{id,expires,link_expires}}.
-- CH409 username_taken: a verified account holds the name, or one held it that was erased of late;
-- CH403 invitation_invalid.
--
-- Earlier unverified accounts of the address end.  Where a verified one has the address, the new
-- one is a shadow: it can never be verified, and the mail is `exists` instead of `verify`.
DROP FUNCTION IF EXISTS chat.account_register(uuid, text, text, text, text, text, uuid, text, text,
    bytea, bytea, integer, integer, uuid, bytea, bytea, text, text, integer, integer, integer);

CREATE OR REPLACE FUNCTION chat.account_register(p_id uuid, p_username text, p_email text,
    p_email_key text, p_display_name text, p_password_hash text, p_session uuid,
    p_device_name text, p_platform text, p_token_hash bytea, p_device_secret_hash bytea,
    p_ttl_idle integer, p_ttl_absolute integer, p_verification uuid, p_code_hash bytea,
    p_link_hash bytea, p_code text, p_link text, p_code_ttl integer, p_link_ttl integer,
    p_mail_limit integer, p_invitation bytea DEFAULT NULL)
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    v_shadow    boolean;
    v_invited   uuid;
    v_account   chat.account;
    v_session   chat.session;
    v_reply     chat.reply;
BEGIN
    IF NOT chat.username_free(p_username) THEN
        PERFORM chat.fail('CH409', 'username_taken');
    END IF;

    v_shadow := EXISTS (SELECT 1 FROM chat.account
                        WHERE email_key = p_email_key AND state <> 'unverified');

    PERFORM chat.end_unverified(ARRAY(SELECT id FROM chat.account
        WHERE email_key = p_email_key AND state = 'unverified' ORDER BY id));

    -- one that this replaces has given its use back
    v_invited := chat.invitation_use(p_invitation);

    INSERT INTO chat.account (id, username, email, email_key, display_name, password_hash, shadow,
        invitation)
    VALUES (p_id, p_username, p_email, p_email_key, p_display_name, p_password_hash, v_shadow,
        v_invited)
    RETURNING * INTO v_account;

    INSERT INTO chat.session (id, account, name, platform, state, token_hash, device_secret_hash,
        proven, address, ttl_idle, idle_expires, expires)
    VALUES (p_session, p_id, p_device_name, p_platform, 'approved', p_token_hash,
        p_device_secret_hash, clock_timestamp(), chat.context_network(), p_ttl_idle, now() + make_interval(secs => p_ttl_idle),
        now() + make_interval(secs => p_ttl_absolute))
    RETURNING * INTO v_session;

    PERFORM chat.audit(p_id, p_session, 'account.register');

    v_reply.body := json_build_object('account', chat.account_json(v_account),
        'session', chat.session_json(v_session),
        'verification', chat.verification_put(v_account, 1, p_verification, p_code_hash,
            p_link_hash, p_code, p_link, p_code_ttl, p_link_ttl, p_mail_limit));
    v_reply.status := 201;
    v_reply.etag := '"1"';

    RETURN v_reply;
END
$$;

-- account_get(account, session): 200, the own profile {id, username, email, verified,
-- display_name, created}, ETag = its version.  CH401 unauthorized: it is gone.
CREATE OR REPLACE FUNCTION chat.account_get(p_account uuid, p_session uuid)
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    v_account   chat.account;
    v_reply     chat.reply;
BEGIN
    SELECT * INTO v_account FROM chat.account WHERE id = p_account;

    IF NOT FOUND THEN
        PERFORM chat.fail('CH401', 'unauthorized');
    END IF;

    v_reply.status := 200;
    v_reply.body := chat.account_json(v_account);
    v_reply.etag := '"' || v_account.version || '"';

    RETURN v_reply;
END
$$;

-- account_update(account, session, if_match, display_name): changes what is given (NULL: stays).
-- 200 and the profile with its new ETag.  if_match: an ETag, a list of them or * (NULL: any).
-- CH412 precondition_failed {etag}: it has another version; CH401 unauthorized.
CREATE OR REPLACE FUNCTION chat.account_update(p_account uuid, p_session uuid, p_if_match text,
    p_display_name text)
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    v_account   chat.account;
    v_etag      text;
    v_reply     chat.reply;
BEGIN
    SELECT * INTO v_account FROM chat.account WHERE id = p_account FOR NO KEY UPDATE;

    IF NOT FOUND THEN
        PERFORM chat.fail('CH401', 'unauthorized');
    END IF;

    v_etag := '"' || v_account.version || '"';

    IF p_if_match IS NOT NULL AND btrim(p_if_match) <> '*'
       AND v_etag <> ALL (regexp_split_to_array(btrim(p_if_match), '\s*,\s*'))
    THEN
        PERFORM chat.fail('CH412', 'precondition_failed', json_build_object('etag', v_etag));
    END IF;

    IF p_display_name IS DISTINCT FROM v_account.display_name AND p_display_name IS NOT NULL THEN
        UPDATE chat.account SET display_name = p_display_name, version = version + 1
        WHERE id = p_account RETURNING * INTO v_account;
    END IF;

    v_reply.status := 200;
    v_reply.body := chat.account_json(v_account);
    v_reply.etag := '"' || v_account.version || '"';

    RETURN v_reply;
END
$$;

-- account_lookup(account, session, username): 200 {id, username, display_name} of a verified
-- account by its exact name.  CH404 not_found.
CREATE OR REPLACE FUNCTION chat.account_lookup(p_account uuid, p_session uuid, p_username text)
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    v_reply     chat.reply;
BEGIN
    SELECT json_build_object('id', id, 'username', username, 'display_name', display_name)
    INTO v_reply.body
    FROM chat.account WHERE username = p_username AND state = 'active';

    IF NOT FOUND THEN
        PERFORM chat.fail('CH404', 'not_found');
    END IF;

    v_reply.status := 200;

    RETURN v_reply;
END
$$;
