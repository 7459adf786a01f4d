/* What a database function answered, carried out: announcements, revocations, the answer. */

#include "ngx_chat_run.h"
#include "ngx_chat_route.h"
#include "ngx_chat_maintain.h"


#define NGX_CHAT_REPLY_UUIDS        8192    /* announced or revoked by one operation */
#define NGX_CHAT_REPLY_DEVICE       4403    /* close code: devices ended for ever */

typedef enum {
    NGX_CHAT_REPLY_STATUS = 0,
    NGX_CHAT_REPLY_BODY,
    NGX_CHAT_REPLY_ETAG,
    NGX_CHAT_REPLY_ANNOUNCE,
    NGX_CHAT_REPLY_REVOKED,
    NGX_CHAT_REPLY_CLOSE
} ngx_chat_reply_column_e;

typedef struct {
    ngx_chat_call_t    *call;
    unsigned            returned:1;     /* ngx_chat_route_revoke() did */
    unsigned            confirmed:1;
} ngx_chat_reply_revoke_t;


static void ngx_chat_reply_refusal(ngx_chat_call_t *call,
    ngx_chat_pg_result_t *res);
static ngx_int_t ngx_chat_reply_text(ngx_chat_call_t *call,
    ngx_chat_pg_result_t *res, ngx_uint_t col, ngx_str_t *out);
static ngx_int_t ngx_chat_reply_uuids(ngx_chat_call_t *call,
    ngx_chat_pg_result_t *res, ngx_uint_t col, u_char **ids, ngx_uint_t *n);
static void ngx_chat_reply_revoke(ngx_chat_call_t *call, u_char *sessions,
    ngx_uint_t n, ngx_uint_t code);
static void ngx_chat_reply_confirmed(void *data);


void
ngx_chat_call_reply(ngx_chat_call_t *call, ngx_chat_pg_result_t *res)
{
    ngx_chat_call_reply_edited(call, res, NULL);
}


void
ngx_chat_call_reply_edited(ngx_chat_call_t *call, ngx_chat_pg_result_t *res,
    ngx_int_t (*edit)(ngx_chat_call_t *call))
{
    u_char      *announced, *revoked;
    ngx_uint_t   n, nrevoked, code;

    if (ngx_chat_pg_status(res) != NGX_CHAT_PG_OK) {
        ngx_chat_call_fail_pg(call, res);
        return;
    }

    if (ngx_chat_pg_rows(res) != 1
        || ngx_chat_pg_null(res, 0, NGX_CHAT_REPLY_STATUS))
    {
        ngx_log_error(NGX_LOG_ERR, call->log, 0,
                      "chat operation \"%s\" got no reply row",
                      call->op->name);
        ngx_chat_call_fail(call, "internal");
        return;
    }

    call->status = ngx_chat_pg_integer(res, 0, NGX_CHAT_REPLY_STATUS);

    if (call->status >= 400) {
        ngx_chat_reply_refusal(call, res);
        return;
    }

    /*
     * The change is committed: devices are woken and sessions closed
     * even if the answer then finds no memory.
     */

    if (ngx_chat_reply_uuids(call, res, NGX_CHAT_REPLY_ANNOUNCE, &announced,
                             &n)
        == NGX_OK && n)
    {
        ngx_chat_route_hint(announced, n);
    }

    if (ngx_chat_reply_uuids(call, res, NGX_CHAT_REPLY_REVOKED, &revoked,
                             &nrevoked)
        != NGX_OK)
    {
        ngx_chat_session_cache_purge(NULL, call->session.account);
        ngx_chat_call_fail(call, "internal");
        return;
    }

    if (ngx_chat_reply_text(call, res, NGX_CHAT_REPLY_BODY, &call->json)
        != NGX_OK
        || ngx_chat_reply_text(call, res, NGX_CHAT_REPLY_ETAG, &call->etag)
           != NGX_OK
        || (edit != NULL && edit(call) != NGX_OK))
    {
        call->problem.def = ngx_chat_problem_find("internal",
                                                  sizeof("internal") - 1);
    }

    if (nrevoked) {
        code = ngx_chat_pg_null(res, 0, NGX_CHAT_REPLY_CLOSE)
               ? 4401 : ngx_chat_pg_integer(res, 0, NGX_CHAT_REPLY_CLOSE);

        if (code == NGX_CHAT_REPLY_DEVICE) {
            ngx_chat_maintain_groups();
        }

        ngx_chat_reply_revoke(call, revoked, nrevoked, code);
        return;
    }

    ngx_chat_call_done(call, call->status);
}


/* chat.refusal(): a problem whose act stays, a try that counts */

static void
ngx_chat_reply_refusal(ngx_chat_call_t *call, ngx_chat_pg_result_t *res)
{
    char       code[64];
    ngx_str_t  name, detail, members;

    ngx_str_null(&members);

    if (!ngx_chat_pg_null(res, 0, NGX_CHAT_REPLY_BODY)) {
        ngx_chat_pg_bytes(res, 0, NGX_CHAT_REPLY_BODY, &detail);

        if (ngx_chat_problem_members(&call->problem, &detail, call->pool)
            != NGX_OK)
        {
            ngx_chat_call_fail(call, "internal");
            return;
        }

        members = call->problem.members;
    }

    ngx_chat_pg_bytes(res, 0, NGX_CHAT_REPLY_ETAG, &name);
    (void) ngx_cpystrn((u_char *) code, name.data,
                       ngx_min(name.len + 1, sizeof(code)));

    ngx_chat_call_fail_members(call, code, &members);
}


static ngx_int_t
ngx_chat_reply_text(ngx_chat_call_t *call, ngx_chat_pg_result_t *res,
    ngx_uint_t col, ngx_str_t *out)
{
    ngx_str_t  value;

    ngx_str_null(out);

    if (ngx_chat_pg_null(res, 0, col)) {
        return NGX_OK;
    }

    ngx_chat_pg_bytes(res, 0, col, &value);

    if (value.len == 0) {
        return NGX_OK;
    }

    out->data = ngx_pnalloc(call->pool, value.len);
    if (out->data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(out->data, value.data, value.len);
    out->len = value.len;

    return NGX_OK;
}


static ngx_int_t
ngx_chat_reply_uuids(ngx_chat_call_t *call, ngx_chat_pg_result_t *res,
    ngx_uint_t col, u_char **ids, ngx_uint_t *n)
{
    u_char     *items, *p;
    ngx_int_t   i, count;

    *n = 0;

    if (ngx_chat_pg_null(res, 0, col)) {
        return NGX_OK;
    }

    count = ngx_chat_pg_uuid_array(res, 0, col, &items);

    if (count < 0 || count > NGX_CHAT_REPLY_UUIDS) {
        ngx_log_error(NGX_LOG_ERR, call->log, 0,
                      "chat operation \"%s\" got a bad list in its reply",
                      call->op->name);
        return NGX_ERROR;
    }

    if (count == 0) {
        return NGX_OK;
    }

    p = ngx_pnalloc(call->pool, count * 16);
    if (p == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < count; i++) {
        ngx_memcpy(p + i * 16, items + i * 20 + 4, 16);
    }

    *ids = p;
    *n = count;

    return NGX_OK;
}


/* ends the call once no worker serves the sessions any more */

static void
ngx_chat_reply_revoke(ngx_chat_call_t *call, u_char *sessions, ngx_uint_t n,
    ngx_uint_t code)
{
    void                     *pending;
    ngx_chat_reply_revoke_t  *r;

    r = ngx_pcalloc(call->pool, sizeof(ngx_chat_reply_revoke_t));

    if (r == NULL) {
        ngx_chat_session_cache_purge(NULL, call->session.account);
        ngx_chat_call_fail(call, "internal");
        return;
    }

    r->call = call;

    pending = ngx_chat_route_revoke(call->session.account, sessions, n, code,
                                    ngx_chat_reply_confirmed, r);

    if (pending == NULL || r->confirmed) {

        if (pending == NULL) {
            ngx_chat_session_cache_purge(NULL, call->session.account);
        }

        ngx_chat_call_done(call, call->status);
        return;
    }

    r->returned = 1;
    call->pending = pending;
}


static void
ngx_chat_reply_confirmed(void *data)
{
    ngx_chat_reply_revoke_t  *r = data;

    r->confirmed = 1;

    if (!r->returned) {
        return;
    }

    r->call->pending = NULL;
    ngx_chat_call_done(r->call, r->call->status);
}
