/* The room's door for configuration: what its modules' directives say. */

#ifndef NGX_CHAT_H
#define NGX_CHAT_H

#include "ngx_chat_call.h"
#include "chat_secret.h"
#include "chat_smtp.h"

/* bounds that the API tells; the first two are the schema's */
#define NGX_CHAT_SESSIONS_MAX       10      /* devices of an account */
#define NGX_CHAT_CONVERSATIONS_MAX  5000    /* of an account */
#define NGX_CHAT_LIST_MAX           100     /* items of a list's page */
#define NGX_CHAT_ENTRIES_MAX        200     /* entries of a page */

/*
 * ngx_chat_auth_module, http/server/location: chat_registration, chat_password,
 * chat_session, chat_name, chat_web_build
 */
typedef enum {
    NGX_CHAT_REGISTRATION_OPEN = 0,
    NGX_CHAT_REGISTRATION_INVITE,
    NGX_CHAT_REGISTRATION_CLOSED
} ngx_chat_registration_e;

typedef struct {
    ngx_uint_t          registration;
    ngx_uint_t          argon2_memory;      /* KiB, default 19456 */
    ngx_uint_t          argon2_passes;      /* default 2 */
    ngx_uint_t          argon2_lanes;       /* default 1 */
    time_t              session_idle;       /* default 90d */
    time_t              session_absolute;   /* default 365d */
    ngx_str_t           server_name;        /* chat_name, default "ngx_chat" */
    ngx_str_t           web_build;          /* SHA-256 in hex; empty: not said */
} ngx_chat_auth_conf_t;

extern ngx_module_t  ngx_chat_auth_module;

/* ngx_chat_limit_module, http/server/location: chat_limit, chat_limit_headers, chat_cors_origin, chat_hsts */
typedef struct {
    uint64_t            each;               /* microseconds until one comes back; 0: no limit */
    ngx_uint_t          burst;
    ngx_uint_t          dry_run;            /* counts what it would refuse */
} ngx_chat_rate_t;

typedef struct {
    ngx_chat_rate_t     limits[NGX_CHAT_LIMITS];
    ngx_flag_t          headers;            /* default off */
    ngx_array_t        *origins;            /* ngx_str_t; NULL: same origin only */
    time_t              hsts;               /* seconds, default 365d; 0: off */
    ngx_uint_t          hsts_subdomains;
} ngx_chat_limit_conf_t;

extern ngx_module_t  ngx_chat_limit_module;

/* whether origin is one of the list, which may be NULL */
ngx_uint_t ngx_chat_origin_listed(ngx_array_t *origins, ngx_str_t *origin);

char *ngx_chat_origin_directive(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

char *ngx_chat_web_build(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

/*
 * ngx_chat_verify_module, main: chat_mail, chat_mail_templates, chat_public_url;
 * location: chat_verification code_ttl= link_ttl=
 */
typedef struct {
    chat_smtp_server_t  server;
    ngx_str_t           from;               /* terminated */
    ngx_str_t           from_name;
    ngx_str_t           templates;          /* directory, terminated; empty: built in */
    ngx_str_t           public_url;         /* without a trailing slash; terminated */
    ngx_uint_t          configured;         /* chat_mail was given */
} ngx_chat_verify_main_conf_t;

typedef struct {
    time_t              code_ttl;           /* default 10m */
    time_t              link_ttl;           /* default 1h */
} ngx_chat_verify_conf_t;

extern ngx_module_t  ngx_chat_verify_module;

/*
 * ngx_chat_conversation_module, main: chat_ack_delay, chat_recheck, chat_resumes,
 * chat_drain, chat_transport_ttl, chat_retention, chat_maintain;
 * location: chat_message_max_size, chat_commit_max_size, chat_window
 */
typedef struct {
    ngx_msec_t          ack_delay;          /* default 200ms */
    ngx_msec_t          recheck;            /* default 60s */
    ngx_uint_t          resumes;            /* default 8 */
    ngx_msec_t          drain;              /* default 5s */
    time_t              transport_ttl;      /* default 30d */
    time_t              retention;          /* default 0: none */
    ngx_msec_t          maintain;           /* default 10s */
} ngx_chat_conversation_main_conf_t;

typedef struct {
    size_t              message_max_size;   /* default 64k, at most 1m */
    size_t              commit_max_size;    /* default 512k, at most 1m */
    ngx_uint_t          window;             /* default 100 */
} ngx_chat_conversation_conf_t;

/* the largest payload of an operation */
#define ngx_chat_payload_max(op, conf)                                        \
    (((op)->flags & NGX_CHAT_OP_COMMIT) ? (conf)->commit_max_size             \
                                        : (conf)->message_max_size)

extern ngx_module_t  ngx_chat_conversation_module;

#endif /* NGX_CHAT_H */
