-- Two who open the same conversation at once get the same one.
\ir lib/fixture.sql
\ir lib/race.sql
SELECT plan(4);

SELECT pg_temp.account('race-a'), pg_temp.account('race-b') \g /dev/null
SELECT dblink_exec('c1', 'BEGIN') \g /dev/null
SELECT pg_temp.in_one('c1', $$SELECT pg_temp.direct('race-a', 'race-b')::text$$) AS one \gset
SELECT dblink_send_query('c2', $$SELECT pg_temp.direct('race-b', 'race-a')::text$$) \g /dev/null
SELECT ok(pg_temp.blocked(), 'the second waits for the first');
SELECT dblink_exec('c1', 'COMMIT') \g /dev/null
SELECT is(pg_temp.result('c2'), :'one'::text, 'both get the same');
SELECT is((SELECT count(*) FROM chat.direct WHERE low IN (pg_temp.id('race-a'), pg_temp.id('race-b'))), 1::bigint, 'there is one');
SELECT is((SELECT count(*) FROM chat.conversation c JOIN chat.member m ON m.conversation = c.id WHERE c.kind = 'direct' AND m.account = pg_temp.id('race-a')), 1::bigint, 'and none is left over');

SELECT * FROM finish();
CALL pg_temp.clean();
