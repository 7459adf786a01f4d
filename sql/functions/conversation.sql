-- Conversations: opening a direct one, lists, cursors, members.

-- conversation_direct(account, session, peer, payload, history, cipher_suite): gets or makes the
-- one conversation of the pair.
--   payload: opaque (default) or mls; history: keep or until_delivered (default by payload);
--   cipher_suite: of mls, default 1; all are ignored when it is there
-- 201 with its body when made, else 200.  announce: both self conversations.
-- CH400 invalid_parameter: with oneself, or another value; CH404 not_found: no such verified
-- account; CH428 not_verified: one's own isn't; CH409 too_many_conversations {limit}, blocked: by
-- oneself.
DROP FUNCTION IF EXISTS chat.conversation_direct(uuid, uuid, uuid, text, text);

CREATE OR REPLACE FUNCTION chat.conversation_direct(p_account uuid, p_session uuid, p_peer uuid,
    p_payload text, p_history text, p_cipher_suite integer DEFAULT NULL)
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    v_low           uuid := least(p_account, p_peer);
    v_high          uuid := greatest(p_account, p_peer);
    v_payload       text := coalesce(p_payload, 'opaque');
    v_history       text := coalesce(p_history, CASE WHEN p_payload = 'mls'
                                                THEN 'until_delivered' ELSE 'keep' END);
    v_conversation  uuid;
    v_account       uuid;
    v_reply         chat.reply;
BEGIN
    IF p_account = p_peer THEN
        PERFORM chat.invalid('account', 'another account');
    ELSIF v_payload NOT IN ('opaque', 'mls') THEN
        PERFORM chat.invalid('payload', 'opaque or mls');
    ELSIF v_history NOT IN ('keep', 'until_delivered') THEN
        PERFORM chat.invalid('history', 'keep or until_delivered');
    ELSIF NOT EXISTS (SELECT 1 FROM chat.account WHERE id = p_account AND state = 'active') THEN
        PERFORM chat.fail('CH428', 'not_verified');
    ELSIF NOT EXISTS (SELECT 1 FROM chat.account WHERE id = p_peer AND state = 'active') THEN
        PERFORM chat.fail('CH404', 'not_found');
    END IF;

    SELECT conversation INTO v_conversation FROM chat.direct WHERE low = v_low AND high = v_high;

    -- whom one blocks: only what one sees already
    IF EXISTS (SELECT 1 FROM chat.block WHERE account = p_account AND target = p_peer)
       AND NOT EXISTS (SELECT 1 FROM chat.member m
                       WHERE m.conversation = v_conversation AND m.account = p_account
                           AND NOT chat.member_unseen(m))
    THEN
        PERFORM chat.fail('CH409', 'blocked');
    ELSIF v_conversation IS NULL THEN
        FOREACH v_account IN ARRAY ARRAY[v_low, v_high] LOOP
            PERFORM chat.conversations_room(v_account);
        END LOOP;

        v_conversation := chat.uuid_v7();

        -- a second caller waits here for the first
        INSERT INTO chat.direct (low, high, conversation) VALUES (v_low, v_high, v_conversation)
        ON CONFLICT DO NOTHING;

        IF FOUND THEN
            v_reply.announce := chat.conversation_open(v_conversation, 'direct', v_payload,
                                                       v_history, ARRAY[v_low, v_high],
                                                       p_cipher_suite);
            v_reply.status := 201;
        ELSE
            SELECT conversation INTO STRICT v_conversation FROM chat.direct
            WHERE low = v_low AND high = v_high;
        END IF;
    END IF;

    v_reply.status := coalesce(v_reply.status, 200);
    SELECT item INTO v_reply.body
    FROM chat.conversation_items(p_account, p_session, ARRAY[v_conversation]);

    RETURN v_reply;
END
$$;

-- conversation_open(id, kind, payload, history, accounts, cipher_suite): makes a conversation with its
-- members and, unless it is mls (see commit()), the ranges of their devices, and tells each account
-- in its self conversation; those are returned, to be announced.  One of two that blocks the other
-- one neither hears of it nor reads it.
DROP FUNCTION IF EXISTS chat.conversation_open(uuid, text, text, text, uuid[]);

CREATE OR REPLACE FUNCTION chat.conversation_open(p_id uuid, p_kind text, p_payload text,
    p_history text, p_accounts uuid[], p_cipher_suite integer DEFAULT NULL)
RETURNS uuid[] LANGUAGE plpgsql AS $$
DECLARE
    v_selves    uuid[];
    v_self      uuid;
BEGIN
    v_selves := ARRAY(SELECT self FROM chat.account
                      WHERE id = ANY (p_accounts) AND self IS NOT NULL ORDER BY self);

    -- a block is made under the lock of self
    PERFORM chat.lock_conversations(v_selves);

    INSERT INTO chat.conversation (id, kind, payload, history, cipher_suite)
    VALUES (p_id, p_kind, p_payload, p_history,
        CASE WHEN p_payload = 'mls' THEN coalesce(p_cipher_suite, 1) END);

    INSERT INTO chat.member (conversation, account, blocked)
    SELECT p_id, a.account,
           CASE WHEN p_kind = 'direct' THEN chat.blocked_at(a.account, p_accounts[3 - a.o]) END
    FROM unnest(p_accounts) WITH ORDINALITY a (account, o);

    INSERT INTO chat.range (conversation, session, from_seq, to_seq, blocked)
    SELECT p_id, s.id, 1, CASE WHEN m.blocked IS NOT NULL THEN 0 END, m.blocked IS NOT NULL
    FROM chat.member m JOIN chat.session s ON s.account = m.account
    WHERE m.conversation = p_id AND s.revoked IS NULL AND s.state = 'approved'
        AND p_payload = 'opaque';

    v_selves := ARRAY(SELECT a.self FROM chat.member m JOIN chat.account a ON a.id = m.account
                      WHERE m.conversation = p_id AND m.blocked IS NULL AND a.self IS NOT NULL
                      ORDER BY a.self);

    FOREACH v_self IN ARRAY v_selves LOOP
        PERFORM chat.append_account_entry(v_self, json_build_object(
            'type', 'conversation_added', 'conversation', p_id));
    END LOOP;

    PERFORM chat.block_unheard(a.self, json_build_object(
        'type', 'conversation_added', 'conversation', p_id))
    FROM chat.member m JOIN chat.account a ON a.id = m.account
    WHERE m.conversation = p_id AND m.blocked IS NOT NULL AND a.self IS NOT NULL;

    RETURN v_selves;
END
$$;

-- conversation_mls(conversation, session, item): the item, of an mls conversation with cipher_suite,
-- group_id, leaves:[{leaf,account,device,removal_pending}] and private: null or {state,
-- from_account,from_device,to_account,to_device,key_package,expires}.
CREATE OR REPLACE FUNCTION chat.conversation_mls(p_c chat.conversation, p_session uuid,
    p_item text)
RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN p_c.payload <> 'mls' THEN p_item ELSE left(p_item, -1) || ',' || substr((
        SELECT json_build_object('cipher_suite', p_c.cipher_suite,
            'group_id', chat.base64url(chat.group_id(p_c.id, p_c.resets)),
            'leaves', (SELECT coalesce(json_agg(json_build_object('leaf', l.leaf,
                    'account', l.account, 'device', l.session, 'removal_pending',
                    l.pending IS NOT NULL OR NOT EXISTS (SELECT 1 FROM chat.member m
                        WHERE m.conversation = p_c.id AND m.account = l.account))
                    ORDER BY l.leaf), '[]')
                FROM chat.leaf l WHERE l.conversation = p_c.id),
            'private', (SELECT json_build_object('state', p.state,
                    'from_account', p.from_account, 'from_device', p.from_session,
                    'to_account', p.to_account, 'to_device', p.to_session,
                    'key_package', CASE WHEN p.from_session = p_session AND p.state = 'accepted'
                                   THEN chat.base64url(p.key_package) END,
                    'expires', chat.json_time(p.expires))
                FROM chat.private p WHERE p.conversation = p_c.id))::text), 2) END;
$$;

-- conversation_items(account, session, ids): for each of them that the account is a member of:
-- id, active, item (JSON text)
--   {id, kind, payload, history, state, title, members:[{account,username,display_name,role,
--   delivered,read,erased}], last_seq, floor, epoch, membership_version, last_entry, unread,
--   delivered, read, created, active, blocked}, and of mls what conversation_mls() says
-- erased: the account is gone, and has no names.  blocked: this account blocks the other one of the
-- two; last_seq and active are then those of the time before.
-- delivered and read are this device's, those of members the accounts'.  unread counts messages of
-- others after what any of the account's devices has read, among the newest 1000 entries: one's
-- own cost the look as much, and whoever only sends has any number of them.  last_entry is null
-- where the device can't read it, else {seq,kind,sender,time,size} and payload (of a message:
-- base64url, up to 4096 bytes) or body.
CREATE OR REPLACE FUNCTION chat.conversation_items(p_account uuid, p_session uuid, p_ids uuid[])
RETURNS TABLE (id uuid, active timestamptz, item text)
LANGUAGE sql STABLE AS $$
    SELECT c.id, c.active, chat.conversation_mls(c, p_session, json_build_object(
        'id', c.id, 'kind', c.kind, 'payload', c.payload, 'history', c.history,
        'state', c.state, 'title', c.title, 'members', ms.members, 'last_seq',
        CASE WHEN me.blocked IS NULL THEN c.last_seq ELSE coalesce((
            SELECT max(o.to_seq) FROM chat.range o
            WHERE o.session = p_session AND o.conversation = c.id), 0) END, 'floor', c.floor,
        'epoch', c.epoch, 'membership_version', c.membership_version - c.masked,
        'blocked', me.blocked IS NOT NULL, 'last_entry', l.entry,
        'unread', u.unread,
        'delivered', coalesce(greatest(r.delivered, r.from_seq - 1), 0),
        'read', coalesce(greatest(r.read, r.from_seq - 1), 0),
        'created', chat.json_time(c.created),
        'active', chat.json_time(least(c.active, me.blocked)))::text)
    FROM unnest(p_ids) wanted (id)
    JOIN chat.conversation c ON c.id = wanted.id
    JOIN chat.member me ON me.conversation = c.id AND me.account = p_account
        AND (me.blocked IS NULL OR me.blocked > me.joined)
    LEFT JOIN chat.range r ON r.session = p_session AND r.conversation = c.id
        AND r.to_seq IS NULL
    CROSS JOIN LATERAL (
        SELECT json_agg(json_build_object('account', m.account,
                   'username', coalesce(a.username, ''),
                   'display_name', coalesce(a.display_name, ''), 'role', m.role,
                   'delivered', m.delivered, 'read', m.read, 'erased', a.id IS NULL)
                   ORDER BY m.joined, m.account) AS members
        FROM chat.member m
        LEFT JOIN chat.account a ON a.id = m.account AND a.state <> 'erased'
        WHERE m.conversation = c.id) ms
    CROSS JOIN LATERAL (
        SELECT count(*) AS unread FROM chat.entry e
        WHERE e.conversation = c.id
            AND e.seq > greatest(me.read, r.from_seq - 1, c.floor, c.last_seq - 1000)
            AND r.from_seq IS NOT NULL AND e.kind = 1 AND e.sender <> p_account) u
    LEFT JOIN LATERAL (
        SELECT json_strip_nulls(json_build_object('seq', e.seq, 'kind', chat.kind_name(e.kind),
                   'sender', e.sender, 'time', chat.json_time(e.created),
                   'size', coalesce(octet_length(e.payload), 0),
                   'payload', CASE WHEN e.kind = 1 AND octet_length(e.payload) <= 4096
                                   THEN chat.base64url(e.payload) END,
                   'body', e.body)) AS entry
        FROM chat.entry e
        WHERE e.conversation = c.id AND e.seq = c.last_seq AND c.last_seq >= r.from_seq
            AND c.last_seq > c.floor) l ON true;
$$;

-- conversation_get(account, session, id): 200 and one item.  CH404 not_found.
CREATE OR REPLACE FUNCTION chat.conversation_get(p_account uuid, p_session uuid, p_id uuid)
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    v_reply     chat.reply;
BEGIN
    SELECT item INTO v_reply.body
    FROM chat.conversation_items(p_account, p_session, ARRAY[p_id]);

    IF NOT FOUND THEN
        PERFORM chat.fail('CH404', 'not_found');
    END IF;

    v_reply.status := 200;

    RETURN v_reply;
END
$$;

-- conversation_list(account, session, cursor, limit): 200 {"items":[…],"next":cursor|null}, the
-- newest activity first.  limit: 1..100, default 50.  CH400 invalid_parameter (limit, cursor).
-- A conversation that becomes active while one pages moves to the front and is not seen twice.
CREATE OR REPLACE FUNCTION chat.conversation_list(p_account uuid, p_session uuid, p_cursor text,
    p_limit integer)
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    c_most      CONSTANT integer := 100;
    v_limit     integer := coalesce(p_limit, 50);
    v_cursor    bytea;
    v_active    timestamptz;
    v_id        uuid;
    v_ids       uuid[];
    v_actives   timestamptz[];
    v_items     text;
    v_next      text;
    v_reply     chat.reply;
BEGIN
    IF v_limit NOT BETWEEN 1 AND c_most THEN
        PERFORM chat.invalid('limit', '1..' || c_most);
    END IF;

    IF p_cursor IS NOT NULL THEN
        v_cursor := chat.base64url_decode(p_cursor);

        IF v_cursor IS NULL OR octet_length(v_cursor) <> 24 THEN
            PERFORM chat.invalid('cursor', 'the next of an earlier answer');
        END IF;

        v_active := 'epoch'::timestamptz + interval '1 microsecond'
            * (('x' || encode(substring(v_cursor FOR 8), 'hex'))::bit(64)::bigint
               & 9007199254740991);
        v_id := encode(substring(v_cursor FROM 9), 'hex')::uuid;
    END IF;

    SELECT array_agg(s.id ORDER BY s.active DESC, s.id DESC),
           array_agg(s.active ORDER BY s.active DESC, s.id DESC)
    INTO v_ids, v_actives
    FROM (SELECT o.id, o.active
          FROM (SELECT c.id, least(c.active, m.blocked) AS active
                FROM chat.member m JOIN chat.conversation c ON c.id = m.conversation
                WHERE m.account = p_account
                    AND (m.blocked IS NULL OR m.blocked > m.joined)) o
          WHERE p_cursor IS NULL OR (o.active, o.id) < (v_active, v_id)
          ORDER BY o.active DESC, o.id DESC LIMIT v_limit + 1) s;

    IF cardinality(v_ids) > v_limit THEN
        v_next := chat.base64url(
            int8send((extract(epoch FROM v_actives[v_limit]) * 1000000)::bigint)
            || uuid_send(v_ids[v_limit]));
        v_ids := v_ids[1:v_limit];
    END IF;

    SELECT string_agg(i.item, ',' ORDER BY array_position(v_ids, i.id)) INTO v_items
    FROM chat.conversation_items(p_account, p_session, v_ids) i;

    v_reply.status := 200;
    v_reply.body := '{"items":[' || coalesce(v_items, '') || '],"next":'
                    || coalesce(to_json(v_next)::text, 'null') || '}';

    RETURN v_reply;
END
$$;

-- conversation_read(account, session, conversation, seq): this device has shown everything up to
-- seq, hence has it.  Only forward.  200 {conversation, delivered, read (this device's), account,
-- account_delivered, account_read}: what the live receipt needs.
-- CH404 not_found: no open range; CH400 invalid_parameter: below 0 or beyond the log.
CREATE OR REPLACE FUNCTION chat.conversation_read(p_account uuid, p_session uuid,
    p_conversation uuid, p_seq bigint)
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    v_last      bigint;
    v_range     chat.range;
    v_member    chat.member;
    v_reply     chat.reply;
BEGIN
    SELECT last_seq INTO v_last FROM chat.conversation WHERE id = p_conversation;

    SELECT r.* INTO v_range
    FROM chat.range r JOIN chat.session s ON s.id = r.session AND s.account = p_account
    WHERE r.session = p_session AND r.conversation = p_conversation AND r.to_seq IS NULL
    FOR NO KEY UPDATE OF r;

    IF NOT FOUND THEN
        PERFORM chat.fail('CH404', 'not_found');
    ELSIF p_seq IS NULL OR p_seq < 0 OR p_seq > v_last THEN
        PERFORM chat.invalid('seq', '0..' || v_last);
    END IF;

    IF p_seq >= v_range.from_seq AND p_seq > v_range.read THEN
        UPDATE chat.range SET read = p_seq, delivered = greatest(delivered, p_seq)
        WHERE conversation = p_conversation AND session = p_session
            AND from_seq = v_range.from_seq
        RETURNING * INTO v_range;

        UPDATE chat.member SET read = greatest(read, p_seq), delivered = greatest(delivered, p_seq)
        WHERE conversation = p_conversation AND account = p_account
            AND (read < p_seq OR delivered < p_seq);
    END IF;

    SELECT * INTO v_member FROM chat.member
    WHERE conversation = p_conversation AND account = p_account;

    v_reply.status := 200;
    v_reply.body := json_build_object('conversation', p_conversation,
        'delivered', greatest(v_range.delivered, v_range.from_seq - 1),
        'read', greatest(v_range.read, v_range.from_seq - 1),
        'account', p_account, 'account_delivered', v_member.delivered,
        'account_read', v_member.read);

    RETURN v_reply;
END
$$;

-- conversation_members(conversations): for the cache of receivers.  Rows: conversation,
-- membership_version, kind, accounts (but one of two that blocks the other).  One that is gone gives
-- none.
CREATE OR REPLACE FUNCTION chat.conversation_members(p_conversations uuid[])
RETURNS TABLE (conversation uuid, membership_version integer, kind text, accounts uuid[])
LANGUAGE sql STABLE AS $$
    SELECT c.id, c.membership_version, c.kind,
           ARRAY(SELECT m.account FROM chat.member m
                 WHERE m.conversation = c.id AND m.blocked IS NULL ORDER BY m.account)
    FROM chat.conversation c WHERE c.id = ANY (p_conversations);
$$;
