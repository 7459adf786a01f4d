/*
 * Who sent what and who got it.  Every payload says whose it is, its number and when
 * it was due; each member must get the numbers of each sender without a gap, once
 * and in order, and the log's numbers likewise.  Anything else makes the run void.
 */

#include "load.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define LOAD_HEAD  "ngxchat %08x %x %08x %016" PRIx64 " %016" PRIx64 " "

load_user_t          *load_users;
int                   load_nusers;
load_conversation_t  *load_conversations;
int                   load_nconversations;
uint64_t              load_from, load_to;
int                   load_absent;
char                  load_void[256];


void
load_failed(const char *fmt, ...)
{
    va_list  args;

    if (load_void[0] != '\0') {
        return;                         /* the first reason tells most */
    }

    va_start(args, fmt);
    vsnprintf(load_void, sizeof(load_void), fmt, args);
    va_end(args);

    fprintf(stderr, "void: %s\n", load_void);
}


/* "name <tab> secret" a line */

int
load_read_users(const char *file)
{
    int           cap = 0;
    char          line[1024], *tab, *end;
    FILE         *in;
    load_user_t  *p;

    in = fopen(file, "r");
    if (in == NULL) {
        return -1;
    }

    while (fgets(line, sizeof(line), in)) {
        tab = strchr(line, '\t');
        end = strpbrk(tab ? tab + 1 : line, "\t\r\n");

        if (tab == NULL || end == NULL) {
            fclose(in);
            return -1;
        }

        *tab = *end = '\0';

        if (load_nusers == cap) {
            cap = cap ? cap * 2 : 1024;
            p = realloc(load_users, (size_t) cap * sizeof(load_user_t));

            if (p == NULL) {
                fclose(in);
                return -1;
            }

            load_users = p;
        }

        p = &load_users[load_nusers++];
        memset(p, 0, sizeof(load_user_t));
        p->name = strdup(line);
        p->secret = strdup(tab + 1);
    }

    fclose(in);

    return 0;
}


static int
load_hex(int c)
{
    return (c >= '0' && c <= '9') ? c - '0' : (c >= 'a' && c <= 'f') ? c - 'a' + 10 : -1;
}


static int
load_conversation(load_conversation_t *v, int number, char *line)
{
    int             i, n, user;
    char           *p, *end;
    load_user_t    *u;
    load_member_t  *m, **list;

    p = strchr(line, '\t');

    if (p == NULL || (size_t) (p - line) >= sizeof(v->id)) {
        return -1;
    }

    memcpy(v->id, line, (size_t) (p - line));

    for (i = 0, n = 0; v->id[i] && n < 16; i++) {
        if (v->id[i] != '-') {
            v->uuid[n++] = (uint8_t) (load_hex(v->id[i]) << 4 | load_hex(v->id[i + 1]));
            i++;
        }
    }

    for (n = 1, end = p; (end = strchr(end, ',')) != NULL; end++) {
        n++;
    }

    v->members = calloc((size_t) n, sizeof(load_member_t));

    for (i = 0; v->members != NULL && i < n; i++) {
        user = (int) strtol(p + 1, &end, 10);

        if (end == p + 1 || user < 0 || user >= load_nusers) {
            return -1;
        }

        p = end;
        m = &v->members[i];
        m->conversation = number;
        m->user = user;

        u = &load_users[user];
        list = realloc(u->member, (size_t) (u->nmember + 1) * sizeof(load_member_t *));

        if (list == NULL) {
            return -1;
        }

        u->member = list;
        u->member[u->nmember++] = m;

        if (i < LOAD_SENDERS) {
            v->senders[i].conversation = number;
            v->senders[i].user = user;
            v->senders[i].slot = (uint32_t) i;
        }
    }

    v->nmembers = n;

    return v->members ? 0 : -1;
}


/* "id <tab> user,user,…" a line: indexes into the users' file */

int
load_read_conversations(const char *file)
{
    int                   cap = 0, rc = 0;
    char                 *line = NULL;
    FILE                 *in;
    size_t                size = 0;
    load_conversation_t  *p;

    in = fopen(file, "r");
    if (in == NULL) {
        return -1;
    }

    while (rc == 0 && getline(&line, &size, in) > 0) {
        if (load_nconversations == cap) {
            cap = cap ? cap * 2 : 1024;
            p = realloc(load_conversations, (size_t) cap * sizeof(load_conversation_t));

            if (p == NULL) {
                rc = -1;
                break;
            }

            load_conversations = p;
        }

        p = &load_conversations[load_nconversations];
        memset(p, 0, sizeof(load_conversation_t));
        rc = load_conversation(p, load_nconversations++, line);
    }

    free(line);
    fclose(in);

    return rc;
}


load_sender_t *
load_sender(uint32_t conversation, uint32_t slot)
{
    if (conversation >= (uint32_t) load_nconversations || slot >= LOAD_SENDERS
        || (int) slot >= load_conversations[conversation].nmembers)
    {
        return NULL;
    }

    return &load_conversations[conversation].senders[slot];
}


int
load_receivers(load_conversation_t *v)
{
    return load_absent ? 0 : v->nmembers - 1;
}


/* Bytes that only this message has, eight at a time. */

static uint64_t
load_filler(uint64_t *x)
{
    *x ^= *x << 13;
    *x ^= *x >> 7;
    *x ^= *x << 17;

    return (*x & 0x0f0f0f0f0f0f0f0full) + 0x6161616161616161ull;
}


size_t
load_payload(char *p, load_sender_t *s, uint32_t number, uint64_t due)
{
    int       head;
    size_t    i, size = (size_t) load_opt.size;
    uint64_t  x, word;

    head = snprintf(p, LOAD_PAYLOAD_MIN, LOAD_HEAD, (unsigned) s->conversation, s->slot, number, due,
                    load_opt.seed);
    x = load_opt.seed ^ ((uint64_t) number << 24 ^ (uint64_t) s->conversation << 2 ^ s->slot ^ 0x9e3779b97f4a7c15ull);

    for (i = (size_t) head; i < size; i += 8) {
        word = load_filler(&x);
        memcpy(p + i, &word, size - i < 8 ? size - i : 8);
    }

    return size;
}


static int
load_filled(const char *p, size_t head, size_t size, uint32_t conversation, uint32_t slot, uint32_t number)
{
    size_t    i;
    uint64_t  x, word;

    x = load_opt.seed ^ ((uint64_t) number << 24 ^ (uint64_t) conversation << 2 ^ slot ^ 0x9e3779b97f4a7c15ull);

    for (i = head; i < size; i += 8) {
        word = load_filler(&x);

        if (memcmp(p + i, &word, size - i < 8 ? size - i : 8) != 0) {
            return 0;
        }
    }

    return 1;
}


/* The next message of a sender gets its place; NULL: too many wait. */

load_pending_t *
load_pend(load_sender_t *s, uint64_t due)
{
    uint32_t         i, cap;
    load_pending_t  *p;

    if (s->sent - s->done_to >= s->cap) {
        cap = s->cap ? s->cap * 2 : 64;
        p = (cap <= LOAD_PENDING_MAX) ? calloc(cap, sizeof(load_pending_t)) : NULL;

        if (p == NULL) {
            load_failed("over %d messages of one sender wait", LOAD_PENDING_MAX);
            return NULL;
        }

        for (i = s->done_to + 1; i <= s->sent; i++) {
            p[i % cap] = s->pending[i % s->cap];
        }

        free(s->pending);
        s->pending = p;
        s->cap = cap;
    }

    s->sent++;
    p = &s->pending[s->sent % s->cap];
    memset(p, 0, sizeof(load_pending_t));
    p->due = due;
    p->number = s->sent;

    return p;
}


static void
load_settle(load_sender_t *s)
{
    uint32_t              before = s->done_to;
    load_pending_t       *p;
    load_conversation_t  *v = &load_conversations[s->conversation];

    while (s->done_to < s->sent) {
        p = &s->pending[(s->done_to + 1) % s->cap];

        if (!p->accepted || (int) p->receivers < load_receivers(v)) {
            break;
        }

        s->done_to++;
    }

    if (s->done_to != before) {
        load_on_done(s);
    }
}


/* the answer and the sender's own copy must say the same number of the log */

static void
load_same_seq(load_sender_t *s, load_pending_t *p, uint64_t seq)
{
    if (seq == 0) {
        return;
    }

    if (p->seq != 0 && p->seq != seq) {
        load_failed("conversation %d, message %u of sender %u: answered as %" PRIu64 ", came as %" PRIu64,
                    s->conversation, p->number, s->slot, p->seq, seq);
    }

    p->seq = seq;
}


void
load_accepted(load_conn_t *c, uint32_t conversation, uint32_t slot, uint32_t number, uint64_t seq)
{
    load_sender_t   *s;
    load_pending_t  *p;

    (void) c;
    s = load_sender(conversation, slot);

    if (s == NULL || number == 0 || number > s->sent) {
        load_failed("an answer to a message that was never sent");
        return;
    }

    p = (s->cap > 0) ? &s->pending[number % s->cap] : NULL;

    if (number <= s->done_to || p == NULL || p->number != number || p->accepted) {
        if (!load_opt.reconnect) {
            load_failed("a message was answered twice");
        }

        return;
    }

    p->accepted = 1;
    s->accepted++;
    load_same_seq(s, p, seq);

    if (load_now >= load_from && load_now < load_to) {
        load_stat.accepted_window++;
    }

    if (p->due >= load_from && p->due < load_to) {
        load_hist_add(&load_stat.accept, load_now > p->due ? load_now - p->due : 0);
    }

    load_settle(s);
}


static int
load_seen(load_member_t *m, uint32_t slot, uint32_t number)
{
    uint32_t  cap;
    uint8_t  *p;

    if (number / 8 >= m->seen_cap[slot]) {
        for (cap = 256; cap <= number / 8; cap *= 2) { /* void */ }
        p = realloc(m->seen[slot], cap);

        if (p == NULL) {
            load_failed("no memory");
            return 1;
        }

        memset(p + m->seen_cap[slot], 0, cap - m->seen_cap[slot]);
        m->seen[slot] = p;
        m->seen_cap[slot] = cap;
    }

    if (m->seen[slot][number / 8] & 1 << number % 8) {
        return 1;
    }

    m->seen[slot][number / 8] |= (uint8_t) (1 << number % 8);

    return 0;
}


/*
 * Without new connections numbers come in order.  With them a sender may repeat what
 * wasn't answered after later ones, so each must come once.  0: not to be counted.
 */

static int
load_in_order(load_member_t *m, uint32_t slot, uint32_t number)
{
    if (load_opt.reconnect) {
        if (load_seen(m, slot, number)) {
            load_failed("conversation %d: user %d got message %u of sender %u twice under different numbers",
                        m->conversation, m->user, number, slot);
            return 0;
        }

        m->got[slot] = number > m->got[slot] ? number : m->got[slot];

    } else {
        if (number != m->got[slot] + 1) {
            load_failed("conversation %d: user %d got message %u of sender %u after %u",
                        m->conversation, m->user, number, slot, m->got[slot]);
            return 0;
        }

        m->got[slot] = number;
    }

    m->count[slot]++;

    return 1;
}


static load_member_t *
load_member_of(int user, uint32_t conversation)
{
    int  i;

    for (i = 0; i < load_users[user].nmember; i++) {
        if (load_users[user].member[i]->conversation == (int) conversation) {
            return load_users[user].member[i];
        }
    }

    return NULL;
}


/* 1: new; 0: had it, or void */

static int
load_in_log(load_conn_t *c, load_member_t *m, uint64_t seq)
{
    if (!c->proto->has_seq) {
        return 1;
    }

    if (seq <= m->seq) {
        if (load_opt.reconnect) {
            load_stat.again++;          /* nothing that was answered covered it */

        } else {
            load_failed("conversation %d: user %d got %" PRIu64 " after %" PRIu64,
                        m->conversation, m->user, seq, m->seq);
        }

        return 0;
    }

    if (m->seq != 0 && seq != m->seq + 1) {
        load_failed("conversation %d: user %d got %" PRIu64 " after %" PRIu64,
                    m->conversation, m->user, seq, m->seq);
        return 0;
    }

    m->seq = seq;

    return 1;
}


static void
load_to_acknowledge(load_conn_t *c, load_member_t *m)
{
    load_member_t  **p;

    if (c->proto->ack == NULL) {
        return;
    }

    if (!m->queued) {
        if (c->nack == c->ack_cap) {
            c->ack_cap = c->ack_cap ? c->ack_cap * 2 : 1;
            p = realloc(c->ack, (size_t) c->ack_cap * sizeof(load_member_t *));

            if (p == NULL) {
                load_failed("no memory");
                return;
            }

            c->ack = p;
        }

        m->queued = 1;
        c->ack[c->nack++] = m;
    }

    if (++c->unacked * 2 >= c->window && c->window > 0) {
        c->proto->ack(c);

    } else {
        load_ack_soon(c);
    }
}


void
load_message(load_conn_t *c, uint64_t seq, const char *payload, size_t len)
{
    int              head = 0;
    char             text[LOAD_PAYLOAD_MIN];
    uint32_t         slot, number;
    unsigned         conversation;
    uint64_t         due, seed;
    load_member_t   *m;
    load_sender_t   *s;
    load_pending_t  *p;

    memcpy(text, payload, len < sizeof(text) - 1 ? len : sizeof(text) - 1);
    text[len < sizeof(text) - 1 ? len : sizeof(text) - 1] = '\0';

    if (sscanf(text, "ngxchat %8x %x %8x %16" SCNx64 " %16" SCNx64 " %n", &conversation, &slot, &number, &due,
               &seed, &head) != 5
        || head == 0 || seed != load_opt.seed)
    {
        return;                         /* of an earlier run, or the seed's */
    }

    s = load_sender(conversation, slot);
    m = s ? load_member_of(c->user, conversation) : NULL;

    if (m == NULL || number == 0 || number > s->sent) {
        load_failed("a message that nobody sent, or to somebody else");
        return;
    }

    if (len != (size_t) load_opt.size
        || !load_filled(payload, (size_t) head, len, conversation, slot, number))
    {
        load_failed("conversation %u: message %u of sender %u came with other bytes", conversation, number, slot);
        return;
    }

    if (!load_in_log(c, m, seq) || !load_in_order(m, slot, number)) {
        return;
    }

    load_to_acknowledge(c, m);

    p = (number > s->done_to && s->cap > 0) ? &s->pending[number % s->cap] : NULL;

    if (p != NULL && p->number != number) {
        p = NULL;
    }

    if (m->user == s->user) {
        if (p != NULL) {
            load_same_seq(s, p, seq);
        }

        return;
    }

    load_stat.deliveries++;

    if (load_now >= load_from && load_now < load_to) {
        load_stat.in_window++;
    }

    if (due >= load_from && due < load_to && !m->slow) {
        load_hist_add(&load_stat.latency, load_now > due ? load_now - due : 0);
    }

    if (p != NULL) {
        p->receivers++;
        load_settle(s);
    }
}


/* messages times receivers that are still to come, and answers */

static uint64_t
load_missing(uint64_t *answers, uint64_t *own)
{
    int                   i, j, k;
    uint64_t              n = 0;
    load_conversation_t  *v;

    *answers = *own = 0;

    for (i = 0; i < load_nconversations; i++) {
        v = &load_conversations[i];

        for (j = 0; j < LOAD_SENDERS && j < v->nmembers; j++) {
            *answers += v->senders[j].sent - v->senders[j].accepted;

            for (k = 0; k < v->nmembers; k++) {
                if (k != j) {
                    n += v->senders[j].sent - v->members[k].count[j];

                } else if (load_proto->has_seq) {
                    *own += v->senders[j].sent - v->members[k].count[j];
                }
            }
        }
    }

    return n;
}


uint64_t
load_behind(void)
{
    uint64_t  answers, own;

    return load_missing(&answers, &own) + answers + own;
}


void
load_check_all(void)
{
    uint64_t  n, answers, own;

    n = load_missing(&answers, &own);

    if (n + answers + own > 0) {
        load_failed("%" PRIu64 " messages, %" PRIu64 " copies for their senders and %" PRIu64
                    " answers did not come", n, own, answers);
    }
}
