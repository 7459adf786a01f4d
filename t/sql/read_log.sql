-- A device gets what it missed: in order, within its range, in pages, never with a silent hole.
\ir lib/fixture.sql
BEGIN;
SELECT plan(17);

SELECT pg_temp.account('ann'), pg_temp.account('bob'), pg_temp.account('eve') \g /dev/null
SELECT pg_temp.direct('bob', 'ann') AS c, pg_temp.direct('bob', 'eve') AS d \gset
SELECT chat.ack_batch(ARRAY[pg_temp.id('bob/1')], ARRAY[self], '{99}') FROM chat.account WHERE id = pg_temp.id('bob') \g /dev/null
SELECT pg_temp.send('eve/1', :'d', 'd1', 'd1') \g /dev/null
SELECT pg_temp.send('ann/1', :'c', 'c' || i, 'c' || i) FROM generate_series(1, 4) i \g /dev/null
SELECT pg_temp.send('eve/1', :'d', 'd2', 'd2') \g /dev/null

CREATE FUNCTION pg_temp.page(cs uuid[], ps bigint[], entries integer, bytes integer) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(coalesce(convert_from(payload, 'UTF8'), CASE WHEN expired_from IS NULL THEN '-'
        ELSE expired_from || '..' || expired_to END) || CASE WHEN more THEN '+' ELSE '' END, ' ')
    FROM chat.read_log(pg_temp.id('bob/1'), cs, ps, true, entries, bytes) $$;

SELECT is(pg_temp.page(NULL, NULL, 100, 10000), 'd1 d2 c1 c2 c3 c4', 'conversations by their oldest pending entry, each in order');
SELECT is((SELECT pending FROM chat.hello(pg_temp.id('bob/1'))), 6::bigint, 'hello counts them');
SELECT is(pg_temp.page(NULL, NULL, 3, 10000), 'd1 d2 c1+', 'a page ends at its bound of entries and says so');
SELECT is(pg_temp.page(NULL, NULL, 2, 10000), 'd1 d2 -+', 'also for a conversation of which nothing fitted');
SELECT is(pg_temp.page(NULL, NULL, 100, 5), 'd1 d2 -+', 'or at its bound of bytes');
SELECT is(pg_temp.page(NULL, NULL, 100, 1), 'd1+ -+', 'the first entry always comes');
SELECT is(pg_temp.page(ARRAY[:'c']::uuid[], '{2}', 100, 10000), 'c3 c4', 'after a given position');
SELECT is(pg_temp.page(ARRAY[:'c']::uuid[], '{4}', 100, 10000), NULL, 'nothing after the last');
SELECT pg_temp.ack('bob/1', :'c', 3) \g /dev/null
SELECT is(pg_temp.page(ARRAY[:'c', :'d']::uuid[], '{NULL,0}', 100, 10000), 'd1 d2 c4', 'without a position: after the device''s cursor');
SELECT is(pg_temp.page(ARRAY[:'c']::uuid[], '{-1}', 100, 10000), 'c4', 'so is -1');
SELECT is(pg_temp.page(ARRAY[(SELECT self FROM chat.account WHERE id = pg_temp.id('ann')), pg_temp.id('none')], '{0,0}', 100, 10000), NULL, 'others'' conversations give nothing');

UPDATE chat.conversation SET floor = 2 WHERE id = :'c';
DELETE FROM chat.entry WHERE conversation = :'c' AND seq <= 2;
SELECT is(pg_temp.page(ARRAY[:'c']::uuid[], '{0}', 100, 10000), '1..2 c3 c4', 'what is gone is named before what is left');
SELECT is(pg_temp.page(ARRAY[:'c']::uuid[], '{1}', 100, 10000), '2..2 c3 c4', 'from where the device stood');
SELECT is(pg_temp.page(ARRAY[:'c']::uuid[], '{2}', 100, 10000), 'c3 c4', 'and not when it had it');

SELECT pg_temp.sign_in('bob', 'bob/2') \g /dev/null
SELECT is((SELECT count(*) FROM chat.read_log(pg_temp.id('bob/2'), ARRAY[:'c']::uuid[], '{0}', false, 100, 10000)), 0::bigint, 'a later device does not see what came before it, whatever position it names');
SELECT pg_temp.send('ann/1', :'c', 'c5', 'c5') \g /dev/null
SELECT is((SELECT array_agg(seq) FROM chat.read_log(pg_temp.id('bob/2'), ARRAY[:'c']::uuid[], '{0}', false, 100, 10000)), '{5}'::bigint[], 'only what came after');

SELECT chat.session_end(pg_temp.id('bob'), pg_temp.id('bob/1')) \g /dev/null
SELECT is(pg_temp.page(NULL, NULL, 100, 10000), NULL, 'a device that is signed out reads nothing');

SELECT * FROM finish();
ROLLBACK;
