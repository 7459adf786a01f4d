/*
 * What the files of ngx_chat_pg* share, and nobody else includes.
 *
 *   ngx_chat_pg.c        the pools: who waits, who is sent where, deadlines
 *   ngx_chat_pg_open.c   opening a connection
 *   ngx_chat_pg_conn.c   a connection in use: events, losing it, closing it
 *   ngx_chat_pg_slot.c   one request on a connection: sending, results
 *   ngx_chat_pg_notify.c what PostgreSQL tells unasked
 *   ngx_chat_pg_check.c  is the schema fit; what is told about it
 *   ngx_chat_pg_conf.c   "chat_database"
 *   ngx_chat_pg_value.c  parameters and values
 */

#ifndef NGX_CHAT_PG_PRIVATE_H
#define NGX_CHAT_PG_PRIVATE_H

#include "ngx_chat_pg.h"
#include "ngx_chat_stat.h"
#include <libpq-fe.h>

#define NGX_CHAT_PG_CONNECTIONS     17      /* of a pool, at most */
#define NGX_CHAT_PG_PIPELINE        64      /* requests in flight on a connection */
#define NGX_CHAT_PG_STMTS           256     /* statements a process */
#define NGX_CHAT_PG_NAME            64      /* bytes of a prepared statement's name */
#define NGX_CHAT_PG_OPTIONS         1024    /* bytes of a connection's settings */
#define NGX_CHAT_PG_WRITER_LOCK     1000    /* ms that a batch waits for a lock */
#define NGX_CHAT_PG_SNDBUF          1048576 /* bytes, of a Unix socket */
#define NGX_CHAT_PG_GRACE           2000    /* ms of silence past a deadline */
#define NGX_CHAT_PG_BACKOFF_MIN     100     /* ms before the first retry */
#define NGX_CHAT_PG_BACKOFF_MAX     1000    /* ms, PostgreSQL can't be reached */
#define NGX_CHAT_PG_BACKOFF_UNFIT   5000    /* ms, it can, but isn't fit */

typedef struct ngx_chat_pg_conn_s  ngx_chat_pg_conn_t;
typedef struct ngx_chat_pg_pool_s  ngx_chat_pg_pool_t;

typedef enum {
    NGX_CHAT_PG_DOWN = 0,       /* closed; the timer opens it */
    NGX_CHAT_PG_CONNECTING,
    NGX_CHAT_PG_CHECKING,       /* chat.connect() runs */
    NGX_CHAT_PG_READY
} ngx_chat_pg_conn_state_e;

struct ngx_chat_pg_result_s {
    ngx_chat_pg_status_t         status;
    PGresult                    *res;
    const char                  *sqlstate;
};

/* the types of a statement's parameters, learned from calls: a NULL has none of its own */
typedef struct {
    uint32_t                     generation;    /* raised when a type is learned */
    Oid                          types[NGX_CHAT_PG_PARAMS];
} ngx_chat_pg_types_t;

/* parameters as libpq wants them; one allocation with their bytes */
typedef struct {
    int                          n;
    Oid                         *types;
    const char                 **values;
    int                         *lengths;
    int                         *formats;
} ngx_chat_pg_params_t;

struct ngx_chat_pg_query_s {
    ngx_queue_t                  queue;     /* in the pool's waiting or the connection's slots */
    ngx_chat_pg_pool_t          *pool;
    ngx_chat_pg_conn_t          *conn;      /* NULL while it waits */
    ngx_chat_pg_stmt_t          *stmt;
    ngx_chat_pg_params_t        *params;    /* NULL once sent */
    ngx_chat_pg_handler_pt       handler;   /* NULL: abandoned, or already called */
    void                        *data;
    ngx_event_t                  timer;     /* the deadline */
    uint64_t                     started;   /* microseconds */

    PGresult                    *res;
    uint32_t                     version;   /* of the prepared statement it uses */
    unsigned                     preparing:1;
    unsigned                     orphan:1;  /* its deadline is over, its answer isn't in */
};

struct ngx_chat_pg_conn_s {
    ngx_chat_pg_conn_state_e     state;
    ngx_chat_pg_pool_t          *pool;
    PGconn                      *pg;
    ngx_connection_t            *c;
    ngx_event_t                  timer;     /* DOWN: open; CONNECTING, CHECKING: deadline; READY: silence */
    ngx_queue_t                  slots;     /* in the order of sending */
    ngx_uint_t                   nslots;
    ngx_uint_t                   host;      /* of the addresses, the one in use */
    ngx_uint_t                   tried;     /* addresses since it last was ready */
    ngx_uint_t                   failures;  /* attempts since then, past the first round */
    ngx_msec_t                   heard;     /* when bytes came last */
    uint32_t                     versions;  /* prepared statements made */
    uint32_t                     prepared[NGX_CHAT_PG_STMTS];   /* version, 0: not prepared */
    uint32_t                     generations[NGX_CHAT_PG_STMTS];    /* of the types then known */
    unsigned                     stalled:1; /* a deadline passed, nothing came since */
    unsigned                     unfit:1;   /* it answered, but may not be used */
};

struct ngx_chat_pg_pool_s {
    ngx_chat_pg_conn_t          *conns;
    ngx_uint_t                   nconns;
    ngx_queue_t                  waiting;
    ngx_uint_t                   nwaiting;  /* bounded by itself: reads that wait don't refuse the writer */
    ngx_event_t                  dispatch;  /* posted when something waits */
    unsigned                     writer:1;
};

/* of this process; conf is NULL where there is no pool */
typedef struct {
    ngx_chat_core_conf_t        *conf;
    ngx_chat_pg_pool_t           pools[NGX_CHAT_PG_POOLS];
    ngx_chat_pg_state_t          state;
    ngx_uint_t                   in_flight;
    ngx_uint_t                   nstmts;
    ngx_chat_pg_types_t         *types;     /* by the statement's index */
    const char                  *told;      /* the problem logged last; NULL: none */
} ngx_chat_pg_t;

extern ngx_chat_pg_t  ngx_chat_pg;

/* pools */
void ngx_chat_pg_dispatch(ngx_chat_pg_pool_t *pool);
void ngx_chat_pg_refuse_waiting(ngx_chat_pg_pool_t *pool);
void ngx_chat_pg_finish(ngx_chat_pg_query_t *q, ngx_chat_pg_status_t status);
ngx_chat_pg_query_t *ngx_chat_pg_query_create(ngx_chat_pg_pool_t *pool,
    ngx_chat_pg_stmt_t *stmt, ngx_chat_pg_param_t *params, ngx_uint_t nparams,
    ngx_chat_pg_handler_pt handler, void *data);

/* connections */
void ngx_chat_pg_conn_open(ngx_chat_pg_conn_t *conn);
void ngx_chat_pg_conn_poll(ngx_chat_pg_conn_t *conn);
void ngx_chat_pg_conn_read_handler(ngx_event_t *rev);
void ngx_chat_pg_conn_write_handler(ngx_event_t *wev);
ngx_int_t ngx_chat_pg_conn_want_write(ngx_connection_t *c, ngx_uint_t want);
void ngx_chat_pg_conn_schedule(ngx_chat_pg_conn_t *conn, ngx_msec_t msec);
void ngx_chat_pg_conn_close(ngx_chat_pg_conn_t *conn);
void ngx_chat_pg_conn_fail(ngx_chat_pg_conn_t *conn, const char *why);
void ngx_chat_pg_conn_ready(ngx_chat_pg_conn_t *conn);
void ngx_chat_pg_conn_silence(ngx_chat_pg_conn_t *conn);
ngx_int_t ngx_chat_pg_conn_flush(ngx_chat_pg_conn_t *conn);
const char *ngx_chat_pg_conn_error(ngx_chat_pg_conn_t *conn);

/* slots */
ngx_int_t ngx_chat_pg_slot_send(ngx_chat_pg_conn_t *conn, ngx_chat_pg_query_t *q);
ngx_int_t ngx_chat_pg_slot_results(ngx_chat_pg_conn_t *conn);

/* notifications */
void ngx_chat_pg_notify_listen(ngx_chat_pg_conn_t *conn);
ngx_int_t ngx_chat_pg_notify_read(ngx_chat_pg_conn_t *conn);

/* the check at connect */
ngx_int_t ngx_chat_pg_check(ngx_chat_pg_conn_t *conn);
void ngx_chat_pg_told(const char *problem, const char *detail);
void ngx_chat_pg_told_lost(const char *why);
void ngx_chat_pg_update_ready(void);

/* values */
ngx_chat_pg_params_t *ngx_chat_pg_params_copy(ngx_chat_pg_param_t *params, ngx_uint_t n);
uint64_t ngx_chat_pg_microseconds(void);

#endif /* NGX_CHAT_PG_PRIVATE_H */
