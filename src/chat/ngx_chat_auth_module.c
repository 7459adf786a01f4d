/* Directives of accounts and sessions, and the registration of their operations. */

#include <ngx_http.h>

#include "ngx_chat_run.h"
#include "ngx_chat_rows.h"
#include "ngx_chat_mail.h"


#define NGX_CHAT_ARGON2_MEMORY      19456   /* KiB: OWASP's least, like the passes */
#define NGX_CHAT_ARGON2_MEMORY_MAX  1048576
#define NGX_CHAT_ARGON2_PASSES      2
#define NGX_CHAT_ARGON2_PASSES_MAX  64
#define NGX_CHAT_ARGON2_LANES_MAX   16
#define NGX_CHAT_SESSION_IDLE       (90 * 86400)
#define NGX_CHAT_SESSION_ABSOLUTE   (365 * 86400)
#define NGX_CHAT_SESSION_MIN        60      /* seconds */
#define NGX_CHAT_NAME_MAX           64      /* characters of chat_name */

static ngx_int_t ngx_chat_auth_register(ngx_conf_t *cf);
static void *ngx_chat_auth_create_conf(ngx_conf_t *cf);
static char *ngx_chat_auth_merge_conf(ngx_conf_t *cf, void *parent,
    void *child);
static ngx_int_t ngx_chat_auth_init_process(ngx_cycle_t *cycle);
static char *ngx_chat_auth_name(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_chat_auth_password(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_chat_auth_session(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


static ngx_conf_enum_t  ngx_chat_auth_registrations[] = {
    { ngx_string("open"), NGX_CHAT_REGISTRATION_OPEN },
    { ngx_string("invite"), NGX_CHAT_REGISTRATION_INVITE },
    { ngx_string("closed"), NGX_CHAT_REGISTRATION_CLOSED },
    { ngx_null_string, 0 }
};


static ngx_command_t  ngx_chat_auth_commands[] = {

    { ngx_string("chat_registration"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_enum_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_chat_auth_conf_t, registration),
      ngx_chat_auth_registrations },

    { ngx_string("chat_password"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE123,
      ngx_chat_auth_password,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("chat_session"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE12,
      ngx_chat_auth_session,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("chat_name"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_chat_auth_name,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_chat_auth_conf_t, server_name),
      NULL },

    { ngx_string("chat_web_build"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_chat_web_build,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_chat_auth_module_ctx = {
    ngx_chat_auth_register,                /* preconfiguration */
    NULL,                                  /* postconfiguration */

    NULL,                                  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_chat_auth_create_conf,             /* create location configuration */
    ngx_chat_auth_merge_conf               /* merge location configuration */
};


ngx_module_t  ngx_chat_auth_module = {
    NGX_MODULE_V1,
    &ngx_chat_auth_module_ctx,             /* module context */
    ngx_chat_auth_commands,                /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    ngx_chat_auth_init_process,            /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    NULL,                                  /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


ngx_chat_auth_conf_t *
ngx_chat_call_auth_conf(ngx_chat_call_t *call)
{
    return call->loc_conf[ngx_chat_auth_module.ctx_index];
}


static ngx_int_t
ngx_chat_auth_register(ngx_conf_t *cf)
{
    if (ngx_chat_ops_register(ngx_chat_server_ops) != NGX_OK
        || ngx_chat_ops_register(ngx_chat_account_ops) != NGX_OK
        || ngx_chat_ops_register(ngx_chat_signin_ops) != NGX_OK
        || ngx_chat_ops_register(ngx_chat_proof_ops) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


static void *
ngx_chat_auth_create_conf(ngx_conf_t *cf)
{
    ngx_chat_auth_conf_t  *conf;

    conf = ngx_pcalloc(cf->pool, sizeof(ngx_chat_auth_conf_t));
    if (conf == NULL) {
        return NULL;
    }

    conf->registration = NGX_CONF_UNSET_UINT;
    conf->argon2_memory = NGX_CONF_UNSET_UINT;
    conf->argon2_passes = NGX_CONF_UNSET_UINT;
    conf->argon2_lanes = NGX_CONF_UNSET_UINT;
    conf->session_idle = NGX_CONF_UNSET;
    conf->session_absolute = NGX_CONF_UNSET;

    return conf;
}


static char *
ngx_chat_auth_merge_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_chat_auth_conf_t  *prev = parent;
    ngx_chat_auth_conf_t  *conf = child;

    ngx_conf_merge_uint_value(conf->registration, prev->registration,
                              NGX_CHAT_REGISTRATION_OPEN);
    ngx_conf_merge_uint_value(conf->argon2_memory, prev->argon2_memory,
                              NGX_CHAT_ARGON2_MEMORY);
    ngx_conf_merge_uint_value(conf->argon2_passes, prev->argon2_passes,
                              NGX_CHAT_ARGON2_PASSES);
    ngx_conf_merge_uint_value(conf->argon2_lanes, prev->argon2_lanes, 1);
    ngx_conf_merge_sec_value(conf->session_idle, prev->session_idle,
                             NGX_CHAT_SESSION_IDLE);
    ngx_conf_merge_sec_value(conf->session_absolute, prev->session_absolute,
                             NGX_CHAT_SESSION_ABSOLUTE);
    ngx_conf_merge_str_value(conf->server_name, prev->server_name,
                             NGX_CHAT_SERVICE);
    ngx_conf_merge_str_value(conf->web_build, prev->web_build, "");

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_chat_auth_init_process(ngx_cycle_t *cycle)
{
    ngx_chat_core_conf_t  *core;

    core = ngx_chat_core_conf(cycle);

    if (core == NULL || core->enabled != 1) {
        return NGX_OK;
    }

    if (chat_secret_init() != 0) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "chat: libsodium found no source of random numbers");
        return NGX_ERROR;
    }

    return NGX_OK;
}


static char *
ngx_chat_auth_name(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t  *value;

    value = cf->args->elts;

    if (chat_valid_name((char *) value[1].data, value[1].len,
                        NGX_CHAT_NAME_MAX)
        != 0)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"chat_name\" must be 1 to %d characters without "
                           "control characters", NGX_CHAT_NAME_MAX);
        return NGX_CONF_ERROR;
    }

    ngx_chat_mail_service(ngx_http_conf_get_module_main_conf(cf,
                                                     ngx_chat_verify_module),
                          &value[1], cf->cmd_type == NGX_HTTP_MAIN_CONF);

    return ngx_conf_set_str_slot(cf, cmd, conf);
}


static char *
ngx_chat_auth_password(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_chat_auth_conf_t  *acf = conf;

    ssize_t      size;
    ngx_str_t   *value, s;
    ngx_uint_t   i;

    if (acf->argon2_memory != NGX_CONF_UNSET_UINT
        || acf->argon2_passes != NGX_CONF_UNSET_UINT
        || acf->argon2_lanes != NGX_CONF_UNSET_UINT)
    {
        return "is duplicate";
    }

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {

        if (ngx_strncmp(value[i].data, "memory=", 7) == 0) {
            s.data = value[i].data + 7;
            s.len = value[i].len - 7;
            size = ngx_parse_size(&s);

            if (size != NGX_ERROR && size / 1024 >= NGX_CHAT_ARGON2_MEMORY
                && size / 1024 <= NGX_CHAT_ARGON2_MEMORY_MAX)
            {
                acf->argon2_memory = size / 1024;
                continue;
            }

        } else if (ngx_chat_conf_number(&value[i], "passes=", 1,
                                        NGX_CHAT_ARGON2_PASSES_MAX,
                                        &acf->argon2_passes)
                   == NGX_OK
                   || ngx_chat_conf_number(&value[i], "lanes=", 1,
                                           NGX_CHAT_ARGON2_LANES_MAX,
                                           &acf->argon2_lanes)
                      == NGX_OK)
        {
            continue;
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid parameter \"%V\" of \"chat_password\": "
                           "write memory=19m to 1024m, passes=1 to %d or lanes=1 "
                           "to %d", &value[i], NGX_CHAT_ARGON2_PASSES_MAX,
                           NGX_CHAT_ARGON2_LANES_MAX);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_chat_auth_session(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_chat_auth_conf_t  *acf = conf;

    time_t      *t;
    ngx_str_t   *value, s;
    ngx_uint_t   i;

    if (acf->session_idle != NGX_CONF_UNSET
        || acf->session_absolute != NGX_CONF_UNSET)
    {
        return "is duplicate";
    }

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {

        t = NULL;
        s = value[i];

        if (ngx_strncmp(s.data, "idle=", 5) == 0) {
            t = &acf->session_idle;
            s.data += 5;
            s.len -= 5;

        } else if (ngx_strncmp(s.data, "absolute=", 9) == 0) {
            t = &acf->session_absolute;
            s.data += 9;
            s.len -= 9;
        }

        if (t != NULL) {
            *t = ngx_parse_time(&s, 1);

            if (*t >= NGX_CHAT_SESSION_MIN && *t <= NGX_MAX_INT32_VALUE) {
                continue;
            }
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid parameter \"%V\" of \"chat_session\": "
                           "write idle=TIME or absolute=TIME, at least %ds "
                           "each", &value[i], NGX_CHAT_SESSION_MIN);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}
