-- Guesses at once get no more than five tries.
\ir lib/fixture.sql
\ir lib/race.sql
SELECT plan(4);

SELECT pg_temp.register('race-v', 'race-v', 'race-v@example.org') \g /dev/null
SELECT dblink_exec('c1', 'BEGIN') \g /dev/null
SELECT pg_temp.in_one('c1', $$SELECT string_agg(pg_temp.confirm('race-v', 'wrong')::text, ' ') FROM generate_series(1, 5)$$) AS first \gset
SELECT is(:'first'::text, '422 422 422 422 422', 'five guesses in one transaction');
SELECT dblink_send_query('c2', $$SELECT pg_temp.confirm('race-v', 'code race-v')::text$$) \g /dev/null
SELECT ok(pg_temp.blocked(), 'a sixth in another waits for them');
SELECT dblink_exec('c1', 'COMMIT') \g /dev/null
SELECT is(pg_temp.result('c2'), '410', 'and is too late, though it is right');
SELECT is((SELECT state FROM chat.account WHERE username = 'race-v'), 'unverified', 'nothing was verified');

SELECT * FROM finish();
CALL pg_temp.clean();
