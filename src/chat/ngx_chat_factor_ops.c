/* An account's one-time passwords and backup codes: to have them, to lose them. */

#include "ngx_chat_factor.h"
#include "ngx_chat_rows.h"
#include "chat_totp.h"


#define NGX_CHAT_TOTP_URI_MAX       1024
#define NGX_CHAT_TOTP_SIZE          2048    /* of the answer's JSON beside the database's */

typedef enum {
    NGX_CHAT_PENDING_SEALED = 0,
    NGX_CHAT_PENDING_TRIES,
    NGX_CHAT_PENDING_CLOCK
} ngx_chat_pending_column_e;

/* wiped with the call */
typedef struct {
    u_char              secret[CHAT_TOTP_SECRET_LEN];
    char                uri[NGX_CHAT_TOTP_URI_MAX];
} ngx_chat_totp_new_t;


static void ngx_chat_totp_create(ngx_chat_call_t *call);
static void ngx_chat_totp_created(void *data, ngx_chat_pg_result_t *res);
static ngx_int_t ngx_chat_totp_show(ngx_chat_call_t *call);
static void ngx_chat_totp_confirm(ngx_chat_call_t *call);
static void ngx_chat_totp_pending(void *data, ngx_chat_pg_result_t *res);
static void ngx_chat_totp_store(ngx_chat_call_t *call, ngx_str_t *sealed,
    int64_t step);
static void ngx_chat_totp_wrong(ngx_chat_call_t *call, int64_t left);
static void ngx_chat_backup_renew(ngx_chat_call_t *call);
static void ngx_chat_backup_stored(void *data, ngx_chat_pg_result_t *res);
static ngx_int_t ngx_chat_backup_answer(ngx_chat_call_t *call);


static ngx_chat_pg_stmt_t  ngx_chat_factor_list_stmt = {
    "factor_list",
    "SELECT * FROM chat.factor_list($1::uuid, $2::uuid)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_totp_create_stmt = {
    "totp_create",
    "SELECT * FROM chat.totp_create(chat.context($1::uuid, $4::text), "
    "$2::uuid, $3::bytea)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_totp_pending_stmt = {
    "totp_pending",
    "SELECT sealed, tries, clock FROM chat.totp_pending($1::uuid)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_totp_confirm_stmt = {
    "totp_confirm",
    "SELECT * FROM chat.totp_confirm(chat.context($1::uuid, $6::text), "
    "$2::uuid, $3::bytea, $4::bigint, $5::bytea[])",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_totp_delete_stmt = {
    "totp_delete",
    "SELECT * FROM chat.totp_delete(chat.context($1::uuid, $3::text), "
    "$2::uuid)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_backup_renew_stmt = {
    "backup_codes_renew",
    "SELECT * FROM chat.backup_codes_renew(chat.context($1::uuid, $4::text), "
    "$2::uuid, $3::bytea[])",
    0
};


static const ngx_chat_param_t  ngx_chat_totp_confirm_params[] = {
    { "code", NGX_CHAT_SECRET, NGX_CHAT_IN_BODY, 1, NGX_CHAT_TOTP_CODE,
      NGX_CHAT_TOTP_CODE, NULL },
    { .name = NULL }
};


ngx_chat_op_t  ngx_chat_factor_ops[] = {

    { "factor_list", "GET", "account/factors", NGX_CHAT_WHO_ACCOUNT,
      NGX_CHAT_LIMIT_NONE, NGX_CHAT_OP_SOCKET|NGX_CHAT_OP_PENDING, NULL,
      &ngx_chat_factor_list_stmt, NULL, NULL, 0 },

    /* a pending device may be a thief's: it changes no factors */

    { "totp_create", "POST", "account/totp", NGX_CHAT_WHO_ACCOUNT,
      NGX_CHAT_LIMIT_LOOKUP, NGX_CHAT_OP_SOCKET, NULL, NULL,
      ngx_chat_totp_create, NULL, 0 },

    { "totp_confirm", "POST", "account/totp/confirm", NGX_CHAT_WHO_ACCOUNT,
      NGX_CHAT_LIMIT_LOOKUP, NGX_CHAT_OP_SOCKET,
      ngx_chat_totp_confirm_params, NULL, ngx_chat_totp_confirm, NULL, 0 },

    { "totp_delete", "DELETE", "account/totp", NGX_CHAT_WHO_ACCOUNT,
      NGX_CHAT_LIMIT_NONE, NGX_CHAT_OP_SOCKET|NGX_CHAT_OP_AUDIT, NULL,
      &ngx_chat_totp_delete_stmt, NULL, NULL, 0 },

    { "backup_codes_renew", "POST", "account/backup_codes",
      NGX_CHAT_WHO_ACCOUNT, NGX_CHAT_LIMIT_LOOKUP, NGX_CHAT_OP_SOCKET, NULL,
      NULL, ngx_chat_backup_renew, NULL, 0 },

    { .name = NULL }
};


static void
ngx_chat_totp_create(ngx_chat_call_t *call)
{
    u_char                sealed[CHAT_TOTP_SECRET_LEN + CHAT_SEAL_OVERHEAD];
    chat_seal_key_t       keys[CHAT_SEAL_KEYS + 1];
    ngx_chat_totp_new_t  *totp;
    ngx_chat_pg_param_t   p[3];

    totp = ngx_chat_call_secret(call, sizeof(ngx_chat_totp_new_t));

    if (totp == NULL) {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    call->state = totp;

    if (ngx_chat_factor_keys(call, keys) == 0) {
        ngx_chat_call_fail(call, "unavailable");
        return;
    }

    chat_random(totp->secret, sizeof(totp->secret));
    chat_seal(&keys[0], call->session.account, 16, totp->secret,
              sizeof(totp->secret), sealed);
    chat_wipe(keys, sizeof(keys));

    ngx_memzero(p, sizeof(p));
    ngx_chat_pg_set_uuid(&p[0], call->session.account);
    ngx_chat_pg_set_uuid(&p[1], call->session.session);
    ngx_chat_pg_set_bytea(&p[2], sealed, sizeof(sealed));

    (void) ngx_chat_call_act(call, &ngx_chat_totp_create_stmt, p, 3,
                             ngx_chat_totp_created);
}


static void
ngx_chat_totp_created(void *data, ngx_chat_pg_result_t *res)
{
    ngx_chat_call_t  *call = data;

    call->query = NULL;
    ngx_chat_call_reply_edited(call, res, ngx_chat_totp_show);
}


/* the only time that the secret is shown; its etag is the account's name for the app's list */

static ngx_int_t
ngx_chat_totp_show(ngx_chat_call_t *call)
{
    char                   base32[chat_base32_len(CHAT_TOTP_SECRET_LEN)];
    size_t                 len, size;
    u_char                *buf;
    ngx_str_t              name;
    chat_json_out_t        o;
    ngx_chat_totp_new_t   *totp;
    ngx_chat_auth_conf_t  *conf;

    totp = call->state;
    conf = ngx_chat_call_auth_conf(call);
    name = call->etag;
    ngx_str_null(&call->etag);

    len = chat_totp_uri((char *) conf->server_name.data,
                        conf->server_name.len, (char *) name.data, name.len,
                        totp->secret, totp->uri, sizeof(totp->uri));
    size = call->json.len + NGX_CHAT_TOTP_SIZE;
    buf = ngx_pnalloc(call->pool, size);

    if (len == 0 || buf == NULL || call->json.len < 2) {
        return NGX_ERROR;
    }

    (void) chat_base32_encode(totp->secret, sizeof(totp->secret), base32);

    chat_json_out_init(&o, (char *) buf, size);
    chat_json_open(&o, '{');
    chat_json_out_key(&o, "secret");
    chat_json_out_string(&o, base32, sizeof(base32));
    chat_json_out_key(&o, "uri");
    chat_json_out_string(&o, totp->uri, len);
    chat_json_out_raw(&o, (char *) call->json.data + 1, call->json.len - 2);
    chat_json_close(&o, '}');
    chat_wipe(base32, sizeof(base32));

    if (o.overflow) {
        return NGX_ERROR;
    }

    call->json.data = buf;
    call->json.len = o.pos - o.start;

    return NGX_OK;
}


static void
ngx_chat_totp_confirm(ngx_chat_call_t *call)
{
    ngx_chat_pg_param_t  param;

    ngx_memzero(&param, sizeof(ngx_chat_pg_param_t));
    ngx_chat_pg_set_uuid(&param, call->session.account);

    (void) ngx_chat_call_query(call, &ngx_chat_totp_pending_stmt, &param, 1,
                               ngx_chat_totp_pending);
}


static void
ngx_chat_totp_pending(void *data, ngx_chat_pg_result_t *res)
{
    int                key;
    int64_t            step;
    uint8_t            secret[CHAT_TOTP_SECRET_LEN];
    ngx_str_t         *code, sealed;
    ngx_uint_t         n;
    ngx_chat_call_t   *call;
    chat_seal_key_t    keys[CHAT_SEAL_KEYS + 1];

    call = data;
    call->query = NULL;

    if (ngx_chat_pg_status(res) != NGX_CHAT_PG_OK) {
        ngx_chat_call_fail_pg(call, res);
        return;
    }

    if (ngx_chat_pg_rows(res) != 1) {
        ngx_chat_call_fail(call, "verification_expired");
        return;
    }

    ngx_chat_pg_bytes(res, 0, NGX_CHAT_PENDING_SEALED, &sealed);
    n = ngx_chat_factor_keys(call, keys);

    key = sealed.len == CHAT_TOTP_SECRET_LEN + CHAT_SEAL_OVERHEAD
          ? chat_seal_open(keys, n, call->session.account, 16, sealed.data,
                           sealed.len, secret)
          : -2;
    chat_wipe(keys, sizeof(keys));

    /* a key that changed within minutes: a new secret is the way on */

    if (key < 0) {
        ngx_chat_call_fail(call, "verification_expired");
        return;
    }

    code = &ngx_chat_call_value(call, "code")->text;
    step = chat_totp_match(secret,
                           ngx_chat_pg_integer(res, 0, NGX_CHAT_PENDING_CLOCK),
                           (char *) code->data, code->len);
    chat_wipe(secret, sizeof(secret));

    if (step < 0) {
        ngx_chat_totp_wrong(call, ngx_chat_pg_integer(res, 0,
                                                     NGX_CHAT_PENDING_TRIES));
        return;
    }

    ngx_chat_totp_store(call, &sealed, step);
}


static void
ngx_chat_totp_wrong(ngx_chat_call_t *call, int64_t left)
{
    ngx_str_t  members;

    members.data = ngx_pnalloc(call->pool, sizeof("\"attempts_left\":")
                                           + NGX_INT64_LEN);
    if (members.data == NULL) {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    members.len = ngx_sprintf(members.data, "\"attempts_left\":%L", left)
                  - members.data;
    ngx_chat_call_fail_members(call, "invalid_code", &members);
}


static void
ngx_chat_totp_store(ngx_chat_call_t *call, ngx_str_t *sealed, int64_t step)
{
    ngx_chat_pg_param_t  p[5];

    ngx_memzero(p, sizeof(p));

    call->state = ngx_chat_backup_make(call, &p[4]);

    if (call->state == NULL) {
        return;
    }

    ngx_chat_pg_set_uuid(&p[0], call->session.account);
    ngx_chat_pg_set_uuid(&p[1], call->session.session);
    ngx_chat_pg_set_bytea(&p[2], sealed->data, sealed->len);

    if (ngx_chat_pg_set_integer(&p[3], call->pool, step) != NGX_OK) {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    (void) ngx_chat_call_act(call, &ngx_chat_totp_confirm_stmt, p, 5,
                             ngx_chat_backup_stored);
}


static void
ngx_chat_backup_renew(ngx_chat_call_t *call)
{
    ngx_chat_pg_param_t  p[3];

    if (!ngx_chat_pg_state()->ready) {
        ngx_chat_call_fail(call, "unavailable");
        return;
    }

    ngx_memzero(p, sizeof(p));

    call->state = ngx_chat_backup_make(call, &p[2]);

    if (call->state == NULL) {
        return;
    }

    ngx_chat_pg_set_uuid(&p[0], call->session.account);
    ngx_chat_pg_set_uuid(&p[1], call->session.session);

    (void) ngx_chat_call_act(call, &ngx_chat_backup_renew_stmt, p, 3,
                             ngx_chat_backup_stored);
}


static void
ngx_chat_backup_stored(void *data, ngx_chat_pg_result_t *res)
{
    ngx_chat_call_t  *call = data;

    call->query = NULL;
    ngx_chat_call_reply_edited(call, res, ngx_chat_backup_answer);
}


static ngx_int_t
ngx_chat_backup_answer(ngx_chat_call_t *call)
{
    return ngx_chat_backup_show(call, call->state);
}
