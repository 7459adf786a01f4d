/* Hello and resume: what the server says first, and what the client already has. */

#include "ngx_chat_stream_private.h"

static void ngx_chat_stream_log_epoch(ngx_chat_stream_t *s,
    ngx_chat_pg_result_t *res, ngx_uint_t col);
static void ngx_chat_stream_hello_done(void *data, ngx_chat_pg_result_t *res);
static void ngx_chat_stream_resume_done(void *data,
    ngx_chat_pg_result_t *res);
static ngx_int_t ngx_chat_stream_resume_sync(ngx_chat_stream_t *s,
    ngx_str_t *written);
static void ngx_chat_stream_resume_synced(void *data, const char *problem);
static void ngx_chat_stream_resume_answer(ngx_chat_stream_t *s);
static void ngx_chat_stream_resync(ngx_chat_stream_t *s);
static ngx_chat_resume_t *ngx_chat_stream_resume_parse(ngx_str_t *id,
    ngx_str_t *log_epoch, chat_json_t *cursors);

static ngx_chat_pg_stmt_t  ngx_chat_stream_hello_stmt = {
    "stream_hello",
    "SELECT pending, log_epoch FROM chat.hello($1::uuid)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_stream_resume_stmt = {
    "stream_resume",
    "SELECT ok, pending, log_epoch, written FROM chat.resume($1::uuid,"
    " $2::uuid, $3::uuid[], $4::int8[], false)",
    0
};


ngx_int_t
ngx_chat_stream_hello_send(ngx_chat_stream_t *s)
{
    ngx_chat_pg_param_t  param;

    ngx_chat_pg_set_uuid(&param, s->receiver.session);

    s->query = ngx_chat_pg_query(NGX_CHAT_PG_POOL_ANY,
                                 &ngx_chat_stream_hello_stmt, &param, 1, 0,
                                 ngx_chat_stream_hello_done, s);

    return (s->query == NULL) ? NGX_ERROR : NGX_OK;
}


static void
ngx_chat_stream_log_epoch(ngx_chat_stream_t *s, ngx_chat_pg_result_t *res,
    ngx_uint_t col)
{
    ngx_str_t  epoch;

    ngx_chat_pg_bytes(res, 0, col, &epoch);

    if (epoch.len == 16) {
        ngx_memcpy(s->log_epoch, epoch.data, 16);
        ngx_chat_pg_log_epoch(epoch.data);
    }
}


/*
 * A restore gives the log another epoch while sockets are open: their positions
 * would make new entries look like doubles.
 */

ngx_int_t
ngx_chat_stream_same_log(ngx_chat_stream_t *s)
{
    if (!s->hello
        || ngx_memcmp(s->log_epoch, ngx_chat_pg_state()->log_epoch, 16) == 0)
    {
        return NGX_OK;
    }

    s->ops->close(s->transport, 1012);

    return NGX_DECLINED;
}


static void
ngx_chat_stream_hello_done(void *data, ngx_chat_pg_result_t *res)
{
    ngx_chat_stream_t *s = data;

    u_char           text[NGX_CHAT_STREAM_TEXT];
    struct timeval   tv;
    chat_json_out_t  out;

    s->query = NULL;

    if (ngx_chat_pg_status(res) != NGX_CHAT_PG_OK
        || ngx_chat_pg_rows(res) != 1)
    {
        ngx_chat_stream_retry(s);
        return;
    }

    if (ngx_chat_pg_null(res, 0, 0)) {

        /*
         * Signed out between the look at its token and its place in routing:
         * the word that closes sockets was too early for this one.
         */

        s->ops->close(s->transport, 4401);
        return;
    }

    ngx_chat_stream_log_epoch(s, res, 1);

    s->hello = 1;
    s->retry = 0;
    ngx_gettimeofday(&tv);

    chat_json_out_init(&out, (char *) text, sizeof(text));
    chat_json_open(&out, '{');
    chat_json_out_key(&out, "event");
    chat_json_out_string(&out, "hello", 5);
    chat_json_out_key(&out, "session");
    chat_json_out_uuid(&out, s->receiver.session);
    chat_json_out_key(&out, "log_epoch");
    chat_json_out_uuid(&out, s->log_epoch);
    chat_json_out_key(&out, "time");
    chat_json_out_time(&out, (int64_t) tv.tv_sec * 1000000 + tv.tv_usec);
    chat_json_out_key(&out, "limits");
    chat_json_open(&out, '{');
    chat_json_out_key(&out, "message_max_size");
    chat_json_out_integer(&out, s->message_max_size);
    chat_json_out_key(&out, "window");
    chat_json_out_integer(&out, s->window);
    chat_json_out_key(&out, "conversations");
    chat_json_out_integer(&out, NGX_CHAT_CONVERSATIONS);
    chat_json_close(&out, '}');
    chat_json_out_key(&out, "pending");
    chat_json_out_integer(&out, ngx_chat_pg_integer(res, 0, 0));
    chat_json_close(&out, '}');
    ngx_chat_stream_text(s, &out);

    ngx_chat_stream_advance(s);
}


void
ngx_chat_stream_resume(ngx_chat_stream_t *s, ngx_str_t *id,
    ngx_str_t *log_epoch, chat_json_t *cursors)
{
    if (s->resumed || s->resume != NULL) {
        ngx_chat_stream_problem(s, id, "conflict");
        return;
    }

    if (cursors != NULL && chat_json_size(cursors) > NGX_CHAT_CONVERSATIONS) {
        ngx_chat_stream_problem(s, id, "invalid_parameter");
        return;
    }

    s->resume = ngx_chat_stream_resume_parse(id, log_epoch, cursors);

    if (s->resume == NULL) {
        ngx_chat_stream_problem(s, id, "invalid_parameter");
        return;
    }

    ngx_chat_stream_advance(s);
}


/* Copies what the client sent; NULL for what is no resume, or without memory. */

static ngx_chat_resume_t *
ngx_chat_stream_resume_parse(ngx_str_t *id, ngx_str_t *log_epoch,
    chat_json_t *cursors)
{
    void               *iter;
    size_t              n;
    u_char             *p;
    int64_t             seq;
    const char         *key;
    chat_json_t        *value;
    ngx_chat_resume_t  *resume;

    n = (cursors != NULL) ? chat_json_size(cursors) : 0;

    p = ngx_calloc(sizeof(ngx_chat_resume_t) + n * (sizeof(int64_t) + 16)
                   + id->len, ngx_cycle->log);
    if (p == NULL) {
        return NULL;
    }

    resume = (ngx_chat_resume_t *) p;
    resume->seqs = (int64_t *) &resume[1];
    resume->conversations = (u_char *) &resume->seqs[n];
    resume->id.data = &resume->conversations[n * 16];
    resume->id.len = id->len;
    ngx_memcpy(resume->id.data, id->data, id->len);

    if (chat_uuid_parse((char *) log_epoch->data, log_epoch->len,
                        resume->log_epoch) != 0)
    {
        goto invalid;
    }

    for (iter = (n > 0) ? chat_json_next(cursors, NULL) : NULL;
         iter != NULL && resume->n < n;
         iter = chat_json_next(cursors, iter))
    {
        key = chat_json_key(iter);
        value = chat_json_value(iter);

        if (chat_uuid_parse(key, ngx_strlen(key),
                            &resume->conversations[resume->n * 16]) != 0
            || chat_json_type(value) != CHAT_JSON_INTEGER)
        {
            goto invalid;
        }

        seq = chat_json_integer(value);

        if (seq < 0) {
            goto invalid;
        }

        resume->seqs[resume->n++] = seq;
    }

    return resume;

invalid:

    ngx_free(resume);

    return NULL;
}


void
ngx_chat_stream_resume_free(ngx_chat_stream_t *s)
{
    if (s->resume != NULL) {

        if (s->resume->waiter != NULL) {
            ngx_chat_writer_ack_abandon(s->resume->waiter);
        }

        ngx_free(s->resume);
        s->resume = NULL;
    }
}


ngx_int_t
ngx_chat_stream_resume_send(ngx_chat_stream_t *s)
{
    ngx_int_t             rc;
    ngx_uint_t            i;
    ngx_pool_t           *pool;
    ngx_chat_resume_t    *resume;
    ngx_chat_pg_array_t   ids, seqs;
    ngx_chat_pg_param_t   params[4];

    resume = s->resume;

    pool = ngx_create_pool(2048, s->timer.log);
    if (pool == NULL) {
        return NGX_ERROR;
    }

    rc = ngx_chat_pg_array_init(&ids, pool, NGX_CHAT_PG_UUID_ARRAY,
                                resume->n * 16, resume->n);

    if (rc == NGX_OK) {
        rc = ngx_chat_pg_array_init(&seqs, pool, NGX_CHAT_PG_INT8_ARRAY,
                                    resume->n * 8, resume->n);
    }

    for (i = 0; i < resume->n && rc == NGX_OK; i++) {
        rc |= ngx_chat_pg_array_add(&ids, &resume->conversations[i * 16], 16);
        rc |= ngx_chat_pg_array_add_integer(&seqs, resume->seqs[i]);
    }

    if (rc == NGX_OK) {
        ngx_chat_pg_set_uuid(&params[0], s->receiver.session);
        ngx_chat_pg_set_uuid(&params[1], resume->log_epoch);
        ngx_chat_pg_set_array(&params[2], &ids);
        ngx_chat_pg_set_array(&params[3], &seqs);

        s->query = ngx_chat_pg_query(NGX_CHAT_PG_POOL_ANY,
                                     &ngx_chat_stream_resume_stmt, params, 4,
                                     0, ngx_chat_stream_resume_done, s);
    }

    ngx_destroy_pool(pool);

    return (s->query == NULL) ? NGX_ERROR : NGX_OK;
}


static void
ngx_chat_stream_resume_done(void *data, ngx_chat_pg_result_t *res)
{
    ngx_chat_stream_t *s = data;

    ngx_str_t  written;

    s->query = NULL;

    if (ngx_chat_pg_status(res) == NGX_CHAT_PG_ERROR) {
        ngx_log_error(NGX_LOG_ERR, s->timer.log, 0,
                      "chat: a resume failed with SQLSTATE %s",
                      ngx_chat_pg_sqlstate(res));
        ngx_chat_stream_problem(s, &s->resume->id, "internal");
        ngx_chat_stream_resume_free(s);
        ngx_chat_stream_advance(s);
        return;
    }

    if (ngx_chat_pg_status(res) != NGX_CHAT_PG_OK
        || ngx_chat_pg_rows(res) != 1)
    {
        /* cursors only move forward: it can be asked again */

        ngx_chat_stream_retry(s);
        return;
    }

    ngx_chat_stream_log_epoch(s, res, 2);

    if (!ngx_chat_pg_integer(res, 0, 0)) {
        s->retry = 0;
        ngx_chat_stream_resync(s);
        ngx_chat_stream_problem(s, &s->resume->id, "log_epoch_mismatch");
        ngx_chat_stream_resume_free(s);
        ngx_chat_stream_advance(s);
        return;
    }

    s->resume->pending = ngx_chat_pg_integer(res, 0, 1);
    ngx_chat_pg_bytes(res, 0, 3, &written);

    if (ngx_chat_stream_resume_sync(s, &written) != NGX_OK) {
        ngx_chat_stream_retry(s);
    }
}


/*
 * The answer promises that what it covers never comes again, so it waits for the disk:
 * with one cursor among the writer's, whose commit is that of many, and with it
 * whatever was committed before.  Each resume with a commit of its own would have
 * ten thousand that come back at once wait in line for the disk.
 */

static ngx_int_t
ngx_chat_stream_resume_sync(ngx_chat_stream_t *s, ngx_str_t *written)
{
    ngx_int_t           rc;
    ngx_uint_t          i;
    ngx_chat_resume_t  *resume;

    resume = s->resume;

    if (written->len != 16) {
        ngx_chat_stream_resume_answer(s);
        return NGX_OK;
    }

    for (i = 0; i < resume->n; i++) {
        if (ngx_memcmp(&resume->conversations[i * 16], written->data, 16)
            == 0)
        {
            break;
        }
    }

    if (i == resume->n) {
        return NGX_ERROR;
    }

    resume->waiter = ngx_chat_writer_ack(s->receiver.session,
                                         s->receiver.account,
                                         &resume->conversations[i * 16],
                                         resume->seqs[i],
                                         ngx_chat_stream_resume_synced, s,
                                         &rc);
    if (resume->waiter == NULL) {
        return NGX_ERROR;
    }

    ngx_chat_gate_leave(s);

    return NGX_OK;
}


static void
ngx_chat_stream_resume_synced(void *data, const char *problem)
{
    ngx_chat_stream_t *s = data;

    s->resume->waiter = NULL;

    if (problem != NULL) {
        ngx_chat_stream_retry(s);
        return;
    }

    ngx_chat_stream_resume_answer(s);
}


static void
ngx_chat_stream_resume_answer(ngx_chat_stream_t *s)
{
    u_char           text[NGX_CHAT_STREAM_TEXT * 2];
    chat_json_out_t  out;

    s->retry = 0;

    if (s->resume->id.len != 0) {
        chat_json_out_init(&out, (char *) text, sizeof(text));
        chat_json_open(&out, '{');
        chat_json_out_key(&out, "re");
        chat_json_out_raw(&out, (char *) s->resume->id.data,
                          s->resume->id.len);
        chat_json_out_key(&out, "ok");
        chat_json_open(&out, '{');
        chat_json_out_key(&out, "pending");
        chat_json_out_integer(&out, s->resume->pending);
        chat_json_close(&out, '}');
        chat_json_close(&out, '}');
        ngx_chat_stream_text(s, &out);
    }

    ngx_chat_stream_resume_free(s);

    s->resumed = 1;
    s->more = 1;
    ngx_chat_stream_advance(s);
}


/* The client's numbers are of another log: it starts anew and resumes without cursors. */

static void
ngx_chat_stream_resync(ngx_chat_stream_t *s)
{
    u_char           text[NGX_CHAT_STREAM_TEXT];
    chat_json_out_t  out;

    chat_json_out_init(&out, (char *) text, sizeof(text));
    chat_json_open(&out, '{');
    chat_json_out_key(&out, "event");
    chat_json_out_string(&out, "resync", 6);
    chat_json_out_key(&out, "log_epoch");
    chat_json_out_uuid(&out, s->log_epoch);
    chat_json_close(&out, '}');
    ngx_chat_stream_text(s, &out);
}
