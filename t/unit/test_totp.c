/* TOTP against the RFCs' vectors, base32, the URI of authenticator apps. */

#include "test.h"

#include "chat_totp.h"

static const uint8_t  *secret = (const uint8_t *) "12345678901234567890";


/* RFC 6238, appendix B, for SHA-1; six of its eight digits */

static void
test_vectors(void **state)
{
    size_t  i;
    char    code[CHAT_TOTP_DIGITS];

    static const struct {
        uint64_t     time;
        const char  *code;
    } vectors[] = {
        { 59, "287082" },
        { 1111111109, "081804" },
        { 1111111111, "050471" },
        { 1234567890, "005924" },
        { 2000000000, "279037" },
        { 20000000000, "353130" }
    };

    for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        assert_int_equal(chat_totp_code(secret, vectors[i].time / 30, code), 0);
        assert_memory_equal(code, vectors[i].code, 6);
        assert_int_equal(chat_totp_match(secret, vectors[i].time,
                                         vectors[i].code, 6),
                         vectors[i].time / 30);
    }
}


static void
test_a_step_before_and_after(void **state)
{
    uint64_t  now = 1111111111;

    /* 050471 is of step 37037037, which ends with the second 1111111139 */

    assert_int_equal(chat_totp_match(secret, now - 31, "050471", 6), 37037037);
    assert_int_equal(chat_totp_match(secret, now + 58, "050471", 6), 37037037);
    assert_int_equal(chat_totp_match(secret, now - 32, "050471", 6), -1);
    assert_int_equal(chat_totp_match(secret, now + 59, "050471", 6), -1);
}


static void
test_what_is_no_code(void **state)
{
    assert_int_equal(chat_totp_match(secret, 59, "287083", 6), -1);
    assert_int_equal(chat_totp_match(secret, 59, "28708", 5), -1);
    assert_int_equal(chat_totp_match(secret, 59, "2870820", 7), -1);
    assert_int_equal(chat_totp_match(secret, 59, "", 0), -1);
    assert_int_equal(chat_totp_match(secret, 29, "755224", 6), -1);
    assert_int_equal(chat_totp_match(secret, UINT64_MAX, "755224", 6), -1);
    assert_int_equal(chat_totp_match((const uint8_t *) "abcdefghijabcdefghij",
                                     59, "287082", 6), -1);
}


/* RFC 4648, section 10, its padding left out */

static void
test_base32(void **state)
{
    size_t  i;
    char    out[16];

    static const char *const  vectors[][2] = {
        { "", "" }, { "f", "MY" }, { "fo", "MZXQ" }, { "foo", "MZXW6" },
        { "foob", "MZXW6YQ" }, { "fooba", "MZXW6YTB" },
        { "foobar", "MZXW6YTBOI" }
    };

    for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        assert_int_equal(chat_base32_encode((const uint8_t *) vectors[i][0],
                                            strlen(vectors[i][0]), out),
                         strlen(vectors[i][1]));
        assert_int_equal(chat_base32_len(strlen(vectors[i][0])),
                         strlen(vectors[i][1]));
        assert_memory_equal(out, vectors[i][1], strlen(vectors[i][1]));
    }

    assert_int_equal(chat_base32_encode((const uint8_t *) "\xff\xff\xff\xff\xff",
                                        5, out), 8);
    assert_memory_equal(out, "77777777", 8);
}


static void
test_uri(void **state)
{
    char    out[256];
    size_t  len;

    static const char  uri[] = "otpauth://totp/A%26B%20Chat:a%3Ab%3F"
        "?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=A%26B%20Chat"
        "&algorithm=SHA1&digits=6&period=30";

    len = chat_totp_uri("A&B Chat", 8, "a:b?", 4, secret, out, sizeof(out));
    assert_int_equal(len, sizeof(uri) - 1);
    assert_memory_equal(out, uri, len);

    assert_int_equal(chat_totp_uri("A&B Chat", 8, "a:b?", 4, secret, out, len),
                     len);
    assert_int_equal(chat_totp_uri("A&B Chat", 8, "a:b?", 4, secret, out,
                                   len - 1), 0);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_a_step_before_and_after),
        cmocka_unit_test(test_what_is_no_code),
        cmocka_unit_test(test_base32),
        cmocka_unit_test(test_uri)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
