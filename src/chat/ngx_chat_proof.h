/* Proofs of who holds a session; not for transports. */

#ifndef NGX_CHAT_PROOF_H
#define NGX_CHAT_PROOF_H

#include "ngx_chat_run.h"

/* in call->state while and after the password is checked; wiped with the call */
typedef struct {
    ngx_str_t               password;
    const char             *action;
    ngx_chat_call_next_pt   next;

    /* of the account, terminated */
    char                    hash[CHAT_PASSWORD_HASH_MAX];   /* the one that matched */
    char                    username[CHAT_USERNAME_MAX + 1];
    char                    email[CHAT_EMAIL_MAX + 1];
    char                    display_name[CHAT_DISPLAY_NAME_MAX * 4 + 1];
} ngx_chat_proof_t;

/*
 * Checks the password of the session's own account, within the limit on guesses: goes on
 * with next, or fails the call and writes that of action into the audit log.
 * call->state is an ngx_chat_proof_t then.
 */
void ngx_chat_proof_password(ngx_chat_call_t *call, ngx_str_t *password,
    const char *action, ngx_chat_call_next_pt next);

/* for chat.password_holds(): the hash that was checked, or NULL without a password */
void ngx_chat_proof_hash(ngx_chat_call_t *call, ngx_chat_pg_param_t *param);

#endif /* NGX_CHAT_PROOF_H */
