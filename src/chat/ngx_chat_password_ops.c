/* Passwords: changing the own, and resetting one by mail. */

#include "ngx_chat_proof.h"
#include "ngx_chat_failure.h"
#include "ngx_chat_mailed.h"
#include "ngx_chat_mail.h"
#include "ngx_chat_rows.h"


#define NGX_CHAT_RESET_CREATE_PARAMS    (4 + NGX_CHAT_MAILED_PARAMS)
#define NGX_CHAT_RESET_LOOK_PARAMS      4
#define NGX_CHAT_RESET_PARAMS           5
#define NGX_CHAT_CHANGE_PARAMS          5

/* of a row of password_reset_look(), behind those of a reply */
typedef enum {
    NGX_CHAT_LOOK_STATUS = 0,
    NGX_CHAT_LOOK_ACCOUNT = 6,
    NGX_CHAT_LOOK_USERNAME,
    NGX_CHAT_LOOK_EMAIL,
    NGX_CHAT_LOOK_DISPLAY_NAME
} ngx_chat_look_column_e;


static void ngx_chat_password_reset_create(ngx_chat_call_t *call);
static void ngx_chat_password_reset_created(void *data,
    ngx_chat_pg_result_t *res);
static void ngx_chat_password_reset_confirm(ngx_chat_call_t *call);
static void ngx_chat_password_reset_looked(void *data,
    ngx_chat_pg_result_t *res);
static ngx_int_t ngx_chat_password_reset_check(ngx_chat_call_t *call,
    ngx_chat_pg_result_t *res);
static void ngx_chat_password_reset_params(ngx_chat_call_t *call,
    ngx_chat_pg_param_t *p);
static void ngx_chat_password_reset_hashed(ngx_chat_call_t *call,
    ngx_chat_password_job_t *job);
static void ngx_chat_password_change(ngx_chat_call_t *call);
static void ngx_chat_password_change_proven(ngx_chat_call_t *call);
static void ngx_chat_password_change_hashed(ngx_chat_call_t *call,
    ngx_chat_password_job_t *job);
static void ngx_chat_password_make(ngx_chat_call_t *call,
    ngx_chat_call_password_pt handler);
static void ngx_chat_password_stored(void *data, ngx_chat_pg_result_t *res);


static ngx_chat_pg_stmt_t  ngx_chat_password_reset_create_stmt = {
    "password_reset_create",
    "SELECT * FROM chat.password_reset_create("
    "chat.context($1::uuid, $12::text), $2::text, $3::text, $4::text::int, "
    "$5::uuid, $6::bytea, $7::bytea, $8::text, $9::text, $10::bigint::int, "
    "$11::bigint::int)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_password_reset_look_stmt = {
    "password_reset_look",
    "SELECT status, body, etag, announce, revoked, close_code, account, "
    "username, email, display_name FROM chat.password_reset_look("
    "chat.context($1::uuid, $5::text), $2::uuid, $3::bytea, $4::bytea)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_password_reset_confirm_stmt = {
    "password_reset_confirm",
    "SELECT * FROM chat.password_reset_confirm("
    "chat.context($1::uuid, $6::text), $2::uuid, $3::bytea, $4::bytea, "
    "$5::text)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_password_change_stmt = {
    "password_change",
    "SELECT * FROM chat.password_change(chat.context($1::uuid, $6::text), "
    "$2::uuid, $3::text, $4::text, $5::text::boolean)",
    0
};


static const ngx_chat_param_t  ngx_chat_password_reset_create_params[] = {
    { "email", NGX_CHAT_EMAIL, NGX_CHAT_IN_BODY, 1, 3, CHAT_EMAIL_MAX, NULL },
    { "send_attempt", NGX_CHAT_INTEGER, NGX_CHAT_IN_BODY, 1, 1,
      NGX_CHAT_ATTEMPTS_MAX, NULL },
    { .name = NULL }
};

static const ngx_chat_param_t  ngx_chat_password_reset_confirm_params[] = {
    { "reset", NGX_CHAT_UUID, NGX_CHAT_IN_PATH, 1, 0, 0, NULL },
    { "code", NGX_CHAT_SECRET, NGX_CHAT_IN_BODY, 0, CHAT_CODE_LEN,
      CHAT_CODE_LEN, NULL },
    { "link", NGX_CHAT_SECRET, NGX_CHAT_IN_BODY, 0, CHAT_TOKEN_LEN,
      CHAT_TOKEN_LEN, NULL },
    { "password", NGX_CHAT_SECRET, NGX_CHAT_IN_BODY, 1, 1, CHAT_PASSWORD_MAX,
      NULL },
    { .name = NULL }
};

static const ngx_chat_param_t  ngx_chat_password_change_params[] = {
    { "current_password", NGX_CHAT_SECRET, NGX_CHAT_IN_BODY, 1, 1,
      CHAT_PASSWORD_MAX, NULL },
    { "password", NGX_CHAT_SECRET, NGX_CHAT_IN_BODY, 1, 1, CHAT_PASSWORD_MAX,
      NULL },
    { "keep_sessions", NGX_CHAT_BOOLEAN, NGX_CHAT_IN_BODY, 0, 0, 0, NULL },
    { .name = NULL }
};


ngx_chat_op_t  ngx_chat_password_ops[] = {

    { "password_reset_create", "POST", "password_resets", NGX_CHAT_WHO_ANYONE,
      NGX_CHAT_LIMIT_MAIL, 0, ngx_chat_password_reset_create_params, NULL,
      ngx_chat_password_reset_create, NULL, 0 },

    { "password_reset_confirm", "POST", "password_resets/{reset}/confirm",
      NGX_CHAT_WHO_ANYONE, NGX_CHAT_LIMIT_CONFIRM, 0,
      ngx_chat_password_reset_confirm_params, NULL,
      ngx_chat_password_reset_confirm, NULL, 0 },

    { "password_change", "PUT", "account/password", NGX_CHAT_WHO_ACCOUNT,
      NGX_CHAT_LIMIT_PASSWORD, NGX_CHAT_OP_SOCKET|NGX_CHAT_OP_PENDING,
      ngx_chat_password_change_params, NULL, ngx_chat_password_change, NULL,
      0 },

    { .name = NULL }
};


static void
ngx_chat_password_reset_create(ngx_chat_call_t *call)
{
    size_t                len;
    u_char                asker[16];
    ngx_str_t            *email, key;
    ngx_chat_mailed_t    *m;
    ngx_chat_pg_param_t   p[NGX_CHAT_RESET_CREATE_PARAMS];

    if (!ngx_chat_pg_state()->ready) {
        ngx_chat_call_fail(call, "unavailable");
        return;
    }

    email = &ngx_chat_call_value(call, "email")->text;
    key.len = email->len;
    key.data = ngx_pnalloc(call->pool, email->len);
    m = ngx_chat_call_secret(call, sizeof(ngx_chat_mailed_t));

    if (key.data == NULL || m == NULL) {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    chat_email_key((char *) email->data, email->len, (char *) key.data);
    len = ngx_chat_call_address_key(call, asker);

    ngx_chat_mailed_id(NGX_CHAT_MAILED_RESET, key.data, key.len, asker, len,
                       m->id);
    ngx_chat_mailed_make(NGX_CHAT_MAILED_RESET, m, m->id, 16);

    ngx_memzero(p, sizeof(p));
    ngx_chat_pg_set_null(&p[0]);
    ngx_chat_pg_set_text(&p[1], email);
    ngx_chat_pg_set_text(&p[2], &key);
    ngx_chat_call_set_value(&p[3], ngx_chat_call_value(call, "send_attempt"));

    if (ngx_chat_mailed_params(call, m, &p[4]) != NGX_OK) {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    (void) ngx_chat_call_act(call, &ngx_chat_password_reset_create_stmt, p,
                             NGX_CHAT_RESET_CREATE_PARAMS,
                             ngx_chat_password_reset_created);
}


static void
ngx_chat_password_reset_created(void *data, ngx_chat_pg_result_t *res)
{
    ngx_chat_call_t  *call = data;

    call->query = NULL;
    ngx_chat_call_reply(call, res);
    ngx_chat_mail_wake();
}


/*
 * The code is looked at before the password is hashed, so that guesses cost little
 * here; and it is looked at again when the password is stored.
 */

static void
ngx_chat_password_reset_confirm(ngx_chat_call_t *call)
{
    ngx_str_t                *password;
    ngx_chat_pg_param_t       p[NGX_CHAT_RESET_LOOK_PARAMS];
    ngx_chat_mailed_given_t  *given;

    password = &ngx_chat_call_value(call, "password")->text;

    given = ngx_chat_call_secret(call, sizeof(ngx_chat_mailed_given_t));
    if (given == NULL) {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    call->state = given;

    if (ngx_chat_mailed_given(call) != NGX_OK
        || ngx_chat_password_check(call, password, NULL, 0) != NGX_OK)
    {
        return;
    }

    ngx_chat_mailed_hash(call, NGX_CHAT_MAILED_RESET,
                         ngx_chat_call_value(call, "reset")->uuid, 16, given);

    ngx_memzero(p, sizeof(p));
    ngx_chat_password_reset_params(call, p);

    (void) ngx_chat_call_act(call, &ngx_chat_password_reset_look_stmt, p,
                             NGX_CHAT_RESET_LOOK_PARAMS,
                             ngx_chat_password_reset_looked);
}


static void
ngx_chat_password_reset_params(ngx_chat_call_t *call, ngx_chat_pg_param_t *p)
{
    ngx_chat_pg_set_null(&p[0]);
    ngx_chat_pg_set_uuid(&p[1], ngx_chat_call_value(call, "reset")->uuid);
    ngx_chat_mailed_set_given(&p[2], call->state);
}


static void
ngx_chat_password_reset_looked(void *data, ngx_chat_pg_result_t *res)
{
    ngx_str_t         account, email, username;
    ngx_chat_call_t  *call;

    call = data;
    call->query = NULL;

    if (ngx_chat_pg_status(res) != NGX_CHAT_PG_OK
        || ngx_chat_pg_rows(res) != 1
        || ngx_chat_pg_integer(res, 0, NGX_CHAT_LOOK_STATUS) != 200)
    {
        ngx_chat_call_reply(call, res);
        return;
    }

    ngx_chat_pg_bytes(res, 0, NGX_CHAT_LOOK_ACCOUNT, &account);

    if (account.len != 16) {
        ngx_chat_call_fail(call, "verification_expired");
        return;
    }

    /* whose sessions the reply may revoke */
    ngx_memcpy(call->session.account, account.data, 16);

    /* the code proved the mailbox: strangers who guess don't hold its owner back */

    ngx_chat_pg_bytes(res, 0, NGX_CHAT_LOOK_EMAIL, &email);
    ngx_chat_pg_bytes(res, 0, NGX_CHAT_LOOK_USERNAME, &username);
    ngx_chat_failure_known(call, &email, &username);

    if (ngx_chat_password_reset_check(call, res) == NGX_OK) {
        ngx_chat_password_make(call, ngx_chat_password_reset_hashed);
    }
}


/* only who has the code learns from a refusal what the account's names are */

static ngx_int_t
ngx_chat_password_reset_check(ngx_chat_call_t *call, ngx_chat_pg_result_t *res)
{
    u_char      *p;
    ngx_str_t    value;
    ngx_uint_t   i;
    const char  *words[3];

    for (i = 0; i < 3; i++) {
        ngx_chat_pg_bytes(res, 0, NGX_CHAT_LOOK_USERNAME + i, &value);

        p = ngx_pnalloc(call->pool, value.len + 1);
        if (p == NULL) {
            ngx_chat_call_fail(call, "internal");
            return NGX_ERROR;
        }

        (void) ngx_cpystrn(p, value.data, value.len + 1);
        words[i] = (char *) p;
    }

    return ngx_chat_password_check(call,
                                &ngx_chat_call_value(call, "password")->text,
                                words, 3);
}


static void
ngx_chat_password_reset_hashed(ngx_chat_call_t *call,
    ngx_chat_password_job_t *job)
{
    ngx_str_t            hash;
    ngx_chat_pg_param_t  p[NGX_CHAT_RESET_PARAMS];

    hash.data = (u_char *) job->hash;
    hash.len = ngx_strlen(job->hash);

    ngx_memzero(p, sizeof(p));
    ngx_chat_password_reset_params(call, p);
    ngx_chat_pg_set_text(&p[4], &hash);

    (void) ngx_chat_call_act(call, &ngx_chat_password_reset_confirm_stmt, p,
                             NGX_CHAT_RESET_PARAMS, ngx_chat_password_stored);
}


static void
ngx_chat_password_change(ngx_chat_call_t *call)
{
    ngx_chat_proof_password(call,
                        &ngx_chat_call_value(call, "current_password")->text,
                        "password.change", ngx_chat_password_change_proven);
}


static void
ngx_chat_password_change_proven(ngx_chat_call_t *call)
{
    const char        *words[3];
    ngx_chat_proof_t  *proof;

    proof = call->state;
    words[0] = proof->username;
    words[1] = proof->email;
    words[2] = proof->display_name;

    if (ngx_chat_password_check(call,
                                &ngx_chat_call_value(call, "password")->text,
                                words, 3)
        == NGX_OK)
    {
        ngx_chat_password_make(call, ngx_chat_password_change_hashed);
    }
}


static void
ngx_chat_password_change_hashed(ngx_chat_call_t *call,
    ngx_chat_password_job_t *job)
{
    ngx_str_t             hash, keep;
    ngx_chat_value_t     *value;
    ngx_chat_pg_param_t   p[NGX_CHAT_CHANGE_PARAMS];

    hash.data = (u_char *) job->hash;
    hash.len = ngx_strlen(job->hash);

    value = ngx_chat_call_value(call, "keep_sessions");

    if (value->set && value->integer) {
        ngx_str_set(&keep, "true");

    } else {
        ngx_str_set(&keep, "false");
    }

    ngx_memzero(p, sizeof(p));
    ngx_chat_pg_set_uuid(&p[0], call->session.account);
    ngx_chat_pg_set_uuid(&p[1], call->session.session);
    ngx_chat_proof_hash(call, &p[2]);
    ngx_chat_pg_set_text(&p[3], &hash);
    ngx_chat_pg_set_text(&p[4], &keep);

    (void) ngx_chat_call_act(call, &ngx_chat_password_change_stmt, p,
                             NGX_CHAT_CHANGE_PARAMS, ngx_chat_password_stored);
}


/* the hash of the call's "password" */

static void
ngx_chat_password_make(ngx_chat_call_t *call,
    ngx_chat_call_password_pt handler)
{
    ngx_chat_task_t          *task;
    ngx_chat_password_job_t  *job;

    task = ngx_chat_password_task(call,
                                  &ngx_chat_call_value(call, "password")->text,
                                  &job);

    if (task != NULL) {
        ngx_chat_password_run(call, task, handler);
    }
}


static void
ngx_chat_password_stored(void *data, ngx_chat_pg_result_t *res)
{
    ngx_chat_call_t  *call = data;

    call->query = NULL;
    ngx_chat_call_reply(call, res);
    ngx_chat_mail_wake();
}
