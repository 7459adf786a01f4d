/* Making the code and the link of a verification; not for transports. */

#ifndef NGX_CHAT_VERIFICATION_H
#define NGX_CHAT_VERIFICATION_H

#include "ngx_chat_mailed.h"

/* secret: in memory of ngx_chat_call_secret() */
typedef struct {
    ngx_chat_mailed_t   mailed;         /* bound to the address's key */
    ngx_str_t           email_key;
} ngx_chat_verification_t;

/* a new code and link for this address; id NULL: a new one.  NGX_ERROR: no memory */
ngx_int_t ngx_chat_verification_make(ngx_chat_call_t *call,
    ngx_chat_verification_t *v, ngx_str_t *email, u_char *id);

#endif /* NGX_CHAT_VERIFICATION_H */
