-- The list: newest activity first, every conversation once, with what a client shows.
\ir lib/fixture.sql
BEGIN;
SELECT plan(13);

SELECT pg_temp.account('ann'), pg_temp.account('bob') \g /dev/null
SELECT pg_temp.account('p' || i), pg_temp.direct('ann', 'p' || i) FROM generate_series(1, 6) i \g /dev/null
SELECT pg_temp.direct('ann', 'bob') AS c, pg_temp.direct('ann', 'p1') AS d \gset
SELECT pg_temp.send('bob/1', :'c', 'm1', 'hello') \g /dev/null
SELECT pg_temp.send('p1/1', :'d', 'm1', repeat('x', 5000)) \g /dev/null

CREATE FUNCTION pg_temp.page(p_cursor text, p_limit integer) RETURNS json LANGUAGE sql AS $$
    SELECT body::json FROM chat.conversation_list(pg_temp.id('ann'), pg_temp.id('ann/1'), p_cursor, p_limit) $$;

SELECT is(pg_temp.page(NULL, 2)->'items'->0->>'id', :'d', 'the newest activity first');
SELECT is(pg_temp.page(NULL, 2)->'items'->1->>'id', :'c', 'then the one before');
SELECT is((SELECT (e->>'seq', e->>'kind', e->>'size', e->>'payload') FROM (SELECT pg_temp.page(NULL, 2)->'items'->1->'last_entry' AS e) x), ('1'::text, 'message'::text, '5'::text, 'aGVsbG8'::text), 'the last entry comes along');
SELECT is((SELECT (e->>'size', e->>'payload') FROM (SELECT pg_temp.page(NULL, 2)->'items'->0->'last_entry' AS e) x), ('5000'::text, NULL::text), 'a long one without its payload');
SELECT is(pg_temp.page(NULL, 2)->'items'->1->>'unread', '1', 'with a count of unread');
WITH RECURSIVE pages AS (
    SELECT pg_temp.page(NULL, 3) AS p, 1 AS n
    UNION ALL SELECT pg_temp.page(p->>'next', 3), n + 1 FROM pages WHERE p->>'next' IS NOT NULL AND n < 10)
SELECT is(count(*) || '/' || count(DISTINCT i->>'id') || '/' || max(n), '8/8/3', 'paging sees each once, self included')
FROM pages, json_array_elements(p->'items') i;
SELECT throws_ok($$SELECT pg_temp.page('nonsense', 3)$$, 'CH400', 'invalid_parameter', 'a cursor that is none');
SELECT throws_ok($$SELECT pg_temp.page('"\', 3)$$, 'CH400', 'invalid_parameter', 'nor base64');
SELECT throws_ok($$SELECT pg_temp.page(NULL, 101)$$, 'CH400', 'invalid_parameter', 'a limit over the bound');
SELECT pg_temp.sign_in('ann', 'ann/2') \g /dev/null
SELECT is((SELECT count(*) FROM json_array_elements((SELECT body::json->'items' FROM chat.conversation_list(pg_temp.id('ann'), pg_temp.id('ann/2'), NULL, 100))) i WHERE i->>'last_entry' IS NOT NULL AND i->>'kind' <> 'self'), 0::bigint, 'a later device sees no entry of before');

-- one that only sends: its own entries move no cursor
CREATE FUNCTION pg_temp.log_of(p_conversation uuid, p_sender text, p_count integer) RETURNS void LANGUAGE sql AS $$
    INSERT INTO chat.entry (conversation, seq, created, sender, kind, payload)
    SELECT p_conversation, c.last_seq + i, now(), pg_temp.id(p_sender), 1, 'x' FROM chat.conversation c, generate_series(1, p_count) i WHERE c.id = p_conversation;
    UPDATE chat.conversation SET last_seq = last_seq + p_count WHERE id = p_conversation $$;
CREATE FUNCTION pg_temp.unread(p_conversation uuid) RETURNS text LANGUAGE sql AS $$
    SELECT body::json->>'unread' FROM chat.conversation_get(pg_temp.id('ann'), pg_temp.id('ann/1'), p_conversation) $$;
SELECT pg_temp.direct('ann', 'p2') AS e \gset
SELECT pg_temp.log_of(:'e', 'p2', 5), pg_temp.log_of(:'e', 'ann', 1000) \g /dev/null
SELECT is(pg_temp.unread(:'e'), '0', 'unread looks at the newest 1000 entries only');
SELECT pg_temp.log_of(:'e', 'p2', 3) \g /dev/null
SELECT is(pg_temp.unread(:'e'), '3', 'what comes after them is counted, however much one sent oneself');
SELECT pg_temp.log_of(:'e', 'p2', 1500) \g /dev/null
SELECT is(pg_temp.unread(:'e'), '1000', 'up to 1000');

SELECT * FROM finish();
ROLLBACK;
