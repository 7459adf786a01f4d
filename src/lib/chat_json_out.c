/* Writing JSON into a buffer of fixed size. */

#include <string.h>

#include "chat_json.h"
#include "chat_text.h"

#define CHAT_TIME_LEN       27          /* 2026-01-31T12:00:00.000000Z */
#define CHAT_USEC           1000000
#define CHAT_DAY            86400
#define CHAT_TIME_MIN       (-62135596800 * CHAT_USEC)      /* year 1 */
#define CHAT_TIME_MAX       (253402300800 * CHAT_USEC - 1)  /* year 9999 */


static char *chat_json_room(chat_json_out_t *o, size_t len);
static char *chat_json_item(chat_json_out_t *o, size_t len);
static size_t chat_json_escaped_len(const char *s, size_t len);
static char *chat_json_escape(char *p, char c);
static char *chat_json_digits(char *p, uint64_t n, int width);
static void chat_json_civil(int64_t days, uint64_t *year, unsigned *month,
    unsigned *day);


void
chat_json_out_init(chat_json_out_t *o, char *buf, size_t size)
{
    o->start = buf;
    o->pos = buf;
    o->end = buf + size;
    o->overflow = 0;
    o->comma = 0;
}


/* len bytes to be written by the caller, or NULL once they don't fit */

static char *
chat_json_room(chat_json_out_t *o, size_t len)
{
    char  *p;

    if (o->overflow || (size_t) (o->end - o->pos) < len) {
        o->overflow = 1;
        return NULL;
    }

    p = o->pos;
    o->pos += len;

    return p;
}


/* the same with the comma that this item needs before it */

static char *
chat_json_item(chat_json_out_t *o, size_t len)
{
    char  *p;

    p = chat_json_room(o, len + o->comma);

    if (p == NULL) {
        return NULL;
    }

    if (o->comma) {
        *p++ = ',';
    }

    o->comma = 1;

    return p;
}


void
chat_json_open(chat_json_out_t *o, char bracket)
{
    chat_json_out_raw(o, &bracket, 1);
    o->comma = 0;
}


void
chat_json_close(chat_json_out_t *o, char bracket)
{
    char  *p;

    p = chat_json_room(o, 1);

    if (p != NULL) {
        *p = bracket;
    }

    o->comma = 1;
}


void
chat_json_out_key(chat_json_out_t *o, const char *key)
{
    char    *p;
    size_t   len;

    len = strlen(key);
    p = chat_json_item(o, len + 3);

    if (p == NULL) {
        return;
    }

    *p++ = '"';
    memcpy(p, key, len);
    memcpy(p + len, "\":", 2);

    o->comma = 0;
}


void
chat_json_out_string(chat_json_out_t *o, const char *s, size_t len)
{
    char    *p;
    size_t   i;

    p = chat_json_item(o, chat_json_escaped_len(s, len) + 2);

    if (p == NULL) {
        return;
    }

    *p++ = '"';

    for (i = 0; i < len; i++) {
        p = chat_json_escape(p, s[i]);
    }

    *p = '"';
}


static size_t
chat_json_escaped_len(const char *s, size_t len)
{
    char    c[6];
    size_t  i, n;

    n = 0;

    for (i = 0; i < len; i++) {
        n += (size_t) (chat_json_escape(c, s[i]) - c);
    }

    return n;
}


static char *
chat_json_escape(char *p, char c)
{
    static const char  hex[] = "0123456789abcdef";

    if ((unsigned char) c >= 0x20 && c != '"' && c != '\\') {
        *p++ = c;
        return p;
    }

    *p++ = '\\';

    switch (c) {

    case '"':
    case '\\':
        *p++ = c;
        break;

    case '\n':
        *p++ = 'n';
        break;

    case '\r':
        *p++ = 'r';
        break;

    case '\t':
        *p++ = 't';
        break;

    default:
        memcpy(p, "u00", 3);
        p[3] = hex[(unsigned char) c >> 4];
        p[4] = hex[c & 0xf];
        p += 5;
    }

    return p;
}


void
chat_json_out_integer(chat_json_out_t *o, int64_t n)
{
    char       buf[21], *p, *out;
    size_t     len;
    uint64_t   u;

    /* the negation of INT64_MIN is only defined without a sign */

    u = n < 0 ? 0 - (uint64_t) n : (uint64_t) n;
    p = buf + sizeof(buf);

    do {
        *--p = (char) ('0' + u % 10);
        u /= 10;
    } while (u != 0);

    if (n < 0) {
        *--p = '-';
    }

    len = (size_t) (buf + sizeof(buf) - p);
    out = chat_json_item(o, len);

    if (out != NULL) {
        memcpy(out, p, len);
    }
}


void
chat_json_out_boolean(chat_json_out_t *o, int yes)
{
    if (yes) {
        chat_json_out_raw(o, "true", 4);

    } else {
        chat_json_out_raw(o, "false", 5);
    }
}


void
chat_json_out_null(chat_json_out_t *o)
{
    chat_json_out_raw(o, "null", 4);
}


void
chat_json_out_raw(chat_json_out_t *o, const char *json, size_t len)
{
    char  *p;

    p = chat_json_item(o, len);

    if (p != NULL && len != 0) {
        memcpy(p, json, len);
    }
}


void
chat_json_out_uuid(chat_json_out_t *o, const uint8_t uuid[16])
{
    char  *p;

    p = chat_json_item(o, CHAT_UUID_LEN + 2);

    if (p != NULL) {
        *p++ = '"';
        chat_uuid_format(uuid, p);
        p[CHAT_UUID_LEN] = '"';
    }
}


void
chat_json_out_base64url(chat_json_out_t *o, const uint8_t *data, size_t len)
{
    char    *p;
    size_t   n;

    n = chat_base64url_len(len);
    p = chat_json_item(o, n + 2);

    if (p != NULL) {
        *p++ = '"';
        (void) chat_base64url_encode(data, len, p);
        p[n] = '"';
    }
}


/* a time that RFC 3339 has no year for is told as the nearest it has */

void
chat_json_out_time(chat_json_out_t *o, int64_t unix_usec)
{
    char      *p;
    int64_t    days, sec, usec;
    unsigned   month, day;
    uint64_t   year;

    p = chat_json_item(o, CHAT_TIME_LEN + 2);

    if (p == NULL) {
        return;
    }

    if (unix_usec < CHAT_TIME_MIN) {
        unix_usec = CHAT_TIME_MIN;

    } else if (unix_usec > CHAT_TIME_MAX) {
        unix_usec = CHAT_TIME_MAX;
    }

    /* from year 1 on nothing is negative */

    unix_usec -= CHAT_TIME_MIN;
    usec = unix_usec % CHAT_USEC;
    sec = unix_usec / CHAT_USEC;
    days = sec / CHAT_DAY;
    sec %= CHAT_DAY;

    chat_json_civil(days, &year, &month, &day);

    *p++ = '"';
    p = chat_json_digits(p, year, 4);
    *p++ = '-';
    p = chat_json_digits(p, month, 2);
    *p++ = '-';
    p = chat_json_digits(p, day, 2);
    *p++ = 'T';
    p = chat_json_digits(p, (uint64_t) sec / 3600, 2);
    *p++ = ':';
    p = chat_json_digits(p, (uint64_t) sec / 60 % 60, 2);
    *p++ = ':';
    p = chat_json_digits(p, (uint64_t) sec % 60, 2);
    *p++ = '.';
    p = chat_json_digits(p, (uint64_t) usec, 6);
    *p++ = 'Z';
    *p = '"';
}


static char *
chat_json_digits(char *p, uint64_t n, int width)
{
    int  i;

    for (i = width - 1; i >= 0; i--) {
        p[i] = (char) ('0' + n % 10);
        n /= 10;
    }

    return p + width;
}


/* the Gregorian date of a day counted from 0001-01-01 */

static void
chat_json_civil(int64_t days, uint64_t *year, unsigned *month, unsigned *day)
{
    unsigned  i, n, leap;
    uint64_t  y, d, centuries, fours, ones;

    static const unsigned  lengths[] = { 31, 28, 31, 30, 31, 30,
                                         31, 31, 30, 31, 30, 31 };

    d = (uint64_t) days;
    y = 1 + d / 146097 * 400;
    d %= 146097;

    /* the last day of 400 years, and of 4, has no century or year of its own */

    centuries = d / 36524;
    centuries -= centuries / 4;
    d -= centuries * 36524;

    fours = d / 1461;
    d %= 1461;

    ones = d / 365;
    ones -= ones / 4;
    d -= ones * 365;

    y += centuries * 100 + fours * 4 + ones;
    leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;

    for (i = 0; i < 11; i++) {
        n = lengths[i] + (i == 1 && leap);

        if (d < n) {
            break;
        }

        d -= n;
    }

    *year = y;
    *month = i + 1;
    *day = (unsigned) d + 1;
}
