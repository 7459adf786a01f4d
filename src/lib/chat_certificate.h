/*
 * The certificate of a device: the account's Ed25519 key signs the device's
 * MLS signature key, so that a server can add no device of its own.
 * Call chat_secret_init() once a process.
 */

#ifndef CHAT_CERTIFICATE_H
#define CHAT_CERTIFICATE_H

#include <stddef.h>
#include <stdint.h>

#define CHAT_ED25519_KEY_LEN            32
#define CHAT_CERTIFICATE_SIGNATURE_LEN  64

typedef struct {
    uint8_t     account[16];
    uint8_t     device[16];
    uint8_t     signature_key[CHAT_ED25519_KEY_LEN];    /* the device's */
    uint64_t    created;                                /* ms since 1970 */
} chat_certificate_t;

/* 1 if account_key signed it */
int chat_certificate_verify(const chat_certificate_t *c,
    const uint8_t account_key[CHAT_ED25519_KEY_LEN],
    const uint8_t signature[CHAT_CERTIFICATE_SIGNATURE_LEN]);

/* 1 if it is the canonical form of a point that can be an Ed25519 public key */
int chat_ed25519_key_valid(const uint8_t key[CHAT_ED25519_KEY_LEN]);

#endif /* CHAT_CERTIFICATE_H */
