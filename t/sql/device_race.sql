-- Claims, approvals and revocations that meet.
\ir lib/fixture.sql
\ir lib/race.sql
SELECT plan(10);

SELECT pg_temp.account('race-a'), pg_temp.account('race-b') \g /dev/null
SELECT chat.account_key_set(pg_temp.id('race-a'), pg_temp.id('race-a/1'), pg_temp.h('race A')) \g /dev/null
SELECT chat.device_key_set(pg_temp.id('race-a'), pg_temp.id('race-a/1'), pg_temp.h('race k'), NULL, NULL, NULL) \g /dev/null
INSERT INTO chat.key_package (ref, session, cipher_suite, last_resort, data, expires)
SELECT sha256(('race ' || i)::bytea), pg_temp.id('race-a/1'), 1, i = 9, ('kp' || i)::bytea, now() + interval '1 day' FROM unnest('{1,2,9}'::int[]) i;

-- two claims: the second waits and gets the next, a third the last resort
\set claim 'SELECT convert_from(chat.base64url_decode(body::json->\'devices\'->0->>\'key_package\'), \'UTF8\') FROM chat.key_package_claim(pg_temp.id(\'race-b\'), pg_temp.id(\'race-b/1\'), pg_temp.id(\'race-a\'), NULL, NULL)'
SELECT dblink_exec('c1', 'BEGIN') \g /dev/null
SELECT is(pg_temp.in_one('c1', :'claim'), 'kp1', 'one claim gets the first');
SELECT dblink_send_query('c2', :'claim') \g /dev/null
SELECT ok(pg_temp.blocked(), 'another waits for it');
SELECT dblink_exec('c1', 'COMMIT') \g /dev/null
SELECT is(pg_temp.result('c2'), 'kp2', 'and gets the next');
SELECT is(pg_temp.in_one('c1', :'claim'), 'kp9', 'then the last resort comes');

-- a claim beside a revocation: either before it or nothing
SELECT dblink_exec('c1', 'BEGIN') \g /dev/null
SELECT pg_temp.in_one('c1', $$SELECT status::text FROM chat.device_revoke(pg_temp.id('race-a'), pg_temp.id('race-a/1'), pg_temp.id('race-a/1'))$$) \g /dev/null
SELECT dblink_send_query('c2', :'claim') \g /dev/null
SELECT ok(pg_temp.blocked(), 'a claim waits for a revocation');
SELECT dblink_exec('c1', 'COMMIT') \g /dev/null
SELECT is(pg_temp.result('c2'), NULL, 'and gets nothing of the device');

-- two approvals of one device
SELECT pg_temp.sign_in('race-a', 'race-a/2'), pg_temp.sign_in('race-a', 'race-a/3') \g /dev/null
UPDATE chat.session SET state = 'approved' WHERE id = pg_temp.id('race-a/3');
UPDATE chat.session SET signature_key = pg_temp.h('race k2') WHERE id = pg_temp.id('race-a/2');
\set approve 'SELECT status || coalesce(\' told \' || cardinality(announce), \'\') FROM chat.device_approve(pg_temp.id(\'race-a\'), pg_temp.id(\'race-a/3\'), pg_temp.id(\'race-a/2\'), 1, sha512(\'x\'), pg_temp.h(\'race A\'), pg_temp.h(\'race k2\'))'
SELECT throws_ok($$SELECT chat.device_approve(pg_temp.id('race-a'), pg_temp.id('race-a/1'), pg_temp.id('race-a/2'), 1, sha512('x'), pg_temp.h('race A'), pg_temp.h('race k2'))$$, 'CH403', 'device_pending', 'a revoked device approves nobody');
SELECT dblink_exec('c1', 'BEGIN') \g /dev/null
SELECT is(pg_temp.in_one('c1', :'approve'), '200 told 1', 'one approves');
SELECT dblink_send_query('c2', :'approve') \g /dev/null
SELECT ok(pg_temp.blocked(), 'another waits');
SELECT dblink_exec('c1', 'COMMIT') \g /dev/null
SELECT is(pg_temp.result('c2'), '200', 'and finds it done');

SELECT * FROM finish();
CALL pg_temp.clean();
