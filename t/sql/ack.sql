-- Cursors only move forward, never past the log, and tell the account's receipt once.
\ir lib/fixture.sql
BEGIN;
SELECT plan(13);

SELECT pg_temp.account('ann'), pg_temp.account('bob') \g /dev/null
SELECT pg_temp.direct('ann', 'bob') AS c \gset
SELECT pg_temp.send('ann/1', :'c', 'm' || i, 'm') FROM generate_series(1, 5) i \g /dev/null
SELECT pg_temp.sign_in('bob', 'bob/2') \g /dev/null
SELECT pg_temp.send('ann/1', :'c', 'm6', 'm') \g /dev/null

SELECT is((SELECT delivered FROM chat.member WHERE account = pg_temp.id('bob') AND conversation = :'c'), 0::bigint, 'a new device claims nothing for its account');
CREATE TEMP TABLE a AS SELECT * FROM chat.ack_batch(ARRAY[pg_temp.id('bob/1'), pg_temp.id('bob/1'), pg_temp.id('eve/1')],
    ARRAY[:'c', pg_temp.id('none'), :'c']::uuid[], '{3,1,1}');
SELECT results_eq('SELECT ord, delivered, account_delivered, advanced FROM a ORDER BY ord',
    'VALUES (1, 3::bigint, 3::bigint, true), (2, NULL, NULL, false), (3, NULL, NULL, false)', 'forward; not where the device has no range');
SELECT is((SELECT account FROM a WHERE ord = 1), pg_temp.id('bob'), 'with the account');
SELECT is(pg_temp.ack('bob/1', :'c', 1), 3::bigint, 'not backward');
SELECT is((SELECT delivered FROM chat.range WHERE session = pg_temp.id('bob/1') AND conversation = :'c'), 3::bigint, 'also where it is stored');
SELECT is((SELECT advanced FROM chat.ack_batch(ARRAY[pg_temp.id('bob/1')], ARRAY[:'c']::uuid[], '{3}')), false, 'the same again is no receipt');
SELECT is(pg_temp.ack('bob/1', :'c', 99), 6::bigint, 'never past the log');
SELECT is((SELECT advanced FROM chat.ack_batch(ARRAY[pg_temp.id('bob/2')], ARRAY[:'c']::uuid[], '{6}')), false, 'what one device had, another does not tell again');
SELECT is(pg_temp.pending('bob/2'), NULL, 'but has it');

SELECT is((SELECT body::json->>'unread' FROM chat.conversation_get(pg_temp.id('bob'), pg_temp.id('bob/1'), :'c')), '6', 'delivered is not read');
SELECT is((SELECT (body::json->>'delivered', body::json->>'read', body::json->>'account_read') FROM chat.conversation_read(pg_temp.id('bob'), pg_temp.id('bob/1'), :'c', 4)), ('6'::text, '4'::text, '4'::text), 'reading moves the read cursor');
SELECT is((SELECT body::json->>'unread' FROM chat.conversation_get(pg_temp.id('bob'), pg_temp.id('bob/1'), :'c')), '2', 'two are left');
SELECT throws_ok(format('SELECT chat.conversation_read(%L, %L, %L, 7)', pg_temp.id('bob'), pg_temp.id('bob/1'), :'c'), 'CH400', 'invalid_parameter', 'what is not there can not be read');

SELECT * FROM finish();
ROLLBACK;
