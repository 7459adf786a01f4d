/* What a request says beside its body: its id, its token, query and header parameters. */

#include "ngx_http_chat.h"
#include "chat_path.h"
#include "chat_secret.h"
#include "chat_text.h"


static ngx_int_t ngx_http_chat_query(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx);
static ngx_int_t ngx_http_chat_query_set(ngx_http_chat_ctx_t *ctx,
    ngx_str_t *name, ngx_str_t *value);
static ngx_int_t ngx_http_chat_headers(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx);
static ngx_int_t ngx_http_chat_bearer(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx);
static ngx_int_t ngx_http_chat_protocol(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx);


ngx_int_t
ngx_http_chat_request_id(ngx_http_request_t *r, ngx_http_chat_ctx_t *ctx)
{
    u_char            c;
    uint8_t           uuid[16];
    ngx_uint_t        i, n;
    ngx_table_elt_t  *h;

    h = ngx_http_chat_header(r, "x-request-id", &n);

    if (n == 1 && h->value.len > 0 && h->value.len <= NGX_HTTP_CHAT_ID_MAX) {

        for (i = 0; i < h->value.len; i++) {
            c = h->value.data[i];

            if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
                  || (c >= '0' && c <= '9')
                  || c == '.' || c == '_' || c == '-'))
            {
                break;
            }
        }

        if (i == h->value.len) {
            ctx->request_id = h->value;
            return NGX_OK;
        }
    }

    ctx->request_id.data = ngx_pnalloc(r->pool, CHAT_UUID_LEN);
    if (ctx->request_id.data == NULL) {
        return NGX_ERROR;
    }

    chat_uuid_random(uuid);
    chat_uuid_format(uuid, (char *) ctx->request_id.data);
    ctx->request_id.len = CHAT_UUID_LEN;

    return NGX_OK;
}


ngx_table_elt_t *
ngx_http_chat_header(ngx_http_request_t *r, const char *name, ngx_uint_t *n)
{
    size_t            len;
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h, *found;

    len = ngx_strlen(name);
    found = NULL;
    *n = 0;

    part = &r->headers_in.headers.part;
    h = part->elts;

    for (i = 0; /* void */ ; i++) {

        if (i >= part->nelts) {
            if (part->next == NULL) {
                break;
            }

            part = part->next;
            h = part->elts;
            i = 0;

            if (part->nelts == 0) {
                break;
            }
        }

        if (h[i].key.len == len
            && ngx_strncasecmp(h[i].key.data, (u_char *) name, len) == 0)
        {
            (*n)++;

            if (found == NULL) {
                found = &h[i];
            }
        }
    }

    return found;
}


ngx_int_t
ngx_http_chat_args(ngx_http_request_t *r, ngx_http_chat_ctx_t *ctx)
{
    ngx_int_t  rc;

    rc = ngx_http_chat_bearer(r, ctx);

    if (rc == NGX_OK && ctx->call.op->takeover != NULL) {
        rc = ngx_http_chat_protocol(r, ctx);
    }

    if (rc == NGX_OK) {
        rc = ngx_http_chat_query(r, ctx);
    }

    if (rc == NGX_OK) {
        rc = ngx_http_chat_headers(r, ctx);
    }

    return rc;
}


static ngx_int_t
ngx_http_chat_query(ngx_http_request_t *r, ngx_http_chat_ctx_t *ctx)
{
    int         rc;
    char       *pos, *end, *name, *value;
    size_t      name_len, value_len;
    ngx_int_t   set;
    ngx_str_t   n, v;

    if (r->args.len == 0) {
        return NGX_OK;
    }

    pos = ngx_pnalloc(r->pool, r->args.len);
    if (pos == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(pos, r->args.data, r->args.len);
    end = pos + r->args.len;

    for ( ;; ) {
        rc = chat_query_next(&pos, end, &name, &name_len, &value, &value_len);

        if (rc == 0) {
            return NGX_OK;
        }

        if (rc < 0) {
            return ngx_http_chat_problem_parameter(ctx, "invalid_parameter",
                                               (u_char *) "query",
                                               sizeof("query") - 1,
                                               "percent-encoding, no U+0000");
        }

        n.data = (u_char *) name;
        n.len = name_len;
        v.data = (u_char *) value;
        v.len = value_len;

        set = ngx_http_chat_query_set(ctx, &n, &v);
        if (set != NGX_OK) {
            return set;
        }
    }
}


static ngx_int_t
ngx_http_chat_query_set(ngx_http_chat_ctx_t *ctx, ngx_str_t *name,
    ngx_str_t *value)
{
    ngx_uint_t               i;
    const ngx_chat_param_t  *param;

    for (i = 0, param = ctx->call.op->params;
         param != NULL && param->name != NULL && i < NGX_CHAT_PARAMS;
         i++, param++)
    {
        if (param->in != NGX_CHAT_IN_QUERY
            || ngx_strlen(param->name) != name->len
            || ngx_memcmp(param->name, name->data, name->len) != 0)
        {
            continue;
        }

        if (ctx->call.raw[i].data != NULL) {
            return ngx_http_chat_problem_parameter(ctx, "invalid_parameter",
                                                   name->data, name->len,
                                                   "given once");
        }

        ctx->call.raw[i] = *value;

        return NGX_OK;
    }

    return ngx_http_chat_problem_parameter(ctx, "unknown_parameter",
                                           name->data, name->len, NULL);
}


static ngx_int_t
ngx_http_chat_headers(ngx_http_request_t *r, ngx_http_chat_ctx_t *ctx)
{
    char                     name[32];
    ngx_uint_t               i, j, n;
    ngx_table_elt_t         *h;
    const ngx_chat_param_t  *param;

    for (i = 0, param = ctx->call.op->params;
         param != NULL && param->name != NULL && i < NGX_CHAT_PARAMS;
         i++, param++)
    {
        if (param->in != NGX_CHAT_IN_HEADER) {
            continue;
        }

        for (j = 0; param->name[j] && j < sizeof(name) - 1; j++) {
            name[j] = param->name[j] == '_' ? '-' : param->name[j];
        }

        name[j] = '\0';

        h = ngx_http_chat_header(r, name, &n);

        if (n > 1) {
            return ngx_http_chat_problem_parameter(ctx, "invalid_parameter",
                                                   (u_char *) param->name,
                                                   ngx_strlen(param->name),
                                                   "given once");
        }

        if (n == 1) {
            ctx->call.raw[i] = h->value;
        }
    }

    return NGX_OK;
}


/* other schemes than Bearer aren't ours: an operator's auth_basic may stand before us */
static ngx_int_t
ngx_http_chat_bearer(ngx_http_request_t *r, ngx_http_chat_ctx_t *ctx)
{
    u_char           *p, *last;
    ngx_uint_t        n;
    ngx_table_elt_t  *h;

    h = ngx_http_chat_header(r, "authorization", &n);

    if (n == 0) {
        return NGX_OK;
    }

    if (h->value.len < sizeof("Bearer") - 1
        || ngx_strncasecmp(h->value.data, (u_char *) "Bearer",
                           sizeof("Bearer") - 1)
           != 0
        || (h->value.len > sizeof("Bearer") - 1
            && h->value.data[sizeof("Bearer") - 1] != ' '))
    {
        return NGX_OK;
    }

    ctx->authorization = h;
    ctx->token_given = 1;

    if (n > 1) {
        return ngx_http_chat_problem(ctx, "unauthorized", NULL);
    }

    p = h->value.data + sizeof("Bearer") - 1;
    last = h->value.data + h->value.len;

    while (p < last && *p == ' ') {
        p++;
    }

    if (p == last || last - p > CHAT_TOKEN_LEN
        || ngx_strlchr(p, last, ' ') != NULL)
    {
        return ngx_http_chat_problem(ctx, "unauthorized", NULL);
    }

    ctx->call.token.data = p;
    ctx->call.token.len = last - p;

    return NGX_OK;
}


/*
 * A browser's WebSocket can't set Authorization: its token is the second
 * protocol that it offers beside ours.
 */
static ngx_int_t
ngx_http_chat_protocol(ngx_http_request_t *r, ngx_http_chat_ctx_t *ctx)
{
    u_char           *p, *last, *start, *end;
    ngx_uint_t        n;
    ngx_table_elt_t  *h;

    h = ngx_http_chat_header(r, "sec-websocket-protocol", &n);

    if (n != 1) {
        return NGX_OK;
    }

    p = h->value.data;
    last = p + h->value.len;

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

        if ((size_t) (end - start) < sizeof(CHAT_TOKEN_PREFIX) - 1
            || ngx_memcmp(start, CHAT_TOKEN_PREFIX,
                          sizeof(CHAT_TOKEN_PREFIX) - 1)
               != 0)
        {
            continue;
        }

        /* one token, given one way */

        if (ctx->call.token.data != NULL) {
            chat_wipe(start, end - start);
            ngx_memset(start, '-', end - start);
            return ngx_http_chat_problem(ctx, "unauthorized", NULL);
        }

        ctx->protocol_token = start;
        ctx->protocol_token_len = end - start;
        ctx->token_given = 1;

        ctx->call.token.data = start;
        ctx->call.token.len = end - start;
    }

    return NGX_OK;
}


void
ngx_http_chat_token_wipe(ngx_http_chat_ctx_t *ctx)
{
    if (ctx->authorization != NULL) {
        chat_wipe(ctx->authorization->value.data,
                  ctx->authorization->value.len);
        ctx->authorization->value.len = 0;
        ctx->authorization = NULL;
    }

    if (ctx->protocol_token != NULL) {
        /* the header stays a list of tokens, for who reads it next */
        chat_wipe(ctx->protocol_token, ctx->protocol_token_len);
        ngx_memset(ctx->protocol_token, '-', ctx->protocol_token_len);
        ctx->protocol_token = NULL;
    }

    ngx_str_null(&ctx->call.token);
}
