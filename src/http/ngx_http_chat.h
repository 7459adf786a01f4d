/* The HTTP room, seen from inside: a request's context, and what its files do. */

#ifndef NGX_HTTP_CHAT_H
#define NGX_HTTP_CHAT_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "ngx_chat.h"

#define NGX_HTTP_CHAT_BASE          "/v1/"

/* what a JSON header may add to the bytes of a payload's frame: 4 for its length, and itself */
#define NGX_HTTP_CHAT_FRAME_EXTRA   (4 + CHAT_JSON_MAX_SIZE)

#define NGX_HTTP_CHAT_ID_MAX        64      /* bytes of a request id */

typedef struct {
    ngx_array_t        *locations;  /* void **: loc_conf of each with "chat"; NULL: there is none */
} ngx_http_chat_main_conf_t;

typedef struct {
    ngx_str_t           prefix;     /* the location without a trailing slash; data == NULL: no "chat" here */
} ngx_http_chat_loc_conf_t;

typedef struct {
    ngx_array_t        *prefixes;   /* ngx_str_t: of the server's locations */
} ngx_http_chat_srv_conf_t;

typedef struct {
    ngx_http_request_t *request;
    ngx_chat_call_t     call;
    ngx_str_t           request_id;
    const char         *problem;    /* code of what was answered, or NULL */

    u_char             *body;       /* one contiguous buffer, wiped with the request */
    size_t              body_len;
    size_t              body_size;  /* allocated */
    size_t              body_max;

    ngx_table_elt_t    *authorization;
    u_char             *protocol_token;     /* inside Sec-WebSocket-Protocol */
    size_t              protocol_token_len;

    ngx_str_t           error;      /* what takes the place of nginx's own error page */

    unsigned            json:1;     /* the body is JSON, else frames */
    unsigned            has_body:1;
    unsigned            reading:1;  /* the body is collected by us */
    unsigned            running:1;  /* the call was started, done wasn't called */
    unsigned            inside:1;   /* ngx_chat_call_run() is on the stack */
    unsigned            started:1;  /* the call was started once */
    unsigned            released:1; /* the call has given back what it held */
    unsigned            answered:1; /* by us: not nginx's own error */
    unsigned            replacing:1;
    unsigned            replaced:1;
    unsigned            token_given:1;
    unsigned            accept_json:1;      /* entries as JSON */
} ngx_http_chat_ctx_t;

extern ngx_module_t  ngx_http_chat_module;

/* ---- ngx_http_chat_handler.c ---- */

ngx_int_t ngx_http_chat_handler(ngx_http_request_t *r);

/* the request's context, made when there is none; NULL without memory */
ngx_http_chat_ctx_t *ngx_http_chat_ctx(ngx_http_request_t *r);

/* ---- ngx_http_chat_body.c ---- */

/*
 * Judges length and types of the body before a byte of it is read, and notes the bound.
 * NGX_OK: ctx->has_body says whether there is one; NGX_DECLINED: call.problem says why not.
 */
ngx_int_t ngx_http_chat_body_check(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx);

/* reads it; the next step is called once it is whole.  As ngx_http_read_client_request_body(). */
ngx_int_t ngx_http_chat_body_read(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx, ngx_http_client_body_handler_pt next);

/* the whole body into call.body and call.payload.  NGX_OK, NGX_DECLINED (a problem), NGX_ERROR. */
ngx_int_t ngx_http_chat_body_parse(ngx_http_chat_ctx_t *ctx);

/* zeroes what was collected */
void ngx_http_chat_body_wipe(ngx_http_chat_ctx_t *ctx);

void ngx_http_chat_body_init(void);

/* ---- ngx_http_chat_args.c ---- */

/* the client's X-Request-Id if it is a sound one, else a new one */
ngx_int_t ngx_http_chat_request_id(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx);

/* query and header parameters, the token.  NGX_OK, NGX_DECLINED (a problem), NGX_ERROR. */
ngx_int_t ngx_http_chat_args(ngx_http_request_t *r, ngx_http_chat_ctx_t *ctx);

/* the token goes from the request's headers, once it was hashed */
void ngx_http_chat_token_wipe(ngx_http_chat_ctx_t *ctx);

/* looks a request header up by its lower-case name.  *n: how often it came */
ngx_table_elt_t *ngx_http_chat_header(ngx_http_request_t *r, const char *name,
    ngx_uint_t *n);

/* ---- ngx_http_chat_answer.c ---- */

/* the call's problem by code; members: ready JSON members or NULL.  Always NGX_DECLINED. */
ngx_int_t ngx_http_chat_problem(ngx_http_chat_ctx_t *ctx, const char *code,
    ngx_str_t *members);

/* the same with {"parameter":…,"bound":…}; name need not be printable */
ngx_int_t ngx_http_chat_problem_parameter(ngx_http_chat_ctx_t *ctx,
    const char *code, u_char *name, size_t len, const char *bound);

/* printable ASCII only */
ngx_uint_t ngx_http_chat_plain(u_char *p, size_t len);

/* sends what the call came to; for ngx_http_finalize_request() */
ngx_int_t ngx_http_chat_answer(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx);

/* Retry-After and WWW-Authenticate as the problem needs them */
ngx_int_t ngx_http_chat_problem_headers(ngx_http_request_t *r,
    ngx_chat_problem_t *p, ngx_uint_t token);

/* name: static; value: lives as long as the request */
ngx_int_t ngx_http_chat_add_header(ngx_http_request_t *r, const char *name,
    u_char *value, size_t len);

/* ---- ngx_http_chat_headers.c ---- */

/* what every answer has: the request's id, what keeps browsers from misusing it, CORS, RateLimit */
ngx_int_t ngx_http_chat_common_headers(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx);

/* answers preflights, before all else */
ngx_int_t ngx_http_chat_headers_init(ngx_conf_t *cf);

/* ---- ngx_http_chat_frames.c ---- */

/* whether entries are wanted as frames or JSON.  NGX_OK, NGX_DECLINED: neither (a problem). */
ngx_int_t ngx_http_chat_frames_accept(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx);

/* the answer's entries as a chain and its length.  Refers to the call's frames. */
ngx_int_t ngx_http_chat_frames_chain(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx, ngx_chain_t **out, off_t *len);

/* ---- ngx_http_chat_filter.c ---- */

/* nginx's own errors in the form of problems: puts itself before the output filters */
void ngx_http_chat_filter_init(void);

/* ---- ngx_http_chat_module.c ---- */

/* whether r is in a "chat" location, or was refused before that was looked for and would be */
ngx_uint_t ngx_http_chat_would_answer(ngx_http_request_t *r);

#endif /* NGX_HTTP_CHAT_H */
