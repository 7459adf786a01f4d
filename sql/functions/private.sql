-- Private conversations: two devices, chosen once, for ever.

-- private_selves(conversation): the self conversations of both accounts, but of one that blocked the
-- other before it was offered; none if it isn't private.
CREATE OR REPLACE FUNCTION chat.private_selves(p_conversation uuid)
RETURNS uuid[] LANGUAGE sql STABLE AS $$
    SELECT ARRAY(SELECT a.self FROM chat.private p
                 JOIN chat.member m ON m.conversation = p.conversation
                     AND NOT chat.member_unseen(m)
                 JOIN chat.account a ON a.id = m.account
                 WHERE p.conversation = p_conversation AND a.self IS NOT NULL);
$$;

-- private_tell(conversation, body): an entry into the self of both, which the caller has locked;
-- they are returned, to be announced.
CREATE OR REPLACE FUNCTION chat.private_tell(p_conversation uuid, p_body json)
RETURNS uuid[] LANGUAGE plpgsql AS $$
DECLARE
    v_selves    uuid[] := chat.private_selves(p_conversation);
    v_self      uuid;
BEGIN
    FOREACH v_self IN ARRAY v_selves LOOP
        PERFORM chat.append_account_entry(v_self, p_body);
    END LOOP;

    RETURN v_selves;
END
$$;

-- private_end(conversation, reason): closes it, if it isn't; the caller has locked it and both
-- selves, which are returned.  What waits in it can still be read.
CREATE OR REPLACE FUNCTION chat.private_end(p_conversation uuid, p_reason text)
RETURNS uuid[] LANGUAGE plpgsql AS $$
BEGIN
    UPDATE chat.private SET state = 'closed', reason = p_reason, key_package = NULL,
        expires = NULL, closed = now()
    WHERE conversation = p_conversation AND state <> 'closed';

    IF NOT FOUND THEN
        RETURN '{}';
    END IF;

    UPDATE chat.conversation SET state = 'closed' WHERE id = p_conversation;

    RETURN chat.private_tell(p_conversation, json_build_object('type', 'private_closed',
        'conversation', p_conversation, 'reason', p_reason));
END
$$;

-- private_offer(account, session, peer, cipher_suite): this device asks for a private conversation
-- with one device of the peer.
-- 201 and the conversation.  announce: both selves.
-- CH400 invalid_parameter: with oneself; CH404 not_found: no such verified account; CH401, CH403,
-- CH409 as group_device; CH409 too_many_offers {limit}, too_many_conversations {limit}, blocked: by
-- oneself.
CREATE OR REPLACE FUNCTION chat.private_offer(p_account uuid, p_session uuid, p_peer uuid,
    p_cipher_suite integer)
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    c_offers        CONSTANT integer := 20;
    v_conversation  uuid := chat.uuid_v7();
    v_reply         chat.reply;
BEGIN
    IF p_account = p_peer THEN
        PERFORM chat.invalid('account', 'another account');
    END IF;

    IF NOT EXISTS (SELECT 1 FROM chat.account WHERE id = p_peer AND state = 'active') THEN
        PERFORM chat.fail('CH404', 'not_found');
    END IF;

    -- the offers of an account are counted one after the other
    PERFORM chat.lock_conversations(ARRAY(
        SELECT self FROM chat.account WHERE id IN (p_account, p_peer) AND self IS NOT NULL));
    PERFORM chat.group_device(p_account, p_session);    -- a revocation has the lock of self, too

    IF EXISTS (SELECT 1 FROM chat.block WHERE account = p_account AND target = p_peer) THEN
        PERFORM chat.fail('CH409', 'blocked');
    ELSIF (SELECT count(*) FROM chat.private
        WHERE from_account = p_account AND state IN ('offered', 'accepted')) >= c_offers
    THEN
        PERFORM chat.fail('CH409', 'too_many_offers', json_build_object('limit', c_offers));
    END IF;

    PERFORM chat.conversations_room(p_account);
    PERFORM chat.conversations_room(p_peer);

    INSERT INTO chat.conversation (id, kind, payload, history, cipher_suite)
    VALUES (v_conversation, 'private', 'mls', 'until_delivered', coalesce(p_cipher_suite, 1));

    INSERT INTO chat.member (conversation, account, blocked)
    VALUES (v_conversation, p_account, NULL),
        (v_conversation, p_peer, chat.blocked_at(p_peer, p_account));

    INSERT INTO chat.private (conversation, from_account, from_session, to_account, expires)
    VALUES (v_conversation, p_account, p_session, p_peer, now() + interval '24 hours');

    v_reply.announce := chat.private_tell(v_conversation, json_build_object(
        'type', 'private_offered', 'conversation', v_conversation, 'account', p_account,
        'device', p_session));

    PERFORM chat.block_unheard(a.self, json_build_object(
        'type', 'private_offered', 'conversation', v_conversation, 'account', p_account,
        'device', p_session))
    FROM chat.member m JOIN chat.account a ON a.id = m.account
    WHERE m.conversation = v_conversation AND m.blocked IS NOT NULL AND a.self IS NOT NULL;

    v_reply.status := 201;
    SELECT item INTO v_reply.body
    FROM chat.conversation_items(p_account, p_session, ARRAY[v_conversation]);

    RETURN v_reply;
END
$$;

-- private_lock(account, conversation): locks it and both selves; its row.  CH404 not_found: it isn't
-- private, or the account is neither of the two.
CREATE OR REPLACE FUNCTION chat.private_lock(p_account uuid, p_conversation uuid)
RETURNS chat.private LANGUAGE plpgsql AS $$
DECLARE
    v_private   chat.private;
BEGIN
    PERFORM chat.lock_conversations(p_conversation || chat.private_selves(p_conversation));

    SELECT p.* INTO v_private FROM chat.private p
    JOIN chat.member m ON m.conversation = p.conversation AND m.account = p_account
        AND NOT chat.member_unseen(m)
    WHERE p.conversation = p_conversation;

    IF NOT FOUND THEN
        PERFORM chat.fail('CH404', 'not_found');
    END IF;

    RETURN v_private;
END
$$;

-- private_accept(account, session, conversation, key_package, ref, cipher_suite, signature_key): the
-- first device of the peer is it.  The key package was checked as at an upload; signature_key is its.
-- 200 and the conversation; a repeat by the same device with the same one, too.  announce: both selves.
-- CH404 not_found; CH403 forbidden: the one who offered; CH409 private_taken, conversation_closed;
-- CH400 invalid_key_package {index, reason}.
CREATE OR REPLACE FUNCTION chat.private_accept(p_account uuid, p_session uuid,
    p_conversation uuid, p_key_package bytea, p_ref bytea, p_cipher_suite integer,
    p_signature_key bytea)
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    p           chat.private := chat.private_lock(p_account, p_conversation);
    v_session   chat.session := chat.group_device(p_account, p_session);
    v_reason    text;
    v_reply     chat.reply;
BEGIN
    IF p.to_account <> p_account THEN
        PERFORM chat.fail('CH403', 'forbidden');
    ELSIF p.to_session <> p_session THEN
        PERFORM chat.fail('CH409', 'private_taken');
    ELSIF p.state = 'closed' OR p.expires <= now() THEN
        PERFORM chat.fail('CH409', 'conversation_closed');
    END IF;

    IF p.state = 'offered' THEN
        v_reason := CASE
            WHEN p_signature_key <> v_session.signature_key THEN 'not the device''s signature key'
            WHEN p_cipher_suite <> (SELECT cipher_suite FROM chat.conversation
                                    WHERE id = p_conversation) THEN 'cipher suite'
            WHEN EXISTS (SELECT 1 FROM chat.key_package WHERE ref = p_ref)
                OR EXISTS (SELECT 1 FROM chat.private WHERE ref = p_ref AND to_session = p_session
                               AND state <> 'closed') THEN 'it was given away before' END;

        IF v_reason IS NOT NULL THEN
            PERFORM chat.fail('CH400', 'invalid_key_package',
                              json_build_object('index', 0, 'reason', v_reason));
        END IF;

        UPDATE chat.private
        SET state = 'accepted', to_session = p_session, key_package = p_key_package, ref = p_ref
        WHERE conversation = p_conversation;

        v_reply.announce := chat.private_tell(p_conversation, json_build_object(
            'type', 'private_accepted', 'conversation', p_conversation, 'device', p_session));
    ELSIF p.ref <> p_ref THEN
        PERFORM chat.fail('CH409', 'private_taken');
    END IF;

    v_reply.status := 200;
    SELECT item INTO v_reply.body
    FROM chat.conversation_items(p_account, p_session, ARRAY[p_conversation]);

    RETURN v_reply;
END
$$;

-- private_decline(account, session, conversation): any device of the peer, while it is offered; 204.
-- CH404 not_found; CH403 forbidden: the one who offered; CH409 private_taken, conversation_closed.
CREATE OR REPLACE FUNCTION chat.private_decline(p_account uuid, p_session uuid,
    p_conversation uuid)
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    p           chat.private := chat.private_lock(p_account, p_conversation);
    v_reply     chat.reply;
BEGIN
    IF p.to_account <> p_account THEN
        PERFORM chat.fail('CH403', 'forbidden');
    ELSIF p.state = 'closed' AND p.reason <> 'declined' THEN
        PERFORM chat.fail('CH409', 'conversation_closed');
    ELSIF p.state IN ('accepted', 'active') THEN
        PERFORM chat.fail('CH409', 'private_taken');
    END IF;

    v_reply.announce := chat.private_end(p_conversation, 'declined');
    v_reply.status := 204;

    RETURN v_reply;
END
$$;

-- private_close(account, session, conversation): by either of the two devices; while nobody
-- accepted, by any of the one who offered; 204, a repeat, too.
-- CH404 not_found; CH403 private_fixed: another device.
CREATE OR REPLACE FUNCTION chat.private_close(p_account uuid, p_session uuid,
    p_conversation uuid)
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    p           chat.private := chat.private_lock(p_account, p_conversation);
    v_reply     chat.reply;
BEGIN
    IF p_session <> p.from_session AND p_session IS DISTINCT FROM p.to_session
       AND NOT (p.to_session IS NULL AND p_account = p.from_account)
    THEN
        PERFORM chat.fail('CH403', 'private_fixed');
    END IF;

    v_reply.announce := chat.private_end(p_conversation, 'closed');
    v_reply.status := 204;

    RETURN v_reply;
END
$$;

-- private_check_commit(conversation, session, external, leaf, add_refs, removed): the offerer begins
-- the group with the one that accepted; from then on there are only updates, and a device that lost
-- its state replaces its own leaf.  CH403 private_fixed; CH409 conflict: nobody accepted yet.
CREATE OR REPLACE FUNCTION chat.private_check_commit(p_c chat.conversation, p_session uuid,
    p_external boolean, p_leaf integer, p_add_refs bytea[], p_removed integer[])
RETURNS void LANGUAGE plpgsql STABLE AS $$
DECLARE
    p           chat.private;
BEGIN
    SELECT * INTO p FROM chat.private WHERE conversation = p_c.id;

    IF p_session <> p.from_session AND p_session IS DISTINCT FROM p.to_session THEN
        PERFORM chat.fail('CH403', 'private_fixed');
    ELSIF p.state = 'closed' OR p.expires <= now() THEN
        PERFORM chat.fail('CH409', 'conversation_closed');
    ELSIF p.state = 'offered' THEN
        PERFORM chat.fail('CH409', 'conflict');
    ELSIF p.state = 'accepted' THEN
        IF p_session <> p.from_session OR p_add_refs <> ARRAY[p.ref] OR p_removed <> '{}' THEN
            PERFORM chat.fail('CH403', 'private_fixed');
        END IF;
    ELSIF p_add_refs <> '{}' OR (p_external AND p_removed = '{}')
        OR (NOT p_external AND p_removed <> '{}')
    THEN
        PERFORM chat.fail('CH403', 'private_fixed');
    END IF;
END
$$;

-- private_of(session): the private conversations that end with a device, and whose selves hear of
-- it: what to lock before group_device_gone().
CREATE OR REPLACE FUNCTION chat.private_of(p_session uuid)
RETURNS uuid[] LANGUAGE sql STABLE AS $$
    SELECT ARRAY(SELECT unnest(p.conversation || chat.private_selves(p.conversation))
                 FROM chat.private p
                 WHERE p.state <> 'closed' AND p_session IN (p.from_session, p.to_session));
$$;

-- sessions_lock(sessions, also): locks what the end of these devices writes to: their account's self,
-- the conversations that they read, private ones and the selves that hear of those; and also, what
-- the caller writes to (NULLs: none).  An acceptance may be committed while this waits: what is
-- locked is given back then, for the order's sake, and all of it locked anew.
-- CH409 conflict: it changes all the time.
CREATE OR REPLACE FUNCTION chat.sessions_lock(p_sessions uuid[], p_also uuid[])
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    c_tries     CONSTANT integer := 5;
    v_ids       uuid[];
    v_more      uuid[] := chat.sessions_written(p_sessions);
BEGIN
    FOR i IN 1 .. c_tries LOOP
        v_ids := v_more;

        BEGIN
            PERFORM chat.lock_conversations(p_also || v_ids);
            v_more := chat.sessions_written(p_sessions);

            IF v_more <@ v_ids THEN
                RETURN;
            END IF;

            RAISE EXCEPTION USING ERRCODE = 'CHA01';
        EXCEPTION WHEN SQLSTATE 'CHA01' THEN
            NULL;   -- its locks are gone, v_more is not
        END;
    END LOOP;

    PERFORM chat.fail('CH409', 'conflict');
END
$$;

-- sessions_written(sessions): what their end writes to, as far as it can be seen now.
CREATE OR REPLACE FUNCTION chat.sessions_written(p_sessions uuid[])
RETURNS uuid[] LANGUAGE sql VOLATILE AS $$
    SELECT ARRAY(
        SELECT a.self FROM chat.session s JOIN chat.account a ON a.id = s.account
        WHERE s.id = ANY (p_sessions) AND a.self IS NOT NULL
        UNION
        SELECT r.conversation FROM chat.range r
        WHERE r.session = ANY (p_sessions) AND r.to_seq IS NULL
        UNION
        SELECT unnest(chat.private_of(s)) FROM unnest(p_sessions) s);
$$;

-- private_ended_with(session): the selves that were told by group_device_gone() of this device.
CREATE OR REPLACE FUNCTION chat.private_ended_with(p_session uuid)
RETURNS uuid[] LANGUAGE sql STABLE AS $$
    SELECT ARRAY(SELECT unnest(chat.private_selves(p.conversation))
                 FROM chat.session s JOIN chat.private p
                     ON s.account IN (p.from_account, p.to_account)
                 WHERE s.id = p_session AND p_session IN (p.from_session, p.to_session)
                     AND p.reason = 'revoked');
$$;

-- private_expire(batch): ends what nobody took up in time.  The selves to be announced.
CREATE OR REPLACE FUNCTION chat.private_expire(p_batch integer)
RETURNS uuid[] LANGUAGE plpgsql AS $$
DECLARE
    v_ids       uuid[];
    v_id        uuid;
    v_selves    uuid[] := '{}';
BEGIN
    v_ids := ARRAY(SELECT conversation FROM chat.private WHERE expires <= now()
                   ORDER BY expires LIMIT least(p_batch, 100));

    IF v_ids = '{}' THEN
        RETURN v_selves;
    END IF;

    PERFORM chat.lock_conversations(v_ids || ARRAY(
        SELECT unnest(chat.private_selves(v)) FROM unnest(v_ids) v));

    FOREACH v_id IN ARRAY v_ids LOOP
        -- the last moment may have made it active
        IF EXISTS (SELECT 1 FROM chat.private WHERE conversation = v_id AND expires <= now()) THEN
            v_selves := v_selves || chat.private_end(v_id, 'expired');
        END IF;
    END LOOP;

    RETURN ARRAY(SELECT DISTINCT unnest(v_selves));
END
$$;

-- private_remove(batch): removes closed private conversations that nobody reads any more, at most
-- batch of them: an hour after the end of those in which nothing was ever written, else when their
-- entries are gone, a month after it.  Whether there may be more.
CREATE OR REPLACE FUNCTION chat.private_remove(p_batch integer)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    v_ids       uuid[];
BEGIN
    v_ids := ARRAY(SELECT p.conversation FROM chat.private p
        JOIN chat.conversation c ON c.id = p.conversation
        WHERE p.closed < now() - interval '1 hour'
            AND (c.last_seq = 0
                 OR (p.closed < now() - interval '30 days' AND c.removed = c.last_seq))
        ORDER BY p.closed LIMIT p_batch FOR UPDATE OF c SKIP LOCKED);

    DELETE FROM chat.conversation WHERE id = ANY (v_ids);

    RETURN cardinality(v_ids) = p_batch;
END
$$;
