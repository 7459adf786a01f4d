-- For races: \ir lib/race.sql after the fixture. Sessions c1 and c2 on the same database, each with
-- the fixture's functions.  Accounts are named race-… and removed by CALL pg_temp.clean().

DO $$
BEGIN
    CREATE EXTENSION IF NOT EXISTS dblink;
EXCEPTION WHEN unique_violation THEN
    NULL;
END
$$;

CREATE FUNCTION pg_temp.connections() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_name      text;
    v_function  text;
BEGIN
    FOREACH v_name IN ARRAY ARRAY['c1', 'c2'] LOOP
        PERFORM dblink_connect(v_name, format('dbname=%s host=%s port=%s user=%s options=-cstatement_timeout=30s',
            current_database(), split_part(current_setting('unix_socket_directories'), ',', 1),
            current_setting('port'), current_user));
        FOR v_function IN SELECT pg_get_functiondef(oid) FROM pg_proc
            WHERE pronamespace = pg_my_temp_schema() AND proname <> 'connections'
            ORDER BY oid
        LOOP
            PERFORM dblink_exec(v_name, regexp_replace(v_function, 'pg_temp_[0-9]+', 'pg_temp'));
        END LOOP;
    END LOOP;
END
$$;

-- runs one statement in a connection that returns one text
CREATE FUNCTION pg_temp.in_one(p_name text, p_sql text) RETURNS text LANGUAGE sql AS $$
    SELECT r FROM dblink(p_name, p_sql) AS t (r text);
$$;

-- takes what dblink_send_query() started
CREATE FUNCTION pg_temp.result(p_name text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v_result    text;
BEGIN
    SELECT r INTO v_result FROM dblink_get_result(p_name) AS t (r text);
    PERFORM 1 FROM dblink_get_result(p_name) AS t (r text);
    RETURN v_result;
END
$$;

-- waits until a connection waits for a lock, 5 s at most
CREATE FUNCTION pg_temp.blocked() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1 .. 500 LOOP
        PERFORM pg_stat_clear_snapshot();
        IF EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
                   AND wait_event_type = 'Lock')
        THEN
            RETURN true;
        END IF;
        PERFORM pg_sleep(0.01);
    END LOOP;
    RETURN false;
END
$$;

-- removes what a race committed: conversations have no owner whose end would take them along
CREATE PROCEDURE pg_temp.clean() LANGUAGE sql AS $$
    DELETE FROM chat.entry e USING chat.member m, chat.account a
    WHERE e.conversation = m.conversation AND m.account = a.id AND a.username LIKE 'race-%';
    DELETE FROM chat.conversation c USING chat.member m, chat.account a
    WHERE c.id = m.conversation AND m.account = a.id AND a.username LIKE 'race-%';
    DELETE FROM chat.mail WHERE recipient LIKE 'race-%';
    DELETE FROM chat.account WHERE username LIKE 'race-%';
$$;

CALL pg_temp.clean();
SELECT pg_temp.connections() \g /dev/null
