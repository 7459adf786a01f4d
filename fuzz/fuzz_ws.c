/*
 * The first two bytes choose the bound and how the rest is cut; cut or not,
 * the parser must tell the same bytes and the same end.
 */

#include "fuzz.h"

#include "chat_ws.h"

typedef struct {
    uint64_t    sum;            /* over all that was told, cuts aside */
    uint64_t    bytes;
    unsigned    code;
    unsigned    messages;
    unsigned    controls;
} told_t;


static void
mix(told_t *t, const uint8_t *data, size_t len)
{
    size_t  i;

    for (i = 0; i < len; i++) {
        t->sum = (t->sum ^ data[i]) * 0x100000001b3u;
    }

    t->bytes += len;
}


static void
feed(const uint8_t *data, size_t len, size_t step, uint64_t max, told_t *t)
{
    size_t             i, n, used, left;
    uint8_t           *copy, *p;
    uint64_t           message;
    chat_ws_event_t    ev;
    chat_ws_parser_t   parser;
    chat_ws_status_t   status;

    memset(t, 0, sizeof(told_t));
    chat_ws_init(&parser, max);
    message = 0;

    for (i = 0; i < len && t->code == 0; i += n) {
        n = len - i < step ? len - i : step;
        copy = fuzz_copy(data + i, n);
        p = copy;
        left = n;

        do {
            status = chat_ws_feed(&parser, p, left, &used, &ev);
            promise(used <= left);
            p += used;
            left -= used;

            switch (status) {

            case CHAT_WS_DATA:
                if (ev.first) {
                    message = 0;
                }

                promise(ev.opcode == CHAT_WS_TEXT
                        || ev.opcode == CHAT_WS_BINARY);
                promise(ev.len == 0
                        || (ev.data >= copy && ev.data + ev.len <= copy + n));
                message += ev.len;
                promise(message <= max);
                mix(t, ev.data, ev.len);
                t->messages += ev.last;
                break;

            case CHAT_WS_CONTROL:
                promise(ev.len <= CHAT_WS_CONTROL_MAX);
                promise(ev.opcode >= CHAT_WS_CLOSE);
                mix(t, ev.data, ev.len);
                t->controls++;
                break;

            case CHAT_WS_ERROR:
                promise(ev.code == 1002 || ev.code == 1007 || ev.code == 1009);
                t->code = ev.code;
                break;

            case CHAT_WS_NEED_MORE:
                promise(left == 0);
            }

        } while (status != CHAT_WS_NEED_MORE && status != CHAT_WS_ERROR);

        free(copy);
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    told_t    whole, cut;
    size_t    step;
    uint64_t  max;

    if (len < 2) {
        return 0;
    }

    max = (uint64_t) data[0] << 4;
    step = data[1] % 32 + 1;
    data += 2;
    len -= 2;

    feed(data, len, len + 1, max, &whole);
    feed(data, len, step, max, &cut);

    /* bad text ends a run that was told when it came in two */

    promise(whole.code == cut.code);
    promise(whole.messages == cut.messages);
    promise(whole.controls == cut.controls);
    promise(whole.code == 1007 || (whole.sum == cut.sum
                                   && whole.bytes == cut.bytes));

    if (len >= 24) {
        char  out[28];

        (void) chat_ws_accept((const char *) data, 24, out);
    }

    return 0;
}
