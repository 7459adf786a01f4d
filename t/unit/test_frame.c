/* Payload frames: a JSON header and the bytes it announces. */

#include "test.h"

#include "chat_frame.h"


/* the frame in a block of its own size, so that the sanitizer sees reads past it */

static int
read_frame(const char *header, const char *payload, size_t cut,
    chat_frame_t *frame, const char **error, uint8_t **block)
{
    size_t  n, len;

    n = strlen(header);
    len = 4 + n + strlen(payload) - cut;
    *block = malloc(len + cut);
    chat_frame_prefix(*block, (uint32_t) n);
    memcpy(*block + 4, header, n);
    memcpy(*block + 4 + n, payload, strlen(payload));
    *block = realloc(*block, len);

    return chat_frame_read(*block, len, frame, error);
}


static void
refuse(const char *header, const char *payload, size_t cut,
    const char *reason)
{
    uint8_t       *block;
    const char    *error;
    chat_frame_t   frame;

    error = NULL;
    assert_int_equal(read_frame(header, payload, cut, &frame, &error, &block),
                     -1);
    assert_non_null(error);

    if (strstr(error, reason) == NULL) {
        fail_msg("\"%s\", not \"%s\"", error, reason);
    }

    free(block);
}


static void
test_frames_can_be_read_one_by_one(void **state)
{
    uint8_t       *block;
    const char    *error;
    chat_frame_t   frame;

    assert_int_equal(read_frame("{\"size\":3,\"id\":7}", "abc and the next",
                                0, &frame, &error, &block), 0);
    assert_int_equal(frame.payload_len, 3);
    assert_memory_equal(frame.payload, "abc", 3);
    assert_int_equal(frame.used, 4 + 17 + 3);
    assert_int_equal(chat_json_integer(chat_json_get(frame.header, "id")), 7);
    chat_json_free(frame.header);
    free(block);

    assert_int_equal(read_frame("{\"size\":0}", "", 0, &frame, &error,
                                &block), 0);
    assert_int_equal(frame.payload_len, 0);
    assert_int_equal(frame.used, 14);
    chat_json_free(frame.header);
    free(block);
}


static void
test_short_input(void **state)
{
    size_t         cut;
    const char    *error;
    chat_frame_t   frame;

    assert_int_equal(chat_frame_read((const uint8_t *) "", 0, &frame, &error),
                     -1);
    assert_int_equal(chat_frame_read((const uint8_t *) "\0\0\0", 3, &frame,
                                     &error), -1);

    for (cut = 1; cut <= 13; cut++) {
        refuse("{\"size\":3}", "abc", cut, "");
    }
}


static void
test_size_must_fit(void **state)
{
    refuse("{\"size\":4}", "abc", 0, "not within the input");
    refuse("{\"size\":-1}", "abc", 0, "not within the input");
    refuse("{\"size\":9223372036854775807}", "abc", 0, "not within the input");
    refuse("{\"size\":99999999999999999999}", "abc", 0, "out of range");
    refuse("{\"size\":3.0}", "abc", 0, "no integer");
    refuse("{\"size\":\"3\"}", "abc", 0, "no integer");
    refuse("{}", "abc", 0, "no integer");
}


static void
test_header_must_be_json_and_small(void **state)
{
    const char    *error;
    chat_frame_t   frame;

    refuse("", "abc", 0, "ends early");
    refuse("[]", "", 0, "not an object");

    assert_int_equal(chat_frame_read((const uint8_t *) "\xff\xff\xff\xff{}",
                                     6, &frame, &error), -1);
    assert_string_equal(error, "the frame's header is too large");
    assert_int_equal(chat_frame_read((const uint8_t *) "\0\0\x40\x01{}", 6,
                                     &frame, &error), -1);
    assert_string_equal(error, "the frame's header is too large");
    assert_int_equal(chat_frame_read((const uint8_t *) "\0\0\x40\0{}", 6,
                                     &frame, &error), -1);
    assert_string_equal(error, "the frame is shorter than its header");
}


static void
test_prefix(void **state)
{
    uint8_t  out[4];

    chat_frame_prefix(out, 0x01020304);
    assert_memory_equal(out, "\1\2\3\4", 4);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_frames_can_be_read_one_by_one),
        cmocka_unit_test(test_short_input),
        cmocka_unit_test(test_size_must_fit),
        cmocka_unit_test(test_header_must_be_json_and_small),
        cmocka_unit_test(test_prefix),
    };

    return cmocka_run_group_tests_name("payload frames", tests, NULL, NULL);
}
