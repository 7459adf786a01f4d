/* One batch: its parameters, its verdicts, and what a failure means for each send. */

#include "ngx_chat_writer_private.h"

typedef enum {
    NGX_CHAT_BATCH_ORD = 0,
    NGX_CHAT_BATCH_VERDICT,
    NGX_CHAT_BATCH_SEQ,
    NGX_CHAT_BATCH_CREATED,
    NGX_CHAT_BATCH_DUPLICATE,
    NGX_CHAT_BATCH_VERSION,
    NGX_CHAT_BATCH_SENDER,
    NGX_CHAT_BATCH_EPOCH
} ngx_chat_batch_column_e;

typedef struct {
    ngx_chat_pg_array_t     conversations;
    ngx_chat_pg_array_t     counts;
    ngx_chat_pg_array_t     sessions;
    ngx_chat_pg_array_t     ids;
    ngx_chat_pg_array_t     hashes;
    ngx_chat_pg_array_t     epochs;
    ngx_chat_pg_array_t     groups;
    ngx_chat_pg_array_t     payloads;
    ngx_uint_t              grouped;        /* sends to MLS groups */
} ngx_chat_batch_arrays_t;

static int ngx_libc_cdecl ngx_chat_batch_cmp(const void *one, const void *two);
static ngx_int_t ngx_chat_batch_arrays(ngx_chat_batch_arrays_t *a,
    ngx_pool_t *pool);
static void ngx_chat_batch_done(void *data, ngx_chat_pg_result_t *res);
static void ngx_chat_batch_verdicts(ngx_chat_pg_result_t *res);
static ngx_chat_frame_t *ngx_chat_batch_frame(ngx_chat_pg_result_t *res,
    ngx_uint_t row, ngx_chat_send_t *send);
static void ngx_chat_batch_refused(ngx_chat_pg_result_t *res);
static void ngx_chat_batch_lost(void);
static const char *ngx_chat_batch_code(ngx_str_t *verdict);

static ngx_chat_pg_stmt_t  ngx_chat_batch_stmt = {
    "send_batch",
    "SELECT ord, verdict, seq, created, duplicate, membership_version, sender,"
    " epoch FROM chat.send_batch($1::uuid[], $2::int4[], $3::uuid[],"
    " $4::uuid[], $5::bytea[], $6::int8[], $7::int4[], $8::bytea[], $9::bool)",
    0
};

static const char  *ngx_chat_batch_codes[] = {
    "not_found",
    "forbidden",
    "unauthorized",
    "device_revoked",
    "not_verified",
    "idempotency_conflict",
    "stale_epoch",
    "invalid_message",
    "private_fixed",
    "blocked",
    "conversation_closed",
    "invalid_parameter",
    NULL
};


ngx_int_t
ngx_chat_writer_batch_send(ngx_uint_t skip_locked)
{
    ngx_str_t                text;
    ngx_pool_t              *pool;
    ngx_chat_pg_param_t      params[9];
    ngx_chat_pg_query_t     *query;
    ngx_chat_batch_arrays_t  a;

    qsort(ngx_chat_writer.batch, ngx_chat_writer.n,
          sizeof(ngx_chat_send_t *), ngx_chat_batch_cmp);

    pool = ngx_create_pool(4096, ngx_cycle->log);
    if (pool == NULL) {
        return NGX_ERROR;
    }

    query = NULL;

    if (ngx_chat_batch_arrays(&a, pool) == NGX_OK) {
        text.data = (u_char *) (skip_locked ? "t" : "f");
        text.len = 1;

        ngx_chat_pg_set_array(&params[0], &a.conversations);
        ngx_chat_pg_set_array(&params[1], &a.counts);
        ngx_chat_pg_set_array(&params[2], &a.sessions);
        ngx_chat_pg_set_array(&params[3], &a.ids);
        ngx_chat_pg_set_array(&params[4], &a.hashes);
        ngx_chat_pg_set_array(&params[5], &a.epochs);

        if (a.grouped > 0) {
            ngx_chat_pg_set_array(&params[6], &a.groups);

        } else {
            ngx_chat_pg_set_null(&params[6]);
        }

        ngx_chat_pg_set_array(&params[7], &a.payloads);
        ngx_chat_pg_set_text(&params[8], &text);

        query = ngx_chat_pg_query(NGX_CHAT_PG_POOL_WRITER,
                                  &ngx_chat_batch_stmt, params, 9, 0,
                                  ngx_chat_batch_done, NULL);
    }

    ngx_destroy_pool(pool);

    return (query == NULL) ? NGX_ERROR : NGX_OK;
}


/* By conversation, and within it by arrival. */

static int ngx_libc_cdecl
ngx_chat_batch_cmp(const void *one, const void *two)
{
    int                     rc;
    const ngx_chat_send_t  *a = *(ngx_chat_send_t *const *) one;
    const ngx_chat_send_t  *b = *(ngx_chat_send_t *const *) two;

    rc = ngx_memcmp(a->conversation, b->conversation, 16);

    if (rc != 0) {
        return rc;
    }

    return (a->arrival < b->arrival) ? -1 : 1;
}


static ngx_int_t
ngx_chat_batch_arrays(ngx_chat_batch_arrays_t *a, ngx_pool_t *pool)
{
    size_t             bytes;
    ngx_int_t          rc;
    ngx_uint_t         i, n, count;
    ngx_chat_send_t  **batch;

    n = ngx_chat_writer.n;
    batch = ngx_chat_writer.batch;
    bytes = 0;

    for (i = 0; i < n; i++) {
        bytes += batch[i]->len;
    }

    if (ngx_chat_pg_array_init(&a->conversations, pool,
                               NGX_CHAT_PG_UUID_ARRAY, n * 16, n) != NGX_OK
        || ngx_chat_pg_array_init(&a->counts, pool, NGX_CHAT_PG_INT4_ARRAY,
                                  n * 4, n) != NGX_OK
        || ngx_chat_pg_array_init(&a->sessions, pool, NGX_CHAT_PG_UUID_ARRAY,
                                  n * 16, n) != NGX_OK
        || ngx_chat_pg_array_init(&a->ids, pool, NGX_CHAT_PG_UUID_ARRAY,
                                  n * 16, n) != NGX_OK
        || ngx_chat_pg_array_init(&a->hashes, pool, NGX_CHAT_PG_BYTEA_ARRAY,
                                  n * CHAT_HASH_LEN, n) != NGX_OK
        || ngx_chat_pg_array_init(&a->epochs, pool, NGX_CHAT_PG_INT8_ARRAY,
                                  n * 8, n) != NGX_OK
        || ngx_chat_pg_array_init(&a->groups, pool, NGX_CHAT_PG_INT4_ARRAY,
                                  n * 4, n) != NGX_OK
        || ngx_chat_pg_array_init(&a->payloads, pool, NGX_CHAT_PG_BYTEA_ARRAY,
                                  bytes, n) != NGX_OK)
    {
        return NGX_ERROR;
    }

    rc = NGX_OK;
    count = 0;
    a->grouped = 0;

    for (i = 0; i < n; i++) {
        count++;

        if (i + 1 == n
            || ngx_memcmp(batch[i]->conversation, batch[i + 1]->conversation,
                          16) != 0)
        {
            rc |= ngx_chat_pg_array_add(&a->conversations,
                                        batch[i]->conversation, 16);
            rc |= ngx_chat_pg_array_add_integer(&a->counts, (int64_t) count);
            count = 0;
        }

        rc |= ngx_chat_pg_array_add(&a->sessions, batch[i]->session, 16);
        rc |= ngx_chat_pg_array_add(&a->ids, batch[i]->client_id, 16);
        rc |= ngx_chat_pg_array_add(&a->hashes, batch[i]->hash,
                                    CHAT_HASH_LEN);
        rc |= ngx_chat_pg_array_add(&a->payloads, batch[i]->payload,
                                    batch[i]->len);
        rc |= (batch[i]->epoch < 0)
              ? ngx_chat_pg_array_add(&a->epochs, NULL, 0)
              : ngx_chat_pg_array_add_integer(&a->epochs, batch[i]->epoch);
        rc |= (batch[i]->resets < 0)
              ? ngx_chat_pg_array_add(&a->groups, NULL, 0)
              : ngx_chat_pg_array_add_integer(&a->groups, batch[i]->resets);
        a->grouped += (batch[i]->resets >= 0);
    }

    return (rc == NGX_OK) ? NGX_OK : NGX_ERROR;
}


static void
ngx_chat_batch_done(void *data, ngx_chat_pg_result_t *res)
{
    ngx_uint_t        i, n;
    ngx_chat_send_t  *again[NGX_CHAT_BATCH];

    switch (ngx_chat_pg_status(res)) {

    case NGX_CHAT_PG_OK:
        ngx_chat_batch_verdicts(res);
        break;

    case NGX_CHAT_PG_ERROR:
        ngx_chat_batch_refused(res);
        break;

    case NGX_CHAT_PG_LOST:
        ngx_chat_batch_lost();
        break;

    case NGX_CHAT_PG_UNAVAILABLE:

        ngx_chat_writer.in_flight = 0;
        n = 0;

        for (i = 0; i < ngx_chat_writer.n; i++) {
            if (ngx_chat_writer.batch[i]->unknown) {
                again[n++] = ngx_chat_writer.batch[i];

            } else {
                ngx_chat_writer_fail(ngx_chat_writer.batch[i], "unavailable");
            }
        }

        if (n > 0) {
            ngx_chat_writer_put_back(again, n);
            ngx_chat_writer_pause();
        }

        break;
    }

    ngx_chat_writer.n = 0;
    ngx_chat_writer_mark();

    if (!ngx_queue_empty(&ngx_chat_writer.waiting)) {
        ngx_chat_writer_wake();
    }
}


/*
 * The batch committed: each send has its verdict.  Answers first, then the entries go out; the
 * conversations stay in the registry until they did.
 */

static void
ngx_chat_batch_verdicts(ngx_chat_pg_result_t *res)
{
    int64_t            ord;
    ngx_str_t          verdict;
    ngx_uint_t         i, n, rows, nagain, nframes, stored;
    ngx_chat_sent_t    sent[NGX_CHAT_BATCH];
    ngx_chat_send_t   *send, *again[NGX_CHAT_BATCH];
    ngx_chat_frame_t  *frames[NGX_CHAT_BATCH], *f;

    n = ngx_chat_writer.n;
    rows = ngx_min(ngx_chat_pg_rows(res), n);
    nframes = 0;
    nagain = 0;
    stored = 0;

    for (i = 0; i < n; i++) {
        ngx_memzero(&sent[i], sizeof(ngx_chat_sent_t));
        sent[i].problem = "internal";
    }

    for (i = 0; i < rows; i++) {
        ord = ngx_chat_pg_integer(res, i, NGX_CHAT_BATCH_ORD);

        if (ord < 1 || ord > (int64_t) n) {
            continue;
        }

        send = ngx_chat_writer.batch[ord - 1];
        ngx_chat_pg_bytes(res, i, NGX_CHAT_BATCH_VERDICT, &verdict);

        sent[ord - 1].problem = ngx_chat_batch_code(&verdict);
        sent[ord - 1].seq = ngx_chat_pg_integer(res, i, NGX_CHAT_BATCH_SEQ);
        sent[ord - 1].created = ngx_chat_pg_time(res, i,
                                                 NGX_CHAT_BATCH_CREATED);
        sent[ord - 1].duplicate = ngx_chat_pg_integer(res, i,
                                                 NGX_CHAT_BATCH_DUPLICATE) != 0;
        sent[ord - 1].epoch = ngx_chat_pg_integer(res, i,
                                                  NGX_CHAT_BATCH_EPOCH);

        /*
         * A repeat is told, too: a worker may have died between the commit of
         * the first try and its hints.  Who has it drops it by its number.
         */

        if (sent[ord - 1].problem == NULL) {
            stored += !sent[ord - 1].duplicate;
            f = ngx_chat_batch_frame(res, i, send);

            if (f != NULL) {
                frames[nframes++] = f;

            } else {
                ngx_chat_route_hint(send->conversation, 1);
            }
        }
    }

    ngx_chat_stat_add(NGX_CHAT_STAT_ENTRIES_STORED, (ngx_int_t) stored);

    for (i = 0; i < n; i++) {
        send = ngx_chat_writer.batch[i];

        if (sent[i].problem != NULL
            && ngx_strcmp(sent[i].problem, "locked") == 0)
        {
            send->locked = 1;
            send->again = ngx_current_msec + NGX_CHAT_WRITER_PAUSE;
            again[nagain++] = send;
            continue;
        }

        /* refused now, while the first try may be in the log */

        if (send->unknown && sent[i].problem != NULL) {
            ngx_chat_route_hint(send->conversation, 1);
        }

        ngx_chat_writer_finish(send, &sent[i]);
    }

    ngx_chat_route_committed(frames, nframes);

    for (i = 0; i < nframes; i++) {
        ngx_chat_frame_unref(frames[i]);
    }

    ngx_chat_writer.in_flight = 0;
    ngx_chat_writer_put_back(again, nagain);
}


static ngx_chat_frame_t *
ngx_chat_batch_frame(ngx_chat_pg_result_t *res, ngx_uint_t row,
    ngx_chat_send_t *send)
{
    ngx_str_t         sender;
    ngx_chat_entry_t  entry;

    ngx_memzero(&entry, sizeof(ngx_chat_entry_t));
    ngx_chat_pg_bytes(res, row, NGX_CHAT_BATCH_SENDER, &sender);

    if (sender.len == 16) {
        ngx_memcpy(entry.sender, sender.data, 16);
    }

    ngx_memcpy(entry.conversation, send->conversation, 16);
    ngx_memcpy(entry.sender_session, send->session, 16);
    ngx_memcpy(entry.client_id, send->client_id, 16);
    ngx_str_set(&entry.kind, "message");
    entry.seq = ngx_chat_pg_integer(res, row, NGX_CHAT_BATCH_SEQ);
    entry.created = ngx_chat_pg_time(res, row, NGX_CHAT_BATCH_CREATED);

    /* version 0: of a repeat the log tells what the first try said */

    if (send->unknown
        || !ngx_chat_pg_integer(res, row, NGX_CHAT_BATCH_DUPLICATE))
    {
        entry.version = (int32_t) ngx_chat_pg_integer(res, row,
                                                  NGX_CHAT_BATCH_VERSION);
    }

    entry.epoch = send->epoch;
    entry.payload.data = send->payload;
    entry.payload.len = send->len;

    return ngx_chat_frame_create(&entry);
}


/*
 * The call failed and rolled back.  Locks: again, skipping what is locked.  The server going away: again
 * within the deadlines.  Anything else may be one send's fault: each goes alone.
 */

static void
ngx_chat_batch_refused(ngx_chat_pg_result_t *res)
{
    ngx_uint_t   i;
    const char  *state;

    state = ngx_chat_pg_sqlstate(res);
    ngx_chat_stat_add(NGX_CHAT_STAT_BATCH_RERUNS, 1);

    if (ngx_strcmp(state, "40P01") == 0 || ngx_strcmp(state, "55P03") == 0
        || ngx_strcmp(state, "40001") == 0 || ngx_strcmp(state, "57014") == 0)
    {
        ngx_chat_writer.in_flight = 0;
        ngx_chat_writer.skip = 1;
        ngx_chat_writer.skip_until = ngx_current_msec + NGX_CHAT_WRITER_SKIP;
        ngx_chat_writer_put_back(ngx_chat_writer.batch, ngx_chat_writer.n);
        return;
    }

    if (ngx_strncmp(state, "57P", 3) == 0 || ngx_strncmp(state, "08", 2) == 0
        || ngx_strncmp(state, "53", 2) == 0)
    {
        ngx_chat_batch_lost();
        return;
    }

    ngx_chat_writer.in_flight = 0;

    if (ngx_chat_writer.n == 1) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "chat: a send failed with SQLSTATE %s", state);
        ngx_chat_writer_fail(ngx_chat_writer.batch[0], "internal");
        return;
    }

    for (i = 0; i < ngx_chat_writer.n; i++) {
        ngx_chat_writer.batch[i]->single = 1;
    }

    ngx_chat_writer_put_back(ngx_chat_writer.batch, ngx_chat_writer.n);
}


/* Whether it committed is unknown: it goes again, and ids tell which sends were stored. */

static void
ngx_chat_batch_lost(void)
{
    ngx_uint_t  i;

    ngx_chat_stat_add(NGX_CHAT_STAT_BATCH_RERUNS, 1);
    ngx_chat_writer.in_flight = 0;

    for (i = 0; i < ngx_chat_writer.n; i++) {
        ngx_chat_writer.batch[i]->unknown = 1;
    }

    ngx_chat_writer_put_back(ngx_chat_writer.batch, ngx_chat_writer.n);
    ngx_chat_writer_pause();
}


/* The verdict as a static string: NULL for stored. */

static const char *
ngx_chat_batch_code(ngx_str_t *verdict)
{
    const char  **code;

    if (verdict->len == 0) {
        return NULL;
    }

    if (verdict->len == 6 && ngx_strncmp(verdict->data, "locked", 6) == 0) {
        return "locked";
    }

    for (code = ngx_chat_batch_codes; *code != NULL; code++) {
        if (ngx_strlen(*code) == verdict->len
            && ngx_strncmp(verdict->data, *code, verdict->len) == 0)
        {
            return *code;
        }
    }

    return "internal";
}
