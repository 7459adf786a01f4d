/* The directives of second factors, and the registration of their operations. */

#include <ngx_http.h>

#include "ngx_chat_factor.h"
#include "ngx_chat_rows.h"


#define NGX_CHAT_SEAL_HEX           (2 * CHAT_SEAL_KEY_LEN)
#define NGX_CHAT_SEAL_USE           "one-time passwords"


static ngx_int_t ngx_chat_factor_register(ngx_conf_t *cf);
static void *ngx_chat_factor_create_main_conf(ngx_conf_t *cf);
static void ngx_chat_factor_keys_wipe(void *data);
static void *ngx_chat_factor_create_conf(ngx_conf_t *cf);
static char *ngx_chat_factor_merge_conf(ngx_conf_t *cf, void *parent,
    void *child);
static char *ngx_chat_factor_guess(ngx_conf_t *cf,
    ngx_chat_factor_conf_t *conf);
static char *ngx_chat_factor_passkey_set(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static ngx_uint_t ngx_chat_factor_domain(ngx_str_t *s);
static ngx_uint_t ngx_chat_factor_origin(ngx_str_t *s);
static char *ngx_chat_factor_totp_set(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_chat_factor_key_read(ngx_conf_t *cf, ngx_str_t *name,
    chat_seal_key_t *key);


static ngx_command_t  ngx_chat_factor_commands[] = {

    { ngx_string("chat_passkey"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_chat_factor_passkey_set,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("chat_totp"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_1MORE,
      ngx_chat_factor_totp_set,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_chat_factor_module_ctx = {
    ngx_chat_factor_register,              /* preconfiguration */
    NULL,                                  /* postconfiguration */

    ngx_chat_factor_create_main_conf,      /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_chat_factor_create_conf,           /* create location configuration */
    ngx_chat_factor_merge_conf             /* merge location configuration */
};


ngx_module_t  ngx_chat_factor_module = {
    NGX_MODULE_V1,
    &ngx_chat_factor_module_ctx,           /* module context */
    ngx_chat_factor_commands,              /* module directives */
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


ngx_chat_factor_conf_t *
ngx_chat_factor_conf(ngx_chat_call_t *call)
{
    return call->loc_conf[ngx_chat_factor_module.ctx_index];
}


/*
 * The database's own key is the last, and the only one without the directive: then secrets are
 * only as safe as the whole database is.
 */

ngx_uint_t
ngx_chat_factor_keys(ngx_chat_call_t *call,
    chat_seal_key_t keys[CHAT_SEAL_KEYS + 1])
{
    ngx_chat_factor_main_conf_t  *conf;

    if (!ngx_chat_pg_state()->ready) {
        return 0;
    }

    conf = ngx_http_cycle_get_module_main_conf(ngx_cycle,
                                               ngx_chat_factor_module);

    ngx_memcpy(keys, conf->keys, conf->nkeys * sizeof(chat_seal_key_t));
    chat_seal_key_derive(ngx_chat_pg_state()->key, NGX_CHAT_SEAL_USE,
                         &keys[conf->nkeys]);

    return conf->nkeys + 1;
}


static ngx_int_t
ngx_chat_factor_register(ngx_conf_t *cf)
{
    if (ngx_chat_ops_register(ngx_chat_factor_ops) != NGX_OK
        || ngx_chat_ops_register(ngx_chat_passkey_ops) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


static void *
ngx_chat_factor_create_main_conf(ngx_conf_t *cf)
{
    ngx_pool_cleanup_t           *cln;
    ngx_chat_factor_main_conf_t  *conf;

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    conf = ngx_pcalloc(cf->pool, sizeof(ngx_chat_factor_main_conf_t));

    if (cln == NULL || conf == NULL) {
        return NULL;
    }

    cln->handler = ngx_chat_factor_keys_wipe;
    cln->data = conf;

    return conf;
}


/* a configuration that a reload ended leaves no key behind */

static void
ngx_chat_factor_keys_wipe(void *data)
{
    ngx_chat_factor_main_conf_t  *conf = data;

    chat_wipe(conf->keys, sizeof(conf->keys));
}


static void *
ngx_chat_factor_create_conf(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_chat_factor_conf_t));
}


static char *
ngx_chat_factor_merge_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_chat_factor_conf_t  *prev = parent;
    ngx_chat_factor_conf_t  *conf = child;

    if (conf->rp.id == NULL && prev->rp.id == NULL
        && ngx_chat_factor_guess(cf, prev) != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (conf->rp.id == NULL) {
        *conf = *prev;
        conf->rp.origins = conf->origins;
    }

    return NGX_CONF_OK;
}


/* where the web pages are is what chat_public_url says; without it there are no passkeys */

static char *
ngx_chat_factor_guess(ngx_conf_t *cf, ngx_chat_factor_conf_t *conf)
{
    u_char                       *p, *host, *last, *end;
    ngx_str_t                     origin, domain;
    ngx_chat_verify_main_conf_t  *verify;

    verify = ngx_http_conf_get_module_main_conf(cf, ngx_chat_verify_module);
    conf->rp.id = "";
    conf->rp.n = 0;

    if (verify->public_url.len == 0) {
        return NGX_CONF_OK;
    }

    p = ngx_pnalloc(cf->pool, 2 * (verify->public_url.len + 1));

    if (p == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_strlow(p, verify->public_url.data, verify->public_url.len);
    last = p + verify->public_url.len;
    host = ngx_strlchr(p, last, ':') + sizeof("//");

    for (end = host; end < last && *end != '/'; end++) { /* void */ }

    /* browsers leave the port out where it is the scheme's own */

    if (end - host > 4 && ngx_strncmp(p, "https:", 6) == 0
        && ngx_strncmp(end - 4, ":443", 4) == 0)
    {
        end -= 4;

    } else if (end - host > 3 && ngx_strncmp(p, "http:", 5) == 0
               && ngx_strncmp(end - 3, ":80", 3) == 0)
    {
        end -= 3;
    }

    *end = '\0';
    origin.data = p;
    origin.len = end - p;

    domain.data = p + verify->public_url.len + 1;
    domain.len = ngx_strlchr(host, end, ':') != NULL
                 ? (size_t) (ngx_strlchr(host, end, ':') - host)
                 : (size_t) (end - host);
    ngx_memcpy(domain.data, host, domain.len);
    domain.data[domain.len] = '\0';

    if (ngx_chat_factor_domain(&domain) && ngx_chat_factor_origin(&origin)) {
        conf->rp.id = (char *) domain.data;
        conf->origins[0] = (char *) origin.data;
        conf->rp.origins = conf->origins;
        conf->rp.n = 1;
    }

    return NGX_CONF_OK;
}


static char *
ngx_chat_factor_passkey_set(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_chat_factor_conf_t  *fcf = conf;

    ngx_str_t   *value, s;
    ngx_uint_t   i;

    if (fcf->rp.id != NULL) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "off") == 0) {
        fcf->rp.id = "";
        return NGX_CONF_OK;
    }

    for (i = 1; i < cf->args->nelts; i++) {

        s = value[i];

        if (s.len > 6 && ngx_strncmp(s.data, "rp_id=", 6) == 0) {
            s.data += 6;
            s.len -= 6;

            if (fcf->rp.id == NULL && ngx_chat_factor_domain(&s)) {
                fcf->rp.id = (char *) s.data;
                continue;
            }

        } else if (s.len > 7 && ngx_strncmp(s.data, "origin=", 7) == 0) {
            s.data += 7;
            s.len -= 7;

            if (fcf->rp.n < NGX_CHAT_PASSKEY_ORIGINS
                && ngx_chat_factor_origin(&s))
            {
                fcf->origins[fcf->rp.n++] = (char *) s.data;
                continue;
            }
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid parameter \"%V\" of \"chat_passkey\": "
                           "write rp_id=DOMAIN once and origin=https://HOST "
                           "1 to %d times, all in lower case, or off",
                           &value[i], NGX_CHAT_PASSKEY_ORIGINS);
        return NGX_CONF_ERROR;
    }

    if (fcf->rp.id == NULL || fcf->rp.n == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"chat_passkey\" needs rp_id=DOMAIN and "
                           "origin=https://HOST");
        return NGX_CONF_ERROR;
    }

    fcf->rp.origins = fcf->origins;

    return NGX_CONF_OK;
}


/* browsers take names, no addresses */

static ngx_uint_t
ngx_chat_factor_domain(ngx_str_t *s)
{
    u_char      c;
    ngx_uint_t  i, letters;

    letters = 0;

    for (i = 0; i < s->len; i++) {
        c = s->data[i];
        letters += c >= 'a' && c <= 'z';

        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'
              || (c == '.' && i > 0 && s->data[i - 1] != '.')))
        {
            return 0;
        }
    }

    return letters > 0 && s->len <= CHAT_WEBAUTHN_RP_MAX
           && s->data[s->len - 1] != '.';
}


/* https, or http on the machine itself: no other page can make passkeys */

static ngx_uint_t
ngx_chat_factor_origin(ngx_str_t *s)
{
    u_char     *p, *last, *host;
    ngx_str_t   domain;

    last = s->data + s->len;

    if (s->len > 8 && ngx_strncmp(s->data, "https://", 8) == 0) {
        host = s->data + 8;

    } else if (s->len >= 16
               && ngx_strncmp(s->data, "http://localhost", 16) == 0
               && (s->len == 16 || s->data[16] == ':'))
    {
        host = s->data + 7;

    } else {
        return 0;
    }

    p = ngx_strlchr(host, last, ':');
    domain.data = host;
    domain.len = (p != NULL ? p : last) - host;

    return ngx_chat_factor_domain(&domain)
           && (p == NULL
               || (last - p > 1 && last - p <= 6
                   && ngx_atoi(p + 1, last - p - 1) > 0));
}


static char *
ngx_chat_factor_totp_set(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_chat_factor_main_conf_t  *fcf = conf;

    ngx_str_t   *value, s;
    ngx_uint_t   i;

    if (fcf->nkeys) {
        return "is duplicate";
    }

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {

        s = value[i];

        if (s.len > 9 && ngx_strncmp(s.data, "key=file:", 9) == 0
            && fcf->nkeys < CHAT_SEAL_KEYS)
        {
            s.data += 9;
            s.len -= 9;

            if (ngx_chat_factor_key_read(cf, &s, &fcf->keys[fcf->nkeys])
                != NGX_CONF_OK)
            {
                return NGX_CONF_ERROR;
            }

            fcf->nkeys++;
            continue;
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid parameter \"%V\" of \"chat_totp\": write "
                           "key=file:PATH, the newest first, at most %d",
                           &value[i], CHAT_SEAL_KEYS);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* read by the master, which may read what workers may not */

static char *
ngx_chat_factor_key_read(ngx_conf_t *cf, ngx_str_t *name, chat_seal_key_t *key)
{
    u_char      buf[NGX_CHAT_SEAL_HEX + 2], bytes[CHAT_SEAL_KEY_LEN];
    ssize_t     n;
    ngx_fd_t    fd;
    ngx_int_t   b;
    ngx_uint_t  i;

    if (chat_secret_init() != 0
        || ngx_conf_full_name(cf->cycle, name, 1) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    fd = ngx_open_file(name->data, NGX_FILE_RDONLY, NGX_FILE_OPEN, 0);

    if (fd == NGX_INVALID_FILE) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           "\"chat_totp\" can't read key=file:\"%V\": make it "
                           "readable for who starts nginx", name);
        return NGX_CONF_ERROR;
    }

    n = ngx_read_fd(fd, buf, sizeof(buf));

    if (ngx_close_file(fd) == NGX_FILE_ERROR) {
        ngx_conf_log_error(NGX_LOG_ALERT, cf, ngx_errno,
                           ngx_close_file_n " \"%V\" failed", name);
    }

    while (n > 0 && (buf[n - 1] == '\n' || buf[n - 1] == '\r')) {
        n--;
    }

    b = n == NGX_CHAT_SEAL_HEX ? 0 : NGX_ERROR;

    for (i = 0; i < CHAT_SEAL_KEY_LEN && b != NGX_ERROR; i++) {
        b = ngx_hextoi(&buf[2 * i], 2);
        bytes[i] = (u_char) b;
    }

    if (b == NGX_ERROR) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"chat_totp\": key=file:\"%V\" must hold %d hex "
                           "digits, as \"openssl rand -hex %d\" writes them",
                           name, NGX_CHAT_SEAL_HEX, CHAT_SEAL_KEY_LEN);
        return NGX_CONF_ERROR;
    }

    chat_seal_key(bytes, key);
    chat_wipe(bytes, sizeof(bytes));
    chat_wipe(buf, sizeof(buf));

    return NGX_CONF_OK;
}
