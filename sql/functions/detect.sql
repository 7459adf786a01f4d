-- What the audit log shows: refusals, and what they add up to.  Each find is an entry itself, and
-- tells the account by mail where it concerns it.

-- audit_other(account, action, target, detail): an entry in the log of another account than the
-- caller's, which learns nothing of where the caller is.
CREATE OR REPLACE FUNCTION chat.audit_other(p_account uuid, p_action text, p_target text,
    p_detail jsonb)
RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_context   text := coalesce(current_setting('chat.context', true), '');
BEGIN
    PERFORM set_config('chat.context', '', true);
    PERFORM chat.audit(p_account, NULL, p_action, 'ok', p_target, p_detail);
    PERFORM set_config('chat.context', v_context, true);
END
$$;

-- context_network(): where the act of this transaction comes from, or NULL.
CREATE OR REPLACE FUNCTION chat.context_network()
RETURNS cidr LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_address   text := split_part(current_setting('chat.context', true), ' ', 1);
BEGIN
    RETURN CASE WHEN v_address ~ '^[0-9a-f.:]{2,39}/[0-9]{1,3}$' THEN v_address::cidr END;
END
$$;

-- act_refused(account, action, outcome, login): an act that the module refused, by the problem's
-- code.  account: whose act it was, NULL: unknown; login: a hash of what was given as the login of
-- an unknown one, else NULL.  A known and an unknown login cost the same.
-- No account and no network of unknown logins fills the log: past 100 and 500 refusals an hour
-- nothing is added but what is found.  Of one account's no network takes more than 20: else a few
-- would use them up, and those that follow would go unseen.
-- factor_required is never left out: it says that somebody knows the password.
CREATE OR REPLACE FUNCTION chat.act_refused(p_account uuid, p_action text, p_outcome text,
    p_login bytea)
RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    c_account   CONSTANT integer := 100;
    c_near      CONSTANT integer := 20;
    c_network   CONSTANT integer := 500;
    v_network   cidr := chat.context_network();
    v_target    text;
    v_count     integer;
    v_near      integer := 0;
BEGIN
    IF p_account IS NULL AND p_login IS NOT NULL THEN
        SELECT 'login:' || encode(substr(sha256(m.secret || p_login), 1, 12), 'hex') INTO v_target
        FROM chat.meta m;
    END IF;

    IF p_account IS NOT NULL THEN
        SELECT count(*), count(*) FILTER (WHERE e.address IS NOT DISTINCT FROM v_network)
        INTO v_count, v_near FROM (
            SELECT address FROM chat.audit_entry
            WHERE account = p_account AND outcome <> 'ok' AND at > now() - interval '1 hour'
            LIMIT c_account) e;
    ELSE
        SELECT count(*) - (c_network - c_account) INTO v_count FROM (
            SELECT 1 FROM chat.audit_entry
            WHERE coalesce(address, '0.0.0.0/0') = coalesce(v_network, '0.0.0.0/0')
                AND outcome <> 'ok' AND at > now() - interval '1 hour'
            LIMIT c_network) e;
    END IF;

    IF v_count < c_account AND v_near < c_near
       OR p_account IS NOT NULL AND p_outcome = 'factor_required'
    THEN
        PERFORM chat.audit(p_account, NULL, p_action, p_outcome, v_target);
    END IF;

    IF p_action = 'session.sign_in' THEN
        PERFORM chat.detect_failures(p_account, v_network);
    END IF;
END
$$;

-- detect_failures(account, network): after a sign-in that failed, of which many were for one
-- account from several networks, or from one network for several accounts, within the hour.
CREATE OR REPLACE FUNCTION chat.detect_failures(p_account uuid, p_network cidr)
RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    c_failures  CONSTANT integer := 10;     -- of one account
    c_networks  CONSTANT integer := 5;      -- they came from
    c_accounts  CONSTANT integer := 10;     -- tried from one network
    c_look      CONSTANT integer := 500;
    v_failures  integer;
    v_networks  integer;
    v_accounts  integer;
BEGIN
    SELECT count(*), count(DISTINCT address) INTO v_failures, v_networks FROM (
        SELECT e.address FROM chat.audit_entry e
        WHERE e.account = p_account AND e.outcome <> 'ok' AND e.at > now() - interval '1 hour'
            AND e.action = 'session.sign_in'
        ORDER BY e.at DESC LIMIT c_look) f;

    SELECT count(DISTINCT who) INTO v_accounts FROM (
        SELECT coalesce(e.account::text, e.target) AS who FROM chat.audit_entry e
        WHERE coalesce(e.address, '0.0.0.0/0') = p_network AND e.outcome <> 'ok'
            AND e.at > now() - interval '1 hour' AND e.action = 'session.sign_in'
        ORDER BY e.at DESC LIMIT c_look) f;

    IF v_failures >= c_failures AND v_networks >= c_networks THEN
        PERFORM chat.detected(p_account, 'detect.many_failures', p_account::text, '1 hour',
            jsonb_build_object('failures', v_failures, 'networks', v_networks));
    END IF;

    IF v_accounts >= c_accounts THEN
        PERFORM chat.detected(NULL, 'detect.many_accounts', p_network::text, '1 hour',
            jsonb_build_object('accounts', v_accounts));
    END IF;
END
$$;

-- detect_network(account): before a sign-in's entry: whether it comes from a network of the size of a
-- provider or a small country (a /16, of IPv6 a /32) where none of the account's last 500 sign-ins
-- that are kept came from.  Where nothing is known, nothing is new.
CREATE OR REPLACE FUNCTION chat.detect_network(p_account uuid)
RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    c_look      CONSTANT integer := 500;
    v_network   cidr := chat.context_network();
    v_wide      cidr := set_masklen(v_network, CASE family(v_network) WHEN 4 THEN 16 ELSE 32 END);
    v_new       boolean;
BEGIN
    SELECT NOT bool_or(e.address <<= v_wide) INTO v_new FROM (
        SELECT o.address FROM chat.audit_entry o
        WHERE o.account = p_account AND o.outcome = 'ok' AND o.address IS NOT NULL
            AND o.action IN ('session.sign_in', 'account.register')
        ORDER BY o.id DESC LIMIT c_look) e;

    IF v_new AND v_wide IS NOT NULL THEN
        PERFORM chat.detected(p_account, 'detect.new_network', v_wide::text, '1 day', NULL);
    END IF;
END
$$;

-- detect_claims(account): after a claim of its key packages: a burst uses them up, so that
-- last resorts are left.
CREATE OR REPLACE FUNCTION chat.detect_claims(p_account uuid)
RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    c_claims    CONSTANT integer := 60;
    c_within    CONSTANT interval := '10 minutes';
    v_claims    integer;
BEGIN
    SELECT count(*) INTO v_claims FROM (
        SELECT 1 FROM chat.session s JOIN chat.key_package k ON k.session = s.id
        WHERE s.account = p_account AND s.revoked IS NULL AND k.claimed > now() - c_within
            AND NOT k.last_resort
        LIMIT c_claims) c;

    IF v_claims >= c_claims THEN
        PERFORM chat.detected(p_account, 'detect.key_package_burst', NULL, '1 hour', NULL);
    END IF;
END
$$;

-- detected(account, action, target, every, detail): an entry and a mail, once in so long for the same
-- account and target.
CREATE OR REPLACE FUNCTION chat.detected(p_account uuid, p_action text, p_target text,
    p_every interval, p_detail jsonb)
RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    -- one at a time, and whoever waited looks again
    PERFORM pg_advisory_xact_lock(hashtext(p_action),
                                  hashtext(coalesce(p_account::text, p_target)));

    IF EXISTS (SELECT 1 FROM chat.audit_entry e
               WHERE e.action = p_action AND e.action LIKE 'detect.%'
                   AND coalesce(e.account, '00000000-0000-0000-0000-000000000000')
                       = coalesce(p_account, '00000000-0000-0000-0000-000000000000')
                   AND coalesce(e.target, '') = coalesce(p_target, '')
                   AND e.at > now() - p_every)
    THEN
        RETURN;
    END IF;

    PERFORM chat.audit_other(p_account, p_action, p_target, p_detail);

    IF p_account IS NOT NULL THEN
        PERFORM chat.detect_mail(p_account, p_action, p_target);
    END IF;
END
$$;

-- detect_mail(account, action, target): tells a verified account by mail, three times a day at most.
CREATE OR REPLACE FUNCTION chat.detect_mail(p_account uuid, p_action text, p_target text)
RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    c_per_day   CONSTANT integer := 3;
    c_per_hour  CONSTANT integer := 10;     -- with all other mails to the address
    a           chat.account;
BEGIN
    SELECT * INTO a FROM chat.account WHERE id = p_account AND state = 'active';

    IF NOT FOUND OR (
        SELECT count(*) FROM (
            SELECT 1 FROM chat.mail m
            WHERE lower(m.recipient) = lower(a.email) AND m.created > now() - interval '1 day'
                AND m.template IN ('many_failures', 'new_network', 'key_package_burst')
            LIMIT c_per_day) m) >= c_per_day
    THEN
        RETURN;
    END IF;

    PERFORM chat.mail_queue(a.id, substr(p_action, length('detect.') + 1), a.email,
        json_build_object('username', a.username, 'display_name', a.display_name,
            'network', CASE p_action WHEN 'detect.new_network' THEN p_target ELSE '' END,
            'time', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI "UTC"')),
        c_per_hour);
END
$$;
