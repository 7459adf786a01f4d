/* Codes and links that are sent by mail, each good for one thing; not for transports. */

#ifndef NGX_CHAT_MAILED_H
#define NGX_CHAT_MAILED_H

#include "ngx_chat_run.h"
#include "chat_text.h"

#define NGX_CHAT_MAILED_PARAMS      7
#define NGX_CHAT_MAILED_LINK        (CHAT_UUID_LEN + 1 + CHAT_TOKEN_LEN)
#define NGX_CHAT_ATTEMPTS_MAX       1000    /* send_attempt */

/* what they are good for: a code of one kind is none of another */
typedef enum {
    NGX_CHAT_MAILED_VERIFY = 0,
    NGX_CHAT_MAILED_RESET,
    NGX_CHAT_MAILED_EMAIL,
    NGX_CHAT_MAILED_REVERT,
    NGX_CHAT_MAILED_KINDS
} ngx_chat_mailed_e;

/* secret: in memory of ngx_chat_call_secret() */
typedef struct {
    u_char              id[16];
    char                code[CHAT_CODE_LEN];
    char                link[NGX_CHAT_MAILED_LINK];     /* "ID.TOKEN" */
    uint8_t             code_hash[CHAT_HASH_LEN];
    uint8_t             link_hash[CHAT_HASH_LEN];
} ngx_chat_mailed_t;

/* one that was given back */
typedef struct {
    unsigned            by_link:1;
    uint8_t             hash[CHAT_HASH_LEN];
} ngx_chat_mailed_given_t;

/* an id that only who knows the server's key can tell from what it stands for */
void ngx_chat_mailed_id(ngx_chat_mailed_e kind, u_char *what, size_t len,
    u_char *whose, size_t whose_len, u_char id[16]);

/* a new code and link under m->id, good beside the bytes they are bound to only */
void ngx_chat_mailed_make(ngx_chat_mailed_e kind, ngx_chat_mailed_t *m,
    u_char *bound, size_t len);

/*
 * NGX_CHAT_MAILED_PARAMS parameters as the database's functions take them: id,
 * code_hash, link_hash, code, link, code_ttl, link_ttl.  NGX_ERROR: no memory
 */
ngx_int_t ngx_chat_mailed_params(ngx_chat_call_t *call, ngx_chat_mailed_t *m,
    ngx_chat_pg_param_t *p);

/* exactly one of the parameters "code" and "link" came; NGX_OK, or the call was failed */
ngx_int_t ngx_chat_mailed_given(ngx_chat_call_t *call);

/* its hash, beside what it must be bound to */
void ngx_chat_mailed_hash(ngx_chat_call_t *call, ngx_chat_mailed_e kind,
    u_char *bound, size_t len, ngx_chat_mailed_given_t *given);

/* two parameters: code_hash and link_hash, one of them NULL */
void ngx_chat_mailed_set_given(ngx_chat_pg_param_t *p,
    ngx_chat_mailed_given_t *given);

#endif /* NGX_CHAT_MAILED_H */
