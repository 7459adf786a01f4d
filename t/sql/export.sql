-- The export has what a dump of the tables has of the account, but for secrets.
\ir lib/fixture.sql
\ir lib/group.sql
BEGIN;
SELECT plan(33);

SELECT pg_temp.account(n) FROM unnest(ARRAY['ann', 'bob', 'cas']) n \g /dev/null
SELECT pg_temp.sign_in('ann', 'ann/2') \g /dev/null
SELECT pg_temp.device(n) FROM unnest(ARRAY['ann/1', 'ann/2', 'bob/1']) n \g /dev/null
UPDATE chat.session SET proven = clock_timestamp() - interval '1 second';
SELECT pg_temp.direct('ann', 'bob') AS c \gset
SELECT pg_temp.direct('bob', 'cas') AS other \gset
SELECT pg_temp.send('ann/1', :'c', 's' || i, 'mine ' || i), pg_temp.send('bob/1', :'c', 't' || i, 'theirs ' || i) FROM generate_series(1, 300) i \g /dev/null
SELECT pg_temp.send('cas/1', :'other', 'o1', 'not ann''s') \g /dev/null
SELECT (chat.private_offer(pg_temp.id('ann'), pg_temp.id('ann/1'), pg_temp.id('bob'), NULL)).body::json->>'id' AS p \gset
SELECT (chat.conversation_direct(pg_temp.id('ann'), pg_temp.id('ann/1'), pg_temp.id('cas'), 'mls', NULL)).body::json->>'id' AS g \gset
SELECT pg_temp.handed('k2', 'ann/2', 'ann/1') \g /dev/null
SELECT is(pg_temp.commit('ann/1', :'g', 'g1', 0, ARRAY['k2=ann/2'], '{}', ARRAY['ann/1', 'ann/2']), '201 1', 'a group');
SELECT chat.archive_put(pg_temp.id('ann'), pg_temp.id('ann/1'), i, repeat('x', 100000)::bytea) FROM generate_series(0, 9) i \g /dev/null
SELECT chat.recovery_set(pg_temp.id('ann'), pg_temp.id('ann/1'), 'recovery'), chat.recovery_set(pg_temp.id('bob'), pg_temp.id('bob/1'), 'bob''s') \g /dev/null
SELECT chat.block_add(pg_temp.id('ann'), pg_temp.id('ann/1'), pg_temp.id('cas')), chat.block_add(pg_temp.id('bob'), pg_temp.id('bob/1'), pg_temp.id('ann')) \g /dev/null
SELECT pg_temp.send('ann/1', :'c', 's301', 'into the void') \g /dev/null

INSERT INTO chat.passkey (id, account, credential_id, algorithm, public_key, sign_count, name) VALUES (gen_random_uuid(), pg_temp.id('ann'), 'credential', -7, sha256('k'), 0, 'ann''s laptop');
INSERT INTO chat.totp (account, secret, confirmed, pending, pending_expires) VALUES (pg_temp.id('ann'), repeat('planted', 7)::bytea, now(), repeat('planted', 8)::bytea, now());
INSERT INTO chat.email_revert (id, account, email, email_key, link_hash, expires) VALUES (gen_random_uuid(), pg_temp.id('ann'), 'old@example.org', 'old@example.org', 'l', now());

-- one page after the other, as the API gives them
CREATE TEMP TABLE exported (page integer, item jsonb);
CREATE FUNCTION pg_temp.export(p_name text) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    v_cursor text; v_page integer := 0; v_reply chat.reply;
BEGIN
    LOOP
        v_page := v_page + 1;
        v_reply := chat.account_export(pg_temp.id(p_name), pg_temp.id(p_name || '/1'), v_cursor);
        INSERT INTO exported SELECT v_page, i FROM jsonb_array_elements(v_reply.body::jsonb->'items') i;
        v_cursor := v_reply.body::json->>'next';
        EXIT WHEN v_cursor IS NULL OR v_page > 100;
    END LOOP;
    RETURN v_page;
END
$$;
SELECT pg_temp.export('ann') AS pages \gset
SELECT is(:pages BETWEEN 4 AND 100, true, 'it comes in pages');
SELECT is((SELECT max(b) < 1048576 FROM (SELECT sum(octet_length(item::text)) AS b FROM exported GROUP BY page) s), true, 'of a bounded size');
SELECT is((SELECT count(*) FROM exported), (SELECT count(DISTINCT item) FROM exported), 'nothing comes twice');

-- compared with the tables, row for row: all columns but the secrets
CREATE FUNCTION pg_temp.same(p_type text, p_sql text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE v_rows integer; v_missing integer; v_more integer;
BEGIN
    EXECUTE format('CREATE TEMP TABLE dumped ON COMMIT DROP AS SELECT to_jsonb(q) AS row FROM (%s) q', p_sql);
    SELECT count(*) INTO v_rows FROM dumped;
    SELECT count(*) INTO v_missing FROM dumped d WHERE NOT EXISTS (
        SELECT 1 FROM exported e WHERE e.item->>'type' = p_type AND e.item @> (
            SELECT jsonb_object_agg(key, value) FROM jsonb_each(d.row)
            WHERE key !~ '(^|_)(hash|secret|salt)$' AND key NOT IN ('params', 'masked', 'membership_version')));
    SELECT count(*) - v_rows INTO v_more FROM exported e WHERE e.item->>'type' = p_type;
    DROP TABLE dumped;
    RETURN CASE WHEN v_rows = 0 THEN 'nothing to compare' WHEN v_missing + abs(v_more) = 0 THEN 'all'
        ELSE format('%s missing, %s more', v_missing, v_more) END;
END
$$;
SELECT is(pg_temp.same('account', $$SELECT * FROM chat.account WHERE id = pg_temp.id('ann')$$), 'all', 'the account');
SELECT is(pg_temp.same('device', $$SELECT * FROM chat.session WHERE account = pg_temp.id('ann')$$), 'all', 'its devices');
SELECT is(pg_temp.same('verification', $$SELECT * FROM chat.verification WHERE account = pg_temp.id('ann')$$), 'all', 'verifications');
SELECT is(pg_temp.same('recovery', $$SELECT * FROM chat.recovery WHERE account = pg_temp.id('ann')$$), 'all', 'recovery');
SELECT is(pg_temp.same('block', $$SELECT * FROM chat.block WHERE account = pg_temp.id('ann')$$), 'all', 'whom it blocks');
SELECT is(pg_temp.same('member', $$SELECT * FROM chat.member WHERE account = pg_temp.id('ann')$$), 'all', 'memberships');
SELECT is(pg_temp.same('conversation', $$SELECT c.* FROM chat.conversation c JOIN chat.member m ON m.conversation = c.id WHERE m.account = pg_temp.id('ann')$$), 'all', 'conversations');
SELECT is(pg_temp.same('range', $$SELECT r.* FROM chat.range r JOIN chat.session s ON s.id = r.session WHERE s.account = pg_temp.id('ann')$$), 'all', 'what its devices may read');
SELECT is(pg_temp.same('entry', $$SELECT e.* FROM chat.entry e JOIN chat.member m ON m.conversation = e.conversation WHERE m.account = pg_temp.id('ann')$$), 'all', 'entries');
SELECT is((SELECT count(*) FROM exported WHERE item->>'type' = 'entry' AND item->>'conversation' = :'c'), 601::bigint, '... of both, those that were cut off by a block, too');
SELECT is((SELECT item->>'welcome' FROM exported WHERE item->>'type' = 'entry' AND item->>'conversation' = :'g'), '\x77656c636f6d65', '... with the Welcome for its device');
SELECT is(pg_temp.same('leaf', $$SELECT l.* FROM chat.leaf l WHERE l.account = pg_temp.id('ann')$$), 'all', 'leaves');
SELECT is(pg_temp.same('private', $$SELECT * FROM chat.private WHERE pg_temp.id('ann') IN (from_account, to_account)$$), 'all', 'private conversations');
SELECT is(pg_temp.same('key_package', $$SELECT k.* FROM chat.key_package k JOIN chat.session s ON s.id = k.session WHERE s.account = pg_temp.id('ann')$$), 'all', 'key packages');
SELECT is(pg_temp.same('key_package_claim', $$SELECT k.* FROM chat.key_package_claim k JOIN chat.session s ON s.id = k.session WHERE s.account = pg_temp.id('ann')$$), 'all', 'claims');
SELECT is(pg_temp.same('archive_part', $$SELECT p.* FROM chat.archive_part p JOIN chat.archive a ON a.id = p.archive WHERE a.account = pg_temp.id('ann')$$), 'all', 'the archive');
SELECT is(pg_temp.same('mail', $$SELECT * FROM chat.mail WHERE account = pg_temp.id('ann')$$), 'all', 'the outbox');
SELECT is(pg_temp.same('audit', $$SELECT * FROM chat.audit_entry WHERE account = pg_temp.id('ann')$$), 'all', 'the audit log');

SELECT is(pg_temp.same('passkey', $$SELECT * FROM chat.passkey WHERE account = pg_temp.id('ann')$$), 'all', 'passkeys');
SELECT is(pg_temp.same('email_revert', $$SELECT * FROM chat.email_revert WHERE account = pg_temp.id('ann')$$), 'all', 'ways back to an earlier address');

-- and nothing else
SELECT is((SELECT count(*) FROM exported WHERE item->>'type' = 'totp' AND NOT item ? 'secret' AND item::text NOT LIKE '%' || encode('planted', 'hex') || '%'), 1::bigint, 'a one-time password''s secret stays the server''s');
SELECT is((SELECT count(*) FROM exported WHERE item::text ~ 'hash of|12345678' OR item::text LIKE '%' || encode(pg_temp.h('token ann/1'), 'hex') || '%'), 0::bigint, 'no hash of a password, no code, no token');
SELECT is((SELECT count(*) FROM exported WHERE item->>'conversation' = :'other' OR item::text LIKE '%bob%'), 0::bigint, 'nothing of others''');
SELECT is((SELECT count(*) FROM exported WHERE item->>'type' IN ('block', 'range', 'member', 'conversation') AND item->>'blocked' NOT IN ('false') AND item->>'conversation' <> :'g'), 0::bigint, 'nor a sign of who blocks it');

-- every table that refers to an account or a device is in it, or is named here with its reason
SELECT is(ARRAY(
    SELECT DISTINCT c.conrelid::regclass::text FROM pg_constraint c
    WHERE c.contype = 'f' AND c.confrelid IN ('chat.account'::regclass, 'chat.session'::regclass)
        AND NOT EXISTS (SELECT 1 FROM chat.export_sections() s WHERE s.source ~ ('^' || c.conrelid::regclass || ' '))
        AND c.conrelid::regclass::text NOT IN (
            'chat.backup_code', -- nothing but hashes
            'chat.direct',      -- the pair of a conversation, whose members are told
            'chat.erasure')     -- nobody exports any more
    ORDER BY 1), '{}', 'no table is forgotten');

SELECT is((SELECT count(*) FROM chat.audit_entry WHERE account = pg_temp.id('ann') AND action = 'account.export'), 1::bigint, 'its pages are one entry of the log');
SELECT chat.account_export(pg_temp.id('ann'), pg_temp.id('ann/2'), chat.base64url('2:')) \g /dev/null
SELECT is((SELECT count(*) FROM chat.audit_entry WHERE account = pg_temp.id('ann') AND session = pg_temp.id('ann/2') AND action = 'account.export'), 1::bigint, 'who begins by a cursor that was made up leaves one, too');
SELECT throws_ok($$SELECT chat.account_export(pg_temp.id('ann'), pg_temp.id('ann/1'), 'x')$$, 'CH400', 'invalid_parameter', 'a cursor that is none');
UPDATE chat.session SET proven = NULL;
SELECT throws_ok($$SELECT chat.account_export(pg_temp.id('ann'), pg_temp.id('ann/1'), NULL)$$, 'CH403', 'proof_required', 'without a proof there is none');

SELECT * FROM finish();
ROLLBACK;
