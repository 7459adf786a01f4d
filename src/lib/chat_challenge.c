/* Challenges. */

#include <string.h>

#include "chat_challenge.h"
#include "chat_secret.h"

#define CHAT_CHALLENGE_TAG      (CHAT_CHALLENGE_NONCE + 8)

_Static_assert(CHAT_CHALLENGE_TAG + CHAT_HASH_LEN == CHAT_CHALLENGE_LEN,
               "the tag is a keyed hash");


void
chat_challenge_make(const uint8_t key[32], const char *purpose,
    const void *subject, size_t subject_len, uint64_t expires,
    uint8_t challenge[CHAT_CHALLENGE_LEN])
{
    int  i;

    chat_random(challenge, CHAT_CHALLENGE_NONCE);

    for (i = CHAT_CHALLENGE_TAG - 1; i >= CHAT_CHALLENGE_NONCE; i--) {
        challenge[i] = (uint8_t) expires;
        expires >>= 8;
    }

    chat_code_hash(key, purpose, subject, subject_len,
                   (const char *) challenge, CHAT_CHALLENGE_TAG,
                   challenge + CHAT_CHALLENGE_TAG);
}


int
chat_challenge_check(const uint8_t key[32], const char *purpose,
    const void *subject, size_t subject_len, uint64_t now,
    const uint8_t *challenge, size_t len)
{
    uint8_t  tag[CHAT_HASH_LEN];

    if (len != CHAT_CHALLENGE_LEN) {
        return 0;
    }

    chat_code_hash(key, purpose, subject, subject_len,
                   (const char *) challenge, CHAT_CHALLENGE_TAG, tag);

    if (!chat_equal(tag, challenge + CHAT_CHALLENGE_TAG, CHAT_HASH_LEN)) {
        return 0;
    }

    return chat_challenge_expires(challenge) > now ? 1 : -1;
}


uint64_t
chat_challenge_expires(const uint8_t challenge[CHAT_CHALLENGE_LEN])
{
    int       i;
    uint64_t  n;

    n = 0;

    for (i = CHAT_CHALLENGE_NONCE; i < CHAT_CHALLENGE_TAG; i++) {
        n = n << 8 | challenge[i];
    }

    return n;
}
