-- Linking: a pending device and an approved one find out that they are the same person's.  The
-- server is their mailbox; what they say is theirs.

-- link_put(account, session, device, step, data): one step of the linking of a device.
--   offer, reveal: by the pending device itself; answer, sealed: by an approved one; in the order
--   offer, answer, reveal (which may be left out), sealed.  An offer starts anew and lets the
--   linking expire 10 minutes later.  cancel: by either.
-- 200, the device with its link; so for the repeat of a step.  announce: the self conversation.
-- CH404 not_found; CH403 forbidden: the step is the other side's; CH409 conflict: not its turn;
-- CH400 missing_parameter, invalid_parameter (data).
CREATE OR REPLACE FUNCTION chat.link_put(p_account uuid, p_session uuid, p_device uuid,
    p_step text, p_data bytea)
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    v_account   chat.account;
    v_device    chat.session;
    v_changed   boolean;
    v_reply     chat.reply;
BEGIN
    IF p_step = 'cancel' AND p_data IS NOT NULL THEN
        PERFORM chat.invalid('data', 'none where the step is cancel');
    ELSIF p_step <> 'cancel' AND p_data IS NULL THEN
        PERFORM chat.fail('CH400', 'missing_parameter', json_build_object('parameter', 'data'));
    END IF;

    v_account := chat.account_lock(p_account);
    PERFORM chat.lock_conversations(ARRAY[v_account.self]);
    v_device := chat.device_lock(p_account, p_device);

    IF NOT chat.link_may(v_device, p_session, p_step) THEN
        PERFORM chat.fail('CH403', 'forbidden');
    END IF;

    v_changed := chat.link_step(p_device, p_step, p_data);
    v_reply := chat.device_reply(p_device, p_session, 200);

    IF v_changed THEN
        PERFORM chat.append_account_entry(v_account.self, json_build_object(
            'type', 'device_link', 'device', p_device, 'step', p_step));
        v_reply.announce := ARRAY[v_account.self];
    END IF;

    RETURN v_reply;
END
$$;

-- link_may(device, session, step): whether the step is this session's.
CREATE OR REPLACE FUNCTION chat.link_may(p_device chat.session, p_session uuid, p_step text)
RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN p_step IN ('offer', 'reveal')
        THEN p_session = p_device.id AND p_device.state = 'pending'
        WHEN p_step = 'cancel' AND p_session = p_device.id THEN true
        ELSE p_session <> p_device.id AND EXISTS (
            SELECT 1 FROM chat.session s
            WHERE s.id = p_session AND s.account = p_device.account AND s.state = 'approved'
                AND s.revoked IS NULL)
        END;
$$;

-- link_step(device, step, data): takes the step; false: it was taken before.  CH409 conflict.
CREATE OR REPLACE FUNCTION chat.link_step(p_device uuid, p_step text, p_data bytea)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    l           chat.link;
    v_before    bytea;
BEGIN
    IF p_step = 'cancel' THEN
        DELETE FROM chat.link WHERE session = p_device;
        RETURN FOUND;
    ELSIF p_step = 'offer' THEN
        INSERT INTO chat.link AS o (session, offer, expires)
        VALUES (p_device, p_data, now() + interval '10 minutes')
        ON CONFLICT (session) DO UPDATE
        SET offer = excluded.offer, answer = NULL, reveal = NULL, sealed = NULL,
            expires = excluded.expires;
        RETURN true;
    END IF;

    SELECT * INTO l FROM chat.link WHERE session = p_device AND expires > now();

    v_before := CASE p_step WHEN 'answer' THEN l.answer WHEN 'reveal' THEN l.reveal
                ELSE l.sealed END;

    IF v_before = p_data THEN
        RETURN false;
    ELSIF l.session IS NULL OR v_before IS NOT NULL OR l.sealed IS NOT NULL
          OR (l.answer IS NULL) <> (p_step = 'answer')
    THEN
        PERFORM chat.fail('CH409', 'conflict');
    END IF;

    UPDATE chat.link
    SET answer = CASE p_step WHEN 'answer' THEN p_data ELSE answer END,
        reveal = CASE p_step WHEN 'reveal' THEN p_data ELSE reveal END,
        sealed = CASE p_step WHEN 'sealed' THEN p_data ELSE sealed END
    WHERE session = p_device;

    RETURN true;
END
$$;
