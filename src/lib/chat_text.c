/* UUIDs and base64url. */

#include <sodium.h>

#include "chat_text.h"

#define CHAT_UUID_VERSION       6       /* bytes of the version and variant bits */
#define CHAT_UUID_VARIANT       8


static int  chat_hex_digit(char c);
static void chat_uuid_mark(uint8_t uuid[16], uint8_t version);
static int  chat_uuid_hyphen(size_t i);


static int
chat_hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }

    c |= 0x20;

    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }

    return -1;
}


int
chat_ascii(const char *text, size_t len)
{
    size_t  i;

    for (i = 0; i < len; i++) {
        if ((unsigned char) text[i] >= 0x80) {
            return 0;
        }
    }

    return 1;
}


static int
chat_uuid_hyphen(size_t i)
{
    return i == 8 || i == 13 || i == 18 || i == 23;
}


int
chat_uuid_parse(const char *text, size_t len, uint8_t uuid[16])
{
    int     high, low;
    size_t  i, n;

    if (len != CHAT_UUID_LEN) {
        return -1;
    }

    n = 0;

    for (i = 0; i < CHAT_UUID_LEN; i += 2) {

        if (chat_uuid_hyphen(i)) {
            if (text[i] != '-') {
                return -1;
            }

            i++;
        }

        high = chat_hex_digit(text[i]);
        low = chat_hex_digit(text[i + 1]);

        if (high < 0 || low < 0) {
            return -1;
        }

        uuid[n++] = (uint8_t) (high << 4 | low);
    }

    return 0;
}


void
chat_uuid_format(const uint8_t uuid[16], char out[CHAT_UUID_LEN])
{
    size_t  i, n;

    static const char  hex[] = "0123456789abcdef";

    n = 0;

    for (i = 0; i < 16; i++) {

        if (chat_uuid_hyphen(n)) {
            out[n++] = '-';
        }

        out[n++] = hex[uuid[i] >> 4];
        out[n++] = hex[uuid[i] & 0xf];
    }
}


void
chat_uuid_random(uint8_t uuid[16])
{
    randombytes_buf(uuid, 16);
    chat_uuid_mark(uuid, 4);
}


void
chat_uuid_v7(uint8_t uuid[16], uint64_t unix_msec)
{
    int  i;

    randombytes_buf(uuid, 16);

    for (i = 5; i >= 0; i--) {
        uuid[i] = (uint8_t) unix_msec;
        unix_msec >>= 8;
    }

    chat_uuid_mark(uuid, 7);
}


static void
chat_uuid_mark(uint8_t uuid[16], uint8_t version)
{
    uuid[CHAT_UUID_VERSION] = (uint8_t) ((uuid[CHAT_UUID_VERSION] & 0x0f)
                                         | version << 4);
    uuid[CHAT_UUID_VARIANT] = (uuid[CHAT_UUID_VARIANT] & 0x3f) | 0x80;
}


size_t
chat_base64url_encode(const uint8_t *data, size_t len, char *out)
{
    char      *p;
    size_t     i;
    unsigned   bits;
    uint32_t   word;

    static const char  alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                    "abcdefghijklmnopqrstuvwxyz0123456789-_";

    p = out;
    word = 0;
    bits = 0;

    for (i = 0; i < len; i++) {
        word = word << 8 | data[i];
        bits += 8;

        while (bits >= 6) {
            bits -= 6;
            *p++ = alphabet[word >> bits & 0x3f];
        }
    }

    if (bits != 0) {
        *p++ = alphabet[word << (6 - bits) & 0x3f];
    }

    return (size_t) (p - out);
}


long
chat_base64url_decode(const char *text, size_t len, uint8_t *out, size_t max)
{
    size_t  n;

    if (!chat_ascii(text, len)) {
        return -1;
    }

    if (sodium_base642bin(out, max, text, len, NULL, &n, NULL,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING)
        != 0)
    {
        return -1;
    }

    return (long) n;
}
