/* What waits until the members of its conversation are read. */

#include "ngx_chat_route_private.h"
#include "ngx_chat_writer.h"

typedef struct {
    ngx_queue_t     waiting;
    ngx_queue_t     loading;        /* their query is under way */
    ngx_uint_t      n;
    ngx_uint_t      in_flight;
    ngx_event_t     event;          /* posted: gathers what comes in one turn */
    ngx_event_t     recheck;        /* posted: what found no room in this turn, told at once */
    unsigned        elsewhere:1;    /* and to the other workers */
    ngx_event_t     timer;
} ngx_chat_route_park_t;

static void ngx_chat_route_park(ngx_chat_route_item_t *item);
static void ngx_chat_route_recheck_all(ngx_event_t *ev);
static void ngx_chat_route_load(ngx_event_t *ev);
static void ngx_chat_route_loaded(ngx_uint_t ok);
static void ngx_chat_route_unpark(ngx_chat_route_item_t *item);

static ngx_chat_route_park_t  ngx_chat_route_parked;


ngx_int_t
ngx_chat_route_park_init(ngx_cycle_t *cycle)
{
    ngx_memzero(&ngx_chat_route_parked, sizeof(ngx_chat_route_park_t));
    ngx_queue_init(&ngx_chat_route_parked.waiting);
    ngx_queue_init(&ngx_chat_route_parked.loading);
    ngx_chat_route_parked.event.handler = ngx_chat_route_load;
    ngx_chat_route_parked.event.log = cycle->log;
    ngx_chat_route_parked.event.data = &ngx_chat_route_parked;
    ngx_chat_route_parked.recheck.handler = ngx_chat_route_recheck_all;
    ngx_chat_route_parked.recheck.log = cycle->log;
    ngx_chat_route_parked.recheck.data = &ngx_chat_route_parked;
    ngx_chat_route_parked.timer.handler = ngx_chat_route_load;
    ngx_chat_route_parked.timer.log = cycle->log;
    ngx_chat_route_parked.timer.data = &ngx_chat_route_parked;

    /* without its database a worker that leaves can't tell anybody */
    ngx_chat_route_parked.timer.cancelable = 1;

    return NGX_OK;
}


/* Delivers now if its members are cached.  item is copied if it has to wait. */

void
ngx_chat_route_item(ngx_chat_route_item_t *item)
{
    ngx_chat_members_t  *m;

    m = ngx_chat_members_get(item->conversation, item->version);

    if (m != NULL) {
        ngx_chat_route_deliver(item, m);
        return;
    }

    ngx_chat_route_park(item);
}


ngx_uint_t
ngx_chat_route_unsent(u_char *ids, ngx_uint_t max)
{
    ngx_uint_t              i, n;
    ngx_queue_t            *q, *lists[2];
    ngx_chat_route_item_t  *item;

    lists[0] = &ngx_chat_route_parked.loading;
    lists[1] = &ngx_chat_route_parked.waiting;
    n = 0;

    for (i = 0; i < 2; i++) {
        for (q = ngx_queue_head(lists[i]);
             q != ngx_queue_sentinel(lists[i]) && n < max;
             q = ngx_queue_next(q))
        {
            item = ngx_queue_data(q, ngx_chat_route_item_t, queue);

            if (item->local || item->json.len != 0
                || (n > 0 && ngx_memcmp(&ids[(n - 1) * 16],
                                        item->conversation, 16) == 0))
            {
                continue;
            }

            ngx_memcpy(&ids[n++ * 16], item->conversation, 16);
        }
    }

    return n;
}


static void
ngx_chat_route_park(ngx_chat_route_item_t *item)
{
    ngx_chat_route_item_t  *copy;

    copy = NULL;

    if (ngx_chat_route_parked.n < NGX_CHAT_ROUTE_PARKED) {
        copy = ngx_alloc(sizeof(ngx_chat_route_item_t) + item->json.len,
                         ngx_cycle->log);
    }

    if (copy == NULL) {

        /* an event may be lost, an entry's news may not */

        if (item->json.len == 0) {
            ngx_chat_route_parked.elsewhere |= !item->local;
            ngx_post_event(&ngx_chat_route_parked.recheck, &ngx_posted_events);
        }

        return;
    }

    *copy = *item;

    if (item->json.len != 0) {
        copy->json.data = (u_char *) &copy[1];
        ngx_memcpy(copy->json.data, item->json.data, item->json.len);
    }

    if (copy->frame != NULL) {
        ngx_chat_frame_ref(copy->frame);
    }

    ngx_queue_insert_tail(&ngx_chat_route_parked.waiting, &copy->queue);
    ngx_chat_route_parked.n++;

    if (!ngx_chat_route_parked.in_flight
        && !ngx_chat_route_parked.timer.timer_set)
    {
        ngx_post_event(&ngx_chat_route_parked.event, &ngx_posted_events);
    }
}


static void
ngx_chat_route_recheck_all(ngx_event_t *ev)
{
    ngx_uint_t  elsewhere;

    elsewhere = ngx_chat_route_parked.elsewhere;
    ngx_chat_route_parked.elsewhere = 0;

    ngx_chat_route_recheck();

    if (elsewhere) {
        ngx_chat_hub_broadcast(NGX_CHAT_HUB_RECHECK, NULL, 0);
    }
}


static void
ngx_chat_route_load(ngx_event_t *ev)
{
    u_char                  ids[NGX_CHAT_MEMBERS_LOAD * 16];
    ngx_uint_t              i, n;
    ngx_queue_t            *q, *next;
    ngx_chat_route_item_t  *item;

    if (ngx_chat_route_parked.in_flight) {
        return;
    }

    n = 0;

    for (q = ngx_queue_head(&ngx_chat_route_parked.waiting);
         q != ngx_queue_sentinel(&ngx_chat_route_parked.waiting);
         q = next)
    {
        next = ngx_queue_next(q);
        item = ngx_queue_data(q, ngx_chat_route_item_t, queue);

        for (i = 0; i < n; i++) {
            if (ngx_memcmp(&ids[i * 16], item->conversation, 16) == 0) {
                break;
            }
        }

        if (i == n) {
            if (n == NGX_CHAT_MEMBERS_LOAD) {
                continue;
            }

            ngx_memcpy(&ids[n++ * 16], item->conversation, 16);
        }

        ngx_queue_remove(q);
        ngx_queue_insert_tail(&ngx_chat_route_parked.loading, q);
    }

    if (n == 0) {
        return;
    }

    ngx_chat_route_parked.in_flight = 1;

    if (ngx_chat_members_load(ids, n, ngx_chat_route_loaded) != NGX_OK) {
        ngx_chat_route_loaded(0);
    }
}


static void
ngx_chat_route_loaded(ngx_uint_t ok)
{
    ngx_queue_t            *q, loaded;
    ngx_chat_route_item_t  *item;

    ngx_chat_route_parked.in_flight = 0;

    if (!ok) {
        if (!ngx_queue_empty(&ngx_chat_route_parked.waiting)) {
            ngx_queue_add(&ngx_chat_route_parked.loading,
                          &ngx_chat_route_parked.waiting);
        }

        ngx_queue_init(&ngx_chat_route_parked.waiting);

        if (!ngx_queue_empty(&ngx_chat_route_parked.loading)) {
            ngx_queue_add(&ngx_chat_route_parked.waiting,
                          &ngx_chat_route_parked.loading);
        }

        ngx_queue_init(&ngx_chat_route_parked.loading);

        if (!ngx_chat_route_parked.timer.timer_set) {
            ngx_add_timer(&ngx_chat_route_parked.timer,
                          NGX_CHAT_ROUTE_RETRY);
        }

        return;
    }

    ngx_queue_init(&loaded);
    ngx_queue_add(&loaded, &ngx_chat_route_parked.loading);
    ngx_queue_init(&ngx_chat_route_parked.loading);

    while (!ngx_queue_empty(&loaded)) {
        q = ngx_queue_head(&loaded);
        ngx_queue_remove(q);
        ngx_chat_route_parked.n--;

        item = ngx_queue_data(q, ngx_chat_route_item_t, queue);
        ngx_chat_route_unpark(item);
    }

    ngx_chat_route_send_gathered();

    if (!ngx_queue_empty(&ngx_chat_route_parked.waiting)) {
        ngx_post_event(&ngx_chat_route_parked.event, &ngx_posted_events);
    }

    ngx_chat_writer_mark();
}


/* Its members are as fresh as can be; of a conversation that is gone nobody needs to know. */

static void
ngx_chat_route_unpark(ngx_chat_route_item_t *item)
{
    ngx_chat_members_t  *m;

    m = ngx_chat_members_get(item->conversation, 0);

    if (m != NULL) {
        ngx_chat_route_deliver(item, m);
    }

    if (item->frame != NULL) {
        ngx_chat_frame_unref(item->frame);
    }

    ngx_free(item);
}
