/*
 * The pools of a worker: one of shared connections, one each of the single
 * connections of the writer and of its cursors.  A request waits in its pool until a connection has room, at most until
 * its deadline; what is bounded is the number that wait and the number a connection has
 * in flight.
 */

#include "ngx_chat_pg_private.h"

static ngx_int_t ngx_chat_pg_pool_init(ngx_cycle_t *cycle,
    ngx_chat_pg_pool_t *pool, ngx_uint_t n);
static void ngx_chat_pg_dispatch_handler(ngx_event_t *ev);
static ngx_chat_pg_conn_t *ngx_chat_pg_pick(ngx_chat_pg_pool_t *pool);
static ngx_uint_t ngx_chat_pg_pool_down(ngx_chat_pg_pool_t *pool);
static void ngx_chat_pg_deadline_handler(ngx_event_t *ev);
static void ngx_chat_pg_call(ngx_chat_pg_query_t *q,
    ngx_chat_pg_status_t status);


ngx_chat_pg_t  ngx_chat_pg;


/* Makes the pools and begins to connect; NGX_ERROR without memory. */

ngx_int_t
ngx_chat_pg_init_process(ngx_cycle_t *cycle, ngx_chat_core_conf_t *conf)
{
    ngx_uint_t  i;

    ngx_memzero(&ngx_chat_pg, sizeof(ngx_chat_pg_t));

    ngx_chat_pg.types = ngx_pcalloc(cycle->pool, NGX_CHAT_PG_STMTS
                                                 * sizeof(ngx_chat_pg_types_t));
    if (ngx_chat_pg.types == NULL) {
        return NGX_ERROR;
    }

    ngx_chat_pg.conf = conf;
    for (i = 0; i < NGX_CHAT_PG_POOLS; i++) {
        ngx_chat_pg.pools[i].writer = (i != NGX_CHAT_PG_POOL_ANY);

        if (ngx_chat_pg_pool_init(cycle, &ngx_chat_pg.pools[i],
                                  i == NGX_CHAT_PG_POOL_ANY
                                  ? conf->database_connections : 1)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_chat_pg_pool_init(ngx_cycle_t *cycle, ngx_chat_pg_pool_t *pool,
    ngx_uint_t n)
{
    ngx_uint_t           i;
    ngx_chat_pg_conn_t  *conn;

    ngx_queue_init(&pool->waiting);

    pool->dispatch.handler = ngx_chat_pg_dispatch_handler;
    pool->dispatch.data = pool;
    pool->dispatch.log = cycle->log;

    pool->conns = ngx_pcalloc(cycle->pool, n * sizeof(ngx_chat_pg_conn_t));
    if (pool->conns == NULL) {
        return NGX_ERROR;
    }

    pool->nconns = n;

    for (i = 0; i < n; i++) {
        conn = &pool->conns[i];
        conn->pool = pool;
        ngx_queue_init(&conn->slots);
        ngx_chat_pg_conn_schedule(conn, 0);
    }

    return NGX_OK;
}


/*
 * Closes all connections.  What waits or is in flight stays as it is, without a
 * call of its handler: others that exit after us may still abandon it.
 */

void
ngx_chat_pg_exit_process(ngx_cycle_t *cycle)
{
    ngx_uint_t           i, n;
    ngx_chat_pg_pool_t  *pool;

    if (ngx_chat_pg.conf == NULL) {
        return;
    }

    ngx_chat_pg.conf = NULL;

    for (n = 0; n < NGX_CHAT_PG_POOLS; n++) {
        pool = &ngx_chat_pg.pools[n];

        for (i = 0; i < pool->nconns; i++) {
            ngx_chat_pg_conn_close(&pool->conns[i]);
        }
    }
}


ngx_chat_pg_query_t *
ngx_chat_pg_query(ngx_chat_pg_pool_e pool, ngx_chat_pg_stmt_t *stmt,
    ngx_chat_pg_param_t *params, ngx_uint_t nparams, ngx_msec_t timeout,
    ngx_chat_pg_handler_pt handler, void *data)
{
    ngx_chat_pg_pool_t   *p;
    ngx_chat_pg_query_t  *q;

    if (ngx_chat_pg.conf == NULL) {
        return NULL;
    }

    p = &ngx_chat_pg.pools[pool];

    if (p->nwaiting >= ngx_chat_pg.conf->database_queue) {
        ngx_chat_stat_add(NGX_CHAT_STAT_PG_REFUSED, 1);
        return NULL;
    }

    q = ngx_chat_pg_query_create(p, stmt, params, nparams, handler, data);
    if (q == NULL) {
        return NULL;
    }

    ngx_add_timer(&q->timer,
                  timeout ? timeout : ngx_chat_pg.conf->database_timeout);

    ngx_queue_insert_tail(&p->waiting, &q->queue);
    p->nwaiting++;

    /* sent from the loop: no handler is ever called from in here */

    ngx_post_event(&p->dispatch, &ngx_posted_events);

    return q;
}


/* A request that stands in no queue and has no deadline yet. */

ngx_chat_pg_query_t *
ngx_chat_pg_query_create(ngx_chat_pg_pool_t *pool, ngx_chat_pg_stmt_t *stmt,
    ngx_chat_pg_param_t *params, ngx_uint_t nparams,
    ngx_chat_pg_handler_pt handler, void *data)
{
    ngx_chat_pg_query_t  *q;

    if (nparams > NGX_CHAT_PG_PARAMS) {
        return NULL;
    }

    if (stmt->index == 0) {
        if (ngx_chat_pg.nstmts == NGX_CHAT_PG_STMTS) {
            ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                          "chat: more than %d statements, \"%s\" is refused",
                          NGX_CHAT_PG_STMTS, stmt->name);
            return NULL;
        }

        stmt->index = ++ngx_chat_pg.nstmts;
    }

    q = ngx_calloc(sizeof(ngx_chat_pg_query_t), ngx_cycle->log);
    if (q == NULL) {
        return NULL;
    }

    q->params = ngx_chat_pg_params_copy(params, nparams);
    if (q->params == NULL) {
        ngx_free(q);
        return NULL;
    }

    q->pool = pool;
    q->stmt = stmt;
    q->handler = handler;
    q->data = data;
    q->started = ngx_chat_pg_microseconds();

    q->timer.handler = ngx_chat_pg_deadline_handler;
    q->timer.data = q;
    q->timer.log = ngx_cycle->log;

    return q;
}


void
ngx_chat_pg_abandon(ngx_chat_pg_query_t *query)
{
    query->handler = NULL;
}


ngx_chat_pg_state_t *
ngx_chat_pg_state(void)
{
    return &ngx_chat_pg.state;
}


void
ngx_chat_pg_log_epoch(u_char log_epoch[16])
{
    ngx_memcpy(ngx_chat_pg.state.log_epoch, log_epoch, 16);
}


void
ngx_chat_pg_gauges(ngx_uint_t *connections, ngx_uint_t *waiting,
    ngx_uint_t *in_flight)
{
    ngx_uint_t  i, n;

    *connections = 0;
    *waiting = 0;
    *in_flight = ngx_chat_pg.in_flight;

    for (n = 0; n < NGX_CHAT_PG_POOLS; n++) {
        *waiting += ngx_chat_pg.pools[n].nwaiting;

        for (i = 0; i < ngx_chat_pg.pools[n].nconns; i++) {
            if (ngx_chat_pg.pools[n].conns[i].state == NGX_CHAT_PG_READY) {
                (*connections)++;
            }
        }
    }
}


static void
ngx_chat_pg_dispatch_handler(ngx_event_t *ev)
{
    ngx_chat_pg_dispatch(ev->data);
}


/* Sends what waits as far as connections have room, or refuses it if there are none. */

void
ngx_chat_pg_dispatch(ngx_chat_pg_pool_t *pool)
{
    ngx_uint_t            i;
    ngx_chat_pg_conn_t   *conn;
    ngx_chat_pg_query_t  *q;

    if (ngx_queue_empty(&pool->waiting)) {
        return;
    }

    if (ngx_chat_pg_pool_down(pool)) {
        ngx_chat_pg_refuse_waiting(pool);
        return;
    }

    while (!ngx_queue_empty(&pool->waiting)) {

        conn = ngx_chat_pg_pick(pool);
        if (conn == NULL) {
            break;
        }

        q = ngx_queue_data(ngx_queue_head(&pool->waiting),
                           ngx_chat_pg_query_t, queue);
        ngx_queue_remove(&q->queue);
        pool->nwaiting--;

        if (ngx_chat_pg_slot_send(conn, q) != NGX_OK) {
            ngx_chat_pg_conn_fail(conn, ngx_chat_pg_conn_error(conn));
            ngx_chat_pg_finish(q, NGX_CHAT_PG_UNAVAILABLE);
        }
    }

    for (i = 0; i < pool->nconns; i++) {
        conn = &pool->conns[i];

        if (conn->state == NGX_CHAT_PG_READY
            && ngx_chat_pg_conn_flush(conn) != NGX_OK)
        {
            ngx_chat_pg_conn_fail(conn, ngx_chat_pg_conn_error(conn));
        }
    }
}


/* The ready connection with the fewest requests in flight; NULL if none has room. */

static ngx_chat_pg_conn_t *
ngx_chat_pg_pick(ngx_chat_pg_pool_t *pool)
{
    ngx_uint_t           i;
    ngx_chat_pg_conn_t  *conn, *best;

    best = NULL;

    for (i = 0; i < pool->nconns; i++) {
        conn = &pool->conns[i];

        if (conn->state != NGX_CHAT_PG_READY
            || conn->stalled
            || conn->nslots >= NGX_CHAT_PG_PIPELINE)
        {
            continue;
        }

        if (best == NULL || conn->nslots < best->nslots) {
            best = conn;
        }
    }

    return best;
}


/* 1 if waiting is no use: nothing is ready, and each connection's last attempt failed. */

static ngx_uint_t
ngx_chat_pg_pool_down(ngx_chat_pg_pool_t *pool)
{
    ngx_uint_t  i;

    for (i = 0; i < pool->nconns; i++) {
        if (pool->conns[i].state == NGX_CHAT_PG_READY
            || pool->conns[i].failures == 0)
        {
            return 0;
        }
    }

    return 1;
}


/* Ends all that wait now; what their handlers ask anew waits for the next turn. */

void
ngx_chat_pg_refuse_waiting(ngx_chat_pg_pool_t *pool)
{
    ngx_queue_t           refused;
    ngx_chat_pg_query_t  *q;

    if (ngx_queue_empty(&pool->waiting) || !ngx_chat_pg_pool_down(pool)) {
        return;
    }

    ngx_queue_init(&refused);
    ngx_queue_add(&refused, &pool->waiting);
    ngx_queue_init(&pool->waiting);

    while (!ngx_queue_empty(&refused)) {
        q = ngx_queue_data(ngx_queue_head(&refused), ngx_chat_pg_query_t,
                           queue);
        ngx_queue_remove(&q->queue);
        pool->nwaiting--;
        ngx_chat_stat_add(NGX_CHAT_STAT_PG_REFUSED, 1);
        ngx_chat_pg_finish(q, NGX_CHAT_PG_UNAVAILABLE);
    }
}


/*
 * The deadline.  What waits was never sent.  What is in flight stays as an orphan in
 * its place, for its results must be read before those behind it.
 */

static void
ngx_chat_pg_deadline_handler(ngx_event_t *ev)
{
    ngx_chat_pg_conn_t   *conn;
    ngx_chat_pg_query_t  *q;

    q = ev->data;
    conn = q->conn;

    ngx_chat_stat_add(NGX_CHAT_STAT_PG_TIMEOUTS, 1);

    ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                  "chat: PostgreSQL didn't answer \"%s\" in time%s",
                  q->stmt->name, conn ? "" : ", it still waited to be sent");

    if (conn == NULL) {
        ngx_queue_remove(&q->queue);
        q->pool->nwaiting--;
        ngx_chat_pg_finish(q, NGX_CHAT_PG_UNAVAILABLE);
        return;
    }

    q->orphan = 1;
    ngx_chat_pg_conn_silence(conn);
    ngx_chat_pg_call(q, NGX_CHAT_PG_LOST);
}


/* Ends a request that is in no queue any more: the last call for it, and its memory. */

void
ngx_chat_pg_finish(ngx_chat_pg_query_t *q, ngx_chat_pg_status_t status)
{
    if (q->timer.timer_set) {
        ngx_del_timer(&q->timer);
    }

    ngx_chat_pg_call(q, status);

    PQclear(q->res);

    if (q->params != NULL) {
        ngx_free(q->params);
    }

    ngx_free(q);
}


static void
ngx_chat_pg_call(ngx_chat_pg_query_t *q, ngx_chat_pg_status_t status)
{
    ngx_chat_pg_result_t     res;
    ngx_chat_pg_handler_pt   handler;

    handler = q->handler;

    if (handler == NULL) {
        return;
    }

    q->handler = NULL;

    res.status = status;
    res.res = (status == NGX_CHAT_PG_LOST) ? NULL : q->res;
    res.sqlstate = NULL;

    if (res.res != NULL) {
        res.sqlstate = PQresultErrorField(res.res, PG_DIAG_SQLSTATE);
    }

    if (res.sqlstate == NULL) {
        res.sqlstate = "";
    }

    handler(q->data, &res);
}
