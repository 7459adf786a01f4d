/* Answers: status, headers, JSON, problems. */

#include "ngx_http_chat.h"
#include "chat_json.h"


#define NGX_HTTP_CHAT_NAME_MAX      64      /* bytes of a parameter's name that are told back */


static ngx_int_t ngx_http_chat_answer_problem(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx, ngx_str_t *json);
static ngx_int_t ngx_http_chat_answer_headers(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx);
static ngx_int_t ngx_http_chat_answer_json(ngx_http_request_t *r,
    ngx_str_t *json, ngx_chain_t *out);


ngx_int_t
ngx_http_chat_problem(ngx_http_chat_ctx_t *ctx, const char *code,
    ngx_str_t *members)
{
    ngx_memzero(&ctx->call.problem, sizeof(ngx_chat_problem_t));

    ctx->call.problem.def = ngx_chat_problem_find(code, ngx_strlen(code));

    if (members != NULL) {
        ctx->call.problem.members = *members;
    }

    return NGX_DECLINED;
}


ngx_int_t
ngx_http_chat_problem_parameter(ngx_http_chat_ctx_t *ctx, const char *code,
    u_char *name, size_t len, const char *bound)
{
    char             *buf;
    size_t            size;
    ngx_str_t         members;
    chat_json_out_t   o;

    /* a name of the client's own: told back as far as it is plain text */

    if (len > NGX_HTTP_CHAT_NAME_MAX || !ngx_http_chat_plain(name, len)) {
        len = 0;
    }

    size = sizeof("{\"parameter\":,\"bound\":}") + chat_json_string_max(len)
           + (bound ? chat_json_string_max(ngx_strlen(bound)) : 0);

    buf = ngx_pnalloc(ctx->call.pool, size);
    if (buf == NULL) {
        return NGX_ERROR;
    }

    chat_json_out_init(&o, buf, size);
    chat_json_open(&o, '{');
    chat_json_out_key(&o, "parameter");
    chat_json_out_string(&o, (char *) name, len);

    if (bound != NULL) {
        chat_json_out_key(&o, "bound");
        chat_json_out_string(&o, bound, ngx_strlen(bound));
    }

    if (o.overflow) {
        return NGX_ERROR;
    }

    members.data = (u_char *) buf + 1;
    members.len = o.pos - buf - 1;

    return ngx_http_chat_problem(ctx, code, &members);
}


ngx_uint_t
ngx_http_chat_plain(u_char *p, size_t len)
{
    while (len--) {
        if (*p < 0x20 || *p > 0x7e) {
            return 0;
        }

        p++;
    }

    return 1;
}


ngx_int_t
ngx_http_chat_answer(ngx_http_request_t *r, ngx_http_chat_ctx_t *ctx)
{
    off_t             len;
    ngx_int_t         rc;
    ngx_str_t         json;
    ngx_buf_t        *b;
    ngx_chain_t       out, *chain;
    ngx_chat_call_t  *call;

    call = &ctx->call;
    chain = &out;

    ctx->answered = 1;

    /* preconditions are the operations' own affair */

    r->disable_not_modified = 1;

    if (ngx_http_chat_common_headers(r, ctx) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    json = call->json;

    if (call->problem.def != NULL) {

        if (ngx_http_chat_answer_problem(r, ctx, &json) != NGX_OK) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

    } else {

        r->headers_out.status = call->status;

        if (ngx_http_chat_answer_headers(r, ctx) != NGX_OK) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }

    if (call->problem.def == NULL
        && (call->op->flags & (NGX_CHAT_OP_ENTRIES|NGX_CHAT_OP_FRAME)))
    {

        if (ngx_http_chat_frames_chain(r, ctx, &chain, &len) != NGX_OK) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        r->headers_out.content_length_n = len;

    } else {

        if (ngx_http_chat_answer_json(r, &json, &out) != NGX_OK) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        r->headers_out.content_length_n = json.len;
    }

    b = chain->buf;

    if (r->headers_out.status == NGX_HTTP_NO_CONTENT) {
        r->headers_out.content_length_n = -1;
        ngx_str_null(&r->headers_out.content_type);
    }

    r->headers_out.content_type_len = r->headers_out.content_type.len;

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    if (chain->next == NULL && ngx_buf_size(b) == 0) {
        return ngx_http_send_special(r, NGX_HTTP_LAST);
    }

    return ngx_http_output_filter(r, chain);
}


static ngx_int_t
ngx_http_chat_answer_json(ngx_http_request_t *r, ngx_str_t *json,
    ngx_chain_t *out)
{
    ngx_buf_t  *b;

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_ERROR;
    }

    b->pos = json->data;
    b->last = json->data + json->len;
    b->memory = json->len ? 1 : 0;
    b->last_buf = 1;
    b->last_in_chain = 1;

    out->buf = b;
    out->next = NULL;

    return NGX_OK;
}


static ngx_int_t
ngx_http_chat_answer_problem(ngx_http_request_t *r, ngx_http_chat_ctx_t *ctx,
    ngx_str_t *json)
{
    ngx_chat_problem_t  *p;

    p = &ctx->call.problem;

    ctx->problem = p->def->code;

    r->headers_out.status = p->def->status;
    ngx_str_set(&r->headers_out.content_type, "application/problem+json");

    if (ngx_http_chat_problem_headers(r, p, ctx->token_given) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_chat_problem_json(p, &ctx->request_id, r->pool, json);
}


static ngx_int_t
ngx_http_chat_answer_headers(ngx_http_request_t *r, ngx_http_chat_ctx_t *ctx)
{
    u_char                    *p;
    size_t                     len;
    ngx_chat_call_t           *call;
    ngx_http_chat_loc_conf_t  *lcf;

    call = &ctx->call;

    ngx_str_set(&r->headers_out.content_type, "application/json");

    if (call->etag.len
        && ngx_http_chat_add_header(r, "ETag", call->etag.data, call->etag.len)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (call->next.len) {
        len = sizeof("<>; rel=\"next\"") - 1 + call->next.len;

        p = ngx_pnalloc(r->pool, len);
        if (p == NULL) {
            return NGX_ERROR;
        }

        ngx_snprintf(p, len, "<%V>; rel=\"next\"", &call->next);

        if (ngx_http_chat_add_header(r, "Link", p, len) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    if (call->location.len == 0) {
        return NGX_OK;
    }

    lcf = ngx_http_get_module_loc_conf(r, ngx_http_chat_module);

    len = lcf->prefix.len + sizeof(NGX_HTTP_CHAT_BASE) - 1
          + call->location.len;

    p = ngx_pnalloc(r->pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_snprintf(p, len, "%V" NGX_HTTP_CHAT_BASE "%V", &lcf->prefix,
                 &call->location);

    return ngx_http_chat_add_header(r, "Location", p, len);
}


ngx_int_t
ngx_http_chat_problem_headers(ngx_http_request_t *r, ngx_chat_problem_t *p,
    ngx_uint_t token)
{
    u_char  *value;
    size_t   len;

    static u_char  bearer[] = "Bearer realm=\"chat\"";
    static u_char  invalid[] = "Bearer realm=\"chat\", error=\"invalid_token\"";

    switch (p->def->status) {

    case NGX_HTTP_UNAUTHORIZED:

        if (token) {
            return ngx_http_chat_add_header(r, "WWW-Authenticate", invalid,
                                            sizeof(invalid) - 1);
        }

        return ngx_http_chat_add_header(r, "WWW-Authenticate", bearer,
                                        sizeof(bearer) - 1);

    case NGX_HTTP_TOO_MANY_REQUESTS:
    case NGX_HTTP_SERVICE_UNAVAILABLE:

        value = ngx_pnalloc(r->pool, NGX_INT_T_LEN);
        if (value == NULL) {
            return NGX_ERROR;
        }

        len = ngx_sprintf(value, "%ui", p->retry_after ? p->retry_after : 1)
              - value;

        return ngx_http_chat_add_header(r, "Retry-After", value, len);
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_chat_add_header(ngx_http_request_t *r, const char *name,
    u_char *value, size_t len)
{
    ngx_table_elt_t  *h;

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    h->hash = 1;
    h->key.data = (u_char *) name;
    h->key.len = ngx_strlen(name);
    h->lowcase_key = NULL;
    h->value.data = value;
    h->value.len = len;

    return NGX_OK;
}
