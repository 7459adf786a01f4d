/* One mail as a job: made from its row and template, sent in a thread. */

#include "ngx_chat_mail.h"
#include "chat_json.h"


static ngx_int_t ngx_chat_mail_make(ngx_chat_mail_job_t *job,
    ngx_chat_mail_conf_t *conf, ngx_str_t *name, ngx_str_t *to,
    ngx_str_t *params);
static ngx_int_t ngx_chat_mail_values(ngx_chat_mail_values_t *v,
    ngx_chat_mail_conf_t *conf, ngx_str_t *params);
static ngx_int_t ngx_chat_mail_value(chat_json_t *json, const char *name,
    char *out, size_t size);
static ngx_int_t ngx_chat_mail_expand(ngx_chat_mail_job_t *job,
    ngx_chat_mail_template_t *t, ngx_chat_mail_values_t *v);
static void ngx_chat_mail_server(ngx_chat_mail_job_t *job,
    ngx_chat_verify_main_conf_t *conf);
static char *ngx_chat_mail_copy(char *out, size_t size, const char *s);


void
ngx_chat_mail_prepare(ngx_chat_mail_job_t *job, ngx_chat_mail_conf_t *conf,
    ngx_str_t *name, ngx_str_t *to, ngx_str_t *params)
{
    if (ngx_chat_mail_make(job, conf, name, to, params) != NGX_OK) {

        /* it runs all the same, so that it ends in one way */

        job->verdict = CHAT_SMTP_REFUSED;
        (void) ngx_chat_mail_copy(job->error, sizeof(job->error),
                                  "the mail can't be made from its template");
    }
}


static ngx_int_t
ngx_chat_mail_make(ngx_chat_mail_job_t *job, ngx_chat_mail_conf_t *conf,
    ngx_str_t *name, ngx_str_t *to, ngx_str_t *params)
{
    u_char                  *p;
    ngx_int_t                i, rc;
    ngx_chat_mail_values_t   values;

    i = ngx_chat_mail_template_find(name);

    if (i == NGX_ERROR || to->len >= sizeof(job->to)
        || chat_valid_email((char *) to->data, to->len) != 0)
    {
        return NGX_ERROR;
    }

    (void) ngx_cpystrn((u_char *) job->to, to->data, to->len + 1);
    job->mail.to = job->to;

    ngx_chat_mail_server(job, &conf->main);

    p = ngx_strlchr(conf->main.from.data,
                    conf->main.from.data + conf->main.from.len, '@');

    /*
     * The same at each attempt: where a server took a mail and its answer was
     * lost, the mailbox can tell that the second is the first.
     */

    (void) ngx_snprintf((u_char *) job->message_id,
                        sizeof(job->message_id) - 1, "%L.%xL%s%Z", job->id,
                        job->created, p != NULL ? (char *) p : "");
    job->mail.message_id = job->message_id;
    job->mail.date = ngx_time();

    rc = ngx_chat_mail_values(&values, conf, params);

    if (rc == NGX_OK) {
        rc = ngx_chat_mail_expand(job, &conf->templates[i], &values);
    }

    chat_wipe(&values, sizeof(ngx_chat_mail_values_t));

    return rc;
}


static ngx_int_t
ngx_chat_mail_values(ngx_chat_mail_values_t *v, ngx_chat_mail_conf_t *conf,
    ngx_str_t *params)
{
    char          link[128];
    ngx_int_t     rc;
    const char   *error;
    chat_json_t  *json;

    ngx_memzero(v, sizeof(ngx_chat_mail_values_t));

    json = chat_json_parse((char *) params->data, params->len, &error);
    if (json == NULL) {
        return NGX_ERROR;
    }

    link[0] = '\0';

    rc = ngx_chat_mail_value(json, "code", v->code, sizeof(v->code));
    rc |= ngx_chat_mail_value(json, "link", link, sizeof(link));
    rc |= ngx_chat_mail_value(json, "minutes", v->minutes, sizeof(v->minutes));
    rc |= ngx_chat_mail_value(json, "username", v->username,
                              sizeof(v->username));
    rc |= ngx_chat_mail_value(json, "display_name", v->display_name,
                              sizeof(v->display_name));
    rc |= ngx_chat_mail_value(json, "time", v->time, sizeof(v->time));
    rc |= ngx_chat_mail_value(json, "network", v->network,
                              sizeof(v->network));
    rc |= ngx_chat_mail_value(json, "device", v->device, sizeof(v->device));
    rc |= ngx_chat_mail_value(json, "factor", v->factor, sizeof(v->factor));
    rc |= ngx_chat_mail_value(json, "days", v->days, sizeof(v->days));

    chat_json_free(json);

    /* behind '#': neither servers nor their logs see it */

    if (link[0]) {
        (void) ngx_snprintf((u_char *) v->link, sizeof(v->link) - 1,
                            "%V/verify.html#%s",
                            &conf->main.public_url, link);
    }

    (void) ngx_snprintf((u_char *) v->service, sizeof(v->service) - 1, "%V",
                        &conf->service);
    chat_wipe(link, sizeof(link));

    return rc == NGX_OK ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_chat_mail_value(chat_json_t *json, const char *name, char *out,
    size_t size)
{
    size_t        len;
    const char   *s;
    chat_json_t  *value;

    value = chat_json_get(json, name);

    if (value == NULL) {
        return NGX_OK;
    }

    if (chat_json_type(value) == CHAT_JSON_INTEGER) {
        (void) ngx_snprintf((u_char *) out, size - 1, "%L",
                            chat_json_integer(value));
        return NGX_OK;
    }

    if (chat_json_type(value) != CHAT_JSON_STRING) {
        return NGX_ERROR;
    }

    s = chat_json_string(value, &len);

    if (len >= size) {
        return NGX_ERROR;
    }

    ngx_memcpy(out, s, len);
    out[len] = '\0';

    return NGX_OK;
}


static ngx_int_t
ngx_chat_mail_expand(ngx_chat_mail_job_t *job, ngx_chat_mail_template_t *t,
    ngx_chat_mail_values_t *v)
{
    const char           *error;
    chat_template_var_t   vars[NGX_CHAT_MAIL_VARS];

    ngx_chat_mail_vars(v, vars);

    if (chat_template_expand((char *) t->subject.data, t->subject.len, vars,
                             NGX_CHAT_MAIL_VARS, 0, job->subject,
                             sizeof(job->subject), &error)
        < 0
        || chat_template_expand((char *) t->text.data, t->text.len, vars,
                                NGX_CHAT_MAIL_VARS, 0, job->text,
                                sizeof(job->text), &error)
           < 0)
    {
        return NGX_ERROR;
    }

    job->mail.subject = job->subject;
    job->mail.text = job->text;

    if (t->html.len == 0) {
        return NGX_OK;
    }

    if (chat_template_expand((char *) t->html.data, t->html.len, vars,
                             NGX_CHAT_MAIL_VARS, 1, job->html,
                             sizeof(job->html), &error)
        < 0)
    {
        return NGX_ERROR;
    }

    job->mail.html = job->html;

    return NGX_OK;
}


static void
ngx_chat_mail_server(ngx_chat_mail_job_t *job,
    ngx_chat_verify_main_conf_t *conf)
{
    job->server = conf->server;

    job->server.host = ngx_chat_mail_copy(job->host, sizeof(job->host),
                                          conf->server.host);
    job->server.ca_file = ngx_chat_mail_copy(job->ca_file,
                                             sizeof(job->ca_file),
                                             conf->server.ca_file);
    job->server.user = ngx_chat_mail_copy(job->user, sizeof(job->user),
                                          conf->server.user);
    job->server.password = ngx_chat_mail_copy(job->password,
                                              sizeof(job->password),
                                              conf->server.password);
    job->mail.from = ngx_chat_mail_copy(job->from, sizeof(job->from),
                                        (char *) conf->from.data);
    job->mail.from_name = ngx_chat_mail_copy(job->from_name,
                                             sizeof(job->from_name),
                                             (char *) conf->from_name.data);
}


/* NULL stays NULL; directives bound what they took */

static char *
ngx_chat_mail_copy(char *out, size_t size, const char *s)
{
    if (s == NULL) {
        return NULL;
    }

    (void) ngx_cpystrn((u_char *) out, (u_char *) s, size);

    return out;
}


void
ngx_chat_mail_send(void *data)
{
    ngx_chat_mail_job_t  *job = data;

    if (job->error[0]) {
        return;
    }

    job->verdict = chat_smtp_send(&job->server, &job->mail, job->error,
                                  sizeof(job->error));
}
