-- Upkeep: what time does to rows, in small pieces.

-- maintain(batch, transport_ttl, retention): one piece of each kind of upkeep, at most batch rows
-- (1..10000) of each; call it again at once while more is true, else after a minute.
--   transport_ttl: seconds after which ciphertext that some device has not fetched dies, where
--   history is until_delivered (default 30 days); retention: seconds after which any entry dies
--   (NULL: never)
-- One row: ran (false: another worker is at it), more, accounts, verifications, sessions (whose
-- tokens expired), floors (raised), entries, mails (removed).  No problems are raised.
CREATE OR REPLACE FUNCTION chat.maintain(p_batch integer, p_transport_ttl integer DEFAULT 2592000,
    p_retention integer DEFAULT NULL)
RETURNS TABLE (ran boolean, more boolean, accounts integer, verifications integer,
    sessions integer, floors integer, entries integer, mails integer)
LANGUAGE plpgsql AS $$
DECLARE
    c_lock      CONSTANT bigint := 7234018283807667301;
    v_batch     integer := least(greatest(p_batch, 1), 10000);
    v_revoked   boolean;
    v_walk      record;
BEGIN
    accounts := 0; verifications := 0; sessions := 0; floors := 0; entries := 0; mails := 0;
    more := false;
    ran := pg_try_advisory_xact_lock(c_lock);

    IF NOT ran THEN
        RETURN NEXT;
        RETURN;
    END IF;

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

    DELETE FROM chat.mail m USING (
        SELECT id FROM chat.mail WHERE done < now() - interval '2 days'
        ORDER BY done LIMIT v_batch FOR UPDATE SKIP LOCKED) old
    WHERE m.id = old.id;
    GET DIAGNOSTICS mails = ROW_COUNT;

    DELETE FROM chat.audit a USING (
        SELECT id FROM chat.audit WHERE at < now() - interval '90 days'
        ORDER BY at LIMIT v_batch FOR UPDATE SKIP LOCKED) old
    WHERE a.id = old.id;

    sessions := chat.maintain_sessions(v_batch);
    v_revoked := chat.maintain_revoked(v_batch);

    SELECT * INTO v_walk
    FROM chat.maintain_conversations(v_batch, p_transport_ttl, p_retention) w;

    floors := v_walk.floors;
    entries := v_walk.entries;
    more := v_walk.more OR v_revoked OR greatest(accounts, verifications, mails) = v_batch;

    RETURN NEXT;
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

    UPDATE chat.session SET token_hash = NULL, signed_out = least(idle_expires, expires)
    WHERE id IN (SELECT id FROM chat.session
                 WHERE id = ANY (v_ids) AND token_hash IS NOT NULL
                     AND least(idle_expires, expires) <= now()
                 ORDER BY id FOR NO KEY UPDATE SKIP LOCKED);
    GET DIAGNOSTICS v_count = ROW_COUNT;

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

-- maintain_conversations(batch, transport_ttl, retention): walks on over at most batch
-- conversations, raises their floors and removes at most batch entries up to them.  Only those
-- with something to do are locked and written: the others cost a look.
-- One row: floors, entries, more (the walk isn't at its end).
CREATE OR REPLACE FUNCTION chat.maintain_conversations(p_batch integer, p_transport_ttl integer,
    p_retention integer)
RETURNS TABLE (floors integer, entries integer, more boolean)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    v_id        uuid;
    v_c         record;
    v_ids       uuid[];
    v_position  uuid;
    v_floor     bigint;
    v_gone      integer;
BEGIN
    floors := 0; entries := 0;

    v_ids := ARRAY(SELECT id FROM chat.conversation
        WHERE id > (SELECT position FROM chat.upkeep WHERE name = 'conversation')
        ORDER BY id LIMIT p_batch);

    FOREACH v_id IN ARRAY v_ids LOOP
        -- an entry under the floor is left when a piece was full
        PERFORM 1 FROM chat.conversation
        WHERE id = v_id AND last_seq > 0
            AND (EXISTS (SELECT 1 FROM chat.entry WHERE conversation = v_id AND seq <= floor)
                 OR chat.floor_of(id, last_seq, floor, history, 1, p_transport_ttl, p_retention)
                    > floor);

        IF FOUND THEN
            -- one that is being written to waits for the next walk
            SELECT last_seq, floor, history INTO v_c FROM chat.conversation
            WHERE id = v_id FOR NO KEY UPDATE SKIP LOCKED;
        END IF;

        IF FOUND THEN
            v_floor := chat.floor_of(v_id, v_c.last_seq, v_c.floor, v_c.history,
                                     p_batch - entries, p_transport_ttl, p_retention);

            IF v_floor > v_c.floor THEN
                UPDATE chat.conversation SET floor = v_floor WHERE id = v_id;
                floors := floors + 1;
            END IF;

            DELETE FROM chat.entry
            WHERE conversation = v_id AND seq IN (
                SELECT seq FROM chat.entry WHERE conversation = v_id AND seq <= v_floor
                ORDER BY seq LIMIT p_batch - entries);
            GET DIAGNOSTICS v_gone = ROW_COUNT;

            entries := entries + v_gone;

            -- a full piece: come back to this conversation with the next
            EXIT WHEN entries >= p_batch;
        END IF;

        v_position := v_id;
    END LOOP;

    more := entries >= p_batch OR cardinality(v_ids) = p_batch;

    IF entries < p_batch THEN
        v_position := CASE WHEN cardinality(v_ids) = p_batch THEN v_ids[p_batch] END;
        PERFORM chat.upkeep_put('conversation', v_position);
    ELSIF v_position IS NOT NULL THEN
        PERFORM chat.upkeep_put('conversation', v_position);
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
        FROM chat.range WHERE conversation = p_id AND to_seq IS NULL;

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
