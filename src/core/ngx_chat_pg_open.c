/*
 * Opening a connection.  libpq's socket is watched level-triggered and never
 * changes: each conninfo names one address and a fixed sslmode, and going on to the
 * next address is done here.
 */

#include "ngx_chat_pg_private.h"

static ngx_int_t ngx_chat_pg_conn_start(ngx_chat_pg_conn_t *conn);
static void ngx_chat_pg_conn_options(ngx_chat_pg_conn_t *conn,
    const char *conninfo, char *options);
static void ngx_chat_pg_conn_notice(void *data, const char *message);
static ngx_int_t ngx_chat_pg_conn_watch(ngx_chat_pg_conn_t *conn);
static void ngx_chat_pg_conn_buffer(int fd);
static void ngx_chat_pg_conn_opened(ngx_chat_pg_conn_t *conn);


/* Begins to open a connection that is down. */

void
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

    /* PostgreSQL gives up before we do: what it says of a request is certain */

    timeout = ngx_chat_pg.conf->database_timeout;
    timeout -= timeout / 10;
    lock = timeout - timeout / 5;

    if (conn->pool->writer && lock > NGX_CHAT_PG_WRITER_LOCK) {
        lock = NGX_CHAT_PG_WRITER_LOCK;
    }

    last = ngx_snprintf((u_char *) options, NGX_CHAT_PG_OPTIONS - 1,
                        "%s -c statement_timeout=%M"
                        " -c idle_in_transaction_session_timeout=%M"
                        " -c lock_timeout=%M"
                        " -c default_transaction_isolation=read\\ committed"
                        " -c timezone=UTC -c datestyle=ISO -c jit=off%s",
                        own ? own : "", timeout, timeout, lock,
                        conn->pool->writer
                            ? " -c plan_cache_mode=force_generic_plan"
                              " -c enable_seqscan=off -c enable_hashjoin=off"
                              " -c enable_mergejoin=off"
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


/* An event while it connects. */

void
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
