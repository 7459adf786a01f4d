-- Second factors: what a sign-in needs, what is taken once, how tries are counted.
\ir lib/fixture.sql
BEGIN;
SELECT plan(53);

SELECT pg_temp.account('ann'), pg_temp.account('bob') \g /dev/null
CREATE FUNCTION pg_temp.sealed(text) RETURNS bytea LANGUAGE sql AS $$ SELECT pg_temp.h($1) || pg_temp.h($1) $$;
CREATE FUNCTION pg_temp.codes(text) RETURNS bytea[] LANGUAGE sql AS $$ SELECT ARRAY[pg_temp.h($1 || 1), pg_temp.h($1 || 2)] $$;
CREATE FUNCTION pg_temp.signed_in(p_account text, p_session text, p_factor text) RETURNS integer LANGUAGE sql AS $$
    SELECT status FROM chat.session_create(pg_temp.id(p_account), pg_temp.id(p_session), 'x', 'x', pg_temp.h(p_session), pg_temp.h('secret ' || p_session), NULL, NULL, 86400, 864000, NULL, p_factor);
$$;
CREATE FUNCTION pg_temp.try(p_device text DEFAULT NULL, p_secret text DEFAULT NULL, p_longest integer DEFAULT 3600, p_free integer DEFAULT 5) RETURNS integer LANGUAGE sql AS $$
    SELECT wait FROM chat.totp_try(pg_temp.id('ann'), pg_temp.id(p_device), pg_temp.h(p_secret), p_free, p_longest, true);
$$;

SELECT is(chat.account_factors(pg_temp.id('ann')), ARRAY['password'], 'an account begins with its password');
SELECT is((chat.totp_create(pg_temp.id('ann'), pg_temp.id('ann/1'), pg_temp.sealed('s'))).status, 201, 'a secret waits');
SELECT ok(NOT chat.factor_second(pg_temp.id('ann')), 'and is no factor');
SELECT is(pg_temp.signed_in('ann', 'ann/2', NULL), 201, 'the password still signs in');
SELECT is((SELECT tries FROM chat.totp_pending(pg_temp.id('ann'))), 4, 'each try is counted before it is looked at');
SELECT throws_ok($$SELECT chat.totp_confirm(pg_temp.id('ann'), pg_temp.id('ann/1'), pg_temp.sealed('other'), 100, pg_temp.codes('c'))$$, 'CH410', 'verification_expired', 'another secret than the one that waits is not confirmed');
SELECT is((SELECT body FROM chat.totp_confirm(pg_temp.id('ann'), pg_temp.id('ann/1'), pg_temp.sealed('s'), 100, pg_temp.codes('c'))), '{"backup_codes" : true}', 'confirmed, with codes, as the module reads it');
SELECT ok(chat.proof_refuses(pg_temp.id('ann/2')), 'what other sessions proved by the password alone is over');
SELECT ok(NOT chat.proof_refuses(pg_temp.id('ann/1')), 'what this one did is not');
UPDATE chat.session SET proven = clock_timestamp() - interval '9 minutes' WHERE id = pg_temp.id('ann/1');
SELECT is((chat.password_change(pg_temp.id('ann'), pg_temp.id('ann/1'), 'hash of ann', 'next', true)).status, 204, 'a password changed within the proof');
SELECT ok((SELECT proven < clock_timestamp() - interval '8 minutes' FROM chat.session WHERE id = pg_temp.id('ann/1')), 'makes it last no longer');
SELECT is_empty($$SELECT * FROM chat.totp_pending(pg_temp.id('ann'))$$, 'nothing waits');
SELECT is(chat.account_factors(pg_temp.id('ann')), '{password,totp,backup_code}'::text[], 'three ways');
SELECT throws_ok($$SELECT pg_temp.signed_in('ann', 'ann/3', NULL)$$, 'CH401', 'factor_required', 'the password alone is not enough');
SELECT is(pg_temp.signed_in('ann', 'ann/3', 'totp'), 201, 'with a factor it is');
SELECT throws_ok($$SELECT chat.proof_create(pg_temp.id('ann'), pg_temp.id('ann/1'), 'password')$$, 'CH401', 'factor_required', 'nor for a proof');

SELECT is(chat.totp_use(pg_temp.id('ann'), pg_temp.id('x'), 100, NULL), false, 'the step that confirmed is used up');
SELECT is(chat.totp_use(pg_temp.id('ann'), pg_temp.id('x'), 101, NULL), true, 'the next is good');
SELECT is(chat.totp_use(pg_temp.id('ann'), pg_temp.id('x'), 101, NULL), false, 'once');
SELECT is(chat.totp_use(pg_temp.id('ann'), pg_temp.id('x'), 99, NULL), false, 'and none before it');
SELECT is(chat.totp_use(pg_temp.id('ann'), pg_temp.id('x'), 102, pg_temp.sealed('new')), true, 'a newer key''s secret');
SELECT is((SELECT secret FROM chat.totp WHERE account = pg_temp.id('ann')), pg_temp.sealed('new'), 'takes the place');
SELECT is(chat.totp_use(pg_temp.id('bob'), pg_temp.id('x'), 500, NULL), false, 'an account without has none');

SELECT is(chat.backup_code_use(pg_temp.id('bob'), pg_temp.h('c1')), false, 'a code of another account is none');
SELECT is(chat.backup_code_use(pg_temp.id('ann'), pg_temp.h('c1')), true, 'a backup code');
SELECT is(chat.backup_code_use(pg_temp.id('ann'), pg_temp.h('c1')), false, 'is good once');
SELECT is((SELECT detail->>'left' FROM chat.audit_entry WHERE action = 'factor.backup_code_used'), '1', 'and the log says how many are left');

SELECT is((SELECT array_agg(pg_temp.try()) FROM generate_series(1, 5)), '{0,0,0,0,0}', 'five tries in a row');
SELECT is(pg_temp.try(), 30, 'the sixth waits half a minute');
SELECT is(pg_temp.try('ann/1'), 0, 'a session of the account does not wait for strangers');
SELECT is(pg_temp.try('ann/2', 'wrong'), 30, 'who only names one does');
SELECT is(pg_temp.try('bob/1'), 30, 'as does another''s');
UPDATE chat.totp_guard SET next_try = '-infinity' WHERE account = pg_temp.id('ann');
SELECT is(pg_temp.try(), 0, 'after it');
SELECT is(pg_temp.try(), 60, 'the next waits longer');
UPDATE chat.totp_guard SET next_try = '-infinity', failures = 1000 WHERE account = pg_temp.id('ann');
SELECT is(pg_temp.try(), 0, 'whatever the number');
SELECT is(pg_temp.try(), 3600, 'an hour is the most');
SELECT is((SELECT (wait, sealed IS NOT NULL) FROM chat.totp_try(pg_temp.id('ann'), NULL, NULL, 5, 3600, false)), (3600, true), 'who has to wait may try where that is not enforced');
SELECT is(pg_temp.try(p_longest => 60), 0, 'a shorter longest wait holds from now on');
SELECT is(pg_temp.try(p_longest => 60), 60, 'and is the most');
UPDATE chat.totp_guard SET next_try = '-infinity', failures = 0 WHERE account = pg_temp.id('ann');
SELECT is((SELECT array_agg(pg_temp.try(p_free => 2)) FROM generate_series(1, 3)), '{0,0,30}', 'as many are free as the operator says');
UPDATE chat.totp_guard SET next_try = '-infinity', failures = 5 WHERE account = pg_temp.id('ann');
SELECT is((SELECT array_agg(pg_temp.try(p_free => 20)) FROM generate_series(1, 3)), '{0,0,0}', 'or more');
UPDATE chat.totp_guard SET next_try = clock_timestamp() + interval '2 days' WHERE account = pg_temp.id('ann');
SELECT is(pg_temp.try(), 0, 'a clock that was set back keeps nobody out');
SELECT is(chat.totp_use(pg_temp.id('ann'), '00000000-0000-0000-0000-000000000000', 103, NULL), true, 'a right code');
SELECT is(pg_temp.try(), 0, 'ends the wait');

SELECT is((SELECT (chat.passkey_create(pg_temp.id('ann'), pg_temp.id('ann/1'), pg_temp.id('k'), 'cred', -7, pg_temp.sealed('k'), 0, 'Key', substring(pg_temp.h('n1') for 16), 4000000000, pg_temp.codes('d'))).body::json->>'backup_codes'), NULL, 'a passkey; the codes stay');
SELECT is(chat.passkey_use(pg_temp.id('k'), 0, substring(pg_temp.h('n1') for 16), 4000000000, 'session.sign_in'), false, 'its challenge is used');
SELECT is(chat.passkey_use(pg_temp.id('k'), 3, substring(pg_temp.h('n2') for 16), 4000000000, 'session.sign_in'), true, 'another is good');
SELECT is(chat.passkey_use(pg_temp.id('k'), 3, substring(pg_temp.h('n3') for 16), 4000000000, 'session.sign_in'), false, 'a counter that stands still is not');
SELECT is(chat.passkey_use(pg_temp.id('k'), 9, substring(pg_temp.h('n4') for 16), 4000000000, 'session.sign_in'), false, 'never again');

SELECT is((chat.totp_delete(pg_temp.id('ann'), pg_temp.id('ann/1'))).status, 204, 'one factor goes');
SELECT is(chat.account_factors(pg_temp.id('ann')), '{password,backup_code,passkey}'::text[], 'the other keeps the codes');
SELECT is(chat.operator_reset_factor(pg_temp.id('ann')), 1, 'the operator takes all of them');
SELECT is(chat.account_factors(pg_temp.id('ann')), ARRAY['password'], 'and the password is enough');

SELECT * FROM finish();
ROLLBACK;
