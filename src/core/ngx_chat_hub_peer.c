/*
 * Peers: who is there, who may still come back, and what is done for those whom a
 * dead one didn't tell any more.
 */

#include "ngx_chat_hub_internal.h"

#include <signal.h>


#define NGX_CHAT_HUB_REFUSED_MAX    2000    /* milliseconds: a worker that starts listens by then */
#define NGX_CHAT_HUB_PACE           100     /* milliseconds between two attempts to connect */
#define NGX_CHAT_HUB_RETRY          250


static void ngx_chat_hub_gone(ngx_chat_hub_peer_t *peer, ngx_uint_t dead);


ngx_chat_hub_peer_t *
ngx_chat_hub_peer_find(ngx_pid_t pid)
{
    ngx_uint_t  i;

    for (i = 0; i < ngx_chat_hub.npeers; i++) {
        if (ngx_chat_hub.peers[i].pid == pid) {
            return &ngx_chat_hub.peers[i];
        }
    }

    return NULL;
}


ngx_chat_hub_peer_t *
ngx_chat_hub_peer_add(ngx_pid_t pid)
{
    ngx_uint_t            i;
    ngx_chat_hub_peer_t  *peer;

    for (i = 0; i < NGX_CHAT_HUB_PEERS; i++) {
        if (ngx_chat_hub.peers[i].pid == 0) {
            break;
        }
    }

    if (i == NGX_CHAT_HUB_PEERS) {
        ngx_log_error(NGX_LOG_ERR, ngx_chat_hub.log, 0,
                      "chat hub: more than %d workers, %P is left out",
                      NGX_CHAT_HUB_PEERS, pid);
        return NULL;
    }

    ngx_chat_hub.npeers = ngx_max(ngx_chat_hub.npeers, i + 1);

    peer = &ngx_chat_hub.peers[i];

    ngx_memzero(peer, sizeof(ngx_chat_hub_peer_t));
    ngx_queue_init(&peer->control);

    peer->pid = pid;
    peer->slot = ngx_chat_registry_find(pid);

    /*
     * From outside our zone it couldn't say which accounts wait there, so what was
     * committed before we knew of it may have passed it by.
     */

    if (peer->slot == NGX_ERROR) {
        ngx_chat_hub_soil(peer);
    }

    return peer;
}


void
ngx_chat_hub_peer_open(ngx_chat_hub_peer_t *peer)
{
    ngx_int_t   rc;
    ngx_err_t   err;
    ngx_uint_t  dead, late;

    peer->tried = ngx_current_msec;

    rc = ngx_chat_hub_connect(peer);
    err = ngx_socket_errno;

    if (rc == NGX_OK) {
        peer->linked = 1;
        peer->refused = 0;
        (void) ngx_chat_hub_peer_flush(peer);
        return;
    }

    if (rc == NGX_DECLINED) {

        /*
         * One that starts has bound its socket a moment before it listens, and
         * one that exits has removed it a moment before it ends.
         */

        dead = peer->bye || (kill(peer->pid, 0) == -1
                             && ngx_errno == NGX_ESRCH);

        if (peer->refused == 0) {
            peer->refused = ngx_max(ngx_current_msec, 1);
        }

        late = ngx_current_msec - peer->refused > NGX_CHAT_HUB_REFUSED_MAX;

        if (dead || (err == NGX_ECONNREFUSED && (peer->linked || late))) {
            ngx_chat_hub_gone(peer, 1);
            return;
        }

        /* it lives and we may not talk to it, as after a change of "user" */

        if (late) {
            ngx_log_error(NGX_LOG_NOTICE, ngx_chat_hub.log, err,
                          "chat hub: process %P can't be reached", peer->pid);
            ngx_chat_hub_gone(peer, 0);
            return;
        }
    }

    ngx_chat_hub_retry();
}


void
ngx_chat_hub_peer_lost(ngx_chat_hub_peer_t *peer)
{
    ngx_chat_hub_close(&peer->in);
    ngx_chat_hub_close(&peer->out);

    if (!peer->bye) {
        ngx_chat_hub_soil(peer);
    }

    if (ngx_current_msec - peer->tried < NGX_CHAT_HUB_PACE) {
        ngx_chat_hub_retry();
        return;
    }

    ngx_chat_hub_peer_open(peer);
}


/* while there are peers without a link; the timer keeps no worker from exiting */
void
ngx_chat_hub_retry(void)
{
    if (!ngx_chat_hub.retry.timer_set) {
        ngx_add_timer(&ngx_chat_hub.retry, NGX_CHAT_HUB_RETRY);
    }
}


static void
ngx_chat_hub_gone(ngx_chat_hub_peer_t *peer, ngx_uint_t dead)
{
    ngx_int_t                slot;
    ngx_pid_t                pid;
    ngx_queue_t             *q;
    struct sockaddr_un       sun;
    ngx_chat_hub_control_t  *control;

    ngx_chat_hub_close(&peer->in);
    ngx_chat_hub_close(&peer->out);

    while (!ngx_queue_empty(&peer->control)) {
        q = ngx_queue_head(&peer->control);
        control = ngx_queue_data(q, ngx_chat_hub_control_t, queue);

        ngx_queue_remove(q);
        ngx_free(control);
    }

    if (peer->held) {
        ngx_free(peer->held);
        peer->held = NULL;
    }

    if (peer->told && peer->slot != NGX_ERROR) {
        ngx_chat_registry_held(peer->slot, 0);
    }

    pid = peer->pid;
    slot = peer->slot;
    dead = dead && !peer->bye;

    peer->pid = 0;

    ngx_chat_hub_confirm_forget(peer);

    if (!dead) {
        return;
    }

    ngx_log_error(NGX_LOG_NOTICE, ngx_chat_hub.log, 0,
                  "chat hub: worker %P died", pid);

    (void) ngx_chat_hub_socket_path(pid, &sun);
    (void) unlink(sun.sun_path);

    ngx_chat_hub_bury(slot, pid);
}


/*
 * What a dead worker knew and may not have told.  slot: its own when it was met,
 * NGX_ERROR for one whose list we can't read.
 */
void
ngx_chat_hub_bury(ngx_int_t slot, ngx_pid_t pid)
{
    u_char                 ids[NGX_CHAT_IN_FLIGHT * 16];
    uint64_t               held[NGX_CHAT_WORKERS / 64];
    ngx_uint_t             i, n, self;
    ngx_chat_hub_peer_t   *peer;

    if (slot == NGX_ERROR) {
        ngx_chat_hub_deliver(NGX_CHAT_HUB_RECHECK, NULL, 0);
        return;
    }

    /* one of us wins and tells the rest, which may have read the slot too late */

    if (ngx_chat_registry_bury(slot, pid, ids, &n, held) != NGX_OK) {
        return;
    }

    self = ngx_chat_registry_self()->slot;

    if (self < NGX_CHAT_WORKERS
        && (held[self / 64] & ((uint64_t) 1 << (self % 64))))
    {
        ngx_chat_hub_deliver(NGX_CHAT_HUB_RECHECK, NULL, 0);

    } else if (n) {
        ngx_chat_hub_deliver(NGX_CHAT_HUB_HINT, ids, n * 16);
    }

    for (i = 0; i < ngx_chat_hub.npeers; i++) {
        peer = &ngx_chat_hub.peers[i];

        if (peer->pid == 0) {
            continue;
        }

        if (peer->slot != NGX_ERROR
            && (held[peer->slot / 64] & ((uint64_t) 1 << (peer->slot % 64))))
        {
            ngx_chat_hub_peer_recheck(peer);

        } else if (n) {
            ngx_chat_hub_peer_send(peer, NGX_CHAT_HUB_HINT, 0, 0, ids, n * 16,
                                   NULL, 0);
        }
    }
}


void
ngx_chat_hub_deliver(ngx_uint_t type, u_char *body, size_t len)
{
    if (ngx_chat_hub.handler) {
        ngx_chat_hub.handler((ngx_chat_hub_type_e) type, body, len);
    }
}
