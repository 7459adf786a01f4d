-- The audit log: an act leaves its entry, once, and none when it is undone; who may write there.
\ir lib/fixture.sql
BEGIN;
SELECT plan(34);

SELECT pg_temp.account('ann'), pg_temp.account('bob') \g /dev/null

CREATE FUNCTION pg_temp.told(p_name text) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(string_agg(action || CASE WHEN outcome <> 'ok' THEN ' ' || outcome ELSE '' END, ', ' ORDER BY id), '')
    FROM chat.audit_entry WHERE account = pg_temp.id(p_name) AND id > coalesce(nullif(current_setting('t.mark', true), ''), '0')::bigint;
$$;
CREATE FUNCTION pg_temp.mark() RETURNS void LANGUAGE sql AS $$
    SELECT set_config('t.mark', (SELECT coalesce(max(id), 0)::text FROM chat.audit_entry), false);
$$;

SELECT is(pg_temp.told('ann'), 'account.register, account.verify', 'registration and verification are told');

SELECT pg_temp.mark() \g /dev/null
SELECT chat.context(NULL, '203.0.113.0/24 req-7 -') \g /dev/null
SELECT pg_temp.sign_in('ann', 'ann/2') \g /dev/null
SELECT is(pg_temp.told('ann'), 'session.sign_in', 'a sign-in is told');
SELECT is((SELECT (session, address, request_id) FROM chat.audit_entry ORDER BY id DESC LIMIT 1), (pg_temp.id('ann/2'), '203.0.113.0/24'::cidr, 'req-7'::text), 'with its session, its network and its request');
SELECT is((SELECT count(*) FROM chat.audit_entry e, chat.session s WHERE s.id = pg_temp.id('ann/2') AND (e::text LIKE '%' || encode(s.token_hash, 'hex') || '%' OR e::text LIKE '%hash of ann%')), 0::bigint, 'and nothing secret');

SELECT pg_temp.mark(), chat.context(NULL, format('2001:db8:1::/48 - %s', pg_temp.id('ann/2'))) \g /dev/null
SELECT chat.device_rename(pg_temp.id('ann'), pg_temp.id('ann/2'), pg_temp.id('ann/1'), 'new') \g /dev/null
SELECT chat.account_key_set(pg_temp.id('ann'), pg_temp.id('ann/2'), pg_temp.h('key')) \g /dev/null
SELECT chat.recovery_set(pg_temp.id('ann'), pg_temp.id('ann/2'), 'wrapped') \g /dev/null
SELECT chat.device_revoke(pg_temp.id('ann'), pg_temp.id('ann/2'), pg_temp.id('ann/1')) \g /dev/null
SELECT chat.account_key_reset(pg_temp.id('ann'), pg_temp.id('ann/2'), pg_temp.h('key 2')) \g /dev/null
SELECT chat.session_end(pg_temp.id('ann'), pg_temp.id('ann/2')) \g /dev/null
SELECT chat.session_end(pg_temp.id('ann'), pg_temp.id('ann/2')) \g /dev/null
SELECT is(pg_temp.told('ann'), 'device.rename, key.set, recovery.set, device.revoke, key.reset, session.sign_out', 'what is done to devices and keys is told, a repeat is not');
SELECT is((SELECT (session, target) FROM chat.audit_entry WHERE action = 'device.revoke' ORDER BY id DESC LIMIT 1), (pg_temp.id('ann/2'), pg_temp.id('ann/1')::text), 'by which session, and which device it was');
SELECT is((SELECT address FROM chat.audit_entry ORDER BY id DESC LIMIT 1), '2001:db8:1::/48'::cidr, 'an IPv6 network');

SELECT pg_temp.mark(), chat.context(NULL, NULL) \g /dev/null
SELECT throws_ok($$SELECT chat.device_rename(pg_temp.id('ann'), pg_temp.id('ann/2'), pg_temp.id('bob/1'), 'mine')$$, 'CH404', 'not_found', 'what was refused');
SELECT is(pg_temp.told('ann') || pg_temp.told('bob'), '', 'leaves nothing');

SELECT is(pg_temp.confirm('ann', 'x'), 410, 'a code that can not be any more');
SELECT pg_temp.register('eve', 'eve', 'eve@example.org') \g /dev/null
SELECT pg_temp.confirm('eve', 'wrong') \g /dev/null
SELECT is(pg_temp.told('eve'), 'account.register, account.verify invalid_code', 'a wrong code is told with its outcome');

UPDATE chat.session SET idle_expires = now() - interval '1 s' WHERE id = pg_temp.id('bob/1');
SELECT chat.maintain(100) \g /dev/null
SELECT is(pg_temp.told('bob'), 'session.expired', 'a session that expired');

SELECT pg_temp.mark() \g /dev/null
SELECT pg_temp.sign_in('bob', 'bob/' || n) FROM generate_series(2, 10) n \g /dev/null
SELECT pg_temp.mark() \g /dev/null
SELECT pg_temp.sign_in('bob', 'bob/11') \g /dev/null
SELECT is(pg_temp.told('bob'), 'device.evicted, device.revoke, session.sign_in', 'a device that had to go');

-- what can't be said
SELECT throws_ok($$SELECT chat.audit(NULL, NULL, 'session.signin')$$, '23503', NULL, 'an action that is not enumerated fails the act');
SELECT throws_ok($$SELECT chat.audit(NULL, NULL, 'key.set', E'ok\nx')$$, '23514', NULL, 'so does an outcome with a line end');
SELECT lives_ok($$SELECT chat.audit(NULL, NULL, 'key.set', 'ok', NULL, jsonb_build_object('x', repeat('y', 5000)))$$, 'a detail that is too long does not');
SELECT is((SELECT detail FROM chat.audit_entry ORDER BY id DESC LIMIT 1), '{"too_long": 5009}', 'it is left out, and that is said');
SELECT chat.context(NULL, E'203.0.113.0/24 a\nb -'), chat.audit(NULL, NULL, 'key.set') \g /dev/null
SELECT is((SELECT (address, request_id) FROM chat.audit_entry ORDER BY id DESC LIMIT 1), ('203.0.113.0/24'::cidr, NULL::text), 'a request id of other characters is not taken');
SELECT chat.context(NULL, 'nonsense'), chat.audit(NULL, NULL, 'operator.user.verify') \g /dev/null
SELECT is((SELECT (address, detail) FROM chat.audit_entry ORDER BY id DESC LIMIT 1), (NULL::cidr, '{"role": "postgres"}'::jsonb), 'what an operator does has the role that did it');
SELECT chat.context(NULL, NULL) \g /dev/null

SELECT chat.context(NULL, format('203.0.113.0/24 r %s', pg_temp.id('ann/2'))), chat.audit(NULL, NULL, 'key.set') \g /dev/null
SELECT is((SELECT (session, request_id) FROM chat.audit_entry ORDER BY id DESC LIMIT 1), (NULL::uuid, 'r'::text), 'what is in nobody''s log names no session');
SELECT chat.context(NULL, NULL) \g /dev/null

-- limits, as a worker gathered them
SELECT chat.audit_limits(json_build_array(json_build_object('class', 'sign_in', 'count', 7, 'context', '198.51.100.0/24 r -'), json_build_object('class', 'mail', 'count', 1, 'context', '-', 'account', pg_temp.id('bob')))) \g /dev/null
SELECT is((SELECT array_agg((account, address, outcome, detail)::text ORDER BY id) FROM chat.audit_entry WHERE action = 'limit.hit'), ARRAY[(NULL, '198.51.100.0/24'::cidr, 'rate_limited', '{"class": "sign_in", "count": 7}'::jsonb)::text, (pg_temp.id('bob'), NULL, 'rate_limited', '{"class": "mail", "count": 1}'::jsonb)::text], 'limits that were hit, each with how often');

-- the own entries
SELECT is((SELECT status FROM chat.audit_list(pg_temp.id('ann'), NULL, NULL, 3)), 200, 'an account lists');
CREATE TEMP TABLE page AS SELECT body::json AS b FROM chat.audit_list(pg_temp.id('ann'), NULL, NULL, 3);
SELECT is((SELECT json_agg(i->>'action')::text FROM page, json_array_elements(b->'items') i), '["session.sign_out", "key.reset", "device.revoke"]', 'its own entries, the newest first');
SELECT is((SELECT json_agg(i->>'action')::text FROM page, LATERAL chat.audit_list(pg_temp.id('ann'), NULL, page.b->>'next', 100) r, json_array_elements(r.body::json->'items') i), '["recovery.set", "key.set", "device.rename", "session.sign_in", "account.verify", "account.register"]', 'page by page');
SELECT is((SELECT count(*) FROM chat.audit_list(pg_temp.id('ann'), NULL, NULL, 100) r, json_array_elements(r.body::json->'items') i WHERE i->>'id' IN (SELECT id::text FROM chat.audit_entry WHERE account <> pg_temp.id('ann'))), 0::bigint, 'and nobody else''s');
SELECT is((SELECT i->>'device_name' FROM page, json_array_elements(b->'items') i LIMIT 1), 'ann/2', 'with the device''s name');
SELECT throws_ok($$SELECT chat.audit_list(pg_temp.id('ann'), NULL, '1 OR 1', 3)$$, 'CH400', 'invalid_parameter', 'a cursor is a number');
SELECT throws_ok($$SELECT chat.audit_list(pg_temp.id('ann'), NULL, NULL, 101)$$, 'CH400', 'invalid_parameter', 'a page has a bound');

-- nobody writes there by hand
SELECT throws_ok($$UPDATE chat.audit_entry SET outcome = 'x'$$, 'P0001', 'audit entries are only added', 'no entry is changed');
SELECT throws_ok($$DELETE FROM chat.audit_entry$$, 'P0001', 'audit entries are only added', 'or removed');
SELECT throws_ok($$TRUNCATE chat.audit_entry$$, 'P0001', 'audit entries are only added', 'or all of them');

CREATE ROLE audit_test_role;
SAVEPOINT s;
GRANT USAGE ON SCHEMA chat TO audit_test_role;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA chat TO audit_test_role;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA chat TO audit_test_role;
REVOKE INSERT, UPDATE, DELETE ON chat.audit_entry, chat.audit_chain, chat.audit_action, chat.audit_stream FROM audit_test_role;
SET LOCAL ROLE audit_test_role;
SELECT throws_ok($$INSERT INTO chat.audit_entry (action, outcome) VALUES ('key.set', 'ok')$$, '42501', NULL, 'the role that chatctl grants adds no entry of its own making');
SELECT lives_ok($$SELECT chat.audit(NULL, NULL, 'key.set')$$, 'but by the function');
SELECT lives_ok($$SELECT chat.audit_seal(10)$$, 'and seals');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
