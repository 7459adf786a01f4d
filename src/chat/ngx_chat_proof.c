/* Proofs: who holds a session shows once more that it is theirs. */

#include "ngx_chat_proof.h"
#include "ngx_chat_failure.h"
#include "ngx_chat_factor.h"
#include "ngx_chat_rows.h"


typedef enum {
    NGX_CHAT_PROOF_HASH = 0,
    NGX_CHAT_PROOF_USERNAME,
    NGX_CHAT_PROOF_EMAIL,
    NGX_CHAT_PROOF_DISPLAY_NAME
} ngx_chat_proof_column_e;


static void ngx_chat_proof_begun(ngx_chat_call_t *call);
static void ngx_chat_proof_found(void *data, ngx_chat_pg_result_t *res);
static void ngx_chat_proof_text(ngx_chat_pg_result_t *res, ngx_uint_t col,
    char *out, size_t size);
static void ngx_chat_proof_verified(ngx_chat_call_t *call,
    ngx_chat_password_job_t *job);
static void ngx_chat_proof_create(ngx_chat_call_t *call);
static void ngx_chat_proof_code(ngx_chat_call_t *call);
static void ngx_chat_proof_proven(ngx_chat_call_t *call, const char *factor);
static void ngx_chat_proof_done(void *data, ngx_chat_pg_result_t *res);


static ngx_chat_pg_stmt_t  ngx_chat_proof_find_stmt = {
    "proof_find",
    "SELECT password_hash, username, email, display_name "
    "FROM chat.proof_find($1::uuid)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_proof_create_stmt = {
    "proof_create",
    "SELECT * FROM chat.proof_create(chat.context("
    "chat.password_holds($1::uuid, $4::text), $5::text), $2::uuid, $3::text)",
    0
};


static const ngx_chat_param_t  ngx_chat_proof_create_params[] = {
    { "password", NGX_CHAT_SECRET, NGX_CHAT_IN_BODY, 0, 1, CHAT_PASSWORD_MAX,
      NULL },
    { "totp", NGX_CHAT_SECRET, NGX_CHAT_IN_BODY, 0, NGX_CHAT_TOTP_CODE,
      NGX_CHAT_TOTP_CODE, NULL },
    { "backup_code", NGX_CHAT_SECRET, NGX_CHAT_IN_BODY, 0, NGX_CHAT_BACKUP_MIN,
      NGX_CHAT_BACKUP_MAX, NULL },
    { "passkey", NGX_CHAT_PASSKEY, NGX_CHAT_IN_BODY, 0, 0, 0, NULL },
    { .name = NULL }
};


ngx_chat_op_t  ngx_chat_proof_ops[] = {

    { "proof_create", "POST", "proofs", NGX_CHAT_WHO_ACCOUNT,
      NGX_CHAT_LIMIT_PASSWORD, NGX_CHAT_OP_SOCKET|NGX_CHAT_OP_PENDING,
      ngx_chat_proof_create_params, NULL, ngx_chat_proof_create, NULL, 0 },

    { .name = NULL }
};


/* a stolen token must not be good for guesses at the password, from however many addresses */

void
ngx_chat_proof_password(ngx_chat_call_t *call, ngx_str_t *password,
    const char *action, ngx_chat_call_next_pt next)
{
    ngx_chat_proof_t  *proof;

    proof = ngx_chat_call_secret(call, sizeof(ngx_chat_proof_t));
    if (proof == NULL) {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    proof->password = *password;
    proof->action = action;
    proof->next = next;
    call->state = proof;

    ngx_chat_failure_begin(call, NGX_CHAT_LIMIT_PROOF, call->session.session,
                           16, ngx_chat_proof_begun);
}


static void
ngx_chat_proof_begun(ngx_chat_call_t *call)
{
    ngx_chat_pg_param_t  param;

    ngx_memzero(&param, sizeof(ngx_chat_pg_param_t));
    ngx_chat_pg_set_uuid(&param, call->session.account);

    (void) ngx_chat_call_query(call, &ngx_chat_proof_find_stmt, &param, 1,
                               ngx_chat_proof_found);
}


static void
ngx_chat_proof_found(void *data, ngx_chat_pg_result_t *res)
{
    ngx_chat_call_t          *call;
    ngx_chat_task_t          *task;
    ngx_chat_proof_t         *proof;
    ngx_chat_password_job_t  *job;

    call = data;
    call->query = NULL;
    proof = call->state;

    if (ngx_chat_pg_status(res) != NGX_CHAT_PG_OK) {
        ngx_chat_call_fail_lookup(call, res);
        return;
    }

    task = ngx_chat_password_task(call, &proof->password, &job);
    if (task == NULL) {
        return;
    }

    job->verify = 1;

    if (ngx_chat_pg_rows(res) == 1) {
        ngx_chat_proof_text(res, NGX_CHAT_PROOF_HASH, proof->hash,
                            sizeof(proof->hash));
        ngx_chat_proof_text(res, NGX_CHAT_PROOF_USERNAME, proof->username,
                            sizeof(proof->username));
        ngx_chat_proof_text(res, NGX_CHAT_PROOF_EMAIL, proof->email,
                            sizeof(proof->email));
        ngx_chat_proof_text(res, NGX_CHAT_PROOF_DISPLAY_NAME,
                            proof->display_name, sizeof(proof->display_name));
        ngx_memcpy(job->stored[0], proof->hash, sizeof(proof->hash));
    }

    ngx_chat_password_run(call, task, ngx_chat_proof_verified);
}


/* what is longer than it may be is taken for empty */

static void
ngx_chat_proof_text(ngx_chat_pg_result_t *res, ngx_uint_t col, char *out,
    size_t size)
{
    ngx_str_t  value;

    ngx_chat_pg_bytes(res, 0, col, &value);

    if (value.len < size) {
        ngx_memcpy(out, value.data, value.len);
        out[value.len] = '\0';
    }
}


static void
ngx_chat_proof_verified(ngx_chat_call_t *call, ngx_chat_password_job_t *job)
{
    ngx_chat_proof_t  *proof;

    proof = call->state;

    if (job->matched != 0) {
        ngx_chat_call_refused(call, proof->action, "invalid_credentials",
                              call->session.account, NULL);
        return;
    }

    ngx_chat_failure_passed(call);
    proof->next(call);
}


void
ngx_chat_proof_hash(ngx_chat_call_t *call, ngx_chat_pg_param_t *param)
{
    ngx_str_t          hash;
    ngx_chat_proof_t  *proof;

    proof = call->state;

    if (proof == NULL) {
        ngx_chat_pg_set_null(param);
        return;
    }

    hash.data = (u_char *) proof->hash;
    hash.len = ngx_strlen(proof->hash);
    ngx_chat_pg_set_text(param, &hash);
}


/* the password and, where there is one, a second factor; or a passkey, which is both */

static void
ngx_chat_proof_create(ngx_chat_call_t *call)
{
    ngx_uint_t         i;
    ngx_chat_value_t  *password;

    static const char *const  others[] = { "password", "totp", "backup_code" };

    password = ngx_chat_call_value(call, "password");

    if (!ngx_chat_call_value(call, "passkey")->set) {
        if (!password->set) {
            ngx_chat_call_fail_parameter(call, "password", NULL);
            return;
        }

        ngx_chat_proof_password(call, &password->text, "proof.create",
                                ngx_chat_proof_code);
        return;
    }

    for (i = 0; i < sizeof(others) / sizeof(char *); i++) {
        if (ngx_chat_call_value(call, others[i])->set) {
            ngx_chat_call_fail_parameter(call, others[i],
                                         "not beside a passkey");
            return;
        }
    }

    ngx_chat_factor_passkey(call, NGX_CHAT_FOR_PROOF, call->session.session,
                            ngx_chat_proof_proven);
}


static void
ngx_chat_proof_code(ngx_chat_call_t *call)
{
    ngx_chat_factor_code(call, call->session.account, call->session.session,
                         NULL, ngx_chat_proof_proven);
}


/* factor: NULL: it was the password alone, which the function takes only where that is enough */

static void
ngx_chat_proof_proven(ngx_chat_call_t *call, const char *factor)
{
    ngx_str_t            means;
    ngx_chat_pg_param_t  p[4];

    ngx_str_set(&means, "password");

    if (factor != NULL) {
        means.data = (u_char *) factor;
        means.len = ngx_strlen(factor);
    }

    ngx_memzero(p, sizeof(p));
    ngx_chat_pg_set_uuid(&p[0], call->session.account);
    ngx_chat_pg_set_uuid(&p[1], call->session.session);
    ngx_chat_pg_set_text(&p[2], &means);
    ngx_chat_proof_hash(call, &p[3]);

    (void) ngx_chat_call_act(call, &ngx_chat_proof_create_stmt, p, 4,
                             ngx_chat_proof_done);
}


static void
ngx_chat_proof_done(void *data, ngx_chat_pg_result_t *res)
{
    ngx_chat_call_t  *call = data;

    call->query = NULL;
    ngx_chat_call_reply(call, res);
}
