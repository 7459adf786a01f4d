/* What the tests of MLS framing share: the vectors, a writer, a maker of signed parts. */

#ifndef MLS_H
#define MLS_H

#include <jansson.h>
#include <sodium.h>

#include "chat_mls.h"

#define MLS_VECTORS         "../vectors/mls.json"
#define MLS_NOW             1795400000      /* in the lifetimes of the vectors */
#define MLS_OUT_MAX         (2 * CHAT_MLS_MESSAGE_MAX)

typedef struct {
    size_t           len;
    uint8_t         *data;
} mls_out_t;


static inline mls_out_t
mls_out(void)
{
    mls_out_t  out = { 0, malloc(MLS_OUT_MAX) };

    assert_non_null(out.data);

    return out;
}


static inline void
mls_bytes(mls_out_t *out, const void *data, size_t len)
{
    assert_true(len <= MLS_OUT_MAX - out->len);

    if (len != 0) {
        memcpy(out->data + out->len, data, len);
        out->len += len;
    }
}


static inline void
mls_number(mls_out_t *out, uint64_t value, size_t n)
{
    uint8_t  byte;

    while (n-- != 0) {
        byte = (uint8_t) (value >> (8 * n));
        mls_bytes(out, &byte, 1);
    }
}


static inline void
mls_length(mls_out_t *out, size_t n)
{
    if (n < 0x40) {
        mls_number(out, n, 1);

    } else if (n < 0x4000) {
        mls_number(out, 0x4000 | n, 2);

    } else {
        mls_number(out, 0x80000000u | n, 4);
    }
}


static inline void
mls_opaque(mls_out_t *out, const void *data, size_t len)
{
    mls_length(out, len);
    mls_bytes(out, data, len);
}


/* n bytes that say nothing */

static inline void
mls_filler(mls_out_t *out, size_t n)
{
    mls_length(out, n);

    while (n-- != 0) {
        mls_number(out, 0xa5, 1);
    }
}


/* a vector of what inner holds, which is freed */

static inline void
mls_vector(mls_out_t *out, mls_out_t inner)
{
    mls_opaque(out, inner.data, inner.len);
    free(inner.data);
}


static inline void
mls_list(mls_out_t *out, const uint16_t *items, size_t n)
{
    size_t  i;

    mls_length(out, 2 * n);

    for (i = 0; i < n; i++) {
        mls_number(out, items[i], 2);
    }
}


static inline void
mls_extension(mls_out_t *out, uint16_t type, const void *data, size_t len)
{
    mls_number(out, type, 2);
    mls_opaque(out, data, len);
}


/* a message or a part of it is read in a block of its own size */

static inline uint8_t *
mls_block(const uint8_t *data, size_t len)
{
    uint8_t  *block;

    block = malloc(len + (len == 0));
    assert_non_null(block);

    if (len != 0) {
        memcpy(block, data, len);
    }

    return block;
}


static inline chat_mls_status_t
mls_try(const uint8_t *data, size_t len)
{
    uint8_t             *block;
    chat_mls_status_t    status;
    chat_mls_message_t   m;

    block = mls_block(data, len);
    status = chat_mls_read(block, len, &m);
    free(block);

    return status;
}


static inline void
mls_expect(const char *what, chat_mls_status_t status,
    chat_mls_status_t expected)
{
    if (status != expected) {
        fail_msg("%s: %d \"%s\", not %d \"%s\"", what, status,
                 chat_mls_error(status), expected, chat_mls_error(expected));
    }
}


static inline chat_mls_view_t
mls_view(const void *data, size_t len)
{
    chat_mls_view_t  view = { data, len };

    return view;
}


/* SignWithLabel of RFC 9420, section 5.1.2 */

static inline void
mls_sign(const uint8_t secret_key[64], const char *label, const void *data,
    size_t len, uint8_t signature[64])
{
    char       text[64];
    mls_out_t  in;

    in = mls_out();
    snprintf(text, sizeof(text), "MLS 1.0 %s", label);
    mls_opaque(&in, text, strlen(text));
    mls_opaque(&in, data, len);
    crypto_sign_detached(signature, NULL, in.data, in.len, secret_key);
    free(in.data);
}


/* what a leaf node or key package is made from; change what a test is about */

typedef struct {
    uint16_t        version, suite, credential;
    uint16_t        versions[2], suites[2], extensions[2], credentials[2];
    size_t          versions_n, suites_n, extensions_n, credentials_n;
    const char     *identity;
    uint8_t         source;
    uint64_t        not_before, not_after;
    uint8_t         public_key[32], secret_key[64];
    uint8_t         encryption_key[32], init_key[32];
    size_t          encryption_key_len, init_key_len;
    uint16_t        leaf_extension;         /* 0: none */
    const char     *group_id;               /* sources 2 and 3 */
    uint32_t        index;
} mls_making_t;


static inline mls_making_t
mls_making(void)
{
    uint8_t        seed[32];
    mls_making_t   mk;

    memset(&mk, 0, sizeof(mk));
    memset(seed, 7, sizeof(seed));
    crypto_sign_seed_keypair(mk.public_key, mk.secret_key, seed);

    mk.version = mk.suite = mk.credential = 1;
    mk.versions[0] = mk.suites[0] = mk.credentials[0] = 1;
    mk.versions_n = mk.suites_n = mk.credentials_n = 1;
    mk.identity = "alice/phone";
    mk.source = 1;
    mk.not_before = MLS_NOW - 60;
    mk.not_after = MLS_NOW + 30 * 86400;
    memset(mk.encryption_key, 1, 32);
    memset(mk.init_key, 2, 32);
    mk.encryption_key_len = mk.init_key_len = 32;
    mk.group_id = "group";

    return mk;
}


static inline void
mls_make_leaf(mls_out_t *out, const mls_making_t *mk)
{
    size_t     start;
    uint8_t    signature[64];
    mls_out_t  tbs, ext;

    start = out->len;
    mls_opaque(out, mk->encryption_key, mk->encryption_key_len);
    mls_opaque(out, mk->public_key, 32);
    mls_number(out, mk->credential, 2);

    if (mk->credential == CHAT_MLS_X509) {
        ext = mls_out();
        mls_filler(&ext, 10);
        mls_filler(&ext, 20);
        mls_vector(out, ext);

    } else {
        mls_opaque(out, mk->identity, strlen(mk->identity));
    }

    mls_list(out, mk->versions, mk->versions_n);
    mls_list(out, mk->suites, mk->suites_n);
    mls_list(out, mk->extensions, mk->extensions_n);
    mls_list(out, NULL, 0);
    mls_list(out, mk->credentials, mk->credentials_n);
    mls_number(out, mk->source, 1);

    if (mk->source == 1) {
        mls_number(out, mk->not_before, 8);
        mls_number(out, mk->not_after, 8);

    } else if (mk->source == 3) {
        mls_filler(out, 32);
    }

    ext = mls_out();

    if (mk->leaf_extension != 0) {
        mls_extension(&ext, mk->leaf_extension, "\x02id", 3);
    }

    mls_vector(out, ext);

    tbs = mls_out();
    mls_bytes(&tbs, out->data + start, out->len - start);

    if (mk->source != 1) {
        mls_opaque(&tbs, mk->group_id, strlen(mk->group_id));
        mls_number(&tbs, mk->index, 4);
    }

    mls_sign(mk->secret_key, "LeafNodeTBS", tbs.data, tbs.len, signature);
    free(tbs.data);
    mls_opaque(out, signature, 64);
}


static inline void
mls_make_key_package(mls_out_t *out, const mls_making_t *mk)
{
    size_t   start;
    uint8_t  signature[64];

    start = out->len;
    mls_number(out, mk->version, 2);
    mls_number(out, mk->suite, 2);
    mls_opaque(out, mk->init_key, mk->init_key_len);
    mls_make_leaf(out, mk);
    mls_list(out, NULL, 0);
    mls_sign(mk->secret_key, "KeyPackageTBS", out->data + start,
             out->len - start, signature);
    mls_opaque(out, signature, 64);
}


/* version, wire format */

static inline mls_out_t
mls_message(uint16_t wire_format)
{
    mls_out_t  out;

    out = mls_out();
    mls_number(&out, 1, 2);
    mls_number(&out, wire_format, 2);

    return out;
}


static inline json_t *
mls_load(void)
{
    json_t        *root;
    json_error_t   error;

    root = json_load_file(MLS_VECTORS, 0, &error);

    if (root == NULL) {
        fail_msg("%s: %s", MLS_VECTORS, error.text);
    }

    return root;
}


/* the bytes of a hex string, in a block of their own size */

static inline uint8_t *
mls_unhex(const char *hex, size_t *len)
{
    uint8_t  *data;

    *len = strlen(hex) / 2;
    data = malloc(*len + (*len == 0));
    assert_non_null(data);
    assert_int_equal(sodium_hex2bin(data, *len, hex, strlen(hex), NULL, len,
                                    NULL), 0);
    assert_int_equal(*len, strlen(hex) / 2);

    return data;
}

#endif /* MLS_H */
