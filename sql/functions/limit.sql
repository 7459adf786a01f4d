-- Failures at secrets, counted for all nodes together.  A try is charged before the secret is
-- looked at and given back when it was right: guesses that run side by side can't be more than
-- there are tries.  Nothing here locks anybody out: a wait ends by itself, it grows only by what
-- was really tried, and who has proven a device or the mailbox has a count of his own.

-- failure_wait(count, last, free, longest): seconds to wait.  The first free failures in a row cost
-- nothing, then 2 s, 4 s, … up to longest.
CREATE OR REPLACE FUNCTION chat.failure_wait(p_count integer, p_last timestamptz, p_free integer,
    p_longest integer)
RETURNS integer LANGUAGE sql VOLATILE AS $$
    SELECT CASE WHEN p_count < p_free THEN 0 ELSE greatest(0, ceil(extract(epoch FROM
        p_last - clock_timestamp())
        + least(p_longest, 2 ^ least(p_count - p_free + 1, 24))))::integer END;
$$;

-- failure_forgotten(count, last): a few are forgotten after an hour, many after a day.
CREATE OR REPLACE FUNCTION chat.failure_forgotten(p_count integer, p_last timestamptz)
RETURNS boolean LANGUAGE sql VOLATILE AS $$
    SELECT p_last < clock_timestamp()
        - CASE WHEN p_count <= 10 THEN interval '1 hour' ELSE interval '1 day' END;
$$;

-- failure_begin(keys, free, longest, enforced): one try against each key (NULL: none), in their
-- order.  The seconds that each demands; when none of the enforced demands any, the try is charged
-- to all.  free and longest: see failure_wait().  Times ahead of the clock, which was put back, are
-- brought down to it.
CREATE OR REPLACE FUNCTION chat.failure_begin(p_keys bytea[], p_free integer[],
    p_longest integer[], p_enforced boolean[])
RETURNS integer[] LANGUAGE plpgsql AS $$
DECLARE
    v_waits     integer[];
BEGIN
    -- one at a time for a key, whether it has a row or not
    PERFORM pg_advisory_xact_lock(hashtextextended(encode(k, 'hex'), 5))
    FROM (SELECT k FROM unnest(p_keys) k WHERE k IS NOT NULL ORDER BY k) sorted;

    UPDATE chat.failure SET last = clock_timestamp()
    WHERE key = ANY (p_keys) AND last > clock_timestamp();

    SELECT array_agg(CASE WHEN f.key IS NULL OR chat.failure_forgotten(f.count, f.last) THEN 0
            ELSE chat.failure_wait(f.count, f.last, p_free[k.n], p_longest[k.n]) END ORDER BY k.n)
    INTO v_waits
    FROM unnest(p_keys) WITH ORDINALITY k (key, n) LEFT JOIN chat.failure f ON f.key = k.key;

    IF EXISTS (SELECT FROM unnest(v_waits, p_enforced) w (wait, enforced)
               WHERE wait > 0 AND enforced)
    THEN
        RETURN v_waits;
    END IF;

    INSERT INTO chat.failure AS f (key, count, last)
    SELECT k, 1, clock_timestamp() FROM unnest(p_keys) k WHERE k IS NOT NULL ORDER BY k
    ON CONFLICT (key) DO UPDATE
    SET count = CASE WHEN chat.failure_forgotten(f.count, f.last) THEN 1
                     ELSE least(f.count, 1000000) + 1 END,
        last = excluded.last;

    RETURN v_waits;
END
$$;

-- failure_end(keys): what was tried was right: their counts are over.
CREATE OR REPLACE FUNCTION chat.failure_end(p_keys bytea[])
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM chat.failure WHERE key = ANY (p_keys) ORDER BY key FOR UPDATE;

    DELETE FROM chat.failure WHERE key = ANY (p_keys) AND known IS NULL;

    UPDATE chat.failure SET count = 0 WHERE key = ANY (p_keys);
END
$$;

-- failure_back(keys): what was tried was right, but not for what the counts guard, or was never looked
-- at: takes back the one try, and forgives none before.
CREATE OR REPLACE FUNCTION chat.failure_back(p_keys bytea[])
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM chat.failure WHERE key = ANY (p_keys) ORDER BY key FOR UPDATE;

    UPDATE chat.failure SET count = count - 1 WHERE key = ANY (p_keys) AND count > 0;
END
$$;

-- failure_known(keys): who is meant by them has proven the account's mailbox: for a day strangers'
-- failures don't hold him back.
CREATE OR REPLACE FUNCTION chat.failure_known(p_keys bytea[])
RETURNS void LANGUAGE sql VOLATILE AS $$
    INSERT INTO chat.failure (key, count, last, known)
    SELECT k, 0, now(), now() + interval '1 day' FROM unnest(p_keys) k
    WHERE k IS NOT NULL ORDER BY k
    ON CONFLICT (key) DO UPDATE SET count = 0, last = excluded.last, known = excluded.known;
$$;

-- sign_in_begin(login, session, device_secret_hash, device, near, all, free, longest, enforced):
-- one try at a login's password (see failure_begin()).  login: as sign_in_candidates() takes it.
-- session, device_secret_hash: of the device that it says it is, or NULL.
-- device, near, everyone: keys (NULL: not counted) of failures with that device, of that login
-- from that network, of that login from anywhere; free, longest, enforced: of near and everyone.
-- A device of that account is charged to its own key alone, and who has proven the mailbox to near
-- alone: strangers' failures neither hold them back nor are forgiven by them.  An unverified account
-- has no such devices: anybody can make one with another's address.
-- One row: waits (of near or the device; of everyone, NULL: not charged), proven (it is that device).
CREATE OR REPLACE FUNCTION chat.sign_in_begin(p_login text, p_session uuid, p_secret bytea,
    p_device bytea, p_near bytea, p_everyone bytea, p_free integer[], p_longest integer[],
    p_enforced boolean[])
RETURNS TABLE (wait_near integer, wait_everyone integer, proven boolean)
LANGUAGE plpgsql AS $$
DECLARE
    v_keys      bytea[];
    v_waits     integer[];
BEGIN
    proven := p_session IS NOT NULL AND EXISTS (
        SELECT FROM chat.session s JOIN chat.account a ON a.id = s.account
        WHERE s.id = p_session AND s.device_secret_hash = p_secret AND s.revoked IS NULL
            AND a.state <> 'unverified' AND p_login IN (a.email_key, a.username));

    v_keys := CASE
        WHEN proven THEN ARRAY[p_device, NULL]
        WHEN EXISTS (SELECT FROM chat.failure WHERE key = p_near AND known > now())
            THEN ARRAY[p_near, NULL]
        ELSE ARRAY[p_near, p_everyone] END;

    v_waits := chat.failure_begin(v_keys, p_free, p_longest, p_enforced);
    wait_near := v_waits[1];
    wait_everyone := CASE WHEN v_keys[2] IS NOT NULL THEN v_waits[2] END;

    RETURN NEXT;
END
$$;

-- maintain_failures(batch): removes what is forgotten.  Whether there may be more.
CREATE OR REPLACE FUNCTION chat.maintain_failures(p_batch integer)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    v_count     integer;
BEGIN
    DELETE FROM chat.failure f USING (
        SELECT key FROM chat.failure
        WHERE last < now() - interval '1 hour'
            AND chat.failure_forgotten(count, last) AND coalesce(known, last) < now()
        ORDER BY last LIMIT p_batch FOR UPDATE SKIP LOCKED) old
    WHERE f.key = old.key;
    GET DIAGNOSTICS v_count = ROW_COUNT;

    RETURN v_count = p_batch;
END
$$;
