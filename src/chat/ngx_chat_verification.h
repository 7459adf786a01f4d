/* Making the code and the link of a verification; not for transports. */

#ifndef NGX_CHAT_VERIFICATION_H
#define NGX_CHAT_VERIFICATION_H

#include "ngx_chat_run.h"
#include "chat_text.h"

#define NGX_CHAT_VERIFICATION_PARAMS    7
#define NGX_CHAT_LINK_LEN               (CHAT_UUID_LEN + 1 + CHAT_TOKEN_LEN)

/* secret: in memory of ngx_chat_call_secret() */
typedef struct {
    u_char              id[16];
    ngx_str_t           email_key;
    char                code[CHAT_CODE_LEN];
    char                link[NGX_CHAT_LINK_LEN];    /* "ID.TOKEN": what follows the page's address */
    uint8_t             code_hash[CHAT_HASH_LEN];
    uint8_t             link_hash[CHAT_HASH_LEN];
} ngx_chat_verification_t;

/* a new code and link for this address; id NULL: a new one.  NGX_ERROR: no memory */
ngx_int_t ngx_chat_verification_make(ngx_chat_call_t *call,
    ngx_chat_verification_t *v, ngx_str_t *email, u_char *id);

/*
 * NGX_CHAT_VERIFICATION_PARAMS parameters as the database's functions take them:
 * id, code_hash, link_hash, code, link, code_ttl, link_ttl.  NGX_ERROR: no memory
 */
ngx_int_t ngx_chat_verification_params(ngx_chat_call_t *call,
    ngx_chat_verification_t *v, ngx_chat_pg_param_t *p);

#endif /* NGX_CHAT_VERIFICATION_H */
