/* Strict UTF-8 (RFC 3629): no overlong forms, surrogates or values past U+10FFFF. */

#ifndef CHAT_UTF8_H
#define CHAT_UTF8_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint8_t         need;       /* continuation bytes still expected */
    uint8_t         low;        /* bounds of the next continuation byte */
    uint8_t         high;
} chat_utf8_t;

void chat_utf8_init(chat_utf8_t *u);

/* feeds bytes that may end inside a character; 0, or -1 once invalid */
int chat_utf8_feed(chat_utf8_t *u, const uint8_t *data, size_t len);

/* whether all characters that were fed are complete */
int chat_utf8_complete(const chat_utf8_t *u);

/* characters of a whole string, or -1 if it isn't valid UTF-8 */
long chat_utf8_length(const char *data, size_t len);

#endif /* CHAT_UTF8_H */
