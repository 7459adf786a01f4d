/*
 * The limit: what PostgreSQL does when the writer's statements come from bare libpq,
 * without nginx and sockets.  See ../README.md.
 */

#ifndef LIMIT_H
#define LIMIT_H

#include <stddef.h>
#include <stdint.h>
#include <libpq-fe.h>

#define LIMIT_SIZE_MAX    65536
#define LIMIT_BATCH_MAX   10000
#define LIMIT_THREADS     64
#define LIMIT_PENDING     8             /* statements on their way on one connection */

typedef struct {
    unsigned char  *start, *pos, *end;
    uint32_t        item;               /* OID of its items */
    uint32_t        n;
    int             has_null;
} limit_array_t;

typedef struct {
    unsigned char   id[16];
    int             nmembers;
    int            *members;            /* users: indexes of sessions */
    int64_t         seq;                /* the last that was stored; all threads write it */
} limit_conversation_t;

typedef struct {
    int             conversation;
    int             user;
    uint32_t        number;             /* of its messages */
} limit_sender_t;

typedef struct {
    int             conversation;
    int             user;
    int64_t         told;
} limit_device_t;

typedef struct {
    const char     *conninfo;
    const char     *conversations_file;
    const char     *sessions_file;
    int             connections;
    int             batch;
    int             run;                /* messages of one sender in a row */
    double          cursors;            /* acknowledgements a message */
    int             cursors_call;       /* ... and in one call */
    int             size;
    int             senders;            /* of a conversation: its first members */
    int             apart;              /* each conversation belongs to one connection */
    double          warm, seconds;
    double          maintain;           /* s between walks of one worker */
    int64_t         transport_ttl, retention;
} limit_opt_t;

typedef struct {
    uint64_t        stored, batches, cursors, calls, reruns;
} limit_count_t;

typedef struct {
    int                number;
    PGconn            *pg;
    limit_sender_t    *senders;
    int                nsenders, next, ran;
    limit_device_t    *devices;
    int                ndevices, next_device;
    limit_sender_t   **batch;           /* in flight, by conversation */
    double             owed;            /* cursors */
    char               pending[LIMIT_PENDING];
    int                npending;
    int                again;           /* the batch failed on a lock and goes again */
    unsigned char     *payload;
    limit_array_t      arrays[7], acks[3];
    limit_count_t      window, all;
} limit_worker_t;

extern limit_opt_t            limit_opt;
extern limit_conversation_t  *limit_conversations;
extern int                    limit_nconversations;
extern unsigned char        (*limit_sessions)[16];
extern int                    limit_nsessions;
extern uint64_t               limit_seed;
extern volatile int           limit_phase;      /* 0 warm-up, 1 measured, 2 the end */

void limit_failed(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));
double limit_clock(void);

/* array.c: parameters in PostgreSQL's binary format */
int limit_array_init(limit_array_t *a, uint32_t item, size_t bytes, size_t n);
void limit_array_reset(limit_array_t *a);
void limit_array_add(limit_array_t *a, const void *data, size_t len);   /* NULL: a NULL */
void limit_array_add4(limit_array_t *a, int32_t value);
void limit_array_add8(limit_array_t *a, int64_t value);
/* writes the header; the array's bytes */
int limit_array_end(limit_array_t *a);
int64_t limit_get8(const char *p);
uint32_t limit_get4(const char *p);

/* worker.c */
PGconn *limit_open(int writer);
void limit_worker_init(limit_worker_t *w);
void *limit_worker_run(void *data);
void *limit_maintain_run(void *data);

#endif
