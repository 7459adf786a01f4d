/*
 * What is sent to one peer, and what is kept back while it doesn't drain.
 *
 * Once something is kept back everything is, so packets never overtake.  Hints
 * shrink to a set of ids and past its bound to one RECHECK; the others wait in a
 * bounded queue, and only events may be dropped.
 */

#include "ngx_chat_hub_internal.h"


#define NGX_CHAT_HUB_HINTS          4000    /* ids a packet */


static ngx_uint_t ngx_chat_hub_backlog(ngx_chat_hub_peer_t *peer);
static void ngx_chat_hub_keep(ngx_chat_hub_peer_t *peer,
    ngx_chat_hub_header_t *header, u_char *body, size_t len, u_char *ids,
    ngx_uint_t n);
static void ngx_chat_hub_keep_ids(ngx_chat_hub_peer_t *peer, u_char *ids,
    ngx_uint_t n);
static ngx_int_t ngx_chat_hub_keep_control(ngx_chat_hub_peer_t *peer,
    ngx_chat_hub_header_t *header, u_char *body, size_t len);
static ngx_int_t ngx_chat_hub_flush_control(ngx_chat_hub_peer_t *peer);
static ngx_int_t ngx_chat_hub_flush_hints(ngx_chat_hub_peer_t *peer);


static ngx_uint_t
ngx_chat_hub_backlog(ngx_chat_hub_peer_t *peer)
{
    return peer->dirty || peer->held != NULL || peer->ncontrol != 0;
}


void
ngx_chat_hub_peer_send(ngx_chat_hub_peer_t *peer, ngx_uint_t type,
    ngx_uint_t flags, uint64_t id, u_char *body, size_t len, u_char *ids,
    ngx_uint_t n)
{
    ngx_chat_hub_header_t  header;

    if (peer->bye) {
        return;
    }

    ngx_memzero(&header, sizeof(ngx_chat_hub_header_t));

    header.version = NGX_CHAT_HUB_VERSION;
    header.type = (uint8_t) type;
    header.flags = (uint8_t) flags;
    header.id = id;

    if (peer->out
        && !ngx_chat_hub_backlog(peer)
        && len <= NGX_CHAT_HUB_PACKET - sizeof(ngx_chat_hub_header_t)
        && ngx_chat_hub_write(peer, &header, body, len) == NGX_OK)
    {
        return;
    }

    ngx_chat_hub_keep(peer, &header, body, len, ids, n);
}


static void
ngx_chat_hub_keep(ngx_chat_hub_peer_t *peer, ngx_chat_hub_header_t *header,
    u_char *body, size_t len, u_char *ids, ngx_uint_t n)
{
    switch (header->type) {

    case NGX_CHAT_HUB_ENTRIES:
        ngx_chat_hub_keep_ids(peer, ids, n);
        break;

    case NGX_CHAT_HUB_HINT:
        ngx_chat_hub_keep_ids(peer, body, len / 16);
        break;

    case NGX_CHAT_HUB_RECHECK:
        ngx_chat_hub_soil(peer);
        break;

    case NGX_CHAT_HUB_EVENT:
        break;

    default:

        /* a revocation that finds no place here is seen when the cache ages */

        if (ngx_chat_hub_keep_control(peer, header, body, len) != NGX_OK) {
            ngx_log_error(NGX_LOG_WARN, ngx_chat_hub.log, 0,
                          "chat hub: worker %P does not drain, a packet of "
                          "type %d is dropped", peer->pid, header->type);
            ngx_chat_hub_soil(peer);
        }
    }

    ngx_chat_stat_add(NGX_CHAT_STAT_HUB_HELD, 1);

    if (!peer->told && ngx_chat_hub_backlog(peer)) {
        peer->told = 1;

        if (peer->slot != NGX_ERROR) {
            ngx_chat_registry_held(peer->slot, 1);
        }
    }

    /* without a link and without an attempt under way nothing would flush it */

    if (peer->out == NULL) {
        ngx_chat_hub_retry();
    }
}


static void
ngx_chat_hub_keep_ids(ngx_chat_hub_peer_t *peer, u_char *ids, ngx_uint_t n)
{
    ngx_uint_t  i;

    if (peer->dirty) {
        return;
    }

    if (peer->held == NULL) {
        peer->held = ngx_calloc(sizeof(ngx_chat_hub_held_t), ngx_chat_hub.log);

        if (peer->held == NULL) {
            ngx_chat_hub_soil(peer);
            return;
        }
    }

    for (i = 0; i < n; i++) {
        if (ngx_chat_hub_held_add(peer->held, ids + i * 16) != NGX_OK) {
            ngx_chat_hub_soil(peer);
            return;
        }
    }

    /* entries without ids: nothing says what was missed */

    if (peer->held->n == 0) {
        ngx_chat_hub_soil(peer);
    }
}


static ngx_int_t
ngx_chat_hub_keep_control(ngx_chat_hub_peer_t *peer,
    ngx_chat_hub_header_t *header, u_char *body, size_t len)
{
    ngx_chat_hub_control_t  *control;

    if (peer->ncontrol >= NGX_CHAT_HUB_CONTROL
        || peer->control_bytes + len > NGX_CHAT_HUB_CONTROL_BYTES
        || len > NGX_CHAT_HUB_PACKET - sizeof(ngx_chat_hub_header_t))
    {
        return NGX_DECLINED;
    }

    control = ngx_alloc(sizeof(ngx_chat_hub_control_t) + len,
                        ngx_chat_hub.log);
    if (control == NULL) {
        return NGX_DECLINED;
    }

    control->header = *header;
    control->len = len;

    if (len) {
        ngx_memcpy(control->body, body, len);
    }

    ngx_queue_insert_tail(&peer->control, &control->queue);
    peer->ncontrol++;
    peer->control_bytes += len;

    return NGX_OK;
}


/* one RECHECK will stand for all hints */
void
ngx_chat_hub_soil(ngx_chat_hub_peer_t *peer)
{
    if (peer->held) {
        ngx_free(peer->held);
        peer->held = NULL;
    }

    if (!peer->dirty) {
        peer->dirty = 1;
        ngx_chat_stat_add(NGX_CHAT_STAT_HUB_DIRTY, 1);
    }
}


/* a RECHECK now, or when it drains */
void
ngx_chat_hub_peer_recheck(ngx_chat_hub_peer_t *peer)
{
    ngx_chat_hub_peer_send(peer, NGX_CHAT_HUB_RECHECK, 0, 0, NULL, 0, NULL, 0);
}


ngx_uint_t
ngx_chat_hub_peer_flush(ngx_chat_hub_peer_t *peer)
{
    if (peer->out && ngx_chat_hub_backlog(peer)) {

        if (ngx_chat_hub_flush_control(peer) == NGX_OK) {
            (void) ngx_chat_hub_flush_hints(peer);
        }

        if (peer->out == NULL) {
            ngx_chat_hub_retry();
        }
    }

    if (ngx_chat_hub_backlog(peer)) {
        return 0;
    }

    if (peer->told) {
        peer->told = 0;

        if (peer->slot != NGX_ERROR) {
            ngx_chat_registry_held(peer->slot, 0);
        }
    }

    return 1;
}


static ngx_int_t
ngx_chat_hub_flush_control(ngx_chat_hub_peer_t *peer)
{
    ngx_int_t                rc;
    ngx_queue_t             *q;
    ngx_chat_hub_control_t  *control;

    while (!ngx_queue_empty(&peer->control)) {
        q = ngx_queue_head(&peer->control);
        control = ngx_queue_data(q, ngx_chat_hub_control_t, queue);

        rc = ngx_chat_hub_write(peer, &control->header, control->body,
                                control->len);
        if (rc != NGX_OK) {
            return rc;
        }

        ngx_queue_remove(q);
        peer->ncontrol--;
        peer->control_bytes -= control->len;

        ngx_free(control);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_chat_hub_flush_hints(ngx_chat_hub_peer_t *peer)
{
    ngx_int_t              rc;
    ngx_uint_t             n, sent;
    ngx_chat_hub_held_t   *held;
    ngx_chat_hub_header_t  header;

    ngx_memzero(&header, sizeof(ngx_chat_hub_header_t));

    header.version = NGX_CHAT_HUB_VERSION;

    if (peer->dirty) {
        header.type = NGX_CHAT_HUB_RECHECK;

        rc = ngx_chat_hub_write(peer, &header, NULL, 0);
        if (rc == NGX_OK) {
            peer->dirty = 0;
        }

        return rc;
    }

    held = peer->held;

    if (held == NULL) {
        return NGX_OK;
    }

    /* what doesn't drain this time is told again: hints may come twice */

    for (sent = 0; sent < held->n; sent += n) {
        n = ngx_min(held->n - sent, NGX_CHAT_HUB_HINTS);
        header.type = NGX_CHAT_HUB_HINT;

        rc = ngx_chat_hub_write(peer, &header, &held->ids[sent * 16], n * 16);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    ngx_free(held);
    peer->held = NULL;

    return NGX_OK;
}
