-- Numbers are dense, repeats get their first answer, a bad send fails alone.
\ir lib/fixture.sql
BEGIN;
SELECT plan(24);

SELECT pg_temp.account('ann'), pg_temp.account('bob'), pg_temp.account('eve') \g /dev/null
SELECT pg_temp.direct('ann', 'bob') AS c, pg_temp.direct('ann', 'eve') AS d \gset

CREATE TEMP TABLE batch AS SELECT * FROM chat.send_batch(
    ARRAY[:'c', :'d', pg_temp.id('none')]::uuid[], '{5,2,1}',
    ARRAY[pg_temp.id('ann/1'), pg_temp.id('eve/1'), pg_temp.id('bob/1'), pg_temp.id('ann/1'), pg_temp.id('ann/1'),
          pg_temp.id('eve/1'), pg_temp.id('nobody'), pg_temp.id('ann/1')],
    ARRAY[pg_temp.id('m1'), pg_temp.id('m2'), pg_temp.id('m3'), pg_temp.id('m1'), pg_temp.id('m1'),
          pg_temp.id('m1'), pg_temp.id('m6'), pg_temp.id('m7')],
    ARRAY[pg_temp.h('a'), pg_temp.h('b'), pg_temp.h('c'), pg_temp.h('a'), pg_temp.h('else'),
          pg_temp.h('d'), pg_temp.h('e'), pg_temp.h('f')],
    array_fill(NULL::bigint, '{8}'), ARRAY['a', 'b', 'c', 'a', 'else', 'd', 'e', 'f']::bytea[], false);

SELECT results_eq('SELECT ord, verdict, seq, duplicate FROM batch ORDER BY ord', $$VALUES
    (1, '', 1::bigint, false),
    (2, 'not_found', NULL, false),
    (3, '', 2, false),
    (4, '', 1, true),
    (5, 'idempotency_conflict', NULL, false),
    (6, '', 1, false),
    (7, 'unauthorized', NULL, false),
    (8, 'not_found', NULL, false)$$, 'each send of a batch has its own verdict, and numbers are dense');
SELECT is((SELECT sender FROM batch WHERE ord = 3), pg_temp.id('bob'), 'the sender is the session''s account');
SELECT is((SELECT string_agg(seq || ':' || convert_from(payload, 'UTF8'), ' ' ORDER BY seq) FROM chat.entry WHERE conversation = :'c'),
    '1:a 2:c', 'what passed is stored, in order');
SELECT is((SELECT last_seq FROM chat.conversation WHERE id = :'c'), 2::bigint, 'and counted');

SELECT is((SELECT (verdict, seq, duplicate) FROM pg_temp.send('ann/1', :'c', 'm1', 'a')), (''::text, 1::bigint, true), 'a repeat gets the first answer');
SELECT is((SELECT created FROM pg_temp.send('ann/1', :'c', 'm1', 'a')), (SELECT created FROM batch WHERE ord = 1), 'with its time');
SELECT is((SELECT verdict FROM pg_temp.send('ann/1', :'c', 'm1', 'other')), 'idempotency_conflict', 'the same id with another body does not');
SELECT is((SELECT seq FROM pg_temp.send('bob/1', :'c', 'm1', 'x')), 3::bigint, 'another device may use the same id');
SELECT is((SELECT seq FROM pg_temp.send('ann/1', :'d', 'm1', 'y')), 2::bigint, 'and another conversation, too');

SELECT is((SELECT verdict FROM pg_temp.send('ann/1', (SELECT self FROM chat.account WHERE id = pg_temp.id('ann')), 's', 's')), 'forbidden', 'nobody writes into self');
UPDATE chat.conversation SET state = 'closed' WHERE id = :'c';
SELECT is((SELECT verdict FROM pg_temp.send('ann/1', :'c', 'm8', 'z')), 'conversation_closed', 'nor into a closed one');
SELECT is((SELECT verdict FROM pg_temp.send('ann/1', :'c', 'm1', 'a')), '', 'where a repeat still gets its answer');
UPDATE chat.conversation SET state = 'open' WHERE id = :'c';

UPDATE chat.account SET state = 'suspended' WHERE id = pg_temp.id('bob');
SELECT is((SELECT verdict FROM pg_temp.send('bob/1', :'c', 'm9', 'z')), 'not_verified', 'a suspended account can not send');
SELECT chat.session_revoke_one(pg_temp.id('ann/1'), NULL) \g /dev/null
SELECT is((SELECT verdict FROM pg_temp.send('ann/1', :'c', 'm10', 'z')), 'unauthorized', 'nor a revoked device');
SELECT is((SELECT last_seq FROM chat.conversation WHERE id = :'c'), 3::bigint, 'none of these took a number');

SELECT pg_temp.account('kim'), pg_temp.account('lee') \g /dev/null
SELECT ((chat.conversation_direct(pg_temp.id('kim'), pg_temp.id('kim/1'), pg_temp.id('lee'), 'mls', NULL)).body::json->>'id') AS m \gset
UPDATE chat.conversation SET epoch = 7, resets = 2 WHERE id = :'m';
INSERT INTO chat.range (conversation, session, from_seq, leaf) VALUES (:'m', pg_temp.id('kim/1'), 1, 0), (:'m', pg_temp.id('lee/1'), 1, NULL);
CREATE FUNCTION pg_temp.at(c uuid, epoch bigint, resets integer, who text DEFAULT 'kim/1') RETURNS text LANGUAGE sql AS $$
    SELECT verdict || coalesce(':' || epoch, '') FROM chat.send_batch(ARRAY[c], '{1}', ARRAY[pg_temp.id(who)], ARRAY[pg_temp.id(concat('e', epoch, ' ', resets))],
        ARRAY[pg_temp.h('')], ARRAY[epoch], ARRAY[resets], ARRAY[''::bytea], false) $$;
SELECT is(pg_temp.at(:'m', 7, 2), ':7', 'mls: the present epoch');
SELECT is(pg_temp.at(:'m', 4, 2), ':7', 'or one not far behind');
SELECT is(pg_temp.at(:'m', 3, 2), 'stale_epoch:7', 'but not further');
SELECT is(pg_temp.at(:'m', 8, 2), 'stale_epoch:7', 'nor ahead');
SELECT is(pg_temp.at(:'m', 7, 1), 'stale_epoch:7', 'nor of the group before a reset');
SELECT is(pg_temp.at(:'m', 7, 3), 'invalid_message:7', 'nor of one that never was');
SELECT is(pg_temp.at(:'m', 7, NULL), 'invalid_message:7', 'nor what is no message to a group');
SELECT is(pg_temp.at(:'m', 7, 2, 'lee/1'), 'stale_epoch:7', 'nor from a device without a leaf');
UPDATE chat.conversation SET epoch = 0 WHERE id = :'m';
SELECT is(pg_temp.at(:'m', 0, 2), 'stale_epoch:0', 'nor before there is a group');

SELECT * FROM finish();
ROLLBACK;
