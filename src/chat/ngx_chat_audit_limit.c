/*
 * Limits that were hit.  Refusing has to stay cheap, and an attack from millions of
 * addresses must not fill the log: a worker gathers who hit what in a small table, and
 * writes it once a minute.  Past its room only how often is known.
 */

#include "ngx_chat_audit.h"
#include "ngx_chat_run.h"


#define NGX_CHAT_AUDIT_LIMITS       32      /* of them told apart a minute */
#define NGX_CHAT_AUDIT_CONTEXT      192     /* bytes of a context */
#define NGX_CHAT_AUDIT_LIMIT_JSON   512     /* bytes of one */
#define NGX_CHAT_AUDIT_MINUTE       60000   /* ms */


typedef struct {
    ngx_uint_t          limit;
    ngx_uint_t          count;
    u_char              account[16];
    u_char              key[16];            /* of the address */
    size_t              len;
    unsigned            known:1;            /* account is set */
    size_t              context_len;
    u_char              context[NGX_CHAT_AUDIT_CONTEXT];    /* of the first */
} ngx_chat_audit_limit_t;


static ngx_chat_audit_limit_t *ngx_chat_audit_limit_find(ngx_uint_t limit,
    u_char *account, u_char *key, size_t len);
static ngx_int_t ngx_chat_audit_limits_json(ngx_pool_t *pool, ngx_str_t *out);
static void ngx_chat_audit_limit_write(chat_json_out_t *o, const char *name,
    ngx_uint_t count, u_char *account, u_char *context, size_t len);
static void ngx_chat_audit_limits_done(void *data, ngx_chat_pg_result_t *res);


static ngx_chat_pg_stmt_t  ngx_chat_audit_limits_stmt = {
    "audit_limits",
    "SELECT chat.audit_limits($1::json)",
    0
};

static ngx_uint_t              ngx_chat_audit_nlimits;
static ngx_uint_t              ngx_chat_audit_past;     /* hits past the room */
static ngx_msec_t              ngx_chat_audit_since;    /* the first of them */
static ngx_chat_audit_limit_t  ngx_chat_audit_limits[NGX_CHAT_AUDIT_LIMITS];


void
ngx_chat_audit_limit(ngx_chat_call_t *call, ngx_uint_t limit)
{
    size_t                   len;
    u_char                   key[16], *account;
    ngx_str_t                context;
    ngx_chat_audit_limit_t  *l;

    if (ngx_chat_audit_nlimits == 0 && ngx_chat_audit_past == 0) {
        ngx_chat_audit_since = ngx_current_msec;
    }

    account = call->has_session ? call->session.account : NULL;
    len = ngx_chat_call_address_key(call, key);

    l = ngx_chat_audit_limit_find(limit, account, key, len);

    if (l != NULL) {
        l->count++;
        return;
    }

    if (ngx_chat_audit_nlimits == NGX_CHAT_AUDIT_LIMITS
        || ngx_chat_context_text(call, &context) != NGX_OK
        || context.len > NGX_CHAT_AUDIT_CONTEXT)
    {
        ngx_chat_audit_past++;
        return;
    }

    l = &ngx_chat_audit_limits[ngx_chat_audit_nlimits++];
    ngx_memzero(l, sizeof(ngx_chat_audit_limit_t));

    l->limit = limit;
    l->count = 1;
    l->len = len;
    ngx_memcpy(l->key, key, len);
    l->context_len = context.len;
    ngx_memcpy(l->context, context.data, context.len);

    if (account != NULL) {
        l->known = 1;
        ngx_memcpy(l->account, account, 16);
    }
}


static ngx_chat_audit_limit_t *
ngx_chat_audit_limit_find(ngx_uint_t limit, u_char *account, u_char *key,
    size_t len)
{
    ngx_uint_t               i;
    ngx_chat_audit_limit_t  *l;

    for (i = 0; i < ngx_chat_audit_nlimits; i++) {
        l = &ngx_chat_audit_limits[i];

        if (l->limit == limit && l->len == len
            && ngx_memcmp(l->key, key, len) == 0
            && l->known == (account != NULL)
            && (account == NULL || ngx_memcmp(l->account, account, 16) == 0))
        {
            return l;
        }
    }

    return NULL;
}


void
ngx_chat_audit_limits_flush(ngx_log_t *log)
{
    ngx_str_t             text;
    ngx_pool_t           *pool;
    ngx_chat_pg_param_t   p;

    if ((ngx_chat_audit_nlimits == 0 && ngx_chat_audit_past == 0)
        || ngx_current_msec - ngx_chat_audit_since < NGX_CHAT_AUDIT_MINUTE)
    {
        return;
    }

    pool = ngx_create_pool(512, log);
    if (pool == NULL) {
        return;
    }

    ngx_memzero(&p, sizeof(p));

    /* what can't be written now is the next time */

    if (ngx_chat_audit_limits_json(pool, &text) == NGX_OK) {
        ngx_chat_pg_set_text(&p, &text);

        if (ngx_chat_pg_query(NGX_CHAT_PG_POOL_ANY,
                              &ngx_chat_audit_limits_stmt, &p, 1, 0,
                              ngx_chat_audit_limits_done, log)
            != NULL)
        {
            ngx_chat_audit_nlimits = 0;
            ngx_chat_audit_past = 0;
        }
    }

    ngx_destroy_pool(pool);
}


/* the last, of class "several", is what had no room */

static ngx_int_t
ngx_chat_audit_limits_json(ngx_pool_t *pool, ngx_str_t *out)
{
    size_t                   size;
    u_char                  *buf;
    ngx_uint_t               i;
    chat_json_out_t          o;
    ngx_chat_audit_limit_t  *l;

    size = (ngx_chat_audit_nlimits + 2) * NGX_CHAT_AUDIT_LIMIT_JSON;

    buf = ngx_pnalloc(pool, size);
    if (buf == NULL) {
        return NGX_ERROR;
    }

    chat_json_out_init(&o, (char *) buf, size);
    chat_json_open(&o, '[');

    for (i = 0; i < ngx_chat_audit_nlimits; i++) {
        l = &ngx_chat_audit_limits[i];

        ngx_chat_audit_limit_write(&o, ngx_chat_limit_names()[l->limit],
                                   l->count, l->known ? l->account : NULL,
                                   l->context, l->context_len);
    }

    if (ngx_chat_audit_past) {
        ngx_chat_audit_limit_write(&o, "several", ngx_chat_audit_past, NULL,
                                   (u_char *) "-", 1);
    }

    chat_json_close(&o, ']');

    if (o.overflow) {
        return NGX_ERROR;
    }

    out->data = buf;
    out->len = o.pos - o.start;

    return NGX_OK;
}


static void
ngx_chat_audit_limit_write(chat_json_out_t *o, const char *name,
    ngx_uint_t count, u_char *account, u_char *context, size_t len)
{
    chat_json_open(o, '{');
    chat_json_out_key(o, "class");
    chat_json_out_string(o, name, ngx_strlen(name));
    chat_json_out_key(o, "count");
    chat_json_out_integer(o, (int64_t) count);
    chat_json_out_key(o, "context");
    chat_json_out_string(o, (char *) context, len);

    if (account != NULL) {
        chat_json_out_key(o, "account");
        chat_json_out_uuid(o, account);
    }

    chat_json_close(o, '}');
}


static void
ngx_chat_audit_limits_done(void *data, ngx_chat_pg_result_t *res)
{
    ngx_log_t  *log = data;

    if (ngx_chat_pg_status(res) != NGX_CHAT_PG_OK) {
        ngx_log_error(NGX_LOG_WARN, log, 0,
                      "chat: limits that were hit in the last minute could "
                      "not be written into the audit log");
    }
}
