/*
 * PostgreSQL on the event loop: a pool of pipelined libpq connections a
 * worker.  The only door to the database; libpq's types stay behind it.
 */

#ifndef NGX_CHAT_PG_H
#define NGX_CHAT_PG_H

#include "ngx_chat_core.h"

#define NGX_CHAT_PG_PARAMS      24

/* PostgreSQL's type oids, as far as we send or read them in binary */
#define NGX_CHAT_PG_BOOL        16
#define NGX_CHAT_PG_BYTEA       17
#define NGX_CHAT_PG_INT8        20
#define NGX_CHAT_PG_INT4        23
#define NGX_CHAT_PG_TEXT        25
#define NGX_CHAT_PG_UUID        2950
#define NGX_CHAT_PG_BYTEA_ARRAY 1001
#define NGX_CHAT_PG_INT4_ARRAY  1007
#define NGX_CHAT_PG_INT8_ARRAY  1016
#define NGX_CHAT_PG_UUID_ARRAY  2951

typedef enum {
    NGX_CHAT_PG_OK = 0,
    NGX_CHAT_PG_ERROR,          /* the server refused it: sqlstate, message, detail */
    NGX_CHAT_PG_UNAVAILABLE,    /* never sent: no connection, queue full, schema not fit; try again later */
    NGX_CHAT_PG_LOST            /* sent, no answer: connection lost or deadline; the outcome is unknown */
} ngx_chat_pg_status_t;

/*
 * A statement: static, prepared on each connection at its first use.
 * sql: with $1 … $n, casts where types matter; binary results always.
 */
typedef struct {
    const char         *name;           /* unique, a short identifier */
    const char         *sql;
    ngx_uint_t          index;          /* set by the pool; leave 0 */
} ngx_chat_pg_stmt_t;

typedef struct {
    uint32_t            oid;            /* 0: text, the server decides */
    unsigned            null:1;
    unsigned            binary:1;       /* value is in PostgreSQL's binary format */
    ngx_str_t           value;          /* text parameters need not be terminated */
} ngx_chat_pg_param_t;

typedef struct ngx_chat_pg_result_s  ngx_chat_pg_result_t;
typedef struct ngx_chat_pg_query_s   ngx_chat_pg_query_t;

/* called once, never from inside ngx_chat_pg_query(); res lives until it returns */
typedef void (*ngx_chat_pg_handler_pt)(void *data, ngx_chat_pg_result_t *res);

typedef enum {
    NGX_CHAT_PG_POOL_ANY = 0,   /* the shared connections */
    NGX_CHAT_PG_POOL_WRITER,    /* the one connection of the writer, with its own planner settings */
    NGX_CHAT_PG_POOL_CURSORS,   /* one of the same settings, so that no send waits behind cursors */
    NGX_CHAT_PG_POOLS
} ngx_chat_pg_pool_e;

/*
 * Queues a request; all parameter bytes are copied before it returns.  timeout 0: the
 * configured one, which a longer one doesn't exceed on the server (statement_timeout).
 * NULL: no memory or queue full (no callback follows).  "unavailable" may come at once: don't
 * ask again from inside its callback without a pause.
 */
ngx_chat_pg_query_t *ngx_chat_pg_query(ngx_chat_pg_pool_e pool,
    ngx_chat_pg_stmt_t *stmt, ngx_chat_pg_param_t *params, ngx_uint_t nparams,
    ngx_msec_t timeout, ngx_chat_pg_handler_pt handler, void *data);

/* the caller goes away: its handler won't be called; the request itself runs to its end */
void ngx_chat_pg_abandon(ngx_chat_pg_query_t *query);

/* the result */
ngx_chat_pg_status_t ngx_chat_pg_status(ngx_chat_pg_result_t *res);
const char *ngx_chat_pg_sqlstate(ngx_chat_pg_result_t *res);    /* "" if none */
void ngx_chat_pg_message(ngx_chat_pg_result_t *res, ngx_str_t *message, ngx_str_t *detail);
ngx_uint_t ngx_chat_pg_rows(ngx_chat_pg_result_t *res);
ngx_uint_t ngx_chat_pg_null(ngx_chat_pg_result_t *res, ngx_uint_t row, ngx_uint_t col);
/* borrowed: text, bytea, uuid, json, jsonb */
void ngx_chat_pg_bytes(ngx_chat_pg_result_t *res, ngx_uint_t row, ngx_uint_t col, ngx_str_t *out);
int64_t ngx_chat_pg_integer(ngx_chat_pg_result_t *res, ngx_uint_t row, ngx_uint_t col); /* int2, int4, int8, bool */
/* timestamptz → unix microseconds */
int64_t ngx_chat_pg_time(ngx_chat_pg_result_t *res, ngx_uint_t row, ngx_uint_t col);
/* a one-dimensional uuid[]: count and, one after the other, 20-byte items (4 length bytes + 16); -1 if it isn't one */
ngx_int_t ngx_chat_pg_uuid_array(ngx_chat_pg_result_t *res, ngx_uint_t row, ngx_uint_t col, u_char **items);

/* parameters: in pool memory where they need any */
void ngx_chat_pg_set_null(ngx_chat_pg_param_t *p);
void ngx_chat_pg_set_text(ngx_chat_pg_param_t *p, ngx_str_t *value);            /* untyped text: the statement casts */
void ngx_chat_pg_set_bytea(ngx_chat_pg_param_t *p, u_char *data, size_t len);
void ngx_chat_pg_set_uuid(ngx_chat_pg_param_t *p, u_char uuid[16]);
ngx_int_t ngx_chat_pg_set_integer(ngx_chat_pg_param_t *p, ngx_pool_t *pool, int64_t value);  /* int8 binary */

/*
 * Binary arrays, built once with the space they need.  Items are appended with
 * _add; an item of data == NULL is NULL.
 */
typedef struct {
    u_char             *start;
    u_char             *pos;
    u_char             *end;
    uint32_t            oid;            /* of the array */
    uint32_t            n;
    unsigned            has_null:1;
} ngx_chat_pg_array_t;

ngx_int_t ngx_chat_pg_array_init(ngx_chat_pg_array_t *a, ngx_pool_t *pool,
    uint32_t array_oid, size_t bytes /* of all items */, ngx_uint_t n);
ngx_int_t ngx_chat_pg_array_add(ngx_chat_pg_array_t *a, u_char *data, size_t len);
ngx_int_t ngx_chat_pg_array_add_integer(ngx_chat_pg_array_t *a, int64_t value); /* int4 or int8 by the oid */
void ngx_chat_pg_set_array(ngx_chat_pg_param_t *p, ngx_chat_pg_array_t *a);

/* what the schema said at connect (chat.connect); log_epoch and key are all zero before the first */
typedef struct {
    unsigned            ready:1;        /* a connection stands and the schema fits */
    u_char              log_epoch[16];
    u_char              key[32];        /* the server's key for codes and links */
    const char         *problem;        /* why not ready: one of few static sentences */
} ngx_chat_pg_state_t;

ngx_chat_pg_state_t *ngx_chat_pg_state(void);

/* a statement told the log's epoch, newer than what was told at connect */
void ngx_chat_pg_log_epoch(u_char log_epoch[16]);

/*
 * Hears what is told by NOTIFY ngx_chat, in whichever process; registered before
 * connections are opened.  It may be lost, so it must only hint at what tables say.
 */
typedef void (*ngx_chat_pg_notify_pt)(ngx_str_t *text);
void ngx_chat_pg_notify_register(ngx_chat_pg_notify_pt handler);

/* gauges for metrics: open connections, requests waiting for one, requests in flight */
void ngx_chat_pg_gauges(ngx_uint_t *connections, ngx_uint_t *waiting, ngx_uint_t *in_flight);

/* called by the core module */
/* checks and resolves; NGX_CONF_OK or NGX_CONF_ERROR */
char *ngx_chat_pg_conninfo(ngx_conf_t *cf, ngx_chat_core_conf_t *conf);
ngx_int_t ngx_chat_pg_init_process(ngx_cycle_t *cycle, ngx_chat_core_conf_t *conf);
void ngx_chat_pg_exit_process(ngx_cycle_t *cycle);

#endif /* NGX_CHAT_PG_H */
