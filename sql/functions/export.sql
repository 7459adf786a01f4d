-- What the server holds on an account, for its owner: docs/export.md describes it.

-- export_sections(): what an export has, in order.  source and mine: the rows `t` of the account $1;
-- key: what orders them within the section, as text; most: rows read at once, fewer where they are
-- large.  Of a row all columns are told but secrets: see export_item().
CREATE OR REPLACE FUNCTION chat.export_sections()
RETURNS TABLE (number integer, type text, source text, mine text, key text, most integer)
LANGUAGE sql IMMUTABLE AS $$
    VALUES
    (1, 'account', 'chat.account t', 't.id = $1', 't.id::text', 10),
    (2, 'device', 'chat.session t', 't.account = $1', 't.id::text', 100),
    (3, 'verification', 'chat.verification t', 't.account = $1', 't.id::text', 100),
    (4, 'recovery', 'chat.recovery t', 't.account = $1', 't.account::text', 10),
    (5, 'block', 'chat.block t', 't.account = $1', 't.target::text', 500),
    (6, 'member', 'chat.member t', 't.account = $1', 't.conversation::text', 500),
    (7, 'conversation', 'chat.conversation t',
     't.id IN (SELECT m.conversation FROM chat.member m WHERE m.account = $1
               AND NOT chat.member_unseen(m))', 't.id::text', 500),
    (8, 'range', 'chat.range t JOIN chat.session s ON s.id = t.session', 's.account = $1',
     't.session || ''/'' || t.conversation || ''/'' || lpad(t.from_seq::text, 19, ''0'')', 500),
    (9, 'entry', NULL, NULL, NULL, 200),
    (10, 'leaf', 'chat.leaf t JOIN chat.session s ON s.id = t.session', 's.account = $1',
     't.conversation || ''/'' || lpad(t.leaf::text, 10, ''0'')', 500),
    (11, 'private', 'chat.private t JOIN chat.member m ON m.conversation = t.conversation',
     'm.account = $1 AND NOT chat.member_unseen(m)', 't.conversation::text', 500),
    (12, 'link', 'chat.link t JOIN chat.session s ON s.id = t.session', 's.account = $1',
     't.session::text', 10),
    (13, 'key_package', 'chat.key_package t JOIN chat.session s ON s.id = t.session',
     's.account = $1', 'encode(t.ref, ''hex'')', 50),
    (14, 'key_package_claim', 'chat.key_package_claim t JOIN chat.session s ON s.id = t.session',
     's.account = $1', 'encode(t.ref, ''hex'') || ''/'' || t.session', 500),
    (15, 'archive', 'chat.archive t', 't.account = $1 AND t.dropped IS NULL', 't.id::text', 10),
    (16, 'archive_day', 'chat.archive_day t', 't.account = $1', 't.account::text', 10),
    (17, 'archive_part', 'chat.archive_part t JOIN chat.archive a ON a.id = t.archive',
     'a.account = $1 AND a.dropped IS NULL', 't.archive || ''/'' || lpad(t.part::text, 10, ''0'')', 2),
    (18, 'mail', 'chat.mail t', 't.account = $1', 'lpad(t.id::text, 19, ''0'')', 500),
    (19, 'audit', 'chat.audit_entry t', 't.account = $1', 'lpad(t.id::text, 19, ''0'')', 500),
    (20, 'password_reset', 'chat.password_reset t', 't.account = $1', 't.id::text', 100),
    (21, 'email_change', 'chat.email_change t', 't.account = $1', 't.id::text', 100),
    (22, 'email_revert', 'chat.email_revert t', 't.account = $1', 't.id::text', 100),
    (23, 'totp', 'chat.totp t', 't.account = $1', 't.account::text', 10),
    (24, 'totp_guard', 'chat.totp_guard t', 't.account = $1', 't.device::text', 100),
    (25, 'passkey', 'chat.passkey t', 't.account = $1', 't.id::text', 100);
$$;

-- export_item(type, row): a row as it is told.  Not told: hashes (of passwords, tokens, codes), secrets
-- of factors, what a waiting mail says (codes, too), and what would tell of another one's block, or
-- that an address is another one's: see mail_said().
CREATE OR REPLACE FUNCTION chat.export_item(p_type text, p_row jsonb)
RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT (jsonb_build_object('type', p_type) || coalesce((
        SELECT jsonb_object_agg(key, CASE WHEN p_type = 'mail' AND key = 'template'
                                          THEN to_jsonb(chat.mail_said(value #>> '{}'))
                                          ELSE value END)
        FROM jsonb_each(p_row)
        WHERE key !~ '(^|_)(hash|secret|salt)$' AND NOT (p_type = 'mail' AND key = 'params')
            AND NOT (p_type = 'totp' AND key = 'pending')
            AND NOT (p_type = 'email_change' AND key = 'taken')
            AND NOT (p_type = 'conversation' AND key IN ('masked', 'membership_version'))), '{}'))::text;
$$;

-- account_export_rows(account, cursor, bytes): the next part of an export, of about that size: rows
-- with an item each (a JSON object), then one without an item, whose next is the cursor of the part
-- after it; NULL: that was all.  CH400 invalid_parameter (cursor).
CREATE OR REPLACE FUNCTION chat.account_export_rows(p_account uuid, p_cursor text DEFAULT NULL,
    p_bytes integer DEFAULT 524288)
RETURNS TABLE (item text, next text)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    c_looked    CONSTANT integer := 5000;
    v_cursor    text := '1:';
    v_section   integer;
    v_position  text;
    v_bytes     bigint := 0;
    v_looked    integer := 0;
    v_found     boolean;
    s           record;
    r           record;
BEGIN
    IF p_cursor IS NOT NULL THEN
        v_cursor := convert_from(nullif(chat.base64url_decode(p_cursor), ''), 'UTF8');
    END IF;

    IF v_cursor IS NULL OR v_cursor !~ '^[0-9]{1,2}:[0-9a-f/-]{0,160}$' THEN
        PERFORM chat.invalid('cursor', 'the next of an earlier answer');
    END IF;

    v_section := split_part(v_cursor, ':', 1)::integer;
    v_position := split_part(v_cursor, ':', 2);

    FOR s IN SELECT * FROM chat.export_sections() x WHERE x.number >= v_section ORDER BY x.number LOOP
        IF s.number > v_section THEN
            v_section := s.number;
            v_position := '';
        END IF;

        LOOP
            v_found := false;

            FOR r IN EXECUTE CASE WHEN s.type = 'entry'
                THEN 'SELECT * FROM chat.export_entries($1, $2, $3)'
                ELSE format('SELECT (%1$s) COLLATE "C" AS position, to_jsonb(t) AS row FROM %2$s '
                            'WHERE %3$s AND (%1$s) COLLATE "C" > $2 ORDER BY 1 LIMIT $3',
                            s.key, s.source, s.mine) END
                USING p_account, v_position, s.most
            LOOP
                v_found := true;
                v_looked := v_looked + 1;
                v_position := r.position;

                IF r.row IS NOT NULL THEN
                    item := chat.export_item(s.type, r.row);
                    next := NULL;
                    v_bytes := v_bytes + octet_length(item);
                    RETURN NEXT;
                END IF;

                EXIT WHEN v_bytes >= p_bytes OR v_looked >= c_looked;
            END LOOP;

            IF v_bytes >= p_bytes OR v_looked >= c_looked THEN
                item := NULL;
                next := chat.base64url(convert_to(v_section || ':' || v_position, 'UTF8'));
                RETURN NEXT;
                RETURN;
            END IF;

            EXIT WHEN NOT v_found;
        END LOOP;
    END LOOP;

    item := NULL;
    next := NULL;
    RETURN NEXT;
EXCEPTION WHEN character_not_in_repertoire THEN
    PERFORM chat.invalid('cursor', 'the next of an earlier answer');
END
$$;

-- export_entries(account, position, count): looks at the next count entries of the account's
-- conversations and gives those that it sent or one of its devices may read, with the Welcome for
-- them; the last row is where it came to, perhaps without one.  position: CONVERSATION/SEQ.
CREATE OR REPLACE FUNCTION chat.export_entries(p_account uuid, p_position text, p_count integer)
RETURNS TABLE ("position" text, "row" jsonb)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
    c_bytes     CONSTANT integer := 2097152;
    v_from      uuid := '00000000-0000-0000-0000-000000000000';
    v_after     bigint := 0;
    v_looked    integer := 0;
    v_bytes     bigint := 0;
    v_sessions  uuid[];
    c           uuid;
    e           chat.entry;
BEGIN
    IF p_position ~ '^[0-9a-f-]{36}/[0-9]{1,19}$' THEN
        v_from := split_part(p_position, '/', 1)::uuid;
        v_after := split_part(p_position, '/', 2)::bigint;
    ELSIF p_position <> '' THEN
        PERFORM chat.invalid('cursor', 'the next of an earlier answer');
    END IF;

    v_sessions := ARRAY(SELECT id FROM chat.session WHERE account = p_account);

    FOR c IN
        SELECT m.conversation FROM chat.member m
        WHERE m.account = p_account AND m.conversation >= v_from AND NOT chat.member_unseen(m)
        UNION
        SELECT r.conversation FROM chat.range r
        WHERE r.session = ANY (v_sessions) AND r.conversation >= v_from AND r.to_seq >= r.from_seq
        ORDER BY 1
    LOOP
        FOR e IN
            SELECT o.* FROM chat.entry o
            WHERE o.conversation = c
                AND o.seq > CASE WHEN c = v_from THEN v_after ELSE 0 END
            ORDER BY o.seq LIMIT p_count - v_looked
        LOOP
            position := c || '/' || e.seq;
            row := NULL;
            v_looked := v_looked + 1;

            IF e.sender = p_account OR EXISTS (
                SELECT 1 FROM chat.range r
                WHERE r.conversation = c AND r.session = ANY (v_sessions)
                    AND e.seq >= r.from_seq AND e.seq <= coalesce(r.to_seq, e.seq))
            THEN
                row := to_jsonb(e) || coalesce((
                    SELECT jsonb_build_object('welcome', w.payload) FROM chat.welcome w
                    WHERE w.conversation = c AND w.seq = e.seq AND w.sessions && v_sessions), '{}');
                v_bytes := v_bytes + coalesce(octet_length(e.payload), 0);
            END IF;

            IF row IS NOT NULL OR v_looked = p_count THEN
                RETURN NEXT;
            END IF;

            EXIT WHEN v_bytes >= c_bytes;
        END LOOP;

        EXIT WHEN v_looked >= p_count OR v_bytes >= c_bytes;
    END LOOP;
END
$$;

-- account_export(account, session, cursor): 200 {items:[…], next}: one page; see account_export_rows().
-- An entry of the audit log for the first page, and for any that comes without one of this session
-- within the last hour: cursors can be made up.
-- CH403 proof_required: each page wants a proof.
CREATE OR REPLACE FUNCTION chat.account_export(p_account uuid, p_session uuid, p_cursor text)
RETURNS chat.reply LANGUAGE plpgsql AS $$
DECLARE
    c_look      CONSTANT integer := 500;
    v_reply     chat.reply;
BEGIN
    PERFORM chat.proof_need(p_account, p_session);

    SELECT '{"items":[' || coalesce(string_agg(r.item, ','), '') || '],"next":'
           || coalesce(to_json(max(r.next))::text, 'null') || '}'
    INTO v_reply.body
    FROM chat.account_export_rows(p_account, p_cursor) r;

    IF p_cursor IS NULL OR NOT EXISTS (
        SELECT 1 FROM (SELECT e.action, e.session, e.at FROM chat.audit_entry e
                       WHERE e.account = p_account ORDER BY e.id DESC LIMIT c_look) l
        WHERE l.action = 'account.export' AND l.session = p_session
            AND l.at > now() - interval '1 hour')
    THEN
        PERFORM chat.audit(p_account, p_session, 'account.export');
    END IF;

    v_reply.status := 200;

    RETURN v_reply;
END
$$;
