/*
 * What time ends (accounts never verified, old entries, expired tokens) is removed in
 * small batches.  Every worker has the timer, the database lets one of them work.
 */

#include "ngx_chat_maintain.h"


#define NGX_CHAT_MAINTAIN_BATCH     2000    /* conversations looked at and entries removed at once */
#define NGX_CHAT_MAINTAIN_MORE      250     /* ms to the next batch while there is more */
#define NGX_CHAT_MAINTAIN_PAUSE     20      /* ms at least, when the last one was full */


static void ngx_chat_maintain_run(ngx_event_t *ev);
static ngx_chat_pg_query_t *ngx_chat_maintain_query(ngx_log_t *log);
static void ngx_chat_maintain_done(void *data, ngx_chat_pg_result_t *res);
static void ngx_chat_maintain_next(ngx_msec_t interval);


static ngx_chat_pg_stmt_t  ngx_chat_maintain_stmt = {
    "maintain",
    "SELECT more, entries FROM chat.maintain($1::bigint::int, $2::bigint::int, "
    "nullif($3::bigint, 0)::int)",
    0
};

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

    ngx_chat_maintain_next(interval);
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
