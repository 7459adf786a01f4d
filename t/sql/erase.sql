-- Deletion and erasure: what the account was is nowhere afterwards, others keep what is theirs.
\ir lib/fixture.sql
\ir lib/group.sql
BEGIN;
SELECT plan(68);

SELECT pg_temp.account(n) FROM unnest(ARRAY['ann', 'zoe.gone', 'cas', 'dan']) n \g /dev/null
SELECT pg_temp.sign_in('zoe.gone', 'zoe.gone/2') \g /dev/null
SELECT pg_temp.device(n) FROM unnest(ARRAY['ann/1', 'zoe.gone/1', 'zoe.gone/2', 'cas/1']) n \g /dev/null
UPDATE chat.session SET proven = clock_timestamp() - interval '1 second';
UPDATE chat.account SET display_name = 'Zoe Planted' WHERE id = pg_temp.id('zoe.gone');
UPDATE chat.session SET name = 'Zoe''s planted phone' WHERE account = pg_temp.id('zoe.gone');

CREATE FUNCTION pg_temp.self(p_name text) RETURNS uuid LANGUAGE sql AS 'SELECT self FROM chat.account WHERE id = pg_temp.id($1)';
CREATE FUNCTION pg_temp.news(p_name text) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(string_agg(e.body->>'type', ' ' ORDER BY e.seq), '') FROM chat.entry e WHERE e.conversation = pg_temp.self(p_name);
$$;
-- the tables that hold a text anywhere, or bytes
CREATE FUNCTION pg_temp.where_is(p_text text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
    v_table     regclass;
    v_there     boolean;
    v_tables    text[] := '{}';
BEGIN
    FOR v_table IN SELECT oid::regclass FROM pg_class WHERE relnamespace = 'chat'::regnamespace AND relkind = 'r' ORDER BY relname LOOP
        EXECUTE format('SELECT EXISTS (SELECT 1 FROM %s t WHERE position(lower($1) IN lower(t::text)) > 0)', v_table)
            INTO v_there USING p_text;
        IF v_there THEN v_tables := v_tables || v_table::text; END IF;
    END LOOP;
    RETURN v_tables;
END
$$;
CREATE FUNCTION pg_temp.where_is(p_bytes bytea) RETURNS text[] LANGUAGE sql AS 'SELECT pg_temp.where_is(encode($1, ''hex''))';
CREATE FUNCTION pg_temp.upkeep() RETURNS integer LANGUAGE plpgsql AS $$
DECLARE n integer := 0;
BEGIN
    WHILE chat.maintain_erasures(20) AND n < 200 LOOP PERFORM chat.maintain_devices(100); n := n + 1; END LOOP;
    RETURN n;
END
$$;

-- what it has: conversations of two, a private one, a group, an archive, keys, mail, a block
SELECT pg_temp.direct('ann', 'zoe.gone') AS c \gset
SELECT pg_temp.send('zoe.gone/1', :'c', 'm1', 'hers'), pg_temp.send('ann/1', :'c', 'm2', 'his') \g /dev/null
SELECT (chat.private_offer(pg_temp.id('zoe.gone'), pg_temp.id('zoe.gone/1'), pg_temp.id('ann'), NULL)).body::json->>'id' AS p \gset
SELECT gen_random_uuid() AS g, gen_random_uuid() AS o \gset
INSERT INTO chat.conversation (id, kind, payload, history, cipher_suite) VALUES (:'g', 'group', 'mls', 'until_delivered', 1), (:'o', 'group', 'opaque', 'keep', NULL);
INSERT INTO chat.member (conversation, account, role)
SELECT c, pg_temp.id(n), r FROM unnest(ARRAY[:'g', :'o']::uuid[]) c, (VALUES ('zoe.gone', 'owner'), ('ann', 'member'), ('cas', 'admin')) m (n, r);
SELECT pg_temp.handed('ka', 'ann/1', 'zoe.gone/1'), pg_temp.handed('kc', 'cas/1', 'zoe.gone/1'), pg_temp.handed('kz', 'zoe.gone/2', 'zoe.gone/1') \g /dev/null
SELECT is(pg_temp.commit('zoe.gone/1', :'g', 'g1', 0, ARRAY['ka=ann/1', 'kc=cas/1', 'kz=zoe.gone/2'], '{}', ARRAY['zoe.gone/1', 'ann/1', 'cas/1', 'zoe.gone/2']), '201 1', 'a group');
SELECT chat.archive_put(pg_temp.id('zoe.gone'), pg_temp.id('zoe.gone/1'), i, 'planted archive') FROM generate_series(0, 30) i \g /dev/null
SELECT chat.recovery_set(pg_temp.id('zoe.gone'), pg_temp.id('zoe.gone/1'), 'planted recovery') \g /dev/null
INSERT INTO chat.key_package (ref, session, cipher_suite, last_resort, data, expires)
SELECT sha256(('kp' || i)::bytea), pg_temp.id('zoe.gone/1'), 1, false, 'planted key package', now() + interval '1 day' FROM generate_series(1, 50) i;
SELECT chat.block_add(pg_temp.id('zoe.gone'), pg_temp.id('zoe.gone/1'), pg_temp.id('dan')), chat.block_add(pg_temp.id('dan'), pg_temp.id('dan/1'), pg_temp.id('zoe.gone')) \g /dev/null
INSERT INTO chat.mail (account, template, recipient, params, done, verdict) VALUES (pg_temp.id('zoe.gone'), 'email_changed', 'older@old.example', '{}', now(), 'sent');
INSERT INTO chat.password_reset (id, email_key, account, send_attempt, tries, code_hash, link_hash, code_expires, link_expires)
SELECT gen_random_uuid(), 'zoe.gone@example.org', a, 1, 5, 'c', 'l', now(), now() + interval '1 day' FROM (VALUES ('1', pg_temp.id('zoe.gone')), ('2', NULL)) v (n, a);
INSERT INTO chat.email_revert (id, account, email, email_key, link_hash, expires) VALUES (gen_random_uuid(), pg_temp.id('zoe.gone'), 'planted@old.example', 'planted@old.example', 'l', now() + interval '7 days');
UPDATE chat.account SET account_key = pg_temp.h('planted key') WHERE id = pg_temp.id('zoe.gone');
SELECT email, encode(secret, 'hex') AS secret FROM chat.account, chat.meta WHERE id = pg_temp.id('zoe.gone') \gset
SELECT pg_temp.self('zoe.gone') AS self \gset
SELECT is(cardinality(pg_temp.where_is('zoe.gone')) >= 3, true, 'the search finds what is there');
SELECT is(pg_temp.where_is('planted'::bytea), '{chat.archive_part,chat.key_package,chat.recovery}', '... as bytes, too');

-- asked for
UPDATE chat.session SET proven = NULL WHERE id = pg_temp.id('zoe.gone/1');
SELECT throws_ok($$SELECT chat.account_delete(pg_temp.id('zoe.gone'), pg_temp.id('zoe.gone/1'), 86400)$$, 'CH403', 'proof_required', 'deletion wants a proof');
UPDATE chat.session SET proven = clock_timestamp() - interval '1 second' WHERE id = pg_temp.id('zoe.gone/1');
SELECT chat.account_delete(pg_temp.id('zoe.gone'), pg_temp.id('zoe.gone/1'), 86400) AS r \gset
SELECT is(((:'r'::chat.reply).status, (:'r'::chat.reply).revoked, (:'r'::chat.reply).close_code), (202, ARRAY[pg_temp.id('zoe.gone/2')], 4401), 'its other sessions end');
SELECT is(((:'r'::chat.reply).body::json->>'erased_after')::timestamptz, now() + interval '1 day', 'the time is told');
SELECT is((SELECT body FROM chat.account_delete(pg_temp.id('zoe.gone'), pg_temp.id('zoe.gone/1'), 999999)), (:'r'::chat.reply).body, 'asked again it stays');
SELECT is((SELECT body::json->>'erased_after' FROM chat.account_get(pg_temp.id('zoe.gone'), pg_temp.id('zoe.gone/1'))), (:'r'::chat.reply).body::json->>'erased_after', 'the profile tells it');
SELECT is((SELECT (template, recipient) FROM chat.mail WHERE account = pg_temp.id('zoe.gone') ORDER BY id DESC LIMIT 1), ('deletion'::text, 'zoe.gone@example.org'::text), 'the owner gets a mail');
SELECT is((SELECT token_hash IS NULL FROM chat.session WHERE id = pg_temp.id('zoe.gone/1')), false, 'the session that asked stays');
SELECT is((SELECT status FROM chat.account_lookup(pg_temp.id('ann'), pg_temp.id('ann/1'), 'zoe.gone')), 200, 'others see no difference');
SELECT is((SELECT verdict FROM pg_temp.send('ann/1', :'c', 'm3', 'still')), '', 'and still write');
SELECT is(chat.maintain_erasures(1000), false, 'before its time nothing is erased');

-- cancelled
SELECT is((SELECT status FROM chat.account_delete_cancel(pg_temp.id('zoe.gone'), pg_temp.id('zoe.gone/1'))), 204, 'it is cancelled');
SELECT is((SELECT erase_after FROM chat.account WHERE id = pg_temp.id('zoe.gone')), NULL, 'and forgotten');
SELECT is((SELECT status FROM chat.account_delete_cancel(pg_temp.id('zoe.gone'), pg_temp.id('zoe.gone/1'))), 204, 'again is the same');
SELECT chat.account_delete(pg_temp.id('zoe.gone'), pg_temp.id('zoe.gone/1'), 86400) \g /dev/null
SELECT is((SELECT body::json->>'deletion_cancelled' FROM pg_temp.sign_in('zoe.gone', 'zoe.gone/3')), 'true', 'a sign-in cancels it');
SELECT is((SELECT erase_after FROM chat.account WHERE id = pg_temp.id('zoe.gone')), NULL, 'and it is forgotten');
SELECT is((SELECT body::json->>'deletion_cancelled' FROM pg_temp.sign_in('zoe.gone', 'zoe.gone/4')), 'false', 'the next one has nothing to cancel');
SELECT chat.account_delete(pg_temp.id('zoe.gone'), pg_temp.id('zoe.gone/1'), 86400) \g /dev/null
SELECT is((SELECT (body::json->>'resumed', body::json->>'deletion_cancelled') FROM pg_temp.sign_in('zoe.gone', 'zoe.gone/2', 'zoe.gone/2', 'secret zoe.gone/2')), ('true'::text, 'true'::text), 'a device that is back does, too');

-- suspended
SELECT chat.operator_account_suspend(pg_temp.id('dan')) \g /dev/null
SELECT is((SELECT state FROM chat.account WHERE id = pg_temp.id('dan')), 'suspended', 'the operator suspends one');
SELECT is((SELECT count(*) FROM chat.session WHERE account = pg_temp.id('dan') AND token_hash IS NOT NULL), 0::bigint, 'its sessions end');
SELECT throws_ok($$SELECT pg_temp.sign_in('dan', 'dan/2')$$, 'CH403', 'account_suspended', 'nobody signs in');
SELECT throws_ok($$SELECT chat.account_lookup(pg_temp.id('ann'), pg_temp.id('ann/1'), 'dan')$$, 'CH404', 'not_found', 'or finds it');
SELECT lives_ok($$SELECT chat.operator_account_suspend(pg_temp.id('dan'))$$, 'again is the same');
SELECT chat.operator_account_delete(pg_temp.id('dan'), false) AS after \gset
SELECT is(:'after'::timestamptz, now() + interval '14 days', 'the operator''s deletion has a time of grace');
SELECT throws_ok($$SELECT pg_temp.sign_in('dan', 'dan/2')$$, 'CH403', 'account_suspended', 'which no sign-in cancels');
SELECT chat.operator_account_reactivate(pg_temp.id('dan')) \g /dev/null
SELECT is((SELECT (state, erase_after) FROM chat.account WHERE id = pg_temp.id('dan')), ('active'::text, NULL::timestamptz), 'the operator does');
SELECT is((SELECT status FROM pg_temp.sign_in('dan', 'dan/1', 'dan/1', 'secret dan/1')), 200, 'and its devices come back');
SELECT throws_ok($$SELECT chat.operator_account_suspend(gen_random_uuid())$$, 'CH404', 'not_found', 'nobody is suspended who isn''t there');

-- erased
SELECT chat.operator_account_delete(pg_temp.id('zoe.gone'), true) \g /dev/null
SELECT chat.maintain_erasures(20) \g /dev/null
SELECT is((SELECT count(*) FROM chat.session WHERE account = pg_temp.id('zoe.gone') AND revoked IS NULL), 0::bigint, 'the first thing that ends are the devices');
SELECT throws_ok($$SELECT pg_temp.sign_in('zoe.gone', 'zoe.gone/9')$$, 'CH401', 'invalid_credentials', 'nobody signs in who proved a factor just before');
SELECT is((SELECT count(*) FROM chat.mail WHERE recipient = 'zoe.gone@example.org'), 0::bigint, 'no mail waits');
SELECT throws_ok($$SELECT chat.block_remove(pg_temp.id('zoe.gone'), pg_temp.id('zoe.gone/1'), gen_random_uuid())$$, 'CH401', 'unauthorized', 'a request that is still under way does nothing');
SELECT is((SELECT count(*) FROM chat.mail WHERE account = pg_temp.id('zoe.gone')), 0::bigint, 'nor is one left that went to an earlier address');
SELECT is((SELECT count(*) FROM chat.sign_in_candidates('zoe.gone')), 0::bigint, 'nobody signs in by the name');
SELECT is((SELECT count(*) FROM chat.sign_in_candidates('zoe.gone@example.org')), 0::bigint, '... nor by the address');
SELECT is((SELECT count(*) FROM chat.password_reset WHERE email_key LIKE 'zoe%'), 0::bigint, 'no reset that was under way brings it back');
SELECT is((SELECT count(*) FROM chat.email_revert), 0::bigint, '... nor a way back to an earlier address');
SELECT is(pg_temp.upkeep() BETWEEN 10 AND 199, true, 'upkeep goes on in pieces, to its end');
SELECT is((SELECT count(*) FROM chat.account WHERE id = pg_temp.id('zoe.gone')), 0::bigint, 'then the account is gone');
SELECT is(pg_temp.where_is('zoe.gone'), '{}', 'its name and address are nowhere');
SELECT is(pg_temp.where_is('planted'), '{}', 'nor are the names that it showed');
SELECT is(pg_temp.where_is('planted'::bytea), '{}', 'nor its archive, recovery and key packages');
SELECT is(pg_temp.where_is(pg_temp.h('planted key')), '{}', 'nor its key');
SELECT is(pg_temp.where_is(pg_temp.key('zoe.gone/1')), '{chat.leaf}', 'a device''s key stays with its leaf alone');
SELECT is(pg_temp.where_is(pg_temp.h('token zoe.gone/1')), '{}', 'no token');
SELECT is(pg_temp.where_is(pg_temp.h('secret zoe.gone/1')), '{}', 'no device secret');
SELECT is(pg_temp.where_is(:'self'), '{}', 'nor its own conversation');
SELECT is(pg_temp.where_is(pg_temp.id('zoe.gone')::text), '{chat.entry,chat.leaf,chat.member,chat.private}', 'its id says nothing any more, where others still have it');
SELECT is(pg_temp.where_is(pg_temp.id('zoe.gone/1')::text), '{chat.entry,chat.leaf,chat.private}', 'so its devices''');

-- what others see
SELECT is(pg_temp.news('ann') LIKE '%account_erased%account_erased%', true, 'the other one of two hears it for each');
SELECT is((SELECT array_agg(m->>'erased' ORDER BY m->>'username') FROM chat.conversation_items(pg_temp.id('ann'), pg_temp.id('ann/1'), ARRAY[:'c'::uuid]) i, json_array_elements(i.item::json->'members') m), ARRAY['true', 'false'], 'a list shows whom it was with as gone');
SELECT is((SELECT (item::json->>'state', item::json->'private'->>'state') FROM chat.conversation_items(pg_temp.id('ann'), pg_temp.id('ann/1'), ARRAY[:'p'::uuid])), ('closed'::text, 'closed'::text), 'a private one is closed');
SELECT is(pg_temp.pending('ann/1'), ARRAY['1:hers', '2:his', '3:still'], 'what was written stays until its own time');
SELECT is((SELECT verdict FROM pg_temp.send('ann/1', :'c', 'm4', 'hello?')), 'conversation_closed', 'and takes nothing new');
SELECT throws_ok($$SELECT chat.conversation_direct(pg_temp.id('ann'), pg_temp.id('ann/1'), pg_temp.id('zoe.gone'), NULL, NULL)$$, 'CH404', 'not_found', 'nor is another begun');
SELECT is((SELECT array_agg(account ORDER BY account) FROM chat.member WHERE conversation = :'g'), (SELECT array_agg(a ORDER BY a) FROM unnest(ARRAY[pg_temp.id('ann'), pg_temp.id('cas')]) a), 'groups have it no more');
SELECT is((SELECT role::text FROM chat.member WHERE conversation = :'g' AND account = pg_temp.id('cas')), 'owner', 'and have an owner');
SELECT is((SELECT count(*) FROM chat.leaf WHERE conversation = :'g' AND pending IS NOT NULL), 2::bigint, 'the Removes of its leaves are waited for');
SELECT is((SELECT count(*) FROM chat.maintain_groups(10) WHERE conversation = :'g' AND leaves IS NOT NULL), 1::bigint, '... and asked for');
SELECT is(pg_temp.commit('ann/1', :'g', 'g2', 1, '{}', '{0,3}', ARRAY['-', 'ann/1', 'cas/1']), '201 2', 'any member commits them');
SELECT is(pg_temp.where_is(pg_temp.key('zoe.gone/1')), '{}', 'with which the last of its keys goes');
SELECT is((SELECT body->>'type' FROM chat.entry WHERE conversation = :'o' ORDER BY seq DESC LIMIT 1), 'left', 'a group without mls is told by an entry');
SELECT is((SELECT count(*) FROM chat.block WHERE target = pg_temp.id('zoe.gone')), 0::bigint, 'nobody blocks it any more');

-- its name
SELECT throws_ok($$SELECT pg_temp.register('new', 'zoe.gone', 'new@example.org')$$, 'CH409', 'username_taken', 'its name is kept back');
UPDATE chat.username_reserved SET until = now();
SELECT chat.maintain_erasures(20) \g /dev/null
SELECT is((SELECT status FROM pg_temp.register('new', 'zoe.gone', 'new@example.org')), 201, 'for a while');

-- both gone
SELECT chat.operator_account_delete(pg_temp.id('ann'), true), pg_temp.upkeep(), pg_temp.upkeep() \g /dev/null
SELECT is(pg_temp.where_is(:'c'), '{}', 'of a conversation whose both members are gone nothing is left');

SELECT * FROM finish();
ROLLBACK;
