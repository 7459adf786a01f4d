-- What an account keeps for its later devices: recovery and archive.  Both are ciphertext.

-- recovery_set(account, session, data): 200 {updated, size}; the newest counts.
-- CH401, CH403 as account_by.
CREATE OR REPLACE FUNCTION chat.recovery_set(p_account uuid, p_session uuid, p_data bytea)
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    v_reply     chat.reply;
BEGIN
    PERFORM chat.account_by(p_account, p_session);

    INSERT INTO chat.recovery AS r (account, data) VALUES (p_account, p_data)
    ON CONFLICT (account) DO UPDATE SET data = excluded.data, updated = now()
    RETURNING json_build_object('updated', chat.json_time(r.updated),
                                'size', octet_length(r.data)) INTO v_reply.body;

    PERFORM chat.audit(p_account, p_session, 'recovery.set');
    v_reply.status := 200;

    RETURN v_reply;
END
$$;

-- recovery_get(account, session): 200 {data, updated}.  CH404 not_found.
CREATE OR REPLACE FUNCTION chat.recovery_get(p_account uuid, p_session uuid)
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    v_reply     chat.reply;
BEGIN
    SELECT json_build_object('data', chat.base64url(data), 'updated', chat.json_time(updated))
    INTO v_reply.body FROM chat.recovery WHERE account = p_account;

    IF NOT FOUND THEN
        PERFORM chat.fail('CH404', 'not_found');
    END IF;

    v_reply.status := 200;

    RETURN v_reply;
END
$$;

-- archive_put(account, session, part, payload): stores one part; 201 when it is new, else 200,
-- {part, size, updated}.  CH401, CH403 as account_by; CH429 as archive_written.
CREATE OR REPLACE FUNCTION chat.archive_put(p_account uuid, p_session uuid, p_part integer,
    p_payload bytea)
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    v_archive   uuid;
    v_reply     chat.reply;
BEGIN
    -- a part goes into the archive that is there, or into none that was dropped meanwhile
    PERFORM chat.account_by(p_account, p_session);
    PERFORM chat.archive_written(p_account, octet_length(p_payload));

    SELECT id INTO v_archive FROM chat.archive WHERE account = p_account AND dropped IS NULL;

    IF NOT FOUND THEN
        v_archive := chat.uuid_v7();
        INSERT INTO chat.archive (id, account) VALUES (v_archive, p_account);
    END IF;

    INSERT INTO chat.archive_part AS p (archive, part, payload)
    VALUES (v_archive, p_part, p_payload)
    ON CONFLICT (archive, part) DO UPDATE SET payload = excluded.payload, updated = now()
    RETURNING CASE WHEN p.xmax = 0 THEN 201 ELSE 200 END,
        json_build_object('part', p.part, 'size', octet_length(p.payload),
                          'updated', chat.json_time(p.updated))
    INTO v_reply.status, v_reply.body;

    RETURN v_reply;
END
$$;

-- archive_written(account, bytes): counts what an account writes a day (UTC): a dropped archive lies
-- there until upkeep comes by.  Once that is too much, nothing more is taken; the last part may go past it.  The
-- caller has locked the account.  CH429 rate_limited {retry_after}: 512 MiB.
CREATE OR REPLACE FUNCTION chat.archive_written(p_account uuid, p_bytes integer)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    c_most      CONSTANT bigint := 536870912;
    v_today     date := (now() AT TIME ZONE 'UTC')::date;
BEGIN
    INSERT INTO chat.archive_day AS d (account, day, bytes) VALUES (p_account, v_today, p_bytes)
    ON CONFLICT (account) DO UPDATE
    SET day = excluded.day,
        bytes = excluded.bytes + CASE d.day WHEN excluded.day THEN d.bytes ELSE 0 END
    WHERE d.day <> excluded.day OR d.bytes < c_most;

    IF NOT FOUND THEN
        PERFORM chat.fail('CH429', 'rate_limited', json_build_object('retry_after',
            ceil(extract(epoch FROM (v_today + 1) - (now() AT TIME ZONE 'UTC')))::integer));
    END IF;
END
$$;

-- archive_list(account, session): 200 {items:[{part, size, updated}], bytes}.
CREATE OR REPLACE FUNCTION chat.archive_list(p_account uuid, p_session uuid)
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    v_reply     chat.reply;
BEGIN
    SELECT json_build_object('items', coalesce(json_agg(json_build_object('part', p.part,
               'size', octet_length(p.payload), 'updated', chat.json_time(p.updated))
               ORDER BY p.part), '[]'),
           'bytes', coalesce(sum(octet_length(p.payload)), 0))
    INTO v_reply.body
    FROM chat.archive a JOIN chat.archive_part p ON p.archive = a.id
    WHERE a.account = p_account AND a.dropped IS NULL;

    v_reply.status := 200;

    RETURN v_reply;
END
$$;

-- archive_get(account, part): one row or none: payload, updated.
CREATE OR REPLACE FUNCTION chat.archive_get(p_account uuid, p_part integer)
RETURNS TABLE (payload bytea, updated timestamptz)
LANGUAGE sql STABLE AS $$
    SELECT p.payload, p.updated
    FROM chat.archive a JOIN chat.archive_part p ON p.archive = a.id AND p.part = p_part
    WHERE a.account = p_account AND a.dropped IS NULL;
$$;

-- archive_drop(account): it has none any more; its parts are removed by upkeep.  The caller has
-- locked the account.
CREATE OR REPLACE FUNCTION chat.archive_drop(p_account uuid)
RETURNS void LANGUAGE sql VOLATILE AS $$
    UPDATE chat.archive SET dropped = now() WHERE account = p_account AND dropped IS NULL;
$$;

-- archive_delete(account, session): 204, whether there was one or not.  CH401, CH403 as account_by.
CREATE OR REPLACE FUNCTION chat.archive_delete(p_account uuid, p_session uuid)
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    v_reply     chat.reply;
BEGIN
    PERFORM chat.account_by(p_account, p_session);
    PERFORM chat.archive_drop(p_account);
    v_reply.status := 204;

    RETURN v_reply;
END
$$;
