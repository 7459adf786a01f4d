/*
 * Accounts whose time is over are erased piece by piece.  Every worker has the timer,
 * the database lets one of them work, and tells the others' devices.
 */

#include <ngx_http.h>

#include "ngx_chat_life.h"


#define NGX_CHAT_ERASE_BATCH        1000    /* rows of each kind in one piece */
#define NGX_CHAT_ERASE_MORE         100     /* ms to the next piece */


static void ngx_chat_erase_run(ngx_event_t *ev);
static ngx_int_t ngx_chat_erase_query(ngx_log_t *log);
static void ngx_chat_erase_done(void *data, ngx_chat_pg_result_t *res);
static void ngx_chat_erase_next(ngx_msec_t interval);


static ngx_chat_pg_stmt_t  ngx_chat_erase_stmt = {
    "maintain_erasures",
    "SELECT chat.maintain_erasures($1::bigint::int)",
    0
};

static ngx_msec_t                          ngx_chat_erase_start;
static ngx_event_t                         ngx_chat_erase_event;
static ngx_connection_t                    ngx_chat_erase_connection;
static ngx_chat_conversation_main_conf_t  *ngx_chat_erase_conf;


ngx_int_t
ngx_chat_erase_init_process(ngx_cycle_t *cycle)
{
    ngx_chat_core_conf_t  *core;

    core = ngx_chat_core_conf(cycle);

    if (core == NULL || !core->enabled
        || (ngx_process != NGX_PROCESS_WORKER
            && ngx_process != NGX_PROCESS_SINGLE))
    {
        return NGX_OK;
    }

    ngx_chat_erase_conf = ngx_http_cycle_get_module_main_conf(cycle,
                                                ngx_chat_conversation_module);

    ngx_chat_erase_connection.fd = (ngx_socket_t) -1;

    ngx_chat_erase_event.handler = ngx_chat_erase_run;
    ngx_chat_erase_event.data = &ngx_chat_erase_connection;
    ngx_chat_erase_event.log = cycle->log;
    ngx_chat_erase_event.cancelable = 1;

    ngx_chat_erase_next(ngx_chat_erase_conf->maintain);

    return NGX_OK;
}


static void
ngx_chat_erase_run(ngx_event_t *ev)
{
    if (ngx_exiting) {
        return;
    }

    ngx_chat_erase_start = ngx_current_msec;

    if (!ngx_chat_pg_state()->ready
        || ngx_chat_erase_query(ev->log) != NGX_OK)
    {
        ngx_chat_erase_next(ngx_chat_erase_conf->maintain);
    }
}


static ngx_int_t
ngx_chat_erase_query(ngx_log_t *log)
{
    ngx_int_t             rc;
    ngx_pool_t           *pool;
    ngx_chat_pg_param_t   p;

    pool = ngx_create_pool(512, log);
    if (pool == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(&p, sizeof(p));
    rc = ngx_chat_pg_set_integer(&p, pool, NGX_CHAT_ERASE_BATCH);

    if (rc == NGX_OK
        && ngx_chat_pg_query(NGX_CHAT_PG_POOL_ANY, &ngx_chat_erase_stmt, &p, 1,
                             0, ngx_chat_erase_done, NULL)
           == NULL)
    {
        rc = NGX_ERROR;
    }

    ngx_destroy_pool(pool);

    return rc;
}


static void
ngx_chat_erase_done(void *data, ngx_chat_pg_result_t *res)
{
    ngx_msec_t  interval;

    interval = ngx_chat_erase_conf->maintain;

    if (ngx_chat_pg_status(res) == NGX_CHAT_PG_ERROR) {
        ngx_log_error(NGX_LOG_ERR, ngx_chat_erase_event.log, 0,
                      "chat: an erasure failed in the database, SQLSTATE %s",
                      ngx_chat_pg_sqlstate(res));
    }

    if (ngx_chat_pg_status(res) == NGX_CHAT_PG_OK
        && ngx_chat_pg_rows(res) == 1 && ngx_chat_pg_integer(res, 0, 0))
    {
        /* a rest as long as the work: half of a connection's time at most */

        interval = ngx_max(ngx_current_msec - ngx_chat_erase_start,
                           NGX_CHAT_ERASE_MORE);
        interval = ngx_min(interval, ngx_chat_erase_conf->maintain);
    }

    ngx_chat_erase_next(interval);
}


/* not all workers at the same moment */

static void
ngx_chat_erase_next(ngx_msec_t interval)
{
    if (ngx_exiting) {
        return;
    }

    interval = interval / 4 * 3
               + chat_random_below((uint32_t) (interval / 2 + 1));

    ngx_add_timer(&ngx_chat_erase_event, interval);
}
