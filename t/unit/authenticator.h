/* A small authenticator for the tests: keys by OpenSSL, CBOR written by hand. */

#ifndef AUTHENTICATOR_H
#define AUTHENTICATOR_H

#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>

#include "chat_webauthn.h"

#define RP_ID       "chat.example.org"
#define ORIGIN      "https://chat.example.org"
#define UP_UV       0x05

typedef struct {
    uint8_t     data[4096];
    size_t      len;
} bytes_t;

static const char *const  rp_origins[] = { ORIGIN, "http://localhost:8080" };
static const chat_webauthn_rp_t  rp = { RP_ID, rp_origins, 2 };


static inline void
put(bytes_t *b, const void *data, size_t len)
{
    memcpy(b->data + b->len, data, len);
    b->len += len;
}


static inline void
put_byte(bytes_t *b, unsigned c)
{
    b->data[b->len++] = (uint8_t) c;
}


/* the head of an item of up to 65535 */
static inline void
put_head(bytes_t *b, unsigned major, size_t n)
{
    if (n < 24) {
        put_byte(b, major << 5 | (unsigned) n);

    } else if (n < 256) {
        put_byte(b, major << 5 | 24);
        put_byte(b, (unsigned) n);

    } else {
        put_byte(b, major << 5 | 25);
        put_byte(b, (unsigned) (n >> 8));
        put_byte(b, (unsigned) n & 0xff);
    }
}


static inline void
put_string(bytes_t *b, unsigned major, const void *data, size_t len)
{
    put_head(b, major, len);
    put(b, data, len);
}


/* a key of the algorithm */
static inline EVP_PKEY *
new_key(int algorithm)
{
    if (algorithm == CHAT_WEBAUTHN_ES256) {
        return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    }

    if (algorithm == CHAT_WEBAUTHN_EDDSA) {
        return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    }

    return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t) 2048);
}


static inline void
put_number(bytes_t *b, EVP_PKEY *key, const char *name, int len)
{
    BIGNUM   *n;
    uint8_t   bytes[256];

    n = NULL;
    EVP_PKEY_get_bn_param(key, name, &n);
    BN_bn2binpad(n, bytes, len);
    BN_free(n);
    put_string(b, 2, bytes, (size_t) len);
}


/* its COSE_Key, RFC 9053 */
static inline void
put_key(bytes_t *b, int algorithm, EVP_PKEY *key)
{
    size_t   len;
    uint8_t  raw[32];

    if (algorithm == CHAT_WEBAUTHN_ES256) {
        put(b, "\xa5\x01\x02\x03\x26\x20\x01\x21", 8);
        put_number(b, key, OSSL_PKEY_PARAM_EC_PUB_X, 32);
        put_byte(b, 0x22);
        put_number(b, key, OSSL_PKEY_PARAM_EC_PUB_Y, 32);

    } else if (algorithm == CHAT_WEBAUTHN_EDDSA) {
        len = sizeof(raw);
        EVP_PKEY_get_raw_public_key(key, raw, &len);
        put(b, "\xa4\x01\x01\x03\x27\x20\x06\x21", 8);
        put_string(b, 2, raw, len);

    } else {
        put(b, "\xa4\x01\x03\x03\x39\x01\x00\x20", 8);
        put_number(b, key, OSSL_PKEY_PARAM_RSA_N, 256);
        put_byte(b, 0x21);
        put_number(b, key, OSSL_PKEY_PARAM_RSA_E, 3);
    }
}


static inline void
put_auth(bytes_t *b, const char *rp_id, unsigned flags, uint32_t count)
{
    uint8_t  hash[32];

    SHA256((const unsigned char *) rp_id, strlen(rp_id), hash);
    put(b, hash, sizeof(hash));
    put_byte(b, flags);
    put_byte(b, count >> 24 & 0xff);
    put_byte(b, count >> 16 & 0xff);
    put_byte(b, count >> 8 & 0xff);
    put_byte(b, count & 0xff);
}


/* authenticator data with a credential of 16 bytes' id */
static inline void
put_credential(bytes_t *b, const char *rp_id, unsigned flags, int algorithm,
    EVP_PKEY *key)
{
    put_auth(b, rp_id, flags | 0x40, 0);
    put(b, "AAGUID-of-a-test", 16);
    put_byte(b, 0);
    put_byte(b, 16);
    put(b, "credential of us", 16);
    put_key(b, algorithm, key);
}


static inline void
put_attestation(bytes_t *b, const bytes_t *auth)
{
    put_byte(b, 0xa3);
    put_string(b, 3, "fmt", 3);
    put_string(b, 3, "none", 4);
    put_string(b, 3, "attStmt", 7);
    put_byte(b, 0xa0);
    put_string(b, 3, "authData", 8);
    put_string(b, 2, auth->data, auth->len);
}


static inline void
sign(EVP_PKEY *key, int algorithm, const bytes_t *auth,
    const uint8_t client_hash[32], bytes_t *signature)
{
    bytes_t       tbs;
    EVP_MD_CTX   *ctx;

    tbs.len = 0;
    put(&tbs, auth->data, auth->len);
    put(&tbs, client_hash, 32);

    ctx = EVP_MD_CTX_new();
    EVP_DigestSignInit(ctx, NULL,
                       algorithm == CHAT_WEBAUTHN_EDDSA ? NULL : EVP_sha256(),
                       NULL, key);
    signature->len = sizeof(signature->data);
    EVP_DigestSign(ctx, signature->data, &signature->len, tbs.data, tbs.len);
    EVP_MD_CTX_free(ctx);
}

#endif /* AUTHENTICATOR_H */
