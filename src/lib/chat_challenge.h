/*
 * Challenges that nobody has to remember: random bytes and a time, with the server's tag over
 * them and over what they are for.  Only one that was used need be kept, until it expires.
 */

#ifndef CHAT_CHALLENGE_H
#define CHAT_CHALLENGE_H

#include <stddef.h>
#include <stdint.h>

#define CHAT_CHALLENGE_NONCE    16
#define CHAT_CHALLENGE_LEN      (CHAT_CHALLENGE_NONCE + 8 + 32)

/* key: the server's; subject: whom it is for (an id), or empty; expires: seconds since 1970 */
void chat_challenge_make(const uint8_t key[32], const char *purpose,
    const void *subject, size_t subject_len, uint64_t expires,
    uint8_t challenge[CHAT_CHALLENGE_LEN]);

/* 1: it was made for this; 0: it was not; -1: it was, and has expired */
int chat_challenge_check(const uint8_t key[32], const char *purpose,
    const void *subject, size_t subject_len, uint64_t now,
    const uint8_t *challenge, size_t len);

/* when a challenge of CHAT_CHALLENGE_LEN bytes expires */
uint64_t chat_challenge_expires(const uint8_t challenge[CHAT_CHALLENGE_LEN]);

#endif /* CHAT_CHALLENGE_H */
