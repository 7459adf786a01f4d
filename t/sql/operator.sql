-- What an operator finds, ends and is told: by name, once, and only what is there.
\ir lib/fixture.sql
BEGIN;
SELECT plan(35);

SELECT pg_temp.register('ann2', 'ann', 'other@example.org') \g /dev/null
SELECT pg_temp.account('ann'), pg_temp.account('bob') \g /dev/null
SELECT pg_temp.direct('ann', 'bob') AS c \gset
SELECT pg_temp.sign_in('ann', 'ann/2') \g /dev/null
UPDATE chat.session SET state = 'approved' WHERE id = pg_temp.id('ann/2');

-- whom words name
SELECT is(chat.operator_account('ann'), pg_temp.id('ann'), 'by username');
SELECT is(chat.operator_account('ANN'), pg_temp.id('ann'), 'in whatever case');
SELECT is(chat.operator_account('Ann@Example.org'), pg_temp.id('ann'), 'by address');
SELECT is(chat.operator_account(pg_temp.id('ann')::text), pg_temp.id('ann'), 'by id');
SELECT throws_ok($$SELECT chat.operator_account('an%')$$, 'CH404', 'not_found', 'a pattern is no name');
SELECT throws_ok($$SELECT chat.operator_account(gen_random_uuid()::text)$$, 'CH404', 'not_found', 'an unknown id');
SELECT throws_ok($$SELECT chat.operator_account('')$$, 'CH404', 'not_found', 'nothing names nobody');

-- unverified names don't hide verified ones, nor are they guessed: ann2 has the name, too
SELECT is(chat.operator_account('ann'), pg_temp.id('ann'), 'the verified one of a name');
SELECT pg_temp.register('eve1', 'eve', 'eve1@example.org'), pg_temp.register('eve2', 'eve', 'eve2@example.org') \g /dev/null
SELECT throws_ok($$SELECT chat.operator_account('eve')$$, 'CH409', 'ambiguous', 'of two unverified ones none is chosen');
SELECT is(chat.operator_account('eve2@example.org'), pg_temp.id('eve2'), 'but by its address');

-- verifying by hand
SELECT lives_ok($$SELECT chat.operator_user_verify(pg_temp.id('eve2'))$$, 'an account is verified by hand');
SELECT is((SELECT state FROM chat.account WHERE id = pg_temp.id('eve2')), 'active', 'and active');
SELECT throws_ok($$SELECT chat.operator_user_verify(pg_temp.id('eve2'))$$, 'CH409', 'already_verified', 'only once');
SELECT throws_ok($$SELECT chat.operator_user_verify(pg_temp.id('eve1'))$$, 'CH409', 'username_taken', 'a name that is taken stays so');
SELECT throws_ok($$SELECT chat.operator_user_verify(gen_random_uuid())$$, 'CH404', 'not_found', 'nobody is not verified');

-- lists
SELECT is((SELECT array_agg(username ORDER BY username) FROM chat.operator_user_list('active', NULL, NULL, 100)), ARRAY['ann', 'bob', 'eve'], 'accounts by state');
SELECT is((SELECT count(*)::int FROM chat.operator_user_list(NULL, 'EXAMPLE', NULL, 2)), 2, 'a search goes by any case, up to the limit');
SELECT is((SELECT count(*)::int FROM chat.operator_user_list(NULL, 'a%', NULL, 9)), 0, 'and knows no patterns');
SELECT is((WITH a AS (SELECT id FROM chat.operator_user_list(NULL, NULL, NULL, 2)),
                b AS (SELECT id FROM chat.operator_user_list(NULL, NULL, (SELECT id FROM a OFFSET 1), 100))
           SELECT count(DISTINCT id)::int FROM (SELECT * FROM a UNION ALL SELECT * FROM b) p), 5, 'pages have each account once');
SELECT is((SELECT (devices, signed_in) FROM chat.operator_user_show(pg_temp.id('ann'))), (2, 2), 'an account shows its devices');

-- ending a device
SELECT last_seq AS before FROM chat.conversation WHERE id = (SELECT self FROM chat.account WHERE id = pg_temp.id('ann')) \gset
SELECT is(chat.operator_session_revoke(pg_temp.id('ann/2'), true), pg_temp.id('ann'), 'a device is signed out');
SELECT is((SELECT (token_hash IS NULL, revoked IS NULL) FROM chat.session WHERE id = pg_temp.id('ann/2')), (true, true), 'and stays a device');
SELECT ok(EXISTS (SELECT 1 FROM chat.range WHERE session = pg_temp.id('ann/2') AND to_seq IS NULL), 'whose queue waits');
SELECT is(chat.operator_session_revoke(pg_temp.id('ann/2'), false), pg_temp.id('ann'), 'then revoked');
SELECT ok((SELECT revoked IS NOT NULL FROM chat.session WHERE id = pg_temp.id('ann/2')), 'for ever');
SELECT ok(NOT EXISTS (SELECT 1 FROM chat.range WHERE session = pg_temp.id('ann/2') AND to_seq IS NULL), 'it reads nothing more');
SELECT is((SELECT body->>'type' FROM chat.entry e JOIN chat.account a ON a.self = e.conversation
           WHERE a.id = pg_temp.id('ann') AND e.seq > :before ORDER BY seq DESC LIMIT 1), 'device_revoked', 'its account is told');
SELECT throws_ok($$SELECT chat.operator_session_revoke(pg_temp.id('ann/2'), false)$$, 'CH404', 'not_found', 'twice is not found');
SELECT throws_ok($$SELECT chat.operator_session_revoke(gen_random_uuid(), true)$$, 'CH404', 'not_found', 'nor is an unknown one');
SELECT lives_ok($$SELECT chat.operator_session_revoke(pg_temp.id('eve1/1'), false)$$, 'a device of an unverified account, which has no self conversation');
SELECT is((SELECT array_agg(detail->>'sign_out' ORDER BY id) FROM chat.audit_entry
           WHERE action = 'operator.session.revoke' AND account = pg_temp.id('ann')), ARRAY['true', 'false'], 'each act is in the audit log');
SELECT is((SELECT count(*)::int FROM chat.operator_session_list(pg_temp.id('ann'), false)), 1, 'lists leave revoked devices out');
SELECT is((SELECT count(*)::int FROM chat.operator_session_list(pg_temp.id('ann'), true)), 2, 'unless they are asked for');

-- rights
CREATE ROLE operator_suite_nobody;
SELECT ok((SELECT count(*) FROM chat.operator_role_lacks('operator_suite_nobody') WHERE lacks = 'usage of the schema chat') = 1, 'a role without rights lacks the schema');
SELECT throws_ok($$SELECT * FROM chat.operator_role_lacks('operator_suite_none')$$, '42704', NULL, 'a role that isn''t there is told');

SELECT * FROM finish();
ROLLBACK;
