/* What the stream's files share: positions, gates, the stream itself. */

#ifndef NGX_CHAT_STREAM_PRIVATE_H
#define NGX_CHAT_STREAM_PRIVATE_H

#include "ngx_chat_stream.h"
#include "ngx_chat_log.h"
#include "ngx_chat_writer.h"
#include "ngx_chat_stat.h"
#include "chat_json.h"
#include "chat_text.h"

#define NGX_CHAT_POSITIONS          (NGX_CHAT_CONVERSATIONS + 16)   /* an account's own conversation, too */
#define NGX_CHAT_STREAM_READ        50      /* conversations of one read */
#define NGX_CHAT_STREAM_READS       64      /* such reads at once a worker */
#define NGX_CHAT_STREAM_RETRY       500     /* ms after a failed query, then twice that … */
#define NGX_CHAT_STREAM_RETRY_MAX   8000
#define NGX_CHAT_STREAM_ACKS        64      /* acknowledgements that wait for their answer */
#define NGX_CHAT_STREAM_TEXT        512     /* bytes of a small frame without its id */

/* where a stream stands in a conversation */
typedef struct {
    u_char              conversation[16];
    int64_t             last;           /* newest entry sent; -1: none yet, reading begins at the cursor */
    int64_t             acked;          /* newest the client acknowledged; counts for the window */
    int64_t             heard;          /* newest that was told and not sent; -1: none */
    uint32_t            order;          /* which was marked first */
    int32_t             version;        /* membership version that the log was read with */
    unsigned            hinted:1;       /* there is more, how much isn't known */
    unsigned            reading:1;
    unsigned            touched:1;      /* since the last sweep */
    unsigned            seen:1;         /* by the sweep: its cursor is behind */
} ngx_chat_position_t;

#define ngx_chat_position_wants(p)  ((p)->hinted || (p)->heard > (p)->last)

typedef struct {
    ngx_queue_t         waiting;
    ngx_uint_t          busy;
    ngx_uint_t          max;
    ngx_event_t         event;
} ngx_chat_gate_t;

/* a resume as the client sent it, until it is answered */
typedef struct {
    ngx_str_t           id;
    u_char              log_epoch[16];
    ngx_uint_t          n;
    int64_t            *seqs;
    u_char             *conversations;
    int64_t             pending;        /* the answer, once the cursors are written */
    void               *waiter;         /* for them to be on the disk */
} ngx_chat_resume_t;

struct ngx_chat_stream_s {
    ngx_chat_receiver_t     receiver;   /* first: they are cast into each other */
    ngx_chat_stream_ops_t  *ops;
    void                   *transport;
    ngx_chat_session_t     *session;    /* the transport's */
    ngx_event_t             timer;      /* the next retry or re-check */
    ngx_chat_gate_t        *gate;       /* entered, or waiting before it */
    ngx_queue_t             waiting;
    ngx_chat_pg_query_t    *query;
    ngx_chat_log_read_t    *read;
    ngx_chat_resume_t      *resume;
    ngx_chat_position_t    *positions;  /* sorted by conversation */
    ngx_queue_t             acks;
    u_char                  log_epoch[16];      /* of the log that positions count in */
    uint32_t                npositions;
    uint32_t                capacity;
    uint32_t                order;
    uint32_t                unacked;
    uint32_t                message_max_size;
    uint16_t                window;
    uint16_t                nacks;
    uint16_t                retry;      /* ms of the next wait; 0: nothing failed */
    unsigned                hello:1;    /* is out */
    unsigned                resumed:1;
    unsigned                drained:1;
    unsigned                more:1;     /* of any conversation: read all */
    unsigned                full:1;     /* such a read is under way */
    unsigned                sweep:1;    /* and forgets idle positions */
    unsigned                blocked:1;  /* the transport took enough */
    unsigned                queued:1;   /* waiting before the gate */
    unsigned                failed:1;   /* the timer is that of a retry: nothing before it */
};

/* ngx_chat_stream.c */
extern ngx_chat_gate_t  ngx_chat_stream_resumes;
extern ngx_chat_gate_t  ngx_chat_stream_reads;

void ngx_chat_stream_advance(ngx_chat_stream_t *s);
void ngx_chat_stream_retry(ngx_chat_stream_t *s);

/* NGX_DECLINED: the log is another one since hello; the client is sent to come again */
ngx_int_t ngx_chat_stream_same_log(ngx_chat_stream_t *s);
void ngx_chat_stream_text(ngx_chat_stream_t *s, chat_json_out_t *out);
void ngx_chat_stream_problem(ngx_chat_stream_t *s, ngx_str_t *id, const char *code);

/* ngx_chat_stream_gate.c: NGX_OK: entered; NGX_AGAIN: the stream advances when it is its turn */
void ngx_chat_gate_init(ngx_chat_gate_t *gate, ngx_uint_t max);
ngx_int_t ngx_chat_gate_enter(ngx_chat_gate_t *gate, ngx_chat_stream_t *s);
void ngx_chat_gate_leave(ngx_chat_stream_t *s);

/* ngx_chat_stream_position.c; add returns NULL past NGX_CHAT_POSITIONS and without memory */
ngx_chat_position_t *ngx_chat_position_find(ngx_chat_stream_t *s, u_char conversation[16]);
ngx_chat_position_t *ngx_chat_position_add(ngx_chat_stream_t *s, u_char conversation[16]);
void ngx_chat_position_hint(ngx_chat_stream_t *s, u_char conversation[16]);
void ngx_chat_position_ack(ngx_chat_stream_t *s, u_char conversation[16], int64_t seq);
void ngx_chat_position_sweep_begin(ngx_chat_stream_t *s);
void ngx_chat_position_sweep_end(ngx_chat_stream_t *s);
void ngx_chat_position_forget_unknown(ngx_chat_stream_t *s);
ngx_uint_t ngx_chat_position_wanted(ngx_chat_stream_t *s);

/* ngx_chat_stream_log.c; NGX_ERROR: not asked */
ngx_int_t ngx_chat_stream_read_all(ngx_chat_stream_t *s);
ngx_int_t ngx_chat_stream_read_wanted(ngx_chat_stream_t *s);
void ngx_chat_stream_live(ngx_chat_stream_t *s, ngx_chat_frame_t *f);

/* ngx_chat_stream_ack.c */
void ngx_chat_stream_acks_abandon(ngx_chat_stream_t *s);

/* ngx_chat_stream_resume.c; NGX_ERROR: not asked */
ngx_int_t ngx_chat_stream_hello_send(ngx_chat_stream_t *s);
ngx_int_t ngx_chat_stream_resume_send(ngx_chat_stream_t *s);
void ngx_chat_stream_resume_free(ngx_chat_stream_t *s);

#endif /* NGX_CHAT_STREAM_PRIVATE_H */
