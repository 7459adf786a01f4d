/* chat_websocket_echo: each message comes back, for conformance suites. */

#include "ngx_chat_socket.h"

static void ngx_chat_socket_echo_taken(ngx_chat_socket_t *s);
static void ngx_chat_socket_echo_message(ngx_chat_socket_t *s,
    ngx_uint_t opcode, u_char *data, size_t len);
static void ngx_chat_socket_echo_writable(ngx_chat_socket_t *s);
static void ngx_chat_socket_echo_closed(ngx_chat_socket_t *s);


static ngx_chat_socket_ops_t  ngx_chat_socket_echo_ops = {
    ngx_chat_socket_echo_message,
    ngx_chat_socket_echo_writable,
    NULL,
    ngx_chat_socket_echo_closed
};


ngx_int_t
ngx_http_chat_echo_handler(ngx_http_request_t *r)
{
    ngx_int_t           rc;
    ngx_str_t           key, none = ngx_null_string;
    const char         *code;
    ngx_chat_socket_t  *s;

    if (r->method != NGX_HTTP_GET) {
        return NGX_HTTP_NOT_ALLOWED;
    }

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    code = ngx_http_chat_upgrade_check(r, &key);

    if (code) {
        return ngx_strcmp(code, "upgrade_required") == 0
               ? NGX_HTTP_UPGRADE_REQUIRED : NGX_HTTP_BAD_REQUEST;
    }

    if (ngx_exiting) {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }

    s = ngx_pcalloc(r->connection->pool, sizeof(ngx_chat_socket_t));
    if (s == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    s->ops = &ngx_chat_socket_echo_ops;
    s->conf = ngx_http_get_module_loc_conf(r, ngx_http_chat_socket_module);

    return ngx_http_chat_upgrade(r, s, &key, &none, s->conf->echo_max,
                                 ngx_chat_socket_echo_taken);
}


static void
ngx_chat_socket_echo_taken(ngx_chat_socket_t *s)
{
    /* nothing more to know */
}


static void
ngx_chat_socket_echo_message(ngx_chat_socket_t *s, ngx_uint_t opcode,
    u_char *data, size_t len)
{
    ngx_str_t  part;

    part.data = data;
    part.len = len;

    switch (ngx_chat_socket_send(s, opcode, &part, 1)) {

    case NGX_AGAIN:
        /* a peer that reads slower than it writes has to wait */
        ngx_chat_socket_pause(s);
        break;

    case NGX_ERROR:
        ngx_chat_socket_finish(s);
        break;
    }
}


static void
ngx_chat_socket_echo_writable(ngx_chat_socket_t *s)
{
    ngx_chat_socket_resume(s);
}


static void
ngx_chat_socket_echo_closed(ngx_chat_socket_t *s)
{
    /* nothing of our own */
}
