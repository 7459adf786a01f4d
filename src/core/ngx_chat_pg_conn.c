/*
 * One connection: it is opened, checked, used, lost and opened again.  libpq's
 * socket is watched level-triggered and never changes during a connection's life: each
 * conninfo names one address and a fixed sslmode, and going on to the next address is
 * done here.
 */

#include "ngx_chat_pg_private.h"

static void ngx_chat_pg_conn_timer_handler(ngx_event_t *ev);
static ngx_msec_int_t ngx_chat_pg_conn_patience(ngx_chat_pg_conn_t *conn);
static void ngx_chat_pg_conn_open(ngx_chat_pg_conn_t *conn);
static ngx_int_t ngx_chat_pg_conn_start(ngx_chat_pg_conn_t *conn);
static void ngx_chat_pg_conn_options(ngx_chat_pg_conn_t *conn,
    const char *conninfo, char *options);
static void ngx_chat_pg_conn_notice(void *data, const char *message);
static ngx_int_t ngx_chat_pg_conn_watch(ngx_chat_pg_conn_t *conn);
static void ngx_chat_pg_conn_buffer(int fd);
static void ngx_chat_pg_conn_read_handler(ngx_event_t *rev);
static void ngx_chat_pg_conn_write_handler(ngx_event_t *wev);
static void ngx_chat_pg_conn_poll(ngx_chat_pg_conn_t *conn);
static void ngx_chat_pg_conn_opened(ngx_chat_pg_conn_t *conn);
static ngx_int_t ngx_chat_pg_conn_want_write(ngx_connection_t *c,
    ngx_uint_t want);
static ngx_msec_t ngx_chat_pg_conn_backoff(ngx_chat_pg_conn_t *conn);


/* (Re)arms the connection's timer; it never keeps a worker from exiting. */

void
ngx_chat_pg_conn_schedule(ngx_chat_pg_conn_t *conn, ngx_msec_t msec)
{
    conn->timer.handler = ngx_chat_pg_conn_timer_handler;
    conn->timer.data = conn;
    conn->timer.log = ngx_cycle->log;
    conn->timer.cancelable = 1;

    ngx_add_timer(&conn->timer, msec);
}


static void
ngx_chat_pg_conn_timer_handler(ngx_event_t *ev)
{
    ngx_chat_pg_conn_t   *conn;
    ngx_chat_pg_query_t  *q;

    conn = ev->data;

    switch (conn->state) {

    case NGX_CHAT_PG_DOWN:
        ngx_chat_pg_conn_open(conn);
        return;

    case NGX_CHAT_PG_CONNECTING:
    case NGX_CHAT_PG_CHECKING:
        ngx_chat_pg_conn_fail(conn, "no answer in time");
        return;

    case NGX_CHAT_PG_READY:
        break;
    }

    if (ngx_queue_empty(&conn->slots)) {
        return;
    }

    q = ngx_queue_data(ngx_queue_head(&conn->slots), ngx_chat_pg_query_t,
                       queue);

    if (q->orphan && ngx_chat_pg_conn_patience(conn) <= 0) {
        ngx_chat_pg_conn_fail(conn, "it is silent past the deadline");
        return;
    }

    /* an orphan may stand behind one that isn't: looked at again until all are gone */

    ngx_chat_pg_conn_schedule(conn, NGX_CHAT_PG_GRACE);
}


/*
 * A deadline passed on this connection: nothing new is sent on it until it is
 * heard again, and if it isn't, it is closed.
 */

void
ngx_chat_pg_conn_silence(ngx_chat_pg_conn_t *conn)
{
    ngx_msec_int_t  patience;

    conn->stalled = 1;

    if (conn->state == NGX_CHAT_PG_READY && !conn->timer.timer_set) {
        patience = ngx_chat_pg_conn_patience(conn);
        ngx_chat_pg_conn_schedule(conn, ngx_max(patience, 1));
    }
}


/* Milliseconds that it may stay silent: statement_timeout ends what it works on before. */

static ngx_msec_int_t
ngx_chat_pg_conn_patience(ngx_chat_pg_conn_t *conn)
{
    return (ngx_msec_int_t) (conn->heard + ngx_chat_pg.conf->database_timeout
                             + NGX_CHAT_PG_GRACE - ngx_current_msec);
}


static void
ngx_chat_pg_conn_open(ngx_chat_pg_conn_t *conn)
{
    conn->state = NGX_CHAT_PG_CONNECTING;
    conn->stalled = 0;
    conn->unfit = 0;
    conn->versions = 0;
    ngx_memzero(conn->prepared, sizeof(conn->prepared));

    /* PQconnectPoll() knows no connect_timeout */

    ngx_chat_pg_conn_schedule(conn, ngx_chat_pg.conf->database_timeout);

    if (ngx_chat_pg_conn_start(conn) != NGX_OK) {
        ngx_chat_pg_conn_fail(conn, ngx_chat_pg_conn_error(conn));
    }
}


static ngx_int_t
ngx_chat_pg_conn_start(ngx_chat_pg_conn_t *conn)
{
    char          options[NGX_CHAT_PG_OPTIONS];
    ngx_str_t    *hosts;
    const char   *keys[3], *values[3];

    hosts = ngx_chat_pg.conf->database_hosts->elts;
    conn->host %= ngx_chat_pg.conf->database_hosts->nelts;

    /* what follows the expanded conninfo overrides it */

    keys[0] = "dbname";
    values[0] = (char *) hosts[conn->host].data;
    keys[1] = "options";
    values[1] = options;
    keys[2] = NULL;
    values[2] = NULL;

    ngx_chat_pg_conn_options(conn, values[0], options);

    conn->pg = PQconnectStartParams(keys, values, 1);

    if (conn->pg == NULL || PQstatus(conn->pg) == CONNECTION_BAD) {
        return NGX_ERROR;
    }

    (void) PQsetNoticeProcessor(conn->pg, ngx_chat_pg_conn_notice, NULL);

    return ngx_chat_pg_conn_watch(conn);
}


/*
 * Writes the settings of the session: the operator's own, then ours.  The writer's
 * fix its plans: whatever the tables' sizes, it goes by the indexes in their order.
 */

static void
ngx_chat_pg_conn_options(ngx_chat_pg_conn_t *conn, const char *conninfo,
    char *options)
{
    char              *own;
    u_char            *last;
    ngx_msec_t         timeout, lock;
    PQconninfoOption  *parsed, *opt;

    own = NULL;
    parsed = PQconninfoParse(conninfo, NULL);

    for (opt = parsed; opt != NULL && opt->keyword != NULL; opt++) {
        if (ngx_strcmp(opt->keyword, "options") == 0) {
            own = opt->val;
        }
    }

    timeout = ngx_chat_pg.conf->database_timeout;
    lock = timeout - timeout / 5;

    if (conn->pool->writer && lock > NGX_CHAT_PG_WRITER_LOCK) {
        lock = NGX_CHAT_PG_WRITER_LOCK;
    }

    last = ngx_snprintf((u_char *) options, NGX_CHAT_PG_OPTIONS - 1,
                        "%s -c statement_timeout=%M"
                        " -c idle_in_transaction_session_timeout=%M"
                        " -c lock_timeout=%M"
                        " -c default_transaction_isolation=read\\ committed"
                        " -c timezone=UTC -c datestyle=ISO%s",
                        own ? own : "", timeout, timeout, lock,
                        conn->pool->writer
                            ? " -c plan_cache_mode=force_generic_plan"
                              " -c enable_seqscan=off -c enable_hashjoin=off"
                              " -c enable_mergejoin=off -c jit=off"
                            : "");
    *last = '\0';

    PQconninfoFree(parsed);
}


/* Notices could repeat values: they are seen in a debug log alone. */

static void
ngx_chat_pg_conn_notice(void *data, const char *message)
{
    ngx_log_debug1(NGX_LOG_DEBUG_CORE, ngx_cycle->log, 0,
                   "chat pg notice: %s", message);
}


/* Gives libpq's socket to the event loop, level-triggered. */

static ngx_int_t
ngx_chat_pg_conn_watch(ngx_chat_pg_conn_t *conn)
{
    ngx_connection_t  *c;

    c = ngx_get_connection(PQsocket(conn->pg), ngx_cycle->log);
    if (c == NULL) {
        return NGX_ERROR;
    }

    ngx_chat_pg_conn_buffer(c->fd);

    conn->c = c;
    c->data = conn;

    c->read->log = c->log;
    c->read->handler = ngx_chat_pg_conn_read_handler;
    c->write->log = c->log;
    c->write->handler = ngx_chat_pg_conn_write_handler;

    /* worker_shutdown_timeout passes it by: exit_process closes it */

    c->read->channel = 1;
    c->write->channel = 1;

    if (ngx_add_event(c->read, NGX_READ_EVENT, NGX_LEVEL_EVENT) != NGX_OK) {
        return NGX_ERROR;
    }

    /* libpq: a connection begins as if PQconnectPoll() had said "writing" */

    return ngx_chat_pg_conn_want_write(c, 1);
}


/*
 * libpq moves all that is left to send with each piece it sends; a larger buffer
 * makes the pieces of a batch large.  TCP's own tuning is left alone.
 */

static void
ngx_chat_pg_conn_buffer(int fd)
{
    int                 size;
    socklen_t           len;
    struct sockaddr_un  sa;

    len = sizeof(struct sockaddr_un);

    if (getsockname(fd, (struct sockaddr *) &sa, &len) == 0
        && sa.sun_family == AF_UNIX)
    {
        size = NGX_CHAT_PG_SNDBUF;
        (void) setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(int));
    }
}


static void
ngx_chat_pg_conn_read_handler(ngx_event_t *rev)
{
    ngx_uint_t           broken;
    ngx_connection_t    *c;
    ngx_chat_pg_conn_t  *conn;

    c = rev->data;
    conn = c->data;

    if (conn->state == NGX_CHAT_PG_CONNECTING) {
        ngx_chat_pg_conn_poll(conn);
        return;
    }

    broken = (PQconsumeInput(conn->pg) == 0);

    conn->heard = ngx_current_msec;
    conn->stalled = 0;

    /* answers that came before the end of the connection are answers */

    if (ngx_chat_pg_slot_results(conn) != NGX_OK || broken) {
        ngx_chat_pg_conn_fail(conn, ngx_chat_pg_conn_error(conn));
        return;
    }

    if (conn->unfit) {
        ngx_chat_pg_conn_fail(conn, NULL);
        return;
    }

    if (ngx_queue_empty(&conn->slots)) {
        (void) PQisBusy(conn->pg);      /* reads what comes unasked */
    }

    if (PQstatus(conn->pg) != CONNECTION_OK
        || ngx_chat_pg_conn_flush(conn) != NGX_OK)
    {
        ngx_chat_pg_conn_fail(conn, ngx_chat_pg_conn_error(conn));
        return;
    }

    ngx_chat_pg_dispatch(conn->pool);
}


static void
ngx_chat_pg_conn_write_handler(ngx_event_t *wev)
{
    ngx_connection_t    *c;
    ngx_chat_pg_conn_t  *conn;

    c = wev->data;
    conn = c->data;

    if (conn->state == NGX_CHAT_PG_CONNECTING) {
        ngx_chat_pg_conn_poll(conn);
        return;
    }

    conn->heard = ngx_current_msec;     /* it takes what we send: that is life, too */

    if (ngx_chat_pg_conn_flush(conn) != NGX_OK) {
        ngx_chat_pg_conn_fail(conn, ngx_chat_pg_conn_error(conn));
    }
}


static void
ngx_chat_pg_conn_poll(ngx_chat_pg_conn_t *conn)
{
    PostgresPollingStatusType  rc;

    rc = PQconnectPoll(conn->pg);

    if (rc == PGRES_POLLING_FAILED) {
        ngx_chat_pg_conn_fail(conn, ngx_chat_pg_conn_error(conn));
        return;
    }

    if (PQsocket(conn->pg) != conn->c->fd) {
        ngx_chat_pg_conn_fail(conn, "libpq changed its socket");
        return;
    }

    if (ngx_chat_pg_conn_want_write(conn->c, rc == PGRES_POLLING_WRITING)
        != NGX_OK)
    {
        ngx_chat_pg_conn_fail(conn, "its events can't be watched");
        return;
    }

    if (rc == PGRES_POLLING_OK) {
        ngx_chat_pg_conn_opened(conn);
    }
}


/* It stands: now the schema has to be fit. */

static void
ngx_chat_pg_conn_opened(ngx_chat_pg_conn_t *conn)
{
    conn->state = NGX_CHAT_PG_CHECKING;

    if (PQsetnonblocking(conn->pg, 1) != 0
        || PQenterPipelineMode(conn->pg) == 0
        || ngx_chat_pg_check(conn) != NGX_OK
        || ngx_chat_pg_conn_flush(conn) != NGX_OK)
    {
        ngx_chat_pg_conn_fail(conn, ngx_chat_pg_conn_error(conn));
    }
}


/* The check passed: it takes requests, and the others needn't wait for their timers. */

void
ngx_chat_pg_conn_ready(ngx_chat_pg_conn_t *conn)
{
    ngx_uint_t           i, n;
    ngx_chat_pg_conn_t  *other;

    conn->state = NGX_CHAT_PG_READY;
    conn->failures = 0;

    if (conn->timer.timer_set) {
        ngx_del_timer(&conn->timer);
    }

    ngx_chat_stat_add(NGX_CHAT_STAT_PG_CONNECTS, 1);
    ngx_chat_pg_update_ready();

    for (n = 0; n < 2; n++) {
        for (i = 0; i < ngx_chat_pg.pools[n].nconns; i++) {
            other = &ngx_chat_pg.pools[n].conns[i];

            if (other->state == NGX_CHAT_PG_DOWN) {
                ngx_chat_pg_conn_schedule(other, ngx_random()
                                                 % NGX_CHAT_PG_BACKOFF_MIN);
            }
        }
    }

    ngx_post_event(&conn->pool->dispatch, &ngx_posted_events);
}


/*
 * The connection is over.  why: for the log, NULL if that was told already.  A lost
 * one is opened again at once, one that didn't come about after a pause.  Requests
 * in flight end with "lost".
 */

void
ngx_chat_pg_conn_fail(ngx_chat_pg_conn_t *conn, const char *why)
{
    ngx_queue_t           lost;
    ngx_chat_pg_query_t  *q;

    if (conn->state == NGX_CHAT_PG_READY) {
        ngx_chat_pg_told_lost(why);

    } else {
        conn->failures++;
        conn->host++;

        if (why != NULL) {
            ngx_chat_pg_told("PostgreSQL can't be reached", why);
        }
    }

    ngx_queue_init(&lost);

    if (!ngx_queue_empty(&conn->slots)) {
        ngx_queue_add(&lost, &conn->slots);
        ngx_queue_init(&conn->slots);
    }

    ngx_chat_pg.in_flight -= conn->nslots;
    conn->nslots = 0;

    ngx_chat_pg_conn_close(conn);
    ngx_chat_pg_conn_schedule(conn, ngx_chat_pg_conn_backoff(conn));
    ngx_chat_pg_update_ready();

    while (!ngx_queue_empty(&lost)) {
        q = ngx_queue_data(ngx_queue_head(&lost), ngx_chat_pg_query_t, queue);
        ngx_queue_remove(&q->queue);
        q->conn = NULL;
        ngx_chat_stat_add(NGX_CHAT_STAT_PG_LOST, 1);
        ngx_chat_pg_finish(q, NGX_CHAT_PG_LOST);
    }

    ngx_chat_pg_refuse_waiting(conn->pool);
}


/* Next to nothing after a loss; then half of a doubling pause, and a random part of the other half. */

static ngx_msec_t
ngx_chat_pg_conn_backoff(ngx_chat_pg_conn_t *conn)
{
    ngx_msec_t  pause, max;

    if (conn->failures == 0) {
        return (ngx_msec_t) ngx_random() % NGX_CHAT_PG_BACKOFF_MIN;
    }

    max = conn->unfit ? NGX_CHAT_PG_BACKOFF_UNFIT : NGX_CHAT_PG_BACKOFF_MAX;
    pause = NGX_CHAT_PG_BACKOFF_MIN << ngx_min(conn->failures - 1, 10);

    if (pause > max) {
        pause = max;
    }

    return pause / 2 + (ngx_msec_t) ngx_random() % (pause / 2);
}


/* Closes it, whatever its state; its slots are the caller's business. */

void
ngx_chat_pg_conn_close(ngx_chat_pg_conn_t *conn)
{
    ngx_connection_t  *c;

    conn->state = NGX_CHAT_PG_DOWN;

    if (conn->timer.timer_set) {
        ngx_del_timer(&conn->timer);
    }

    c = conn->c;

    if (c != NULL) {
        conn->c = NULL;

        /* libpq closes the socket, or has closed it already on an error */

        if (ngx_del_conn) {
            (void) ngx_del_conn(c, NGX_CLOSE_EVENT);

        } else {
            if (c->read->active) {
                (void) ngx_del_event(c->read, NGX_READ_EVENT, NGX_CLOSE_EVENT);
            }

            if (c->write->active) {
                (void) ngx_del_event(c->write, NGX_WRITE_EVENT,
                                     NGX_CLOSE_EVENT);
            }
        }

        if (c->read->posted) {
            ngx_delete_posted_event(c->read);
        }

        if (c->write->posted) {
            ngx_delete_posted_event(c->write);
        }

        c->read->closed = 1;
        c->write->closed = 1;

        ngx_free_connection(c);
        c->fd = (ngx_socket_t) -1;
    }

    if (conn->pg != NULL) {
        PQfinish(conn->pg);
        conn->pg = NULL;
    }
}


/* Sends what libpq holds; watches for writability only while something is left. */

ngx_int_t
ngx_chat_pg_conn_flush(ngx_chat_pg_conn_t *conn)
{
    switch (PQflush(conn->pg)) {

    case 0:
        return ngx_chat_pg_conn_want_write(conn->c, 0);

    case 1:
        return ngx_chat_pg_conn_want_write(conn->c, 1);

    default:
        return NGX_ERROR;
    }
}


static ngx_int_t
ngx_chat_pg_conn_want_write(ngx_connection_t *c, ngx_uint_t want)
{
    if (want == c->write->active) {
        return NGX_OK;
    }

    if (want) {
        return ngx_add_event(c->write, NGX_WRITE_EVENT, NGX_LEVEL_EVENT);
    }

    return ngx_del_event(c->write, NGX_WRITE_EVENT, 0);
}


/* libpq's words for what went wrong; they live until the connection is closed. */

const char *
ngx_chat_pg_conn_error(ngx_chat_pg_conn_t *conn)
{
    const char  *message;

    message = (conn->pg == NULL) ? "no memory" : PQerrorMessage(conn->pg);

    return (*message == '\0') ? "no connection is free" : message;
}
