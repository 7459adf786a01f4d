-- Registration tells nobody whether an address is known, and reserves nothing.
\ir lib/fixture.sql
BEGIN;
SELECT plan(14);

CREATE TEMP TABLE new AS SELECT * FROM pg_temp.register('ann', 'ann', 'Ann@example.org');
SELECT pg_temp.confirm('ann', 'code ann') \g /dev/null
CREATE TEMP TABLE known AS SELECT * FROM pg_temp.register('eve', 'eve', 'ann@EXAMPLE.org');

SELECT is((SELECT status FROM known), (SELECT status FROM new), 'a known address answers the same status');
SELECT is(
    (SELECT regexp_replace(replace(replace(body, 'eve', 'ann'), 'ann@EXAMPLE', 'Ann@example'), '"(id|created|expires|link_expires)" : "[^"]*"', '\1', 'g') FROM known),
    (SELECT regexp_replace(body, '"(id|created|expires|link_expires)" : "[^"]*"', '\1', 'g') FROM new),
    'and the same body, ids and times apart');
SELECT is((SELECT template FROM chat.mail WHERE account = pg_temp.id('ann')), 'verify', 'the first gets a code');
SELECT is((SELECT template FROM chat.mail WHERE account = pg_temp.id('eve')), 'exists', 'the owner is told that somebody tried');
SELECT is((SELECT params->>'code' FROM chat.mail WHERE account = pg_temp.id('eve')), NULL, 'without a code');
SELECT is(pg_temp.confirm('eve', 'code eve'), 422, 'even the right code verifies no shadow');
SELECT is((SELECT count(*) FROM chat.sign_in_candidates('ann@example.org')), 2::bigint, 'both can be tried at sign-in');
SELECT is((SELECT account FROM chat.sign_in_candidates('ann@example.org') WHERE ord = 1), pg_temp.id('ann'), 'the verified one first');

SELECT throws_ok($$SELECT pg_temp.register('mal', 'ann', 'mal@example.org')$$, 'CH409', 'username_taken', 'a verified name is taken');
SELECT lives_ok($$SELECT pg_temp.register('bob', 'bob', 'bob@example.org')$$, 'an unverified account');
SELECT lives_ok($$SELECT pg_temp.register('bob2', 'bob', 'bob@example.org')$$, 'reserves neither its name nor its address');
SELECT is((SELECT count(*) FROM chat.account WHERE username = 'bob'), 1::bigint, 'a later registration of the address replaces it');
SELECT is((SELECT string_agg(verdict || params::text, '') FROM chat.mail WHERE account = pg_temp.id('bob')), 'cancelled{}', 'its code is not sent any more');

SELECT pg_temp.register('f' || i, 'f' || i, 'flood@example.org', 3) FROM generate_series(1, 6) i \g /dev/null
SELECT is((SELECT count(*) FROM chat.mail WHERE recipient = 'flood@example.org'), 3::bigint, 'an address gets no more mails than its bound, and the answers do not show it');

SELECT * FROM finish();
ROLLBACK;
