-- The account key makes devices pending and approves them; what a revoked one leaves goes.
\ir lib/fixture.sql
BEGIN;
SELECT plan(53);

SELECT pg_temp.account('ann'), pg_temp.account('bob'), pg_temp.account('cas') \g /dev/null
SELECT pg_temp.direct('ann', 'bob') AS c \gset
SELECT pg_temp.send('bob/1', :'c', 'm1', 'one') \g /dev/null

-- what the account's own conversation says from the last look on
CREATE TEMP TABLE seen (account uuid PRIMARY KEY, seq bigint);
CREATE FUNCTION pg_temp.news(p_name text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v_self uuid := (SELECT self FROM chat.account WHERE id = pg_temp.id(p_name));
    v_news text;
BEGIN
    SELECT string_agg(e.body->>'type', ' ' ORDER BY e.seq) INTO v_news FROM chat.entry e
    WHERE e.conversation = v_self AND e.seq > coalesce((SELECT seq FROM seen WHERE account = pg_temp.id(p_name)), 0);
    INSERT INTO seen SELECT pg_temp.id(p_name), last_seq FROM chat.conversation WHERE id = v_self
    ON CONFLICT (account) DO UPDATE SET seq = excluded.seq;
    RETURN coalesce(v_news, '');
END
$$;
CREATE FUNCTION pg_temp.self(p_name text) RETURNS uuid LANGUAGE sql AS 'SELECT self FROM chat.account WHERE id = pg_temp.id($1)';
CREATE FUNCTION pg_temp.state(p_name text) RETURNS text LANGUAGE sql AS 'SELECT state FROM chat.session WHERE id = pg_temp.id($1)';
CREATE FUNCTION pg_temp.sig(text) RETURNS bytea LANGUAGE sql AS 'SELECT sha512($1::bytea)';
CREATE FUNCTION pg_temp.key_set(p_name text, p_session text, p_key text, p_account_key text DEFAULT NULL, p_created bigint DEFAULT 1)
RETURNS chat.reply LANGUAGE sql AS $$
    SELECT chat.device_key_set(pg_temp.id(p_name), pg_temp.id(p_session), pg_temp.h(p_key),
        CASE WHEN p_account_key IS NOT NULL THEN p_created END,
        CASE WHEN p_account_key IS NOT NULL THEN pg_temp.sig(p_key) END, pg_temp.h(p_account_key));
$$;
CREATE FUNCTION pg_temp.approve(p_name text, p_by text, p_device text, p_account_key text, p_key text)
RETURNS chat.reply LANGUAGE sql AS $$
    SELECT chat.device_approve(pg_temp.id(p_name), pg_temp.id(p_by), pg_temp.id(p_device), 7, pg_temp.sig(p_key),
        pg_temp.h(p_account_key), pg_temp.h(p_key));
$$;
SELECT pg_temp.news('ann'), pg_temp.news('bob'), pg_temp.news('cas') \g /dev/null

-- the account key
SELECT is((SELECT (status, body::json->>'version') FROM chat.account_key_set(pg_temp.id('ann'), pg_temp.id('ann/1'), pg_temp.h('A'))), (201, '1'::text), 'an account key');
SELECT is((SELECT (status, body::json->>'version') FROM chat.account_key_set(pg_temp.id('ann'), pg_temp.id('ann/1'), pg_temp.h('A'))), (200, '1'::text), 'once more is the same');
SELECT throws_ok($$SELECT chat.account_key_set(pg_temp.id('ann'), pg_temp.id('ann/1'), pg_temp.h('B'))$$, 'CH409', 'account_key_exists', 'another is refused');
SELECT throws_ok($$SELECT chat.account_key_set(pg_temp.id('cas'), pg_temp.id('cas/1'), 'short')$$, '23514', NULL, 'a key has 32 bytes');
SELECT throws_ok($$SELECT chat.account_key_set(pg_temp.id('nobody'), pg_temp.id('ann/1'), pg_temp.h('A'))$$, 'CH401', 'unauthorized', 'nobody has none');

-- the first device
SELECT is((SELECT announce FROM pg_temp.key_set('ann', 'ann/1', 'k1', 'A')), ARRAY[pg_temp.self('ann'), pg_temp.self('bob')], 'a certificate is told to the account and its peers');
SELECT is(pg_temp.news('ann'), 'device_approved', 'as device_approved');
SELECT is(pg_temp.news('bob'), 'device_certified', 'as device_certified');
SELECT is(pg_temp.news('cas'), '', 'and to nobody else');
SELECT is((SELECT announce FROM pg_temp.key_set('ann', 'ann/1', 'k1', 'A', 2)), NULL, 'the same key certified again is told to nobody');
SELECT is((SELECT body::json->'certificate'->>'created' FROM pg_temp.key_set('ann', 'ann/1', 'k1')), '2', 'and keeps its newest certificate');
SELECT throws_ok($$SELECT pg_temp.key_set('ann', 'ann/1', 'k1', 'B')$$, 'CH400', 'invalid_certificate', 'one that was checked against another key is none');
SELECT throws_ok($$SELECT pg_temp.key_set('bob', 'bob/1', 'k1')$$, 'CH409', 'device_key_exists', 'one key is one device''s');
SELECT throws_ok($$SELECT pg_temp.key_set('bob', 'ann/1', 'k9')$$, 'CH404', 'not_found', 'a session of another account has none');

-- a pending one
SELECT pg_temp.sign_in('ann', 'ann/2') \g /dev/null
SELECT is(pg_temp.state('ann/2'), 'pending', 'a device of an account with a key is pending');
SELECT pg_temp.news('ann') \g /dev/null
SELECT is(ARRAY(SELECT conversation FROM chat.range WHERE session = pg_temp.id('ann/2')), ARRAY[pg_temp.self('ann')], 'it reads self only');
SELECT pg_temp.direct('ann', 'cas') AS d \gset
SELECT is_empty(format($$SELECT 1 FROM chat.range WHERE session = pg_temp.id('ann/2') AND conversation = %L$$, :'d'), 'nor a conversation made meanwhile');
SELECT pg_temp.news('ann'), pg_temp.news('cas') \g /dev/null
SELECT throws_ok(format($$SELECT * FROM chat.entry_list(pg_temp.id('ann'), pg_temp.id('ann/2'), %L, NULL, NULL, NULL)$$, :'c'), 'CH403', 'device_pending', 'lists nothing else');
SELECT lives_ok(format($$SELECT * FROM chat.entry_list(pg_temp.id('ann'), pg_temp.id('ann/2'), %L, NULL, NULL, NULL)$$, pg_temp.self('ann')), 'but self');
SELECT is((SELECT verdict FROM pg_temp.send('ann/2', :'c', 'm2', 'x')), 'not_found', 'and the writer takes nothing of it');
SELECT throws_ok($$SELECT pg_temp.approve('ann', 'ann/1', 'ann/2', 'A', 'k2')$$, 'CH409', 'no_device_key', 'without a key it can''t be approved');
SELECT is((SELECT body::json->>'state' FROM pg_temp.key_set('ann', 'ann/2', 'k2')), 'pending', 'its key alone leaves it pending');
SELECT is((SELECT body::json->>'state' FROM pg_temp.key_set('ann', 'ann/2', 'k2b')), 'pending', 'and may change');
SELECT throws_ok($$SELECT pg_temp.approve('ann', 'ann/1', 'ann/2', 'A', 'k2')$$, 'CH400', 'invalid_certificate', 'then the old key''s certificate is none');
SELECT throws_ok($$SELECT pg_temp.approve('ann', 'ann/1', 'ann/2', 'B', 'k2b')$$, 'CH400', 'invalid_certificate', 'nor one by another account key');
SELECT throws_ok($$SELECT pg_temp.approve('ann', 'ann/1', 'bob/1', 'A', 'k2b')$$, 'CH404', 'not_found', 'nor is another account''s device approved');
SELECT is((SELECT (status, body::json->>'state', body::json->>'current') FROM pg_temp.approve('ann', 'ann/1', 'ann/2', 'A', 'k2b')), (200, 'approved'::text, 'false'::text), 'it is approved');
SELECT is(ARRAY[pg_temp.news('ann'), pg_temp.news('bob'), pg_temp.news('cas')], ARRAY['device_approved', 'device_certified', 'device_certified'], 'which all hear');
SELECT is((SELECT announce FROM pg_temp.approve('ann', 'ann/1', 'ann/2', 'A', 'k2b')), NULL, 'again is told to nobody');
SELECT pg_temp.send('bob/1', :'c', 'm3', 'three') \g /dev/null
SELECT is(pg_temp.pending('ann/2'), ARRAY['2:three'], 'from then on it reads what is said, and nothing before');
SELECT is((SELECT count(*) FROM chat.range WHERE session = pg_temp.id('ann/2') AND to_seq IS NULL), 3::bigint, 'in all conversations');

-- a changed key loses its certificate
SELECT is((SELECT body::json->'certificate' #>> '{}' FROM pg_temp.key_set('ann', 'ann/2', 'k2c')), NULL, 'another key has no certificate');
SELECT is((SELECT string_agg(d->>'device', ' ') FROM json_array_elements((SELECT body::json->'devices' FROM chat.account_devices(pg_temp.id('bob'), pg_temp.id('bob/1'), pg_temp.id('ann')))) d), pg_temp.id('ann/1')::text, 'and is not shown to others');
SELECT is((SELECT body::json->>'public_key' FROM chat.account_devices(pg_temp.id('ann'), pg_temp.id('ann/1'), pg_temp.id('bob'))), NULL, 'who has no key shows none');
SELECT throws_ok($$SELECT chat.account_devices(pg_temp.id('ann'), pg_temp.id('ann/1'), pg_temp.id('nobody'))$$, 'CH404', 'not_found', 'nobody shows nothing');

-- revoking
SELECT pg_temp.sign_in('ann', 'ann/3') \g /dev/null
SELECT pg_temp.news('ann') \g /dev/null
SELECT throws_ok($$SELECT chat.device_revoke(pg_temp.id('ann'), pg_temp.id('ann/3'), pg_temp.id('ann/2'))$$, 'CH403', 'device_pending', 'a pending device ends no other');
SELECT throws_ok($$SELECT chat.device_revoke(pg_temp.id('bob'), pg_temp.id('bob/1'), pg_temp.id('ann/2'))$$, 'CH404', 'not_found', 'nor does another account');
SELECT is((SELECT (status, revoked, close_code, announce) FROM chat.device_revoke(pg_temp.id('ann'), pg_temp.id('ann/3'), pg_temp.id('ann/3'))), (204, ARRAY[pg_temp.id('ann/3')], 4403, ARRAY[pg_temp.self('ann')]), 'itself it may');
INSERT INTO chat.link (session, offer, expires) VALUES (pg_temp.id('ann/2'), 'x', now() + interval '1 min');
INSERT INTO chat.key_package (ref, session, cipher_suite, last_resort, data, expires) VALUES ('r', pg_temp.id('ann/2'), 1, false, 'x', now() + interval '1 day');
SELECT ok(chat.device_holds_key(pg_temp.id('ann/2')), 'key packages hold a key');
SELECT throws_ok($$SELECT pg_temp.key_set('ann', 'ann/2', 'k2d')$$, 'CH409', 'device_key_exists', 'which can''t be changed then');
SELECT is((SELECT revoked FROM chat.device_revoke(pg_temp.id('ann'), pg_temp.id('ann/1'), pg_temp.id('ann/2'))), ARRAY[pg_temp.id('ann/2')], 'an approved one ends another');
SELECT is((SELECT count(*) FROM chat.link) + (SELECT count(*) FROM chat.key_package), 0::bigint, 'whose key packages and linking go');
SELECT is((SELECT count(*) FROM chat.range WHERE session = pg_temp.id('ann/2') AND to_seq IS NULL), 0::bigint, 'whose ranges close');
SELECT is(pg_temp.news('ann'), 'device_revoked device_revoked', 'and the account hears');
SELECT throws_ok($$SELECT chat.device_revoke(pg_temp.id('ann'), pg_temp.id('ann/1'), pg_temp.id('ann/2'))$$, 'CH404', 'not_found', 'once');
SELECT throws_ok($$SELECT chat.device_revoke(pg_temp.id('ann'), pg_temp.id('ann/2'), pg_temp.id('ann/1'))$$, 'CH403', 'device_pending', 'and it ends nobody');
SELECT throws_ok($$SELECT chat.device_rename(pg_temp.id('ann'), pg_temp.id('ann/1'), pg_temp.id('ann/2'), 'x')$$, 'CH404', 'not_found', 'and it has no name to change');
SELECT is((SELECT body::json->>'name' FROM chat.device_rename(pg_temp.id('ann'), pg_temp.id('ann/1'), pg_temp.id('ann/1'), 'Desk')), 'Desk', 'one that is there has');

-- a new account key
SELECT pg_temp.sign_in('ann', 'ann/4'), pg_temp.news('ann'), pg_temp.news('bob') \g /dev/null
SELECT chat.recovery_set(pg_temp.id('ann'), pg_temp.id('ann/1'), 'x'), chat.archive_put(pg_temp.id('ann'), pg_temp.id('ann/1'), 0, 'x') \g /dev/null
CREATE TEMP TABLE reset AS SELECT * FROM chat.account_key_reset(pg_temp.id('ann'), pg_temp.id('ann/4'), pg_temp.h('N'));
SELECT is((SELECT (status, revoked, close_code) FROM reset), (200, ARRAY[pg_temp.id('ann/1')], 4403), 'a new account key ends all other devices');
SELECT is((SELECT announce FROM reset), pg_temp.self('ann') || (SELECT array_agg(self ORDER BY self) FROM chat.account WHERE username IN ('bob', 'cas')), 'and is told to all peers');
SELECT is(ARRAY[pg_temp.news('ann'), pg_temp.news('bob')], ARRAY['account_key_changed', 'account_key_changed'], 'as account_key_changed');
SELECT is(pg_temp.state('ann/4'), 'approved', 'this device is approved');
SELECT is((SELECT count(*) FROM chat.recovery) + (SELECT count(*) FROM chat.archive WHERE dropped IS NULL), 0::bigint, 'recovery and archive are dropped');

SELECT * FROM finish();
ROLLBACK;
