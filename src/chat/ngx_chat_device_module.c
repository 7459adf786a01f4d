/* The directive of cipher suites, and the registration of the devices' operations. */

#include <ngx_http.h>

#include "ngx_chat_device.h"
#include "ngx_chat_rows.h"
#include "chat_text.h"


static ngx_int_t ngx_chat_device_register(ngx_conf_t *cf);
static void *ngx_chat_device_create_conf(ngx_conf_t *cf);
static char *ngx_chat_device_merge_conf(ngx_conf_t *cf, void *parent,
    void *child);
static char *ngx_chat_device_suites(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


/* those whose signatures and hashes the server can check */
static const uint16_t  ngx_chat_device_known[] = { 1, 3 };

#define NGX_CHAT_SUITES_KNOWN                                                 \
    (sizeof(ngx_chat_device_known) / sizeof(uint16_t))


static ngx_command_t  ngx_chat_device_commands[] = {

    { ngx_string("chat_cipher_suites"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_chat_device_suites,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_chat_device_module_ctx = {
    ngx_chat_device_register,              /* preconfiguration */
    NULL,                                  /* postconfiguration */

    NULL,                                  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_chat_device_create_conf,           /* create location configuration */
    ngx_chat_device_merge_conf             /* merge location configuration */
};


ngx_module_t  ngx_chat_device_module = {
    NGX_MODULE_V1,
    &ngx_chat_device_module_ctx,           /* module context */
    ngx_chat_device_commands,              /* module directives */
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


ngx_chat_device_conf_t *
ngx_chat_device_conf(ngx_chat_call_t *call)
{
    return call->loc_conf[ngx_chat_device_module.ctx_index];
}


ngx_uint_t
ngx_chat_suite_allowed(ngx_chat_call_t *call, int64_t suite)
{
    ngx_uint_t               i;
    ngx_chat_device_conf_t  *conf;

    conf = ngx_chat_device_conf(call);

    for (i = 0; i < conf->nsuites; i++) {
        if (conf->suites[i] == suite) {
            return 1;
        }
    }

    return 0;
}


void
ngx_chat_identity(u_char account[16], u_char session[16],
    u_char out[NGX_CHAT_IDENTITY_LEN])
{
    chat_uuid_format(account, (char *) out);
    out[CHAT_UUID_LEN] = '/';
    chat_uuid_format(session, (char *) out + CHAT_UUID_LEN + 1);
}


static ngx_int_t
ngx_chat_device_register(ngx_conf_t *cf)
{
    if (ngx_chat_ops_register(ngx_chat_device_ops) != NGX_OK
        || ngx_chat_ops_register(ngx_chat_device_key_ops) != NGX_OK
        || ngx_chat_ops_register(ngx_chat_archive_ops) != NGX_OK
        || ngx_chat_ops_register(ngx_chat_key_package_ops) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


static void *
ngx_chat_device_create_conf(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_chat_device_conf_t));
}


static char *
ngx_chat_device_merge_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_chat_device_conf_t  *prev = parent;
    ngx_chat_device_conf_t  *conf = child;

    if (conf->nsuites == 0) {
        *conf = *prev;
    }

    if (conf->nsuites == 0) {
        ngx_memcpy(conf->suites, ngx_chat_device_known,
                   sizeof(ngx_chat_device_known));
        conf->nsuites = NGX_CHAT_SUITES_KNOWN;
    }

    return NGX_CONF_OK;
}


static char *
ngx_chat_device_suites(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_chat_device_conf_t  *dcf = conf;

    ngx_int_t    suite;
    ngx_str_t   *value;
    ngx_uint_t   i, k;

    if (dcf->nsuites) {
        return "is duplicate";
    }

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {
        suite = ngx_atoi(value[i].data, value[i].len);

        for (k = 0; k < NGX_CHAT_SUITES_KNOWN; k++) {
            if (ngx_chat_device_known[k] == suite) {
                break;
            }
        }

        if (k == NGX_CHAT_SUITES_KNOWN) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid cipher suite \"%V\" of "
                               "\"chat_cipher_suites\": write 1, 3 or both",
                               &value[i]);
            return NGX_CONF_ERROR;
        }

        for (k = 0; k < dcf->nsuites; k++) {
            if (dcf->suites[k] == suite) {
                ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                                   "\"chat_cipher_suites\" has \"%V\" twice",
                                   &value[i]);
                return NGX_CONF_ERROR;
            }
        }

        /* each known one at most once: they fit */
        dcf->suites[dcf->nsuites++] = (uint16_t) suite;
    }

    return NGX_CONF_OK;
}
