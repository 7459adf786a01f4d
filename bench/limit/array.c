/* Arrays as PostgreSQL takes them: dimensions, nulls, type, length, lower bound, items. */

#include "limit.h"

#include <arpa/inet.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#define ARRAY_HEADER  20


int
limit_array_init(limit_array_t *a, uint32_t item, size_t bytes, size_t n)
{
    a->start = malloc(ARRAY_HEADER + n * 4 + bytes);

    if (a->start == NULL) {
        return -1;
    }

    a->end = a->start + ARRAY_HEADER + n * 4 + bytes;
    a->item = item;
    limit_array_reset(a);

    return 0;
}


void
limit_array_reset(limit_array_t *a)
{
    a->pos = a->start + ARRAY_HEADER;
    a->n = 0;
    a->has_null = 0;
}


static unsigned char *
array_put4(unsigned char *p, uint32_t value)
{
    value = htonl(value);
    memcpy(p, &value, 4);

    return p + 4;
}


void
limit_array_add(limit_array_t *a, const void *data, size_t len)
{
    if (data == NULL) {
        len = 0;
        a->has_null = 1;
    }

    if ((size_t) (a->end - a->pos) < 4 + len) {
        limit_failed("an array over its room");
    }

    a->pos = array_put4(a->pos, data ? (uint32_t) len : UINT32_MAX);

    if (data != NULL) {
        memcpy(a->pos, data, len);
        a->pos += len;
    }

    a->n++;
}


void
limit_array_add4(limit_array_t *a, int32_t value)
{
    uint32_t  v = htonl((uint32_t) value);

    limit_array_add(a, &v, 4);
}


void
limit_array_add8(limit_array_t *a, int64_t value)
{
    uint64_t  v = htobe64((uint64_t) value);

    limit_array_add(a, &v, 8);
}


int
limit_array_end(limit_array_t *a)
{
    unsigned char  *p;

    p = array_put4(a->start, a->n == 0 ? 0 : 1);
    p = array_put4(p, (uint32_t) a->has_null);
    p = array_put4(p, a->item);

    if (a->n == 0) {
        return (int) (p - a->start);
    }

    p = array_put4(p, a->n);
    array_put4(p, 1);

    return (int) (a->pos - a->start);
}


int64_t
limit_get8(const char *p)
{
    uint64_t  v;

    memcpy(&v, p, 8);

    return (int64_t) be64toh(v);
}


uint32_t
limit_get4(const char *p)
{
    uint32_t  v;

    memcpy(&v, p, 4);

    return ntohl(v);
}
