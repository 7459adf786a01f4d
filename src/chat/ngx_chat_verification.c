/* Verification of an account's address: sending again, confirming by code or link. */

#include "ngx_chat_verification.h"
#include "ngx_chat_rows.h"
#include "ngx_chat_mail.h"
#include "ngx_chat_route.h"


#define NGX_CHAT_CREATE_PARAMS      (3 + NGX_CHAT_MAILED_PARAMS)
#define NGX_CHAT_CONFIRM_PARAMS     6

typedef enum {
    NGX_CHAT_FIND_ACCOUNT = 0,
    NGX_CHAT_FIND_EMAIL,
    NGX_CHAT_FIND_HASH
} ngx_chat_find_column_e;

typedef enum {
    NGX_CHAT_CONFIRM_VERDICT = 0,
    NGX_CHAT_CONFIRM_PROBLEM,
    NGX_CHAT_CONFIRM_DETAIL,
    NGX_CHAT_CONFIRM_BODY,
    NGX_CHAT_CONFIRM_ANNOUNCE
} ngx_chat_confirm_column_e;

/* of a confirmation; wiped with the call */
typedef struct {
    u_char                   account[16];
    unsigned                 found:1;
    ngx_chat_mailed_given_t  given;
} ngx_chat_confirm_t;


static void ngx_chat_verification_create(ngx_chat_call_t *call);
static void ngx_chat_verification_address(void *data,
    ngx_chat_pg_result_t *res);
static void ngx_chat_verification_created(void *data,
    ngx_chat_pg_result_t *res);
static void ngx_chat_verification_confirm(ngx_chat_call_t *call);
static void ngx_chat_verification_find(ngx_chat_call_t *call);
static void ngx_chat_verification_found(void *data, ngx_chat_pg_result_t *res);
static void ngx_chat_verification_password(ngx_chat_call_t *call,
    ngx_str_t *stored);
static void ngx_chat_verification_proven(ngx_chat_call_t *call,
    ngx_chat_password_job_t *job);
static void ngx_chat_verification_try(ngx_chat_call_t *call);
static void ngx_chat_verification_tried(void *data, ngx_chat_pg_result_t *res);
static ngx_int_t ngx_chat_verification_refused(ngx_chat_call_t *call,
    ngx_chat_pg_result_t *res);


static ngx_chat_pg_stmt_t  ngx_chat_verification_address_stmt = {
    "verification_address",
    "SELECT a.email_key, v.id FROM chat.account a "
    "LEFT JOIN chat.verification v ON v.account = a.id WHERE a.id = $1::uuid",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_verification_create_stmt = {
    "verification_create",
    "SELECT * FROM chat.verification_create($1::uuid, $2::uuid, "
    "$3::text::int, $4::uuid, $5::bytea, $6::bytea, $7::text, $8::text, "
    "$9::bigint::int, $10::bigint::int)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_verification_find_stmt = {
    "verification_find",
    "SELECT account, email_key, password_hash "
    "FROM chat.verification_find($1::uuid)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_verification_confirm_stmt = {
    "verification_confirm",
    "SELECT verdict, problem, detail, body, announce FROM "
    "chat.verification_confirm($1::uuid, chat.context($2::uuid, $7::text), "
    "$3::uuid, $4::bytea, $5::bytea, $6::text)",
    0
};


static const ngx_chat_param_t  ngx_chat_verification_create_params[] = {
    { "send_attempt", NGX_CHAT_INTEGER, NGX_CHAT_IN_BODY, 1, 1,
      NGX_CHAT_ATTEMPTS_MAX, NULL },
    { .name = NULL }
};

static const ngx_chat_param_t  ngx_chat_verification_confirm_params[] = {
    { "verification", NGX_CHAT_UUID, NGX_CHAT_IN_PATH, 1, 0, 0, NULL },
    { "code", NGX_CHAT_SECRET, NGX_CHAT_IN_BODY, 0, CHAT_CODE_LEN,
      CHAT_CODE_LEN, NULL },
    { "link", NGX_CHAT_SECRET, NGX_CHAT_IN_BODY, 0, CHAT_TOKEN_LEN,
      CHAT_TOKEN_LEN, NULL },
    { "username", NGX_CHAT_USERNAME, NGX_CHAT_IN_BODY, 0, 3,
      CHAT_USERNAME_MAX, NULL },
    { "password", NGX_CHAT_SECRET, NGX_CHAT_IN_BODY, 0, 1, CHAT_PASSWORD_MAX,
      NULL },
    { .name = NULL }
};


ngx_chat_op_t  ngx_chat_verification_ops[] = {

    { "verification_create", "POST", "verifications", NGX_CHAT_WHO_SESSION,
      NGX_CHAT_LIMIT_MAIL, NGX_CHAT_OP_SOCKET,
      ngx_chat_verification_create_params, NULL, ngx_chat_verification_create,
      NULL, 0 },

    { "verification_confirm", "POST", "verifications/{verification}/confirm",
      NGX_CHAT_WHO_ANYONE, NGX_CHAT_LIMIT_CONFIRM, 0,
      ngx_chat_verification_confirm_params, NULL,
      ngx_chat_verification_confirm, NULL, 0 },

    { .name = NULL }
};


ngx_int_t
ngx_chat_verification_make(ngx_chat_call_t *call, ngx_chat_verification_t *v,
    ngx_str_t *email, u_char *id)
{
    v->email_key.len = email->len;
    v->email_key.data = ngx_pnalloc(call->pool, email->len);

    if (v->email_key.data == NULL) {
        return NGX_ERROR;
    }

    chat_email_key((char *) email->data, email->len,
                   (char *) v->email_key.data);

    if (id != NULL) {
        ngx_memcpy(v->mailed.id, id, 16);

    } else {
        ngx_chat_uuid_make(v->mailed.id);
    }

    ngx_chat_mailed_make(NGX_CHAT_MAILED_VERIFY, &v->mailed,
                         v->email_key.data, v->email_key.len);

    return NGX_OK;
}


static void
ngx_chat_verification_create(ngx_chat_call_t *call)
{
    ngx_chat_pg_param_t  param;

    if (!ngx_chat_pg_state()->ready) {
        ngx_chat_call_fail(call, "unavailable");
        return;
    }

    ngx_memzero(&param, sizeof(ngx_chat_pg_param_t));
    ngx_chat_pg_set_uuid(&param, call->session.account);

    (void) ngx_chat_call_query(call, &ngx_chat_verification_address_stmt,
                               &param, 1, ngx_chat_verification_address);
}


static void
ngx_chat_verification_address(void *data, ngx_chat_pg_result_t *res)
{
    ngx_str_t                 email, id;
    ngx_chat_call_t          *call;
    ngx_chat_pg_param_t       p[NGX_CHAT_CREATE_PARAMS];
    ngx_chat_verification_t  *v;

    call = data;
    call->query = NULL;

    if (ngx_chat_pg_status(res) != NGX_CHAT_PG_OK) {
        ngx_chat_call_fail_lookup(call, res);
        return;
    }

    if (ngx_chat_pg_rows(res) != 1) {
        ngx_chat_call_fail(call, "unauthorized");
        return;
    }

    ngx_chat_pg_bytes(res, 0, 0, &email);
    ngx_str_null(&id);

    if (!ngx_chat_pg_null(res, 0, 1)) {
        ngx_chat_pg_bytes(res, 0, 1, &id);
    }

    v = ngx_chat_call_secret(call, sizeof(ngx_chat_verification_t));
    ngx_memzero(p, sizeof(p));

    if (v == NULL
        || ngx_chat_verification_make(call, v, &email,
                                      id.len == 16 ? id.data : NULL)
           != NGX_OK
        || ngx_chat_mailed_params(call, &v->mailed, &p[3]) != NGX_OK)
    {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    ngx_chat_pg_set_uuid(&p[0], call->session.account);
    ngx_chat_pg_set_uuid(&p[1], call->session.session);
    ngx_chat_call_set_value(&p[2], ngx_chat_call_value(call, "send_attempt"));

    (void) ngx_chat_call_query(call, &ngx_chat_verification_create_stmt, p,
                               NGX_CHAT_CREATE_PARAMS,
                               ngx_chat_verification_created);
}


static void
ngx_chat_verification_created(void *data, ngx_chat_pg_result_t *res)
{
    ngx_chat_call_t  *call = data;

    call->query = NULL;
    ngx_chat_call_reply(call, res);
    ngx_chat_mail_wake();
}


/*
 * Proven by the session that registered, or by the password: the link alone
 * would let the address's owner verify an account that somebody else made.
 */

static void
ngx_chat_verification_confirm(ngx_chat_call_t *call)
{
    if (ngx_chat_mailed_given(call) != NGX_OK) {
        return;
    }

    call->state = ngx_chat_call_secret(call, sizeof(ngx_chat_confirm_t));
    if (call->state == NULL) {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    if (ngx_chat_call_value(call, "password")->set) {
        ngx_chat_verification_find(call);
        return;
    }

    ngx_chat_session_authenticate(call, 0, ngx_chat_verification_find);
}


static void
ngx_chat_verification_find(ngx_chat_call_t *call)
{
    ngx_chat_pg_param_t  param;

    ngx_memzero(&param, sizeof(ngx_chat_pg_param_t));
    ngx_chat_pg_set_uuid(&param,
                         ngx_chat_call_value(call, "verification")->uuid);

    (void) ngx_chat_call_query(call, &ngx_chat_verification_find_stmt, &param,
                               1, ngx_chat_verification_found);
}


static void
ngx_chat_verification_found(void *data, ngx_chat_pg_result_t *res)
{
    ngx_str_t            account, email, hash;
    ngx_chat_call_t     *call;
    ngx_chat_confirm_t  *c;

    call = data;
    call->query = NULL;
    c = call->state;

    if (ngx_chat_pg_status(res) != NGX_CHAT_PG_OK) {
        ngx_chat_call_fail_lookup(call, res);
        return;
    }

    ngx_str_null(&hash);

    if (ngx_chat_pg_rows(res) == 1) {
        ngx_chat_pg_bytes(res, 0, NGX_CHAT_FIND_ACCOUNT, &account);
        ngx_chat_pg_bytes(res, 0, NGX_CHAT_FIND_EMAIL, &email);
        ngx_chat_pg_bytes(res, 0, NGX_CHAT_FIND_HASH, &hash);

        if (account.len == 16) {
            ngx_memcpy(c->account, account.data, 16);
            c->found = 1;
            ngx_chat_mailed_hash(call, NGX_CHAT_MAILED_VERIFY, email.data,
                                 email.len, &c->given);
        }
    }

    if (ngx_chat_call_value(call, "password")->set) {
        ngx_chat_verification_password(call, &hash);
        return;
    }

    if (!c->found
        || ngx_memcmp(c->account, call->session.account, 16) != 0)
    {
        ngx_chat_call_fail(call, "not_found");
        return;
    }

    ngx_chat_verification_try(call);
}


/* an unknown verification costs and answers what a wrong password does */

static void
ngx_chat_verification_password(ngx_chat_call_t *call, ngx_str_t *stored)
{
    ngx_chat_task_t          *task;
    ngx_chat_password_job_t  *job;

    task = ngx_chat_password_task(call,
                                  &ngx_chat_call_value(call, "password")->text,
                                  &job);
    if (task == NULL) {
        return;
    }

    job->verify = 1;

    if (stored->len < CHAT_PASSWORD_HASH_MAX) {
        ngx_memcpy(job->stored[0], stored->data, stored->len);
    }

    ngx_chat_password_run(call, task, ngx_chat_verification_proven);
}


static void
ngx_chat_verification_proven(ngx_chat_call_t *call,
    ngx_chat_password_job_t *job)
{
    ngx_chat_confirm_t  *c;

    c = call->state;

    if (job->matched != 0 || !c->found) {
        ngx_chat_call_refused(call, "account.verify", "invalid_credentials",
                              c->found ? c->account : NULL, NULL);
        return;
    }

    ngx_chat_verification_try(call);
}


static void
ngx_chat_verification_try(ngx_chat_call_t *call)
{
    ngx_chat_confirm_t   *c;
    ngx_chat_pg_param_t   p[NGX_CHAT_CONFIRM_PARAMS];

    c = call->state;
    ngx_memzero(p, sizeof(p));

    ngx_chat_pg_set_uuid(&p[0],
                         ngx_chat_call_value(call, "verification")->uuid);
    ngx_chat_pg_set_uuid(&p[1], c->account);

    if (call->has_session) {
        ngx_chat_pg_set_uuid(&p[2], call->session.session);

    } else {
        ngx_chat_pg_set_null(&p[2]);
    }

    ngx_chat_mailed_set_given(&p[3], &c->given);
    ngx_chat_call_set_value(&p[5], ngx_chat_call_value(call, "username"));

    (void) ngx_chat_call_act(call, &ngx_chat_verification_confirm_stmt, p,
                             NGX_CHAT_CONFIRM_PARAMS,
                             ngx_chat_verification_tried);
}


static void
ngx_chat_verification_tried(void *data, ngx_chat_pg_result_t *res)
{
    u_char              *items;
    ngx_int_t            n;
    ngx_str_t            body;
    ngx_chat_call_t     *call;
    ngx_chat_confirm_t  *c;

    call = data;
    call->query = NULL;
    c = call->state;

    if (ngx_chat_pg_status(res) != NGX_CHAT_PG_OK) {
        ngx_chat_call_fail_pg(call, res);
        return;
    }

    if (ngx_chat_pg_rows(res) != 1
        || ngx_chat_pg_integer(res, 0, NGX_CHAT_CONFIRM_VERDICT) != 200)
    {
        if (ngx_chat_verification_refused(call, res) != NGX_OK) {
            ngx_chat_call_fail(call, "internal");
        }

        return;
    }

    /* cached sessions still say that the account isn't verified */

    ngx_chat_session_cache_purge(NULL, c->account);

    if (!ngx_chat_pg_null(res, 0, NGX_CHAT_CONFIRM_ANNOUNCE)) {
        n = ngx_chat_pg_uuid_array(res, 0, NGX_CHAT_CONFIRM_ANNOUNCE, &items);

        if (n > 0) {
            ngx_chat_route_hint(items + 4, 1);
        }
    }

    ngx_chat_pg_bytes(res, 0, NGX_CHAT_CONFIRM_BODY, &body);

    call->json.data = ngx_pnalloc(call->pool, body.len);
    if (call->json.data == NULL) {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    call->json.len = body.len;
    ngx_memcpy(call->json.data, body.data, body.len);
    ngx_chat_call_done(call, 200);
}


/* a refusal that counted a try is returned, for raising would take that back */

static ngx_int_t
ngx_chat_verification_refused(ngx_chat_call_t *call, ngx_chat_pg_result_t *res)
{
    char        code[64];
    ngx_str_t   problem, detail, members;

    if (ngx_chat_pg_rows(res) != 1) {
        return NGX_ERROR;
    }

    ngx_chat_pg_bytes(res, 0, NGX_CHAT_CONFIRM_PROBLEM, &problem);

    if (problem.len == 0 || problem.len >= sizeof(code)) {
        return NGX_ERROR;
    }

    ngx_memcpy(code, problem.data, problem.len);
    code[problem.len] = '\0';
    ngx_str_null(&members);

    if (!ngx_chat_pg_null(res, 0, NGX_CHAT_CONFIRM_DETAIL)) {
        ngx_chat_pg_bytes(res, 0, NGX_CHAT_CONFIRM_DETAIL, &detail);

        if (ngx_chat_problem_members(&call->problem, &detail, call->pool)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        members = call->problem.members;
    }

    ngx_chat_call_fail_members(call, code, &members);

    return NGX_OK;
}
