/* "chat_deletion", and the registration of the operations on an account's life. */

#include <ngx_http.h>

#include "ngx_chat_life.h"
#include "ngx_chat_rows.h"


#define NGX_CHAT_LIFE_GRACE         (14 * 86400)
#define NGX_CHAT_LIFE_GRACE_MAX     (365 * 86400)


static ngx_int_t ngx_chat_life_register(ngx_conf_t *cf);
static void *ngx_chat_life_create_conf(ngx_conf_t *cf);
static char *ngx_chat_life_merge_conf(ngx_conf_t *cf, void *parent,
    void *child);
static char *ngx_chat_life_deletion(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


static ngx_command_t  ngx_chat_life_commands[] = {

    { ngx_string("chat_deletion"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_chat_life_deletion,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_chat_life_module_ctx = {
    ngx_chat_life_register,                /* preconfiguration */
    NULL,                                  /* postconfiguration */

    NULL,                                  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_chat_life_create_conf,             /* create location configuration */
    ngx_chat_life_merge_conf               /* merge location configuration */
};


ngx_module_t  ngx_chat_life_module = {
    NGX_MODULE_V1,
    &ngx_chat_life_module_ctx,             /* module context */
    ngx_chat_life_commands,                /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    ngx_chat_erase_init_process,           /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    NULL,                                  /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static ngx_int_t
ngx_chat_life_register(ngx_conf_t *cf)
{
    return ngx_chat_ops_register(ngx_chat_life_ops);
}


static void *
ngx_chat_life_create_conf(ngx_conf_t *cf)
{
    ngx_chat_life_conf_t  *conf;

    conf = ngx_pcalloc(cf->pool, sizeof(ngx_chat_life_conf_t));
    if (conf == NULL) {
        return NULL;
    }

    conf->grace = NGX_CONF_UNSET;

    return conf;
}


static char *
ngx_chat_life_merge_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_chat_life_conf_t  *prev = parent;
    ngx_chat_life_conf_t  *conf = child;

    ngx_conf_merge_sec_value(conf->grace, prev->grace, NGX_CHAT_LIFE_GRACE);

    return NGX_CONF_OK;
}


static char *
ngx_chat_life_deletion(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_chat_life_conf_t *lcf = conf;

    time_t      grace;
    ngx_str_t  *value, text;

    if (lcf->grace != NGX_CONF_UNSET) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (value[1].len > sizeof("grace=") - 1
        && ngx_strncmp(value[1].data, "grace=", sizeof("grace=") - 1) == 0)
    {
        text.data = value[1].data + sizeof("grace=") - 1;
        text.len = value[1].len - (sizeof("grace=") - 1);
        grace = ngx_parse_time(&text, 1);

        if (grace != (time_t) NGX_ERROR && grace <= NGX_CHAT_LIFE_GRACE_MAX) {
            lcf->grace = grace;
            return NGX_CONF_OK;
        }
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid parameter \"%V\" of \"chat_deletion\": "
                       "write grace= and a time of at most 365d", &value[1]);

    return NGX_CONF_ERROR;
}
