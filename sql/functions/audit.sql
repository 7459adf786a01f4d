-- The audit log: adding to it, reading the own part.  What keeps it whole is in audit_chain.sql.

DROP FUNCTION IF EXISTS chat.audit(text, uuid, uuid, json);

-- context(account, context): where the act of this transaction comes from, for chat.audit():
-- "ADDRESS REQUEST_ID SESSION", the address as a /24 or /48, each "-" when unknown.  Its first parameter:
-- a statement wraps one of its own in this call, which is thereby made before the act.
CREATE OR REPLACE FUNCTION chat.context(p_account uuid, p_context text)
RETURNS uuid LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM set_config('chat.context', coalesce(p_context, ''), true);
    RETURN p_account;
END
$$;

-- audit(account, session, action, outcome, target, detail): one entry, in the act's transaction.
--   account: whose log it is in; NULL: nobody's
--   session: by which it was done; NULL: that of chat.context()
--   action: one of chat.audit_action
--   outcome: ok, or the problem's code.  What raises a problem leaves no entry, since it is undone:
--   acts whose failures count answer them as rows
--   target: what it was done to, where that isn't the account: an id
--   detail: never secrets, codes, tokens, nor what people wrote to each other; 4 KiB of JSON at most
-- The address (a /24 or /48) and the request's id are those of chat.context(), if it was called.
CREATE OR REPLACE FUNCTION chat.audit(p_account uuid, p_session uuid, p_action text,
    p_outcome text DEFAULT 'ok', p_target text DEFAULT NULL, p_detail jsonb DEFAULT NULL)
RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    c_detail    CONSTANT integer := 4096;
    v_context   text := coalesce(current_setting('chat.context', true), '');
    v_address   text := split_part(v_context, ' ', 1);
    v_request   text := split_part(v_context, ' ', 2);
    v_session   text := nullif(nullif(split_part(v_context, ' ', 3), '-'), '');
    v_detail    jsonb := p_detail;
BEGIN
    IF octet_length(v_detail::text) > c_detail THEN
        v_detail := jsonb_build_object('too_long', octet_length(v_detail::text));
    END IF;

    IF p_action LIKE 'operator.%' THEN
        v_detail := coalesce(v_detail, '{}') || jsonb_build_object('role', session_user);
    END IF;

    INSERT INTO chat.audit_entry (action, outcome, account, session, address, request_id, target,
        detail)
    VALUES (p_action, p_outcome, p_account, coalesce(p_session, v_session::uuid),
        CASE WHEN v_address ~ '^[0-9a-f.:]{2,39}/[0-9]{1,3}$' THEN v_address::cidr END,
        CASE WHEN v_request ~ '^[!-~]{1,64}$' AND v_request <> '-' THEN v_request END,
        p_target, v_detail);
END
$$;
