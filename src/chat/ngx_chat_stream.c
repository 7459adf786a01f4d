/* A stream's life: what it does next, and how long it waits when nothing works. */

#include "ngx_chat_stream_private.h"
#include "ngx_chat_run.h"
#include "ngx_chat.h"

#include <ngx_http.h>

static void ngx_chat_stream_entry(ngx_chat_receiver_t *r, ngx_chat_frame_t *f);
static void ngx_chat_stream_more(ngx_chat_receiver_t *r,
    u_char *conversation);
static void ngx_chat_stream_event(ngx_chat_receiver_t *r, ngx_str_t *json);
static void ngx_chat_stream_close(ngx_chat_receiver_t *r, ngx_uint_t code);
static ngx_int_t ngx_chat_stream_step(ngx_chat_stream_t *s);
static void ngx_chat_stream_timer(ngx_event_t *ev);
static void ngx_chat_stream_recheck(ngx_chat_stream_t *s);
static ngx_int_t ngx_chat_stream_put(ngx_chat_stream_t *s, ngx_str_t *text);

ngx_chat_gate_t  ngx_chat_stream_resumes;
ngx_chat_gate_t  ngx_chat_stream_reads;

static ngx_msec_t  ngx_chat_stream_recheck_time;

static ngx_chat_receiver_ops_t  ngx_chat_stream_receiver_ops = {
    ngx_chat_stream_entry,
    ngx_chat_stream_more,
    ngx_chat_stream_event,
    ngx_chat_stream_close
};


void
ngx_chat_stream_init_process(ngx_cycle_t *cycle, ngx_uint_t resumes,
    ngx_msec_t recheck)
{
    ngx_chat_gate_init(&ngx_chat_stream_resumes, resumes);
    ngx_chat_gate_init(&ngx_chat_stream_reads, NGX_CHAT_STREAM_READS);
    ngx_chat_stream_recheck_time = recheck;
}


ngx_chat_stream_t *
ngx_chat_stream_create(ngx_chat_session_t *session, ngx_log_t *log,
    void **loc_conf, ngx_chat_stream_ops_t *ops, void *transport)
{
    ngx_chat_stream_t             *s;
    ngx_chat_conversation_conf_t  *conf;

    s = ngx_calloc(sizeof(ngx_chat_stream_t), log);
    if (s == NULL) {
        return NULL;
    }

    conf = loc_conf[ngx_chat_conversation_module.ctx_index];

    s->ops = ops;
    s->transport = transport;
    s->session = session;
    s->window = (uint16_t) conf->window;
    s->message_max_size = (uint32_t) conf->message_max_size;
    ngx_queue_init(&s->acks);

    s->timer.handler = ngx_chat_stream_timer;
    s->timer.data = s;
    s->timer.log = log;
    s->timer.cancelable = 1;

    s->receiver.ops = &ngx_chat_stream_receiver_ops;
    ngx_memcpy(s->receiver.account, session->account, 16);
    ngx_memcpy(s->receiver.session, session->session, 16);

    if (ngx_chat_route_add(&s->receiver) != NGX_OK) {
        ngx_free(s);
        return NULL;
    }

    ngx_chat_stream_advance(s);

    return s;
}


void
ngx_chat_stream_destroy(ngx_chat_stream_t *s)
{
    ngx_chat_route_remove(&s->receiver);

    if (s->query != NULL) {
        ngx_chat_pg_abandon(s->query);
    }

    if (s->read != NULL) {
        ngx_chat_log_abandon(s->read);
    }

    ngx_chat_gate_leave(s);

    if (s->timer.timer_set) {
        ngx_del_timer(&s->timer);
    }

    ngx_chat_stream_acks_abandon(s);
    ngx_chat_stream_resume_free(s);
    ngx_chat_writer_flush();

    free(s->positions);
    ngx_free(s);
}


void
ngx_chat_stream_writable(ngx_chat_stream_t *s)
{
    s->blocked = 0;
    ngx_chat_stream_advance(s);
}


/*
 * Takes the next step, if the last one is done: hello, resume, what is wanted from the
 * log, drained.  Called after everything that may make a step possible.
 */

void
ngx_chat_stream_advance(ngx_chat_stream_t *s)
{
    if (s->query != NULL || s->read != NULL
        || (s->resume != NULL && s->resume->waiter != NULL))
    {
        return;
    }

    if (s->failed) {
        ngx_chat_gate_leave(s);
        return;
    }

    switch (ngx_chat_stream_step(s)) {

    case NGX_OK:        /* a query is under way */
    case NGX_AGAIN:     /* others come first */
        return;

    case NGX_ERROR:
        ngx_chat_stream_retry(s);
        return;

    default:            /* nothing to do */
        ngx_chat_gate_leave(s);
        return;
    }
}


static ngx_int_t
ngx_chat_stream_step(ngx_chat_stream_t *s)
{
    u_char           text[NGX_CHAT_STREAM_TEXT];
    chat_json_out_t  out;

    if (!s->hello) {
        return (ngx_chat_gate_enter(&ngx_chat_stream_resumes, s) == NGX_OK)
               ? ngx_chat_stream_hello_send(s) : NGX_AGAIN;
    }

    if (s->resume != NULL) {
        return (ngx_chat_gate_enter(&ngx_chat_stream_resumes, s) == NGX_OK)
               ? ngx_chat_stream_resume_send(s) : NGX_AGAIN;
    }

    if (!s->resumed || s->blocked || s->unacked >= s->window) {
        return NGX_DONE;
    }

    if (s->more) {
        return (ngx_chat_gate_enter(&ngx_chat_stream_resumes, s) == NGX_OK)
               ? ngx_chat_stream_read_all(s) : NGX_AGAIN;
    }

    if (ngx_chat_position_wanted(s) > 0) {
        return (ngx_chat_gate_enter(&ngx_chat_stream_reads, s) == NGX_OK)
               ? ngx_chat_stream_read_wanted(s) : NGX_AGAIN;
    }

    if (!s->drained) {
        s->drained = 1;

        chat_json_out_init(&out, (char *) text, sizeof(text));
        chat_json_open(&out, '{');
        chat_json_out_key(&out, "event");
        chat_json_out_string(&out, "drained", 7);
        chat_json_close(&out, '}');
        ngx_chat_stream_text(s, &out);

        ngx_chat_stream_recheck(s);
    }

    return NGX_DONE;
}


/* A query failed: again after a while, longer each time. */

void
ngx_chat_stream_retry(ngx_chat_stream_t *s)
{
    ngx_msec_t  wait;

    ngx_chat_gate_leave(s);

    s->retry = (uint16_t) (s->retry == 0
                           ? NGX_CHAT_STREAM_RETRY
                           : ngx_min(s->retry * 2, NGX_CHAT_STREAM_RETRY_MAX));

    wait = s->retry / 2 + (ngx_msec_t) ngx_random() % s->retry;
    s->failed = 1;
    ngx_add_timer(&s->timer, wait);
}


static void
ngx_chat_stream_timer(ngx_event_t *ev)
{
    ngx_chat_stream_t  *s;

    s = ev->data;

    if (s->failed) {
        s->failed = 0;

    } else {
        s->more = 1;
        s->sweep = 1;
    }

    if (ngx_chat_stream_same_log(s) != NGX_OK) {
        return;
    }

    if (s->drained) {
        ngx_chat_stream_recheck(s);
    }

    ngx_chat_stream_advance(s);
}


/* The look at the log without a hint, at a moment of its own. */

static void
ngx_chat_stream_recheck(ngx_chat_stream_t *s)
{
    ngx_msec_t  time;

    time = ngx_chat_stream_recheck_time;
    ngx_add_timer(&s->timer, time / 4 * 3
                             + (ngx_msec_t) ngx_random() % (time / 2 + 1));
}


static void
ngx_chat_stream_entry(ngx_chat_receiver_t *r, ngx_chat_frame_t *f)
{
    ngx_chat_stream_live((ngx_chat_stream_t *) r, f);
}


static void
ngx_chat_stream_more(ngx_chat_receiver_t *r, u_char *conversation)
{
    ngx_chat_stream_t *s = (ngx_chat_stream_t *) r;

    /* whatever it is, the first read after resume sees it */

    if (!s->resumed) {
        return;
    }

    if (conversation == NULL) {
        s->more = 1;

    } else {
        ngx_chat_position_hint(s, conversation);
    }

    ngx_chat_stream_advance(s);
}


/* Live events are state that clients read again after drained. */

static void
ngx_chat_stream_event(ngx_chat_receiver_t *r, ngx_str_t *json)
{
    ngx_chat_stream_t *s = (ngx_chat_stream_t *) r;

    /* events tell of conversations, which a pending device doesn't see */

    if (s->drained && !s->blocked && s->session->approved) {
        (void) ngx_chat_stream_put(s, json);
    }
}


static void
ngx_chat_stream_close(ngx_chat_receiver_t *r, ngx_uint_t code)
{
    ngx_chat_stream_t *s = (ngx_chat_stream_t *) r;

    s->ops->close(s->transport, code);
}


void
ngx_chat_stream_text(ngx_chat_stream_t *s, chat_json_out_t *out)
{
    ngx_str_t  text;

    if (out->overflow) {
        return;
    }

    text.data = (u_char *) out->start;
    text.len = (size_t) (out->pos - out->start);

    if (ngx_chat_stream_put(s, &text) == NGX_ERROR) {
        /* a client waits for it, for ever: so it comes again */
        s->ops->close(s->transport, 1011);
    }
}


/* {"re":id,"problem":…}; without an id nobody waits for it */

void
ngx_chat_stream_problem(ngx_chat_stream_t *s, ngx_str_t *id, const char *code)
{
    u_char              *buf;
    size_t               size;
    ngx_str_t            json, request_id;
    ngx_pool_t          *pool;
    chat_json_out_t      out;
    ngx_chat_problem_t   problem;

    if (id->len == 0) {
        return;
    }

    pool = ngx_create_pool(2048, s->timer.log);
    if (pool == NULL) {
        return;
    }

    ngx_memzero(&problem, sizeof(ngx_chat_problem_t));
    ngx_str_set(&request_id, "");
    problem.def = ngx_chat_problem_find(code, ngx_strlen(code));

    if (ngx_chat_problem_json(&problem, &request_id, pool, &json) == NGX_OK) {
        size = json.len + id->len + NGX_CHAT_STREAM_TEXT;
        buf = ngx_pnalloc(pool, size);

        if (buf != NULL) {
            chat_json_out_init(&out, (char *) buf, size);
            chat_json_open(&out, '{');
            chat_json_out_key(&out, "re");
            chat_json_out_raw(&out, (char *) id->data, id->len);
            chat_json_out_key(&out, "problem");
            chat_json_out_raw(&out, (char *) json.data, json.len);
            chat_json_close(&out, '}');
            ngx_chat_stream_text(s, &out);
        }
    }

    ngx_destroy_pool(pool);
}


static ngx_int_t
ngx_chat_stream_put(ngx_chat_stream_t *s, ngx_str_t *text)
{
    ngx_int_t  rc;

    rc = s->ops->text(s->transport, text);

    if (rc == NGX_AGAIN && !s->blocked) {
        s->blocked = 1;
        ngx_chat_stat_add(NGX_CHAT_STAT_SLOW_READERS, 1);
    }

    return rc;
}
