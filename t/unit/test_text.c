/* UUIDs and base64url. */

#include "test.h"

#include "chat_secret.h"
#include "chat_text.h"


static void
test_uuid_text(void **state)
{
    char     out[CHAT_UUID_LEN + 1] = "";
    uint8_t  uuid[16];

    assert_int_equal(chat_uuid_parse("019A0b1c-2d3e-7f40-8a5b-6c7d8e9fA0b1",
                                     36, uuid), 0);
    chat_uuid_format(uuid, out);
    assert_string_equal(out, "019a0b1c-2d3e-7f40-8a5b-6c7d8e9fa0b1");
}


static void
test_uuid_must_be_canonical(void **state)
{
    size_t   i;
    uint8_t  uuid[16];

    static const char  *bad[] = {
        "", "019a0b1c-2d3e-7f40-8a5b-6c7d8e9fa0b",
        "019a0b1c-2d3e-7f40-8a5b-6c7d8e9fa0b12",
        "019a0b1c2d3e7f408a5b6c7d8e9fa0b1",
        "{19a0b1c-2d3e-7f40-8a5b-6c7d8e9fa0b1",
        "019a0b1c-2d3e-7f40-8a5b-6c7d8e9fa0g1",
        "019a0b1c-2d3e-7f40-8a5b-6c7d8e9fa0-1",
        "019a0b1c-2d3e-7f40-8a5b06c7d8e9fa0b1",
        "019a0b1c-2d3e-7f4-08a5b-6c7d8e9fa0b1",
        "019a0b1c-2d3e-7f40-8a5b-6c7d8e9fa0\xb1" "1"
    };

    for (i = 0; i < count(bad); i++) {
        assert_int_equal(chat_uuid_parse(bad[i], strlen(bad[i]), uuid), -1);
    }
}


static void
test_uuids_bear_version_and_variant(void **state)
{
    int      i;
    uint8_t  a[16], b[16];

    for (i = 0; i < 1000; i++) {
        chat_uuid_random(a);
        assert_int_equal(a[6] >> 4, 4);
        assert_int_equal(a[8] >> 6, 2);

        chat_uuid_v7(a, 0x0123456789ab);
        chat_uuid_v7(b, 0x0123456789ab + 1);
        assert_memory_equal(a, "\x01\x23\x45\x67\x89\xab", 6);
        assert_int_equal(a[6] >> 4, 7);
        assert_int_equal(a[8] >> 6, 2);
        assert_true(memcmp(a, b, 16) < 0);
    }
}


static void
test_base64url_vectors(void **state)
{
    size_t   i, n;
    char     out[16];
    uint8_t  back[16];

    /* RFC 4648 section 10, and the two characters of its section 5 */

    static const struct {
        const char  *bytes;
        const char  *text;
    } cases[] = {
        { "", "" }, { "f", "Zg" }, { "fo", "Zm8" }, { "foo", "Zm9v" },
        { "foob", "Zm9vYg" }, { "fooba", "Zm9vYmE" }, { "foobar", "Zm9vYmFy" },
        { "\xfb\xff\xbf", "-_-_" }
    };

    for (i = 0; i < count(cases); i++) {
        n = strlen(cases[i].bytes);
        assert_int_equal(chat_base64url_encode((const uint8_t *)
                                               cases[i].bytes, n, out),
                         strlen(cases[i].text));
        assert_int_equal(chat_base64url_len(n), strlen(cases[i].text));
        assert_memory_equal(out, cases[i].text, strlen(cases[i].text));
        assert_int_equal(chat_base64url_decode(cases[i].text,
                                               strlen(cases[i].text), back,
                                               sizeof(back)), (long) n);
        assert_memory_equal(back, cases[i].bytes, n);
    }
}


static void
test_base64url_every_length(void **state)
{
    size_t    len;
    char     *text;
    uint8_t  *bytes, *back;

    for (len = 1; len < 200; len++) {
        bytes = malloc(len);
        back = malloc(len);
        text = malloc(chat_base64url_len(len));
        chat_random(bytes, len);

        assert_int_equal(chat_base64url_encode(bytes, len, text),
                         chat_base64url_len(len));
        assert_int_equal(chat_base64url_decode(text, chat_base64url_len(len),
                                               back, len), (long) len);
        assert_memory_equal(bytes, back, len);

        /* a buffer too short is no place to cut */

        assert_int_equal(chat_base64url_decode(text, chat_base64url_len(len),
                                               back, len - 1), -1);
        free(bytes);
        free(back);
        free(text);
    }
}


static void
test_base64url_is_strict(void **state)
{
    size_t   i;
    uint8_t  out[16];

    static const char  *bad[] = { "Zg==", "Zg=", "Z", "Zm9vY", "Zh", "Zm9", "Zm 9v",
                                  "Zm9v\n", "Zm+v", "Zm/v", "Zm9\xff", " " };

    for (i = 0; i < count(bad); i++) {
        assert_int_equal(chat_base64url_decode(bad[i], strlen(bad[i]), out,
                                               sizeof(out)), -1);
    }
}


static void
test_base64url_knows_64_characters(void **state)
{
    int      c, good;
    char     text[4] = "AAA", *at;
    uint8_t  out[4];

    at = text + 1;

    for (c = 0; c < 256; c++) {
        *at = (char) c;
        good = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')
               || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
        assert_int_equal(chat_base64url_decode(text, 4 - 1, out, 4),
                         good ? 2 : -1);
    }
}


static int
start(void **state)
{
    return chat_secret_init();
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_uuid_text),
        cmocka_unit_test(test_uuid_must_be_canonical),
        cmocka_unit_test(test_uuids_bear_version_and_variant),
        cmocka_unit_test(test_base64url_vectors),
        cmocka_unit_test(test_base64url_every_length),
        cmocka_unit_test(test_base64url_is_strict),
        cmocka_unit_test(test_base64url_knows_64_characters),
    };

    return cmocka_run_group_tests_name("UUID, base64url", tests, start, NULL);
}
