/* The classes of limits: for ngx_chat_limit*.c and ngx_chat_failure.c alone. */

#ifndef NGX_CHAT_LIMIT_H
#define NGX_CHAT_LIMIT_H

#include "ngx_chat.h"

/* whose bucket it is */
typedef enum {
    NGX_CHAT_KEY_NONE = 0,
    NGX_CHAT_KEY_ADDRESS,           /* IPv4 /32, IPv6 /64 */
    NGX_CHAT_KEY_ADDRESS_ACCOUNT,   /* one of each */
    NGX_CHAT_KEY_ACCOUNT,
    NGX_CHAT_KEY_SESSION,
    NGX_CHAT_KEY_ALL,
    NGX_CHAT_KEY_OWN,               /* the operation takes it itself */
    NGX_CHAT_KEY_FAILURE            /* only what fails is counted: ngx_chat_failure.h */
} ngx_chat_limit_key_e;

typedef struct {
    const char             *name;   /* "": chat_limit knows none */
    ngx_chat_limit_key_e    key;
    ngx_chat_rate_t         rate;   /* the default */
} ngx_chat_limit_class_t;

extern const ngx_chat_limit_class_t  ngx_chat_limit_classes[NGX_CHAT_LIMITS];

#endif /* NGX_CHAT_LIMIT_H */
