/*
 * Small secrets at rest, sealed by XChaCha20-Poly1305 under a key that several servers
 * share: the key's id, the nonce, the ciphertext.  Call chat_secret_init() once a process.
 */

#ifndef CHAT_SEAL_H
#define CHAT_SEAL_H

#include <stddef.h>
#include <stdint.h>

#define CHAT_SEAL_KEY_LEN       32
#define CHAT_SEAL_KEYS          4       /* one that seals and older ones that only open */
#define CHAT_SEAL_ID_LEN        4
#define CHAT_SEAL_OVERHEAD      (CHAT_SEAL_ID_LEN + 24 + 16)

typedef struct {
    uint8_t     key[CHAT_SEAL_KEY_LEN];
    uint8_t     id[CHAT_SEAL_ID_LEN];
} chat_seal_key_t;

/* a key of 32 bytes, or a use's own key made from another one */
void chat_seal_key(const uint8_t bytes[CHAT_SEAL_KEY_LEN],
    chat_seal_key_t *key);
void chat_seal_key_derive(const uint8_t master[CHAT_SEAL_KEY_LEN],
    const char *use, chat_seal_key_t *key);

/* writes len + CHAT_SEAL_OVERHEAD bytes; what is bound (an account's id) must be said again to open it */
void chat_seal(const chat_seal_key_t *key, const void *bound, size_t bound_len,
    const uint8_t *data, size_t len, uint8_t *out);

/*
 * Opens what one of n keys sealed into len - CHAT_SEAL_OVERHEAD bytes: that key's index,
 * -1: it was sealed by none of them, -2: it was changed, or bound to something else.
 */
int chat_seal_open(const chat_seal_key_t *keys, size_t n, const void *bound,
    size_t bound_len, const uint8_t *data, size_t len, uint8_t *out);

#endif /* CHAT_SEAL_H */
