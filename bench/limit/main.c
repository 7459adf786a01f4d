/* Options, who sends from which connection, and what is printed. */

#include "limit.h"
#include "statements.h"

#include <getopt.h>
#include <inttypes.h>
#include <pthread.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

limit_opt_t            limit_opt;
limit_conversation_t  *limit_conversations;
int                    limit_nconversations;
unsigned char        (*limit_sessions)[16];
int                    limit_nsessions;
uint64_t               limit_seed;
volatile int           limit_phase;

static limit_worker_t  main_workers[LIMIT_THREADS];

static struct option  main_options[] = {
    { "database", required_argument, NULL, 'd' },
    { "conversations", required_argument, NULL, 'c' },
    { "sessions", required_argument, NULL, 's' },
    { "connections", required_argument, NULL, 'n' },
    { "batch", required_argument, NULL, 'b' },
    { "run", required_argument, NULL, 'r' },
    { "cursors", required_argument, NULL, 'a' },
    { "cursors-call", required_argument, NULL, 'A' },
    { "size", required_argument, NULL, 'z' },
    { "senders", required_argument, NULL, 'e' },
    { "apart", no_argument, NULL, 'p' },
    { "warm", required_argument, NULL, 'W' },
    { "seconds", required_argument, NULL, 'S' },
    { "maintain", required_argument, NULL, 'm' },
    { NULL, 0, NULL, 0 }
};


/* There is no half of a result: the first fault ends it, and is the result. */

void
limit_failed(const char *fmt, ...)
{
    char     reason[512], *p;
    va_list  args;

    va_start(args, fmt);
    vsnprintf(reason, sizeof(reason), fmt, args);
    va_end(args);

    for (p = reason; *p; p++) {
        *p = (*p == '"' || *p == '\\' || (unsigned char) *p < 32) ? '\'' : *p;
    }

    printf("{\"scenario\": \"limit\", \"void\": true, \"reason\": \"%s\"}\n", reason);
    fflush(stdout);
    _Exit(1);
}


double
limit_clock(void)
{
    struct timespec  ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);

    return (double) ts.tv_sec + (double) ts.tv_nsec / 1e9;
}


static double
main_cpu(void)
{
    struct rusage  ru;

    getrusage(RUSAGE_SELF, &ru);

    return (double) (ru.ru_utime.tv_sec + ru.ru_stime.tv_sec)
           + (double) (ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) / 1e6;
}


static void
main_uuid(unsigned char id[16], const char *text)
{
    size_t  n;

    if (sodium_hex2bin(id, 16, text, strcspn(text, "\t\r\n"), "-", &n, NULL) != 0 || n != 16) {
        limit_failed("not a UUID: %.40s", text);
    }
}


static void *
main_grow(void *p, int n, size_t size)
{
    if ((n & (n - 1)) == 0) {
        p = realloc(p, (size_t) (n ? n * 2 : 1) * size);

        if (p == NULL) {
            limit_failed("no memory");
        }
    }

    return p;
}


/* sessions: a UUID a line; conversations: the generator's file */

static void
main_read(void)
{
    char                  *line = NULL, *p;
    FILE                  *in;
    size_t                 size = 0;
    limit_conversation_t  *v;

    in = fopen(limit_opt.sessions_file, "r");

    while (in != NULL && getline(&line, &size, in) > 0) {
        limit_sessions = main_grow(limit_sessions, limit_nsessions, 16);
        main_uuid(limit_sessions[limit_nsessions++], line);
    }

    if (in == NULL || (in = freopen(limit_opt.conversations_file, "r", in)) == NULL) {
        limit_failed("the files of sessions and conversations can't be read");
    }

    while (getline(&line, &size, in) > 0) {
        limit_conversations = main_grow(limit_conversations, limit_nconversations, sizeof(limit_conversation_t));
        v = &limit_conversations[limit_nconversations++];
        memset(v, 0, sizeof(limit_conversation_t));
        main_uuid(v->id, line);

        for (p = strchr(line, '\t'); p != NULL; p = strchr(p + 1, ',')) {
            v->members = main_grow(v->members, v->nmembers, sizeof(int));
            v->members[v->nmembers] = atoi(p + 1);

            if (v->members[v->nmembers] < 0 || v->members[v->nmembers] >= limit_nsessions) {
                limit_failed("a conversation of an unknown user");
            }

            v->nmembers++;
        }
    }

    fclose(in);
    free(line);

    if (limit_nconversations == 0) {
        limit_failed("no conversations");
    }
}


/*
 * Each device belongs to one connection, at random, as a worker of nginx has its
 * socket: both write to a conversation whose members they share.
 */

static void
main_divide(void)
{
    int                    i, j, *of;
    limit_worker_t        *w;
    limit_conversation_t  *v;

    of = malloc((size_t) limit_nsessions * sizeof(int));

    for (i = 0; of != NULL && i < limit_nsessions; i++) {
        of[i] = (int) randombytes_uniform((uint32_t) limit_opt.connections);
    }

    for (i = 0; of != NULL && i < limit_nconversations; i++) {
        v = &limit_conversations[i];

        for (j = 0; j < v->nmembers; j++) {
            w = &main_workers[limit_opt.apart ? i % limit_opt.connections : of[v->members[j]]];

            if (j < limit_opt.senders) {
                w->senders = main_grow(w->senders, w->nsenders, sizeof(limit_sender_t));
                w->senders[w->nsenders++] = (limit_sender_t) { .conversation = i, .user = v->members[j] };
            }

            w->devices = main_grow(w->devices, w->ndevices, sizeof(limit_device_t));
            w->devices[w->ndevices++] = (limit_device_t) { .conversation = i, .user = v->members[j] };
        }
    }

    for (i = 0; i < limit_opt.connections; i++) {
        if (main_workers[i].nsenders == 0) {
            limit_failed("a connection without senders: too few conversations");
        }
    }

    free(of);
}


static int
main_read_options(int argc, char **argv)
{
    int  opt;

    limit_opt.connections = 2;
    limit_opt.batch = NGX_CHAT_BATCH;
    limit_opt.run = 1;
    limit_opt.cursors = 0.1;
    limit_opt.cursors_call = 20;
    limit_opt.size = 300;
    limit_opt.senders = 2;
    limit_opt.warm = 2;
    limit_opt.seconds = 5;
    limit_opt.maintain = 10;
    limit_opt.transport_ttl = 2592000;

    while ((opt = getopt_long(argc, argv, "", main_options, NULL)) != -1) {
        switch (opt) {
        case 'd': limit_opt.conninfo = optarg; break;
        case 'c': limit_opt.conversations_file = optarg; break;
        case 's': limit_opt.sessions_file = optarg; break;
        case 'n': limit_opt.connections = atoi(optarg); break;
        case 'b': limit_opt.batch = atoi(optarg); break;
        case 'r': limit_opt.run = atoi(optarg); break;
        case 'a': limit_opt.cursors = atof(optarg); break;
        case 'A': limit_opt.cursors_call = atoi(optarg); break;
        case 'z': limit_opt.size = atoi(optarg); break;
        case 'e': limit_opt.senders = atoi(optarg); break;
        case 'p': limit_opt.apart = 1; break;
        case 'W': limit_opt.warm = atof(optarg); break;
        case 'S': limit_opt.seconds = atof(optarg); break;
        case 'm': limit_opt.maintain = atof(optarg); break;
        default: return -1;
        }
    }

    return (optind == argc && limit_opt.conninfo && limit_opt.conversations_file && limit_opt.sessions_file
            && limit_opt.connections >= 1 && limit_opt.connections <= LIMIT_THREADS
            && limit_opt.batch >= 1 && limit_opt.batch <= LIMIT_BATCH_MAX
            && limit_opt.run >= 1 && limit_opt.cursors >= 0 && limit_opt.cursors_call >= 1 && limit_opt.cursors_call <= NGX_CHAT_ACK_BATCH
            && limit_opt.size >= 16 && limit_opt.size <= LIMIT_SIZE_MAX && limit_opt.senders >= 1
            && limit_opt.seconds > 0 && limit_opt.maintain > 0) ? 0 : -1;
}


static void
main_sleep(double seconds)
{
    struct timespec  ts = { (time_t) seconds, (long) ((seconds - (double) (time_t) seconds) * 1e9) };

    nanosleep(&ts, NULL);
}


static void
main_print(double seconds, double cpu)
{
    int            i;
    limit_count_t  sum = { 0 }, all = { 0 };

    for (i = 0; i < limit_opt.connections; i++) {
        sum.stored += main_workers[i].window.stored;
        sum.batches += main_workers[i].window.batches;
        sum.cursors += main_workers[i].window.cursors;
        sum.calls += main_workers[i].window.calls;
        all.stored += main_workers[i].all.stored;
        all.reruns += main_workers[i].all.reruns;
    }

    printf("{\"scenario\": \"limit\", \"connections\": %d, \"conversations\": %d, \"size\": %d, \"batch\": %d, "
           "\"run\": %d, \"apart\": %s, \"seconds\": %.3f, \"stored\": %" PRIu64 ", \"stored_per_s\": %.1f, \"batches\": %" PRIu64
           ", \"cursors\": %" PRIu64 ", \"ack_calls\": %" PRIu64 ", \"reruns\": %" PRIu64 ", \"stored_all\": %" PRIu64
           ", \"generator_cpu\": %.3f, \"void\": false}\n",
           limit_opt.connections, limit_nconversations, limit_opt.size, limit_opt.batch, limit_opt.run,
           limit_opt.apart ? "true" : "false", seconds, sum.stored, (double) sum.stored / seconds, sum.batches,
           sum.cursors, sum.calls, all.reruns, all.stored, cpu / seconds);
}


int
main(int argc, char **argv)
{
    int        i;
    double     begun, cpu;
    pthread_t  threads[LIMIT_THREADS], upkeep[LIMIT_THREADS];

    setvbuf(stderr, NULL, _IONBF, 0);

    if (sodium_init() < 0 || main_read_options(argc, argv) != 0) {
        fprintf(stderr, "usage: limit --database CONNINFO --sessions FILE --conversations FILE …\n"
                        "       (README.md has all options)\n");
        return 2;
    }

    randombytes_buf(&limit_seed, sizeof(limit_seed));
    main_read();
    main_divide();

    for (i = 0; i < limit_opt.connections; i++) {
        main_workers[i].number = i;
        limit_worker_init(&main_workers[i]);
    }

    for (i = 0; i < limit_opt.connections; i++) {
        if (pthread_create(&threads[i], NULL, limit_worker_run, &main_workers[i]) != 0
            || pthread_create(&upkeep[i], NULL, limit_maintain_run, NULL) != 0)
        {
            limit_failed("no thread");
        }
    }

    main_sleep(limit_opt.warm);

    begun = limit_clock();
    cpu = main_cpu();
    fprintf(stderr, "window start %.6f\n", begun);
    limit_phase = 1;
    main_sleep(limit_opt.seconds);
    limit_phase = 2;
    begun = limit_clock() - begun;
    cpu = main_cpu() - cpu;
    fprintf(stderr, "window end %.6f\n", limit_clock());

    for (i = 0; i < limit_opt.connections; i++) {
        pthread_join(threads[i], NULL);
        pthread_join(upkeep[i], NULL);
        PQfinish(main_workers[i].pg);
    }

    main_print(begun, cpu);

    return 0;
}
