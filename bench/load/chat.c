/* ngx_chat: the socket of docs/asyncapi.yaml. */

#include "load.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define CHAT_HANDSHAKE  0
#define CHAT_HELLO      1
#define CHAT_RESUME     2
#define CHAT_LIVE       3

#define CHAT_CURSORS    256
#define CHAT_FIRST      2               /* smaller ids are not of messages */

static char  chat_epoch[40];


static void
chat_open(load_conn_t *c)
{
    load_ws_handshake(c, load_opt.path ? load_opt.path : "/api/v1/socket", load_users[c->user].secret);
}


static void
chat_frame(load_conn_t *c, int opcode, const char *text, size_t len)
{
    char  *p;

    p = load_ws_begin(c, opcode, len);

    if (p != NULL) {
        memcpy(p, text, len);
        load_ws_end(c, p, len);
    }
}


/* after hello: what is stored here, whatever the server knows of it */

static void
chat_resume(load_conn_t *c)
{
    int            i, n, told;
    char           text[16384];
    load_user_t   *u = &load_users[c->user];

    n = snprintf(text, sizeof(text), "{\"id\":1,\"op\":\"resume\",\"log_epoch\":\"%s\",\"cursors\":{", chat_epoch);

    for (told = 0, i = 0; i < u->nmember && told < CHAT_CURSORS; i++) {
        u->member[i]->queued = 0;

        if (u->member[i]->seq > 0) {
            n += snprintf(text + n, sizeof(text) - (size_t) n, "%s\"%s\":%" PRIu64, told++ ? "," : "",
                          load_conversations[u->member[i]->conversation].id, u->member[i]->seq);
        }
    }

    n += snprintf(text + n, sizeof(text) - (size_t) n, "}}");
    chat_frame(c, 1, text, (size_t) n);
}


static void
chat_ack(load_conn_t *c)
{
    int             i, n;
    char            text[16384];
    load_member_t  *m;

    n = snprintf(text, sizeof(text), "{\"op\":\"ack\",\"cursors\":{");

    for (i = 0; i < c->nack && i < CHAT_CURSORS; i++) {
        m = c->ack[i];
        m->queued = 0;
        m->told = m->seq;
        n += snprintf(text + n, sizeof(text) - (size_t) n, "%s\"%s\":%" PRIu64, i ? "," : "",
                      load_conversations[m->conversation].id, m->seq);
    }

    n += snprintf(text + n, sizeof(text) - (size_t) n, "}}");
    chat_frame(c, 1, text, (size_t) n);

    memmove(c->ack, c->ack + i, (size_t) (c->nack - i) * sizeof(load_member_t *));
    c->nack -= i;
    c->unacked = 0;

    if (c->nack > 0) {
        load_ack_soon(c);
    }
}


/* One message has one id however often it is sent: made of what it is. */

static void
chat_send(load_conn_t *c, load_sender_t *s, uint32_t number, const char *payload, size_t len)
{
    int        n;
    char       head[512], *p;
    uint64_t   id, a;

    id = (uint64_t) ((uint32_t) s->conversation * LOAD_SENDERS + s->slot + CHAT_FIRST) << 32 | number;
    a = (load_opt.seed ^ (uint64_t) s->conversation * LOAD_SENDERS) + s->slot;

    n = snprintf(head, sizeof(head),
                 "{\"id\":%" PRIu64 ",\"op\":\"entry_send\",\"conversation\":\"%s\","
                 "\"client_id\":\"%08x-%04x-7%03x-8%03x-%04x%08x\",\"size\":%zu}",
                 id, load_conversations[s->conversation].id, number, (unsigned) (a & 0xffff),
                 (unsigned) (a >> 16 & 0xfff), (unsigned) (a >> 28 & 0xfff), (unsigned) (a >> 40 & 0xffff),
                 (unsigned) (a >> 32), len);

    p = load_ws_begin(c, 2, 4 + (size_t) n + len);

    if (p == NULL) {
        return;
    }

    p[0] = p[1] = 0;
    p[2] = (char) (n >> 8);
    p[3] = (char) n;
    memcpy(p + 4, head, (size_t) n);
    memcpy(p + 4 + n, payload, len);
    load_ws_end(c, p, 4 + (size_t) n + len);
}


/* the number after "key": in a header; 0 if it is not there */

static uint64_t
chat_number(const char *text, size_t len, const char *key)
{
    const char  *p;
    uint64_t     n = 0;
    size_t       klen = strlen(key);

    p = memmem(text, len, key, klen);

    if (p == NULL) {
        return 0;
    }

    for (p += klen; p < text + len && *p >= '0' && *p <= '9'; p++) {
        n = n * 10 + (uint64_t) (*p - '0');
    }

    return n;
}


static void
chat_answer(load_conn_t *c, const char *text, size_t len)
{
    uint64_t     id;
    const char  *code;

    id = chat_number(text, len, "\"re\":");

    if (id >> 32 < CHAT_FIRST) {
        if (memmem(text, len, "\"problem\"", 9) != NULL) {
            load_failed("refused: %.*s", (int) (len < 200 ? len : 200), text);
        }

        return;                         /* of resume */
    }

    id -= (uint64_t) CHAT_FIRST << 32;

    if (memmem(text, len, "\"ok\":", 5) != NULL) {
        load_accepted(c, (uint32_t) (id >> 33), (uint32_t) (id >> 32 & 1), (uint32_t) id,
                      chat_number(text, len, "\"seq\":"));
        return;
    }

    code = memmem(text, len, "\"retryable\":true", 16);
    load_stat.problems++;

    if (code != NULL && load_opt.reconnect) {
        load_refused(c, (uint32_t) (id >> 33), (uint32_t) (id >> 32 & 1), (uint32_t) id, "");
        return;
    }

    load_failed("refused: %.*s", (int) (len < 200 ? len : 200), text);
}


static void
chat_text(load_conn_t *c, char *text, size_t len)
{
    char  *p;

    if (len > 6 && memcmp(text, "{\"re\":", 6) == 0) {
        chat_answer(c, text, len);
        return;
    }

    if (memmem(text, len < 32 ? len : 32, "\"hello\"", 7) != NULL) {
        p = memmem(text, len, "\"log_epoch\":\"", 13);

        if (p == NULL || p + 13 + 36 > text + len) {
            load_failed("a hello without log_epoch");
            return;
        }

        memcpy(chat_epoch, p + 13, 36);
        c->window = (uint32_t) chat_number(text, len, "\"window\":");
        c->step = CHAT_RESUME;
        chat_resume(c);
        return;
    }

    if (memmem(text, len < 32 ? len : 32, "\"drained\"", 9) != NULL) {
        if (c->step == CHAT_RESUME) {
            c->step = CHAT_LIVE;
            load_ready(c);
        }

        return;
    }

    if (memmem(text, len < 32 ? len : 32, "\"resync\"", 8) != NULL
        || memmem(text, len < 32 ? len : 32, "\"expired\"", 9) != NULL)
    {
        load_failed("%.*s", (int) (len < 200 ? len : 200), text);
    }
}


static void
chat_binary(load_conn_t *c, char *data, size_t len)
{
    size_t                head;
    const unsigned char  *p = (const unsigned char *) data;

    head = (len < 4) ? 0 : ((size_t) p[0] << 24 | (size_t) p[1] << 16 | (size_t) p[2] << 8 | p[3]);

    if (len < 4 || head > len - 4) {
        load_failed("a broken payload frame");
        return;
    }

    if (memmem(data + 4, head < 32 ? head : 32, "\"entry\"", 7) == NULL) {
        load_failed("%.*s", (int) (head < 200 ? head : 200), data + 4);
        return;
    }

    load_message(c, chat_number(data + 4, head, "\"seq\":"), data + 4 + head, len - 4 - head);
}


static long
chat_input(load_conn_t *c, char *data, size_t len)
{
    int      opcode;
    char    *body;
    long     n, used = 0;
    size_t   body_len;

    if (c->step == CHAT_HANDSHAKE) {
        used = load_ws_switched(c, data, len);

        if (used <= 0) {
            return used;
        }

        c->step = CHAT_HELLO;
        c->state = LOAD_OPENING;
    }

    while ((n = load_ws_frame(data + used, len - (size_t) used, &opcode, &body, &body_len)) > 0) {
        used += n;

        switch (opcode) {

        case 1:
            chat_text(c, body, body_len);
            break;

        case 2:
            chat_binary(c, body, body_len);
            break;

        case 8:
            c->status = (body_len >= 2) ? (unsigned char) body[0] << 8 | (unsigned char) body[1] : 1005;
            return -1;

        case 9:
            chat_frame(c, 10, body, body_len);
            break;
        }

        if (c->state == LOAD_CLOSED) {
            return used;
        }
    }

    return (n < 0) ? -1 : used;
}


const load_proto_t  load_proto_chat = {
    "chat", 1, chat_open, chat_input, chat_send, chat_ack
};
