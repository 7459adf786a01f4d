-- For suites about groups: devices with keys, key packages that are claimed, and commits as C gives
-- them to the database.

-- every session named NAME/n has a signature key of its own
CREATE FUNCTION pg_temp.key(p_session text) RETURNS bytea LANGUAGE sql AS 'SELECT pg_temp.h(''key '' || $1)';

CREATE FUNCTION pg_temp.device(p_session text) RETURNS void LANGUAGE sql AS $$
    UPDATE chat.session SET signature_key = pg_temp.key(p_session), state = 'approved'
    WHERE id = pg_temp.id(p_session);
$$;

-- the key package of that name of a device, handed out to another one
CREATE FUNCTION pg_temp.handed(p_name text, p_session text, p_to text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO chat.key_package (ref, session, cipher_suite, last_resort, expires, claimed)
    VALUES (pg_temp.h(p_name), pg_temp.id(p_session), 1, false, now() + interval '1 day', now());
    INSERT INTO chat.key_package_claim (ref, session) VALUES (pg_temp.h(p_name), pg_temp.id(p_to));
$$;

CREATE FUNCTION pg_temp.identity(p_session text) RETURNS bytea LANGUAGE sql AS $$
    SELECT chat.identity(account, id) FROM chat.session WHERE id = pg_temp.id(p_session);
$$;

-- a commit: p_adds are pairs 'package=session', p_tree the sessions in the leaves after it ('-': blank)
CREATE FUNCTION pg_temp.commit(p_session text, p_conversation uuid, p_id text, p_epoch bigint,
    p_adds text[], p_removed integer[], p_tree text[], p_external boolean DEFAULT false,
    p_resets integer DEFAULT 0, p_welcome text[] DEFAULT NULL)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v_reply     chat.reply;
    v_detail    text;
BEGIN
    SELECT * INTO v_reply FROM chat.commit((SELECT account FROM chat.session WHERE id = pg_temp.id(p_session)),
        pg_temp.id(p_session), p_conversation, pg_temp.id(p_id), pg_temp.h(p_id || p_adds::text || p_epoch),
        'commit', CASE WHEN p_adds <> '{}' THEN 'welcome'::bytea END, 'info', p_epoch, p_resets, 1,
        p_external, array_position(p_tree, p_session) - 1, pg_temp.key(p_session),
        ARRAY(SELECT pg_temp.h(split_part(a, '=', 1)) FROM unnest(p_adds) a),
        ARRAY(SELECT pg_temp.identity(split_part(a, '=', 2)) FROM unnest(p_adds) a),
        ARRAY(SELECT pg_temp.key(split_part(a, '=', 2)) FROM unnest(p_adds) a), p_removed,
        ARRAY(SELECT pg_temp.h(split_part(a, '=', 1)) FROM unnest(coalesce(p_welcome, p_adds)) a),
        ARRAY(SELECT (o - 1)::integer FROM unnest(p_tree) WITH ORDINALITY t (s, o) WHERE s <> '-'),
        ARRAY(SELECT pg_temp.identity(s) FROM unnest(p_tree) s WHERE s <> '-'),
        ARRAY(SELECT pg_temp.key(s) FROM unnest(p_tree) s WHERE s <> '-'), true);
    RETURN concat_ws(' ', v_reply.status, v_reply.body::json->>'epoch',
                     CASE WHEN (v_reply.body::json->>'duplicate')::boolean THEN 'again' END);
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS v_detail = PG_EXCEPTION_DETAIL;
    IF SQLSTATE NOT LIKE 'CH%' THEN RAISE; END IF;
    RETURN concat_ws(' ', SQLERRM, CASE WHEN v_detail LIKE '{%' THEN v_detail::json->>'reason' END);
END
$$;

CREATE FUNCTION pg_temp.leaves(p_conversation uuid) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(l.leaf || ':' || encode(substring(l.signature_key FOR 4), 'hex'), ' ' ORDER BY l.leaf)
    FROM chat.leaf l WHERE l.conversation = p_conversation;
$$;
