/* Assertions by passkeys, and the challenges that they are made over. */

#include "ngx_chat_factor.h"
#include "chat_challenge.h"


typedef enum {
    NGX_CHAT_FOUND_ACCOUNT = 0,
    NGX_CHAT_FOUND_PASSKEY,
    NGX_CHAT_FOUND_ALGORITHM,
    NGX_CHAT_FOUND_KEY
} ngx_chat_found_column_e;

/* in the call's pool; the account first: see ngx_chat_factor_account() */
typedef struct {
    u_char                  account[16];
    ngx_chat_factor_pt      next;
    const char             *purpose;
    chat_webauthn_client_t  client;
} ngx_chat_passkey_t;


static void ngx_chat_passkey_found(void *data, ngx_chat_pg_result_t *res);
static ngx_int_t ngx_chat_passkey_verify(ngx_chat_call_t *call,
    ngx_chat_pg_result_t *res, uint32_t *count);
static void ngx_chat_passkey_use(ngx_chat_call_t *call, ngx_str_t *passkey,
    uint32_t count);
static void ngx_chat_passkey_used(void *data, ngx_chat_pg_result_t *res);


static ngx_chat_pg_stmt_t  ngx_chat_passkey_find_stmt = {
    "passkey_find",
    "SELECT account, passkey, algorithm, public_key "
    "FROM chat.passkey_find($1::bytea)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_passkey_use_stmt = {
    "passkey_use",
    "SELECT chat.passkey_use(chat.context($1::uuid, $6::text), $2::bigint, "
    "$3::bytea, $4::bigint, $5::text)",
    0
};


void
ngx_chat_factor_passkey(ngx_chat_call_t *call, const char *purpose,
    u_char *subject, ngx_chat_factor_pt next)
{
    ngx_str_t            *items;
    ngx_chat_passkey_t   *k;
    ngx_chat_pg_param_t   param;

    k = ngx_pcalloc(call->pool, sizeof(ngx_chat_passkey_t));

    if (k == NULL) {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    items = ngx_chat_call_value(call, "passkey")->list->items;
    k->next = next;
    k->purpose = purpose;
    call->factor = k;

    if (ngx_chat_passkey_client(call, CHAT_WEBAUTHN_GET, purpose, subject,
                                &items[NGX_CHAT_PASSKEY_CLIENT], &k->client)
        != NGX_OK)
    {
        return;
    }

    ngx_memzero(&param, sizeof(ngx_chat_pg_param_t));
    ngx_chat_pg_set_bytea(&param, items[NGX_CHAT_PASSKEY_ID].data,
                          items[NGX_CHAT_PASSKEY_ID].len);

    (void) ngx_chat_call_query(call, &ngx_chat_passkey_find_stmt, &param, 1,
                               ngx_chat_passkey_found);
}


u_char *
ngx_chat_factor_account(ngx_chat_call_t *call)
{
    ngx_chat_passkey_t  *k = call->factor;

    return k->account;
}


ngx_int_t
ngx_chat_passkey_client(ngx_chat_call_t *call, const char *type,
    const char *purpose, u_char *subject, ngx_str_t *json,
    chat_webauthn_client_t *client)
{
    int                      rc;
    ngx_chat_factor_conf_t  *conf;
    chat_webauthn_status_t   status;

    conf = ngx_chat_factor_conf(call);

    if (conf->rp.id[0] == '\0') {
        ngx_chat_call_fail(call, "not_implemented");
        return NGX_ERROR;
    }

    if (!ngx_chat_pg_state()->ready) {
        ngx_chat_call_fail(call, "unavailable");
        return NGX_ERROR;
    }

    status = chat_webauthn_client(&conf->rp, type, json->data, json->len,
                                  client);

    if (status != CHAT_WEBAUTHN_OK) {
        ngx_chat_passkey_fail(call, chat_webauthn_error(status));
        return NGX_ERROR;
    }

    rc = chat_challenge_check(ngx_chat_pg_state()->key, purpose, subject,
                              subject != NULL ? 16 : 0, ngx_time(),
                              client->challenge, client->challenge_len);
    if (rc != 1) {
        ngx_chat_passkey_fail(call, rc == 0
                              ? "the challenge was not made for this"
                              : "the challenge has expired");
        return NGX_ERROR;
    }

    return NGX_OK;
}


void
ngx_chat_passkey_fail(ngx_chat_call_t *call, const char *reason)
{
    ngx_str_t  members;

    ngx_str_null(&members);

    members.data = ngx_pnalloc(call->pool, sizeof("\"reason\":\"\"")
                                           + ngx_strlen(reason));
    if (members.data != NULL) {
        members.len = ngx_sprintf(members.data, "\"reason\":\"%s\"", reason)
                      - members.data;
    }

    ngx_chat_call_fail_members(call, "invalid_passkey", &members);
}


static void
ngx_chat_passkey_found(void *data, ngx_chat_pg_result_t *res)
{
    uint32_t             count;
    ngx_str_t            account, passkey;
    ngx_chat_call_t     *call;
    ngx_chat_passkey_t  *k;

    call = data;
    call->query = NULL;
    k = call->factor;

    if (ngx_chat_pg_status(res) != NGX_CHAT_PG_OK) {
        ngx_chat_call_fail_lookup(call, res);
        return;
    }

    /* one that nobody has answers what a wrong signature does */

    if (ngx_chat_pg_rows(res) != 1) {
        ngx_chat_factor_refused(call, "factor_wrong", NULL);
        return;
    }

    ngx_chat_pg_bytes(res, 0, NGX_CHAT_FOUND_ACCOUNT, &account);
    ngx_chat_pg_bytes(res, 0, NGX_CHAT_FOUND_PASSKEY, &passkey);

    if (account.len != 16 || passkey.len != 16) {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    ngx_memcpy(k->account, account.data, 16);

    if (call->has_session
        && ngx_memcmp(k->account, call->session.account, 16) != 0)
    {
        ngx_chat_factor_refused(call, "factor_wrong", k->account);
        return;
    }

    if (ngx_chat_passkey_verify(call, res, &count) == NGX_OK) {
        ngx_chat_passkey_use(call, &passkey, count);
    }
}


static ngx_int_t
ngx_chat_passkey_verify(ngx_chat_call_t *call, ngx_chat_pg_result_t *res,
    uint32_t *count)
{
    ngx_str_t               *items, *user, key;
    ngx_chat_passkey_t      *k;
    chat_webauthn_status_t   status;

    k = call->factor;
    items = ngx_chat_call_value(call, "passkey")->list->items;
    user = &items[NGX_CHAT_PASSKEY_USER];

    if (user->len
        && (user->len != 16 || ngx_memcmp(user->data, k->account, 16) != 0))
    {
        ngx_chat_factor_refused(call, "factor_wrong", k->account);
        return NGX_ERROR;
    }

    ngx_chat_pg_bytes(res, 0, NGX_CHAT_FOUND_KEY, &key);

    status = chat_webauthn_assert(&ngx_chat_factor_conf(call)->rp,
                 (int) ngx_chat_pg_integer(res, 0, NGX_CHAT_FOUND_ALGORITHM),
                 key.data, key.len, k->client.hash,
                 items[NGX_CHAT_PASSKEY_AUTH].data,
                 items[NGX_CHAT_PASSKEY_AUTH].len,
                 items[NGX_CHAT_PASSKEY_SIGNATURE].data,
                 items[NGX_CHAT_PASSKEY_SIGNATURE].len, count);

    switch (status) {

    case CHAT_WEBAUTHN_OK:
        return NGX_OK;

    case CHAT_WEBAUTHN_SIGNATURE:
        ngx_chat_factor_refused(call, "factor_wrong", k->account);
        return NGX_ERROR;

    case CHAT_WEBAUTHN_NO_MEMORY:
        ngx_chat_call_fail(call, "internal");
        return NGX_ERROR;

    default:
        ngx_chat_passkey_fail(call, chat_webauthn_error(status));
        return NGX_ERROR;
    }
}


static void
ngx_chat_passkey_use(ngx_chat_call_t *call, ngx_str_t *passkey,
    uint32_t count)
{
    ngx_str_t             action;
    ngx_chat_passkey_t   *k;
    ngx_chat_pg_param_t   p[5];

    k = call->factor;

    if (call->has_session) {
        ngx_str_set(&action, "proof.create");

    } else {
        ngx_str_set(&action, "session.sign_in");
    }

    ngx_memzero(p, sizeof(p));
    ngx_chat_pg_set_uuid(&p[0], passkey->data);
    ngx_chat_pg_set_bytea(&p[2], k->client.challenge, CHAT_CHALLENGE_NONCE);
    ngx_chat_pg_set_text(&p[4], &action);

    if (ngx_chat_pg_set_integer(&p[1], call->pool, count) != NGX_OK
        || ngx_chat_pg_set_integer(&p[3], call->pool,
                               chat_challenge_expires(k->client.challenge))
           != NGX_OK)
    {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    (void) ngx_chat_call_act(call, &ngx_chat_passkey_use_stmt, p, 5,
                             ngx_chat_passkey_used);
}


static void
ngx_chat_passkey_used(void *data, ngx_chat_pg_result_t *res)
{
    ngx_chat_call_t     *call;
    ngx_chat_passkey_t  *k;

    call = data;
    call->query = NULL;
    k = call->factor;

    if (ngx_chat_pg_status(res) != NGX_CHAT_PG_OK) {
        ngx_chat_call_fail_pg(call, res);
        return;
    }

    if (ngx_chat_pg_rows(res) != 1 || !ngx_chat_pg_integer(res, 0, 0)) {
        ngx_chat_factor_refused(call, "factor_wrong", k->account);
        return;
    }

    k->next(call, "passkey");
}
