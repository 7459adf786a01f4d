/*
 * Nchan: a socket subscribes to one channel and publishes into another.  There is
 * no answer to a publication: it counts as accepted when it is written.
 */

#include "load.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>


/* of a pair: my channel, my peer's; of a larger conversation: its own for both */

static void
nchan_open(load_conn_t *c)
{
    char                  path[256];
    load_user_t          *u = &load_users[c->user];
    load_conversation_t  *v;

    if (u->nmember == 0) {
        snprintf(path, sizeof(path), "/channel?sub=%s&pub=%s", u->name, u->name);

    } else {
        v = &load_conversations[u->member[0]->conversation];

        if (v->nmembers == 2) {
            snprintf(path, sizeof(path), "/channel?sub=%s&pub=%s", u->name,
                     load_users[v->members[v->members[0].user == c->user].user].name);

        } else {
            snprintf(path, sizeof(path), "/channel?sub=%s&pub=%s", v->id, v->id);
        }
    }

    load_ws_handshake(c, path, NULL);
}


static void
nchan_send(load_conn_t *c, load_sender_t *s, uint32_t number, const char *payload, size_t len)
{
    char  *p;

    p = load_ws_begin(c, 1, len);

    if (p != NULL) {
        memcpy(p, payload, len);
        load_ws_end(c, p, len);
        load_accepted(c, (uint32_t) s->conversation, s->slot, number, 0);
    }
}


static long
nchan_input(load_conn_t *c, char *data, size_t len)
{
    int      opcode, one = 1;
    char    *body, *p;
    long     n, used = 0;
    size_t   body_len;

    /* it leaves Nagle on: an answer by the kernel at once keeps that from counting */

    if (load_opt.quickack) {
        setsockopt(c->fd, IPPROTO_TCP, TCP_QUICKACK, &one, sizeof(one));
    }

    if (c->step == 0) {
        used = load_ws_switched(c, data, len);

        if (used <= 0) {
            return used;
        }

        c->step = 1;
        load_ready(c);
    }

    while ((n = load_ws_frame(data + used, len - (size_t) used, &opcode, &body, &body_len)) > 0) {
        used += n;

        switch (opcode) {

        case 1:
        case 2:
            load_message(c, 0, body, body_len);
            break;

        case 8:
            return -1;

        case 9:
            p = load_ws_begin(c, 10, body_len);

            if (p != NULL) {
                memcpy(p, body, body_len);
                load_ws_end(c, p, body_len);
            }

            break;
        }

        if (c->state == LOAD_CLOSED) {
            return used;
        }
    }

    return (n < 0) ? -1 : used;
}


const load_proto_t  load_proto_nchan = {
    "nchan", 0, nchan_open, nchan_input, nchan_send, NULL
};
