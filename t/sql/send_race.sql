-- After a lock was waited for, what the wait was for counts.
\ir lib/fixture.sql
\ir lib/race.sql
SELECT plan(11);

SELECT pg_temp.account('race-s'), pg_temp.account('race-t'), pg_temp.account('race-u') \g /dev/null
SELECT pg_temp.direct('race-s', 'race-t') AS c, pg_temp.direct('race-s', 'race-u') AS d \gset

-- numbers under a race
SELECT dblink_exec('c1', 'BEGIN') \g /dev/null
SELECT pg_temp.in_one('c1', format($$SELECT seq::text FROM pg_temp.send('race-s/1', %L, 'r1', 'a')$$, :'c')) AS seq \gset
SELECT dblink_send_query('c2', format($$SELECT seq::text FROM pg_temp.send('race-t/1', %L, 'r2', 'b')$$, :'c')) \g /dev/null
SELECT ok(pg_temp.blocked(), 'a second send into a conversation waits for the first');
SELECT dblink_exec('c1', 'COMMIT') \g /dev/null
SELECT is(:'seq' || ' ' || pg_temp.result('c2'), '1 2', 'and gets the next number');

-- a repeat under a race
SELECT dblink_exec('c1', 'BEGIN') \g /dev/null
SELECT pg_temp.in_one('c1', format($$SELECT seq::text FROM pg_temp.send('race-s/1', %L, 'r3', 'a')$$, :'c')) AS seq \gset
SELECT dblink_send_query('c2', format($$SELECT seq || ' ' || duplicate FROM pg_temp.send('race-s/1', %L, 'r3', 'a')$$, :'c')) \g /dev/null
SELECT ok(pg_temp.blocked(), 'a repeat waits for its first');
SELECT dblink_exec('c1', 'COMMIT') \g /dev/null
SELECT is(pg_temp.result('c2'), '3 true', 'and is found');

-- skip_locked
SELECT dblink_exec('c1', 'BEGIN') \g /dev/null
SELECT pg_temp.in_one('c1', format($$SELECT seq::text FROM pg_temp.send('race-s/1', %L, 'r4', 'a')$$, :'c')) AS seq \gset
SELECT is((SELECT string_agg(verdict, ',' ORDER BY ord) FROM chat.send_batch(ARRAY[:'c', :'d', pg_temp.id('none')]::uuid[], '{1,1,1}',
    array_fill(pg_temp.id('race-s/1'), '{3}'), array_fill(pg_temp.id('r5'), '{3}'), array_fill(pg_temp.h('x'), '{3}'),
    array_fill(NULL::bigint, '{3}'), array_fill('x'::bytea, '{3}'), true)), 'locked,,not_found', 'with skip_locked, a held conversation is left out, the others go on');
SELECT dblink_exec('c1', 'COMMIT') \g /dev/null

-- removal against a send
SELECT dblink_exec('c1', 'BEGIN') \g /dev/null
SELECT pg_temp.in_one('c1', format('SELECT chat.lock_conversations(ARRAY[%L::uuid])::text', :'c')) \g /dev/null
SELECT dblink_exec('c1', format($$UPDATE chat.range SET to_seq = 4 WHERE conversation = %L AND session = pg_temp.id('race-t/1')$$, :'c')) \g /dev/null
SELECT dblink_exec('c1', format($$DELETE FROM chat.member WHERE conversation = %L AND account = pg_temp.id('race-t')$$, :'c')) \g /dev/null
SELECT dblink_send_query('c2', format($$SELECT verdict FROM pg_temp.send('race-t/1', %L, 'r6', 'b')$$, :'c')) \g /dev/null
SELECT ok(pg_temp.blocked(), 'a send waits for the removal of its sender');
SELECT dblink_exec('c1', 'COMMIT') \g /dev/null
SELECT is(pg_temp.result('c2'), 'not_found', 'and does not get in');

-- revocation against a send
SELECT dblink_exec('c1', 'BEGIN') \g /dev/null
SELECT pg_temp.in_one('c1', $$SELECT chat.session_revoke_one(pg_temp.id('race-u/1'), NULL)::text$$) \g /dev/null
SELECT dblink_send_query('c2', format($$SELECT verdict FROM pg_temp.send('race-u/1', %L, 'r7', 'b')$$, :'d')) \g /dev/null
SELECT ok(pg_temp.blocked(), 'a send waits for the revocation of its device');
SELECT dblink_exec('c1', 'COMMIT') \g /dev/null
SELECT is(pg_temp.result('c2'), 'unauthorized', 'and does not get in either');

SELECT is((SELECT array_agg(seq ORDER BY seq) FROM chat.entry WHERE conversation = :'c'), '{1,2,3,4}'::bigint[], 'no number is missing');
SELECT is((SELECT last_seq FROM chat.conversation WHERE id = :'c'), 4::bigint, 'nor double');

SELECT * FROM finish();
CALL pg_temp.clean();
