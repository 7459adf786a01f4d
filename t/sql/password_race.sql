-- Guesses, resets and sign-ins at the same moment.
\ir lib/fixture.sql
\ir lib/race.sql
SELECT plan(13);

SELECT pg_temp.account('race-s') \g /dev/null
SELECT id AS account FROM chat.account WHERE id = pg_temp.id('race-s') \gset
SELECT 1 FROM chat.password_reset_create(NULL, 'race-s@example.org', 'race-s@example.org', 1, pg_temp.id('race reset'), pg_temp.h('code'), pg_temp.h('link'), 'c', 'l', 600, 3600) \g /dev/null
UPDATE chat.password_reset SET tries = 1 WHERE id = pg_temp.id('race reset');

SELECT dblink_exec('c1', 'BEGIN') \g /dev/null
SELECT is(pg_temp.in_one('c1', $$SELECT etag FROM chat.password_reset_look(NULL, pg_temp.id('race reset'), pg_temp.h('guess 1'), NULL)$$), 'invalid_code', 'the last try is being taken');
SELECT dblink_send_query('c2', $$SELECT etag FROM chat.password_reset_confirm(NULL, pg_temp.id('race reset'), pg_temp.h('guess 2'), NULL, 'x')$$) \g /dev/null
SELECT ok(pg_temp.blocked(), 'another guess waits');
SELECT dblink_exec('c1', 'COMMIT') \g /dev/null
SELECT is(pg_temp.result('c2'), 'verification_expired', 'and then has none left');

UPDATE chat.password_reset SET tries = 5 WHERE id = pg_temp.id('race reset');
SELECT dblink_exec('c1', 'BEGIN') \g /dev/null
SELECT pg_temp.in_one('c1', $$SELECT status::text FROM chat.password_reset_confirm(NULL, pg_temp.id('race reset'), pg_temp.h('code'), NULL, 'the new hash')$$) \g /dev/null
SELECT dblink_send_query('c2', $$SELECT (chat.session_create(chat.password_holds(pg_temp.id('race-s'), 'hash of race-s'), pg_temp.id('race-s/2'), 'x', 'web', pg_temp.h('t'), pg_temp.h('d'), NULL, NULL, 1000, 1000, NULL)).status::text$$) \g /dev/null
SELECT ok(pg_temp.blocked(), 'a sign-in that knew the old password waits for a reset');
SELECT dblink_exec('c1', 'COMMIT') \g /dev/null
SELECT throws_like($$SELECT pg_temp.result('c2')$$, '%unavailable%', 'and fails');
SELECT is((SELECT count(*) FROM chat.session WHERE account = :'account' AND token_hash IS NOT NULL), 0::bigint, 'nobody is signed in after it');
SELECT is((SELECT status FROM chat.password_reset_confirm(NULL, pg_temp.id('race reset'), pg_temp.h('code'), NULL, 'another')), 400, 'and the code was good once');

-- from several networks at once
SELECT 1 FROM dblink_get_result('c2', false) AS t (r text) \g /dev/null
INSERT INTO chat.mail (account, template, recipient, params) SELECT NULL, 'password_reset', 'race-n@example.org', '{}' FROM generate_series(1, 4);
SELECT dblink_exec('c1', 'BEGIN') \g /dev/null
SELECT pg_temp.in_one('c1', $$SELECT status::text FROM chat.password_reset_create(NULL, 'race-n@example.org', 'race-n@example.org', 1, pg_temp.id('net 1'), 'c', 'l', 'c', 'l', 600, 3600)$$) \g /dev/null
SELECT dblink_send_query('c2', $$SELECT status::text FROM chat.password_reset_create(NULL, 'race-n@example.org', 'race-n@example.org', 1, pg_temp.id('net 2'), 'c', 'l', 'c', 'l', 600, 3600)$$) \g /dev/null
SELECT ok(pg_temp.blocked(), 'who asks at the same time from elsewhere waits');
SELECT dblink_exec('c1', 'COMMIT') \g /dev/null
SELECT is(pg_temp.result('c2'), '202', 'gets the same answer');
SELECT is((SELECT count(*) FROM chat.mail WHERE recipient = 'race-n@example.org'), 5::bigint, 'but no sixth mail of the hour');
DELETE FROM chat.password_reset WHERE email_key = 'race-n@example.org';

-- an address that somebody is just verifying
SELECT pg_temp.register('race-u', 'race-u', 'race-u@example.org') \g /dev/null
SELECT dblink_exec('c1', 'BEGIN') \g /dev/null
SELECT pg_temp.in_one('c1', $$SELECT count(*)::text FROM (SELECT 1 FROM chat.account WHERE id = pg_temp.id('race-u') FOR NO KEY UPDATE) a$$) \g /dev/null
SELECT dblink_send_query('c2', $$SELECT chat.email_set(pg_temp.id('race-s'), 'race-u@example.org', 'race-u@example.org')::text$$) \g /dev/null
SELECT ok(pg_temp.blocked(), 'a change to it waits for that');
SELECT is(pg_temp.in_one('c1', $$SELECT pg_temp.confirm('race-u', 'code race-u')::text$$), '200', 'who verifies it does not wait back');
SELECT dblink_exec('c1', 'COMMIT') \g /dev/null
SELECT is(pg_temp.result('c2'), 'false', 'and has it then');

SELECT * FROM finish();
DELETE FROM chat.mail WHERE recipient LIKE 'race-%';
CALL pg_temp.clean();
