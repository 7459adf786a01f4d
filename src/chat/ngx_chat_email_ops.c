/* The account's address: changing it, and taking a change back. */

#include "ngx_chat_proof.h"
#include "ngx_chat_failure.h"
#include "ngx_chat_mailed.h"
#include "ngx_chat_mail.h"
#include "ngx_chat_rows.h"


#define NGX_CHAT_EMAIL_CREATE_PARAMS    (5 + NGX_CHAT_MAILED_PARAMS)
#define NGX_CHAT_EMAIL_CONFIRM_PARAMS   10
#define NGX_CHAT_EMAIL_REVERT_PARAMS    (4 + NGX_CHAT_MAILED_PARAMS)
#define NGX_CHAT_REVERT_TTL             (7 * 86400)

/* an all-zero salt and tag: no password is known to match */
#define NGX_CHAT_DEAD_HASH                                                    \
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$"                  \
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

/* of a confirmation; wiped with the call */
typedef struct {
    u_char                   account[16];
    unsigned                 found:1;
    char                     proven[CHAT_PASSWORD_HASH_MAX];    /* or "" */
    ngx_chat_mailed_given_t  given;
    ngx_chat_mailed_t        revert;
} ngx_chat_email_confirm_t;


static void ngx_chat_email_change_create(ngx_chat_call_t *call);
static void ngx_chat_email_change_confirm(ngx_chat_call_t *call);
static void ngx_chat_email_change_find(ngx_chat_call_t *call);
static void ngx_chat_email_change_found(void *data, ngx_chat_pg_result_t *res);
static void ngx_chat_email_change_check(ngx_chat_call_t *call);
static void ngx_chat_email_change_verified(ngx_chat_call_t *call,
    ngx_chat_password_job_t *job);
static void ngx_chat_email_change_by_session(ngx_chat_call_t *call);
static void ngx_chat_email_change_try(ngx_chat_call_t *call);
static void ngx_chat_email_change_revert(ngx_chat_call_t *call);
static void ngx_chat_email_change_reverting(void *data,
    ngx_chat_pg_result_t *res);
static void ngx_chat_email_done(void *data, ngx_chat_pg_result_t *res);


static ngx_chat_pg_stmt_t  ngx_chat_email_change_create_stmt = {
    "email_change_create",
    "SELECT * FROM chat.email_change_create("
    "chat.context($1::uuid, $13::text), $2::uuid, $3::text, $4::text, "
    "$5::text::int, $6::uuid, $7::bytea, $8::bytea, $9::text, $10::text, "
    "$11::bigint::int, $12::bigint::int)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_email_change_find_stmt = {
    "email_change_find",
    "SELECT account, password_hash FROM chat.email_change_find($1::uuid)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_email_change_confirm_stmt = {
    "email_change_confirm",
    "SELECT * FROM chat.email_change_confirm(chat.context("
    "chat.password_holds($1::uuid, $10::text), $11::text), $2::uuid, "
    "$3::uuid, $4::bytea, $5::bytea, $6::uuid, $7::bytea, $8::text, "
    "$9::bigint::int)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_email_revert_find_stmt = {
    "email_revert_find",
    "SELECT account FROM chat.email_revert_find($1::uuid)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_email_change_revert_stmt = {
    "email_change_revert",
    "SELECT * FROM chat.email_change_revert("
    "chat.context($1::uuid, $12::text), $2::uuid, $3::bytea, $4::text, "
    "$5::uuid, $6::bytea, $7::bytea, $8::text, $9::text, $10::bigint::int, "
    "$11::bigint::int)",
    0
};


static const ngx_chat_param_t  ngx_chat_email_change_create_params[] = {
    { "email", NGX_CHAT_EMAIL, NGX_CHAT_IN_BODY, 1, 3, CHAT_EMAIL_MAX, NULL },
    { "send_attempt", NGX_CHAT_INTEGER, NGX_CHAT_IN_BODY, 1, 1,
      NGX_CHAT_ATTEMPTS_MAX, NULL },
    { .name = NULL }
};

static const ngx_chat_param_t  ngx_chat_email_change_confirm_params[] = {
    { "change", NGX_CHAT_UUID, NGX_CHAT_IN_PATH, 1, 0, 0, NULL },
    { "code", NGX_CHAT_SECRET, NGX_CHAT_IN_BODY, 0, CHAT_CODE_LEN,
      CHAT_CODE_LEN, NULL },
    { "link", NGX_CHAT_SECRET, NGX_CHAT_IN_BODY, 0, CHAT_TOKEN_LEN,
      CHAT_TOKEN_LEN, NULL },
    { "password", NGX_CHAT_SECRET, NGX_CHAT_IN_BODY, 0, 1, CHAT_PASSWORD_MAX,
      NULL },
    { .name = NULL }
};

static const ngx_chat_param_t  ngx_chat_email_change_revert_params[] = {
    { "change", NGX_CHAT_UUID, NGX_CHAT_IN_PATH, 1, 0, 0, NULL },
    { "link", NGX_CHAT_SECRET, NGX_CHAT_IN_BODY, 1, CHAT_TOKEN_LEN,
      CHAT_TOKEN_LEN, NULL },
    { .name = NULL }
};


ngx_chat_op_t  ngx_chat_email_ops[] = {

    { "email_change_create", "POST", "account/email", NGX_CHAT_WHO_ACCOUNT,
      NGX_CHAT_LIMIT_MAIL, NGX_CHAT_OP_SOCKET,
      ngx_chat_email_change_create_params, NULL, ngx_chat_email_change_create,
      NULL, 0 },

    { "email_change_confirm", "POST", "email_changes/{change}/confirm",
      NGX_CHAT_WHO_ANYONE, NGX_CHAT_LIMIT_CONFIRM, 0,
      ngx_chat_email_change_confirm_params, NULL,
      ngx_chat_email_change_confirm, NULL, 0 },

    { "email_change_revert", "POST", "email_changes/{change}/revert",
      NGX_CHAT_WHO_ANYONE, NGX_CHAT_LIMIT_CONFIRM, 0,
      ngx_chat_email_change_revert_params, NULL, ngx_chat_email_change_revert,
      NULL, 0 },

    { .name = NULL }
};


static void
ngx_chat_email_change_create(ngx_chat_call_t *call)
{
    ngx_str_t            *email, key;
    ngx_chat_mailed_t    *m;
    ngx_chat_pg_param_t   p[NGX_CHAT_EMAIL_CREATE_PARAMS];

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

    ngx_chat_mailed_id(NGX_CHAT_MAILED_EMAIL, key.data, key.len,
                       call->session.account, 16, m->id);
    ngx_chat_mailed_make(NGX_CHAT_MAILED_EMAIL, m, m->id, 16);

    ngx_memzero(p, sizeof(p));
    ngx_chat_pg_set_uuid(&p[0], call->session.account);
    ngx_chat_pg_set_uuid(&p[1], call->session.session);
    ngx_chat_pg_set_text(&p[2], email);
    ngx_chat_pg_set_text(&p[3], &key);
    ngx_chat_call_set_value(&p[4], ngx_chat_call_value(call, "send_attempt"));

    if (ngx_chat_mailed_params(call, m, &p[5]) != NGX_OK) {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    (void) ngx_chat_call_act(call, &ngx_chat_email_change_create_stmt, p,
                             NGX_CHAT_EMAIL_CREATE_PARAMS,
                             ngx_chat_email_done);
}


/*
 * By a session of an approved device or the password: the link alone would let an
 * address's owner be made that of an account that somebody else has.
 */

static void
ngx_chat_email_change_confirm(ngx_chat_call_t *call)
{
    ngx_chat_email_confirm_t  *c;

    c = ngx_chat_call_secret(call, sizeof(ngx_chat_email_confirm_t));
    if (c == NULL) {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    call->state = c;

    if (ngx_chat_mailed_given(call) != NGX_OK) {
        return;
    }

    ngx_chat_mailed_hash(call, NGX_CHAT_MAILED_EMAIL,
                         ngx_chat_call_value(call, "change")->uuid, 16,
                         &c->given);

    ngx_chat_uuid_make(c->revert.id);
    ngx_chat_mailed_make(NGX_CHAT_MAILED_REVERT, &c->revert, c->revert.id, 16);

    if (ngx_chat_call_value(call, "password")->set) {
        ngx_chat_email_change_find(call);
        return;
    }

    /* not a session that another node has just signed out */
    ngx_chat_session_authenticate(call, 1, ngx_chat_email_change_by_session);
}


static void
ngx_chat_email_change_by_session(ngx_chat_call_t *call)
{
    ngx_chat_email_confirm_t  *c;

    if (!call->session.approved) {
        ngx_chat_call_fail(call, "device_pending");
        return;
    }

    c = call->state;
    ngx_memcpy(c->account, call->session.account, 16);
    ngx_chat_email_change_try(call);
}


static void
ngx_chat_email_change_find(ngx_chat_call_t *call)
{
    u_char               *change;
    ngx_chat_pg_param_t   param;

    change = ngx_chat_call_value(call, "change")->uuid;

    if (ngx_chat_call_limit(call, NGX_CHAT_LIMIT_LOGIN, change, 16) != NGX_OK) {
        return;
    }

    ngx_memzero(&param, sizeof(ngx_chat_pg_param_t));
    ngx_chat_pg_set_uuid(&param, change);

    (void) ngx_chat_call_query(call, &ngx_chat_email_change_find_stmt, &param,
                               1, ngx_chat_email_change_found);
}


/* an unknown change costs and answers what a wrong password does */

static void
ngx_chat_email_change_found(void *data, ngx_chat_pg_result_t *res)
{
    ngx_str_t                  account, hash;
    ngx_chat_call_t           *call;
    ngx_chat_email_confirm_t  *c;

    call = data;
    call->query = NULL;
    c = call->state;

    if (ngx_chat_pg_status(res) != NGX_CHAT_PG_OK) {
        ngx_chat_call_fail_lookup(call, res);
        return;
    }

    if (ngx_chat_pg_rows(res) == 1) {
        ngx_chat_pg_bytes(res, 0, 0, &account);
        ngx_chat_pg_bytes(res, 0, 1, &hash);

        if (account.len == 16 && hash.len < CHAT_PASSWORD_HASH_MAX) {
            ngx_memcpy(c->account, account.data, 16);
            ngx_memcpy(c->proven, hash.data, hash.len);
            c->found = 1;
        }
    }

    /* by account: who makes one change after the other has no more guesses for it */

    ngx_chat_failure_begin(call, NGX_CHAT_LIMIT_PROOF,
                           c->found ? c->account
                                  : ngx_chat_call_value(call, "change")->uuid,
                           16, ngx_chat_email_change_check);
}


static void
ngx_chat_email_change_check(ngx_chat_call_t *call)
{
    ngx_chat_task_t           *task;
    ngx_chat_password_job_t   *job;
    ngx_chat_email_confirm_t  *c;

    c = call->state;

    task = ngx_chat_password_task(call,
                                  &ngx_chat_call_value(call, "password")->text,
                                  &job);
    if (task == NULL) {
        return;
    }

    job->verify = 1;
    ngx_memcpy(job->stored[0], c->proven, sizeof(c->proven));

    ngx_chat_password_run(call, task, ngx_chat_email_change_verified);
}


static void
ngx_chat_email_change_verified(ngx_chat_call_t *call,
    ngx_chat_password_job_t *job)
{
    ngx_chat_email_confirm_t  *c;

    c = call->state;

    if (job->matched != 0 || !c->found) {
        ngx_chat_call_refused(call, "email.change", "invalid_credentials",
                              c->found ? c->account : NULL, NULL);
        return;
    }

    ngx_chat_failure_passed(call);
    ngx_chat_email_change_try(call);
}


static void
ngx_chat_email_change_try(ngx_chat_call_t *call)
{
    ngx_str_t                  link, proven;
    ngx_chat_pg_param_t        p[NGX_CHAT_EMAIL_CONFIRM_PARAMS];
    ngx_chat_email_confirm_t  *c;

    c = call->state;
    ngx_memzero(p, sizeof(p));

    link.data = (u_char *) c->revert.link;
    link.len = NGX_CHAT_MAILED_LINK;
    proven.data = (u_char *) c->proven;
    proven.len = ngx_strlen(c->proven);

    ngx_chat_pg_set_uuid(&p[0], c->account);

    if (call->has_session) {
        ngx_chat_pg_set_uuid(&p[1], call->session.session);

    } else {
        ngx_chat_pg_set_null(&p[1]);
    }

    ngx_chat_pg_set_uuid(&p[2], ngx_chat_call_value(call, "change")->uuid);
    ngx_chat_mailed_set_given(&p[3], &c->given);
    ngx_chat_pg_set_uuid(&p[5], c->revert.id);
    ngx_chat_pg_set_bytea(&p[6], c->revert.link_hash, CHAT_HASH_LEN);
    ngx_chat_pg_set_text(&p[7], &link);

    if (ngx_chat_pg_set_integer(&p[8], call->pool, NGX_CHAT_REVERT_TTL)
        != NGX_OK)
    {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    if (proven.len) {
        ngx_chat_pg_set_text(&p[9], &proven);

    } else {
        ngx_chat_pg_set_null(&p[9]);
    }

    (void) ngx_chat_call_act(call, &ngx_chat_email_change_confirm_stmt, p,
                             NGX_CHAT_EMAIL_CONFIRM_PARAMS,
                             ngx_chat_email_done);
}


/* whose it is has to be known before: the reply closes the account's sockets */

static void
ngx_chat_email_change_revert(ngx_chat_call_t *call)
{
    ngx_chat_pg_param_t       param;
    ngx_chat_mailed_given_t  *given;

    given = ngx_chat_call_secret(call, sizeof(ngx_chat_mailed_given_t));
    if (given == NULL) {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    call->state = given;

    if (ngx_chat_mailed_given(call) != NGX_OK) {
        return;
    }

    ngx_chat_mailed_hash(call, NGX_CHAT_MAILED_REVERT,
                         ngx_chat_call_value(call, "change")->uuid, 16, given);

    ngx_memzero(&param, sizeof(ngx_chat_pg_param_t));
    ngx_chat_pg_set_uuid(&param, ngx_chat_call_value(call, "change")->uuid);

    (void) ngx_chat_call_query(call, &ngx_chat_email_revert_find_stmt, &param,
                               1, ngx_chat_email_change_reverting);
}


static void
ngx_chat_email_change_reverting(void *data, ngx_chat_pg_result_t *res)
{
    ngx_str_t                 account, dead;
    ngx_chat_call_t          *call;
    ngx_chat_mailed_t        *m;
    ngx_chat_pg_param_t       p[NGX_CHAT_EMAIL_REVERT_PARAMS];
    ngx_chat_mailed_given_t  *given;

    call = data;
    call->query = NULL;
    given = call->state;

    if (ngx_chat_pg_status(res) != NGX_CHAT_PG_OK) {
        ngx_chat_call_fail_lookup(call, res);
        return;
    }

    if (ngx_chat_pg_rows(res) == 1) {
        ngx_chat_pg_bytes(res, 0, 0, &account);

        if (account.len == 16) {
            ngx_memcpy(call->session.account, account.data, 16);
        }
    }

    m = ngx_chat_call_secret(call, sizeof(ngx_chat_mailed_t));
    if (m == NULL) {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    ngx_chat_uuid_make(m->id);
    ngx_chat_mailed_make(NGX_CHAT_MAILED_RESET, m, m->id, 16);
    ngx_str_set(&dead, NGX_CHAT_DEAD_HASH);

    ngx_memzero(p, sizeof(p));
    ngx_chat_pg_set_null(&p[0]);
    ngx_chat_pg_set_uuid(&p[1], ngx_chat_call_value(call, "change")->uuid);
    ngx_chat_pg_set_bytea(&p[2], given->hash, CHAT_HASH_LEN);
    ngx_chat_pg_set_text(&p[3], &dead);

    if (ngx_chat_mailed_params(call, m, &p[4]) != NGX_OK) {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    (void) ngx_chat_call_act(call, &ngx_chat_email_change_revert_stmt, p,
                             NGX_CHAT_EMAIL_REVERT_PARAMS,
                             ngx_chat_email_done);
}


static void
ngx_chat_email_done(void *data, ngx_chat_pg_result_t *res)
{
    ngx_chat_call_t  *call = data;

    call->query = NULL;
    ngx_chat_call_reply(call, res);
    ngx_chat_mail_wake();
}
