/* A socket's life: reading, the heartbeat, the closing handshake, the end. */

#include "ngx_chat_socket.h"

static void ngx_chat_socket_read_handler(ngx_event_t *rev);
static void ngx_chat_socket_write_handler(ngx_event_t *wev);
static void ngx_chat_socket_feed(ngx_chat_socket_t *s, u_char *data,
    size_t len);
static void ngx_chat_socket_data(ngx_chat_socket_t *s, chat_ws_event_t *ev);
static ngx_int_t ngx_chat_socket_collect(ngx_chat_socket_t *s,
    const u_char *data, size_t len);
static void ngx_chat_socket_message(ngx_chat_socket_t *s);
static void ngx_chat_socket_control(ngx_chat_socket_t *s, chat_ws_event_t *ev);
static void ngx_chat_socket_tick(ngx_chat_socket_t *s);
static void ngx_chat_socket_free(ngx_event_t *ev);
static void ngx_chat_socket_cleanup(void *data);


/* state of this process, not of a configuration */
static u_char       ngx_chat_socket_buffer[NGX_CHAT_SOCKET_READ];
static ngx_queue_t  ngx_chat_sockets;


ngx_queue_t *
ngx_chat_socket_list(void)
{
    if (ngx_queue_next(&ngx_chat_sockets) == NULL) {
        ngx_queue_init(&ngx_chat_sockets);
    }

    return &ngx_chat_sockets;
}


ngx_int_t
ngx_chat_socket_init(ngx_chat_socket_t *s, ngx_connection_t *c,
    size_t message_max)
{
    ngx_pool_cleanup_t  *cln;

    cln = ngx_pool_cleanup_add(c->pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    cln->handler = ngx_chat_socket_cleanup;
    cln->data = s;

    s->connection = c;
    s->event.data = s;
    s->event.log = c->log;

    ngx_queue_init(&s->queue);
    chat_ws_init(&s->parser, message_max);

    return NGX_OK;
}


void
ngx_chat_socket_start(ngx_chat_socket_t *s, u_char *data, size_t len)
{
    ngx_connection_t  *c;

    c = s->connection;

    s->started = 1;
    c->data = s;
    c->log->action = "talking over a websocket";
    c->read->handler = ngx_chat_socket_read_handler;
    c->write->handler = ngx_chat_socket_write_handler;

    ngx_queue_insert_tail(ngx_chat_socket_list(), &s->queue);
    ngx_add_timer(c->read, s->conf->ping);

    if (len) {
        ngx_chat_socket_feed(s, data, len);
    }

    if (ngx_exiting) {
        ngx_chat_socket_close(s, 1012, "restart");
    }

    /* bytes may wait in TLS, or may have come while the request was freed */
    ngx_post_event(c->read, &ngx_posted_events);
}


static void
ngx_chat_socket_read_handler(ngx_event_t *rev)
{
    ssize_t             n;
    ngx_uint_t          i;
    ngx_connection_t   *c;
    ngx_chat_socket_t  *s;

    c = rev->data;
    s = c->data;

    if (s->state == NGX_CHAT_SOCKET_DEAD) {
        return;
    }

    if (c->close) {
        /* without error the drain is asked for, and comes by its own list */
        c->close = 0;

        if (c->error) {
            ngx_chat_socket_finish(s);
            return;
        }
    }

    if (rev->timedout) {
        rev->timedout = 0;
        ngx_chat_socket_tick(s);
        return;
    }

    for (i = 0; i < NGX_CHAT_SOCKET_READS; i++) {

        if (s->paused || s->state == NGX_CHAT_SOCKET_DEAD) {
            return;
        }

        n = c->recv(c, ngx_chat_socket_buffer, NGX_CHAT_SOCKET_READ);

        if (n == NGX_AGAIN) {
            if (ngx_handle_read_event(rev, 0) != NGX_OK) {
                ngx_chat_socket_finish(s);
            }

            return;
        }

        if (n == 0 && s->out && !s->peer_closed) {
            /* a peer that only stopped writing still gets what is queued */
            s->peer_closed = 1;
            s->paused = 1;
            s->state = NGX_CHAT_SOCKET_CLOSING;
            ngx_add_timer(rev, NGX_CHAT_SOCKET_CLOSE_TIME);
            ngx_chat_socket_flush(s);
            return;
        }

        if (n == NGX_ERROR || n == 0) {
            ngx_chat_socket_finish(s);
            return;
        }

        ngx_chat_socket_feed(s, ngx_chat_socket_buffer, n);
    }

    ngx_post_event(rev, &ngx_posted_next_events);
}


static void
ngx_chat_socket_feed(ngx_chat_socket_t *s, u_char *data, size_t len)
{
    size_t           used;
    chat_ws_event_t  ev;

    s->ping_sent = 0;

    while (len && s->state != NGX_CHAT_SOCKET_DEAD && !s->peer_closed) {

        switch (chat_ws_feed(&s->parser, data, len, &used, &ev)) {

        case CHAT_WS_NEED_MORE:
            return;

        case CHAT_WS_DATA:
            if (s->state == NGX_CHAT_SOCKET_OPEN) {
                ngx_chat_socket_data(s, &ev);
            }
            break;

        case CHAT_WS_CONTROL:
            ngx_chat_socket_control(s, &ev);
            break;

        case CHAT_WS_ERROR:
            ngx_chat_socket_close(s, ev.code, NULL);

            /* what follows a broken frame can't be read: no Close will be seen */
            s->peer_closed = 1;
            ngx_chat_socket_flush(s);
            return;
        }

        data += used;
        len -= used;
    }
}


static void
ngx_chat_socket_data(ngx_chat_socket_t *s, chat_ws_event_t *ev)
{
    if (ev->first && ev->last) {
        s->ops->message(s, ev->opcode, (u_char *) ev->data, ev->len);
        return;
    }

    if (ev->first) {
        s->message_start = ngx_current_msec;
    }

    if (ngx_chat_socket_collect(s, ev->data, ev->len) != NGX_OK) {
        ngx_chat_socket_close(s, 1011, "out of memory");
        return;
    }

    if (ev->last) {
        s->ops->message(s, ev->opcode, s->message, s->message_len);
        ngx_chat_socket_message(s);
    }
}


/* forgets the collected message; an idle socket holds no buffer */

static void
ngx_chat_socket_message(ngx_chat_socket_t *s)
{
    if (s->message) {
        ngx_memzero(s->message, s->message_len);
        ngx_free(s->message);
    }

    s->message = NULL;
    s->message_len = 0;
    s->message_size = 0;
}


static ngx_int_t
ngx_chat_socket_collect(ngx_chat_socket_t *s, const u_char *data, size_t len)
{
    u_char  *p;
    size_t   size;

    /* the parser has checked the sum against the largest message */

    if (s->message_len + len > s->message_size || s->message == NULL) {

        size = ngx_max(s->message_size * 2, 1024);
        size = ngx_max(size, s->message_len + len);

        p = ngx_alloc(size, s->connection->log);
        if (p == NULL) {
            return NGX_ERROR;
        }

        if (s->message) {
            ngx_memcpy(p, s->message, s->message_len);
            ngx_memzero(s->message, s->message_len);
            ngx_free(s->message);
        }

        s->message = p;
        s->message_size = size;
    }

    if (len) {
        ngx_memcpy(s->message + s->message_len, data, len);
        s->message_len += len;
    }

    return NGX_OK;
}


static void
ngx_chat_socket_control(ngx_chat_socket_t *s, chat_ws_event_t *ev)
{
    ngx_str_t  part;

    part.data = (u_char *) ev->data;
    part.len = ev->len;

    switch (ev->opcode) {

    case CHAT_WS_PING:
        if (s->state == NGX_CHAT_SOCKET_OPEN) {
            (void) ngx_chat_socket_send(s, CHAT_WS_PONG, &part, 1);
        }
        break;

    case CHAT_WS_CLOSE:
        s->peer_closed = 1;

        /* the answer to a Close carries its code back (section 5.5.1) */
        ngx_chat_socket_close(s, ev->code, NULL);
        ngx_chat_socket_flush(s);
        break;

    default: /* a pong: that it came is enough */
        break;
    }
}


static void
ngx_chat_socket_tick(ngx_chat_socket_t *s)
{
    ngx_str_t          empty = ngx_null_string;
    ngx_connection_t  *c;

    c = s->connection;

    if (s->state == NGX_CHAT_SOCKET_CLOSING) {
        ngx_chat_socket_finish(s);
        return;
    }

    if (ngx_exiting && !s->draining) {
        ngx_chat_socket_close(s, 1012, "restart");
        return;
    }

    if (s->ping_sent) {
        ngx_chat_socket_close(s, 4408, "no answer to a ping");
        return;
    }

    if (s->message
        && ngx_current_msec - s->message_start > s->conf->timeout)
    {
        ngx_chat_socket_close(s, 4408, "a message was not finished");
        return;
    }

    ngx_add_timer(c->read, s->conf->ping);

    if (s->ops->tick) {
        s->ops->tick(s);
    }

    if (s->state == NGX_CHAT_SOCKET_OPEN && !s->paused) {
        s->ping_sent = 1;
        ngx_add_timer(c->read, s->conf->timeout);
        (void) ngx_chat_socket_send(s, CHAT_WS_PING, &empty, 1);
    }
}


static void
ngx_chat_socket_write_handler(ngx_event_t *wev)
{
    ngx_connection_t   *c;
    ngx_chat_socket_t  *s;

    c = wev->data;
    s = c->data;

    if (s->state == NGX_CHAT_SOCKET_DEAD) {
        return;
    }

    if (wev->timedout) {
        ngx_log_error(NGX_LOG_INFO, c->log, NGX_ETIMEDOUT,
                      "a websocket client reads nothing");
        ngx_chat_stat_add(NGX_CHAT_STAT_SLOW_READERS, 1);
        ngx_chat_socket_finish(s);
        return;
    }

    ngx_chat_socket_flush(s);
}


void
ngx_chat_socket_close(ngx_chat_socket_t *s, ngx_uint_t code,
    const char *reason)
{
    u_char     status[2];
    ngx_str_t  parts[2];

    if (s->state != NGX_CHAT_SOCKET_OPEN) {
        return;
    }

    if (code == 4401 || code == 4403) {
        ngx_chat_socket_out_drop(s);
    }

    status[0] = (u_char) (code >> 8);
    status[1] = (u_char) code;

    /* 1005 says that the peer's Close had no code: neither has the answer */

    parts[0].data = status;
    parts[0].len = (code == 1005) ? 0 : 2;
    parts[1].data = (u_char *) reason;
    parts[1].len = (reason && code != 1005) ? ngx_strlen(reason) : 0;

    if (ngx_chat_socket_send(s, CHAT_WS_CLOSE, parts, 2) == NGX_ERROR) {
        ngx_chat_socket_finish(s);
        return;
    }

    s->state = NGX_CHAT_SOCKET_CLOSING;
    ngx_chat_socket_message(s);

    if (s->paused) {
        ngx_chat_socket_resume(s);
    }

    ngx_add_timer(s->connection->read, NGX_CHAT_SOCKET_CLOSE_TIME);
}


void
ngx_chat_socket_finish(ngx_chat_socket_t *s)
{
    if (s->state == NGX_CHAT_SOCKET_DEAD) {
        return;
    }

    s->state = NGX_CHAT_SOCKET_DEAD;

    if (s->event.posted) {
        ngx_delete_posted_event(&s->event);
    }

    s->event.handler = ngx_chat_socket_free;
    ngx_post_event(&s->event, &ngx_posted_events);
}


static void
ngx_chat_socket_free(ngx_event_t *ev)
{
    ngx_chat_socket_t  *s;

    s = ev->data;

    ngx_http_close_connection(s->connection);
}


/* runs when the connection's pool goes, whoever closed it */

static void
ngx_chat_socket_cleanup(void *data)
{
    ngx_chat_socket_t  *s = data;

    s->state = NGX_CHAT_SOCKET_DEAD;

    if (s->event.posted) {
        ngx_delete_posted_event(&s->event);
    }

    ngx_queue_remove(&s->queue);

    if (s->started) {
        s->ops->closed(s);
    }

    ngx_chat_socket_out_free(s);
    ngx_chat_socket_message(s);

    if (s->counted) {
        ngx_chat_sockets_remove();
        ngx_chat_stat_add(NGX_CHAT_STAT_SOCKETS_CLOSED, 1);
    }
}


void
ngx_chat_socket_pause(ngx_chat_socket_t *s)
{
    s->paused = 1;
}


void
ngx_chat_socket_resume(ngx_chat_socket_t *s)
{
    if (!s->paused) {
        return;
    }

    s->paused = 0;

    if (s->state != NGX_CHAT_SOCKET_DEAD) {
        ngx_post_event(s->connection->read, &ngx_posted_events);
    }
}
