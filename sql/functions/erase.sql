-- Erasure: what upkeep removes of an account whose time is over, in pieces, each a transaction that
-- goes on where the last one ended.
--
-- At first the account is emptied and its sessions end; then it leaves its conversations, those of
-- two are closed and the others in them told; then its devices go with all they have; at last the
-- account itself, with whatever hangs on it by foreign keys.  What is left of it is its id, which
-- then says nothing: with entries that others still hold, by their retention, in conversations of
-- two, and in the leaves of groups until a commit removes them.

-- maintain_erasures(batch): begins erasures whose time has come, and makes one piece of one of them
-- and of dropped conversations.  Whether there is more.  No problems are raised.
CREATE OR REPLACE FUNCTION chat.maintain_erasures(p_batch integer)
RETURNS boolean LANGUAGE plpgsql
SET plan_cache_mode = force_custom_plan
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $$
DECLARE
    c_lock      CONSTANT bigint := 7234018283807667302;
    c_begun     CONSTANT integer := 10;
    v_batch     integer := least(greatest(p_batch, 1), 2000);
    v_begun     integer := 0;
    v_account   uuid;
    v_erasure   chat.erasure;
    v_told      chat.reply;
BEGIN
    IF NOT pg_try_advisory_xact_lock(c_lock) THEN
        RETURN false;
    END IF;

    FOR v_account IN
        SELECT id FROM chat.account WHERE erase_after <= now() AND state <> 'erased'
        ORDER BY erase_after LIMIT c_begun FOR NO KEY UPDATE SKIP LOCKED
    LOOP
        PERFORM chat.erase_begin(v_account);
        v_begun := v_begun + 1;
    END LOOP;

    -- those are committed before any is gone on with; one that waits for its archive comes last
    IF v_begun = 0 THEN
        -- one of the first, by chance: an erasure that fails doesn't stop the others
        SELECT e.* INTO v_erasure
        FROM (SELECT * FROM chat.erasure ORDER BY step, began, account LIMIT c_begun) e
        ORDER BY random() LIMIT 1;

        IF FOUND THEN
            v_told.announce := chat.erase_piece(v_erasure, v_batch);
            PERFORM chat.tell(v_erasure.account, v_told);
        END IF;
    END IF;

    PERFORM chat.maintain_dropped(v_batch);

    DELETE FROM chat.username_reserved u USING (
        SELECT hash FROM chat.username_reserved WHERE until < now()
        ORDER BY until LIMIT v_batch) old
    WHERE u.hash = old.hash;

    RETURN EXISTS (SELECT 1 FROM chat.erasure)
        OR EXISTS (SELECT 1 FROM chat.conversation_dropped)
        OR EXISTS (SELECT 1 FROM chat.account WHERE erase_after <= now() AND state <> 'erased');
END
$$;

-- erase_begin(account): from now on the account is nobody's.  Its name is kept from others for 90
-- days, so that nobody is at once taken for its owner, and is then free again; its address is free.
CREATE OR REPLACE FUNCTION chat.erase_begin(p_account uuid)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    c_reserved  CONSTANT interval := '90 days';
    v_account   chat.account;
    v_sessions  uuid[];
BEGIN
    SELECT * INTO v_account FROM chat.account WHERE id = p_account FOR NO KEY UPDATE;

    INSERT INTO chat.username_reserved (hash, until)
    VALUES (chat.username_hash(v_account.username), now() + c_reserved)
    ON CONFLICT (hash) DO UPDATE SET until = excluded.until;

    -- those to addresses that it had or wanted, too
    DELETE FROM chat.mail
    WHERE lower(recipient) = lower(v_account.email) OR account = p_account;

    -- Nobody signs in as such a name, with such an address or such a hash.  Without self a request that
    -- is still under way does nothing, nobody tells it anything, and the end of the conversation
    -- doesn't come back to the account, which others lock before conversations.
    UPDATE chat.account
    SET state = 'erased', username = '~' || id, email = '', email_key = '~' || id,
        display_name = '', password_hash = '', account_key = NULL, erase_after = NULL,
        invitation = NULL, self = NULL
    WHERE id = p_account;

    v_sessions := ARRAY(SELECT id FROM chat.session
                        WHERE account = p_account AND revoked IS NULL ORDER BY id);
    PERFORM 1 FROM chat.session WHERE id = ANY (v_sessions) ORDER BY id FOR NO KEY UPDATE;

    UPDATE chat.session
    SET token_hash = NULL, signed_out = coalesce(signed_out, now()), revoked = now()
    WHERE id = ANY (v_sessions);

    DELETE FROM chat.recovery WHERE account = p_account;
    DELETE FROM chat.verification WHERE account = p_account;
    DELETE FROM chat.password_reset WHERE account = p_account OR email_key = v_account.email_key;
    DELETE FROM chat.totp WHERE account = p_account;
    DELETE FROM chat.backup_code WHERE account = p_account;
    DELETE FROM chat.passkey WHERE account = p_account;
    DELETE FROM chat.email_change WHERE account = p_account;
    DELETE FROM chat.email_revert WHERE account = p_account;
    DELETE FROM chat.block WHERE account = p_account OR target = p_account;
    PERFORM chat.archive_drop(p_account);

    INSERT INTO chat.erasure (account) VALUES (p_account);
    PERFORM chat.audit(p_account, NULL, 'account.delete');
END
$$;

-- erase_piece(erasure, batch): the next piece of it.  The conversations to be announced.
CREATE OR REPLACE FUNCTION chat.erase_piece(e chat.erasure, p_batch integer)
RETURNS uuid[] LANGUAGE plpgsql AS $$
BEGIN
    IF e.step = 1 THEN
        RETURN chat.erase_memberships(e, greatest(p_batch / 20, 1));
    ELSIF e.step = 2 THEN
        PERFORM chat.erase_device(e.account, p_batch);
    ELSE
        PERFORM chat.erase_end(e.account);
    END IF;

    RETURN '{}';
END
$$;

-- erase_memberships(erasure, count): the next of its conversations.
CREATE OR REPLACE FUNCTION chat.erase_memberships(e chat.erasure, p_count integer)
RETURNS uuid[] LANGUAGE plpgsql AS $$
DECLARE
    v_ids       uuid[];
    v_selves    uuid[];
    v_c         chat.conversation;
BEGIN
    v_ids := ARRAY(SELECT conversation FROM chat.member
        WHERE account = e.account AND conversation > e.position
        ORDER BY conversation LIMIT p_count);

    IF v_ids = '{}' THEN
        UPDATE chat.erasure SET step = 2 WHERE account = e.account;
        RETURN v_ids;
    END IF;

    -- whom to tell: the other one of two
    v_selves := ARRAY(SELECT DISTINCT a.self FROM chat.conversation c
        JOIN chat.member m ON m.conversation = c.id AND m.account <> e.account
        JOIN chat.account a ON a.id = m.account
        WHERE c.id = ANY (v_ids) AND c.kind IN ('direct', 'private') AND a.self IS NOT NULL);

    PERFORM chat.lock_conversations(v_ids || v_selves);

    FOR v_c IN SELECT * FROM chat.conversation WHERE id = ANY (v_ids) ORDER BY id LOOP
        UPDATE chat.conversation SET membership_version = membership_version + 1
        WHERE id = v_c.id;

        DELETE FROM chat.range r USING chat.session s
        WHERE s.account = e.account AND r.session = s.id AND r.conversation = v_c.id;

        IF v_c.kind IN ('direct', 'private') THEN
            PERFORM chat.erase_from_two(v_c, e.account);
        ELSIF v_c.kind = 'group' THEN
            PERFORM chat.erase_from_group(v_c, e.account);
        ELSE
            PERFORM chat.conversation_drop(v_c.id);
        END IF;
    END LOOP;

    UPDATE chat.erasure SET position = v_ids[cardinality(v_ids)] WHERE account = e.account;

    RETURN v_ids || v_selves;
END
$$;

-- erase_from_two(conversation, account): it is closed, and the other one told; the account's member
-- row stays, without names.  Where the other one is gone, too, or never saw it, it is dropped.
CREATE OR REPLACE FUNCTION chat.erase_from_two(p_c chat.conversation, p_account uuid)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_peer      chat.member;
    v_self      uuid;
BEGIN
    SELECT m.* INTO v_peer FROM chat.member m
    WHERE m.conversation = p_c.id AND m.account <> p_account;

    SELECT self INTO v_self FROM chat.account WHERE id = v_peer.account AND state <> 'erased';

    IF v_self IS NULL OR chat.member_unseen(v_peer) THEN
        PERFORM chat.conversation_drop(p_c.id);
        RETURN;
    END IF;

    UPDATE chat.conversation SET state = 'closed' WHERE id = p_c.id;
    UPDATE chat.private
    SET state = 'closed', reason = 'erased', key_package = NULL, expires = NULL, closed = now()
    WHERE conversation = p_c.id AND state <> 'closed';

    UPDATE chat.member SET blocked = NULL WHERE conversation = p_c.id;
    DELETE FROM chat.direct WHERE conversation = p_c.id;
    DELETE FROM chat.leaf WHERE conversation = p_c.id AND account = p_account;
    DELETE FROM chat.group_info WHERE conversation = p_c.id;

    PERFORM chat.append_account_entry(v_self, json_build_object('type', 'account_erased',
        'account', p_account, 'conversation', p_c.id));
END
$$;

-- erase_from_group(conversation, account): it is no member any more; the Removes of its devices'
-- leaves are waited for.  Another owner is found where it was the only one.
CREATE OR REPLACE FUNCTION chat.erase_from_group(p_c chat.conversation, p_account uuid)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM chat.member WHERE conversation = p_c.id AND account = p_account;

    IF NOT EXISTS (SELECT 1 FROM chat.member m JOIN chat.account a ON a.id = m.account
                   WHERE m.conversation = p_c.id AND a.state <> 'erased')
    THEN
        PERFORM chat.conversation_drop(p_c.id);
        RETURN;
    END IF;

    UPDATE chat.leaf SET pending = now()
    WHERE conversation = p_c.id AND account = p_account AND pending IS NULL;

    IF NOT EXISTS (SELECT 1 FROM chat.member WHERE conversation = p_c.id AND role = 'owner') THEN
        UPDATE chat.member SET role = 'owner'
        WHERE conversation = p_c.id AND account = (
            SELECT account FROM chat.member WHERE conversation = p_c.id
            ORDER BY role = 'admin' DESC, joined, account LIMIT 1);
    END IF;

    IF p_c.payload = 'opaque' THEN
        UPDATE chat.conversation SET last_seq = last_seq + 1, active = clock_timestamp()
        WHERE id = p_c.id;

        INSERT INTO chat.entry (conversation, seq, created, kind, body)
        VALUES (p_c.id, p_c.last_seq + 1, clock_timestamp(), 3,
            json_build_object('type', 'left', 'account', p_account));
    END IF;
END
$$;

-- conversation_drop(conversation): nobody sees it any more; upkeep removes it.
CREATE OR REPLACE FUNCTION chat.conversation_drop(p_conversation uuid)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE chat.conversation SET state = 'closed' WHERE id = p_conversation;
    DELETE FROM chat.member WHERE conversation = p_conversation;
    DELETE FROM chat.direct WHERE conversation = p_conversation;
    DELETE FROM chat.private WHERE conversation = p_conversation;
    INSERT INTO chat.conversation_dropped (conversation) VALUES (p_conversation)
    ON CONFLICT DO NOTHING;
END
$$;

-- erase_device(account, batch): the next of its sessions, revoked ones, too: at most batch rows of
-- each kind, and the session itself when it has none any more.
CREATE OR REPLACE FUNCTION chat.erase_device(p_account uuid, p_batch integer)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_session   uuid;
    v_most      integer;
    v_count     integer;
BEGIN
    SELECT id INTO v_session FROM chat.session WHERE account = p_account ORDER BY id LIMIT 1;

    IF NOT FOUND THEN
        UPDATE chat.erasure SET step = 3 WHERE account = p_account;
        RETURN;
    END IF;

    DELETE FROM chat.range r USING (
        SELECT conversation, session, from_seq FROM chat.range
        WHERE session = v_session LIMIT p_batch) old
    WHERE r.conversation = old.conversation AND r.session = old.session
        AND r.from_seq = old.from_seq;
    GET DIAGNOSTICS v_most = ROW_COUNT;

    DELETE FROM chat.key_package_claim c USING (
        SELECT ref, session FROM chat.key_package_claim
        WHERE session = v_session LIMIT p_batch) old
    WHERE c.ref = old.ref AND c.session = old.session;
    GET DIAGNOSTICS v_count = ROW_COUNT;
    v_most := greatest(v_most, v_count);

    DELETE FROM chat.key_package k USING (
        SELECT ref FROM chat.key_package WHERE session = v_session LIMIT p_batch) old
    WHERE k.ref = old.ref;
    GET DIAGNOSTICS v_count = ROW_COUNT;
    v_most := greatest(v_most, v_count);

    -- of a conversation that the account had left before
    UPDATE chat.leaf l SET pending = now() FROM (
        SELECT conversation, leaf FROM chat.leaf
        WHERE session = v_session AND pending IS NULL LIMIT p_batch) old
    WHERE l.conversation = old.conversation AND l.leaf = old.leaf;
    GET DIAGNOSTICS v_count = ROW_COUNT;

    IF greatest(v_most, v_count) < p_batch THEN
        DELETE FROM chat.session WHERE id = v_session;
    END IF;
END
$$;

-- erase_end(account): its archive is waited for, its audit entries lose what names it, and the row
-- goes with all that refers to it.
CREATE OR REPLACE FUNCTION chat.erase_end(p_account uuid)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM chat.archive WHERE account = p_account)
       OR chat.audit_pseudonymise(p_account)
    THEN
        RETURN;
    END IF;

    DELETE FROM chat.account WHERE id = p_account;
END
$$;

-- maintain_dropped(batch): removes a piece of a dropped conversation: at most batch entries, welcomes
-- and ranges, and the conversation itself when it has none any more.
CREATE OR REPLACE FUNCTION chat.maintain_dropped(p_batch integer)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_id        uuid;
    v_most      integer;
    v_count     integer;
BEGIN
    SELECT conversation INTO v_id FROM chat.conversation_dropped ORDER BY conversation LIMIT 1;

    IF NOT FOUND THEN
        RETURN;
    END IF;

    DELETE FROM chat.entry e USING (
        SELECT seq FROM chat.entry WHERE conversation = v_id ORDER BY seq LIMIT p_batch) old
    WHERE e.conversation = v_id AND e.seq = old.seq;
    GET DIAGNOSTICS v_most = ROW_COUNT;

    DELETE FROM chat.welcome w USING (
        SELECT seq FROM chat.welcome WHERE conversation = v_id ORDER BY seq LIMIT p_batch) old
    WHERE w.conversation = v_id AND w.seq = old.seq;
    GET DIAGNOSTICS v_count = ROW_COUNT;
    v_most := greatest(v_most, v_count);

    DELETE FROM chat.range r USING (
        SELECT session, from_seq FROM chat.range WHERE conversation = v_id LIMIT p_batch) old
    WHERE r.conversation = v_id AND r.session = old.session AND r.from_seq = old.from_seq;
    GET DIAGNOSTICS v_count = ROW_COUNT;

    IF greatest(v_most, v_count) < p_batch THEN
        DELETE FROM chat.conversation WHERE id = v_id;
    END IF;
END
$$;
