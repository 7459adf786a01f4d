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
--   session: by which it was done; NULL: that of chat.context(); none where the log is nobody's, since
--   an erasure wouldn't find it there
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
    IF NOT EXISTS (SELECT 1 FROM chat.audit_action a WHERE a.action = p_action) THEN
        RAISE EXCEPTION 'no such action of the audit log: %', p_action
            USING ERRCODE = 'foreign_key_violation';
    END IF;

    IF octet_length(v_detail::text) > c_detail THEN
        v_detail := jsonb_build_object('too_long', octet_length(v_detail::text));
    END IF;

    IF p_action LIKE 'operator.%' THEN
        v_detail := coalesce(v_detail, '{}') || jsonb_build_object('role', session_user);
    END IF;

    INSERT INTO chat.audit_entry (action, outcome, account, session, address, request_id, target,
        detail)
    VALUES (p_action, p_outcome, p_account,
        CASE WHEN p_account IS NOT NULL THEN coalesce(p_session, v_session::uuid) END,
        CASE WHEN v_address ~ '^[0-9a-f.:]{2,39}/[0-9]{1,3}$' THEN v_address::cidr END,
        CASE WHEN v_request ~ '^[!-~]{1,64}$' AND v_request <> '-' THEN v_request END,
        p_target, v_detail);
END
$$;

-- audit_limits(hits): limits that were hit within a minute, as a worker gathered them: an array of
-- {class, count, context, account?}, at most 100 of which are written.
CREATE OR REPLACE FUNCTION chat.audit_limits(p_hits json)
RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    c_most      CONSTANT integer := 100;
    h           record;
BEGIN
    FOR h IN
        SELECT * FROM json_to_recordset(p_hits)
            AS r (class text, count bigint, context text, account uuid) LIMIT c_most
    LOOP
        PERFORM chat.context(NULL, h.context);
        PERFORM chat.audit(h.account, NULL, 'limit.hit', 'rate_limited', NULL,
                           jsonb_build_object('class', h.class, 'count', h.count));
    END LOOP;

    PERFORM chat.context(NULL, NULL);
END
$$;

-- audit_list(account, session, cursor, limit): 200 {"items":[…],"next":cursor|null}, the account's own
-- entries, the newest first.  limit: 1..100, default 50.
--   {id, at, action, outcome, session|null, device_name|null, address|null, target|null,
--   request_id|null, detail|null}; device_name: of the session, as long as its row stands
-- CH400 invalid_parameter (limit, cursor).
CREATE OR REPLACE FUNCTION chat.audit_list(p_account uuid, p_session uuid, p_cursor text,
    p_limit integer)
RETURNS chat.reply LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    c_most      CONSTANT integer := 100;
    v_limit     integer := coalesce(p_limit, 50);
    v_before    bigint;
    v_ids       bigint[];
    v_items     json;
    v_reply     chat.reply;
BEGIN
    IF v_limit NOT BETWEEN 1 AND c_most THEN
        PERFORM chat.invalid('limit', '1..' || c_most);
    END IF;

    IF p_cursor IS NOT NULL THEN
        IF p_cursor !~ '^[1-9][0-9]{0,17}$' THEN
            PERFORM chat.invalid('cursor', 'the next of an earlier answer');
        END IF;

        v_before := p_cursor::bigint;
    END IF;

    v_ids := ARRAY(
        SELECT e.id FROM chat.audit_entry e
        WHERE e.account = p_account AND (v_before IS NULL OR e.id < v_before)
        ORDER BY e.id DESC LIMIT v_limit + 1);

    SELECT coalesce(json_agg(json_build_object('id', e.id, 'at', chat.json_time(e.at),
        'action', e.action, 'outcome', e.outcome, 'session', e.session, 'device_name', s.name,
        'address', e.address::text, 'target', e.target, 'request_id', e.request_id,
        'detail', e.detail) ORDER BY e.id DESC), '[]')
    INTO v_items
    FROM chat.audit_entry e
    LEFT JOIN chat.session s ON s.id = e.session AND s.account = p_account
    WHERE e.id = ANY (v_ids[1:v_limit]);

    v_reply.status := 200;
    v_reply.body := json_build_object('items', v_items, 'next',
        CASE WHEN cardinality(v_ids) > v_limit THEN v_ids[v_limit]::text END);

    RETURN v_reply;
END
$$;
