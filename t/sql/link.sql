-- Linking: each step by its side, in its order.
\ir lib/fixture.sql
BEGIN;
SELECT plan(26);

SELECT pg_temp.account('ann'), pg_temp.account('bob') \g /dev/null
SELECT pg_temp.sign_in('ann', 'ann/old') \g /dev/null
SELECT chat.account_key_set(pg_temp.id('ann'), pg_temp.id('ann/1'), pg_temp.h('A')) \g /dev/null
SELECT pg_temp.sign_in('ann', 'ann/2'), pg_temp.sign_in('ann', 'ann/3') \g /dev/null

CREATE FUNCTION pg_temp.step(p_by text, p_step text, p_data text, p_device text DEFAULT 'ann/2', p_name text DEFAULT 'ann')
RETURNS chat.reply LANGUAGE sql AS $$
    SELECT chat.link_put(pg_temp.id(p_name), pg_temp.id(p_by), pg_temp.id(p_device), p_step, p_data::bytea);
$$;
CREATE FUNCTION pg_temp.link() RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws('/', convert_from(offer, 'UTF8'), convert_from(answer, 'UTF8'), convert_from(reveal, 'UTF8'), convert_from(sealed, 'UTF8'))
    FROM chat.link WHERE session = pg_temp.id('ann/2');
$$;

SELECT throws_ok($$SELECT pg_temp.step('ann/2', 'offer', NULL)$$, 'CH400', 'missing_parameter', 'a step has data');
SELECT throws_ok($$SELECT pg_temp.step('ann/2', 'cancel', 'x')$$, 'CH400', 'invalid_parameter', 'cancelling has none');
SELECT throws_ok($$SELECT pg_temp.step('bob/1', 'answer', 'x', 'ann/2', 'bob')$$, 'CH404', 'not_found', 'another account has no part in it');
SELECT throws_ok($$SELECT pg_temp.step('ann/1', 'offer', 'x')$$, 'CH403', 'forbidden', 'the device itself offers');
SELECT throws_ok($$SELECT pg_temp.step('ann/1', 'offer', 'x', 'ann/1')$$, 'CH403', 'forbidden', 'if it is pending');
SELECT throws_ok($$SELECT pg_temp.step('ann/1', 'answer', 'x')$$, 'CH409', 'conflict', 'no answer comes before it');
SELECT is((SELECT (status, announce) FROM pg_temp.step('ann/2', 'offer', 'o')), (200, ARRAY[(SELECT self FROM chat.account WHERE id = pg_temp.id('ann'))]), 'an offer is told to the account');
SELECT throws_ok($$SELECT pg_temp.step('ann/2', 'answer', 'x')$$, 'CH403', 'forbidden', 'the device does not answer itself');
SELECT throws_ok($$SELECT pg_temp.step('ann/3', 'answer', 'x')$$, 'CH403', 'forbidden', 'nor does another pending one');
SELECT throws_ok($$SELECT pg_temp.step('ann/3', 'cancel', NULL)$$, 'CH403', 'forbidden', 'nor does that cancel');
SELECT throws_ok($$SELECT pg_temp.step('ann/1', 'sealed', 'x')$$, 'CH409', 'conflict', 'sealing comes after the answer');
SELECT throws_ok($$SELECT pg_temp.step('ann/2', 'reveal', 'x')$$, 'CH409', 'conflict', 'and so does revealing');
SELECT is((SELECT status FROM pg_temp.step('ann/1', 'answer', 'a')), 200, 'an approved one answers');
SELECT is((SELECT announce FROM pg_temp.step('ann/1', 'answer', 'a')), NULL, 'a repeat is well, and told to nobody');
SELECT throws_ok($$SELECT pg_temp.step('ann/old', 'answer', 'b')$$, 'CH409', 'conflict', 'another answer is refused');
SELECT is((SELECT status FROM pg_temp.step('ann/2', 'reveal', 'r')), 200, 'the device reveals');
SELECT is((SELECT status FROM pg_temp.step('ann/1', 'sealed', 's')), 200, 'the approved one seals');
SELECT is(pg_temp.link(), 'o/a/r/s', 'all is there');
SELECT throws_ok($$SELECT pg_temp.step('ann/2', 'reveal', 'q')$$, 'CH409', 'conflict', 'then nothing follows');
SELECT is((SELECT status FROM pg_temp.step('ann/2', 'offer', 'p')), 200, 'but a new offer');
SELECT is(pg_temp.link(), 'p', 'which starts anew');
UPDATE chat.link SET expires = now();
SELECT throws_ok($$SELECT pg_temp.step('ann/1', 'answer', 'x')$$, 'CH409', 'conflict', 'an expired one takes no answer');
SELECT is((SELECT body::json->'link' #>> '{}' FROM pg_temp.step('ann/1', 'cancel', NULL)), NULL, 'and is cancelled');
SELECT is((SELECT announce FROM pg_temp.step('ann/2', 'cancel', NULL)), NULL, 'once');

SELECT pg_temp.step('ann/2', 'offer', 'o'), pg_temp.step('ann/1', 'answer', 'a'), pg_temp.step('ann/1', 'sealed', 's') \g /dev/null
SELECT throws_ok($$SELECT pg_temp.step('ann/2', 'reveal', 'r')$$, 'CH409', 'conflict', 'what is sealed with nothing revealed stays so');

SELECT pg_temp.step('ann/2', 'offer', 'o'), chat.device_revoke(pg_temp.id('ann'), pg_temp.id('ann/old'), pg_temp.id('ann/1')) \g /dev/null
SELECT throws_ok($$SELECT pg_temp.step('ann/1', 'answer', 'a')$$, 'CH403', 'forbidden', 'a revoked device answers nobody');

SELECT * FROM finish();
ROLLBACK;
