/* User names, mail addresses and shown names. */

#include <stdint.h>
#include <string.h>

#include "chat_valid.h"
#include "chat_utf8.h"

#define CHAT_USERNAME_MIN       3
#define CHAT_EMAIL_LOCAL_MAX    64
#define CHAT_HOST_MAX           253
#define CHAT_LABEL_MAX          63

typedef struct {
    uint32_t        first;
    uint32_t        last;
} chat_range_t;


static int  chat_valid_local(const char *s, size_t len);
static int  chat_valid_host(const char *s, size_t len);
static int  chat_is_alnum(char c);
static uint32_t chat_code_point(const char *s, size_t *i);
static int  chat_in_ranges(uint32_t c, const chat_range_t *ranges, size_t n);


/*
 * What would break a line, turn the text around, or isn't a character.
 * Direction marks (U+200E, U+200F, U+061C) stay: names in right-to-left scripts need them.
 */

static const chat_range_t  chat_name_refused[] = {
    { 0x0000, 0x001f },         /* C0 controls */
    { 0x007f, 0x009f },         /* DEL, C1 controls */
    { 0x2028, 0x2029 },         /* line and paragraph separator */
    { 0x202a, 0x202e },         /* embeddings and overrides */
    { 0x2066, 0x2069 },         /* isolates */
    { 0xfdd0, 0xfdef },         /* noncharacters */
    { 0xfff9, 0xfffb },         /* interlinear annotation */
    { 0xfffe, 0xffff },
    { 0xe000, 0xf8ff },         /* private use: each font shows its own */
    { 0xf0000, 0x10ffff }
};


/* what shows as nothing: a name neither begins nor ends with it */

static const chat_range_t  chat_name_blank[] = {
    { 0x0020, 0x0020 },
    { 0x00a0, 0x00a0 },         /* no-break space */
    { 0x00ad, 0x00ad },         /* soft hyphen */
    { 0x034f, 0x034f },         /* combining grapheme joiner */
    { 0x115f, 0x1160 },         /* Hangul fillers */
    { 0x1680, 0x1680 },         /* Ogham space */
    { 0x17b4, 0x17b5 },         /* Khmer inherent vowels */
    { 0x180b, 0x180e },         /* Mongolian separators */
    { 0x2000, 0x200b },         /* spaces, zero width space */
    { 0x202f, 0x202f },
    { 0x205f, 0x2065 },         /* mathematical space, invisible operators */
    { 0x2800, 0x2800 },         /* blank Braille pattern */
    { 0x3000, 0x3000 },         /* ideographic space */
    { 0x3164, 0x3164 },         /* Hangul filler */
    { 0xfeff, 0xfeff },         /* zero width no-break space */
    { 0xffa0, 0xffa0 }          /* half-width Hangul filler */
};

#define chat_name_is(c, set)                                                  \
    chat_in_ranges(c, set, sizeof(set) / sizeof((set)[0]))


int
chat_valid_username(const char *s, size_t len)
{
    size_t  i;

    if (len < CHAT_USERNAME_MIN || len > CHAT_USERNAME_MAX) {
        return -1;
    }

    for (i = 0; i < len; i++) {

        if ((s[i] >= 'a' && s[i] <= 'z') || (s[i] >= '0' && s[i] <= '9')) {
            continue;
        }

        if (i != 0 && (s[i] == '.' || s[i] == '_' || s[i] == '-')) {
            continue;
        }

        return -1;
    }

    return 0;
}


int
chat_valid_email(const char *s, size_t len)
{
    size_t       local;
    const char  *at;

    if (len > CHAT_EMAIL_MAX) {
        return -1;
    }

    at = memchr(s, '@', len);

    if (at == NULL) {
        return -1;
    }

    local = (size_t) (at - s);

    if (chat_valid_local(s, local) != 0) {
        return -1;
    }

    return chat_valid_host(at + 1, len - local - 1);
}


static int
chat_valid_local(const char *s, size_t len)
{
    size_t  i;

    static const char  atext[] = "!#$%&'*+-/=?^_`{|}~";

    if (len == 0 || len > CHAT_EMAIL_LOCAL_MAX) {
        return -1;
    }

    for (i = 0; i < len; i++) {

        if (s[i] == '.') {
            if (i == 0 || i == len - 1 || s[i - 1] == '.') {
                return -1;
            }

            continue;
        }

        if (!chat_is_alnum(s[i])
            && memchr(atext, s[i], sizeof(atext) - 1) == NULL)
        {
            return -1;
        }
    }

    return 0;
}


/* a last label of digits only would make it a numeric address */

static int
chat_valid_host(const char *s, size_t len)
{
    size_t  i, label, dots, digits;

    if (len == 0 || len > CHAT_HOST_MAX) {
        return -1;
    }

    label = 0;
    dots = 0;
    digits = 0;

    for (i = 0; i < len; i++) {

        if (s[i] == '.') {
            if (label == 0 || s[i - 1] == '-') {
                return -1;
            }

            dots++;
            label = 0;
            digits = 0;
            continue;
        }

        if (!chat_is_alnum(s[i]) && (s[i] != '-' || label == 0)) {
            return -1;
        }

        if (s[i] >= '0' && s[i] <= '9') {
            digits++;
        }

        if (++label > CHAT_LABEL_MAX) {
            return -1;
        }
    }

    if (label == 0 || dots == 0 || digits == label || s[len - 1] == '-') {
        return -1;
    }

    return 0;
}


static int
chat_is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')
           || (c >= 'A' && c <= 'Z');
}


void
chat_email_key(const char *s, size_t len, char *out)
{
    size_t  i;

    for (i = 0; i < len; i++) {
        out[i] = (s[i] >= 'A' && s[i] <= 'Z') ? (char) (s[i] | 0x20) : s[i];
    }
}


int
chat_valid_name(const char *s, size_t len, size_t max)
{
    long      n;
    size_t    i, start;
    uint32_t  c;

    n = chat_utf8_length(s, len);

    if (n < 1 || (size_t) n > max) {
        return -1;
    }

    i = 0;

    while (i < len) {
        start = i;
        c = chat_code_point(s, &i);

        if (chat_name_is(c, chat_name_refused) || (c & 0xfffe) == 0xfffe) {
            return -1;
        }

        if ((start == 0 || i == len) && chat_name_is(c, chat_name_blank)) {
            return -1;
        }
    }

    return 0;
}


/* of valid UTF-8 only; moves *i past the character */

static uint32_t
chat_code_point(const char *s, size_t *i)
{
    uint8_t   lead;
    uint32_t  c;
    unsigned  more;

    lead = (uint8_t) s[(*i)++];

    if (lead < 0x80) {
        return lead;
    }

    more = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    c = lead & (0x3fu >> more);

    while (more-- != 0) {
        c = c << 6 | ((uint8_t) s[(*i)++] & 0x3f);
    }

    return c;
}


static int
chat_in_ranges(uint32_t c, const chat_range_t *ranges, size_t n)
{
    size_t  i;

    for (i = 0; i < n; i++) {
        if (c >= ranges[i].first && c <= ranges[i].last) {
            return 1;
        }
    }

    return 0;
}
