-- What is told to running workers, of every node, by who is none of them.

-- tell(account, reply): does for an act of the operator what a worker does with an operation's
-- reply once it is committed: sockets of the account's sessions in revoked are closed with
-- close_code and their caches purged, devices hear of entries in the conversations of announce.
-- A notification is heard after the commit, by who listens then; whoever doesn't finds out by
-- looking: sends and logs check their session, sockets look again within chat_recheck.
CREATE OR REPLACE FUNCTION chat.tell(p_account uuid, p_reply chat.reply)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    c_channel   CONSTANT text := 'ngx_chat';
    c_uuids     CONSTANT integer := 200;    -- in one notification, which has 8000 bytes at most
    v_first     integer;
BEGIN
    FOR v_first IN 1 .. coalesce(cardinality(p_reply.revoked), 0) BY c_uuids LOOP
        PERFORM pg_notify(c_channel, concat_ws(' ', 'revoke', p_account, p_reply.close_code,
            array_to_string(p_reply.revoked[v_first:v_first + c_uuids - 1], ' ')));
    END LOOP;

    FOR v_first IN 1 .. coalesce(cardinality(p_reply.announce), 0) BY c_uuids LOOP
        PERFORM pg_notify(c_channel, concat_ws(' ', 'hint',
            array_to_string(p_reply.announce[v_first:v_first + c_uuids - 1], ' ')));
    END LOOP;
END
$$;

-- session_tell(): whatever signs a device out or revokes it is told to all nodes; the worker that
-- did it has told those of its own node already.
CREATE OR REPLACE FUNCTION chat.session_tell()
RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_reply     chat.reply;
BEGIN
    v_reply.revoked := ARRAY[NEW.id];
    v_reply.close_code := CASE WHEN NEW.revoked IS NULL THEN 4401 ELSE 4403 END;
    PERFORM chat.tell(NEW.account, v_reply);
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER session_tell AFTER UPDATE OF token_hash ON chat.session
    FOR EACH ROW WHEN (OLD.token_hash IS NOT NULL AND NEW.token_hash IS NULL)
    EXECUTE FUNCTION chat.session_tell();
