/*
 * The registry: one fixed slot a worker, written by its owner alone, read by all
 * without a lock.
 *
 * Interests are 8-bit counters that saturate: one that reached 255 stays until the
 * slot has another owner, which costs hints that nobody waits for and nothing else.
 */

#include "ngx_chat_zone_layout.h"

#include <signal.h>


#define NGX_CHAT_INTEREST_MAX       255


static ngx_chat_slot_t *ngx_chat_registry_own(void);


static ngx_chat_worker_t  ngx_chat_registry_worker = { (ngx_uint_t) NGX_ERROR,
                                                       0, 0 };
static ngx_uint_t         ngx_chat_registry_sockets;


/*
 * Takes a free slot.  NGX_ERROR if all are held, as after several reloads in a row:
 * then this worker is outside the registry, and gets everything.
 */
ngx_int_t
ngx_chat_registry_join(ngx_cycle_t *cycle)
{
    ngx_uint_t        i;
    ngx_chat_slot_t  *slot;

    ngx_chat_registry_worker.slot = (ngx_uint_t) NGX_ERROR;
    ngx_chat_registry_worker.pid = ngx_pid;

    ngx_chat_registry_worker.generation =
                       ngx_atomic_fetch_add(&ngx_chat_zone->generations, 1) + 1;

    for (i = 0; i < ngx_chat_zone->nslots; i++) {
        slot = &ngx_chat_zone->slots[i];

        if (slot->pid != 0
            || !ngx_atomic_cmp_set(&slot->pid, 0, (ngx_atomic_uint_t) ngx_pid))
        {
            continue;
        }

        slot->in_flight = 0;
        slot->sockets = 0;
        ngx_memzero((void *) slot->gauges, sizeof(slot->gauges));
        ngx_memzero(slot->held, sizeof(slot->held));
        ngx_memzero(ngx_chat_zone->interests + i * NGX_CHAT_INTERESTS,
                    NGX_CHAT_INTERESTS);

        slot->generation = ngx_chat_registry_worker.generation;
        ngx_chat_registry_worker.slot = i;

        ngx_memory_barrier();

        return NGX_OK;
    }

    ngx_log_error(NGX_LOG_NOTICE, cycle->log, 0,
                  "chat zone has no free slot for a worker, all %ui are held: "
                  "this one will be sent every hint", ngx_chat_zone->nslots);

    return NGX_ERROR;
}


void
ngx_chat_registry_leave(void)
{
    ngx_chat_slot_t  *slot;

    slot = ngx_chat_registry_own();

    if (slot) {
        slot->in_flight = 0;
        slot->sockets = 0;
        ngx_memory_barrier();
        slot->pid = 0;

        ngx_chat_registry_worker.slot = (ngx_uint_t) NGX_ERROR;
    }
}


/* its slot is (ngx_uint_t) NGX_ERROR outside the registry */
ngx_chat_worker_t *
ngx_chat_registry_self(void)
{
    return &ngx_chat_registry_worker;
}


static ngx_chat_slot_t *
ngx_chat_registry_own(void)
{
    if (ngx_chat_zone == NULL
        || ngx_chat_registry_worker.slot >= ngx_chat_zone->nslots)
    {
        return NULL;
    }

    return &ngx_chat_zone->slots[ngx_chat_registry_worker.slot];
}


/* account: 16 bytes; n: 1 or -1 */
void
ngx_chat_registry_interest(u_char account[16], ngx_int_t n)
{
    u_char           *counter;
    ngx_chat_slot_t  *slot;

    slot = ngx_chat_registry_own();
    if (slot == NULL) {
        return;
    }

    counter = ngx_chat_zone->interests
              + ngx_chat_registry_worker.slot * NGX_CHAT_INTERESTS
              + ngx_murmur_hash2(account, 16) % NGX_CHAT_INTERESTS;

    if (*counter == NGX_CHAT_INTEREST_MAX) {
        return;
    }

    if (n > 0) {
        (*counter)++;

    } else if (*counter) {
        (*counter)--;
    }

    /* a receiver's first read of the log comes after this */

    ngx_memory_barrier();
}


void
ngx_chat_registry_interested(u_char account[16],
    uint64_t slots[NGX_CHAT_WORKERS / 64])
{
    u_char      *counter;
    ngx_uint_t   i;

    if (ngx_chat_zone == NULL) {
        return;
    }

    /* the commit came before this */

    ngx_memory_barrier();

    counter = ngx_chat_zone->interests
              + ngx_murmur_hash2(account, 16) % NGX_CHAT_INTERESTS;

    for (i = 0; i < ngx_chat_zone->nslots; i++) {

        /* the pid first: a slot that nobody ever held has no memory yet */

        if (ngx_chat_zone->slots[i].pid != 0
            && i != ngx_chat_registry_worker.slot
            && counter[i * NGX_CHAT_INTERESTS])
        {
            slots[i / 64] |= (uint64_t) 1 << (i % 64);
        }
    }
}


ngx_int_t
ngx_chat_registry_find(ngx_pid_t pid)
{
    ngx_uint_t  i;

    if (ngx_chat_zone) {
        for (i = 0; i < ngx_chat_zone->nslots; i++) {
            if (ngx_chat_zone->slots[i].pid == (ngx_atomic_uint_t) pid) {
                return i;
            }
        }
    }

    return NGX_ERROR;
}


ngx_pid_t
ngx_chat_registry_pid(ngx_uint_t slot)
{
    if (ngx_chat_zone == NULL || slot >= ngx_chat_zone->nslots) {
        return 0;
    }

    return (ngx_pid_t) ngx_chat_zone->slots[slot].pid;
}


/*
 * Before a batch is sent to the database: its conversations.  ids: n times 16
 * bytes, n at most NGX_CHAT_IN_FLIGHT, else NGX_ERROR.
 */
ngx_int_t
ngx_chat_registry_in_flight(u_char *ids, ngx_uint_t n)
{
    ngx_chat_slot_t  *slot;

    if (n > NGX_CHAT_IN_FLIGHT) {
        return NGX_ERROR;
    }

    slot = ngx_chat_registry_own();
    if (slot == NULL) {
        return NGX_OK;
    }

    /* the count is written last: whoever buries us must not read half a list */

    slot->in_flight = 0;
    ngx_memory_barrier();
    ngx_memcpy(slot->ids, ids, n * 16);
    ngx_memory_barrier();
    slot->in_flight = n;
    ngx_memory_barrier();

    return NGX_OK;
}


/* once their hints are out (or kept back: ngx_chat_registry_held()) */
void
ngx_chat_registry_in_flight_clear(void)
{
    ngx_chat_slot_t  *slot;

    slot = ngx_chat_registry_own();

    if (slot) {
        ngx_memory_barrier();
        slot->in_flight = 0;
    }
}


void
ngx_chat_registry_held(ngx_uint_t slot, ngx_uint_t held)
{
    uint64_t          bit;
    ngx_chat_slot_t  *own;

    own = ngx_chat_registry_own();

    if (own == NULL || slot >= NGX_CHAT_WORKERS) {
        return;
    }

    bit = (uint64_t) 1 << (slot % 64);

    if (held) {
        own->held[slot / 64] |= bit;

    } else {
        own->held[slot / 64] &= ~bit;
    }

    ngx_memory_barrier();
}


/* ids: room for NGX_CHAT_IN_FLIGHT times 16 bytes */
ngx_int_t
ngx_chat_registry_bury(ngx_uint_t slot, ngx_pid_t pid, u_char *ids,
    ngx_uint_t *n, uint64_t held[NGX_CHAT_WORKERS / 64])
{
    ngx_chat_slot_t  *dead;

    *n = 0;

    if (ngx_chat_zone == NULL || slot >= ngx_chat_zone->nslots
        || pid == ngx_pid)
    {
        return NGX_DECLINED;
    }

    dead = &ngx_chat_zone->slots[slot];

    if (dead->pid != (ngx_atomic_uint_t) pid) {
        return NGX_DECLINED;
    }

    ngx_memory_barrier();

    *n = ngx_min(dead->in_flight, NGX_CHAT_IN_FLIGHT);
    ngx_memcpy(ids, dead->ids, *n * 16);
    ngx_memcpy(held, dead->held, sizeof(dead->held));

    ngx_memory_barrier();

    /* copied before: the next owner may overwrite it as soon as it is free */

    if (!ngx_atomic_cmp_set(&dead->pid, (ngx_atomic_uint_t) pid, 0)) {
        *n = 0;
        return NGX_DECLINED;
    }

    return NGX_OK;
}


/*
 * A process under another user can't be signalled by us and exists: slots of live
 * workers are never in this list.  One whose pid was taken by another program is
 * missed here and found by the hub, which can't connect to it.
 */
ngx_uint_t
ngx_chat_registry_dead(ngx_chat_worker_t *dead, ngx_uint_t max)
{
    ngx_pid_t         pid;
    ngx_uint_t        i, n;
    ngx_chat_slot_t  *slot;

    n = 0;

    if (ngx_chat_zone == NULL) {
        return 0;
    }

    for (i = 0; i < ngx_chat_zone->nslots && n < max; i++) {
        slot = &ngx_chat_zone->slots[i];
        pid = (ngx_pid_t) slot->pid;

        if (pid != 0 && kill(pid, 0) == -1 && ngx_errno == NGX_ESRCH) {
            dead[n].slot = i;
            dead[n].pid = pid;
            dead[n].generation = slot->generation;
            n++;
        }
    }

    return n;
}


/*
 * Sums what the live workers wrote, so a killed one is forgotten with its slot.
 * Two workers may pass the bound at the same moment by one each.
 */
ngx_int_t
ngx_chat_sockets_add(void)
{
    ngx_uint_t        i, sum;
    ngx_chat_slot_t  *slot;

    if (ngx_chat_zone == NULL) {
        return NGX_BUSY;
    }

    slot = ngx_chat_registry_own();
    sum = slot ? 0 : ngx_chat_registry_sockets;

    for (i = 0; i < ngx_chat_zone->nslots; i++) {
        if (ngx_chat_zone->slots[i].pid != 0) {
            sum += ngx_chat_zone->slots[i].sockets;
        }
    }

    if (sum >= ngx_chat_zone_max_sockets) {
        return NGX_BUSY;
    }

    ngx_chat_registry_sockets++;

    if (slot) {
        slot->sockets = ngx_chat_registry_sockets;
    }

    return NGX_OK;
}


void
ngx_chat_sockets_remove(void)
{
    ngx_chat_slot_t  *slot;

    if (ngx_chat_registry_sockets) {
        ngx_chat_registry_sockets--;
    }

    slot = ngx_chat_registry_own();

    if (slot) {
        slot->sockets = ngx_chat_registry_sockets;
    }
}
