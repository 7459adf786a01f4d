/* "chat_audit", and the operation by which an account reads its own entries. */

#include <ngx_http.h>

#include "ngx_chat_audit.h"
#include "ngx_chat.h"
#include "ngx_chat_rows.h"


#define NGX_CHAT_AUDIT_RETENTION        (90 * 86400)
#define NGX_CHAT_AUDIT_RETENTION_LEAST  (7 * 86400)     /* chat.audit_expire() keeps it, too */
#define NGX_CHAT_AUDIT_CURSOR_MAX       18


static ngx_int_t ngx_chat_audit_register(ngx_conf_t *cf);
static void *ngx_chat_audit_create_main_conf(ngx_conf_t *cf);
static char *ngx_chat_audit_init_main_conf(ngx_conf_t *cf, void *conf);
static char *ngx_chat_audit(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static char *ngx_chat_audit_retention(ngx_conf_t *cf,
    ngx_chat_audit_conf_t *acf, ngx_str_t *value);
static char *ngx_chat_audit_file(ngx_conf_t *cf, ngx_chat_audit_conf_t *acf,
    ngx_str_t *value);
static char *ngx_chat_audit_syslog(ngx_conf_t *cf, ngx_chat_audit_conf_t *acf,
    ngx_str_t *value);
static ngx_int_t ngx_chat_audit_start(ngx_cycle_t *cycle);


static ngx_chat_pg_stmt_t  ngx_chat_audit_list_stmt = {
    "audit_list",
    "SELECT * FROM chat.audit_list($1::uuid, $2::uuid, $3::text, "
    "$4::text::int)",
    0
};


static const ngx_chat_param_t  ngx_chat_audit_list_params[] = {
    { "cursor", NGX_CHAT_STRING, NGX_CHAT_IN_QUERY, 0, 1,
      NGX_CHAT_AUDIT_CURSOR_MAX, NULL },
    { "limit", NGX_CHAT_INTEGER, NGX_CHAT_IN_QUERY, 0, 1, NGX_CHAT_LIST_MAX,
      NULL },
    { .name = NULL }
};


ngx_chat_op_t  ngx_chat_audit_ops[] = {

    { "audit_list", "GET", "account/audit", NGX_CHAT_WHO_ACCOUNT,
      NGX_CHAT_LIMIT_NONE, NGX_CHAT_OP_SOCKET, ngx_chat_audit_list_params,
      &ngx_chat_audit_list_stmt, NULL, NULL, 0 },

    { .name = NULL }
};


static ngx_command_t  ngx_chat_audit_commands[] = {

    { ngx_string("chat_audit"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE123,
      ngx_chat_audit,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_chat_audit_module_ctx = {
    ngx_chat_audit_register,               /* preconfiguration */
    NULL,                                  /* postconfiguration */

    ngx_chat_audit_create_main_conf,       /* create main configuration */
    ngx_chat_audit_init_main_conf,         /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_chat_audit_module = {
    NGX_MODULE_V1,
    &ngx_chat_audit_module_ctx,            /* module context */
    ngx_chat_audit_commands,               /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    ngx_chat_audit_start,                  /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    NULL,                                  /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static ngx_int_t
ngx_chat_audit_register(ngx_conf_t *cf)
{
    return ngx_chat_ops_register(ngx_chat_audit_ops);
}


static void *
ngx_chat_audit_create_main_conf(ngx_conf_t *cf)
{
    ngx_chat_audit_conf_t  *conf;

    conf = ngx_pcalloc(cf->pool, sizeof(ngx_chat_audit_conf_t));
    if (conf == NULL) {
        return NULL;
    }

    conf->retention = NGX_CONF_UNSET;

    return conf;
}


static char *
ngx_chat_audit_init_main_conf(ngx_conf_t *cf, void *conf)
{
    ngx_chat_audit_conf_t  *acf = conf;

    ngx_conf_init_value(acf->retention, NGX_CHAT_AUDIT_RETENTION);

    return NGX_CONF_OK;
}


static char *
ngx_chat_audit(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_chat_audit_conf_t *acf = conf;

    char        *rc;
    ngx_str_t   *value;
    ngx_uint_t   i;

    if (acf->retention != NGX_CONF_UNSET || acf->file != NULL
        || acf->syslog != NULL)
    {
        return "is duplicate";
    }

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {

        if (ngx_strncmp(value[i].data, "retention=", 10) == 0) {
            rc = ngx_chat_audit_retention(cf, acf, &value[i]);

        } else if (ngx_strncmp(value[i].data, "file=", 5) == 0) {
            rc = ngx_chat_audit_file(cf, acf, &value[i]);

        } else if (ngx_strncmp(value[i].data, "syslog:", 7) == 0) {
            rc = ngx_chat_audit_syslog(cf, acf, &value[i]);

        } else {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid parameter \"%V\" of \"chat_audit\": "
                               "write retention=TIME, file=PATH or "
                               "syslog:server=ADDRESS", &value[i]);
            return NGX_CONF_ERROR;
        }

        if (rc != NGX_CONF_OK) {
            return rc;
        }
    }

    return NGX_CONF_OK;
}


static char *
ngx_chat_audit_retention(ngx_conf_t *cf, ngx_chat_audit_conf_t *acf,
    ngx_str_t *value)
{
    ngx_str_t  s;

    s.data = value->data + sizeof("retention=") - 1;
    s.len = value->len - (sizeof("retention=") - 1);

    acf->retention = ngx_parse_time(&s, 1);

    if (acf->retention == (time_t) NGX_ERROR
        || acf->retention < NGX_CHAT_AUDIT_RETENTION_LEAST)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid \"%V\" of \"chat_audit\": write a time of "
                           "at least 7d", value);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_chat_audit_file(ngx_conf_t *cf, ngx_chat_audit_conf_t *acf,
    ngx_str_t *value)
{
    ngx_str_t  path;

    path.data = value->data + sizeof("file=") - 1;
    path.len = value->len - (sizeof("file=") - 1);

    if (path.len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"file=\" of \"chat_audit\" needs a path");
        return NGX_CONF_ERROR;
    }

    acf->file = ngx_conf_open_file(cf->cycle, &path);

    if (acf->file == NULL
        || ngx_chat_task_need(cf, NGX_CHAT_TASK_AUDIT) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* as nginx's logs have it, by nginx's own parser, which reads the directive's first parameter */

static char *
ngx_chat_audit_syslog(ngx_conf_t *cf, ngx_chat_audit_conf_t *acf,
    ngx_str_t *value)
{
    char         *rc;
    ngx_str_t    *v;
    ngx_array_t  *saved, args;

    acf->syslog = ngx_pcalloc(cf->pool, sizeof(ngx_syslog_peer_t));

    if (acf->syslog == NULL
        || ngx_array_init(&args, cf->pool, 2, sizeof(ngx_str_t)) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    v = ngx_array_push_n(&args, 2);
    ngx_str_set(&v[0], "chat_audit");
    v[1] = *value;

    saved = cf->args;
    cf->args = &args;
    rc = ngx_syslog_process_conf(cf, acf->syslog);
    cf->args = saved;

    return rc;
}


static ngx_int_t
ngx_chat_audit_start(ngx_cycle_t *cycle)
{
    ngx_chat_core_conf_t  *core;

    core = ngx_chat_core_conf(cycle);

    if (core == NULL || !core->enabled
        || (ngx_process != NGX_PROCESS_WORKER
            && ngx_process != NGX_PROCESS_SINGLE))
    {
        return NGX_OK;
    }

    ngx_chat_audit_init_process(cycle,
                ngx_http_cycle_get_module_main_conf(cycle,
                                                    ngx_chat_audit_module));

    return NGX_OK;
}
