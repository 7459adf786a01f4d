/* Secrets at rest. */

#include <string.h>

#include <sodium.h>

#include "chat_seal.h"

#define CHAT_SEAL_NONCE         crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define CHAT_SEAL_TAG           crypto_aead_xchacha20poly1305_ietf_ABYTES

_Static_assert(CHAT_SEAL_OVERHEAD
               == CHAT_SEAL_ID_LEN + CHAT_SEAL_NONCE + CHAT_SEAL_TAG,
               "the overhead is that of the cipher");
_Static_assert(CHAT_SEAL_KEY_LEN
               == crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
               "the key is that of the cipher");


void
chat_seal_key(const uint8_t bytes[CHAT_SEAL_KEY_LEN], chat_seal_key_t *key)
{
    uint8_t  hash[crypto_generichash_BYTES_MIN];

    static const uint8_t  what[] = "ngx_chat seal key id";

    memcpy(key->key, bytes, CHAT_SEAL_KEY_LEN);

    (void) crypto_generichash(hash, sizeof(hash), what, sizeof(what) - 1,
                              bytes, CHAT_SEAL_KEY_LEN);
    memcpy(key->id, hash, CHAT_SEAL_ID_LEN);
}


void
chat_seal_key_derive(const uint8_t master[CHAT_SEAL_KEY_LEN], const char *use,
    chat_seal_key_t *key)
{
    uint8_t  bytes[CHAT_SEAL_KEY_LEN];

    (void) crypto_generichash(bytes, sizeof(bytes), (const uint8_t *) use,
                              strlen(use), master, CHAT_SEAL_KEY_LEN);
    chat_seal_key(bytes, key);
    sodium_memzero(bytes, sizeof(bytes));
}


void
chat_seal(const chat_seal_key_t *key, const void *bound, size_t bound_len,
    const uint8_t *data, size_t len, uint8_t *out)
{
    uint8_t  *nonce;

    memcpy(out, key->id, CHAT_SEAL_ID_LEN);
    nonce = out + CHAT_SEAL_ID_LEN;
    randombytes_buf(nonce, CHAT_SEAL_NONCE);

    (void) crypto_aead_xchacha20poly1305_ietf_encrypt(
               nonce + CHAT_SEAL_NONCE, NULL, data, len, bound, bound_len,
               NULL, nonce, key->key);
}


int
chat_seal_open(const chat_seal_key_t *keys, size_t n, const void *bound,
    size_t bound_len, const uint8_t *data, size_t len, uint8_t *out)
{
    size_t          i;
    const uint8_t  *nonce, *text;

    if (len < CHAT_SEAL_OVERHEAD) {
        return -2;
    }

    nonce = data + CHAT_SEAL_ID_LEN;
    text = nonce + CHAT_SEAL_NONCE;

    for (i = 0; i < n; i++) {

        if (memcmp(keys[i].id, data, CHAT_SEAL_ID_LEN) != 0) {
            continue;
        }

        if (crypto_aead_xchacha20poly1305_ietf_decrypt(
                out, NULL, NULL, text, (size_t) (data + len - text), bound,
                bound_len, nonce, keys[i].key)
            == 0)
        {
            return (int) i;
        }

        return -2;
    }

    return -1;
}
