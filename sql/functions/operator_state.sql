-- What chatctl tells of the whole: counts, sizes, the outbox, and what check needs to know.

-- operator_stats(): one row.  Counts of conversations and entries are PostgreSQL's estimates (NULL
-- before the first ANALYZE): counting them would read all of them.
CREATE OR REPLACE FUNCTION chat.operator_stats()
RETURNS TABLE (accounts bigint, unverified bigint, suspended bigint, devices bigint,
    signed_in bigint, pending bigint, seen_day bigint, seen_week bigint, conversations bigint,
    entries bigint, key_packages bigint, mails_waiting bigint, mails_oldest_seconds bigint,
    mail_error text, schema_version integer, log_epoch uuid, database_bytes bigint)
LANGUAGE sql STABLE AS $$
    SELECT a.*, s.*, chat.operator_rows('conversation'), chat.operator_rows('entry'),
           chat.operator_rows('key_package'), m.depth, m.oldest_age::bigint, m.last_error,
           v.version, v.log_epoch, pg_database_size(current_database())
    FROM (SELECT count(*) FILTER (WHERE state = 'active'),
                 count(*) FILTER (WHERE state = 'unverified'),
                 count(*) FILTER (WHERE state = 'suspended')
          FROM chat.account) a,
         (SELECT count(*),
                 count(*) FILTER (WHERE token_hash IS NOT NULL
                                      AND least(expires, idle_expires) > now()),
                 count(*) FILTER (WHERE state = 'pending'),
                 count(DISTINCT account) FILTER (WHERE last_seen > now() - interval '1 day'),
                 count(DISTINCT account) FILTER (WHERE last_seen > now() - interval '7 days')
          FROM chat.session WHERE revoked IS NULL) s,
         chat.mail_state() m, chat.meta v;
$$;

-- operator_rows(table): how many rows it has, as far as PostgreSQL's statistics know.
CREATE OR REPLACE FUNCTION chat.operator_rows(p_table text)
RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN c.reltuples >= 0 THEN c.reltuples::bigint END
    FROM pg_class c WHERE c.oid = format('chat.%I', p_table)::regclass;
$$;

-- operator_db_size(): tables of the schema with what belongs to them, the largest first.
CREATE OR REPLACE FUNCTION chat.operator_db_size()
RETURNS TABLE (name text, total_bytes bigint, table_bytes bigint, index_bytes bigint,
    toast_bytes bigint, "rows" bigint, dead_rows bigint, vacuumed text)
LANGUAGE sql STABLE AS $$
    SELECT c.relname::text, pg_total_relation_size(c.oid), pg_relation_size(c.oid),
           pg_indexes_size(c.oid),
           pg_total_relation_size(c.oid) - pg_relation_size(c.oid) - pg_indexes_size(c.oid),
           CASE WHEN c.reltuples >= 0 THEN c.reltuples::bigint END, t.n_dead_tup,
           chat.json_time(greatest(t.last_vacuum, t.last_autovacuum))
    FROM pg_class c LEFT JOIN pg_stat_all_tables t ON t.relid = c.oid
    WHERE c.relnamespace = 'chat'::regnamespace AND c.relkind = 'r'
    ORDER BY 2 DESC, 1;
$$;

-- operator_mail_test(address): queues a test mail, whatever the address got; its number.
CREATE OR REPLACE FUNCTION chat.operator_mail_test(p_address text)
RETURNS bigint LANGUAGE sql VOLATILE AS $$
    INSERT INTO chat.mail (account, template, recipient, params)
    VALUES (NULL, 'test', p_address, '{}') RETURNING id;
$$;

-- operator_mail_look(mail): what has become of it.  One row or none.
CREATE OR REPLACE FUNCTION chat.operator_mail_look(p_mail bigint)
RETURNS TABLE (verdict text, attempts integer, last_error text)
LANGUAGE sql STABLE AS $$
    SELECT m.verdict, m.attempts, m.last_error FROM chat.mail m WHERE m.id = p_mail;
$$;

-- operator_role_lacks(role): what of the schema the role that the module connects as may not use,
-- as words for a person; no rows: nothing.  The audit log is written by functions alone.  Raises 42704 when there is no such role.
CREATE OR REPLACE FUNCTION chat.operator_role_lacks(p_role text)
RETURNS TABLE (lacks text)
LANGUAGE sql STABLE AS $$
    SELECT 'usage of the schema chat'
    WHERE NOT has_schema_privilege(p_role, 'chat', 'USAGE')
    UNION ALL
    SELECT lower(k.what) || ' on chat.' || c.relname
    FROM pg_class c, (VALUES ('SELECT'), ('INSERT'), ('UPDATE'), ('DELETE')) k (what)
    WHERE c.relnamespace = 'chat'::regnamespace AND c.relkind = 'r'
        AND (k.what = 'SELECT' OR NOT (c.relname = 'migration' OR starts_with(c.relname, 'audit_')))
        AND NOT has_table_privilege(p_role, c.oid, k.what)
    UNION ALL
    SELECT 'execution of ' || f.name
    FROM (VALUES ('pg_control_system()'), ('pg_control_checkpoint()')) f (name)
    WHERE NOT has_function_privilege(p_role, f.name, 'EXECUTE');
$$;

-- operator_audit_tail(account, action, after, limit, settled): the newest entries of the audit log,
-- the oldest of them first; after: those with a higher id, the oldest limit of them.  action: a name
-- or its beginning ("operator.").  By id: what isn't sealed yet is shown, too.  settled: only those of
-- 5 seconds ago and older, so that who goes on from the last one misses none that commits late.
CREATE OR REPLACE FUNCTION chat.operator_audit_tail(p_account uuid, p_action text, p_after bigint,
    p_limit integer, p_settled boolean)
RETURNS TABLE (id bigint, at text, action text, outcome text, account uuid, session uuid,
    address text, target text, request_id text, detail jsonb)
LANGUAGE sql STABLE AS $$
    WITH found AS NOT MATERIALIZED (
        SELECT t.id FROM chat.audit_entry t
        WHERE (p_account IS NULL OR t.account = p_account OR t.target = p_account::text)
            AND (p_action IS NULL OR starts_with(t.action, p_action))
            AND (NOT p_settled OR t.at < now() - interval '5 seconds')
    ), picked AS (
        -- each along the index: none sorts the log
        (SELECT id FROM found WHERE p_after IS NOT NULL AND id > p_after ORDER BY id LIMIT p_limit)
        UNION ALL
        (SELECT id FROM found WHERE p_after IS NULL ORDER BY id DESC LIMIT p_limit)
    )
    SELECT e.id, chat.json_time(e.at), e.action, e.outcome, e.account, e.session, e.address::text,
           e.target, e.request_id, e.detail
    FROM picked JOIN chat.audit_entry e USING (id)
    ORDER BY e.id;
$$;
