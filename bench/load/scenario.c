/* The scenarios: who connects, who sends, what is measured. */

#include "load.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef struct {
    double  start, end;                 /* seconds since the epoch */
    double  cpu;                        /* of this process in between */
} scenario_window_t;

static scenario_window_t  scenario_window;


static double
scenario_wall(void)
{
    struct timespec  ts;

    clock_gettime(CLOCK_REALTIME, &ts);

    return (double) ts.tv_sec + (double) ts.tv_nsec / 1e9;
}


/* whoever samples the server reads these lines */

static void
scenario_start(void)
{
    scenario_window.start = scenario_wall();
    scenario_window.cpu = load_cpu();
    fprintf(stderr, "window start %.6f\n", scenario_window.start);
}


static void
scenario_end(void)
{
    scenario_window.end = scenario_wall();
    scenario_window.cpu = load_cpu() - scenario_window.cpu;
    fprintf(stderr, "window end %.6f\n", scenario_window.end);
}


static void
scenario_begin_senders(int slots)
{
    int  i, j;

    load_sending = 1;

    for (i = 0; i < load_nconversations; i++) {
        for (j = 0; j < slots && j < load_conversations[i].nmembers; j++) {
            load_on_done(&load_conversations[i].senders[j]);
        }
    }
}


static void
scenario_members(uint8_t *wanted, int from, int to)
{
    int  i, j;

    memset(wanted, 0, (size_t) load_nusers);

    for (i = 0; i < load_nconversations; i++) {
        for (j = from; j < to && j < load_conversations[i].nmembers; j++) {
            wanted[load_conversations[i].members[j].user] = 1;
        }
    }
}


static void
scenario_print(const char *more)
{
    double  s = scenario_window.end - scenario_window.start;

    printf("{\"scenario\": \"%s\", \"protocol\": \"%s\", \"conversations\": %d, \"size\": %d, \"rate\": %g, "
           "\"window\": %d, \"seconds\": %.3f, \"delivered\": %" PRIu64 ", \"delivered_per_s\": %.1f, "
           "\"accepted_per_s\": %.1f, \"generator_cpu\": %.3f, \"start\": %.6f, \"end\": %.6f, "
           "\"again\": %" PRIu64 ", \"reconnects\": %" PRIu64 ", \"refused\": %" PRIu64,
           load_opt.scenario, load_proto->name, load_nconversations, load_opt.size, load_opt.rate,
           load_opt.rate > 0 ? 0 : load_opt.window, s, load_stat.deliveries,
           s > 0 ? (double) load_stat.in_window / s : 0, s > 0 ? (double) load_stat.accepted_window / s : 0,
           s > 0 ? scenario_window.cpu / s : 0, scenario_window.start, scenario_window.end, load_stat.again,
           load_stat.reconnects, load_stat.problems);

    load_hist_print(stdout, "latency_us", &load_stat.latency);
    load_hist_print(stdout, "accept_us", &load_stat.accept);
    load_hist_print(stdout, "opening_us", &load_stat.opening);

    if (load_opt.signin_rate > 0) {
        printf(", \"signins\": %" PRIu64 ", \"signins_ok\": %" PRIu64 ", \"signins_busy\": %" PRIu64,
               load_stat.signins, load_stat.signins_ok, load_stat.signins_busy);
        load_hist_print(stdout, "signin_us", &load_stat.signin);
    }

    printf("%s, \"void\": %s", more, load_void[0] ? "true" : "false");

    if (load_void[0]) {
        char  *p;

        for (p = load_void; *p; p++) {
            *p = (*p == '"' || *p == '\\' || (unsigned char) *p < 32) ? '\'' : *p;
        }

        printf(", \"reason\": \"%s\"", load_void);
    }

    printf("}\n");
}


/* Traffic through the warm-up and the window; a storm within it if one is asked for. */

static void
scenario_traffic(int slots, char *more, size_t size)
{
    int       i, dropped = 0, back = 0, measured = 0;
    double    cpu0;
    uint64_t  drop_at, fell = 0;

    load_now = load_clock();
    load_from = load_now + load_seconds(load_opt.warm);
    load_to = load_from + load_seconds(load_opt.seconds);
    drop_at = load_opt.storm_at > 0 ? load_from + load_seconds(load_opt.storm_at) : UINT64_MAX;
    cpu0 = load_cpu();

    scenario_begin_senders(slots);

    while (load_now < load_to && load_void[0] == '\0') {
        if (!measured && load_now >= load_from) {
            measured = 1;
            scenario_start();
        }

        if (!dropped && load_now >= drop_at) {
            dropped = 1;
            fell = load_now;

            for (i = 0; i < load_nusers; i++) {
                if (load_users[i].conn != NULL) {
                    load_close(load_users[i].conn);
                }

                if (i % 1024 == 1023) {
                    load_turn(load_now);        /* the dead are buried in bounds */
                }
            }
        }

        if (dropped && !back) {
            for (i = 0; i < load_nusers; i++) {
                if (load_users[i].nmember > 0
                    && (load_users[i].conn == NULL || load_users[i].conn->state != LOAD_READY))
                {
                    break;
                }
            }

            if (i == load_nusers) {
                back = 1;
                snprintf(more, size, ", \"storm_s\": %.3f", (double) (load_now - fell) / 1e9);
            }
        }

        load_traffic(measured ? (load_to < drop_at || dropped ? load_to : drop_at) : load_from);
    }

    if (measured) {
        scenario_end();
    }

    (void) cpu0;

    if (dropped && !back) {
        load_failed("not everybody was back when the window ended");
    }

    load_quiesce();
}


static int
scenario_live(int slots)
{
    int       i, j;
    char      more[128] = "";
    uint8_t  *wanted;

    wanted = malloc((size_t) load_nusers);
    if (wanted == NULL) {
        return -1;
    }

    for (i = 0; i < load_opt.slow && i < load_nconversations; i++) {
        load_conversations[i].members[1].slow = 1;
    }

    for (i = 0, j = 0; i < load_nconversations; i++) {
        j = load_conversations[i].nmembers > j ? load_conversations[i].nmembers : j;
    }

    scenario_members(wanted, 0, j);

    if (load_open_all(wanted) == 0) {
        scenario_traffic(slots, more, sizeof(more));
    }

    free(wanted);
    scenario_print(more);

    return 0;
}


static int
scenario_idle(void)
{
    int       i, held = 0;
    char      more[256], byte;
    double    took;
    uint64_t  begun, end;

    load_nusers = load_opt.count > 0 && load_opt.count < load_nusers ? load_opt.count : load_nusers;
    begun = load_clock();

    if (load_open_all(NULL) != 0) {
        scenario_print("");
        return 0;
    }

    took = (double) (load_clock() - begun) / 1e9;
    scenario_start();
    end = load_clock() + load_seconds(load_opt.hold);

    while (load_now < end && load_void[0] == '\0') {
        load_turn(load_now + 100000000);

        if (!held && load_opt.hold >= 3600) {
            held = (read(0, &byte, 1) <= 0);    /* until whoever started this closes its end */
            break;
        }
    }

    scenario_end();

    for (i = 0, held = 0; i < load_nusers; i++) {
        held += (load_users[i].conn != NULL && load_users[i].conn->state == LOAD_READY);
    }

    snprintf(more, sizeof(more), ", \"sockets\": %d, \"opened_in_s\": %.3f, \"opened_per_s\": %.1f", held, took,
             load_nusers / took);
    scenario_print(more);

    return 0;
}


static int
scenario_offline(void)
{
    char      more[256];
    double    stored, drained;
    uint8_t  *wanted;
    uint64_t  begun;

    wanted = malloc((size_t) load_nusers);
    if (wanted == NULL) {
        return -1;
    }

    load_absent = 1;
    load_quota = load_opt.messages / load_nconversations;
    scenario_members(wanted, 0, 1);

    if (load_open_all(wanted) != 0) {
        scenario_print("");
        return 0;
    }

    begun = load_clock();
    scenario_begin_senders(1);

    for ( ;; ) {
        int       i;
        uint64_t  left = 0;

        for (i = 0; i < load_nconversations; i++) {
            left += (uint64_t) load_quota - load_conversations[i].senders[0].accepted;
        }

        if (left == 0 || load_void[0] != '\0') {
            break;
        }

        if (load_now > begun + load_seconds(load_opt.grace * 4)) {
            load_failed("%" PRIu64 " messages were not accepted in time", left);
            break;
        }

        load_traffic(load_now + 10000000);
    }

    stored = (double) (load_clock() - begun) / 1e9;
    load_sending = 0;

    /* the absent come back */

    scenario_members(wanted, 1, 2);
    scenario_start();
    begun = load_clock();
    load_from = begun;
    load_to = begun + load_seconds(3600);

    (void) load_open_all(wanted);

    while (load_behind() > 0 && load_void[0] == '\0' && load_now < begun + load_seconds(load_opt.grace * 4)) {
        load_traffic(load_now + 1000000);
    }

    drained = (double) (load_clock() - begun) / 1e9;
    load_to = load_clock();
    scenario_end();
    load_quiesce();
    free(wanted);

    snprintf(more, sizeof(more), ", \"entries\": %d, \"stored_per_s\": %.1f, \"drained_in_s\": %.3f, "
             "\"drained_per_s\": %.1f", load_quota * load_nconversations,
             load_quota * load_nconversations / stored, drained, load_quota * load_nconversations / drained);
    scenario_print(more);

    return 0;
}


int
load_scenario(void)
{
    if (strcmp(load_opt.scenario, "pairs") == 0) {
        return scenario_live(LOAD_SENDERS);
    }

    if (strcmp(load_opt.scenario, "fanout") == 0) {
        return scenario_live(1);
    }

    if (strcmp(load_opt.scenario, "idle") == 0) {
        return scenario_idle();
    }

    if (strcmp(load_opt.scenario, "offline") == 0) {
        return scenario_offline();
    }

    fprintf(stderr, "load: no scenario \"%s\": pairs, fanout, idle, offline\n", load_opt.scenario);

    return -1;
}
