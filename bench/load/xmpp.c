/*
 * XMPP, as a client of ejabberd: SASL PLAIN, a resource, stream management
 * (XEP-0198) with a request for an answer after each message, which is the tick
 * "the server has it".
 */

#include "load.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define XMPP_START      0               /* features of the first stream */
#define XMPP_AUTH       1
#define XMPP_RESTART    2
#define XMPP_BIND       3
#define XMPP_ENABLE     4
#define XMPP_LIVE       5

static const char  xmpp_base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";


static void
xmpp_say(load_conn_t *c, const char *text)
{
    load_write(c, text, strlen(text));
}


static void
xmpp_open(load_conn_t *c)
{
    char  text[256];

    snprintf(text, sizeof(text),
             "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
             "to='%s' version='1.0'>", load_opt.domain);
    xmpp_say(c, text);
}


static void
xmpp_auth(load_conn_t *c)
{
    int             n, i;
    char            plain[256], text[512], *p = text;
    unsigned        w;
    unsigned char  *b = (unsigned char *) plain;

    memset(plain, 0, sizeof(plain));
    n = snprintf(plain + 1, sizeof(plain) - 4, "%s", load_users[c->user].name) + 2;
    n += snprintf(plain + n, sizeof(plain) - (size_t) n - 3, "%s", load_users[c->user].secret);

    p += sprintf(p, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>");

    for (i = 0; i < n; i += 3) {
        w = (unsigned) b[i] << 16 | (i + 1 < n ? (unsigned) b[i + 1] << 8 : 0) | (i + 2 < n ? b[i + 2] : 0);
        *p++ = xmpp_base64[w >> 18];
        *p++ = xmpp_base64[w >> 12 & 63];
        *p++ = (i + 1 < n) ? xmpp_base64[w >> 6 & 63] : '=';
        *p++ = (i + 2 < n) ? xmpp_base64[w & 63] : '=';
    }

    strcpy(p, "</auth>");
    xmpp_say(c, text);
}


static void
xmpp_send(load_conn_t *c, load_sender_t *s, uint32_t number, const char *payload, size_t len)
{
    int                   n;
    char                  head[256];
    load_conversation_t  *v = &load_conversations[s->conversation];

    n = snprintf(head, sizeof(head), "<message to='%s@%s' type='chat' id='%x'><body>",
                 load_users[v->members[!s->slot].user].name, load_opt.domain, number);
    load_write(c, head, (size_t) n);
    load_write(c, payload, len);
    xmpp_say(c, "</body></message><r xmlns='urn:xmpp:sm:3'/>");
}


/* <a h='N'/>: of what was sent since <enable>, the first N; one is the presence */

static void
xmpp_answered(load_conn_t *c, const char *p, size_t len)
{
    uint64_t        h = 0;
    const char     *q;
    load_sender_t  *s;
    load_member_t  *m;

    q = memmem(p, len, "h=", 2);

    for (q = q ? q + 3 : p; q < p + len && *q >= '0' && *q <= '9'; q++) {
        h = h * 10 + (uint64_t) (*q - '0');
    }

    if (load_users[c->user].nmember != 1) {
        return;
    }

    m = load_users[c->user].member[0];
    s = &load_conversations[m->conversation].senders[m == &load_conversations[m->conversation].members[1]];

    /* sent_stanzas: what was accepted before this stream */

    while (h > 1 && s->accepted < c->sent_stanzas + h - 1 && s->accepted < s->sent) {
        load_accepted(c, (uint32_t) s->conversation, s->slot, s->accepted + 1, 0);
    }
}


static void
xmpp_live(load_conn_t *c, const char *p, size_t len)
{
    int          n;
    char         text[64];
    const char  *body, *end;

    if (len > 3 && p[1] == 'r' && p[2] == ' ') {
        n = snprintf(text, sizeof(text), "<a xmlns='urn:xmpp:sm:3' h='%" PRIu64 "'/>", c->stanzas);
        load_write(c, text, (size_t) n);
        return;
    }

    if (p[1] == 'a' && p[2] == ' ') {
        xmpp_answered(c, p, len);
        return;
    }

    c->stanzas++;

    if (len > 8 && memcmp(p, "<message", 8) == 0) {
        if (memmem(p, len, "type='error'", 12) != NULL) {
            load_failed("refused: %.*s", (int) (len < 200 ? len : 200), p);
            return;
        }

        body = memmem(p, len, "<body>", 6);
        end = body ? memmem(body, (size_t) (p + len - body), "</body>", 7) : NULL;

        if (end != NULL) {
            load_message(c, 0, body + 6, (size_t) (end - body - 6));
        }
    }
}


static void
xmpp_stanza(load_conn_t *c, const char *p, size_t len)
{
    switch (c->step) {

    case XMPP_START:
        c->state = LOAD_OPENING;
        c->step = XMPP_AUTH;
        xmpp_auth(c);
        return;

    case XMPP_AUTH:
        if (len < 8 || memcmp(p, "<success", 8) != 0) {
            load_failed("no sign-in: %.*s", (int) (len < 150 ? len : 150), p);
            return;
        }

        c->step = XMPP_RESTART;
        xmpp_open(c);
        return;

    case XMPP_RESTART:
        c->step = XMPP_BIND;
        xmpp_say(c, "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
                    "<resource>load</resource></bind></iq>");
        return;

    case XMPP_BIND:
        c->step = XMPP_ENABLE;
        xmpp_say(c, "<enable xmlns='urn:xmpp:sm:3'/><presence/>");
        return;

    case XMPP_ENABLE:
        if (len > 8 && memcmp(p, "<enabled", 8) == 0) {
            c->step = XMPP_LIVE;
            c->stanzas = 0;

            if (load_users[c->user].nmember == 1) {
                load_member_t  *m = load_users[c->user].member[0];

                c->sent_stanzas = load_conversations[m->conversation]
                                  .senders[m == &load_conversations[m->conversation].members[1]].accepted;
            }

            load_ready(c);
            return;
        }

        load_failed("no stream management: %.*s", (int) (len < 150 ? len : 150), p);
        return;

    default:
        xmpp_live(c, p, len);
        return;
    }
}


/* The end of the tag that begins at p, past its '>'; NULL: more to come. */

static const char *
xmpp_tag(const char *p, const char *end)
{
    const char  *q;

    q = memchr(p, '>', (size_t) (end - p));     /* no attribute of these servers holds one */

    return q ? q + 1 : NULL;
}


/* One element under the stream whole; NULL: more to come. */

static const char *
xmpp_element(const char *p, const char *end)
{
    int          depth = 0;
    const char  *q;

    for ( ;; ) {
        q = xmpp_tag(p, end);

        if (q == NULL) {
            return NULL;
        }

        if (p[1] == '/') {
            depth--;

        } else if (q[-2] != '/') {
            depth++;
        }

        if (depth <= 0) {
            return q;
        }

        p = memchr(q, '<', (size_t) (end - q));

        if (p == NULL || p + 1 >= end) {
            return NULL;
        }
    }
}


static long
xmpp_input(load_conn_t *c, char *data, size_t len)
{
    const char  *p = data, *q, *end = data + len;

    while (p < end && c->state != LOAD_CLOSED) {
        if (*p != '<') {
            p++;
            continue;
        }

        if (end - p < 2) {
            break;
        }

        if (p[1] == '?' || (end - p > 8 && memcmp(p, "<stream:stream", end - p < 14 ? (size_t) (end - p) : 14) == 0)) {
            q = xmpp_tag(p, end);

            if (q == NULL) {
                break;
            }

            p = q;
            continue;
        }

        if (p[1] == '/' || (end - p >= 13 && memcmp(p, "<stream:error", 13) == 0)) {
            c->status = 1;
            return -1;
        }

        q = xmpp_element(p, end);

        if (q == NULL) {
            break;
        }

        xmpp_stanza(c, p, (size_t) (q - p));
        p = q;
    }

    return p - data;
}


const load_proto_t  load_proto_xmpp = {
    "xmpp", 0, xmpp_open, xmpp_input, xmpp_send, NULL
};
