/*
 * Limits: which classes there are, whose bucket each takes from, and what a call is
 * charged.  Checked before anything that costs: what goes by address before the session is
 * looked up, the rest before parameters are.
 */

#include "ngx_chat_run.h"
#include "ngx_chat_limit.h"
#include "ngx_chat_audit.h"
#include "ngx_chat_stat.h"


#define NGX_CHAT_SECOND             1000000ULL
#define NGX_CHAT_MINUTE             (60 * NGX_CHAT_SECOND)
#define NGX_CHAT_HOUR               (60 * NGX_CHAT_MINUTE)


static const char  *ngx_chat_limit_name_list[NGX_CHAT_LIMITS];


/* failures: burst of them in a row cost nothing, then each makes the wait longer, up to "each" */
const ngx_chat_limit_class_t  ngx_chat_limit_classes[NGX_CHAT_LIMITS] = {

    { "", NGX_CHAT_KEY_NONE, { 0, 0, 0 } },

    { "sign_in", NGX_CHAT_KEY_ADDRESS, { NGX_CHAT_MINUTE / 10, 60, 0 } },
    { "register", NGX_CHAT_KEY_ADDRESS, { NGX_CHAT_MINUTE / 2, 10, 0 } },
    { "mail", NGX_CHAT_KEY_ADDRESS_ACCOUNT, { NGX_CHAT_MINUTE, 5, 0 } },
    { "confirm", NGX_CHAT_KEY_ADDRESS, { NGX_CHAT_MINUTE / 20, 20, 0 } },
    { "lookup", NGX_CHAT_KEY_ACCOUNT, { NGX_CHAT_SECOND, 100, 0 } },
    { "token", NGX_CHAT_KEY_OWN, { NGX_CHAT_SECOND / 50, 500, 0 } },
    { "login", NGX_CHAT_KEY_FAILURE, { NGX_CHAT_HOUR / 12, 100, 0 } },
    { "claim", NGX_CHAT_KEY_ACCOUNT, { NGX_CHAT_MINUTE / 10, 60, 0 } },
    { "rejoin", NGX_CHAT_KEY_OWN, { NGX_CHAT_HOUR / 5, 10, 0 } },
    { "group", NGX_CHAT_KEY_ACCOUNT, { NGX_CHAT_SECOND / 5, 300, 0 } },
    { "guess", NGX_CHAT_KEY_FAILURE, { NGX_CHAT_HOUR, 10, 0 } },
    { "proof", NGX_CHAT_KEY_FAILURE, { NGX_CHAT_HOUR / 4, 5, 0 } },
    { "factor", NGX_CHAT_KEY_FAILURE, { NGX_CHAT_HOUR, 5, 0 } },
    { "password", NGX_CHAT_KEY_SESSION, { NGX_CHAT_MINUTE / 10, 60, 0 } },
    { "send", NGX_CHAT_KEY_OWN, { NGX_CHAT_SECOND / 20, 400, 0 } },
    { "socket", NGX_CHAT_KEY_SESSION, { NGX_CHAT_SECOND, 60, 0 } },
    { "request", NGX_CHAT_KEY_SESSION, { NGX_CHAT_SECOND / 50, 1000, 0 } },
    { "register_all", NGX_CHAT_KEY_ALL, { NGX_CHAT_SECOND / 5, 500, 0 } },
    { "mail_all", NGX_CHAT_KEY_ALL, { NGX_CHAT_SECOND / 10, 1000, 0 } },

    { "", NGX_CHAT_KEY_NONE, { 0, 0, 0 } }
};


static ngx_int_t ngx_chat_limit_all(ngx_chat_call_t *call, ngx_uint_t limit);


const char *const *
ngx_chat_limit_names(void)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_CHAT_LIMITS; i++) {
        if (ngx_chat_limit_classes[i].name[0]) {
            ngx_chat_limit_name_list[i] = ngx_chat_limit_classes[i].name;
        }
    }

    return ngx_chat_limit_name_list;
}


ngx_int_t
ngx_chat_call_limits_before(ngx_chat_call_t *call)
{
    ngx_uint_t  limit;

    limit = call->op->limit;

    switch (ngx_chat_limit_classes[limit].key) {

    case NGX_CHAT_KEY_ADDRESS:

        /* a device that is known by its secret isn't held back by its neighbours */

        if (call->op->flags & NGX_CHAT_OP_OWN_LIMIT) {
            return NGX_OK;
        }

        /* fall through */

    case NGX_CHAT_KEY_ADDRESS_ACCOUNT:

        if (ngx_chat_call_limit_address(call, limit) != NGX_OK) {
            return NGX_BUSY;
        }

        return ngx_chat_limit_all(call, limit);

    default:
        return NGX_OK;
    }
}


/* what all ask for together: the relay's good name, and accounts that nobody verifies */

static ngx_int_t
ngx_chat_limit_all(ngx_chat_call_t *call, ngx_uint_t limit)
{
    ngx_int_t   rc;
    ngx_uint_t  all;

    switch (limit) {

    case NGX_CHAT_LIMIT_REGISTER:
        rc = ngx_chat_call_limit(call, NGX_CHAT_LIMIT_REGISTER_ALL,
                                 (u_char *) "", 0);

        if (rc != NGX_OK) {
            return rc;
        }

        /* a registration sends a mail, too */
        all = NGX_CHAT_LIMIT_MAIL_ALL;
        break;

    case NGX_CHAT_LIMIT_MAIL:
        all = NGX_CHAT_LIMIT_MAIL_ALL;
        break;

    default:
        return NGX_OK;
    }

    return ngx_chat_call_limit(call, all, (u_char *) "", 0);
}


ngx_int_t
ngx_chat_call_limits_after(ngx_chat_call_t *call)
{
    ngx_uint_t  limit;

    if (!call->has_session) {
        return NGX_OK;
    }

    limit = call->op->limit;

    if (limit == NGX_CHAT_LIMIT_NONE) {
        limit = NGX_CHAT_LIMIT_REQUEST;
    }

    switch (ngx_chat_limit_classes[limit].key) {

    case NGX_CHAT_KEY_ACCOUNT:
    case NGX_CHAT_KEY_ADDRESS_ACCOUNT:
        return ngx_chat_call_limit(call, limit, call->session.account, 16);

    case NGX_CHAT_KEY_SESSION:
        return ngx_chat_call_limit(call, limit, call->session.session, 16);

    default:
        return NGX_OK;
    }
}


ngx_int_t
ngx_chat_call_limit(ngx_chat_call_t *call, ngx_uint_t limit, u_char *key,
    size_t len)
{
    return ngx_chat_call_limit_share(call, limit, 1, key, len);
}


ngx_int_t
ngx_chat_call_limit_share(ngx_chat_call_t *call, ngx_uint_t limit,
    ngx_uint_t share, u_char *key, size_t len)
{
    ngx_int_t          rc;
    ngx_chat_rate_t   *rate;
    ngx_chat_taken_t   taken;

    rate = &ngx_chat_call_limit_conf(call)->limits[limit];

    if (rate->each == 0) {
        return NGX_OK;
    }

    rc = ngx_chat_limit_take(limit, key, len, rate->each * share,
                             ngx_max(rate->burst / share, 1), &taken);

    if (!rate->dry_run
        && (call->limit == 0 || taken.left < call->taken.left))
    {
        call->limit = limit;
        call->taken = taken;
    }

    if (rc == NGX_OK) {
        return NGX_OK;
    }

    return ngx_chat_call_limited(call, limit, taken.retry_after);
}


ngx_int_t
ngx_chat_call_limited(ngx_chat_call_t *call, ngx_uint_t limit,
    ngx_uint_t retry_after)
{
    u_char           *p;
    ngx_str_t         members;
    const char       *name;
    ngx_chat_rate_t  *rate;

    name = ngx_chat_limit_classes[limit].name;
    rate = &ngx_chat_call_limit_conf(call)->limits[limit];

    ngx_chat_stat_limit(limit, rate->dry_run);

    if (rate->dry_run) {
        ngx_log_error(NGX_LOG_INFO, call->log, 0,
                      "chat operation \"%s\" would be refused by limit \"%s\" "
                      "for %ui s, dry run", call->op->name, name, retry_after);
        return NGX_OK;
    }

    ngx_chat_audit_limit(call, limit);

    /* the socket has no headers: when to come again stands in the body, too */

    ngx_str_null(&members);
    p = ngx_pnalloc(call->pool, sizeof("\"class\":\"\",\"retry_after\":")
                                + ngx_strlen(name) + NGX_INT_T_LEN);

    if (p != NULL) {
        members.data = p;
        members.len = ngx_sprintf(p, "\"class\":\"%s\",\"retry_after\":%ui",
                                  name, ngx_max(retry_after, 1))
                      - p;
    }

    call->problem.retry_after = ngx_max(retry_after, 1);
    ngx_chat_call_fail_members(call, "rate_limited", &members);

    return NGX_BUSY;
}


ngx_int_t
ngx_chat_call_limit_address(ngx_chat_call_t *call, ngx_uint_t limit)
{
    size_t  len;
    u_char  key[16];

    len = ngx_chat_call_address_key(call, key);

    return ngx_chat_call_limit(call, limit, key, len);
}


/* who has an IPv6 address has a network of them */

size_t
ngx_chat_call_address_key(ngx_chat_call_t *call, u_char key[16])
{
    struct sockaddr_in   *sin;
#if (NGX_HAVE_INET6)
    struct sockaddr_in6  *sin6;
#endif

    switch (call->sockaddr->sa_family) {

    case AF_INET:
        sin = (struct sockaddr_in *) call->sockaddr;
        ngx_memcpy(key, &sin->sin_addr, 4);
        return 4;

#if (NGX_HAVE_INET6)
    case AF_INET6:
        sin6 = (struct sockaddr_in6 *) call->sockaddr;

        if (IN6_IS_ADDR_V4MAPPED(&sin6->sin6_addr)) {
            ngx_memcpy(key, &sin6->sin6_addr.s6_addr[12], 4);
            return 4;
        }

        ngx_memcpy(key, &sin6->sin6_addr, 8);
        return 8;
#endif

    default:
        key[0] = 0;
        return 1;
    }
}
