/*
 * A payload frame: 4 bytes big-endian length of a JSON header, the header (which
 * has "size"), then size payload bytes.  Frames can be concatenated:
 * application/vnd.ngx-chat.frames.
 */

#ifndef CHAT_FRAME_H
#define CHAT_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "chat_json.h"

typedef struct {
    chat_json_t    *header;         /* to be freed by the caller */
    const uint8_t  *payload;        /* inside the input */
    size_t          payload_len;
    size_t          used;           /* bytes of input that the frame took */
} chat_frame_t;

/*
 * Reads one frame.  0; or -1 with a static reason in *error: short input, header over
 * CHAT_JSON_MAX_SIZE, bad JSON, "size" missing, negative or beyond the input.
 */
int chat_frame_read(const uint8_t *data, size_t len, chat_frame_t *frame,
    const char **error);

/* writes the 4 length bytes */
void chat_frame_prefix(uint8_t out[4], uint32_t header_len);

#endif /* CHAT_FRAME_H */
