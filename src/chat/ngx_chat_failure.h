/*
 * Failures at secrets (passwords, codes), counted for all workers and nodes in
 * PostgreSQL: a try is charged before the secret is looked at and given back when it was right.
 *
 *     ngx_chat_failure_begin(call, NGX_CHAT_LIMIT_PROOF, call->session.session, 16, next);
 *     … next: look at the secret; when it was right:
 *     ngx_chat_failure_passed(call);
 */

#ifndef NGX_CHAT_FAILURE_H
#define NGX_CHAT_FAILURE_H

#include "ngx_chat_run.h"

/*
 * One try against (limit, key), a class of failures: goes on with next, or fails the
 * call (rate_limited).  A further one of the same call adds its key.
 */
void ngx_chat_failure_begin(ngx_chat_call_t *call, ngx_uint_t limit,
    u_char *key, size_t len, ngx_chat_call_next_pt next);

/*
 * One try at a login's password: by the device that it says it is ("session", and the hash
 * of "device_secret" or NULL), else by login and network and by login.
 */
void ngx_chat_failure_sign_in(ngx_chat_call_t *call, ngx_str_t *login,
    u_char *session, u_char *secret_hash, ngx_chat_call_next_pt next);

/* whether the sign-in's device was proven */
ngx_uint_t ngx_chat_failure_device(ngx_chat_call_t *call);

/* the secrets were right: gives all tries of the call back; answers nothing, waits for nothing */
void ngx_chat_failure_passed(ngx_chat_call_t *call);

/*
 * A secret was right, but of another account than the keys guard, or wasn't looked at: only this
 * call's tries come back.
 */
void ngx_chat_failure_beside(ngx_chat_call_t *call);

/* who calls has proven this account's mailbox: strangers' failures don't hold him back for a day */
void ngx_chat_failure_known(ngx_chat_call_t *call, ngx_str_t *email,
    ngx_str_t *username);

#endif /* NGX_CHAT_FAILURE_H */
