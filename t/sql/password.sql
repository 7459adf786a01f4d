-- A password is changed by who knows it and reset by who reads the account's mail: nobody else gets a
-- password, a session, or to know who has an account.
\ir lib/fixture.sql
BEGIN;
SELECT plan(49);

SELECT pg_temp.account('ann'), pg_temp.account('bob') \g /dev/null
SELECT pg_temp.sign_in('ann', 'ann/2') \g /dev/null

-- asks for a reset of an address from a network; the code is named by p_try
CREATE FUNCTION pg_temp.ask(p_email text, p_from text, p_attempt integer, p_try text)
RETURNS json LANGUAGE sql AS $$
    SELECT body::json FROM chat.password_reset_create(NULL, p_email, lower(p_email), p_attempt,
        pg_temp.id('reset ' || p_email || p_from), pg_temp.h('code ' || p_try),
        pg_temp.h('link ' || p_try), p_try, 'L', 600, 3600);
$$;
CREATE FUNCTION pg_temp.mails(p_email text, p_template text DEFAULT 'password_reset')
RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM chat.mail WHERE recipient = p_email AND template = p_template AND done IS NULL;
$$;
CREATE FUNCTION pg_temp.reset(p_email text, p_from text, p_code text, p_link text DEFAULT NULL)
RETURNS chat.reply LANGUAGE sql AS $$
    SELECT chat.password_reset_confirm(NULL, pg_temp.id('reset ' || p_email || p_from),
        pg_temp.h(p_code), pg_temp.h(p_link), 'new hash');
$$;

-- asking

SELECT is((SELECT array_agg(k ORDER BY k) FROM json_object_keys(pg_temp.ask('ann@example.org', 'A', 1, '1')) k), (SELECT array_agg(k ORDER BY k) FROM json_object_keys(pg_temp.ask('none@example.org', 'A', 1, '1')) k), 'a known and an unknown address get the same answer');
SELECT is(pg_temp.mails('ann@example.org'), 1::bigint, 'the known one gets a mail');
SELECT is(pg_temp.mails('none@example.org'), 0::bigint, 'the unknown one none');
SELECT is(pg_temp.ask('ann@example.org', 'A', 1, '2')->>'id', pg_temp.id('reset ann@example.orgA')::text, 'the same attempt again');
SELECT is(pg_temp.mails('ann@example.org'), 1::bigint, 'sends nothing');
SELECT pg_temp.ask('ann@example.org', 'A', 2, '3') \g /dev/null
SELECT is(pg_temp.mails('ann@example.org'), 2::bigint, 'a further one sends');
SELECT is((SELECT json_agg(m.params->>'code' ORDER BY m.id)::text FROM chat.mail m WHERE recipient = 'ann@example.org' AND template = 'password_reset'), '["1", "3"]', 'what it says is good');
SELECT is((pg_temp.reset('ann@example.org', 'A', 'code 1')).etag, 'invalid_code', 'the code before it no more');
SELECT pg_temp.ask('ann@example.org', 'B', 1, '4') \g /dev/null
SELECT is((SELECT verdict FROM (SELECT tries AS verdict FROM chat.password_reset WHERE id = pg_temp.id('reset ann@example.orgA')) t), 4, 'a stranger''s asking from elsewhere changes nothing of it');
SELECT pg_temp.ask('ann@example.org', 'C', n, 'x' || n) FROM generate_series(1, 9) n \g /dev/null
SELECT is(pg_temp.mails('ann@example.org'), 5::bigint, 'nobody gets more than five an hour, from wherever they are asked for');
SELECT pg_temp.ask('none@example.org', 'C', n, 'x' || n) FROM generate_series(1, 9) n \g /dev/null
SELECT is((SELECT tries FROM chat.password_reset WHERE id = pg_temp.id('reset none@example.orgC')), (SELECT tries FROM chat.password_reset WHERE id = pg_temp.id('reset ann@example.orgC')), 'and the answers do not show which address has an account');
SELECT is((SELECT count(*) FROM chat.mail WHERE recipient = 'none@example.org'), 5::bigint, 'the bound is the same for both');

-- guessing

SELECT is((chat.password_reset_look(NULL, pg_temp.id('reset ann@example.orgB'), pg_temp.h('guess'), NULL)).body::json->>'attempts_left', (5 - n)::text, 'guess ' || n) FROM generate_series(1, 5) n;
SELECT is((pg_temp.reset('ann@example.org', 'B', 'code 4')).etag, 'verification_expired', 'five guesses, then not even the right code is good');
SELECT is((SELECT etag FROM chat.password_reset_look(NULL, pg_temp.id('nothing'), pg_temp.h('x'), NULL)), 'verification_expired', 'an unknown reset looks like one that is used up');
SELECT is((pg_temp.reset('none@example.org', 'A', 'code 1')).etag, 'invalid_code', 'a code for nobody''s address opens nothing');
SELECT is((SELECT body::json->>'attempts_left' FROM chat.password_reset_look(NULL, pg_temp.id('reset none@example.orgA'), pg_temp.h('x'), NULL)), '3', 'and has its tries, too');
SELECT is((pg_temp.reset('ann@example.org', 'A', NULL, 'link 1')).etag, 'invalid_code', 'a link that was replaced is none');
SELECT is((SELECT tries FROM chat.password_reset WHERE id = pg_temp.id('reset ann@example.orgA')), 4, 'but takes no try from the code');

-- resetting

SELECT is((SELECT (status, username, email) FROM chat.password_reset_look(NULL, pg_temp.id('reset ann@example.orgB'), NULL, pg_temp.h('link 4'))), (200, 'ann'::text, 'ann@example.org'::text), 'guesses at the code do not take the link from who has the mail');
CREATE TEMP TABLE one AS SELECT * FROM pg_temp.reset('ann@example.org', 'A', 'code 3');
SELECT is((SELECT (status, close_code) FROM one), (204, 4401), 'the right code resets');
SELECT is((SELECT array_agg(u ORDER BY u) FROM one, unnest(revoked) u), (SELECT array_agg(u ORDER BY u) FROM unnest(ARRAY[pg_temp.id('ann/1'), pg_temp.id('ann/2')]) u), 'and signs every session out');
SELECT is((SELECT count(*) FROM chat.session WHERE account = pg_temp.id('ann') AND revoked IS NULL), 2::bigint, 'the devices stay');
SELECT is((SELECT count(*) FROM chat.range r JOIN chat.session s ON s.id = r.session WHERE s.account = pg_temp.id('ann') AND r.to_seq IS NULL), 2::bigint, 'with their queues');
SELECT is((SELECT count(*) FROM chat.session WHERE account = pg_temp.id('ann') AND proven IS NOT NULL), 0::bigint, 'their proofs do not');
SELECT is((SELECT password_hash FROM chat.account WHERE id = pg_temp.id('ann')), 'new hash', 'the password is the new one');
SELECT is(pg_temp.mails('ann@example.org', 'password_changed'), 1::bigint, 'which the owner is told');
SELECT is((pg_temp.reset('ann@example.org', 'A', 'code 3')).etag, 'verification_expired', 'the code is good once');
SELECT is((pg_temp.reset('ann@example.org', 'B', NULL, 'link 4')).etag, 'verification_expired', 'and all others for this account are good no more');
SELECT is((SELECT array_agg(action || ' ' || outcome ORDER BY id) FROM chat.audit_entry WHERE account = pg_temp.id('ann') AND action = 'password.reset' AND outcome = 'ok'), ARRAY['password.reset ok'], 'it is in the log');
SELECT is((SELECT count(*) FROM chat.session WHERE account = pg_temp.id('bob') AND token_hash IS NOT NULL), 1::bigint, 'others stay signed in');

SELECT throws_ok($$SELECT chat.password_holds(pg_temp.id('ann'), 'hash of ann')$$, 'CH503', 'unavailable', 'a sign-in that was checked against the old password fails');

-- expiry

DELETE FROM chat.mail;
SELECT pg_temp.ask('bob@example.org', 'A', 1, '7') \g /dev/null
UPDATE chat.password_reset SET code_expires = now() - interval '1 s' WHERE id = pg_temp.id('reset bob@example.orgA');
SELECT is((pg_temp.reset('bob@example.org', 'A', 'code 7')).etag, 'verification_expired', 'a code ends');
UPDATE chat.password_reset SET link_expires = now() - interval '1 s' WHERE id = pg_temp.id('reset bob@example.orgA');
SELECT is((pg_temp.reset('bob@example.org', 'A', NULL, 'link 7')).etag, 'verification_expired', 'so does a link');
SELECT pg_temp.ask('bob@example.org', 'A', 1, '8') \g /dev/null
SELECT is(pg_temp.mails('bob@example.org'), 2::bigint, 'who begins anew after that gets a mail at the first attempt');
UPDATE chat.password_reset SET link_expires = now() - interval '2 h' WHERE id = pg_temp.id('reset bob@example.orgA');
SELECT ok(NOT chat.maintain_mailed(100), 'upkeep removes');
SELECT is((SELECT count(*) FROM chat.password_reset WHERE email_key = 'bob@example.org'), 0::bigint, 'what is long over');

-- an unverified account is nobody's

SELECT pg_temp.register('eve', 'eve', 'eve@example.org') \g /dev/null
SELECT pg_temp.ask('eve@example.org', 'A', 1, '9') \g /dev/null
SELECT is(pg_temp.mails('eve@example.org'), 0::bigint, 'an address that was never confirmed gets no reset');

-- changing

SELECT pg_temp.sign_in('bob', 'bob/2') \g /dev/null
SELECT pg_temp.ask('bob@example.org', 'A', 1, '10') \g /dev/null
SELECT throws_ok($$SELECT chat.password_change(pg_temp.id('bob'), pg_temp.id('bob/1'), 'other hash', 'next', false)$$, 'CH503', 'unavailable', 'what was checked against another password changes nothing');
SELECT is((chat.password_change(pg_temp.id('bob'), pg_temp.id('bob/1'), 'hash of bob', 'next', true)).revoked, NULL, 'sessions are kept on request');
SELECT ok(chat.proof_refuses(pg_temp.id('bob/2')), 'but not what they proved by the old password');
CREATE TEMP TABLE changed AS SELECT * FROM chat.password_change(pg_temp.id('bob'), pg_temp.id('bob/1'), 'next', 'next 2', false);
SELECT is((SELECT (status, revoked, close_code) FROM changed), (204, ARRAY[pg_temp.id('bob/2')], 4401), 'else all others are signed out');
SELECT is((pg_temp.reset('bob@example.org', 'A', 'code 10')).etag, 'verification_expired', 'a reset under way is void');
SELECT is(pg_temp.mails('bob@example.org', 'password_changed'), 2::bigint, 'the owner is told each time');
SELECT throws_ok($$SELECT chat.password_change(pg_temp.id('bob'), pg_temp.id('bob/2'), 'next 2', 'next 3', false)$$, 'CH401', 'unauthorized', 'a session that was signed out changes nothing');

SELECT * FROM finish();
ROLLBACK;
