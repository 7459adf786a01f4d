-- Devices: the account key, certificates, approval, revocation.

-- device_gone(session): what a revoked device leaves behind goes.  Its conversations are locked by
-- the caller, session_revoke_one().
CREATE OR REPLACE FUNCTION chat.device_gone(p_session uuid)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM chat.key_package WHERE session = p_session;
    DELETE FROM chat.link WHERE session = p_session;
    PERFORM chat.group_device_gone(p_session);
END
$$;
