/* Directives of limits, of foreign origins and of TLS alone. */

#include <ngx_http.h>

#include "ngx_chat_run.h"
#include "ngx_chat_limit.h"


#define NGX_CHAT_BURST_MAX          1000000
#define NGX_CHAT_RATE_MAX           1000000 /* a second, minute or hour */
#define NGX_CHAT_HSTS               (365 * 86400)


static void *ngx_chat_limit_create_conf(ngx_conf_t *cf);
static char *ngx_chat_limit_merge_conf(ngx_conf_t *cf, void *parent,
    void *child);
static char *ngx_chat_limit(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static ngx_uint_t ngx_chat_limit_find(ngx_conf_t *cf, ngx_str_t *name);
static ngx_int_t ngx_chat_limit_parameter(ngx_str_t *arg,
    ngx_chat_rate_t *rate);
static ngx_int_t ngx_chat_limit_rate(ngx_str_t *arg, uint64_t *each);
static char *ngx_chat_limit_hsts(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


static ngx_command_t  ngx_chat_limit_commands[] = {

    { ngx_string("chat_limit"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE23
                        |NGX_CONF_TAKE4,
      ngx_chat_limit,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("chat_limit_headers"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_chat_limit_conf_t, headers),
      NULL },

    { ngx_string("chat_cors_origin"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_chat_origin_directive,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("chat_hsts"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE12,
      ngx_chat_limit_hsts,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_chat_limit_module_ctx = {
    NULL,                                  /* preconfiguration */
    NULL,                                  /* postconfiguration */

    NULL,                                  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_chat_limit_create_conf,            /* create location configuration */
    ngx_chat_limit_merge_conf              /* merge location configuration */
};


ngx_module_t  ngx_chat_limit_module = {
    NGX_MODULE_V1,
    &ngx_chat_limit_module_ctx,            /* module context */
    ngx_chat_limit_commands,               /* module directives */
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


ngx_chat_limit_conf_t *
ngx_chat_call_limit_conf(ngx_chat_call_t *call)
{
    return call->loc_conf[ngx_chat_limit_module.ctx_index];
}


static void *
ngx_chat_limit_create_conf(ngx_conf_t *cf)
{
    ngx_uint_t              i;
    ngx_chat_limit_conf_t  *conf;

    conf = ngx_pcalloc(cf->pool, sizeof(ngx_chat_limit_conf_t));
    if (conf == NULL) {
        return NULL;
    }

    conf->headers = NGX_CONF_UNSET;
    conf->origins = NGX_CONF_UNSET_PTR;
    conf->hsts = NGX_CONF_UNSET;

    for (i = 0; i < NGX_CHAT_LIMITS; i++) {
        conf->limits[i].burst = NGX_CONF_UNSET_UINT;
    }

    return conf;
}


static char *
ngx_chat_limit_merge_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_chat_limit_conf_t  *prev = parent;
    ngx_chat_limit_conf_t  *conf = child;

    ngx_uint_t  i;

    ngx_conf_merge_value(conf->headers, prev->headers, 0);
    ngx_conf_merge_ptr_value(conf->origins, prev->origins, NULL);

    if (conf->hsts == NGX_CONF_UNSET) {
        conf->hsts = prev->hsts == NGX_CONF_UNSET ? NGX_CHAT_HSTS : prev->hsts;
        conf->hsts_subdomains = prev->hsts_subdomains;
    }

    for (i = 0; i < NGX_CHAT_LIMITS; i++) {
        if (conf->limits[i].burst != NGX_CONF_UNSET_UINT) {
            continue;
        }

        conf->limits[i] = prev->limits[i].burst != NGX_CONF_UNSET_UINT
                          ? prev->limits[i] : ngx_chat_limit_classes[i].rate;
    }

    return NGX_CONF_OK;
}


/* what isn't said of a class is as it is by default */

static char *
ngx_chat_limit(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_chat_limit_conf_t  *lcf = conf;

    ngx_str_t        *value;
    ngx_uint_t        i, limit;
    ngx_chat_rate_t  *rate;

    value = cf->args->elts;

    limit = ngx_chat_limit_find(cf, &value[1]);
    if (limit == 0) {
        return NGX_CONF_ERROR;
    }

    rate = &lcf->limits[limit];

    if (rate->burst != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    *rate = ngx_chat_limit_classes[limit].rate;

    if (cf->args->nelts == 3 && ngx_strcmp(value[2].data, "off") == 0) {
        rate->each = 0;
        return NGX_CONF_OK;
    }

    for (i = 2; i < cf->args->nelts; i++) {

        if (ngx_chat_limit_parameter(&value[i], rate) != NGX_OK) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid parameter \"%V\" of \"chat_limit\": "
                               "write rate=Nr/s, rate=Nr/m or rate=Nr/h, "
                               "burst=N, dry_run, or off alone", &value[i]);
            return NGX_CONF_ERROR;
        }
    }

    if (rate->each * rate->burst > NGX_CHAT_LIMIT_LONGEST) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"chat_limit %V\" would remember for more than 30 "
                           "days: write a greater rate or a smaller burst",
                           &value[1]);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static ngx_uint_t
ngx_chat_limit_find(ngx_conf_t *cf, ngx_str_t *name)
{
    u_char              *p, *last, names[NGX_CHAT_LIMITS * 16];
    ngx_uint_t           i;
    const char *const   *known;

    known = ngx_chat_limit_names();
    p = names;
    last = names + sizeof(names);

    for (i = 1; i < NGX_CHAT_LIMITS; i++) {

        if (known[i] == NULL) {
            continue;
        }

        if (ngx_strcmp(name->data, known[i]) == 0) {
            return i;
        }

        p = ngx_slprintf(p, last, "%s%s", p == names ? "" : ", ", known[i]);
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "\"chat_limit\" knows no limit \"%V\": write one of "
                       "%*s", name, p - names, names);

    return 0;
}


static ngx_int_t
ngx_chat_limit_parameter(ngx_str_t *arg, ngx_chat_rate_t *rate)
{
    if (ngx_strcmp(arg->data, "dry_run") == 0) {
        rate->dry_run = 1;
        return NGX_OK;
    }

    if (ngx_chat_limit_rate(arg, &rate->each) == NGX_OK) {
        return NGX_OK;
    }

    return ngx_chat_conf_number(arg, "burst=", 1, NGX_CHAT_BURST_MAX,
                                &rate->burst);
}


static ngx_int_t
ngx_chat_limit_rate(ngx_str_t *arg, uint64_t *each)
{
    ngx_str_t   s;
    ngx_uint_t  n;

    s = *arg;

    if (s.len <= 8 || ngx_strncmp(s.data + s.len - 3, "r/", 2) != 0) {
        return NGX_DECLINED;
    }

    s.len -= 3;

    if (ngx_chat_conf_number(&s, "rate=", 1, NGX_CHAT_RATE_MAX, &n) != NGX_OK) {
        return NGX_DECLINED;
    }

    switch (s.data[s.len + 2]) {

    case 's':
        *each = 1000000ULL / n;
        return NGX_OK;

    case 'm':
        *each = 60 * 1000000ULL / n;
        return NGX_OK;

    case 'h':
        *each = 3600 * 1000000ULL / n;
        return NGX_OK;

    default:
        return NGX_DECLINED;
    }
}


static char *
ngx_chat_limit_hsts(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_chat_limit_conf_t  *lcf = conf;

    ngx_str_t  *value;

    if (lcf->hsts != NGX_CONF_UNSET) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "off") == 0) {
        lcf->hsts = 0;
        return NGX_CONF_OK;
    }

    lcf->hsts = ngx_parse_time(&value[1], 1);

    if (lcf->hsts == (time_t) NGX_ERROR || lcf->hsts < 1
        || (cf->args->nelts == 3
            && ngx_strcmp(value[2].data, "subdomains") != 0))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid parameter \"%V\" of \"chat_hsts\": write "
                           "a time such as 365d, perhaps with subdomains, or "
                           "off", &value[cf->args->nelts - 1]);
        return NGX_CONF_ERROR;
    }

    lcf->hsts_subdomains = cf->args->nelts == 3;

    return NGX_CONF_OK;
}


ngx_int_t
ngx_chat_conf_number(ngx_str_t *arg, const char *key, ngx_uint_t min,
    ngx_uint_t max, ngx_uint_t *n)
{
    size_t     len;
    ngx_int_t  value;

    len = ngx_strlen(key);

    if (arg->len <= len || ngx_strncmp(arg->data, key, len) != 0) {
        return NGX_DECLINED;
    }

    value = ngx_atoi(arg->data + len, arg->len - len);

    if (value == NGX_ERROR || (ngx_uint_t) value < min
        || (ngx_uint_t) value > max)
    {
        return NGX_DECLINED;
    }

    *n = value;

    return NGX_OK;
}
