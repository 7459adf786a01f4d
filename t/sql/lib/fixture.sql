-- What the suites share: each begins with \ir lib/fixture.sql and ends with ROLLBACK.  Races need
-- transactions of their own: see lib/race.sql.

\set ON_ERROR_STOP 1
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off

SET client_min_messages = warning;
SET statement_timeout = '30s';     -- a broken lock must not hang the suite
DO $$
BEGIN
    CREATE EXTENSION IF NOT EXISTS pgtap;
EXCEPTION WHEN unique_violation THEN
    NULL;   -- another suite made it in this moment
END
$$;

-- names make ids, hashes and mail addresses, so that a test can name what it means
CREATE FUNCTION pg_temp.h(text) RETURNS bytea LANGUAGE sql AS 'SELECT sha256($1::bytea)';
CREATE FUNCTION pg_temp.id(text) RETURNS uuid LANGUAGE sql AS 'SELECT md5($1)::uuid';

-- an unverified account with its session NAME/1 and verification NAME/v
CREATE FUNCTION pg_temp.register(p_name text, p_username text, p_email text,
    p_mail_limit integer DEFAULT 100)
RETURNS chat.reply LANGUAGE sql AS $$
    SELECT chat.account_register(pg_temp.id(p_name), p_username, p_email, lower(p_email),
        p_username, 'hash of ' || p_name, pg_temp.id(p_name || '/1'), 'phone', 'web',
        pg_temp.h('token ' || p_name || '/1'), pg_temp.h('secret ' || p_name || '/1'),
        86400, 864000, pg_temp.id(p_name || '/v'), pg_temp.h('code ' || p_name),
        pg_temp.h('link ' || p_name), '12345678', 'https://x/' || p_name, 900, 86400,
        p_mail_limit);
$$;

CREATE FUNCTION pg_temp.confirm(p_name text, p_code text, p_username text DEFAULT NULL)
RETURNS integer LANGUAGE sql AS $$
    SELECT verdict FROM chat.verification_confirm(pg_temp.id(p_name || '/v'), pg_temp.id(p_name),
        pg_temp.id(p_name || '/1'), pg_temp.h(p_code), NULL, p_username);
$$;

-- a verified account
CREATE FUNCTION pg_temp.account(p_name text)
RETURNS uuid LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_temp.register(p_name, p_name, p_name || '@example.org');
    IF pg_temp.confirm(p_name, 'code ' || p_name) <> 200 THEN RAISE 'no account %', p_name; END IF;
    RETURN pg_temp.id(p_name);
END
$$;

-- one more session of it
CREATE FUNCTION pg_temp.sign_in(p_name text, p_session text, p_old text DEFAULT NULL,
    p_old_secret text DEFAULT NULL)
RETURNS chat.reply LANGUAGE sql AS $$
    SELECT chat.session_create(pg_temp.id(p_name), pg_temp.id(p_session), p_session, 'web',
        pg_temp.h('token ' || p_session), pg_temp.h('secret ' || p_session),
        pg_temp.id(p_old), pg_temp.h(p_old_secret), 86400, 864000, NULL);
$$;

-- the conversation of two verified accounts
CREATE FUNCTION pg_temp.direct(p_a text, p_b text)
RETURNS uuid LANGUAGE sql AS $$
    SELECT ((chat.conversation_direct(pg_temp.id(p_a), pg_temp.id(p_a || '/1'), pg_temp.id(p_b),
        NULL, NULL)).body::json->>'id')::uuid;
$$;

-- one send; the client's id is made from p_id
CREATE FUNCTION pg_temp.send(p_session text, p_conversation uuid, p_id text, p_text text)
RETURNS TABLE (ord integer, verdict text, seq bigint, created timestamptz, duplicate boolean,
    membership_version integer, sender uuid) LANGUAGE sql AS $$
    SELECT * FROM chat.send_batch(ARRAY[p_conversation], '{1}', ARRAY[pg_temp.id(p_session)],
        ARRAY[pg_temp.id(p_id)], ARRAY[pg_temp.h(p_text)], ARRAY[NULL::bigint],
        ARRAY[p_text::bytea], false);
$$;

CREATE FUNCTION pg_temp.ack(p_session text, p_conversation uuid, p_seq bigint)
RETURNS bigint LANGUAGE sql AS $$
    SELECT delivered FROM chat.ack_batch(ARRAY[pg_temp.id(p_session)], ARRAY[p_conversation],
                                         ARRAY[p_seq]);
$$;

-- the messages a device would be given, as 'seq:text'
CREATE FUNCTION pg_temp.pending(p_session text)
RETURNS text[] LANGUAGE sql AS $$
    SELECT array_agg(seq || ':' || convert_from(payload, 'UTF8'))
    FROM chat.read_log(pg_temp.id(p_session), NULL, NULL, true, 1000, 1000000)
    WHERE kind = 'message';
$$;
