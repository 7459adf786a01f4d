-- Guesses at once get no more than five tries.
\ir lib/fixture.sql
\ir lib/race.sql
SELECT plan(4);

SELECT pg_temp.register('race-v', 'race-v', 'race-v@example.org') \g /dev/null
SELECT dblink_exec('c1', 'BEGIN') \g /dev/null
SELECT pg_temp.in_one('c1', $$SELECT string_agg(pg_temp.confirm('race-v', 'wrong')::text, ' ') FROM generate_series(1, 4)$$) AS first \gset
SELECT is(:'first'::text, '422 422 422 422', 'four guesses in one transaction');
SELECT dblink_send_query('c2', $$SELECT string_agg(pg_temp.confirm('race-v', 'wrong')::text, ' ') FROM generate_series(1, 4)$$) \g /dev/null
SELECT ok(pg_temp.blocked(), 'four in another wait for them');
SELECT dblink_exec('c1', 'COMMIT') \g /dev/null
SELECT is(pg_temp.result('c2'), '422 410 410 410', 'and find one try left');
SELECT is(pg_temp.confirm('race-v', 'code race-v'), 410, 'the right code is too late');

SELECT * FROM finish();
CALL pg_temp.clean();
