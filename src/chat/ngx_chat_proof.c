/* Proofs: who holds a session shows once more that it is theirs. */

#include "ngx_chat_proof.h"
#include "ngx_chat_rows.h"


typedef enum {
    NGX_CHAT_PROOF_HASH = 0
} ngx_chat_proof_column_e;

typedef struct {
    ngx_str_t               password;
    ngx_chat_call_next_pt   next;
} ngx_chat_proof_t;


static void ngx_chat_proof_found(void *data, ngx_chat_pg_result_t *res);
static void ngx_chat_proof_verified(ngx_chat_call_t *call,
    ngx_chat_password_job_t *job);
static void ngx_chat_proof_create(ngx_chat_call_t *call);
static void ngx_chat_proof_proven(ngx_chat_call_t *call);
static void ngx_chat_proof_done(void *data, ngx_chat_pg_result_t *res);


static ngx_chat_pg_stmt_t  ngx_chat_proof_find_stmt = {
    "proof_find",
    "SELECT password_hash FROM chat.proof_find($1::uuid)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_proof_create_stmt = {
    "proof_create",
    "SELECT * FROM chat.proof_create(chat.context($1::uuid, $4::text), "
    "$2::uuid, $3::text)",
    0
};


static const ngx_chat_param_t  ngx_chat_proof_create_params[] = {
    { "password", NGX_CHAT_SECRET, NGX_CHAT_IN_BODY, 1, 1, CHAT_PASSWORD_MAX,
      NULL },
    { .name = NULL }
};


ngx_chat_op_t  ngx_chat_proof_ops[] = {

    { "proof_create", "POST", "proofs", NGX_CHAT_WHO_ACCOUNT,
      NGX_CHAT_LIMIT_SIGN_IN, NGX_CHAT_OP_SOCKET|NGX_CHAT_OP_PENDING,
      ngx_chat_proof_create_params, NULL, ngx_chat_proof_create, NULL, 0 },

    { .name = NULL }
};


/* a stolen token must not be good for guesses at the password, from however many addresses */

void
ngx_chat_proof_password(ngx_chat_call_t *call, ngx_str_t *password,
    ngx_chat_call_next_pt next)
{
    ngx_chat_proof_t     *proof;
    ngx_chat_pg_param_t   param;

    if (ngx_chat_call_limit(call, NGX_CHAT_LIMIT_LOGIN, call->session.account,
                            16)
        != NGX_OK)
    {
        return;
    }

    proof = ngx_palloc(call->pool, sizeof(ngx_chat_proof_t));
    if (proof == NULL) {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    proof->password = *password;
    proof->next = next;
    call->state = proof;

    ngx_memzero(&param, sizeof(ngx_chat_pg_param_t));
    ngx_chat_pg_set_uuid(&param, call->session.account);

    (void) ngx_chat_call_query(call, &ngx_chat_proof_find_stmt, &param, 1,
                               ngx_chat_proof_found);
}


static void
ngx_chat_proof_found(void *data, ngx_chat_pg_result_t *res)
{
    ngx_str_t                 hash;
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
        ngx_chat_pg_bytes(res, 0, NGX_CHAT_PROOF_HASH, &hash);

        if (hash.len < CHAT_PASSWORD_HASH_MAX) {
            ngx_memcpy(job->stored[0], hash.data, hash.len);
        }
    }

    ngx_chat_password_run(call, task, ngx_chat_proof_verified);
}


static void
ngx_chat_proof_verified(ngx_chat_call_t *call, ngx_chat_password_job_t *job)
{
    ngx_chat_proof_t  *proof;

    if (job->matched != 0) {
        ngx_chat_call_fail(call, "invalid_credentials");
        return;
    }

    proof = call->state;
    proof->next(call);
}


static void
ngx_chat_proof_create(ngx_chat_call_t *call)
{
    ngx_chat_proof_password(call, &ngx_chat_call_value(call, "password")->text,
                            ngx_chat_proof_proven);
}


static void
ngx_chat_proof_proven(ngx_chat_call_t *call)
{
    ngx_str_t            means;
    ngx_chat_pg_param_t  p[3];

    ngx_str_set(&means, "password");

    ngx_memzero(p, sizeof(p));
    ngx_chat_pg_set_uuid(&p[0], call->session.account);
    ngx_chat_pg_set_uuid(&p[1], call->session.session);
    ngx_chat_pg_set_text(&p[2], &means);

    (void) ngx_chat_call_act(call, &ngx_chat_proof_create_stmt, p, 3,
                             ngx_chat_proof_done);
}


static void
ngx_chat_proof_done(void *data, ngx_chat_pg_result_t *res)
{
    ngx_chat_call_t  *call = data;

    call->query = NULL;
    ngx_chat_call_reply(call, res);
}
