/*
 * One connection as one worker of nginx has it: one batch of sends in flight, cursors
 * behind it in the same pipeline, each statement ended by its own Sync; and the walk of
 * upkeep, on another connection, as often as a worker calls it.
 */

#include "limit.h"
#include "statements.h"

#include <endian.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define OID_BYTEA    17
#define OID_INT8     20
#define OID_INT4     23
#define OID_UUID     2950
#define OID_INT4S    1007
#define OID_INT8S    1016
#define OID_BYTEAS   1001
#define OID_UUIDS    2951

#define HASH         32
#define TIMEOUT      5000               /* ms: chat_database's timeout=, the default */

enum { CONVERSATIONS, COUNTS, SESSIONS, IDS, HASHES, EPOCHS, PAYLOADS };

static void worker_batch_fill(limit_worker_t *w);
static void worker_batch_send(limit_worker_t *w);
static void worker_ack_send(limit_worker_t *w);
static void worker_take(limit_worker_t *w);
static void worker_stored(limit_worker_t *w, PGresult *res);


/* The settings are those of src/core/ngx_chat_pg_open.c. */

PGconn *
limit_open(int writer)
{
    int          size = NGX_CHAT_PG_SNDBUF, timeout = TIMEOUT - TIMEOUT / 10;
    char         options[512];
    const char  *keys[] = { "dbname", "options", NULL }, *values[] = { limit_opt.conninfo, options, NULL };
    PGconn      *pg;

    snprintf(options, sizeof(options),
             "-c statement_timeout=%d -c idle_in_transaction_session_timeout=%d -c lock_timeout=%d"
             " -c default_transaction_isolation=read\\ committed -c timezone=UTC -c datestyle=ISO%s",
             timeout, timeout, writer ? NGX_CHAT_PG_WRITER_LOCK : timeout - timeout / 5,
             writer ? " -c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_hashjoin=off"
                      " -c enable_mergejoin=off -c jit=off" : "");

    pg = PQconnectdbParams(keys, values, 1);

    if (PQstatus(pg) != CONNECTION_OK) {
        limit_failed("%s", PQerrorMessage(pg));
    }

    (void) setsockopt(PQsocket(pg), SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));

    return pg;
}


static void
worker_prepare(PGconn *pg, ngx_chat_pg_stmt_t *stmt, int n, const Oid *types)
{
    PGresult  *res;

    res = PQprepare(pg, stmt->name, stmt->sql, n, types);

    if (PQresultStatus(res) != PGRES_COMMAND_OK) {
        limit_failed("%s: %s", stmt->name, PQerrorMessage(pg));
    }

    PQclear(res);
}


void
limit_worker_init(limit_worker_t *w)
{
    int         i;
    size_t      n = (size_t) limit_opt.batch, c = (size_t) limit_opt.cursors_call;
    static Oid  batch[] = { OID_UUIDS, OID_INT4S, OID_UUIDS, OID_UUIDS, OID_BYTEAS, OID_INT8S, OID_INT4S,
                             OID_BYTEAS, 0 },
                ack[] = { OID_UUIDS, OID_UUIDS, OID_INT8S, 0 };

    w->pg = limit_open(1);
    worker_prepare(w->pg, &ngx_chat_batch_stmt, 9, batch);
    worker_prepare(w->pg, &ngx_chat_ack_stmt, 4, ack);

    if (PQenterPipelineMode(w->pg) == 0) {
        limit_failed("%s", PQerrorMessage(w->pg));
    }

    w->batch = calloc(n, sizeof(limit_sender_t *));
    w->payload = malloc((size_t) limit_opt.size);

    if (w->batch == NULL || w->payload == NULL
        || limit_array_init(&w->arrays[CONVERSATIONS], OID_UUID, n * 16, n) != 0
        || limit_array_init(&w->arrays[COUNTS], OID_INT4, n * 4, n) != 0
        || limit_array_init(&w->arrays[SESSIONS], OID_UUID, n * 16, n) != 0
        || limit_array_init(&w->arrays[IDS], OID_UUID, n * 16, n) != 0
        || limit_array_init(&w->arrays[HASHES], OID_BYTEA, n * HASH, n) != 0
        || limit_array_init(&w->arrays[EPOCHS], OID_INT8, n * 8, n) != 0
        || limit_array_init(&w->arrays[PAYLOADS], OID_BYTEA, n * (size_t) limit_opt.size, n) != 0
        || limit_array_init(&w->acks[0], OID_UUID, c * 16, c) != 0
        || limit_array_init(&w->acks[1], OID_UUID, c * 16, c) != 0
        || limit_array_init(&w->acks[2], OID_INT8, c * 8, c) != 0)
    {
        limit_failed("no memory");
    }

    for (i = 0; i < limit_opt.size; i++) {
        w->payload[i] = (unsigned char) (randombytes_random() & 255);
    }
}


static int
worker_cmp(const void *one, const void *two)
{
    int                    rc;
    const limit_sender_t  *a = *(limit_sender_t *const *) one, *b = *(limit_sender_t *const *) two;

    rc = memcmp(limit_conversations[a->conversation].id, limit_conversations[b->conversation].id, 16);

    return rc ? rc : (a < b) - (a > b);
}


/* A message's id as the generator makes them: the sender's own, rising. */

static void
worker_id(limit_sender_t *s, unsigned char id[16])
{
    uint64_t  a = limit_seed ^ ((uint64_t) s->conversation << 32 | (uint32_t) s->user);
    uint32_t  number = htobe32(s->number);

    memcpy(id, &number, 4);
    memcpy(id + 4, &a, 8);
    memset(id + 12, 0x61, 4);
    id[6] = 0x70 | (id[6] & 0x0f);
    id[8] = 0x80 | (id[8] & 0x3f);
}


/* The senders take turns, each with so many in a row; what one conversation gets stands together. */

static void
worker_batch_fill(limit_worker_t *w)
{
    int              i, count, n = limit_opt.batch;
    unsigned char    id[16], hash[HASH];
    limit_sender_t  *s;

    for (i = 0; i < n; i++) {
        w->batch[i] = &w->senders[w->next];

        if (++w->ran >= limit_opt.run) {
            w->ran = 0;
            w->next = (w->next + 1) % w->nsenders;
        }
    }

    qsort(w->batch, (size_t) n, sizeof(limit_sender_t *), worker_cmp);

    for (i = 0; i < 7; i++) {
        limit_array_reset(&w->arrays[i]);
    }

    for (i = 0, count = 0; i < n; i++) {
        s = w->batch[i];
        s->number++;
        count++;

        if (i + 1 == n || w->batch[i + 1]->conversation != s->conversation) {
            limit_array_add(&w->arrays[CONVERSATIONS], limit_conversations[s->conversation].id, 16);
            limit_array_add4(&w->arrays[COUNTS], count);
            count = 0;
        }

        worker_id(s, id);
        memcpy(w->payload, id, 16);
        crypto_generichash(hash, HASH, w->payload, (size_t) limit_opt.size, NULL, 0);

        limit_array_add(&w->arrays[SESSIONS], limit_sessions[s->user], 16);
        limit_array_add(&w->arrays[IDS], id, 16);
        limit_array_add(&w->arrays[HASHES], hash, HASH);
        limit_array_add(&w->arrays[EPOCHS], NULL, 0);
        limit_array_add(&w->arrays[PAYLOADS], w->payload, (size_t) limit_opt.size);
    }
}


static void
worker_send(limit_worker_t *w, char kind, const char *name, int n, const char *const *values, int *lengths, int *formats)
{
    if (w->npending == LIMIT_PENDING
        || PQsendQueryPrepared(w->pg, name, n, values, lengths, formats, 1) == 0
        || PQpipelineSync(w->pg) == 0)
    {
        limit_failed("%s: %s", name, PQerrorMessage(w->pg));
    }

    w->pending[w->npending++] = kind;
}


static void
worker_batch_send(limit_worker_t *w)
{
    int          i, to, lengths[9], formats[9];
    const char  *values[9];

    for (i = 0; i < 7; i++) {
        to = (i < PAYLOADS) ? i : PAYLOADS + 1;
        lengths[to] = limit_array_end(&w->arrays[i]);
        values[to] = (const char *) w->arrays[i].start;
        formats[to] = 1;
    }

    /* of MLS groups; none of these sends is for one */
    values[PAYLOADS] = NULL;
    lengths[PAYLOADS] = 0;
    formats[PAYLOADS] = 1;

    values[8] = "f";
    lengths[8] = 1;
    formats[8] = 0;
    w->again = 0;

    worker_send(w, 'b', ngx_chat_batch_stmt.name, 9, values, lengths, formats);
}


/* The next devices that have something to acknowledge. */

static void
worker_ack_send(limit_worker_t *w)
{
    int              i, n, lengths[4], formats[4] = { 1, 1, 1, 0 };
    int64_t          seq;
    const char      *values[4];
    limit_device_t  *d;

    for (i = 0; i < 3; i++) {
        limit_array_reset(&w->acks[i]);
    }

    for (n = 0, i = 0; n < limit_opt.cursors_call && i < w->ndevices; i++) {
        d = &w->devices[w->next_device++ % w->ndevices];
        w->next_device %= w->ndevices;
        seq = __atomic_load_n(&limit_conversations[d->conversation].seq, __ATOMIC_RELAXED);

        if (seq > d->told) {
            d->told = seq;
            limit_array_add(&w->acks[0], limit_sessions[d->user], 16);
            limit_array_add(&w->acks[1], limit_conversations[d->conversation].id, 16);
            limit_array_add8(&w->acks[2], seq);
            n++;
        }
    }

    w->owed -= limit_opt.cursors_call;

    if (n == 0) {
        return;
    }

    for (i = 0; i < 3; i++) {
        lengths[i] = limit_array_end(&w->acks[i]);
        values[i] = (const char *) w->acks[i].start;
    }

    /* nobody waits for these cursors: "durable" is false, as it is of a socket's */

    values[3] = "f";
    lengths[3] = 1;

    worker_send(w, 'a', ngx_chat_ack_stmt.name, 4, values, lengths, formats);
    w->all.calls++;
    w->all.cursors += (uint64_t) n;

    if (limit_phase == 1) {
        w->window.calls++;
        w->window.cursors += (uint64_t) n;
    }
}


/* The answer to the first statement on its way, to its Sync. */

static void
worker_take(limit_worker_t *w)
{
    int              kind = w->pending[0];
    PGresult        *res;
    const char      *state;
    ExecStatusType   status;

    for ( ;; ) {
        res = PQgetResult(w->pg);

        if (res == NULL) {
            if (PQstatus(w->pg) != CONNECTION_OK) {
                limit_failed("%s", PQerrorMessage(w->pg));
            }

            continue;
        }

        status = PQresultStatus(res);

        if (status == PGRES_TUPLES_OK && kind == 'b') {
            worker_stored(w, res);

        } else if (status == PGRES_FATAL_ERROR) {
            state = PQresultErrorField(res, PG_DIAG_SQLSTATE);

            if (state == NULL || (strcmp(state, "40P01") != 0 && strcmp(state, "55P03") != 0)) {
                limit_failed("%s", PQerrorMessage(w->pg));
            }

            w->again = (kind == 'b');
            w->all.reruns++;
        }

        PQclear(res);

        if (status == PGRES_PIPELINE_SYNC) {
            break;
        }
    }

    memmove(w->pending, w->pending + 1, (size_t) --w->npending);
}


static void
worker_stored(limit_worker_t *w, PGresult *res)
{
    int                    i, n = PQntuples(res), ord;
    int64_t                seq, old;
    limit_conversation_t  *v;

    if (n != limit_opt.batch) {
        limit_failed("%d verdicts of %d sends", n, limit_opt.batch);
    }

    for (i = 0; i < n; i++) {
        ord = (int) limit_get4(PQgetvalue(res, i, 0)) - 1;

        if (ord < 0 || ord >= n || PQgetlength(res, i, 1) != 0 || *PQgetvalue(res, i, 4) != 0) {
            limit_failed("a send was answered \"%.*s\"", PQgetlength(res, i, 1), PQgetvalue(res, i, 1));
        }

        v = &limit_conversations[w->batch[ord]->conversation];
        seq = limit_get8(PQgetvalue(res, i, 2));
        old = __atomic_load_n(&v->seq, __ATOMIC_RELAXED);

        while (old < seq && !__atomic_compare_exchange_n(&v->seq, &old, seq, 1, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
            /* void */
        }
    }

    w->all.stored += (uint64_t) n;
    w->all.batches++;
    w->owed += n * limit_opt.cursors;

    if (limit_phase == 1) {
        w->window.stored += (uint64_t) n;
        w->window.batches++;
    }
}


void *
limit_worker_run(void *data)
{
    limit_worker_t  *w = data;

    while (limit_phase < 2) {
        if (!w->again) {
            worker_batch_fill(w);
        }

        worker_batch_send(w);

        if (w->owed >= limit_opt.cursors_call) {
            worker_ack_send(w);
        }

        while (w->pending[0] != 'b') {
            worker_take(w);
        }

        worker_take(w);
    }

    while (w->npending > 0) {
        worker_take(w);
    }

    return NULL;
}


/* three quarters to five quarters of the interval, and rests as long as the work, as the workers do */

void *
limit_maintain_run(void *data)
{
    int              lengths[3] = { 8, 8, 8 }, formats[3] = { 1, 1, 1 };
    double           wait, begun, end;
    PGconn          *pg;
    PGresult        *res;
    uint64_t         v[3];
    const char      *values[3] = { (char *) &v[0], (char *) &v[1], (char *) &v[2] };
    static Oid       types[] = { OID_INT8, OID_INT8, OID_INT8 };
    struct timespec  ts = { 0, 5000000 };

    (void) data;
    pg = limit_open(0);
    worker_prepare(pg, &ngx_chat_maintain_stmt, 3, types);
    v[0] = htobe64(NGX_CHAT_MAINTAIN_BATCH);
    v[1] = htobe64((uint64_t) limit_opt.transport_ttl);
    v[2] = htobe64((uint64_t) limit_opt.retention);

    for (wait = limit_opt.maintain; limit_phase < 2; ) {
        end = limit_clock() + wait * (0.75 + 0.5 * (double) randombytes_uniform(1001) / 1000);

        while (limit_phase < 2 && limit_clock() < end) {
            nanosleep(&ts, NULL);
        }

        if (limit_phase == 2) {
            break;
        }

        begun = limit_clock();
        res = PQexecPrepared(pg, ngx_chat_maintain_stmt.name, 3, values, lengths, formats, 1);

        if (PQresultStatus(res) != PGRES_TUPLES_OK || PQntuples(res) != 1) {
            limit_failed("%s", PQerrorMessage(pg));
        }

        wait = limit_opt.maintain;

        if (*PQgetvalue(res, 0, 0)) {
            wait = limit_clock() - begun;

            if (limit_get4(PQgetvalue(res, 0, 1)) < NGX_CHAT_MAINTAIN_BATCH) {
                wait = NGX_CHAT_MAINTAIN_MORE / 1000.0;
            }

            wait = (wait > NGX_CHAT_MAINTAIN_PAUSE / 1000.0) ? wait : NGX_CHAT_MAINTAIN_PAUSE / 1000.0;
        }

        PQclear(res);
    }

    PQfinish(pg);

    return NULL;
}
