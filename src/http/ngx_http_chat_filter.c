/*
 * nginx's own errors in a "chat" location (413, 414, 400, 503 of a limit …) in
 * the form of our problems: the page is replaced on its way out.
 */

#include "ngx_http_chat.h"


static ngx_int_t ngx_http_chat_header_filter(ngx_http_request_t *r);
static ngx_int_t ngx_http_chat_body_out_filter(ngx_http_request_t *r,
    ngx_chain_t *in);
static ngx_int_t ngx_http_chat_filter_problem(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx);


static ngx_http_output_header_filter_pt  ngx_http_next_header_filter;
static ngx_http_output_body_filter_pt    ngx_http_next_body_filter;


static ngx_int_t
ngx_http_chat_header_filter(ngx_http_request_t *r)
{
    ngx_http_chat_ctx_t  *ctx;

    if (r != r->main
        || r->headers_out.status < NGX_HTTP_BAD_REQUEST
        || r->http_version < NGX_HTTP_VERSION_10)
    {
        return ngx_http_next_header_filter(r);
    }

    ctx = ngx_http_get_module_ctx(r, ngx_http_chat_module);

    if ((ctx != NULL && ctx->answered) || !ngx_http_chat_would_answer(r)) {
        return ngx_http_next_header_filter(r);
    }

    ctx = ngx_http_chat_ctx(r);
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    if (ngx_http_chat_filter_problem(r, ctx) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_next_header_filter(r);
}


static ngx_int_t
ngx_http_chat_filter_problem(ngx_http_request_t *r, ngx_http_chat_ctx_t *ctx)
{
    ngx_uint_t           status;
    ngx_chat_problem_t   p;

    status = r->headers_out.status;

    ngx_memzero(&p, sizeof(ngx_chat_problem_t));
    p.def = ngx_chat_problem_for_status(status);

    if (p.def == NULL
        || ngx_chat_problem_json(&p, &ctx->request_id, r->pool, &ctx->error)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    ctx->problem = p.def->code;
    ctx->replacing = 1;

    if (p.def->status != status) {
        /* one of the rare ones: the nearest problem's, so that both agree */
        r->headers_out.status = p.def->status;
        r->headers_out.status_line.len = 0;
    }

    r->disable_not_modified = 1;

    ngx_http_clear_content_length(r);
    ngx_http_clear_accept_ranges(r);
    ngx_http_clear_last_modified(r);
    ngx_http_clear_etag(r);

    r->headers_out.content_length_n = ctx->error.len;
    ngx_str_set(&r->headers_out.content_type, "application/problem+json");
    r->headers_out.content_type_len = r->headers_out.content_type.len;
    r->headers_out.content_type_lowcase = NULL;
    ngx_str_null(&r->headers_out.charset);

    if (ngx_http_chat_common_headers(r, ctx) != NGX_OK) {
        return NGX_ERROR;
    }

    /* an operator's auth_basic has said what it wants */

    if (status == NGX_HTTP_UNAUTHORIZED) {
        return NGX_OK;
    }

    return ngx_http_chat_problem_headers(r, &p, 0);
}


static ngx_int_t
ngx_http_chat_body_out_filter(ngx_http_request_t *r, ngx_chain_t *in)
{
    ngx_buf_t            *b;
    ngx_chain_t          *cl, out;
    ngx_http_chat_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_chat_module);

    if (ctx == NULL || !ctx->replacing || in == NULL) {
        return ngx_http_next_body_filter(r, in);
    }

    for (cl = in; cl; cl = cl->next) {
        cl->buf->pos = cl->buf->last;
        cl->buf->file_pos = cl->buf->file_last;
    }

    if (ctx->replaced) {
        return NGX_OK;
    }

    ctx->replaced = 1;

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_ERROR;
    }

    b->pos = ctx->error.data;
    b->last = ctx->error.data + ctx->error.len;
    b->memory = 1;
    b->last_buf = 1;
    b->last_in_chain = 1;

    out.buf = b;
    out.next = NULL;

    return ngx_http_next_body_filter(r, &out);
}


void
ngx_http_chat_filter_init(void)
{
    ngx_http_next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = ngx_http_chat_header_filter;

    ngx_http_next_body_filter = ngx_http_top_body_filter;
    ngx_http_top_body_filter = ngx_http_chat_body_out_filter;
}
