-- The audit log beside itself: acts don't wait for each other or for sealing, and the chain is in the
-- order of commits.
\ir lib/fixture.sql
\ir lib/race.sql
SELECT plan(15);

SELECT chat.audit_seal(10000) \g /dev/null
SELECT number AS head FROM chat.audit_state() \gset
SELECT dblink_exec('c1', 'BEGIN'), dblink_exec('c2', 'BEGIN') \g /dev/null
SELECT pg_temp.in_one('c1', $$SELECT chat.audit(NULL, NULL, 'key.set', 'ok', 'first')::text$$) \g /dev/null
SELECT is(pg_temp.in_one('c2', $$SELECT chat.audit(NULL, NULL, 'key.set', 'ok', 'second')::text$$), '', 'two acts of the same kind at once');
SELECT dblink_exec('c2', 'COMMIT') \g /dev/null
SELECT is((SELECT sum(entries) FROM chat.audit_seal(100)), 1::numeric, 'only what is committed is sealed');
SELECT is((SELECT number FROM chat.audit_entry WHERE target = 'second' AND number > :head), :head + 1::bigint, 'it has the next number');
SELECT dblink_exec('c1', 'COMMIT') \g /dev/null
SELECT is((SELECT number FROM chat.audit_entry WHERE target = 'first' AND coalesce(number, :head + 1) > :head), NULL, 'what commits later');
SELECT chat.audit_seal(100) \g /dev/null
SELECT is((SELECT number FROM chat.audit_entry WHERE target = 'first' AND coalesce(number, :head + 1) > :head), :head + 2::bigint, 'comes later, whatever its id');
SELECT is_empty('SELECT * FROM chat.audit_verify()', 'and the log is whole');

-- what was rolled back leaves no gap
SELECT dblink_exec('c1', 'BEGIN') \g /dev/null
SELECT pg_temp.in_one('c1', $$SELECT chat.audit(NULL, NULL, 'key.set', 'ok', 'undone')::text$$) \g /dev/null
SELECT dblink_exec('c1', 'ROLLBACK') \g /dev/null
SELECT chat.audit(NULL, NULL, 'key.set', 'ok', 'third') \g /dev/null

-- two workers at once
SELECT dblink_exec('c1', 'BEGIN') \g /dev/null
SELECT is(pg_temp.in_one('c1', $$SELECT sum(entries)::text FROM chat.audit_seal(100)$$), '1', 'one worker seals');
SELECT is_empty('SELECT * FROM chat.audit_seal(100)', 'another does not wait for it');
SELECT lives_ok($$SELECT chat.audit(NULL, NULL, 'key.set', 'ok', 'fourth')$$, 'nor does an act');
SELECT dblink_exec('c1', 'COMMIT') \g /dev/null
SELECT chat.audit_seal(100) \g /dev/null
SELECT is((SELECT array_agg(target ORDER BY number) FROM chat.audit_entry WHERE number > :head), '{second,first,third,fourth}', 'each is there once');
SELECT is_empty('SELECT * FROM chat.audit_verify()', 'and the log is whole');

-- two workers at the operator's stream
SELECT dblink_exec('c1', 'BEGIN') \g /dev/null
SELECT is(pg_temp.in_one('c1', $$SELECT count(*)::text FROM chat.audit_stream_take('race', 2, 30)$$), '2', 'one worker takes lines');
SELECT dblink_send_query('c2', $$SELECT count(*)::text FROM chat.audit_stream_take('race', 2, 30)$$) \g /dev/null
SELECT ok(pg_temp.blocked(), 'another at the same moment');
SELECT dblink_exec('c1', 'COMMIT') \g /dev/null
SELECT is(pg_temp.result('c2'), '0', 'gets none');
SELECT chat.audit_stream_done('race', 2) \g /dev/null
SELECT is((SELECT min(number) FROM chat.audit_stream_take('race', 100, 30)), 3::bigint, 'and none are passed over');
DELETE FROM chat.audit_stream WHERE name = 'race';

SELECT * FROM finish();
CALL pg_temp.clean();
