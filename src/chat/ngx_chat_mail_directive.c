/* chat_mail smtp://[user@]host[:port] from=… [name=…] [password_file=…] [ca=…] [tls=…] [timeout=…] */

#include <ngx_http.h>

#include "ngx_chat_mail.h"


#define NGX_CHAT_MAIL_PORT          25
#define NGX_CHAT_MAIL_TIMEOUT       10000   /* ms, over one whole mail */
#define NGX_CHAT_MAIL_TIMEOUT_MIN   1000
#define NGX_CHAT_MAIL_TIMEOUT_MAX   60000
#define NGX_CHAT_MAIL_PASSWORD_MAX  255     /* bytes */
#define NGX_CHAT_MAIL_NAME_MAX      64      /* characters */

#define ngx_chat_mail_is(arg, key)                                            \
    (ngx_strncmp((arg)->data, key, sizeof(key) - 1) == 0)


static char *ngx_chat_mail_url(ngx_conf_t *cf,
    ngx_chat_verify_main_conf_t *conf, ngx_str_t *url);
static char *ngx_chat_mail_host(ngx_conf_t *cf,
    ngx_chat_verify_main_conf_t *conf, u_char *p, u_char *last);
static char *ngx_chat_mail_option(ngx_conf_t *cf,
    ngx_chat_verify_main_conf_t *conf, ngx_str_t *arg);
static char *ngx_chat_mail_password(ngx_conf_t *cf,
    ngx_chat_verify_main_conf_t *conf, ngx_str_t *name);
static ngx_uint_t ngx_chat_mail_loopback(const char *host);


char *
ngx_chat_mail_directive(ngx_conf_t *cf, ngx_command_t *cmd, void *data)
{
    ngx_chat_mail_conf_t  *mcf = data;

    char                         *rv;
    ngx_str_t                    *value;
    ngx_uint_t                    i;
    ngx_chat_verify_main_conf_t  *conf;

    conf = &mcf->main;

    if (conf->configured) {
        return "is duplicate";
    }

    value = cf->args->elts;

    conf->configured = 1;
    conf->server.port = NGX_CHAT_MAIL_PORT;
    conf->server.timeout_ms = NGX_CHAT_MAIL_TIMEOUT;

    rv = ngx_chat_mail_url(cf, conf, &value[1]);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    conf->server.tls = ngx_chat_mail_loopback(conf->server.host)
                       ? CHAT_SMTP_TLS_OFF : CHAT_SMTP_TLS_REQUIRED;

    for (i = 2; i < cf->args->nelts; i++) {
        rv = ngx_chat_mail_option(cf, conf, &value[i]);
        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    if (conf->from.len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"chat_mail\" needs from=ADDRESS, the sender of "
                           "its mails");
        return NGX_CONF_ERROR;
    }

    if ((conf->server.user == NULL) != (conf->server.password == NULL)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"chat_mail\" needs both smtp://USER@host and "
                           "password_file=FILE to sign in, or neither");
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_chat_mail_url(ngx_conf_t *cf, ngx_chat_verify_main_conf_t *conf,
    ngx_str_t *url)
{
    u_char  *p, *last, *at, *q;

    p = url->data;
    last = p + url->len;

    if (ngx_strncmp(p, "smtp://", 7) != 0) {
        goto invalid;
    }

    p += 7;
    at = NULL;

    for (q = p; q < last; q++) {
        if (*q <= ' ' || *q >= 0x7f || *q == '/') {
            goto invalid;
        }

        if (*q == '@') {
            at = q;
        }
    }

    if (at != NULL) {

        if (at == p || at - p > NGX_CHAT_MAIL_PASSWORD_MAX
            || ngx_strlchr(p, at, ':') != NULL)
        {
            goto invalid;
        }

        *at = '\0';
        conf->server.user = (char *) p;
        p = at + 1;
    }

    if (ngx_chat_mail_host(cf, conf, p, last) == NGX_CONF_OK) {
        return NGX_CONF_OK;
    }

invalid:

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid address in \"chat_mail\": write "
                       "smtp://host:port or smtp://user@host:port; the "
                       "password goes into password_file=FILE");
    return NGX_CONF_ERROR;
}


static char *
ngx_chat_mail_host(ngx_conf_t *cf, ngx_chat_verify_main_conf_t *conf,
    u_char *p, u_char *last)
{
    u_char     *end, *port;
    ngx_int_t   n;

    if (p < last && *p == '[') {
        p++;
        end = ngx_strlchr(p, last, ']');
        port = end != NULL ? end + 1 : NULL;

    } else {
        end = ngx_strlchr(p, last, ':');

        if (end == NULL) {
            end = last;
        }

        port = end;
    }

    if (end == NULL || end == p || end - p > CHAT_EMAIL_MAX) {
        return NGX_CONF_ERROR;
    }

    if (port != last) {

        if (*port != ':') {
            return NGX_CONF_ERROR;
        }

        n = ngx_atoi(port + 1, last - port - 1);

        if (n < 1 || n > 65535) {
            return NGX_CONF_ERROR;
        }

        conf->server.port = n;
    }

    conf->server.host = (char *) ngx_pnalloc(cf->pool, end - p + 1);
    if (conf->server.host == NULL) {
        return NGX_CONF_ERROR;
    }

    (void) ngx_cpystrn((u_char *) conf->server.host, p, end - p + 1);

    return NGX_CONF_OK;
}


static char *
ngx_chat_mail_option(ngx_conf_t *cf, ngx_chat_verify_main_conf_t *conf,
    ngx_str_t *arg)
{
    ngx_int_t        n;
    ngx_str_t        s;
    ngx_file_info_t  fi;

    s.data = ngx_strlchr(arg->data, arg->data + arg->len, '=');

    if (s.data == NULL) {
        goto invalid;
    }

    s.data++;
    s.len = arg->data + arg->len - s.data;

    if (ngx_chat_mail_is(arg, "from=")) {
        if (chat_valid_email((char *) s.data, s.len) != 0) {
            goto invalid;
        }

        conf->from = s;
        return NGX_CONF_OK;
    }

    if (ngx_chat_mail_is(arg, "name=")) {
        if (chat_valid_name((char *) s.data, s.len, NGX_CHAT_MAIL_NAME_MAX)
            != 0)
        {
            goto invalid;
        }

        conf->from_name = s;
        return NGX_CONF_OK;
    }

    if (ngx_chat_mail_is(arg, "password_file=")) {
        return ngx_chat_mail_password(cf, conf, &s);
    }

    if (ngx_chat_mail_is(arg, "ca=")) {
        if (ngx_conf_full_name(cf->cycle, &s, 1) != NGX_OK) {
            return NGX_CONF_ERROR;
        }

        if (ngx_file_info(s.data, &fi) == NGX_FILE_ERROR) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                               "\"chat_mail\" can't read ca=\"%V\": name a "
                               "file of PEM certificates", &s);
            return NGX_CONF_ERROR;
        }

        conf->server.ca_file = (char *) s.data;
        return NGX_CONF_OK;
    }

    if (ngx_chat_mail_is(arg, "tls=")) {
        if (ngx_strcmp(s.data, "off") == 0) {
            conf->server.tls = CHAT_SMTP_TLS_OFF;
            return NGX_CONF_OK;
        }

        if (ngx_strcmp(s.data, "required") == 0) {
            conf->server.tls = CHAT_SMTP_TLS_REQUIRED;
            return NGX_CONF_OK;
        }

        goto invalid;
    }

    if (ngx_chat_mail_is(arg, "timeout=")) {
        n = ngx_parse_time(&s, 0);

        if (n >= NGX_CHAT_MAIL_TIMEOUT_MIN && n <= NGX_CHAT_MAIL_TIMEOUT_MAX) {
            conf->server.timeout_ms = n;
            return NGX_CONF_OK;
        }
    }

invalid:

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid parameter \"%V\" of \"chat_mail\": write "
                       "from=ADDRESS, name=TEXT, password_file=FILE, ca=FILE, "
                       "tls=off or required, timeout=1s to 60s", arg);
    return NGX_CONF_ERROR;
}


void
ngx_chat_mail_service(ngx_chat_mail_conf_t *conf, ngx_str_t *name,
    ngx_uint_t of_http)
{
    if (of_http || conf->service.len == 0) {
        conf->service = *name;
    }
}


/* read by the master, which may read what workers may not */

static char *
ngx_chat_mail_password(ngx_conf_t *cf, ngx_chat_verify_main_conf_t *conf,
    ngx_str_t *name)
{
    u_char    *buf;
    ssize_t    n;
    ngx_fd_t   fd;

    if (ngx_conf_full_name(cf->cycle, name, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    fd = ngx_open_file(name->data, NGX_FILE_RDONLY, NGX_FILE_OPEN, 0);

    if (fd == NGX_INVALID_FILE) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           "\"chat_mail\" can't read password_file=\"%V\": "
                           "make it readable for who starts nginx", name);
        return NGX_CONF_ERROR;
    }

    buf = ngx_pnalloc(cf->pool, NGX_CHAT_MAIL_PASSWORD_MAX + 2);
    n = buf != NULL ? ngx_read_fd(fd, buf, NGX_CHAT_MAIL_PASSWORD_MAX + 2)
                    : -1;

    if (ngx_close_file(fd) == NGX_FILE_ERROR) {
        ngx_conf_log_error(NGX_LOG_ALERT, cf, ngx_errno,
                           ngx_close_file_n " \"%V\" failed", name);
    }

    while (n > 0 && (buf[n - 1] == '\n' || buf[n - 1] == '\r')) {
        n--;
    }

    if (n <= 0 || n > NGX_CHAT_MAIL_PASSWORD_MAX) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"chat_mail\": password_file=\"%V\" must hold one "
                           "password of 1 to %d bytes", name,
                           NGX_CHAT_MAIL_PASSWORD_MAX);
        return NGX_CONF_ERROR;
    }

    buf[n] = '\0';
    conf->server.password = (char *) buf;

    return NGX_CONF_OK;
}


static ngx_uint_t
ngx_chat_mail_loopback(const char *host)
{
    return ngx_strcmp(host, "localhost") == 0 || ngx_strcmp(host, "::1") == 0
           || ngx_strncmp(host, "127.", 4) == 0;
}
