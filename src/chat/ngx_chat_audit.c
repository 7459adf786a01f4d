/*
 * Entries are sealed within seconds of their commit.  Every worker has the timer, the
 * database lets one of them seal.
 */

#include "ngx_chat_audit.h"
#include "ngx_chat_stat.h"
#include "chat_secret.h"


#define NGX_CHAT_AUDIT_INTERVAL     2000    /* ms */
#define NGX_CHAT_AUDIT_MORE         50      /* ms, while more waits */
#define NGX_CHAT_AUDIT_BATCH        1000    /* entries sealed at once */
#define NGX_CHAT_AUDIT_EXPIRE       60      /* intervals between looks for what is too old */
#define NGX_CHAT_AUDIT_EXPIRE_BATCH 2000    /* entries cut off at once */


typedef struct {
    const char         *action;
    ngx_chat_stat_e     counter;
} ngx_chat_audit_found_t;


static void ngx_chat_audit_run(ngx_event_t *ev);
static ngx_int_t ngx_chat_audit_seal(ngx_log_t *log);
static void ngx_chat_audit_sealed(void *data, ngx_chat_pg_result_t *res);
static void ngx_chat_audit_count(ngx_str_t *action, int64_t entries);
static void ngx_chat_audit_expire(ngx_log_t *log);
static void ngx_chat_audit_expired(void *data, ngx_chat_pg_result_t *res);
static void ngx_chat_audit_next(ngx_msec_t interval);


static ngx_chat_pg_stmt_t  ngx_chat_audit_seal_stmt = {
    "audit_seal",
    "SELECT action, entries FROM chat.audit_seal($1::bigint::int)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_audit_expire_stmt = {
    "audit_expire",
    "SELECT chat.audit_expire($1::bigint, $2::bigint::int)",
    0
};

static ngx_chat_audit_found_t  ngx_chat_audit_founds[] = {
    { "detect.many_failures", NGX_CHAT_STAT_DETECT_FAILURES },
    { "detect.many_accounts", NGX_CHAT_STAT_DETECT_ACCOUNTS },
    { "detect.new_network", NGX_CHAT_STAT_DETECT_NETWORK },
    { "detect.key_package_burst", NGX_CHAT_STAT_DETECT_CLAIMS },
    { NULL, 0 }
};

static ngx_uint_t              ngx_chat_audit_ticks;
static ngx_event_t             ngx_chat_audit_event;
static ngx_connection_t        ngx_chat_audit_connection;
static ngx_chat_audit_conf_t  *ngx_chat_audit_conf;


void
ngx_chat_audit_init_process(ngx_cycle_t *cycle, ngx_chat_audit_conf_t *conf)
{
    ngx_chat_audit_conf = conf;
    ngx_chat_audit_connection.fd = (ngx_socket_t) -1;

    ngx_chat_audit_event.handler = ngx_chat_audit_run;
    ngx_chat_audit_event.data = &ngx_chat_audit_connection;
    ngx_chat_audit_event.log = cycle->log;
    ngx_chat_audit_event.cancelable = 1;

    ngx_chat_audit_stream_init(cycle, conf);
    ngx_chat_audit_next(NGX_CHAT_AUDIT_INTERVAL);
}


static void
ngx_chat_audit_run(ngx_event_t *ev)
{
    if (ngx_exiting) {
        return;
    }

    if (!ngx_chat_pg_state()->ready || ngx_chat_audit_seal(ev->log) != NGX_OK)
    {
        ngx_chat_audit_next(NGX_CHAT_AUDIT_INTERVAL);
        return;
    }

    ngx_chat_audit_limits_flush(ev->log);

    if (++ngx_chat_audit_ticks % NGX_CHAT_AUDIT_EXPIRE == 0) {
        ngx_chat_audit_expire(ev->log);
    }
}


static ngx_int_t
ngx_chat_audit_seal(ngx_log_t *log)
{
    ngx_pool_t           *pool;
    ngx_chat_pg_param_t   p;
    ngx_chat_pg_query_t  *query;

    pool = ngx_create_pool(512, log);
    if (pool == NULL) {
        return NGX_ERROR;
    }

    query = NULL;
    ngx_memzero(&p, sizeof(p));

    if (ngx_chat_pg_set_integer(&p, pool, NGX_CHAT_AUDIT_BATCH) == NGX_OK) {
        query = ngx_chat_pg_query(NGX_CHAT_PG_POOL_ANY,
                                  &ngx_chat_audit_seal_stmt, &p, 1, 0,
                                  ngx_chat_audit_sealed, NULL);
    }

    ngx_destroy_pool(pool);

    return query != NULL ? NGX_OK : NGX_ERROR;
}


static void
ngx_chat_audit_sealed(void *data, ngx_chat_pg_result_t *res)
{
    int64_t     n, entries;
    ngx_str_t   action;
    ngx_uint_t  i;

    entries = 0;

    if (ngx_chat_pg_status(res) == NGX_CHAT_PG_ERROR) {
        ngx_log_error(NGX_LOG_ERR, ngx_chat_audit_event.log, 0,
                      "chat: sealing the audit log failed in the database, "
                      "SQLSTATE %s", ngx_chat_pg_sqlstate(res));
    }

    if (ngx_chat_pg_status(res) == NGX_CHAT_PG_OK) {

        for (i = 0; i < ngx_chat_pg_rows(res); i++) {
            ngx_chat_pg_bytes(res, i, 0, &action);
            n = ngx_chat_pg_integer(res, i, 1);
            entries += n;
            ngx_chat_audit_count(&action, n);
        }

        if (!ngx_exiting) {
            ngx_chat_audit_stream_run();
        }
    }

    ngx_chat_audit_next(entries >= NGX_CHAT_AUDIT_BATCH
                        ? NGX_CHAT_AUDIT_MORE : NGX_CHAT_AUDIT_INTERVAL);
}


/* whoever seals an entry counts it: each is counted once, whatever wrote it */

static void
ngx_chat_audit_count(ngx_str_t *action, int64_t entries)
{
    ngx_chat_audit_found_t  *f;

    ngx_chat_stat_add(NGX_CHAT_STAT_AUDIT_ENTRIES, (ngx_int_t) entries);

    for (f = ngx_chat_audit_founds; f->action; f++) {
        if (ngx_strlen(f->action) == action->len
            && ngx_memcmp(f->action, action->data, action->len) == 0)
        {
            ngx_chat_stat_add(f->counter, (ngx_int_t) entries);
        }
    }
}


static void
ngx_chat_audit_expire(ngx_log_t *log)
{
    ngx_pool_t           *pool;
    ngx_chat_pg_param_t   p[2];

    pool = ngx_create_pool(512, log);
    if (pool == NULL) {
        return;
    }

    ngx_memzero(p, sizeof(p));

    /* what isn't cut off now is the next time */

    if (ngx_chat_pg_set_integer(&p[0], pool, ngx_chat_audit_conf->retention)
        == NGX_OK
        && ngx_chat_pg_set_integer(&p[1], pool, NGX_CHAT_AUDIT_EXPIRE_BATCH)
           == NGX_OK)
    {
        (void) ngx_chat_pg_query(NGX_CHAT_PG_POOL_ANY,
                                 &ngx_chat_audit_expire_stmt, p, 2, 0,
                                 ngx_chat_audit_expired, NULL);
    }

    ngx_destroy_pool(pool);
}


static void
ngx_chat_audit_expired(void *data, ngx_chat_pg_result_t *res)
{
    if (ngx_chat_pg_status(res) == NGX_CHAT_PG_ERROR) {
        ngx_log_error(NGX_LOG_ERR, ngx_chat_audit_event.log, 0,
                      "chat: cutting off the audit log failed in the "
                      "database, SQLSTATE %s", ngx_chat_pg_sqlstate(res));
        return;
    }

    /* a full piece: there is more */

    if (ngx_chat_pg_status(res) == NGX_CHAT_PG_OK
        && ngx_chat_pg_rows(res) == 1
        && ngx_chat_pg_integer(res, 0, 0) >= NGX_CHAT_AUDIT_EXPIRE_BATCH
        && !ngx_exiting)
    {
        ngx_chat_audit_expire(ngx_chat_audit_event.log);
    }
}


/* three quarters to five quarters of the interval: workers and nodes don't meet */

static void
ngx_chat_audit_next(ngx_msec_t interval)
{
    if (ngx_exiting || ngx_chat_audit_event.timer_set) {
        return;
    }

    interval = interval / 4 * 3
               + chat_random_below((uint32_t) (interval / 2 + 1));

    ngx_add_timer(&ngx_chat_audit_event, interval);
}
