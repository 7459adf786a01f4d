-- Entries by number, in both directions, within what the device may read.
\ir lib/fixture.sql
BEGIN;
SELECT plan(15);

SELECT pg_temp.account('ann'), pg_temp.account('bob'), pg_temp.account('eve') \g /dev/null
SELECT pg_temp.direct('ann', 'bob') AS c \gset
SELECT pg_temp.send('ann/1', :'c', 'm' || i, 'm' || i) FROM generate_series(1, 6) i \g /dev/null
CREATE FUNCTION pg_temp.list(s text, c uuid, after bigint, before bigint, n integer) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(coalesce(seq::text, expired_from || '..' || expired_to), ' ') || CASE WHEN bool_or(more) THEN '+' ELSE '' END
    FROM chat.entry_list(pg_temp.id(split_part(s, '/', 1)), pg_temp.id(s), c, after, before, n) $$;

SELECT is(pg_temp.list('bob/1', :'c', 0, NULL, 4), '1 2 3 4+', 'after');
SELECT is(pg_temp.list('bob/1', :'c', 4, NULL, 4), '5 6', 'to the end');
SELECT is(pg_temp.list('bob/1', :'c', NULL, 6, 3), '3 4 5+', 'before');
SELECT is(pg_temp.list('bob/1', :'c', NULL, 3, 3), '1 2', 'to the start');
SELECT is(pg_temp.list('bob/1', :'c', NULL, NULL, 2), '5 6+', 'the newest');
SELECT is(pg_temp.list('bob/1', :'c', 2, 5, NULL), '3 4', 'between');
SELECT is(pg_temp.list('bob/1', :'c', 6, NULL, NULL), NULL, 'nothing new is no error');

UPDATE chat.conversation SET floor = 3 WHERE id = :'c';
DELETE FROM chat.entry WHERE conversation = :'c' AND seq <= 3;
SELECT is(pg_temp.list('bob/1', :'c', 1, NULL, 2), '2..3 4 5+', 'what is gone is named');
SELECT is(pg_temp.list('bob/1', :'c', NULL, 5, 3), '1..3 4', 'from the other side, too');

SELECT pg_temp.sign_in('bob', 'bob/2') \g /dev/null
SELECT is(pg_temp.list('bob/2', :'c', 0, NULL, NULL), NULL, 'a later device sees nothing of what came before it');
SELECT pg_temp.send('ann/1', :'c', 'm7', 'm7') \g /dev/null
SELECT is(pg_temp.list('bob/2', :'c', 0, NULL, NULL), '7', 'only what came after');
UPDATE chat.range SET to_seq = 6 WHERE session = pg_temp.id('bob/1') AND conversation = :'c';
SELECT is(pg_temp.list('bob/1', :'c', 4, NULL, NULL), '5 6', 'a stay that is over shows what was in it, and no more');
SELECT throws_ok(format($$SELECT pg_temp.list('eve/1', %L, 0, NULL, 5)$$, :'c'), 'CH404', 'not_found', 'others'' conversations are not there');
SELECT throws_ok(format($$SELECT * FROM chat.entry_list(pg_temp.id('eve'), pg_temp.id('bob/1'), %L, 0, NULL, 5)$$, :'c'), 'CH404', 'not_found', 'not with a borrowed session either');
SELECT throws_ok(format($$SELECT pg_temp.list('bob/1', %L, 0, NULL, 201)$$, :'c'), 'CH400', 'invalid_parameter', 'a limit over the bound is an error');

SELECT * FROM finish();
ROLLBACK;
