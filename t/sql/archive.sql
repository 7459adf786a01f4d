-- Recovery and archive, and upkeep of what devices leave behind.
\ir lib/fixture.sql
BEGIN;
SELECT plan(34);

SELECT pg_temp.account('ann'), pg_temp.account('bob') \g /dev/null

SELECT throws_ok($$SELECT chat.recovery_get(pg_temp.id('ann'), pg_temp.id('ann/1'))$$, 'CH404', 'not_found', 'no recovery yet');
SELECT is((SELECT body::json->>'size' FROM chat.recovery_set(pg_temp.id('ann'), pg_temp.id('ann/1'), 'one')), '3', 'set');
SELECT is((SELECT body::json->>'size' FROM chat.recovery_set(pg_temp.id('ann'), pg_temp.id('ann/1'), 'again')), '5', 'and set anew');
SELECT is((SELECT body::json->>'data' FROM chat.recovery_get(pg_temp.id('ann'), pg_temp.id('ann/1'))), chat.base64url('again'), 'the newest counts');
SELECT throws_ok($$SELECT chat.recovery_get(pg_temp.id('bob'), pg_temp.id('bob/1'))$$, 'CH404', 'not_found', 'for its account only');

CREATE FUNCTION pg_temp.put(p_part integer, p_data text, p_name text DEFAULT 'ann') RETURNS integer LANGUAGE sql AS $$
    SELECT status FROM chat.archive_put(pg_temp.id(p_name), pg_temp.id(p_name || '/1'), p_part, p_data::bytea);
$$;
SELECT is(pg_temp.put(3, 'three'), 201, 'a part');
SELECT is(pg_temp.put(3, 'drei'), 200, 'stored anew');
SELECT is(pg_temp.put(1, 'one'), 201, 'another');
SELECT is((SELECT body::json->>'bytes' FROM chat.archive_list(pg_temp.id('ann'), pg_temp.id('ann/1'))), '7', 'bytes of all');
SELECT is((SELECT string_agg((i->>'part') || ':' || (i->>'size'), ' ') FROM json_array_elements((SELECT body::json->'items' FROM chat.archive_list(pg_temp.id('ann'), pg_temp.id('ann/1')))) i), '1:3 3:4', 'in order');
SELECT is((SELECT payload FROM chat.archive_get(pg_temp.id('ann'), 3)), 'drei'::bytea, 'as stored');
SELECT is_empty($$SELECT * FROM chat.archive_get(pg_temp.id('bob'), 3)$$, 'for its account only');
SELECT is((SELECT status FROM chat.archive_delete(pg_temp.id('ann'), pg_temp.id('ann/1'))), 204, 'dropped');
SELECT is_empty($$SELECT * FROM chat.archive_get(pg_temp.id('ann'), 3)$$, 'at once');
SELECT is(pg_temp.put(3, 'new'), 201, 'a new one begins');
SELECT is((SELECT count(*) FROM chat.archive_part), 3::bigint, 'the old parts wait');

-- not more than an account may write a day
SELECT is((SELECT bytes FROM chat.archive_day WHERE account = pg_temp.id('ann')), 15::bigint, 'what is written is counted');
UPDATE chat.archive_day SET bytes = 536870911 WHERE account = pg_temp.id('ann');
SELECT is(pg_temp.put(3, 'new'), 200, 'up to half a gigabyte');
SELECT throws_ok($$SELECT pg_temp.put(3, 'new')$$, 'CH429', 'rate_limited', 'then it is enough for a day');
SELECT chat.archive_delete(pg_temp.id('ann'), pg_temp.id('ann/1')) \g /dev/null
SELECT throws_ok($$SELECT pg_temp.put(0, 'new')$$, 'CH429', 'rate_limited', 'in whatever archive');
SELECT is(pg_temp.put(0, 'new', 'bob'), 201, 'for each account');
UPDATE chat.archive_day SET day = day - 1 WHERE account = pg_temp.id('ann');
SELECT is(pg_temp.put(3, 'new'), 201, 'another day is another day');
SELECT is((SELECT bytes FROM chat.archive_day WHERE account = pg_temp.id('ann')), 3::bigint, 'that begins with nothing');
SELECT chat.archive_delete(pg_temp.id('bob'), pg_temp.id('bob/1')) \g /dev/null

-- a device that was revoked just before
SELECT pg_temp.sign_in('bob', 'bob/2') \g /dev/null
SELECT chat.device_revoke(pg_temp.id('bob'), pg_temp.id('bob/1'), pg_temp.id('bob/2')) \g /dev/null
SELECT throws_ok($$SELECT chat.account_key_set(pg_temp.id('bob'), pg_temp.id('bob/2'), pg_temp.h('B'))$$, 'CH401', 'unauthorized', 'sets no account key');
SELECT throws_ok($$SELECT chat.recovery_set(pg_temp.id('bob'), pg_temp.id('bob/2'), 'x')$$, 'CH401', 'unauthorized', 'nor recovery');
SELECT throws_ok($$SELECT chat.archive_put(pg_temp.id('bob'), pg_temp.id('bob/2'), 0, 'x')$$, 'CH401', 'unauthorized', 'writes no archive');
SELECT throws_ok($$SELECT chat.archive_delete(pg_temp.id('bob'), pg_temp.id('bob/2'))$$, 'CH401', 'unauthorized', 'and drops none');
SELECT chat.account_key_set(pg_temp.id('bob'), pg_temp.id('bob/1'), pg_temp.h('B')), pg_temp.sign_in('bob', 'bob/3') \g /dev/null
SELECT throws_ok($$SELECT chat.recovery_set(pg_temp.id('bob'), pg_temp.id('bob/3'), 'x')$$, 'CH403', 'device_pending', 'one that waits doesn''t either');
SELECT throws_ok($$SELECT chat.archive_put(pg_temp.id('ann'), pg_temp.id('bob/1'), 0, 'x')$$, 'CH401', 'unauthorized', 'nor one of another account');

-- upkeep
SELECT pg_temp.sign_in('ann', 'ann/2') \g /dev/null
INSERT INTO chat.link (session, offer, expires) VALUES (pg_temp.id('ann/1'), 'x', now() - interval '1 s'), (pg_temp.id('ann/2'), 'x', now() + interval '1 s');
INSERT INTO chat.key_package (ref, session, cipher_suite, last_resort, data, expires)
SELECT 'r' || i::text::bytea, pg_temp.id('ann/1'), 1, false, 'x', now() - make_interval(days => i) + interval '1 h' FROM generate_series(0, 3) i;
SELECT is(chat.maintain_devices(10), true, 'one part at a time while the batch is small');
SELECT is(chat.maintain_devices(1000), false, 'then the rest');
SELECT is((SELECT array_agg(payload) FROM chat.archive_part), ARRAY['new']::bytea[], 'dropped archives are gone');
SELECT is((SELECT array_agg(session) FROM chat.link), ARRAY[pg_temp.id('ann/2')], 'and linkings that ended');
SELECT is((SELECT count(*) FROM chat.key_package), 2::bigint, 'and key packages a day after their time');

SELECT * FROM finish();
ROLLBACK;
