/*
 * One connection in use: its timer, its events, how it is lost and closed.
 */

#include "ngx_chat_pg_private.h"
#include <openssl/ssl.h>

static void ngx_chat_pg_conn_timer_handler(ngx_event_t *ev);
static ngx_msec_int_t ngx_chat_pg_conn_patience(ngx_chat_pg_conn_t *conn);
static void ngx_chat_pg_conn_next(ngx_chat_pg_conn_t *conn, const char *why);
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


/* Bytes came, or the end. */

void
ngx_chat_pg_conn_read_handler(ngx_event_t *rev)
{
    SSL                 *ssl;
    ngx_uint_t           broken;
    ngx_connection_t    *c;
    ngx_chat_pg_conn_t  *conn;

    c = rev->data;
    conn = c->data;

    if (conn->state == NGX_CHAT_PG_CONNECTING) {
        ngx_chat_pg_conn_poll(conn);
        return;
    }

    broken = 0;

    /* what OpenSSL holds of a record already is no event of the socket any more */

    do {
        broken |= (PQconsumeInput(conn->pg) == 0);
        ssl = PQsslStruct(conn->pg, "OpenSSL");

    } while (!broken && ssl != NULL && SSL_pending(ssl) > 0);

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

    if (ngx_chat_pg_notify_read(conn) == NGX_AGAIN) {
        ngx_post_event(rev, &ngx_posted_next_events);
    }

    ngx_chat_pg_dispatch(conn->pool);
}


/* The socket takes more of what libpq holds. */

void
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


/* The check passed: it takes requests, and the others needn't wait for their timers. */

void
ngx_chat_pg_conn_ready(ngx_chat_pg_conn_t *conn)
{
    ngx_uint_t           i, n;
    ngx_chat_pg_conn_t  *other;

    conn->state = NGX_CHAT_PG_READY;
    conn->failures = 0;
    conn->tried = 0;

    if (conn->timer.timer_set) {
        ngx_del_timer(&conn->timer);
    }

    ngx_chat_stat_add(NGX_CHAT_STAT_PG_CONNECTS, 1);
    ngx_chat_pg_update_ready();

    for (n = 0; n < NGX_CHAT_PG_POOLS; n++) {
        for (i = 0; i < ngx_chat_pg.pools[n].nconns; i++) {
            other = &ngx_chat_pg.pools[n].conns[i];

            if (other->state == NGX_CHAT_PG_DOWN) {
                ngx_chat_pg_conn_schedule(other, ngx_random()
                                                 % NGX_CHAT_PG_BACKOFF_MIN);
            }
        }
    }

    ngx_chat_pg_notify_listen(conn);

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
        ngx_chat_pg_conn_next(conn, why);
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


/* An attempt failed: the next address is tried at once, and all of them together fail once. */

static void
ngx_chat_pg_conn_next(ngx_chat_pg_conn_t *conn, const char *why)
{
    conn->host++;
    conn->tried++;

    if (conn->failures == 0
        && conn->tried < ngx_chat_pg.conf->database_hosts->nelts)
    {
        return;
    }

    conn->failures++;

    if (why != NULL) {
        ngx_chat_pg_told("PostgreSQL can't be reached", why);
    }
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


/* Watches for writability, or no more. */

ngx_int_t
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
