/* A request's way: route, read, call, answer; and what happens when its client goes away. */

#include "ngx_http_chat.h"
#include "chat_path.h"


static ngx_int_t ngx_http_chat_route(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx);
static ngx_int_t ngx_http_chat_wrong_method(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx, ngx_str_t *allow);
static ngx_int_t ngx_http_chat_prepare(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx);
static ngx_int_t ngx_http_chat_refuse(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx, ngx_int_t rc);
static void ngx_http_chat_body_handler(ngx_http_request_t *r);
static void ngx_http_chat_start(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx);
static void ngx_http_chat_done(ngx_chat_call_t *call);
static ngx_int_t ngx_http_chat_takeover(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx);
static void ngx_http_chat_gone(void *data);
static void ngx_http_chat_release(void *data);


/*
 * The content handler of a "chat" location.  Answers an HTTP status, or
 * NGX_DONE: the request ends later, or was taken over.
 */
ngx_int_t
ngx_http_chat_handler(ngx_http_request_t *r)
{
    ngx_int_t             rc;
    ngx_http_chat_ctx_t  *ctx;

    if (r != r->main) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "chat: a subrequest to \"%V\" is refused: operations "
                      "answer clients only", &r->uri);
        return NGX_HTTP_FORBIDDEN;
    }

    ctx = ngx_http_chat_ctx(r);
    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ctx->call.loc_conf = r->loc_conf;

    rc = ngx_http_chat_route(r, ctx);

    if (rc == NGX_OK) {
        rc = ngx_http_chat_prepare(r, ctx);
    }

    if (rc != NGX_OK) {
        return ngx_http_chat_refuse(r, ctx, rc);
    }

    if (ctx->has_body) {
        rc = ngx_http_chat_body_read(r, ctx, ngx_http_chat_body_handler);

        return rc >= NGX_HTTP_SPECIAL_RESPONSE ? rc : NGX_DONE;
    }

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    r->main->count++;
    ngx_http_chat_start(r, ctx);

    return NGX_DONE;
}


ngx_http_chat_ctx_t *
ngx_http_chat_ctx(ngx_http_request_t *r)
{
    ngx_http_cleanup_t   *cln;
    ngx_pool_cleanup_t   *pcln;
    ngx_http_chat_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_chat_module);
    if (ctx != NULL) {
        return ctx;
    }

    ctx = ngx_pcalloc(r->pool, sizeof(ngx_http_chat_ctx_t));
    if (ctx == NULL) {
        return NULL;
    }

    ctx->request = r;
    ctx->call.pool = r->pool;
    ctx->call.log = r->connection->log;
    ctx->call.sockaddr = r->connection->sockaddr;
    ctx->call.socklen = r->connection->socklen;
    ctx->call.done = ngx_http_chat_done;
    ctx->call.data = ctx;

    if (ngx_http_chat_request_id(r, ctx) != NGX_OK) {
        return NULL;
    }

    ctx->call.request_id = ctx->request_id;

    cln = ngx_http_cleanup_add(r, 0);
    if (cln == NULL) {
        return NULL;
    }

    pcln = ngx_pool_cleanup_add(r->pool, 0);
    if (pcln == NULL) {
        return NULL;
    }

    cln->handler = ngx_http_chat_gone;
    cln->data = ctx;

    /* entries are sent by reference: they stay until nothing is buffered */

    pcln->handler = ngx_http_chat_release;
    pcln->data = ctx;

    ngx_http_set_ctx(r, ctx, ngx_http_chat_module);

    return ctx;
}


static ngx_int_t
ngx_http_chat_route(ngx_http_request_t *r, ngx_http_chat_ctx_t *ctx)
{
    size_t                     base;
    ngx_str_t                  method, allow, params[CHAT_PATH_PARAMS];
    ngx_uint_t                 i, n;
    const ngx_chat_param_t    *param;
    ngx_http_chat_loc_conf_t  *lcf;

    lcf = ngx_http_get_module_loc_conf(r, ngx_http_chat_module);

    base = lcf->prefix.len + sizeof(NGX_HTTP_CHAT_BASE) - 1;

    if (r->uri.len <= base
        || ngx_memcmp(r->uri.data + lcf->prefix.len, NGX_HTTP_CHAT_BASE,
                      sizeof(NGX_HTTP_CHAT_BASE) - 1)
           != 0)
    {
        return ngx_http_chat_problem(ctx, "unrecognized", NULL);
    }

    if (r->method == NGX_HTTP_HEAD) {
        ngx_str_set(&method, "GET");
    } else {
        method = r->method_name;
    }

    ngx_str_null(&allow);
    ngx_memzero(params, sizeof(params));

    ctx->call.op = ngx_chat_op_by_path(&method, r->uri.data + base,
                                       r->uri.len - base, params, &allow,
                                       r->pool);

    if (ctx->call.op == NULL) {

        if (allow.len == 0) {
            return ngx_http_chat_problem(ctx, "unrecognized", NULL);
        }

        return ngx_http_chat_wrong_method(r, ctx, &allow);
    }

    n = 0;

    for (i = 0, param = ctx->call.op->params;
         param != NULL && param->name != NULL && i < NGX_CHAT_PARAMS;
         i++, param++)
    {
        if (param->in == NGX_CHAT_IN_PATH && n < CHAT_PATH_PARAMS) {
            ctx->call.raw[i] = params[n++];
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_chat_wrong_method(ngx_http_request_t *r, ngx_http_chat_ctx_t *ctx,
    ngx_str_t *allow)
{
    u_char  *p, *last;

    p = ngx_pnalloc(r->pool, allow->len + sizeof(", HEAD") - 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    last = ngx_cpymem(p, allow->data, allow->len);

    /* who may GET may ask for the HEAD of it */

    if (ngx_strlcasestrn(allow->data, allow->data + allow->len,
                         (u_char *) "get", 3 - 1)
        != NULL)
    {
        last = ngx_cpymem(last, ", HEAD", sizeof(", HEAD") - 1);
    }

    if (ngx_http_chat_add_header(r, "Allow", p, last - p) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_chat_problem(ctx, "method_not_allowed", NULL);
}


static ngx_int_t
ngx_http_chat_prepare(ngx_http_request_t *r, ngx_http_chat_ctx_t *ctx)
{
    ngx_int_t  rc;

    rc = ngx_http_chat_args(r, ctx);
    if (rc != NGX_OK) {
        return rc;
    }

    if (ctx->call.op->flags & (NGX_CHAT_OP_ENTRIES|NGX_CHAT_OP_FRAME)) {
        rc = ngx_http_chat_frames_accept(r, ctx);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    return ngx_http_chat_body_check(r, ctx);
}


static ngx_int_t
ngx_http_chat_refuse(ngx_http_request_t *r, ngx_http_chat_ctx_t *ctx,
    ngx_int_t rc)
{
    ngx_http_chat_token_wipe(ctx);

    if (rc != NGX_DECLINED) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (ctx->call.problem.def->status == NGX_HTTP_REQUEST_ENTITY_TOO_LARGE) {
        /* not worth asking for, or receiving only to keep the connection */
        r->expect_tested = 1;
        r->keepalive = 0;
    }

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    return ngx_http_chat_answer(r, ctx);
}


static void
ngx_http_chat_body_handler(ngx_http_request_t *r)
{
    ngx_int_t             rc;
    ngx_http_chat_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_chat_module);

    ctx->reading = 0;

    rc = ngx_http_chat_body_parse(ctx);

    if (ctx->call.payload.data == NULL) {
        ngx_http_chat_body_wipe(ctx);
    }

    if (rc != NGX_OK) {
        ngx_http_finalize_request(r, ngx_http_chat_refuse(r, ctx, rc));
        return;
    }

    ngx_http_chat_start(r, ctx);
}


static void
ngx_http_chat_start(ngx_http_request_t *r, ngx_http_chat_ctx_t *ctx)
{
    /* sees a client that goes away; what it may have sent ahead stays */

    r->read_event_handler = ngx_http_test_reading;

    ctx->running = 1;
    ctx->started = 1;
    ctx->inside = 1;

    /* the request outlives an answer given at once: the token is wiped after */

    r->main->count++;

    ngx_chat_call_run(&ctx->call);

    ctx->inside = 0;

    ngx_http_chat_token_wipe(ctx);

    ngx_http_finalize_request(r, NGX_DONE);
}


static void
ngx_http_chat_done(ngx_chat_call_t *call)
{
    ngx_int_t             rc;
    ngx_uint_t            inside;
    ngx_connection_t     *c;
    ngx_http_request_t   *r;
    ngx_http_chat_ctx_t  *ctx;

    ctx = call->data;
    r = ctx->request;
    c = r->connection;
    inside = ctx->inside;

    ctx->running = 0;

    ngx_http_set_log_request(c->log, r);

    if (call->problem.def == NULL && call->status == 0
        && call->op->takeover != NULL)
    {
        rc = ngx_http_chat_takeover(r, ctx);

    } else {
        rc = ngx_http_chat_answer(r, ctx);
    }

    ngx_http_finalize_request(r, rc);

    if (!inside) {
        ngx_http_run_posted_requests(c);
    }
}


static ngx_int_t
ngx_http_chat_takeover(ngx_http_request_t *r, ngx_http_chat_ctx_t *ctx)
{
    ngx_int_t  rc;

    rc = ctx->call.op->takeover(&ctx->call, r);

    if (rc == NGX_DONE) {
        ngx_http_chat_release(ctx);
        return NGX_DONE;
    }

    if (rc == NGX_DECLINED && ctx->call.problem.def != NULL) {
        return ngx_http_chat_answer(r, ctx);
    }

    return rc >= NGX_HTTP_SPECIAL_RESPONSE ? rc
                                           : NGX_HTTP_INTERNAL_SERVER_ERROR;
}


static void
ngx_http_chat_gone(void *data)
{
    ngx_http_chat_ctx_t *ctx = data;

    if (ctx->running) {
        ctx->running = 0;
        ngx_chat_call_abort(&ctx->call);
        ctx->released = 1;
    }

    ngx_http_chat_token_wipe(ctx);
    ngx_http_chat_body_wipe(ctx);
}


static void
ngx_http_chat_release(void *data)
{
    ngx_http_chat_ctx_t *ctx = data;

    if (ctx->started && !ctx->released) {
        ctx->released = 1;
        ngx_chat_call_release(&ctx->call);

    } else if (!ctx->started && ctx->call.body != NULL) {
        chat_json_free(ctx->call.body);
        ctx->call.body = NULL;
    }
}
