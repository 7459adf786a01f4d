/* Tokens, codes, password hashes. */

#include "test.h"

#include "chat_secret.h"

static const chat_argon2_t  cheap = { 64, 1, 1 };


static void
test_tokens(void **state)
{
    char     a[CHAT_TOKEN_LEN], b[CHAT_TOKEN_LEN];
    uint8_t  ha[CHAT_HASH_LEN], hb[CHAT_HASH_LEN];

    chat_token_make(CHAT_TOKEN_PREFIX, a);
    chat_token_make(CHAT_TOKEN_PREFIX, b);
    assert_memory_equal(a, "ngxc_", 5);
    assert_memory_not_equal(a, b, CHAT_TOKEN_LEN);

    assert_int_equal(chat_token_hash(CHAT_TOKEN_PREFIX, a, sizeof(a), ha), 0);
    assert_int_equal(chat_token_hash(CHAT_TOKEN_PREFIX, a, sizeof(a), hb), 0);
    assert_memory_equal(ha, hb, CHAT_HASH_LEN);
    assert_int_equal(chat_token_hash(CHAT_TOKEN_PREFIX, b, sizeof(b), hb), 0);
    assert_memory_not_equal(ha, hb, CHAT_HASH_LEN);
}


static void
test_what_is_no_token(void **state)
{
    char     t[CHAT_TOKEN_LEN + 1] = "";
    uint8_t  hash[CHAT_HASH_LEN];

    chat_token_make(CHAT_TOKEN_PREFIX, t);
    assert_int_equal(chat_token_hash(CHAT_DEVICE_PREFIX, t, 48, hash), -1);
    assert_int_equal(chat_token_hash(CHAT_TOKEN_PREFIX, t, 47, hash), -1);
    assert_int_equal(chat_token_hash(CHAT_TOKEN_PREFIX, t, 49, hash), -1);
    assert_int_equal(chat_token_hash(CHAT_TOKEN_PREFIX, "", 0, hash), -1);
    t[20] = '+';
    assert_int_equal(chat_token_hash(CHAT_TOKEN_PREFIX, t, 48, hash), -1);
    t[20] = '\xff';
    assert_int_equal(chat_token_hash(CHAT_TOKEN_PREFIX, t, 48, hash), -1);
    t[20] = 'A';
    t[47] = 'B';                        /* bits that 32 bytes don't have */
    assert_int_equal(chat_token_hash(CHAT_TOKEN_PREFIX, t, 48, hash), -1);
}


static void
test_codes_are_digits(void **state)
{
    int   i, j, seen[10] = { 0 };
    char  code[CHAT_CODE_LEN];

    for (i = 0; i < 1000; i++) {
        chat_code_make(code);

        for (j = 0; j < CHAT_CODE_LEN; j++) {
            assert_in_range(code[j], '0', '9');
            seen[code[j] - '0']++;
        }
    }

    /* 8,000 digits: 800 of each, give or take more than six deviations */

    for (i = 0; i < 10; i++) {
        assert_in_range(seen[i], 600, 1000);
    }
}


static void
test_code_is_bound_to_key_purpose_and_address(void **state)
{
    uint8_t  key[32] = { 1 }, other[32] = { 2 };
    uint8_t  a[CHAT_HASH_LEN], b[CHAT_HASH_LEN];

    chat_code_hash(key, "verify", "a@b.c", 5, "12345678", 8, a);
    chat_code_hash(key, "verify", "a@b.c", 5, "12345678", 8, b);
    assert_true(chat_equal(a, b, CHAT_HASH_LEN));
    chat_code_hash(other, "verify", "a@b.c", 5, "12345678", 8, b);
    assert_false(chat_equal(a, b, CHAT_HASH_LEN));
    chat_code_hash(key, "reset", "a@b.c", 5, "12345678", 8, b);
    assert_false(chat_equal(a, b, CHAT_HASH_LEN));
    chat_code_hash(key, "verify", "a@b.d", 5, "12345678", 8, b);
    assert_false(chat_equal(a, b, CHAT_HASH_LEN));
    chat_code_hash(key, "verify", "a@b.c1", 6, "2345678", 7, b);
    assert_false(chat_equal(a, b, CHAT_HASH_LEN));
}


static void
test_password(void **state)
{
    int   weaker;
    char  phc[CHAT_PASSWORD_HASH_MAX], again[CHAT_PASSWORD_HASH_MAX];

    assert_int_equal(chat_password_hash(&cheap, "a\0b", 3, phc), 0);
    assert_memory_equal(phc, "$argon2id$v=19$m=64,t=1,p=1$", 28);
    assert_int_equal(chat_password_hash(&cheap, "a\0b", 3, again), 0);
    assert_string_not_equal(phc, again);

    assert_int_equal(chat_password_verify(&cheap, phc, "a\0b", 3, NULL), 1);
    assert_int_equal(chat_password_verify(&cheap, phc, "a\0c", 3, NULL), 0);
    assert_int_equal(chat_password_verify(&cheap, phc, "a", 1, NULL), 0);
    assert_int_equal(chat_password_verify(&cheap, phc, "", 0, &weaker), 0);
    assert_false(weaker);
}


static void
test_raised_cost_is_noticed(void **state)
{
    int            weaker;
    char           phc[CHAT_PASSWORD_HASH_MAX];
    chat_argon2_t  cost;

    assert_int_equal(chat_password_hash(&cheap, "x", 1, phc), 0);

    cost = cheap;
    cost.memory = 65;
    assert_int_equal(chat_password_verify(&cost, phc, "x", 1, &weaker), 1);
    assert_true(weaker);

    cost = cheap;
    cost.passes = 2;
    assert_int_equal(chat_password_verify(&cost, phc, "x", 1, &weaker), 1);
    assert_true(weaker);

    cost = cheap;
    cost.memory = 32;
    assert_int_equal(chat_password_verify(&cost, phc, "x", 1, &weaker), 1);
    assert_false(weaker);
}


/* made by libargon2's own encoder, with four lanes: others' hashes can be read */

static void
test_hash_of_the_reference_encoder(void **state)
{
    static const char  phc[] =
        "$argon2id$v=19$m=256,t=2,p=4$c29tZXNhbHRzb21lc2FsdA"
        "$gMjjMc6Qg/25kliM7YGZpROJ06Vcs72y+Ycp0dIcYvQ";

    assert_int_equal(chat_password_verify(&cheap, phc, "correct horse", 13,
                                          NULL), 1);
    assert_int_equal(chat_password_verify(&cheap, phc, "correct Horse", 13,
                                          NULL), 0);
}


static void
test_what_is_no_hash(void **state)
{
    size_t  i;

    static const char  *bad[] = {
        "", "x", "$argon2id$",
        "$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=16$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$",
        "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$AAAA",
        "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAA",
        "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA",
        "$argon2id$v=19$m=64,t=1,p=1$$AAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=0,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=64,t=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAA$",
        "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAA\xff\xff",
        "$argon2id$v=19$m=99999999999,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=64,t=99999,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=64,t=-1,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAA"
    };

    for (i = 0; i < count(bad); i++) {
        assert_int_equal(chat_password_verify(&cheap, bad[i], "x", 1, NULL),
                         -1);
    }
}


static void
test_wipe_and_compare(void **state)
{
    char  a[32], b[32];

    chat_random(a, sizeof(a));
    memcpy(b, a, sizeof(a));
    assert_true(chat_equal(a, b, sizeof(a)));
    b[31] ^= 1;
    assert_false(chat_equal(a, b, sizeof(a)));
    chat_wipe(a, sizeof(a));
    memset(b, 0, sizeof(b));
    assert_memory_equal(a, b, sizeof(a));
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
        cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_what_is_no_token),
        cmocka_unit_test(test_codes_are_digits),
        cmocka_unit_test(test_code_is_bound_to_key_purpose_and_address),
        cmocka_unit_test(test_password),
        cmocka_unit_test(test_raised_cost_is_noticed),
        cmocka_unit_test(test_hash_of_the_reference_encoder),
        cmocka_unit_test(test_what_is_no_hash),
        cmocka_unit_test(test_wipe_and_compare),
    };

    return cmocka_run_group_tests_name("secrets", tests, start, NULL);
}
