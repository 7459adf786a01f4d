/*
 * The way out of a socket: a bounded queue of shared frames and of our own
 * small ones, written once a loop turn.
 */

#include "ngx_chat_socket.h"

struct ngx_chat_out_s {
    ngx_chat_out_t     *next;
    ngx_chat_frame_t   *frame;          /* shared; NULL: data is our own */
    u_char             *pos;
    u_char             *last;
    u_char              data[1];
};


static void ngx_chat_socket_push(ngx_chat_socket_t *s, ngx_chat_out_t *o);
static void ngx_chat_socket_flush_handler(ngx_event_t *ev);
static ngx_uint_t ngx_chat_socket_chain(ngx_chat_socket_t *s, ngx_buf_t *bufs,
    ngx_chain_t *links);
static void ngx_chat_socket_sent(ngx_chat_socket_t *s, ngx_buf_t *bufs,
    ngx_uint_t n);


ngx_int_t
ngx_chat_socket_send_frame(ngx_chat_socket_t *s, ngx_chat_frame_t *f)
{
    u_char           header[CHAT_WS_HEADER_MAX];
    size_t           len;
    ngx_chat_out_t  *o;

    if (s->state != NGX_CHAT_SOCKET_OPEN || s->out_size > s->conf->buffer) {
        return NGX_ERROR;
    }

    o = ngx_alloc(sizeof(ngx_chat_out_t), s->connection->log);
    if (o == NULL) {
        return NGX_DECLINED;
    }

    if (f->headroom_len == 0) {
        len = chat_ws_header(header, CHAT_WS_BINARY, f->len);
        ngx_memcpy(f->headroom + NGX_CHAT_FRAME_HEADROOM - len, header, len);
        f->headroom_len = (u_char) len;
    }

    ngx_chat_frame_ref(f);

    o->frame = f;
    o->pos = f->data - f->headroom_len;
    o->last = f->data + f->len;

    ngx_chat_socket_push(s, o);

    if (s->out_size > s->conf->buffer) {
        s->full = 1;
        return NGX_AGAIN;
    }

    return NGX_OK;
}


ngx_int_t
ngx_chat_socket_send(ngx_chat_socket_t *s, ngx_uint_t opcode,
    ngx_str_t *parts, ngx_uint_t nparts)
{
    u_char          *p;
    size_t           len;
    ngx_uint_t       i;
    ngx_chat_out_t  *o;

    if (s->state != NGX_CHAT_SOCKET_OPEN) {
        return NGX_ERROR;
    }

    len = 0;

    for (i = 0; i < nparts; i++) {
        len += parts[i].len;
    }

    if (opcode != CHAT_WS_CLOSE && s->out_size > 2 * s->conf->buffer) {
        ngx_chat_stat_add(NGX_CHAT_STAT_SLOW_READERS, 1);
        ngx_chat_socket_close(s, 4413, "too slow");
        return NGX_ERROR;
    }

    o = ngx_alloc(sizeof(ngx_chat_out_t) + CHAT_WS_HEADER_MAX + len,
                  s->connection->log);
    if (o == NULL) {
        return NGX_ERROR;
    }

    o->frame = NULL;
    o->pos = o->data;

    p = o->data + chat_ws_header(o->data, (uint8_t) opcode, len);

    for (i = 0; i < nparts; i++) {
        if (parts[i].len) {
            p = ngx_cpymem(p, parts[i].data, parts[i].len);
        }
    }

    o->last = p;

    ngx_chat_socket_push(s, o);

    if (s->out_size > s->conf->buffer) {
        s->full = 1;
        return NGX_AGAIN;
    }

    return NGX_OK;
}


static void
ngx_chat_socket_push(ngx_chat_socket_t *s, ngx_chat_out_t *o)
{
    o->next = NULL;

    if (s->out) {
        s->out_last->next = o;

    } else {
        s->out = o;
    }

    s->out_last = o;
    s->out_size += o->last - o->pos;

    /* a write under way goes on when the peer has read */

    if (!s->event.posted && !s->connection->write->timer_set) {
        s->event.handler = ngx_chat_socket_flush_handler;
        ngx_post_event(&s->event, &ngx_posted_events);
    }
}


static void
ngx_chat_socket_flush_handler(ngx_event_t *ev)
{
    ngx_chat_socket_flush(ev->data);
}


void
ngx_chat_socket_flush(ngx_chat_socket_t *s)
{
    ngx_uint_t         n;
    ngx_buf_t          bufs[NGX_CHAT_SOCKET_BUFS];
    ngx_chain_t       *rest, links[NGX_CHAT_SOCKET_BUFS];
    ngx_connection_t  *c;

    c = s->connection;

    if (s->state == NGX_CHAT_SOCKET_DEAD) {
        return;
    }

    while (s->out) {

        n = ngx_chat_socket_chain(s, bufs, links);

        rest = c->send_chain(c, links, 0);

        if (rest == NGX_CHAIN_ERROR) {
            ngx_chat_socket_finish(s);
            return;
        }

        ngx_chat_socket_sent(s, bufs, n);

        if (rest) {
            break;
        }
    }

    if (ngx_handle_write_event(c->write, 0) != NGX_OK) {
        ngx_chat_socket_finish(s);
        return;
    }

    if (s->out) {
        /* from the last byte that the peer took */
        ngx_add_timer(c->write, s->conf->timeout);

    } else {

        if (c->write->timer_set) {
            ngx_del_timer(c->write);
        }

        if (s->state == NGX_CHAT_SOCKET_CLOSING && s->peer_closed) {

            if (c->ssl) {
                ngx_chat_socket_finish(s);
                return;
            }

            /*
             * Bytes left unread would reset the connection before our Close
             * is read: what still comes is thrown away until the peer's end.
             */

            (void) ngx_shutdown_socket(c->fd, NGX_WRITE_SHUTDOWN);
        }
    }

    if (s->full && s->out_size <= s->conf->buffer / 2) {
        s->full = 0;

        if (s->state == NGX_CHAT_SOCKET_OPEN) {
            s->ops->writable(s);
        }
    }
}


static ngx_uint_t
ngx_chat_socket_chain(ngx_chat_socket_t *s, ngx_buf_t *bufs,
    ngx_chain_t *links)
{
    ngx_uint_t       n;
    ngx_chat_out_t  *o;

    n = 0;

    for (o = s->out; o && n < NGX_CHAT_SOCKET_BUFS; o = o->next) {
        ngx_memzero(&bufs[n], sizeof(ngx_buf_t));

        bufs[n].pos = o->pos;
        bufs[n].last = o->last;
        bufs[n].memory = 1;
        bufs[n].flush = 1;

        links[n].buf = &bufs[n];
        links[n].next = NULL;

        if (n) {
            links[n - 1].next = &links[n];
        }

        n++;
    }

    return n;
}


static void
ngx_chat_socket_sent(ngx_chat_socket_t *s, ngx_buf_t *bufs, ngx_uint_t n)
{
    ngx_uint_t       i;
    ngx_chat_out_t  *o;

    for (i = 0; i < n; i++) {
        o = s->out;

        s->out_size -= bufs[i].pos - o->pos;
        o->pos = bufs[i].pos;

        if (o->pos != o->last) {
            return;
        }

        s->out = o->next;

        if (o->frame) {
            ngx_chat_frame_unref(o->frame);
        }

        ngx_free(o);
    }
}


void
ngx_chat_socket_out_drop(ngx_chat_socket_t *s)
{
    u_char          *start;
    ngx_chat_out_t  *o, *rest;

    o = s->out;

    if (o == NULL) {
        return;
    }

    start = o->frame ? o->frame->data - o->frame->headroom_len : o->data;

    if (o->pos == start) {
        ngx_chat_socket_out_free(s);
        return;
    }

    /* a frame that is half out has to end before the Close */

    rest = o->next;
    o->next = NULL;

    s->out = rest;
    ngx_chat_socket_out_free(s);

    s->out = o;
    s->out_last = o;
    s->out_size = o->last - o->pos;
}


void
ngx_chat_socket_out_free(ngx_chat_socket_t *s)
{
    ngx_chat_out_t  *o;

    while (s->out) {
        o = s->out;
        s->out = o->next;

        if (o->frame) {
            ngx_chat_frame_unref(o->frame);
        }

        ngx_free(o);
    }

    s->out_size = 0;
}
