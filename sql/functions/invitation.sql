-- Invitations: tokens by which accounts are registered where chat_registration is invite.

-- invitation_create(uses, ttl, note): a new one.  One row: id, token (said this once, stored hashed),
-- uses, expires.  CH400 invalid_parameter: uses 1..10000, ttl 1 minute .. 1 year, note up to 200
-- characters.
CREATE OR REPLACE FUNCTION chat.invitation_create(p_uses integer, p_ttl interval, p_note text)
RETURNS TABLE (id uuid, token text, uses integer, expires timestamptz)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    IF p_uses IS NULL OR p_uses NOT BETWEEN 1 AND 10000 THEN
        PERFORM chat.invalid('uses', '1..10000');
    ELSIF p_ttl IS NULL OR p_ttl NOT BETWEEN interval '1 minute' AND interval '1 year' THEN
        PERFORM chat.invalid('ttl', '1 minute .. 1 year');
    ELSIF char_length(p_note) > 200 THEN
        PERFORM chat.invalid('note', 'at most 200 characters');
    END IF;

    -- 244 random bits
    token := 'ngxi_' || chat.base64url(sha256(uuid_send(gen_random_uuid())
                                              || uuid_send(gen_random_uuid())));

    INSERT INTO chat.invitation AS i (id, token_hash, uses, expires, note)
    VALUES (chat.uuid_v7(), sha256(convert_to(token, 'UTF8')), p_uses, now() + p_ttl,
        coalesce(p_note, ''))
    RETURNING i.id, i.uses, i.expires INTO id, uses, expires;

    PERFORM chat.audit(NULL, NULL, 'operator.invite.create', 'ok', id::text,
                       jsonb_build_object('uses', p_uses));
    RETURN NEXT;
END
$$;

-- invitation_list(): all that are kept, the newest first: id, uses, used, expires, note, created,
-- revoked, valid.
CREATE OR REPLACE FUNCTION chat.invitation_list()
RETURNS TABLE (id uuid, uses integer, used integer, expires timestamptz, note text,
    created timestamptz, revoked timestamptz, valid boolean)
LANGUAGE sql STABLE AS $$
    SELECT i.id, i.uses, i.used, i.expires, i.note, i.created, i.revoked,
           i.revoked IS NULL AND i.expires > now() AND i.used < i.uses
    FROM chat.invitation i ORDER BY i.created DESC, i.id;
$$;

-- invitation_revoke(id): nobody registers by it any more; who did stays.  CH404 not_found.
CREATE OR REPLACE FUNCTION chat.invitation_revoke(p_id uuid)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE chat.invitation SET revoked = coalesce(revoked, now()) WHERE id = p_id;

    IF NOT FOUND THEN
        PERFORM chat.fail('CH404', 'not_found');
    END IF;

    PERFORM chat.audit(NULL, NULL, 'operator.invite.revoke', 'ok', p_id::text);
END
$$;

-- invitation_valid(token_hash): asked before anything costly.  Whether uses are left is only known
-- when the account is stored, which may give one back first.
CREATE OR REPLACE FUNCTION chat.invitation_valid(p_token_hash bytea)
RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM chat.invitation
                   WHERE token_hash = p_token_hash AND revoked IS NULL AND expires > now());
$$;

-- invitation_use(token_hash): takes one use; its id, NULL where no token is asked for.  A second
-- caller of the last use waits here and finds none left.  CH403 invitation_invalid.
CREATE OR REPLACE FUNCTION chat.invitation_use(p_token_hash bytea)
RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    v_id        uuid;
BEGIN
    IF p_token_hash IS NULL THEN
        RETURN NULL;
    END IF;

    UPDATE chat.invitation SET used = used + 1
    WHERE token_hash = p_token_hash AND revoked IS NULL AND expires > now() AND used < uses
    RETURNING id INTO v_id;

    IF NOT FOUND THEN
        PERFORM chat.fail('CH403', 'invitation_invalid');
    END IF;

    RETURN v_id;
END
$$;

-- invitation_give_back(ids): accounts that came by them were never verified.
CREATE OR REPLACE FUNCTION chat.invitation_give_back(p_ids uuid[])
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM chat.invitation WHERE id = ANY (p_ids) ORDER BY id FOR NO KEY UPDATE;

    UPDATE chat.invitation i SET used = greatest(i.used - g.n, 0)
    FROM (SELECT id, count(*)::integer AS n FROM unnest(p_ids) id GROUP BY id) g
    WHERE i.id = g.id;
END
$$;

-- maintain_invitations(batch): removes those that ended 30 days ago: until then a use can be given
-- back, and the operator sees what became of them.  Whether there may be more.
CREATE OR REPLACE FUNCTION chat.maintain_invitations(p_batch integer)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    v_removed   integer;
BEGIN
    DELETE FROM chat.invitation i USING (
        SELECT id FROM chat.invitation WHERE expires < now() - interval '30 days'
        ORDER BY expires LIMIT p_batch FOR UPDATE SKIP LOCKED) old
    WHERE i.id = old.id;
    GET DIAGNOSTICS v_removed = ROW_COUNT;

    RETURN v_removed = p_batch;
END
$$;
