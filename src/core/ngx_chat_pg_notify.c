/*
 * What PostgreSQL tells unasked (LISTEN, NOTIFY): one connection of each worker
 * listens, and gives what it hears to one handler.  Whatever is said while no
 * connection listens is lost: it may only be a hint at what the tables hold.
 */

#include "ngx_chat_pg_private.h"

#define NGX_CHAT_PG_NOTIFIES  256       /* handled in one turn of the event loop */

static void ngx_chat_pg_notify_listening(void *data, ngx_chat_pg_result_t *res);


static ngx_chat_pg_stmt_t  ngx_chat_pg_notify_stmt = {
    "listen",
    "LISTEN ngx_chat",
    0
};

static ngx_chat_pg_notify_pt  ngx_chat_pg_notify_handler;


void
ngx_chat_pg_notify_register(ngx_chat_pg_notify_pt handler)
{
    ngx_chat_pg_notify_handler = handler;
}


/* A connection is ready: that of the cursors, of which a worker has one, listens. */

void
ngx_chat_pg_notify_listen(ngx_chat_pg_conn_t *conn)
{
    ngx_chat_pg_query_t  *q;

    if (ngx_chat_pg_notify_handler == NULL
        || conn != &ngx_chat_pg.pools[NGX_CHAT_PG_POOL_CURSORS].conns[0])
    {
        return;
    }

    q = ngx_chat_pg_query_create(conn->pool, &ngx_chat_pg_notify_stmt, NULL, 0,
                                 ngx_chat_pg_notify_listening, NULL);

    if (q == NULL) {
        return;
    }

    ngx_add_timer(&q->timer, ngx_chat_pg.conf->database_timeout);

    if (ngx_chat_pg_slot_send(conn, q) != NGX_OK) {
        ngx_chat_pg_abandon(q);
        ngx_chat_pg_finish(q, NGX_CHAT_PG_LOST);
    }
}


static void
ngx_chat_pg_notify_listening(void *data, ngx_chat_pg_result_t *res)
{
    if (ngx_chat_pg_status(res) == NGX_CHAT_PG_ERROR) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "chat: LISTEN failed, SQLSTATE %s: what chatctl ends is "
                      "noticed late", ngx_chat_pg_sqlstate(res));
    }
}


/* Hands on what libpq has read; NGX_AGAIN: there is more for the next turn. */

ngx_int_t
ngx_chat_pg_notify_read(ngx_chat_pg_conn_t *conn)
{
    PGnotify    *n;
    ngx_str_t    text;
    ngx_uint_t   i;

    for (i = 0; i < NGX_CHAT_PG_NOTIFIES; i++) {

        n = PQnotifies(conn->pg);
        if (n == NULL) {
            return NGX_OK;
        }

        text.data = (u_char *) n->extra;
        text.len = ngx_strlen(n->extra);

        if (ngx_chat_pg_notify_handler != NULL) {
            ngx_chat_pg_notify_handler(&text);
        }

        PQfreemem(n);
    }

    return NGX_AGAIN;
}
