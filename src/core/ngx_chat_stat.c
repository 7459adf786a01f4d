/*
 * Counters, in shared memory from its first day: nothing here allocates, locks or
 * fails.  Before the process has a zone, what it counts is dropped.
 */

#include "ngx_chat_zone_layout.h"
#include "ngx_chat_pg.h"
#include "ngx_chat_task.h"
#include "ngx_chat_hub.h"
#include "ngx_chat_stat_text.h"


#define NGX_CHAT_STAT_INTERVAL      1000        /* milliseconds between publications */


static void ngx_chat_stat_timer(ngx_event_t *ev);


/* statuses in ascending order; the last place is everything else's */
ngx_uint_t  ngx_chat_stat_codes[NGX_CHAT_STAT_CODES] = {
    101, 200, 201, 202, 204, 206, 304, 400, 401, 403, 404, 405, 408, 409, 410,
    413, 415, 422, 429, 499, 500, 502, 503, 0
};

/* microseconds, upper bounds; the last is without bound */
uint64_t  ngx_chat_stat_bounds[NGX_CHAT_STAT_BUCKETS] = {
    500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000,
    2500000, 5000000, 0
};

static ngx_event_t       ngx_chat_stat_event;
static ngx_connection_t  ngx_chat_stat_connection;


void
ngx_chat_stat_add(ngx_chat_stat_e counter, ngx_int_t n)
{
    if (ngx_chat_zone && counter < NGX_CHAT_STAT_COUNTERS) {
        (void) ngx_atomic_fetch_add(&ngx_chat_zone->counters[counter], n);
    }
}


ngx_atomic_uint_t
ngx_chat_stat_get(ngx_chat_stat_e counter)
{
    if (ngx_chat_zone == NULL || counter >= NGX_CHAT_STAT_COUNTERS) {
        return 0;
    }

    return ngx_chat_zone->counters[counter];
}


/* msec: from the request's arrival to its answer */
void
ngx_chat_stat_op(ngx_uint_t op, ngx_uint_t status, ngx_msec_t msec)
{
    ngx_uint_t  i;

    if (ngx_chat_zone == NULL || op >= NGX_CHAT_STAT_OPS) {
        return;
    }

    for (i = 0; i < NGX_CHAT_STAT_CODES - 1; i++) {
        if (ngx_chat_stat_codes[i] == status) {
            break;
        }
    }

    (void) ngx_atomic_fetch_add(&ngx_chat_zone->ops[op][i], 1);
    (void) ngx_atomic_fetch_add(&ngx_chat_zone->op_msec[op], msec);
}


void
ngx_chat_stat_limit(ngx_uint_t limit, ngx_uint_t dry_run)
{
    if (ngx_chat_zone && limit < NGX_CHAT_STAT_LIMITS) {
        (void) ngx_atomic_fetch_add(&ngx_chat_zone->limited[limit][dry_run != 0],
                                    1);
    }
}


/* one request to PostgreSQL was answered after so many microseconds */
void
ngx_chat_stat_pg(uint64_t microseconds)
{
    ngx_uint_t  i;

    if (ngx_chat_zone == NULL) {
        return;
    }

    for (i = 0; i < NGX_CHAT_STAT_BUCKETS - 1; i++) {
        if (microseconds <= ngx_chat_stat_bounds[i]) {
            break;
        }
    }

    (void) ngx_atomic_fetch_add(&ngx_chat_zone->pg[i], 1);
    (void) ngx_atomic_fetch_add(&ngx_chat_zone->pg_usec,
                                (ngx_atomic_int_t) microseconds);
}


void
ngx_chat_stat_set(ngx_chat_gauge_e gauge, ngx_int_t value)
{
    if (ngx_chat_zone && gauge < NGX_CHAT_GAUGES) {
        ngx_chat_zone->gauges[gauge] = ngx_max(value, 0);
    }
}


/* a scrape is answered by one worker: the others' gauges are read from their slots */
void
ngx_chat_stat_publish(void)
{
    ngx_uint_t          slot, connections, waiting, in_flight;
    ngx_atomic_t       *gauges;

    slot = ngx_chat_registry_self()->slot;

    if (ngx_chat_zone == NULL || slot >= ngx_chat_zone->nslots) {
        return;
    }

    gauges = ngx_chat_zone->slots[slot].gauges;

    ngx_chat_pg_gauges(&connections, &waiting, &in_flight);

    gauges[NGX_CHAT_WORKER_PG_CONNECTIONS] = connections;
    gauges[NGX_CHAT_WORKER_PG_WAITING] = waiting;
    gauges[NGX_CHAT_WORKER_PG_IN_FLIGHT] = in_flight;
    gauges[NGX_CHAT_WORKER_TASK_AUTH] =
                                     ngx_chat_task_depth(NGX_CHAT_TASK_AUTH);
    gauges[NGX_CHAT_WORKER_TASK_MAIL] =
                                     ngx_chat_task_depth(NGX_CHAT_TASK_MAIL);
    gauges[NGX_CHAT_WORKER_HUB_PEERS] = ngx_chat_hub_peers();
}


void
ngx_chat_stat_start(ngx_cycle_t *cycle)
{
    if (ngx_chat_stat_event.timer_set) {
        return;
    }

    /* event timers log through a connection's number */

    ngx_chat_stat_connection.fd = (ngx_socket_t) -1;

    ngx_chat_stat_event.handler = ngx_chat_stat_timer;
    ngx_chat_stat_event.data = &ngx_chat_stat_connection;
    ngx_chat_stat_event.log = cycle->log;
    ngx_chat_stat_event.cancelable = 1;

    ngx_add_timer(&ngx_chat_stat_event, NGX_CHAT_STAT_INTERVAL);
}


static void
ngx_chat_stat_timer(ngx_event_t *ev)
{
    ngx_chat_stat_publish();

    ngx_add_timer(ev, NGX_CHAT_STAT_INTERVAL);
}
