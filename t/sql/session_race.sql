-- A device that is revoked while it acknowledges.
\ir lib/fixture.sql
\ir lib/race.sql
SELECT plan(4);

SELECT pg_temp.account('race-p'), pg_temp.account('race-q'), pg_temp.account('race-r') \g /dev/null
SELECT pg_temp.direct('race-p', 'race-q') AS a, pg_temp.direct('race-p', 'race-r') AS b \gset
SELECT pg_temp.send('race-r/1', :'b', 'm2', 'x'), pg_temp.send('race-q/1', :'a', 'm1', 'x') \g /dev/null
-- the first one's rows now stand behind the second's, and the plan shall take them as they stand
SELECT pg_temp.ack('race-p/1', :'a', 1) \g /dev/null
SELECT dblink_exec('c2', 'SET enable_indexscan = off; SET enable_bitmapscan = off; SET enable_mergejoin = off') \g /dev/null

SELECT dblink_exec('c1', 'BEGIN') \g /dev/null
SELECT pg_temp.in_one('c1', format($$SELECT delivered::text FROM chat.range WHERE conversation = %L AND session = pg_temp.id('race-p/1') FOR NO KEY UPDATE$$, :'a')) \g /dev/null
SELECT dblink_send_query('c2', $$SELECT chat.session_revoke_one(pg_temp.id('race-p/1'), NULL)::text$$) \g /dev/null
SELECT ok(pg_temp.blocked(), 'the revocation waits for acknowledgements that are being written');
SELECT lives_ok(format($$SELECT 1 FROM chat.range WHERE conversation = %L AND session = pg_temp.id('race-p/1') FOR NO KEY UPDATE NOWAIT$$, :'b'), 'and holds none that comes after them: no deadlock');
SELECT is(pg_temp.in_one('c1', format($$SELECT pg_temp.ack('race-p/1', %L, 1)::text$$, :'b')), '1', 'they go on');
SELECT dblink_exec('c1', 'COMMIT') \g /dev/null
SELECT pg_temp.result('c2') \g /dev/null
SELECT is((SELECT count(*) FROM chat.range WHERE session = pg_temp.id('race-p/1') AND to_seq IS NULL), 0::bigint, 'then its ranges close');

SELECT * FROM finish();
CALL pg_temp.clean();
