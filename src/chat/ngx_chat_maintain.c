/*
 * What time ends (accounts never verified, old entries, expired tokens) is removed in
 * small batches.  Every worker has the timer, the database lets one of them work.  Then members
 * of groups are asked for Removes that wait.
 */

#include "ngx_chat_maintain.h"
#include "ngx_chat_route.h"


#define NGX_CHAT_MAINTAIN_BATCH     2000    /* conversations looked at and entries removed at once */
#define NGX_CHAT_MAINTAIN_MORE      250     /* ms to the next batch while there is more */
#define NGX_CHAT_MAINTAIN_PAUSE     20      /* ms at least, when the last one was full */
#define NGX_CHAT_MAINTAIN_GROUPS    500     /* conversations with such Removes, or expired, at once */
#define NGX_CHAT_MAINTAIN_EVENT     128     /* bytes of an event without its list */


static void ngx_chat_maintain_run(ngx_event_t *ev);
static ngx_chat_pg_query_t *ngx_chat_maintain_query(ngx_log_t *log);
static void ngx_chat_maintain_done(void *data, ngx_chat_pg_result_t *res);
static void ngx_chat_maintain_groups_done(void *data,
    ngx_chat_pg_result_t *res);
static void ngx_chat_maintain_ask(u_char *conversation, ngx_str_t *leaves);
static void ngx_chat_maintain_next(ngx_msec_t interval);


static ngx_chat_pg_stmt_t  ngx_chat_maintain_stmt = {
    "maintain",
    "SELECT more, entries FROM chat.maintain($1::bigint::int, $2::bigint::int, "
    "nullif($3::bigint, 0)::int)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_maintain_groups_stmt = {
    "maintain_groups",
    "SELECT conversation, leaves FROM chat.maintain_groups($1::int8::int)",
    0
};

static ngx_uint_t                          ngx_chat_maintain_asking;
static ngx_uint_t                          ngx_chat_maintain_again;
static ngx_msec_t                          ngx_chat_maintain_start;
static ngx_event_t                         ngx_chat_maintain_event;
static ngx_connection_t                    ngx_chat_maintain_connection;
static ngx_chat_conversation_main_conf_t  *ngx_chat_maintain_conf;


ngx_int_t
ngx_chat_maintain_init_process(ngx_cycle_t *cycle,
    ngx_chat_conversation_main_conf_t *conf)
{
    ngx_chat_maintain_conf = conf;
    ngx_chat_maintain_connection.fd = (ngx_socket_t) -1;

    ngx_chat_maintain_event.handler = ngx_chat_maintain_run;
    ngx_chat_maintain_event.data = &ngx_chat_maintain_connection;
    ngx_chat_maintain_event.log = cycle->log;
    ngx_chat_maintain_event.cancelable = 1;

    ngx_chat_maintain_next(conf->maintain);

    return NGX_OK;
}


static void
ngx_chat_maintain_run(ngx_event_t *ev)
{
    ngx_chat_pg_query_t  *query;

    if (ngx_exiting) {
        return;
    }

    ngx_chat_maintain_start = ngx_current_msec;

    query = ngx_chat_pg_state()->ready ? ngx_chat_maintain_query(ev->log)
                                       : NULL;

    if (query == NULL) {
        ngx_chat_maintain_next(ngx_chat_maintain_conf->maintain);
    }
}


static ngx_chat_pg_query_t *
ngx_chat_maintain_query(ngx_log_t *log)
{
    ngx_pool_t           *pool;
    ngx_chat_pg_query_t  *query;
    ngx_chat_pg_param_t   p[3];

    pool = ngx_create_pool(512, log);
    if (pool == NULL) {
        return NULL;
    }

    ngx_memzero(p, sizeof(p));
    query = NULL;

    if (ngx_chat_pg_set_integer(&p[0], pool, NGX_CHAT_MAINTAIN_BATCH)
        == NGX_OK
        && ngx_chat_pg_set_integer(&p[1], pool,
                                   ngx_chat_maintain_conf->transport_ttl)
           == NGX_OK
        && ngx_chat_pg_set_integer(&p[2], pool,
                                   ngx_chat_maintain_conf->retention)
           == NGX_OK)
    {
        query = ngx_chat_pg_query(NGX_CHAT_PG_POOL_ANY,
                                  &ngx_chat_maintain_stmt, p, 3, 0,
                                  ngx_chat_maintain_done, NULL);
    }

    ngx_destroy_pool(pool);

    return query;
}


static void
ngx_chat_maintain_done(void *data, ngx_chat_pg_result_t *res)
{
    ngx_msec_t  interval;

    if (ngx_chat_pg_status(res) == NGX_CHAT_PG_ERROR) {
        ngx_log_error(NGX_LOG_ERR, ngx_chat_maintain_event.log, 0,
                      "chat: housekeeping failed in the database, SQLSTATE %s",
                      ngx_chat_pg_sqlstate(res));
    }

    interval = ngx_chat_maintain_conf->maintain;

    if (ngx_chat_pg_status(res) == NGX_CHAT_PG_OK
        && ngx_chat_pg_rows(res) == 1 && ngx_chat_pg_integer(res, 0, 0))
    {
        interval = NGX_CHAT_MAINTAIN_MORE;

        if (ngx_chat_pg_integer(res, 0, 1) >= NGX_CHAT_MAINTAIN_BATCH) {

            /* a rest as long as the work: half of a connection's time at most */

            interval = ngx_max(ngx_current_msec - ngx_chat_maintain_start,
                               NGX_CHAT_MAINTAIN_PAUSE);
        }
    }

    if (interval == ngx_chat_maintain_conf->maintain
        && ngx_chat_pg_status(res) == NGX_CHAT_PG_OK && !ngx_exiting)
    {
        ngx_chat_maintain_groups();
    }

    ngx_chat_maintain_next(interval);
}


void
ngx_chat_maintain_groups(void)
{
    ngx_pool_t           *pool;
    ngx_chat_pg_param_t   p;

    /* one at a time; what it may have missed comes after it */

    if (ngx_chat_maintain_asking) {
        ngx_chat_maintain_again = 1;
        return;
    }

    pool = ngx_create_pool(512, ngx_cycle->log);
    if (pool == NULL) {
        return;
    }

    ngx_memzero(&p, sizeof(p));

    /* what isn't asked for now is the next time */

    if (ngx_chat_pg_set_integer(&p, pool, NGX_CHAT_MAINTAIN_GROUPS) == NGX_OK)
    {
        ngx_chat_maintain_asking =
            ngx_chat_pg_query(NGX_CHAT_PG_POOL_ANY,
                              &ngx_chat_maintain_groups_stmt, &p, 1, 0,
                              ngx_chat_maintain_groups_done, NULL)
            != NULL;
    }

    ngx_destroy_pool(pool);
}


static void
ngx_chat_maintain_groups_done(void *data, ngx_chat_pg_result_t *res)
{
    ngx_str_t   conversation, leaves;
    ngx_uint_t  i, n;

    ngx_chat_maintain_asking = 0;

    if (ngx_chat_maintain_again
        && ngx_chat_pg_status(res) == NGX_CHAT_PG_OK)
    {
        ngx_chat_maintain_again = 0;
        ngx_chat_maintain_groups();
    }

    if (ngx_chat_pg_status(res) != NGX_CHAT_PG_OK) {
        if (ngx_chat_pg_status(res) == NGX_CHAT_PG_ERROR) {
            ngx_log_error(NGX_LOG_ERR, ngx_chat_maintain_event.log, 0,
                          "chat: housekeeping of groups failed in the "
                          "database, SQLSTATE %s", ngx_chat_pg_sqlstate(res));
        }

        return;
    }

    n = ngx_chat_pg_rows(res);

    for (i = 0; i < n; i++) {
        ngx_chat_pg_bytes(res, i, 0, &conversation);

        if (conversation.len != 16) {
            continue;
        }

        if (ngx_chat_pg_null(res, i, 1)) {
            ngx_chat_route_hint(conversation.data, 1);
            continue;
        }

        ngx_chat_pg_bytes(res, i, 1, &leaves);
        ngx_chat_maintain_ask(conversation.data, &leaves);
    }
}


/* any member's device that is there may carry the Remove out; the state is in the conversation */

static void
ngx_chat_maintain_ask(u_char *conversation, ngx_str_t *leaves)
{
    size_t            size;
    u_char           *buf;
    ngx_str_t         event;
    chat_json_out_t   o;

    size = NGX_CHAT_MAINTAIN_EVENT + leaves->len;

    buf = ngx_alloc(size, ngx_chat_maintain_event.log);
    if (buf == NULL) {
        return;
    }

    chat_json_out_init(&o, (char *) buf, size);
    chat_json_open(&o, '{');
    chat_json_out_key(&o, "event");
    chat_json_out_string(&o, "removal_pending", sizeof("removal_pending") - 1);
    chat_json_out_key(&o, "conversation");
    chat_json_out_uuid(&o, conversation);
    chat_json_out_key(&o, "leaves");
    chat_json_out_raw(&o, (char *) leaves->data, leaves->len);
    chat_json_close(&o, '}');

    if (!o.overflow) {
        event.data = buf;
        event.len = o.pos - o.start;
        ngx_chat_route_conversation_event(conversation, NULL, &event);
    }

    ngx_free(buf);
}


/* three quarters to five quarters of the interval: workers and nodes don't meet */

static void
ngx_chat_maintain_next(ngx_msec_t interval)
{
    if (ngx_exiting) {
        return;
    }

    interval = interval / 4 * 3
               + chat_random_below((uint32_t) (interval / 2 + 1));

    ngx_add_timer(&ngx_chat_maintain_event, interval);
}
