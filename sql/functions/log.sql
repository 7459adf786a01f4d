-- Reading the log.
--
-- read_log and entry_list give the same rows:
--   conversation, seq, kind (a name), sender, sender_session, client_id, created, epoch,
--   payload (of messages and commits; of a commit that adds the device its Welcome), body (JSON
--   text, of other kinds than messages; "welcome": true with that), more, expired_from, expired_to,
--   membership_version (of the conversation, as of the look at the ranges)
-- A row with expired_from says that entries from..to are gone (seq is NULL); it comes before what
-- is left.  more: see each.

-- welcome_payload(entry, session), welcome_body(entry, session): of a commit as this device gets it.
CREATE OR REPLACE FUNCTION chat.welcome_payload(e chat.entry, p_session uuid)
RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT coalesce((SELECT w.payload FROM chat.welcome w
                     WHERE w.conversation = e.conversation AND w.seq = e.seq
                         AND p_session = ANY (w.sessions)), e.payload);
$$;

CREATE OR REPLACE FUNCTION chat.welcome_body(e chat.entry, p_session uuid)
RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN EXISTS (SELECT 1 FROM chat.welcome w
                             WHERE w.conversation = e.conversation AND w.seq = e.seq
                                 AND p_session = ANY (w.sessions))
           THEN left(e.body::text, -1) || ', "welcome": true}' ELSE e.body::text END;
$$;

-- log_page(session, conversation, after, upto, max_entries): entries after..upto in order, at most
-- max_entries; the shape of the rows above.
DROP FUNCTION IF EXISTS chat.log_page(uuid, bigint, bigint, integer);

CREATE OR REPLACE FUNCTION chat.log_page(p_session uuid, p_conversation uuid, p_after bigint,
    p_upto bigint, p_max integer)
RETURNS TABLE (conversation uuid, seq bigint, kind text, sender uuid, sender_session uuid,
    client_id uuid, created timestamptz, epoch bigint, payload bytea, body text, more boolean,
    expired_from bigint, expired_to bigint, membership_version integer)
LANGUAGE sql STABLE AS $$
    SELECT e.conversation, e.seq, chat.kind_name(e.kind), e.sender, e.session, e.client_id,
           e.created, e.epoch,
           CASE e.kind WHEN 2 THEN chat.welcome_payload(e, p_session) ELSE e.payload END,
           CASE e.kind WHEN 2 THEN chat.welcome_body(e, p_session) ELSE e.body::text END,
           false, NULL::bigint, NULL::bigint,
           NULL::integer
    FROM chat.entry e
    WHERE e.conversation = p_conversation AND e.seq > p_after AND e.seq <= p_upto
    ORDER BY e.seq LIMIT p_max;
$$;

-- Both are STABLE so that all of their statements see one snapshot: a floor that rises in between
-- would make a hole that no row tells of.
--
-- read_log(session, conversations, positions, resume, max_entries, max_bytes)
--   conversations NULL: all that have something after this device's cursor; else these, each
--   after its position (positions NULL, or NULL or -1 in it: after the device's cursor)
--   resume: conversations in the order of their oldest pending entry, else in the order given
--   max_entries, max_bytes (of payloads and bodies): where the page ends; the first entry always
--   comes
-- more is true on the last row of a conversation that was cut, and on a row without seq for a
-- conversation of which nothing fitted.  Only open ranges of a live session are read; others give
-- no rows.
CREATE OR REPLACE FUNCTION chat.read_log(p_session uuid, p_conversations uuid[],
    p_positions bigint[], p_resume boolean, p_max_entries integer, p_max_bytes integer)
RETURNS TABLE (conversation uuid, seq bigint, kind text, sender uuid, sender_session uuid,
    client_id uuid, created timestamptz, epoch bigint, payload bytea, body text, more boolean,
    expired_from bigint, expired_to bigint, membership_version integer)
LANGUAGE plpgsql STABLE
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
    p           record;
    e           record;
    v_entries   integer := 0;
    v_bytes     bigint := 0;
    v_size      bigint;
    v_last      bigint;
    v_all       boolean := p_conversations IS NULL;
    v_wanted    uuid[] := p_conversations;
    v_positions bigint[] := p_positions;
BEGIN
    IF v_all THEN
        v_wanted := ARRAY(SELECT r.conversation FROM chat.range r
                          WHERE r.session = p_session AND r.to_seq IS NULL);
        v_positions := NULL;
    END IF;

    FOR p IN
        SELECT q.*, CASE WHEN q.after < q.floor THEN q.after + 1 END AS gone,
               greatest(q.after, q.floor) AS start
        FROM (SELECT w.o, c.id, c.last_seq, c.floor, c.membership_version,
                     greatest(coalesce(nullif(w.position, -1), r.delivered), r.from_seq - 1)
                         AS after
              FROM unnest(v_wanted, v_positions) WITH ORDINALITY w (conversation, position, o)
              JOIN chat.range r ON r.session = p_session AND r.conversation = w.conversation
                  AND r.to_seq IS NULL
              JOIN chat.session s ON s.id = r.session AND s.token_hash IS NOT NULL
              JOIN chat.conversation c ON c.id = r.conversation
              WHERE c.last_seq > greatest(coalesce(nullif(w.position, -1), r.delivered), r.from_seq - 1)
             ) q
        LEFT JOIN LATERAL (
            SELECT o.created FROM chat.entry o
            WHERE p_resume AND o.conversation = q.id AND o.seq > greatest(q.after, q.floor)
            ORDER BY o.seq LIMIT 1) oldest ON true
        ORDER BY oldest.created, q.o
    LOOP
        conversation := p.id;
        membership_version := p.membership_version;

        IF v_entries >= p_max_entries OR v_bytes >= p_max_bytes THEN
            seq := NULL; kind := NULL; sender := NULL; sender_session := NULL; client_id := NULL;
            created := NULL; epoch := NULL; payload := NULL; body := NULL;
            expired_from := NULL; expired_to := NULL; more := true;
            RETURN NEXT;
            CONTINUE;
        END IF;

        IF p.gone IS NOT NULL THEN
            seq := NULL; kind := NULL; sender := NULL; sender_session := NULL; client_id := NULL;
            created := NULL; epoch := NULL; payload := NULL; body := NULL;
            expired_from := p.gone; expired_to := p.floor; more := false;
            RETURN NEXT;
        END IF;

        v_last := p.start;

        FOR e IN
            SELECT l.* FROM chat.log_page(p_session, p.id, p.start, p.last_seq, p_max_entries - v_entries) l
        LOOP
            v_size := coalesce(octet_length(e.payload), 0) + coalesce(octet_length(e.body), 0);

            EXIT WHEN v_entries > 0 AND v_bytes + v_size > p_max_bytes;

            IF v_last > p.start THEN
                RETURN NEXT;        -- the one before: only the last row may say more
            END IF;

            seq := e.seq; kind := e.kind; sender := e.sender; sender_session := e.sender_session;
            client_id := e.client_id; created := e.created; epoch := e.epoch;
            payload := e.payload; body := e.body; more := false;
            expired_from := NULL; expired_to := NULL;

            v_last := e.seq;
            v_entries := v_entries + 1;
            v_bytes := v_bytes + v_size;
        END LOOP;

        IF v_last > p.start THEN
            more := v_last < p.last_seq;
            RETURN NEXT;
        ELSIF p.last_seq > p.start THEN
            seq := NULL; kind := NULL; sender := NULL; sender_session := NULL; client_id := NULL;
            created := NULL; epoch := NULL; payload := NULL; body := NULL;
            expired_from := NULL; expired_to := NULL; more := true;
            v_bytes := p_max_bytes;
            RETURN NEXT;
        END IF;
    END LOOP;
END
$$;

-- entry_list(account, session, conversation, after, before, limit): what this device may read, in
-- order.  after: the first `limit` after it; before: the last `limit` before it; both: the first
-- between them; none: the newest.  limit: 1..200, default 50.  A page ends, too, with the entry
-- that brings it to 4 MiB of payloads.
-- more is the same on all rows: there is more in the direction of reading.
-- CH404 not_found: no device of this account ever could read it; CH400 invalid_parameter;
-- CH403 device_pending: a pending device reads self only.
CREATE OR REPLACE FUNCTION chat.entry_list(p_account uuid, p_session uuid, p_conversation uuid,
    p_after bigint, p_before bigint, p_limit integer)
RETURNS TABLE (conversation uuid, seq bigint, kind text, sender uuid, sender_session uuid,
    client_id uuid, created timestamptz, epoch bigint, payload bytea, body text, more boolean,
    expired_from bigint, expired_to bigint, membership_version integer)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
    c_most      CONSTANT integer := 200;
    c_bytes     CONSTANT integer := 4194304;
    v_limit     integer := coalesce(p_limit, 50);
    v_cut       integer;
    v_c         chat.conversation;
    v_first     bigint;         -- the first number this device may read
    v_seqs      bigint[];
    v_more      boolean;
    v_low       bigint;
    v_pending   boolean;
BEGIN
    IF v_limit NOT BETWEEN 1 AND c_most THEN
        PERFORM chat.invalid('limit', '1..' || c_most);
    ELSIF p_after < 0 THEN
        PERFORM chat.invalid('after', '0..');
    ELSIF p_before < 1 THEN
        PERFORM chat.invalid('before', '1..');
    END IF;

    SELECT * INTO v_c FROM chat.conversation c WHERE c.id = p_conversation;

    SELECT (SELECT min(r.from_seq) FROM chat.range r
            WHERE r.session = s.id AND r.conversation = p_conversation), s.state = 'pending'
    INTO v_first, v_pending
    FROM chat.session s
    WHERE s.id = p_session AND s.account = p_account AND s.token_hash IS NOT NULL;

    IF v_pending AND v_c.kind IS DISTINCT FROM 'self' THEN
        PERFORM chat.fail('CH403', 'device_pending');
    END IF;

    IF v_c.id IS NULL OR v_first IS NULL THEN
        PERFORM chat.fail('CH404', 'not_found');
    END IF;

    v_low := greatest(coalesce(p_after, 0), v_first - 1);

    IF p_after IS NOT NULL THEN
        v_seqs := ARRAY(SELECT e.seq FROM chat.entry e
            WHERE e.conversation = p_conversation AND e.seq > greatest(v_low, v_c.floor)
                AND e.seq < coalesce(p_before, v_c.last_seq + 1)
                AND chat.may_read(p_session, p_conversation, e.seq)
            ORDER BY e.seq LIMIT v_limit + 1);
    ELSE
        v_seqs := ARRAY(SELECT e.seq FROM chat.entry e
            WHERE e.conversation = p_conversation AND e.seq > greatest(v_low, v_c.floor)
                AND e.seq < coalesce(p_before, v_c.last_seq + 1)
                AND chat.may_read(p_session, p_conversation, e.seq)
            ORDER BY e.seq DESC LIMIT v_limit + 1);
    END IF;

    v_more := cardinality(v_seqs) > v_limit;
    v_seqs := v_seqs[1:v_limit];

    -- in the direction of reading: how many until the bytes are full
    SELECT count(*) INTO v_cut
    FROM (SELECT coalesce(sum(octet_length(e.payload)) OVER (
                     ORDER BY w.o ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
          FROM unnest(v_seqs) WITH ORDINALITY w (seq, o)
          JOIN chat.entry e ON e.conversation = p_conversation AND e.seq = w.seq) b
    WHERE b.before < c_bytes;

    IF v_cut < cardinality(v_seqs) THEN
        v_more := true;
        v_seqs := v_seqs[1:v_cut];
    END IF;

    -- the page reaches what is gone
    IF v_low < v_c.floor AND (p_after IS NOT NULL OR NOT v_more)
       AND v_low + 1 < coalesce(p_before, v_c.last_seq + 1)
    THEN
        RETURN QUERY SELECT p_conversation, NULL::bigint, NULL::text, NULL::uuid, NULL::uuid,
            NULL::uuid, NULL::timestamptz, NULL::bigint, NULL::bytea, NULL::text, v_more,
            v_low + 1, least(v_c.floor, coalesce(p_before - 1, v_c.floor)), v_c.membership_version;
    END IF;

    RETURN QUERY
        SELECT e.conversation, e.seq, chat.kind_name(e.kind), e.sender, e.session, e.client_id,
               e.created, e.epoch,
               CASE e.kind WHEN 2 THEN chat.welcome_payload(e, p_session) ELSE e.payload END,
               CASE e.kind WHEN 2 THEN chat.welcome_body(e, p_session) ELSE e.body::text END,
               v_more, NULL::bigint, NULL::bigint,
               v_c.membership_version
        FROM chat.entry e
        WHERE e.conversation = p_conversation AND e.seq = ANY (v_seqs)
        ORDER BY e.seq;
END
$$;

-- may_read(session, conversation, seq): whether one of the device's stays covers it.
CREATE OR REPLACE FUNCTION chat.may_read(p_session uuid, p_conversation uuid, p_seq bigint)
RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM chat.range r
        WHERE r.session = p_session AND r.conversation = p_conversation
            AND p_seq >= r.from_seq AND p_seq <= coalesce(r.to_seq, p_seq));
$$;

-- hello(session): for the socket's first frame.  One row: pending (how many entries wait for this
-- device; NULL: it was signed out or revoked since its token was looked at), log_epoch.
CREATE OR REPLACE FUNCTION chat.hello(p_session uuid)
RETURNS TABLE (pending bigint, log_epoch uuid)
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN EXISTS (SELECT 1 FROM chat.session d
                             WHERE d.id = p_session AND d.token_hash IS NOT NULL)
           THEN (SELECT coalesce(sum(c.last_seq - greatest(r.delivered, r.from_seq - 1, c.floor)),
                                 0)::bigint
                 FROM chat.range r JOIN chat.conversation c ON c.id = r.conversation
                 WHERE r.session = p_session AND r.to_seq IS NULL
                     AND c.last_seq > greatest(r.delivered, r.from_seq - 1, c.floor)) END,
           m.log_epoch
    FROM chat.meta m;
$$;

-- resume(session, log_epoch, conversations, seqs, durable): what the device stored before it came.
--   durable false: the commit doesn't wait for the disk; the caller then has ack_batch() write the
--   cursor of `written` durably before it answers
-- One row: ok, pending (as hello, after it), log_epoch, written (one of the conversations in which
-- the device has an open range; NULL: in none, nothing was written).  ok false: another log_epoch,
-- or a cursor beyond the log; nothing is applied and the device reads from the start (positions 0).
CREATE OR REPLACE FUNCTION chat.resume(p_session uuid, p_log_epoch uuid, p_conversations uuid[],
    p_seqs bigint[], p_durable boolean)
RETURNS TABLE (ok boolean, pending bigint, log_epoch uuid, written uuid)
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
    v_conversations uuid[];
    v_seqs          bigint[];
    v_beyond        boolean;
BEGIN
    log_epoch := (SELECT m.log_epoch FROM chat.meta m WHERE m.one);

    -- those that move forward: a lock of a row that stays as it is would be a commit for nothing
    SELECT array_agg(w.conversation) FILTER (WHERE p_durable OR w.seq > r.delivered),
           array_agg(w.seq) FILTER (WHERE p_durable OR w.seq > r.delivered),
           coalesce(bool_or(w.seq > c.last_seq), false),
           (array_agg(w.conversation))[1]
    INTO v_conversations, v_seqs, v_beyond, written
    FROM unnest(p_conversations, p_seqs) w (conversation, seq)
    CROSS JOIN LATERAL (
        SELECT r.delivered FROM chat.range r
        WHERE r.session = p_session AND r.conversation = w.conversation AND r.to_seq IS NULL
        LIMIT 1) r
    CROSS JOIN LATERAL (
        SELECT c.last_seq FROM chat.conversation c WHERE c.id = w.conversation LIMIT 1) c;

    ok := p_log_epoch IS NOT DISTINCT FROM log_epoch AND NOT v_beyond;

    IF NOT ok THEN
        written := NULL;

    ELSIF v_conversations IS NOT NULL THEN
        PERFORM 1 FROM chat.ack_batch(array_fill(p_session, ARRAY[cardinality(v_conversations)]),
            v_conversations, v_seqs, p_durable);
    END IF;

    pending := (SELECT h.pending FROM chat.hello(p_session) h);
    RETURN NEXT;
END
$$;

-- The same, durable; as workers of before call it.
CREATE OR REPLACE FUNCTION chat.resume(p_session uuid, p_log_epoch uuid, p_conversations uuid[],
    p_seqs bigint[])
RETURNS TABLE (ok boolean, pending bigint, log_epoch uuid)
LANGUAGE sql AS $$
    SELECT ok, pending, log_epoch
    FROM chat.resume(p_session, p_log_epoch, p_conversations, p_seqs, true);
$$;
