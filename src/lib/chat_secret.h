/*
 * Tokens, one-time codes and password hashes, all by libsodium and libargon2.
 * Call sodium_init() through chat_secret_init() once a process.
 */

#ifndef CHAT_SECRET_H
#define CHAT_SECRET_H

#include <stddef.h>
#include <stdint.h>

#define CHAT_HASH_LEN           32
#define CHAT_TOKEN_PREFIX       "ngxc_"         /* a session's bearer token */
#define CHAT_DEVICE_PREFIX      "ngxd_"         /* a session's device secret */
#define CHAT_LINK_PREFIX        "ngxv_"         /* a link in a mail */
#define CHAT_INVITATION_PREFIX  "ngxi_"         /* an invitation */
#define CHAT_TOKEN_LEN          48              /* 5 + base64url of 32 bytes */
#define CHAT_CODE_LEN           8               /* decimal digits */
#define CHAT_PASSWORD_HASH_MAX  256             /* a PHC string, terminator included */

int chat_secret_init(void);

/* 256 random bits with a 5-character prefix; CHAT_TOKEN_LEN characters, not terminated */
void chat_token_make(const char *prefix, char out[CHAT_TOKEN_LEN]);

/*
 * The hash under which a token is stored: BLAKE2b-256, unkeyed (a token has 256 bits).
 * 0, or -1 if text hasn't the prefix, length and alphabet of such a token.
 */
int chat_token_hash(const char *prefix, const char *text, size_t len,
    uint8_t hash[CHAT_HASH_LEN]);

/* the same of an invitation's token, which the database makes: SHA-256 of its text */
int chat_invitation_hash(const char *text, size_t len,
    uint8_t hash[CHAT_HASH_LEN]);

/* eight uniformly random digits */
void chat_code_make(char out[CHAT_CODE_LEN]);

/*
 * The keyed hash under which a code or link is stored: BLAKE2b-256 of purpose, address
 * and secret (each with its length) under the server's 32-byte key.
 */
void chat_code_hash(const uint8_t key[32], const char *purpose,
    const char *address, size_t address_len, const char *secret,
    size_t secret_len, uint8_t hash[CHAT_HASH_LEN]);

int chat_equal(const void *a, const void *b, size_t len);       /* constant time; 1 if equal */
void chat_wipe(void *p, size_t len);
void chat_random(void *p, size_t len);
uint32_t chat_random_below(uint32_t bound);
void chat_body_hash(const void *data, size_t len, uint8_t hash[CHAT_HASH_LEN]); /* BLAKE2b-256 */

/* SipHash-2-4 of 128 bits under a 16-byte key: cheap, for tables whose keys strangers choose */
void chat_short_hash(const uint8_t key[16], const void *data, size_t len,
    uint64_t hash[2]);

/* Argon2id (RFC 9106).  Both block for tens of milliseconds: thread pool only. */
typedef struct {
    uint32_t        memory;     /* KiB */
    uint32_t        passes;
    uint32_t        lanes;
} chat_argon2_t;

/* salt 16, tag 32 bytes; out is a terminated PHC string.  0, or -1 without memory */
int chat_password_hash(const chat_argon2_t *cost, const char *password,
    size_t len, char out[CHAT_PASSWORD_HASH_MAX]);

/*
 * 1 if it matches, 0 if not, -1 without memory or on a string that is no Argon2id PHC one.
 * *weaker (may be NULL): whether the stored cost is below *cost in memory or passes.
 */
int chat_password_verify(const chat_argon2_t *cost, const char *phc,
    const char *password, size_t len, int *weaker);

#endif /* CHAT_SECRET_H */
