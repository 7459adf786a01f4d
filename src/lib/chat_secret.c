/* Tokens, one-time codes and password hashes. */

#include <stdio.h>
#include <string.h>

#include <argon2.h>
#include <sodium.h>

#include "chat_secret.h"
#include "chat_text.h"

#define CHAT_TOKEN_PREFIX_LEN   5
#define CHAT_TOKEN_BYTES        32
#define CHAT_CODE_BOUND         100000000u      /* 10 to the CHAT_CODE_LEN */
#define CHAT_SALT_LEN           16
#define CHAT_TAG_LEN            32

/* what a stored hash may ask for: bounds the cost of a row gone bad */
#define CHAT_ARGON2_MEMORY_MAX  (4u * 1024 * 1024)
#define CHAT_ARGON2_PASSES_MAX  1000u
#define CHAT_ARGON2_LANES_MAX   255u

typedef struct {
    chat_argon2_t   cost;
    uint8_t         salt[64];
    size_t          salt_len;
    uint8_t         tag[64];
    size_t          tag_len;
} chat_phc_t;


static void chat_code_part(crypto_generichash_state *state, const char *data,
    size_t len);
static int  chat_argon2(const chat_argon2_t *cost, const char *password,
    size_t len, const uint8_t *salt, size_t salt_len, uint8_t *tag,
    size_t tag_len);
static int  chat_phc_parse(const char *text, chat_phc_t *phc);
static const char *chat_phc_number(const char *text, const char *name,
    uint32_t max, uint32_t *n);
static const char *chat_phc_bytes(const char *text, uint8_t *out, size_t max,
    size_t *len);


int
chat_secret_init(void)
{
    return sodium_init() < 0 ? -1 : 0;
}


void
chat_token_make(const char *prefix, char out[CHAT_TOKEN_LEN])
{
    uint8_t  bytes[CHAT_TOKEN_BYTES];

    randombytes_buf(bytes, sizeof(bytes));
    memcpy(out, prefix, CHAT_TOKEN_PREFIX_LEN);
    (void) chat_base64url_encode(bytes, sizeof(bytes),
                                 out + CHAT_TOKEN_PREFIX_LEN);
    sodium_memzero(bytes, sizeof(bytes));
}


int
chat_token_hash(const char *prefix, const char *text, size_t len,
    uint8_t hash[CHAT_HASH_LEN])
{
    int      rc;
    uint8_t  bytes[CHAT_TOKEN_BYTES];

    if (len != CHAT_TOKEN_LEN
        || memcmp(text, prefix, CHAT_TOKEN_PREFIX_LEN) != 0)
    {
        return -1;
    }

    rc = chat_base64url_decode(text + CHAT_TOKEN_PREFIX_LEN,
                               len - CHAT_TOKEN_PREFIX_LEN, bytes,
                               sizeof(bytes))
         == CHAT_TOKEN_BYTES ? 0 : -1;

    sodium_memzero(bytes, sizeof(bytes));

    if (rc == 0) {
        chat_body_hash(text, len, hash);
    }

    return rc;
}


int
chat_invitation_hash(const char *text, size_t len, uint8_t hash[CHAT_HASH_LEN])
{
    if (chat_token_hash(CHAT_INVITATION_PREFIX, text, len, hash) != 0) {
        return -1;
    }

    (void) crypto_hash_sha256(hash, (const unsigned char *) text, len);

    return 0;
}


void
chat_code_make(char out[CHAT_CODE_LEN])
{
    int       i;
    uint32_t  n;

    n = randombytes_uniform(CHAT_CODE_BOUND);

    for (i = CHAT_CODE_LEN - 1; i >= 0; i--) {
        out[i] = (char) ('0' + n % 10);
        n /= 10;
    }
}


void
chat_code_hash(const uint8_t key[32], const char *purpose,
    const char *address, size_t address_len, const char *secret,
    size_t secret_len, uint8_t hash[CHAT_HASH_LEN])
{
    crypto_generichash_state  state;

    (void) crypto_generichash_init(&state, key, 32, CHAT_HASH_LEN);

    chat_code_part(&state, purpose, strlen(purpose));
    chat_code_part(&state, address, address_len);
    chat_code_part(&state, secret, secret_len);

    (void) crypto_generichash_final(&state, hash, CHAT_HASH_LEN);
    sodium_memzero(&state, sizeof(state));
}


/* the length goes first, so that no two lists of parts read alike */

static void
chat_code_part(crypto_generichash_state *state, const char *data, size_t len)
{
    int       i;
    uint8_t   prefix[8];
    uint64_t  n;

    n = len;

    for (i = 7; i >= 0; i--) {
        prefix[i] = (uint8_t) n;
        n >>= 8;
    }

    (void) crypto_generichash_update(state, prefix, sizeof(prefix));
    (void) crypto_generichash_update(state, (const unsigned char *) data, len);
}


int
chat_equal(const void *a, const void *b, size_t len)
{
    return sodium_memcmp(a, b, len) == 0;
}


void
chat_wipe(void *p, size_t len)
{
    sodium_memzero(p, len);
}


void
chat_random(void *p, size_t len)
{
    randombytes_buf(p, len);
}


uint32_t
chat_random_below(uint32_t bound)
{
    return randombytes_uniform(bound);
}


void
chat_body_hash(const void *data, size_t len, uint8_t hash[CHAT_HASH_LEN])
{
    (void) crypto_generichash(hash, CHAT_HASH_LEN, data, len, NULL, 0);
}


void
chat_short_hash(const uint8_t key[16], const void *data, size_t len,
    uint64_t hash[2])
{
    (void) crypto_shorthash_siphashx24((unsigned char *) hash, data, len, key);
}


int
chat_password_hash(const chat_argon2_t *cost, const char *password,
    size_t len, char out[CHAT_PASSWORD_HASH_MAX])
{
    int      rc, n;
    char     salt_text[sodium_base64_ENCODED_LEN(CHAT_SALT_LEN,
                           sodium_base64_VARIANT_ORIGINAL_NO_PADDING)];
    char     tag_text[sodium_base64_ENCODED_LEN(CHAT_TAG_LEN,
                          sodium_base64_VARIANT_ORIGINAL_NO_PADDING)];
    uint8_t  salt[CHAT_SALT_LEN], tag[CHAT_TAG_LEN];

    randombytes_buf(salt, sizeof(salt));

    rc = chat_argon2(cost, password, len, salt, sizeof(salt), tag,
                     sizeof(tag));

    if (rc != ARGON2_OK) {
        return -1;
    }

    (void) sodium_bin2base64(salt_text, sizeof(salt_text), salt, sizeof(salt),
                             sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
    (void) sodium_bin2base64(tag_text, sizeof(tag_text), tag, sizeof(tag),
                             sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
    sodium_memzero(tag, sizeof(tag));

    n = snprintf(out, CHAT_PASSWORD_HASH_MAX,
                 "$argon2id$v=%u$m=%u,t=%u,p=%u$%s$%s",
                 (unsigned) ARGON2_VERSION_13, (unsigned) cost->memory,
                 (unsigned) cost->passes, (unsigned) cost->lanes,
                 salt_text, tag_text);

    sodium_memzero(tag_text, sizeof(tag_text));

    return n > 0 && n < CHAT_PASSWORD_HASH_MAX ? 0 : -1;
}


int
chat_password_verify(const chat_argon2_t *cost, const char *phc,
    const char *password, size_t len, int *weaker)
{
    int         rc;
    uint8_t     tag[sizeof(((chat_phc_t *) 0)->tag)];
    chat_phc_t  stored;

    if (chat_phc_parse(phc, &stored) != 0) {
        return -1;
    }

    if (chat_argon2(&stored.cost, password, len, stored.salt, stored.salt_len,
                    tag, stored.tag_len)
        != ARGON2_OK)
    {
        return -1;
    }

    rc = sodium_memcmp(tag, stored.tag, stored.tag_len) == 0;

    sodium_memzero(tag, sizeof(tag));
    sodium_memzero(&stored.tag, sizeof(stored.tag));

    if (weaker != NULL) {
        *weaker = stored.cost.memory < cost->memory
                  || stored.cost.passes < cost->passes;
    }

    return rc;
}


/*
 * One thread whatever the lanes: the pool that calls this is what bounds how
 * many cores sign-ins may take, and argon2id_hash_encoded() would start one
 * thread per lane on top.
 */

static int
chat_argon2(const chat_argon2_t *cost, const char *password, size_t len,
    const uint8_t *salt, size_t salt_len, uint8_t *tag, size_t tag_len)
{
    argon2_context  ctx;

    memset(&ctx, 0, sizeof(argon2_context));

    ctx.out = tag;
    ctx.outlen = (uint32_t) tag_len;
    ctx.pwd = (uint8_t *) password;
    ctx.pwdlen = (uint32_t) len;
    ctx.salt = (uint8_t *) salt;
    ctx.saltlen = (uint32_t) salt_len;
    ctx.t_cost = cost->passes;
    ctx.m_cost = cost->memory;
    ctx.lanes = cost->lanes;
    ctx.threads = 1;
    ctx.version = ARGON2_VERSION_13;
    ctx.flags = ARGON2_DEFAULT_FLAGS;

    return argon2id_ctx(&ctx);
}


/* $argon2id$v=19$m=19456,t=2,p=1$salt$tag */

static int
chat_phc_parse(const char *text, chat_phc_t *phc)
{
    static const char  start[] = "$argon2id$v=19$";

    if (strncmp(text, start, sizeof(start) - 1) != 0) {
        return -1;
    }

    text += sizeof(start) - 1;

    text = chat_phc_number(text, "m=", CHAT_ARGON2_MEMORY_MAX,
                           &phc->cost.memory);

    if (text == NULL || *text++ != ',') {
        return -1;
    }

    text = chat_phc_number(text, "t=", CHAT_ARGON2_PASSES_MAX,
                           &phc->cost.passes);

    if (text == NULL || *text++ != ',') {
        return -1;
    }

    text = chat_phc_number(text, "p=", CHAT_ARGON2_LANES_MAX,
                           &phc->cost.lanes);

    if (text == NULL || *text++ != '$') {
        return -1;
    }

    text = chat_phc_bytes(text, phc->salt, sizeof(phc->salt),
                          &phc->salt_len);

    if (text == NULL || *text++ != '$') {
        return -1;
    }

    text = chat_phc_bytes(text, phc->tag, sizeof(phc->tag), &phc->tag_len);

    /* a short tag would match too many passwords */

    if (text == NULL || *text != '\0' || phc->tag_len < CHAT_SALT_LEN) {
        return -1;
    }

    return 0;
}


static const char *
chat_phc_number(const char *text, const char *name, uint32_t max, uint32_t *n)
{
    size_t    len;
    uint32_t  value;

    len = strlen(name);

    if (strncmp(text, name, len) != 0) {
        return NULL;
    }

    text += len;

    if (*text < '1' || *text > '9') {
        return NULL;
    }

    for (value = 0; *text >= '0' && *text <= '9'; text++) {
        value = value * 10 + (uint32_t) (*text - '0');

        if (value > max) {
            return NULL;
        }
    }

    *n = value;

    return text;
}


static const char *
chat_phc_bytes(const char *text, uint8_t *out, size_t max, size_t *len)
{
    size_t  n;

    n = strcspn(text, "$");

    if (!chat_ascii(text, n)
        || sodium_base642bin(out, max, text, n, NULL, len, NULL,
                             sodium_base64_VARIANT_ORIGINAL_NO_PADDING)
           != 0)
    {
        return NULL;
    }

    return text + n;
}
