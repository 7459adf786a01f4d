-- One conversation per pair, whoever asks.
\ir lib/fixture.sql
BEGIN;
SELECT plan(12);

SELECT pg_temp.account('ann'), pg_temp.account('bob'), pg_temp.register('eve', 'eve', 'eve@example.org') \g /dev/null
SELECT pg_temp.sign_in('bob', 'bob/2') \g /dev/null

CREATE TEMP TABLE made AS SELECT * FROM chat.conversation_direct(pg_temp.id('ann'), pg_temp.id('ann/1'), pg_temp.id('bob'), NULL, NULL);
SELECT is((SELECT status FROM made), 201, 'it is made');
SELECT is((SELECT (body::json->>'kind', body::json->>'payload', body::json->>'history') FROM made), ('direct'::text, 'opaque'::text, 'keep'::text), 'opaque, and kept, unless asked otherwise');
SELECT is((SELECT count(*) FROM chat.range WHERE conversation = (SELECT (body::json->>'id')::uuid FROM made)), 3::bigint, 'open to all devices of both');
SELECT bag_eq($$SELECT unnest(announce) FROM made$$, $$SELECT self FROM chat.account WHERE username IN ('ann', 'bob')$$, 'both are told');
SELECT is((SELECT body->>'type' FROM chat.entry WHERE conversation = (SELECT self FROM chat.account WHERE username = 'ann')), 'conversation_added', 'in their self conversations');
SELECT is((SELECT (status, body::json->>'id') FROM chat.conversation_direct(pg_temp.id('bob'), pg_temp.id('bob/1'), pg_temp.id('ann'), 'mls', NULL)), (200, (SELECT body::json->>'id' FROM made)), 'the other side gets the same');
SELECT is((SELECT history FROM chat.conversation c JOIN chat.direct d ON d.conversation = c.id), 'keep', 'as it is');

SELECT throws_ok($$SELECT chat.conversation_direct(pg_temp.id('ann'), NULL, pg_temp.id('ann'), NULL, NULL)$$, 'CH400', 'invalid_parameter', 'not with oneself');
SELECT throws_ok($$SELECT chat.conversation_direct(pg_temp.id('ann'), NULL, pg_temp.id('eve'), NULL, NULL)$$, 'CH404', 'not_found', 'not with an unverified account');
SELECT throws_ok($$SELECT chat.conversation_direct(pg_temp.id('eve'), NULL, pg_temp.id('ann'), NULL, NULL)$$, 'CH428', 'not_verified', 'nor from one');
SELECT throws_ok($$SELECT chat.conversation_direct(pg_temp.id('ann'), NULL, pg_temp.id('bob'), 'x', NULL)$$, 'CH400', 'invalid_parameter', 'payload has two values');
SELECT throws_ok(format('SELECT chat.conversation_get(%L, NULL, %L)', pg_temp.id('eve'), (SELECT body::json->>'id' FROM made)), 'CH404', 'not_found', 'others do not see it');

SELECT * FROM finish();
ROLLBACK;
