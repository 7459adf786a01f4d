/* What is sealed is opened by its key alone, for whom it was sealed, and unchanged. */

#include "test.h"

#include "chat_seal.h"
#include "chat_secret.h"

#define LEN     20

static chat_seal_key_t  keys[3];


static int
set_up(void **state)
{
    int      i;
    uint8_t  bytes[CHAT_SEAL_KEY_LEN];

    if (chat_secret_init() != 0) {
        return -1;
    }

    for (i = 0; i < 3; i++) {
        memset(bytes, i, sizeof(bytes));
        chat_seal_key(bytes, &keys[i]);
    }

    return 0;
}


static void
test_there_and_back(void **state)
{
    uint8_t  a[LEN + CHAT_SEAL_OVERHEAD], b[LEN + CHAT_SEAL_OVERHEAD], out[LEN];

    chat_seal(&keys[0], "ann", 3, (const uint8_t *) "12345678901234567890", LEN, a);
    chat_seal(&keys[0], "ann", 3, (const uint8_t *) "12345678901234567890", LEN, b);
    assert_memory_not_equal(a, b, sizeof(a));
    assert_int_equal(chat_seal_open(keys, 1, "ann", 3, a, sizeof(a), out), 0);
    assert_memory_equal(out, "12345678901234567890", LEN);
}


static void
test_older_keys(void **state)
{
    uint8_t  a[LEN + CHAT_SEAL_OVERHEAD], out[LEN];

    chat_seal(&keys[2], "ann", 3, (const uint8_t *) "12345678901234567890", LEN, a);
    assert_int_equal(chat_seal_open(keys, 3, "ann", 3, a, sizeof(a), out), 2);
    assert_int_equal(chat_seal_open(keys, 2, "ann", 3, a, sizeof(a), out), -1);
}


static void
test_anything_else(void **state)
{
    size_t   i;
    uint8_t  a[LEN + CHAT_SEAL_OVERHEAD], out[LEN];

    chat_seal(&keys[0], "ann", 3, (const uint8_t *) "12345678901234567890", LEN, a);
    assert_int_equal(chat_seal_open(keys, 3, "bob", 3, a, sizeof(a), out), -2);
    assert_int_equal(chat_seal_open(keys, 3, "ann", 3, a, CHAT_SEAL_OVERHEAD - 1,
                                    out), -2);

    for (i = 0; i < sizeof(a); i++) {
        a[i] ^= 1;
        assert_true(chat_seal_open(keys, 3, "ann", 3, a, sizeof(a), out) < 0);
        a[i] ^= 1;
    }
}


static void
test_derived(void **state)
{
    uint8_t          master[CHAT_SEAL_KEY_LEN] = { 7 };
    chat_seal_key_t  a, b, c;

    chat_seal_key_derive(master, "one", &a);
    chat_seal_key_derive(master, "one", &b);
    chat_seal_key_derive(master, "two", &c);
    assert_memory_equal(&a, &b, sizeof(a));
    assert_memory_not_equal(a.key, c.key, CHAT_SEAL_KEY_LEN);
    assert_memory_not_equal(a.key, master, CHAT_SEAL_KEY_LEN);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_older_keys),
        cmocka_unit_test(test_anything_else),
        cmocka_unit_test(test_derived)
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}
