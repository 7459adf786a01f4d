/* An operation is a row: what transports, validator, limiter and docs' check all read. */

#ifndef NGX_CHAT_OP_H
#define NGX_CHAT_OP_H

#include "ngx_chat_core.h"
#include "ngx_chat_pg.h"
#include "ngx_chat_zone.h"

#define NGX_CHAT_PARAMS             16      /* a row may have */
#define NGX_CHAT_OPS                96      /* rows in all */
#define NGX_CHAT_ITEM_MAX           4096    /* bytes of an array's item */

typedef struct ngx_chat_call_s  ngx_chat_call_t;

typedef enum {
    NGX_CHAT_WHO_ANYONE = 0,
    NGX_CHAT_WHO_SESSION,           /* a session, the account verified or not */
    NGX_CHAT_WHO_ACCOUNT            /* a session of a verified account */
} ngx_chat_who_e;

/* their keys and defaults: ngx_chat_limit.c */
typedef enum {
    NGX_CHAT_LIMIT_NONE = 0,        /* a row's: REQUEST if it needs a session */
    NGX_CHAT_LIMIT_SIGN_IN,
    NGX_CHAT_LIMIT_REGISTER,
    NGX_CHAT_LIMIT_MAIL,
    NGX_CHAT_LIMIT_CONFIRM,
    NGX_CHAT_LIMIT_LOOKUP,
    NGX_CHAT_LIMIT_TOKEN,           /* guessed tokens */
    NGX_CHAT_LIMIT_LOGIN,           /* failures: see ngx_chat_failure.h */
    NGX_CHAT_LIMIT_CLAIM,
    NGX_CHAT_LIMIT_REJOIN,
    NGX_CHAT_LIMIT_GROUP,
    NGX_CHAT_LIMIT_GUESS,           /* failures */
    NGX_CHAT_LIMIT_PROOF,           /* failures */
    NGX_CHAT_LIMIT_FACTOR,          /* failures */
    NGX_CHAT_LIMIT_PASSWORD,
    NGX_CHAT_LIMIT_SEND,
    NGX_CHAT_LIMIT_SOCKET,
    NGX_CHAT_LIMIT_REQUEST,
    NGX_CHAT_LIMIT_REGISTER_ALL,
    NGX_CHAT_LIMIT_MAIL_ALL,
    NGX_CHAT_LIMIT_FREE,            /* a row's: not even REQUEST */
    NGX_CHAT_LIMITS
} ngx_chat_limit_e;

typedef enum {
    NGX_CHAT_IN_BODY = 0,
    NGX_CHAT_IN_PATH,
    NGX_CHAT_IN_QUERY,
    NGX_CHAT_IN_HEADER              /* if_match: "If-Match"; on the socket a member of that name */
} ngx_chat_in_e;

typedef enum {
    NGX_CHAT_STRING = 0,            /* min..max bytes of UTF-8 without U+0000 */
    NGX_CHAT_INTEGER,               /* min..max */
    NGX_CHAT_BOOLEAN,
    NGX_CHAT_UUID,
    NGX_CHAT_USERNAME,
    NGX_CHAT_EMAIL,
    NGX_CHAT_NAME,                  /* shown to people; max characters */
    NGX_CHAT_SECRET,                /* min..max bytes, never logged, wiped */
    NGX_CHAT_ENUM,                  /* one of values, "a|b|c" */
    NGX_CHAT_CURSORS,               /* an object: conversation uuid → integer ≥ 0; at most max of them */
    NGX_CHAT_BYTES,                 /* base64url without padding of min..max bytes */
    NGX_CHAT_BYTES_ARRAY,           /* min..max of them, each of 1 to NGX_CHAT_ITEM_MAX bytes */
    NGX_CHAT_UUID_ARRAY,            /* min..max UUIDs */
    NGX_CHAT_CERTIFICATE,           /* {"created": ms, "signature": base64url}: see chat_certificate.h */
    NGX_CHAT_PASSKEY                /* an assertion, all of it base64url: see ngx_chat_factor.h */
} ngx_chat_type_e;

typedef struct {
    const char         *name;       /* NULL ends the list */
    ngx_chat_type_e     type;
    ngx_chat_in_e       in;
    unsigned            required:1;
    int64_t             min;
    int64_t             max;
    const char         *values;     /* of an enum */
} ngx_chat_param_t;

/* flags */
#define NGX_CHAT_OP_SOCKET          0x01    /* callable on the socket, too */
/* takes a payload: the HTTP body is one frame (or JSON with base64url "payload"); a binary frame on the socket */
#define NGX_CHAT_OP_PAYLOAD         0x02
#define NGX_CHAT_OP_ENTRIES         0x04    /* answers entries: frames, or JSON on Accept: application/json */
#define NGX_CHAT_OP_UNCACHED        0x08    /* its session is looked up in the database, not the cache */
#define NGX_CHAT_OP_PENDING         0x10    /* a pending session may call it; all others need an approved one */
#define NGX_CHAT_OP_LARGE           0x20    /* its JSON body may have CHAT_JSON_LARGE_SIZE bytes */
#define NGX_CHAT_OP_FRAME           0x40    /* answers one frame with a payload, or JSON on Accept: application/json */
#define NGX_CHAT_OP_COMMIT          0x80    /* its payload is bounded by chat_commit_max_size */
#define NGX_CHAT_OP_OWN_LIMIT       0x1000  /* its handler takes from the address's bucket */
/* its statement has one parameter more, the last, for chat.context($1::uuid, $n::text) in $1's place */
#define NGX_CHAT_OP_AUDIT           0x100

/*
 * Generic operations have stmt: SELECT * FROM chat.NAME($1::uuid, $2::uuid, $3::type, …),
 * account, session, then the params in order, each text or NULL, and with NGX_CHAT_OP_AUDIT
 * where it comes from; it answers one chat.reply row.  Others have handler, which ends by
 * ngx_chat_call_done() or _fail(), once, now or later.
 */
typedef struct {
    const char         *name;       /* the socket's "op", the docs' operationId */
    const char         *method;
    const char         *path;       /* below ".../v1/" */
    ngx_chat_who_e      who;
    ngx_chat_limit_e    limit;
    ngx_uint_t          flags;
    const ngx_chat_param_t  *params;
    ngx_chat_pg_stmt_t *stmt;
    void              (*handler)(ngx_chat_call_t *call);
    /* takes over the client's connection; transport is the HTTP room's request; an HTTP status or NGX_DONE */
    ngx_int_t         (*takeover)(ngx_chat_call_t *call, void *transport);
    ngx_uint_t          number;     /* set at registration */
} ngx_chat_op_t;

/*
 * At preconfiguration, once a row set that ends with name == NULL; NGX_ERROR past
 * NGX_CHAT_OPS.  Repeated calls (reload) replace.
 */
ngx_int_t ngx_chat_ops_register(ngx_chat_op_t *rows);

ngx_chat_op_t *ngx_chat_op_by_name(const char *name, size_t len);

/*
 * By path below "v1/" and method.  *allow: the methods that the path has, "GET, POST", or empty:
 * no such path.  params: the path's parameters in order.  NULL: not found or wrong method.
 */
ngx_chat_op_t *ngx_chat_op_by_path(ngx_str_t *method, u_char *path, size_t len,
    ngx_str_t *params /* CHAT_PATH_PARAMS */, ngx_str_t *allow, ngx_pool_t *pool);

/* the problem that keeps this session from calling it: not_verified, device_pending; or NULL */
const char *ngx_chat_op_refuses(ngx_chat_op_t *op, ngx_chat_session_t *session);

ngx_uint_t ngx_chat_ops_count(void);
ngx_chat_op_t *ngx_chat_op_at(ngx_uint_t number);
const char *const *ngx_chat_op_names(void);

/* of the classes by number, NULL where chat_limit knows none; NGX_CHAT_LIMITS of them */
const char *const *ngx_chat_limit_names(void);

/* the table as JSON lines for the docs' check: the chat_operations directive */
ngx_int_t ngx_chat_ops_json(ngx_pool_t *pool, ngx_str_t *out);

#endif /* NGX_CHAT_OP_H */
