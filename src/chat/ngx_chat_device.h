/* What an account's devices may do: the directive of cipher suites, and key packages' checks. */

#ifndef NGX_CHAT_DEVICE_H
#define NGX_CHAT_DEVICE_H

#include "ngx_chat_call.h"

#define NGX_CHAT_SUITES_MAX         8       /* of chat_cipher_suites */

/* ngx_chat_device_module, http/server/location: chat_cipher_suites */
typedef struct {
    uint16_t            suites[NGX_CHAT_SUITES_MAX];    /* default 1 3 */
    ngx_uint_t          nsuites;
} ngx_chat_device_conf_t;

extern ngx_module_t  ngx_chat_device_module;

/* of the call's location */
ngx_chat_device_conf_t *ngx_chat_device_conf(ngx_chat_call_t *call);

/* whether the location's directive allows it */
ngx_uint_t ngx_chat_suite_allowed(ngx_chat_call_t *call, int64_t suite);

#define NGX_CHAT_IDENTITY_LEN       73      /* "<account uuid>/<device uuid>" */

/* the identity that a device's MLS credential must have; not terminated */
void ngx_chat_identity(u_char account[16], u_char session[16],
    u_char out[NGX_CHAT_IDENTITY_LEN]);

#endif /* NGX_CHAT_DEVICE_H */
