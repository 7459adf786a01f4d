-- Failures at secrets: few are free, the wait grows, strangers can't lock anybody out.
\ir lib/fixture.sql
BEGIN;
SELECT plan(21);

SELECT pg_temp.account('ann') \g /dev/null

CREATE FUNCTION pg_temp.try(p_key text, p_free integer DEFAULT 3, p_longest integer DEFAULT 60, p_enforced boolean DEFAULT true)
RETURNS integer LANGUAGE sql VOLATILE AS $$
    SELECT (chat.failure_begin(ARRAY[pg_temp.h(p_key)], ARRAY[p_free], ARRAY[p_longest], ARRAY[p_enforced]))[1];
$$;

CREATE FUNCTION pg_temp.later(p_by interval)
RETURNS void LANGUAGE sql VOLATILE AS $$ UPDATE chat.failure SET last = last - p_by, known = known - p_by; $$;

SELECT is(ARRAY[pg_temp.try('a'), pg_temp.try('a'), pg_temp.try('a')], ARRAY[0, 0, 0], 'the first are free');
SELECT is(ARRAY[pg_temp.try('a'), pg_temp.try('a')], ARRAY[2, 2], 'then there is a wait, which trying doesn''t make longer');
SELECT is(pg_temp.try('b'), 0, 'not for another key');
SELECT pg_temp.later('2 s') \g /dev/null
SELECT is(pg_temp.try('a'), 0, 'it ends by itself');
SELECT is(pg_temp.try('a'), 4, 'and the next failure doubles it');
UPDATE chat.failure SET count = 1000000 WHERE key = pg_temp.h('a');
SELECT is(pg_temp.try('a'), 60, 'up to the longest');
SELECT pg_temp.later('25 h') \g /dev/null
SELECT is(ARRAY[pg_temp.try('a'), pg_temp.try('a')], ARRAY[0, 0], 'after a day without one all is forgotten');

SELECT chat.failure_end(ARRAY[pg_temp.h('a')]) \g /dev/null
SELECT is(ARRAY[pg_temp.try('a'), pg_temp.try('a'), pg_temp.try('a'), pg_temp.try('a')], ARRAY[0, 0, 0, 2], 'what was right ends the count');

UPDATE chat.failure SET last = now() + interval '10 years' WHERE key = pg_temp.h('a');
SELECT is(pg_temp.try('a'), 2, 'a clock that was put back costs no more than the wait');
SELECT is(pg_temp.try('d', 1, 60, false) + pg_temp.try('d', 1, 60, false), 2, 'a dry run says what it would demand');
SELECT is((SELECT count FROM chat.failure WHERE key = pg_temp.h('d')), 2, 'and counts on');

-- signing in

CREATE FUNCTION pg_temp.sign_in_try(p_from text, p_login text DEFAULT 'ann', p_device text DEFAULT NULL, p_secret text DEFAULT NULL)
RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT wait_near || '/' || coalesce(wait_everyone::text, '-') || CASE WHEN proven THEN ' proven' ELSE '' END
    FROM chat.sign_in_begin(p_login, pg_temp.id(p_device), pg_temp.h(p_secret), pg_temp.h('device ' || p_device),
        pg_temp.h('near ' || p_login || p_from), pg_temp.h('everyone ' || p_login),
        ARRAY[3, 5], ARRAY[3600, 300], ARRAY[true, true]);
$$;

SELECT is(ARRAY[pg_temp.sign_in_try('x'), pg_temp.sign_in_try('x'), pg_temp.sign_in_try('x'), pg_temp.sign_in_try('x')], ARRAY['0/0', '0/0', '0/0', '2/0'], 'three from one network');
SELECT is(ARRAY[pg_temp.sign_in_try('y'), pg_temp.sign_in_try('z'), pg_temp.sign_in_try('w')], ARRAY['0/0', '0/0', '0/2'], 'five from all networks');
SELECT is(pg_temp.sign_in_try('y', 'ben'), '0/0', 'not at another login');
SELECT is(pg_temp.sign_in_try('x', 'ann', 'ann/1', 'secret ann/1'), '0/- proven', 'a device that was signed in has a count of its own');
SELECT is(pg_temp.sign_in_try('x', 'ann', 'ann/1', 'guessed'), '2/2', 'who only says that he is it, has not');
SELECT is(pg_temp.sign_in_try('x', 'ben', 'ann/1', 'secret ann/1'), '0/0', 'nor is it good for another account');
SELECT pg_temp.sign_in_try('x', 'ann', 'ann/1', 'secret ann/1') FROM generate_series(1, 2) \g /dev/null
SELECT is(pg_temp.sign_in_try('q', 'ann', 'ann/1', 'secret ann/1'), '2/- proven', 'a thief of the device has few tries, too');

SELECT chat.failure_known(ARRAY[pg_temp.h('near annw')]) \g /dev/null
SELECT is(pg_temp.sign_in_try('w'), '0/-', 'who has proven the mailbox isn''t held back by strangers');
SELECT pg_temp.later('25 h') \g /dev/null
SELECT ok(NOT chat.maintain_failures(500), 'upkeep removes what is forgotten');
SELECT is((SELECT count(*) FROM chat.failure), 0::bigint, 'all of it');

SELECT * FROM finish();
ROLLBACK;
