/*
 * The API on a socket, inside the room: one device's socket and its calls.
 */

#ifndef NGX_CHAT_SOCKET_API_H
#define NGX_CHAT_SOCKET_API_H

#include "ngx_chat_socket.h"
#include "ngx_chat_session.h"
#include "ngx_chat_stream.h"

typedef struct {
    ngx_chat_session_t  session;
    ngx_chat_stream_t  *stream;
    void              **loc_conf;
    ngx_queue_t         calls;
    ngx_uint_t          ncalls;

    ngx_chat_session_look_t  look;
    time_t              touched;        /* when the session's use was last told */
} ngx_chat_api_t;

/* ngx_chat_socket_api.c */

/* asks what has become of the session; calls then go on, or the socket is closed (4401) */
void ngx_chat_api_look(ngx_chat_socket_t *s);

/* ngx_chat_socket_call.c */

/*
 * Runs an operation; its answer goes out by itself.  id: ready JSON, or empty: no
 * answer is wanted.  json belongs to the call from now on; payload (may be NULL) is copied.
 */
void ngx_chat_api_call(ngx_chat_socket_t *s, ngx_chat_op_t *op,
    ngx_str_t *id, chat_json_t *json, ngx_str_t *payload);

/* answers a frame that is no call; detail (may be NULL): ready to stand in a JSON string */
void ngx_chat_api_problem(ngx_chat_socket_t *s, ngx_str_t *id,
    const char *code, const char *detail);

/* the socket's session was looked at: calls that waited for it go on */
void ngx_chat_api_calls_go_on(ngx_chat_socket_t *s);

/* the socket goes: its calls are abandoned */
void ngx_chat_api_calls_abort(ngx_chat_socket_t *s);

#endif /* NGX_CHAT_SOCKET_API_H */
