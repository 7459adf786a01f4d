/*
 * Shared memory: the session cache, the limits, the registry of workers and
 * the counters.  DESIGN: slab and mutex with a busy word for the first two; fixed slots
 * that only their owner writes for the registry; atomics for the counters.
 */

#ifndef NGX_CHAT_ZONE_H
#define NGX_CHAT_ZONE_H

#include "ngx_chat_core.h"

#define NGX_CHAT_WORKERS            128     /* registry slots */
#define NGX_CHAT_INTERESTS          65536   /* counters a slot, by account hash */
#define NGX_CHAT_IN_FLIGHT          256     /* conversations of one batch */

/* ---- sessions ---- */

typedef struct {
    u_char              session[16];
    u_char              account[16];
    int64_t             expires;        /* unix seconds, the nearer of idle and absolute */
    unsigned            verified:1;     /* the account is */
    unsigned            approved:1;     /* the session is */
} ngx_chat_session_t;

/* NGX_OK, or NGX_DECLINED: not cached.  Entries live at most 30 s. */
ngx_int_t ngx_chat_session_cache_get(u_char token_hash[32], ngx_chat_session_t *s);

/* the counter to note before the query that fills the cache */
ngx_atomic_uint_t ngx_chat_session_revocations(void);

/* does nothing if the counter moved since; evicts the oldest when full */
void ngx_chat_session_cache_put(u_char token_hash[32], ngx_chat_session_t *s,
    ngx_atomic_uint_t revocations);

/* counts a revocation and drops the session's entries (all of the account's if session is NULL) */
void ngx_chat_session_cache_purge(u_char *session, u_char *account);

/* ---- limits: token buckets ---- */

#define NGX_CHAT_LIMIT_KEY_MAX      64          /* bytes */
#define NGX_CHAT_LIMIT_LONGEST      (30 * 86400ULL * 1000000)   /* microseconds an empty bucket takes to fill */

/* what a bucket says after it was asked */
typedef struct {
    ngx_uint_t          left;           /* how many more may be taken at once */
    ngx_uint_t          full;           /* seconds until it is full */
    ngx_uint_t          retry_after;    /* seconds, of a refusal: 1 or more */
} ngx_chat_taken_t;

/*
 * Takes one from the bucket of (name, key), len at most NGX_CHAT_LIMIT_KEY_MAX.
 * each: microseconds until one comes back; burst: at most held; the product at most
 * NGX_CHAT_LIMIT_LONGEST.  NGX_OK or NGX_BUSY.  Bounded: what is full again soonest goes first.
 */
ngx_int_t ngx_chat_limit_take(ngx_uint_t name, u_char *key, size_t len,
    uint64_t each, ngx_uint_t burst, ngx_chat_taken_t *taken);

/* ---- the registry ---- */

typedef struct {
    ngx_uint_t          slot;
    ngx_pid_t           pid;
    ngx_uint_t          generation;     /* differs for each process that held the slot */
} ngx_chat_worker_t;

/* takes a slot for this process; NGX_ERROR if none is free: peers then send it everything */
ngx_int_t ngx_chat_registry_join(ngx_cycle_t *cycle);
void ngx_chat_registry_leave(void);
ngx_chat_worker_t *ngx_chat_registry_self(void);

/* a receiver of this account came to (n = 1) or left (n = -1) this worker */
void ngx_chat_registry_interest(u_char account[16], ngx_int_t n);

/* sets the bits of the slots (not our own) that may hold a receiver of the account */
void ngx_chat_registry_interested(u_char account[16], uint64_t slots[NGX_CHAT_WORKERS / 64]);

/* the slot of a pid in this zone, or NGX_ERROR; the pid of a slot, or 0 */
ngx_int_t ngx_chat_registry_find(ngx_pid_t pid);
ngx_pid_t ngx_chat_registry_pid(ngx_uint_t slot);

/* conversations whose hints are not out yet: peers read them if we die */
ngx_int_t ngx_chat_registry_in_flight(u_char *ids /* n * 16 */, ngx_uint_t n);
void ngx_chat_registry_in_flight_clear(void);

/* hints for slot are kept back here (1) or not (0): if we die, it has to read everything again */
void ngx_chat_registry_held(ngx_uint_t slot, ngx_uint_t held);

/*
 * What a dead worker left: copies its at most NGX_CHAT_IN_FLIGHT ids, and the slots it
 * held hints for, and frees the slot.  NGX_OK for the one process that freed it (it
 * tells the others); NGX_DECLINED if the slot isn't that pid's (any more).
 */
ngx_int_t ngx_chat_registry_bury(ngx_uint_t slot, ngx_pid_t pid, u_char *ids,
    ngx_uint_t *n, uint64_t held[NGX_CHAT_WORKERS / 64]);

/* all slots of processes that no longer exist (kill(pid, 0)); bounded by NGX_CHAT_WORKERS */
ngx_uint_t ngx_chat_registry_dead(ngx_chat_worker_t *dead, ngx_uint_t max);

/* sockets of all workers: NGX_OK and counted, or NGX_BUSY past chat_max_sockets */
ngx_int_t ngx_chat_sockets_add(void);
void ngx_chat_sockets_remove(void);

/* ---- called by the core module ---- */
char *ngx_chat_zone_directive(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
ngx_int_t ngx_chat_zone_configure(ngx_conf_t *cf, ngx_chat_core_conf_t *conf);
ngx_int_t ngx_chat_zone_init_process(ngx_cycle_t *cycle, ngx_chat_core_conf_t *conf);

/* bytes of slab in use and in all, for metrics */
void ngx_chat_zone_usage(size_t *used, size_t *total);

#endif /* NGX_CHAT_ZONE_H */
