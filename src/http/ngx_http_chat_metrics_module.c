/* Locations for operators: counters as Prometheus text, and the table of operations. */

#include "ngx_http_chat.h"
#include "ngx_chat_stat.h"


static ngx_int_t ngx_http_chat_metrics_handler(ngx_http_request_t *r);
static ngx_int_t ngx_http_chat_operations_handler(ngx_http_request_t *r);
static ngx_int_t ngx_http_chat_metrics_send(ngx_http_request_t *r,
    ngx_str_t *text, const char *type);
static char *ngx_http_chat_metrics(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


static ngx_command_t  ngx_http_chat_metrics_commands[] = {

    { ngx_string("chat_metrics"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_http_chat_metrics,
      0,
      0,
      ngx_http_chat_metrics_handler },

    { ngx_string("chat_operations"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_http_chat_metrics,
      0,
      0,
      ngx_http_chat_operations_handler },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_chat_metrics_module_ctx = {
    NULL,                                  /* preconfiguration */
    NULL,                                  /* postconfiguration */

    NULL,                                  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_chat_metrics_module = {
    NGX_MODULE_V1,
    &ngx_http_chat_metrics_module_ctx,     /* module context */
    ngx_http_chat_metrics_commands,        /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    NULL,                                  /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    NULL,                                  /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static ngx_int_t
ngx_http_chat_metrics_handler(ngx_http_request_t *r)
{
    ngx_str_t               text;
    ngx_chat_core_conf_t   *core;
    ngx_chat_stat_names_t   ops, limits;

    core = ngx_chat_core_conf((ngx_cycle_t *) ngx_cycle);

    if (core == NULL || !core->enabled) {
        /* no location has "chat": nothing is counted */
        return NGX_HTTP_NOT_FOUND;
    }

    ops.names = ngx_chat_op_names();
    ops.n = ngx_chat_ops_count();
    limits.names = ngx_chat_limit_names();
    limits.n = NGX_CHAT_LIMITS;

    if (ngx_chat_stat_text(r->pool, &ops, &limits, &text) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_chat_metrics_send(r, &text,
                                      "text/plain; version=0.0.4");
}


static ngx_int_t
ngx_http_chat_operations_handler(ngx_http_request_t *r)
{
    ngx_str_t  text;

    if (ngx_chat_ops_json(r->pool, &text) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_chat_metrics_send(r, &text, "application/x-ndjson");
}


static ngx_int_t
ngx_http_chat_metrics_send(ngx_http_request_t *r, ngx_str_t *text,
    const char *type)
{
    ngx_int_t                 rc;
    ngx_str_t                 content_type;
    ngx_http_complex_value_t  cv;

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
        return NGX_HTTP_NOT_ALLOWED;
    }

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    content_type.data = (u_char *) type;
    content_type.len = ngx_strlen(type);

    ngx_memzero(&cv, sizeof(ngx_http_complex_value_t));
    cv.value = *text;

    return ngx_http_send_response(r, NGX_HTTP_OK, &content_type, &cv);
}


static char *
ngx_http_chat_metrics(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->handler == cmd->post) {
        return "is duplicate";
    }

    if (clcf->handler != NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" and another content handler are in the "
                           "same location \"%V\": give each its own",
                           &cmd->name, &clcf->name);
        return NGX_CONF_ERROR;
    }

    clcf->handler = (ngx_http_handler_pt) cmd->post;

    return NGX_CONF_OK;
}
