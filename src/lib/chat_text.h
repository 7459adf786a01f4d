/* UUIDs (RFC 9562), base64url without padding (RFC 4648 section 5), hex. */

#ifndef CHAT_TEXT_H
#define CHAT_TEXT_H

#include <stddef.h>
#include <stdint.h>

#define CHAT_UUID_LEN           36

/* canonical lower- or upper-case text with hyphens to 16 bytes; 0 or -1 */
int chat_uuid_parse(const char *text, size_t len, uint8_t uuid[16]);

/* to 36 lower-case characters, not terminated */
void chat_uuid_format(const uint8_t uuid[16], char out[CHAT_UUID_LEN]);

/* a random UUID (version 4) */
void chat_uuid_random(uint8_t uuid[16]);

/* a time-ordered UUID (version 7) for unix_msec */
void chat_uuid_v7(uint8_t uuid[16], uint64_t unix_msec);

#define chat_base64url_len(n)   (((n) * 4 + 2) / 3)

/* writes chat_base64url_len(len) characters, not terminated; returns how many */
size_t chat_base64url_encode(const uint8_t *data, size_t len, char *out);

/* strict: no padding, no white space, no stray bits; returns bytes written, or -1 */
long chat_base64url_decode(const char *text, size_t len, uint8_t *out, size_t max);

/*
 * Whether all bytes are ASCII.  sodium_base642bin() of libsodium 1.0.18 reads a
 * byte past ASCII as a digit, so what it decodes must pass here first.
 */
int chat_ascii(const char *text, size_t len);

#endif /* CHAT_TEXT_H */
