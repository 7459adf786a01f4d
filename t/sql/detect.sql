-- What the audit log shows is found, told by mail where it concerns an account, and bounded.
\ir lib/fixture.sql
BEGIN;
SELECT plan(29);

SELECT pg_temp.account('ann'), pg_temp.account('bob'), pg_temp.account('eve') \g /dev/null

CREATE FUNCTION pg_temp.found(p_what text) RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM chat.audit_entry WHERE action = 'detect.' || p_what;
$$;
CREATE FUNCTION pg_temp.mails(p_what text) RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM chat.mail WHERE template = p_what;
$$;
CREATE FUNCTION pg_temp.refused(p_account text, p_network text, p_login text DEFAULT NULL)
RETURNS void LANGUAGE sql AS $$
    SELECT chat.act_refused(chat.context(pg_temp.id(p_account), p_network || ' - -'), 'session.sign_in',
        'invalid_credentials', substr(pg_temp.h(coalesce(p_login, p_account)), 1, 16));
$$;

-- refusals
SELECT pg_temp.refused('ann', '203.0.113.0/24') \g /dev/null
SELECT is((SELECT (account, session, address, action, outcome, target) FROM chat.audit_entry ORDER BY id DESC LIMIT 1), (pg_temp.id('ann'), NULL::uuid, '203.0.113.0/24'::cidr, 'session.sign_in'::text, 'invalid_credentials'::text, NULL::text), 'a wrong password is in the log of the account');
SELECT pg_temp.refused(NULL, '203.0.113.0/24', 'nobody@example.org') \g /dev/null
SELECT is((SELECT (account, target ~ '^login:[0-9a-f]{24}$') FROM chat.audit_entry ORDER BY id DESC LIMIT 1), (NULL::uuid, true), 'an unknown login only as a keyed hash');
SELECT isnt((SELECT target FROM chat.audit_entry ORDER BY id DESC LIMIT 1), 'login:' || left(encode(sha256(substr(pg_temp.h('nobody@example.org'), 1, 16)), 'hex'), 24), 'which nobody without the key can make');

-- many failures of one account
SELECT pg_temp.refused('ann', '203.0.113.0/24') FROM generate_series(1, 20) \g /dev/null
SELECT is(pg_temp.found('many_failures'), 0::bigint, 'many failures from one network are the owner''s forgetfulness');
SELECT pg_temp.refused('ann', format('203.0.%s.0/24', n)) FROM generate_series(1, 3) n \g /dev/null
SELECT is(pg_temp.found('many_failures'), 0::bigint, 'from four, too');
SELECT pg_temp.refused('ann', '203.0.4.0/24') \g /dev/null
SELECT is((SELECT (account, detail) FROM chat.audit_entry WHERE action = 'detect.many_failures'), (pg_temp.id('ann'), '{"failures": 24, "networks": 5}'::jsonb), 'from five are an attack');
SELECT is(pg_temp.mails('many_failures'), 1::bigint, 'the owner hears of it');
SELECT pg_temp.refused('ann', format('203.0.%s.0/24', n)) FROM generate_series(5, 200) n \g /dev/null
SELECT is(pg_temp.found('many_failures') || ' ' || pg_temp.mails('many_failures'), '1 1', 'once an hour');
SELECT is((SELECT count(*) FROM chat.audit_entry WHERE account = pg_temp.id('ann') AND outcome = 'invalid_credentials'), 100::bigint, 'an account''s log takes 100 refusals an hour');

SELECT chat.act_refused(chat.context(pg_temp.id('ann'), '203.0.113.0/24 - -'), 'session.sign_in', 'factor_required', NULL) \g /dev/null
SELECT is((SELECT outcome FROM chat.audit_entry WHERE account = pg_temp.id('ann') AND action = 'session.sign_in' ORDER BY id DESC LIMIT 1), 'factor_required', 'but that somebody knows the password is never left out');

SELECT pg_temp.refused('eve', format('203.1.%s.0/24', n)) FROM generate_series(1, 9) n \g /dev/null
SELECT is(pg_temp.found('many_failures'), 1::bigint, 'nine failures from nine networks are not enough');
UPDATE chat.account SET state = 'suspended' WHERE id = pg_temp.id('eve');
SELECT pg_temp.refused('eve', '203.1.10.0/24') \g /dev/null
SELECT is(pg_temp.found('many_failures') || ' ' || pg_temp.mails('many_failures'), '2 1', 'who is suspended gets no mail');

-- who hides behind own refusals
SELECT pg_temp.account('ian') \g /dev/null
SELECT pg_temp.refused('ian', format('203.2.%s.0/24', 1 + n % 4)) FROM generate_series(1, 200) n \g /dev/null
SELECT is((SELECT count(*) FROM chat.audit_entry WHERE account = pg_temp.id('ian') AND address = '203.2.1.0/24' AND outcome = 'invalid_credentials'), 20::bigint, 'of an account one network takes 20 refusals an hour');
SELECT pg_temp.refused('ian', '203.3.1.0/24') \g /dev/null
SELECT is(pg_temp.found('many_failures'), 3::bigint, 'so that a fifth is still seen');

-- one network, many accounts
SELECT pg_temp.refused(NULL, '198.51.100.0/24', 'x' || n) FROM generate_series(1, 9) n \g /dev/null
SELECT pg_temp.refused(NULL, '198.51.100.0/24', 'x1') FROM generate_series(1, 9) n \g /dev/null
SELECT is(pg_temp.found('many_accounts'), 0::bigint, 'nine logins from a network may be a family');
SELECT pg_temp.refused('bob', '198.51.100.0/24') \g /dev/null
SELECT is((SELECT (account, target, detail) FROM chat.audit_entry WHERE action = 'detect.many_accounts'), (NULL::uuid, '198.51.100.0/24'::text, '{"accounts": 10}'::jsonb), 'ten are not, known and unknown ones alike');
SELECT pg_temp.refused(NULL, '198.51.100.0/24', 'y' || n) FROM generate_series(1, 600) n \g /dev/null
SELECT is(pg_temp.found('many_accounts'), 1::bigint, 'told once an hour');
SELECT is((SELECT count(*) FROM chat.audit_entry WHERE address = '198.51.100.0/24' AND account IS NULL AND outcome <> 'ok') <= 500, true, 'a network''s unknown logins are 500 refusals an hour');

-- a new network
CREATE FUNCTION pg_temp.signs_in(p_name text, p_session text, p_network text)
RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM chat.context(NULL, p_network || ' - -'), pg_temp.sign_in(p_name, p_session);
    RETURN (SELECT string_agg(action || coalesce(' ' || target, ''), ', ' ORDER BY id) FROM chat.audit_entry
            WHERE account = pg_temp.id(p_name) AND at >= now() AND action IN ('session.sign_in', 'detect.new_network') AND outcome = 'ok');
END
$$;
SELECT is(pg_temp.signs_in('bob', 'bob/2', '192.0.2.0/24'), 'session.sign_in', 'where nothing is known, nothing is new');
SELECT is(pg_temp.signs_in('bob', 'bob/3', '192.0.77.0/24'), 'session.sign_in, session.sign_in', 'nor is what lies in the same /16');
SELECT is(pg_temp.signs_in('bob', 'bob/4', '192.1.2.0/24'), 'session.sign_in, session.sign_in, detect.new_network 192.1.0.0/16, session.sign_in', 'another /16 is');
SELECT is((SELECT params->>'network' FROM chat.mail WHERE template = 'new_network'), '192.1.0.0/16', 'the owner hears from where');
SELECT is(pg_temp.signs_in('bob', 'bob/5', '192.1.9.0/24') LIKE '%new_network%new_network%', false, 'the next time it is known');
SELECT pg_temp.signs_in('bob', 'bob/6', '2001:db8::/48'), pg_temp.signs_in('bob', 'bob/7', '2001:db9::/48'), pg_temp.signs_in('bob', 'bob/8', '2001:db8:9::/48') \g /dev/null
SELECT is((SELECT array_agg(target ORDER BY id) FROM chat.audit_entry WHERE action = 'detect.new_network'), '{192.1.0.0/16,2001:db8::/32,2001:db9::/32}', 'of IPv6 a /32');
SELECT is(pg_temp.mails('new_network'), 3::bigint, 'three mails came');
SELECT pg_temp.signs_in('bob', 'bob/9', '10.1.0.0/24') \g /dev/null
SELECT is(pg_temp.found('new_network') || ' ' || pg_temp.mails('new_network'), '4 3', 'more a day do not: it is in the log');

-- a burst of claims
SELECT chat.context(NULL, format('203.0.113.0/24 req %s', pg_temp.id('eve/1'))) \g /dev/null
INSERT INTO chat.key_package (ref, session, cipher_suite, last_resort, data, expires)
SELECT pg_temp.h('kp' || n), pg_temp.id('ann/1'), 1, false, '\x00', now() + interval '1 day' FROM generate_series(1, 70) n;
SELECT chat.key_package_claim(pg_temp.id('bob'), pg_temp.id('bob/1'), pg_temp.id('ann'), 1, NULL) FROM generate_series(1, 59) \g /dev/null
SELECT is(pg_temp.found('key_package_burst'), 0::bigint, '59 claims within ten minutes may be groups');
SELECT chat.key_package_claim(pg_temp.id('bob'), pg_temp.id('bob/1'), pg_temp.id('ann'), 1, NULL) FROM generate_series(1, 5) \g /dev/null
SELECT is((SELECT (account, session, address, request_id) FROM chat.audit_entry WHERE action = 'detect.key_package_burst'), (pg_temp.id('ann'), NULL::uuid, NULL::cidr, NULL::text), '60 are a burst, in the log of the target, without where the asker is');
SELECT is(pg_temp.mails('key_package_burst'), 1::bigint, 'with a mail');

SELECT * FROM finish();
ROLLBACK;
