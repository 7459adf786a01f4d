/* A call's way: authenticate, limit, validate, run, end. */

#include "ngx_chat_run.h"
#include "ngx_chat_hub.h"
#include "ngx_chat_stat.h"


#define NGX_CHAT_RETRY_AFTER        1       /* seconds, where nobody knows better */
#define NGX_CHAT_BOUND_MAX          512     /* bytes of a parameter's name and bound, escaped */


typedef struct {
    void               *data;
    size_t              size;
} ngx_chat_call_secret_t;


static void ngx_chat_call_authenticated(ngx_chat_call_t *call);
static void ngx_chat_call_generic_done(void *data, ngx_chat_pg_result_t *res);
static void ngx_chat_call_secret_wipe(void *data);
static void ngx_chat_call_end(ngx_chat_call_t *call);


void
ngx_chat_call_run(ngx_chat_call_t *call)
{
    call->start = ngx_current_msec;
    call->has_session = call->from_socket;

    if (ngx_chat_call_limits_before(call) != NGX_OK) {
        return;
    }

    if (call->op->who == NGX_CHAT_WHO_ANYONE || call->from_socket) {
        ngx_chat_call_authenticated(call);
        return;
    }

    ngx_chat_session_authenticate(call,
                                  call->op->flags & NGX_CHAT_OP_UNCACHED,
                                  ngx_chat_call_authenticated);
}


static void
ngx_chat_call_authenticated(ngx_chat_call_t *call)
{
    const char  *code;

    code = ngx_chat_op_refuses(call->op, &call->session);

    if (code != NULL) {
        ngx_chat_call_fail(call, code);
        return;
    }

    if (ngx_chat_call_limits_after(call) != NGX_OK
        || ngx_chat_call_validate(call) != NGX_OK)
    {
        return;
    }

    if (call->op->handler != NULL) {
        call->op->handler(call);
        return;
    }

    if (call->op->takeover != NULL) {
        ngx_chat_call_done(call, 0);
        return;
    }

    ngx_chat_call_generic(call, ngx_chat_call_generic_done);
}


void
ngx_chat_call_generic(ngx_chat_call_t *call, ngx_chat_pg_handler_pt handler)
{
    ngx_uint_t               i;
    const ngx_chat_param_t  *p;
    ngx_chat_pg_param_t      params[NGX_CHAT_PARAMS + 2];

    ngx_memzero(params, sizeof(params));

    if (call->has_session) {
        ngx_chat_pg_set_uuid(&params[0], call->session.account);
        ngx_chat_pg_set_uuid(&params[1], call->session.session);

    } else {
        ngx_chat_pg_set_null(&params[0]);
        ngx_chat_pg_set_null(&params[1]);
    }

    i = 0;

    for (p = call->op->params; p != NULL && p->name; p++) {
        ngx_chat_call_set_value(&params[i + 2], &call->values[i]);
        i++;
    }

    if (call->op->flags & NGX_CHAT_OP_AUDIT) {
        (void) ngx_chat_call_act(call, call->op->stmt, params, i + 2, handler);
        return;
    }

    (void) ngx_chat_call_query(call, call->op->stmt, params, i + 2, handler);
}


static void
ngx_chat_call_generic_done(void *data, ngx_chat_pg_result_t *res)
{
    ngx_chat_call_t  *call = data;

    call->query = NULL;
    ngx_chat_call_reply(call, res);
}


ngx_int_t
ngx_chat_call_query(ngx_chat_call_t *call, ngx_chat_pg_stmt_t *stmt,
    ngx_chat_pg_param_t *params, ngx_uint_t n, ngx_chat_pg_handler_pt handler)
{
    call->query = ngx_chat_pg_query(NGX_CHAT_PG_POOL_ANY, stmt, params, n, 0,
                                    handler, call);

    if (call->query == NULL) {
        ngx_chat_call_fail(call, "overloaded");
        return NGX_ERROR;
    }

    return NGX_OK;
}


ngx_chat_value_t *
ngx_chat_call_value(ngx_chat_call_t *call, const char *name)
{
    ngx_uint_t               i;
    const ngx_chat_param_t  *p;
    static ngx_chat_value_t  absent;

    i = 0;

    for (p = call->op->params; p != NULL && p->name; p++) {
        if (ngx_strcmp(p->name, name) == 0) {
            return &call->values[i];
        }

        i++;
    }

    return &absent;
}


void *
ngx_chat_call_secret(ngx_chat_call_t *call, size_t size)
{
    ngx_pool_cleanup_t      *cln;
    ngx_chat_call_secret_t  *secret;

    cln = ngx_pool_cleanup_add(call->pool, sizeof(ngx_chat_call_secret_t));
    if (cln == NULL) {
        return NULL;
    }

    secret = cln->data;
    secret->data = ngx_pcalloc(call->pool, size);
    secret->size = size;

    if (secret->data != NULL) {
        cln->handler = ngx_chat_call_secret_wipe;
    }

    return secret->data;
}


static void
ngx_chat_call_secret_wipe(void *data)
{
    ngx_chat_call_secret_t  *secret = data;

    chat_wipe(secret->data, secret->size);
}


void
ngx_chat_call_done(ngx_chat_call_t *call, ngx_uint_t status)
{
    call->status = status;
    ngx_chat_call_end(call);
}


void
ngx_chat_call_fail(ngx_chat_call_t *call, const char *code)
{
    call->problem.def = ngx_chat_problem_find(code, ngx_strlen(code));
    ngx_chat_call_end(call);
}


void
ngx_chat_call_fail_members(ngx_chat_call_t *call, const char *code,
    ngx_str_t *members)
{
    call->problem.members = *members;
    ngx_chat_call_fail(call, code);
}


void
ngx_chat_call_fail_parameter(ngx_chat_call_t *call, const char *name,
    const char *bound)
{
    u_char           *buf;
    ngx_str_t         members;
    chat_json_out_t   o;

    ngx_str_null(&members);

    buf = ngx_pnalloc(call->pool, NGX_CHAT_BOUND_MAX);

    if (buf != NULL) {
        chat_json_out_init(&o, (char *) buf, NGX_CHAT_BOUND_MAX);
        chat_json_out_key(&o, "parameter");
        chat_json_out_string(&o, name, ngx_strlen(name));

        if (bound != NULL) {
            chat_json_out_key(&o, "bound");
            chat_json_out_string(&o, bound, ngx_strlen(bound));
        }

        if (!o.overflow) {
            members.data = buf;
            members.len = o.pos - o.start;
        }
    }

    ngx_chat_call_fail_members(call, bound != NULL ? "invalid_parameter"
                                                   : "missing_parameter",
                               &members);
}


void
ngx_chat_call_fail_pg(ngx_chat_call_t *call, ngx_chat_pg_result_t *res)
{
    ngx_str_t    message, detail;
    const char  *state;

    if (ngx_chat_pg_status(res) == NGX_CHAT_PG_LOST
        && ngx_strcmp(call->op->method, "GET") == 0)
    {
        ngx_chat_call_fail(call, "unavailable");
        return;
    }

    (void) ngx_chat_problem_from_pg(&call->problem, res, call->pool);

    /* messages of class 42 name our own functions; those of others may hold values */

    if (call->problem.def->status == 500) {
        state = ngx_chat_pg_sqlstate(res);
        ngx_chat_pg_message(res, &message, &detail);

        if (ngx_strncmp(state, "42", 2) != 0) {
            ngx_str_set(&message, "not shown");
        }

        ngx_log_error(NGX_LOG_ERR, call->log, 0,
                      "chat operation \"%s\" failed in the database: "
                      "SQLSTATE %s, %V", call->op->name, state, &message);
    }

    ngx_chat_call_end(call);
}


void
ngx_chat_call_fail_lookup(ngx_chat_call_t *call, ngx_chat_pg_result_t *res)
{
    if (ngx_chat_pg_status(res) == NGX_CHAT_PG_LOST) {
        ngx_chat_call_fail(call, "unavailable");
        return;
    }

    ngx_chat_call_fail_pg(call, res);
}


static void
ngx_chat_call_end(ngx_chat_call_t *call)
{
    ngx_chat_problem_t  *p;

    if (call->ended) {
        return;
    }

    call->ended = 1;
    p = &call->problem;

    if (p->def != NULL) {
        call->status = p->def->status;

        if ((call->status == 429 || call->status == 503)
            && p->retry_after == 0)
        {
            p->retry_after = NGX_CHAT_RETRY_AFTER;
        }

        if (call->status == 429) {
            ngx_chat_stat_add(NGX_CHAT_STAT_LIMITED, 1);
        }

        if (call->status == 401 || call->status == 403 || call->status == 429) {
            ngx_log_error(NGX_LOG_INFO, call->log, 0,
                          "chat operation \"%s\" refused: %s",
                          call->op->name, p->def->code);
        }
    }

    if (call->status) {
        ngx_chat_stat_op(call->op->number, call->status,
                         ngx_current_msec - call->start);
    }

    call->done(call);
}


void
ngx_chat_call_abort(ngx_chat_call_t *call)
{
    if (!call->ended) {
        call->ended = 1;

        if (call->query != NULL) {
            ngx_chat_pg_abandon(call->query);
            call->query = NULL;
        }

        if (call->task != NULL) {
            ngx_chat_task_abandon(call->task);
            call->task = NULL;
        }

        if (call->pending != NULL) {
            ngx_chat_hub_abandon(call->pending);
            call->pending = NULL;
        }

        if (call->abort != NULL) {
            call->abort(call);
        }
    }

    ngx_chat_call_release(call);
}


void
ngx_chat_call_release(ngx_chat_call_t *call)
{
    ngx_uint_t  i;

    if (call->released) {
        return;
    }

    call->released = 1;

    for (i = 0; i < call->nframes; i++) {
        ngx_chat_frame_unref(call->frames[i]);
    }

    call->nframes = 0;

    if (call->json.len) {
        chat_wipe(call->json.data, call->json.len);
        ngx_str_null(&call->json);
    }

    if (call->body != NULL) {
        chat_json_free(call->body);
        call->body = NULL;
    }
}
