-- A block and what the blocked one begins at the same moment: whoever is first, nothing slips through.
\ir lib/fixture.sql

CREATE FUNCTION pg_temp.block(p_by text, p_whom text) RETURNS text LANGUAGE sql AS $$
    SELECT (chat.block_add(pg_temp.id(p_by), pg_temp.id(p_by || '/1'), pg_temp.id(p_whom))).status::text $$;
CREATE FUNCTION pg_temp.open(p_a text, p_b text) RETURNS text LANGUAGE sql AS $$
    SELECT (chat.conversation_direct(pg_temp.id(p_a), pg_temp.id(p_a || '/1'), pg_temp.id(p_b), NULL, NULL)).body::json->>'id' $$;
CREATE FUNCTION pg_temp.reads(p_session text, c uuid) RETURNS boolean LANGUAGE sql AS $$
    SELECT EXISTS (SELECT 1 FROM chat.range WHERE session = pg_temp.id(p_session) AND conversation = c AND to_seq IS NULL) $$;

\ir lib/race.sql
SELECT plan(7);

SELECT pg_temp.account('race-a'), pg_temp.account('race-b'), pg_temp.account('race-c'), pg_temp.account('race-d') \g /dev/null

-- begun first, blocked before it is committed
SELECT dblink_exec('c1', 'BEGIN') \g /dev/null
SELECT pg_temp.in_one('c1', $$SELECT pg_temp.open('race-a', 'race-b')$$) AS c \gset
SELECT dblink_send_query('c2', $$SELECT pg_temp.block('race-b', 'race-a')$$) \g /dev/null
SELECT is(pg_temp.blocked(), true, 'a block waits for a conversation that is being begun');
SELECT dblink_exec('c1', 'COMMIT') \g /dev/null
SELECT is(pg_temp.result('c2'), '204', 'and is made');
SELECT is(pg_temp.reads('race-b/1', :'c'), false, 'the blocker does not read it');

-- blocked first, begun before that is committed
SELECT dblink_exec('c1', 'BEGIN') \g /dev/null
SELECT pg_temp.in_one('c1', $$SELECT pg_temp.block('race-d', 'race-c')$$) \g /dev/null
SELECT dblink_send_query('c2', $$SELECT pg_temp.open('race-c', 'race-d')$$) \g /dev/null
SELECT is(pg_temp.blocked(), true, 'a conversation that is begun waits for the block');
SELECT dblink_exec('c1', 'COMMIT') \g /dev/null
SELECT pg_temp.result('c2') AS c \gset
SELECT is(pg_temp.reads('race-d/1', :'c'), false, 'the blocker does not read it');
SELECT is(pg_temp.reads('race-c/1', :'c'), true, 'the other one does');
SELECT is((SELECT chat.member_unseen(m) FROM chat.member m WHERE conversation = :'c' AND account = pg_temp.id('race-d')), true, 'and alone sees it');

SELECT * FROM finish();
CALL pg_temp.clean();
