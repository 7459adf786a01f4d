/*
 * What stands in every answer below a "chat" location, nginx's own errors
 * included; and the preflights of foreign pages.
 */

#include "ngx_http_chat.h"


#define NGX_HTTP_CHAT_PREFLIGHT_AGE "7200"      /* seconds: the most that browsers keep one */


static ngx_int_t ngx_http_chat_headers_hsts(ngx_http_request_t *r,
    ngx_chat_limit_conf_t *lcf);
static ngx_int_t ngx_http_chat_headers_cors(ngx_http_request_t *r,
    ngx_chat_limit_conf_t *lcf);
static ngx_int_t ngx_http_chat_headers_limit(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx);
static ngx_int_t ngx_http_chat_headers_static(ngx_http_request_t *r,
    const char *name, const char *value);
static ngx_int_t ngx_http_chat_preflight(ngx_http_request_t *r);
static ngx_int_t ngx_http_chat_preflight_answer(ngx_http_request_t *r);


typedef struct {
    const char         *name;
    const char         *value;
} ngx_http_chat_header_t;

/* an answer is read by programs: it is no page, no frame, and nobody's cache keeps it */
static const ngx_http_chat_header_t  ngx_http_chat_headers[] = {
    { "Cache-Control", "no-store" },
    { "X-Content-Type-Options", "nosniff" },
    { "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'" },
    { "Cross-Origin-Resource-Policy", "same-origin" },
    { "Referrer-Policy", "no-referrer" },
    { NULL, NULL }
};


ngx_int_t
ngx_http_chat_common_headers(ngx_http_request_t *r, ngx_http_chat_ctx_t *ctx)
{
    ngx_chat_limit_conf_t         *lcf;
    const ngx_http_chat_header_t  *h;

    lcf = ngx_http_get_module_loc_conf(r, ngx_chat_limit_module);

    if (ngx_http_chat_add_header(r, "X-Request-Id", ctx->request_id.data,
                                 ctx->request_id.len)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    for (h = ngx_http_chat_headers; h->name; h++) {
        if (ngx_http_chat_headers_static(r, h->name, h->value) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    if (ngx_http_chat_headers_hsts(r, lcf) != NGX_OK
        || ngx_http_chat_headers_cors(r, lcf) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (lcf->headers && ctx->call.limit) {
        return ngx_http_chat_headers_limit(r, ctx);
    }

    return NGX_OK;
}


/* browsers heed it over TLS alone; an operator's own comes first in the answer and counts */

static ngx_int_t
ngx_http_chat_headers_hsts(ngx_http_request_t *r, ngx_chat_limit_conf_t *lcf)
{
#if (NGX_HTTP_SSL)
    u_char  *p;
    size_t   len;

    if (lcf->hsts == 0 || r->connection->ssl == NULL) {
        return NGX_OK;
    }

    p = ngx_pnalloc(r->pool, sizeof("max-age=; includeSubDomains")
                             + NGX_TIME_T_LEN);
    if (p == NULL) {
        return NGX_ERROR;
    }

    len = ngx_sprintf(p, "max-age=%T%s", lcf->hsts,
                      lcf->hsts_subdomains ? "; includeSubDomains" : "")
          - p;

    return ngx_http_chat_add_header(r, "Strict-Transport-Security", p, len);
#else
    return NGX_OK;
#endif
}


/*
 * Answers differ by Origin, whether it is there or not.  Never "*", and never
 * credentials: a token stands in a header that a page must set itself.
 */

static ngx_int_t
ngx_http_chat_headers_cors(ngx_http_request_t *r, ngx_chat_limit_conf_t *lcf)
{
    ngx_uint_t        n;
    ngx_table_elt_t  *origin;

    if (lcf->origins == NULL) {
        return NGX_OK;
    }

    if (ngx_http_chat_headers_static(r, "Vary", "Origin") != NGX_OK) {
        return NGX_ERROR;
    }

    origin = ngx_http_chat_header(r, "origin", &n);

    if (origin == NULL || n != 1
        || !ngx_chat_origin_listed(lcf->origins, &origin->value))
    {
        return NGX_OK;
    }

    if (ngx_http_chat_add_header(r, "Access-Control-Allow-Origin",
                                 origin->value.data, origin->value.len)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_chat_headers_static(r, "Access-Control-Expose-Headers",
                                        "ETag, Link, Location, RateLimit, "
                                        "RateLimit-Policy, Retry-After, "
                                        "WWW-Authenticate, X-Request-Id");
}


/* draft-ietf-httpapi-ratelimit-headers: of the buckets asked, the one with the least left */

static ngx_int_t
ngx_http_chat_headers_limit(ngx_http_request_t *r, ngx_http_chat_ctx_t *ctx)
{
    u_char                 *p;
    size_t                  size;
    uint64_t                window;
    ngx_str_t               value;
    const char             *name;
    ngx_chat_rate_t        *rate;
    ngx_chat_limit_conf_t  *lcf;

    lcf = ngx_http_get_module_loc_conf(r, ngx_chat_limit_module);
    name = ngx_chat_limit_names()[ctx->call.limit];
    rate = &lcf->limits[ctx->call.limit];
    window = ngx_max(rate->each * rate->burst / 1000000, 1);

    size = sizeof("\"\";q=;w=") + ngx_strlen(name) + 2 * NGX_INT64_LEN;

    p = ngx_pnalloc(r->pool, 2 * size);
    if (p == NULL) {
        return NGX_ERROR;
    }

    value.data = p;
    value.len = ngx_snprintf(p, size, "\"%s\";q=%ui;w=%uL", name, rate->burst,
                             window)
                - p;

    if (ngx_http_chat_add_header(r, "RateLimit-Policy", value.data, value.len)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    value.data = p + size;
    value.len = ngx_snprintf(p + size, size, "\"%s\";r=%ui;t=%ui", name,
                             ctx->call.taken.left, ctx->call.taken.full)
                - value.data;

    return ngx_http_chat_add_header(r, "RateLimit", value.data, value.len);
}


static ngx_int_t
ngx_http_chat_headers_static(ngx_http_request_t *r, const char *name,
    const char *value)
{
    return ngx_http_chat_add_header(r, name, (u_char *) value,
                                    ngx_strlen(value));
}


/*
 * A browser asks by OPTIONS, without token or password, whether a foreign page may
 * call: answered before limits, access rules and passwords of the location.
 */

static ngx_int_t
ngx_http_chat_preflight(ngx_http_request_t *r)
{
    ngx_uint_t                 n, m;
    ngx_table_elt_t           *origin;
    ngx_http_chat_ctx_t       *ctx;
    ngx_chat_limit_conf_t     *lcf;
    ngx_http_chat_loc_conf_t  *clcf;

    if (r->method != NGX_HTTP_OPTIONS || r != r->main) {
        return NGX_DECLINED;
    }

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_chat_module);
    lcf = ngx_http_get_module_loc_conf(r, ngx_chat_limit_module);

    if (clcf->prefix.data == NULL || lcf->origins == NULL) {
        return NGX_DECLINED;
    }

    origin = ngx_http_chat_header(r, "origin", &n);

    if (origin == NULL
        || ngx_http_chat_header(r, "access-control-request-method", &m)
           == NULL)
    {
        return NGX_DECLINED;
    }

    ctx = ngx_http_chat_ctx(r);
    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (ngx_http_discard_request_body(r) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (n == 1 && ngx_chat_origin_listed(lcf->origins, &origin->value)) {
        ngx_http_finalize_request(r, ngx_http_chat_preflight_answer(r));
        return NGX_DONE;
    }

    (void) ngx_http_chat_problem(ctx, "origin_refused", NULL);
    ngx_http_finalize_request(r, ngx_http_chat_answer(r, ctx));

    return NGX_DONE;
}


static ngx_int_t
ngx_http_chat_preflight_answer(ngx_http_request_t *r)
{
    const ngx_http_chat_header_t  *h;
    ngx_http_chat_ctx_t           *ctx;

    static const ngx_http_chat_header_t  headers[] = {
        { "Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE" },
        { "Access-Control-Allow-Headers",
          "Accept, Authorization, Content-Type, If-Match, X-Request-Id" },
        { "Access-Control-Max-Age", NGX_HTTP_CHAT_PREFLIGHT_AGE },
        { NULL, NULL }
    };

    ctx = ngx_http_get_module_ctx(r, ngx_http_chat_module);
    ctx->answered = 1;

    if (ngx_http_chat_common_headers(r, ctx) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    for (h = headers; h->name; h++) {
        if (ngx_http_chat_headers_static(r, h->name, h->value) != NGX_OK) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }

    r->headers_out.status = NGX_HTTP_NO_CONTENT;
    r->header_only = 1;

    return ngx_http_send_header(r);
}


/*
 * Modules that come last in a phase are asked first: so it stands before
 * limit_conn, limit_req, auth_basic and allow.
 */

ngx_int_t
ngx_http_chat_headers_init(ngx_conf_t *cf)
{
    ngx_http_handler_pt        *handler;
    ngx_http_core_main_conf_t  *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    handler = ngx_array_push(&cmcf->phases[NGX_HTTP_PREACCESS_PHASE].handlers);
    if (handler == NULL) {
        return NGX_ERROR;
    }

    *handler = ngx_http_chat_preflight;

    return NGX_OK;
}
