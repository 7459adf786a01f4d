/* The "chat" directive, and the variables for access logs, maps and limits. */

#include "ngx_http_chat.h"
#include "chat_text.h"


typedef enum {
    NGX_HTTP_CHAT_VAR_ACCOUNT = 0,
    NGX_HTTP_CHAT_VAR_SESSION,
    NGX_HTTP_CHAT_VAR_OPERATION,
    NGX_HTTP_CHAT_VAR_PROBLEM
} ngx_http_chat_var_e;


static ngx_int_t ngx_http_chat_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static void ngx_http_chat_line_uri(ngx_str_t *line, ngx_str_t *uri);
static void *ngx_http_chat_create_main_conf(ngx_conf_t *cf);
static void *ngx_http_chat_create_srv_conf(ngx_conf_t *cf);
static char *ngx_http_chat_merge_srv_conf(ngx_conf_t *cf, void *parent,
    void *child);
static void *ngx_http_chat_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_chat_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child);
static char *ngx_http_chat(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static ngx_int_t ngx_http_chat_note_location(ngx_conf_t *cf);
static void ngx_http_chat_check_sizes(ngx_conf_t *cf,
    ngx_http_chat_main_conf_t *mcf);
static ngx_int_t ngx_http_chat_preconfiguration(ngx_conf_t *cf);
static ngx_int_t ngx_http_chat_postconfiguration(ngx_conf_t *cf);


static ngx_command_t  ngx_http_chat_commands[] = {

    { ngx_string("chat"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_http_chat,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_chat_module_ctx = {
    ngx_http_chat_preconfiguration,        /* preconfiguration */
    ngx_http_chat_postconfiguration,       /* postconfiguration */

    ngx_http_chat_create_main_conf,        /* create main configuration */
    NULL,                                  /* init main configuration */

    ngx_http_chat_create_srv_conf,         /* create server configuration */
    ngx_http_chat_merge_srv_conf,          /* merge server configuration */

    ngx_http_chat_create_loc_conf,         /* create location configuration */
    ngx_http_chat_merge_loc_conf           /* merge location configuration */
};


ngx_module_t  ngx_http_chat_module = {
    NGX_MODULE_V1,
    &ngx_http_chat_module_ctx,             /* module context */
    ngx_http_chat_commands,                /* module directives */
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


static ngx_http_variable_t  ngx_http_chat_vars[] = {

    { ngx_string("chat_account"), NULL, ngx_http_chat_variable,
      NGX_HTTP_CHAT_VAR_ACCOUNT, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("chat_session"), NULL, ngx_http_chat_variable,
      NGX_HTTP_CHAT_VAR_SESSION, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("chat_operation"), NULL, ngx_http_chat_variable,
      NGX_HTTP_CHAT_VAR_OPERATION, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("chat_problem"), NULL, ngx_http_chat_variable,
      NGX_HTTP_CHAT_VAR_PROBLEM, NGX_HTTP_VAR_NOCACHEABLE, 0 },

      ngx_http_null_variable
};


ngx_uint_t
ngx_http_chat_would_answer(ngx_http_request_t *r)
{
    ngx_str_t                  uri, *prefix;
    ngx_uint_t                 i;
    ngx_http_chat_srv_conf_t  *cscf;
    ngx_http_chat_loc_conf_t  *clcf;
    ngx_http_core_srv_conf_t  *core;

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_chat_module);

    if (clcf->prefix.data != NULL) {
        return 1;
    }

    /* refused while it was read: the location wasn't looked for */

    core = ngx_http_get_module_srv_conf(r, ngx_http_core_module);
    cscf = ngx_http_get_module_srv_conf(r, ngx_http_chat_module);

    if (r->loc_conf != core->ctx->loc_conf || cscf->prefixes == NULL) {
        return 0;
    }

    uri = r->uri;

    if (uri.len == 0) {
        ngx_http_chat_line_uri(&r->request_line, &uri);
    }

    prefix = cscf->prefixes->elts;

    for (i = 0; i < cscf->prefixes->nelts; i++) {
        if (uri.len > prefix[i].len
            && ngx_memcmp(uri.data, prefix[i].data, prefix[i].len) == 0
            && uri.data[prefix[i].len] == '/')
        {
            return 1;
        }
    }

    return 0;
}


/* of a request line that was too long to be parsed: what follows the method */
static void
ngx_http_chat_line_uri(ngx_str_t *line, ngx_str_t *uri)
{
    u_char  *p, *last;

    p = line->data;
    last = p + line->len;

    while (p < last && *p != ' ') {
        p++;
    }

    while (p < last && *p == ' ') {
        p++;
    }

    uri->data = p;
    uri->len = last - p;
}


static ngx_int_t
ngx_http_chat_variable(ngx_http_request_t *r, ngx_http_variable_value_t *v,
    uintptr_t data)
{
    u_char               *id;
    const char           *text;
    ngx_http_chat_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r->main, ngx_http_chat_module);

    if (ctx == NULL) {
        v->not_found = 1;
        return NGX_OK;
    }

    text = NULL;
    id = NULL;

    switch (data) {

    case NGX_HTTP_CHAT_VAR_ACCOUNT:
        id = ctx->call.has_session ? ctx->call.session.account : NULL;
        break;

    case NGX_HTTP_CHAT_VAR_SESSION:
        id = ctx->call.has_session ? ctx->call.session.session : NULL;
        break;

    case NGX_HTTP_CHAT_VAR_OPERATION:
        text = ctx->call.op ? ctx->call.op->name : NULL;
        break;

    default: /* NGX_HTTP_CHAT_VAR_PROBLEM */
        text = ctx->problem;
    }

    if (id != NULL) {
        v->data = ngx_pnalloc(r->pool, CHAT_UUID_LEN);
        if (v->data == NULL) {
            return NGX_ERROR;
        }

        chat_uuid_format(id, (char *) v->data);
        v->len = CHAT_UUID_LEN;

    } else if (text != NULL) {
        v->data = (u_char *) text;
        v->len = ngx_strlen(text);

    } else {
        v->not_found = 1;
        return NGX_OK;
    }

    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;

    return NGX_OK;
}


static void *
ngx_http_chat_create_main_conf(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_http_chat_main_conf_t));
}


static void *
ngx_http_chat_create_srv_conf(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_http_chat_srv_conf_t));
}


static char *
ngx_http_chat_merge_srv_conf(ngx_conf_t *cf, void *parent, void *child)
{
    return NGX_CONF_OK;
}


static void *
ngx_http_chat_create_loc_conf(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_http_chat_loc_conf_t));
}


static char *
ngx_http_chat_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_chat_loc_conf_t  *prev = parent;
    ngx_http_chat_loc_conf_t  *conf = child;

    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    /* an "if" or "limit_except" inside the location is still the location */

    if (clcf->noname && conf->prefix.data == NULL && prev->prefix.data != NULL
        && clcf->handler == NULL)
    {
        conf->prefix = prev->prefix;
        clcf->handler = ngx_http_chat_handler;
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_chat(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_chat_loc_conf_t  *lcf = conf;

    ngx_str_t                 *prefix;
    ngx_http_chat_srv_conf_t  *scf;
    ngx_http_core_loc_conf_t  *clcf;

    if (lcf->prefix.data != NULL) {
        return "is duplicate";
    }

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->named || clcf->exact_match || clcf->name.len == 0
#if (NGX_PCRE)
        || clcf->regex != NULL
#endif
        || clcf->name.data[0] != '/')
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"chat\" works in a prefix location only: write "
                           "\"location /api/ { chat; }\" instead of \"%V\"",
                           &clcf->name);
        return NGX_CONF_ERROR;
    }

    if (clcf->handler != NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"chat\" and another content handler are in the "
                           "same location \"%V\": give each its own",
                           &clcf->name);
        return NGX_CONF_ERROR;
    }

    lcf->prefix = clcf->name;

    if (lcf->prefix.data[lcf->prefix.len - 1] == '/') {
        lcf->prefix.len--;
    }

    scf = ngx_http_conf_get_module_srv_conf(cf, ngx_http_chat_module);

    if (scf->prefixes == NULL) {
        scf->prefixes = ngx_array_create(cf->pool, 2, sizeof(ngx_str_t));
        if (scf->prefixes == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    prefix = ngx_array_push(scf->prefixes);
    if (prefix == NULL) {
        return NGX_CONF_ERROR;
    }

    *prefix = lcf->prefix;

    /*
     * a site's error pages don't reach in here, where errors are problems;
     * the location's own do
     */

    if (clcf->error_pages == NULL) {
        clcf->error_pages = ngx_array_create(cf->pool, 1,
                                             sizeof(ngx_http_err_page_t));
        if (clcf->error_pages == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    if (ngx_http_chat_note_location(cf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    clcf->handler = ngx_http_chat_handler;

    if (ngx_chat_core_enable(cf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_chat_note_location(ngx_conf_t *cf)
{
    void                       ***location;
    ngx_http_conf_ctx_t          *ctx;
    ngx_http_chat_main_conf_t    *mcf;

    ctx = cf->ctx;
    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_chat_module);

    if (mcf->locations == NULL) {
        mcf->locations = ngx_array_create(cf->pool, 2, sizeof(void **));
        if (mcf->locations == NULL) {
            return NGX_ERROR;
        }
    }

    location = ngx_array_push(mcf->locations);
    if (location == NULL) {
        return NGX_ERROR;
    }

    *location = ctx->loc_conf;

    return NGX_OK;
}


/* nginx's own bound comes before ours: one that is lower cuts messages off */
static void
ngx_http_chat_check_sizes(ngx_conf_t *cf, ngx_http_chat_main_conf_t *mcf)
{
    off_t                            need;
    void                          ***location;
    ngx_uint_t                       i;
    ngx_http_core_loc_conf_t        *clcf;
    ngx_chat_conversation_conf_t    *conf;

    location = mcf->locations->elts;

    for (i = 0; i < mcf->locations->nelts; i++) {
        clcf = location[i][ngx_http_core_module.ctx_index];
        conf = location[i][ngx_chat_conversation_module.ctx_index];
        need = ngx_max(conf->message_max_size, conf->commit_max_size)
               + NGX_HTTP_CHAT_FRAME_EXTRA;

        if (clcf->client_max_body_size && clcf->client_max_body_size < need) {
            ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                          "\"client_max_body_size\" of location \"%V\" is too "
                          "small for \"chat_message_max_size\" or "
                          "\"chat_commit_max_size\": set it to %Ok or more",
                          &clcf->name, (need + 1023) / 1024);
        }
    }
}


static ngx_int_t
ngx_http_chat_preconfiguration(ngx_conf_t *cf)
{
    ngx_http_variable_t  *var, *v;

    for (v = ngx_http_chat_vars; v->name.len; v++) {
        var = ngx_http_add_variable(cf, &v->name, v->flags);
        if (var == NULL) {
            return NGX_ERROR;
        }

        var->get_handler = v->get_handler;
        var->data = v->data;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_chat_postconfiguration(ngx_conf_t *cf)
{
    ngx_http_chat_main_conf_t  *mcf;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_chat_module);

    /* loaded and not configured: not even a filter */

    if (mcf->locations == NULL) {
        return NGX_OK;
    }

    if (ngx_http_chat_headers_init(cf) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_http_chat_filter_init();
    ngx_http_chat_body_init();
    ngx_http_chat_check_sizes(cf, mcf);

    return NGX_OK;
}
