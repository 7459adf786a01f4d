/* Accounts: registration, the own profile, look-up by name. */

#include "ngx_chat_run.h"
#include "ngx_chat_rows.h"
#include "ngx_chat_verification.h"
#include "ngx_chat_mail.h"


#define NGX_CHAT_REGISTER_PARAMS    22
#define NGX_CHAT_MAILS_AN_HOUR      10      /* to one address */

/* shown once, wiped with the call */
typedef struct {
    char                        token[CHAT_TOKEN_LEN];
    char                        device[CHAT_TOKEN_LEN];
    char                        hash[CHAT_PASSWORD_HASH_MAX];
    ngx_chat_verification_t     verification;
} ngx_chat_register_t;


static void ngx_chat_account_register(ngx_chat_call_t *call);
static void ngx_chat_account_invited(ngx_chat_call_t *call);
static void ngx_chat_account_invitation(void *data,
    ngx_chat_pg_result_t *res);
static void ngx_chat_account_hash(ngx_chat_call_t *call);
static ngx_int_t ngx_chat_account_password(ngx_chat_call_t *call);
static void ngx_chat_account_hashed(ngx_chat_call_t *call,
    ngx_chat_password_job_t *job);
static void ngx_chat_account_store(ngx_chat_call_t *call,
    ngx_chat_register_t *r);
static void ngx_chat_account_stored(void *data, ngx_chat_pg_result_t *res);
static ngx_int_t ngx_chat_account_answer(ngx_chat_call_t *call);


static ngx_chat_pg_stmt_t  ngx_chat_account_register_stmt = {
    "account_register",
    "SELECT * FROM chat.account_register(chat.context($1::uuid, $23::text), "
    "$2::text, $3::text, $4::text, $5::text, $6::text, $7::uuid, $8::text, "
    "$9::text, $10::bytea, $11::bytea, $12::bigint::int, $13::bigint::int, "
    "$14::uuid, $15::bytea, $16::bytea, $17::text, $18::text, "
    "$19::bigint::int, $20::bigint::int, $21::bigint::int, $22::bytea)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_account_invitation_stmt = {
    "invitation_valid",
    "SELECT chat.invitation_valid($1::bytea)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_account_get_stmt = {
    "account_get",
    "SELECT * FROM chat.account_get($1::uuid, $2::uuid)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_account_update_stmt = {
    "account_update",
    "SELECT * FROM chat.account_update($1::uuid, $2::uuid, $3::text, "
    "$4::text)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_account_lookup_stmt = {
    "account_lookup",
    "SELECT * FROM chat.account_lookup($1::uuid, $2::uuid, $3::text)",
    0
};


static const ngx_chat_param_t  ngx_chat_account_register_params[] = {
    { "username", NGX_CHAT_USERNAME, NGX_CHAT_IN_BODY, 1, 3,
      CHAT_USERNAME_MAX, NULL },
    { "email", NGX_CHAT_EMAIL, NGX_CHAT_IN_BODY, 1, 3, CHAT_EMAIL_MAX, NULL },
    { "password", NGX_CHAT_SECRET, NGX_CHAT_IN_BODY, 1, 1, CHAT_PASSWORD_MAX,
      NULL },
    { "display_name", NGX_CHAT_NAME, NGX_CHAT_IN_BODY, 0, 1,
      CHAT_DISPLAY_NAME_MAX, NULL },
    { "device_name", NGX_CHAT_NAME, NGX_CHAT_IN_BODY, 0, 1,
      CHAT_DEVICE_NAME_MAX, NULL },
    { "device_platform", NGX_CHAT_NAME, NGX_CHAT_IN_BODY, 0, 1,
      NGX_CHAT_PLATFORM_MAX, NULL },
    { "invitation", NGX_CHAT_SECRET, NGX_CHAT_IN_BODY, 0, 1, CHAT_TOKEN_LEN,
      NULL },
    { .name = NULL }
};

static const ngx_chat_param_t  ngx_chat_account_update_params[] = {
    { "if_match", NGX_CHAT_STRING, NGX_CHAT_IN_HEADER, 0, 1, 64, NULL },
    { "display_name", NGX_CHAT_NAME, NGX_CHAT_IN_BODY, 0, 1,
      CHAT_DISPLAY_NAME_MAX, NULL },
    { .name = NULL }
};

static const ngx_chat_param_t  ngx_chat_account_lookup_params[] = {
    { "username", NGX_CHAT_USERNAME, NGX_CHAT_IN_QUERY, 1, 3,
      CHAT_USERNAME_MAX, NULL },
    { .name = NULL }
};


ngx_chat_op_t  ngx_chat_account_ops[] = {

    { "account_register", "POST", "accounts", NGX_CHAT_WHO_ANYONE,
      NGX_CHAT_LIMIT_REGISTER, 0, ngx_chat_account_register_params, NULL,
      ngx_chat_account_register, NULL, 0 },

    { "account_get", "GET", "account", NGX_CHAT_WHO_SESSION,
      NGX_CHAT_LIMIT_NONE, NGX_CHAT_OP_SOCKET|NGX_CHAT_OP_PENDING, NULL,
      &ngx_chat_account_get_stmt, NULL, NULL, 0 },

    { "account_update", "PATCH", "account", NGX_CHAT_WHO_SESSION,
      NGX_CHAT_LIMIT_NONE, NGX_CHAT_OP_SOCKET, ngx_chat_account_update_params,
      &ngx_chat_account_update_stmt, NULL, NULL, 0 },

    { "account_lookup", "GET", "accounts", NGX_CHAT_WHO_ACCOUNT,
      NGX_CHAT_LIMIT_LOOKUP, NGX_CHAT_OP_SOCKET,
      ngx_chat_account_lookup_params, &ngx_chat_account_lookup_stmt, NULL,
      NULL, 0 },

    { .name = NULL }
};


static void
ngx_chat_account_register(ngx_chat_call_t *call)
{
    /* the key of codes comes from the database */

    if (ngx_chat_call_auth_conf(call)->registration
        != NGX_CHAT_REGISTRATION_CLOSED && !ngx_chat_pg_state()->ready)
    {
        ngx_chat_call_fail(call, "unavailable");
        return;
    }

    switch (ngx_chat_call_auth_conf(call)->registration) {

    case NGX_CHAT_REGISTRATION_CLOSED:
        ngx_chat_call_fail(call, "registration_closed");
        break;

    case NGX_CHAT_REGISTRATION_INVITE:
        ngx_chat_account_invited(call);
        break;

    default:
        ngx_chat_account_hash(call);
        break;
    }
}


/* who has no invitation costs no password hash; a use of it is taken when the account is stored */

static void
ngx_chat_account_invited(ngx_chat_call_t *call)
{
    uint8_t               hash[CHAT_HASH_LEN];
    ngx_str_t            *token;
    ngx_chat_pg_param_t   p;

    if (!ngx_chat_call_value(call, "invitation")->set) {
        ngx_chat_call_fail(call, "invite_required");
        return;
    }

    token = &ngx_chat_call_value(call, "invitation")->text;

    if (chat_invitation_hash((char *) token->data, token->len, hash) != 0) {
        ngx_chat_call_fail(call, "invitation_invalid");
        return;
    }

    ngx_memzero(&p, sizeof(p));
    ngx_chat_pg_set_bytea(&p, hash, CHAT_HASH_LEN);

    (void) ngx_chat_call_query(call, &ngx_chat_account_invitation_stmt, &p, 1,
                               ngx_chat_account_invitation);
}


static void
ngx_chat_account_invitation(void *data, ngx_chat_pg_result_t *res)
{
    ngx_chat_call_t  *call = data;

    call->query = NULL;

    if (ngx_chat_pg_status(res) != NGX_CHAT_PG_OK) {
        ngx_chat_call_fail_lookup(call, res);
        return;
    }

    if (ngx_chat_pg_rows(res) != 1 || !ngx_chat_pg_integer(res, 0, 0)) {
        ngx_chat_call_fail(call, "invitation_invalid");
        return;
    }

    ngx_chat_account_hash(call);
}


static void
ngx_chat_account_hash(ngx_chat_call_t *call)
{
    ngx_str_t                *password;
    ngx_chat_task_t          *task;
    ngx_chat_password_job_t  *job;

    if (ngx_chat_account_password(call) != NGX_OK) {
        return;
    }

    password = &ngx_chat_call_value(call, "password")->text;

    task = ngx_chat_password_task(call, password, &job);

    if (task != NULL) {
        ngx_chat_password_run(call, task, ngx_chat_account_hashed);
    }
}


static ngx_int_t
ngx_chat_account_password(ngx_chat_call_t *call)
{
    const char  *words[NGX_CHAT_PASSWORD_WORDS];
    ngx_uint_t   n;

    n = 0;

    /* values from a body end in a zero byte */

    words[n++] = (char *) ngx_chat_call_value(call, "username")->text.data;
    words[n++] = (char *) ngx_chat_call_value(call, "email")->text.data;

    if (ngx_chat_call_value(call, "display_name")->set) {
        words[n++] = (char *) ngx_chat_call_value(call, "display_name")
                              ->text.data;
    }

    return ngx_chat_password_check(call,
                                &ngx_chat_call_value(call, "password")->text,
                                words, n);
}


static void
ngx_chat_account_hashed(ngx_chat_call_t *call, ngx_chat_password_job_t *job)
{
    ngx_chat_value_t     *email;
    ngx_chat_register_t  *r;

    r = ngx_chat_call_secret(call, sizeof(ngx_chat_register_t));
    if (r == NULL) {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    call->state = r;
    email = ngx_chat_call_value(call, "email");

    if (ngx_chat_verification_make(call, &r->verification, &email->text, NULL)
        != NGX_OK)
    {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    ngx_memcpy(r->hash, job->hash, sizeof(r->hash));
    ngx_chat_account_store(call, r);
}


static void
ngx_chat_account_store(ngx_chat_call_t *call, ngx_chat_register_t *r)
{
    u_char                 id[16], session[16];
    uint8_t                token[CHAT_HASH_LEN], device[CHAT_HASH_LEN];
    uint8_t                invitation[CHAT_HASH_LEN];
    ngx_str_t              hash;
    ngx_uint_t             n;
    ngx_chat_value_t      *name, *invited;
    ngx_chat_auth_conf_t  *conf;
    ngx_chat_pg_param_t    p[NGX_CHAT_REGISTER_PARAMS];

    conf = ngx_chat_call_auth_conf(call);
    ngx_memzero(p, sizeof(p));

    ngx_chat_uuid_make(id);
    ngx_chat_uuid_make(session);

    chat_token_make(CHAT_TOKEN_PREFIX, r->token);
    chat_token_make(CHAT_DEVICE_PREFIX, r->device);
    (void) chat_token_hash(CHAT_TOKEN_PREFIX, r->token, CHAT_TOKEN_LEN, token);
    (void) chat_token_hash(CHAT_DEVICE_PREFIX, r->device, CHAT_TOKEN_LEN,
                           device);

    hash.data = (u_char *) r->hash;
    hash.len = ngx_strlen(r->hash);
    name = ngx_chat_call_value(call, "display_name");

    if (!name->set) {
        name = ngx_chat_call_value(call, "username");
    }

    ngx_chat_pg_set_uuid(&p[0], id);
    ngx_chat_call_set_value(&p[1], ngx_chat_call_value(call, "username"));
    ngx_chat_call_set_value(&p[2], ngx_chat_call_value(call, "email"));
    ngx_chat_pg_set_text(&p[3], &r->verification.email_key);
    ngx_chat_call_set_value(&p[4], name);
    ngx_chat_pg_set_text(&p[5], &hash);
    ngx_chat_pg_set_uuid(&p[6], session);
    ngx_chat_call_set_device(call, &p[7]);
    ngx_chat_pg_set_bytea(&p[9], token, CHAT_HASH_LEN);
    ngx_chat_pg_set_bytea(&p[10], device, CHAT_HASH_LEN);

    n = 13 + NGX_CHAT_MAILED_PARAMS;

    if (ngx_chat_pg_set_integer(&p[11], call->pool, conf->session_idle)
        != NGX_OK
        || ngx_chat_pg_set_integer(&p[12], call->pool, conf->session_absolute)
           != NGX_OK
        || ngx_chat_mailed_params(call, &r->verification.mailed, &p[13])
           != NGX_OK
        || ngx_chat_pg_set_integer(&p[n], call->pool, NGX_CHAT_MAILS_AN_HOUR)
           != NGX_OK)
    {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    invited = ngx_chat_call_value(call, "invitation");

    if (conf->registration == NGX_CHAT_REGISTRATION_INVITE
        && chat_invitation_hash((char *) invited->text.data, invited->text.len,
                                invitation)
           == 0)
    {
        ngx_chat_pg_set_bytea(&p[n + 1], invitation, CHAT_HASH_LEN);

    } else {
        ngx_chat_pg_set_null(&p[n + 1]);
    }

    (void) ngx_chat_call_act(call, &ngx_chat_account_register_stmt, p, n + 2,
                             ngx_chat_account_stored);
}


static void
ngx_chat_account_stored(void *data, ngx_chat_pg_result_t *res)
{
    ngx_chat_call_t  *call = data;

    call->query = NULL;

    ngx_chat_call_reply_edited(call, res, ngx_chat_account_answer);
    ngx_chat_mail_wake();
}


static ngx_int_t
ngx_chat_account_answer(ngx_chat_call_t *call)
{
    ngx_chat_register_t  *r;

    r = call->state;
    ngx_str_set(&call->location, "account");

    return ngx_chat_call_add_tokens(call, r->token, r->device);
}
