/*
 * A WebSocket (RFC 6455) on a connection that nginx has handed over: the
 * request is gone, what is left is the connection and this object in its pool.
 */

#ifndef NGX_CHAT_SOCKET_H
#define NGX_CHAT_SOCKET_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <ngx_http.h>

#include "ngx_chat.h"
#include "ngx_chat_stat.h"
#include "chat_ws.h"

#define NGX_CHAT_SOCKET_READ        16384   /* the worker's one read buffer */
#define NGX_CHAT_SOCKET_READS       16      /* reads of one socket a loop turn */
#define NGX_CHAT_SOCKET_BUFS        64      /* buffers of one write */
#define NGX_CHAT_SOCKET_CLOSE_TIME  3000    /* ms for the closing handshake */
#define NGX_CHAT_SOCKET_CALLS       64      /* operations of one socket under way */
#define NGX_CHAT_SOCKET_ECHO_MAX    (16 * 1024 * 1024)

#define NGX_CHAT_SOCKET_PROTOCOL    "ngx-chat.v1"

#ifndef NGX_HTTP_UPGRADE_REQUIRED
#define NGX_HTTP_UPGRADE_REQUIRED   426
#endif

typedef struct ngx_chat_socket_s  ngx_chat_socket_t;
typedef struct ngx_chat_out_s  ngx_chat_out_t;

typedef struct {
    size_t              buffer;         /* outbound bytes held for one socket */
    ngx_msec_t          ping;           /* silence after which we ask */
    ngx_msec_t          timeout;        /* for the answer, for a write, for the rest of a message */
    size_t              echo_max;       /* of chat_websocket_echo: bytes of a message */
} ngx_http_chat_socket_conf_t;

extern ngx_module_t  ngx_http_chat_socket_module;

/* what runs on a socket: the API, or the echo */
typedef struct {
    /* a whole message; the bytes live until it returns */
    void              (*message)(ngx_chat_socket_t *s, ngx_uint_t opcode, u_char *data, size_t len);
    void              (*writable)(ngx_chat_socket_t *s);
    void              (*tick)(ngx_chat_socket_t *s);    /* every ping interval */
    void              (*closed)(ngx_chat_socket_t *s);  /* once, before the memory goes */
} ngx_chat_socket_ops_t;

typedef enum {
    NGX_CHAT_SOCKET_OPEN = 0,
    NGX_CHAT_SOCKET_CLOSING,            /* our Close is queued or out */
    NGX_CHAT_SOCKET_DEAD                /* waits to be freed */
} ngx_chat_socket_state_e;

struct ngx_chat_socket_s {
    ngx_connection_t   *connection;
    ngx_queue_t         queue;          /* all sockets of the worker */
    ngx_chat_socket_ops_t  *ops;
    void               *data;           /* while it is taken over */
    void               *api;            /* the ops' own */
    ngx_http_chat_socket_conf_t  *conf;

    ngx_chat_out_t     *out;            /* what waits to be written, in order */
    ngx_chat_out_t     *out_last;
    size_t              out_size;

    u_char             *message;        /* the open message so far */
    size_t              message_len;
    size_t              message_size;
    ngx_msec_t          message_start;

    ngx_event_t         event;          /* taking over, flushing, freeing */
    chat_ws_parser_t    parser;

    unsigned            state:2;
    unsigned            peer_closed:1;  /* the peer's Close, or its end of stream, is in */
    unsigned            ping_sent:1;
    unsigned            full:1;         /* told NGX_AGAIN: owes a writable() */
    unsigned            paused:1;       /* reads nothing until resumed */
    unsigned            counted:1;      /* in chat_max_sockets */
    unsigned            draining:1;
    unsigned            started:1;
};

/* ngx_http_chat_upgrade.c */

typedef void (*ngx_http_chat_taken_pt)(ngx_chat_socket_t *s);

/*
 * Checks the handshake (RFC 6455 section 4.2.1).  NULL, or the problem's code; headers that the
 * refusal needs are pushed to r->headers_out.
 */
const char *ngx_http_chat_upgrade_check(ngx_http_request_t *r, ngx_str_t *key);

/* whether the Origin header, if any, is the host's own or one of the list */
ngx_int_t ngx_http_chat_upgrade_origin(ngx_http_request_t *r, ngx_array_t *origins);

/* whether the client offers the subprotocol; NGX_DONE: it offers none at all */
ngx_int_t ngx_http_chat_upgrade_protocol(ngx_http_request_t *r,
    const char *protocol, size_t len);

/*
 * Sends the 101 and takes the connection; s (from c->pool, its ops and conf set) starts once the
 * request is freed.  NGX_DONE, with the request counted once more, or NGX_ERROR.
 */
ngx_int_t ngx_http_chat_upgrade(ngx_http_request_t *r, ngx_chat_socket_t *s,
    ngx_str_t *key, ngx_str_t *protocol, size_t message_max,
    ngx_http_chat_taken_pt taken);

/* ngx_chat_socket.c */

/* binds a zeroed object to its connection, before anything can fail; its end comes by the pool's cleanup */
ngx_int_t ngx_chat_socket_init(ngx_chat_socket_t *s, ngx_connection_t *c,
    size_t message_max);

/* the connection is ours: sets handlers and reads what came with the handshake */
void ngx_chat_socket_start(ngx_chat_socket_t *s, u_char *data, size_t len);

/* begins the closing handshake; reason: static ASCII, may be NULL */
void ngx_chat_socket_close(ngx_chat_socket_t *s, ngx_uint_t code, const char *reason);

/* ends it without ceremony; freed in a posted event */
void ngx_chat_socket_finish(ngx_chat_socket_t *s);

/* stops and resumes reading: backpressure on the peer */
void ngx_chat_socket_pause(ngx_chat_socket_t *s);
void ngx_chat_socket_resume(ngx_chat_socket_t *s);

/* all sockets of this worker */
ngx_queue_t *ngx_chat_socket_list(void);

/* ngx_chat_socket_out.c */

/*
 * A shared frame.  NGX_OK; NGX_AGAIN: taken, wait for writable(); NGX_DECLINED: not taken for
 * want of memory; NGX_ERROR: not taken, wait for writable().
 */
ngx_int_t ngx_chat_socket_send_frame(ngx_chat_socket_t *s, ngx_chat_frame_t *f);

/* a message or control frame of our own, copied; prefix may be empty.  As above; over twice the bound: 4413 */
ngx_int_t ngx_chat_socket_send(ngx_chat_socket_t *s, ngx_uint_t opcode,
    ngx_str_t *parts, ngx_uint_t nparts);

void ngx_chat_socket_flush(ngx_chat_socket_t *s);
/* forgets what waits: who was signed out or revoked gets no byte more of it */
void ngx_chat_socket_out_drop(ngx_chat_socket_t *s);
void ngx_chat_socket_out_free(ngx_chat_socket_t *s);

/* ngx_chat_socket_drain.c */
void ngx_chat_socket_drain_init(ngx_msec_t drain);

/* ngx_chat_socket_api.c, ngx_chat_socket_echo.c */
extern ngx_chat_op_t  ngx_chat_socket_ops[];
ngx_int_t ngx_http_chat_echo_handler(ngx_http_request_t *r);

#endif /* NGX_CHAT_SOCKET_H */
