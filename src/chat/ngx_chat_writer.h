/*
 * The writer: one a worker.  While one batch commits, arriving sends and
 * acknowledgements gather into the next.
 */

#ifndef NGX_CHAT_WRITER_H
#define NGX_CHAT_WRITER_H

#include "ngx_chat_entry.h"
#include "ngx_chat_problem.h"

#define NGX_CHAT_BATCH              200         /* sends of one batch */
#define NGX_CHAT_BATCH_BYTES        4194304     /* payload bytes of one batch */
#define NGX_CHAT_WRITER_QUEUE       4096        /* sends waiting */
#define NGX_CHAT_WRITER_BYTES       33554432    /* payload bytes waiting */

typedef struct {
    const char         *problem;        /* code, or NULL: stored */
    int64_t             seq;
    int64_t             created;        /* unix microseconds */
    int64_t             epoch;          /* of stale_epoch: the conversation's */
    unsigned            duplicate:1;
} ngx_chat_sent_t;

typedef struct ngx_chat_send_s  ngx_chat_send_t;
typedef void (*ngx_chat_sent_pt)(void *data, ngx_chat_sent_t *sent);

/*
 * Queues a send; the payload is copied.  NULL: the queue is full (overloaded).
 * The handler is called once: after the commit, or with a problem ("unavailable": surely not stored;
 * "outcome_unknown": retry with the same id).
 */
ngx_chat_send_t *ngx_chat_writer_send(ngx_chat_entry_t *entry,
    u_char session[16], ngx_chat_sent_pt handler, void *data);
void ngx_chat_writer_abandon(ngx_chat_send_t *send);

typedef void (*ngx_chat_acked_pt)(void *data, const char *problem);

/*
 * Queues a device's cursor; only the newest a session and conversation is written.
 * handler (may be NULL) is called once its cursor is committed.  Returns an opaque waiter to abandon, or NULL
 * with *rc NGX_OK (no handler) or NGX_ERROR (queue full, NGX_CHAT_WRITER_QUEUE * 4,
 * or the account's part of it, NGX_CHAT_ACK_ROOM).
 */
void *ngx_chat_writer_ack(u_char session[16], u_char account[16],
    u_char conversation[16], int64_t seq, ngx_chat_acked_pt handler, void *data, ngx_int_t *rc);
void ngx_chat_writer_ack_abandon(void *waiter);

/* tells the registry which conversations' hints are not out yet: the batch in flight and what routing holds back */
void ngx_chat_writer_mark(void);

/* writes what waits now (a socket closes, the process exits) */
void ngx_chat_writer_flush(void);

ngx_int_t ngx_chat_writer_init_process(ngx_cycle_t *cycle, ngx_msec_t ack_delay);

#endif /* NGX_CHAT_WRITER_H */
