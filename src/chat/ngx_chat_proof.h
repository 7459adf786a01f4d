/* Proofs of who holds a session; not for transports. */

#ifndef NGX_CHAT_PROOF_H
#define NGX_CHAT_PROOF_H

#include "ngx_chat_run.h"

/*
 * Checks the password of the session's own account, within the limit on guesses: goes on
 * with next, or fails the call.  Uses call->state until then.
 */
void ngx_chat_proof_password(ngx_chat_call_t *call, ngx_str_t *password,
    ngx_chat_call_next_pt next);

#endif /* NGX_CHAT_PROOF_H */
