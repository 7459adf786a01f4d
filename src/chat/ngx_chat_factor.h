/*
 * Second factors: one-time passwords, backup codes and passkeys, as a sign-in and a proof ask
 * for them; and the directives behind them.
 */

#ifndef NGX_CHAT_FACTOR_H
#define NGX_CHAT_FACTOR_H

#include "ngx_chat_run.h"
#include "chat_seal.h"
#include "chat_webauthn.h"

#define NGX_CHAT_BACKUP_CODES       10      /* of an account */
#define NGX_CHAT_BACKUP_MIN         24      /* characters as people type one: 24 of base32, */
#define NGX_CHAT_BACKUP_MAX         64      /* and hyphens and blanks among them */
#define NGX_CHAT_TOTP_CODE          6
#define NGX_CHAT_PASSKEY_TTL        300     /* seconds of a challenge */
#define NGX_CHAT_PASSKEY_ORIGINS    16      /* of chat_passkey */

/* ngx_chat_factor_module, main: chat_totp; http/server/location: chat_passkey */
typedef struct {
    chat_seal_key_t     keys[CHAT_SEAL_KEYS];   /* the first seals */
    ngx_uint_t          nkeys;
} ngx_chat_factor_main_conf_t;

typedef struct {
    chat_webauthn_rp_t  rp;             /* id == NULL: unset; "": off */
    const char         *origins[NGX_CHAT_PASSKEY_ORIGINS];
} ngx_chat_factor_conf_t;

extern ngx_module_t  ngx_chat_factor_module;

ngx_chat_factor_conf_t *ngx_chat_factor_conf(ngx_chat_call_t *call);

/* what seals, then what only opens: the last is the database's own key.  How many; 0: not known yet */
ngx_uint_t ngx_chat_factor_keys(ngx_chat_call_t *call,
    chat_seal_key_t keys[CHAT_SEAL_KEYS + 1]);

/* a passkey as a parameter: the items of its list */
typedef enum {
    NGX_CHAT_PASSKEY_ID = 0,
    NGX_CHAT_PASSKEY_CLIENT,
    NGX_CHAT_PASSKEY_AUTH,
    NGX_CHAT_PASSKEY_SIGNATURE,
    NGX_CHAT_PASSKEY_USER,              /* may be empty */
    NGX_CHAT_PASSKEY_FIELDS
} ngx_chat_passkey_field_e;

/* what a challenge is for */
#define NGX_CHAT_FOR_SIGN_IN        "passkey sign_in"
#define NGX_CHAT_FOR_PROOF          "passkey proof"
#define NGX_CHAT_FOR_CREATE         "passkey create"

/* factor: "totp", "backup_code" or "passkey", proven and used up; NULL: none was sent */
typedef void (*ngx_chat_factor_pt)(ngx_chat_call_t *call, const char *factor);

/*
 * The call's parameter totp or backup_code, if there is one, for an account whose password was
 * proven.  device: the session that asks, and with device_secret (its hash) one that only claims
 * to be; either may be NULL.  Goes on with next, or the call was failed.
 */
void ngx_chat_factor_code(ngx_chat_call_t *call, u_char account[16],
    u_char *device, u_char *device_secret, ngx_chat_factor_pt next);

/*
 * The call's parameter passkey, an assertion for that purpose and subject (a session, or NULL).
 * Goes on with next, after which ngx_chat_factor_account() says whose it is, or the call was failed.
 */
void ngx_chat_factor_passkey(ngx_chat_call_t *call, const char *purpose,
    u_char *subject, ngx_chat_factor_pt next);

u_char *ngx_chat_factor_account(ngx_chat_call_t *call);

/* fails a sign-in or a proof, with an entry in the account's log (NULL: nobody's) */
void ngx_chat_factor_refused(ngx_chat_call_t *call, const char *code,
    u_char *account);

/*
 * Whether a passkey's client data is good for this, its challenge made by this server and not
 * expired; NGX_OK, or the call was failed.  Once used its challenge is kept by nonce and expires.
 */
ngx_int_t ngx_chat_passkey_client(ngx_chat_call_t *call, const char *type,
    const char *purpose, u_char *subject, ngx_str_t *json,
    chat_webauthn_client_t *client);

/* 400 with the reason, static and without characters that JSON escapes */
void ngx_chat_passkey_fail(ngx_chat_call_t *call, const char *reason);

/* a backup code as it is stored; NGX_ERROR: it is none */
ngx_int_t ngx_chat_backup_hash(u_char account[16], ngx_str_t *code,
    u_char hash[CHAT_HASH_LEN]);

/* new ones, NGX_CHAT_BACKUP_CODES of them, to be shown by ngx_chat_backup_show() */
typedef struct {
    char                text[NGX_CHAT_BACKUP_CODES][30];    /* "ABCD-EFGH-…", terminated */
} ngx_chat_backup_t;

/* makes them in wiped memory, and the array of their hashes; NULL: the call was failed */
ngx_chat_backup_t *ngx_chat_backup_make(ngx_chat_call_t *call,
    ngx_chat_pg_param_t *hashes);

/*
 * Puts them into call->json, which begins with "backup_codes": true when the database took
 * them; NGX_ERROR without memory.
 */
ngx_int_t ngx_chat_backup_show(ngx_chat_call_t *call,
    ngx_chat_backup_t *codes);

#endif /* NGX_CHAT_FACTOR_H */
