/* What operations of this room use beside ngx_chat_call.h; not for transports. */

#ifndef NGX_CHAT_RUN_H
#define NGX_CHAT_RUN_H

#include "ngx_chat.h"
#include "ngx_chat_session.h"
#include "chat_valid.h"

#define NGX_CHAT_HASH_CANDIDATES    2
#define NGX_CHAT_PLATFORM_MAX       32      /* characters of a device's platform */
#define NGX_CHAT_LOGIN_KEY          16      /* bytes of a login's hash: the limiter's and the audit log's key */

/* one Argon2 job; on the heap of its task, wiped with it */
typedef struct {
    chat_argon2_t       cost;           /* as configured */
    size_t              len;
    char                password[CHAT_PASSWORD_MAX];
    /* verify: against each in turn until one matches; "" stands for a dummy that costs as much */
    char                stored[NGX_CHAT_HASH_CANDIDATES][CHAT_PASSWORD_HASH_MAX];

    int                 matched;        /* which one did; -1: none */
    unsigned            failed:1;       /* no memory */
    unsigned            verify:1;       /* else: make a hash */
    /* the one made; a verification makes one if the stored was weaker */
    char                hash[CHAT_PASSWORD_HASH_MAX];
} ngx_chat_password_job_t;

typedef void (*ngx_chat_call_next_pt)(ngx_chat_call_t *call);
typedef void (*ngx_chat_call_password_pt)(ngx_chat_call_t *call,
    ngx_chat_password_job_t *job);

/* what the row's class allows, before and after it is known who asks; NGX_OK, or the call was failed */
ngx_int_t ngx_chat_call_limits_before(ngx_chat_call_t *call);
ngx_int_t ngx_chat_call_limits_after(ngx_chat_call_t *call);

/* one by key from a class's bucket; NGX_OK, or the call was failed */
ngx_int_t ngx_chat_call_limit(ngx_chat_call_t *call, ngx_uint_t limit,
    u_char *key, size_t len);

/* a share of the class's rate and burst, at least one, for a narrower key than the class's own */
ngx_int_t ngx_chat_call_limit_share(ngx_chat_call_t *call, ngx_uint_t limit,
    ngx_uint_t share, u_char *key, size_t len);

/* the client's address as the key */
ngx_int_t ngx_chat_call_limit_address(ngx_chat_call_t *call, ngx_uint_t limit);

/* a class refuses for so many seconds: fails the call and answers NGX_BUSY, or NGX_OK in a dry run */
ngx_int_t ngx_chat_call_limited(ngx_chat_call_t *call, ngx_uint_t limit,
    ngx_uint_t retry_after);

/* a payload of 1 to max bytes came; NGX_OK, or the call was failed */
ngx_int_t ngx_chat_call_payload(ngx_chat_call_t *call, size_t max);

/* ends the call of a row with NGX_CHAT_OP_FRAME; members NULL: without memory */
void ngx_chat_call_frame(ngx_chat_call_t *call, ngx_str_t *members,
    ngx_str_t *payload);

/* the types that are bytes, once their JSON is of the right kind: decodes; NGX_OK, NGX_ERROR: out of its bounds */
ngx_int_t ngx_chat_param_check_bytes(ngx_chat_call_t *call,
    const ngx_chat_param_t *p, ngx_chat_value_t *v);
/* their bound in words; returns the end */
u_char *ngx_chat_param_bytes_bound(const ngx_chat_param_t *p, u_char *buf,
    u_char *last);

/* every parameter by the row; NGX_OK, or the call was failed */
ngx_int_t ngx_chat_call_validate(ngx_chat_call_t *call);

/*
 * Queues a query whose handler gets the call as data and first of all clears
 * call->query.  NGX_ERROR: the call was failed.
 */
ngx_int_t ngx_chat_call_query(ngx_chat_call_t *call, ngx_chat_pg_stmt_t *stmt,
    ngx_chat_pg_param_t *params, ngx_uint_t n, ngx_chat_pg_handler_pt handler);

/* a query that changes nothing failed: its outcome is known whether it ran or not */
void ngx_chat_call_fail_lookup(ngx_chat_call_t *call,
    ngx_chat_pg_result_t *res);

/*
 * The same for an act that the audit log tells: the statement gets one parameter more, where the
 * call comes from (coarse address, request id, session), and wraps one of its own in it:
 * "SELECT * FROM chat.NAME(chat.context($1::uuid, $4::text), $2::uuid, $3::text)".
 */
ngx_int_t ngx_chat_call_act(ngx_chat_call_t *call, ngx_chat_pg_stmt_t *stmt,
    ngx_chat_pg_param_t *params, ngx_uint_t n, ngx_chat_pg_handler_pt handler);

/*
 * Ends the call by the problem code, once the audit log has an entry of it.  account: whose
 * act it was, or NULL; login: NGX_CHAT_LOGIN_KEY bytes that stand for an unknown one's, or NULL.
 */
void ngx_chat_call_refused(ngx_chat_call_t *call, const char *action,
    const char *code, u_char *account, u_char *login);

/* a generic operation: its row's statement with account, session and all parameters */
void ngx_chat_call_generic(ngx_chat_call_t *call, ngx_chat_pg_handler_pt handler);

/*
 * Finds the session of call->token: sets call->session and goes on with next, or
 * fails the call.  fresh: past the cache.
 */
void ngx_chat_session_authenticate(ngx_chat_call_t *call, ngx_uint_t fresh,
    ngx_chat_call_next_pt next);

/* a job with the configured cost and this password; NULL: the call was failed */
ngx_chat_task_t *ngx_chat_password_task(ngx_chat_call_t *call,
    ngx_str_t *password, ngx_chat_password_job_t **job);

/*
 * Before anything is asked of the database for somebody who shows neither a session nor a device:
 * other than NGX_OK, the call was failed, for strangers fill their share of the queue.
 */
ngx_int_t ngx_chat_password_crowded(ngx_chat_call_t *call);

/* runs it in the thread pool; handler isn't called if the call is aborted; on failure the call was failed */
void ngx_chat_password_run(ngx_chat_call_t *call, ngx_chat_task_t *task,
    ngx_chat_call_password_pt handler);

/* the location's directives */
ngx_chat_auth_conf_t *ngx_chat_call_auth_conf(ngx_chat_call_t *call);
ngx_chat_verify_conf_t *ngx_chat_call_verify_conf(ngx_chat_call_t *call);

/* "key=N" within the bounds; else NGX_DECLINED */
ngx_int_t ngx_chat_conf_number(ngx_str_t *arg, const char *key,
    ngx_uint_t min, ngx_uint_t max, ngx_uint_t *n);

ngx_chat_limit_conf_t *ngx_chat_call_limit_conf(ngx_chat_call_t *call);

/* size zeroed bytes of call->pool that are wiped with it; NULL without memory */
void *ngx_chat_call_secret(ngx_chat_call_t *call, size_t size);

/*
 * ngx_chat_call_reply() whose good answer edit may still change: call->json, call->location.
 */
void ngx_chat_call_reply_edited(ngx_chat_call_t *call,
    ngx_chat_pg_result_t *res, ngx_int_t (*edit)(ngx_chat_call_t *call));

/* puts "token" and "device_secret" before the members of call->json; NGX_ERROR without memory */
ngx_int_t ngx_chat_call_add_tokens(ngx_chat_call_t *call, char *token,
    char *device);

/* name and platform of the device, two parameters, from device_name and device_platform or a default */
void ngx_chat_call_set_device(ngx_chat_call_t *call, ngx_chat_pg_param_t *p);

/*
 * "203.0.113.0/24", a /24 or /48, or "-"; returns the end.  NGX_CHAT_NETWORK_LEN bytes are
 * enough.
 */
#define NGX_CHAT_NETWORK_LEN        (NGX_SOCKADDR_STRLEN + sizeof("/48"))
u_char *ngx_chat_network(struct sockaddr *sockaddr, u_char *p, u_char *last);

/*
 * Whether it may be a password of who has these words (terminated, at most
 * NGX_CHAT_PASSWORD_WORDS) as names.  NGX_OK, or the call was failed.
 */
#define NGX_CHAT_PASSWORD_WORDS     4
ngx_int_t ngx_chat_password_check(ngx_chat_call_t *call, ngx_str_t *password,
    const char *const *words, ngx_uint_t n);

/* a time-ordered UUID of now */
void ngx_chat_uuid_make(u_char uuid[16]);

/* a parameter of a query from a value: its text, bytes or array, or NULL when not given */
void ngx_chat_call_set_value(ngx_chat_pg_param_t *p, ngx_chat_value_t *value);

#endif /* NGX_CHAT_RUN_H */
