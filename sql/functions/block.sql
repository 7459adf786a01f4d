-- Blocking.  Whoever is blocked never learns it: what is done by the blocked one has the same
-- answers as ever, at the same cost; what the blocker sees is cut off by ranges.
--
-- In a conversation of two (direct, private) the blocker's member row says since when, its devices'
-- ranges are closed, and workers leave its account out of the receivers.  The log goes on without
-- it: cursors stay where they are, as with one who is never there.  In groups nothing changes:
-- commits must reach everybody, and clients hide what those on the list write.

-- block_conversations(account, target): their conversations of two.
CREATE OR REPLACE FUNCTION chat.block_conversations(p_account uuid, p_target uuid)
RETURNS uuid[] LANGUAGE sql STABLE AS $$
    SELECT ARRAY(
        SELECT d.conversation FROM chat.direct d
        WHERE d.low = least(p_account, p_target) AND d.high = greatest(p_account, p_target)
        UNION ALL
        SELECT p.conversation FROM chat.private p
        WHERE p.from_account = p_account AND p.to_account = p_target AND p.state <> 'closed'
        UNION ALL
        SELECT p.conversation FROM chat.private p
        WHERE p.from_account = p_target AND p.to_account = p_account AND p.state <> 'closed');
$$;

-- blocked_at(account, target): what member.blocked of the account's row is in a conversation that
-- the target begins now: not later than now; NULL: it isn't blocked.
CREATE OR REPLACE FUNCTION chat.blocked_at(p_account uuid, p_target uuid)
RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT least(b.created, now()) FROM chat.block b
    WHERE b.account = p_account AND b.target = p_target;
$$;

-- member_unseen(member): the conversation was begun by somebody whom the member blocks.
CREATE OR REPLACE FUNCTION chat.member_unseen(m chat.member)
RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(m.blocked <= m.joined, false);
$$;

-- block_unheard(self, body): writes an entry and takes it back: so what begins with somebody who
-- blocks costs what it does with others.  The caller has locked the self conversation.
CREATE OR REPLACE FUNCTION chat.block_unheard(p_self uuid, p_body json)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM chat.append_account_entry(p_self, p_body);
    RAISE EXCEPTION USING ERRCODE = 'CHA02';
EXCEPTION WHEN SQLSTATE 'CHA02' THEN
    NULL;
END
$$;

-- block_add(account, session, target): 204, a repeat, too.  announce: the self conversation and
-- their conversations of two.
-- CH400 invalid_parameter: oneself; CH404 not_found; CH409 too_many_blocks {limit}.
CREATE OR REPLACE FUNCTION chat.block_add(p_account uuid, p_session uuid, p_target uuid)
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    c_most      CONSTANT integer := 500;
    v_account   chat.account;
    v_talks     uuid[];
    v_reply     chat.reply;
BEGIN
    IF p_account = p_target THEN
        PERFORM chat.invalid('account', 'another account');
    END IF;

    v_account := chat.account_lock(p_account);
    v_talks := chat.block_conversations(p_account, p_target);
    PERFORM chat.lock_conversations(v_account.self || v_talks);

    -- what was begun meanwhile: whoever begins one holds the lock of self; younger ids sort later
    PERFORM chat.lock_conversations(chat.block_conversations(p_account, p_target));
    v_talks := chat.block_conversations(p_account, p_target);

    IF NOT EXISTS (SELECT 1 FROM chat.account
                   WHERE id = p_target AND state IN ('active', 'suspended'))
    THEN
        PERFORM chat.fail('CH404', 'not_found');
    ELSIF (SELECT count(*) FROM chat.block WHERE account = p_account AND target <> p_target) >= c_most
    THEN
        PERFORM chat.fail('CH409', 'too_many_blocks', json_build_object('limit', c_most));
    END IF;

    v_reply.status := 204;
    INSERT INTO chat.block (account, target) VALUES (p_account, p_target) ON CONFLICT DO NOTHING;

    IF NOT FOUND THEN
        RETURN v_reply;
    END IF;

    -- later than it joined, even within one transaction
    UPDATE chat.member SET blocked = clock_timestamp()
    WHERE conversation = ANY (v_talks) AND account = p_account;

    -- in the order in which ack_batch() takes them
    PERFORM 1 FROM chat.range r JOIN chat.session s ON s.id = r.session
    WHERE s.account = p_account AND r.conversation = ANY (v_talks) AND r.to_seq IS NULL
    ORDER BY r.conversation, r.session FOR NO KEY UPDATE OF r;

    UPDATE chat.range r SET to_seq = greatest(c.last_seq, r.from_seq - 1), blocked = true
    FROM chat.session s, chat.conversation c
    WHERE s.account = p_account AND r.session = s.id AND r.to_seq IS NULL
        AND r.conversation = ANY (v_talks) AND c.id = r.conversation;

    PERFORM chat.block_told(v_account, v_talks, 'block_added', p_target);
    PERFORM chat.audit(p_account, p_session, 'block.add', 'ok', p_target::text);
    v_reply.announce := v_account.self || v_talks;

    RETURN v_reply;
END
$$;

-- block_told(account, conversations, type, target): workers look at the members again, and the
-- account's own devices hear of it.  All of them are locked.
CREATE OR REPLACE FUNCTION chat.block_told(a chat.account, p_talks uuid[], p_type text,
    p_target uuid)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE chat.conversation
    SET membership_version = membership_version + 1, masked = masked + 1
    WHERE id = ANY (p_talks);

    PERFORM chat.append_account_entry(a.self, json_build_object('type', p_type,
                                                                'account', p_target));
END
$$;

-- block_remove(account, session, target): 204, a repeat, too.  From now on the account reads what is
-- said; what was said meanwhile it never sees.  announce: as block_add.
CREATE OR REPLACE FUNCTION chat.block_remove(p_account uuid, p_session uuid, p_target uuid)
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    v_account   chat.account;
    v_talks     uuid[];
    v_shown     uuid[];
    v_shown_one uuid;
    v_reply     chat.reply;
BEGIN
    v_account := chat.account_lock(p_account);
    v_talks := chat.block_conversations(p_account, p_target);
    PERFORM chat.lock_conversations(v_account.self || v_talks);
    PERFORM chat.lock_conversations(chat.block_conversations(p_account, p_target));
    v_talks := chat.block_conversations(p_account, p_target);

    v_reply.status := 204;
    DELETE FROM chat.block WHERE account = p_account AND target = p_target;

    IF NOT FOUND THEN
        RETURN v_reply;
    END IF;

    -- an offer that was made meanwhile stays unseen and expires
    v_talks := ARRAY(SELECT m.conversation FROM chat.member m
        WHERE m.account = p_account AND m.conversation = ANY (v_talks) AND m.blocked IS NOT NULL
            AND NOT (chat.member_unseen(m)
                     AND EXISTS (SELECT 1 FROM chat.private p
                                 WHERE p.conversation = m.conversation)));
    v_shown := ARRAY(SELECT m.conversation FROM chat.member m
        WHERE m.account = p_account AND m.conversation = ANY (v_talks) AND chat.member_unseen(m));

    UPDATE chat.member SET blocked = NULL
    WHERE account = p_account AND conversation = ANY (v_talks);

    PERFORM chat.block_open(p_account, v_talks);
    PERFORM chat.block_told(v_account, v_talks, 'block_removed', p_target);

    FOREACH v_shown_one IN ARRAY v_shown LOOP
        PERFORM chat.append_account_entry(v_account.self, json_build_object(
            'type', 'conversation_added', 'conversation', v_shown_one));
    END LOOP;

    PERFORM chat.audit(p_account, p_session, 'block.remove', 'ok', p_target::text);
    v_reply.announce := v_account.self || v_talks;

    RETURN v_reply;
END
$$;

-- block_open(account, conversations): the account's devices whose ranges a block closed read on
-- after what was said meanwhile, with the leaves that they have.  What was done to the group
-- meanwhile (commits, resets) they may look up: without it they could not read what comes.  After
-- more entries than c_most they come in anew instead.
CREATE OR REPLACE FUNCTION chat.block_open(p_account uuid, p_talks uuid[])
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    c_most      CONSTANT integer := 1000;
BEGIN
    PERFORM 1 FROM chat.range r JOIN chat.session s ON s.id = r.session
    WHERE s.account = p_account AND r.conversation = ANY (p_talks) AND r.blocked
    ORDER BY r.conversation, r.session FOR NO KEY UPDATE OF r;

    INSERT INTO chat.range AS n (conversation, session, from_seq, leaf)
    SELECT DISTINCT c.id, s.id, c.last_seq + 1, l.leaf
    FROM chat.session s
    JOIN chat.range r ON r.session = s.id AND r.blocked
    JOIN chat.conversation c ON c.id = r.conversation
    LEFT JOIN chat.leaf l ON l.session = s.id AND l.conversation = c.id
    WHERE s.account = p_account AND s.revoked IS NULL AND c.id = ANY (p_talks)
    ON CONFLICT (conversation, session, from_seq) DO UPDATE
    SET to_seq = NULL, blocked = false, leaf = excluded.leaf;

    INSERT INTO chat.range (conversation, session, from_seq, to_seq)
    SELECT DISTINCT e.conversation, s.id, e.seq, e.seq
    FROM chat.session s
    JOIN chat.range r ON r.session = s.id AND r.blocked
    JOIN chat.conversation c ON c.id = r.conversation AND c.last_seq - r.to_seq <= c_most
    JOIN chat.entry e ON e.conversation = c.id AND e.seq > r.to_seq AND e.kind IN (2, 6)
    WHERE s.account = p_account AND s.revoked IS NULL AND c.id = ANY (p_talks)
    ON CONFLICT (conversation, session, from_seq) DO UPDATE
    SET to_seq = excluded.to_seq, blocked = false;

    UPDATE chat.range r SET blocked = false
    FROM chat.session s
    WHERE s.account = p_account AND r.session = s.id AND r.conversation = ANY (p_talks)
        AND r.blocked;
END
$$;

-- block_list(account, session): 200 {items:[{account, username, display_name, created}]}, the newest
-- first.
CREATE OR REPLACE FUNCTION chat.block_list(p_account uuid, p_session uuid)
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    v_reply     chat.reply;
BEGIN
    SELECT json_build_object('items', coalesce(json_agg(json_build_object('account', a.id,
               'username', a.username, 'display_name', a.display_name,
               'created', chat.json_time(b.created)) ORDER BY b.created DESC, a.id), '[]'))
    INTO v_reply.body
    FROM chat.block b JOIN chat.account a ON a.id = b.target
    WHERE b.account = p_account AND a.state <> 'erased';

    v_reply.status := 200;

    RETURN v_reply;
END
$$;

-- block_refuses(conversation, account): raises CH409 blocked where the account blocks the other one
-- of a conversation of two.
CREATE OR REPLACE FUNCTION chat.block_refuses(p_conversation uuid, p_account uuid)
RETURNS void LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM chat.member
               WHERE conversation = p_conversation AND account = p_account
                   AND blocked IS NOT NULL)
    THEN
        PERFORM chat.fail('CH409', 'blocked');
    END IF;
END
$$;
