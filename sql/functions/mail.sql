-- The outbox: written with the change that causes it, taken by any worker.

-- mail_queue(account, template, recipient, params, per_hour): queues one mail unless the address
-- got per_hour mails in the last hour (NULL: no bound).  Whether it did.
--   template: verify {code, link, username, display_name}, exists {username}, test {}
CREATE OR REPLACE FUNCTION chat.mail_queue(p_account uuid, p_template text, p_recipient text,
    p_params json, p_per_hour integer)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(*) FROM (
            SELECT 1 FROM chat.mail WHERE lower(recipient) = lower(p_recipient)
                AND created > now() - interval '1 hour' LIMIT p_per_hour) m) >= p_per_hour
    THEN
        RETURN false;
    END IF;

    INSERT INTO chat.mail (account, template, recipient, params)
    VALUES (p_account, p_template, p_recipient, p_params);

    RETURN true;
END
$$;

-- mail_said(template): as what a mail is told to the account that caused it.  What an address gets that
-- is another one's already must look like what it would get else.
CREATE OR REPLACE FUNCTION chat.mail_said(p_template text)
RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE p_template WHEN 'email_taken' THEN 'email_change' WHEN 'exists' THEN 'verify'
           ELSE p_template END;
$$;

-- mail_room(recipient, templates, per_hour): whether the address got fewer mails of these kinds in the
-- last hour.  Others don't count: how many it got would show.  Who asks at once waits for each other.
CREATE OR REPLACE FUNCTION chat.mail_room(p_recipient text, p_templates text[],
    p_per_hour integer)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(lower(p_recipient), 6));

    RETURN (SELECT count(*) FROM (
        SELECT 1 FROM chat.mail
        WHERE lower(recipient) = lower(p_recipient) AND template = ANY (p_templates)
            AND created > now() - interval '1 hour'
        LIMIT p_per_hour) m) < p_per_hour;
END
$$;

-- notice(account, template, params, recipient): tells an account's owner by mail what happened, with
-- when and from which network (of chat.context()); params: a JSON object of more that the template has
-- placeholders for; recipient: another address than the account's.  At most 20 an hour of one kind.
-- Whether it was queued.
CREATE OR REPLACE FUNCTION chat.notice(a chat.account, p_template text,
    p_params jsonb DEFAULT '{}', p_recipient text DEFAULT NULL)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    c_per_hour  CONSTANT integer := 20;
    v_recipient text := coalesce(p_recipient, a.email);
BEGIN
    IF a.state = 'unverified' OR (SELECT count(*) FROM (
            SELECT 1 FROM chat.mail WHERE lower(recipient) = lower(v_recipient)
                AND template = p_template AND created > now() - interval '1 hour'
            LIMIT c_per_hour) m) >= c_per_hour
    THEN
        RETURN false;
    END IF;

    INSERT INTO chat.mail (account, template, recipient, params)
    VALUES (a.id, p_template, v_recipient, (jsonb_build_object(
        'username', a.username, 'display_name', a.display_name,
        'time', to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI "UTC"'),
        'network', coalesce(host(chat.context_network()) || '/'
                            || masklen(chat.context_network()), 'an unknown network'))
        || p_params)::json);

    RETURN true;
END
$$;

-- mail_take(limit, lease_seconds): up to limit (1..100) mails that are due, leased to the caller;
-- who doesn't say mail_done() before the lease ends lets another take them.
-- Rows: id, template, recipient, params (JSON text), attempts (this one counted), created.
CREATE OR REPLACE FUNCTION chat.mail_take(p_limit integer, p_lease_seconds integer)
RETURNS TABLE (id bigint, template text, recipient text, params text, attempts integer,
    created timestamptz)
LANGUAGE sql VOLATILE AS $$
    UPDATE chat.mail m
    SET attempts = m.attempts + 1,
        next_try = now() + make_interval(secs => p_lease_seconds)
    FROM (SELECT w.id FROM chat.mail w
          WHERE w.done IS NULL AND w.next_try <= now()
          ORDER BY w.next_try
          LIMIT least(greatest(p_limit, 1), 100)
          FOR UPDATE SKIP LOCKED) due
    WHERE m.id = due.id
    RETURNING m.id, m.template, m.recipient, m.params::text, m.attempts, m.created;
$$;

-- mail_done(id, verdict, error): what became of a mail that was taken.
--   verdict: sent | retry (temporary: later, with backoff and jitter) | refused (permanent)
--   error: the reason, cut to 500 characters; NULL when sent
-- The verdict that holds: sent, retry, refused, given_up (16 attempts or 48 hours), or NULL when
-- the mail was done already.  What is refused or given up leaves an audit row.
CREATE OR REPLACE FUNCTION chat.mail_done(p_id bigint, p_verdict text, p_error text)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    c_attempts  CONSTANT integer := 16;
    c_age       CONSTANT interval := '48 hours';
    c_first     CONSTANT integer := 15;     -- seconds
    c_longest   CONSTANT integer := 3600;
    v_mail      chat.mail;
    v_verdict   text := p_verdict;
BEGIN
    IF p_verdict NOT IN ('sent', 'retry', 'refused') OR p_verdict IS NULL THEN
        PERFORM chat.invalid('verdict', 'sent, retry or refused');
    END IF;

    SELECT * INTO v_mail FROM chat.mail m WHERE m.id = p_id AND m.done IS NULL FOR UPDATE;

    IF NOT FOUND THEN
        RETURN NULL;
    END IF;

    IF v_verdict = 'retry'
       AND (v_mail.attempts >= c_attempts OR v_mail.created < now() - c_age)
    THEN
        v_verdict := 'given_up';
    END IF;

    IF v_verdict = 'retry' THEN
        UPDATE chat.mail m
        SET last_error = left(p_error, 500), failed = now(),
            next_try = now() + make_interval(secs =>
                least(c_first * 2 ^ (v_mail.attempts - 1), c_longest) * (0.75 + random() / 2))
        WHERE m.id = p_id;

        RETURN v_verdict;
    END IF;

    UPDATE chat.mail m
    SET done = now(), verdict = v_verdict, params = '{}',
        last_error = CASE WHEN v_verdict = 'sent' THEN m.last_error ELSE left(p_error, 500) END,
        failed = CASE WHEN v_verdict = 'sent' THEN m.failed ELSE now() END
    WHERE m.id = p_id;

    IF v_verdict <> 'sent' THEN
        PERFORM chat.audit(v_mail.account, NULL, 'mail.' || v_verdict, 'ok', p_id::text,
            jsonb_build_object('template', chat.mail_said(v_mail.template), 'attempts', v_mail.attempts,
                               'error', left(p_error, 500)));
    END IF;

    RETURN v_verdict;
END
$$;

-- mail_state(): for metrics.  One row: depth (waiting), oldest_age (seconds, 0 when none waits),
-- last_error (NULL when none in the last day), last_error_at.
CREATE OR REPLACE FUNCTION chat.mail_state()
RETURNS TABLE (depth bigint, oldest_age double precision, last_error text,
    last_error_at timestamptz)
LANGUAGE sql STABLE AS $$
    SELECT w.depth, w.oldest_age, e.last_error, e.failed
    FROM (SELECT count(*) AS depth,
                 coalesce(extract(epoch FROM now() - min(created)), 0)::double precision
                     AS oldest_age
          FROM chat.mail WHERE done IS NULL) w
    LEFT JOIN (SELECT m.last_error, m.failed FROM chat.mail m
               WHERE m.failed > now() - interval '1 day'
               ORDER BY m.failed DESC LIMIT 1) e ON true;
$$;
