/* Tries at secrets, before and after: see ngx_chat_failure.h. */

#include "ngx_chat_failure.h"
#include "ngx_chat_limit.h"
#include "ngx_chat_stat.h"


#define NGX_CHAT_FAILURE_KEYS       4       /* of one call */
#define NGX_CHAT_FAILURE_PAIR       2       /* near and everyone */
#define NGX_CHAT_FAILURE_PARAMS     9

typedef enum {
    NGX_CHAT_FAILURE_NEAR = 0,
    NGX_CHAT_FAILURE_EVERYONE,
    NGX_CHAT_FAILURE_PROVEN
} ngx_chat_failure_column_e;

typedef struct {
    ngx_chat_call_next_pt   next;
    ngx_uint_t              limit;          /* of a begin under way */
    ngx_uint_t              n;
    u_char                  keys[NGX_CHAT_FAILURE_KEYS][CHAT_HASH_LEN];
    u_char                  device[CHAT_HASH_LEN];
    unsigned                claimed:1;      /* it says that it is a device */
    unsigned                proven:1;
} ngx_chat_failure_t;


static ngx_chat_failure_t *ngx_chat_failure_get(ngx_chat_call_t *call,
    ngx_chat_call_next_pt next);
static void ngx_chat_failure_key(const char *purpose, u_char *whose,
    size_t whose_len, u_char *key, size_t len, u_char hash[CHAT_HASH_LEN]);
static ngx_int_t ngx_chat_failure_rates(ngx_chat_call_t *call,
    ngx_uint_t *limits, ngx_uint_t n, ngx_chat_pg_param_t *p);
static void ngx_chat_failure_begun(void *data, ngx_chat_pg_result_t *res);
static void ngx_chat_failure_sign_in_begun(void *data,
    ngx_chat_pg_result_t *res);
static ngx_int_t ngx_chat_failure_charge(ngx_chat_call_t *call,
    ngx_uint_t limit, int64_t wait);
static void ngx_chat_failure_tell(ngx_chat_pg_stmt_t *stmt, ngx_pool_t *pool,
    u_char *keys, ngx_uint_t n);
static void ngx_chat_failure_told(void *data, ngx_chat_pg_result_t *res);


static ngx_chat_pg_stmt_t  ngx_chat_failure_begin_stmt = {
    "failure_begin",
    "SELECT (chat.failure_begin(ARRAY[$1::bytea], $2::int[], $3::int[], "
    "$4::int[]::boolean[]))[1]",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_failure_sign_in_stmt = {
    "sign_in_begin",
    "SELECT wait_near, wait_everyone, proven FROM chat.sign_in_begin($1::text, "
    "$2::uuid, $3::bytea, $4::bytea, $5::bytea, $6::bytea, $7::int[], "
    "$8::int[], $9::int[]::boolean[])",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_failure_end_stmt = {
    "failure_end",
    "SELECT chat.failure_end($1::bytea[])",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_failure_back_stmt = {
    "failure_back",
    "SELECT chat.failure_back($1::bytea[])",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_failure_known_stmt = {
    "failure_known",
    "SELECT chat.failure_known($1::bytea[])",
    0
};


void
ngx_chat_failure_begin(ngx_chat_call_t *call, ngx_uint_t limit, u_char *key,
    size_t len, ngx_chat_call_next_pt next)
{
    ngx_chat_failure_t   *f;
    ngx_chat_pg_param_t   p[4];

    if (ngx_chat_call_limit_conf(call)->limits[limit].each == 0) {
        next(call);
        return;
    }

    f = ngx_chat_failure_get(call, next);
    if (f == NULL) {
        return;
    }

    f->limit = limit;
    ngx_chat_failure_key(ngx_chat_limit_classes[limit].name, (u_char *) "", 0,
                         key, len, f->keys[f->n]);

    ngx_memzero(p, sizeof(p));
    ngx_chat_pg_set_bytea(&p[0], f->keys[f->n], CHAT_HASH_LEN);
    f->n++;

    if (ngx_chat_failure_rates(call, &limit, 1, &p[1]) != NGX_OK) {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    (void) ngx_chat_call_query(call, &ngx_chat_failure_begin_stmt, p, 4,
                               ngx_chat_failure_begun);
}


void
ngx_chat_failure_sign_in(ngx_chat_call_t *call, ngx_str_t *login,
    u_char *session, u_char *secret_hash, ngx_chat_call_next_pt next)
{
    size_t                  len;
    u_char                  address[16];
    ngx_uint_t              i;
    ngx_chat_failure_t     *f;
    ngx_chat_limit_conf_t  *conf;
    ngx_chat_pg_param_t     p[NGX_CHAT_FAILURE_PARAMS];

    static ngx_uint_t       limits[NGX_CHAT_FAILURE_PAIR] = {
        NGX_CHAT_LIMIT_GUESS, NGX_CHAT_LIMIT_LOGIN
    };

    f = ngx_chat_failure_get(call, next);
    if (f == NULL) {
        return;
    }

    conf = ngx_chat_call_limit_conf(call);
    len = ngx_chat_call_address_key(call, address);

    ngx_chat_failure_key("near", login->data, login->len, address, len,
                         f->keys[NGX_CHAT_FAILURE_NEAR]);
    ngx_chat_failure_key("everyone", login->data, login->len, (u_char *) "", 0,
                         f->keys[NGX_CHAT_FAILURE_EVERYONE]);
    f->n = NGX_CHAT_FAILURE_PAIR;

    ngx_memzero(p, sizeof(p));
    ngx_chat_pg_set_text(&p[0], login);

    for (i = 1; i < 6; i++) {
        ngx_chat_pg_set_null(&p[i]);
    }

    if (secret_hash != NULL) {
        f->claimed = 1;
        ngx_chat_failure_key("device", (u_char *) "", 0, session, 16,
                             f->device);

        ngx_memzero(&p[1], 3 * sizeof(ngx_chat_pg_param_t));
        ngx_chat_pg_set_uuid(&p[1], session);
        ngx_chat_pg_set_bytea(&p[2], secret_hash, CHAT_HASH_LEN);
        ngx_chat_pg_set_bytea(&p[3], f->device, CHAT_HASH_LEN);

        if (conf->limits[NGX_CHAT_LIMIT_GUESS].each == 0) {
            ngx_chat_pg_set_null(&p[3]);
        }
    }

    for (i = 0; i < NGX_CHAT_FAILURE_PAIR; i++) {
        if (conf->limits[limits[i]].each) {
            ngx_memzero(&p[4 + i], sizeof(ngx_chat_pg_param_t));
            ngx_chat_pg_set_bytea(&p[4 + i], f->keys[i], CHAT_HASH_LEN);
        }
    }

    if (ngx_chat_failure_rates(call, limits, NGX_CHAT_FAILURE_PAIR, &p[6])
        != NGX_OK)
    {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    (void) ngx_chat_call_query(call, &ngx_chat_failure_sign_in_stmt, p,
                               NGX_CHAT_FAILURE_PARAMS,
                               ngx_chat_failure_sign_in_begun);
}


static ngx_chat_failure_t *
ngx_chat_failure_get(ngx_chat_call_t *call, ngx_chat_call_next_pt next)
{
    ngx_chat_failure_t  *f;

    /* the keys of hashes come from the database */

    if (!ngx_chat_pg_state()->ready) {
        ngx_chat_call_fail(call, "unavailable");
        return NULL;
    }

    f = call->failure;

    if (f == NULL) {
        f = ngx_pcalloc(call->pool, sizeof(ngx_chat_failure_t));
        call->failure = f;
    }

    if (f == NULL || f->n == NGX_CHAT_FAILURE_KEYS) {
        ngx_chat_call_fail(call, "internal");
        return NULL;
    }

    f->next = next;

    return f;
}


/* people type a password where the name goes: no name can be read in the database */

static void
ngx_chat_failure_key(const char *purpose, u_char *whose, size_t whose_len,
    u_char *key, size_t len, u_char hash[CHAT_HASH_LEN])
{
    chat_code_hash(ngx_chat_pg_state()->key, purpose, (char *) whose,
                   whose_len, (char *) key, len, hash);
}


/* three parameters: how many are free, the longest wait, whether it is enforced */

static ngx_int_t
ngx_chat_failure_rates(ngx_chat_call_t *call, ngx_uint_t *limits, ngx_uint_t n,
    ngx_chat_pg_param_t *p)
{
    ngx_uint_t            i, j;
    ngx_chat_rate_t      *rate;
    ngx_chat_pg_array_t   a[3];

    for (j = 0; j < 3; j++) {
        if (ngx_chat_pg_array_init(&a[j], call->pool, NGX_CHAT_PG_INT4_ARRAY,
                                   n * 4, n)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    for (i = 0; i < n; i++) {
        rate = &ngx_chat_call_limit_conf(call)->limits[limits[i]];

        if (ngx_chat_pg_array_add_integer(&a[0], rate->burst) != NGX_OK
            || ngx_chat_pg_array_add_integer(&a[1],
                                             ngx_max(rate->each / 1000000, 1))
               != NGX_OK
            || ngx_chat_pg_array_add_integer(&a[2], !rate->dry_run) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    for (j = 0; j < 3; j++) {
        ngx_chat_pg_set_array(&p[j], &a[j]);
    }

    return NGX_OK;
}


static void
ngx_chat_failure_begun(void *data, ngx_chat_pg_result_t *res)
{
    ngx_chat_call_t     *call;
    ngx_chat_failure_t  *f;

    call = data;
    call->query = NULL;
    f = call->failure;

    if (ngx_chat_pg_status(res) != NGX_CHAT_PG_OK
        || ngx_chat_pg_rows(res) != 1)
    {
        ngx_chat_call_fail_lookup(call, res);
        return;
    }

    if (ngx_chat_failure_charge(call, f->limit,
                                ngx_chat_pg_integer(res, 0, 0))
        == NGX_OK)
    {
        f->next(call);
    }
}


static void
ngx_chat_failure_sign_in_begun(void *data, ngx_chat_pg_result_t *res)
{
    int64_t              near, everyone;
    ngx_chat_call_t     *call;
    ngx_chat_failure_t  *f;

    call = data;
    call->query = NULL;
    f = call->failure;

    if (ngx_chat_pg_status(res) != NGX_CHAT_PG_OK
        || ngx_chat_pg_rows(res) != 1)
    {
        ngx_chat_call_fail_lookup(call, res);
        return;
    }

    near = ngx_chat_pg_integer(res, 0, NGX_CHAT_FAILURE_NEAR);
    everyone = 0;

    if (ngx_chat_pg_null(res, 0, NGX_CHAT_FAILURE_EVERYONE)) {
        /* nor is what strangers did forgiven for it */
        f->n = 1;

    } else {
        everyone = ngx_chat_pg_integer(res, 0, NGX_CHAT_FAILURE_EVERYONE);
    }

    f->proven = ngx_chat_pg_integer(res, 0, NGX_CHAT_FAILURE_PROVEN) != 0;

    if (f->proven) {
        ngx_memcpy(f->keys[0], f->device, CHAT_HASH_LEN);
    }

    /* a device that isn't one has its address's bucket like all others */

    if (f->claimed && !f->proven
        && ngx_chat_call_limit_address(call, NGX_CHAT_LIMIT_SIGN_IN) != NGX_OK)
    {
        return;
    }

    if (ngx_chat_failure_charge(call, NGX_CHAT_LIMIT_GUESS, near) == NGX_OK
        && ngx_chat_failure_charge(call, NGX_CHAT_LIMIT_LOGIN, everyone)
           == NGX_OK)
    {
        f->next(call);
    }
}


static ngx_int_t
ngx_chat_failure_charge(ngx_chat_call_t *call, ngx_uint_t limit, int64_t wait)
{
    return wait > 0 ? ngx_chat_call_limited(call, limit, (ngx_uint_t) wait)
                    : NGX_OK;
}


ngx_uint_t
ngx_chat_failure_device(ngx_chat_call_t *call)
{
    ngx_chat_failure_t  *f;

    f = call->failure;

    return f != NULL && f->proven;
}


void
ngx_chat_failure_passed(ngx_chat_call_t *call)
{
    ngx_chat_failure_t  *f;

    f = call->failure;

    if (f != NULL && f->n) {
        ngx_chat_failure_tell(&ngx_chat_failure_end_stmt, call->pool,
                              f->keys[0], f->n);
        f->n = 0;
    }
}


void
ngx_chat_failure_beside(ngx_chat_call_t *call)
{
    ngx_chat_failure_t  *f;

    f = call->failure;

    if (f != NULL && f->n) {
        ngx_chat_failure_tell(&ngx_chat_failure_back_stmt, call->pool,
                              f->keys[0], f->n);
        f->n = 0;
    }
}


void
ngx_chat_failure_known(ngx_chat_call_t *call, ngx_str_t *email,
    ngx_str_t *username)
{
    size_t  len;
    u_char  address[16], login[CHAT_EMAIL_MAX], keys[2][CHAT_HASH_LEN];

    if (!ngx_chat_pg_state()->ready || email->len > CHAT_EMAIL_MAX) {
        return;
    }

    chat_email_key((char *) email->data, email->len, (char *) login);

    len = ngx_chat_call_address_key(call, address);

    ngx_chat_failure_key("near", login, email->len, address, len, keys[0]);
    ngx_chat_failure_key("near", username->data, username->len, address, len,
                         keys[1]);

    ngx_chat_failure_tell(&ngx_chat_failure_known_stmt, call->pool, keys[0],
                          2);
}


/* keys: one after the other; all parameters are copied, and nobody waits */

static void
ngx_chat_failure_tell(ngx_chat_pg_stmt_t *stmt, ngx_pool_t *pool, u_char *keys,
    ngx_uint_t n)
{
    ngx_uint_t           i;
    ngx_chat_pg_array_t  array;
    ngx_chat_pg_param_t  param;

    if (ngx_chat_pg_array_init(&array, pool, NGX_CHAT_PG_BYTEA_ARRAY,
                               n * CHAT_HASH_LEN, n)
        != NGX_OK)
    {
        return;
    }

    for (i = 0; i < n; i++) {
        if (ngx_chat_pg_array_add(&array, keys + i * CHAT_HASH_LEN,
                                  CHAT_HASH_LEN)
            != NGX_OK)
        {
            return;
        }
    }

    ngx_memzero(&param, sizeof(ngx_chat_pg_param_t));
    ngx_chat_pg_set_array(&param, &array);

    (void) ngx_chat_pg_query(NGX_CHAT_PG_POOL_ANY, stmt, &param, 1, 0,
                             ngx_chat_failure_told, NULL);
}


static void
ngx_chat_failure_told(void *data, ngx_chat_pg_result_t *res)
{
    /* a count that stays too high ends by itself */
}
