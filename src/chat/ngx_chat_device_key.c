/* The account key and the certificates of devices: what has to be verified before it is stored. */

#include "ngx_chat_proof.h"
#include "ngx_chat_device.h"
#include "ngx_chat_rows.h"
#include "chat_certificate.h"


typedef enum {
    NGX_CHAT_SIGNED_ACCOUNT_KEY = 0,
    NGX_CHAT_SIGNED_SIGNATURE_KEY
} ngx_chat_signed_column_e;


static void ngx_chat_account_key_set(ngx_chat_call_t *call);
static void ngx_chat_account_key_done(void *data, ngx_chat_pg_result_t *res);
static void ngx_chat_account_key_reset(ngx_chat_call_t *call);
static void ngx_chat_account_key_proven(ngx_chat_call_t *call);
static ngx_int_t ngx_chat_device_key_valid(ngx_chat_call_t *call,
    const char *name);
static void ngx_chat_device_key_set(ngx_chat_call_t *call);
static void ngx_chat_device_key_check(void *data, ngx_chat_pg_result_t *res);
static void ngx_chat_device_key_store(ngx_chat_call_t *call,
    ngx_str_t *account_key);
static void ngx_chat_device_approve(ngx_chat_call_t *call);
static void ngx_chat_device_approve_check(void *data,
    ngx_chat_pg_result_t *res);
static void ngx_chat_device_signed_query(ngx_chat_call_t *call,
    u_char device[16], ngx_chat_pg_handler_pt handler);
static ngx_int_t ngx_chat_device_certified(ngx_chat_call_t *call,
    u_char device[16], ngx_str_t *signature_key, ngx_str_t *account_key);
static void ngx_chat_device_certificate_fail(ngx_chat_call_t *call,
    const char *reason);


static ngx_chat_pg_stmt_t  ngx_chat_account_key_set_stmt = {
    "account_key_set",
    "SELECT * FROM chat.account_key_set(chat.context($1::uuid, $4::text), "
    "$2::uuid, $3::bytea)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_account_key_reset_stmt = {
    "account_key_reset",
    "SELECT * FROM chat.account_key_reset(chat.context("
    "chat.password_holds($1::uuid, $4::text), $5::text), $2::uuid, $3::bytea)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_device_signed_stmt = {
    "device_signed",
    "SELECT account_key, signature_key "
    "FROM chat.device_signed($1::uuid, $2::uuid)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_device_key_set_stmt = {
    "device_key_set",
    "SELECT * FROM chat.device_key_set(chat.context($1::uuid, $7::text), "
    "$2::uuid, $3::bytea, $4::bigint, $5::bytea, $6::bytea)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_device_approve_stmt = {
    "device_approve",
    "SELECT * FROM chat.device_approve(chat.context($1::uuid, $8::text), "
    "$2::uuid, $3::uuid, $4::bigint, $5::bytea, $6::bytea, $7::bytea)",
    0
};


static const ngx_chat_param_t  ngx_chat_account_key_set_params[] = {
    { "public_key", NGX_CHAT_BYTES, NGX_CHAT_IN_BODY, 1, CHAT_ED25519_KEY_LEN,
      CHAT_ED25519_KEY_LEN, NULL },
    { .name = NULL }
};

static const ngx_chat_param_t  ngx_chat_account_key_reset_params[] = {
    { "public_key", NGX_CHAT_BYTES, NGX_CHAT_IN_BODY, 1, CHAT_ED25519_KEY_LEN,
      CHAT_ED25519_KEY_LEN, NULL },
    { "password", NGX_CHAT_SECRET, NGX_CHAT_IN_BODY, 1, 1, CHAT_PASSWORD_MAX,
      NULL },
    { .name = NULL }
};

static const ngx_chat_param_t  ngx_chat_device_key_set_params[] = {
    { "signature_key", NGX_CHAT_BYTES, NGX_CHAT_IN_BODY, 1,
      CHAT_ED25519_KEY_LEN, CHAT_ED25519_KEY_LEN, NULL },
    { "certificate", NGX_CHAT_CERTIFICATE, NGX_CHAT_IN_BODY, 0, 0, 0, NULL },
    { .name = NULL }
};

static const ngx_chat_param_t  ngx_chat_device_approve_params[] = {
    { "device", NGX_CHAT_UUID, NGX_CHAT_IN_PATH, 1, 0, 0, NULL },
    { "certificate", NGX_CHAT_CERTIFICATE, NGX_CHAT_IN_BODY, 1, 0, 0, NULL },
    { .name = NULL }
};


ngx_chat_op_t  ngx_chat_device_key_ops[] = {

    { "account_key_set", "PUT", "account/key", NGX_CHAT_WHO_ACCOUNT,
      NGX_CHAT_LIMIT_NONE, NGX_CHAT_OP_SOCKET|NGX_CHAT_OP_AUDIT,
      ngx_chat_account_key_set_params, &ngx_chat_account_key_set_stmt,
      ngx_chat_account_key_set, NULL, 0 },

    { "account_key_reset", "POST", "account/key/reset", NGX_CHAT_WHO_ACCOUNT,
      NGX_CHAT_LIMIT_PASSWORD, NGX_CHAT_OP_SOCKET|NGX_CHAT_OP_PENDING,
      ngx_chat_account_key_reset_params, NULL, ngx_chat_account_key_reset,
      NULL, 0 },

    { "device_key_set", "PUT", "devices/current/key", NGX_CHAT_WHO_ACCOUNT,
      NGX_CHAT_LIMIT_GROUP, NGX_CHAT_OP_SOCKET|NGX_CHAT_OP_PENDING,
      ngx_chat_device_key_set_params, NULL, ngx_chat_device_key_set, NULL,
      0 },

    { "device_approve", "POST", "devices/{device}/approve",
      NGX_CHAT_WHO_ACCOUNT, NGX_CHAT_LIMIT_NONE, NGX_CHAT_OP_SOCKET,
      ngx_chat_device_approve_params, NULL, ngx_chat_device_approve, NULL,
      0 },

    { .name = NULL }
};


static void
ngx_chat_account_key_set(ngx_chat_call_t *call)
{
    if (ngx_chat_device_key_valid(call, "public_key") == NGX_OK) {
        ngx_chat_call_generic(call, ngx_chat_account_key_done);
    }
}


static void
ngx_chat_account_key_done(void *data, ngx_chat_pg_result_t *res)
{
    ngx_chat_call_t  *call = data;

    call->query = NULL;
    ngx_chat_call_reply(call, res);
}


static void
ngx_chat_account_key_reset(ngx_chat_call_t *call)
{
    if (ngx_chat_device_key_valid(call, "public_key") == NGX_OK) {
        ngx_chat_proof_password(call,
                                &ngx_chat_call_value(call, "password")->text,
                                "key.reset", ngx_chat_account_key_proven);
    }
}


static void
ngx_chat_account_key_proven(ngx_chat_call_t *call)
{
    ngx_chat_pg_param_t  p[4];

    ngx_memzero(p, sizeof(p));
    ngx_chat_pg_set_uuid(&p[0], call->session.account);
    ngx_chat_pg_set_uuid(&p[1], call->session.session);
    ngx_chat_call_set_value(&p[2], ngx_chat_call_value(call, "public_key"));
    ngx_chat_proof_hash(call, &p[3]);

    (void) ngx_chat_call_act(call, &ngx_chat_account_key_reset_stmt, p, 4,
                             ngx_chat_account_key_done);
}


static ngx_int_t
ngx_chat_device_key_valid(ngx_chat_call_t *call, const char *name)
{
    if (chat_ed25519_key_valid(ngx_chat_call_value(call, name)->bytes.data)) {
        return NGX_OK;
    }

    ngx_chat_call_fail_parameter(call, name, "an Ed25519 public key");

    return NGX_ERROR;
}


static void
ngx_chat_device_key_set(ngx_chat_call_t *call)
{
    if (ngx_chat_device_key_valid(call, "signature_key") != NGX_OK) {
        return;
    }

    if (ngx_chat_call_value(call, "certificate")->set) {
        ngx_chat_device_signed_query(call, call->session.session,
                                     ngx_chat_device_key_check);
        return;
    }

    ngx_chat_device_key_store(call, NULL);
}


static void
ngx_chat_device_key_check(void *data, ngx_chat_pg_result_t *res)
{
    ngx_str_t         account_key;
    ngx_chat_call_t  *call;

    call = data;
    call->query = NULL;

    if (ngx_chat_pg_status(res) != NGX_CHAT_PG_OK) {
        ngx_chat_call_fail_lookup(call, res);
        return;
    }

    if (ngx_chat_pg_rows(res) == 0) {
        ngx_chat_call_fail(call, "not_found");
        return;
    }

    ngx_chat_pg_bytes(res, 0, NGX_CHAT_SIGNED_ACCOUNT_KEY, &account_key);

    if (ngx_chat_device_certified(call, call->session.session,
                        &ngx_chat_call_value(call, "signature_key")->bytes,
                        &account_key)
        == NGX_OK)
    {
        ngx_chat_device_key_store(call, &account_key);
    }
}


/* account_key: the one that the certificate was checked against; NULL: there is no certificate */

static void
ngx_chat_device_key_store(ngx_chat_call_t *call, ngx_str_t *account_key)
{
    ngx_chat_value_t     *certificate;
    ngx_chat_pg_param_t   p[6];

    certificate = ngx_chat_call_value(call, "certificate");

    ngx_memzero(p, sizeof(p));
    ngx_chat_pg_set_uuid(&p[0], call->session.account);
    ngx_chat_pg_set_uuid(&p[1], call->session.session);
    ngx_chat_call_set_value(&p[2], ngx_chat_call_value(call, "signature_key"));
    ngx_chat_call_set_value(&p[4], certificate);

    if (account_key == NULL) {
        ngx_chat_pg_set_null(&p[3]);
        ngx_chat_pg_set_null(&p[5]);

    } else {
        ngx_chat_pg_set_bytea(&p[5], account_key->data, account_key->len);

        if (ngx_chat_pg_set_integer(&p[3], call->pool, certificate->integer)
            != NGX_OK)
        {
            ngx_chat_call_fail(call, "internal");
            return;
        }
    }

    (void) ngx_chat_call_act(call, &ngx_chat_device_key_set_stmt, p, 6,
                             ngx_chat_account_key_done);
}


static void
ngx_chat_device_approve(ngx_chat_call_t *call)
{
    ngx_chat_device_signed_query(call,
                                 ngx_chat_call_value(call, "device")->uuid,
                                 ngx_chat_device_approve_check);
}


static void
ngx_chat_device_approve_check(void *data, ngx_chat_pg_result_t *res)
{
    ngx_str_t             account_key, signature_key;
    ngx_chat_call_t      *call;
    ngx_chat_value_t     *device, *certificate;
    ngx_chat_pg_param_t   p[7];

    call = data;
    call->query = NULL;

    if (ngx_chat_pg_status(res) != NGX_CHAT_PG_OK) {
        ngx_chat_call_fail_lookup(call, res);
        return;
    }

    if (ngx_chat_pg_rows(res) == 0) {
        ngx_chat_call_fail(call, "not_found");
        return;
    }

    ngx_chat_pg_bytes(res, 0, NGX_CHAT_SIGNED_ACCOUNT_KEY, &account_key);
    ngx_chat_pg_bytes(res, 0, NGX_CHAT_SIGNED_SIGNATURE_KEY, &signature_key);

    if (signature_key.len != CHAT_ED25519_KEY_LEN) {
        ngx_chat_call_fail(call, "no_device_key");
        return;
    }

    device = ngx_chat_call_value(call, "device");
    certificate = ngx_chat_call_value(call, "certificate");

    if (ngx_chat_device_certified(call, device->uuid, &signature_key,
                                  &account_key)
        != NGX_OK)
    {
        return;
    }

    ngx_memzero(p, sizeof(p));
    ngx_chat_pg_set_uuid(&p[0], call->session.account);
    ngx_chat_pg_set_uuid(&p[1], call->session.session);
    ngx_chat_pg_set_uuid(&p[2], device->uuid);
    ngx_chat_call_set_value(&p[4], certificate);
    ngx_chat_pg_set_bytea(&p[5], account_key.data, account_key.len);
    ngx_chat_pg_set_bytea(&p[6], signature_key.data, signature_key.len);

    if (ngx_chat_pg_set_integer(&p[3], call->pool, certificate->integer)
        != NGX_OK)
    {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    (void) ngx_chat_call_act(call, &ngx_chat_device_approve_stmt, p, 7,
                             ngx_chat_account_key_done);
}


static void
ngx_chat_device_signed_query(ngx_chat_call_t *call, u_char device[16],
    ngx_chat_pg_handler_pt handler)
{
    ngx_chat_pg_param_t  p[2];

    ngx_memzero(p, sizeof(p));
    ngx_chat_pg_set_uuid(&p[0], call->session.account);
    ngx_chat_pg_set_uuid(&p[1], device);

    (void) ngx_chat_call_query(call, &ngx_chat_device_signed_stmt, p, 2,
                               handler);
}


/* NGX_OK: the call's certificate is one of the account for this device; else the call was failed */

static ngx_int_t
ngx_chat_device_certified(ngx_chat_call_t *call, u_char device[16],
    ngx_str_t *signature_key, ngx_str_t *account_key)
{
    ngx_chat_value_t    *certificate;
    chat_certificate_t   c;

    if (account_key->len != CHAT_ED25519_KEY_LEN) {
        ngx_chat_device_certificate_fail(call, "the account has no key");
        return NGX_ERROR;
    }

    certificate = ngx_chat_call_value(call, "certificate");

    ngx_memcpy(c.account, call->session.account, 16);
    ngx_memcpy(c.device, device, 16);
    ngx_memcpy(c.signature_key, signature_key->data, CHAT_ED25519_KEY_LEN);
    c.created = (uint64_t) certificate->integer;

    if (!chat_certificate_verify(&c, account_key->data,
                                 certificate->bytes.data))
    {
        ngx_chat_device_certificate_fail(call, "the signature is wrong");
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* reason: static, without characters that JSON escapes */

static void
ngx_chat_device_certificate_fail(ngx_chat_call_t *call, const char *reason)
{
    ngx_str_t  members;

    ngx_str_null(&members);

    members.data = ngx_pnalloc(call->pool, sizeof("\"reason\":\"\"")
                                           + ngx_strlen(reason));
    if (members.data != NULL) {
        members.len = ngx_sprintf(members.data, "\"reason\":\"%s\"", reason)
                      - members.data;
    }

    ngx_chat_call_fail_members(call, "invalid_certificate", &members);
}
