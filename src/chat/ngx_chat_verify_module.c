/* Directives of verification and mail. */

#include <ngx_http.h>

#include "ngx_chat_run.h"
#include "ngx_chat_rows.h"
#include "ngx_chat_mail.h"
#include "ngx_chat_maintain.h"


#define NGX_CHAT_CODE_TTL           600     /* seconds */
#define NGX_CHAT_CODE_TTL_MAX       3600
#define NGX_CHAT_LINK_TTL           3600
#define NGX_CHAT_LINK_TTL_MAX       86400
#define NGX_CHAT_TTL_MIN            60
#define NGX_CHAT_URL_MAX            512


static ngx_int_t ngx_chat_verify_register(ngx_conf_t *cf);
static void *ngx_chat_verify_create_main_conf(ngx_conf_t *cf);
static void *ngx_chat_verify_create_conf(ngx_conf_t *cf);
static char *ngx_chat_verify_merge_conf(ngx_conf_t *cf, void *parent,
    void *child);
static ngx_int_t ngx_chat_verify_init(ngx_conf_t *cf);
static ngx_int_t ngx_chat_verify_default_url(ngx_conf_t *cf,
    ngx_chat_verify_main_conf_t *conf);
static ngx_int_t ngx_chat_verify_init_module(ngx_cycle_t *cycle);
static ngx_int_t ngx_chat_verify_init_process(ngx_cycle_t *cycle);
static char *ngx_chat_verify_templates(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_chat_verify_public_url(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_chat_verify_ttl(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


static ngx_command_t  ngx_chat_verify_commands[] = {

    { ngx_string("chat_mail"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_1MORE,
      ngx_chat_mail_directive,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("chat_mail_templates"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_chat_verify_templates,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("chat_public_url"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_chat_verify_public_url,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("chat_verification"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE12,
      ngx_chat_verify_ttl,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_chat_verify_module_ctx = {
    ngx_chat_verify_register,              /* preconfiguration */
    ngx_chat_verify_init,                  /* postconfiguration */

    ngx_chat_verify_create_main_conf,      /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_chat_verify_create_conf,           /* create location configuration */
    ngx_chat_verify_merge_conf             /* merge location configuration */
};


ngx_module_t  ngx_chat_verify_module = {
    NGX_MODULE_V1,
    &ngx_chat_verify_module_ctx,           /* module context */
    ngx_chat_verify_commands,              /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    ngx_chat_verify_init_module,           /* init module */
    ngx_chat_verify_init_process,          /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    NULL,                                  /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


ngx_chat_verify_conf_t *
ngx_chat_call_verify_conf(ngx_chat_call_t *call)
{
    return call->loc_conf[ngx_chat_verify_module.ctx_index];
}


static ngx_int_t
ngx_chat_verify_register(ngx_conf_t *cf)
{
    if (ngx_chat_ops_register(ngx_chat_verification_ops) != NGX_OK
        || ngx_chat_ops_register(ngx_chat_password_ops) != NGX_OK
        || ngx_chat_ops_register(ngx_chat_email_ops) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


static void *
ngx_chat_verify_create_main_conf(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_chat_mail_conf_t));
}


static void *
ngx_chat_verify_create_conf(ngx_conf_t *cf)
{
    ngx_chat_verify_conf_t  *conf;

    conf = ngx_pcalloc(cf->pool, sizeof(ngx_chat_verify_conf_t));
    if (conf == NULL) {
        return NULL;
    }

    conf->code_ttl = NGX_CONF_UNSET;
    conf->link_ttl = NGX_CONF_UNSET;

    return conf;
}


static char *
ngx_chat_verify_merge_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_chat_verify_conf_t  *prev = parent;
    ngx_chat_verify_conf_t  *conf = child;

    ngx_conf_merge_sec_value(conf->code_ttl, prev->code_ttl,
                             NGX_CHAT_CODE_TTL);
    ngx_conf_merge_sec_value(conf->link_ttl, prev->link_ttl,
                             NGX_CHAT_LINK_TTL);

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_chat_verify_init(ngx_conf_t *cf)
{
    ngx_str_t              none;
    ngx_chat_core_conf_t  *core;
    ngx_chat_mail_conf_t  *conf;

    core = ngx_http_conf_get_module_main_conf(cf, ngx_chat_core_module);

    if (core == NULL || core->enabled != 1) {
        return NGX_OK;
    }

    conf = ngx_http_conf_get_module_main_conf(cf, ngx_chat_verify_module);

    if (conf->service.len == 0) {
        ngx_str_set(&conf->service, NGX_CHAT_SERVICE);
    }

    if (!conf->main.configured) {
        return NGX_OK;
    }

    ngx_str_null(&none);

    if (conf->main.templates.len == 0
        && ngx_chat_mail_templates_read(cf, &none, conf->templates)
           != NGX_CONF_OK)
    {
        return NGX_ERROR;
    }

    if (conf->main.public_url.len == 0) {
        conf->guessed_url = 1;
        return ngx_chat_verify_default_url(cf, &conf->main);
    }

    return NGX_OK;
}


/* a guess that is right for the smallest configuration: the domain of chat_mail's from= */

static ngx_int_t
ngx_chat_verify_default_url(ngx_conf_t *cf, ngx_chat_verify_main_conf_t *conf)
{
    u_char  *domain, *p;

    domain = ngx_strlchr(conf->from.data, conf->from.data + conf->from.len,
                         '@');
    if (domain == NULL) {
        return NGX_ERROR;
    }

    p = ngx_pnalloc(cf->pool, sizeof("https://") + conf->from.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    conf->public_url.data = p;
    conf->public_url.len = ngx_sprintf(p, "https://%s%Z", domain + 1) - p - 1;

    return NGX_OK;
}


/* what works, but perhaps not as the operator thinks; by now the error log is open */

static ngx_int_t
ngx_chat_verify_init_module(ngx_cycle_t *cycle)
{
    ngx_chat_core_conf_t  *core;
    ngx_chat_mail_conf_t  *conf;

    core = ngx_chat_core_conf(cycle);

    if (core == NULL || core->enabled != 1) {
        return NGX_OK;
    }

    conf = ngx_http_cycle_get_module_main_conf(cycle, ngx_chat_verify_module);

    if (!conf->main.configured) {
        ngx_log_error(NGX_LOG_WARN, cycle->log, 0,
                      "\"chat_mail\" is not set: mails wait in the database, "
                      "new accounts can't confirm their addresses");

    } else if (conf->guessed_url) {
        ngx_log_error(NGX_LOG_WARN, cycle->log, 0,
                      "\"chat_public_url\" is not set: links in mails begin "
                      "with \"%V\"", &conf->main.public_url);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_chat_verify_init_process(ngx_cycle_t *cycle)
{
    ngx_chat_core_conf_t  *core;
    ngx_chat_mail_conf_t  *conf;

    core = ngx_chat_core_conf(cycle);

    if (core == NULL || core->enabled != 1
        || (ngx_process != NGX_PROCESS_WORKER
            && ngx_process != NGX_PROCESS_SINGLE))
    {
        return NGX_OK;
    }

    conf = ngx_http_cycle_get_module_main_conf(cycle, ngx_chat_verify_module);

    if (ngx_chat_mail_init_process(cycle, conf) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_chat_maintain_init_process(cycle,
                ngx_http_cycle_get_module_main_conf(cycle,
                                              ngx_chat_conversation_module));
}


static char *
ngx_chat_verify_templates(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_chat_mail_conf_t  *mcf = conf;

    ngx_str_t  *value;

    if (mcf->main.templates.len) {
        return "is duplicate";
    }

    value = cf->args->elts;
    mcf->main.templates = value[1];

    if (ngx_conf_full_name(cf->cycle, &mcf->main.templates, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return ngx_chat_mail_templates_read(cf, &mcf->main.templates,
                                        mcf->templates);
}


static char *
ngx_chat_verify_public_url(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_chat_mail_conf_t  *mcf = conf;

    u_char     *p;
    size_t      scheme;
    ngx_str_t  *value, *url;

    if (mcf->main.public_url.len) {
        return "is duplicate";
    }

    value = cf->args->elts;
    url = &value[1];
    scheme = 0;

    if (ngx_strncmp(url->data, "https://", 8) == 0) {
        scheme = 8;

    } else if (ngx_strncmp(url->data, "http://", 7) == 0) {
        scheme = 7;
    }

    for (p = url->data; *p > ' ' && *p < 0x7f; p++) {
        if (*p == '?' || *p == '#' || *p == '"' || *p == '<' || *p == '>') {
            break;
        }
    }

    if (scheme == 0 || *p || url->len == scheme || url->len > NGX_CHAT_URL_MAX
        || url->data[scheme] == '/')
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid \"chat_public_url\" \"%V\": write the "
                           "address of the web pages, https://host or "
                           "https://host/path, at most %d bytes", url,
                           NGX_CHAT_URL_MAX);
        return NGX_CONF_ERROR;
    }

    while (url->data[url->len - 1] == '/') {
        url->len--;
        url->data[url->len] = '\0';
    }

    mcf->main.public_url = *url;

    return NGX_CONF_OK;
}


static char *
ngx_chat_verify_ttl(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_chat_verify_conf_t  *vcf = conf;

    time_t      *t, max;
    ngx_str_t   *value, s;
    ngx_uint_t   i;

    if (vcf->code_ttl != NGX_CONF_UNSET || vcf->link_ttl != NGX_CONF_UNSET) {
        return "is duplicate";
    }

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {
        s = value[i];
        t = NULL;
        max = 0;

        if (ngx_strncmp(s.data, "code_ttl=", 9) == 0) {
            t = &vcf->code_ttl;
            max = NGX_CHAT_CODE_TTL_MAX;

        } else if (ngx_strncmp(s.data, "link_ttl=", 9) == 0) {
            t = &vcf->link_ttl;
            max = NGX_CHAT_LINK_TTL_MAX;
        }

        if (t != NULL) {
            s.data += 9;
            s.len -= 9;
            *t = ngx_parse_time(&s, 1);

            if (*t >= NGX_CHAT_TTL_MIN && *t <= max) {
                continue;
            }
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid parameter \"%V\" of \"chat_verification\": "
                           "write code_ttl=1m to 1h or link_ttl=1m to 1d",
                           &value[i]);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}
