/*
 * CBOR (RFC 8949) as WebAuthn needs it, read in place: whether an item is whole and within
 * bounds, and what is under a text key of a map.  libcbor 0.8 reserves as much memory as an
 * array says that it has items, 500 MB for nine bytes: nothing unchecked reaches it.
 */

#ifndef CHAT_CBOR_H
#define CHAT_CBOR_H

#include <stddef.h>
#include <stdint.h>

#define CHAT_CBOR_DEPTH     8       /* maps and arrays in each other */
#define CHAT_CBOR_ITEMS     256     /* in all */

typedef struct {
    const uint8_t  *data;           /* of a string its bytes; of a map its first key */
    size_t          len;            /* of a string */
    uint64_t        value;          /* of an integer; of a map or array how many */
    unsigned        major;          /* 0 to 7, as RFC 8949 numbers them */
} chat_cbor_t;

#define CHAT_CBOR_BYTES     2
#define CHAT_CBOR_TEXT      3
#define CHAT_CBOR_MAP       5

/*
 * How many bytes the first item of data has, all that is in it included; 0 if it isn't whole,
 * has lengths that are not told at its start, tags or floats, or is past the bounds.
 */
size_t chat_cbor_item(const uint8_t *data, size_t len);

/* the first item of data, which chat_cbor_item() found good: what it is */
void chat_cbor_read(const uint8_t *data, chat_cbor_t *item);

/*
 * What is under key in the map that the first len bytes are, which chat_cbor_item() found good.
 * 1, or 0: it isn't a map, has no such key or has it twice.
 */
int chat_cbor_get(const uint8_t *data, size_t len, const char *key,
    chat_cbor_t *value);

#endif /* CHAT_CBOR_H */
