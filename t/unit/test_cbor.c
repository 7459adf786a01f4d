/* CBOR: what is whole, what isn't, and that no length drives anything. */

#include "test.h"

#include "chat_cbor.h"

#define item(s)     chat_cbor_item((const uint8_t *) s, sizeof(s) - 1)


static void
test_whole(void **state)
{
    assert_int_equal(item("\x00"), 1);
    assert_int_equal(item("\x39\x01\x00"), 3);
    assert_int_equal(item("\x1b\xff\xff\xff\xff\xff\xff\xff\xff"), 9);
    assert_int_equal(item("\x43" "abc"), 4);
    assert_int_equal(item("\x63" "abc more"), 4);
    assert_int_equal(item("\xa0"), 1);
    assert_int_equal(item("\x83\x01\x02\x80"), 4);
    assert_int_equal(item("\xa2\x01\x26\x61" "a\xf5"), 6);
    assert_int_equal(item("\xf6"), 1);
}


static void
test_not_whole(void **state)
{
    assert_int_equal(item(""), 0);
    assert_int_equal(item("\x19\x01"), 0);
    assert_int_equal(item("\x43" "ab"), 0);
    assert_int_equal(item("\x83\x01\x02"), 0);
    assert_int_equal(item("\xa1\x01"), 0);
    assert_int_equal(item("\x5b\xff\xff\xff\xff\xff\xff\xff\xff"), 0);
}


static void
test_refused(void **state)
{
    assert_int_equal(item("\x5f\x41" "a\xff"), 0);      /* no length told */
    assert_int_equal(item("\x9f\xff"), 0);
    assert_int_equal(item("\xbf\xff"), 0);
    assert_int_equal(item("\xff"), 0);
    assert_int_equal(item("\x1c"), 0);                  /* nothing */
    assert_int_equal(item("\xc0\x60"), 0);              /* a tag */
    assert_int_equal(item("\xf9\x00\x00"), 0);          /* a float */
    assert_int_equal(item("\xe0"), 0);                  /* a simple value */
    assert_int_equal(item("\xf8\x20"), 0);
    assert_int_equal(item("\x9a\x04\x00\x00\x00"), 0);  /* many that aren't there */
    assert_int_equal(item("\xbb\x80\x00\x00\x00\x00\x00\x00\x00"), 0);
}


static void
test_bounds(void **state)
{
    uint8_t  data[CHAT_CBOR_ITEMS + 8];

    memset(data, 0x81, CHAT_CBOR_DEPTH);
    data[CHAT_CBOR_DEPTH] = 0x01;
    assert_int_equal(chat_cbor_item(data, CHAT_CBOR_DEPTH + 1), CHAT_CBOR_DEPTH + 1);

    data[CHAT_CBOR_DEPTH] = 0x81;
    data[CHAT_CBOR_DEPTH + 1] = 0x01;
    assert_int_equal(chat_cbor_item(data, CHAT_CBOR_DEPTH + 2), 0);

    memset(data, 0, sizeof(data));
    data[0] = 0x98;
    data[1] = CHAT_CBOR_ITEMS - 1;
    assert_int_equal(chat_cbor_item(data, sizeof(data)), CHAT_CBOR_ITEMS + 1);

    data[0] = 0x99;
    data[1] = CHAT_CBOR_ITEMS >> 8;
    data[2] = CHAT_CBOR_ITEMS & 0xff;
    assert_int_equal(chat_cbor_item(data, sizeof(data)), 0);
}


static void
test_get(void **state)
{
    chat_cbor_t  value;

    static const uint8_t  map[] = "\xa3\x63" "abc\x42" "xy\x01\x02\x61" "a\x80";
    static const uint8_t  twice[] = "\xa2\x61" "a\x01\x61" "a\x02";

    assert_int_equal(chat_cbor_get(map, sizeof(map) - 1, "abc", &value), 1);
    assert_int_equal(value.major, CHAT_CBOR_BYTES);
    assert_int_equal(value.len, 2);
    assert_memory_equal(value.data, "xy", 2);
    assert_int_equal(chat_cbor_get(map, sizeof(map) - 1, "a", &value), 1);
    assert_int_equal(chat_cbor_get(map, sizeof(map) - 1, "ab", &value), 0);
    assert_int_equal(chat_cbor_get(twice, sizeof(twice) - 1, "a", &value), 0);
    assert_int_equal(chat_cbor_get((const uint8_t *) "\x80", 1, "a", &value), 0);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_not_whole),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_get)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
