/*
 * The writer's queue: sends gather while a batch is in flight and leave in the order
 * in which they came.  What a failed batch leaves over goes back to the front.
 */

#include "ngx_chat_writer_private.h"

static void ngx_chat_writer_event(ngx_event_t *ev);
static void ngx_chat_writer_expire(void);
static void ngx_chat_writer_told(ngx_chat_send_t *send);
static ngx_uint_t ngx_chat_writer_collect(void);
static ngx_uint_t ngx_chat_writer_rests(ngx_chat_send_t *send,
    ngx_chat_send_t **resting, ngx_uint_t n);

ngx_chat_writer_t  ngx_chat_writer;


ngx_int_t
ngx_chat_writer_init_process(ngx_cycle_t *cycle, ngx_msec_t ack_delay)
{
    ngx_memzero(&ngx_chat_writer, sizeof(ngx_chat_writer_t));
    ngx_queue_init(&ngx_chat_writer.waiting);

    ngx_chat_writer.event.handler = ngx_chat_writer_event;
    ngx_chat_writer.event.log = cycle->log;
    ngx_chat_writer.event.data = &ngx_chat_writer;
    ngx_chat_writer.timer.handler = ngx_chat_writer_event;
    ngx_chat_writer.timer.log = cycle->log;
    ngx_chat_writer.timer.data = &ngx_chat_writer;

    return ngx_chat_writer_ack_init(cycle, ack_delay);
}


/*
 * Queues one message; entry's conversation, client_id, epoch, resets and payload count.  NULL: the
 * queue is full or there is no memory; else handler is called once, never from inside.
 */

ngx_chat_send_t *
ngx_chat_writer_send(ngx_chat_entry_t *entry, u_char session[16],
    ngx_chat_sent_pt handler, void *data)
{
    size_t            len;
    ngx_chat_send_t  *send;

    len = entry->payload.len;

    if (ngx_chat_writer.nwaiting >= NGX_CHAT_WRITER_QUEUE
        || len > NGX_CHAT_BATCH_BYTES
        || ngx_chat_writer.bytes + len > NGX_CHAT_WRITER_BYTES)
    {
        return NULL;
    }

    send = ngx_alloc(sizeof(ngx_chat_send_t) + len, ngx_cycle->log);
    if (send == NULL) {
        return NULL;
    }

    ngx_memzero(send, sizeof(ngx_chat_send_t));
    ngx_memcpy(send->conversation, entry->conversation, 16);
    ngx_memcpy(send->session, session, 16);
    ngx_memcpy(send->client_id, entry->client_id, 16);
    send->epoch = entry->epoch;
    send->resets = entry->resets;
    send->handler = handler;
    send->data = data;
    send->deadline = ngx_current_msec + NGX_CHAT_SEND_DEADLINE;
    send->len = len;
    ngx_memcpy(send->payload, entry->payload.data, len);
    chat_body_hash(send->payload, len, send->hash);

    ngx_queue_insert_tail(&ngx_chat_writer.waiting, &send->queue);
    ngx_chat_writer.nwaiting++;
    ngx_chat_writer.bytes += len;

    ngx_chat_writer_wake();

    return send;
}


/* The caller goes away; what it sent is stored all the same. */

void
ngx_chat_writer_abandon(ngx_chat_send_t *send)
{
    send->handler = NULL;
}


/* The process goes on living until what waits is written: see the timers. */

void
ngx_chat_writer_flush(void)
{
    ngx_chat_writer_wake();
    ngx_chat_writer_ack_flush();
}


void
ngx_chat_writer_mark(void)
{
    ngx_uint_t        i, n, unsent;
    u_char            ids[NGX_CHAT_IN_FLIGHT * 16];
    ngx_chat_send_t  *send;

    n = 0;

    if (ngx_chat_writer.in_flight) {
        for (i = 0; i < ngx_chat_writer.n; i++) {
            send = ngx_chat_writer.batch[i];

            if (n == 0
                || ngx_memcmp(&ids[(n - 1) * 16], send->conversation, 16) != 0)
            {
                ngx_memcpy(&ids[n++ * 16], send->conversation, 16);
            }
        }
    }

    unsent = ngx_chat_route_unsent(&ids[n * 16], NGX_CHAT_IN_FLIGHT - n);
    n += unsent;

    if (n == 0) {
        ngx_chat_registry_in_flight_clear();
        return;
    }

    /* it fails for more than NGX_CHAT_IN_FLIGHT ids only */
    (void) ngx_chat_registry_in_flight(ids, n);
}


/* Sends of this turn of the loop share a batch, so it starts at the turn's end. */

void
ngx_chat_writer_wake(void)
{
    ngx_msec_int_t  wait;

    if (ngx_chat_writer.pause) {
        wait = (ngx_msec_int_t) (ngx_chat_writer.pause_until
                                 - ngx_current_msec);
        if (wait > 0) {
            if (!ngx_chat_writer.timer.timer_set) {
                ngx_add_timer(&ngx_chat_writer.timer, (ngx_msec_t) wait);
            }

            return;
        }

        ngx_chat_writer.pause = 0;
    }

    ngx_post_event(&ngx_chat_writer.event, &ngx_posted_events);
}


/* Nothing starts for a moment. */

void
ngx_chat_writer_pause(void)
{
    ngx_chat_writer.pause = 1;
    ngx_chat_writer.pause_until = ngx_current_msec + NGX_CHAT_WRITER_PAUSE;
}


/* Ends a send and frees it. */

void
ngx_chat_writer_finish(ngx_chat_send_t *send, ngx_chat_sent_t *sent)
{
    void              *data;
    ngx_chat_sent_pt   handler;

    handler = send->handler;
    data = send->data;
    ngx_free(send);

    if (handler != NULL) {
        handler(data, sent);
    }
}


void
ngx_chat_writer_fail(ngx_chat_send_t *send, const char *problem)
{
    ngx_chat_sent_t  sent;

    ngx_memzero(&sent, sizeof(ngx_chat_sent_t));
    sent.problem = problem;

    ngx_chat_writer_finish(send, &sent);
}


/*
 * Ends a send whose time is over.  What an earlier try may have stored the receivers
 * look for themselves, for the sender may never ask again.
 */

void
ngx_chat_writer_give_up(ngx_chat_send_t *send)
{
    if (!send->unknown) {
        ngx_chat_writer_fail(send, "unavailable");
        return;
    }

    ngx_chat_route_hint(send->conversation, 1);
    ngx_chat_writer_fail(send, "outcome_unknown");
}


void
ngx_chat_writer_put_back(ngx_chat_send_t **sends, ngx_uint_t n)
{
    ngx_uint_t        i, j;
    ngx_chat_send_t  *send;

    /* by insertion: they come grouped, arrival is what orders them */

    for (i = 1; i < n; i++) {
        send = sends[i];

        for (j = i; j > 0 && sends[j - 1]->arrival > send->arrival; j--) {
            sends[j] = sends[j - 1];
        }

        sends[j] = send;
    }

    for (i = n; i > 0; i--) {
        send = sends[i - 1];
        ngx_queue_insert_head(&ngx_chat_writer.waiting, &send->queue);
        ngx_chat_writer.nwaiting++;
        ngx_chat_writer.bytes += send->len;
    }
}


static void
ngx_chat_writer_event(ngx_event_t *ev)
{
    ngx_uint_t  i, skip;

    if (ngx_chat_writer.in_flight) {
        return;
    }

    if (ngx_chat_writer.pause && !ngx_chat_past(ngx_chat_writer.pause_until)) {
        ngx_chat_writer_wake();
        return;
    }

    ngx_chat_writer.pause = 0;
    ngx_chat_writer_expire();

    if (ngx_chat_writer_collect() == 0) {
        return;
    }

    if (ngx_chat_writer.skip && ngx_chat_past(ngx_chat_writer.skip_until)) {
        ngx_chat_writer.skip = 0;
    }

    skip = ngx_chat_writer.skip;

    ngx_chat_writer.in_flight = 1;
    ngx_chat_writer_mark();

    if (ngx_chat_writer_batch_send(skip) == NGX_OK) {
        ngx_chat_stat_add(NGX_CHAT_STAT_BATCHES, 1);
        return;
    }

    ngx_chat_writer.in_flight = 0;

    for (i = 0; i < ngx_chat_writer.n; i++) {
        ngx_chat_writer_give_up(ngx_chat_writer.batch[i]);
    }

    ngx_chat_writer_mark();

    if (!ngx_queue_empty(&ngx_chat_writer.waiting)) {
        ngx_chat_writer_pause();
        ngx_chat_writer_wake();
    }
}


/*
 * Ends the sends whose time is over.  Of one that may have been stored only the sender
 * is told: it goes on until its outcome is known, for a commit that comes late would
 * reach nobody before the next re-check.
 */

static void
ngx_chat_writer_expire(void)
{
    ngx_queue_t      *q, *next, expired, unknown;
    ngx_chat_send_t  *send;

    ngx_queue_init(&expired);
    ngx_queue_init(&unknown);

    for (q = ngx_queue_head(&ngx_chat_writer.waiting);
         q != ngx_queue_sentinel(&ngx_chat_writer.waiting);
         q = next)
    {
        next = ngx_queue_next(q);
        send = ngx_queue_data(q, ngx_chat_send_t, queue);

        if (ngx_chat_past(send->deadline)) {
            ngx_queue_remove(q);
            ngx_queue_insert_tail(&expired, q);
            ngx_chat_writer.nwaiting--;
            ngx_chat_writer.bytes -= send->len;
        }
    }

    while (!ngx_queue_empty(&expired)) {
        q = ngx_queue_head(&expired);
        ngx_queue_remove(q);
        send = ngx_queue_data(q, ngx_chat_send_t, queue);

        if (send->unknown && !send->told && !ngx_exiting) {
            ngx_queue_insert_head(&unknown, q);
            ngx_chat_writer_told(send);
            continue;
        }

        ngx_chat_writer_give_up(send);
    }

    while (!ngx_queue_empty(&unknown)) {
        q = ngx_queue_head(&unknown);
        ngx_queue_remove(q);
        send = ngx_queue_data(q, ngx_chat_send_t, queue);
        ngx_queue_insert_head(&ngx_chat_writer.waiting, q);
        ngx_chat_writer.nwaiting++;
        ngx_chat_writer.bytes += send->len;
    }
}


static void
ngx_chat_writer_told(ngx_chat_send_t *send)
{
    void              *data;
    ngx_chat_sent_t    sent;
    ngx_chat_sent_pt   handler;

    handler = send->handler;
    data = send->data;

    send->handler = NULL;
    send->told = 1;
    send->deadline = ngx_current_msec + NGX_CHAT_SEND_OUTCOME;

    if (handler != NULL) {
        ngx_memzero(&sent, sizeof(ngx_chat_sent_t));
        sent.problem = "outcome_unknown";
        handler(data, &sent);
    }
}


/*
 * Takes the next batch from the front.  A send that must go alone is a batch of one.
 * Sends that found their conversation locked rest for a moment, and what came later for
 * these conversations rests with them; others pass them by.
 */

static ngx_uint_t
ngx_chat_writer_collect(void)
{
    size_t            bytes;
    ngx_uint_t        nresting;
    ngx_queue_t      *q, *next;
    ngx_chat_send_t  *send, *resting[NGX_CHAT_BATCH];

    ngx_chat_writer.n = 0;
    bytes = 0;
    nresting = 0;

    for (q = ngx_queue_head(&ngx_chat_writer.waiting);
         q != ngx_queue_sentinel(&ngx_chat_writer.waiting)
         && ngx_chat_writer.n < NGX_CHAT_BATCH;
         q = next)
    {
        next = ngx_queue_next(q);
        send = ngx_queue_data(q, ngx_chat_send_t, queue);

        if (ngx_chat_writer_rests(send, resting, nresting)) {
            continue;
        }

        if (send->locked && !ngx_chat_past(send->again)) {

            if (nresting == NGX_CHAT_BATCH) {
                break;
            }

            resting[nresting++] = send;
            continue;
        }

        if (ngx_chat_writer.n > 0
            && (send->single || bytes + send->len > NGX_CHAT_BATCH_BYTES))
        {
            break;
        }

        ngx_queue_remove(q);
        ngx_chat_writer.nwaiting--;
        ngx_chat_writer.bytes -= send->len;
        bytes += send->len;

        send->locked = 0;
        send->arrival = ngx_chat_writer.n;
        ngx_chat_writer.batch[ngx_chat_writer.n++] = send;

        if (send->single) {
            break;
        }
    }

    if (ngx_chat_writer.n == 0 && nresting > 0
        && !ngx_chat_writer.timer.timer_set)
    {
        ngx_add_timer(&ngx_chat_writer.timer, NGX_CHAT_WRITER_PAUSE);
    }

    return ngx_chat_writer.n;
}


/* 1: an earlier send to its conversation rests (one of each is in the list) */

static ngx_uint_t
ngx_chat_writer_rests(ngx_chat_send_t *send, ngx_chat_send_t **resting,
    ngx_uint_t n)
{
    ngx_uint_t  i;

    for (i = 0; i < n; i++) {
        if (ngx_memcmp(resting[i]->conversation, send->conversation, 16)
            == 0)
        {
            return 1;
        }
    }

    return 0;
}
