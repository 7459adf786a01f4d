/* The outbox's worker; not for transports. */

#ifndef NGX_CHAT_MAIL_H
#define NGX_CHAT_MAIL_H

#include "ngx_chat.h"
#include "chat_template.h"
#include "chat_valid.h"

/* what the mails say: built in, or of files read at configuration */
typedef enum {
    NGX_CHAT_MAIL_VERIFY = 0,
    NGX_CHAT_MAIL_EXISTS,
    NGX_CHAT_MAIL_TEST,
    NGX_CHAT_MAIL_PASSWORD_RESET,
    NGX_CHAT_MAIL_PASSWORD_CHANGED,
    NGX_CHAT_MAIL_EMAIL_CHANGE,
    NGX_CHAT_MAIL_EMAIL_TAKEN,
    NGX_CHAT_MAIL_EMAIL_CHANGED,
    NGX_CHAT_MAIL_EMAIL_REVERTED,
    NGX_CHAT_MAIL_NEW_DEVICE,
    NGX_CHAT_MAIL_FACTOR_ADDED,
    NGX_CHAT_MAIL_FACTOR_REMOVED,
    NGX_CHAT_MAIL_BACKUP_CODE_USED,
    NGX_CHAT_MAIL_MANY_FAILURES,
    NGX_CHAT_MAIL_NEW_NETWORK,
    NGX_CHAT_MAIL_KEY_PACKAGE_BURST,
    NGX_CHAT_MAIL_DELETION,
    NGX_CHAT_MAIL_TEMPLATES
} ngx_chat_mail_template_e;

typedef struct {
    ngx_str_t           subject;        /* one line */
    ngx_str_t           text;
    ngx_str_t           html;           /* or empty */
} ngx_chat_mail_template_t;

/* of ngx_chat_verify_module: what all may read, then what is the mails' own */
typedef struct {
    ngx_chat_verify_main_conf_t  main;
    ngx_str_t                    service;   /* see ngx_chat_mail_service() */
    ngx_uint_t                   guessed_url;   /* chat_public_url isn't set */
    ngx_chat_mail_template_t     templates[NGX_CHAT_MAIL_TEMPLATES];
} ngx_chat_mail_conf_t;

#define NGX_CHAT_MAIL_SUBJECT       256     /* bytes of an expanded subject */
#define NGX_CHAT_MAIL_BODY          16384   /* of an expanded text or html */
#define NGX_CHAT_MAIL_VARS          11

#define NGX_CHAT_SERVICE            "ngx_chat"  /* without a "chat_name" */

/* what a mail's placeholders stand for, in chat_template.h's form */
typedef struct {
    char                code[16];
    char                link[768];
    char                minutes[16];
    char                username[CHAT_USERNAME_MAX + 1];
    char                display_name[CHAT_DISPLAY_NAME_MAX * 4 + 1];
    char                service[CHAT_DISPLAY_NAME_MAX * 4 + 1];
    char                time[32];
    char                network[64];
    char                device[CHAT_DEVICE_NAME_MAX * 4 + 1];
    char                factor[CHAT_DEVICE_NAME_MAX * 4 + 32];   /* the passkey "NAME" */
    char                days[16];
} ngx_chat_mail_values_t;

void ngx_chat_mail_vars(ngx_chat_mail_values_t *values,
    chat_template_var_t vars[NGX_CHAT_MAIL_VARS]);

extern const char  *const ngx_chat_mail_names[NGX_CHAT_MAIL_TEMPLATES];
extern const ngx_chat_mail_template_t
    ngx_chat_mail_built_in[NGX_CHAT_MAIL_TEMPLATES];

/* by the outbox's name; NGX_ERROR: no such */
ngx_int_t ngx_chat_mail_template_find(ngx_str_t *name);

/* all of them: the built-in ones, with those of the directory (terminated; empty: none) in their place */
char *ngx_chat_mail_templates_read(ngx_conf_t *cf, ngx_str_t *dir,
    ngx_chat_mail_template_t templates[NGX_CHAT_MAIL_TEMPLATES]);

#define NGX_CHAT_MAIL_ERROR         512
#define NGX_CHAT_MAIL_STRING        256
#define NGX_CHAT_MAIL_TO            (CHAT_EMAIL_MAX + 1)

/* owns all that its thread reads */
typedef struct {
    int64_t                 id;
    int64_t                 created;        /* microseconds since 1970 */
    chat_smtp_server_t      server;
    chat_smtp_mail_t        mail;
    chat_smtp_verdict_t     verdict;
    char                    error[NGX_CHAT_MAIL_ERROR];

    char                    host[NGX_CHAT_MAIL_STRING];
    char                    ca_file[NGX_MAX_PATH];
    char                    user[NGX_CHAT_MAIL_STRING];
    char                    password[NGX_CHAT_MAIL_STRING];
    char                    from[NGX_CHAT_MAIL_STRING];
    char                    from_name[NGX_CHAT_MAIL_STRING];
    char                    to[NGX_CHAT_MAIL_TO];
    char                    message_id[NGX_CHAT_MAIL_STRING + 64];
    char                    subject[NGX_CHAT_MAIL_SUBJECT];
    char                    text[NGX_CHAT_MAIL_BODY];
    char                    html[NGX_CHAT_MAIL_BODY];
} ngx_chat_mail_job_t;

/* fills a zeroed job; a mail that can't be made gets its verdict at once */
void ngx_chat_mail_prepare(ngx_chat_mail_job_t *job,
    ngx_chat_mail_conf_t *conf, ngx_str_t *name, ngx_str_t *to,
    ngx_str_t *params);

/* runs in a thread, touches the job only */
void ngx_chat_mail_send(void *job);

/* the set function of "chat_mail" */
char *ngx_chat_mail_directive(ngx_conf_t *cf, ngx_command_t *cmd, void *data);

/*
 * A "chat_name" stands in the configuration.  The outbox is one for all of it, so
 * mails say the http block's, else the first that a server or location has.
 */
void ngx_chat_mail_service(ngx_chat_mail_conf_t *conf, ngx_str_t *name,
    ngx_uint_t of_http);

/* a mail was just queued: look soon */
void ngx_chat_mail_wake(void);

ngx_int_t ngx_chat_mail_init_process(ngx_cycle_t *cycle,
    ngx_chat_mail_conf_t *conf);

#endif /* NGX_CHAT_MAIL_H */
