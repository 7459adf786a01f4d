-- Two at once: one commit wins an epoch, one acceptance a private conversation, one use a key package.
\ir lib/fixture.sql
\ir lib/group.sql
\ir lib/race.sql
SELECT plan(20);

SELECT pg_temp.account(n) FROM unnest('{race-k,race-l,race-m}'::text[]) n \g /dev/null
SELECT pg_temp.sign_in('race-l', 'race-l/2'), pg_temp.sign_in('race-l', 'race-l/3') \g /dev/null
SELECT pg_temp.device(s) FROM unnest('{race-k/1,race-l/1,race-l/2,race-l/3,race-m/1}'::text[]) s \g /dev/null
SELECT chat.conversation_direct(pg_temp.id('race-k'), pg_temp.id('race-k/1'), pg_temp.id(p), 'mls', NULL) FROM unnest('{race-l,race-m}'::text[]) p \g /dev/null
SELECT conversation AS c FROM chat.direct WHERE pg_temp.id('race-k') IN (low, high) AND pg_temp.id('race-l') IN (low, high) \gset
SELECT pg_temp.handed('race-p1', 'race-l/1', 'race-k/1'), pg_temp.handed('race-p2', 'race-l/2', 'race-k/1'), pg_temp.handed('race-p3', 'race-l/3', 'race-k/1') \g /dev/null
SELECT is(pg_temp.commit('race-k/1', :'c', 'rc1', 0, '{race-p1=race-l/1}', '{}', '{race-k/1,race-l/1}'), '201 1', 'a group');

-- one epoch
SELECT dblink_exec('c1', 'BEGIN') \g /dev/null
SELECT is(pg_temp.in_one('c1', format($$SELECT pg_temp.commit('race-k/1', %L, 'rc2', 1, '{}', '{}', '{race-k/1,race-l/1}')$$, :'c')), '201 2', 'one commits');
SELECT dblink_send_query('c2', format($$SELECT pg_temp.commit('race-l/1', %L, 'rc3', 1, '{}', '{}', '{race-k/1,race-l/1}')$$, :'c')) \g /dev/null
SELECT ok(pg_temp.blocked(), 'the other waits');
SELECT dblink_exec('c1', 'COMMIT') \g /dev/null
SELECT is(pg_temp.result('c2'), 'stale_epoch', 'and is too late');

-- the same request twice
SELECT dblink_exec('c1', 'BEGIN') \g /dev/null
SELECT pg_temp.in_one('c1', format($$SELECT pg_temp.commit('race-k/1', %L, 'rc4', 2, '{}', '{}', '{race-k/1,race-l/1}')$$, :'c')) \g /dev/null
SELECT dblink_send_query('c2', format($$SELECT pg_temp.commit('race-k/1', %L, 'rc4', 2, '{}', '{}', '{race-k/1,race-l/1}')$$, :'c')) \g /dev/null
SELECT ok(pg_temp.blocked(), 'a repeat waits for its first');
SELECT dblink_exec('c1', 'COMMIT') \g /dev/null
SELECT is(pg_temp.result('c2'), '201 3 again', 'and gets its answer');

-- a device that is revoked while it is added
SELECT dblink_exec('c1', 'BEGIN') \g /dev/null
SELECT pg_temp.in_one('c1', $$SELECT chat.session_revoke_one(pg_temp.id('race-l/2'), NULL)::text$$) \g /dev/null
SELECT dblink_send_query('c2', format($$SELECT pg_temp.commit('race-k/1', %L, 'rc5', 3, '{race-p2=race-l/2}', '{}', '{race-k/1,race-l/1,race-l/2}')$$, :'c')) \g /dev/null
SELECT ok(pg_temp.blocked(), 'an add waits for a revocation');
SELECT dblink_exec('c1', 'COMMIT') \g /dev/null
SELECT alike(pg_temp.result('c2'), 'invalid_commit add: %', 'and fails by it');
SELECT dblink_exec('c1', 'BEGIN') \g /dev/null
SELECT pg_temp.in_one('c1', format($$SELECT pg_temp.commit('race-k/1', %L, 'rc6', 3, '{race-p3=race-l/3}', '{}', '{race-k/1,race-l/1,race-l/3}')$$, :'c')) \g /dev/null
SELECT dblink_send_query('c2', $$SELECT chat.session_revoke_one(pg_temp.id('race-l/3'), NULL)::text$$) \g /dev/null
SELECT ok(pg_temp.blocked(), 'a revocation waits for an add');
SELECT dblink_exec('c1', 'COMMIT') \g /dev/null
SELECT pg_temp.result('c2') \g /dev/null
SELECT is((SELECT string_agg((l.pending IS NOT NULL)::text || (r.to_seq IS NOT NULL)::text, ',') FROM chat.leaf l JOIN chat.range r USING (conversation, session)
    WHERE l.conversation = :'c' AND l.session = pg_temp.id('race-l/3')), 'truetrue', 'and ends what it made');

-- a key package in two groups
SELECT pg_temp.sign_in('race-l', 'race-l/4'), pg_temp.device('race-l/4'), pg_temp.handed('race-p4', 'race-l/4', 'race-k/1') \g /dev/null
SELECT chat.conversation_open(pg_temp.id('race-g'), 'group', 'mls', 'until_delivered', ARRAY[pg_temp.id('race-k'), pg_temp.id('race-l')]) \g /dev/null
SELECT dblink_exec('c1', 'BEGIN') \g /dev/null
SELECT is(pg_temp.in_one('c1', $$SELECT pg_temp.commit('race-k/1', pg_temp.id('race-g'), 'rc7', 0, '{race-p4=race-l/4}', '{}', '{race-k/1,race-l/4}')$$), '201 1', 'a key package in one group');
SELECT dblink_send_query('c2', format($$SELECT pg_temp.commit('race-k/1', %L, 'rc8', 4, '{race-p4=race-l/4}', '{}', '{race-k/1,race-l/1,race-l/4,race-l/3}')$$, :'c')) \g /dev/null
SELECT ok(pg_temp.blocked(), 'another waits for it');
SELECT dblink_exec('c1', 'COMMIT') \g /dev/null
SELECT is(pg_temp.result('c2'), 'invalid_commit add: the key package was not claimed, or was used', 'and does without');

-- a device that is revoked while it joins from outside
SELECT pg_temp.sign_in('race-l', 'race-l/5'), pg_temp.sign_in('race-l', 'race-l/6'), pg_temp.device('race-l/5'), pg_temp.device('race-l/6') \g /dev/null
SELECT dblink_exec('c1', 'BEGIN') \g /dev/null
SELECT pg_temp.in_one('c1', $$SELECT chat.session_revoke_one(pg_temp.id('race-l/5'), NULL)::text$$) \g /dev/null
SELECT dblink_send_query('c2', format($$SELECT pg_temp.commit('race-l/5', %L, 'rc9', 4, '{}', '{}', '{race-k/1,race-l/1,race-l/3,race-l/5}', true)$$, :'c')) \g /dev/null
SELECT ok(pg_temp.blocked(), 'one that joins waits for its revocation');
SELECT dblink_exec('c1', 'COMMIT') \g /dev/null
SELECT is(pg_temp.result('c2'), 'unauthorized', 'and stays outside');
SELECT dblink_exec('c1', 'BEGIN') \g /dev/null
SELECT pg_temp.in_one('c1', format($$SELECT pg_temp.commit('race-l/6', %L, 'rc10', 4, '{}', '{}', '{race-k/1,race-l/1,race-l/3,race-l/6}', true)$$, :'c')) \g /dev/null
SELECT dblink_send_query('c2', $$SELECT chat.session_revoke_one(pg_temp.id('race-l/6'), NULL)::text$$) \g /dev/null
SELECT ok(pg_temp.blocked(), 'its revocation waits for one that joins');
SELECT dblink_exec('c1', 'COMMIT') \g /dev/null
SELECT pg_temp.result('c2') \g /dev/null
SELECT is((SELECT string_agg((l.pending IS NOT NULL)::text || (r.to_seq IS NOT NULL)::text, ',') FROM chat.leaf l JOIN chat.range r USING (conversation, session)
    WHERE l.conversation = :'c' AND l.session = pg_temp.id('race-l/6')), 'truetrue', 'and ends it');

-- one acceptance
SELECT (chat.private_offer(pg_temp.id('race-k'), pg_temp.id('race-k/1'), pg_temp.id('race-m'), NULL)).body::json->>'id' AS p \gset
SELECT pg_temp.sign_in('race-m', 'race-m/2'), pg_temp.device('race-m/2') \g /dev/null
CREATE FUNCTION pg_temp.accept(s text, c uuid) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN (chat.private_accept(pg_temp.id('race-m'), pg_temp.id(s), c, 'kp', pg_temp.h('race-kp ' || s), 1, pg_temp.key(s))).status::text;
EXCEPTION WHEN OTHERS THEN RETURN SQLERRM; END
$$;
SELECT dblink_exec(n, regexp_replace(pg_get_functiondef(oid), 'pg_temp_[0-9]+', 'pg_temp')) FROM pg_proc, unnest('{c1,c2}'::text[]) n
    WHERE pronamespace = pg_my_temp_schema() AND proname = 'accept' \g /dev/null
SELECT dblink_exec('c1', 'BEGIN') \g /dev/null
SELECT is(pg_temp.in_one('c1', format($$SELECT pg_temp.accept('race-m/2', %L)$$, :'p')), '200', 'one device accepts');
SELECT dblink_send_query('c2', format($$SELECT pg_temp.accept('race-m/1', %L)$$, :'p')) \g /dev/null
SELECT pg_temp.blocked() \g /dev/null
SELECT dblink_exec('c1', 'COMMIT') \g /dev/null
SELECT is(pg_temp.result('c2'), 'private_taken', 'another comes too late');

-- what is private ends with its device: nobody is asked for a Remove for ever
INSERT INTO chat.leaf (conversation, leaf, account, session, signature_key) VALUES (:'p', 1, pg_temp.id('race-m'), pg_temp.id('race-m/2'), pg_temp.key('race-m/2'));
SELECT chat.device_revoke(pg_temp.id('race-m'), pg_temp.id('race-m/1'), pg_temp.id('race-m/2')) \g /dev/null
SELECT is((SELECT p.state || ' ' || (l.pending IS NULL) FROM chat.private p JOIN chat.leaf l USING (conversation) WHERE p.conversation = :'p'), 'closed true', 'a private conversation waits for no Remove');

SELECT * FROM finish();
CALL pg_temp.clean();
