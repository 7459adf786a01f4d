/*
 * A request's body: one contiguous buffer in memory, bounded by the operation,
 * never a temporary file.  What nginx has read is zeroed behind us: passwords.
 */

#include "ngx_http_chat.h"
#include "chat_frame.h"
#include "chat_secret.h"
#include "chat_text.h"


#define NGX_HTTP_CHAT_BODY_FIRST    4096    /* of a chunked body, doubled from there */

#define NGX_HTTP_CHAT_TYPE_JSON     "application/json"
#define NGX_HTTP_CHAT_TYPE_FRAMES   "application/vnd.ngx-chat.frames"


static ngx_int_t ngx_http_chat_body_filter(ngx_http_request_t *r,
    ngx_chain_t *in);
static ngx_int_t ngx_http_chat_body_append(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx, u_char *data, size_t len);
static ngx_int_t ngx_http_chat_body_is(ngx_str_t *type, const char *name,
    size_t len);
static ngx_int_t ngx_http_chat_body_frame(ngx_http_chat_ctx_t *ctx);
static ngx_int_t ngx_http_chat_body_payload(ngx_http_chat_ctx_t *ctx);
static ngx_int_t ngx_http_chat_body_reason(ngx_http_chat_ctx_t *ctx,
    const char *code, const char *reason);
static ngx_int_t ngx_http_chat_body_too_large(ngx_http_chat_ctx_t *ctx,
    size_t max);


static ngx_http_request_body_filter_pt  ngx_http_next_request_body_filter;


ngx_int_t
ngx_http_chat_body_check(ngx_http_request_t *r, ngx_http_chat_ctx_t *ctx)
{
    ngx_uint_t                         n;
    ngx_str_t                          type;
    ngx_table_elt_t                   *h;
    ngx_chat_conversation_conf_t      *conf;

    if (r->headers_in.content_length_n <= 0 && !r->headers_in.chunked) {
        return NGX_OK;
    }

    if (r->method == NGX_HTTP_GET || r->method == NGX_HTTP_HEAD) {
        /* has no meaning (RFC 9110, 9.3.1); thrown away */
        return NGX_OK;
    }

    h = ngx_http_chat_header(r, "content-encoding", &n);
    if (h != NULL
        && !(h->value.len == sizeof("identity") - 1
             && ngx_strncasecmp(h->value.data, (u_char *) "identity",
                                h->value.len) == 0))
    {
        return ngx_http_chat_problem(ctx, "unsupported_media_type", NULL);
    }

    ngx_str_null(&type);

    if (r->headers_in.content_type != NULL) {
        type = r->headers_in.content_type->value;
    }

    if (ngx_http_chat_body_is(&type, NGX_HTTP_CHAT_TYPE_JSON,
                              sizeof(NGX_HTTP_CHAT_TYPE_JSON) - 1)
        == NGX_OK)
    {
        ctx->json = 1;
        ctx->body_max = ctx->call.op->flags & NGX_CHAT_OP_LARGE
                        ? CHAT_JSON_LARGE_SIZE : CHAT_JSON_MAX_SIZE;

    } else if ((ctx->call.op->flags & NGX_CHAT_OP_PAYLOAD)
               && ngx_http_chat_body_is(&type, NGX_HTTP_CHAT_TYPE_FRAMES,
                                       sizeof(NGX_HTTP_CHAT_TYPE_FRAMES) - 1)
                  == NGX_OK)
    {
        conf = r->loc_conf[ngx_chat_conversation_module.ctx_index];
        ctx->body_max = ngx_chat_payload_max(ctx->call.op, conf)
                        + NGX_HTTP_CHAT_FRAME_EXTRA;

    } else {
        return ngx_http_chat_problem(ctx, "unsupported_media_type", NULL);
    }

    if (r->headers_in.content_length_n > (off_t) ctx->body_max) {
        return ngx_http_chat_body_too_large(ctx, ctx->body_max);
    }

    ctx->has_body = 1;

    return NGX_OK;
}


ngx_int_t
ngx_http_chat_body_read(ngx_http_request_t *r, ngx_http_chat_ctx_t *ctx,
    ngx_http_client_body_handler_pt next)
{
    ctx->body_size = r->headers_in.chunked
                     ? ngx_min(NGX_HTTP_CHAT_BODY_FIRST, ctx->body_max)
                     : (size_t) r->headers_in.content_length_n;

    ctx->body = ngx_palloc(r->pool, ctx->body_size);
    if (ctx->body == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ctx->reading = 1;

    return ngx_http_read_client_request_body(r, next);
}


/*
 * Takes the bytes out of nginx's buffers, so that nothing is left for its own
 * collecting: only the mark of the end goes on.
 */
static ngx_int_t
ngx_http_chat_body_filter(ngx_http_request_t *r, ngx_chain_t *in)
{
    ngx_buf_t            *b;
    ngx_int_t             rc;
    ngx_uint_t            last;
    ngx_chain_t          *cl, end;
    ngx_http_chat_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_chat_module);

    if (ctx == NULL || !ctx->reading) {
        return ngx_http_next_request_body_filter(r, in);
    }

    last = 0;

    for (cl = in; cl; cl = cl->next) {
        b = cl->buf;

        rc = ngx_http_chat_body_append(r, ctx, b->pos, b->last - b->pos);
        if (rc != NGX_OK) {
            return rc;
        }

        chat_wipe(b->pos, b->last - b->pos);

        b->pos = b->last;
        last |= b->last_buf;
    }

    if (!last) {
        return ngx_http_next_request_body_filter(r, NULL);
    }

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    b->last_buf = 1;

    end.buf = b;
    end.next = NULL;

    return ngx_http_next_request_body_filter(r, &end);
}


static ngx_int_t
ngx_http_chat_body_append(ngx_http_request_t *r, ngx_http_chat_ctx_t *ctx,
    u_char *data, size_t len)
{
    u_char  *p;
    size_t   size;

    if (len == 0) {
        return NGX_OK;
    }

    if (len > ctx->body_max - ctx->body_len) {
        ngx_http_chat_body_wipe(ctx);
        return NGX_HTTP_REQUEST_ENTITY_TOO_LARGE;
    }

    if (len > ctx->body_size - ctx->body_len) {
        size = ngx_max(ctx->body_size * 2, ctx->body_len + len);
        size = ngx_min(size, ctx->body_max);

        p = ngx_palloc(r->pool, size);
        if (p == NULL) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        ngx_memcpy(p, ctx->body, ctx->body_len);
        chat_wipe(ctx->body, ctx->body_size);
        (void) ngx_pfree(r->pool, ctx->body);

        ctx->body = p;
        ctx->body_size = size;
    }

    ngx_memcpy(ctx->body + ctx->body_len, data, len);
    ctx->body_len += len;

    return NGX_OK;
}


ngx_int_t
ngx_http_chat_body_parse(ngx_http_chat_ctx_t *ctx)
{
    const char       *error;
    ngx_chat_call_t  *call;

    call = &ctx->call;

    if (ctx->body_len == 0) {
        return NGX_OK;
    }

    if (!ctx->json) {
        return ngx_http_chat_body_frame(ctx);
    }

    error = NULL;

    call->body = chat_json_parse_large((char *) ctx->body, ctx->body_len,
                                       &error);
    if (call->body == NULL) {
        return ngx_http_chat_body_reason(ctx, "invalid_json", error);
    }

    if (call->op->flags & NGX_CHAT_OP_PAYLOAD) {
        return ngx_http_chat_body_payload(ctx);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_chat_body_frame(ngx_http_chat_ctx_t *ctx)
{
    size_t                         max;
    const char                    *error;
    chat_frame_t                   frame;
    ngx_chat_call_t               *call;
    ngx_chat_conversation_conf_t  *conf;

    call = &ctx->call;
    error = NULL;

    if (chat_frame_read(ctx->body, ctx->body_len, &frame, &error) != 0) {
        return ngx_http_chat_body_reason(ctx, "invalid_frame", error);
    }

    call->body = frame.header;

    if (frame.used != ctx->body_len) {
        return ngx_http_chat_body_reason(ctx, "invalid_frame",
                                         "more than one frame");
    }

    conf = call->loc_conf[ngx_chat_conversation_module.ctx_index];

    max = ngx_chat_payload_max(call->op, conf);

    if (frame.payload_len > max) {
        return ngx_http_chat_body_too_large(ctx, max);
    }

    call->payload.data = (u_char *) frame.payload;
    call->payload.len = frame.payload_len;

    return NGX_OK;
}


static ngx_int_t
ngx_http_chat_body_payload(ngx_http_chat_ctx_t *ctx)
{
    long                           n;
    size_t                         len, max;
    const char                    *text;
    chat_json_t                   *value;
    ngx_chat_call_t               *call;
    ngx_chat_conversation_conf_t  *conf;

    call = &ctx->call;

    value = chat_json_get(call->body, "payload");

    if (value == NULL) {
        return ngx_http_chat_problem_parameter(ctx, "missing_parameter",
                                               (u_char *) "payload",
                                               sizeof("payload") - 1, NULL);
    }

    if (chat_json_type(value) != CHAT_JSON_STRING) {
        return ngx_http_chat_problem_parameter(ctx, "invalid_parameter",
                                               (u_char *) "payload",
                                               sizeof("payload") - 1,
                                               "a string of base64url");
    }

    text = chat_json_string(value, &len);

    /* decoded over the body: bytes are fewer than characters */

    n = chat_base64url_decode(text, len, ctx->body, ctx->body_size);

    if (n < 0) {
        return ngx_http_chat_problem_parameter(ctx, "invalid_parameter",
                                               (u_char *) "payload",
                                               sizeof("payload") - 1,
                                               "base64url without padding");
    }

    conf = call->loc_conf[ngx_chat_conversation_module.ctx_index];

    max = ngx_chat_payload_max(call->op, conf);

    if ((size_t) n > max) {
        return ngx_http_chat_body_too_large(ctx, max);
    }

    call->payload.data = ctx->body;
    call->payload.len = n;

    return NGX_OK;
}


void
ngx_http_chat_body_wipe(ngx_http_chat_ctx_t *ctx)
{
    if (ctx->body != NULL) {
        chat_wipe(ctx->body, ctx->body_size);
        ctx->body_len = 0;
    }
}


void
ngx_http_chat_body_init(void)
{
    ngx_http_next_request_body_filter = ngx_http_top_request_body_filter;
    ngx_http_top_request_body_filter = ngx_http_chat_body_filter;
}


/* the media type, whatever parameters come after it */
static ngx_int_t
ngx_http_chat_body_is(ngx_str_t *type, const char *name, size_t len)
{
    u_char  *p, *last;

    if (type->len < len
        || ngx_strncasecmp(type->data, (u_char *) name, len) != 0)
    {
        return NGX_DECLINED;
    }

    p = type->data + len;
    last = type->data + type->len;

    while (p < last && (*p == ' ' || *p == '\t')) {
        p++;
    }

    return p == last || *p == ';' ? NGX_OK : NGX_DECLINED;
}


/* reason: static, without characters that JSON escapes */
static ngx_int_t
ngx_http_chat_body_reason(ngx_http_chat_ctx_t *ctx, const char *code,
    const char *reason)
{
    u_char     *p;
    size_t      size;
    ngx_str_t   members;

    if (reason == NULL) {
        return ngx_http_chat_problem(ctx, code, NULL);
    }

    size = sizeof("\"reason\":\"\"") - 1 + ngx_strlen(reason);

    p = ngx_pnalloc(ctx->call.pool, size);
    if (p == NULL) {
        return NGX_ERROR;
    }

    members.data = p;
    members.len = ngx_snprintf(p, size, "\"reason\":\"%s\"", reason) - p;

    return ngx_http_chat_problem(ctx, code, &members);
}


static ngx_int_t
ngx_http_chat_body_too_large(ngx_http_chat_ctx_t *ctx, size_t max)
{
    u_char     *p;
    ngx_str_t   members;

    p = ngx_pnalloc(ctx->call.pool, sizeof("\"max\":") - 1 + NGX_SIZE_T_LEN);
    if (p == NULL) {
        return NGX_ERROR;
    }

    members.data = p;
    members.len = ngx_sprintf(p, "\"max\":%uz", max) - p;

    return ngx_http_chat_problem(ctx, "payload_too_large", &members);
}
