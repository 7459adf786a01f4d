-- Claims, approvals and revocations that meet.
\ir lib/fixture.sql
\ir lib/race.sql
SELECT plan(19);

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

-- the repeat of a certificate waits for no peer: c1 holds the self of one
SELECT pg_temp.account('race-p') \g /dev/null
SELECT pg_temp.direct('race-a', 'race-p') \g /dev/null
\set certify 'SELECT status || coalesce(\' told \' || cardinality(announce), \'\') FROM chat.device_key_set(pg_temp.id(\'race-a\'), pg_temp.id(\'race-a/3\'), pg_temp.h(\'race k3\'), 1, sha512(\'x\'), pg_temp.h(\'race A\'))'
SELECT is(pg_temp.in_one('c2', :'certify'), '200 told 2', 'a certificate');
SELECT dblink_exec('c1', 'BEGIN') \g /dev/null
SELECT pg_temp.in_one('c1', $$SELECT id::text FROM chat.conversation WHERE id = (SELECT self FROM chat.account WHERE username = 'race-p') FOR NO KEY UPDATE$$) \g /dev/null
SELECT dblink_exec('c2', 'SET lock_timeout = 300') \g /dev/null
SELECT is(pg_temp.in_one('c2', :'certify'), '200', 'its repeat locks no peer');
SELECT is(pg_temp.in_one('c2', $$SELECT status::text FROM chat.device_approve(pg_temp.id('race-a'), pg_temp.id('race-a/3'), pg_temp.id('race-a/2'), 1, sha512('x'), pg_temp.h('race A'), pg_temp.h('race k2'))$$), '200', 'nor does that of an approval');
SELECT dblink_exec('c2', 'RESET lock_timeout') \g /dev/null
SELECT dblink_exec('c1', 'COMMIT') \g /dev/null

-- a revocation that an acceptance overtakes: it ends what began meanwhile, and both are told
UPDATE chat.session SET signature_key = pg_temp.h('race kp1') WHERE id = pg_temp.id('race-p/1');
SELECT (chat.private_offer(pg_temp.id('race-p'), pg_temp.id('race-p/1'), pg_temp.id('race-a'), NULL)).body::json->>'id' AS p \gset
SELECT dblink_exec('c1', 'BEGIN') \g /dev/null
SELECT is(pg_temp.in_one('c1', format($$SELECT status::text FROM chat.private_accept(pg_temp.id('race-a'), pg_temp.id('race-a/2'), %L, 'kp', pg_temp.h('race kp'), 1, pg_temp.h('race k2'))$$, :'p')), '200', 'a device accepts');
SELECT dblink_send_query('c2', $$SELECT cardinality(announce)::text FROM chat.device_revoke(pg_temp.id('race-a'), pg_temp.id('race-a/3'), pg_temp.id('race-a/2'))$$) \g /dev/null
SELECT ok(pg_temp.blocked(), 'and is revoked meanwhile');
SELECT dblink_exec('c1', 'COMMIT') \g /dev/null
SELECT is(pg_temp.result('c2'), '3', 'which is told to both');
SELECT is((SELECT state || ' ' || reason FROM chat.private WHERE conversation = :'p'), 'closed revoked', 'and ends what was accepted');

-- and what is locked for it is all that there is by then
SELECT (chat.private_offer(pg_temp.id('race-p'), pg_temp.id('race-p/1'), pg_temp.id('race-a'), NULL)).body::json->>'id' AS p \gset
SELECT dblink_exec('c1', 'BEGIN'), dblink_exec('c2', 'BEGIN') \g /dev/null
SELECT pg_temp.in_one('c1', format($$SELECT status::text FROM chat.private_accept(pg_temp.id('race-a'), pg_temp.id('race-a/3'), %L, 'kp', pg_temp.h('race kp3'), 1, pg_temp.h('race k3'))$$, :'p')) \g /dev/null
SELECT dblink_send_query('c2', $$SELECT chat.sessions_lock(ARRAY[pg_temp.id('race-a/3')], '{}')::text$$) \g /dev/null
SELECT pg_temp.blocked() \g /dev/null
SELECT dblink_exec('c1', 'COMMIT') \g /dev/null
SELECT pg_temp.result('c2') \g /dev/null
SELECT throws_ok(format($$SELECT 1 FROM chat.conversation WHERE id = %L FOR NO KEY UPDATE NOWAIT$$, :'p'), '55P03', NULL, 'what was accepted meanwhile is locked, too');
SELECT throws_ok($$SELECT 1 FROM chat.conversation WHERE id = (SELECT self FROM chat.account WHERE username = 'race-p') FOR NO KEY UPDATE NOWAIT$$, '55P03', NULL, 'with whom it tells');
SELECT dblink_exec('c2', 'COMMIT') \g /dev/null

SELECT * FROM finish();
CALL pg_temp.clean();
