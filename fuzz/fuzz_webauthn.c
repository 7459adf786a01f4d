/* Passkeys from the network: client data, attestation objects, assertions; and CBOR by itself. */

#include "fuzz.h"

#include "chat_cbor.h"
#include "chat_webauthn.h"

static const char *const  origins[] = { "https://chat.example.org" };
static const chat_webauthn_rp_t  rp = { "chat.example.org", origins, 1 };


static void
walk_cbor(const uint8_t *data, size_t len)
{
    size_t       n;
    chat_cbor_t  value;

    n = chat_cbor_item(data, len);
    promise(n <= len);

    if (n == 0) {
        return;
    }

    promise(chat_cbor_item(data, n) == n);
    promise(chat_cbor_item(data, n - 1) == 0);

    if (chat_cbor_get(data, n, "authData", &value)
        && (value.major == CHAT_CBOR_BYTES || value.major == CHAT_CBOR_TEXT))
    {
        promise(value.data > data && value.data + value.len <= data + n);
    }
}


static void
walk_registration(const uint8_t *data, size_t len)
{
    uint32_t                    count;
    chat_webauthn_status_t      status;
    chat_webauthn_credential_t  c;
    static const uint8_t        hash[32];

    status = chat_webauthn_register(&rp, data, len, &c);
    promise(chat_webauthn_error(status) != NULL);
    promise(status != CHAT_WEBAUTHN_NO_MEMORY);

    if (status != CHAT_WEBAUTHN_OK) {
        return;
    }

    promise(c.id_len > 0 && c.id_len <= CHAT_WEBAUTHN_ID_MAX);
    promise(c.key_len > 0 && c.key_len <= CHAT_WEBAUTHN_KEY_MAX);

    /* what was taken is a key that assertions can be checked by */

    promise(chat_webauthn_assert(&rp, c.algorithm, c.key, c.key_len, hash,
                                 data, len, data, len, &count)
            != CHAT_WEBAUTHN_KEY);
}


/* the first byte chooses; of an assertion the second is the authenticator data's length */

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    size_t                  auth_len;
    uint8_t                *copy;
    uint32_t                count;
    chat_webauthn_client_t  client;

    /* the base point of P-256 */
    static const uint8_t  key[64] =
        "\x6b\x17\xd1\xf2\xe1\x2c\x42\x47\xf8\xbc\xe6\xe5\x63\xa4\x40\xf2"
        "\x77\x03\x7d\x81\x2d\xeb\x33\xa0\xf4\xa1\x39\x45\xd8\x98\xc2\x96"
        "\x4f\xe3\x42\xe2\xfe\x1a\x7f\x9b\x8e\xe7\xeb\x4a\x7c\x0f\x9e\x16"
        "\x2b\xce\x33\x57\x6b\x31\x5e\xce\xcb\xb6\x40\x68\x37\xbf\x51\xf5";

    if (len < 2) {
        return 0;
    }

    copy = fuzz_copy(data + 2, len - 2);
    auth_len = data[1] < len - 2 ? data[1] : len - 2;

    switch (data[0] & 3) {

    case 0:
        if (chat_webauthn_client(&rp, CHAT_WEBAUTHN_GET, copy, len - 2,
                                 &client)
            == CHAT_WEBAUTHN_OK)
        {
            promise(client.challenge_len <= CHAT_WEBAUTHN_CHALLENGE_MAX);
        }

        break;

    case 1:
        walk_registration(copy, len - 2);
        break;

    case 2:
        memset(client.hash, 1, sizeof(client.hash));
        promise(chat_webauthn_assert(&rp, CHAT_WEBAUTHN_ES256, key, 64,
                                     client.hash, copy, auth_len,
                                     copy + auth_len, len - 2 - auth_len,
                                     &count)
                != CHAT_WEBAUTHN_OK);
        break;

    default:
        walk_cbor(copy, len - 2);
    }

    free(copy);

    return 0;
}
