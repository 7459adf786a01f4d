/* CBOR, walked without allocating. */

#include <string.h>

#include "chat_cbor.h"

#define CHAT_CBOR_HEAD_MAX      9

typedef struct {
    const uint8_t  *pos;
    const uint8_t  *end;
    unsigned        items;
} chat_cbor_walk_t;


static size_t chat_cbor_head(const uint8_t *data, size_t len,
    unsigned *major, uint64_t *value);
static int chat_cbor_walk(chat_cbor_walk_t *w, unsigned depth);


size_t
chat_cbor_item(const uint8_t *data, size_t len)
{
    chat_cbor_walk_t  w;

    w.pos = data;
    w.end = data + len;
    w.items = 0;

    return chat_cbor_walk(&w, 0) ? (size_t) (w.pos - data) : 0;
}


/* the initial bytes of an item: how many; 0 if they aren't whole */

static size_t
chat_cbor_head(const uint8_t *data, size_t len, unsigned *major,
    uint64_t *value)
{
    size_t    i, n;
    uint64_t  v;
    unsigned  low;

    if (len == 0) {
        return 0;
    }

    *major = data[0] >> 5;
    low = data[0] & 0x1f;

    if (low < 24) {
        *value = low;
        return 1;
    }

    /* 31 would be a length that isn't told, 28 to 30 are nothing */

    if (low > 27) {
        return 0;
    }

    n = (size_t) 1 << (low - 24);

    if (len < 1 + n) {
        return 0;
    }

    v = 0;

    for (i = 1; i <= n; i++) {
        v = v << 8 | data[i];
    }

    *value = v;

    return 1 + n;
}


static int
chat_cbor_walk(chat_cbor_walk_t *w, unsigned depth)
{
    size_t    n;
    uint64_t  value;
    unsigned  major;

    n = chat_cbor_head(w->pos, (size_t) (w->end - w->pos), &major, &value);

    if (n == 0 || depth > CHAT_CBOR_DEPTH || ++w->items > CHAT_CBOR_ITEMS) {
        return 0;
    }

    w->pos += n;

    switch (major) {

    case 0:
    case 1:
        return 1;

    case 2:
    case 3:
        if (value > (uint64_t) (w->end - w->pos)) {
            return 0;
        }

        w->pos += value;
        return 1;

    case 4:
    case 5:
        if (value > CHAT_CBOR_ITEMS) {
            return 0;
        }

        for (value *= major - 3; value > 0; value--) {
            if (!chat_cbor_walk(w, depth + 1)) {
                return 0;
            }
        }

        return 1;

    case 7:
        /* false, true, null, undefined */
        return n == 1 && value >= 20 && value <= 23;

    default:
        return 0;
    }
}


void
chat_cbor_read(const uint8_t *data, chat_cbor_t *item)
{
    size_t  n;

    n = chat_cbor_head(data, CHAT_CBOR_HEAD_MAX, &item->major, &item->value);

    item->data = data + n;
    item->len = item->major == CHAT_CBOR_BYTES || item->major == CHAT_CBOR_TEXT
                ? (size_t) item->value : 0;
}


int
chat_cbor_get(const uint8_t *data, size_t len, const char *key,
    chat_cbor_t *value)
{
    int              found;
    size_t           key_len;
    uint64_t         i;
    chat_cbor_t      map, name;
    const uint8_t   *p, *end;

    chat_cbor_read(data, &map);

    if (map.major != CHAT_CBOR_MAP) {
        return 0;
    }

    found = 0;
    key_len = strlen(key);
    p = map.data;
    end = data + len;

    for (i = 0; i < map.value; i++) {
        chat_cbor_read(p, &name);
        p += chat_cbor_item(p, (size_t) (end - p));

        if (name.major == CHAT_CBOR_TEXT && name.len == key_len
            && memcmp(name.data, key, key_len) == 0)
        {
            chat_cbor_read(p, value);
            found++;
        }

        p += chat_cbor_item(p, (size_t) (end - p));
    }

    return found == 1;
}
