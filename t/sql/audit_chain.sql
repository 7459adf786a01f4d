-- The audit log's chain: every way to tamper with what is sealed is found, age and erasure are not
-- taken for it.
\ir lib/fixture.sql
BEGIN;
SELECT plan(42);

-- the log of this suite alone, as it is after a fresh installation
SET session_replication_role = replica;
DELETE FROM chat.audit_entry;
UPDATE chat.audit_chain SET number = DEFAULT, hash = DEFAULT, cut = DEFAULT, cut_hash = DEFAULT;
SET session_replication_role = origin;

CREATE FUNCTION pg_temp.faults() RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(coalesce(number::text, '-') || ' ' || fault, ', ') FROM chat.audit_verify();
$$;

-- what a superuser does to the tables, and what the check says of it; then it never was
CREATE FUNCTION pg_temp.tampered(p_sql text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v_faults    text;
BEGIN
    BEGIN
        SET LOCAL session_replication_role = replica;
        EXECUTE p_sql;
        v_faults := pg_temp.faults();
        RAISE 'undone' USING ERRCODE = 'ZZ000';
    EXCEPTION WHEN SQLSTATE 'ZZ000' THEN
        RETURN v_faults;
    END;
END
$$;

SELECT is(pg_temp.faults(), NULL, 'an empty log is whole');
SELECT is_empty($$SELECT * FROM chat.audit_seal(100)$$, 'there is nothing to seal');

SELECT chat.context(NULL, '203.0.113.0/24 req -') \g /dev/null
SELECT chat.audit(pg_temp.id('p' || n), pg_temp.id('s' || n), 'session.sign_in', 'ok', NULL, jsonb_build_object('n', n, 'text', E'ü\n"')) FROM generate_series(1, 10) n \g /dev/null

SELECT is(pg_temp.faults(), NULL, 'what waits for sealing is no fault');
SELECT results_eq($$SELECT action, entries FROM chat.audit_seal(4)$$, $$VALUES ('session.sign_in', 4::bigint)$$, 'a piece is sealed');
SELECT chat.audit_seal(100) \g /dev/null
SELECT is((SELECT array_agg(number ORDER BY id) FROM chat.audit_entry), ARRAY[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]::bigint[], 'the rest gets the next numbers');
SELECT is((SELECT (number, kept_from, entries, open) FROM chat.audit_state()), (10::bigint, 1::bigint, 10::bigint, 0::bigint), 'the head is the last');
SELECT is((SELECT hash FROM chat.audit_state()), (SELECT hash FROM chat.audit_entry WHERE number = 10), 'with its hash');
SELECT is(pg_temp.faults(), NULL, 'it is whole');

-- tampering, as one who may do all
SELECT is(pg_temp.tampered($$UPDATE chat.audit_entry SET outcome = 'other' WHERE number = 5$$), '5 moved', 'another outcome');
SELECT is(pg_temp.tampered($$UPDATE chat.audit_entry SET at = at + interval '1 us' WHERE number = 5$$), '5 moved', 'another time');
SELECT is(pg_temp.tampered($$UPDATE chat.audit_entry SET account = pg_temp.id('p6') WHERE number = 5$$), '5 changed', 'another account');
SELECT is(pg_temp.tampered($$UPDATE chat.audit_entry SET address = NULL WHERE number = 5$$), '5 changed', 'no address any more');
SELECT is(pg_temp.tampered($$UPDATE chat.audit_entry SET detail = detail || '{"n": 6}' WHERE number = 5$$), '5 changed', 'another detail');
SELECT is(pg_temp.tampered($$WITH n AS (UPDATE chat.audit_entry SET account = pg_temp.id('p6') WHERE number = 5 RETURNING chat.audit_body(audit_entry) AS h) SELECT 1 FROM n; UPDATE chat.audit_entry e SET body_hash = chat.audit_body(e) WHERE number = 5$$), '5 moved', 'another account, its hash made anew');
SELECT is(pg_temp.tampered($$UPDATE chat.audit_entry SET account = pg_temp.id('p6') WHERE number = 5; UPDATE chat.audit_entry e SET body_hash = chat.audit_body(e) WHERE number = 5; UPDATE chat.audit_entry e SET hash = chat.audit_link((SELECT hash FROM chat.audit_entry WHERE number = 4), e) WHERE number = 5$$), '6 moved', 'and its link: then the next one does not fit');
SELECT is(pg_temp.tampered($$DELETE FROM chat.audit_entry WHERE number = 5$$), '6 missing', 'one that is gone');
SELECT is(pg_temp.tampered($$DELETE FROM chat.audit_entry WHERE number BETWEEN 4 AND 6$$), '7 missing', 'several that are gone');
SELECT is(pg_temp.tampered($$DELETE FROM chat.audit_entry WHERE number = 1$$), '2 missing', 'the first');
SELECT is(pg_temp.tampered($$DELETE FROM chat.audit_entry WHERE number = 10$$), '10 head', 'the last');
SELECT is(pg_temp.tampered($$DELETE FROM chat.audit_entry$$), '10 head', 'all');
SELECT is(pg_temp.tampered($$DELETE FROM chat.audit_entry WHERE number = 5; UPDATE chat.audit_entry SET number = number - 1 WHERE number > 5; UPDATE chat.audit_chain SET number = 9$$), '5 moved, 6 moved, 7 moved, 8 moved, 9 moved', 'a gap that was closed');
SELECT is(pg_temp.tampered($$UPDATE chat.audit_entry SET number = 100 WHERE number = 5; UPDATE chat.audit_entry SET number = 5 WHERE number = 6; UPDATE chat.audit_entry SET number = 6 WHERE number = 100$$), '5 moved, 6 moved, 7 moved', 'two that changed places');
SELECT is(pg_temp.tampered($$INSERT INTO chat.audit_entry (number, action, outcome, body_hash, hash) VALUES (11, 'key.set', 'ok', sha256(''), sha256(''))$$), '11 inserted, 11 moved, 11 changed, 10 head', 'one put behind the last');
SELECT is(pg_temp.tampered($$UPDATE chat.audit_entry SET number = number + 1 WHERE number > 9; INSERT INTO chat.audit_entry (number, action, outcome, body_hash, hash) VALUES (10, 'key.set', 'ok', sha256(''), sha256('')); UPDATE chat.audit_chain SET number = 11$$), '10 moved, 10 changed, 11 moved', 'one put between');
SELECT is(pg_temp.tampered($$UPDATE chat.audit_entry SET number = NULL, hash = NULL, body_hash = NULL, outcome = 'other' WHERE number = 5$$), '6 missing', 'one taken out, to be sealed again');
SELECT is(pg_temp.tampered($$UPDATE chat.audit_entry SET erased = now(), salt = NULL, account = NULL, session = NULL WHERE number = 5$$), '5 erased', 'one emptied as if its account were erased');
SELECT is(pg_temp.tampered($$UPDATE chat.audit_chain SET hash = sha256('x')$$), '10 head', 'another head');
SELECT is(pg_temp.tampered($$UPDATE chat.audit_chain SET cut = 5, cut_hash = (SELECT hash FROM chat.audit_entry WHERE number = 5); DELETE FROM chat.audit_entry WHERE number <= 5$$), '5 cut', 'the beginning cut off as if by age');
SELECT is(pg_temp.tampered($$UPDATE chat.audit_entry SET number = NULL, hash = NULL, body_hash = NULL, at = at - interval '1 hour' WHERE number = 10; UPDATE chat.audit_chain SET number = 9, hash = (SELECT hash FROM chat.audit_entry WHERE number = 9)$$), '- open', 'the last taken out of the chain, and kept out');

-- age
SET session_replication_role = replica;
UPDATE chat.audit_entry SET at = now() - interval '30 days' WHERE number <= 4;
UPDATE chat.audit_entry SET number = NULL, hash = NULL, body_hash = NULL;
UPDATE chat.audit_chain SET number = DEFAULT, hash = DEFAULT;
SET session_replication_role = origin;
SELECT chat.audit_seal(100) \g /dev/null
SELECT is(chat.audit_expire(40 * 86400, 100), 0, 'what is young enough stays');
SELECT is(chat.audit_expire(20 * 86400, 3), 3, 'what is too old goes, in pieces');
SELECT chat.audit_expire(1, 100) \g /dev/null
SELECT is((SELECT min(number) FROM chat.audit_entry), 5::bigint, 'and nothing within 7 days, whatever is asked for');
SELECT is(pg_temp.faults(), NULL, 'the rest is whole');
SELECT chat.audit_seal(100) \g /dev/null
SELECT is(pg_temp.tampered($$DELETE FROM chat.audit_entry WHERE number = 5$$), '6 missing', 'and its first may not go, either');

-- erasure
SELECT chat.audit(pg_temp.id('p0'), NULL, 'block.add', 'ok', pg_temp.id('p7')::text) \g /dev/null
SELECT is(chat.audit_pseudonymise(pg_temp.id('p7')), false, 'an account is erased');
SELECT chat.audit_seal(100) \g /dev/null
SELECT is((SELECT count(*) FROM chat.audit_entry e WHERE e::text LIKE '%' || pg_temp.id('p7') || '%' OR e::text LIKE '%' || pg_temp.id('s7') || '%'), 0::bigint, 'the log does not name it any more');
SELECT is((SELECT (action, account IS NOT NULL, session, address, request_id, detail, salt) FROM chat.audit_entry WHERE number = 7), ('session.sign_in'::text, true, NULL::uuid, NULL::cidr, NULL::text, NULL::jsonb, NULL::bytea), 'nor its sessions and addresses; what happened stays');
SELECT is((SELECT (account, target <> pg_temp.id('p7')::text) FROM chat.audit_entry WHERE action = 'block.add'), (pg_temp.id('p0'), true), 'in another''s entry a pseudonym is the target');
SELECT is(pg_temp.faults(), NULL, 'the chain holds');
SELECT is(pg_temp.tampered($$UPDATE chat.audit_entry SET erased = now(), salt = NULL, account = gen_random_uuid() WHERE number = 8$$), '8 erased', 'nothing else can be emptied under that cover');
SELECT is(pg_temp.tampered($$UPDATE chat.audit_entry SET outcome = 'other' WHERE number = 7$$), '7 moved', 'and what stays of it can not be changed');

SELECT pg_temp.account('living') \g /dev/null
SELECT throws_like($$SELECT chat.audit_pseudonymise(pg_temp.id('living'))$$, '%being erased%', 'who lives is not taken out of the log');

SELECT * FROM finish();
ROLLBACK;
