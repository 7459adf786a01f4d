/*
 * The socket's directives: chat_socket, chat_websocket_echo.
 */

#include "ngx_chat_socket.h"

static ngx_int_t ngx_http_chat_socket_preconfiguration(ngx_conf_t *cf);
static void *ngx_http_chat_socket_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_chat_socket_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child);
static char *ngx_http_chat_socket_directive(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_chat_socket_echo(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static ngx_int_t ngx_http_chat_socket_init_process(ngx_cycle_t *cycle);


static ngx_command_t  ngx_http_chat_socket_commands[] = {

    { ngx_string("chat_socket"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_http_chat_socket_directive,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("chat_websocket_echo"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS|NGX_CONF_TAKE1,
      ngx_http_chat_socket_echo,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_chat_socket_module_ctx = {
    ngx_http_chat_socket_preconfiguration, /* preconfiguration */
    NULL,                                  /* postconfiguration */

    NULL,                                  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_chat_socket_create_loc_conf,  /* create location configuration */
    ngx_http_chat_socket_merge_loc_conf    /* merge location configuration */
};


ngx_module_t  ngx_http_chat_socket_module = {
    NGX_MODULE_V1,
    &ngx_http_chat_socket_module_ctx,      /* module context */
    ngx_http_chat_socket_commands,         /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    ngx_http_chat_socket_init_process,     /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    NULL,                                  /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static ngx_int_t
ngx_http_chat_socket_preconfiguration(ngx_conf_t *cf)
{
    return ngx_chat_ops_register(ngx_chat_socket_ops);
}


static void *
ngx_http_chat_socket_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_chat_socket_conf_t  *conf;

    conf = ngx_palloc(cf->pool, sizeof(ngx_http_chat_socket_conf_t));
    if (conf == NULL) {
        return NULL;
    }

    conf->buffer = NGX_CONF_UNSET_SIZE;
    conf->ping = NGX_CONF_UNSET_MSEC;
    conf->timeout = NGX_CONF_UNSET_MSEC;
    conf->echo_max = NGX_CONF_UNSET_SIZE;

    return conf;
}


static char *
ngx_http_chat_socket_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_chat_socket_conf_t  *prev = parent;
    ngx_http_chat_socket_conf_t  *conf = child;

    ngx_conf_merge_size_value(conf->buffer, prev->buffer, 262144);
    ngx_conf_merge_msec_value(conf->ping, prev->ping, 25000);
    ngx_conf_merge_msec_value(conf->timeout, prev->timeout, 20000);
    ngx_conf_merge_size_value(conf->echo_max, prev->echo_max,
                              NGX_CHAT_SOCKET_ECHO_MAX);

    return NGX_CONF_OK;
}


static char *
ngx_http_chat_socket_directive(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_chat_socket_conf_t  *scf = conf;

    ssize_t      size;
    ngx_int_t    msec;
    ngx_str_t   *value, s;
    ngx_uint_t   i;

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {

        if (ngx_strncmp(value[i].data, "buffer=", 7) == 0) {

            if (scf->buffer != NGX_CONF_UNSET_SIZE) {
                return "has a duplicate \"buffer\"";
            }

            s.data = value[i].data + 7;
            s.len = value[i].len - 7;
            size = ngx_parse_size(&s);

            if (size < 16384 || size > 16 * 1024 * 1024) {
                goto invalid;
            }

            scf->buffer = size;
            continue;
        }

        if (ngx_strncmp(value[i].data, "ping=", 5) == 0) {

            if (scf->ping != NGX_CONF_UNSET_MSEC) {
                return "has a duplicate \"ping\"";
            }

            s.data = value[i].data + 5;
            s.len = value[i].len - 5;
            msec = ngx_parse_time(&s, 0);

            if (msec == (ngx_int_t) NGX_ERROR || msec < 100 || msec > 3600000) {
                goto invalid;
            }

            scf->ping = msec;
            continue;
        }

        if (ngx_strncmp(value[i].data, "timeout=", 8) == 0) {

            if (scf->timeout != NGX_CONF_UNSET_MSEC) {
                return "has a duplicate \"timeout\"";
            }

            s.data = value[i].data + 8;
            s.len = value[i].len - 8;
            msec = ngx_parse_time(&s, 0);

            if (msec == (ngx_int_t) NGX_ERROR || msec < 100 || msec > 3600000) {
                goto invalid;
            }

            scf->timeout = msec;
            continue;
        }

        goto invalid;
    }

    return NGX_CONF_OK;

invalid:

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid parameter \"%V\" of \"chat_socket\": it takes "
                       "buffer=16k..16m, ping=100ms..1h and "
                       "timeout=100ms..1h", &value[i]);

    return NGX_CONF_ERROR;
}


static char *
ngx_http_chat_socket_echo(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_chat_socket_conf_t  *scf = conf;

    ssize_t                    size;
    ngx_str_t                 *value, s;
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->handler) {
        return "stands beside another handler of this location: "
               "give it a location of its own";
    }

    clcf->handler = ngx_http_chat_echo_handler;

    if (cf->args->nelts == 1) {
        return NGX_CONF_OK;
    }

    value = cf->args->elts;

    if (ngx_strncmp(value[1].data, "max=", 4) == 0) {
        s.data = value[1].data + 4;
        s.len = value[1].len - 4;
        size = ngx_parse_size(&s);

        if (size >= 1 && size <= NGX_CHAT_SOCKET_ECHO_MAX * 4) {
            scf->echo_max = size;
            return NGX_CONF_OK;
        }
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid parameter \"%V\" of \"chat_websocket_echo\": "
                       "it takes max=1..64m", &value[1]);

    return NGX_CONF_ERROR;
}


static ngx_int_t
ngx_http_chat_socket_init_process(ngx_cycle_t *cycle)
{
    ngx_chat_conversation_main_conf_t  *ccf;

    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)
    {
        return NGX_OK;
    }

    if (ngx_chat_core_conf(cycle) == NULL) {
        return NGX_OK;
    }

    ccf = ngx_http_cycle_get_module_main_conf(cycle,
                                              ngx_chat_conversation_module);

    ngx_chat_socket_drain_init(ccf->drain);

    return NGX_OK;
}
