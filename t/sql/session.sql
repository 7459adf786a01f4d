-- A session is a device: it keeps its row and its queue over sign-outs, if its secret proves it.
\ir lib/fixture.sql
BEGIN;
SELECT plan(29);

SELECT pg_temp.account('ann'), pg_temp.account('bob') \g /dev/null
SELECT pg_temp.direct('ann', 'bob') AS c \gset
SELECT pg_temp.send('bob/1', :'c', 'm1', 'one') \g /dev/null

CREATE TEMP TABLE two AS SELECT * FROM pg_temp.sign_in('ann', 'ann/2');
SELECT is((SELECT status FROM two), 201, 'a second device');
SELECT is((SELECT body::json->'session'->>'state' FROM two), 'approved', 'is approved, there is no key that could');
SELECT is((SELECT announce FROM two), (SELECT ARRAY[self] FROM chat.account WHERE id = pg_temp.id('ann')), 'the others are told in self');
SELECT is(pg_temp.pending('ann/2'), NULL, 'it does not get what came before it');
SELECT pg_temp.send('bob/1', :'c', 'm2', 'two') \g /dev/null
SELECT is(pg_temp.pending('ann/2'), ARRAY['2:two'], 'but what comes after');
SELECT is((SELECT verdict FROM pg_temp.send('ann/2', :'c', 'm3', 'three')), '', 'and may send');

SELECT is((SELECT (session, account, verified, state, account_state) FROM chat.session_find(pg_temp.h('token ann/2'))), (pg_temp.id('ann/2'), pg_temp.id('ann'), true, 'approved'::text, 'active'::text), 'a token finds its session');
SELECT is_empty($$SELECT * FROM chat.session_find(pg_temp.h('nobody'))$$, 'another token finds none');

SELECT is((SELECT (status, revoked, close_code) FROM chat.session_end(pg_temp.id('ann'), pg_temp.id('ann/2'))), (204, ARRAY[pg_temp.id('ann/2')], 4401), 'signing out closes its sockets with 4401');
SELECT is_empty($$SELECT * FROM chat.session_find(pg_temp.h('token ann/2'))$$, 'its token is dead');
SELECT is((SELECT verdict FROM pg_temp.send('ann/2', :'c', 'm4', 'four')), 'unauthorized', 'it can not send any more');

CREATE TEMP TABLE thief AS SELECT * FROM pg_temp.sign_in('ann', 'ann/3', 'ann/2', 'guessed');
SELECT is((SELECT status FROM thief), 201, 'who does not know its secret gets another session');
SELECT is(pg_temp.pending('ann/3'), NULL, 'and not its queue');

CREATE TEMP TABLE back AS SELECT * FROM pg_temp.sign_in('ann', 'ann/4', 'ann/2', 'secret ann/2');
SELECT is((SELECT (status, body::json->'session'->>'id', body::json->>'resumed') FROM back), (200, pg_temp.id('ann/2')::text, 'true'::text), 'its secret brings the device back');
SELECT is(pg_temp.pending('ann/2'), ARRAY['2:two', '3:three'], 'with its queue');
SELECT is((SELECT revoked FROM back), NULL, 'nothing was live');
SELECT is((pg_temp.sign_in('ann', 'ann/5', 'ann/2', 'secret ann/2')).revoked, ARRAY[pg_temp.id('ann/2')], 'once more: the old token''s sockets close');
SELECT is((pg_temp.sign_in('bob', 'bob/9', 'ann/2', 'secret ann/2')).status, 201, 'a device of another account is not taken over');

UPDATE chat.session SET idle_expires = now() - interval '1 s' WHERE id = pg_temp.id('ann/1');
SELECT ok((SELECT expires_at <= now() FROM chat.session_find(pg_temp.h('token ann/1'))), 'an idle session expires, and its token is told from an unknown one');
SELECT is((SELECT verdict FROM pg_temp.send('ann/1', :'c', 'm5', 'five')), 'unauthorized', 'also towards the writer');
SELECT is(chat.session_touch(ARRAY[pg_temp.id('ann/1')]), 0, 'touching does not bring it back');
UPDATE chat.session SET last_seen = now() - interval '5 min', idle_expires = now() + interval '1 min' WHERE id = pg_temp.id('bob/1');
SELECT is(chat.session_touch(ARRAY[pg_temp.id('bob/1')]), 1, 'a live one is touched');
SELECT is((SELECT idle_expires FROM chat.session WHERE id = pg_temp.id('bob/1')), now() + interval '1 day', 'which puts its expiry off');

SELECT pg_temp.sign_in('ann', 'ann/x' || i) FROM generate_series(1, 7) i \g /dev/null
SELECT is((SELECT count(*) FROM chat.session WHERE account = pg_temp.id('ann')), 10::bigint, 'ten devices');
SELECT is((pg_temp.sign_in('ann', 'ann/y')).revoked, ARRAY[pg_temp.id('ann/1')], 'an eleventh revokes the one that is signed out');
SELECT is((SELECT count(*) FROM chat.range WHERE session = pg_temp.id('ann/1') AND to_seq IS NULL), 0::bigint, 'whose ranges close');
SELECT is((SELECT e.body->>'device' FROM chat.entry e JOIN chat.account a ON a.self = e.conversation WHERE a.id = pg_temp.id('ann') AND e.body->>'type' = 'device_revoked'), pg_temp.id('ann/1')::text, 'which the others hear');
SELECT throws_ok($$SELECT pg_temp.sign_in('ann', 'ann/z')$$, 'CH409', 'too_many_sessions', 'where all are signed in, there is no room');

UPDATE chat.session SET token_hash = NULL, signed_out = now() - interval '1 day' WHERE id = pg_temp.id('ann/2');
UPDATE chat.session SET token_hash = NULL, signed_out = now(), state = 'pending' WHERE id = pg_temp.id('ann/y');
SELECT is((pg_temp.sign_in('ann', 'ann/z')).revoked, ARRAY[pg_temp.id('ann/y')], 'a pending device makes room before an approved one');

SELECT * FROM finish();
ROLLBACK;
