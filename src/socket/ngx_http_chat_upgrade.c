/*
 * From a request to a socket: the opening handshake (RFC 6455 section 4.2) and
 * the taking over of the connection, after which nothing of the request is left.
 */

#include "ngx_chat_socket.h"

typedef struct {
    ngx_http_request_t      *request;
    ngx_http_chat_taken_pt   taken;
} ngx_http_chat_take_t;

static ngx_table_elt_t *ngx_http_chat_upgrade_header(ngx_http_request_t *r,
    const char *name, size_t len, ngx_uint_t *n);
static ngx_int_t ngx_http_chat_upgrade_token(ngx_str_t *list, const char *token,
    size_t len);
static ngx_int_t ngx_http_chat_upgrade_push(ngx_http_request_t *r,
    const char *name, ngx_str_t *value);
static void ngx_http_chat_upgrade_wait(ngx_http_request_t *r);
static void ngx_http_chat_upgrade_take(ngx_event_t *ev);
static void ngx_http_chat_upgrade_free_buffers(ngx_connection_t *c,
    ngx_http_connection_t *hc);


static ngx_table_elt_t *
ngx_http_chat_upgrade_header(ngx_http_request_t *r, const char *name,
    size_t len, ngx_uint_t *n)
{
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *header, *found;

    found = NULL;
    *n = 0;

    part = &r->headers_in.headers.part;
    header = part->elts;

    for (i = 0; /* void */ ; i++) {

        if (i >= part->nelts) {
            if (part->next == NULL) {
                break;
            }

            part = part->next;
            header = part->elts;
            i = 0;
        }

        if (header[i].key.len == len
            && ngx_strncasecmp(header[i].key.data, (u_char *) name, len) == 0)
        {
            if (found == NULL) {
                found = &header[i];
            }

            (*n)++;
        }
    }

    return found;
}


/* whether a comma-separated list holds the token, in any case */

static ngx_int_t
ngx_http_chat_upgrade_token(ngx_str_t *list, const char *token, size_t len)
{
    u_char  *p, *last, *start, *end;

    p = list->data;
    last = p + list->len;

    while (p < last) {

        while (p < last && (*p == ' ' || *p == '\t' || *p == ',')) {
            p++;
        }

        start = p;

        while (p < last && *p != ',') {
            p++;
        }

        end = p;

        while (end > start && (end[-1] == ' ' || end[-1] == '\t')) {
            end--;
        }

        if ((size_t) (end - start) == len
            && ngx_strncasecmp(start, (u_char *) token, len) == 0)
        {
            return NGX_OK;
        }
    }

    return NGX_DECLINED;
}


static ngx_int_t
ngx_http_chat_upgrade_push(ngx_http_request_t *r, const char *name,
    ngx_str_t *value)
{
    ngx_table_elt_t  *h;

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    h->hash = 1;
    ngx_str_set(&h->value, "");
    h->key.data = (u_char *) name;
    h->key.len = ngx_strlen(name);
    h->value = *value;
#if (nginx_version >= 1023000)
    h->next = NULL;
#endif

    return NGX_OK;
}


const char *
ngx_http_chat_upgrade_check(ngx_http_request_t *r, ngx_str_t *key)
{
    char              accept[28];
    ngx_str_t         websocket = ngx_string("websocket");
    ngx_str_t         thirteen = ngx_string("13");
    ngx_uint_t        n;
    ngx_table_elt_t  *upgrade, *connection, *h;

    upgrade = ngx_http_chat_upgrade_header(r, "Upgrade", 7, &n);
    connection = ngx_http_chat_upgrade_header(r, "Connection", 10, &n);

    if (r->http_version != NGX_HTTP_VERSION_11
        || upgrade == NULL
        || ngx_http_chat_upgrade_token(&upgrade->value, "websocket", 9)
           != NGX_OK
        || connection == NULL
        || ngx_http_chat_upgrade_token(&connection->value, "upgrade", 7)
           != NGX_OK)
    {
        /* HTTP/2 forbids the header that HTTP/1.1 asks for here */

        if (r->http_version == NGX_HTTP_VERSION_11
            && ngx_http_chat_upgrade_push(r, "Upgrade", &websocket) != NGX_OK)
        {
            return "internal";
        }

        return "upgrade_required";
    }

    h = ngx_http_chat_upgrade_header(r, "Sec-WebSocket-Version", 21, &n);

    if (h == NULL || n != 1 || h->value.len != 2
        || ngx_strncmp(h->value.data, "13", 2) != 0)
    {
        if (ngx_http_chat_upgrade_push(r, "Sec-WebSocket-Version", &thirteen)
            != NGX_OK)
        {
            return "internal";
        }

        return "upgrade_required";
    }

    h = ngx_http_chat_upgrade_header(r, "Sec-WebSocket-Key", 17, &n);

    if (h == NULL || n != 1
        || chat_ws_accept((char *) h->value.data, h->value.len, accept) != 0)
    {
        return "invalid_handshake";
    }

    *key = h->value;

    return NULL;
}


ngx_int_t
ngx_http_chat_upgrade_origin(ngx_http_request_t *r, ngx_array_t *origins)
{
    u_char           *p, *last;
    size_t            len;
    ngx_uint_t        n;
    ngx_table_elt_t  *h;

    h = ngx_http_chat_upgrade_header(r, "Origin", 6, &n);

    if (h == NULL) {
        /* no browser: nothing that a foreign page could have sent */
        return NGX_OK;
    }

    if (n != 1) {
        return NGX_DECLINED;
    }

    if (ngx_chat_origin_listed(origins, &h->value)) {
        return NGX_OK;
    }

    /* the page that this very host served */

    p = h->value.data;
    last = p + h->value.len;

    if (h->value.len > 8 && ngx_strncmp(p, "https://", 8) == 0) {
        p += 8;

    } else if (h->value.len > 7 && ngx_strncmp(p, "http://", 7) == 0) {
        p += 7;

    } else {
        return NGX_DECLINED;
    }

    len = last - p;

    if (r->headers_in.host == NULL
        || r->headers_in.host->value.len != len
        || ngx_strncasecmp(r->headers_in.host->value.data, p, len) != 0)
    {
        return NGX_DECLINED;
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_chat_upgrade_protocol(ngx_http_request_t *r, const char *protocol,
    size_t len)
{
    ngx_uint_t        n;
    ngx_table_elt_t  *h;

    h = ngx_http_chat_upgrade_header(r, "Sec-WebSocket-Protocol", 22, &n);

    if (h == NULL) {
        return NGX_DONE;
    }

    return ngx_http_chat_upgrade_token(&h->value, protocol, len);
}


ngx_int_t
ngx_http_chat_upgrade(ngx_http_request_t *r, ngx_chat_socket_t *s,
    ngx_str_t *key, ngx_str_t *protocol, size_t message_max,
    ngx_http_chat_taken_pt taken)
{
    u_char                *p;
    ngx_int_t              rc;
    ngx_str_t              value;
    ngx_connection_t      *c;
    ngx_http_chat_take_t  *take;

    c = r->connection;

    take = ngx_palloc(r->pool, sizeof(ngx_http_chat_take_t));
    p = ngx_pnalloc(r->pool, 28);

    if (take == NULL || p == NULL
        || ngx_chat_socket_init(s, c, message_max) != NGX_OK)
    {
        return NGX_ERROR;
    }

    take->request = r;
    take->taken = taken;

    (void) chat_ws_accept((char *) key->data, key->len, (char *) p);

    value.data = p;
    value.len = 28;

    if (ngx_http_chat_upgrade_push(r, "Sec-WebSocket-Accept", &value)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_str_set(&value, "websocket");

    if (ngx_http_chat_upgrade_push(r, "Upgrade", &value) != NGX_OK
        || (protocol->len
            && ngx_http_chat_upgrade_push(r, "Sec-WebSocket-Protocol",
                                          protocol)
               != NGX_OK))
    {
        return NGX_ERROR;
    }

    r->headers_out.status = NGX_HTTP_SWITCHING_PROTOCOLS;
    ngx_str_set(&r->headers_out.status_line, "101 Switching Protocols");
    r->headers_out.content_length_n = -1;
    r->keepalive = 0;

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_http_send_special(r, NGX_HTTP_FLUSH) == NGX_ERROR) {
        return NGX_ERROR;
    }

    r->main->count++;

    r->read_event_handler = ngx_http_block_reading;
    r->write_event_handler = ngx_http_chat_upgrade_wait;

    ngx_http_set_ctx(r, s, ngx_http_chat_socket_module);

    s->data = take;
    s->event.handler = ngx_http_chat_upgrade_take;
    ngx_post_event(&s->event, &ngx_posted_events);

    return NGX_DONE;
}


/* the 101 didn't go out at once */

static void
ngx_http_chat_upgrade_wait(ngx_http_request_t *r)
{
    ngx_connection_t   *c;
    ngx_chat_socket_t  *s;

    c = r->connection;
    s = ngx_http_get_module_ctx(r, ngx_http_chat_socket_module);

    if (s == NULL || s->event.posted) {
        return;
    }

    if (c->write->timedout
        || ngx_http_output_filter(r, NULL) == NGX_ERROR)
    {
        ngx_http_finalize_request(r, NGX_ERROR);
        return;
    }

    ngx_post_event(&s->event, &ngx_posted_events);
}


static void
ngx_http_chat_upgrade_take(ngx_event_t *ev)
{
    ngx_buf_t               *b;
    ngx_connection_t        *c;
    ngx_chat_socket_t       *s;
    ngx_http_request_t      *r;
    ngx_http_chat_take_t    *take;
    ngx_http_chat_taken_pt   taken;
    ngx_http_connection_t   *hc;

    s = ev->data;
    c = s->connection;
    take = s->data;
    r = take->request;

    if (c->error) {
        ngx_http_finalize_request(r, NGX_ERROR);
        return;
    }

    if (c->buffered) {
        ngx_add_timer(c->write, s->conf->timeout);

        if (ngx_handle_write_event(c->write, 0) != NGX_OK) {
            ngx_http_finalize_request(r, NGX_ERROR);
        }

        return;
    }

    taken = take->taken;
    b = r->header_in;
    hc = r->http_connection;

    /* writes the access log and frees the request's pool */

    ngx_http_free_request(r, 0);

    c->destroyed = 0;

    if (c->read->timer_set) {
        ngx_del_timer(c->read);
    }

    if (c->write->timer_set) {
        ngx_del_timer(c->write);
    }

    (void) ngx_tcp_nodelay(c);

    s->data = NULL;
    taken(s);

    /* what came in one packet with the handshake */

    ngx_chat_socket_start(s, b->pos, b->last - b->pos);

    ngx_http_chat_upgrade_free_buffers(c, hc);
}


static void
ngx_http_chat_upgrade_free_buffers(ngx_connection_t *c,
    ngx_http_connection_t *hc)
{
    ngx_chain_t  *cl, *ln;

    if (c->buffer && ngx_pfree(c->pool, c->buffer->start) == NGX_OK) {
        c->buffer = NULL;
    }

    for (cl = hc->free; cl; /* void */) {
        ln = cl;
        cl = cl->next;
        (void) ngx_pfree(c->pool, ln->buf->start);
    }

    for (cl = hc->busy; cl; /* void */) {
        ln = cl;
        cl = cl->next;
        (void) ngx_pfree(c->pool, ln->buf->start);
    }

    hc->free = NULL;
    hc->busy = NULL;
    hc->nbusy = 0;

#if (NGX_HTTP_SSL)
    if (c->ssl) {
        ngx_ssl_free_buffer(c);

        /* each of our writes is a gathered one: no 16 KiB to gather in */
        c->ssl->buffer = 0;
    }
#endif
}
