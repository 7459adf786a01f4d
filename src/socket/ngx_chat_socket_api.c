/*
 * The API on a socket: frames in become calls of operations, answers and the
 * device's stream go out (DESIGN: "Socket frames").
 */

#include "ngx_chat_socket_api.h"
#include "chat_frame.h"

#define NGX_CHAT_SOCKET_TOUCH       600     /* seconds between two words of a session's use */
#define NGX_CHAT_SOCKET_ID_MAX      64      /* bytes of a frame's string id */

static ngx_int_t ngx_chat_api_takeover(ngx_chat_call_t *call, void *transport);
static void ngx_chat_api_taken(ngx_chat_socket_t *s);
static void ngx_chat_api_message(ngx_chat_socket_t *s, ngx_uint_t opcode,
    u_char *data, size_t len);
static void ngx_chat_api_dispatch(ngx_chat_socket_t *s, chat_json_t *json,
    ngx_str_t *payload, ngx_uint_t large);
static ngx_int_t ngx_chat_api_id(chat_json_t *json, u_char *buf, size_t size,
    ngx_str_t *id);
static void ngx_chat_api_stream_op(ngx_chat_socket_t *s, ngx_str_t *id,
    ngx_uint_t resume, chat_json_t *json);
static void ngx_chat_api_writable(ngx_chat_socket_t *s);
static void ngx_chat_api_tick(ngx_chat_socket_t *s);
static void ngx_chat_api_looked(void *data, ngx_chat_session_state_e state);
static void ngx_chat_api_closed(ngx_chat_socket_t *s);
static ngx_int_t ngx_chat_api_stream_frame(void *transport,
    ngx_chat_frame_t *f);
static ngx_int_t ngx_chat_api_stream_text(void *transport, ngx_str_t *json);
static void ngx_chat_api_stream_close(void *transport, ngx_uint_t code);


ngx_chat_op_t  ngx_chat_socket_ops[] = {

    { "socket", "GET", "socket", NGX_CHAT_WHO_SESSION, NGX_CHAT_LIMIT_SOCKET,
      NGX_CHAT_OP_UNCACHED|NGX_CHAT_OP_PENDING, NULL, NULL, NULL,
      ngx_chat_api_takeover, 0 },

    { NULL, NULL, NULL, 0, 0, 0, NULL, NULL, NULL, NULL, 0 }
};


static ngx_chat_socket_ops_t  ngx_chat_api_ops = {
    ngx_chat_api_message,
    ngx_chat_api_writable,
    ngx_chat_api_tick,
    ngx_chat_api_closed
};


static ngx_chat_stream_ops_t  ngx_chat_api_stream_ops = {
    ngx_chat_api_stream_frame,
    ngx_chat_api_stream_text,
    ngx_chat_api_stream_close
};


static ngx_int_t
ngx_chat_api_takeover(ngx_chat_call_t *call, void *transport)
{
    ngx_http_request_t  *r = transport;

    ngx_int_t                      rc;
    ngx_str_t                      key, protocol;
    const char                    *code;
    ngx_chat_api_t                *api;
    ngx_chat_socket_t             *s;
    ngx_chat_limit_conf_t         *lcf;
    ngx_chat_conversation_conf_t  *ccf;

    code = ngx_http_chat_upgrade_check(r, &key);

    if (code == NULL) {
        lcf = ngx_http_get_module_loc_conf(r, ngx_chat_limit_module);

        rc = ngx_http_chat_upgrade_protocol(r, NGX_CHAT_SOCKET_PROTOCOL,
                                       sizeof(NGX_CHAT_SOCKET_PROTOCOL) - 1);

        if (rc == NGX_DECLINED) {
            code = "invalid_handshake";

        } else if (ngx_http_chat_upgrade_origin(r, lcf->origins) != NGX_OK) {
            code = "origin_refused";

        } else if (ngx_exiting) {
            code = "shutting_down";

        } else if (ngx_chat_sockets_add() != NGX_OK) {
            code = "overloaded";
        }
    }

    if (code) {
        call->problem.def = ngx_chat_problem_find(code, ngx_strlen(code));
        return NGX_DECLINED;
    }

    ngx_str_null(&protocol);

    if (rc == NGX_OK) {
        ngx_str_set(&protocol, NGX_CHAT_SOCKET_PROTOCOL);
    }

    s = ngx_pcalloc(r->connection->pool, sizeof(ngx_chat_socket_t));
    api = ngx_pcalloc(r->connection->pool, sizeof(ngx_chat_api_t));

    if (s == NULL || api == NULL) {
        ngx_chat_sockets_remove();
        return NGX_ERROR;
    }

    api->session = call->session;
    api->touched = ngx_time();
    api->loc_conf = r->loc_conf;
    ngx_queue_init(&api->calls);

    s->ops = &ngx_chat_api_ops;
    s->conf = ngx_http_get_module_loc_conf(r, ngx_http_chat_socket_module);
    s->api = api;

    ccf = ngx_http_get_module_loc_conf(r, ngx_chat_conversation_module);

    rc = ngx_http_chat_upgrade(r, s, &key, &protocol,
                               ngx_max(ccf->message_max_size,
                                       ccf->commit_max_size)
                               + CHAT_JSON_MAX_SIZE + 4,
                               ngx_chat_api_taken);

    if (s->connection == NULL) {
        /* no cleanup was set */
        ngx_chat_sockets_remove();

    } else {
        s->counted = 1;
        ngx_chat_stat_add(NGX_CHAT_STAT_SOCKETS_OPENED, 1);
    }

    return rc;
}


static void
ngx_chat_api_taken(ngx_chat_socket_t *s)
{
    ngx_chat_api_t  *api;

    api = s->api;

    api->stream = ngx_chat_stream_create(&api->session, s->connection->log,
                                         api->loc_conf,
                                         &ngx_chat_api_stream_ops, s);
    if (api->stream == NULL) {
        ngx_chat_socket_close(s, 1013, "overloaded");
    }
}


static void
ngx_chat_api_message(ngx_chat_socket_t *s, ngx_uint_t opcode, u_char *data,
    size_t len)
{
    ngx_str_t      payload, none = ngx_null_string;
    const char    *error;
    chat_json_t   *json;
    chat_frame_t   frame;

    if (opcode == CHAT_WS_TEXT) {

        if (len > CHAT_JSON_LARGE_SIZE) {
            ngx_chat_api_problem(s, &none, "payload_too_large", NULL);
            return;
        }

        json = chat_json_parse_large((char *) data, len, &error);

        if (json == NULL) {
            ngx_chat_api_problem(s, &none, "invalid_json", error);
            return;
        }

        ngx_chat_api_dispatch(s, json, NULL, len > CHAT_JSON_MAX_SIZE);
        return;
    }

    if (chat_frame_read(data, len, &frame, &error) != 0) {
        ngx_chat_api_problem(s, &none, "invalid_frame", error);
        return;
    }

    if (frame.used != len) {
        chat_json_free(frame.header);
        ngx_chat_api_problem(s, &none, "invalid_frame",
                             "bytes after the payload");
        return;
    }

    payload.data = (u_char *) frame.payload;
    payload.len = frame.payload_len;

    ngx_chat_api_dispatch(s, frame.header, &payload, 0);
}


/* json is freed here or belongs to the call; payload NULL: a text frame */

static void
ngx_chat_api_dispatch(ngx_chat_socket_t *s, chat_json_t *json,
    ngx_str_t *payload, ngx_uint_t large)
{
    u_char          buf[chat_json_string_max(NGX_CHAT_SOCKET_ID_MAX)];
    size_t          len;
    ngx_str_t       id;
    const char     *name;
    chat_json_t    *value;
    ngx_chat_op_t  *op;

    if (ngx_chat_api_id(json, buf, sizeof(buf), &id) != NGX_OK) {
        ngx_str_null(&id);
        ngx_chat_api_problem(s, &id, "invalid_frame",
                             "\\\"id\\\" is an integer or a string of at most "
                             "64 bytes");
        goto free;
    }

    value = chat_json_get(json, "op");

    if (value == NULL || chat_json_type(value) != CHAT_JSON_STRING) {
        ngx_chat_api_problem(s, &id, "invalid_frame", "\\\"op\\\" is missing");
        goto free;
    }

    name = chat_json_string(value, &len);
    op = ngx_chat_op_by_name(name, len);

    if (large && (op == NULL || !(op->flags & NGX_CHAT_OP_LARGE))) {
        ngx_chat_api_problem(s, &id, "payload_too_large", NULL);
        goto free;
    }

    if (payload == NULL && len == 6 && ngx_memcmp(name, "resume", 6) == 0) {
        ngx_chat_api_stream_op(s, &id, 1, json);
        goto free;
    }

    if (payload == NULL && len == 3 && ngx_memcmp(name, "ack", 3) == 0) {
        ngx_chat_api_stream_op(s, &id, 0, json);
        goto free;
    }

    if (op == NULL || !(op->flags & NGX_CHAT_OP_SOCKET)) {
        ngx_chat_api_problem(s, &id, "unrecognized", NULL);
        goto free;
    }

    if ((payload != NULL) != ((op->flags & NGX_CHAT_OP_PAYLOAD) != 0)) {
        ngx_chat_api_problem(s, &id, "invalid_frame",
                             payload ? "this operation takes a text frame"
                                     : "this operation takes a binary frame");
        goto free;
    }

    ngx_chat_api_call(s, op, &id, json, payload);
    return;

free:

    chat_json_free(json);
}


static ngx_int_t
ngx_chat_api_id(chat_json_t *json, u_char *buf, size_t size, ngx_str_t *id)
{
    size_t            len;
    const char       *s;
    chat_json_t      *value;
    chat_json_out_t   out;

    ngx_str_null(id);

    value = chat_json_get(json, "id");
    if (value == NULL) {
        return NGX_OK;
    }

    chat_json_out_init(&out, (char *) buf, size);

    switch (chat_json_type(value)) {

    case CHAT_JSON_INTEGER:
        chat_json_out_integer(&out, chat_json_integer(value));
        break;

    case CHAT_JSON_STRING:
        s = chat_json_string(value, &len);

        if (len > NGX_CHAT_SOCKET_ID_MAX) {
            return NGX_DECLINED;
        }

        chat_json_out_string(&out, s, len);
        break;

    default:
        return NGX_DECLINED;
    }

    id->data = buf;
    id->len = out.pos - out.start;

    return NGX_OK;
}


static void
ngx_chat_api_stream_op(ngx_chat_socket_t *s, ngx_str_t *id, ngx_uint_t resume,
    chat_json_t *json)
{
    void            *iter;
    ngx_str_t        log_epoch;
    const char      *key;
    chat_json_t     *cursors, *value;
    ngx_chat_api_t  *api;

    api = s->api;

    if (api->stream == NULL) {
        return;
    }

    for (iter = chat_json_next(json, NULL);
         iter;
         iter = chat_json_next(json, iter))
    {
        key = chat_json_key(iter);

        if (ngx_strcmp(key, "id") != 0 && ngx_strcmp(key, "op") != 0
            && ngx_strcmp(key, "cursors") != 0
            && (!resume || ngx_strcmp(key, "log_epoch") != 0))
        {
            ngx_chat_api_problem(s, id, "unknown_parameter", NULL);
            return;
        }
    }

    cursors = chat_json_get(json, "cursors");

    if (cursors && chat_json_type(cursors) != CHAT_JSON_OBJECT) {
        ngx_chat_api_problem(s, id, "invalid_parameter",
                             "\\\"cursors\\\" is an object of conversation "
                             "and sequence number");
        return;
    }

    if (!resume) {

        if (cursors == NULL) {
            ngx_chat_api_problem(s, id, "missing_parameter",
                                 "\\\"cursors\\\"");
            return;
        }

        ngx_chat_stream_ack(api->stream, id, cursors);
        return;
    }

    ngx_str_null(&log_epoch);

    value = chat_json_get(json, "log_epoch");

    if (value) {
        if (chat_json_type(value) != CHAT_JSON_STRING) {
            ngx_chat_api_problem(s, id, "invalid_parameter",
                                 "\\\"log_epoch\\\" is a UUID");
            return;
        }

        log_epoch.data = (u_char *) chat_json_string(value, &log_epoch.len);
    }

    ngx_chat_stream_resume(api->stream, id, &log_epoch, cursors);
}


static void
ngx_chat_api_writable(ngx_chat_socket_t *s)
{
    ngx_chat_api_t  *api;

    api = s->api;

    if (api->stream) {
        ngx_chat_stream_writable(api->stream);
    }

    if (!s->full && api->ncalls < NGX_CHAT_SOCKET_CALLS) {
        ngx_chat_socket_resume(s);
    }
}


static void
ngx_chat_api_tick(ngx_chat_socket_t *s)
{
    time_t           now, every;
    ngx_chat_api_t  *api;

    api = s->api;
    now = ngx_time();

    /* an open socket is a session in use: its idle expiry moves on */

    every = ngx_min((api->session.expires - now) / 4, NGX_CHAT_SOCKET_TOUCH);

    if (now - api->touched >= every) {
        api->touched = now;
        ngx_chat_session_touch(api->session.session,
                               s->connection->sockaddr);
    }

    /* what was known at the handshake may no longer hold */

    if (api->session.expires - now <= (time_t) (2 * s->conf->ping / 1000)) {
        ngx_chat_api_look(s);
    }
}


void
ngx_chat_api_look(ngx_chat_socket_t *s)
{
    ngx_chat_api_t  *api;

    api = s->api;

    if (api->look.query) {
        return;
    }

    api->look.session = &api->session;
    api->look.handler = ngx_chat_api_looked;
    api->look.data = s;

    if (ngx_chat_session_look(&api->look) != NGX_OK) {
        ngx_chat_api_looked(s, NGX_CHAT_SESSION_UNKNOWN);
    }
}


static void
ngx_chat_api_looked(void *data, ngx_chat_session_state_e state)
{
    ngx_chat_socket_t *s = data;

    ngx_chat_api_t  *api;

    api = s->api;

    if (state == NGX_CHAT_SESSION_GONE
        || (state == NGX_CHAT_SESSION_UNKNOWN
            && api->session.expires <= ngx_time()))
    {
        ngx_chat_socket_close(s, 4401, "token expired");
    }

    ngx_chat_api_calls_go_on(s);
}


static void
ngx_chat_api_closed(ngx_chat_socket_t *s)
{
    ngx_chat_api_t  *api;

    api = s->api;

    if (api->look.query) {
        ngx_chat_pg_abandon(api->look.query);
        api->look.query = NULL;
    }

    ngx_chat_api_calls_abort(s);

    if (api->stream) {
        ngx_chat_stream_destroy(api->stream);
        api->stream = NULL;
    }
}


static ngx_int_t
ngx_chat_api_stream_frame(void *transport, ngx_chat_frame_t *f)
{
    return ngx_chat_socket_send_frame(transport, f);
}


static ngx_int_t
ngx_chat_api_stream_text(void *transport, ngx_str_t *json)
{
    return ngx_chat_socket_send(transport, CHAT_WS_TEXT, json, 1);
}


static void
ngx_chat_api_stream_close(void *transport, ngx_uint_t code)
{
    ngx_chat_socket_close(transport, code, NULL);
}
