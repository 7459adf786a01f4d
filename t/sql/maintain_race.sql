-- Upkeep and sends keep out of each other's way.
\ir lib/fixture.sql
\ir lib/race.sql
SELECT plan(6);

CREATE FUNCTION pg_temp.floor(c uuid) RETURNS bigint LANGUAGE sql AS $$ SELECT floor FROM chat.conversation WHERE id = c $$;
CREATE FUNCTION pg_temp.try(c uuid, p_id text) RETURNS text LANGUAGE sql AS $$
    SELECT verdict FROM chat.send_batch(ARRAY[c], '{1}', ARRAY[pg_temp.id('race-a/1')], ARRAY[pg_temp.id(p_id)],
        ARRAY[pg_temp.h('x')], ARRAY[NULL::bigint], ARRAY['x'::bytea], true) $$;

SELECT pg_temp.account('race-a'), pg_temp.account('race-b'), pg_temp.account('race-c') \g /dev/null
SELECT pg_temp.direct('race-a', 'race-b') AS k \gset
SELECT (chat.conversation_direct(pg_temp.id('race-a'), pg_temp.id('race-a/1'), pg_temp.id('race-c'), 'opaque', 'until_delivered')).body::json->>'id' AS u \gset
SELECT pg_temp.send('race-a/1', :'k', 'k1', 'x'), pg_temp.send('race-a/1', :'u', 'u1', 'x') \g /dev/null

-- a pass that isn't over yet
SELECT dblink_exec('c1', 'BEGIN') \g /dev/null
SELECT is(pg_temp.in_one('c1', 'SELECT ran::text FROM chat.maintain(100, 3600, 3600)'), 'true', 'upkeep runs');
SELECT is(pg_temp.try(:'k', 'k2'), '', 'meanwhile a send into a conversation where nothing can go does not wait');
SELECT is(pg_temp.try(:'u', 'u2'), '', 'nor where a device has not fetched yet');
SELECT dblink_exec('c1', 'COMMIT') \g /dev/null

-- a send that isn't over yet
SELECT pg_temp.ack('race-a/1', :'u', 2), pg_temp.ack('race-c/1', :'u', 1) \g /dev/null
SELECT dblink_exec('c1', 'BEGIN') \g /dev/null
SELECT is(pg_temp.in_one('c1', format($$SELECT seq::text FROM pg_temp.send('race-a/1', %L, 'u3', 'x')$$, :'u')), '3', 'while a conversation is written to');
SELECT chat.maintain(100, 3600, 3600) \g /dev/null
SELECT is(pg_temp.floor(:'u'), 0::bigint, 'upkeep passes it over');
SELECT dblink_exec('c1', 'COMMIT') \g /dev/null
SELECT chat.maintain(100, 3600, 3600) \g /dev/null
SELECT is(pg_temp.floor(:'u'), 1::bigint, 'and comes back');

SELECT * FROM finish();
CALL pg_temp.clean();
