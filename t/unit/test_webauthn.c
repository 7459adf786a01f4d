/* Passkeys: a good registration and assertion of each algorithm, and every way to be refused. */

#include "test.h"

#include <sys/resource.h>

#include "authenticator.h"
#include "chat_secret.h"
#include "chat_text.h"

static const int  algorithms[] = {
    CHAT_WEBAUTHN_ES256, CHAT_WEBAUTHN_EDDSA, CHAT_WEBAUTHN_RS256
};


static int
set_up(void **state)
{
    return chat_secret_init();
}


static chat_webauthn_status_t
client(const char *type, const char *json)
{
    chat_webauthn_client_t  c;

    return chat_webauthn_client(&rp, type, (const uint8_t *) json,
                                strlen(json), &c);
}


static chat_webauthn_status_t
register_with(const bytes_t *auth, chat_webauthn_credential_t *c)
{
    bytes_t  attestation;

    attestation.len = 0;
    put_attestation(&attestation, auth);

    return chat_webauthn_register(&rp, attestation.data, attestation.len, c);
}


static void
test_client_data(void **state)
{
    chat_webauthn_client_t  c;

    static const char  good[] = "{\"type\":\"webauthn.get\",\"challenge\":\"AQID\","
        "\"origin\":\"https://chat.example.org\",\"crossOrigin\":false,"
        "\"other_keys_can_be_added_here\":\"do not compare\"}";

    assert_int_equal(chat_webauthn_client(&rp, CHAT_WEBAUTHN_GET,
                         (const uint8_t *) good, sizeof(good) - 1, &c),
                     CHAT_WEBAUTHN_OK);
    assert_int_equal(c.challenge_len, 3);
    assert_memory_equal(c.challenge, "\1\2\3", 3);
    assert_int_equal(client(CHAT_WEBAUTHN_CREATE, good), CHAT_WEBAUTHN_TYPE);
    assert_int_equal(client(CHAT_WEBAUTHN_GET, "{\"type\":\"webauthn.get\","
        "\"challenge\":\"AQID\",\"origin\":\"http://localhost:8080\"}"),
        CHAT_WEBAUTHN_OK);
}


static void
test_client_data_of_others(void **state)
{
    size_t  i;
    char    json[512];

    static const char *const  origins[] = {
        "\"https://chat.example.org.evil.example\"",
        "\"https://chat.example.org/\"", "\"http://chat.example.org\"",
        "\"https://evil.example\"", "\"https://CHAT.example.org\"",
        "\"https://chat.example.org:443\"", "\"https://chat.example.or\"",
        "\"\"", "null", "[\"https://chat.example.org\"]",
        "\"https://chat.example.org\",\"crossOrigin\":true",
        "\"https://chat.example.org\",\"crossOrigin\":\"false\"",
        "\"https://chat.example.org\",\"topOrigin\":\"https://evil.example\""
    };

    for (i = 0; i < sizeof(origins) / sizeof(origins[0]); i++) {
        snprintf(json, sizeof(json), "{\"type\":\"webauthn.get\","
                 "\"challenge\":\"AQID\",\"origin\":%s}", origins[i]);
        assert_int_equal(client(CHAT_WEBAUTHN_GET, json), CHAT_WEBAUTHN_ORIGIN);
    }

    assert_int_equal(client(CHAT_WEBAUTHN_GET, "{\"type\":\"webauthn.get\","
        "\"challenge\":\"AQID\"}"), CHAT_WEBAUTHN_ORIGIN);
}


static void
test_no_client_data(void **state)
{
    size_t  i;

    static const char *const  bad[] = {
        "", "[]", "{", "{\"type\":\"webauthn.get\",\"type\":\"webauthn.get\"}",
        "{\"type\":\"webauthn.get\",\"challenge\":\"A\","
            "\"origin\":\"https://chat.example.org\"}",
        "{\"type\":\"webauthn.get\",\"challenge\":7,"
            "\"origin\":\"https://chat.example.org\"}",
        "{\"type\":\"webauthn.get\",\"origin\":\"https://chat.example.org\"}"
    };

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(client(CHAT_WEBAUTHN_GET, bad[i]),
                         CHAT_WEBAUTHN_CLIENT_DATA);
    }

    assert_int_equal(client(CHAT_WEBAUTHN_GET, "{}"), CHAT_WEBAUTHN_TYPE);
}


static void
test_each_algorithm(void **state)
{
    size_t                       i;
    bytes_t                      auth, signature;
    uint8_t                      hash[32] = { 9 };
    uint32_t                     count;
    EVP_PKEY                    *key;
    chat_webauthn_credential_t   c;

    for (i = 0; i < 3; i++) {
        key = new_key(algorithms[i]);
        auth.len = 0;
        put_credential(&auth, RP_ID, UP_UV, algorithms[i], key);
        assert_int_equal(register_with(&auth, &c), CHAT_WEBAUTHN_OK);
        assert_int_equal(c.algorithm, algorithms[i]);
        assert_int_equal(c.id_len, 16);
        assert_memory_equal(c.id, "credential of us", 16);
        assert_int_equal(c.sign_count, 0);

        auth.len = 0;
        put_auth(&auth, RP_ID, UP_UV, 70000);
        sign(key, algorithms[i], &auth, hash, &signature);
        assert_int_equal(chat_webauthn_assert(&rp, c.algorithm, c.key,
                             c.key_len, hash, auth.data, auth.len,
                             signature.data, signature.len, &count),
                         CHAT_WEBAUTHN_OK);
        assert_int_equal(count, 70000);

        /* over other client data, or by another key */

        hash[0]++;
        assert_int_equal(chat_webauthn_assert(&rp, c.algorithm, c.key,
                             c.key_len, hash, auth.data, auth.len,
                             signature.data, signature.len, &count),
                         CHAT_WEBAUTHN_SIGNATURE);
        hash[0]--;
        signature.data[signature.len - 1] ^= 1;
        assert_int_equal(chat_webauthn_assert(&rp, c.algorithm, c.key,
                             c.key_len, hash, auth.data, auth.len,
                             signature.data, signature.len, &count),
                         CHAT_WEBAUTHN_SIGNATURE);
        EVP_PKEY_free(key);
    }
}


static void
test_refused_assertions(void **state)
{
    size_t                       i;
    bytes_t                      auth, signature;
    uint8_t                      hash[32] = { 9 };
    uint32_t                     count;
    EVP_PKEY                    *key;
    chat_webauthn_credential_t   c;

    static const struct {
        const char              *rp_id;
        unsigned                 flags;
        chat_webauthn_status_t   status;
    } cases[] = {
        { RP_ID, UP_UV, CHAT_WEBAUTHN_OK },
        { RP_ID, UP_UV | 0x18, CHAT_WEBAUTHN_OK },      /* backed up */
        { RP_ID, 0x01, CHAT_WEBAUTHN_NOT_VERIFIED },
        { RP_ID, 0x04, CHAT_WEBAUTHN_NOT_VERIFIED },
        { RP_ID, 0x00, CHAT_WEBAUTHN_NOT_VERIFIED },
        { RP_ID, UP_UV | 0x80, CHAT_WEBAUTHN_FORMAT },
        { RP_ID, UP_UV | 0x40, CHAT_WEBAUTHN_FORMAT },
        { "example.org", UP_UV, CHAT_WEBAUTHN_RP_ID },
        { "", UP_UV, CHAT_WEBAUTHN_RP_ID }
    };

    key = new_key(CHAT_WEBAUTHN_ES256);
    auth.len = 0;
    put_credential(&auth, RP_ID, UP_UV, CHAT_WEBAUTHN_ES256, key);
    assert_int_equal(register_with(&auth, &c), CHAT_WEBAUTHN_OK);

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auth.len = 0;
        put_auth(&auth, cases[i].rp_id, cases[i].flags, 1);
        sign(key, CHAT_WEBAUTHN_ES256, &auth, hash, &signature);
        assert_int_equal(chat_webauthn_assert(&rp, c.algorithm, c.key,
                             c.key_len, hash, auth.data, auth.len,
                             signature.data, signature.len, &count),
                         cases[i].status);
    }

    auth.len = 0;
    put_auth(&auth, RP_ID, UP_UV, 1);
    put_byte(&auth, 0xa0);
    sign(key, CHAT_WEBAUTHN_ES256, &auth, hash, &signature);
    assert_int_equal(chat_webauthn_assert(&rp, c.algorithm, c.key, c.key_len,
                         hash, auth.data, auth.len, signature.data,
                         signature.len, &count), CHAT_WEBAUTHN_FORMAT);
    assert_int_equal(chat_webauthn_assert(&rp, c.algorithm, c.key, c.key_len,
                         hash, auth.data, 36, signature.data,
                         signature.len, &count), CHAT_WEBAUTHN_FORMAT);
    assert_int_equal(chat_webauthn_assert(&rp, -65535, c.key, c.key_len,
                         hash, auth.data, 37, signature.data,
                         signature.len, &count), CHAT_WEBAUTHN_KEY);
    assert_int_equal(chat_webauthn_assert(&rp, c.algorithm, c.key, 63,
                         hash, auth.data, 37, signature.data,
                         signature.len, &count), CHAT_WEBAUTHN_KEY);
    EVP_PKEY_free(key);
}


static void
test_refused_registrations(void **state)
{
    bytes_t                      auth, good;
    EVP_PKEY                    *key;
    chat_webauthn_credential_t   c;

    key = new_key(CHAT_WEBAUTHN_ES256);
    good.len = 0;
    put_credential(&good, RP_ID, UP_UV, CHAT_WEBAUTHN_ES256, key);

    auth.len = 0;
    put_credential(&auth, "example.org", UP_UV, CHAT_WEBAUTHN_ES256, key);
    assert_int_equal(register_with(&auth, &c), CHAT_WEBAUTHN_RP_ID);

    auth.len = 0;
    put_credential(&auth, RP_ID, 0x01, CHAT_WEBAUTHN_ES256, key);
    assert_int_equal(register_with(&auth, &c), CHAT_WEBAUTHN_NOT_VERIFIED);

    auth.len = 0;                       /* no credential */
    put_auth(&auth, RP_ID, UP_UV, 0);
    assert_int_equal(register_with(&auth, &c), CHAT_WEBAUTHN_FORMAT);

    auth = good;                        /* more after it */
    put_byte(&auth, 0xa0);
    assert_int_equal(register_with(&auth, &c), CHAT_WEBAUTHN_FORMAT);
    auth.data[32] |= 0x80;              /* which is told: extensions */
    assert_int_equal(register_with(&auth, &c), CHAT_WEBAUTHN_OK);

    auth = good;                        /* an id longer than all of it */
    auth.data[53] = 0x03;
    assert_int_equal(register_with(&auth, &c), CHAT_WEBAUTHN_FORMAT);

    auth = good;                        /* no point of the curve */
    auth.data[auth.len - 1] ^= 1;
    assert_int_equal(register_with(&auth, &c), CHAT_WEBAUTHN_KEY);

    auth = good;                        /* ES384 */
    auth.data[71 + 4] = 0x38;
    assert_int_not_equal(register_with(&auth, &c), CHAT_WEBAUTHN_OK);

    assert_int_equal(chat_webauthn_register(&rp, good.data, good.len, &c),
                     CHAT_WEBAUTHN_FORMAT);
    assert_int_equal(chat_webauthn_register(&rp, (const uint8_t *) "", 0, &c),
                     CHAT_WEBAUTHN_FORMAT);
    EVP_PKEY_free(key);
}


/* an array that says it has 2^26 items: libcbor takes 500 MB for it */

static void
test_lengths_take_no_memory(void **state)
{
    long                         before;
    bytes_t                      auth;
    struct rusage                usage;
    chat_webauthn_credential_t   c;

    auth.len = 0;
    put_auth(&auth, RP_ID, UP_UV | 0x40, 0);
    put(&auth, "AAGUID-of-a-test\0\1x\xa5\x01\x9a\x04\0\0\0", 26);

    getrusage(RUSAGE_SELF, &usage);
    before = usage.ru_maxrss;
    assert_int_equal(register_with(&auth, &c), CHAT_WEBAUTHN_FORMAT);
    getrusage(RUSAGE_SELF, &usage);
    assert_true(usage.ru_maxrss - before < 50000);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_client_data),
        cmocka_unit_test(test_client_data_of_others),
        cmocka_unit_test(test_no_client_data),
        cmocka_unit_test(test_each_algorithm),
        cmocka_unit_test(test_refused_assertions),
        cmocka_unit_test(test_refused_registrations),
        cmocka_unit_test(test_lengths_take_no_memory)
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}
