-- The own profile changes only as it was seen; others see less of it.
\ir lib/fixture.sql
BEGIN;
SELECT plan(12);

SELECT pg_temp.account('ann'), pg_temp.register('eve', 'eve', 'eve@example.org') \g /dev/null
SELECT is((SELECT (status, body::json->>'username', body::json->>'verified', etag) FROM chat.account_get(pg_temp.id('ann'), NULL)), (200, 'ann'::text, 'true'::text, '"2"'::text), 'the profile has an ETag');
SELECT is((SELECT body::json->>'password_hash' FROM chat.account_get(pg_temp.id('ann'), NULL)), NULL, 'and no hash');
SELECT is((SELECT (body::json->>'display_name', etag) FROM chat.account_update(pg_temp.id('ann'), NULL, '"2"', 'Ann')), ('Ann'::text, '"3"'::text), 'a change gives another');
SELECT throws_ok($$SELECT chat.account_update(pg_temp.id('ann'), NULL, '"2"', 'Anna')$$, 'CH412', 'precondition_failed', 'the old one does not pass');
SELECT is((chat.account_update(pg_temp.id('ann'), NULL, '"9", "3"', 'Anna')).etag, '"4"', 'a list with the right one does');
SELECT is((chat.account_update(pg_temp.id('ann'), NULL, '*', 'Ann')).etag, '"5"', 'so does *');
SELECT is((chat.account_update(pg_temp.id('ann'), NULL, NULL, 'Ann')).etag, '"5"', 'no change, no new version');
SELECT is((chat.account_update(pg_temp.id('ann'), NULL, NULL, NULL)).body::json->>'display_name', 'Ann', 'what is not given stays');
SELECT throws_ok($$SELECT chat.account_get(pg_temp.id('gone'), NULL)$$, 'CH401', 'unauthorized', 'an account that ended');
SELECT is((SELECT json_object_agg(k, '')::text FROM json_object_keys((SELECT body::json FROM chat.account_lookup(pg_temp.id('eve'), NULL, 'ann'))) k), '{ "id" : "", "username" : "", "display_name" : "" }', 'others see id and names');
SELECT throws_ok($$SELECT chat.account_lookup(pg_temp.id('ann'), NULL, 'eve')$$, 'CH404', 'not_found', 'an unverified account can not be found');
SELECT throws_ok($$SELECT chat.account_lookup(pg_temp.id('ann'), NULL, 'nobody')$$, 'CH404', 'not_found', 'nor can nobody');

SELECT * FROM finish();
ROLLBACK;
