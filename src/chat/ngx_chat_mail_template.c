/* What the mails say. */

#include "ngx_chat_mail.h"


#define NGX_CHAT_TEMPLATE_MAX       8192    /* bytes of a template's file */


static ngx_uint_t ngx_chat_mail_template_there(ngx_conf_t *cf, ngx_str_t *dir,
    const char *name);
static char *ngx_chat_mail_template_file(ngx_conf_t *cf, ngx_str_t *dir,
    const char *name, const char *part, ngx_str_t *out);
static ngx_int_t ngx_chat_mail_template_load(ngx_conf_t *cf, ngx_str_t *path,
    ngx_str_t *out);
static char *ngx_chat_mail_template_check(ngx_conf_t *cf, ngx_str_t *path,
    ngx_str_t *text, ngx_uint_t html);


void
ngx_chat_mail_vars(ngx_chat_mail_values_t *values,
    chat_template_var_t vars[NGX_CHAT_MAIL_VARS])
{
    vars[0].name = "code";
    vars[0].value = values->code;
    vars[1].name = "link";
    vars[1].value = values->link;
    vars[2].name = "minutes";
    vars[2].value = values->minutes;
    vars[3].name = "username";
    vars[3].value = values->username;
    vars[4].name = "display_name";
    vars[4].value = values->display_name;
    vars[5].name = "service";
    vars[5].value = values->service;
    vars[6].name = "time";
    vars[6].value = values->time;
    vars[7].name = "network";
    vars[7].value = values->network;
    vars[8].name = "device";
    vars[8].value = values->device;
    vars[9].name = "factor";
    vars[9].value = values->factor;
    vars[10].name = "days";
    vars[10].value = values->days;
}


ngx_int_t
ngx_chat_mail_template_find(ngx_str_t *name)
{
    ngx_int_t  i;

    for (i = 0; i < NGX_CHAT_MAIL_TEMPLATES; i++) {
        if (ngx_strlen(ngx_chat_mail_names[i]) == name->len
            && ngx_memcmp(ngx_chat_mail_names[i], name->data, name->len) == 0)
        {
            return i;
        }
    }

    return NGX_ERROR;
}


char *
ngx_chat_mail_templates_read(ngx_conf_t *cf, ngx_str_t *dir,
    ngx_chat_mail_template_t templates[NGX_CHAT_MAIL_TEMPLATES])
{
    ngx_uint_t                 i;
    ngx_chat_mail_template_t  *t;

    for (i = 0; i < NGX_CHAT_MAIL_TEMPLATES; i++) {
        t = &templates[i];
        *t = ngx_chat_mail_built_in[i];

        if (dir->len == 0 || i == NGX_CHAT_MAIL_TEST
            || (i > NGX_CHAT_MAIL_TEST
                && !ngx_chat_mail_template_there(cf, dir,
                                                 ngx_chat_mail_names[i])))
        {
            continue;
        }

        if (ngx_chat_mail_template_file(cf, dir, ngx_chat_mail_names[i],
                                        "subject", &t->subject)
            != NGX_CONF_OK
            || ngx_chat_mail_template_file(cf, dir, ngx_chat_mail_names[i],
                                           "txt", &t->text)
               != NGX_CONF_OK
            || ngx_chat_mail_template_file(cf, dir, ngx_chat_mail_names[i],
                                           "html", &t->html)
               != NGX_CONF_OK)
        {
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


/* a directory that was made for an earlier release has not all of them: those stay built in */

static ngx_uint_t
ngx_chat_mail_template_there(ngx_conf_t *cf, ngx_str_t *dir, const char *name)
{
    u_char           *path;
    ngx_uint_t        i;
    ngx_file_info_t   fi;

    static const char *const  parts[] = { "subject", "txt", "html" };

    path = ngx_pnalloc(cf->temp_pool,
                       dir->len + ngx_strlen(name) + sizeof("/.subject"));
    if (path == NULL) {
        return 1;
    }

    for (i = 0; i < sizeof(parts) / sizeof(char *); i++) {
        (void) ngx_sprintf(path, "%V/%s.%s%Z", dir, name, parts[i]);

        if (ngx_file_info(path, &fi) != NGX_FILE_ERROR) {
            return 1;
        }
    }

    return 0;
}


/* DIR/NAME.PART; the html part may be missing: then the mail is plain text */

static char *
ngx_chat_mail_template_file(ngx_conf_t *cf, ngx_str_t *dir, const char *name,
    const char *part, ngx_str_t *out)
{
    size_t      len;
    ngx_int_t   rc;
    ngx_str_t   path;
    ngx_uint_t  html, subject;

    html = ngx_strcmp(part, "html") == 0;
    subject = ngx_strcmp(part, "subject") == 0;

    len = dir->len + ngx_strlen(name) + ngx_strlen(part) + sizeof("/.");
    path.data = ngx_pnalloc(cf->pool, len);
    if (path.data == NULL) {
        return NGX_CONF_ERROR;
    }

    path.len = ngx_sprintf(path.data, "%V/%s.%s%Z", dir, name, part)
               - path.data - 1;

    rc = ngx_chat_mail_template_load(cf, &path, out);

    if (rc == NGX_DECLINED) {

        if (html) {
            ngx_str_null(out);
            return NGX_CONF_OK;
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           "\"chat_mail_templates\" can't open \"%V\": put it "
                           "there, readable for who starts nginx", &path);
        return NGX_CONF_ERROR;
    }

    if (rc != NGX_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"chat_mail_templates\" can't read \"%V\": it must "
                           "be a file of 1 to %d bytes", &path,
                           NGX_CHAT_TEMPLATE_MAX);
        return NGX_CONF_ERROR;
    }

    if (subject && ngx_strlchr(out->data, out->data + out->len, '\n')) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"chat_mail_templates\": the subject in \"%V\" "
                           "must be one line", &path);
        return NGX_CONF_ERROR;
    }

    return ngx_chat_mail_template_check(cf, &path, out, html);
}


/* NGX_DECLINED: there is none */

static ngx_int_t
ngx_chat_mail_template_load(ngx_conf_t *cf, ngx_str_t *path, ngx_str_t *out)
{
    ssize_t   n;
    u_char   *buf;
    ngx_fd_t  fd;

    fd = ngx_open_file(path->data, NGX_FILE_RDONLY, NGX_FILE_OPEN, 0);
    if (fd == NGX_INVALID_FILE) {
        return NGX_DECLINED;
    }

    buf = ngx_pnalloc(cf->pool, NGX_CHAT_TEMPLATE_MAX + 1);
    n = buf != NULL ? ngx_read_fd(fd, buf, NGX_CHAT_TEMPLATE_MAX + 1) : -1;

    if (ngx_close_file(fd) == NGX_FILE_ERROR) {
        ngx_conf_log_error(NGX_LOG_ALERT, cf, ngx_errno,
                           ngx_close_file_n " \"%V\" failed", path);
    }

    if (n <= 0 || n > NGX_CHAT_TEMPLATE_MAX) {
        return NGX_ERROR;
    }

    /* editors end the last line; a subject hasn't an end of line */

    while (n > 1 && (buf[n - 1] == '\n' || buf[n - 1] == '\r')) {
        n--;
    }

    out->data = buf;
    out->len = n;

    return NGX_OK;
}


/* expands it with values as long as they may be */

static char *
ngx_chat_mail_template_check(ngx_conf_t *cf, ngx_str_t *path, ngx_str_t *text,
    ngx_uint_t html)
{
    char                    *buf;
    const char              *error;
    chat_template_var_t      vars[NGX_CHAT_MAIL_VARS];
    ngx_chat_mail_values_t   values;

    ngx_memset(&values, 'x', sizeof(ngx_chat_mail_values_t));
    values.code[CHAT_CODE_LEN] = '\0';
    values.link[sizeof(values.link) - 1] = '\0';
    values.minutes[4] = '\0';
    values.username[CHAT_USERNAME_MAX] = '\0';
    values.display_name[CHAT_DISPLAY_NAME_MAX] = '\0';
    values.service[CHAT_DISPLAY_NAME_MAX] = '\0';
    values.time[sizeof(values.time) - 1] = '\0';
    values.network[sizeof(values.network) - 1] = '\0';
    values.device[CHAT_DEVICE_NAME_MAX] = '\0';
    values.factor[sizeof(values.factor) - 1] = '\0';
    values.days[4] = '\0';
    ngx_chat_mail_vars(&values, vars);

    buf = ngx_palloc(cf->temp_pool, NGX_CHAT_MAIL_BODY);
    if (buf == NULL) {
        return NGX_CONF_ERROR;
    }

    error = NULL;

    if (chat_template_expand((char *) text->data, text->len, vars,
                             NGX_CHAT_MAIL_VARS, html, buf,
                             NGX_CHAT_MAIL_BODY, &error)
        < 0)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"chat_mail_templates\": \"%V\": %s; "
                           "placeholders are {{code}}, {{link}}, {{minutes}}, "
                           "{{days}}, {{username}}, {{display_name}}, "
                           "{{service}}, {{time}}, {{network}}, {{device}} "
                           "and {{factor}}",
                           path, error);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}
