/*
 * A worker's graceful exit: its sockets are told to come again (1012), each at
 * a random moment of the drain, so that they don't all come at once.
 */

#include "ngx_chat_socket.h"
#include "ngx_chat_hub.h"

#define NGX_CHAT_DRAIN_STEPS        50

static void ngx_chat_socket_drain_begin(void);
static void ngx_chat_socket_drain_step(ngx_event_t *ev);


static ngx_event_t       ngx_chat_drain_event;
static ngx_connection_t  ngx_chat_drain_connection;
static ngx_msec_t        ngx_chat_drain_time;
static ngx_uint_t        ngx_chat_drain_left;


void
ngx_chat_socket_drain_init(ngx_msec_t drain)
{
    ngx_chat_drain_time = drain;
    ngx_chat_hub_on_exit(ngx_chat_socket_drain_begin);
}


static void
ngx_chat_socket_drain_begin(void)
{
    /* not cancelable: the worker stays until the last step */

    ngx_chat_drain_connection.fd = (ngx_socket_t) -1;
    ngx_chat_drain_event.handler = ngx_chat_socket_drain_step;
    ngx_chat_drain_event.data = &ngx_chat_drain_connection;
    ngx_chat_drain_event.log = ngx_cycle->log;

    ngx_chat_drain_left = NGX_CHAT_DRAIN_STEPS;

    ngx_chat_socket_drain_step(&ngx_chat_drain_event);
}


static void
ngx_chat_socket_drain_step(ngx_event_t *ev)
{
    ngx_queue_t        *q, *list;
    ngx_chat_socket_t  *s;

    ev->timedout = 0;

    list = ngx_chat_socket_list();

    /* at each step every socket left goes with the chance 1 in the steps left */

    for (q = ngx_queue_head(list);
         q != ngx_queue_sentinel(list);
         q = ngx_queue_next(q))
    {
        s = ngx_queue_data(q, ngx_chat_socket_t, queue);

        s->draining = 1;

        if (s->state == NGX_CHAT_SOCKET_OPEN
            && chat_random_below((uint32_t) ngx_chat_drain_left) == 0)
        {
            ngx_chat_socket_close(s, 1012, "restart");
        }
    }

    if (--ngx_chat_drain_left && !ngx_queue_empty(list)) {
        ngx_add_timer(ev, ngx_chat_drain_time / NGX_CHAT_DRAIN_STEPS + 1);
    }
}
