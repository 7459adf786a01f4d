-- Small things that the other functions share.

-- json_time(timestamptz): RFC 3339 in UTC with microseconds.
CREATE OR REPLACE FUNCTION chat.json_time(p_time timestamptz)
RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT to_char(p_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');
$$;

-- base64url(bytea): RFC 4648 §5, without padding.
CREATE OR REPLACE FUNCTION chat.base64url(p_data bytea)
RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT translate(encode(p_data, 'base64'), E'+/=\n', '-_');
$$;

-- base64url_decode(text): the bytes, or NULL for what is not base64url.
CREATE OR REPLACE FUNCTION chat.base64url_decode(p_text text)
RETURNS bytea LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN decode(translate(p_text, '-_', '+/') || repeat('=', (4 - length(p_text) % 4) % 4),
                  'base64');
EXCEPTION WHEN data_exception THEN
    RETURN NULL;
END
$$;

-- uuid_v7(): RFC 9562 §5.7; milliseconds, then random bits.
CREATE OR REPLACE FUNCTION chat.uuid_v7()
RETURNS uuid LANGUAGE sql VOLATILE AS $$
    SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
        PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
        FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid;
$$;

-- fail(sqlstate, code, detail): raises a problem.  SQLSTATE of class CH chooses the HTTP status,
-- MESSAGE is the problem's code, DETAIL a JSON object of further members, or empty.
CREATE OR REPLACE FUNCTION chat.fail(p_state text, p_code text, p_detail json DEFAULT NULL)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = p_state, MESSAGE = p_code,
                          DETAIL = coalesce(p_detail::text, '');
END
$$;

-- invalid(parameter, bound): raises CH400 invalid_parameter.
CREATE OR REPLACE FUNCTION chat.invalid(p_parameter text, p_bound text)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM chat.fail('CH400', 'invalid_parameter',
                      json_build_object('parameter', p_parameter, 'bound', p_bound));
END
$$;

-- The numbers under which kinds of entries are stored, and their names outside.
CREATE OR REPLACE FUNCTION chat.kind_name(p_kind smallint)
RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE p_kind WHEN 1 THEN 'message' WHEN 2 THEN 'commit' WHEN 3 THEN 'member'
        WHEN 4 THEN 'title' WHEN 5 THEN 'deleted' WHEN 6 THEN 'setting' WHEN 7 THEN 'account' END;
$$;

-- lock_conversations(ids): locks them in the order of their ids.  Every function that writes into
-- conversations calls this before it looks at anything, once, with all of them; its checks are
-- later statements, whose snapshots see what the lock waited for.
CREATE OR REPLACE FUNCTION chat.lock_conversations(p_ids uuid[])
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM chat.conversation WHERE id = ANY (p_ids) ORDER BY id FOR NO KEY UPDATE;
END
$$;

-- conversations_room(account): whether an account may have one conversation more; those that are
-- closed don't count, else somebody who closes what he offered could fill it.
-- CH409 too_many_conversations {limit}.
CREATE OR REPLACE FUNCTION chat.conversations_room(p_account uuid)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    c_most      CONSTANT integer := 5000;
BEGIN
    IF (SELECT count(*) FROM (SELECT 1 FROM chat.member WHERE account = p_account
                              LIMIT c_most) m) >= c_most
       AND (SELECT count(*) FROM (SELECT 1 FROM chat.member m
                                  JOIN chat.conversation c ON c.id = m.conversation
                                  WHERE m.account = p_account AND c.state = 'open'
                                  LIMIT c_most) m) >= c_most
    THEN
        PERFORM chat.fail('CH409', 'too_many_conversations', json_build_object('limit', c_most));
    END IF;
END
$$;

-- append_account_entry(conversation, body): one `account` entry into a self conversation that the
-- caller has locked; its number.
CREATE OR REPLACE FUNCTION chat.append_account_entry(p_conversation uuid, p_body json)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_now   timestamptz := clock_timestamp();
    v_seq   bigint;
BEGIN
    UPDATE chat.conversation SET last_seq = last_seq + 1, active = v_now
    WHERE id = p_conversation RETURNING last_seq INTO STRICT v_seq;

    INSERT INTO chat.entry (conversation, seq, created, kind, body)
    VALUES (p_conversation, v_seq, v_now, 7, p_body);

    RETURN v_seq;
END
$$;
