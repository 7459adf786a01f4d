/* One-time passwords and backup codes beside a password. */

#include "ngx_chat_factor.h"
#include "chat_text.h"
#include "chat_totp.h"


typedef enum {
    NGX_CHAT_TRY_WAIT = 0,
    NGX_CHAT_TRY_SEALED,
    NGX_CHAT_TRY_CLOCK,
    NGX_CHAT_TRY_GUARD
} ngx_chat_try_column_e;

/* in the call's pool */
typedef struct {
    ngx_chat_factor_pt  next;
    const char         *factor;
    u_char              account[16];
    u_char              device[16];
    u_char              device_secret[CHAT_HASH_LEN];
    u_char              guard[16];
    unsigned            has_device:1;
    unsigned            has_secret:1;
} ngx_chat_factor_t;


static void ngx_chat_factor_backup(ngx_chat_call_t *call,
    ngx_chat_factor_t *f);
static void ngx_chat_factor_totp(ngx_chat_call_t *call, ngx_chat_factor_t *f);
static ngx_int_t ngx_chat_factor_rate(ngx_chat_call_t *call,
    ngx_chat_pg_param_t *p);
static void ngx_chat_factor_tried(void *data, ngx_chat_pg_result_t *res);
static void ngx_chat_factor_use(ngx_chat_call_t *call, ngx_str_t *sealed,
    uint64_t now);
static void ngx_chat_factor_used(void *data, ngx_chat_pg_result_t *res);
static void ngx_chat_factor_wrong(ngx_chat_call_t *call);


static ngx_chat_pg_stmt_t  ngx_chat_totp_try_stmt = {
    "totp_try",
    "SELECT wait, sealed, clock, guard "
    "FROM chat.totp_try($1::uuid, $2::uuid, $3::bytea, $4::bigint::int, "
    "$5::bigint::int, $6::bigint::int::boolean)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_totp_use_stmt = {
    "totp_use",
    "SELECT chat.totp_use($1::uuid, $2::uuid, $3::bigint, $4::bytea)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_backup_use_stmt = {
    "backup_code_use",
    "SELECT chat.backup_code_use(chat.context($1::uuid, $3::text), "
    "$2::bytea)",
    0
};


void
ngx_chat_factor_code(ngx_chat_call_t *call, u_char account[16],
    u_char *device, u_char *device_secret, ngx_chat_factor_pt next)
{
    ngx_uint_t          totp, backup;
    ngx_chat_factor_t  *f;

    totp = ngx_chat_call_value(call, "totp")->set;
    backup = ngx_chat_call_value(call, "backup_code")->set;

    if (totp && backup) {
        ngx_chat_call_fail_parameter(call, "backup_code",
                                     "one of totp and backup_code");
        return;
    }

    if (!totp && !backup) {
        next(call, NULL);
        return;
    }

    f = ngx_pcalloc(call->pool, sizeof(ngx_chat_factor_t));

    if (f == NULL) {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    f->next = next;
    ngx_memcpy(f->account, account, 16);

    if (device != NULL) {
        ngx_memcpy(f->device, device, 16);
        f->has_device = 1;
    }

    if (device_secret != NULL) {
        ngx_memcpy(f->device_secret, device_secret, CHAT_HASH_LEN);
        f->has_secret = 1;
    }

    call->factor = f;

    if (totp) {
        ngx_chat_factor_totp(call, f);

    } else {
        ngx_chat_factor_backup(call, f);
    }
}


static void
ngx_chat_factor_backup(ngx_chat_call_t *call, ngx_chat_factor_t *f)
{
    u_char               hash[CHAT_HASH_LEN];
    ngx_chat_pg_param_t  p[2];

    if (!ngx_chat_pg_state()->ready) {
        ngx_chat_call_fail(call, "unavailable");
        return;
    }

    if (ngx_chat_backup_hash(f->account,
                             &ngx_chat_call_value(call, "backup_code")->text,
                             hash)
        != NGX_OK)
    {
        ngx_memzero(hash, CHAT_HASH_LEN);   /* nobody's */
    }

    f->factor = "backup_code";

    ngx_memzero(p, sizeof(p));
    ngx_chat_pg_set_uuid(&p[0], f->account);
    ngx_chat_pg_set_bytea(&p[1], hash, CHAT_HASH_LEN);

    (void) ngx_chat_call_act(call, &ngx_chat_backup_use_stmt, p, 2,
                             ngx_chat_factor_used);
}


static void
ngx_chat_factor_totp(ngx_chat_call_t *call, ngx_chat_factor_t *f)
{
    ngx_chat_pg_param_t  p[6];

    f->factor = "totp";

    ngx_memzero(p, sizeof(p));
    ngx_chat_pg_set_uuid(&p[0], f->account);

    if (f->has_device) {
        ngx_chat_pg_set_uuid(&p[1], f->device);

    } else {
        ngx_chat_pg_set_null(&p[1]);
    }

    if (f->has_secret) {
        ngx_chat_pg_set_bytea(&p[2], f->device_secret, CHAT_HASH_LEN);

    } else {
        ngx_chat_pg_set_null(&p[2]);
    }

    if (ngx_chat_factor_rate(call, &p[3]) != NGX_OK) {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    (void) ngx_chat_call_query(call, &ngx_chat_totp_try_stmt, p, 6,
                               ngx_chat_factor_tried);
}


/* three parameters: how many are free, the longest wait, whether it is enforced */

static ngx_int_t
ngx_chat_factor_rate(ngx_chat_call_t *call, ngx_chat_pg_param_t *p)
{
    ngx_chat_rate_t  *rate;

    rate = &ngx_chat_call_limit_conf(call)->limits[NGX_CHAT_LIMIT_FACTOR];

    if (ngx_chat_pg_set_integer(&p[0], call->pool, rate->burst) != NGX_OK
        || ngx_chat_pg_set_integer(&p[1], call->pool,
                                   ngx_max(rate->each / 1000000, 1))
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_chat_pg_set_integer(&p[2], call->pool,
                                   rate->each && !rate->dry_run);
}


static void
ngx_chat_factor_tried(void *data, ngx_chat_pg_result_t *res)
{
    int64_t             wait;
    ngx_str_t           sealed, guard;
    ngx_chat_call_t    *call;
    ngx_chat_rate_t    *rate;
    ngx_chat_factor_t  *f;

    call = data;
    call->query = NULL;
    f = call->factor;

    if (ngx_chat_pg_status(res) != NGX_CHAT_PG_OK) {
        ngx_chat_call_fail_pg(call, res);
        return;
    }

    if (ngx_chat_pg_rows(res) != 1) {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    rate = &ngx_chat_call_limit_conf(call)->limits[NGX_CHAT_LIMIT_FACTOR];

    wait = ngx_chat_pg_integer(res, 0, NGX_CHAT_TRY_WAIT);

    if (wait > 0 && rate->each
        && ngx_chat_call_limited(call, NGX_CHAT_LIMIT_FACTOR,
                                 (ngx_uint_t) wait)
           != NGX_OK)
    {
        return;
    }

    if (ngx_chat_pg_null(res, 0, NGX_CHAT_TRY_SEALED)) {
        ngx_chat_factor_wrong(call);
        return;
    }

    ngx_chat_pg_bytes(res, 0, NGX_CHAT_TRY_GUARD, &guard);

    if (guard.len == 16) {
        ngx_memcpy(f->guard, guard.data, 16);
    }

    ngx_chat_pg_bytes(res, 0, NGX_CHAT_TRY_SEALED, &sealed);
    ngx_chat_factor_use(call, &sealed,
                        ngx_chat_pg_integer(res, 0, NGX_CHAT_TRY_CLOCK));
}


static void
ngx_chat_factor_use(ngx_chat_call_t *call, ngx_str_t *sealed, uint64_t now)
{
    int                  key;
    int64_t              step;
    uint8_t              secret[CHAT_TOTP_SECRET_LEN];
    u_char               again[CHAT_TOTP_SECRET_LEN + CHAT_SEAL_OVERHEAD];
    ngx_str_t           *code;
    ngx_uint_t           n;
    chat_seal_key_t      keys[CHAT_SEAL_KEYS + 1];
    ngx_chat_factor_t   *f;
    ngx_chat_pg_param_t  p[4];

    f = call->factor;
    code = &ngx_chat_call_value(call, "totp")->text;
    n = ngx_chat_factor_keys(call, keys);

    key = sealed->len == sizeof(again)
          ? chat_seal_open(keys, n, f->account, 16, sealed->data, sealed->len,
                           secret)
          : -2;

    if (key < 0) {
        chat_wipe(keys, sizeof(keys));
        ngx_log_error(NGX_LOG_ERR, call->log, 0,
                      "chat: a secret of one-time passwords can't be opened: "
                      "%s", key == -1 ? "its key is not among those of "
                      "\"chat_totp\"" : "it was changed");
        ngx_chat_call_fail(call, "internal");
        return;
    }

    step = chat_totp_match(secret, now, (char *) code->data, code->len);

    if (step < 0) {
        chat_wipe(secret, sizeof(secret));
        chat_wipe(keys, sizeof(keys));
        ngx_chat_factor_wrong(call);
        return;
    }

    ngx_memzero(p, sizeof(p));
    ngx_chat_pg_set_uuid(&p[0], f->account);
    ngx_chat_pg_set_uuid(&p[1], f->guard);
    ngx_chat_pg_set_null(&p[3]);

    /* what an older key sealed is sealed anew by the first */

    if (key > 0) {
        chat_seal(&keys[0], f->account, 16, secret, sizeof(secret), again);
        ngx_memzero(&p[3], sizeof(ngx_chat_pg_param_t));
        ngx_chat_pg_set_bytea(&p[3], again, sizeof(again));
    }

    chat_wipe(secret, sizeof(secret));
    chat_wipe(keys, sizeof(keys));

    if (ngx_chat_pg_set_integer(&p[2], call->pool, step) != NGX_OK) {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    (void) ngx_chat_call_query(call, &ngx_chat_totp_use_stmt, p, 4,
                               ngx_chat_factor_used);
}


static void
ngx_chat_factor_used(void *data, ngx_chat_pg_result_t *res)
{
    ngx_chat_call_t    *call;
    ngx_chat_factor_t  *f;

    call = data;
    call->query = NULL;
    f = call->factor;

    if (ngx_chat_pg_status(res) != NGX_CHAT_PG_OK) {
        ngx_chat_call_fail_pg(call, res);
        return;
    }

    if (ngx_chat_pg_rows(res) != 1 || !ngx_chat_pg_integer(res, 0, 0)) {
        ngx_chat_factor_wrong(call);
        return;
    }

    f->next(call, f->factor);
}


static void
ngx_chat_factor_wrong(ngx_chat_call_t *call)
{
    ngx_chat_factor_t  *f;

    f = call->factor;
    ngx_chat_factor_refused(call, "factor_wrong", f->account);
}


void
ngx_chat_factor_refused(ngx_chat_call_t *call, const char *code,
    u_char *account)
{
    ngx_chat_call_refused(call, call->has_session ? "proof.create"
                                                  : "session.sign_in",
                          code, account, NULL);
}
