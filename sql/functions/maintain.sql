-- Upkeep: what time does to rows, in small pieces.

-- maintain(batch, transport_ttl, retention): one piece of each kind of upkeep, at most batch
-- (1..10000) conversations and entries, and at most 500 rows of each other kind; call it again soon
-- while more is true, else after some seconds.
--   transport_ttl: seconds after which ciphertext that some device has not fetched dies, where
--   history is until_delivered (default 30 days); retention: seconds after which any entry dies
--   (NULL: never)
-- Its plans don't trust in statistics: those of a table that was empty when they were made would
-- have it read whole for each of its rows.
-- One row: ran (false: another worker is at it), more, accounts, verifications, sessions (whose
-- tokens expired), floors (raised), entries, mails (removed).  No problems are raised.
CREATE OR REPLACE FUNCTION chat.maintain(p_batch integer, p_transport_ttl integer DEFAULT 2592000,
    p_retention integer DEFAULT NULL)
RETURNS TABLE (ran boolean, more boolean, accounts integer, verifications integer,
    sessions integer, floors integer, entries integer, mails integer)
LANGUAGE plpgsql
SET plan_cache_mode = force_custom_plan
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $$
DECLARE
    c_lock      CONSTANT bigint := 7234018283807667301;
    v_entries   integer := least(greatest(p_batch, 1), 10000);
    v_batch     integer := least(v_entries, 500);
    v_revoked   boolean;
    v_devices   boolean;
    v_failures  boolean;
    v_private   boolean;
    v_factors   boolean;
    v_mailed    boolean;
    v_invited   boolean;
    v_walk      record;
BEGIN
    accounts := 0; verifications := 0; sessions := 0; floors := 0; entries := 0; mails := 0;
    more := false;
    ran := pg_try_advisory_xact_lock(c_lock);

    IF NOT ran THEN
        RETURN NEXT;
        RETURN;
    END IF;

    -- what a crash undoes is done again
    PERFORM set_config('synchronous_commit', 'off', true);

    accounts := chat.end_unverified(ARRAY(
        SELECT id FROM chat.account
        WHERE state = 'unverified' AND created < now() - interval '48 hours'
        ORDER BY created LIMIT v_batch FOR UPDATE SKIP LOCKED));

    DELETE FROM chat.verification v USING (
        SELECT id FROM chat.verification
        WHERE link_expires < now() - interval '48 hours'
        ORDER BY link_expires LIMIT v_batch FOR UPDATE SKIP LOCKED) old
    WHERE v.id = old.id;
    GET DIAGNOSTICS verifications = ROW_COUNT;

    v_mailed := chat.maintain_mailed(v_batch);

    DELETE FROM chat.mail m USING (
        SELECT id FROM chat.mail WHERE done < now() - interval '2 days'
        ORDER BY done LIMIT v_batch FOR UPDATE SKIP LOCKED) old
    WHERE m.id = old.id;
    GET DIAGNOSTICS mails = ROW_COUNT;

    sessions := chat.maintain_sessions(v_batch);
    v_revoked := chat.maintain_revoked(v_batch);
    v_devices := chat.maintain_devices(v_batch);
    v_failures := chat.maintain_failures(v_batch);
    v_private := chat.private_remove(v_batch);
    v_factors := chat.maintain_factors(v_batch);
    v_invited := chat.maintain_invitations(v_batch);

    SELECT * INTO v_walk
    FROM chat.maintain_conversations(v_entries, p_transport_ttl, p_retention) w;

    floors := v_walk.floors;
    entries := v_walk.entries;
    more := v_walk.more OR v_revoked OR v_devices OR v_failures OR v_private OR v_factors
            OR v_mailed OR v_invited
            OR greatest(accounts, verifications, mails) = v_batch;

    RETURN NEXT;
END
$$;

-- maintain_mailed(batch): removes resets, changes of addresses and ways back that have expired.
-- Whether there may be more.
CREATE OR REPLACE FUNCTION chat.maintain_mailed(p_batch integer)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    v_resets    integer;
    v_changes   integer;
    v_reverts   integer;
BEGIN
    DELETE FROM chat.password_reset r USING (
        SELECT id FROM chat.password_reset WHERE link_expires < now() - interval '1 hour'
        ORDER BY link_expires LIMIT p_batch FOR UPDATE SKIP LOCKED) old
    WHERE r.id = old.id;
    GET DIAGNOSTICS v_resets = ROW_COUNT;

    DELETE FROM chat.email_change c USING (
        SELECT id FROM chat.email_change WHERE link_expires < now() - interval '1 hour'
        ORDER BY link_expires LIMIT p_batch FOR UPDATE SKIP LOCKED) old
    WHERE c.id = old.id;
    GET DIAGNOSTICS v_changes = ROW_COUNT;

    DELETE FROM chat.email_revert r USING (
        SELECT id FROM chat.email_revert WHERE expires < now()
        ORDER BY expires LIMIT p_batch FOR UPDATE SKIP LOCKED) old
    WHERE r.id = old.id;
    GET DIAGNOSTICS v_reverts = ROW_COUNT;

    RETURN greatest(v_resets, v_changes, v_reverts) = p_batch;
END
$$;

-- upkeep_put(name, position): where a walk goes on; NULL: from the start.
CREATE OR REPLACE FUNCTION chat.upkeep_put(p_name text, p_position uuid)
RETURNS void LANGUAGE sql VOLATILE AS $$
    UPDATE chat.upkeep
    SET position = coalesce(p_position, '00000000-0000-0000-0000-000000000000')
    WHERE name = p_name;
$$;

-- maintain_sessions(batch): walks the next batch of sessions and takes the tokens of expired ones.
-- How many.  Expiry isn't indexed, since last_seen moves it; session_find() tells it anyway.
CREATE OR REPLACE FUNCTION chat.maintain_sessions(p_batch integer)
RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    v_ids       uuid[];
    v_count     integer;
BEGIN
    v_ids := ARRAY(SELECT id FROM chat.session
        WHERE id > (SELECT position FROM chat.upkeep WHERE name = 'session')
        ORDER BY id LIMIT p_batch);

    WITH expired AS (
        UPDATE chat.session SET token_hash = NULL, signed_out = least(idle_expires, expires)
        WHERE id IN (SELECT id FROM chat.session
                     WHERE id = ANY (v_ids) AND token_hash IS NOT NULL
                         AND least(idle_expires, expires) <= now()
                     ORDER BY id FOR NO KEY UPDATE SKIP LOCKED)
        RETURNING account, id
    ), told AS MATERIALIZED (
        SELECT chat.audit(account, id, 'session.expired') FROM expired
    )
    SELECT count(*) INTO v_count FROM told;

    PERFORM chat.upkeep_put('session',
        CASE WHEN cardinality(v_ids) = p_batch THEN v_ids[p_batch] END);

    RETURN v_count;
END
$$;

-- maintain_revoked(batch): removes sessions revoked 30 days ago, at most batch of them, and at most
-- batch of their ranges: a session goes when its last range has gone.  Whether there may be more.
-- What such a device sent stays: entries need no session.
CREATE OR REPLACE FUNCTION chat.maintain_revoked(p_batch integer)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    v_ids       uuid[];
    v_ranges    integer;
BEGIN
    v_ids := ARRAY(SELECT id FROM chat.session
        WHERE revoked < now() - interval '30 days'
        ORDER BY revoked LIMIT p_batch FOR UPDATE SKIP LOCKED);

    DELETE FROM chat.range r USING (
        SELECT conversation, session, from_seq FROM chat.range
        WHERE session = ANY (v_ids) LIMIT p_batch) old
    WHERE r.conversation = old.conversation AND r.session = old.session
        AND r.from_seq = old.from_seq;
    GET DIAGNOSTICS v_ranges = ROW_COUNT;

    DELETE FROM chat.session s
    WHERE s.id = ANY (v_ids)
        AND NOT EXISTS (SELECT 1 FROM chat.range r WHERE r.session = s.id);

    RETURN greatest(v_ranges, cardinality(v_ids)) = p_batch;
END
$$;

-- maintain_devices(batch): removes linkings that ended, key packages a day after their lifetime, and
-- dropped archives, at most batch of each and batch / 10 of an archive's parts, which are large.
-- Whether there may be more.
CREATE OR REPLACE FUNCTION chat.maintain_devices(p_batch integer)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    v_parts     CONSTANT integer := greatest(p_batch / 10, 1);
    v_ids       uuid[];
    v_links     integer;
    v_packages  integer;
    v_removed   integer;
BEGIN
    DELETE FROM chat.link l USING (
        SELECT session FROM chat.link WHERE expires < now()
        ORDER BY expires LIMIT p_batch FOR UPDATE SKIP LOCKED) old
    WHERE l.session = old.session;
    GET DIAGNOSTICS v_links = ROW_COUNT;

    DELETE FROM chat.key_package k USING (
        SELECT ref FROM chat.key_package WHERE expires < now() - interval '1 day'
        ORDER BY expires LIMIT p_batch FOR UPDATE SKIP LOCKED) old
    WHERE k.ref = old.ref;
    GET DIAGNOSTICS v_packages = ROW_COUNT;

    v_ids := ARRAY(SELECT id FROM chat.archive WHERE dropped IS NOT NULL
        ORDER BY dropped LIMIT p_batch FOR UPDATE SKIP LOCKED);

    DELETE FROM chat.archive_part p USING (
        SELECT archive, part FROM chat.archive_part
        WHERE archive = ANY (v_ids) LIMIT v_parts) old
    WHERE p.archive = old.archive AND p.part = old.part;
    GET DIAGNOSTICS v_removed = ROW_COUNT;

    DELETE FROM chat.archive a
    WHERE a.id = ANY (v_ids)
        AND NOT EXISTS (SELECT 1 FROM chat.archive_part p WHERE p.archive = a.id);

    RETURN greatest(v_links, v_packages, cardinality(v_ids)) = p_batch OR v_removed = v_parts;
END
$$;

-- maintain_conversations(batch, transport_ttl, retention): walks on over at most batch
-- conversations, removes at most batch entries up to their floors and raises floors.
-- What a floor is raised over goes when the walk comes by again, for then the floor is committed:
-- so entries are removed without a lock on their conversations, which sends would wait for, and
-- what is locked is only what is written, at the very end.
-- One row: floors, entries, more (the walk isn't at its end, or has to be made again).
CREATE OR REPLACE FUNCTION chat.maintain_conversations(p_batch integer, p_transport_ttl integer,
    p_retention integer)
RETURNS TABLE (floors integer, entries integer, more boolean)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    v_ids       uuid[];
    v_passed    integer := 0;       -- of these are done with
    v_room      bigint := p_batch;
    v_upto      bigint;
    v_changed   uuid[] := '{}';
    v_removed   bigint[] := '{}';
    v_floors    bigint[] := '{}';
    v_again     boolean;
    c           record;
BEGIN
    v_ids := ARRAY(SELECT id FROM chat.conversation
        WHERE id > (SELECT position FROM chat.upkeep WHERE name = 'conversation')
        ORDER BY id LIMIT p_batch);
    entries := 0;

    -- numbers are dense: a piece is a span of them
    FOR c IN
        SELECT w.o::integer AS o, w.id, v.removed, v.floor, v.payload
        FROM unnest(v_ids) WITH ORDINALITY w (id, o)
        JOIN chat.conversation v ON v.id = w.id
        WHERE v.removed < v.floor ORDER BY w.o
    LOOP
        v_upto := least(c.floor, c.removed + v_room);

        DELETE FROM chat.entry e
        WHERE e.conversation = c.id AND e.seq > c.removed AND e.seq <= v_upto;

        IF c.payload = 'mls' THEN
            DELETE FROM chat.welcome w
            WHERE w.conversation = c.id AND w.seq > c.removed AND w.seq <= v_upto;
        END IF;

        v_changed := v_changed || c.id;
        v_removed := v_removed || v_upto;
        v_floors := v_floors || 0::bigint;
        v_room := v_room - (v_upto - c.removed);
        entries := entries + (v_upto - c.removed)::integer;
        v_passed := c.o;

        -- a full piece: come back to the rest with the next
        IF v_room = 0 THEN
            v_passed := v_passed - (v_upto < c.floor)::integer;
            EXIT;
        END IF;
    END LOOP;

    IF v_room > 0 THEN
        v_passed := cardinality(v_ids);
    END IF;

    v_room := p_batch;

    FOR c IN
        SELECT v.id, v.last_seq, v.floor, v.history
        FROM unnest(v_ids[1:v_passed]) WITH ORDINALITY w (id, o)
        JOIN chat.conversation v ON v.id = w.id
        WHERE v.last_seq > v.floor
            AND ((v.history = 'until_delivered'
                  AND (SELECT min(greatest(r.delivered, r.from_seq - 1)) FROM chat.range r
                       WHERE r.conversation = v.id AND (r.to_seq IS NULL OR r.blocked)) > v.floor)
                 OR (SELECT e.created FROM chat.entry e
                     WHERE e.conversation = v.id AND e.seq > v.floor ORDER BY e.seq LIMIT 1)
                    < now() - make_interval(secs => CASE v.history WHEN 'keep' THEN p_retention
                                            ELSE least(p_transport_ttl, p_retention) END))
        ORDER BY w.o
    LOOP
        v_upto := chat.floor_of(c.id, c.last_seq, c.floor, c.history, v_room::integer,
                                p_transport_ttl, p_retention);
        CONTINUE WHEN v_upto = c.floor;

        v_changed := v_changed || c.id;
        v_removed := v_removed || 0::bigint;
        v_floors := v_floors || v_upto;
        v_room := v_room - (v_upto - c.floor);

        EXIT WHEN v_room <= 0;
    END LOOP;

    -- one that is being written to waits for the next walk
    PERFORM 1 FROM chat.conversation WHERE id = ANY (v_changed) LIMIT 1;
    floors := 0;

    IF FOUND THEN
        WITH held AS MATERIALIZED (
            SELECT id FROM chat.conversation WHERE id = ANY (v_changed)
            ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
        ), raised AS (
            UPDATE chat.conversation v
            SET removed = greatest(v.removed, t.removed), floor = greatest(v.floor, t.floor)
            FROM held h JOIN (
                SELECT u.id, max(u.removed) AS removed, max(u.floor) AS floor
                FROM unnest(v_changed, v_removed, v_floors) u (id, removed, floor)
                GROUP BY u.id) t ON t.id = h.id
            WHERE v.id = h.id
            RETURNING t.floor
        )
        SELECT count(*) FILTER (WHERE r.floor > 0) INTO floors FROM raised r;
    END IF;

    SELECT again OR floors > 0 INTO v_again FROM chat.upkeep WHERE name = 'conversation';
    more := v_passed < cardinality(v_ids) OR cardinality(v_ids) = p_batch OR v_again;

    IF v_passed < cardinality(v_ids) OR cardinality(v_ids) = p_batch THEN
        IF v_passed > 0 THEN
            PERFORM chat.upkeep_put('conversation', v_ids[v_passed]);
        END IF;

        UPDATE chat.upkeep SET again = v_again WHERE name = 'conversation' AND again <> v_again;
    ELSE
        PERFORM chat.upkeep_put('conversation', NULL);
        UPDATE chat.upkeep SET again = false WHERE name = 'conversation' AND again;
    END IF;

    RETURN NEXT;
END
$$;

-- floor_of(conversation, …): the floor that a conversation can have now; it is written only under
-- the conversation's lock.  For age it reads from the present floor on, up to the first entry
-- that is young enough and at most `look` of them.  STABLE: one snapshot for all it looks at.
CREATE OR REPLACE FUNCTION chat.floor_of(p_id uuid, p_last bigint, p_floor bigint, p_history text,
    p_look integer, p_transport_ttl integer, p_retention integer)
RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_floor     bigint := p_floor;
    v_age       integer;
    v_least     bigint;
    v_entry     record;
BEGIN
    IF p_history = 'until_delivered' THEN
        SELECT min(greatest(delivered, from_seq - 1)) INTO v_least
        FROM chat.range WHERE conversation = p_id AND (to_seq IS NULL OR blocked);

        -- NULL when no device has an open range: then only age counts
        IF v_least IS NOT NULL THEN
            v_floor := greatest(v_floor, least(v_least, p_last));
        END IF;

        v_age := least(p_transport_ttl, p_retention);
    ELSE
        v_age := p_retention;
    END IF;

    IF v_age IS NOT NULL THEN
        FOR v_entry IN
            SELECT seq, created FROM chat.entry
            WHERE conversation = p_id AND seq > v_floor ORDER BY seq LIMIT p_look
        LOOP
            EXIT WHEN v_entry.created >= now() - make_interval(secs => v_age);

            v_floor := v_entry.seq;
        END LOOP;
    END IF;

    RETURN v_floor;
END
$$;
