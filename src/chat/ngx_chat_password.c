/* Passwords, hashed and verified off the event loop. */

#include "ngx_chat_failure.h"


#define NGX_CHAT_STRANGERS_SHARE    2       /* of the queue: what strangers can fill is 1/2 */

#define NGX_CHAT_DUMMY_SALT         22      /* base64 characters of 16 bytes */
#define NGX_CHAT_DUMMY_TAG          43      /* of 32 */


/* what of the call waits for the job: in the call's pool */
typedef struct {
    ngx_chat_call_t            *call;
    ngx_chat_call_password_pt   handler;
} ngx_chat_password_wait_t;


static void ngx_chat_password_work(void *data);
static void ngx_chat_password_dummy(ngx_chat_password_job_t *job,
    char out[CHAT_PASSWORD_HASH_MAX]);
static void ngx_chat_password_done(void *data, void *owner);


ngx_int_t
ngx_chat_password_check(ngx_chat_call_t *call, ngx_str_t *password,
    const char *const *words, ngx_uint_t n)
{
    u_char      *p;
    ngx_str_t    members;
    ngx_uint_t   i;
    const char  *reason, *context[NGX_CHAT_PASSWORD_WORDS + 1];

    n = ngx_min(n, NGX_CHAT_PASSWORD_WORDS);

    for (i = 0; i < n; i++) {
        context[i] = words[i];
    }

    /* a directive's value ends in a zero byte */

    context[n++] = (char *) ngx_chat_call_auth_conf(call)->server_name.data;

    reason = chat_password_weak((char *) password->data, password->len,
                                context, n);
    if (reason == NULL) {
        return NGX_OK;
    }

    ngx_str_null(&members);
    p = ngx_pnalloc(call->pool, sizeof("\"reason\":\"\"") + ngx_strlen(reason));

    if (p != NULL) {
        members.data = p;
        members.len = ngx_sprintf(p, "\"reason\":\"%s\"", reason) - p;
    }

    ngx_chat_call_fail_members(call, "weak_password", &members);

    return NGX_ERROR;
}


ngx_chat_task_t *
ngx_chat_password_task(ngx_chat_call_t *call, ngx_str_t *password,
    ngx_chat_password_job_t **job)
{
    ngx_chat_task_t           *task;
    ngx_chat_auth_conf_t      *conf;
    ngx_chat_password_job_t   *j;
    ngx_chat_password_wait_t  *w;

    w = ngx_palloc(call->pool, sizeof(ngx_chat_password_wait_t));
    task = w != NULL ? ngx_chat_task_create(sizeof(ngx_chat_password_job_t))
                     : NULL;

    if (task == NULL) {
        ngx_chat_call_fail(call, "internal");
        return NULL;
    }

    w->call = call;
    task->data = w;

    conf = ngx_chat_call_auth_conf(call);
    j = task->job;

    j->cost.memory = conf->argon2_memory;
    j->cost.passes = conf->argon2_passes;
    j->cost.lanes = conf->argon2_lanes;
    j->len = ngx_min(password->len, CHAT_PASSWORD_MAX);
    ngx_memcpy(j->password, password->data, j->len);

    *job = j;

    return task;
}


/* a flood of strangers leaves room for who has been here before; what isn't looked at isn't a try */

ngx_int_t
ngx_chat_password_crowded(ngx_chat_call_t *call)
{
    if (call->has_session
        || !ngx_chat_task_crowded(NGX_CHAT_TASK_AUTH, NGX_CHAT_STRANGERS_SHARE))
    {
        return NGX_OK;
    }

    ngx_chat_failure_beside(call);
    ngx_chat_call_fail(call, "overloaded");

    return NGX_BUSY;
}


void
ngx_chat_password_run(ngx_chat_call_t *call, ngx_chat_task_t *task,
    ngx_chat_call_password_pt handler)
{
    ngx_int_t                  rc;
    ngx_chat_password_wait_t  *w;

    if (!ngx_chat_failure_device(call)
        && ngx_chat_password_crowded(call) != NGX_OK)
    {
        ngx_chat_task_drop(task);
        return;
    }

    w = task->data;
    w->handler = handler;

    task->run = ngx_chat_password_work;
    task->done = ngx_chat_password_done;

    rc = ngx_chat_task_post(NGX_CHAT_TASK_AUTH, task);

    if (rc != NGX_OK) {
        ngx_chat_failure_beside(call);
        ngx_chat_call_fail(call, rc == NGX_BUSY ? "overloaded" : "internal");
        return;
    }

    call->task = task;
}


/* in a thread: touches the job only */

static void
ngx_chat_password_work(void *data)
{
    int                       rc, weaker;
    char                      dummy[CHAT_PASSWORD_HASH_MAX];
    ngx_uint_t                i;
    ngx_chat_password_job_t  *job = data;

    job->matched = -1;

    if (!job->verify) {
        job->failed = chat_password_hash(&job->cost, job->password, job->len,
                                         job->hash)
                      != 0;
        return;
    }

    for (i = 0; i < NGX_CHAT_HASH_CANDIDATES; i++) {

        weaker = 0;

        if (job->stored[i][0]) {
            rc = chat_password_verify(&job->cost, job->stored[i],
                                      job->password, job->len, &weaker);

        } else {
            ngx_chat_password_dummy(job, dummy);
            rc = chat_password_verify(&job->cost, dummy, job->password,
                                      job->len, NULL);
            rc = ngx_min(rc, 0);
        }

        if (rc < 0) {
            job->failed = 1;
        }

        if (rc == 1) {
            job->matched = i;
            job->failed = 0;

            /* a sign-in doesn't fail for want of a better hash */

            if (weaker
                && chat_password_hash(&job->cost, job->password, job->len,
                                      job->hash)
                   != 0)
            {
                job->hash[0] = '\0';
            }

            return;
        }
    }
}


/* an all-zero salt and tag: costs what the real ones do, and no password is known to match */

static void
ngx_chat_password_dummy(ngx_chat_password_job_t *job,
    char out[CHAT_PASSWORD_HASH_MAX])
{
    u_char  *p;

    p = ngx_snprintf((u_char *) out, CHAT_PASSWORD_HASH_MAX - 80,
                     "$argon2id$v=19$m=%uD,t=%uD,p=%uD$", job->cost.memory,
                     job->cost.passes, job->cost.lanes);

    ngx_memset(p, 'A', NGX_CHAT_DUMMY_SALT);
    p += NGX_CHAT_DUMMY_SALT;
    *p++ = '$';
    ngx_memset(p, 'A', NGX_CHAT_DUMMY_TAG);
    p += NGX_CHAT_DUMMY_TAG;
    *p = '\0';
}


static void
ngx_chat_password_done(void *data, void *owner)
{
    ngx_chat_call_t           *call;
    ngx_chat_password_job_t   *job;
    ngx_chat_password_wait_t  *w;

    job = data;
    w = owner;
    call = w->call;
    call->task = NULL;

    if (job->failed && job->matched < 0) {
        ngx_log_error(NGX_LOG_ERR, call->log, 0,
                      "chat operation \"%s\" could not hash a password",
                      call->op->name);
        ngx_chat_call_fail(call, "unavailable");
        return;
    }

    w->handler(call, job);
}
