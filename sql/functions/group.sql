-- MLS groups: commits, the leaf map, GroupInfo, a new beginning.

-- group_device(account, session): the session, if it may act in groups.
-- CH401 unauthorized; CH403 device_pending; CH409 no_device_key.
CREATE OR REPLACE FUNCTION chat.group_device(p_account uuid, p_session uuid)
RETURNS chat.session LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_session   chat.session;
BEGIN
    SELECT * INTO v_session FROM chat.session
    WHERE id = p_session AND account = p_account AND token_hash IS NOT NULL
        AND least(expires, idle_expires) > now();

    IF NOT FOUND THEN
        PERFORM chat.fail('CH401', 'unauthorized');
    ELSIF v_session.state <> 'approved' THEN
        PERFORM chat.fail('CH403', 'device_pending');
    ELSIF v_session.signature_key IS NULL THEN
        PERFORM chat.fail('CH409', 'no_device_key');
    END IF;

    RETURN v_session;
END
$$;

-- identity(account, session): a device as the checks of C give it: both UUIDs' bytes.
CREATE OR REPLACE FUNCTION chat.identity(p_account uuid, p_session uuid)
RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT uuid_send(p_account) || uuid_send(p_session);
$$;

-- group_id(conversation, resets): the conversation's id and how often its group was begun anew.
CREATE OR REPLACE FUNCTION chat.group_id(p_conversation uuid, p_resets integer)
RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT uuid_send(p_conversation) || int4send(p_resets);
$$;

-- invalid_commit(reason): raises CH400 invalid_commit.
CREATE OR REPLACE FUNCTION chat.invalid_commit(p_reason text)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM chat.fail('CH400', 'invalid_commit', json_build_object('reason', p_reason));
END
$$;

-- stale_epoch(conversation, epoch): raises CH409 stale_epoch {epoch, last_seq, missed}: the commits
-- after that epoch, as far as they are known.
CREATE OR REPLACE FUNCTION chat.stale_epoch(p_c chat.conversation, p_epoch bigint)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_missed    json;
BEGIN
    SELECT coalesce(json_agg(json_build_object('seq', e.seq, 'epoch', e.epoch) ORDER BY e.epoch),
                    '[]')
    INTO v_missed
    FROM chat.epoch e WHERE e.conversation = p_c.id AND e.epoch > p_epoch;

    PERFORM chat.fail('CH409', 'stale_epoch', json_build_object('epoch', p_c.epoch,
        'last_seq', p_c.last_seq, 'missed', v_missed));
END
$$;

-- commit_look(account, session, conversation, client_id, hash, epoch, resets): whether commit() has any
-- use for this, before signatures are verified; it looks again at all of it.  The answer of a
-- repeat, else no status.  Problems: as of commit().
CREATE OR REPLACE FUNCTION chat.commit_look(p_account uuid, p_session uuid, p_conversation uuid,
    p_client_id uuid, p_hash bytea, p_epoch bigint, p_resets integer)
RETURNS chat.reply LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_c         chat.conversation;
    v_reply     chat.reply;
BEGIN
    SELECT c.* INTO v_c FROM chat.conversation c
    JOIN chat.member m ON m.conversation = c.id AND m.account = p_account
    WHERE c.id = p_conversation;

    IF NOT FOUND THEN
        PERFORM chat.fail('CH404', 'not_found');
    END IF;

    PERFORM chat.group_device(p_account, p_session);
    v_reply := chat.commit_repeat(p_session, p_conversation, p_client_id, p_hash);

    -- of private ones it depends on the device, which commit() looks at first
    IF v_reply.status IS NULL AND v_c.kind <> 'private' THEN
        PERFORM chat.commit_check_epoch(v_c, p_epoch, p_resets);
    END IF;

    RETURN v_reply;
END
$$;

-- commit_check_epoch(conversation, epoch, resets): it is open, and in that epoch of that group.
CREATE OR REPLACE FUNCTION chat.commit_check_epoch(p_c chat.conversation, p_epoch bigint,
    p_resets integer)
RETURNS void LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF p_c.payload <> 'mls' THEN
        PERFORM chat.invalid_commit('the conversation is not mls');
    ELSIF p_c.state <> 'open' THEN
        PERFORM chat.fail('CH409', 'conversation_closed');
    ELSIF p_resets > p_c.resets THEN
        PERFORM chat.invalid_commit('group id');
    ELSIF p_epoch <> p_c.epoch OR p_resets < p_c.resets THEN
        PERFORM chat.stale_epoch(p_c, CASE WHEN p_resets < p_c.resets THEN 0 ELSE p_epoch END);
    END IF;
END
$$;

-- commit(account, session, conversation, client_id, hash, commit, welcome, group_info, epoch, resets,
-- cipher_suite, external, leaf, path_key, add_refs, add_identities, add_keys, removed, welcome_refs,
-- tree_leaves, tree_identities, tree_keys, external_pub): one commit wins its epoch.
--   hash: of the whole body; welcome: NULL without adds; epoch: that it leaves; resets: of its group id
--   external: by a device that joins by it; leaf: the committer's, which signed the GroupInfo
--   path_key: the signature key of the path's leaf node, NULL: no path
--   add_*: of each Add in order: KeyPackageRef, identity (as chat.identity), signature key
--   welcome_refs: whom the Welcome is for; tree_*: the leaves of the GroupInfo's tree
-- C has checked what needs no state, among that the signatures of path and GroupInfo.  Those of
-- adds were checked when the key packages came: a reference is the hash of all of one.
-- 201 {seq, epoch (the new one), created, duplicate}.  announce: the conversation, and the self of
-- accounts whose leaf was removed.
-- CH401 unauthorized; CH403 device_pending, forbidden, private_fixed; CH404 not_found;
-- CH400 invalid_commit {reason}; CH409 stale_epoch {epoch, last_seq, missed}, idempotency_conflict,
-- conversation_closed, no_device_key, welcome_mismatch, group_info_mismatch {reason}, blocked.
CREATE OR REPLACE FUNCTION chat.commit(p_account uuid, p_session uuid, p_conversation uuid,
    p_client_id uuid, p_hash bytea, p_commit bytea, p_welcome bytea, p_group_info bytea,
    p_epoch bigint, p_resets integer, p_cipher_suite integer, p_external boolean, p_leaf integer,
    p_path_key bytea, p_add_refs bytea[], p_add_identities bytea[], p_add_keys bytea[],
    p_removed integer[], p_welcome_refs bytea[], p_tree_leaves integer[],
    p_tree_identities bytea[], p_tree_keys bytea[], p_external_pub boolean)
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    v_selves    uuid[];
    v_c         chat.conversation;
    v_role      text;
    v_session   chat.session;
    v_repeat    chat.reply;
BEGIN
    -- whose removal is told; if the leaf map changes before the lock is there, so does the epoch
    v_selves := ARRAY(SELECT DISTINCT a.self FROM chat.leaf l JOIN chat.account a ON a.id = l.account
        WHERE l.conversation = p_conversation AND l.leaf = ANY (p_removed)
            AND l.account <> p_account AND l.pending IS NULL AND a.self IS NOT NULL);

    PERFORM chat.lock_conversations(p_conversation || v_selves);

    SELECT * INTO v_c FROM chat.conversation WHERE id = p_conversation;
    SELECT role INTO v_role FROM chat.member
    WHERE conversation = p_conversation AND account = p_account;

    IF v_role IS NULL THEN
        PERFORM chat.fail('CH404', 'not_found');
    END IF;

    PERFORM chat.block_refuses(p_conversation, p_account);
    v_session := chat.group_device(p_account, p_session);
    v_repeat := chat.commit_repeat(p_session, p_conversation, p_client_id, p_hash);

    IF v_repeat.status IS NOT NULL THEN
        RETURN v_repeat;
    ELSIF v_c.kind = 'private' THEN
        PERFORM chat.private_check_commit(v_c, p_session, p_external, p_leaf, p_add_refs,
                                          p_removed);
    END IF;

    PERFORM chat.commit_check_epoch(v_c, p_epoch, p_resets);

    IF p_cipher_suite <> v_c.cipher_suite THEN
        PERFORM chat.invalid_commit('cipher suite');
    ELSIF p_path_key <> v_session.signature_key THEN
        PERFORM chat.invalid_commit('path: not the device''s signature key');
    ELSIF v_c.kind <> 'private' AND NOT p_external_pub THEN
        PERFORM chat.fail('CH409', 'group_info_mismatch',
                          json_build_object('reason', 'external_pub is missing'));
    END IF;

    PERFORM chat.commit_check_sender(v_c, p_session, p_external, p_leaf, p_removed);
    PERFORM chat.commit_check_removes(v_c, p_account, v_role, p_removed);
    PERFORM chat.commit_check_adds(v_c, p_session, p_add_refs, p_add_identities, p_add_keys,
                                   p_removed);

    IF cardinality(p_add_refs) <> cardinality(p_welcome_refs)
       OR EXISTS (SELECT unnest(p_add_refs) EXCEPT SELECT unnest(p_welcome_refs))
    THEN
        PERFORM chat.fail('CH409', 'welcome_mismatch');
    END IF;

    RETURN chat.commit_write(v_c, v_session, p_client_id, p_hash, p_commit, p_welcome,
        p_group_info, p_external, p_leaf, p_add_refs, p_removed, p_tree_leaves,
        p_tree_identities, p_tree_keys, v_selves);
END
$$;

-- commit_repeat(session, conversation, client_id, hash): the first answer to the same request; its
-- status is NULL where there was none.  CH409 idempotency_conflict.
-- The row comparison: see send_batch().
CREATE OR REPLACE FUNCTION chat.commit_repeat(p_session uuid, p_conversation uuid,
    p_client_id uuid, p_hash bytea)
RETURNS chat.reply LANGUAGE plpgsql STABLE AS $$
DECLARE
    e           chat.entry;
    v_reply     chat.reply;
BEGIN
    SELECT * INTO e FROM chat.entry o
    WHERE o.session = p_session AND o.client_id = p_client_id
        AND (o.session, o.client_id, o.conversation) >= (p_session, p_client_id, p_conversation)
        AND o.conversation IS NOT DISTINCT FROM p_conversation
    LIMIT 1;

    IF NOT FOUND THEN
        RETURN v_reply;
    ELSIF e.hash IS DISTINCT FROM p_hash OR e.kind <> 2 THEN
        PERFORM chat.fail('CH409', 'idempotency_conflict');
    END IF;

    v_reply.status := 201;
    v_reply.body := json_build_object('seq', e.seq, 'epoch', e.epoch,
        'created', chat.json_time(e.created), 'duplicate', true);
    v_reply.announce := ARRAY[p_conversation];      -- the first try's worker may have died

    RETURN v_reply;
END
$$;

-- commit_check_sender(conversation, session, external, leaf, removed): who commits has that leaf, or
-- joins by it, in the place of its own old one if it has one.
CREATE OR REPLACE FUNCTION chat.commit_check_sender(p_c chat.conversation, p_session uuid,
    p_external boolean, p_leaf integer, p_removed integer[])
RETURNS void LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_own       integer := (SELECT leaf FROM chat.leaf
                            WHERE session = p_session AND conversation = p_c.id);
BEGIN
    IF p_c.epoch = 0 THEN
        IF p_external THEN
            PERFORM chat.invalid_commit('external: there is no group yet');
        ELSIF p_leaf <> 0 THEN
            PERFORM chat.invalid_commit('sender: a new group''s first leaf is 0');
        END IF;
    ELSIF p_external THEN
        IF p_removed <> '{}' AND (v_own IS NULL OR p_removed <> ARRAY[v_own]) THEN
            PERFORM chat.invalid_commit('external: removes another''s leaf');
        ELSIF v_own IS NOT NULL AND p_removed = '{}' THEN
            PERFORM chat.invalid_commit('external: the device has a leaf, which it must remove');
        END IF;
    ELSIF v_own IS DISTINCT FROM p_leaf THEN
        PERFORM chat.invalid_commit('sender: not the device''s leaf');
    ELSIF p_leaf = ANY (p_removed) THEN
        PERFORM chat.invalid_commit('remove: the committer''s own leaf');
    END IF;
END
$$;

-- commit_check_removes(conversation, account, role, removed): one's own devices, what waits to be
-- removed and devices of who is no member any more; in groups owners and admins remove anyone.
CREATE OR REPLACE FUNCTION chat.commit_check_removes(p_c chat.conversation, p_account uuid,
    p_role text, p_removed integer[])
RETURNS void LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF (SELECT count(*) FROM chat.leaf l
        WHERE l.conversation = p_c.id AND l.leaf = ANY (p_removed)) <> cardinality(p_removed)
    THEN
        PERFORM chat.invalid_commit('remove: no such leaf, or one twice');
    ELSIF EXISTS (
        SELECT 1 FROM chat.leaf l
        WHERE l.conversation = p_c.id AND l.leaf = ANY (p_removed)
            AND l.account <> p_account AND l.pending IS NULL
            AND NOT (p_c.kind = 'group' AND p_role IN ('owner', 'admin'))
            AND EXISTS (SELECT 1 FROM chat.member m
                        WHERE m.conversation = p_c.id AND m.account = l.account))
    THEN
        PERFORM chat.fail('CH403', 'forbidden');
    END IF;
END
$$;

-- commit_check_adds(conversation, session, refs, identities, keys, removed): each is an approved
-- device of a member, by a key package that was handed out to the session (or accepted, in a private
-- conversation); marks them as used.  Their rows and the committer's are locked: a device that is
-- revoked meanwhile finds its new leaf.  CH401 unauthorized: the committer was, just before.
CREATE OR REPLACE FUNCTION chat.commit_check_adds(p_c chat.conversation, p_session uuid,
    p_refs bytea[], p_identities bytea[], p_keys bytea[], p_removed integer[])
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_reason    text;
    v_used      integer;
    v_private   boolean := p_c.kind = 'private';
BEGIN
    PERFORM 1 FROM chat.session s
    WHERE s.id = ANY (p_session || ARRAY(SELECT encode(substring(i FROM 17), 'hex')::uuid
                                         FROM unnest(p_identities) i))
    ORDER BY s.id FOR SHARE;

    -- who joins by this commit has no range yet whose lock a revocation would wait for
    IF NOT EXISTS (SELECT 1 FROM chat.session WHERE id = p_session AND token_hash IS NOT NULL) THEN
        PERFORM chat.fail('CH401', 'unauthorized');
    ELSIF p_refs = '{}' THEN
        RETURN;
    END IF;

    IF cardinality(p_refs) <> (SELECT count(DISTINCT i) FROM unnest(p_identities) i) THEN
        PERFORM chat.invalid_commit('add: a device twice');
    END IF;

    SELECT w.reason INTO v_reason
    FROM (SELECT a.o, CASE
              WHEN k.ref IS NULL AND NOT v_private THEN 'unknown key package'
              WHEN k.cipher_suite <> p_c.cipher_suite THEN 'cipher suite'
              WHEN k.expires <= now() THEN 'the key package is expired'
              WHEN s.id IS NULL OR s.revoked IS NOT NULL OR s.state <> 'approved'
                  OR (k.session <> s.id AND NOT v_private)
                  OR chat.identity(s.account, s.id) <> a.identity THEN 'no approved device'
              WHEN m.account IS NULL THEN 'the device''s account is no member'
              WHEN s.signature_key IS DISTINCT FROM a.key THEN 'not the device''s signature key'
              WHEN l.leaf IS NOT NULL AND l.leaf <> ALL (p_removed) THEN 'the device has a leaf'
              END AS reason
          FROM unnest(p_refs, p_identities, p_keys) WITH ORDINALITY a (ref, identity, key, o)
          LEFT JOIN chat.key_package k ON k.ref = a.ref
          LEFT JOIN chat.session s ON s.id = encode(substring(a.identity FROM 17), 'hex')::uuid
          LEFT JOIN chat.member m ON m.conversation = p_c.id AND m.account = s.account
          LEFT JOIN chat.leaf l ON l.conversation = p_c.id AND l.session = s.id) w
    WHERE w.reason IS NOT NULL ORDER BY w.o LIMIT 1;

    IF FOUND THEN
        PERFORM chat.invalid_commit('add: ' || v_reason);
    ELSIF v_private THEN
        RETURN;
    END IF;

    PERFORM 1 FROM chat.key_package_claim
    WHERE session = p_session AND ref = ANY (p_refs) ORDER BY ref FOR UPDATE;

    UPDATE chat.key_package_claim SET used = now()
    WHERE session = p_session AND ref = ANY (p_refs) AND used IS NULL;
    GET DIAGNOSTICS v_used = ROW_COUNT;

    IF v_used <> cardinality(p_refs) THEN
        PERFORM chat.invalid_commit('add: the key package was not claimed, or was used');
    END IF;
END
$$;

-- commit_write(…): the leaf map after it, compared with the tree; the entry, ranges, epoch, Welcome
-- and GroupInfo.
CREATE OR REPLACE FUNCTION chat.commit_write(p_c chat.conversation, p_by chat.session,
    p_client_id uuid, p_hash bytea, p_commit bytea, p_welcome bytea, p_group_info bytea,
    p_external boolean, p_leaf integer, p_add_refs bytea[], p_removed integer[],
    p_tree_leaves integer[], p_tree_identities bytea[], p_tree_keys bytea[], p_selves uuid[])
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    c_epochs    CONSTANT integer := 40;     -- of which is kept where they began
    v_seq       bigint := p_c.last_seq + 1;
    v_epoch     bigint := p_c.epoch + 1;
    v_now       timestamptz := clock_timestamp();
    v_added     uuid[];
    v_joined    uuid[];
    v_left      uuid[];
    v_removed   json;
    v_added_json json;
    v_self      uuid;
    v_reply     chat.reply;
BEGIN
    WITH gone AS (
        DELETE FROM chat.leaf WHERE conversation = p_c.id AND leaf = ANY (p_removed)
        RETURNING leaf, account, session
    )
    SELECT coalesce(json_agg(json_build_object('leaf', leaf, 'account', account,
               'device', session) ORDER BY leaf), '[]'), coalesce(array_agg(session), '{}')
    INTO v_removed, v_left FROM gone;

    v_added := CASE WHEN p_c.kind = 'private' AND p_add_refs <> '{}'
        THEN ARRAY(SELECT to_session FROM chat.private WHERE conversation = p_c.id)
        ELSE ARRAY(SELECT k.session FROM unnest(p_add_refs) WITH ORDINALITY a (ref, o)
                   JOIN chat.key_package k ON k.ref = a.ref ORDER BY a.o) END;
    v_joined := CASE WHEN p_external OR p_c.epoch = 0 THEN ARRAY[p_by.id] ELSE '{}'::uuid[] END
                || v_added;

    -- each takes the leftmost leaf that is free (RFC 9420, 7.7)
    INSERT INTO chat.leaf (conversation, leaf, account, session, signature_key)
    SELECT p_c.id, f.leaf, s.account, s.id, s.signature_key
    FROM unnest(v_joined) WITH ORDINALITY j (session, o)
    JOIN chat.session s ON s.id = j.session
    JOIN (SELECT i AS leaf, row_number() OVER (ORDER BY i) AS o
          FROM generate_series(0, (SELECT count(*)::integer FROM chat.leaf l
                                   WHERE l.conversation = p_c.id)
                                  + cardinality(v_joined) - 1) i
          WHERE NOT EXISTS (SELECT 1 FROM chat.leaf l
                            WHERE l.conversation = p_c.id AND l.leaf = i)) f USING (o);

    IF NOT EXISTS (SELECT 1 FROM chat.leaf l WHERE l.conversation = p_c.id AND l.leaf = p_leaf
                       AND l.session = p_by.id)
    THEN
        PERFORM chat.fail('CH409', 'group_info_mismatch',
                          json_build_object('reason', 'the signer is not the committer'));
    ELSIF EXISTS (
        SELECT 1 FROM (SELECT l.leaf, chat.identity(l.account, l.session) AS identity,
                              l.signature_key::bytea AS key
                       FROM chat.leaf l WHERE l.conversation = p_c.id) l
        FULL JOIN unnest(p_tree_leaves, p_tree_identities, p_tree_keys) t (leaf, identity, key)
            ON t.leaf = l.leaf
        WHERE l.identity IS DISTINCT FROM t.identity OR l.key IS DISTINCT FROM t.key)
    THEN
        PERFORM chat.fail('CH409', 'group_info_mismatch',
                          json_build_object('reason', 'the tree''s leaves are not the group''s'));
    END IF;

    SELECT coalesce(json_agg(json_build_object('leaf', l.leaf, 'account', l.account,
               'device', l.session) ORDER BY l.leaf), '[]')
    INTO v_added_json
    FROM chat.leaf l WHERE l.conversation = p_c.id AND l.session = ANY (v_added);

    UPDATE chat.conversation
    SET last_seq = v_seq, epoch = v_epoch, membership_version = membership_version
            + (cardinality(v_joined) + cardinality(v_left) > 0)::integer
    WHERE id = p_c.id;

    INSERT INTO chat.entry (conversation, seq, epoch, created, sender, session, client_id, kind,
        hash, payload, body)
    VALUES (p_c.id, v_seq, v_epoch, v_now, p_by.account, p_by.id, p_client_id, 2, p_hash,
        p_commit, json_build_object('epoch', v_epoch, 'external', p_external,
            'added', v_added_json, 'removed', v_removed,
            'committer', json_build_object('account', p_by.account, 'device', p_by.id,
                                           'leaf', p_leaf)));

    INSERT INTO chat.epoch (conversation, epoch, seq) VALUES (p_c.id, v_epoch, v_seq);
    DELETE FROM chat.epoch WHERE conversation = p_c.id AND epoch <= v_epoch - c_epochs;

    IF p_add_refs <> '{}' THEN
        INSERT INTO chat.welcome (conversation, seq, sessions, payload)
        VALUES (p_c.id, v_seq, v_added, p_welcome);
    END IF;

    IF p_c.kind <> 'private' THEN
        INSERT INTO chat.group_info (conversation, epoch, data)
        VALUES (p_c.id, v_epoch, p_group_info)
        ON CONFLICT (conversation) DO UPDATE SET epoch = excluded.epoch, data = excluded.data;
    ELSIF p_c.epoch = 0 THEN
        UPDATE chat.private SET state = 'active', expires = NULL, key_package = NULL
        WHERE conversation = p_c.id;
    END IF;

    PERFORM chat.commit_ranges(p_c.id, v_seq, v_joined, v_left);

    FOREACH v_self IN ARRAY p_selves LOOP
        PERFORM chat.append_account_entry(v_self, json_build_object(
            'type', 'group_removed', 'conversation', p_c.id));
    END LOOP;

    v_reply.status := 201;
    v_reply.body := json_build_object('seq', v_seq, 'epoch', v_epoch,
        'created', chat.json_time(v_now), 'duplicate', false);
    v_reply.announce := p_c.id || p_selves;

    RETURN v_reply;
END
$$;

-- commit_ranges(conversation, seq, joined, left): who left sees nothing after the commit; who joined
-- sees it first of all, unless its account blocks the other one of two.  Whose range is open and who
-- did not leave goes on reading: the group was reset in between.
CREATE OR REPLACE FUNCTION chat.commit_ranges(p_conversation uuid, p_seq bigint, p_joined uuid[],
    p_left uuid[])
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    -- in the order in which ack_batch() takes them
    PERFORM 1 FROM chat.range r
    WHERE r.conversation = p_conversation AND r.session = ANY (p_joined || p_left)
        AND r.to_seq IS NULL
    ORDER BY r.session FOR NO KEY UPDATE;

    UPDATE chat.range r
    SET leaf = NULL, to_seq = CASE WHEN r.session = ANY (p_joined) THEN p_seq - 1 ELSE p_seq END
    WHERE r.conversation = p_conversation AND r.session = ANY (p_left) AND r.to_seq IS NULL;

    UPDATE chat.range r SET leaf = NULL, blocked = false
    WHERE r.conversation = p_conversation AND r.session = ANY (p_left) AND r.blocked;

    UPDATE chat.range r SET leaf = l.leaf
    FROM chat.leaf l
    WHERE r.conversation = p_conversation AND r.session = ANY (p_joined) AND r.to_seq IS NULL
        AND l.conversation = p_conversation AND l.session = r.session;

    INSERT INTO chat.range (conversation, session, from_seq, to_seq, leaf, blocked)
    SELECT p_conversation, l.session, p_seq, CASE WHEN m.blocked IS NOT NULL THEN p_seq - 1 END,
           l.leaf, m.blocked IS NOT NULL
    FROM chat.leaf l
    LEFT JOIN chat.member m ON m.conversation = p_conversation AND m.account = l.account
    WHERE l.conversation = p_conversation AND l.session = ANY (p_joined)
        AND NOT EXISTS (SELECT 1 FROM chat.range r
                        WHERE r.session = l.session AND r.conversation = p_conversation
                            AND r.to_seq IS NULL)
    -- one that began here, and ended before it had an entry
    ON CONFLICT (conversation, session, from_seq) DO UPDATE
    SET to_seq = excluded.to_seq, leaf = excluded.leaf, blocked = excluded.blocked;
END
$$;

-- group_info_get(account, session, conversation): epoch and data of the newest GroupInfo.
-- CH404 not_found: no member, or none is there; CH403 forbidden, private_fixed: never of private.
CREATE OR REPLACE FUNCTION chat.group_info_get(p_account uuid, p_session uuid,
    p_conversation uuid)
RETURNS TABLE (epoch bigint, data bytea) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
    v_kind      text;
BEGIN
    PERFORM chat.group_device(p_account, p_session);

    SELECT c.kind INTO v_kind FROM chat.conversation c
    JOIN chat.member m ON m.conversation = c.id AND m.account = p_account
    WHERE c.id = p_conversation;

    IF v_kind = 'private' THEN
        PERFORM chat.fail('CH403', CASE
            WHEN EXISTS (SELECT 1 FROM chat.private p WHERE p.conversation = p_conversation
                             AND p_session IN (p.from_session, p.to_session))
            THEN 'forbidden' ELSE 'private_fixed' END);
    END IF;

    IF v_kind IS NOT NULL THEN
        RETURN QUERY SELECT g.epoch, g.data FROM chat.group_info g
        WHERE g.conversation = p_conversation;
    END IF;

    IF NOT FOUND THEN
        PERFORM chat.fail('CH404', 'not_found');
    END IF;
END
$$;

-- group_reset(account, session, conversation, group_id, epoch): a broken group ends; the next commit
-- begins a new one.  group_id, epoch: what it is and the one it is in: the request for an earlier one
-- comes too late, however often it is made.  Open ranges stay open.  A private conversation is closed.
-- 200 and the conversation.  announce: it, or of a private one both selves.
-- CH404 not_found; CH409 stale_epoch; CH400 invalid_parameter: not mls; CH403 private_fixed;
-- CH409 conversation_closed, blocked; CH429 rate_limited {retry_after}: five in an hour.
DROP FUNCTION IF EXISTS chat.group_reset(uuid, uuid, uuid, bigint);

CREATE OR REPLACE FUNCTION chat.group_reset(p_account uuid, p_session uuid, p_conversation uuid,
    p_group_id bytea, p_epoch bigint)
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    c_resets    CONSTANT integer := 5;
    v_c         chat.conversation;
    v_reply     chat.reply;
BEGIN
    PERFORM chat.lock_conversations(p_conversation || chat.private_selves(p_conversation));
    PERFORM chat.group_device(p_account, p_session);

    SELECT c.* INTO v_c FROM chat.conversation c
    JOIN chat.member m ON m.conversation = c.id AND m.account = p_account
    WHERE c.id = p_conversation;

    PERFORM chat.block_refuses(p_conversation, p_account);

    IF v_c.id IS NULL THEN
        PERFORM chat.fail('CH404', 'not_found');
    ELSIF v_c.payload <> 'mls' THEN
        PERFORM chat.invalid('conversation', 'an mls conversation');
    ELSIF v_c.kind = 'private' AND NOT EXISTS (
        SELECT 1 FROM chat.private p WHERE p.conversation = v_c.id
            AND p_session IN (p.from_session, p.to_session))
    THEN
        PERFORM chat.fail('CH403', 'private_fixed');
    ELSIF v_c.state <> 'open' THEN
        PERFORM chat.fail('CH409', 'conversation_closed');
    ELSIF p_group_id <> chat.group_id(v_c.id, v_c.resets) THEN
        PERFORM chat.stale_epoch(v_c, 0);
    ELSIF v_c.epoch <> p_epoch THEN
        PERFORM chat.stale_epoch(v_c, p_epoch);
    END IF;

    IF v_c.kind = 'private' THEN
        v_reply.announce := chat.private_end(p_conversation, 'closed');
    ELSIF v_c.epoch > 0 THEN
        DELETE FROM chat.group_reset
        WHERE conversation = v_c.id AND at < now() - interval '1 hour';

        IF (SELECT count(*) FROM chat.group_reset WHERE conversation = v_c.id) >= c_resets THEN
            PERFORM chat.fail('CH429', 'rate_limited', json_build_object('retry_after', 3600));
        END IF;

        INSERT INTO chat.group_reset (conversation) VALUES (v_c.id);
        PERFORM chat.group_begin_anew(v_c, p_account, p_session);
        v_reply.announce := ARRAY[p_conversation];
    END IF;

    v_reply.status := 200;
    SELECT item INTO v_reply.body
    FROM chat.conversation_items(p_account, p_session, ARRAY[p_conversation]);

    RETURN v_reply;
END
$$;

-- group_begin_anew(conversation, account, session): forgets the group and says so in the log.
CREATE OR REPLACE FUNCTION chat.group_begin_anew(p_c chat.conversation, p_account uuid,
    p_session uuid)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM chat.leaf WHERE conversation = p_c.id;
    DELETE FROM chat.epoch WHERE conversation = p_c.id;
    DELETE FROM chat.group_info WHERE conversation = p_c.id;

    PERFORM 1 FROM chat.range r WHERE r.conversation = p_c.id AND r.to_seq IS NULL
    ORDER BY r.session FOR NO KEY UPDATE;

    UPDATE chat.range SET leaf = NULL WHERE conversation = p_c.id AND to_seq IS NULL;

    UPDATE chat.conversation
    SET last_seq = last_seq + 1, epoch = 0, resets = resets + 1,
        membership_version = membership_version + 1
    WHERE id = p_c.id;

    INSERT INTO chat.entry (conversation, seq, created, sender, session, kind, body)
    VALUES (p_c.id, p_c.last_seq + 1, clock_timestamp(), p_account, p_session, 6,
        json_build_object('type', 'group_reset',
            'group_id', chat.base64url(chat.group_id(p_c.id, p_c.resets + 1)), 'by', p_account));

    PERFORM chat.audit(p_account, p_session, 'group.reset', 'ok', p_c.id::text,
                       jsonb_build_object('epoch', p_c.epoch));
END
$$;

-- group_device_gone(session): the Removes of a revoked device's leaves are waited for, and its private
-- conversations end.  They and their selves (private_of) are locked by the caller.
CREATE OR REPLACE FUNCTION chat.group_device_gone(p_session uuid)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    -- of a private conversation, which ends, nobody will commit it
    UPDATE chat.leaf l SET pending = now()
    WHERE l.session = p_session AND l.pending IS NULL
        AND NOT EXISTS (SELECT 1 FROM chat.private p WHERE p.conversation = l.conversation);

    PERFORM chat.private_end(p.conversation, 'revoked')
    FROM chat.private p
    WHERE p.state <> 'closed' AND p_session IN (p.from_session, p.to_session);
END
$$;

-- maintain_groups(batch): ends private conversations that expired, and names Removes that wait,
-- those of a conversation once a minute.  Rows: conversation, leaves (a JSON array as in the
-- conversation, of at most 16; NULL: the conversation has something new).
CREATE OR REPLACE FUNCTION chat.maintain_groups(p_batch integer)
RETURNS TABLE (conversation uuid, leaves text) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    c_named     CONSTANT integer := 16;     -- the event of a conversation is bounded
    v_ids       uuid[];
BEGIN
    RETURN QUERY SELECT unnest(chat.private_expire(p_batch)), NULL::text;

    -- in a closed one nobody can carry them out
    v_ids := ARRAY(SELECT DISTINCT l.conversation FROM chat.leaf l
        JOIN chat.conversation c ON c.id = l.conversation AND c.state = 'open'
        WHERE l.pending IS NOT NULL
            AND (l.asked IS NULL OR l.asked < now() - interval '1 minute')
        LIMIT p_batch);

    RETURN QUERY
    WITH asked AS (
        UPDATE chat.leaf l SET asked = now()
        WHERE (l.conversation, l.leaf) IN (
            SELECT p.conversation, p.leaf FROM chat.leaf p
            WHERE p.conversation = ANY (v_ids) AND p.pending IS NOT NULL
            ORDER BY p.conversation, p.leaf FOR UPDATE SKIP LOCKED)
        RETURNING l.conversation, l.leaf, l.account, l.session
    )
    SELECT a.conversation, json_agg(json_build_object('leaf', a.leaf, 'account', a.account,
        'device', a.session, 'removal_pending', true) ORDER BY a.leaf)::text
    FROM (SELECT k.*, row_number() OVER (PARTITION BY k.conversation ORDER BY k.leaf) AS n
          FROM asked k) a
    WHERE a.n <= c_named GROUP BY 1;
END
$$;
