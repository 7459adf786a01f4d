/* The long poll: a receiver like a socket, which ends with its first answer. */

#include "ngx_chat_poll.h"
#include "ngx_chat_hub.h"
#include "ngx_chat_route.h"
#include "ngx_chat_stat.h"

#define NGX_CHAT_POLL_LIMIT     50      /* entries of an answer, unless asked otherwise */
#define NGX_CHAT_POLL_READS     8       /* at once a worker: a re-check of all wakes every poll */
#define NGX_CHAT_POLL_OVERLOADED    1   /* beside the close codes: the log could not be asked */

typedef struct {
    ngx_chat_receiver_t     receiver;   /* first: they are cast into each other */
    ngx_queue_t             queue;
    ngx_queue_t             turn;       /* while queued: waits for its read */
    ngx_chat_call_t        *call;
    ngx_chat_log_read_t    *read;
    ngx_event_t             timer;      /* the end of its wait */
    ngx_event_t             event;      /* posted: it ends for another reason */
    ngx_uint_t              limit;
    ngx_uint_t              code;       /* of the close, or 0 */
    unsigned                more:1;     /* something came while it was reading */
    unsigned                queued:1;
    unsigned                wait:1;
} ngx_chat_poll_t;

static void ngx_chat_poll_read(ngx_chat_poll_t *p);
static void ngx_chat_poll_next(void);
static void ngx_chat_poll_read_ended(ngx_chat_poll_t *p);
static void ngx_chat_poll_page(void *data, ngx_chat_log_page_t *page);
static void ngx_chat_poll_entry(ngx_chat_receiver_t *r, ngx_chat_frame_t *f);
static void ngx_chat_poll_more(ngx_chat_receiver_t *r, u_char *conversation);
static void ngx_chat_poll_event(ngx_chat_receiver_t *r, ngx_str_t *json);
static void ngx_chat_poll_close(ngx_chat_receiver_t *r, ngx_uint_t code);
static void ngx_chat_poll_over(ngx_event_t *ev);
static void ngx_chat_poll_exit(void);
static void ngx_chat_poll_abort(ngx_chat_call_t *call);
static ngx_chat_call_t *ngx_chat_poll_free(ngx_chat_poll_t *p);

static ngx_queue_t  ngx_chat_polls;
static ngx_uint_t   ngx_chat_npolls;
static ngx_queue_t  ngx_chat_poll_turns;
static ngx_uint_t   ngx_chat_poll_nreads;

static ngx_chat_receiver_ops_t  ngx_chat_poll_receiver_ops = {
    ngx_chat_poll_entry,
    ngx_chat_poll_more,
    ngx_chat_poll_event,
    ngx_chat_poll_close
};


void
ngx_chat_poll_init_process(ngx_cycle_t *cycle)
{
    ngx_queue_init(&ngx_chat_polls);
    ngx_queue_init(&ngx_chat_poll_turns);
    ngx_chat_npolls = 0;
    ngx_chat_poll_nreads = 0;
    ngx_chat_hub_on_exit(ngx_chat_poll_exit);
}


void
ngx_chat_poll(ngx_chat_call_t *call)
{
    ngx_chat_poll_t   *p;
    ngx_chat_value_t  *wait, *limit;

    p = (ngx_chat_npolls < NGX_CHAT_POLLS)
        ? ngx_calloc(sizeof(ngx_chat_poll_t), call->log) : NULL;

    if (p == NULL) {
        ngx_chat_call_fail(call, "overloaded");
        return;
    }

    wait = ngx_chat_call_value(call, "wait");
    limit = ngx_chat_call_value(call, "limit");

    p->call = call;
    p->limit = limit->set ? (ngx_uint_t) limit->integer : NGX_CHAT_POLL_LIMIT;

    p->timer.handler = ngx_chat_poll_over;
    p->timer.data = p;
    p->timer.log = call->log;
    p->event.handler = ngx_chat_poll_over;
    p->event.data = p;
    p->event.log = call->log;

    p->receiver.ops = &ngx_chat_poll_receiver_ops;
    ngx_memcpy(p->receiver.account, call->session.account, 16);
    ngx_memcpy(p->receiver.session, call->session.session, 16);

    ngx_queue_insert_tail(&ngx_chat_polls, &p->queue);
    ngx_chat_npolls++;

    call->state = p;
    call->abort = ngx_chat_poll_abort;

    ngx_chat_stat_add(NGX_CHAT_STAT_POLLS, 1);

    if (ngx_chat_route_add(&p->receiver) != NGX_OK) {
        ngx_chat_call_fail(ngx_chat_poll_free(p), "overloaded");
        return;
    }

    if (wait->set && wait->integer > 0 && !ngx_exiting) {
        p->wait = 1;
        ngx_add_timer(&p->timer, (ngx_msec_t) wait->integer * 1000);
    }

    ngx_chat_poll_read(p);
}


static void
ngx_chat_poll_read(ngx_chat_poll_t *p)
{
    p->more = 0;

    if (!p->queued) {
        p->queued = 1;
        ngx_queue_insert_tail(&ngx_chat_poll_turns, &p->turn);
    }

    ngx_chat_poll_next();
}


/* Starts the reads whose turn it is; a page may come within the call. */

static void
ngx_chat_poll_next(void)
{
    ngx_queue_t      *q;
    ngx_chat_poll_t  *p;

    while (ngx_chat_poll_nreads < NGX_CHAT_POLL_READS
           && !ngx_queue_empty(&ngx_chat_poll_turns))
    {
        q = ngx_queue_head(&ngx_chat_poll_turns);
        ngx_queue_remove(q);

        p = ngx_queue_data(q, ngx_chat_poll_t, turn);
        p->queued = 0;

        p->read = ngx_chat_log_read(p->receiver.session, NULL, NULL, 0,
                                    p->limit, NGX_CHAT_LOG_BYTES,
                                    ngx_chat_poll_page, p);
        if (p->read == NULL) {
            p->code = NGX_CHAT_POLL_OVERLOADED;
            ngx_post_event(&p->event, &ngx_posted_events);
            continue;
        }

        ngx_chat_poll_nreads++;
    }
}


static void
ngx_chat_poll_read_ended(ngx_chat_poll_t *p)
{
    p->read = NULL;
    ngx_chat_poll_nreads--;
    ngx_chat_poll_next();
}


static void
ngx_chat_poll_page(void *data, ngx_chat_log_page_t *page)
{
    ngx_chat_poll_t *p = data;

    ngx_chat_call_t  *call;

    ngx_chat_poll_read_ended(p);

    if (ngx_chat_pg_status(page->res) != NGX_CHAT_PG_OK) {
        call = ngx_chat_poll_free(p);
        ngx_chat_call_fail_pg(call, page->res);
        return;
    }

    if (page->failed) {
        call = ngx_chat_poll_free(p);
        ngx_chat_call_fail(call, "internal");
        return;
    }

    if (page->n > 0 || !p->wait) {
        call = ngx_chat_poll_free(p);
        ngx_chat_entry_answer(call, page);
        return;
    }

    if (p->more) {
        ngx_chat_poll_read(p);
    }
}


static void
ngx_chat_poll_entry(ngx_chat_receiver_t *r, ngx_chat_frame_t *f)
{
    ngx_chat_poll_more(r, f->conversation);
}


static void
ngx_chat_poll_more(ngx_chat_receiver_t *r, u_char *conversation)
{
    ngx_chat_poll_t *p = (ngx_chat_poll_t *) r;

    if (p->read != NULL) {
        p->more = 1;
        return;
    }

    if (p->code == 0 && !p->queued) {
        ngx_chat_poll_read(p);
    }
}


static void
ngx_chat_poll_event(ngx_chat_receiver_t *r, ngx_str_t *json)
{
    /* receipts are part of what lists show */
}


static void
ngx_chat_poll_close(ngx_chat_receiver_t *r, ngx_uint_t code)
{
    ngx_chat_poll_t *p = (ngx_chat_poll_t *) r;

    p->code = code;
    ngx_post_event(&p->event, &ngx_posted_events);
}


/* Its time is over, its session is, or its worker is. */

static void
ngx_chat_poll_over(ngx_event_t *ev)
{
    ngx_uint_t        code;
    ngx_chat_call_t  *call;
    ngx_chat_poll_t  *p;

    p = ev->data;
    code = p->code;

    if (code == 0 && (p->read != NULL || p->queued)) {

        /* what the read finds is the answer */

        p->wait = 0;
        return;
    }

    call = ngx_chat_poll_free(p);

    switch (code) {

    case 0:
        ngx_chat_call_done(call, 200);
        break;

    case 4409:
        ngx_chat_call_fail(call, "replaced");
        break;

    case 4403:
        ngx_chat_call_fail(call, "device_revoked");
        break;

    case NGX_CHAT_POLL_OVERLOADED:
        ngx_chat_call_fail(call, "overloaded");
        break;

    default:
        ngx_chat_call_fail(call, "unauthorized");
        break;
    }
}


static void
ngx_chat_poll_exit(void)
{
    ngx_queue_t      *q;
    ngx_chat_poll_t  *p;

    for (q = ngx_queue_head(&ngx_chat_polls);
         q != ngx_queue_sentinel(&ngx_chat_polls);
         q = ngx_queue_next(q))
    {
        p = ngx_queue_data(q, ngx_chat_poll_t, queue);
        ngx_post_event(&p->event, &ngx_posted_events);
    }
}


static void
ngx_chat_poll_abort(ngx_chat_call_t *call)
{
    (void) ngx_chat_poll_free(call->state);
}


static ngx_chat_call_t *
ngx_chat_poll_free(ngx_chat_poll_t *p)
{
    ngx_chat_call_t  *call;

    call = p->call;
    call->state = NULL;
    call->abort = NULL;

    ngx_chat_route_remove(&p->receiver);
    ngx_queue_remove(&p->queue);
    ngx_chat_npolls--;

    if (p->read != NULL) {
        ngx_chat_log_abandon(p->read);
        ngx_chat_poll_nreads--;
    }

    if (p->queued) {
        ngx_queue_remove(&p->turn);
    }

    ngx_chat_poll_next();

    if (p->timer.timer_set) {
        ngx_del_timer(&p->timer);
    }

    if (p->event.posted) {
        ngx_delete_posted_event(&p->event);
    }

    ngx_free(p);

    return call;
}
