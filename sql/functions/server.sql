-- What the module asks at connect and for readiness.

-- connect(module_version): called once on each new connection.
--
-- One row: version (of the schema), runs_from (the oldest module that works with it), log_epoch,
-- fsync, synchronous_commit, full_page_writes, server_encoding (as SHOW says them), secret (32
-- bytes: the key of code hashes), in_recovery.  The module compares versions and refuses to serve.
--
-- A log_epoch holds for one system identifier, database and timeline.  Where they differ from
-- what is recorded, the log was restored, and the first connection makes a new epoch; devices
-- then read from the start.  No problems are raised.
CREATE OR REPLACE FUNCTION chat.connect(p_module_version integer)
RETURNS TABLE (version integer, runs_from integer, log_epoch uuid, fsync text,
    synchronous_commit text, full_page_writes text, server_encoding text, secret bytea,
    in_recovery boolean)
LANGUAGE plpgsql AS $$
DECLARE
    v_system    bigint;
    v_timeline  integer;
    v_database  oid;
BEGIN
    SELECT s.system_identifier INTO v_system FROM pg_control_system() s;
    SELECT c.timeline_id INTO v_timeline FROM pg_control_checkpoint() c;
    SELECT d.oid INTO v_database FROM pg_database d WHERE d.datname = current_database();

    IF NOT pg_is_in_recovery() THEN
        -- the row's own lock makes a second connection look again and find nothing to do
        UPDATE chat.meta m
        SET log_epoch = CASE WHEN m.system_identifier IS NULL THEN m.log_epoch
                             ELSE gen_random_uuid() END,
            system_identifier = v_system, database_oid = v_database, timeline = v_timeline
        WHERE (m.system_identifier, m.database_oid, m.timeline)
              IS DISTINCT FROM (v_system, v_database, v_timeline);
    END IF;

    RETURN QUERY
        SELECT m.version, m.runs_from, m.log_epoch, current_setting('fsync'),
               current_setting('synchronous_commit'), current_setting('full_page_writes'),
               current_setting('server_encoding'), m.secret, pg_is_in_recovery()
        FROM chat.meta m;
END
$$;

-- server_state(): for readiness.  One row: version, runs_from, log_epoch, fsync,
-- synchronous_commit, in_recovery, now.
CREATE OR REPLACE FUNCTION chat.server_state()
RETURNS TABLE (version integer, runs_from integer, log_epoch uuid, fsync text,
    synchronous_commit text, in_recovery boolean, now timestamptz)
LANGUAGE sql STABLE AS $$
    SELECT m.version, m.runs_from, m.log_epoch, current_setting('fsync'),
           current_setting('synchronous_commit'), pg_is_in_recovery(), clock_timestamp()
    FROM chat.meta m;
$$;
