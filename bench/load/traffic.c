/* Connections of users, made anew when they end, and the two ways to send: by a clock or by what came back. */

#include "load.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#define TRAFFIC_AGAIN   200000000u      /* ns until what was refused is sent again */
#define TRAFFIC_TICK    20000000u
#define TRAFFIC_BACK    250000000u      /* ns within which clients come back */
#define TRAFFIC_AGAINS  65536

typedef struct {
    uint64_t  at;
    uint32_t  conversation, slot, number;
} traffic_again_t;

int  load_sending, load_quota;

static uint64_t         traffic_state;
static uint64_t        *traffic_closed;             /* when a user is connected again; 0: not */
static int              traffic_nclosed;
static uint64_t         traffic_next, traffic_signin, traffic_tick, traffic_slow;
static traffic_again_t  traffic_agains[TRAFFIC_AGAINS];
static unsigned         traffic_again_head, traffic_again_tail;

static void traffic_send(load_sender_t *s, uint32_t number);


uint64_t
load_random(void)
{
    uint64_t  x;

    if (traffic_state == 0) {
        traffic_state = load_opt.seed | 1;
    }

    x = traffic_state += 0x9e3779b97f4a7c15ull;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
    x = (x ^ x >> 27) * 0x94d049bb133111ebull;

    return x ^ x >> 31;
}


uint64_t
load_seconds(double s)
{
    return (uint64_t) (s * 1e9);
}


double
load_cpu(void)
{
    struct rusage  ru;

    getrusage(RUSAGE_SELF, &ru);

    return (double) (ru.ru_utime.tv_sec + ru.ru_stime.tv_sec)
           + (double) (ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) / 1e6;
}


void
load_user_open(int user)
{
    int           i, small = 4096;
    load_conn_t  *c;

    c = load_connect(user, load_proto);

    if (c == NULL) {
        return;
    }

    load_users[user].conn = c;

    for (i = 0; i < load_users[user].nmember; i++) {
        if (load_users[user].member[i]->slow) {
            c->slow = 1;
            setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
        }
    }
}


void
load_on_closed(load_conn_t *c)
{
    int           i;
    load_user_t  *u;

    if (c->proto == &load_proto_signin) {
        return;
    }

    u = &load_users[c->user];

    if (u->conn != c) {
        return;
    }

    u->conn = NULL;

    for (i = 0; i < u->nmember; i++) {
        u->member[i]->queued = 0;
    }

    if (!load_opt.reconnect) {
        load_failed("the connection of %s ended, status %d", u->name, c->status);
        return;
    }

    if (traffic_closed == NULL) {
        traffic_closed = calloc((size_t) load_nusers, sizeof(uint64_t));
    }

    if (traffic_closed != NULL && traffic_closed[c->user] == 0) {
        traffic_closed[c->user] = load_now + load_random() % TRAFFIC_BACK;
        traffic_nclosed++;
    }
}


/* Clients come back at random within a quarter of a second. */

static void
traffic_reconnect(void)
{
    int  i;

    for (i = 0; traffic_nclosed > 0 && i < load_nusers; i++) {
        if (traffic_closed[i] && traffic_closed[i] <= load_now) {
            traffic_closed[i] = 0;
            traffic_nclosed--;
            load_stat.reconnects++;
            load_user_open(i);

            if (load_users[i].conn == NULL) {
                traffic_closed[i] = load_now + TRAFFIC_BACK;
                traffic_nclosed++;
            }
        }
    }
}


/* Signed in and level: what wasn't answered goes again, in its order. */

void
load_ready(load_conn_t *c)
{
    int             i;
    uint32_t        j;
    load_user_t    *u = &load_users[c->user];
    load_sender_t  *s;

    c->state = LOAD_READY;
    load_stat.ready_all++;
    load_hist_add(&load_stat.opening, load_now - c->due);

    for (i = 0; i < u->nmember; i++) {
        for (j = 0; j < LOAD_SENDERS; j++) {
            s = &load_conversations[u->member[i]->conversation].senders[j];

            if (s->cap == 0 || s->user != c->user
                || (int) j >= load_conversations[u->member[i]->conversation].nmembers)
            {
                continue;
            }

            for (uint32_t n = s->done_to + 1; n <= s->sent; n++) {
                if (!s->pending[n % s->cap].accepted) {
                    traffic_send(s, n);
                }
            }
        }
    }

    if (c->slow) {
        load_mute(c, 1);
    }
}


static void
traffic_send(load_sender_t *s, uint32_t number)
{
    size_t            len;
    load_conn_t      *c;
    static char       payload[LOAD_PAYLOAD_MAX + 8];

    c = load_users[s->user].conn;

    if (c == NULL || c->state != LOAD_READY) {
        return;                         /* it goes when the connection is ready */
    }

    len = load_payload(payload, s, number, s->pending[number % s->cap].due);
    c->proto->send(c, s, number, payload, len);
}


void
load_send_next(load_sender_t *s, uint64_t due)
{
    if (load_pend(s, due) != NULL) {
        traffic_send(s, s->sent);
    }
}


void
load_refused(load_conn_t *c, uint32_t conversation, uint32_t slot, uint32_t number, const char *why)
{
    traffic_again_t  *a;

    (void) c;

    if (traffic_again_tail - traffic_again_head == TRAFFIC_AGAINS) {
        load_failed("over %d messages were refused at once: %s", TRAFFIC_AGAINS, why);
        return;
    }

    a = &traffic_agains[traffic_again_tail++ % TRAFFIC_AGAINS];
    a->at = load_now + TRAFFIC_AGAIN;
    a->conversation = conversation;
    a->slot = slot;
    a->number = number;
}


static void
traffic_again(void)
{
    load_sender_t    *s;
    traffic_again_t  *a;

    while (traffic_again_head != traffic_again_tail) {
        a = &traffic_agains[traffic_again_head % TRAFFIC_AGAINS];

        if (a->at > load_now) {
            return;
        }

        traffic_again_head++;
        s = load_sender(a->conversation, a->slot);

        if (s != NULL && s->cap > 0 && a->number > s->done_to && a->number <= s->sent
            && !s->pending[a->number % s->cap].accepted)
        {
            traffic_send(s, a->number);
        }
    }
}


/* The closed loop: `window` messages of each sender are on their way. */

void
load_on_done(load_sender_t *s)
{
    if (load_opt.rate > 0) {
        return;
    }

    while (load_sending && load_void[0] == '\0' && s->sent - s->done_to < (uint32_t) load_opt.window
           && (load_quota == 0 || s->sent < (uint32_t) load_quota))
    {
        load_send_next(s, load_now);
    }
}


static double
traffic_interval(double rate)
{
    return -log(1 - (double) (load_random() >> 11) / 9007199254740992.0) / rate * 1e9;
}


/* The open loop: arrivals by Poisson, whoever is behind. */

static void
traffic_arrivals(void)
{
    int                   slots;
    load_conversation_t  *v;

    if (traffic_next == 0) {
        traffic_next = load_now;
    }

    while (load_sending && traffic_next <= load_now && load_void[0] == '\0') {
        v = &load_conversations[load_random() % (uint64_t) load_nconversations];
        slots = (strcmp(load_opt.scenario, "fanout") == 0) ? 1 : LOAD_SENDERS;
        load_send_next(&v->senders[load_random() % (uint64_t) slots], traffic_next);
        traffic_next += (uint64_t) traffic_interval(load_opt.rate);
    }
}


static void
traffic_signins(void)
{
    if (traffic_signin == 0) {
        traffic_signin = load_now;
    }

    while (load_sending && traffic_signin <= load_now) {
        load_signin_begin();
        traffic_signin += (uint64_t) traffic_interval(load_opt.signin_rate);
    }
}


/* Slow readers take one buffer when they may. */

void
load_slow_readers(void)
{
    int           i;
    load_conn_t  *c;

    if (load_now < traffic_slow) {
        return;
    }

    traffic_slow = load_now + (uint64_t) (4096.0 / (double) load_opt.slow_rate * 1e9);

    for (i = 0; i < load_nusers; i++) {
        c = load_users[i].conn;

        if (c != NULL && c->slow && c->state == LOAD_READY) {
            load_mute(c, 0);
            c->muted = 0;
        }
    }
}


static void
traffic_mute_slow(void)
{
    int           i;
    load_conn_t  *c;

    for (i = 0; i < load_nusers; i++) {
        c = load_users[i].conn;

        if (c != NULL && c->slow && c->state == LOAD_READY) {
            load_mute(c, 1);
        }
    }
}


/* One turn of the loop with all that is due; returns by `until`. */

void
load_traffic(uint64_t until)
{
    if (load_sending && load_opt.rate > 0) {
        traffic_arrivals();
        until = (traffic_next < until) ? traffic_next : until;
    }

    if (load_sending && load_opt.signin_rate > 0) {
        traffic_signins();
        until = (traffic_signin < until) ? traffic_signin : until;
    }

    if (load_now >= traffic_tick) {
        traffic_tick = load_now + TRAFFIC_TICK;
        traffic_reconnect();
        traffic_again();
    }

    until = (traffic_tick < until) ? traffic_tick : until;

    if (load_opt.slow > 0 && load_sending) {
        load_slow_readers();
        load_turn(until);
        traffic_mute_slow();
        return;
    }

    load_turn(until);
}


/* Everybody wanted, at most load_opt.opening at once. */

int
load_open_all(const uint8_t *wanted)
{
    int       i, next, open, ready;
    uint64_t  end = load_clock() + load_seconds(load_opt.grace + load_nusers / 500.0);

    for (next = 0;; ) {
        for (i = 0, open = 0, ready = 0; i < next; i++) {
            if (wanted == NULL || wanted[i]) {
                open += (load_users[i].conn != NULL && load_users[i].conn->state != LOAD_READY);
                ready += (load_users[i].conn == NULL || load_users[i].conn->state == LOAD_READY);
            }
        }

        if (next == load_nusers && open == 0 && traffic_nclosed == 0) {
            return 0;
        }

        for ( ; next < load_nusers && open < load_opt.opening; next++) {
            if ((wanted == NULL || wanted[next]) && load_users[next].conn == NULL) {
                load_user_open(next);
                open++;
            }
        }

        if (load_void[0] != '\0') {
            return -1;
        }

        if (load_now > end) {
            load_failed("%d connections were not ready in time", open);
            return -1;
        }

        load_traffic(load_now + 2000000);
    }
}


void
load_quiesce(void)
{
    int       i;
    uint64_t  end;

    load_sending = 0;
    end = load_clock() + load_seconds(load_opt.grace);

    for (i = 0; i < load_nusers; i++) {
        if (load_users[i].conn != NULL && load_users[i].conn->muted) {
            load_mute(load_users[i].conn, 0);
        }
    }

    while (load_void[0] == '\0' && load_now < end && load_behind() > 0) {
        load_traffic(load_now + 10000000);
    }

    load_check_all();

    /* the last acknowledgements leave */

    end = load_clock() + (uint64_t) (load_opt.ack_ms + 300) * 1000000;

    while (load_now < end) {
        load_turn(end);
    }
}
