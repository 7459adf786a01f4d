-- Private conversations: offered to an account, bound to two devices, over for good, and then gone.
\ir lib/fixture.sql
\ir lib/group.sql
BEGIN;
SELECT plan(76);

SELECT pg_temp.account(n) FROM unnest('{ann,bob,eve}'::text[]) n \g /dev/null
SELECT pg_temp.sign_in('ann', 'ann/2'), pg_temp.sign_in('bob', 'bob/2'), pg_temp.sign_in('bob', 'bob/3') \g /dev/null
SELECT pg_temp.device(s) FROM unnest('{ann/1,ann/2,bob/1,bob/2}'::text[]) s \g /dev/null

CREATE FUNCTION pg_temp.self(text) RETURNS uuid LANGUAGE sql AS 'SELECT self FROM chat.account WHERE id = pg_temp.id($1)';
-- the newest entry of an account's own conversation, as 'type what'
CREATE FUNCTION pg_temp.told(p_name text) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', body->>'type', body->>'reason') FROM chat.entry
    WHERE conversation = pg_temp.self(p_name) ORDER BY seq DESC LIMIT 1;
$$;
CREATE FUNCTION pg_temp.problem(p_sql text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v_answer    text;
    v_detail    text;
BEGIN
    EXECUTE p_sql INTO v_answer;
    RETURN v_answer;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS v_detail = PG_EXCEPTION_DETAIL;
    IF SQLSTATE NOT LIKE 'CH%' THEN RAISE; END IF;
    RETURN concat_ws(' ', SQLSTATE, SQLERRM, CASE WHEN v_detail LIKE '{%' THEN v_detail::json->>'reason' END);
END
$$;
CREATE FUNCTION pg_temp.offer(p_session text, p_peer text, p_suite integer DEFAULT NULL) RETURNS uuid LANGUAGE sql AS $$
    SELECT ((chat.private_offer(pg_temp.id(split_part(p_session, '/', 1)), pg_temp.id(p_session), pg_temp.id(p_peer),
        p_suite)).body::json->>'id')::uuid;
$$;
-- what a device does with it: accept, decline or close; the status or the problem
CREATE FUNCTION pg_temp.does(p_session text, p_what text, p_c uuid, p_kp text DEFAULT NULL, p_suite integer DEFAULT 1, p_key text DEFAULT NULL)
RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.problem(format('SELECT status FROM chat.private_%s(%L, %L, %L%s)', p_what, pg_temp.id(split_part(p_session, '/', 1)),
        pg_temp.id(p_session), p_c, CASE p_what WHEN 'accept' THEN format(', %L, %L, %s, %L', p_kp::bytea,
            pg_temp.h(p_kp), p_suite, pg_temp.key(coalesce(p_key, p_session))) ELSE '' END));
$$;
CREATE FUNCTION pg_temp.state(p_c uuid) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', p.state, p.reason, c.state) FROM chat.private p JOIN chat.conversation c ON c.id = p.conversation
    WHERE p.conversation = p_c;
$$;

-- an offer
SELECT throws_ok($$SELECT pg_temp.offer('ann/1', 'ann')$$, 'CH400', 'invalid_parameter', 'not with oneself');
SELECT throws_ok($$SELECT pg_temp.offer('ann/1', 'nobody')$$, 'CH404', 'not_found', 'nor with nobody');
SELECT throws_ok($$SELECT pg_temp.offer('bob/3', 'ann')$$, 'CH409', 'no_device_key', 'by a device with a key');
SELECT throws_ok($$SELECT pg_temp.offer('bob/9', 'ann')$$, 'CH401', 'unauthorized', 'that is there');
CREATE TEMP TABLE made AS SELECT * FROM chat.private_offer(pg_temp.id('ann'), pg_temp.id('ann/1'), pg_temp.id('bob'), 3);
SELECT (body::json->>'id')::uuid AS c FROM made \gset
SELECT is((SELECT status FROM made), 201, 'an offer');
SELECT bag_eq('SELECT unnest(announce) FROM made', $$SELECT pg_temp.self(n) FROM unnest('{ann,bob}'::text[]) n$$, 'both are told');
SELECT is(pg_temp.told('bob'), 'private_offered', 'of that');
SELECT is(pg_temp.state(:'c'), 'offered open', 'it waits');
SELECT is((SELECT (kind::text, payload::text, cipher_suite) FROM chat.conversation WHERE id = :'c'), ('private'::text, 'mls'::text, 3), 'mls, in the suite that was asked for');
SELECT is((SELECT count(*) FROM chat.range WHERE conversation = :'c'), 0::bigint, 'and nobody reads it');

-- the first device that accepts
SELECT is(pg_temp.does('ann/2', 'accept', :'c', 'a', 3), 'CH403 forbidden', 'who offers doesn''t accept');
SELECT is(pg_temp.does('bob/3', 'accept', :'c', 'a', 3), 'CH409 no_device_key', 'a device without a key does not');
SELECT pg_temp.device('eve/1') \g /dev/null
SELECT is(pg_temp.does('eve/1', 'accept', :'c', 'a', 3), 'CH404 not_found', 'nor does a stranger');
SELECT is(pg_temp.does('bob/1', 'accept', :'c', 'a', 3, 'bob/2'), 'CH400 invalid_key_package not the device''s signature key', 'with another''s key');
SELECT is(pg_temp.does('bob/1', 'accept', :'c', 'a', 1), 'CH400 invalid_key_package cipher suite', 'in another suite');
SELECT pg_temp.handed('used', 'bob/1', 'eve/1') \g /dev/null
SELECT is(pg_temp.does('bob/1', 'accept', :'c', 'used', 3), 'CH400 invalid_key_package it was given away before', 'with a key package that others may have');
SELECT is(pg_temp.state(:'c'), 'offered open', 'all that changes nothing');
SELECT is(pg_temp.does('bob/1', 'accept', :'c', 'a', 3), '200', 'a device accepts');
SELECT is(pg_temp.told('ann'), 'private_accepted', 'which is told');
SELECT is(pg_temp.does('bob/1', 'accept', :'c', 'a', 3), '200', 'once more, too');
SELECT is(pg_temp.does('bob/1', 'accept', :'c', 'b', 3), 'CH409 private_taken', 'but with the same key package');
SELECT is(pg_temp.does('bob/2', 'accept', :'c', 'b', 3), 'CH409 private_taken', 'another comes too late');
SELECT is(pg_temp.does('bob/2', 'decline', :'c'), 'CH409 private_taken', 'and can''t decline');
SELECT is((SELECT (body::json->'private'->>'key_package') FROM chat.conversation_get(pg_temp.id('ann'), pg_temp.id('ann/1'), :'c')), chat.base64url('a'), 'the offerer gets the key package');
SELECT is((SELECT (body::json->'private'->>'key_package') FROM chat.conversation_get(pg_temp.id('ann'), pg_temp.id('ann/2'), :'c')), NULL, 'its other devices do not');
SELECT is(pg_temp.offer('bob/1', 'ann') IS NOT NULL, true, 'an offer the other way');
SELECT conversation AS back FROM chat.private WHERE from_account = pg_temp.id('bob') \gset
SELECT is(pg_temp.does('ann/1', 'accept', :'back', 'a'), '200', 'the same name of another device''s is another''s');
SELECT is(pg_temp.does('ann/1', 'close', :'back'), '204', 'one that accepted closes');

-- two devices, for ever
UPDATE chat.conversation SET cipher_suite = 1 WHERE id = :'c';
SELECT pg_temp.handed('b2', 'bob/2', 'ann/1') \g /dev/null
SELECT is(pg_temp.commit('ann/1', :'c', '1', 0, '{b2=bob/2}', '{}', '{ann/1,bob/2}'), 'private_fixed', 'it begins with the one that accepted');
SELECT is(pg_temp.commit('ann/1', :'c', '1', 0, '{a=bob/1,b2=bob/2}', '{}', '{ann/1,bob/1,bob/2}'), 'private_fixed', 'and no more');
SELECT is(pg_temp.commit('ann/2', :'c', '1', 0, '{a=bob/1}', '{}', '{ann/2,bob/1}'), 'private_fixed', 'by the one that offered');
SELECT is(pg_temp.commit('bob/1', :'c', '1', 0, '{}', '{}', '{bob/1}'), 'private_fixed', 'and not by the other');
SELECT is(pg_temp.commit('ann/1', :'c', '1', 0, '{a=bob/1}', '{}', '{ann/1,bob/1}'), '201 1', 'so it begins');
SELECT is(pg_temp.state(:'c'), 'active open', 'and is active');
SELECT is((SELECT count(*) FROM chat.group_info WHERE conversation = :'c'), 0::bigint, 'without a way in');
SELECT is(pg_temp.commit('ann/1', :'c', '2', 1, '{b2=bob/2}', '{}', '{ann/1,bob/1,bob/2}'), 'private_fixed', 'nobody is added');
SELECT is(pg_temp.commit('ann/1', :'c', '2', 1, '{}', '{1}', '{ann/1}'), 'private_fixed', 'or removed');
SELECT is(pg_temp.commit('bob/2', :'c', '2', 1, '{}', '{}', '{ann/1,bob/1,bob/2}', true), 'private_fixed', 'or comes in');
SELECT is(pg_temp.commit('bob/1', :'c', '2', 1, '{}', '{}', '{ann/1,bob/1}'), '201 2', 'keys are renewed');
SELECT is(pg_temp.problem(format('SELECT epoch FROM chat.group_info_get(%L, %L, %L)', pg_temp.id('bob'), pg_temp.id('bob/2'), :'c')), 'CH403 private_fixed', 'no other device gets a GroupInfo');

-- closed
SELECT is(pg_temp.does('bob/2', 'close', :'c'), 'CH403 private_fixed', 'no other device closes it');
SELECT is(pg_temp.does('eve/1', 'close', :'c'), 'CH404 not_found', 'or a stranger');
SELECT is(pg_temp.does('bob/1', 'close', :'c'), '204', 'either of the two does');
SELECT is(pg_temp.state(:'c'), 'closed closed closed', 'for good');
SELECT is(pg_temp.told('ann'), 'private_closed closed', 'both are told');
SELECT is((SELECT last_seq FROM chat.conversation WHERE id = pg_temp.self('ann')), (SELECT count(*) FROM chat.entry WHERE conversation = pg_temp.self('ann')), 'in the log');
SELECT is(pg_temp.does('bob/1', 'close', :'c'), '204', 'once more, too');
SELECT is(pg_temp.told('ann') || (SELECT count(*) FROM chat.entry WHERE conversation = pg_temp.self('ann') AND body->>'type' = 'private_closed'), 'private_closed closed2', 'of which nobody is told');
SELECT is(pg_temp.commit('ann/1', :'c', '3', 2, '{}', '{}', '{ann/1,bob/1}'), 'conversation_closed', 'nothing is changed any more');
SELECT is(pg_temp.problem(format('SELECT status FROM chat.group_reset(%L, %L, %L, %L, 2)', pg_temp.id('ann'), pg_temp.id('ann/1'), :'c', chat.group_id(:'c', 0))), 'CH409 conversation_closed', 'or begun anew');

-- declined, taken back, reset, expired
SELECT pg_temp.offer('ann/1', 'bob') AS d \gset
SELECT is(pg_temp.does('ann/1', 'decline', :'d'), 'CH403 forbidden', 'who offers doesn''t decline');
SELECT is(pg_temp.does('bob/2', 'decline', :'d'), '204', 'any device of the peer declines');
SELECT is(pg_temp.state(:'d') || pg_temp.told('ann'), 'closed declined closedprivate_closed declined', 'which ends it');
SELECT is(pg_temp.does('bob/1', 'decline', :'d'), '204', 'once more, too');
SELECT is(pg_temp.does('bob/1', 'accept', :'d', 'd'), 'CH409 conversation_closed', 'nobody accepts then');
SELECT pg_temp.offer('ann/1', 'bob') AS d \gset
SELECT is(pg_temp.does('ann/2', 'close', :'d'), '204', 'any device of the one who offers takes it back');
SELECT is(pg_temp.does('bob/1', 'decline', :'d'), 'CH409 conversation_closed', 'and it can''t be declined');
SELECT pg_temp.offer('ann/1', 'bob') AS d \gset
SELECT is(pg_temp.problem(format('SELECT status FROM chat.group_reset(%L, %L, %L, %L, 0)', pg_temp.id('ann'), pg_temp.id('ann/2'), :'d', chat.group_id(:'d', 0))), 'CH403 private_fixed', 'no other device begins it anew');
SELECT is(pg_temp.problem(format('SELECT status FROM chat.group_reset(%L, %L, %L, %L, 0)', pg_temp.id('ann'), pg_temp.id('ann/1'), :'d', chat.group_id(:'d', 0))), '200', 'which is its end');
SELECT is(pg_temp.state(:'d'), 'closed closed closed', 'for good');
SELECT pg_temp.offer('ann/1', 'bob') AS d, pg_temp.offer('ann/1', 'bob') AS e \gset
UPDATE chat.private SET expires = now() WHERE conversation = :'d';
SELECT is(pg_temp.does('bob/1', 'accept', :'d', 'd'), 'CH409 conversation_closed', 'an offer of yesterday');
SELECT bag_eq('SELECT unnest(chat.private_expire(10))', $$SELECT pg_temp.self(n) FROM unnest('{ann,bob}'::text[]) n$$, 'is ended by upkeep');
SELECT is(pg_temp.state(:'d') || ', ' || pg_temp.state(:'e'), 'closed expired closed, offered open', 'and no other');
SELECT is(pg_temp.told('bob'), 'private_closed expired', 'both are told');

-- with its device
SELECT pg_temp.does('bob/2', 'accept', :'e', 'e') \g /dev/null
SELECT is((SELECT announce FROM chat.device_revoke(pg_temp.id('bob'), pg_temp.id('bob/1'), pg_temp.id('bob/2'))) @> ARRAY[pg_temp.self('ann'), pg_temp.self('bob')], true, 'a device that is revoked');
SELECT is(pg_temp.state(:'e') || ' ' || pg_temp.told('ann'), 'closed revoked closed private_closed revoked', 'takes it along');

-- not too many
SELECT count(pg_temp.offer('ann/1', 'bob')) FROM generate_series(1, 20) \g /dev/null
SELECT is(pg_temp.problem($$SELECT pg_temp.offer('ann/1', 'bob')$$), 'CH409 too_many_offers', 'twenty offers wait');
SELECT pg_temp.does('ann/1', 'close', conversation) FROM chat.private WHERE state = 'offered' \g /dev/null
INSERT INTO chat.conversation (id, kind, payload, history, state) SELECT md5('many ' || i)::uuid, 'private', 'mls', 'until_delivered', 'closed' FROM generate_series(1, 5000) i;
INSERT INTO chat.member (conversation, account) SELECT md5('many ' || i)::uuid, pg_temp.id('bob') FROM generate_series(1, 5000) i;
SELECT ok(pg_temp.offer('ann/1', 'bob') IS NOT NULL, 'what is closed doesn''t count');
UPDATE chat.conversation SET state = 'open' WHERE id IN (SELECT md5('many ' || i)::uuid FROM generate_series(1, 5000) i);
SELECT is(pg_temp.problem($$SELECT pg_temp.offer('ann/1', 'bob')$$), 'CH409 too_many_conversations', 'what is open does');

-- gone
SELECT is(chat.private_remove(100), false, 'what is closed stays for a while');
SELECT is((SELECT count(*) FROM chat.private WHERE conversation = :'c'), 1::bigint, 'with what is in it');
UPDATE chat.private SET closed = closed - interval '2 hours';
SELECT is(chat.private_remove(5) AND NOT chat.private_remove(1000), true, 'where nothing was written, for an hour');
SELECT bag_eq('SELECT state::text FROM chat.private', $$VALUES ('offered'), ('closed')$$, 'what waits stays, and what has a log');
UPDATE chat.private SET closed = closed - interval '30 days';
SELECT chat.private_remove(100) \g /dev/null
SELECT is((SELECT count(*) FROM chat.private WHERE conversation = :'c'), 1::bigint, 'while there are entries');
DELETE FROM chat.entry WHERE conversation = :'c';
UPDATE chat.conversation SET removed = last_seq, floor = last_seq WHERE id = :'c';
SELECT chat.private_remove(100) \g /dev/null
SELECT is((SELECT count(*) FROM chat.conversation WHERE id = :'c'), 0::bigint, 'then it goes with them');
SELECT is((SELECT count(*) FROM chat.member m LEFT JOIN chat.conversation c ON c.id = m.conversation WHERE c.id IS NULL), 0::bigint, 'and leaves nothing');

SELECT * FROM finish();
ROLLBACK;
