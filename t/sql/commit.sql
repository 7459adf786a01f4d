-- A commit is checked against the leaf map, membership and roles; what it writes agrees with itself.
\ir lib/fixture.sql
\ir lib/group.sql
BEGIN;
SELECT plan(38);

SELECT pg_temp.account(n) FROM unnest('{ann,bob,eve,dan}'::text[]) n \g /dev/null
SELECT pg_temp.sign_in('bob', 'bob/2') \g /dev/null
SELECT pg_temp.device(s) FROM unnest('{ann/1,bob/1,bob/2,eve/1,dan/1}'::text[]) s \g /dev/null
SELECT chat.conversation_direct(pg_temp.id('ann'), pg_temp.id('ann/1'), pg_temp.id('bob'), 'mls', NULL) \g /dev/null
SELECT conversation AS c FROM chat.direct WHERE low = least(pg_temp.id('ann'), pg_temp.id('bob')) AND high = greatest(pg_temp.id('ann'), pg_temp.id('bob')) \gset

SELECT is((SELECT count(*) FROM chat.range WHERE conversation = :'c'), 0::bigint, 'nobody reads an mls conversation before a commit');
SELECT is(pg_temp.commit('ann/1', :'c', '1', 0, '{}', '{}', '{ann/1}', true), 'invalid_commit external: there is no group yet', 'nobody joins from outside what is not there');
SELECT is(pg_temp.commit('ann/1', :'c', '1', 0, '{}', '{}', '{-,ann/1}'), 'invalid_commit sender: a new group''s first leaf is 0', 'a group begins with leaf 0');
SELECT is(pg_temp.commit('ann/1', :'c', '1', 0, '{}', '{}', '{ann/1}', false, 1), 'invalid_commit group id', 'and with the right id');
SELECT pg_temp.handed('b1', 'bob/1', 'ann/1'), pg_temp.handed('b2', 'bob/2', 'ann/1'), pg_temp.handed('e1', 'eve/1', 'ann/1') \g /dev/null
SELECT is(pg_temp.commit('ann/1', :'c', '1', 0, '{b1=bob/1,e1=eve/1}', '{}', '{ann/1,bob/1,eve/1}'), 'invalid_commit add: the device''s account is no member', 'no strangers');
SELECT is(pg_temp.commit('ann/1', :'c', '1', 0, '{b1=bob/2}', '{}', '{ann/1,bob/2}'), 'invalid_commit add: no approved device', 'no package of one device for another');
SELECT is(pg_temp.commit('ann/1', :'c', '1', 0, '{b1=bob/1}', '{}', '{ann/1,bob/2}'), 'group_info_mismatch the tree''s leaves are not the group''s', 'the tree has who was added');
SELECT pg_temp.handed('x1', 'bob/1', 'bob/2') \g /dev/null
SELECT is(pg_temp.commit('ann/1', :'c', '1', 0, '{x1=bob/1}', '{}', '{ann/1,bob/1}'), 'invalid_commit add: the key package was not claimed, or was used', 'no package that another has');
SELECT is(pg_temp.commit('ann/1', :'c', '1', 0, '{b1=bob/1}', '{}', '{ann/1,bob/1}', p_welcome => '{b2}'), 'welcome_mismatch', 'and the Welcome is for them');
SELECT is(pg_temp.commit('ann/1', :'c', '1', 0, '{b1=bob/1}', '{}', '{ann/1,bob/1}'), '201 1', 'a group begins');
SELECT is(pg_temp.commit('ann/1', :'c', '1', 0, '{b1=bob/1}', '{}', '{ann/1,bob/1}'), '201 1 again', 'once');
SELECT is(pg_temp.commit('bob/1', :'c', '2', 0, '{}', '{}', '{bob/1}'), 'stale_epoch', 'and for all');
SELECT is((SELECT string_agg((session = pg_temp.id('ann/1')) || ' ' || from_seq || ' ' || leaf, ', ' ORDER BY leaf) FROM chat.range WHERE conversation = :'c'), 'true 1 0, false 1 1', 'both read from there on');
SELECT is((SELECT convert_from(payload, 'UTF8') || ' ' || (body::json->>'welcome') FROM chat.read_log(pg_temp.id('bob/1'), ARRAY[:'c']::uuid[], NULL, false, 10, 1000)), 'welcome true', 'who is added gets the Welcome');
SELECT is((SELECT convert_from(payload, 'UTF8') FROM chat.read_log(pg_temp.id('ann/1'), ARRAY[:'c']::uuid[], NULL, false, 10, 1000)), 'commit', 'the committer the commit');
SELECT is((SELECT used IS NOT NULL FROM chat.key_package_claim WHERE ref = pg_temp.h('b1')), true, 'the key package is used');
SELECT is((SELECT used IS NOT NULL FROM chat.key_package_claim WHERE ref = pg_temp.h('b2')), false, 'what was refused used none');
SELECT ok(chat.device_holds_key(pg_temp.id('ann/1')), 'a device with a leaf keeps its key');

-- members
SELECT is(pg_temp.commit('eve/1', :'c', '3', 1, '{}', '{}', '{eve/1,bob/1}'), 'not_found', 'a stranger finds nothing');
SELECT is(pg_temp.commit('bob/1', :'c', '3', 1, '{}', '{}', '{bob/1,ann/1}'), 'invalid_commit sender: not the device''s leaf', 'a device has its own leaf');
SELECT is(pg_temp.commit('bob/1', :'c', '3', 1, '{}', '{0}', '{-,bob/1}'), 'forbidden', 'nobody removes the other of a pair');
SELECT is(pg_temp.commit('bob/2', :'c', '3', 1, '{}', '{}', '{ann/1,bob/1,bob/2}', true), '201 2', 'a member''s device joins from outside');
SELECT is(pg_temp.commit('bob/2', :'c', '4', 2, '{}', '{}', '{ann/1,bob/1,bob/2,bob/2}', true), 'invalid_commit external: the device has a leaf, which it must remove', 'not twice');
SELECT is(pg_temp.commit('bob/2', :'c', '4', 2, '{}', '{1}', '{ann/1,bob/2,bob/2}', true), 'invalid_commit external: removes another''s leaf', 'nor in the place of another');
SELECT is(pg_temp.commit('bob/2', :'c', '4', 2, '{}', '{2}', '{ann/1,bob/1,bob/2}', true), '201 3', 'but in its own');
SELECT is((SELECT string_agg(from_seq || '-' || coalesce(to_seq::text, ''), ' ' ORDER BY from_seq) FROM chat.range WHERE conversation = :'c' AND session = pg_temp.id('bob/2')), '2-2 3-', 'and reads from there on');

-- the leftmost place
SELECT is(pg_temp.commit('bob/2', :'c', '5', 3, '{}', '{1}', '{ann/1,-,bob/2}'), '201 4', 'an account removes its own');
SELECT is((SELECT to_seq FROM chat.range WHERE conversation = :'c' AND session = pg_temp.id('bob/1')), 4::bigint, 'which sees that and nothing after it');
SELECT pg_temp.handed('b3', 'bob/1', 'ann/1') \g /dev/null
SELECT is(pg_temp.commit('ann/1', :'c', '6', 4, '{b3=bob/1}', '{}', '{ann/1,-,bob/2,bob/1}'), 'group_info_mismatch the tree''s leaves are not the group''s', 'a free place is taken first');
SELECT is(pg_temp.commit('ann/1', :'c', '6', 4, '{b3=bob/1}', '{}', '{ann/1,bob/1,bob/2}'), '201 5', 'from the left');

-- revoked
SELECT chat.session_revoke_one(pg_temp.id('bob/1'), NULL) \g /dev/null
SELECT is((SELECT count(*) FROM chat.leaf WHERE conversation = :'c' AND pending IS NOT NULL), 1::bigint, 'the leaf of a revoked device waits');
SELECT is((SELECT leaves::json->0->>'leaf' FROM chat.maintain_groups(10) WHERE conversation = :'c'), '1', 'for somebody who is asked');
SELECT is((SELECT count(*) FROM chat.maintain_groups(10) WHERE conversation = :'c'), 0::bigint, 'not all the time');
SELECT is(pg_temp.commit('ann/1', :'c', '7', 5, '{}', '{1}', '{ann/1,-,bob/2}'), '201 6', 'anybody may remove it');

-- what is missed
SELECT throws_ok(format($$SELECT chat.stale_epoch(c, 3) FROM chat.conversation c WHERE id = %L$$, :'c'), 'CH409', 'stale_epoch');
SELECT is((SELECT json_agg(epoch ORDER BY epoch)::text FROM chat.epoch WHERE conversation = :'c'), '[1, 2, 3, 4, 5, 6]', 'where each epoch began is known');

-- the log goes, and Welcomes with it
UPDATE chat.range SET delivered = 100 WHERE conversation = :'c';
DO $$ BEGIN FOR i IN 1 .. 4 LOOP PERFORM chat.maintain(1000, 1000); END LOOP; END $$;
SELECT is((SELECT count(*) FROM chat.welcome WHERE conversation = :'c'), 0::bigint, 'Welcomes go with their entries');
SELECT is((SELECT count(*) FROM chat.group_info WHERE conversation = :'c'), 1::bigint, 'the GroupInfo stays');

SELECT * FROM finish();
ROLLBACK;
