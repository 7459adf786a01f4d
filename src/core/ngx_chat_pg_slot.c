/*
 * One request on a connection: (Prepare,) Execute, Sync are sent in one go; the
 * results come back in the order of sending, each request's ended by its Sync.  An
 * error ends only its own request.
 */

#include "ngx_chat_pg_private.h"

/* NULL ends a statement; more of them in a row mean that libpq has nothing to give */
#define NGX_CHAT_PG_NULLS  3

static ngx_int_t ngx_chat_pg_slot_prepare(ngx_chat_pg_conn_t *conn,
    ngx_chat_pg_query_t *q, char *name);
static void ngx_chat_pg_slot_learn(ngx_chat_pg_types_t *types,
    ngx_chat_pg_params_t *params);
static ngx_int_t ngx_chat_pg_slot_result(ngx_chat_pg_conn_t *conn,
    ngx_chat_pg_query_t *q, PGresult *res);
static void ngx_chat_pg_slot_done(ngx_chat_pg_conn_t *conn,
    ngx_chat_pg_query_t *q);
static void ngx_chat_pg_slot_stale(ngx_chat_pg_conn_t *conn,
    ngx_chat_pg_query_t *q, const char *sqlstate);


/* Sends q on conn and makes it the last of its slots; NGX_ERROR: conn is broken. */

ngx_int_t
ngx_chat_pg_slot_send(ngx_chat_pg_conn_t *conn, ngx_chat_pg_query_t *q)
{
    char                   name[NGX_CHAT_PG_NAME];
    ngx_chat_pg_params_t  *params;

    params = q->params;

    if (ngx_chat_pg_slot_prepare(conn, q, name) != NGX_OK) {
        return NGX_ERROR;
    }

    if (PQsendQueryPrepared(conn->pg, name, params->n, params->values,
                            params->lengths, params->formats, 1)
        == 0
        || PQpipelineSync(conn->pg) == 0)
    {
        return NGX_ERROR;
    }

    ngx_free(params);
    q->params = NULL;
    q->conn = conn;

    if (conn->nslots == 0) {
        conn->heard = ngx_current_msec;
    }

    ngx_queue_insert_tail(&conn->slots, &q->queue);
    conn->nslots++;
    ngx_chat_pg.in_flight++;

    return NGX_OK;
}


/* Writes the statement's name on this connection; sends a Prepare if it has none yet. */

static ngx_int_t
ngx_chat_pg_slot_prepare(ngx_chat_pg_conn_t *conn, ngx_chat_pg_query_t *q,
    char *name)
{
    u_char               *last;
    ngx_uint_t            i;
    ngx_chat_pg_types_t  *types;

    i = q->stmt->index - 1;
    types = &ngx_chat_pg.types[i];

    ngx_chat_pg_slot_learn(types, q->params);

    if (conn->prepared[i] == 0 || conn->generations[i] != types->generation) {
        conn->prepared[i] = ++conn->versions;
        conn->generations[i] = types->generation;
        q->preparing = 1;
    }

    q->version = conn->prepared[i];

    last = ngx_snprintf((u_char *) name, NGX_CHAT_PG_NAME - 1, "%uD_%s",
                        q->version, q->stmt->name);
    *last = '\0';

    if (q->preparing
        && PQsendPrepare(conn->pg, name, q->stmt->sql, q->params->n,
                         types->types)
           == 0)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


static void
ngx_chat_pg_slot_learn(ngx_chat_pg_types_t *types,
    ngx_chat_pg_params_t *params)
{
    int  i;

    for (i = 0; i < params->n; i++) {
        if (params->types[i] != 0 && params->types[i] != types->types[i]) {
            types->types[i] = params->types[i];
            types->generation++;
        }
    }
}


/*
 * Takes what libpq has read: calls the handlers of requests that ended, in their
 * order.  NGX_ERROR: conn is broken.
 */

ngx_int_t
ngx_chat_pg_slot_results(ngx_chat_pg_conn_t *conn)
{
    PGresult             *res;
    ngx_uint_t            nulls;
    ngx_chat_pg_query_t  *q;

    nulls = 0;

    while (!ngx_queue_empty(&conn->slots) && !PQisBusy(conn->pg)) {

        q = ngx_queue_data(ngx_queue_head(&conn->slots), ngx_chat_pg_query_t,
                           queue);

        res = PQgetResult(conn->pg);

        if (res == NULL) {
            if (++nulls == NGX_CHAT_PG_NULLS) {
                break;
            }

            continue;
        }

        nulls = 0;

        if (PQresultStatus(res) == PGRES_PIPELINE_SYNC) {
            PQclear(res);
            ngx_chat_pg_slot_done(conn, q);
            continue;
        }

        if (ngx_chat_pg_slot_result(conn, q, res) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return PQstatus(conn->pg) == CONNECTION_OK ? NGX_OK : NGX_ERROR;
}


/* One result of the request at the head; it becomes q's or is cleared. */

static ngx_int_t
ngx_chat_pg_slot_result(ngx_chat_pg_conn_t *conn, ngx_chat_pg_query_t *q,
    PGresult *res)
{
    char            *severity;
    ExecStatusType   status;

    status = PQresultStatus(res);

    if (status == PGRES_COMMAND_OK && q->preparing) {
        q->preparing = 0;
        PQclear(res);
        return NGX_OK;
    }

    switch (status) {

    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
        break;

    case PGRES_PIPELINE_ABORTED:
        PQclear(res);
        return NGX_OK;

    case PGRES_FATAL_ERROR:
        severity = PQresultErrorField(res, PG_DIAG_SEVERITY_NONLOCALIZED);

        /* without a severity it is libpq's own: the connection is gone, and so is the answer */

        if (severity == NULL || ngx_strcmp(severity, "ERROR") != 0) {
            PQclear(res);
            return NGX_ERROR;
        }

        break;

    default:
        PQclear(res);
        return NGX_ERROR;
    }

    /* an error may come after the rows: a constraint that is checked at the commit */

    PQclear(q->res);
    q->res = res;

    return NGX_OK;
}


/* The Sync of the request at the head came: its transaction has ended. */

static void
ngx_chat_pg_slot_done(ngx_chat_pg_conn_t *conn, ngx_chat_pg_query_t *q)
{
    const char            *sqlstate;
    ngx_chat_pg_status_t   status;

    ngx_queue_remove(&q->queue);
    conn->nslots--;
    ngx_chat_pg.in_flight--;
    q->conn = NULL;

    ngx_chat_stat_pg(ngx_chat_pg_microseconds() - q->started);

    status = NGX_CHAT_PG_OK;

    if (q->res == NULL) {
        status = NGX_CHAT_PG_LOST;

    } else if (PQresultStatus(q->res) == PGRES_FATAL_ERROR) {
        status = NGX_CHAT_PG_ERROR;
        sqlstate = PQresultErrorField(q->res, PG_DIAG_SQLSTATE);

        if (sqlstate != NULL) {
            ngx_log_debug3(NGX_LOG_DEBUG_CORE, ngx_cycle->log, 0,
                           "chat pg \"%s\": %s %s", q->stmt->name, sqlstate,
                           PQresultErrorField(q->res,
                                              PG_DIAG_MESSAGE_PRIMARY));

            if (ngx_strcmp(sqlstate, "26000") == 0
                || (ngx_strcmp(sqlstate, "0A000") == 0 && !q->preparing))
            {
                ngx_chat_pg_slot_stale(conn, q, sqlstate);
                status = NGX_CHAT_PG_UNAVAILABLE;

            } else if (q->preparing) {
                ngx_chat_pg_slot_stale(conn, q, sqlstate);
            }
        }
    }

    ngx_chat_pg_finish(q, status);
}


/*
 * The prepared statement can't be used: its Prepare failed, or a change of the
 * schema (0A000, "cached plan must not change result type") or somebody's DEALLOCATE
 * made it useless.  Nothing was executed; the next use prepares it under a new name.
 */

static void
ngx_chat_pg_slot_stale(ngx_chat_pg_conn_t *conn, ngx_chat_pg_query_t *q,
    const char *sqlstate)
{
    ngx_uint_t  i;

    i = q->stmt->index - 1;

    if (conn->prepared[i] == q->version) {
        conn->prepared[i] = 0;
    }

    ngx_log_debug2(NGX_LOG_DEBUG_CORE, ngx_cycle->log, 0,
                   "chat pg \"%s\" will be prepared again: %s",
                   q->stmt->name, sqlstate);
}
