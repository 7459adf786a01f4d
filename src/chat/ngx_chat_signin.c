/* Signing in and out. */

#include "ngx_chat_factor.h"
#include "ngx_chat_rows.h"
#include "ngx_chat_failure.h"
#include "chat_text.h"


#define NGX_CHAT_SIGNIN_PARAMS      13

typedef enum {
    NGX_CHAT_CANDIDATE_ORD = 0,
    NGX_CHAT_CANDIDATE_ACCOUNT,
    NGX_CHAT_CANDIDATE_HASH
} ngx_chat_candidate_column_e;

/* wiped with the call */
typedef struct {
    ngx_str_t           name;           /* the login, as a key */
    char                token[CHAT_TOKEN_LEN];
    char                device[CHAT_TOKEN_LEN];
    char                hash[CHAT_PASSWORD_HASH_MAX];   /* a better one, or "" */
    char                proven[CHAT_PASSWORD_HASH_MAX]; /* the one that matched, or "" */
    u_char              accounts[NGX_CHAT_HASH_CANDIDATES][16];
    u_char              login[NGX_CHAT_LOGIN_KEY];
    u_char              refused[16];    /* in whose log a refusal is: the first that the login names */
    unsigned            known:1;        /* there is one */
    u_char              account[16];
} ngx_chat_signin_t;


static void ngx_chat_signin_create(ngx_chat_call_t *call);
static void ngx_chat_signin_password(ngx_chat_call_t *call);
static void ngx_chat_signin_passkey(ngx_chat_call_t *call);
static void ngx_chat_signin_passkey_proven(ngx_chat_call_t *call,
    const char *factor);
static void ngx_chat_signin_begun(ngx_chat_call_t *call);
static void ngx_chat_signin_candidates(void *data, ngx_chat_pg_result_t *res);
static void ngx_chat_signin_verified(ngx_chat_call_t *call,
    ngx_chat_password_job_t *job);
static void ngx_chat_signin_store(ngx_chat_call_t *call, const char *factor);
static u_char *ngx_chat_signin_old_device(ngx_chat_call_t *call,
    uint8_t hash[CHAT_HASH_LEN]);
static void ngx_chat_signin_stored(void *data, ngx_chat_pg_result_t *res);
static ngx_int_t ngx_chat_signin_answer(ngx_chat_call_t *call);


static ngx_chat_pg_stmt_t  ngx_chat_signin_candidates_stmt = {
    "sign_in_candidates",
    "SELECT ord, account, password_hash FROM chat.sign_in_candidates($1::text)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_signin_stmt = {
    "session_create",
    "SELECT * FROM chat.session_create(chat.context("
    "chat.password_holds($1::uuid, $13::text), $14::text), $2::uuid, $3::text, "
    "$4::text, $5::bytea, $6::bytea, $7::uuid, $8::bytea, $9::bigint::int, "
    "$10::bigint::int, $11::text, $12::text)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_signout_stmt = {
    "session_end",
    "SELECT * FROM chat.session_end(chat.context($1::uuid, $3::text), "
    "$2::uuid)",
    0
};


static const ngx_chat_param_t  ngx_chat_signin_params[] = {
    { "login", NGX_CHAT_STRING, NGX_CHAT_IN_BODY, 0, 1, CHAT_EMAIL_MAX, NULL },
    { "password", NGX_CHAT_SECRET, NGX_CHAT_IN_BODY, 0, 1, CHAT_PASSWORD_MAX,
      NULL },
    { "totp", NGX_CHAT_SECRET, NGX_CHAT_IN_BODY, 0, NGX_CHAT_TOTP_CODE,
      NGX_CHAT_TOTP_CODE, NULL },
    { "backup_code", NGX_CHAT_SECRET, NGX_CHAT_IN_BODY, 0, NGX_CHAT_BACKUP_MIN,
      NGX_CHAT_BACKUP_MAX, NULL },
    { "passkey", NGX_CHAT_PASSKEY, NGX_CHAT_IN_BODY, 0, 0, 0, NULL },
    { "device_name", NGX_CHAT_NAME, NGX_CHAT_IN_BODY, 0, 1,
      CHAT_DEVICE_NAME_MAX, NULL },
    { "device_platform", NGX_CHAT_NAME, NGX_CHAT_IN_BODY, 0, 1,
      NGX_CHAT_PLATFORM_MAX, NULL },
    { "session", NGX_CHAT_UUID, NGX_CHAT_IN_BODY, 0, 0, 0, NULL },
    { "device_secret", NGX_CHAT_SECRET, NGX_CHAT_IN_BODY, 0, CHAT_TOKEN_LEN,
      CHAT_TOKEN_LEN, NULL },
    { .name = NULL }
};


ngx_chat_op_t  ngx_chat_signin_ops[] = {

    { "session_create", "POST", "sessions", NGX_CHAT_WHO_ANYONE,
      NGX_CHAT_LIMIT_SIGN_IN, NGX_CHAT_OP_OWN_LIMIT, ngx_chat_signin_params, NULL,
      ngx_chat_signin_create, NULL, 0 },

    { "session_end", "DELETE", "sessions/current", NGX_CHAT_WHO_SESSION,
      NGX_CHAT_LIMIT_NONE,
      NGX_CHAT_OP_SOCKET|NGX_CHAT_OP_PENDING|NGX_CHAT_OP_AUDIT, NULL,
      &ngx_chat_signout_stmt, NULL, NULL, 0 },

    { .name = NULL }
};


static void
ngx_chat_signin_create(ngx_chat_call_t *call)
{
    ngx_uint_t  session, secret;

    session = ngx_chat_call_value(call, "session")->set;
    secret = ngx_chat_call_value(call, "device_secret")->set;

    if (session != secret) {
        ngx_chat_call_fail_parameter(call,
                                     session ? "device_secret" : "session",
                                     NULL);
        return;
    }

    call->state = ngx_chat_call_secret(call, sizeof(ngx_chat_signin_t));

    if (call->state == NULL) {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    if (ngx_chat_call_value(call, "passkey")->set) {
        ngx_chat_signin_passkey(call);

    } else {
        ngx_chat_signin_password(call);
    }
}


static void
ngx_chat_signin_password(ngx_chat_call_t *call)
{
    u_char             *old;
    uint8_t             hash[CHAT_HASH_LEN];
    ngx_str_t          *text;
    ngx_uint_t          has_login;
    ngx_chat_signin_t  *s;

    has_login = ngx_chat_call_value(call, "login")->set;

    if (!has_login || !ngx_chat_call_value(call, "password")->set) {
        ngx_chat_call_fail_parameter(call, has_login ? "password" : "login",
                                     NULL);
        return;
    }

    /*
     * Whether it is the device that it says it is, comes with the failures; to ask costs
     * what a token does that no cache holds.
     */

    old = ngx_chat_signin_old_device(call, hash);

    if (ngx_chat_call_limit_address(call, old == NULL ? NGX_CHAT_LIMIT_SIGN_IN
                                                      : NGX_CHAT_LIMIT_TOKEN)
        != NGX_OK
        || (old == NULL && ngx_chat_password_crowded(call) != NGX_OK))
    {
        return;
    }

    /* both a key of an address and a user name are lower case */

    s = call->state;
    text = &ngx_chat_call_value(call, "login")->text;
    s->name.len = text->len;
    s->name.data = ngx_pnalloc(call->pool, text->len);

    if (s->name.data == NULL) {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    chat_email_key((char *) text->data, text->len, (char *) s->name.data);

    ngx_chat_failure_sign_in(call, &s->name, old, old ? hash : NULL,
                             ngx_chat_signin_begun);
}


static void
ngx_chat_signin_begun(ngx_chat_call_t *call)
{
    uint8_t              key[CHAT_HASH_LEN];
    ngx_chat_signin_t   *s;
    ngx_chat_pg_param_t  param;

    s = call->state;

    chat_body_hash(s->name.data, s->name.len, key);
    ngx_memcpy(s->login, key, NGX_CHAT_LOGIN_KEY);

    ngx_memzero(&param, sizeof(ngx_chat_pg_param_t));
    ngx_chat_pg_set_text(&param, &s->name);

    (void) ngx_chat_call_query(call, &ngx_chat_signin_candidates_stmt, &param,
                               1, ngx_chat_signin_candidates);
}


/* it says who signs in, and with the person verified it is two factors in one */

static void
ngx_chat_signin_passkey(ngx_chat_call_t *call)
{
    ngx_uint_t  i;

    static const char *const  others[] = {
        "login", "password", "totp", "backup_code"
    };

    for (i = 0; i < sizeof(others) / sizeof(char *); i++) {
        if (ngx_chat_call_value(call, others[i])->set) {
            ngx_chat_call_fail_parameter(call, others[i],
                                         "not beside a passkey");
            return;
        }
    }

    if (ngx_chat_call_limit_address(call, NGX_CHAT_LIMIT_SIGN_IN) != NGX_OK) {
        return;
    }

    ngx_chat_factor_passkey(call, NGX_CHAT_FOR_SIGN_IN, NULL,
                            ngx_chat_signin_passkey_proven);
}


static void
ngx_chat_signin_passkey_proven(ngx_chat_call_t *call, const char *factor)
{
    ngx_chat_signin_t  *s;

    s = call->state;
    ngx_memcpy(s->account, ngx_chat_factor_account(call), 16);
    ngx_chat_signin_store(call, factor);
}


/*
 * The address's verified account, then its newest unverified one.  A missing one is
 * verified against a dummy: an unknown name costs what a known one does.
 */

static void
ngx_chat_signin_candidates(void *data, ngx_chat_pg_result_t *res)
{
    int64_t                   ord;
    ngx_str_t                 account, hash;
    ngx_uint_t                i;
    ngx_chat_call_t          *call;
    ngx_chat_task_t          *task;
    ngx_chat_signin_t        *s;
    ngx_chat_password_job_t  *job;

    call = data;
    call->query = NULL;
    s = call->state;

    if (ngx_chat_pg_status(res) != NGX_CHAT_PG_OK) {
        ngx_chat_call_fail_lookup(call, res);
        return;
    }

    task = ngx_chat_password_task(call,
                                  &ngx_chat_call_value(call, "password")->text,
                                  &job);
    if (task == NULL) {
        return;
    }

    job->verify = 1;

    for (i = 0; i < ngx_chat_pg_rows(res); i++) {
        ord = ngx_chat_pg_integer(res, i, NGX_CHAT_CANDIDATE_ORD);
        ngx_chat_pg_bytes(res, i, NGX_CHAT_CANDIDATE_ACCOUNT, &account);
        ngx_chat_pg_bytes(res, i, NGX_CHAT_CANDIDATE_HASH, &hash);

        if (ord < 1 || ord > NGX_CHAT_HASH_CANDIDATES || account.len != 16
            || hash.len >= CHAT_PASSWORD_HASH_MAX)
        {
            continue;
        }

        if (!s->known) {
            ngx_memcpy(s->refused, account.data, 16);
            s->known = 1;
        }

        ngx_memcpy(s->accounts[ord - 1], account.data, 16);
        ngx_memcpy(job->stored[ord - 1], hash.data, hash.len);
    }

    ngx_chat_password_run(call, task, ngx_chat_signin_verified);
}


static void
ngx_chat_signin_verified(ngx_chat_call_t *call, ngx_chat_password_job_t *job)
{
    u_char             *old;
    uint8_t             device[CHAT_HASH_LEN];
    ngx_chat_signin_t  *s;

    s = call->state;

    if (job->matched < 0) {
        ngx_chat_call_refused(call, "session.sign_in", "invalid_credentials",
                              s->known ? s->refused : NULL, s->login);
        return;
    }

    /*
     * Anybody can register an account, unverified, with another's address: its password
     * must not forgive guesses at that of the address's owner.
     */

    if (job->matched == 0) {
        ngx_chat_failure_passed(call);

    } else {
        ngx_chat_failure_beside(call);
    }

    ngx_memcpy(s->hash, job->hash, sizeof(s->hash));
    ngx_memcpy(s->proven, job->stored[job->matched], sizeof(s->proven));
    ngx_memcpy(s->account, s->accounts[job->matched], 16);

    /* a device that was here before isn't slowed down by strangers' wrong codes */

    old = ngx_chat_signin_old_device(call, device);

    ngx_chat_factor_code(call, s->account, old, old ? device : NULL,
                         ngx_chat_signin_store);
}


static void
ngx_chat_signin_store(ngx_chat_call_t *call, const char *factor)
{
    u_char                 session[16], *old;
    uint8_t                token[CHAT_HASH_LEN], device[CHAT_HASH_LEN];
    uint8_t                old_device[CHAT_HASH_LEN];
    ngx_str_t              hash, name, proven;
    ngx_chat_signin_t     *s;
    ngx_chat_auth_conf_t  *conf;
    ngx_chat_pg_param_t    p[NGX_CHAT_SIGNIN_PARAMS];

    s = call->state;
    conf = ngx_chat_call_auth_conf(call);
    ngx_memzero(p, sizeof(p));

    /* whose sessions a reply may revoke */
    ngx_memcpy(call->session.account, s->account, 16);

    ngx_chat_uuid_make(session);
    chat_token_make(CHAT_TOKEN_PREFIX, s->token);
    chat_token_make(CHAT_DEVICE_PREFIX, s->device);
    (void) chat_token_hash(CHAT_TOKEN_PREFIX, s->token, CHAT_TOKEN_LEN, token);
    (void) chat_token_hash(CHAT_DEVICE_PREFIX, s->device, CHAT_TOKEN_LEN,
                           device);

    ngx_chat_pg_set_uuid(&p[0], s->account);
    ngx_chat_pg_set_uuid(&p[1], session);
    ngx_chat_call_set_value(&p[2], ngx_chat_call_value(call, "device_name"));
    ngx_chat_call_set_value(&p[3],
                            ngx_chat_call_value(call, "device_platform"));
    ngx_chat_pg_set_bytea(&p[4], token, CHAT_HASH_LEN);
    ngx_chat_pg_set_bytea(&p[5], device, CHAT_HASH_LEN);

    old = ngx_chat_signin_old_device(call, old_device);

    if (old != NULL) {
        ngx_chat_pg_set_uuid(&p[6], old);
        ngx_chat_pg_set_bytea(&p[7], old_device, CHAT_HASH_LEN);

    } else {
        ngx_chat_pg_set_null(&p[6]);
        ngx_chat_pg_set_null(&p[7]);
    }

    if (ngx_chat_pg_set_integer(&p[8], call->pool, conf->session_idle)
        != NGX_OK
        || ngx_chat_pg_set_integer(&p[9], call->pool, conf->session_absolute)
           != NGX_OK)
    {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    if (s->hash[0]) {
        hash.data = (u_char *) s->hash;
        hash.len = ngx_strlen(s->hash);
        ngx_chat_pg_set_text(&p[10], &hash);

    } else {
        ngx_chat_pg_set_null(&p[10]);
    }

    if (factor != NULL) {
        name.data = (u_char *) factor;
        name.len = ngx_strlen(factor);
        ngx_chat_pg_set_text(&p[11], &name);

    } else {
        ngx_chat_pg_set_null(&p[11]);
    }

    if (s->proven[0]) {
        proven.data = (u_char *) s->proven;
        proven.len = ngx_strlen(s->proven);
        ngx_chat_pg_set_text(&p[12], &proven);

    } else {
        ngx_chat_pg_set_null(&p[12]);
    }

    (void) ngx_chat_call_act(call, &ngx_chat_signin_stmt, p, NGX_CHAT_SIGNIN_PARAMS,
                             ngx_chat_signin_stored);
}


/*
 * A device that was signed out comes back if its secret proves it; else it is a new
 * one.  Its session, or NULL when none is claimed.
 */

static u_char *
ngx_chat_signin_old_device(ngx_chat_call_t *call, uint8_t hash[CHAT_HASH_LEN])
{
    ngx_str_t         *secret;
    ngx_chat_value_t  *session;

    session = ngx_chat_call_value(call, "session");
    secret = &ngx_chat_call_value(call, "device_secret")->text;

    if (!session->set
        || chat_token_hash(CHAT_DEVICE_PREFIX, (char *) secret->data,
                           secret->len, hash)
           != 0)
    {
        return NULL;
    }

    return session->uuid;
}


static void
ngx_chat_signin_stored(void *data, ngx_chat_pg_result_t *res)
{
    ngx_str_t         message, detail;
    ngx_uint_t        i;
    ngx_chat_call_t  *call = data;

    static const char *const  codes[] = {
        "account_suspended", "factor_required"
    };

    call->query = NULL;

    /* with the right password, but all the same; raising took the entry back */

    if (ngx_chat_pg_status(res) == NGX_CHAT_PG_ERROR) {
        ngx_chat_pg_message(res, &message, &detail);

        for (i = 0; i < sizeof(codes) / sizeof(char *); i++) {
            if (message.len == ngx_strlen(codes[i])
                && ngx_strncmp(message.data, codes[i], message.len) == 0
                && ngx_chat_problem_members(&call->problem, &detail,
                                            call->pool)
                   == NGX_OK)
            {
                ngx_chat_call_refused(call, "session.sign_in", codes[i],
                                      call->session.account, NULL);
                return;
            }
        }
    }

    ngx_chat_call_reply_edited(call, res, ngx_chat_signin_answer);
}


static ngx_int_t
ngx_chat_signin_answer(ngx_chat_call_t *call)
{
    ngx_chat_signin_t  *s;

    s = call->state;

    if (call->status == 201) {
        ngx_str_set(&call->location, "sessions/current");
        return ngx_chat_call_add_tokens(call, s->token, s->device);
    }

    /* a device that is back keeps its secret */

    return ngx_chat_call_add_tokens(call, s->token, NULL);
}
