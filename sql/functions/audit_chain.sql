-- What keeps the audit log whole: the chain of hashes, what may be removed from it, its check.
--
-- An act only adds its entry: acts don't wait for each other.  Once it is committed, upkeep seals it
-- within seconds, in the order in which entries became visible: it gets the next number, and a hash
-- over itself and the hash before it.  Until then a superuser can change or remove it unseen; from
-- then on chat.audit_verify() finds it.  Who may write the tables can make the whole chain anew:
-- that shows against a copy of its head elsewhere, which the operator's stream of entries is.

-- audit_body(entry): the hash of what may be erased.
CREATE OR REPLACE FUNCTION chat.audit_body(e chat.audit_entry)
RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(e.salt || convert_to(json_build_array(e.account, e.session, e.address::text,
        e.request_id, e.target, e.detail)::text, 'UTF8'));
$$;

-- audit_link(before, entry): the hash of an entry in its place, after the one whose hash is before.
CREATE OR REPLACE FUNCTION chat.audit_link(p_before bytea, e chat.audit_entry)
RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(p_before || convert_to(json_build_array(e.number, e.id, chat.json_time(e.at),
        e.action, e.outcome, encode(e.body_hash, 'hex'))::text, 'UTF8'));
$$;

-- audit_seal(batch): seals up to batch entries (1..10000) that are committed and waited.  It
-- commits by itself, and durably: numbers that were told are never given again.
-- Rows: action, entries (sealed of that action); none: nothing waited, or another is at it.
CREATE OR REPLACE FUNCTION chat.audit_seal(p_batch integer)
RETURNS TABLE (action text, entries bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off
AS $$
DECLARE
    v_chain     chat.audit_chain;
    v_sealed    text[] := '{}';
    e           chat.audit_entry;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM chat.audit_entry o WHERE o.number IS NULL) THEN
        RETURN;
    END IF;

    SELECT * INTO v_chain FROM chat.audit_chain FOR UPDATE SKIP LOCKED;

    IF NOT FOUND THEN
        RETURN;
    END IF;

    FOR e IN
        SELECT * FROM chat.audit_entry o WHERE o.number IS NULL
        ORDER BY o.id LIMIT least(greatest(p_batch, 1), 10000)
    LOOP
        v_chain.number := v_chain.number + 1;
        e.number := v_chain.number;
        e.body_hash := chat.audit_body(e);
        v_chain.hash := chat.audit_link(v_chain.hash, e);

        UPDATE chat.audit_entry o
        SET number = e.number, body_hash = e.body_hash, hash = v_chain.hash
        WHERE o.id = e.id;

        v_sealed := v_sealed || e.action;
    END LOOP;

    IF cardinality(v_sealed) > 0 THEN
        -- also within what upkeep doesn't wait for
        PERFORM set_config('synchronous_commit', 'on', true);

        UPDATE chat.audit_chain SET number = v_chain.number, hash = v_chain.hash;

        RETURN QUERY SELECT s.action, count(*) FROM unnest(v_sealed) s (action) GROUP BY 1;
    END IF;
END
$$;

-- audit_expire(keep, batch): cuts off what is older than keep seconds (at least 7 days), at most
-- batch (1..10000) of the oldest entries, once the oldest is an hour past it.  The cut itself is an
-- entry, by which the check knows where the chain has to begin.  How many are gone.
CREATE OR REPLACE FUNCTION chat.audit_expire(p_keep bigint, p_batch integer)
RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    c_least     CONSTANT bigint := 7 * 86400;
    c_late      CONSTANT interval := '1 hour';
    v_before    timestamptz := now() - make_interval(secs => greatest(p_keep, c_least));
    v_batch     integer := least(greatest(p_batch, 1), 10000);
    v_chain     chat.audit_chain;
    v_last      bigint;
    v_kept      bigint;
    v_count     integer;
BEGIN
    SELECT * INTO v_chain FROM chat.audit_chain FOR UPDATE SKIP LOCKED;

    IF NOT FOUND OR NOT EXISTS (
        SELECT 1 FROM chat.audit_entry e
        WHERE e.number = v_chain.cut + 1 AND e.at < v_before - c_late)
    THEN
        RETURN 0;
    END IF;

    v_last := least(v_chain.cut + v_batch, v_chain.number);

    SELECT min(e.number) INTO v_kept FROM chat.audit_entry e
    WHERE e.number > v_chain.cut AND e.number <= v_last AND e.at >= v_before;

    v_last := coalesce(v_kept - 1, v_last);

    SELECT e.hash INTO v_chain.cut_hash FROM chat.audit_entry e WHERE e.number = v_last;

    PERFORM set_config('chat.audit_keeper', 'expire', true);

    DELETE FROM chat.audit_entry e WHERE e.number > v_chain.cut AND e.number <= v_last;
    GET DIAGNOSTICS v_count = ROW_COUNT;

    PERFORM set_config('chat.audit_keeper', '', true);

    UPDATE chat.audit_chain SET cut = v_last, cut_hash = v_chain.cut_hash;

    PERFORM chat.audit(NULL, NULL, 'audit.expire', 'ok', NULL, jsonb_build_object(
        'number', v_last, 'hash', encode(v_chain.cut_hash, 'hex'), 'entries', v_count));

    RETURN v_count;
END
$$;

-- audit_pseudonymise(account): takes an account that is erased out of the log: in its own entries a
-- pseudonym stands for it, without session, address, request, target and detail; in those of others
-- the pseudonym is the target.  The chain still holds: it covers these only by a salted hash, whose
-- salt goes.  Which entries it were is an entry itself, so that no others can be emptied unseen.
-- Its sessions have ended, so that nothing new comes.  Whether there is more than the 9000 entries
-- that one call takes: then call it again.
CREATE OR REPLACE FUNCTION chat.audit_pseudonymise(p_account uuid)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    c_batch     CONSTANT integer := 300;    -- their numbers fit a detail
    c_batches   CONSTANT integer := 30;
    v_pseudonym uuid := gen_random_uuid();
    v_context   text := coalesce(current_setting('chat.context', true), '');
    v_ids       bigint[];
    v_numbers   bigint[];
BEGIN
    -- who may call this must not hide what an account does by it
    IF EXISTS (SELECT 1 FROM chat.account a WHERE a.id = p_account AND a.state <> 'erased') THEN
        RAISE EXCEPTION 'only an account that is being erased is taken out of the audit log';
    END IF;

    -- it waits for who is at the chain: nothing is sealed meanwhile
    PERFORM 1 FROM chat.audit_chain FOR UPDATE;

    WHILE EXISTS (SELECT 1 FROM chat.audit_seal(10000)) LOOP
        NULL;
    END LOOP;

    -- who erases is not told in what is kept of the erased
    PERFORM set_config('chat.context', '', true);

    FOR i IN 1 .. c_batches LOOP
        v_ids := ARRAY(
            SELECT o.id FROM chat.audit_entry o
            WHERE o.account = p_account AND o.number IS NOT NULL
            UNION
            SELECT o.id FROM chat.audit_entry o
            WHERE o.target = p_account::text AND o.number IS NOT NULL
            LIMIT c_batch);
        EXIT WHEN cardinality(v_ids) = 0;

        PERFORM set_config('chat.audit_keeper', 'erase', true);

        WITH erased AS (
            UPDATE chat.audit_entry o
            SET erased = now(), salt = NULL,
                account = CASE WHEN own THEN v_pseudonym ELSE o.account END,
                session = CASE WHEN own THEN NULL ELSE o.session END,
                address = CASE WHEN own THEN NULL ELSE o.address END,
                request_id = CASE WHEN own THEN NULL ELSE o.request_id END,
                target = CASE WHEN o.target = p_account::text THEN v_pseudonym::text
                              WHEN own THEN NULL ELSE o.target END,
                detail = CASE WHEN own THEN NULL ELSE o.detail END
            FROM (SELECT w.id, w.account IS NOT DISTINCT FROM p_account AS own
                  FROM chat.audit_entry w WHERE w.id = ANY (v_ids)) w
            WHERE o.id = w.id
            RETURNING o.number
        )
        SELECT array_agg(number ORDER BY number) INTO v_numbers FROM erased;

        PERFORM set_config('chat.audit_keeper', '', true);

        PERFORM chat.audit(NULL, NULL, 'audit.pseudonymise', 'ok', v_pseudonym::text,
                           jsonb_build_object('numbers', v_numbers));
    END LOOP;

    PERFORM set_config('chat.context', v_context, true);

    -- what came meanwhile isn't sealed yet
    RETURN EXISTS (SELECT 1 FROM chat.audit_entry o
                   WHERE o.account = p_account OR o.target = p_account::text);
END
$$;

-- audit_stream_take(name, limit, lease): the next entries for a stream of the operator, at most limit
-- (1..1000), in the order of their numbers; who doesn't say audit_stream_done() within lease seconds
-- lets another take them.  A new name begins with the oldest entry that is kept.
-- Rows: number, line (a JSON object in one line); none: nothing new, or another is at it.
CREATE OR REPLACE FUNCTION chat.audit_stream_take(p_name text, p_limit integer, p_lease integer)
RETURNS TABLE (number bigint, line text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_number    bigint;
BEGIN
    IF EXISTS (SELECT 1 FROM chat.audit_stream s, chat.audit_chain c
               WHERE s.name = p_name
                   AND (s.number >= c.number OR s.taken > now() - make_interval(secs => p_lease)))
    THEN
        RETURN;
    END IF;

    INSERT INTO chat.audit_stream AS s (name, taken) VALUES (p_name, now())
    ON CONFLICT (name) DO UPDATE SET taken = now()
    WHERE s.taken IS NULL OR s.taken <= now() - make_interval(secs => p_lease)
    RETURNING s.number INTO v_number;

    -- another took them in this moment
    IF NOT FOUND THEN
        RETURN;
    END IF;

    RETURN QUERY
        SELECT e.number, json_build_object('number', e.number, 'at', chat.json_time(e.at),
            'action', e.action, 'outcome', e.outcome, 'account', e.account,
            'session', e.session, 'address', e.address::text, 'request_id', e.request_id,
            'target', e.target, 'detail', e.detail, 'hash', encode(e.hash, 'hex'))::text
        FROM chat.audit_entry e WHERE e.number > v_number
        ORDER BY e.number LIMIT least(greatest(p_limit, 1), 1000);

    -- all that it had to come are cut off
    IF NOT FOUND THEN
        PERFORM chat.audit_stream_done(p_name, (SELECT c.number FROM chat.audit_chain c));
    END IF;
END
$$;

-- audit_stream_done(name, number): what was taken is out up to number.
CREATE OR REPLACE FUNCTION chat.audit_stream_done(p_name text, p_number bigint)
RETURNS void LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE chat.audit_stream SET number = greatest(number, p_number), taken = NULL
    WHERE name = p_name;
$$;

-- audit_state(): one row: number, hash (of the chain's head), kept_from (the lowest number that is
-- kept), entries, open (not sealed yet), oldest_open (seconds; 0: none).
CREATE OR REPLACE FUNCTION chat.audit_state()
RETURNS TABLE (number bigint, hash bytea, kept_from bigint, entries bigint, open bigint,
    oldest_open double precision)
LANGUAGE sql STABLE AS $$
    SELECT c.number, c.hash, c.cut + 1, c.number - c.cut, o.n,
        coalesce(extract(epoch FROM now() - o.at), 0)::double precision
    FROM chat.audit_chain c,
        (SELECT count(*) AS n, min(at) AS at FROM chat.audit_entry WHERE number IS NULL) o;
$$;

-- audit_verify(): reads the whole log and says what is wrong with it, at most 1000 faults in the
-- order of numbers; no row: it is as it was written.
--   number: where; NULL: of the log as a whole; entry: the entry's id
--   fault: missing | changed | moved | erased | inserted | cut | head | open
CREATE OR REPLACE FUNCTION chat.audit_verify()
RETURNS TABLE (number bigint, entry bigint, fault text, explanation text)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
    c_faults    CONSTANT integer := 1000;
    c_open      CONSTANT interval := '15 minutes';
    v_chain     chat.audit_chain;
    v_cut       jsonb;
    v_last      record;
    v_open      record;
BEGIN
    SELECT * INTO STRICT v_chain FROM chat.audit_chain;

    -- what this says about the beginning is in the chain itself
    SELECT e.detail INTO v_cut FROM chat.audit_entry e
    WHERE e.action = 'audit.expire' AND e.outcome = 'ok' ORDER BY e.id DESC LIMIT 1;

    IF v_chain.cut > 0 AND (
        (v_cut->>'number')::bigint IS DISTINCT FROM v_chain.cut
        OR v_cut->>'hash' IS DISTINCT FROM encode(v_chain.cut_hash, 'hex'))
    THEN
        RETURN QUERY SELECT v_chain.cut, NULL::bigint, 'cut',
            'the log begins after this number, and no entry says that it was cut there';
    END IF;

    RETURN QUERY SELECT f.number, f.id, f.fault, f.explanation
    FROM chat.audit_faults(v_chain) f ORDER BY f.number, f.id LIMIT c_faults;

    SELECT e.number, e.hash INTO v_last FROM chat.audit_entry e
    WHERE e.number IS NOT NULL ORDER BY e.number DESC LIMIT 1;

    IF v_chain.number <> coalesce(v_last.number, v_chain.cut)
       OR v_chain.hash <> coalesce(v_last.hash, v_chain.cut_hash)
    THEN
        RETURN QUERY SELECT v_chain.number, NULL::bigint, 'head',
            'the last entry is not the one at which the chain ended: it is '
            || coalesce('number ' || v_last.number, 'none');
    END IF;

    SELECT count(*) AS n, min(e.id) AS id INTO v_open FROM chat.audit_entry e
    WHERE e.number IS NULL AND e.at < now() - c_open;

    IF v_open.n > 0 THEN
        RETURN QUERY SELECT NULL::bigint, v_open.id, 'open',
            v_open.n || ' entries wait since 15 minutes and more for being sealed: nothing seals'
            || ' them, or they were taken out of the chain';
    END IF;
END
$$;

-- audit_compare(numbers, hashes): how a copy of the log that was kept elsewhere (numbers and hashes, in
-- hex, of lines of the operator's stream) disagrees with it; no row: not at all.  What is cut off by
-- age is passed over.  Only this finds a log that was made anew, or whose end was cut off, hashes
-- and all.
--   fault: cut (the log ends before this number) | other (it has another entry there, or none)
CREATE OR REPLACE FUNCTION chat.audit_compare(p_numbers bigint[], p_hashes text[])
RETURNS TABLE (number bigint, fault text, explanation text)
LANGUAGE sql STABLE AS $$
    SELECT k.number, CASE WHEN k.number > c.number THEN 'cut' ELSE 'other' END,
        CASE WHEN k.number > c.number THEN 'the log ended at number ' || c.number
             WHEN e.number IS NULL THEN 'the log has no such number'
             ELSE 'the log has another entry of this number' END
    FROM chat.audit_chain c, unnest(p_numbers, p_hashes) k (number, hash)
    LEFT JOIN chat.audit_entry e ON e.number = k.number
    WHERE k.number > c.cut AND encode(e.hash, 'hex') IS DISTINCT FROM k.hash
    ORDER BY k.number LIMIT 1000;
$$;

-- audit_faults(chain): what is wrong with the sealed entries one by one.
CREATE OR REPLACE FUNCTION chat.audit_faults(p_chain chat.audit_chain)
RETURNS TABLE (number bigint, id bigint, fault text, explanation text)
LANGUAGE sql STABLE AS $$
    WITH listed AS (
        SELECT DISTINCT n::bigint AS number
        FROM chat.audit_entry e, jsonb_array_elements_text(e.detail->'numbers') n
        WHERE e.action = 'audit.pseudonymise'
    ), sealed AS (
        SELECT e, e.number, e.id, e.hash, e.erased,
            lag(e.number, 1, p_chain.cut) OVER w AS number_before,
            lag(e.hash, 1, p_chain.cut_hash) OVER w AS hash_before
        FROM chat.audit_entry e WHERE e.number IS NOT NULL
        WINDOW w AS (ORDER BY e.number)
    )
    SELECT s.number, s.id, 'missing', CASE s.number - s.number_before - 1
            WHEN 1 THEN 'number ' || s.number - 1 || ' is gone'
            ELSE 'numbers ' || s.number_before + 1 || ' to ' || s.number - 1 || ' are gone' END
    FROM sealed s WHERE s.number > s.number_before + 1
    UNION ALL
    SELECT s.number, s.id, 'inserted', 'the chain has another entry of this number, or began after it'
    FROM sealed s WHERE s.number <= s.number_before
    UNION ALL
    SELECT s.number, s.id, 'inserted', 'the chain ended before this number'
    FROM sealed s WHERE s.number > p_chain.number
    UNION ALL
    SELECT s.number, s.id, 'moved', 'its time, action or outcome was changed, or its place'
    FROM sealed s
    WHERE s.number = s.number_before + 1
        AND chat.audit_link(s.hash_before, s.e) IS DISTINCT FROM s.hash
    UNION ALL
    SELECT s.number, s.id, 'changed',
        'its account, session, address, request, target or detail was changed'
    FROM sealed s
    WHERE s.erased IS NULL AND chat.audit_body(s.e) IS DISTINCT FROM (s.e).body_hash
    UNION ALL
    SELECT s.number, s.id, 'erased', 'it was emptied, and no erasure of an account says so'
    FROM sealed s
    WHERE s.erased IS NOT NULL AND NOT EXISTS (SELECT 1 FROM listed l WHERE l.number = s.number);
$$;
