-- Key packages: held up to a bound, handed out once, told when they run low.
\ir lib/fixture.sql
BEGIN;
SELECT plan(38);

SELECT pg_temp.account('ann'), pg_temp.account('bob') \g /dev/null
SELECT chat.device_key_set(pg_temp.id('ann'), pg_temp.id('ann/1'), pg_temp.h('k'), NULL, NULL, NULL) \g /dev/null

-- uploads key packages by their names; last: which of them is a last resort
CREATE FUNCTION pg_temp.upload(p_names text[], p_last text DEFAULT NULL, p_suite integer DEFAULT 1, p_key text DEFAULT 'k',
    p_session text DEFAULT 'ann/1', p_days integer DEFAULT 30)
RETURNS text LANGUAGE sql AS $$
    SELECT (r.body::json->>'count') || ' ' || (r.body::json->>'last_resort')
    FROM (SELECT array_agg(pg_temp.h(n) ORDER BY o) refs, array_agg(p_suite) suites,
                 array_agg(extract(epoch FROM now() + make_interval(days => p_days))::bigint) expires,
                 array_agg(n::bytea ORDER BY o) datas,
                 array_agg((n IS NOT DISTINCT FROM p_last)::integer ORDER BY o) lasts
          FROM unnest(p_names) WITH ORDINALITY u (n, o)) a,
         chat.key_package_upload(pg_temp.id(split_part(p_session, '/', 1)), pg_temp.id(p_session), pg_temp.h(p_key),
             coalesce(a.refs, '{}'), coalesce(a.suites, '{}'), coalesce(a.expires, '{}'), coalesce(a.datas, '{}'),
             coalesce(a.lasts, '{}')) r;
$$;
-- what bob gets: 'name' or 'name!' (last resort) or '-' of each device
CREATE FUNCTION pg_temp.claim(p_suite integer DEFAULT NULL, p_devices uuid[] DEFAULT NULL, p_by text DEFAULT 'bob/1')
RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(string_agg(coalesce(convert_from(chat.base64url_decode(d->>'key_package'), 'UTF8'), '-')
        || CASE WHEN (d->>'last_resort')::boolean THEN '!' ELSE '' END, ' '), 'none')
    FROM json_array_elements((SELECT body::json->'devices' FROM chat.key_package_claim(pg_temp.id(split_part(p_by, '/', 1)),
        pg_temp.id(p_by), pg_temp.id('ann'), p_suite, p_devices))) d;
$$;
CREATE FUNCTION pg_temp.low() RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM chat.entry e JOIN chat.account a ON a.self = e.conversation
    WHERE a.id = pg_temp.id('ann') AND e.body->>'type' = 'key_packages_low';
$$;

SELECT throws_ok($$SELECT pg_temp.upload('{a}', p_session => 'bob/1')$$, 'CH409', 'no_device_key', 'a device without a key has none');
SELECT throws_ok($$SELECT pg_temp.upload('{a}', p_key => 'other')$$, 'CH409', 'conflict', 'those that another key signed are not taken');
SELECT is(pg_temp.upload('{}'), '0 false', 'none is well');
SELECT is(pg_temp.claim(), '-', 'who has none is named');
SELECT is(pg_temp.low(), 1::bigint, 'and its account told, that it is so');
SELECT is(pg_temp.upload('{a,b,a}'), '2 false', 'one twice counts once');
SELECT is(pg_temp.upload('{b,c}'), '3 false', 'and so does one that is held');
SELECT is(pg_temp.upload('{z}', 'z'), '3 true', 'a last resort is not counted');
SELECT throws_ok($$SELECT pg_temp.upload('{z}')$$, 'CH400', 'invalid_key_package', 'it is no other');
SELECT throws_ok($$SELECT chat.key_package_upload(pg_temp.id('ann'), pg_temp.id('ann/1'), pg_temp.h('k'), ARRAY[pg_temp.h('q'), pg_temp.h('q')], '{1,1}', '{9999999999,9999999999}', ARRAY['q', 'q']::bytea[], '{0,1}')$$, 'CH400', 'invalid_key_package', 'nor both at once');
SELECT is(pg_temp.claim(), 'a', 'the oldest first');
SELECT throws_ok($$SELECT pg_temp.upload('{d,a}')$$, 'CH400', 'invalid_key_package', 'what was handed out does not come again');
SELECT is((SELECT count(*) FROM chat.key_package WHERE ref = pg_temp.h('d')), 0::bigint, 'and all or nothing is taken');
SELECT is((SELECT data FROM chat.key_package WHERE ref = pg_temp.h('a')), NULL, 'what was handed out is forgotten, but for its name');
SELECT is((SELECT session FROM chat.key_package_claim WHERE ref = pg_temp.h('a')), pg_temp.id('bob/1'), 'and for who has it');
SELECT is(pg_temp.claim(3), '-', 'of another suite there is none');
SELECT is(pg_temp.upload('{s}', p_suite => 3), '3 true', 'until there is one');
SELECT is(pg_temp.claim(3), 's', 'which comes');
SELECT is(pg_temp.claim(1) || pg_temp.claim(), 'bc', 'of the first the rest');
UPDATE chat.key_package_claim SET used = now();
SELECT is(pg_temp.claim() || pg_temp.claim(), 'z!z!', 'then the last resort, again and again');
SELECT is((SELECT used FROM chat.key_package_claim WHERE ref = pg_temp.h('z')), NULL, 'each time good for one use');
SELECT is(pg_temp.upload('{y}', 'y'), '0 true', 'a new one takes its place');
SELECT is(pg_temp.claim(), 'y!', 'and is handed out');
SELECT is((SELECT count(*) FROM chat.key_package_claim WHERE ref = pg_temp.h('z')), 1::bigint, 'who has the old one keeps it');
SELECT is(pg_temp.claim(p_by => 'ann/1'), 'none', 'one''s own device is not among them');
SELECT is(pg_temp.claim(p_devices => ARRAY[pg_temp.id('nobody')]), 'none', 'nor are those that were not asked for');
SELECT throws_ok($$SELECT chat.key_package_claim(pg_temp.id('bob'), pg_temp.id('bob/1'), pg_temp.id('nobody'), NULL, NULL)$$, 'CH404', 'not_found', 'nobody has none');

-- running low
SELECT is(pg_temp.low(), 4::bigint, 'once after each refill');
SELECT is(pg_temp.upload(ARRAY(SELECT 'f' || i FROM generate_series(1, 20) i)), '20 true', 'twenty more');
SELECT is(pg_temp.claim() || pg_temp.claim(), 'f1f2', 'of which two go');
SELECT is(pg_temp.low(), 5::bigint, 'told once');
SELECT is((SELECT (e.body->>'device')::uuid = pg_temp.id('ann/1') AND e.body->>'count' = '19' FROM chat.entry e WHERE e.body->>'type' = 'key_packages_low' ORDER BY e.created DESC LIMIT 1), true, 'with what is left');

-- bounds
SELECT is(pg_temp.upload(ARRAY(SELECT 'g' || i FROM generate_series(1, 82) i)), '100 true', 'a hundred');
SELECT throws_ok($$SELECT pg_temp.upload('{h}')$$, 'CH409', 'too_many_key_packages', 'and no more');
UPDATE chat.key_package SET expires = now() WHERE ref = pg_temp.h('f3');
SELECT is(pg_temp.claim(), 'f4', 'one whose time is over is passed by');
SELECT is((SELECT body::json->>'count' FROM chat.key_package_count(pg_temp.id('ann'), pg_temp.id('ann/1'))), '98', 'and not counted');

-- pending and revoked devices
SELECT chat.account_key_set(pg_temp.id('ann'), pg_temp.id('ann/1'), pg_temp.h('A')), pg_temp.sign_in('ann', 'ann/2') \g /dev/null
SELECT is(pg_temp.claim(p_devices => ARRAY[pg_temp.id('ann/2')]), 'none', 'a pending device is added to no group');
SELECT chat.session_revoke_one(pg_temp.id('ann/1'), NULL) \g /dev/null
SELECT is(pg_temp.claim(), 'none', 'nor is a revoked one');

SELECT * FROM finish();
ROLLBACK;
