-- The GroupInfo by which a device joins, a new beginning, and Removes that wait.
\ir lib/fixture.sql
\ir lib/group.sql
BEGIN;
SELECT plan(25);

SELECT pg_temp.account(n) FROM unnest('{ann,bob,eve}'::text[]) n \g /dev/null
SELECT pg_temp.sign_in('bob', 'bob/2') \g /dev/null
SELECT pg_temp.device(s) FROM unnest('{ann/1,bob/1,bob/2,eve/1}'::text[]) s \g /dev/null
SELECT chat.conversation_direct(pg_temp.id('ann'), pg_temp.id('ann/1'), pg_temp.id('bob'), 'mls', NULL) \g /dev/null
SELECT conversation AS c FROM chat.direct \gset
SELECT pg_temp.direct('ann', 'eve') AS opaque \gset

CREATE FUNCTION pg_temp.info(p_session text, p_c uuid) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT epoch || ' ' || convert_from(data, 'UTF8')
            FROM chat.group_info_get(pg_temp.id(split_part(p_session, '/', 1)), pg_temp.id(p_session), p_c));
EXCEPTION WHEN OTHERS THEN RETURN SQLERRM; END
$$;
CREATE FUNCTION pg_temp.reset(p_session text, p_c uuid, p_resets integer, p_epoch bigint) RETURNS text LANGUAGE plpgsql AS $$
DECLARE v_reply chat.reply;
BEGIN
    SELECT * INTO v_reply FROM chat.group_reset(pg_temp.id(split_part(p_session, '/', 1)), pg_temp.id(p_session), p_c,
        chat.group_id(p_c, p_resets), p_epoch);
    RETURN v_reply.status || ' ' || (v_reply.body::json->>'group_id' = chat.base64url(chat.group_id(p_c, p_resets + 1)))
        || coalesce(' ' || (v_reply.announce = ARRAY[p_c]), '');
EXCEPTION WHEN OTHERS THEN RETURN SQLERRM; END
$$;
CREATE FUNCTION pg_temp.began(p_c uuid, p_id text, p_resets integer) RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.commit('ann/1', p_c, p_id, 0, '{}', '{}', '{ann/1}', false, p_resets);
$$;

SELECT is(pg_temp.info('ann/1', :'c'), 'not_found', 'no group, no GroupInfo');
SELECT pg_temp.handed('b1', 'bob/1', 'ann/1') \g /dev/null
SELECT is(pg_temp.commit('ann/1', :'c', '1', 0, '{b1=bob/1}', '{}', '{ann/1,bob/1}'), '201 1', 'a group');
SELECT is(pg_temp.info('bob/2', :'c'), '1 info', 'any device of a member gets it');
SELECT is(pg_temp.info('eve/1', :'c'), 'not_found', 'a stranger does not');
SELECT is(pg_temp.info('bob/9', :'c'), 'unauthorized', 'nor a device that is not there');

-- begun anew
SELECT is(pg_temp.reset('eve/1', :'c', 0, 1), 'not_found', 'a stranger begins nothing anew');
SELECT is(pg_temp.reset('ann/1', :'opaque', 0, 0), 'invalid_parameter', 'where there is no group, nobody');
SELECT is(pg_temp.reset('ann/1', :'c', 0, 2), 'stale_epoch', 'nor who doesn''t know its epoch');
SELECT is(pg_temp.reset('ann/1', :'c', 1, 1), 'stale_epoch', 'or its id');
SELECT is(pg_temp.reset('bob/1', :'c', 0, 1), '200 true true', 'a member does');
SELECT is((SELECT (epoch, resets) FROM chat.conversation WHERE id = :'c'), (0::bigint, 1), 'it has no epoch, and another id');
SELECT is((SELECT count(*) FROM chat.leaf WHERE conversation = :'c'), 0::bigint, 'nor leaves');
SELECT is(pg_temp.info('ann/1', :'c'), 'not_found', 'nor a GroupInfo');
SELECT is((SELECT body->>'type' FROM chat.entry WHERE conversation = :'c' ORDER BY seq DESC LIMIT 1), 'group_reset', 'all are told');
SELECT is((SELECT count(*) FROM chat.range WHERE conversation = :'c' AND to_seq IS NULL AND leaf IS NULL), 2::bigint, 'and go on reading');
SELECT is(pg_temp.began(:'c', '2', 1), '201 1', 'a new group has the same epoch');
SELECT is(pg_temp.reset('bob/1', :'c', 0, 1), 'stale_epoch', 'that the old request doesn''t mean');
SELECT is(pg_temp.reset('bob/1', :'c', 1, 1) || pg_temp.began(:'c', '3', 2) || pg_temp.reset('bob/1', :'c', 2, 1) || pg_temp.began(:'c', '4', 3)
    || pg_temp.reset('bob/1', :'c', 3, 1) || pg_temp.began(:'c', '5', 4) || pg_temp.reset('bob/1', :'c', 4, 1) || pg_temp.began(:'c', '6', 5),
    repeat('200 true true201 1', 4), 'five times an hour');
SELECT is(pg_temp.reset('bob/1', :'c', 5, 1), 'rate_limited', 'not more often');
UPDATE chat.group_reset SET at = at - interval '1 hour 1 second';
UPDATE chat.conversation SET state = 'closed' WHERE id = :'c';
SELECT is(pg_temp.reset('bob/1', :'c', 5, 1), 'conversation_closed', 'nor what is closed');
UPDATE chat.conversation SET state = 'open' WHERE id = :'c';
SELECT is(pg_temp.reset('bob/1', :'c', 5, 1), '200 true true', 'an hour later again');

-- Removes
SELECT pg_temp.handed('b2', 'bob/2', 'ann/1') \g /dev/null
SELECT is(pg_temp.commit('ann/1', :'c', '7', 0, '{b2=bob/2}', '{}', '{ann/1,bob/2}', false, 6), '201 1', 'with another device');
SELECT chat.device_revoke(pg_temp.id('bob'), pg_temp.id('bob/1'), pg_temp.id('bob/2')) \g /dev/null
UPDATE chat.conversation SET state = 'closed' WHERE id = :'c';
SELECT is((SELECT count(*) FROM chat.maintain_groups(10) WHERE conversation = :'c'), 0::bigint, 'in what is closed nobody is asked for a Remove');
UPDATE chat.conversation SET state = 'open' WHERE id = :'c';
SELECT is((SELECT leaves::json->0->>'device' FROM chat.maintain_groups(10) WHERE conversation = :'c'), pg_temp.id('bob/2')::text, 'in what is open, members are');
SELECT is((SELECT count(*) FROM chat.maintain_groups(10) WHERE conversation = :'c'), 0::bigint, 'once a minute');

SELECT * FROM finish();
ROLLBACK;
