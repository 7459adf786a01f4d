-- What one session does to the others of its account, and where each was last seen.
\ir lib/fixture.sql
BEGIN;
SELECT plan(26);

SELECT chat.context(NULL, '203.0.113.0/24 req -') \g /dev/null
SELECT pg_temp.account('ann'), pg_temp.account('bob') \g /dev/null
SELECT pg_temp.sign_in('ann', 'ann/2'), pg_temp.sign_in('ann', 'ann/3') \g /dev/null

-- where from

CREATE FUNCTION pg_temp.listed(p_device text) RETURNS json LANGUAGE sql AS $$
    SELECT i FROM chat.device_list(pg_temp.id('ann'), pg_temp.id('ann/1')) l,
        json_array_elements((l.body::json)->'items') i WHERE i->>'id' = pg_temp.id(p_device)::text;
$$;
SELECT is(pg_temp.listed('ann/2')->>'address', '203.0.113.0/24', 'a device has the network that it signed in from');
SELECT is(pg_temp.listed('ann/1')->>'current', 'true', 'which is this one');
SELECT is(pg_temp.listed('ann/2')->>'signed_in', 'true', 'and which are signed in');
UPDATE chat.session SET last_seen = now() - interval '5 min' WHERE account = pg_temp.id('ann');
SELECT is(chat.session_touch(ARRAY[pg_temp.id('ann/2'), pg_temp.id('ann/1')], ARRAY['2001:db8:1::/48', '']), 2, 'being used');
SELECT is(pg_temp.listed('ann/2')->>'address', '2001:db8:1::/48', 'moves it');
SELECT is(pg_temp.listed('ann/1')->>'address', '203.0.113.0/24', 'unless it is not known where from');
SELECT is(chat.session_touch(ARRAY[pg_temp.id('ann/2')], ARRAY['192.0.2.0/24']), 0, 'once a minute at most');
UPDATE chat.session SET last_seen = now() + interval '1 day' WHERE id = pg_temp.id('ann/2');
SELECT is(chat.session_touch(ARRAY[pg_temp.id('ann/2')], ARRAY['192.0.2.0/24']), 1, 'a clock that was set back does not keep a session from being used');
UPDATE chat.session SET expires = now() + interval '1 s', idle_expires = now() + interval '1 s', last_seen = now() - interval '1 h' WHERE id = pg_temp.id('ann/3');
SELECT chat.session_touch(ARRAY[pg_temp.id('ann/3')]) \g /dev/null
SELECT is((SELECT expires_at FROM chat.session_find(pg_temp.h('token ann/3'))), now() + interval '1 s', 'use puts the idle expiry off, not the absolute one');

-- the owner hears of new devices

SELECT is((SELECT m.params->>'device' || ' ' || (m.params->>'network') FROM chat.mail m WHERE template = 'new_device' ORDER BY id LIMIT 1), 'ann/2 203.0.113.0/24', 'a new device is told by mail, with its name and where from');
SELECT is((SELECT count(*) FROM chat.mail WHERE template = 'new_device'), 2::bigint, 'once each; the first one is not told');
SELECT pg_temp.sign_in('ann', 'ann/9', 'ann/2', 'secret ann/2') \g /dev/null
SELECT is((SELECT count(*) FROM chat.mail WHERE template = 'new_device'), 2::bigint, 'nor one that is back');

-- signing others out

CREATE TEMP TABLE ended AS SELECT * FROM chat.sessions_end_others(pg_temp.id('ann'), pg_temp.id('ann/1'));
SELECT is((SELECT (status, close_code, cardinality(revoked)) FROM ended), (204, 4401, 2), 'all others are signed out');
SELECT ok(NOT (SELECT pg_temp.id('ann/1') = ANY (revoked) FROM ended), 'this one stays');
SELECT is(pg_temp.listed('ann/2')->>'signed_in', 'false', 'their devices do, too, signed out');
SELECT is((SELECT (status, revoked) FROM chat.sessions_end_others(pg_temp.id('ann'), pg_temp.id('ann/1'))), (204, NULL::uuid[]), 'a repeat answers the same');
SELECT throws_ok($$SELECT chat.sessions_end_others(pg_temp.id('ann'), pg_temp.id('ann/2'))$$, 'CH401', 'unauthorized', 'who was signed out does not sign out the other in turn');
SELECT is((SELECT count(*) FROM chat.session WHERE account = pg_temp.id('bob') AND token_hash IS NOT NULL), 1::bigint, 'other accounts are not touched');
SELECT is((SELECT count(*) FROM chat.audit_entry WHERE account = pg_temp.id('ann') AND action = 'session.end_others'), 2::bigint, 'it is in the log');

-- ending their devices

UPDATE chat.session SET proven = NULL WHERE id = pg_temp.id('ann/1');
SELECT throws_ok($$SELECT chat.device_revoke_others(pg_temp.id('ann'), pg_temp.id('ann/1'))$$, 'CH403', 'proof_required', 'ending all others needs a recent proof');
UPDATE chat.session SET proven = clock_timestamp() WHERE id = pg_temp.id('ann/1');
CREATE TEMP TABLE revoked AS SELECT * FROM chat.device_revoke_others(pg_temp.id('ann'), pg_temp.id('ann/1'));
SELECT is((SELECT (status, close_code, cardinality(revoked)) FROM revoked), (204, 4403, 2), 'with it they end, signed in or out');
SELECT is((SELECT count(*) FROM chat.range r JOIN chat.session s ON s.id = r.session WHERE s.account = pg_temp.id('ann') AND r.to_seq IS NULL), 1::bigint, 'with their queues');
SELECT is((SELECT count(*) FROM chat.entry e JOIN chat.account a ON a.self = e.conversation WHERE a.id = pg_temp.id('ann') AND e.body->>'type' = 'device_revoked'), 2::bigint, 'each is told in self');
SELECT is((SELECT announce FROM revoked), (SELECT ARRAY[self] FROM chat.account WHERE id = pg_temp.id('ann')), 'which is announced');
SELECT is((SELECT (status, revoked) FROM chat.device_revoke_others(pg_temp.id('ann'), pg_temp.id('ann/1'))), (204, NULL::uuid[]), 'a repeat answers the same');
SELECT throws_ok($$SELECT chat.device_revoke_others(pg_temp.id('ann'), pg_temp.id('ann/2'))$$, 'CH401', 'unauthorized', 'a device that is gone ends nobody');

SELECT * FROM finish();
ROLLBACK;
