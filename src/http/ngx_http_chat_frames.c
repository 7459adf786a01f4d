/* Entries as an answer: a sequence of payload frames by reference, or JSON. */

#include "ngx_http_chat.h"
#include "chat_frame.h"
#include "chat_text.h"


#define NGX_HTTP_CHAT_FRAMES        "application/vnd.ngx-chat.frames"

/* what JSON adds to an entry's header */
#define NGX_HTTP_CHAT_ITEM_EXTRA    (sizeof(",\"payload\":\"\"},") - 1)


static ngx_int_t ngx_http_chat_frames_bytes(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx, ngx_chain_t **out, off_t *len);
static ngx_int_t ngx_http_chat_frames_json(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx, ngx_chain_t **out, off_t *len);
static ngx_int_t ngx_http_chat_frames_one(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx, ngx_chain_t **out, off_t *len);
static u_char *ngx_http_chat_frames_item(u_char *p, ngx_chat_frame_t *f);
static ngx_chain_t *ngx_http_chat_frames_link(ngx_http_request_t *r,
    u_char *data, size_t len);
static ngx_int_t ngx_http_chat_frames_quality(u_char *p, u_char *last);


/* RFC 9110, 12.5.1, as far as two types need it: the better liked wins, frames when level */
ngx_int_t
ngx_http_chat_frames_accept(ngx_http_request_t *r, ngx_http_chat_ctx_t *ctx)
{
    u_char           *p, *last, *end, *type;
    size_t            len;
    ngx_int_t         q, frames, json, any;
    ngx_uint_t        n;
    ngx_table_elt_t  *h;

    h = ngx_http_chat_header(r, "accept", &n);
    if (h == NULL || h->value.len == 0) {
        return NGX_OK;
    }

    frames = -1;
    json = -1;
    any = -1;

    p = h->value.data;
    last = p + h->value.len;

    while (p < last) {

        while (p < last && (*p == ' ' || *p == '\t' || *p == ',')) {
            p++;
        }

        type = p;

        while (p < last && *p != ',') {
            p++;
        }

        end = type;

        while (end < p && *end != ';' && *end != ' ' && *end != '\t') {
            end++;
        }

        len = end - type;
        q = ngx_http_chat_frames_quality(end, p);

        if (len == sizeof(NGX_HTTP_CHAT_FRAMES) - 1
            && ngx_strncasecmp(type, (u_char *) NGX_HTTP_CHAT_FRAMES, len)
               == 0)
        {
            frames = q;

        } else if (len == sizeof("application/json") - 1
                   && ngx_strncasecmp(type, (u_char *) "application/json", len)
                      == 0)
        {
            json = q;

        } else if ((len == 3 && ngx_memcmp(type, "*/*", 3) == 0)
                   || (len == sizeof("application/*") - 1
                       && ngx_strncasecmp(type, (u_char *) "application/*",
                                          len)
                          == 0))
        {
            any = ngx_max(any, q);
        }
    }

    if (frames < 0 && json <= 0) {
        frames = any;
    }

    if (frames <= 0 && json <= 0) {
        return ngx_http_chat_problem(ctx, "not_acceptable", NULL);
    }

    ctx->accept_json = (json > frames);

    return NGX_OK;
}


/* the "q" of a media range's parameters, in thousandths */
static ngx_int_t
ngx_http_chat_frames_quality(u_char *p, u_char *last)
{
    ngx_int_t  q, unit;

    while (last - p >= 3) {

        if (*p++ != ';') {
            continue;
        }

        while (p < last && (*p == ' ' || *p == '\t')) {
            p++;
        }

        if (last - p < 3 || (*p != 'q' && *p != 'Q') || p[1] != '=') {
            continue;
        }

        p += 2;

        if (*p != '0') {
            return 1000;
        }

        p++;
        q = 0;
        unit = 100;

        if (p < last && *p == '.') {
            for (p++; p < last && *p >= '0' && *p <= '9' && unit; p++) {
                q += (*p - '0') * unit;
                unit /= 10;
            }
        }

        return q;
    }

    return 1000;
}


ngx_int_t
ngx_http_chat_frames_chain(ngx_http_request_t *r, ngx_http_chat_ctx_t *ctx,
    ngx_chain_t **out, off_t *len)
{
    ngx_int_t     rc;
    ngx_chain_t  *cl;

    *out = NULL;
    *len = 0;

    if (ctx->accept_json && (ctx->call.op->flags & NGX_CHAT_OP_FRAME)) {
        rc = ngx_http_chat_frames_one(r, ctx, out, len);

    } else if (ctx->accept_json) {
        rc = ngx_http_chat_frames_json(r, ctx, out, len);

    } else {
        ngx_str_set(&r->headers_out.content_type, NGX_HTTP_CHAT_FRAMES);
        rc = ngx_http_chat_frames_bytes(r, ctx, out, len);
    }

    if (rc != NGX_OK) {
        return rc;
    }

    if (*out == NULL) {
        *out = ngx_http_chat_frames_link(r, NULL, 0);
        if (*out == NULL) {
            return NGX_ERROR;
        }
    }

    for (cl = *out; cl->next; cl = cl->next) { /* void */ }

    cl->buf->last_buf = 1;
    cl->buf->last_in_chain = 1;

    return NGX_OK;
}


static ngx_int_t
ngx_http_chat_frames_bytes(ngx_http_request_t *r, ngx_http_chat_ctx_t *ctx,
    ngx_chain_t **out, off_t *len)
{
    ngx_uint_t         i;
    ngx_chain_t      **ll;
    ngx_chat_call_t   *call;

    call = &ctx->call;
    ll = out;

    for (i = 0; i < call->nframes; i++) {

        *ll = ngx_http_chat_frames_link(r, call->frames[i]->data,
                                        call->frames[i]->len);
        if (*ll == NULL) {
            return NGX_ERROR;
        }

        ll = &(*ll)->next;
        *len += call->frames[i]->len;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_chat_frames_json(ngx_http_request_t *r, ngx_http_chat_ctx_t *ctx,
    ngx_chain_t **out, off_t *len)
{
    u_char            *buf, *p;
    size_t             size;
    ngx_uint_t         i;
    ngx_chat_call_t   *call;
    ngx_chat_frame_t  *f;

    call = &ctx->call;
    size = sizeof("{,\"items\":[]}") + call->extra.len;

    for (i = 0; i < call->nframes; i++) {
        f = call->frames[i];
        size += f->header_len + NGX_HTTP_CHAT_ITEM_EXTRA
                + chat_base64url_len(f->payload_len);
    }

    buf = ngx_pnalloc(r->pool, size);
    if (buf == NULL) {
        return NGX_ERROR;
    }

    p = buf;
    *p++ = '{';

    if (call->extra.len) {
        p = ngx_cpymem(p, call->extra.data, call->extra.len);
        *p++ = ',';
    }

    p = ngx_cpymem(p, "\"items\":[", sizeof("\"items\":[") - 1);

    for (i = 0; i < call->nframes; i++) {
        if (i) {
            *p++ = ',';
        }

        p = ngx_http_chat_frames_item(p, call->frames[i]);
    }

    *p++ = ']';
    *p++ = '}';

    *out = ngx_http_chat_frames_link(r, buf, p - buf);
    if (*out == NULL) {
        return NGX_ERROR;
    }

    *len = p - buf;

    return NGX_OK;
}


static ngx_int_t
ngx_http_chat_frames_one(ngx_http_request_t *r, ngx_http_chat_ctx_t *ctx,
    ngx_chain_t **out, off_t *len)
{
    u_char            *buf;
    ngx_chat_frame_t  *f;

    if (ctx->call.nframes != 1) {
        return NGX_ERROR;
    }

    f = ctx->call.frames[0];

    buf = ngx_pnalloc(r->pool, f->header_len + NGX_HTTP_CHAT_ITEM_EXTRA
                               + chat_base64url_len(f->payload_len));
    if (buf == NULL) {
        return NGX_ERROR;
    }

    *len = ngx_http_chat_frames_item(buf, f) - buf;
    *out = ngx_http_chat_frames_link(r, buf, *len);

    return *out != NULL ? NGX_OK : NGX_ERROR;
}


/* a frame's header with the payload as its last member; returns the end */
static u_char *
ngx_http_chat_frames_item(u_char *p, ngx_chat_frame_t *f)
{
    p = ngx_cpymem(p, f->data + 4, f->header_len - 1);

    if (f->payload_len) {
        p = ngx_cpymem(p, ",\"payload\":\"", sizeof(",\"payload\":\"") - 1);
        p += chat_base64url_encode(f->payload, f->payload_len, (char *) p);
        *p++ = '"';
    }

    *p++ = '}';

    return p;
}


static ngx_chain_t *
ngx_http_chat_frames_link(ngx_http_request_t *r, u_char *data, size_t len)
{
    ngx_buf_t    *b;
    ngx_chain_t  *cl;

    cl = ngx_alloc_chain_link(r->pool);
    if (cl == NULL) {
        return NULL;
    }

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NULL;
    }

    b->pos = data;
    b->last = data + len;
    b->memory = len ? 1 : 0;

    cl->buf = b;
    cl->next = NULL;

    return cl;
}
