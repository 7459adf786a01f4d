-- The outbox: taken once, tried again later, given up with a trace.
\ir lib/fixture.sql
BEGIN;
SELECT plan(15);

UPDATE chat.mail SET done = now(), verdict = 'sent' WHERE done IS NULL;
SELECT pg_temp.register('ann', 'ann', 'ann@example.org') \g /dev/null
SELECT id FROM chat.mail WHERE done IS NULL \gset

SELECT is((SELECT (depth, oldest_age) FROM chat.mail_state()), (1::bigint, 0::double precision), 'one waits');
SELECT is((SELECT (id, template, recipient, params::json->>'code', attempts) FROM chat.mail_take(10, 30)), (:id::bigint, 'verify'::text, 'ann@example.org'::text, '12345678'::text, 1), 'it is taken');
SELECT is_empty('SELECT * FROM chat.mail_take(10, 30)', 'once');
UPDATE chat.mail SET next_try = now() WHERE id = :id;
SELECT is((SELECT attempts FROM chat.mail_take(10, 30)), 2, 'and again when its lease is over');
SELECT is(chat.mail_done(:id, 'retry', 'try later'), 'retry', 'a temporary failure');
SELECT cmp_ok((SELECT next_try FROM chat.mail WHERE id = :id), '>', now() + interval '20 s', 'waits');
SELECT cmp_ok((SELECT next_try FROM chat.mail WHERE id = :id), '<', now() + interval '40 s', 'not for long at first');
SELECT is((SELECT last_error FROM chat.mail_state()), 'try later', 'its error is shown');
UPDATE chat.mail SET attempts = 10 WHERE id = :id;
SELECT chat.mail_done(:id, 'retry', 'still') \g /dev/null
SELECT cmp_ok((SELECT next_try FROM chat.mail WHERE id = :id), '<=', now() + interval '75 min', 'never longer than an hour and its jitter');
UPDATE chat.mail SET attempts = 16 WHERE id = :id;
SELECT is(chat.mail_done(:id, 'retry', 'still'), 'given_up', 'after 16 attempts it is given up');
SELECT is((SELECT detail->>'error' FROM chat.audit_entry WHERE action = 'mail.given_up'), 'still', 'with an audit row');
SELECT is((SELECT params::text FROM chat.mail WHERE id = :id), '{}', 'its code is gone');
SELECT is(chat.mail_done(:id, 'sent', NULL), NULL, 'what is done is done');

SELECT pg_temp.register('bob', 'bob', 'bob@example.org') \g /dev/null
SELECT id FROM chat.mail WHERE done IS NULL \gset
UPDATE chat.mail SET created = now() - interval '49 h' WHERE id = :id;
SELECT is(chat.mail_done(:id, 'retry', 'x'), 'given_up', 'so it is after 48 hours');
SELECT throws_ok(format('SELECT chat.mail_done(%L, %L, NULL)', :id, 'maybe'), 'CH400', 'invalid_parameter', 'another verdict is refused');

SELECT * FROM finish();
ROLLBACK;
