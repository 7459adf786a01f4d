-- A device that comes back says what it stored; another log means a new start.
\ir lib/fixture.sql
BEGIN;
SELECT plan(12);

SELECT pg_temp.account('ann'), pg_temp.account('bob') \g /dev/null
SELECT pg_temp.direct('ann', 'bob') AS c \gset
SELECT pg_temp.send('ann/1', :'c', 'm' || i, 'm') FROM generate_series(1, 4) i \g /dev/null
SELECT chat.ack_batch(ARRAY[pg_temp.id('bob/1')], ARRAY[self], '{99}') FROM chat.account WHERE id = pg_temp.id('bob') \g /dev/null
SELECT log_epoch AS epoch FROM chat.meta \gset

SELECT is((SELECT (ok, pending) FROM chat.resume(pg_temp.id('bob/1'), :'epoch', '{}', '{}')), (true, 4::bigint), 'nothing stored');
SELECT is((SELECT (ok, pending) FROM chat.resume(pg_temp.id('bob/1'), :'epoch', ARRAY[:'c']::uuid[], '{3}')), (true, 1::bigint), 'what it stored is not pending');
SELECT is((SELECT (ok, pending) FROM chat.resume(pg_temp.id('bob/1'), :'epoch', ARRAY[:'c']::uuid[], '{9}')), (false, 1::bigint), 'a cursor beyond the log is another log''s');
SELECT is((SELECT (ok, pending) FROM chat.resume(pg_temp.id('bob/1'), gen_random_uuid(), ARRAY[:'c']::uuid[], '{4}')), (false, 1::bigint), 'so is another epoch, and nothing is applied');

SELECT is((SELECT (ok, pending, written) FROM chat.resume(pg_temp.id('bob/1'), :'epoch', ARRAY[:'c']::uuid[], '{4}', false)), (true, 0::bigint, :'c'::uuid), 'what is to be made durable is named');
SELECT is((SELECT (ok, pending, written) FROM chat.resume(pg_temp.id('bob/1'), :'epoch', ARRAY[:'c']::uuid[], '{2}', false)), (true, 0::bigint, :'c'::uuid), '... also when nothing moves: it may have been written a moment ago');
SELECT is((SELECT (ok, written) FROM chat.resume(pg_temp.id('bob/1'), :'epoch', ARRAY[gen_random_uuid()], '{2}', false)), (true, NULL::uuid), '... but not what it isn''t in');

SELECT is((SELECT log_epoch FROM chat.connect(1)), (SELECT log_epoch FROM chat.connect(1)), 'connections see one epoch');
SELECT isnt((SELECT system_identifier FROM chat.meta), NULL, 'bound to this database');
SELECT log_epoch AS epoch FROM chat.meta \gset
UPDATE chat.meta SET database_oid = 1;
SELECT isnt((SELECT log_epoch FROM chat.connect(1)), :'epoch'::uuid, 'a restored one gets another');
SELECT is((SELECT log_epoch FROM chat.connect(1)), (SELECT log_epoch FROM chat.meta), 'once');
SELECT is((SELECT server_encoding FROM chat.connect(1)), 'UTF8', 'connect tells what the module must refuse');

SELECT * FROM finish();
ROLLBACK;
