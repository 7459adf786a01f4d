/* The presentation language of RFC 9420, section 2.1: numbers and vectors. */

#include <string.h>

#include "chat_mls_parts.h"


static uint64_t chat_mls_number(chat_mls_reader_t *r, size_t n);
static size_t chat_mls_length(chat_mls_reader_t *r);


void
chat_mls_start(chat_mls_reader_t *r, chat_mls_view_t input)
{
    static const uint8_t  nothing[1];

    r->data = input.data != NULL ? input.data : nothing;
    r->end = r->data + input.len;
    r->status = CHAT_MLS_OK;
}


int
chat_mls_more(const chat_mls_reader_t *r)
{
    return r->status == CHAT_MLS_OK && r->data != r->end;
}


void
chat_mls_fail(chat_mls_reader_t *r, chat_mls_status_t status)
{
    if (r->status == CHAT_MLS_OK) {
        r->status = status;
    }
}


chat_mls_status_t
chat_mls_finish(chat_mls_reader_t *r)
{
    if (chat_mls_more(r)) {
        r->status = CHAT_MLS_TRAILING;
    }

    return r->status;
}


static uint64_t
chat_mls_number(chat_mls_reader_t *r, size_t n)
{
    uint64_t  value;

    if (r->status != CHAT_MLS_OK) {
        return 0;
    }

    if ((size_t) (r->end - r->data) < n) {
        r->status = CHAT_MLS_TRUNCATED;
        return 0;
    }

    for (value = 0; n != 0; n--) {
        value = value << 8 | *r->data++;
    }

    return value;
}


uint8_t
chat_mls_u8(chat_mls_reader_t *r)
{
    return (uint8_t) chat_mls_number(r, 1);
}


uint16_t
chat_mls_u16(chat_mls_reader_t *r)
{
    return (uint16_t) chat_mls_number(r, 2);
}


uint32_t
chat_mls_u32(chat_mls_reader_t *r)
{
    return (uint32_t) chat_mls_number(r, 4);
}


uint64_t
chat_mls_u64(chat_mls_reader_t *r)
{
    return chat_mls_number(r, 8);
}


/* section 2.1.2: two bits say how many bytes, and no fewer would have done */

static size_t
chat_mls_length(chat_mls_reader_t *r)
{
    size_t  n, more;

    n = chat_mls_u8(r);

    if (n < 0x40) {
        return n;
    }

    if (n >= 0xc0) {
        chat_mls_fail(r, CHAT_MLS_VARINT);
        return 0;
    }

    more = n < 0x80 ? 1 : 3;
    n = (n & 0x3f) << (8 * more) | (size_t) chat_mls_number(r, more);

    if (r->status == CHAT_MLS_OK && n < (more == 1 ? 0x40u : 0x4000u)) {
        r->status = CHAT_MLS_VARINT;
    }

    return n;
}


chat_mls_view_t
chat_mls_opaque(chat_mls_reader_t *r, size_t max)
{
    size_t           n;
    chat_mls_view_t  view = { NULL, 0 };

    n = chat_mls_length(r);

    if (r->status != CHAT_MLS_OK) {
        return view;
    }

    if (n > (size_t) (r->end - r->data)) {
        r->status = CHAT_MLS_TRUNCATED;
        return view;
    }

    if (n > max) {
        r->status = CHAT_MLS_LIMIT;
        return view;
    }

    view.data = r->data;
    view.len = n;
    r->data += n;

    return view;
}


uint8_t
chat_mls_choice(chat_mls_reader_t *r, uint8_t max, chat_mls_status_t status)
{
    uint8_t  value;

    value = chat_mls_u8(r);

    if (value < 1 || value > max) {
        chat_mls_fail(r, status);
    }

    return value;
}


chat_mls_view_t
chat_mls_enter(chat_mls_reader_t *r, chat_mls_reader_t *items)
{
    chat_mls_view_t  view;

    view = chat_mls_opaque(r, CHAT_MLS_MESSAGE_MAX);
    chat_mls_start(items, view);

    return view;
}


void
chat_mls_leave(chat_mls_reader_t *r, const chat_mls_reader_t *items)
{
    if (items->status != CHAT_MLS_OK) {
        chat_mls_fail(r, items->status);
    }
}


chat_mls_view_t
chat_mls_since(const chat_mls_reader_t *r, const uint8_t *start)
{
    chat_mls_view_t  view;

    view.data = start;
    view.len = (size_t) (r->data - start);

    return view;
}


chat_mls_view_t
chat_mls_list_read(chat_mls_reader_t *r)
{
    chat_mls_view_t  view;

    view = chat_mls_opaque(r, 2 * CHAT_MLS_CAPABILITIES_MAX);

    if (view.len % 2 != 0) {
        chat_mls_fail(r, CHAT_MLS_LIST);
    }

    return view;
}


int
chat_mls_list_next(chat_mls_view_t *list, uint16_t *value)
{
    if (list->len < 2) {
        return 0;
    }

    *value = (uint16_t) (list->data[0] << 8 | list->data[1]);
    list->data += 2;
    list->len -= 2;

    return 1;
}


int
chat_mls_list_has(chat_mls_view_t list, uint16_t value)
{
    uint16_t  item;

    while (chat_mls_list_next(&list, &item)) {
        if (item == value) {
            return 1;
        }
    }

    return 0;
}


int
chat_mls_equal(chat_mls_view_t a, chat_mls_view_t b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}
