/* From a bearer token to the session, by the cache or the database. */

#include "ngx_chat_run.h"


#define NGX_CHAT_TOUCH_MAX          256     /* sessions waiting to be written */
#define NGX_CHAT_TOUCH_DELAY        5000    /* ms */

typedef enum {
    NGX_CHAT_SESSION_ID = 0,
    NGX_CHAT_SESSION_ACCOUNT,
    NGX_CHAT_SESSION_VERIFIED,
    NGX_CHAT_SESSION_APPROVED,
    NGX_CHAT_SESSION_EXPIRES,
    NGX_CHAT_SESSION_SUSPENDED
} ngx_chat_session_column_e;

/* one look-up under way, in the call's pool */
typedef struct {
    ngx_chat_call_t        *call;
    ngx_chat_call_next_pt   next;
    ngx_atomic_uint_t       revocations;
    u_char                  hash[CHAT_HASH_LEN];
} ngx_chat_session_find_t;


static void ngx_chat_session_found(void *data, ngx_chat_pg_result_t *res);
static void ngx_chat_session_looked(void *data, ngx_chat_pg_result_t *res);
static void ngx_chat_session_touch_write(ngx_event_t *ev);
static void ngx_chat_session_touched(void *data, ngx_chat_pg_result_t *res);


static ngx_chat_pg_stmt_t  ngx_chat_session_find = {
    "session_find",
    "SELECT session, account, verified, state = 'approved', expires_at, "
    "account_state = 'suspended' "
    "FROM chat.session_find($1::bytea)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_session_touch_stmt = {
    "session_touch",
    "SELECT chat.session_touch($1::uuid[], string_to_array($2::text, ','))",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_session_look_stmt = {
    "session_look",
    "SELECT verified, state = 'approved', expires_at "
    "FROM chat.session_look($1::uuid)",
    0
};

static u_char        ngx_chat_touch_ids[NGX_CHAT_TOUCH_MAX * 16];
static u_char        ngx_chat_touch_from[NGX_CHAT_TOUCH_MAX][NGX_CHAT_NETWORK_LEN];
static ngx_uint_t    ngx_chat_touch_n;
static ngx_event_t   ngx_chat_touch_event;

/* nginx's debug log asks a timer's data for its descriptor */
static ngx_connection_t  ngx_chat_touch_connection = { .fd = (ngx_socket_t) -1 };


void
ngx_chat_session_authenticate(ngx_chat_call_t *call, ngx_uint_t fresh,
    ngx_chat_call_next_pt next)
{
    ngx_chat_pg_param_t       param;
    ngx_chat_session_find_t  *f;

    f = ngx_palloc(call->pool, sizeof(ngx_chat_session_find_t));
    if (f == NULL) {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    f->call = call;
    f->next = next;

    if (chat_token_hash(CHAT_TOKEN_PREFIX, (char *) call->token.data,
                        call->token.len, f->hash)
        != 0)
    {
        ngx_chat_call_fail(call, "unauthorized");
        return;
    }

    if (!fresh
        && ngx_chat_session_cache_get(f->hash, &call->session) == NGX_OK
        && call->session.expires > ngx_time()
        && ngx_chat_op_refuses(call->op, &call->session) == NULL)
    {
        call->has_session = 1;
        next(call);
        return;
    }

    f->revocations = ngx_chat_session_revocations();

    ngx_memzero(&param, sizeof(ngx_chat_pg_param_t));
    ngx_chat_pg_set_bytea(&param, f->hash, CHAT_HASH_LEN);

    call->query = ngx_chat_pg_query(NGX_CHAT_PG_POOL_ANY,
                                    &ngx_chat_session_find, &param, 1, 0,
                                    ngx_chat_session_found, f);
    if (call->query == NULL) {
        ngx_chat_call_fail(call, "overloaded");
    }
}


static void
ngx_chat_session_found(void *data, ngx_chat_pg_result_t *res)
{
    ngx_str_t                 id;
    ngx_chat_call_t          *call;
    ngx_chat_session_t       *s;
    ngx_chat_session_find_t  *f;

    f = data;
    call = f->call;
    s = &call->session;
    call->query = NULL;

    if (ngx_chat_pg_status(res) != NGX_CHAT_PG_OK) {
        ngx_chat_call_fail_lookup(call, res);
        return;
    }

    if (ngx_chat_pg_rows(res) == 0) {

        /*
         * Only guesses count: after an outage all the devices behind one
         * address come back at once, with good tokens that no cache holds.
         */

        if (ngx_chat_call_limit_address(call, NGX_CHAT_LIMIT_TOKEN) == NGX_OK) {
            ngx_chat_call_fail(call, "unauthorized");
        }

        return;
    }

    ngx_memzero(s, sizeof(ngx_chat_session_t));

    ngx_chat_pg_bytes(res, 0, NGX_CHAT_SESSION_ID, &id);
    if (id.len == 16) {
        ngx_memcpy(s->session, id.data, 16);
    }

    ngx_chat_pg_bytes(res, 0, NGX_CHAT_SESSION_ACCOUNT, &id);
    if (id.len == 16) {
        ngx_memcpy(s->account, id.data, 16);
    }

    s->verified = ngx_chat_pg_integer(res, 0, NGX_CHAT_SESSION_VERIFIED) != 0;
    s->approved = ngx_chat_pg_integer(res, 0, NGX_CHAT_SESSION_APPROVED) != 0;
    s->expires = ngx_chat_pg_time(res, 0, NGX_CHAT_SESSION_EXPIRES) / 1000000;

    if (s->expires <= ngx_time()) {
        ngx_chat_call_fail(call, "token_expired");
        return;
    }

    if (ngx_chat_pg_integer(res, 0, NGX_CHAT_SESSION_SUSPENDED)) {
        ngx_chat_call_fail(call, "account_suspended");
        return;
    }

    ngx_chat_session_cache_put(f->hash, s, f->revocations);
    ngx_chat_session_touch(s->session, call->sockaddr);

    call->has_session = 1;
    f->next(call);
}


ngx_int_t
ngx_chat_session_look(ngx_chat_session_look_t *look)
{
    ngx_chat_pg_param_t  param;

    ngx_memzero(&param, sizeof(ngx_chat_pg_param_t));
    ngx_chat_pg_set_uuid(&param, look->session->session);

    look->query = ngx_chat_pg_query(NGX_CHAT_PG_POOL_ANY,
                                    &ngx_chat_session_look_stmt, &param, 1, 0,
                                    ngx_chat_session_looked, look);

    return (look->query == NULL) ? NGX_ERROR : NGX_OK;
}


static void
ngx_chat_session_looked(void *data, ngx_chat_pg_result_t *res)
{
    ngx_chat_session_look_t *look = data;

    ngx_chat_session_t  *s;

    look->query = NULL;

    if (ngx_chat_pg_status(res) != NGX_CHAT_PG_OK) {
        look->handler(look->data, NGX_CHAT_SESSION_UNKNOWN);
        return;
    }

    if (ngx_chat_pg_rows(res) == 0) {
        look->handler(look->data, NGX_CHAT_SESSION_GONE);
        return;
    }

    s = look->session;

    s->verified = ngx_chat_pg_integer(res, 0, 0) != 0;
    s->approved = ngx_chat_pg_integer(res, 0, 1) != 0;
    s->expires = ngx_chat_pg_time(res, 0, 2) / 1000000;

    look->handler(look->data, NGX_CHAT_SESSION_LIVE);
}


void
ngx_chat_session_touch(u_char session[16], struct sockaddr *sockaddr)
{
    u_char      *p;
    ngx_uint_t   i;

    for (i = 0; i < ngx_chat_touch_n; i++) {
        if (ngx_memcmp(&ngx_chat_touch_ids[i * 16], session, 16) == 0) {
            break;
        }
    }

    /* past the bound it is written the next time that the session is seen */

    if (i == NGX_CHAT_TOUCH_MAX) {
        return;
    }

    ngx_memcpy(&ngx_chat_touch_ids[i * 16], session, 16);
    p = ngx_chat_network(sockaddr, ngx_chat_touch_from[i],
                         ngx_chat_touch_from[i] + NGX_CHAT_NETWORK_LEN - 1);
    *p = '\0';

    if (i == ngx_chat_touch_n) {
        ngx_chat_touch_n++;
    }

    if (!ngx_chat_touch_event.timer_set) {
        ngx_chat_touch_event.handler = ngx_chat_session_touch_write;
        ngx_chat_touch_event.data = &ngx_chat_touch_connection;
        ngx_chat_touch_event.log = ngx_cycle->log;
        ngx_chat_touch_event.cancelable = 1;
        ngx_add_timer(&ngx_chat_touch_event, NGX_CHAT_TOUCH_DELAY);
    }
}


static void
ngx_chat_session_touch_write(ngx_event_t *ev)
{
    u_char               *p;
    ngx_str_t             from;
    ngx_uint_t            i;
    ngx_pool_t           *pool;
    ngx_chat_pg_array_t   array;
    ngx_chat_pg_param_t   params[2];

    pool = ngx_create_pool(NGX_CHAT_TOUCH_MAX * (20 + NGX_CHAT_NETWORK_LEN)
                           + 1024, ev->log);
    if (pool == NULL) {
        return;
    }

    ngx_memzero(params, sizeof(params));

    from.data = ngx_pnalloc(pool, ngx_chat_touch_n * NGX_CHAT_NETWORK_LEN);
    p = from.data;

    for (i = 0; p != NULL && i < ngx_chat_touch_n; i++) {
        p = ngx_sprintf(p, i ? ",%s" : "%s",
                        ngx_chat_touch_from[i][0] != '-'
                        ? (char *) ngx_chat_touch_from[i] : "");
    }

    if (ngx_chat_pg_array_init(&array, pool, NGX_CHAT_PG_UUID_ARRAY,
                               ngx_chat_touch_n * 16, ngx_chat_touch_n)
        == NGX_OK)
    {
        for (i = 0; i < ngx_chat_touch_n; i++) {
            if (ngx_chat_pg_array_add(&array, &ngx_chat_touch_ids[i * 16], 16)
                != NGX_OK)
            {
                break;
            }
        }

        if (i == ngx_chat_touch_n && p != NULL) {
            from.len = p - from.data;
            ngx_chat_pg_set_array(&params[0], &array);
            ngx_chat_pg_set_text(&params[1], &from);
            (void) ngx_chat_pg_query(NGX_CHAT_PG_POOL_ANY,
                                     &ngx_chat_session_touch_stmt, params, 2,
                                     0, ngx_chat_session_touched, NULL);
        }
    }

    ngx_chat_touch_n = 0;
    ngx_destroy_pool(pool);
}


static void
ngx_chat_session_touched(void *data, ngx_chat_pg_result_t *res)
{
    /* a last-seen time that got lost is written with the next */
}
