/*
 * Broadcasts that are confirmed: a revocation is answered once every worker has
 * acted on it, or after a second, when the session cache's own age takes over.
 */

#include "ngx_chat_hub_internal.h"


#define NGX_CHAT_HUB_CONFIRM_WAIT   1000    /* milliseconds */


typedef struct {
    ngx_queue_t             queue;
    uint64_t                id;
    uint64_t                waiting[NGX_CHAT_HUB_PEERS / 64];
    ngx_chat_hub_done_pt    done;
    void                   *data;
    ngx_event_t             event;
    ngx_connection_t        connection;     /* for the event's log lines */
} ngx_chat_hub_pending_t;


static ngx_uint_t ngx_chat_hub_waits(ngx_chat_hub_pending_t *pending);
static void ngx_chat_hub_confirm_take(ngx_chat_hub_pending_t *pending,
    ngx_chat_hub_peer_t *peer);
static void ngx_chat_hub_confirm_handler(ngx_event_t *ev);
static void ngx_chat_hub_confirm_free(ngx_chat_hub_pending_t *pending);


static ngx_queue_t  ngx_chat_hub_pendings;
static ngx_uint_t   ngx_chat_hub_npendings;
static uint64_t     ngx_chat_hub_last_id;


/*
 * body: len bytes, at most a packet.  done(data) is called once, later, never from
 * in here.  NULL without memory, or with NGX_CHAT_HUB_PENDING under way.
 */
void *
ngx_chat_hub_broadcast_confirmed(ngx_chat_hub_type_e type, u_char *body,
    size_t len, ngx_chat_hub_done_pt done, void *data)
{
    ngx_uint_t               i;
    ngx_chat_hub_peer_t     *peer;
    ngx_chat_hub_pending_t  *pending;

    if (ngx_chat_hub_npendings >= NGX_CHAT_HUB_PENDING) {
        return NULL;
    }

    pending = ngx_calloc(sizeof(ngx_chat_hub_pending_t), ngx_cycle->log);
    if (pending == NULL) {
        return NULL;
    }

    if (ngx_chat_hub_pendings.next == NULL) {
        ngx_queue_init(&ngx_chat_hub_pendings);
    }

    pending->id = ++ngx_chat_hub_last_id;
    pending->done = done;
    pending->data = data;

    pending->connection.fd = (ngx_socket_t) -1;
    pending->event.data = &pending->connection;
    pending->event.handler = ngx_chat_hub_confirm_handler;
    pending->event.log = ngx_cycle->log;

    ngx_queue_insert_tail(&ngx_chat_hub_pendings, &pending->queue);
    ngx_chat_hub_npendings++;

    for (i = 0; i < ngx_chat_hub.npeers; i++) {
        peer = &ngx_chat_hub.peers[i];

        if (peer->pid && !peer->bye) {
            pending->waiting[i / 64] |= (uint64_t) 1 << (i % 64);
        }
    }

    ngx_add_timer(&pending->event, NGX_CHAT_HUB_CONFIRM_WAIT);

    for (i = 0; i < ngx_chat_hub.npeers; i++) {
        peer = &ngx_chat_hub.peers[i];

        if (peer->pid && !peer->bye) {
            ngx_chat_hub_peer_send(peer, type, NGX_CHAT_HUB_CONFIRM_ME,
                                   pending->id, body, len, NULL, 0);
        }
    }

    if (!ngx_chat_hub_waits(pending)) {
        ngx_post_event(&pending->event, &ngx_posted_events);
    }

    return pending;
}


/* pending: from ngx_chat_hub_broadcast_confirmed(), before its done() was called */
void
ngx_chat_hub_abandon(void *pending)
{
    ngx_chat_hub_confirm_free(pending);
}


static ngx_uint_t
ngx_chat_hub_waits(ngx_chat_hub_pending_t *pending)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_CHAT_HUB_PEERS / 64; i++) {
        if (pending->waiting[i]) {
            return 1;
        }
    }

    return 0;
}


/* the peer's handler has returned for the broadcast of this id */
void
ngx_chat_hub_confirmed(ngx_chat_hub_peer_t *peer, uint64_t id)
{
    ngx_queue_t             *q;
    ngx_chat_hub_pending_t  *pending;

    if (ngx_chat_hub_npendings == 0) {
        return;
    }

    for (q = ngx_queue_head(&ngx_chat_hub_pendings);
         q != ngx_queue_sentinel(&ngx_chat_hub_pendings);
         q = ngx_queue_next(q))
    {
        pending = ngx_queue_data(q, ngx_chat_hub_pending_t, queue);

        if (pending->id == id) {
            ngx_chat_hub_confirm_take(pending, peer);
            return;
        }
    }
}


/* a dead worker has no sockets left to close: it counts as having confirmed */
void
ngx_chat_hub_confirm_forget(ngx_chat_hub_peer_t *peer)
{
    ngx_queue_t             *q;
    ngx_chat_hub_pending_t  *pending;

    if (ngx_chat_hub_npendings == 0) {
        return;
    }

    for (q = ngx_queue_head(&ngx_chat_hub_pendings);
         q != ngx_queue_sentinel(&ngx_chat_hub_pendings);
         q = ngx_queue_next(q))
    {
        pending = ngx_queue_data(q, ngx_chat_hub_pending_t, queue);
        ngx_chat_hub_confirm_take(pending, peer);
    }
}


static void
ngx_chat_hub_confirm_take(ngx_chat_hub_pending_t *pending,
    ngx_chat_hub_peer_t *peer)
{
    uint64_t    bit;
    ngx_uint_t  i;

    i = peer - ngx_chat_hub.peers;
    bit = (uint64_t) 1 << (i % 64);

    if (!(pending->waiting[i / 64] & bit)) {
        return;
    }

    pending->waiting[i / 64] &= ~bit;

    if (!ngx_chat_hub_waits(pending) && !pending->event.posted) {
        ngx_post_event(&pending->event, &ngx_posted_events);
    }
}


static void
ngx_chat_hub_confirm_handler(ngx_event_t *ev)
{
    void                    *data;
    ngx_chat_hub_done_pt     done;
    ngx_chat_hub_pending_t  *pending;

    pending = (ngx_chat_hub_pending_t *)
                  ((u_char *) ev - offsetof(ngx_chat_hub_pending_t, event));

    if (ev->timedout) {
        ngx_log_error(NGX_LOG_INFO, ngx_cycle->log, 0,
                      "chat hub: a worker did not confirm within %d ms",
                      NGX_CHAT_HUB_CONFIRM_WAIT);
    }

    done = pending->done;
    data = pending->data;

    ngx_chat_hub_confirm_free(pending);

    done(data);
}


static void
ngx_chat_hub_confirm_free(ngx_chat_hub_pending_t *pending)
{
    if (pending->event.timer_set) {
        ngx_del_timer(&pending->event);
    }

    if (pending->event.posted) {
        ngx_delete_posted_event(&pending->event);
    }

    ngx_queue_remove(&pending->queue);
    ngx_chat_hub_npendings--;

    ngx_free(pending);
}
