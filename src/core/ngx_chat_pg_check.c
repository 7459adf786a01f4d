/*
 * The first request of each connection asks the schema whether this module may
 * work with it, and the server whether it keeps what it acknowledges.  The answer is
 * told once per change, and asked for again with each new attempt: no reload is needed
 * after the mend.
 */

#include "ngx_chat_pg_private.h"

/* the columns of the check */
enum {
    NGX_CHAT_PG_COL_VERSION = 0,
    NGX_CHAT_PG_COL_RUNS_FROM,
    NGX_CHAT_PG_COL_LOG_EPOCH,
    NGX_CHAT_PG_COL_FSYNC,
    NGX_CHAT_PG_COL_SYNCHRONOUS_COMMIT,
    NGX_CHAT_PG_COL_ENCODING,
    NGX_CHAT_PG_COL_KEY,
    NGX_CHAT_PG_COL_IN_RECOVERY
};

#define NGX_CHAT_PG_MESSAGE  512    /* bytes of libpq's words in a log line */

static void ngx_chat_pg_check_handler(void *data, ngx_chat_pg_result_t *res);
static const char *ngx_chat_pg_check_error(ngx_chat_pg_result_t *res);
static const char *ngx_chat_pg_check_row(ngx_chat_pg_result_t *res);
static ngx_uint_t ngx_chat_pg_check_is(ngx_chat_pg_result_t *res,
    ngx_uint_t col, const char *text);
static void ngx_chat_pg_one_line(u_char *text, const char *message);


static ngx_chat_pg_stmt_t  ngx_chat_pg_check_stmt = {
    "connect",
    "SELECT version, runs_from, log_epoch, fsync, synchronous_commit, "
    "server_encoding, secret, in_recovery FROM chat.connect($1::int)",
    0
};

static const char  ngx_chat_pg_unfit_missing[] =
    "the schema is missing in this database, run \"chatctl migrate\"";
static const char  ngx_chat_pg_unfit_older[] =
    "the schema is older than this module, run \"chatctl migrate\"";
static const char  ngx_chat_pg_unfit_newer[] =
    "the schema is newer than this module, install the newer module";
static const char  ngx_chat_pg_unfit_encoding[] =
    "the database's encoding isn't UTF8, create it with ENCODING 'UTF8'";
static const char  ngx_chat_pg_unfit_fsync[] =
    "\"fsync\" is off in PostgreSQL, acknowledged messages could be lost, "
    "switch it on, or accept that by \"unsafe=on\" in \"chat_database\"";
static const char  ngx_chat_pg_unfit_commit[] =
    "\"synchronous_commit\" is off in PostgreSQL, acknowledged messages could "
    "be lost, switch it on, or accept that by \"unsafe=on\" in "
    "\"chat_database\"";
static const char  ngx_chat_pg_unfit_role[] =
    "the database role has no rights on the schema, "
    "run \"chatctl migrate --grant ROLE\"";
static const char  ngx_chat_pg_unfit_readonly[] =
    "this PostgreSQL server is read-only, name the primary in "
    "\"chat_database\"";
static const char  ngx_chat_pg_unfit_other[] =
    "the check of the schema failed";


/* Sends the check as the connection's first request. */

ngx_int_t
ngx_chat_pg_check(ngx_chat_pg_conn_t *conn)
{
    u_char                 number[4];
    ngx_chat_pg_param_t    param;
    ngx_chat_pg_query_t   *q;

    number[0] = 0;
    number[1] = 0;
    number[2] = NGX_CHAT_MODULE_NUMBER >> 8;
    number[3] = NGX_CHAT_MODULE_NUMBER & 0xff;

    ngx_memzero(&param, sizeof(ngx_chat_pg_param_t));
    param.oid = NGX_CHAT_PG_INT4;
    param.binary = 1;
    param.value.data = number;
    param.value.len = sizeof(number);

    q = ngx_chat_pg_query_create(conn->pool, &ngx_chat_pg_check_stmt, &param,
                                 1, ngx_chat_pg_check_handler, conn);
    if (q == NULL) {
        return NGX_ERROR;
    }

    if (ngx_chat_pg_slot_send(conn, q) != NGX_OK) {
        ngx_chat_pg_abandon(q);
        ngx_chat_pg_finish(q, NGX_CHAT_PG_LOST);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static void
ngx_chat_pg_check_handler(void *data, ngx_chat_pg_result_t *res)
{
    const char          *problem, *detail;
    ngx_str_t            value;
    ngx_chat_pg_conn_t  *conn;

    conn = data;

    if (conn->state != NGX_CHAT_PG_CHECKING) {
        return;
    }

    if (res->status != NGX_CHAT_PG_OK) {
        problem = ngx_chat_pg_check_error(res);

    } else {
        problem = ngx_chat_pg_check_row(res);
    }

    if (problem != NULL) {
        detail = (res->res != NULL)
                 ? PQresultErrorField(res->res, PG_DIAG_MESSAGE_PRIMARY)
                 : NULL;

        conn->unfit = 1;
        ngx_chat_pg_told(problem, detail);
        return;
    }

    ngx_chat_pg_bytes(res, 0, NGX_CHAT_PG_COL_LOG_EPOCH, &value);
    ngx_memcpy(ngx_chat_pg.state.log_epoch, value.data, 16);

    ngx_chat_pg_bytes(res, 0, NGX_CHAT_PG_COL_KEY, &value);
    ngx_memcpy(ngx_chat_pg.state.key, value.data, 32);

    ngx_chat_pg_conn_ready(conn);
}


static const char *
ngx_chat_pg_check_error(ngx_chat_pg_result_t *res)
{
    ngx_uint_t  i;

    static struct {
        const char  *sqlstate;
        const char  *problem;
    } errors[] = {
        { "3F000", ngx_chat_pg_unfit_missing },
        { "42883", ngx_chat_pg_unfit_missing },
        { "42P01", ngx_chat_pg_unfit_missing },
        { "42703", ngx_chat_pg_unfit_older },
        { "42501", ngx_chat_pg_unfit_role },
        { "25006", ngx_chat_pg_unfit_readonly }
    };

    for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        if (ngx_strcmp(res->sqlstate, errors[i].sqlstate) == 0) {
            return errors[i].problem;
        }
    }

    return ngx_chat_pg_unfit_other;
}


/* NULL if the schema and the server are fit. */

static const char *
ngx_chat_pg_check_row(ngx_chat_pg_result_t *res)
{
    ngx_str_t   epoch, key;
    ngx_uint_t  safe;

    ngx_chat_pg_bytes(res, 0, NGX_CHAT_PG_COL_LOG_EPOCH, &epoch);
    ngx_chat_pg_bytes(res, 0, NGX_CHAT_PG_COL_KEY, &key);

    if (ngx_chat_pg_integer(res, 0, NGX_CHAT_PG_COL_IN_RECOVERY)) {
        return ngx_chat_pg_unfit_readonly;
    }

    if (epoch.len != 16 || key.len != 32) {
        return ngx_chat_pg_unfit_other;
    }

    if (ngx_chat_pg_integer(res, 0, NGX_CHAT_PG_COL_VERSION)
        < NGX_CHAT_SCHEMA_NEEDED)
    {
        return ngx_chat_pg_unfit_older;
    }

    if (ngx_chat_pg_integer(res, 0, NGX_CHAT_PG_COL_RUNS_FROM)
        > NGX_CHAT_MODULE_NUMBER)
    {
        return ngx_chat_pg_unfit_newer;
    }

    if (!ngx_chat_pg_check_is(res, NGX_CHAT_PG_COL_ENCODING, "UTF8")) {
        return ngx_chat_pg_unfit_encoding;
    }

    safe = !ngx_chat_pg.conf->database_unsafe;

    if (safe && !ngx_chat_pg_check_is(res, NGX_CHAT_PG_COL_FSYNC, "on")) {
        return ngx_chat_pg_unfit_fsync;
    }

    /* "local" and "remote_…" keep what they acknowledge, too */

    if (safe
        && ngx_chat_pg_check_is(res, NGX_CHAT_PG_COL_SYNCHRONOUS_COMMIT, "off"))
    {
        return ngx_chat_pg_unfit_commit;
    }

    return NULL;
}


static ngx_uint_t
ngx_chat_pg_check_is(ngx_chat_pg_result_t *res, ngx_uint_t col,
    const char *text)
{
    ngx_str_t  value;

    ngx_chat_pg_bytes(res, 0, col, &value);

    return value.len == ngx_strlen(text)
           && ngx_strncmp(value.data, text, value.len) == 0;
}


/*
 * An attempt failed: problem is a static sentence, detail PostgreSQL's or libpq's
 * words or NULL.  Logged where it changes what was told last; the rest goes to the
 * info level.
 */

void
ngx_chat_pg_told(const char *problem, const char *detail)
{
    u_char      text[NGX_CHAT_PG_MESSAGE];
    ngx_uint_t  level;

    ngx_chat_pg_one_line(text, detail);

    level = NGX_LOG_INFO;

    if (!ngx_chat_pg.state.ready && ngx_chat_pg.told != problem) {
        ngx_chat_pg.told = problem;
        level = NGX_LOG_ERR;
    }

    ngx_log_error(level, ngx_cycle->log, 0, "chat: %s%s%s", problem,
                  *text ? ": " : "", text);

    ngx_chat_pg_update_ready();
}


/* A connection that was in use is gone; why as detail above. */

void
ngx_chat_pg_told_lost(const char *why)
{
    u_char      text[NGX_CHAT_PG_MESSAGE];
    ngx_uint_t  level;

    ngx_chat_pg_one_line(text, why);

    level = ngx_chat_pg.state.ready ? NGX_LOG_WARN : NGX_LOG_INFO;

    ngx_log_error(level, ngx_cycle->log, 0,
                  "chat: a connection to PostgreSQL was lost: %s", text);
}


/* libpq writes several lines. */

static void
ngx_chat_pg_one_line(u_char *text, const char *message)
{
    u_char  *p;

    p = ngx_snprintf(text, NGX_CHAT_PG_MESSAGE - 1, "%s",
                     message ? message : "");

    while (p > text && p[-1] <= ' ') {
        p--;
    }

    *p = '\0';

    for (p = text; *p != '\0'; p++) {
        if (*p < ' ') {
            *p = ' ';
        }
    }
}


/* Each pool must have a connection: it reads, sends or moves cursors. */

void
ngx_chat_pg_update_ready(void)
{
    ngx_uint_t           i, n, ready;
    ngx_chat_pg_pool_t  *pool;

    ready = 0;

    for (n = 0; n < NGX_CHAT_PG_POOLS; n++) {
        pool = &ngx_chat_pg.pools[n];

        for (i = 0; i < pool->nconns; i++) {
            if (pool->conns[i].state == NGX_CHAT_PG_READY) {
                ready++;
                break;
            }
        }
    }

    ngx_chat_pg.state.ready = (ready == NGX_CHAT_PG_POOLS);

    if (ngx_chat_pg.state.ready) {
        if (ngx_chat_pg.told != NULL) {
            ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                          "chat: PostgreSQL is ready");
        }

        ngx_chat_pg.told = NULL;
        ngx_chat_pg.state.problem = NULL;
        return;
    }

    ngx_chat_pg.state.problem = ngx_chat_pg.told
                                ? ngx_chat_pg.told
                                : "a connection to PostgreSQL is being opened";
}
