/*
 * Counters in shared memory, summed over workers and kept across reloads;
 * written as Prometheus text by ngx_chat_stat_text().
 */

#ifndef NGX_CHAT_STAT_H
#define NGX_CHAT_STAT_H

#include "ngx_chat_core.h"

#define NGX_CHAT_STAT_OPS       128     /* operations that can be counted */
#define NGX_CHAT_STAT_LIMITS    32      /* classes of limits */

typedef enum {
    NGX_CHAT_STAT_SOCKETS_OPENED = 0,
    NGX_CHAT_STAT_SOCKETS_CLOSED,
    NGX_CHAT_STAT_POLLS,
    NGX_CHAT_STAT_ENTRIES_STORED,
    NGX_CHAT_STAT_ENTRIES_LIVE,         /* delivered from memory */
    NGX_CHAT_STAT_ENTRIES_READ,         /* delivered from the log */
    NGX_CHAT_STAT_BATCHES,
    NGX_CHAT_STAT_BATCH_RERUNS,
    NGX_CHAT_STAT_ACKS,
    NGX_CHAT_STAT_SLOW_READERS,
    NGX_CHAT_STAT_PG_CONNECTS,
    NGX_CHAT_STAT_PG_LOST,
    NGX_CHAT_STAT_PG_TIMEOUTS,
    NGX_CHAT_STAT_PG_REFUSED,           /* queue full or no connection */
    NGX_CHAT_STAT_HUB_SENT,
    NGX_CHAT_STAT_HUB_RECEIVED,
    NGX_CHAT_STAT_HUB_HELD,             /* a peer didn't drain: ids kept */
    NGX_CHAT_STAT_HUB_DIRTY,            /* past that bound */
    NGX_CHAT_STAT_SESSION_HITS,
    NGX_CHAT_STAT_SESSION_MISSES,
    NGX_CHAT_STAT_ZONE_EVICTED,
    NGX_CHAT_STAT_ZONE_RESET,           /* a busy word was found set */
    NGX_CHAT_STAT_TASKS_REFUSED,
    NGX_CHAT_STAT_MAIL_SENT,
    NGX_CHAT_STAT_MAIL_RETRIED,
    NGX_CHAT_STAT_MAIL_REFUSED,
    NGX_CHAT_STAT_LIMITED,
    NGX_CHAT_STAT_AUDIT_ENTRIES,        /* sealed by this node */
    NGX_CHAT_STAT_DETECT_FAILURES,
    NGX_CHAT_STAT_DETECT_ACCOUNTS,
    NGX_CHAT_STAT_DETECT_NETWORK,
    NGX_CHAT_STAT_DETECT_CLAIMS,
    NGX_CHAT_STAT_COUNTERS
} ngx_chat_stat_e;

void ngx_chat_stat_add(ngx_chat_stat_e counter, ngx_int_t n);

/* of all workers; from any thread */
ngx_atomic_uint_t ngx_chat_stat_get(ngx_chat_stat_e counter);

/* one operation ended: op is its number in the table; status the HTTP status of its answer */
void ngx_chat_stat_op(ngx_uint_t op, ngx_uint_t status, ngx_msec_t msec);
/* a limit of this class refused, or would have */
void ngx_chat_stat_limit(ngx_uint_t limit, ngx_uint_t dry_run);
void ngx_chat_stat_pg(uint64_t microseconds);   /* the latency histogram */

/* names by number, NULL where there is none */
typedef struct {
    const char *const  *names;
    ngx_uint_t          n;
} ngx_chat_stat_names_t;

/*
 * The whole text (format 0.0.4), in memory of pool, at most 64 KiB.  Gauges of this
 * worker's pools are told by worker label.
 */
ngx_int_t ngx_chat_stat_text(ngx_pool_t *pool, ngx_chat_stat_names_t *ops,
    ngx_chat_stat_names_t *limits, ngx_str_t *out);

/* a row of gauges from outside the core (mail outbox: depth, age of the oldest), set by one worker */
typedef enum {
    NGX_CHAT_GAUGE_MAIL_WAITING = 0,
    NGX_CHAT_GAUGE_MAIL_OLDEST,         /* seconds */
    NGX_CHAT_GAUGE_MAIL_FAILING,        /* 1: the last attempt failed */
    NGX_CHAT_GAUGES
} ngx_chat_gauge_e;

void ngx_chat_stat_set(ngx_chat_gauge_e gauge, ngx_int_t value);

#endif /* NGX_CHAT_STAT_H */
