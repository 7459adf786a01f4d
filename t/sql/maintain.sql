-- What time does: floors rise over what all devices have, laggards lose what is too old.
\ir lib/fixture.sql
BEGIN;
SELECT plan(26);

CREATE FUNCTION pg_temp.walk(ttl integer, retention integer, batch integer DEFAULT 1000) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1 .. 100 LOOP EXIT WHEN NOT (SELECT more FROM chat.maintain(batch, ttl, retention)); END LOOP;
END $$;
SELECT pg_temp.account('ann'), pg_temp.account('bob') \g /dev/null
SELECT (chat.conversation_direct(pg_temp.id('ann'), pg_temp.id('ann/1'), pg_temp.id('bob'), 'opaque', 'until_delivered')).body::json->>'id' AS c \gset
SELECT pg_temp.send('ann/1', :'c', 'm' || i, 'm' || i) FROM generate_series(1, 6) i \g /dev/null
CREATE FUNCTION pg_temp.state(c uuid) RETURNS text LANGUAGE sql AS $$
    SELECT floor || ' ' || coalesce((SELECT string_agg(seq::text, ',' ORDER BY seq) FROM chat.entry WHERE conversation = c), '') FROM chat.conversation WHERE id = c $$;

SELECT pg_temp.walk(2592000, NULL) \g /dev/null
SELECT is(pg_temp.state(:'c'), '0 1,2,3,4,5,6', 'nothing goes while no device has it');
SELECT pg_temp.ack('bob/1', :'c', 4) \g /dev/null
SELECT pg_temp.walk(2592000, NULL) \g /dev/null
SELECT is(pg_temp.state(:'c'), '0 1,2,3,4,5,6', 'nor before its sender''s device has its number');
SELECT pg_temp.ack('ann/1', :'c', 2) \g /dev/null
SELECT pg_temp.walk(2592000, NULL) \g /dev/null
SELECT is(pg_temp.state(:'c'), '2 3,4,5,6', 'what all devices have goes');
SELECT pg_temp.sign_in('bob', 'bob/2') \g /dev/null
SELECT pg_temp.ack('ann/1', :'c', 6), pg_temp.ack('bob/1', :'c', 5) \g /dev/null
SELECT pg_temp.walk(2592000, NULL, 1) \g /dev/null
SELECT is(pg_temp.state(:'c'), '5 6', 'a later device does not hold what it never gets; small pieces come to the same');
UPDATE chat.entry SET created = now() - interval '31 days' WHERE conversation = :'c';
SELECT pg_temp.send('ann/1', :'c', 'm7', 'm7') \g /dev/null
SELECT pg_temp.walk(2592000, NULL) \g /dev/null
SELECT is(pg_temp.state(:'c'), '6 7', 'transport_ttl goes past laggards');
SELECT is((SELECT (expired_from, expired_to) FROM chat.read_log(pg_temp.id('bob/1'), ARRAY[:'c']::uuid[], NULL, false, 10, 1000) LIMIT 1), (6::bigint, 6::bigint), 'who are told');

SELECT pg_temp.account('eve') \g /dev/null
SELECT pg_temp.direct('ann', 'eve') AS d \gset
SELECT pg_temp.send('ann/1', :'d', 'd' || i, 'd') FROM generate_series(1, 3) i \g /dev/null
SELECT pg_temp.ack('ann/1', :'d', 3), pg_temp.ack('eve/1', :'d', 3) \g /dev/null
UPDATE chat.entry SET created = now() - interval '40 days' WHERE conversation = :'d' AND seq < 3;
SELECT pg_temp.walk(2592000, NULL) \g /dev/null
SELECT is(pg_temp.state(:'d'), '0 1,2,3', 'what is kept is kept');
SELECT pg_temp.walk(2592000, 3000000, 1) \g /dev/null
SELECT is(pg_temp.state(:'d'), '2 3', 'up to the operator''s retention');

UPDATE chat.range SET to_seq = 7 WHERE conversation = :'c';
SELECT pg_temp.walk(2592000, NULL) \g /dev/null
SELECT is(pg_temp.state(:'c'), '6 7', 'where no device is left, nothing counts as delivered');
UPDATE chat.entry SET created = now() - interval '31 days' WHERE conversation = :'c';
SELECT pg_temp.walk(2592000, NULL) \g /dev/null
SELECT is(pg_temp.state(:'c'), '7 ', 'but age does');

SELECT pg_temp.register('old', 'old', 'old@example.org'), pg_temp.register('new', 'new', 'new@example.org') \g /dev/null
UPDATE chat.account SET created = now() - interval '47 h' WHERE id = pg_temp.id('new');
UPDATE chat.account SET created = now() - interval '49 h' WHERE id IN (pg_temp.id('old'), pg_temp.id('ann'));
SELECT is((SELECT accounts FROM chat.maintain(100)), 1, 'one account ends');
SELECT is_empty($$SELECT 1 FROM chat.account WHERE username = 'old'$$, 'the unverified one, after 48 hours');
SELECT is_empty($$SELECT 1 FROM chat.session WHERE id = pg_temp.id('old/1')$$, 'its session, too');
SELECT is((SELECT verdict FROM chat.mail WHERE account = pg_temp.id('old')), 'cancelled', 'and its mail');
SELECT isnt_empty($$SELECT 1 FROM chat.account WHERE username = 'new'$$, 'a younger one stays');
SELECT isnt_empty($$SELECT 1 FROM chat.account WHERE username = 'ann'$$, 'so does a verified one');

UPDATE chat.session SET expires = now() - interval '1 s' WHERE id = pg_temp.id('eve/1');
SELECT is((SELECT sessions FROM chat.maintain(1000)), 1, 'an expired token goes');
SELECT is((SELECT token_hash FROM chat.session WHERE id = pg_temp.id('eve/1')), NULL, 'the device stays');
SELECT is((SELECT count(*) FROM chat.range WHERE session = pg_temp.id('eve/1') AND to_seq IS NULL), 2::bigint, 'with its queue');
UPDATE chat.verification SET link_expires = now() - interval '3 days' WHERE account = pg_temp.id('ann');
SELECT is((SELECT verifications FROM chat.maintain(1000)), 1, 'an old verification goes');
UPDATE chat.mail SET done = now() - interval '3 days', verdict = 'sent' WHERE account = pg_temp.id('ann');
SELECT is((SELECT mails FROM chat.maintain(1000)), 1, 'so does a mail that was sent');
SELECT is((SELECT ran FROM chat.maintain(1000)), true, 'one worker does it');

-- a revoked device, its three ranges in pieces of two
SELECT pg_temp.direct('bob', 'eve') AS e \gset
SELECT chat.session_revoke_one(pg_temp.id('bob/2'), NULL), chat.session_revoke_one(pg_temp.id('eve/1'), NULL) \g /dev/null
UPDATE chat.session SET revoked = now() - interval '31 days' WHERE id = pg_temp.id('bob/2');
UPDATE chat.session SET revoked = now() - interval '29 days' WHERE id = pg_temp.id('eve/1');
CREATE FUNCTION pg_temp.left_of(p_session text) RETURNS text LANGUAGE sql AS $$
    SELECT (SELECT count(*) FROM chat.session WHERE id = pg_temp.id(p_session)) || '/' || (SELECT count(*) FROM chat.range WHERE session = pg_temp.id(p_session)) $$;
SELECT is((SELECT chat.maintain_revoked(2)) || ' ' || pg_temp.left_of('bob/2'), 'true 1/1', 'of a device that was revoked a month ago, a piece of its ranges goes');
SELECT pg_temp.walk(2592000, NULL, 2) \g /dev/null
SELECT is(pg_temp.left_of('bob/2'), '0/0', 'then all, and itself');
SELECT is(pg_temp.left_of('eve/1'), '1/3', 'one that was revoked later stays');
SELECT is(pg_temp.left_of('bob/1'), '1/3', 'as does one that was not');

SELECT * FROM finish();
ROLLBACK;
