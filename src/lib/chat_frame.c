/* Payload frames: a length, a JSON header, the payload bytes. */

#include "chat_frame.h"

#define CHAT_FRAME_PREFIX       4


int
chat_frame_read(const uint8_t *data, size_t len, chat_frame_t *frame,
    const char **error)
{
    size_t        header_len;
    int64_t       payload_len;
    chat_json_t  *header, *size;

    if (len < CHAT_FRAME_PREFIX) {
        *error = "the frame is shorter than its length field";
        return -1;
    }

    header_len = (size_t) data[0] << 24 | (size_t) data[1] << 16
                 | (size_t) data[2] << 8 | data[3];

    if (header_len > CHAT_JSON_MAX_SIZE) {
        *error = "the frame's header is too large";
        return -1;
    }

    len -= CHAT_FRAME_PREFIX;

    if (header_len > len) {
        *error = "the frame is shorter than its header";
        return -1;
    }

    data += CHAT_FRAME_PREFIX;
    len -= header_len;

    header = chat_json_parse((const char *) data, header_len, error);

    if (header == NULL) {
        return -1;
    }

    size = chat_json_get(header, "size");

    if (size == NULL || chat_json_type(size) != CHAT_JSON_INTEGER) {
        *error = "the frame's header has no integer \"size\"";
        chat_json_free(header);
        return -1;
    }

    payload_len = chat_json_integer(size);

    if (payload_len < 0 || (uint64_t) payload_len > len) {
        *error = "the frame's \"size\" is not within the input";
        chat_json_free(header);
        return -1;
    }

    frame->header = header;
    frame->payload = data + header_len;
    frame->payload_len = (size_t) payload_len;
    frame->used = CHAT_FRAME_PREFIX + header_len + (size_t) payload_len;

    return 0;
}


void
chat_frame_prefix(uint8_t out[4], uint32_t header_len)
{
    out[0] = (uint8_t) (header_len >> 24);
    out[1] = (uint8_t) (header_len >> 16);
    out[2] = (uint8_t) (header_len >> 8);
    out[3] = (uint8_t) header_len;
}
