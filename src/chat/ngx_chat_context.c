/*
 * Where an act comes from, for the audit log: the last parameter of the act's
 * statement, which chat.context() takes in it.
 */

#include "ngx_chat_run.h"
#include "chat_text.h"


#define NGX_CHAT_CONTEXT_V4         24      /* bits of an address that are kept */
#define NGX_CHAT_CONTEXT_V6         48


static ngx_int_t ngx_chat_context_set(ngx_chat_call_t *call,
    ngx_chat_pg_param_t *param);
static u_char *ngx_chat_context_address(ngx_chat_call_t *call, u_char *p,
    u_char *last);
static u_char *ngx_chat_context_network(u_char *p, u_char *last, int family,
    u_char *address, size_t len, ngx_uint_t bits);


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


/* "203.0.113.0/24 REQUEST_ID SESSION", each "-" where there is none */

static ngx_int_t
ngx_chat_context_set(ngx_chat_call_t *call, ngx_chat_pg_param_t *param)
{
    u_char     *p, *last;
    size_t      size;
    ngx_str_t   text;

    size = NGX_SOCKADDR_STRLEN + sizeof("/48 ") + call->request_id.len
           + sizeof(" ") + CHAT_UUID_LEN;

    text.data = ngx_pnalloc(call->pool, size);

    if (text.data == NULL) {
        return NGX_ERROR;
    }

    last = text.data + size;
    p = ngx_chat_context_address(call, text.data, last);

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

    text.len = p - text.data;
    ngx_chat_pg_set_text(param, &text);

    return NGX_OK;
}


static u_char *
ngx_chat_context_address(ngx_chat_call_t *call, u_char *p, u_char *last)
{
    struct sockaddr_in   *sin;
#if (NGX_HAVE_INET6)
    struct sockaddr_in6  *sin6;
#endif

    switch (call->sockaddr->sa_family) {

    case AF_INET:
        sin = (struct sockaddr_in *) call->sockaddr;
        return ngx_chat_context_network(p, last, AF_INET,
                                        (u_char *) &sin->sin_addr, 4,
                                        NGX_CHAT_CONTEXT_V4);

#if (NGX_HAVE_INET6)
    case AF_INET6:
        sin6 = (struct sockaddr_in6 *) call->sockaddr;

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
