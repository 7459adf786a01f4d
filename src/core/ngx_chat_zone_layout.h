/*
 * How the zone is laid out: for ngx_chat_zone*.c and ngx_chat_stat*.c alone.
 *
 * The slab gives one block when the zone is made and nothing after that: what
 * nobody allocates at run time, a killed worker can't leave half-allocated.
 *
 *     ngx_chat_zone_t | counters of the slots | sessions | limits
 */

#ifndef NGX_CHAT_ZONE_LAYOUT_H
#define NGX_CHAT_ZONE_LAYOUT_H

#include "ngx_chat_zone.h"
#include "ngx_chat_stat.h"

#define NGX_CHAT_ZONE_MAGIC         0x63686174u
#define NGX_CHAT_ZONE_LAYOUT        2           /* raised by every change of this file */
#define NGX_CHAT_ZONE_TABLES_MIN    524288      /* bytes: some 4,000 cells */

/* slots are made for the workers of four generations, with some to spare */
#define NGX_CHAT_ZONE_SLOTS(workers)  ngx_min(4 * (workers) + 8, NGX_CHAT_WORKERS)

#define NGX_CHAT_STAT_CODES         24          /* statuses counted one by one, the last are "other" */
#define NGX_CHAT_STAT_BUCKETS       14          /* of the latency histogram, +Inf included */

/* a worker's own gauges, published each second */
typedef enum {
    NGX_CHAT_WORKER_PG_CONNECTIONS = 0,
    NGX_CHAT_WORKER_PG_WAITING,
    NGX_CHAT_WORKER_PG_IN_FLIGHT,
    NGX_CHAT_WORKER_TASK_AUTH,
    NGX_CHAT_WORKER_TASK_MAIL,
    NGX_CHAT_WORKER_HUB_PEERS,
    NGX_CHAT_WORKER_GAUGES
} ngx_chat_worker_gauge_e;


/* only the process with this pid writes, but for a burial */
typedef struct {
    ngx_atomic_t        pid;            /* 0: free */
    ngx_atomic_t        generation;
    ngx_atomic_t        sockets;
    ngx_atomic_t        gauges[NGX_CHAT_WORKER_GAUGES];
    uint64_t            held[NGX_CHAT_WORKERS / 64];    /* slots for which its owner keeps hints back */
    ngx_atomic_t        in_flight;      /* ids below that are whole */
    u_char              ids[NGX_CHAT_IN_FLIGHT * 16];
} ngx_chat_slot_t;


/* numbers of cells are one higher than their index: 0 is none */
typedef uint32_t  ngx_chat_cell_no_t;

typedef struct {
    u_char              session[16];
    int64_t             expires;
    uint64_t            filled;         /* monotonic milliseconds */
    unsigned            verified:1;
    unsigned            approved:1;
} ngx_chat_cell_session_t;

typedef struct {
    ngx_chat_cell_no_t  next;           /* in its bucket, or among the free */
    ngx_chat_cell_no_t  group_next;
    ngx_chat_cell_no_t  newer;
    ngx_chat_cell_no_t  older;
    u_char              key[32];
    u_char              group[16];
    ngx_chat_cell_session_t  session;
} ngx_chat_cell_t;

typedef struct {
    ngx_chat_cell_no_t  oldest;
    ngx_chat_cell_no_t  newest;
} ngx_chat_queue_t;

typedef struct {
    ngx_atomic_t        busy;           /* somebody is, or died while, changing it */
    uint32_t            n;              /* cells and buckets */
    uint32_t            touched;        /* cells that were ever used: a fresh table costs no memory */
    uint32_t            used;
    ngx_chat_cell_no_t  free;
    ngx_chat_queue_t    queue;
    ngx_chat_cell_no_t *buckets;
    ngx_chat_cell_no_t *groups;
    ngx_chat_cell_t    *cells;
} ngx_chat_table_t;


/*
 * A bucket is 16 bytes, and one that is full again is as good as none: nothing
 * is linked, so a worker that is killed here leaves at most one bucket wrong.
 */
typedef struct {
    uint64_t            key;            /* of a keyed hash; 0: never used */
    uint64_t            full;           /* microseconds: when it will be full again */
} ngx_chat_bucket_t;

#define NGX_CHAT_LIMIT_WAYS         16  /* buckets in which one key is looked for */

typedef struct {
    u_char              secret[16];     /* of the hash: who is limited must not choose his place */
    uint32_t            nsets;
    uint32_t            used;
    ngx_chat_bucket_t  *buckets;        /* nsets * NGX_CHAT_LIMIT_WAYS */
} ngx_chat_limits_t;


typedef struct {
    uint32_t            magic;
    uint32_t            layout;
    uint32_t            size;           /* of this structure */
    uint32_t            nslots;

    ngx_atomic_t        counters[NGX_CHAT_STAT_COUNTERS];
    ngx_atomic_t        gauges[NGX_CHAT_GAUGES];
    ngx_atomic_t        ops[NGX_CHAT_STAT_OPS][NGX_CHAT_STAT_CODES];
    ngx_atomic_t        op_msec[NGX_CHAT_STAT_OPS];
    ngx_atomic_t        limited[NGX_CHAT_STAT_LIMITS][2];   /* refused; by a dry run alone */
    ngx_atomic_t        pg[NGX_CHAT_STAT_BUCKETS];
    ngx_atomic_t        pg_usec;

    ngx_atomic_t        revocations;
    ngx_atomic_t        generations;

    ngx_chat_table_t    sessions;
    ngx_chat_limits_t   limits;

    ngx_chat_slot_t     slots[NGX_CHAT_WORKERS];
    u_char             *interests;      /* nslots * NGX_CHAT_INTERESTS saturating counters */
} ngx_chat_zone_t;


/* NULL in processes that don't serve, and until they do */
extern ngx_chat_zone_t  *ngx_chat_zone;
extern ngx_uint_t        ngx_chat_zone_max_sockets;

/* the zone's mutex is held between the two; a table left half-changed is emptied first */
void ngx_chat_table_lock(ngx_chat_table_t *table);
void ngx_chat_table_unlock(ngx_chat_table_t *table);

/* the same mutex, for what needs no mending */
void ngx_chat_zone_lock(void);
void ngx_chat_zone_unlock(void);

/* takes what bytes hold; the memory must be aligned for 64-bit words and isn't touched */
void ngx_chat_limits_init(ngx_chat_limits_t *limits, u_char *memory,
    size_t bytes);

/* ---- a table of fixed size; everything below under its lock ---- */

/* takes what bytes hold; the memory must be aligned for pointers */
void ngx_chat_table_init(ngx_chat_table_t *table, u_char *memory, size_t bytes);
void ngx_chat_table_reset(ngx_chat_table_t *table);

ngx_chat_cell_t *ngx_chat_table_find(ngx_chat_table_t *table, u_char key[32]);

/* a cell with key and group, the newest; evict (NULL if there are free ones) is removed for it */
ngx_chat_cell_t *ngx_chat_table_insert(ngx_chat_table_t *table, u_char key[32],
    u_char group[16], ngx_chat_cell_t *evict);

void ngx_chat_table_remove(ngx_chat_table_t *table, ngx_chat_cell_t *cell);

/* the newest from now on */
void ngx_chat_table_touch(ngx_chat_table_t *table, ngx_chat_cell_t *cell);

/* whether an insertion has to evict, and the oldest (or NULL) */
ngx_uint_t ngx_chat_table_full(ngx_chat_table_t *table);
ngx_chat_cell_t *ngx_chat_table_oldest(ngx_chat_table_t *table);

/* the cells of a group: the first, and the one after (which may be asked for before a removal) */
ngx_chat_cell_t *ngx_chat_table_group(ngx_chat_table_t *table,
    u_char group[16]);
ngx_chat_cell_t *ngx_chat_table_group_next(ngx_chat_table_t *table,
    ngx_chat_cell_t *cell);

/* writes this worker's gauges into its slot, now and then each second */
void ngx_chat_stat_publish(void);
void ngx_chat_stat_start(ngx_cycle_t *cycle);

#endif /* NGX_CHAT_ZONE_LAYOUT_H */
