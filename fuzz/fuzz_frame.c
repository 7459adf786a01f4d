/* A sequence of payload frames, as a body carries them. */

#include "fuzz.h"

#include "chat_frame.h"


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    size_t         left;
    uint8_t       *copy;
    const char    *error;
    chat_frame_t   frame;

    copy = fuzz_copy(data, len);
    left = len;

    while (left != 0) {
        error = NULL;

        if (chat_frame_read(copy + len - left, left, &frame, &error) != 0) {
            promise(error != NULL);
            break;
        }

        promise(frame.used >= 6 && frame.used <= left);
        promise(frame.payload_len <= frame.used);
        promise(frame.payload + frame.payload_len
                == copy + len - left + frame.used);
        promise(chat_json_integer(chat_json_get(frame.header, "size"))
                == (int64_t) frame.payload_len);

        chat_json_free(frame.header);
        left -= frame.used;
    }

    free(copy);

    return 0;
}
