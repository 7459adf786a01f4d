-- The writer: sends and acknowledgements in batches.

-- send_batch(conversations, counts, sessions, ids, hashes, epochs, groups, payloads, skip_locked)
--   conversations, counts: counts[i] sends go to conversations[i], each conversation once; the
--   other arrays hold the sends in that order
--   ids: the clients' UUIDs; hashes: 32 bytes each; epochs: NULL unless mls
--   groups: of a payload that is a PrivateMessage for the group of that conversation's id, with
--   application data and that epoch, the group id's reset count, else NULL; NULL as a whole when
--   none of the payloads is
--   skip_locked: leave out conversations that another transaction holds (verdict `locked`)
-- One row for each send, in order: ord (from 1), verdict ('' when stored, else the problem's
-- code), seq, created, duplicate (the first answer again), membership_version, sender (account),
-- epoch (the conversation's).
-- Problems: unauthorized, not_verified, not_found, blocked (by the sender itself: a block of the
-- sender is not seen here), forbidden, conversation_closed, locked, idempotency_conflict; of mls: stale_epoch (outside the window, of an earlier group, or the device
-- has no leaf), invalid_message, private_fixed.  None is raised: a bad send fails alone.
-- A repeat within the batch shares the fate of the first.
--
-- Expects a connection with plan_cache_mode=force_generic_plan and enable_seqscan, _hashjoin and
-- _mergejoin off: locks are then taken in the order of ids and no plan is quadratic.  Each look-up
-- stands behind a LIMIT, so that it stays one: of a table that was empty when the plan was made
-- all rows would be read for each send, until the next ANALYZE.
CREATE OR REPLACE FUNCTION chat.send_batch(p_conversations uuid[], p_counts integer[],
    p_sessions uuid[], p_ids uuid[], p_hashes bytea[], p_epochs bigint[], p_groups integer[],
    p_payloads bytea[], p_skip_locked boolean)
RETURNS TABLE (ord integer, verdict text, seq bigint, created timestamptz, duplicate boolean,
    membership_version integer, sender uuid, epoch bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    c_epochs    CONSTANT integer := 3;      -- epochs an application message may be behind
    v_of        uuid[];                     -- the conversation of each send
    v_held      uuid[];
    v_now       timestamptz;
BEGIN
    -- (1) lock, and nothing else: after a wait only the locked row is read again
    IF p_skip_locked THEN
        v_held := ARRAY(SELECT id FROM chat.conversation WHERE id = ANY (p_conversations)
                        ORDER BY id FOR NO KEY UPDATE SKIP LOCKED);
    ELSE
        PERFORM 1 FROM chat.conversation WHERE id = ANY (p_conversations)
        ORDER BY id FOR NO KEY UPDATE;
    END IF;

    v_of := ARRAY(SELECT g.conversation
                  FROM unnest(p_conversations, p_counts) WITH ORDINALITY g (conversation, n, o),
                       generate_series(1, g.n)
                  ORDER BY g.o);

    IF cardinality(v_of) <> cardinality(p_ids) OR cardinality(v_of) <> cardinality(p_sessions)
       OR cardinality(v_of) <> cardinality(p_payloads)
    THEN
        PERFORM chat.invalid('counts', 'as many sends as are given');
    END IF;

    v_now := clock_timestamp();     -- under the locks: times rise with the numbers

    -- (2) and (3): a new snapshot sees what was committed while (1) waited
    RETURN QUERY
    WITH looked AS MATERIALIZED (
        SELECT s.o, s.session, s.client, s.hash, s.epoch, s.payload, v_of[s.o] AS conversation,
               d.account, c.last_seq, c.membership_version, c.epoch AS now_epoch, e.seq AS old_seq,
               e.created AS old_created,
               CASE
               WHEN d.token_hash IS NULL OR least(d.expires, d.idle_expires) <= v_now
                   THEN 'unauthorized'
               WHEN a.state <> 'active' THEN 'not_verified'
               WHEN m.blocked IS NOT NULL THEN 'blocked'
               WHEN m.account IS NULL OR (r.session IS NULL AND c.payload <> 'mls')
                   THEN 'not_found'
               WHEN p_skip_locked AND c.id <> ALL (v_held) THEN 'locked'
               WHEN c.kind = 'self' THEN 'forbidden'
               WHEN e.seq IS NOT NULL
                   THEN CASE WHEN e.hash = s.hash THEN '' ELSE 'idempotency_conflict' END
               WHEN c.state <> 'open' THEN 'conversation_closed'
               WHEN c.payload = 'mls' THEN CASE
                   WHEN r.session IS NULL AND c.kind = 'private' THEN 'private_fixed'
                   WHEN s.resets IS NULL OR s.resets > c.resets THEN 'invalid_message'
                   WHEN s.resets < c.resets OR s.epoch < 1 OR r.leaf IS NULL
                       OR s.epoch NOT BETWEEN c.epoch - c_epochs AND c.epoch THEN 'stale_epoch'
                   ELSE '' END
               ELSE '' END AS verdict
        FROM unnest(p_sessions, p_ids, p_hashes, p_epochs, p_groups, p_payloads)
             WITH ORDINALITY s (session, client, hash, epoch, resets, payload, o)
        LEFT JOIN LATERAL (
            SELECT d.account, d.token_hash, d.expires, d.idle_expires FROM chat.session d
            WHERE d.id = s.session LIMIT 1) d ON true
        LEFT JOIN LATERAL (
            SELECT a.state FROM chat.account a WHERE a.id = d.account LIMIT 1) a ON true
        LEFT JOIN LATERAL (
            SELECT c.id, c.kind, c.state, c.payload, c.epoch, c.resets, c.last_seq,
                   c.membership_version
            FROM chat.conversation c WHERE c.id = v_of[s.o] LIMIT 1) c ON true
        LEFT JOIN LATERAL (
            SELECT m.account, m.blocked FROM chat.member m
            WHERE m.conversation = v_of[s.o] AND m.account = d.account LIMIT 1) m ON true
        LEFT JOIN LATERAL (
            SELECT r.session, r.leaf FROM chat.range r
            WHERE r.session = s.session AND r.conversation = v_of[s.o] AND r.to_seq IS NULL
            LIMIT 1) r ON true
        -- Only entry_repeat fits this: with an equality of conversation, or an order by it, the
        -- primary key looks as good while the table is small, and a plan made then walks the
        -- whole conversation, or all of them, for each send.  The row comparison has no upper
        -- bound: one that fails at its second column does not end a scan (PostgreSQL 15), which
        -- then walks all that the device has ever sent.
        LEFT JOIN LATERAL (
            SELECT e.seq, e.created, e.hash FROM chat.entry e
            WHERE e.session = s.session AND e.client_id = s.client
                AND (e.session, e.client_id, e.conversation) >= (s.session, s.client, v_of[s.o])
                AND e.conversation IS NOT DISTINCT FROM v_of[s.o]
            LIMIT 1) e ON true
    ), firsts AS (
        SELECT l.*, row_number() OVER same AS nth, first_value(l.verdict) OVER same AS first_verdict,
               first_value(l.hash) OVER same AS first_hash, first_value(l.o) OVER same AS first_o
        FROM looked l
        WINDOW same AS (PARTITION BY l.conversation, l.session, l.client ORDER BY l.o)
    ), numbered AS MATERIALIZED (
        SELECT f.*, f.nth = 1 AND f.verdict = '' AND f.old_seq IS NULL AS fresh,
               coalesce(f.old_seq, f.last_seq + count(*)
                   FILTER (WHERE f.nth = 1 AND f.verdict = '' AND f.old_seq IS NULL)
                   OVER (PARTITION BY f.conversation ORDER BY f.first_o, f.o)) AS new_seq,
               CASE WHEN f.nth > 1 AND f.first_verdict = '' AND f.hash <> f.first_hash
                    THEN 'idempotency_conflict' ELSE f.first_verdict END AS final
        FROM firsts f
    ), written AS (
        INSERT INTO chat.entry (conversation, seq, epoch, created, sender, session, client_id,
            kind, hash, payload)
        SELECT n.conversation, n.new_seq, n.epoch, v_now, n.account, n.session, n.client, 1,
               n.hash, n.payload
        FROM numbered n WHERE n.fresh
    ), raised AS (
        UPDATE chat.conversation c SET last_seq = t.top, active = v_now
        FROM (SELECT n.conversation, max(n.new_seq) AS top FROM numbered n WHERE n.fresh
              GROUP BY n.conversation) t
        WHERE c.id = t.conversation
    )
    SELECT n.o::integer, n.final,
           CASE WHEN n.final = '' THEN n.new_seq END,
           CASE WHEN n.final = '' THEN coalesce(n.old_created, v_now) END,
           n.final = '' AND NOT n.fresh, n.membership_version, n.account, n.now_epoch
    FROM numbered n ORDER BY n.o;
END
$$;

-- send_batch(conversations, counts, sessions, ids, hashes, epochs, payloads, skip_locked): of opaque
-- conversations; as workers of before call it.
CREATE OR REPLACE FUNCTION chat.send_batch(p_conversations uuid[], p_counts integer[],
    p_sessions uuid[], p_ids uuid[], p_hashes bytea[], p_epochs bigint[], p_payloads bytea[],
    p_skip_locked boolean)
RETURNS TABLE (ord integer, verdict text, seq bigint, created timestamptz, duplicate boolean,
    membership_version integer, sender uuid)
LANGUAGE sql AS $$
    SELECT ord, verdict, seq, created, duplicate, membership_version, sender
    FROM chat.send_batch($1, $2, $3, $4, $5, $6, NULL, $7, $8);
$$;

-- ack_batch(sessions, conversations, seqs, durable): each device has stored everything up to seq.
-- Cursors only move forward and never past the log.
--   durable: false: the commit doesn't wait for the disk, as nobody was told that it happened
-- One row for each, in order: ord (from 1), delivered (of this device now; NULL: it has no open
-- range there), account, account_delivered (of the account now), advanced (whether this call
-- moved the account's: a receipt).  No problems are raised.
CREATE OR REPLACE FUNCTION chat.ack_batch(p_sessions uuid[], p_conversations uuid[],
    p_seqs bigint[], p_durable boolean)
RETURNS TABLE (ord integer, delivered bigint, account uuid, account_delivered bigint,
    advanced boolean)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    v_accounts  uuid[];
    v_ranges    tid[];
    v_members   tid[];
BEGIN
    IF NOT p_durable THEN
        PERFORM set_config('synchronous_commit', 'off', true);
    END IF;

    -- Rows are found by look-ups one by one, and locked and written by where they lie: a join with
    -- a table that was small when it was planned would read all of it.
    SELECT array_agg(w.account), array_agg(w.range) FILTER (WHERE w.range IS NOT NULL),
           array_agg(w.member) FILTER (WHERE w.member IS NOT NULL)
    INTO v_accounts, v_ranges, v_members
    FROM (SELECT s.account, r.ctid AS range, m.ctid AS member
          FROM unnest(p_sessions, p_conversations) WITH ORDINALITY w (session, conversation, o)
          LEFT JOIN LATERAL (
              SELECT s.account FROM chat.session s WHERE s.id = w.session LIMIT 1) s ON true
          LEFT JOIN LATERAL (
              SELECT r.ctid FROM chat.range r
              WHERE r.session = w.session AND r.conversation = w.conversation
                  AND r.to_seq IS NULL LIMIT 1) r ON true
          LEFT JOIN LATERAL (
              SELECT m.ctid FROM chat.member m
              WHERE m.conversation = w.conversation AND m.account = s.account LIMIT 1) m ON true
          ORDER BY w.o) w;

    -- locks in one order: first ranges, then members
    PERFORM 1 FROM chat.range r WHERE r.ctid = ANY (v_ranges)
    ORDER BY r.conversation, r.session FOR NO KEY UPDATE;

    PERFORM 1 FROM chat.member m WHERE m.ctid = ANY (v_members)
    ORDER BY m.conversation, m.account FOR NO KEY UPDATE;

    -- a new snapshot, and the places of what is locked now
    RETURN QUERY
    WITH told AS MATERIALIZED (
        SELECT w.o, w.session, w.conversation, w.account, r.ctid AS range, r.from_seq, r.delivered,
               m.ctid AS member, m.delivered AS account_delivered, least(w.seq, c.last_seq) AS seq
        FROM unnest(p_sessions, p_conversations, p_seqs, v_accounts) WITH ORDINALITY
             w (session, conversation, seq, account, o)
        LEFT JOIN LATERAL (
            SELECT c.last_seq FROM chat.conversation c WHERE c.id = w.conversation LIMIT 1) c ON true
        LEFT JOIN LATERAL (
            SELECT r.ctid, r.from_seq::bigint, r.delivered FROM chat.range r
            WHERE r.session = w.session AND r.conversation = w.conversation AND r.to_seq IS NULL
            LIMIT 1) r ON true
        LEFT JOIN LATERAL (
            SELECT m.ctid, m.delivered FROM chat.member m
            WHERE m.conversation = w.conversation AND m.account = w.account LIMIT 1) m ON true
    ), ranges AS (
        SELECT array_agg(t.range) AS places, array_agg(t.seq) AS seqs
        FROM (SELECT range, max(seq) AS seq FROM told
              WHERE seq > delivered AND seq >= from_seq GROUP BY range) t
    ), members AS (
        SELECT array_agg(t.member) AS places, array_agg(t.seq) AS seqs
        FROM (SELECT member, max(seq) AS seq FROM told
              WHERE seq >= from_seq AND seq > account_delivered GROUP BY member) t
    ), ranges_written AS (
        UPDATE chat.range r
        SET delivered = (SELECT g.seqs[array_position(g.places, r.ctid)] FROM ranges g)
        WHERE r.ctid = ANY ((SELECT g.places FROM ranges g)::tid[])
    ), members_written AS (
        UPDATE chat.member m
        SET delivered = (SELECT g.seqs[array_position(g.places, m.ctid)] FROM members g)
        WHERE m.ctid = ANY ((SELECT g.places FROM members g)::tid[])
    )
    SELECT t.o::integer,
           CASE WHEN t.from_seq IS NOT NULL THEN greatest(t.delivered, t.from_seq - 1,
                    max(t.seq) OVER (PARTITION BY t.session, t.conversation)) END,
           t.account,
           greatest(t.account_delivered, max(t.seq) FILTER (WHERE t.seq >= t.from_seq)
                    OVER (PARTITION BY t.conversation, t.account)),
           coalesce(t.seq >= t.from_seq AND t.seq > t.account_delivered, false)
    FROM told t
    ORDER BY t.o;
END
$$;

-- ack_batch(sessions, conversations, seqs): durable; as resume() and workers of before call it.
CREATE OR REPLACE FUNCTION chat.ack_batch(p_sessions uuid[], p_conversations uuid[],
    p_seqs bigint[])
RETURNS TABLE (ord integer, delivered bigint, account uuid, account_delivered bigint,
    advanced boolean)
LANGUAGE sql AS $$
    SELECT * FROM chat.ack_batch(p_sessions, p_conversations, p_seqs, true);
$$;
