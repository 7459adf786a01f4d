/*
 * The server's side of WebSocket framing (RFC 6455 section 5).  Everything
 * that a header can break is refused when its bytes are in, before any
 * payload: a declared length is compared with the bound and never trusted.
 */

#include <string.h>

#include "chat_ws.h"

#define CHAT_WS_FIN             0x80
#define CHAT_WS_RSV             0x70
#define CHAT_WS_OPCODE          0x0f
#define CHAT_WS_MASK            0x80
#define CHAT_WS_LEN             0x7f
#define CHAT_WS_LEN16           126
#define CHAT_WS_LEN64           127

#define CHAT_WS_PROTOCOL_ERROR  1002
#define CHAT_WS_NO_CODE         1005
#define CHAT_WS_BAD_DATA        1007
#define CHAT_WS_TOO_BIG         1009

/* a failed parser remembers its code as the offset from here, never 0 */
#define CHAT_WS_CODE_BASE       1000


static size_t chat_ws_read_header(chat_ws_parser_t *p, const uint8_t *data,
    size_t len, uint16_t *code);
static uint16_t chat_ws_check_start(const chat_ws_parser_t *p);
static uint16_t chat_ws_begin_frame(chat_ws_parser_t *p);
static void chat_ws_end_frame(chat_ws_parser_t *p);
static void chat_ws_unmask(chat_ws_parser_t *p, uint8_t *data, size_t len);
static chat_ws_status_t chat_ws_read_data(chat_ws_parser_t *p, uint8_t *data,
    size_t len, size_t *used, chat_ws_event_t *ev);
static chat_ws_status_t chat_ws_read_control(chat_ws_parser_t *p,
    uint8_t *data, size_t len, size_t *used, chat_ws_event_t *ev);
static chat_ws_status_t chat_ws_read_close(chat_ws_parser_t *p,
    chat_ws_event_t *ev);
static chat_ws_status_t chat_ws_fail(chat_ws_parser_t *p, uint16_t code,
    chat_ws_event_t *ev);


void
chat_ws_init(chat_ws_parser_t *p, uint64_t message_max)
{
    memset(p, 0, sizeof(chat_ws_parser_t));

    p->message_max = message_max;
    p->header_need = 2;
    chat_utf8_init(&p->utf8);
}


chat_ws_status_t
chat_ws_feed(chat_ws_parser_t *p, uint8_t *data, size_t len, size_t *used,
    chat_ws_event_t *ev)
{
    size_t            pos, n;
    uint16_t          code;
    chat_ws_status_t  status;

    *used = 0;
    memset(ev, 0, sizeof(chat_ws_event_t));

    if (p->failed) {
        return chat_ws_fail(p, CHAT_WS_CODE_BASE + p->failed, ev);
    }

    pos = 0;

    /* every turn uses input or ends a frame whose payload is empty */

    for ( ;; ) {

        if (p->header_len < p->header_need) {

            if (pos == len) {
                *used = pos;
                return CHAT_WS_NEED_MORE;
            }

            code = 0;
            pos += chat_ws_read_header(p, data + pos, len - pos, &code);

            if (code != 0) {
                *used = pos;
                return chat_ws_fail(p, code, ev);
            }

            if (p->header_len < p->header_need) {
                continue;
            }
        }

        if (p->frame_opcode >= CHAT_WS_CLOSE) {
            status = chat_ws_read_control(p, data + pos, len - pos, &n, ev);

        } else {
            status = chat_ws_read_data(p, data + pos, len - pos, &n, ev);
        }

        pos += n;

        if (status != CHAT_WS_NEED_MORE) {
            *used = pos;
            return status;
        }

        if (pos == len) {
            *used = pos;
            return CHAT_WS_NEED_MORE;
        }
    }
}


/* takes header bytes, growing header_need as they tell of more */

static size_t
chat_ws_read_header(chat_ws_parser_t *p, const uint8_t *data, size_t len,
    uint16_t *code)
{
    size_t  n;

    n = p->header_need - p->header_len;

    if (n > len) {
        n = len;
    }

    /* the first byte alone may already be wrong */

    if (p->header_len == 0) {
        n = 1;
    }

    memcpy(p->header + p->header_len, data, n);
    p->header_len += (uint8_t) n;

    if (p->header_len <= 2) {
        *code = chat_ws_check_start(p);

        if (*code == 0 && p->header_len == 2) {
            p->header_need = 2 + sizeof(p->mask);

            switch (p->header[1] & CHAT_WS_LEN) {

            case CHAT_WS_LEN16:
                p->header_need += 2;
                break;

            case CHAT_WS_LEN64:
                p->header_need += 8;
                break;
            }
        }

        return n;
    }

    if (p->header_len == p->header_need) {
        *code = chat_ws_begin_frame(p);
    }

    return n;
}


/* what the first byte, then the second, may break */

static uint16_t
chat_ws_check_start(const chat_ws_parser_t *p)
{
    uint8_t  opcode, length;

    if (p->header[0] & CHAT_WS_RSV) {
        return CHAT_WS_PROTOCOL_ERROR;
    }

    opcode = p->header[0] & CHAT_WS_OPCODE;

    switch (opcode) {

    case CHAT_WS_CONTINUATION:
        if (p->message_opcode == 0) {
            return CHAT_WS_PROTOCOL_ERROR;
        }

        break;

    case CHAT_WS_TEXT:
    case CHAT_WS_BINARY:
        if (p->message_opcode != 0) {
            return CHAT_WS_PROTOCOL_ERROR;
        }

        break;

    case CHAT_WS_CLOSE:
    case CHAT_WS_PING:
    case CHAT_WS_PONG:
        if (!(p->header[0] & CHAT_WS_FIN)) {
            return CHAT_WS_PROTOCOL_ERROR;
        }

        break;

    default:
        return CHAT_WS_PROTOCOL_ERROR;
    }

    if (p->header_len == 1) {
        return 0;
    }

    if (!(p->header[1] & CHAT_WS_MASK)) {
        return CHAT_WS_PROTOCOL_ERROR;
    }

    length = p->header[1] & CHAT_WS_LEN;

    if (opcode >= CHAT_WS_CLOSE
        && (length > CHAT_WS_CONTROL_MAX
            || (opcode == CHAT_WS_CLOSE && length == 1)))
    {
        return CHAT_WS_PROTOCOL_ERROR;
    }

    return 0;
}


/* the header is whole: its length, its bound, the state of its message */

static uint16_t
chat_ws_begin_frame(chat_ws_parser_t *p)
{
    uint8_t   length, i;
    uint64_t  left;

    length = p->header[1] & CHAT_WS_LEN;
    left = length;

    if (length >= CHAT_WS_LEN16) {
        left = 0;

        for (i = 2; i < p->header_need - sizeof(p->mask); i++) {
            left = left << 8 | p->header[i];
        }

        /* the shortest form is a MUST, and so is the clear top bit */

        if (left < CHAT_WS_LEN16
            || (length == CHAT_WS_LEN64 && (left <= 0xffff || left >> 63)))
        {
            return CHAT_WS_PROTOCOL_ERROR;
        }
    }

    p->left = left;
    p->fin = (p->header[0] & CHAT_WS_FIN) != 0;
    p->frame_opcode = p->header[0] & CHAT_WS_OPCODE;
    p->mask_pos = 0;
    memcpy(p->mask, p->header + p->header_need - sizeof(p->mask),
           sizeof(p->mask));

    if (p->frame_opcode >= CHAT_WS_CLOSE) {
        p->control_len = 0;
        return 0;
    }

    if (p->frame_opcode != CHAT_WS_CONTINUATION) {
        p->message_opcode = p->frame_opcode;
        p->message = 0;
        p->first = 1;
        chat_utf8_init(&p->utf8);
    }

    if (left > p->message_max || p->message > p->message_max - left) {
        return CHAT_WS_TOO_BIG;
    }

    p->message += left;

    return 0;
}


static void
chat_ws_end_frame(chat_ws_parser_t *p)
{
    p->header_len = 0;
    p->header_need = 2;
}


static chat_ws_status_t
chat_ws_read_data(chat_ws_parser_t *p, uint8_t *data, size_t len,
    size_t *used, chat_ws_event_t *ev)
{
    *used = 0;

    if (len > p->left) {
        len = (size_t) p->left;
    }

    if (len == 0 && p->left != 0) {
        return CHAT_WS_NEED_MORE;
    }

    chat_ws_unmask(p, data, len);
    p->left -= len;
    *used = len;

    ev->opcode = p->message_opcode;
    ev->first = p->first;
    ev->last = p->left == 0 && p->fin;
    ev->data = data;
    ev->len = len;

    if (p->message_opcode == CHAT_WS_TEXT
        && (chat_utf8_feed(&p->utf8, data, len) != 0
            || (ev->last && !chat_utf8_complete(&p->utf8))))
    {
        return chat_ws_fail(p, CHAT_WS_BAD_DATA, ev);
    }

    if (p->left == 0) {
        chat_ws_end_frame(p);

        if (p->fin) {
            p->message_opcode = 0;
        }
    }

    if (len == 0 && !ev->last) {
        return CHAT_WS_NEED_MORE;
    }

    p->first = 0;

    return CHAT_WS_DATA;
}


static chat_ws_status_t
chat_ws_read_control(chat_ws_parser_t *p, uint8_t *data, size_t len,
    size_t *used, chat_ws_event_t *ev)
{
    if (len > p->left) {
        len = (size_t) p->left;
    }

    /* begin_frame saw left <= CHAT_WS_CONTROL_MAX: control[] holds it all */

    chat_ws_unmask(p, data, len);

    if (len != 0) {
        memcpy(p->control + p->control_len, data, len);
    }

    p->control_len += (uint8_t) len;
    p->left -= len;
    *used = len;

    if (p->left != 0) {
        return CHAT_WS_NEED_MORE;
    }

    chat_ws_end_frame(p);

    ev->opcode = p->frame_opcode;

    if (p->frame_opcode == CHAT_WS_CLOSE) {
        return chat_ws_read_close(p, ev);
    }

    ev->data = p->control;
    ev->len = p->control_len;

    return CHAT_WS_CONTROL;
}


static chat_ws_status_t
chat_ws_read_close(chat_ws_parser_t *p, chat_ws_event_t *ev)
{
    chat_utf8_t  utf8;

    ev->data = p->control;
    ev->code = CHAT_WS_NO_CODE;

    if (p->control_len == 0) {
        return CHAT_WS_CONTROL;
    }

    ev->code = (uint16_t) (p->control[0] << 8 | p->control[1]);
    ev->data = p->control + 2;
    ev->len = p->control_len - 2;

    if (!chat_ws_close_code_valid(ev->code)) {
        return chat_ws_fail(p, CHAT_WS_PROTOCOL_ERROR, ev);
    }

    chat_utf8_init(&utf8);

    if (chat_utf8_feed(&utf8, ev->data, ev->len) != 0
        || !chat_utf8_complete(&utf8))
    {
        return chat_ws_fail(p, CHAT_WS_BAD_DATA, ev);
    }

    return CHAT_WS_CONTROL;
}


static chat_ws_status_t
chat_ws_fail(chat_ws_parser_t *p, uint16_t code, chat_ws_event_t *ev)
{
    memset(ev, 0, sizeof(chat_ws_event_t));

    p->failed = (uint8_t) (code - CHAT_WS_CODE_BASE);
    ev->code = code;

    return CHAT_WS_ERROR;
}


static void
chat_ws_unmask(chat_ws_parser_t *p, uint8_t *data, size_t len)
{
    size_t    i;
    uint8_t   mask[8];
    uint64_t  word, wide;

    for (i = 0; i < sizeof(mask); i++) {
        mask[i] = p->mask[(p->mask_pos + i) % sizeof(p->mask)];
    }

    memcpy(&wide, mask, sizeof(wide));

    for (i = 0; len - i >= sizeof(word); i += sizeof(word)) {
        memcpy(&word, data + i, sizeof(word));
        word ^= wide;
        memcpy(data + i, &word, sizeof(word));
    }

    for ( /* void */ ; i < len; i++) {
        data[i] ^= mask[i % sizeof(p->mask)];
    }

    p->mask_pos = (uint8_t) ((p->mask_pos + len) % sizeof(p->mask));
}
