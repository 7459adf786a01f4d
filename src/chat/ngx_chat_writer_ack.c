/*
 * Acknowledgements: the newest cursor per session and conversation waits at most the
 * configured delay, one that somebody waits for not at all, and all go in one call.
 * A call that nobody waits for doesn't wait for the disk: a cursor that is lost with
 * the server only means that its entries come again.
 */

#include "ngx_chat_writer_private.h"

typedef struct {
    ngx_queue_t         queue;          /* of a cursor's waiters */
    ngx_chat_acked_pt   handler;        /* NULL: abandoned */
    void               *data;
} ngx_chat_ack_waiter_t;

typedef struct {
    ngx_queue_t         queue;          /* all that wait, oldest first */
    ngx_queue_t         hash;
    ngx_queue_t         waiters;
    u_char              session[16];
    u_char              account[16];
    u_char              conversation[16];
    int64_t             seq;
    ngx_msec_t          deadline;
    unsigned            single:1;       /* its batch failed as a whole */
} ngx_chat_ack_t;

typedef struct {
    ngx_queue_t         waiting;
    ngx_queue_t         buckets[NGX_CHAT_ACK_BUCKETS];
    ngx_uint_t          n;              /* cursors and waiters, in flight ones too */
    ngx_chat_ack_t     *batch[NGX_CHAT_ACK_BATCH];
    ngx_uint_t          nbatch;
    ngx_uint_t          in_flight;
    ngx_uint_t          urgent;         /* 1: what waits goes as soon as it can */
    ngx_msec_t          delay;
    ngx_event_t         event;          /* posted */
    ngx_event_t         timer;
} ngx_chat_acks_t;

typedef enum {
    NGX_CHAT_ACK_ORD = 0,
    NGX_CHAT_ACK_ACCOUNT,
    NGX_CHAT_ACK_ACCOUNT_DELIVERED,
    NGX_CHAT_ACK_ADVANCED
} ngx_chat_ack_column_e;

static ngx_queue_t *ngx_chat_ack_bucket(u_char session[16],
    u_char conversation[16]);
static ngx_chat_ack_t *ngx_chat_ack_find(u_char session[16],
    u_char conversation[16]);
static void ngx_chat_ack_event(ngx_event_t *ev);
static ngx_int_t ngx_chat_ack_send(void);
static void ngx_chat_ack_done(void *data, ngx_chat_pg_result_t *res);
static void ngx_chat_ack_go_on(void);
static void ngx_chat_ack_receipts(ngx_chat_pg_result_t *res,
    ngx_chat_ack_t **batch, ngx_uint_t n);
static void ngx_chat_ack_finish(ngx_chat_ack_t *ack, const char *problem);
static void ngx_chat_ack_put_back(ngx_chat_ack_t *ack);

static ngx_chat_acks_t  ngx_chat_acks;

static ngx_chat_pg_stmt_t  ngx_chat_ack_stmt = {
    "ack_batch",
    "SELECT ord, account, account_delivered, advanced"
    " FROM chat.ack_batch($1::uuid[], $2::uuid[], $3::int8[], $4::bool)",
    0
};


ngx_int_t
ngx_chat_writer_ack_init(ngx_cycle_t *cycle, ngx_msec_t delay)
{
    ngx_uint_t  i;

    ngx_chat_ack_room_init();
    ngx_memzero(&ngx_chat_acks, sizeof(ngx_chat_acks_t));
    ngx_queue_init(&ngx_chat_acks.waiting);

    for (i = 0; i < NGX_CHAT_ACK_BUCKETS; i++) {
        ngx_queue_init(&ngx_chat_acks.buckets[i]);
    }

    ngx_chat_acks.delay = delay;
    ngx_chat_acks.event.handler = ngx_chat_ack_event;
    ngx_chat_acks.event.log = cycle->log;
    ngx_chat_acks.event.data = &ngx_chat_acks;
    ngx_chat_acks.timer.handler = ngx_chat_ack_event;
    ngx_chat_acks.timer.log = cycle->log;
    ngx_chat_acks.timer.data = &ngx_chat_acks;

    return NGX_OK;
}


/*
 * Queues the cursor seq (>= 0) of a session in a conversation.  With a handler it is written
 * at once and the handler called once, never from inside.
 */

void *
ngx_chat_writer_ack(u_char session[16], u_char account[16],
    u_char conversation[16], int64_t seq, ngx_chat_acked_pt handler,
    void *data, ngx_int_t *rc)
{
    ngx_uint_t              room;
    ngx_chat_ack_t         *ack;
    ngx_chat_ack_waiter_t  *waiter;

    *rc = NGX_ERROR;
    waiter = NULL;
    ack = ngx_chat_ack_find(session, conversation);

    room = (ack == NULL) + (handler != NULL);

    if (room != 0 && (ngx_chat_acks.n >= NGX_CHAT_WRITER_QUEUE * 4
                      || ngx_chat_ack_room_take(account, room) != NGX_OK))
    {
        return NULL;
    }

    if (handler != NULL) {
        waiter = ngx_alloc(sizeof(ngx_chat_ack_waiter_t), ngx_cycle->log);
        if (waiter == NULL) {
            ngx_chat_ack_room_give(account, room);
            return NULL;
        }

        waiter->handler = handler;
        waiter->data = data;
    }

    if (ack == NULL) {
        ack = ngx_alloc(sizeof(ngx_chat_ack_t), ngx_cycle->log);
        if (ack == NULL) {
            if (waiter != NULL) {
                ngx_free(waiter);
            }

            ngx_chat_ack_room_give(account, room);
            return NULL;
        }

        ngx_memzero(ack, sizeof(ngx_chat_ack_t));
        ngx_memcpy(ack->session, session, 16);
        ngx_memcpy(ack->account, account, 16);
        ngx_memcpy(ack->conversation, conversation, 16);
        ngx_queue_init(&ack->waiters);
        ack->deadline = ngx_current_msec + NGX_CHAT_ACK_DEADLINE;

        ngx_queue_insert_tail(&ngx_chat_acks.waiting, &ack->queue);
        ngx_queue_insert_head(ngx_chat_ack_bucket(session, conversation),
                              &ack->hash);
        ngx_chat_acks.n++;
    }

    ack->seq = ngx_max(ack->seq, seq);
    *rc = NGX_OK;

    if (waiter != NULL) {
        ngx_queue_insert_tail(&ack->waiters, &waiter->queue);
        ngx_chat_acks.n++;
    }

    if (waiter != NULL || ngx_exiting
        || ngx_chat_acks.n - ngx_chat_acks.nbatch >= NGX_CHAT_ACK_BATCH)
    {
        ngx_chat_writer_ack_flush();

    } else if (!ngx_chat_acks.timer.timer_set) {
        ngx_add_timer(&ngx_chat_acks.timer, ngx_chat_acks.delay);
    }

    return waiter;
}


void
ngx_chat_writer_ack_abandon(void *waiter)
{
    ((ngx_chat_ack_waiter_t *) waiter)->handler = NULL;
}


void
ngx_chat_writer_ack_flush(void)
{
    if (!ngx_queue_empty(&ngx_chat_acks.waiting)) {
        ngx_chat_acks.urgent = 1;
        ngx_post_event(&ngx_chat_acks.event, &ngx_posted_events);
    }
}


static ngx_queue_t *
ngx_chat_ack_bucket(u_char session[16], u_char conversation[16])
{
    uint32_t  hash;

    hash = ngx_murmur_hash2(session, 16)
           ^ ngx_murmur_hash2(conversation, 16);

    return &ngx_chat_acks.buckets[hash % NGX_CHAT_ACK_BUCKETS];
}


static ngx_chat_ack_t *
ngx_chat_ack_find(u_char session[16], u_char conversation[16])
{
    ngx_queue_t     *q, *bucket;
    ngx_chat_ack_t  *ack;

    bucket = ngx_chat_ack_bucket(session, conversation);

    for (q = ngx_queue_head(bucket);
         q != ngx_queue_sentinel(bucket);
         q = ngx_queue_next(q))
    {
        ack = ngx_queue_data(q, ngx_chat_ack_t, hash);

        if (ngx_memcmp(ack->session, session, 16) == 0
            && ngx_memcmp(ack->conversation, conversation, 16) == 0)
        {
            return ack;
        }
    }

    return NULL;
}


static void
ngx_chat_ack_event(ngx_event_t *ev)
{
    ngx_uint_t       i, n;
    ngx_queue_t     *q;
    ngx_chat_ack_t  *ack;

    if (ngx_chat_acks.in_flight) {
        return;
    }

    n = 0;

    while (!ngx_queue_empty(&ngx_chat_acks.waiting)
           && n < NGX_CHAT_ACK_BATCH)
    {
        q = ngx_queue_head(&ngx_chat_acks.waiting);
        ack = ngx_queue_data(q, ngx_chat_ack_t, queue);

        if (n > 0 && ack->single) {
            break;
        }

        ngx_queue_remove(&ack->queue);
        ngx_queue_remove(&ack->hash);
        ngx_chat_acks.batch[n++] = ack;

        if (ack->single) {
            break;
        }
    }

    ngx_chat_acks.nbatch = n;

    if (ngx_queue_empty(&ngx_chat_acks.waiting)) {
        ngx_chat_acks.urgent = 0;
    }

    if (n == 0) {
        return;
    }

    ngx_chat_acks.in_flight = 1;

    if (ngx_chat_ack_send() == NGX_OK) {
        return;
    }

    ngx_chat_acks.in_flight = 0;

    for (i = 0; i < n; i++) {
        ngx_chat_ack_put_back(ngx_chat_acks.batch[i]);
    }

    if (!ngx_chat_acks.timer.timer_set) {
        ngx_add_timer(&ngx_chat_acks.timer, NGX_CHAT_WRITER_PAUSE * 4);
    }
}


static ngx_int_t
ngx_chat_ack_send(void)
{
    ngx_int_t             rc;
    ngx_str_t             durable;
    ngx_uint_t            i, n;
    ngx_pool_t           *pool;
    ngx_chat_ack_t       *ack;
    ngx_chat_pg_array_t   sessions, conversations, seqs;
    ngx_chat_pg_param_t   params[4];
    ngx_chat_pg_query_t  *query;

    n = ngx_chat_acks.nbatch;

    pool = ngx_create_pool(4096, ngx_cycle->log);
    if (pool == NULL) {
        return NGX_ERROR;
    }

    query = NULL;

    if (ngx_chat_pg_array_init(&sessions, pool, NGX_CHAT_PG_UUID_ARRAY,
                               n * 16, n) != NGX_OK
        || ngx_chat_pg_array_init(&conversations, pool,
                                  NGX_CHAT_PG_UUID_ARRAY, n * 16, n) != NGX_OK
        || ngx_chat_pg_array_init(&seqs, pool, NGX_CHAT_PG_INT8_ARRAY,
                                  n * 8, n) != NGX_OK)
    {
        goto done;
    }

    rc = NGX_OK;
    ngx_str_set(&durable, "f");

    for (i = 0; i < n; i++) {
        ack = ngx_chat_acks.batch[i];

        if (!ngx_queue_empty(&ack->waiters)) {
            ngx_str_set(&durable, "t");
        }

        rc |= ngx_chat_pg_array_add(&sessions, ack->session, 16);
        rc |= ngx_chat_pg_array_add(&conversations, ack->conversation, 16);
        rc |= ngx_chat_pg_array_add_integer(&seqs, ack->seq);
    }

    if (rc == NGX_OK) {
        ngx_chat_pg_set_array(&params[0], &sessions);
        ngx_chat_pg_set_array(&params[1], &conversations);
        ngx_chat_pg_set_array(&params[2], &seqs);
        ngx_chat_pg_set_text(&params[3], &durable);

        query = ngx_chat_pg_query(NGX_CHAT_PG_POOL_CURSORS, &ngx_chat_ack_stmt,
                                  params, 4, 0, ngx_chat_ack_done, NULL);
    }

done:

    ngx_destroy_pool(pool);

    return (query == NULL) ? NGX_ERROR : NGX_OK;
}


/* A failed batch goes again, whole or singly: writing a cursor twice does no harm. */

static void
ngx_chat_ack_done(void *data, ngx_chat_pg_result_t *res)
{
    ngx_uint_t             i, n, fatal;
    const char            *state;
    ngx_chat_ack_t        *batch[NGX_CHAT_ACK_BATCH];
    ngx_chat_pg_status_t   status;

    n = ngx_chat_acks.nbatch;
    ngx_memcpy(batch, ngx_chat_acks.batch, n * sizeof(ngx_chat_ack_t *));
    ngx_chat_acks.in_flight = 0;
    ngx_chat_acks.nbatch = 0;

    status = ngx_chat_pg_status(res);

    if (status == NGX_CHAT_PG_OK) {
        ngx_chat_stat_add(NGX_CHAT_STAT_ACKS, (ngx_int_t) n);

        ngx_chat_ack_receipts(res, batch, n);

        for (i = 0; i < n; i++) {
            ngx_chat_ack_finish(batch[i], NULL);
        }

        ngx_chat_ack_go_on();
        return;
    }

    state = ngx_chat_pg_sqlstate(res);

    fatal = (status == NGX_CHAT_PG_ERROR
             && ngx_strncmp(state, "40", 2) != 0
             && ngx_strcmp(state, "55P03") != 0
             && ngx_strncmp(state, "57", 2) != 0
             && ngx_strncmp(state, "53", 2) != 0);

    if (fatal && n == 1) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "chat: a cursor failed with SQLSTATE %s", state);
        ngx_chat_ack_finish(batch[0], "internal");

    } else {
        for (i = n; i > 0; i--) {
            batch[i - 1]->single |= fatal;
            ngx_chat_ack_put_back(batch[i - 1]);
        }
    }

    if (fatal) {
        ngx_chat_writer_ack_flush();

    } else if (!ngx_queue_empty(&ngx_chat_acks.waiting)
               && !ngx_chat_acks.timer.timer_set)
    {
        ngx_add_timer(&ngx_chat_acks.timer, NGX_CHAT_WRITER_PAUSE * 4);
    }
}


/* What came meanwhile: at once if somebody waits or a batch is full, else it gathers. */

static void
ngx_chat_ack_go_on(void)
{
    if (ngx_queue_empty(&ngx_chat_acks.waiting)) {
        return;
    }

    if (ngx_chat_acks.urgent || ngx_chat_acks.n >= NGX_CHAT_ACK_BATCH) {
        ngx_chat_writer_ack_flush();

    } else if (!ngx_chat_acks.timer.timer_set) {
        ngx_add_timer(&ngx_chat_acks.timer, ngx_chat_acks.delay);
    }
}


static void
ngx_chat_ack_receipts(ngx_chat_pg_result_t *res, ngx_chat_ack_t **batch,
    ngx_uint_t n)
{
    int64_t     ord;
    ngx_str_t   account;
    ngx_uint_t  i, rows;

    rows = ngx_chat_pg_rows(res);

    for (i = 0; i < rows; i++) {
        ord = ngx_chat_pg_integer(res, i, NGX_CHAT_ACK_ORD);
        ngx_chat_pg_bytes(res, i, NGX_CHAT_ACK_ACCOUNT, &account);

        if (ord < 1 || ord > (int64_t) n || account.len != 16
            || !ngx_chat_pg_integer(res, i, NGX_CHAT_ACK_ADVANCED))
        {
            continue;
        }

        ngx_chat_route_receipt(batch[ord - 1]->conversation, account.data,
            ngx_chat_pg_integer(res, i, NGX_CHAT_ACK_ACCOUNT_DELIVERED));
    }
}


/* Ends a cursor and frees it. */

static void
ngx_chat_ack_finish(ngx_chat_ack_t *ack, const char *problem)
{
    ngx_queue_t            *q;
    ngx_chat_ack_waiter_t  *waiter;

    ngx_chat_acks.n--;
    ngx_chat_ack_room_give(ack->account, 1);

    while (!ngx_queue_empty(&ack->waiters)) {
        q = ngx_queue_head(&ack->waiters);
        ngx_queue_remove(q);
        ngx_chat_acks.n--;
        ngx_chat_ack_room_give(ack->account, 1);

        waiter = ngx_queue_data(q, ngx_chat_ack_waiter_t, queue);

        if (waiter->handler != NULL) {
            waiter->handler(waiter->data, problem);
        }

        ngx_free(waiter);
    }

    ngx_free(ack);
}


/* A cursor that came meanwhile takes it in; past its deadline it is given up. */

static void
ngx_chat_ack_put_back(ngx_chat_ack_t *ack)
{
    ngx_chat_ack_t  *newer;

    newer = ngx_chat_ack_find(ack->session, ack->conversation);

    if (newer != NULL) {
        newer->seq = ngx_max(newer->seq, ack->seq);
        newer->single |= ack->single;

        if (ngx_chat_past(ack->deadline)) {
            ngx_chat_ack_finish(ack, "unavailable");
            return;
        }

        if (!ngx_queue_empty(&ack->waiters)) {
            ngx_queue_add(&newer->waiters, &ack->waiters);
        }

        ngx_chat_ack_room_give(ack->account, 1);
        ngx_free(ack);
        ngx_chat_acks.n--;
        return;
    }

    if (ngx_chat_past(ack->deadline)) {
        ngx_chat_ack_finish(ack, "unavailable");
        return;
    }

    ngx_queue_insert_head(&ngx_chat_acks.waiting, &ack->queue);
    ngx_queue_insert_head(ngx_chat_ack_bucket(ack->session, ack->conversation),
                          &ack->hash);
}
