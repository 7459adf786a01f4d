/* A challenge is good for what it was made for, until it expires. */

#include "test.h"

#include "chat_challenge.h"
#include "chat_secret.h"

#define NOW     1700000000

static const uint8_t  key[32] = { 1 }, other[32] = { 2 };


static int
set_up(void **state)
{
    return chat_secret_init();
}


static int
check(const char *purpose, const char *subject, uint64_t now,
    const uint8_t *c, size_t len)
{
    return chat_challenge_check(key, purpose, subject, strlen(subject), now, c,
                                len);
}


static void
test_good(void **state)
{
    uint8_t  a[CHAT_CHALLENGE_LEN], b[CHAT_CHALLENGE_LEN];

    chat_challenge_make(key, "sign_in", "", 0, NOW + 300, a);
    chat_challenge_make(key, "sign_in", "", 0, NOW + 300, b);
    assert_memory_not_equal(a, b, CHAT_CHALLENGE_NONCE);
    assert_int_equal(chat_challenge_expires(a), NOW + 300);
    assert_int_equal(check("sign_in", "", NOW, a, sizeof(a)), 1);
    assert_int_equal(check("sign_in", "", NOW + 299, a, sizeof(a)), 1);
    assert_int_equal(check("sign_in", "", NOW + 300, a, sizeof(a)), -1);
}


static void
test_not_for_this(void **state)
{
    uint8_t  c[CHAT_CHALLENGE_LEN];

    chat_challenge_make(key, "proof", "session 1", 9, NOW + 300, c);
    assert_int_equal(check("proof", "session 1", NOW, c, sizeof(c)), 1);
    assert_int_equal(check("proof", "session 2", NOW, c, sizeof(c)), 0);
    assert_int_equal(check("proof", "", NOW, c, sizeof(c)), 0);
    assert_int_equal(check("create", "session 1", NOW, c, sizeof(c)), 0);
    assert_int_equal(chat_challenge_check(other, "proof", "session 1", 9, NOW,
                                          c, sizeof(c)), 0);
}


static void
test_changed(void **state)
{
    size_t   i;
    uint8_t  c[CHAT_CHALLENGE_LEN + 1];

    chat_challenge_make(key, "sign_in", "", 0, NOW - 1, c);
    assert_int_equal(check("sign_in", "", NOW, c, CHAT_CHALLENGE_LEN), -1);

    for (i = 0; i < CHAT_CHALLENGE_LEN; i++) {
        c[i] ^= 1;
        assert_int_equal(check("sign_in", "", NOW, c, CHAT_CHALLENGE_LEN), 0);
        c[i] ^= 1;
    }

    assert_int_equal(check("sign_in", "", NOW, c, CHAT_CHALLENGE_LEN - 1), 0);
    assert_int_equal(check("sign_in", "", NOW, c, CHAT_CHALLENGE_LEN + 1), 0);
    assert_int_equal(check("sign_in", "", NOW, c, 0), 0);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_not_for_this),
        cmocka_unit_test(test_changed)
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}
