/* The table of problems, and their JSON (RFC 9457). */

#include "ngx_chat_problem.h"
#include "chat_json.h"


#define NGX_CHAT_PROBLEM_SIZE       768     /* of the JSON without members */
#define NGX_CHAT_PROBLEM_MEMBERS    2048    /* of a detail that SQL gave */
#define NGX_CHAT_RETRY_AFTER_MAX    86400


static const ngx_chat_problem_def_t  ngx_chat_problems[] = {

    { "invalid_json", 400, 0,
      "The body is not one JSON object as RFC 8259 has it; correct it." },
    { "invalid_frame", 400, 0,
      "The body is not exactly one payload frame; correct it." },
    { "invalid_parameter", 400, 0,
      "A parameter breaks its bound; correct the one named here." },
    { "missing_parameter", 400, 0,
      "A required parameter is missing; add the one named here." },
    { "unknown_parameter", 400, 0,
      "The operation has no such parameter; leave out the one named here." },
    { "invalid_request", 400, 0,
      "The request is not valid HTTP; correct it." },
    { "invalid_handshake", 400, 0,
      "The WebSocket handshake is not valid; see RFC 6455, and offer the "
      "subprotocol ngx-chat.v1 or none." },
    { "weak_password", 400, 0,
      "The password is too easy to guess; choose another, for the reason "
      "named here." },

    { "invalid_commit", 400, 0,
      "The commit breaks a rule of the group, for the reason named here." },
    { "invalid_message", 400, 0,
      "The payload is not a message to this group, for the reason named here." },
    { "invalid_passkey", 400, 0,
      "The passkey can't be taken, for the reason named here; ask for a new "
      "challenge." },
    { "invalid_certificate", 400, 0,
      "The certificate is not one of the account's key for this device and "
      "its signature key." },
    { "invalid_key_package", 400, 0,
      "A key package can't be taken, for the reason named here; nothing was "
      "stored." },

    { "unauthorized", 401, 0,
      "This needs a valid bearer token; sign in." },
    { "token_expired", 401, 0,
      "The token has expired; sign in again." },
    { "device_revoked", 401, 0,
      "This device was removed from the account; sign in as a new one." },
    { "invalid_credentials", 401, 0,
      "The name or address and the password don't belong together." },

    { "factor_required", 401, 0,
      "The password is right and not enough; send one of the factors named "
      "here, too." },
    { "factor_wrong", 401, 0,
      "The second factor is wrong, or was used before." },

    { "forbidden", 403, 0,
      "The account may not do this." },
    { "not_verified", 403, 0,
      "The account's address is not verified yet; confirm it first." },
    { "device_pending", 403, 0,
      "This device is not approved yet; approve it from another device of "
      "the account, or by its recovery key." },
    { "proof_required", 403, 0,
      "This needs a recent proof of who you are, by the factors named here; "
      "make one, then ask again." },
    { "account_suspended", 403, 0,
      "The account is suspended; ask who runs the server." },
    { "registration_closed", 403, 0,
      "This server takes no new accounts; ask who runs it." },
    { "invite_required", 403, 0,
      "This server takes new accounts by invitation only; ask who runs it." },
    { "invitation_invalid", 403, 0,
      "There is no such invitation, or it has expired or is used up; ask who "
      "runs the server for a new one." },
    { "origin_refused", 403, 0,
      "Pages of this origin may not connect; ask who runs the server." },

    { "private_fixed", 403, 0,
      "A private conversation belongs to two devices for ever, and this is "
      "neither or would change them." },

    { "unrecognized", 404, 0,
      "There is no such operation; compare the path with the API's "
      "description." },
    { "not_found", 404, 0,
      "There is no such thing, or the account doesn't see it." },
    { "method_not_allowed", 405, 0,
      "The path has other methods, named in Allow." },
    { "not_acceptable", 406, 0,
      "The answer has none of the types that the request accepts." },
    { "timeout", 408, 1,
      "The request did not arrive in time; send it again." },

    { "conflict", 409, 0,
      "The state of things has moved on; read it again." },
    { "username_taken", 409, 0,
      "Another account has this user name; choose another." },
    { "already_verified", 409, 0,
      "The account's address is verified already." },
    { "account_key_exists", 409, 0,
      "The account has another key; devices are approved with that one." },
    { "device_key_exists", 409, 0,
      "The device has another signature key in use, or another device has "
      "this one." },
    { "no_device_key", 409, 0,
      "The device has no signature key yet; set it first." },
    { "too_many_key_packages", 409, 0,
      "The device has its greatest number of key packages." },
    { "idempotency_conflict", 409, 0,
      "This id was used with other content; use a new one." },
    { "log_epoch_mismatch", 409, 0,
      "The server's log was restored from an earlier time; forget all "
      "sequence numbers and read everything again." },
    { "stale_epoch", 409, 0,
      "The group is in another epoch; read what was missed and send again." },
    { "conversation_closed", 409, 0,
      "The conversation takes no more entries." },
    { "blocked", 409, 0,
      "The account itself blocks the other one; it has to end that first." },
    { "too_many_blocks", 409, 0,
      "The account blocks as many others as it may." },
    { "replaced", 409, 0,
      "A newer connection of the same device took over." },
    { "no_second_factor", 409, 0,
      "The account has no second factor that backup codes could stand in "
      "for; add one first." },
    { "passkey_exists", 409, 0,
      "An account has this passkey already." },
    { "too_many_passkeys", 409, 0,
      "The account has its greatest number of passkeys; remove one first." },
    { "too_many_sessions", 409, 0,
      "The account has its greatest number of devices; remove one first." },
    { "too_many_conversations", 409, 0,
      "The account has its greatest number of conversations." },

    { "welcome_mismatch", 409, 0,
      "The Welcome is not for exactly the devices that the commit adds." },
    { "group_info_mismatch", 409, 0,
      "The GroupInfo is not that of the group after the commit, for the "
      "reason named here." },
    { "private_taken", 409, 0,
      "Another device accepted the private conversation." },
    { "too_many_offers", 409, 0,
      "The account has its greatest number of open offers." },

    { "expired", 410, 0,
      "This is no longer kept." },
    { "verification_expired", 410, 0,
      "The code or link has expired or was used up; ask for a new one." },
    { "precondition_failed", 412, 0,
      "It has changed since it was read; read it again." },
    { "payload_too_large", 413, 0,
      "The body is larger than the bound; send less." },
    { "uri_too_long", 414, 0,
      "The request line is longer than the bound." },
    { "unsupported_media_type", 415, 0,
      "The body's type is not one that the operation takes." },
    { "invalid_code", 422, 0,
      "The code or link is not the right one; attempts_left says how often "
      "it may be tried." },
    { "upgrade_required", 426, 0,
      "This takes a WebSocket of version 13 over HTTP/1.1." },
    { "rate_limited", 429, 1,
      "Too many requests; wait as long as Retry-After says." },
    { "headers_too_large", 431, 0,
      "The request's headers are larger than the bound." },

    { "internal", 500, 0,
      "The server failed; its log says more under request_id." },
    { "not_implemented", 501, 0,
      "The server does not do this." },
    { "bad_gateway", 502, 1,
      "A server behind this one failed; try again." },
    { "unavailable", 503, 1,
      "The server can't do this now and has not done it; try again." },
    { "overloaded", 503, 1,
      "The server has too much to do and has not done this; try again." },
    { "outcome_unknown", 503, 1,
      "The server lost sight of the request, which may have been carried "
      "out; repeat it with the same ids." },
    { "shutting_down", 503, 1,
      "This server process is ending; connect again." },
    { "gateway_timeout", 504, 1,
      "A server behind this one did not answer in time; try again." }
};

#define NGX_CHAT_PROBLEMS                                                     \
    (sizeof(ngx_chat_problems) / sizeof(ngx_chat_problem_def_t))


typedef struct {
    ngx_uint_t          status;
    const char         *code;
} ngx_chat_problem_status_t;

static const ngx_chat_problem_status_t  ngx_chat_problem_statuses[] = {
    { 400, "invalid_request" },
    { 401, "unauthorized" },
    { 403, "forbidden" },
    { 404, "unrecognized" },
    { 405, "method_not_allowed" },
    { 406, "not_acceptable" },
    { 408, "timeout" },
    { 409, "conflict" },
    { 410, "expired" },
    { 412, "precondition_failed" },
    { 413, "payload_too_large" },
    { 414, "uri_too_long" },
    { 415, "unsupported_media_type" },
    { 426, "upgrade_required" },
    { 429, "rate_limited" },
    { 431, "headers_too_large" },
    { 494, "headers_too_large" },       /* nginx's own number for it */
    { 500, "internal" },
    { 501, "not_implemented" },
    { 502, "bad_gateway" },
    { 503, "unavailable" },
    { 504, "gateway_timeout" },
    { 507, "unavailable" }
};


static const ngx_chat_problem_def_t *ngx_chat_problem_exact(const char *code,
    size_t len);


const ngx_chat_problem_def_t *
ngx_chat_problem_find(const char *code, size_t len)
{
    const ngx_chat_problem_def_t  *def;

    def = ngx_chat_problem_exact(code, len);

    if (def == NULL) {
        def = ngx_chat_problem_exact("internal", sizeof("internal") - 1);
    }

    return def;
}


static const ngx_chat_problem_def_t *
ngx_chat_problem_exact(const char *code, size_t len)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_CHAT_PROBLEMS; i++) {
        if (ngx_strlen(ngx_chat_problems[i].code) == len
            && ngx_memcmp(ngx_chat_problems[i].code, code, len) == 0)
        {
            return &ngx_chat_problems[i];
        }
    }

    return NULL;
}


const ngx_chat_problem_def_t *
ngx_chat_problem_for_status(ngx_uint_t status)
{
    ngx_uint_t                        i, n;
    const ngx_chat_problem_status_t  *s;

    s = ngx_chat_problem_statuses;
    n = sizeof(ngx_chat_problem_statuses) / sizeof(ngx_chat_problem_status_t);

    for (i = 0; i < n; i++) {
        if (s[i].status == status) {
            return ngx_chat_problem_find(s[i].code, ngx_strlen(s[i].code));
        }
    }

    if (status >= 400 && status < 500) {
        return ngx_chat_problem_find("invalid_request",
                                     sizeof("invalid_request") - 1);
    }

    return ngx_chat_problem_find("internal", sizeof("internal") - 1);
}


const ngx_chat_problem_def_t *
ngx_chat_problem_table(ngx_uint_t *n)
{
    *n = NGX_CHAT_PROBLEMS;

    return ngx_chat_problems;
}


ngx_int_t
ngx_chat_problem_from_pg(ngx_chat_problem_t *p, ngx_chat_pg_result_t *res,
    ngx_pool_t *pool)
{
    ngx_str_t                      message, detail;
    const char                    *state;
    const ngx_chat_problem_def_t  *def;

    ngx_memzero(p, sizeof(ngx_chat_problem_t));

    switch (ngx_chat_pg_status(res)) {

    case NGX_CHAT_PG_UNAVAILABLE:
        p->def = ngx_chat_problem_find("unavailable",
                                       sizeof("unavailable") - 1);
        return NGX_OK;

    case NGX_CHAT_PG_LOST:
        p->def = ngx_chat_problem_find("outcome_unknown",
                                       sizeof("outcome_unknown") - 1);
        return NGX_OK;

    default:
        break;
    }

    state = ngx_chat_pg_sqlstate(res);
    ngx_chat_pg_message(res, &message, &detail);

    if (state[0] == 'C' && state[1] == 'H') {
        def = ngx_chat_problem_exact((char *) message.data, message.len);

        if (def != NULL) {
            p->def = def;
            return ngx_chat_problem_members(p, &detail, pool);
        }
    }

    /*
     * What rolled back and may pass when repeated: deadlock, lock or statement timeout,
     * serialization; disk full, too many connections, shutdown; a read-only standby.
     */

    if (ngx_strncmp(state, "40", 2) == 0 || ngx_strncmp(state, "53", 2) == 0
        || ngx_strncmp(state, "55P03", 5) == 0
        || ngx_strncmp(state, "57", 2) == 0
        || ngx_strncmp(state, "58", 2) == 0
        || ngx_strncmp(state, "25006", 5) == 0)
    {
        p->def = ngx_chat_problem_find("unavailable",
                                       sizeof("unavailable") - 1);
        return NGX_OK;
    }

    p->def = ngx_chat_problem_find("internal", sizeof("internal") - 1);

    return NGX_OK;
}


ngx_int_t
ngx_chat_problem_members(ngx_chat_problem_t *p, ngx_str_t *detail,
    ngx_pool_t *pool)
{
    int64_t       seconds;
    const char   *error;
    chat_json_t  *json, *after;

    if (detail->len < 2 || detail->len > NGX_CHAT_PROBLEM_MEMBERS) {
        return NGX_OK;
    }

    json = chat_json_parse((char *) detail->data, detail->len, &error);
    if (json == NULL) {
        return NGX_OK;
    }

    after = chat_json_get(json, "retry_after");

    if (after != NULL && chat_json_type(after) == CHAT_JSON_INTEGER) {
        seconds = chat_json_integer(after);

        if (seconds > 0) {
            p->retry_after = ngx_min(seconds, NGX_CHAT_RETRY_AFTER_MAX);
        }
    }

    if (chat_json_size(json) > 0) {

        /* jansson took it for one object: the outermost braces are its ends */

        while (*detail->data != '{') {
            detail->data++;
            detail->len--;
        }

        while (detail->data[detail->len - 1] != '}') {
            detail->len--;
        }

        p->members.len = detail->len - 2;
        p->members.data = ngx_pnalloc(pool, p->members.len);

        if (p->members.data == NULL) {
            p->members.len = 0;
            chat_json_free(json);
            return NGX_ERROR;
        }

        ngx_memcpy(p->members.data, detail->data + 1, p->members.len);
    }

    chat_json_free(json);

    return NGX_OK;
}


ngx_int_t
ngx_chat_problem_json(ngx_chat_problem_t *p, ngx_str_t *request_id,
    ngx_pool_t *pool, ngx_str_t *out)
{
    size_t            size;
    u_char           *buf;
    char              type[128];
    size_t            len;
    chat_json_out_t   o;

    size = NGX_CHAT_PROBLEM_SIZE + chat_json_string_max(request_id->len)
           + p->members.len;

    buf = ngx_pnalloc(pool, size);
    if (buf == NULL) {
        return NGX_ERROR;
    }

    len = ngx_snprintf((u_char *) type, sizeof(type), "urn:ngx-chat:problem:%s",
                       p->def->code)
          - (u_char *) type;

    chat_json_out_init(&o, (char *) buf, size);
    chat_json_open(&o, '{');
    chat_json_out_key(&o, "type");
    chat_json_out_string(&o, type, len);
    chat_json_out_key(&o, "title");
    chat_json_out_string(&o, p->def->title, ngx_strlen(p->def->title));
    chat_json_out_key(&o, "status");
    chat_json_out_integer(&o, p->def->status);
    chat_json_out_key(&o, "code");
    chat_json_out_string(&o, p->def->code, ngx_strlen(p->def->code));
    chat_json_out_key(&o, "retryable");
    chat_json_out_boolean(&o, p->def->retryable);

    if (request_id->len) {
        chat_json_out_key(&o, "request_id");
        chat_json_out_string(&o, (char *) request_id->data, request_id->len);
    }

    if (p->members.len) {
        chat_json_out_raw(&o, (char *) p->members.data, p->members.len);
    }

    chat_json_close(&o, '}');

    if (o.overflow) {
        return NGX_ERROR;
    }

    out->data = buf;
    out->len = o.pos - o.start;

    return NGX_OK;
}
