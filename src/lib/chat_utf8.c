/*
 * Strict UTF-8 (RFC 3629), fed in pieces.  The bounds of the next
 * continuation byte carry what the lead byte forbids (overlong forms,
 * surrogates, values past U+10FFFF), so that a bad character is refused at
 * its first wrong byte.
 */

#include "chat_utf8.h"

#define CHAT_UTF8_LOW   0x80
#define CHAT_UTF8_HIGH  0xbf


static int  chat_utf8_lead(chat_utf8_t *u, uint8_t c);


void
chat_utf8_init(chat_utf8_t *u)
{
    u->need = 0;
    u->low = CHAT_UTF8_LOW;
    u->high = CHAT_UTF8_HIGH;
}


int
chat_utf8_feed(chat_utf8_t *u, const uint8_t *data, size_t len)
{
    const uint8_t  *end;

    for (end = data + len; data != end; data++) {

        if (u->need == 0) {

            if (*data < 0x80) {
                continue;
            }

            if (chat_utf8_lead(u, *data) != 0) {
                return -1;
            }

            continue;
        }

        if (*data < u->low || *data > u->high) {
            return -1;
        }

        u->need--;
        u->low = CHAT_UTF8_LOW;
        u->high = CHAT_UTF8_HIGH;
    }

    return 0;
}


static int
chat_utf8_lead(chat_utf8_t *u, uint8_t c)
{
    if (c < 0xc2 || c > 0xf4) {
        return -1;
    }

    if (c < 0xe0) {
        u->need = 1;
        return 0;
    }

    if (c < 0xf0) {
        u->need = 2;

        if (c == 0xe0) {
            u->low = 0xa0;

        } else if (c == 0xed) {
            u->high = 0x9f;
        }

        return 0;
    }

    u->need = 3;

    if (c == 0xf0) {
        u->low = 0x90;

    } else if (c == 0xf4) {
        u->high = 0x8f;
    }

    return 0;
}


int
chat_utf8_complete(const chat_utf8_t *u)
{
    return u->need == 0;
}


long
chat_utf8_length(const char *data, size_t len)
{
    long         n;
    size_t       i;
    chat_utf8_t  u;

    chat_utf8_init(&u);

    if (chat_utf8_feed(&u, (const uint8_t *) data, len) != 0
        || !chat_utf8_complete(&u))
    {
        return -1;
    }

    n = 0;

    for (i = 0; i < len; i++) {
        if (((uint8_t) data[i] & 0xc0) != 0x80) {
            n++;
        }
    }

    return n;
}
