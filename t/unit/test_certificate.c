/* Certificates of devices: what the account's key signed, and nothing else. */

#include "test.h"

#include <sodium.h>

#include "chat_certificate.h"
#include "chat_secret.h"

typedef struct {
    uint8_t             account_key[32], secret[64];
    uint8_t             signature[64];
    chat_certificate_t  c;
} signed_t;


/* what is signed, written down by hand */

static void
make(signed_t *s)
{
    uint8_t  text[31 + 16 + 16 + 32 + 8], other[64];

    crypto_sign_keypair(s->account_key, s->secret);
    crypto_sign_keypair(s->c.signature_key, other);
    memset(s->c.account, 0xa1, 16);
    memset(s->c.device, 0xd2, 16);
    s->c.created = 0x0102030405060708ull;

    memcpy(text, "ngx_chat device certificate v1\0", 31);
    memset(text + 31, 0xa1, 16);
    memset(text + 47, 0xd2, 16);
    memcpy(text + 63, s->c.signature_key, 32);
    memcpy(text + 95, "\1\2\3\4\5\6\7\10", 8);

    crypto_sign_detached(s->signature, NULL, text, sizeof(text), s->secret);
}


static int
verify(signed_t *s)
{
    return chat_certificate_verify(&s->c, s->account_key, s->signature);
}


static void
test_what_the_account_signed_is_good(void **state)
{
    signed_t  s;

    make(&s);
    assert_int_equal(verify(&s), 1);
}


static void
test_any_other_byte_is_not(void **state)
{
    size_t    i;
    signed_t  s;

    make(&s);

    for (i = 0; i < sizeof(s.c.account); i++) {
        s.c.account[i] ^= 1;
        assert_int_equal(verify(&s), 0);
        s.c.account[i] ^= 1;

        s.c.device[i] ^= 0x80;
        assert_int_equal(verify(&s), 0);
        s.c.device[i] ^= 0x80;
    }

    for (i = 0; i < 32; i++) {
        s.c.signature_key[i] ^= 4;
        assert_int_equal(verify(&s), 0);
        s.c.signature_key[i] ^= 4;

        s.account_key[i] ^= 4;
        assert_int_equal(verify(&s), 0);
        s.account_key[i] ^= 4;
    }

    for (i = 0; i < 64; i++) {
        s.signature[i] ^= 2;
        assert_int_equal(verify(&s), 0);
        s.signature[i] ^= 2;

        s.c.created ^= 1ull << i;
        assert_int_equal(verify(&s), 0);
        s.c.created ^= 1ull << i;
    }

    assert_int_equal(verify(&s), 1);
}


static void
test_which_bytes_are_a_key(void **state)
{
    size_t    i;
    uint8_t   key[32], secret[64];

    static const uint8_t  small[][32] = {
        { 0 },                          /* of order 4 */
        { 1 },                          /* the neutral element */
    };

    crypto_sign_keypair(key, secret);
    assert_int_equal(chat_ed25519_key_valid(key), 1);

    for (i = 0; i < count(small); i++) {
        assert_int_equal(chat_ed25519_key_valid(small[i]), 0);
    }

    memset(key, 0xff, 32);              /* not canonical */
    assert_int_equal(chat_ed25519_key_valid(key), 0);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_what_the_account_signed_is_good),
        cmocka_unit_test(test_any_other_byte_is_not),
        cmocka_unit_test(test_which_bytes_are_a_key),
    };

    if (chat_secret_init() != 0) {
        return 1;
    }

    return cmocka_run_group_tests(tests, NULL, NULL);
}
