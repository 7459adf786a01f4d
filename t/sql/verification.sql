-- A code has five tries and one use; asking again replaces it.
\ir lib/fixture.sql
BEGIN;
SELECT plan(24);

SELECT pg_temp.account('ann') \g /dev/null
SELECT is(pg_temp.confirm('ann', 'code ann'), 200, 'the same code again answers the same');
SELECT is(pg_temp.confirm('ann', 'another'), 410, 'another code is for nothing any more');
SELECT is((SELECT kind FROM chat.conversation WHERE id = (SELECT self FROM chat.account WHERE id = pg_temp.id('ann'))), 'self', 'verification opens the self conversation');
SELECT is((SELECT count(*) FROM chat.range r JOIN chat.account a ON a.self = r.conversation WHERE a.id = pg_temp.id('ann')), 1::bigint, 'to the device that registered');

SELECT pg_temp.register('bob', 'bob', 'bob@example.org') \g /dev/null
SELECT is((SELECT detail FROM chat.verification_confirm(pg_temp.id('bob/v'), pg_temp.id('bob'), NULL, pg_temp.h('no'), NULL, NULL)), '{"attempts_left" : 4}', 'a wrong code says what is left');
SELECT is(pg_temp.confirm('bob', 'no'), 422, i || ' wrong') FROM generate_series(2, 5) i;
SELECT is(pg_temp.confirm('bob', 'code bob'), 410, 'after five wrong ones the right one is too late');
SELECT is((SELECT verdict FROM chat.verification_confirm(pg_temp.id('bob/v'), pg_temp.id('bob'), NULL, NULL, pg_temp.h('link bob'), NULL)), 410, 'and so is the link');

SELECT is((chat.verification_create(pg_temp.id('bob'), NULL, 1, pg_temp.id('x'), pg_temp.h('n'), pg_temp.h('n'), 'n', 'n', 900, 900)).status, 202, 'asking again with the same send_attempt answers');
SELECT is((SELECT count(*) FROM chat.mail WHERE account = pg_temp.id('bob')), 1::bigint, 'and sends nothing');
SELECT is((chat.verification_create(pg_temp.id('bob'), NULL, 2, pg_temp.id('x'), pg_temp.h('new code'), pg_temp.h('new link'), 'n', 'n', 900, 900)).body::json->>'id', pg_temp.id('bob/v')::text, 'a greater one keeps the id');
SELECT is((SELECT count(*) FROM chat.mail WHERE account = pg_temp.id('bob')), 2::bigint, 'and sends');
SELECT is(pg_temp.confirm('bob', 'code bob'), 422, 'the old code is dead');
SELECT is((SELECT verdict FROM chat.verification_confirm(pg_temp.id('bob/v'), pg_temp.id('ann'), NULL, pg_temp.h('new code'), NULL, NULL)), 404, 'another account can not use it');
SELECT is(pg_temp.confirm('bob', 'new code', 'ann'), 409, 'a name that was taken meanwhile');
SELECT is((SELECT tries FROM chat.verification WHERE id = pg_temp.id('bob/v')), 4, 'costs no try');

UPDATE chat.verification SET code_expires = now() - interval '1 s' WHERE id = pg_temp.id('bob/v');
SELECT is(pg_temp.confirm('bob', 'new code'), 410, 'a code expires');
SELECT is((SELECT verdict FROM chat.verification_confirm(pg_temp.id('bob/v'), pg_temp.id('bob'), NULL, NULL, pg_temp.h('new link'), 'bobby')), 200, 'before its link does');
SELECT is((SELECT username FROM chat.account WHERE id = pg_temp.id('bob')), 'bobby', 'with another name, that one holds');
SELECT throws_ok(format('SELECT chat.verification_create(%L, NULL, 3, %L, %L, %L, %L, %L, 1, 1)', pg_temp.id('bob'), pg_temp.id('x'), pg_temp.h('n'), pg_temp.h('n'), 'n', 'n'), 'CH409', 'already_verified', 'a verified account needs no code');

SELECT pg_temp.register('late', 'late', 'ann2@example.org') \g /dev/null
UPDATE chat.account SET email_key = 'ann@example.org' WHERE id = pg_temp.id('late');
SELECT is(pg_temp.confirm('late', 'code late'), 410, 'an address that another account verified in between is not verified twice');

SELECT * FROM finish();
ROLLBACK;
