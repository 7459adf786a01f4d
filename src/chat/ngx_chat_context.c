/*
 * Where an act comes from, for the audit log: the last parameter of the act's
 * statement, which chat.context() takes in it.
 */

#include "ngx_chat_run.h"
#include "ngx_chat_audit.h"
#include "chat_text.h"


#define NGX_CHAT_CONTEXT_V4         24      /* bits of an address that are kept */
#define NGX_CHAT_CONTEXT_V6         48


typedef struct {
    ngx_chat_call_t    *call;
    const char         *code;
} ngx_chat_refused_t;


static void ngx_chat_context_refused(void *data, ngx_chat_pg_result_t *res);
static ngx_int_t ngx_chat_context_set(ngx_chat_call_t *call,
    ngx_chat_pg_param_t *param);
static u_char *ngx_chat_context_network(u_char *p, u_char *last, int family,
    u_char *address, size_t len, ngx_uint_t bits);


static ngx_chat_pg_stmt_t  ngx_chat_refused_stmt = {
    "act_refused",
    "SELECT chat.act_refused(chat.context($1::uuid, $5::text), $2::text, "
    "$3::text, $4::bytea)",
    0
};


ngx_int_t
ngx_chat_call_act(ngx_chat_call_t *call, ngx_chat_pg_stmt_t *stmt,
    ngx_chat_pg_param_t *params, ngx_uint_t n, ngx_chat_pg_handler_pt handler)
{
    ngx_chat_pg_param_t  p[NGX_CHAT_PG_PARAMS];

    if (n + 1 > NGX_CHAT_PG_PARAMS) {
        ngx_chat_call_fail(call, "internal");
        return NGX_ERROR;
    }

    ngx_memcpy(p, params, n * sizeof(ngx_chat_pg_param_t));
    ngx_memzero(&p[n], sizeof(ngx_chat_pg_param_t));

    if (ngx_chat_context_set(call, &p[n]) != NGX_OK) {
        ngx_chat_call_fail(call, "internal");
        return NGX_ERROR;
    }

    return ngx_chat_call_query(call, stmt, p, n + 1, handler);
}


/* who asks waits for the entry: else guesses would be answered that nobody counted */

void
ngx_chat_call_refused(ngx_chat_call_t *call, const char *action,
    const char *code, u_char *account, u_char *login)
{
    ngx_str_t             text;
    ngx_chat_refused_t   *r;
    ngx_chat_pg_param_t   p[5];

    r = ngx_palloc(call->pool, sizeof(ngx_chat_refused_t));
    ngx_memzero(p, sizeof(p));

    if (r == NULL || ngx_chat_context_set(call, &p[4]) != NGX_OK) {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    r->call = call;
    r->code = code;

    if (account != NULL) {
        ngx_chat_pg_set_uuid(&p[0], account);

    } else {
        ngx_chat_pg_set_null(&p[0]);
    }

    text.data = (u_char *) action;
    text.len = ngx_strlen(action);
    ngx_chat_pg_set_text(&p[1], &text);

    text.data = (u_char *) code;
    text.len = ngx_strlen(code);
    ngx_chat_pg_set_text(&p[2], &text);

    if (login != NULL) {
        ngx_chat_pg_set_bytea(&p[3], login, NGX_CHAT_LOGIN_KEY);

    } else {
        ngx_chat_pg_set_null(&p[3]);
    }

    call->query = ngx_chat_pg_query(NGX_CHAT_PG_POOL_ANY,
                                    &ngx_chat_refused_stmt, p, 5, 0,
                                    ngx_chat_context_refused, r);

    if (call->query == NULL) {
        ngx_chat_call_fail(call, "overloaded");
    }
}


static void
ngx_chat_context_refused(void *data, ngx_chat_pg_result_t *res)
{
    ngx_chat_refused_t  *r = data;

    r->call->query = NULL;

    if (ngx_chat_pg_status(res) != NGX_CHAT_PG_OK) {
        ngx_chat_call_fail_lookup(r->call, res);
        return;
    }

    ngx_chat_call_fail(r->call, r->code);
}


static ngx_int_t
ngx_chat_context_set(ngx_chat_call_t *call, ngx_chat_pg_param_t *param)
{
    ngx_str_t  text;

    if (ngx_chat_context_text(call, &text) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_chat_pg_set_text(param, &text);

    return NGX_OK;
}


ngx_int_t
ngx_chat_context_text(ngx_chat_call_t *call, ngx_str_t *text)
{
    u_char  *p, *last;
    size_t   size;

    size = NGX_SOCKADDR_STRLEN + sizeof("/48 ") + call->request_id.len
           + sizeof(" ") + CHAT_UUID_LEN;

    text->data = ngx_pnalloc(call->pool, size);

    if (text->data == NULL) {
        return NGX_ERROR;
    }

    last = text->data + size;
    p = ngx_chat_network(call->sockaddr, text->data, last);

    if (call->request_id.len) {
        p = ngx_slprintf(p, last, " %V ", &call->request_id);

    } else {
        p = ngx_slprintf(p, last, " - ");
    }

    if (call->has_session && last - p >= CHAT_UUID_LEN) {
        chat_uuid_format(call->session.session, (char *) p);
        p += CHAT_UUID_LEN;

    } else {
        p = ngx_slprintf(p, last, "-");
    }

    text->len = p - text->data;

    return NGX_OK;
}


u_char *
ngx_chat_network(struct sockaddr *sockaddr, u_char *p, u_char *last)
{
    struct sockaddr_in   *sin;
#if (NGX_HAVE_INET6)
    struct sockaddr_in6  *sin6;
#endif

    switch (sockaddr->sa_family) {

    case AF_INET:
        sin = (struct sockaddr_in *) sockaddr;
        return ngx_chat_context_network(p, last, AF_INET,
                                        (u_char *) &sin->sin_addr, 4,
                                        NGX_CHAT_CONTEXT_V4);

#if (NGX_HAVE_INET6)
    case AF_INET6:
        sin6 = (struct sockaddr_in6 *) sockaddr;

        if (IN6_IS_ADDR_V4MAPPED(&sin6->sin6_addr)) {
            return ngx_chat_context_network(p, last, AF_INET,
                                            &sin6->sin6_addr.s6_addr[12], 4,
                                            NGX_CHAT_CONTEXT_V4);
        }

        return ngx_chat_context_network(p, last, AF_INET6,
                                        sin6->sin6_addr.s6_addr, 16,
                                        NGX_CHAT_CONTEXT_V6);
#endif

    default:
        return ngx_slprintf(p, last, "-");
    }
}


static u_char *
ngx_chat_context_network(u_char *p, u_char *last, int family, u_char *address,
    size_t len, ngx_uint_t bits)
{
    u_char  masked[16];

    ngx_memzero(masked, sizeof(masked));
    ngx_memcpy(masked, address, ngx_min(len, bits / 8));

    p += ngx_inet_ntop(family, masked, p, last - p);

    return ngx_slprintf(p, last, "/%ui", bits);
}
