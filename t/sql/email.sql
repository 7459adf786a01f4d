-- An account's address changes once the new one is confirmed, and the old one's owner can take it back.
\ir lib/fixture.sql
BEGIN;
SELECT plan(57);

SELECT pg_temp.account('ann'), pg_temp.account('bob') \g /dev/null
SELECT pg_temp.sign_in('ann', 'ann/2') \g /dev/null

CREATE FUNCTION pg_temp.ask(p_name text, p_email text, p_attempt integer, p_try text)
RETURNS json LANGUAGE sql AS $$
    SELECT body::json FROM chat.email_change_create(pg_temp.id(p_name), pg_temp.id(p_name || '/1'),
        p_email, lower(p_email), p_attempt, pg_temp.id('change ' || p_name || p_email),
        pg_temp.h('code ' || p_try), pg_temp.h('link ' || p_try), p_try, 'L', 600, 3600);
$$;
CREATE FUNCTION pg_temp.change(p_name text, p_email text, p_code text, p_link text DEFAULT NULL,
    p_revert text DEFAULT 'r')
RETURNS chat.reply LANGUAGE sql AS $$
    SELECT chat.email_change_confirm(pg_temp.id(p_name), pg_temp.id(p_name || '/1'),
        pg_temp.id('change ' || p_name || p_email), pg_temp.h(p_code), pg_temp.h(p_link),
        pg_temp.id('revert ' || p_revert), pg_temp.h('way back ' || p_revert), 'R', 604800);
$$;
CREATE FUNCTION pg_temp.revert(p_revert text, p_link text)
RETURNS chat.reply LANGUAGE sql AS $$
    SELECT chat.email_change_revert(NULL, pg_temp.id('revert ' || p_revert), pg_temp.h(p_link),
        'dead', pg_temp.id('reset ' || p_revert), pg_temp.h('c'), pg_temp.h('l'), 'c', 'l', 600, 3600);
$$;
CREATE FUNCTION pg_temp.mails(p_email text) RETURNS text[] LANGUAGE sql AS $$
    SELECT array_agg(template ORDER BY id) FROM chat.mail
    WHERE recipient = p_email AND template NOT IN ('verify', 'new_device');
$$;
CREATE FUNCTION pg_temp.email(p_name text) RETURNS text LANGUAGE sql AS $$
    SELECT email FROM chat.account WHERE id = pg_temp.id(p_name);
$$;

-- asking

UPDATE chat.session SET proven = NULL WHERE id = pg_temp.id('ann/1');
SELECT throws_ok($$SELECT pg_temp.ask('ann', 'new@example.org', 1, '1')$$, 'CH403', 'proof_required', 'asking needs a recent proof');
SELECT is(pg_temp.mails('new@example.org'), NULL, 'and sends nothing without');
UPDATE chat.session SET proven = clock_timestamp() WHERE id = pg_temp.id('ann/1');
SELECT throws_ok($$SELECT pg_temp.ask('ann', 'ANN@example.org', 1, '1')$$, 'CH400', 'invalid_parameter', 'the own address is none to change to');
SELECT is((SELECT array_agg(k ORDER BY k) FROM json_object_keys(pg_temp.ask('ann', 'New@example.org', 1, '1')) k), (SELECT array_agg(k ORDER BY k) FROM json_object_keys(pg_temp.ask('bob', 'ann@example.org', 1, 'x')) k), 'a free address and a taken one get the same answer');
SELECT is(pg_temp.mails('New@example.org'), ARRAY['email_change'], 'the free one gets a code');
SELECT is(pg_temp.mails('ann@example.org'), ARRAY['email_taken'], 'the owner of the taken one hears of it');
SELECT is((SELECT params::text FROM chat.mail WHERE template = 'email_taken'), '{}', 'without a code, a link or who it was');
SELECT is(pg_temp.email('ann'), 'ann@example.org', 'nothing has changed yet');
SELECT pg_temp.ask('ann', 'New@example.org', 1, '2') \g /dev/null
SELECT is(pg_temp.mails('New@example.org'), ARRAY['email_change'], 'the same attempt sends nothing');
SELECT pg_temp.ask('ann', 'New@example.org', 2, '3') \g /dev/null
SELECT is(pg_temp.mails('New@example.org'), ARRAY['email_change', 'email_change'], 'a further one does');

-- guessing, and whose it is

SELECT is((chat.email_change_confirm(pg_temp.id('bob'), NULL, pg_temp.id('change annNew@example.org'), pg_temp.h('code 3'), NULL, gen_random_uuid(), '\x00', 'R', 1)).etag, 'not_found', 'another account confirms nothing of it');
SELECT is((pg_temp.change('bob', 'ann@example.org', 'code x')).etag, 'invalid_code', 'no code makes a taken address one''s own');
SELECT is((pg_temp.change('bob', 'ann@example.org', NULL, 'link x')).etag, 'invalid_code', 'nor a link');
SELECT is((pg_temp.change('ann', 'New@example.org', 'code 1')).etag, 'invalid_code', 'a code that was replaced is none');
SELECT is((pg_temp.change('ann', 'New@example.org', 'guess')).body::json->>'attempts_left', (4 - n)::text, 'guess ' || n) FROM generate_series(1, 4) n;
SELECT is((pg_temp.change('ann', 'New@example.org', 'code 3')).etag, 'verification_expired', 'after five tries the right code is none any more');

-- confirming

SELECT chat.password_reset_create(NULL, 'ann@example.org', 'ann@example.org', 1, pg_temp.id('old reset'), pg_temp.h('c'), pg_temp.h('l'), 'c', 'l', 600, 3600) \g /dev/null
SELECT pg_temp.register('eve', 'eve', 'new@example.org') \g /dev/null
SELECT is((pg_temp.change('ann', 'New@example.org', NULL, 'link 3')).status, 204, 'the link is');
SELECT is((SELECT email || ' ' || email_key FROM chat.account WHERE id = pg_temp.id('ann')), 'New@example.org new@example.org', 'the address is the new one');
SELECT is((SELECT (m.recipient, m.params->>'link', m.params->>'days') FROM chat.mail m WHERE template = 'email_changed'), ('ann@example.org'::text, 'revert.R'::text, '7'::text), 'the old one is told, with a way back');
SELECT is((SELECT count(*) FROM chat.password_reset WHERE account = pg_temp.id('ann')), 0::bigint, 'a reset that was sent there is void');
SELECT is((SELECT shadow FROM chat.account WHERE id = pg_temp.id('eve')), true, 'who registered the new address meanwhile never gets it');
SELECT is((pg_temp.change('ann', 'New@example.org', NULL, 'link 3')).etag, 'not_found', 'a link is good once');
SELECT is((SELECT count(*) FROM chat.session WHERE account = pg_temp.id('ann') AND token_hash IS NOT NULL), 2::bigint, 'everybody stays signed in');
SELECT is((SELECT account FROM chat.sign_in_candidates('new@example.org') WHERE state = 'active'), pg_temp.id('ann'), 'signing in goes by the new address');
SELECT is_empty($$SELECT 1 FROM chat.sign_in_candidates('ann@example.org') WHERE state = 'active'$$, 'and no more by the old one');

-- a thief goes on: from new@ to thief@, with factors of his own

SELECT pg_temp.ask('ann', 'thief@example.org', 1, '5') \g /dev/null
SELECT is((pg_temp.change('ann', 'thief@example.org', 'code 5', NULL, 'r2')).status, 204, 'a second change');
INSERT INTO chat.passkey (id, account, credential_id, algorithm, public_key, sign_count, name) VALUES (gen_random_uuid(), pg_temp.id('ann'), '\x01', -7, sha256('k'), 0, 'thief''s');
INSERT INTO chat.passkey (id, account, credential_id, algorithm, public_key, sign_count, name, created) VALUES (gen_random_uuid(), pg_temp.id('ann'), '\x02', -7, sha256('k'), 0, 'own', now() - interval '8 days');
INSERT INTO chat.passkey (id, account, credential_id, algorithm, public_key, sign_count, name, created) VALUES (gen_random_uuid(), pg_temp.id('ann'), '\x03', -7, sha256('k'), 0, 'thief''s first', now() - interval '6 days');
INSERT INTO chat.backup_code (account, hash) VALUES (pg_temp.id('ann'), sha256('b'));
SELECT pg_temp.ask('ann', 'more@example.org', 1, '6') \g /dev/null

SELECT is((pg_temp.revert('r', 'way back r2')).etag, 'verification_expired', 'another link takes nothing back');
SELECT is((pg_temp.revert('none', 'way back r')).etag, 'verification_expired', 'nor one of a change that never was');
SELECT is((pg_temp.revert('r', 'link 3')).etag, 'verification_expired', 'nor the link that confirmed it');
CREATE TEMP TABLE back AS SELECT * FROM pg_temp.revert('r', 'way back r');
SELECT is((SELECT (status, close_code, cardinality(revoked)) FROM back), (204, 4401, 2), 'the way back signs every session out');
SELECT is(pg_temp.email('ann'), 'ann@example.org', 'the address is the first one again');
SELECT is((SELECT password_hash FROM chat.account WHERE id = pg_temp.id('ann')), 'dead', 'the password is good no more');
SELECT is((SELECT m.params->>'link' FROM chat.mail m WHERE template = 'email_reverted' AND recipient = 'ann@example.org'), 'reset.l', 'its owner gets a way to set a new one');
SELECT is((SELECT array_agg(name) FROM chat.passkey WHERE account = pg_temp.id('ann')), ARRAY['own'], 'passkeys that were added since or in the week before are gone, others stay');
SELECT is((SELECT count(*) FROM chat.backup_code WHERE account = pg_temp.id('ann')), 0::bigint, 'backup codes are');
SELECT is((pg_temp.revert('r2', 'way back r2')).etag, 'verification_expired', 'the thief''s way back is none');
SELECT is((pg_temp.revert('r', 'way back r')).etag, 'verification_expired', 'a way back is good once');
SELECT is((pg_temp.change('ann', 'more@example.org', 'code 6')).etag, 'not_found', 'a change that was under way is void');
SELECT is((chat.password_reset_confirm(NULL, pg_temp.id('reset r'), NULL, pg_temp.h('l'), 'own again')).status, 204, 'the reset is good');

-- limits and time

UPDATE chat.session SET token_hash = pg_temp.h('again'), proven = clock_timestamp() WHERE id = pg_temp.id('ann/1');
SELECT pg_temp.ask('ann', 'c@example.org', 1, '9') \g /dev/null
SELECT pg_temp.change('ann', 'c@example.org', 'code 9', NULL, 'r3') \g /dev/null
UPDATE chat.email_revert SET expires = now() - interval '1 s' WHERE id = pg_temp.id('revert r3');
SELECT is((pg_temp.revert('r3', 'way back r3')).etag, 'verification_expired', 'after seven days there is no way back');
SELECT ok(NOT chat.maintain_mailed(100), 'upkeep removes');
SELECT is((SELECT count(*) FROM chat.email_revert WHERE account = pg_temp.id('ann')), 0::bigint, 'what has expired');

INSERT INTO chat.email_revert (id, account, email, email_key, link_hash, expires) SELECT gen_random_uuid(), pg_temp.id('ann'), 'x', 'x', '\x00', now() + interval '1 day' FROM generate_series(1, 10);
SELECT throws_ok($$SELECT pg_temp.ask('ann', 'd@example.org', 1, '10')$$, 'CH429', 'rate_limited', 'no thief pushes a way back out by many changes');

SELECT pg_temp.account('cleo') \g /dev/null
SELECT pg_temp.ask('bob', 'free@example.org', 1, '11') \g /dev/null
SELECT pg_temp.ask('cleo', 'free@example.org', 1, '12') \g /dev/null
SELECT is((pg_temp.change('bob', 'free@example.org', 'code 11', NULL, 'r5')).status, 204, 'of two who want an address');
SELECT is((pg_temp.change('cleo', 'free@example.org', 'code 12', NULL, 'r6')).etag, 'verification_expired', 'one gets it');
SELECT pg_temp.register('dora', 'dora', 'bob@example.org') \g /dev/null
SELECT pg_temp.confirm('dora', 'code dora') \g /dev/null
SELECT is((pg_temp.revert('r5', 'way back r5')).etag, 'conflict', 'no way back to an address that is another account''s by now');
SELECT is(pg_temp.email('bob'), 'free@example.org', 'nothing changes then');

-- what the one who asked can see of somebody else's address

SELECT pg_temp.account('fay') \g /dev/null
INSERT INTO chat.mail (account, template, recipient, params) SELECT NULL, 'new_device', n || '@example.org', '{}' FROM unnest(ARRAY['bob', 'fay']) n, generate_series(1, 12);
SELECT is((pg_temp.ask('fay', 'bob@example.org', 1, 'y'))->>'send_attempt', '1', 'how many mails its owner got does not show');
SELECT is(array_agg(i->>'template' ORDER BY i->>'id'), ARRAY['email_change'], 'the mail is told as any other') FROM (SELECT item::jsonb AS i FROM chat.account_export_rows(pg_temp.id('fay'))) x WHERE i->>'type' = 'mail' AND i->>'recipient' = 'bob@example.org';
SELECT is(i ? 'taken', false, 'nor is it told with the change') FROM (SELECT item::jsonb AS i FROM chat.account_export_rows(pg_temp.id('fay'))) x WHERE i->>'type' = 'email_change';
SELECT chat.mail_done(id, 'refused', '550') FROM chat.mail WHERE account = pg_temp.id('fay') AND template = 'email_taken' \g /dev/null
SELECT is((SELECT detail->>'template' FROM chat.audit_entry WHERE account = pg_temp.id('fay') AND action = 'mail.refused'), 'email_change', 'nor by the log, when it is refused');

-- suspended meanwhile

SELECT pg_temp.ask('fay', 'fay2@example.org', 1, 'z') \g /dev/null
SELECT chat.operator_account_suspend(pg_temp.id('fay')) \g /dev/null
SELECT is((SELECT count(*) FROM chat.email_change_find(pg_temp.id('change fayfay2@example.org'))), 0::bigint, 'the password of a suspended account confirms nothing');
SELECT is((pg_temp.change('fay', 'fay2@example.org', 'code z')).etag, 'not_found', 'nor does its code');
SELECT is(pg_temp.email('fay'), 'fay@example.org', 'its address stays');

SELECT * FROM finish();
ROLLBACK;
