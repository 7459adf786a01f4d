-- Blocking: the blocked one gets the answers of ever, the blocker nothing of what it does.
\ir lib/fixture.sql
\ir lib/group.sql
BEGIN;
SELECT plan(69);

SELECT pg_temp.account(n) FROM unnest(ARRAY['ann', 'bob', 'cas', 'dan', 'eve']) n \g /dev/null
SELECT pg_temp.sign_in('bob', 'bob/2') \g /dev/null
SELECT pg_temp.device(n) FROM unnest(ARRAY['ann/1', 'bob/1', 'bob/2', 'cas/1']) n \g /dev/null
SELECT pg_temp.direct('ann', 'bob') AS c \gset
SELECT pg_temp.send('ann/1', :'c', 'm1', 'before') \g /dev/null
SELECT pg_temp.ack('bob/1', :'c', 1) \g /dev/null

CREATE FUNCTION pg_temp.block(p_by text, p_whom text) RETURNS chat.reply LANGUAGE sql AS 'SELECT chat.block_add(pg_temp.id($1), pg_temp.id($1 || ''/1''), pg_temp.id($2))';
CREATE FUNCTION pg_temp.unblock(p_by text, p_whom text) RETURNS chat.reply LANGUAGE sql AS 'SELECT chat.block_remove(pg_temp.id($1), pg_temp.id($1 || ''/1''), pg_temp.id($2))';
CREATE FUNCTION pg_temp.item(p_name text, p_conversation uuid) RETURNS json LANGUAGE sql AS
    'SELECT item::json FROM chat.conversation_items(pg_temp.id($1), pg_temp.id($1 || ''/1''), ARRAY[$2])';
CREATE FUNCTION pg_temp.self(p_name text) RETURNS uuid LANGUAGE sql AS 'SELECT self FROM chat.account WHERE id = pg_temp.id($1)';
CREATE FUNCTION pg_temp.news(p_name text) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(string_agg(e.body->>'type', ' ' ORDER BY e.seq), '') FROM chat.entry e
    WHERE e.conversation = pg_temp.self(p_name);
$$;
CREATE FUNCTION pg_temp.listed(p_name text) RETURNS uuid[] LANGUAGE sql AS $$
    SELECT ARRAY(SELECT (i->>'id')::uuid FROM chat.conversation_list(pg_temp.id(p_name), pg_temp.id(p_name || '/1'), NULL, NULL) r,
        json_array_elements(r.body::json->'items') i WHERE i->>'kind' <> 'self' ORDER BY 1);
$$;
-- what a blocked one sees of a conversation, but for what its own acts change
CREATE FUNCTION pg_temp.seen(p_name text, p_conversation uuid) RETURNS jsonb LANGUAGE sql AS $$
    SELECT pg_temp.item(p_name, p_conversation)::jsonb - ARRAY['last_seq', 'last_entry', 'active'];
$$;

SELECT pg_temp.seen('ann', :'c') AS before \gset
SELECT pg_temp.news('bob') AS news \gset

-- blocked
SELECT throws_ok($$SELECT pg_temp.block('bob', 'bob')$$, 'CH400', 'invalid_parameter', 'nobody blocks oneself');
SELECT throws_ok($$SELECT pg_temp.block('bob', 'nobody')$$, 'CH404', 'not_found', 'nor who isn''t there');
SELECT is((SELECT (status, announce) FROM pg_temp.block('bob', 'ann')), (204, ARRAY[pg_temp.self('bob'), :'c'::uuid]), 'a block');
SELECT is((SELECT (status, announce) FROM pg_temp.block('bob', 'ann')), (204, NULL::uuid[]), 'again is the same');
SELECT is(pg_temp.news('bob'), :'news' || ' block_added', 'the account''s own devices hear of it');
SELECT is((SELECT body::json->'items'->0->>'username' FROM chat.block_list(pg_temp.id('bob'), pg_temp.id('bob/1'))), 'ann', 'and list it');
SELECT is((SELECT json_array_length(body::json->'items') FROM chat.block_list(pg_temp.id('ann'), pg_temp.id('ann/1'))), 0, 'the blocked one has no list of who blocks');
SELECT is(pg_temp.seen('ann', :'c'), :'before'::jsonb, 'the blocked one sees the conversation as it was, number of membership changes too');
SELECT is(pg_temp.item('bob', :'c')->>'blocked', 'true', 'the blocker sees that it is blocked');
SELECT is((SELECT (verdict, seq) FROM pg_temp.send('ann/1', :'c', 'm2', 'insult')), (''::text, 2::bigint), 'a send is taken as ever');
SELECT is((SELECT (verdict, seq, duplicate) FROM pg_temp.send('ann/1', :'c', 'm2', 'insult')), (''::text, 2::bigint, true), '... and repeated');
SELECT is(pg_temp.pending('bob/1'), NULL, 'the blocker gets nothing of it');
SELECT is(pg_temp.pending('bob/2'), NULL, 'on no device');
SELECT is((SELECT count(*) FROM chat.entry_list(pg_temp.id('bob'), pg_temp.id('bob/1'), :'c', NULL, NULL, NULL)), 1::bigint, 'and finds what was before only');
SELECT is((SELECT (i->>'last_seq', i->>'unread', (i->'last_entry')::text) FROM pg_temp.item('bob', :'c') i), ('1'::text, '0'::text, 'null'::text), 'nor does it count');
SELECT is((SELECT (i->>'active')::timestamptz <= m.blocked FROM chat.member m, pg_temp.item('bob', :'c') i WHERE m.conversation = :'c' AND m.account = pg_temp.id('bob')), true, 'nor move up in the list');
SELECT is((SELECT accounts FROM chat.conversation_members(ARRAY[:'c'::uuid])), ARRAY[pg_temp.id('ann')], 'workers leave it out of receivers, of receipts too');
SELECT is((SELECT verdict FROM pg_temp.send('bob/1', :'c', 'm3', 'x')), 'blocked', 'who blocks can''t write there');
SELECT is(pg_temp.ack('bob/1', :'c', 2), NULL, 'nor acknowledge');
SELECT is((SELECT delivered FROM chat.member WHERE conversation = :'c' AND account = pg_temp.id('bob')), 1::bigint, 'its cursors stay as those of one who is away');
SELECT is((SELECT (status, body::json->>'id') FROM chat.conversation_direct(pg_temp.id('ann'), pg_temp.id('ann/1'), pg_temp.id('bob'), NULL, NULL)), (200, :'c'::text), 'the blocked one opens the conversation as ever');
SELECT is((SELECT (status, body::json->>'id') FROM chat.conversation_direct(pg_temp.id('bob'), pg_temp.id('bob/1'), pg_temp.id('ann'), NULL, NULL)), (200, :'c'::text), 'so does the blocker, since it sees it');
SELECT is((SELECT status FROM chat.account_lookup(pg_temp.id('ann'), pg_temp.id('ann/1'), 'bob')), 200, 'looks it up');
SELECT is((SELECT status FROM chat.account_devices(pg_temp.id('ann'), pg_temp.id('ann/1'), pg_temp.id('bob'))), 200, 'sees its devices');
SELECT is((SELECT json_array_length(body::json->'devices') FROM chat.key_package_claim(pg_temp.id('ann'), pg_temp.id('ann/1'), pg_temp.id('bob'), 1, NULL)), 2, 'claims key packages');

-- a device that comes meanwhile
SELECT pg_temp.sign_in('bob', 'bob/3') \g /dev/null
SELECT pg_temp.send('ann/1', :'c', 'm4', 'again') \g /dev/null
SELECT is(pg_temp.pending('bob/3'), NULL, 'a new device of the blocker gets nothing either');

-- the floor of what is kept until it is delivered doesn't tell
SELECT (chat.conversation_direct(pg_temp.id('cas'), pg_temp.id('cas/1'), pg_temp.id('dan'), 'opaque', 'until_delivered')).body::json->>'id' AS u \gset
SELECT pg_temp.block('dan', 'cas') \g /dev/null
SELECT pg_temp.send('cas/1', :'u', 'u1', 'x'), pg_temp.ack('cas/1', :'u', 1) \g /dev/null
SELECT pg_temp.ack('cas/1', :'u', 1) \g /dev/null
SELECT chat.maintain(1000) FROM generate_series(1, 3) \g /dev/null
SELECT is((SELECT floor FROM chat.conversation WHERE id = :'u'), 0::bigint, 'it waits for the blocker as for one who is away');
UPDATE chat.entry SET created = now() - interval '2 days' WHERE conversation = :'u';
SELECT chat.maintain(1000, 86400) FROM generate_series(1, 3) \g /dev/null
SELECT is((SELECT floor FROM chat.conversation WHERE id = :'u'), 1::bigint, 'until its time is over');

-- a conversation begun by the blocked one
SELECT pg_temp.news('eve') AS news \gset
SELECT pg_temp.block('eve', 'ann') \g /dev/null
SELECT chat.conversation_direct(pg_temp.id('ann'), pg_temp.id('ann/1'), pg_temp.id('eve'), NULL, NULL) AS r \gset
SELECT (:'r'::chat.reply).body::json->>'id' AS e \gset
SELECT is(((:'r'::chat.reply).status, (:'r'::chat.reply).body::json->>'state', json_array_length((:'r'::chat.reply).body::json->'members')), (201, 'open'::text, 2), 'the blocked one begins a conversation');
SELECT is(pg_temp.news('eve'), ltrim(:'news' || ' block_added'), 'of which the blocker hears nothing');
SELECT is(pg_temp.listed('eve'), '{}', 'that isn''t in its list');
SELECT throws_ok(format($$SELECT chat.conversation_get(pg_temp.id('eve'), pg_temp.id('eve/1'), %L)$$, :'e'), 'CH404', 'not_found', 'nor by its id');
SELECT throws_ok($$SELECT chat.conversation_direct(pg_temp.id('eve'), pg_temp.id('eve/1'), pg_temp.id('ann'), NULL, NULL)$$, 'CH409', 'blocked', 'and can''t be opened by the blocker');
SELECT is((SELECT verdict FROM pg_temp.send('ann/1', :'e', 'e1', 'hello?')), '', 'a send into it is taken');
SELECT is(pg_temp.pending('eve/1'), NULL, 'and gets nowhere');
SELECT is((SELECT status FROM chat.conversation_direct(pg_temp.id('ann'), pg_temp.id('ann/1'), pg_temp.id('eve'), NULL, NULL)), 200, 'a second time it is there');
SELECT is((SELECT (status, announce) FROM pg_temp.unblock('eve', 'ann')), (204, ARRAY[pg_temp.self('eve'), :'e'::uuid]), 'the block ends');
SELECT is(pg_temp.news('eve'), ltrim(:'news' || ' block_added block_removed conversation_added'), 'then the conversation is there');
SELECT is(pg_temp.listed('eve'), ARRAY[:'e'::uuid], '... in the list');
SELECT is(pg_temp.pending('eve/1'), NULL, '... without what was said before');
SELECT pg_temp.send('ann/1', :'e', 'e2', 'hello') \g /dev/null
SELECT is(pg_temp.pending('eve/1'), ARRAY['2:hello'], '... and with what is said from now on');
SELECT is((SELECT verdict FROM pg_temp.send('eve/1', :'e', 'e3', 'hi')), '', 'and both write');

-- an offer by the blocked one
SELECT pg_temp.block('eve', 'cas') \g /dev/null
SELECT pg_temp.news('eve') AS news \gset
SELECT chat.private_offer(pg_temp.id('cas'), pg_temp.id('cas/1'), pg_temp.id('eve'), NULL) AS r \gset
SELECT (:'r'::chat.reply).body::json->>'id' AS p \gset
SELECT is(((:'r'::chat.reply).status, (:'r'::chat.reply).body::json->'private'->>'state'), (201, 'offered'::text), 'a private conversation is offered as ever');
SELECT is(pg_temp.news('eve'), :'news', 'nobody hears of it');
SELECT throws_ok(format($$SELECT chat.private_decline(pg_temp.id('eve'), pg_temp.id('eve/1'), %L)$$, :'p'), 'CH404', 'not_found', 'nor can decline it');
SELECT pg_temp.unblock('eve', 'cas') \g /dev/null
SELECT is(pg_temp.listed('eve'), ARRAY[:'e'::uuid], 'after the block the offer stays unseen');
UPDATE chat.private SET expires = now() WHERE conversation = :'p';
SELECT is(chat.private_expire(10), ARRAY[pg_temp.self('cas')], 'its end is told to who made it alone');

-- the first block ends
SELECT pg_temp.unblock('bob', 'ann') \g /dev/null
SELECT is((SELECT status FROM pg_temp.unblock('bob', 'ann')), 204, 'again is the same');
SELECT is(pg_temp.seen('ann', :'c'), :'before'::jsonb, 'the blocked one sees nothing of that');
SELECT is(pg_temp.pending('bob/1'), NULL, 'what was said meanwhile stays unseen');
SELECT pg_temp.send('ann/1', :'c', 'm5', 'sorry') \g /dev/null
SELECT is(ARRAY[pg_temp.pending('bob/1'), pg_temp.pending('bob/2'), pg_temp.pending('bob/3')], ARRAY[ARRAY['4:sorry'], ARRAY['4:sorry'], ARRAY['4:sorry']], 'what is said then comes to all devices');
SELECT is((SELECT (accounts, kind) FROM chat.conversation_members(ARRAY[:'c'::uuid])), (ARRAY(SELECT a FROM unnest(ARRAY[pg_temp.id('ann'), pg_temp.id('bob')]) a ORDER BY a), 'direct'::text), 'workers deliver again');
SELECT is(pg_temp.ack('bob/1', :'c', 4), 4::bigint, 'and cursors go on');

-- on and off without a word in between
SELECT pg_temp.block('bob', 'ann'), pg_temp.unblock('bob', 'ann'), pg_temp.block('bob', 'ann') \g /dev/null
SELECT pg_temp.unblock('bob', 'ann') \g /dev/null
SELECT is((SELECT count(*) FROM chat.range r WHERE r.conversation = :'c' AND r.session = pg_temp.id('bob/1') AND r.to_seq IS NULL), 1::bigint, 'a device has one open range after any of that');
SELECT pg_temp.send('ann/1', :'c', 'm6', 'six') \g /dev/null
SELECT is(pg_temp.pending('bob/1'), ARRAY['5:six'], 'and reads on');

-- mls
SELECT (chat.conversation_direct(pg_temp.id('ann'), pg_temp.id('ann/1'), pg_temp.id('cas'), 'mls', NULL)).body::json->>'id' AS g \gset
SELECT pg_temp.handed('kc', 'cas/1', 'ann/1') \g /dev/null
SELECT pg_temp.block('cas', 'ann') \g /dev/null
SELECT is(pg_temp.commit('ann/1', :'g', 'g1', 0, ARRAY['kc=cas/1'], '{}', ARRAY['ann/1', 'cas/1']), '201 1', 'the blocked one adds the blocker''s device to a group');
SELECT is((SELECT count(*) FROM chat.read_log(pg_temp.id('cas/1'), ARRAY[:'g'::uuid], NULL, false, 100, 100000)), 0::bigint, 'which gets no Welcome');
SELECT is(pg_temp.commit('cas/1', :'g', 'g2', 1, '{}', '{}', ARRAY['ann/1', 'cas/1']), 'blocked', 'and commits nothing');
SELECT pg_temp.unblock('cas', 'ann') \g /dev/null
SELECT is((SELECT (leaf, from_seq::bigint) FROM chat.range WHERE conversation = :'g' AND session = pg_temp.id('cas/1') AND to_seq IS NULL), (1, 2::bigint), 'then it has its leaf and reads on');
SELECT is((SELECT count(*) FROM chat.range WHERE conversation = :'g' AND blocked), 0::bigint, 'and nothing is held back any more');
CREATE FUNCTION pg_temp.send_mls(p_session text, p_conversation uuid, p_id text, p_text text, p_epoch bigint) RETURNS text LANGUAGE sql AS $$
    SELECT verdict FROM chat.send_batch(ARRAY[p_conversation], '{1}', ARRAY[pg_temp.id(p_session)], ARRAY[pg_temp.id(p_id)],
        ARRAY[pg_temp.h(p_id)], ARRAY[p_epoch], '{0}', ARRAY[p_text::bytea], false);
$$;
CREATE FUNCTION pg_temp.looks_up(p_session text, p_conversation uuid, p_after bigint) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(string_agg(l.seq || ':' || l.kind, ' ' ORDER BY l.seq), '') FROM chat.entry_list(
        (SELECT account FROM chat.session WHERE id = pg_temp.id(p_session)), pg_temp.id(p_session), p_conversation, p_after, NULL, NULL) l;
$$;
SELECT is(pg_temp.looks_up('cas/1', :'g', 0), '1:commit', 'its Welcome can be looked up');
SELECT is(pg_temp.commit('cas/1', :'g', 'g3', 1, '{}', '{1}', ARRAY['ann/1', 'cas/1'], true), '201 2', 'or it comes in anew, as the first thing after the block');
SELECT is((SELECT (leaf, from_seq::bigint) FROM chat.range WHERE conversation = :'g' AND session = pg_temp.id('cas/1') AND to_seq IS NULL), (1, 2::bigint), 'and reads on from there');

SELECT pg_temp.block('cas', 'ann') \g /dev/null
SELECT pg_temp.send_mls('ann/1', :'g', 'n1', 'insult', 2), pg_temp.commit('ann/1', :'g', 'g4', 2, '{}', '{}', ARRAY['ann/1', 'cas/1']) \g /dev/null
SELECT pg_temp.send_mls('ann/1', :'g', 'n2', 'insult', 3) \g /dev/null
SELECT is(pg_temp.looks_up('cas/1', :'g', 2), '', 'during a block nothing is looked up');
SELECT pg_temp.unblock('cas', 'ann') \g /dev/null
SELECT pg_temp.send_mls('ann/1', :'g', 'n3', 'sorry', 3) \g /dev/null
SELECT is(pg_temp.looks_up('cas/1', :'g', 2), '4:commit 6:message', 'after it the commits that what follows needs, and no message of meanwhile');
SELECT is(pg_temp.pending('cas/1'), ARRAY['6:sorry'], 'of itself only what is said then comes');
SELECT is(pg_temp.looks_up('ann/1', :'g', 2), '3:message 4:commit 5:message 6:message', 'the other one has all of it');

-- bounds
INSERT INTO chat.account (id, username, email, email_key, display_name, password_hash, state, verified)
SELECT md5('many' || i)::uuid, 'many' || i, i || '@many.example', i || '@many.example', 'many', 'x', 'active', now() FROM generate_series(1, 501) i;
INSERT INTO chat.block (account, target) SELECT pg_temp.id('dan'), md5('many' || i)::uuid FROM generate_series(1, 499) i;
SELECT throws_ok($$SELECT chat.block_add(pg_temp.id('dan'), pg_temp.id('dan/1'), md5('many501')::uuid)$$, 'CH409', 'too_many_blocks', 'the list has an end');
SELECT is((SELECT status FROM pg_temp.block('dan', 'cas')), 204, 'what is on it may be said again');

SELECT * FROM finish();
ROLLBACK;
