/* Directives of conversations and delivery, and what a worker starts for them. */

#include <ngx_http.h>

#include "ngx_chat.h"
#include "ngx_chat_rows.h"
#include "ngx_chat_route.h"
#include "ngx_chat_writer.h"
#include "ngx_chat_stream.h"
#include "ngx_chat_poll.h"

#define NGX_CHAT_MESSAGE_SIZE_MAX   1048576
#define NGX_CHAT_COMMIT_SIZE_MAX    1048576     /* CHAT_MLS_MESSAGE_MAX */
#define NGX_CHAT_WINDOW_MAX         1000
#define NGX_CHAT_RESUMES_MAX        256

static ngx_int_t ngx_chat_conversation_register(ngx_conf_t *cf);
static void *ngx_chat_conversation_create_main_conf(ngx_conf_t *cf);
static char *ngx_chat_conversation_init_main_conf(ngx_conf_t *cf, void *conf);
static void *ngx_chat_conversation_create_conf(ngx_conf_t *cf);
static char *ngx_chat_conversation_merge_conf(ngx_conf_t *cf, void *parent,
    void *child);
static char *ngx_chat_conversation_size(ngx_conf_t *cf, void *post,
    void *data);
static char *ngx_chat_conversation_commit(ngx_conf_t *cf, void *post,
    void *data);
static char *ngx_chat_conversation_delay(ngx_conf_t *cf, void *post,
    void *data);
static ngx_int_t ngx_chat_conversation_init_process(ngx_cycle_t *cycle);


static ngx_conf_num_bounds_t  ngx_chat_conversation_resumes = {
    ngx_conf_check_num_bounds, 1, NGX_CHAT_RESUMES_MAX
};

static ngx_conf_num_bounds_t  ngx_chat_conversation_window = {
    ngx_conf_check_num_bounds, 1, NGX_CHAT_WINDOW_MAX
};

static ngx_conf_post_t  ngx_chat_conversation_size_post = {
    ngx_chat_conversation_size
};

static ngx_conf_post_t  ngx_chat_conversation_commit_post = {
    ngx_chat_conversation_commit
};

static ngx_conf_post_t  ngx_chat_conversation_delay_post = {
    ngx_chat_conversation_delay
};


static ngx_command_t  ngx_chat_conversation_commands[] = {

    { ngx_string("chat_ack_delay"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_chat_conversation_main_conf_t, ack_delay),
      NULL },

    { ngx_string("chat_recheck"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_chat_conversation_main_conf_t, recheck),
      &ngx_chat_conversation_delay_post },

    { ngx_string("chat_resumes"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_num_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_chat_conversation_main_conf_t, resumes),
      &ngx_chat_conversation_resumes },

    { ngx_string("chat_drain"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_chat_conversation_main_conf_t, drain),
      NULL },

    { ngx_string("chat_transport_ttl"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_sec_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_chat_conversation_main_conf_t, transport_ttl),
      NULL },

    { ngx_string("chat_retention"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_sec_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_chat_conversation_main_conf_t, retention),
      NULL },

    { ngx_string("chat_maintain"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_chat_conversation_main_conf_t, maintain),
      &ngx_chat_conversation_delay_post },

    { ngx_string("chat_message_max_size"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_size_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_chat_conversation_conf_t, message_max_size),
      &ngx_chat_conversation_size_post },

    { ngx_string("chat_commit_max_size"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_size_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_chat_conversation_conf_t, commit_max_size),
      &ngx_chat_conversation_commit_post },

    { ngx_string("chat_window"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_num_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_chat_conversation_conf_t, window),
      &ngx_chat_conversation_window },

      ngx_null_command
};


static ngx_http_module_t  ngx_chat_conversation_module_ctx = {
    ngx_chat_conversation_register,         /* preconfiguration */
    NULL,                                   /* postconfiguration */

    ngx_chat_conversation_create_main_conf, /* create main configuration */
    ngx_chat_conversation_init_main_conf,   /* init main configuration */

    NULL,                                   /* create server configuration */
    NULL,                                   /* merge server configuration */

    ngx_chat_conversation_create_conf,      /* create location configuration */
    ngx_chat_conversation_merge_conf        /* merge location configuration */
};


ngx_module_t  ngx_chat_conversation_module = {
    NGX_MODULE_V1,
    &ngx_chat_conversation_module_ctx,      /* module context */
    ngx_chat_conversation_commands,         /* module directives */
    NGX_HTTP_MODULE,                        /* module type */
    NULL,                                   /* init master */
    NULL,                                   /* init module */
    ngx_chat_conversation_init_process,     /* init process */
    NULL,                                   /* init thread */
    NULL,                                   /* exit thread */
    NULL,                                   /* exit process */
    NULL,                                   /* exit master */
    NGX_MODULE_V1_PADDING
};


static ngx_int_t
ngx_chat_conversation_register(ngx_conf_t *cf)
{
    if (ngx_chat_ops_register(ngx_chat_conversation_ops) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_chat_ops_register(ngx_chat_entry_ops) != NGX_OK
        || ngx_chat_ops_register(ngx_chat_group_ops) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_chat_ops_register(ngx_chat_private_ops);
}


static void *
ngx_chat_conversation_create_main_conf(ngx_conf_t *cf)
{
    ngx_chat_conversation_main_conf_t  *conf;

    conf = ngx_palloc(cf->pool, sizeof(ngx_chat_conversation_main_conf_t));
    if (conf == NULL) {
        return NULL;
    }

    conf->ack_delay = NGX_CONF_UNSET_MSEC;
    conf->recheck = NGX_CONF_UNSET_MSEC;
    conf->resumes = NGX_CONF_UNSET_UINT;
    conf->drain = NGX_CONF_UNSET_MSEC;
    conf->transport_ttl = NGX_CONF_UNSET;
    conf->retention = NGX_CONF_UNSET;
    conf->maintain = NGX_CONF_UNSET_MSEC;

    return conf;
}


static char *
ngx_chat_conversation_init_main_conf(ngx_conf_t *cf, void *data)
{
    ngx_chat_conversation_main_conf_t *conf = data;

    ngx_conf_init_msec_value(conf->ack_delay, 200);
    ngx_conf_init_msec_value(conf->recheck, 60000);
    ngx_conf_init_uint_value(conf->resumes, 8);
    ngx_conf_init_msec_value(conf->drain, 5000);
    ngx_conf_init_value(conf->transport_ttl, 30 * 86400);
    ngx_conf_init_value(conf->retention, 0);
    ngx_conf_init_msec_value(conf->maintain, 10000);

    return NGX_CONF_OK;
}


static void *
ngx_chat_conversation_create_conf(ngx_conf_t *cf)
{
    ngx_chat_conversation_conf_t  *conf;

    conf = ngx_palloc(cf->pool, sizeof(ngx_chat_conversation_conf_t));
    if (conf == NULL) {
        return NULL;
    }

    conf->message_max_size = NGX_CONF_UNSET_SIZE;
    conf->commit_max_size = NGX_CONF_UNSET_SIZE;
    conf->window = NGX_CONF_UNSET_UINT;

    return conf;
}


static char *
ngx_chat_conversation_merge_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_chat_conversation_conf_t *prev = parent;
    ngx_chat_conversation_conf_t *conf = child;

    ngx_conf_merge_size_value(conf->message_max_size, prev->message_max_size,
                              65536);
    ngx_conf_merge_size_value(conf->commit_max_size, prev->commit_max_size,
                              524288);
    ngx_conf_merge_uint_value(conf->window, prev->window, 100);

    return NGX_CONF_OK;
}


static char *
ngx_chat_conversation_size(ngx_conf_t *cf, void *post, void *data)
{
    size_t *size = data;

    if (*size == 0 || *size > NGX_CHAT_MESSAGE_SIZE_MAX) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"chat_message_max_size\" must be between 1 and "
                           "1m");
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_chat_conversation_commit(ngx_conf_t *cf, void *post, void *data)
{
    size_t *size = data;

    if (*size == 0 || *size > NGX_CHAT_COMMIT_SIZE_MAX) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"chat_commit_max_size\" must be between 1 and "
                           "1m");
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_chat_conversation_delay(ngx_conf_t *cf, void *post, void *data)
{
    ngx_str_t   *value;
    ngx_msec_t  *msec = data;

    value = cf->args->elts;

    if (*msec < 1000) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" must be at least 1s", &value[0]);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_chat_conversation_init_process(ngx_cycle_t *cycle)
{
    ngx_chat_core_conf_t               *core;
    ngx_chat_conversation_main_conf_t  *conf;

    core = ngx_chat_core_conf(cycle);

    if (core == NULL || !core->enabled
        || (ngx_process != NGX_PROCESS_WORKER
            && ngx_process != NGX_PROCESS_SINGLE))
    {
        return NGX_OK;
    }

    conf = ngx_http_cycle_get_module_main_conf(cycle,
                                               ngx_chat_conversation_module);

    if (ngx_chat_writer_init_process(cycle, conf->ack_delay) != NGX_OK
        || ngx_chat_route_init_process(cycle) != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_chat_stream_init_process(cycle, conf->resumes, conf->recheck);
    ngx_chat_poll_init_process(cycle);

    return NGX_OK;
}
