/*
 * Time-based one-time passwords (RFC 6238: HMAC-SHA-1, six digits, steps of 30 seconds),
 * their base32 (RFC 4648 section 6), and the otpauth URI that authenticator apps read.
 */

#ifndef CHAT_TOTP_H
#define CHAT_TOTP_H

#include <stddef.h>
#include <stdint.h>

#define CHAT_TOTP_SECRET_LEN    20      /* RFC 4226 recommends 160 bits */
#define CHAT_TOTP_DIGITS        6
#define CHAT_TOTP_STEP          30      /* seconds */

#define chat_base32_len(n)      (((n) * 8 + 4) / 5)

/* writes chat_base32_len(len) upper-case characters without padding, not terminated; how many */
size_t chat_base32_encode(const uint8_t *data, size_t len, char *out);

/* the code of a step; not terminated.  0, or -1 without memory */
int chat_totp_code(const uint8_t secret[CHAT_TOTP_SECRET_LEN], uint64_t step,
    char out[CHAT_TOTP_DIGITS]);

/*
 * Which step's code it is: of this step, the one before and the one after the newest that
 * matches, so that a code that two of them share is used up for both.  -1: none.
 */
int64_t chat_totp_match(const uint8_t secret[CHAT_TOTP_SECRET_LEN],
    uint64_t now, const char *code, size_t len);

/* otpauth://totp/ISSUER:ACCOUNT?…, not terminated; its length, or 0 if it doesn't fit */
size_t chat_totp_uri(const char *issuer, size_t issuer_len,
    const char *account, size_t account_len,
    const uint8_t secret[CHAT_TOTP_SECRET_LEN], char *out, size_t size);

#endif /* CHAT_TOTP_H */
