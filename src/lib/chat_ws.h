/*
 * WebSocket framing, RFC 6455 section 5: an incremental parser and a frame
 * header writer.  No allocation, no nginx types: bytes in, events out.
 */

#ifndef CHAT_WS_H
#define CHAT_WS_H

#include <stddef.h>
#include <stdint.h>

#include "chat_utf8.h"

#define CHAT_WS_CONTINUATION    0x0
#define CHAT_WS_TEXT            0x1
#define CHAT_WS_BINARY          0x2
#define CHAT_WS_CLOSE           0x8
#define CHAT_WS_PING            0x9
#define CHAT_WS_PONG            0xa

#define CHAT_WS_HEADER_MAX      10      /* an unmasked header, as a server sends */
#define CHAT_WS_CONTROL_MAX     125

/* what chat_ws_feed() found */
typedef enum {
    CHAT_WS_NEED_MORE = 0,      /* all input used, nothing to tell */
    CHAT_WS_DATA,               /* a run of unmasked message bytes (may be empty) */
    CHAT_WS_CONTROL,            /* a whole control frame: ping, pong or close */
    CHAT_WS_ERROR               /* protocol error: fail the connection with code */
} chat_ws_status_t;

typedef struct {
    uint8_t         opcode;     /* of the message (text, binary) or control frame */
    uint8_t         first;      /* DATA: first run of its message */
    uint8_t         last;       /* DATA: the message ends with this run */
    uint16_t        code;       /* CONTROL close: status code, 1005 if none;
                                   ERROR: the code to close with (1002, 1007, 1009) */
    const uint8_t  *data;       /* DATA: inside the input; CONTROL: inside the parser;
                                   for a close: the reason, without the code */
    size_t          len;
} chat_ws_event_t;

typedef struct {
    uint64_t        left;           /* payload bytes of this frame still to come */
    uint64_t        message;        /* payload bytes of this message so far */
    uint64_t        message_max;
    uint8_t         header[14];
    uint8_t         header_len;     /* bytes of header[] read so far */
    uint8_t         header_need;
    uint8_t         mask[4];
    uint8_t         mask_pos;
    uint8_t         frame_opcode;
    uint8_t         message_opcode; /* 0: no message is open */
    uint8_t         fin;
    uint8_t         failed;         /* an ERROR was told: only ERROR from now on */
    uint8_t         first;
    uint8_t         control_len;
    chat_utf8_t     utf8;
    uint8_t         control[CHAT_WS_CONTROL_MAX];
} chat_ws_parser_t;

/*
 * Starts a server-side parser (frames must be masked).
 * message_max: bytes a message may have over all its frames; more is 1009.
 */
void chat_ws_init(chat_ws_parser_t *p, uint64_t message_max);

/*
 * Reads from data, unmasking in place, up to the next event.  *used is set to
 * the bytes consumed; call again with the rest until it is all used.  A
 * declared length never drives an allocation: payload is told in the runs in
 * which it arrived.
 */
chat_ws_status_t chat_ws_feed(chat_ws_parser_t *p, uint8_t *data, size_t len,
    size_t *used, chat_ws_event_t *ev);

/*
 * Writes an unmasked final frame header for len payload bytes.
 * Returns its length, at most CHAT_WS_HEADER_MAX.
 */
size_t chat_ws_header(uint8_t *out, uint8_t opcode, uint64_t len);

/* whether a status code may appear in a close frame (RFC 6455 section 7.4) */
int chat_ws_close_code_valid(uint16_t code);

/*
 * Sec-WebSocket-Accept for a key (RFC 6455 section 4.2.2).
 * out: 28 characters, not terminated.  Returns 0, or -1 if key is not the
 * base64 of 16 bytes.
 */
int chat_ws_accept(const char *key, size_t len, char out[28]);

#endif /* CHAT_WS_H */
