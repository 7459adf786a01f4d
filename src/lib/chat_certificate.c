/* The certificate of a device, checked by libsodium. */

#include <string.h>

#include <sodium.h>

#include "chat_certificate.h"


#define CHAT_CERTIFICATE_LABEL  "ngx_chat device certificate v1"

/* the label with its zero byte, account, device, signature key, time */
#define CHAT_CERTIFICATE_LEN                                                  \
    (sizeof(CHAT_CERTIFICATE_LABEL) + 16 + 16 + CHAT_ED25519_KEY_LEN + 8)


int
chat_certificate_verify(const chat_certificate_t *c,
    const uint8_t account_key[CHAT_ED25519_KEY_LEN],
    const uint8_t signature[CHAT_CERTIFICATE_SIGNATURE_LEN])
{
    int       i;
    uint8_t   text[CHAT_CERTIFICATE_LEN], *p;

    p = text;

    memcpy(p, CHAT_CERTIFICATE_LABEL, sizeof(CHAT_CERTIFICATE_LABEL));
    p += sizeof(CHAT_CERTIFICATE_LABEL);
    memcpy(p, c->account, sizeof(c->account));
    p += sizeof(c->account);
    memcpy(p, c->device, sizeof(c->device));
    p += sizeof(c->device);
    memcpy(p, c->signature_key, sizeof(c->signature_key));
    p += sizeof(c->signature_key);

    for (i = 7; i >= 0; i--) {
        *p++ = (uint8_t) (c->created >> (8 * i));
    }

    return crypto_sign_verify_detached(signature, text, sizeof(text),
                                       account_key)
           == 0;
}


int
chat_ed25519_key_valid(const uint8_t key[CHAT_ED25519_KEY_LEN])
{
    return crypto_core_ed25519_is_valid_point(key) == 1;
}
