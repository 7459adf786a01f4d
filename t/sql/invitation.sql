-- Invitations: what a token is good for, and when no more.
\ir lib/fixture.sql
BEGIN;
SELECT plan(21);

CREATE FUNCTION pg_temp.come(p_name text, p_token text, p_email text DEFAULT NULL) RETURNS integer LANGUAGE sql AS $$
    SELECT (chat.account_register(pg_temp.id(p_name), p_name, coalesce(p_email, p_name || '@example.org'),
        coalesce(p_email, p_name || '@example.org'), p_name, 'hash', pg_temp.id(p_name || '/1'), 'phone', 'web',
        pg_temp.h('token ' || p_name), pg_temp.h('secret ' || p_name), 86400, 864000, pg_temp.id(p_name || '/v'),
        pg_temp.h('code ' || p_name), pg_temp.h('link'), '12345678', 'https://x/', 900, 86400, 100,
        sha256(p_token::bytea))).status;
$$;

SELECT id, token FROM chat.invitation_create(2, '1 day', 'for the club') \gset
SELECT matches(:'token'::text, '^ngxi_[A-Za-z0-9_-]{43}$', 'a token is said once');
SELECT is((SELECT count(*) FROM chat.invitation i WHERE i::text LIKE '%' || :'token' || '%'), 0::bigint, 'and stored as a hash');
SELECT is((SELECT (uses, used, note, valid) FROM chat.invitation_list()), (2, 0, 'for the club'::text, true), 'it is listed');
SELECT throws_ok($$SELECT chat.invitation_create(0, '1 day', '')$$, 'CH400', 'invalid_parameter', 'none without a use');
SELECT throws_ok($$SELECT chat.invitation_create(1, '2 years', '')$$, 'CH400', 'invalid_parameter', 'none for ever');
SELECT is(pg_temp.come('ann', :'token'), 201, 'one use');
SELECT is(pg_temp.come('bob', :'token'), 201, 'two uses');
SELECT throws_ok(format('SELECT pg_temp.come(%L, %L)', 'cas', :'token'), 'CH403', 'invitation_invalid', 'no third');
SELECT is((SELECT (used, valid) FROM chat.invitation_list()), (2, false), 'it is used up');
SELECT throws_ok($$SELECT pg_temp.come('dan', 'ngxi_no')$$, 'CH403', 'invitation_invalid', 'a token that isn''t one');
SELECT is(pg_temp.come('ann2', :'token', 'ann@example.org'), 201, 'who registers anew takes no more than one');
SELECT is(pg_temp.confirm('bob', 'code bob'), 200, 'one is verified');
UPDATE chat.account SET created = now() - interval '3 days' WHERE state = 'unverified';
SELECT chat.maintain(100) \g /dev/null
SELECT is((SELECT (used, valid) FROM chat.invitation_list()), (1, true), 'the use of one who never was is given back');
SELECT lives_ok(format('SELECT chat.invitation_revoke(%L)', :'id'), 'it is revoked');
SELECT throws_ok(format('SELECT pg_temp.come(%L, %L)', 'eve', :'token'), 'CH403', 'invitation_invalid', 'and good for nothing');
SELECT is(chat.invitation_valid(sha256(:'token'::bytea)), false, 'which is known before a password is hashed');
SELECT throws_ok($$SELECT chat.invitation_revoke(gen_random_uuid())$$, 'CH404', 'not_found', 'no such invitation');
SELECT token FROM chat.invitation_create(1, '1 day', NULL) \gset
UPDATE chat.invitation SET expires = now() WHERE token_hash = sha256(:'token'::bytea);
SELECT throws_ok(format('SELECT pg_temp.come(%L, %L)', 'eve', :'token'), 'CH403', 'invitation_invalid', 'an expired one is none');
SELECT is((SELECT count(*) FROM chat.audit_entry WHERE action LIKE 'operator.invite.%'), 3::bigint, 'what the operator does is in the log');
UPDATE chat.invitation SET expires = now() - interval '29 days' WHERE token_hash = sha256(:'token'::bytea);
UPDATE chat.invitation SET expires = now() - interval '31 days' WHERE id = :'id';
SELECT chat.maintain(100) \g /dev/null
SELECT is((SELECT count(*) FROM chat.invitation), 1::bigint, 'a month after its end it is gone, not before');
SELECT is((SELECT count(*) FROM chat.account WHERE username = 'bob'), 1::bigint, 'who came by it stays');

SELECT * FROM finish();
ROLLBACK;
