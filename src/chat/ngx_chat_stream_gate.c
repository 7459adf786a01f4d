/* A gate lets a few streams at a time do what costs, the rest in the order in which they came. */

#include "ngx_chat_stream_private.h"

static void ngx_chat_gate_event(ngx_event_t *ev);


void
ngx_chat_gate_init(ngx_chat_gate_t *gate, ngx_uint_t max)
{
    ngx_memzero(gate, sizeof(ngx_chat_gate_t));
    ngx_queue_init(&gate->waiting);
    gate->max = max;
    gate->event.handler = ngx_chat_gate_event;
    gate->event.data = gate;
    gate->event.log = ngx_cycle->log;
}


ngx_int_t
ngx_chat_gate_enter(ngx_chat_gate_t *gate, ngx_chat_stream_t *s)
{
    if (s->gate == gate) {
        return s->queued ? NGX_AGAIN : NGX_OK;
    }

    ngx_chat_gate_leave(s);
    s->gate = gate;

    if (gate->busy < gate->max && ngx_queue_empty(&gate->waiting)) {
        gate->busy++;
        return NGX_OK;
    }

    ngx_queue_insert_tail(&gate->waiting, &s->waiting);
    s->queued = 1;

    return NGX_AGAIN;
}


/* Leaves the gate, or the queue before it. */

void
ngx_chat_gate_leave(ngx_chat_stream_t *s)
{
    ngx_chat_gate_t  *gate;

    gate = s->gate;
    s->gate = NULL;

    if (gate == NULL) {
        return;
    }

    if (s->queued) {
        ngx_queue_remove(&s->waiting);
        s->queued = 0;
        return;
    }

    gate->busy--;

    if (!ngx_queue_empty(&gate->waiting)) {
        ngx_post_event(&gate->event, &ngx_posted_events);
    }
}


static void
ngx_chat_gate_event(ngx_event_t *ev)
{
    ngx_queue_t        *q;
    ngx_chat_gate_t    *gate;
    ngx_chat_stream_t  *s;

    gate = ev->data;

    while (gate->busy < gate->max && !ngx_queue_empty(&gate->waiting)) {
        q = ngx_queue_head(&gate->waiting);
        ngx_queue_remove(q);

        s = ngx_queue_data(q, ngx_chat_stream_t, waiting);
        s->queued = 0;
        gate->busy++;

        ngx_chat_stream_advance(s);
    }
}
