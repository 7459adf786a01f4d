/* What the writer's files share: sends, the batch in flight, verdicts. */

#ifndef NGX_CHAT_WRITER_PRIVATE_H
#define NGX_CHAT_WRITER_PRIVATE_H

#include "ngx_chat_writer.h"
#include "ngx_chat_route.h"
#include "ngx_chat_stat.h"
#include "chat_secret.h"

#define NGX_CHAT_SEND_DEADLINE      5000    /* ms from arrival to verdict */
#define NGX_CHAT_SEND_OUTCOME       30000   /* ms more, for what may have been stored */
#define NGX_CHAT_WRITER_PAUSE       50      /* ms before a batch goes again after a failure */
#define NGX_CHAT_WRITER_SKIP        1000    /* ms during which locked conversations are skipped */
#define NGX_CHAT_ACK_BATCH          64      /* cursors of one call: sends wait behind it */
#define NGX_CHAT_ACK_DEADLINE       10000   /* ms after which an unwritten cursor is given up */
#define NGX_CHAT_ACK_ROOM           2048    /* cursors and waiters of one account: an eighth of all */
#define NGX_CHAT_ACK_BUCKETS        1024

struct ngx_chat_send_s {
    ngx_queue_t         queue;
    u_char              conversation[16];
    u_char              session[16];
    u_char              client_id[16];
    u_char              hash[CHAT_HASH_LEN];
    int64_t             epoch;
    int32_t             resets;         /* -1: no PrivateMessage of a group of this conversation */
    ngx_msec_t          deadline;
    ngx_msec_t          again;
    ngx_uint_t          arrival;        /* place in its batch before grouping */
    ngx_chat_sent_pt    handler;        /* NULL: abandoned */
    void               *data;
    unsigned            unknown:1;      /* an earlier try may have stored it */
    unsigned            told:1;         /* ... which the sender heard when its time was over */
    unsigned            single:1;       /* its batch failed as a whole: goes alone */
    unsigned            locked:1;       /* its conversation was skipped: rests until `again` */
    size_t              len;
    u_char              payload[1];
};

typedef struct {
    ngx_queue_t         waiting;
    ngx_uint_t          nwaiting;
    size_t              bytes;

    ngx_chat_send_t    *batch[NGX_CHAT_BATCH];  /* in flight */
    ngx_uint_t          n;
    ngx_uint_t          in_flight;      /* 1: a batch is */

    ngx_msec_t          skip_until;
    ngx_msec_t          pause_until;
    unsigned            skip:1;         /* skip_until is set */
    unsigned            pause:1;        /* pause_until is set */

    ngx_event_t         event;          /* posted: a batch may start */
    ngx_event_t         timer;
} ngx_chat_writer_t;

extern ngx_chat_writer_t  ngx_chat_writer;

#define ngx_chat_past(msec)  ((ngx_msec_int_t) (ngx_current_msec - (msec)) >= 0)

/* ngx_chat_writer.c */
void ngx_chat_writer_wake(void);
void ngx_chat_writer_pause(void);
void ngx_chat_writer_finish(ngx_chat_send_t *send, ngx_chat_sent_t *sent);
void ngx_chat_writer_fail(ngx_chat_send_t *send, const char *problem);
void ngx_chat_writer_give_up(ngx_chat_send_t *send);
/* puts the sends of a failed batch back before all others, in the order of their arrival */
void ngx_chat_writer_put_back(ngx_chat_send_t **sends, ngx_uint_t n);

/* ngx_chat_writer_batch.c: sends writer.batch; NGX_ERROR: nothing was sent */
ngx_int_t ngx_chat_writer_batch_send(ngx_uint_t skip_locked);

/* ngx_chat_writer_ack.c */
ngx_int_t ngx_chat_writer_ack_init(ngx_cycle_t *cycle, ngx_msec_t delay);
void ngx_chat_writer_ack_flush(void);

/* ngx_chat_writer_room.c */
void ngx_chat_ack_room_init(void);
ngx_int_t ngx_chat_ack_room_take(u_char account[16], ngx_uint_t n);
void ngx_chat_ack_room_give(u_char account[16], ngx_uint_t n);

#endif /* NGX_CHAT_WRITER_PRIVATE_H */
