-- What changes an account for good wants a recent proof, and a proof is a session's own.
\ir lib/fixture.sql
BEGIN;
SELECT plan(15);

SELECT pg_temp.account('ann') \g /dev/null
SELECT pg_temp.sign_in('ann', 'ann/2') \g /dev/null

SELECT ok(NOT chat.proof_refuses(pg_temp.id('ann/1')), 'registering is a proof');
SELECT ok(NOT chat.proof_refuses(pg_temp.id('ann/2')), 'signing in is one');
SELECT ok(chat.proof_refuses(pg_temp.id('nobody')), 'a session that is not there has none');

UPDATE chat.session SET proven = NULL WHERE id = pg_temp.id('ann/1');
SELECT ok(chat.proof_refuses(pg_temp.id('ann/1')), 'a session that never proved anything has none');
SELECT ok(NOT chat.proof_refuses(pg_temp.id('ann/2')), 'nor does it take away another''s');
SELECT throws_ok($$SELECT chat.device_revoke(pg_temp.id('ann'), pg_temp.id('ann/1'), pg_temp.id('ann/2'))$$, 'CH403', 'proof_required', 'another device is not ended without one');
SELECT is((SELECT count(*) FROM chat.session WHERE id = pg_temp.id('ann/2') AND revoked IS NULL), 1::bigint, 'and stays');

CREATE TEMP TABLE proof AS SELECT * FROM chat.proof_create(pg_temp.id('ann'), pg_temp.id('ann/1'), 'password');
SELECT is((SELECT status FROM proof), 200, 'a proof');
SELECT ok((SELECT (body::json->>'expires')::timestamptz FROM proof) BETWEEN clock_timestamp() + interval '9 min' AND clock_timestamp() + interval '10 min', 'is good for ten minutes');
SELECT ok(NOT chat.proof_refuses(pg_temp.id('ann/1')), 'which it is');

UPDATE chat.session SET proven = clock_timestamp() - interval '601 s' WHERE id = pg_temp.id('ann/1');
SELECT ok(chat.proof_refuses(pg_temp.id('ann/1')), 'then no more');
UPDATE chat.session SET proven = clock_timestamp() + interval '1 min' WHERE id = pg_temp.id('ann/1');
SELECT ok(chat.proof_refuses(pg_temp.id('ann/1')), 'a clock that was set back makes it older, not younger');

SELECT chat.session_end(pg_temp.id('ann'), pg_temp.id('ann/2')) \g /dev/null
SELECT ok(chat.proof_refuses(pg_temp.id('ann/2')), 'what is signed out has no proof');
SELECT throws_ok($$SELECT chat.proof_create(pg_temp.id('ann'), pg_temp.id('ann/2'), 'password')$$, 'CH401', 'unauthorized', 'and gets none');
SELECT is((chat.device_revoke(pg_temp.id('ann'), pg_temp.id('ann/1'), pg_temp.id('ann/1'))).status, 204, 'the own device may be ended without one');

SELECT * FROM finish();
ROLLBACK;
