/* References and signatures, RFC 9420, sections 5.1.2 and 5.2, by libsodium. */

#include <string.h>

#include <sodium.h>

#include "chat_mls_parts.h"

#define CHAT_MLS_LABEL          "MLS 1.0 "
#define CHAT_MLS_REF_LABEL      "MLS 1.0 KeyPackage Reference"
#define CHAT_MLS_VARINT_MAX     4

/* what is signed, or why not: appended piece by piece to the caller's scratch */
typedef struct {
    uint8_t                *data;
    size_t                  len;
    size_t                  size;
    chat_mls_status_t       status;
} chat_mls_input_t;


static size_t chat_mls_varint(uint8_t out[CHAT_MLS_VARINT_MAX], size_t n);
static void chat_mls_append(chat_mls_input_t *in, const void *data, size_t len);
static void chat_mls_append_length(chat_mls_input_t *in, size_t len);
static void chat_mls_sign_start(chat_mls_input_t *in,
    const chat_mls_scratch_t *scratch, const char *label, size_t content_len);
static chat_mls_status_t chat_mls_sign_verify(const chat_mls_input_t *in,
    uint16_t suite, chat_mls_view_t key, chat_mls_view_t signature);


/* n is of a view within CHAT_MLS_MESSAGE_MAX: 30 bits hold it */

static size_t
chat_mls_varint(uint8_t out[CHAT_MLS_VARINT_MAX], size_t n)
{
    if (n < 0x40) {
        out[0] = (uint8_t) n;
        return 1;
    }

    if (n < 0x4000) {
        out[0] = (uint8_t) (0x40 | n >> 8);
        out[1] = (uint8_t) n;
        return 2;
    }

    out[0] = (uint8_t) (0x80 | n >> 24);
    out[1] = (uint8_t) (n >> 16);
    out[2] = (uint8_t) (n >> 8);
    out[3] = (uint8_t) n;

    return 4;
}


chat_mls_status_t
chat_mls_key_package_ref(const chat_mls_key_package_t *kp,
    uint8_t ref[CHAT_MLS_REF_LEN])
{
    size_t                    n;
    uint8_t                   prefix[CHAT_MLS_VARINT_MAX];
    crypto_hash_sha256_state  state;

    _Static_assert(CHAT_MLS_REF_LEN == crypto_hash_sha256_BYTES,
                   "a KeyPackageRef is a SHA-256");

    if (kp->suite < 1 || kp->suite > 3) {
        return CHAT_MLS_UNVERIFIABLE;
    }

    (void) crypto_hash_sha256_init(&state);

    n = chat_mls_varint(prefix, sizeof(CHAT_MLS_REF_LABEL) - 1);
    (void) crypto_hash_sha256_update(&state, prefix, n);
    (void) crypto_hash_sha256_update(&state,
                                     (const uint8_t *) CHAT_MLS_REF_LABEL,
                                     sizeof(CHAT_MLS_REF_LABEL) - 1);

    n = chat_mls_varint(prefix, kp->raw.len);
    (void) crypto_hash_sha256_update(&state, prefix, n);
    (void) crypto_hash_sha256_update(&state, kp->raw.data, kp->raw.len);

    (void) crypto_hash_sha256_final(&state, ref);

    return CHAT_MLS_OK;
}


static void
chat_mls_append(chat_mls_input_t *in, const void *data, size_t len)
{
    if (len > in->size - in->len) {
        in->status = CHAT_MLS_NO_SCRATCH;
        return;
    }

    if (len != 0) {
        memcpy(in->data + in->len, data, len);
        in->len += len;
    }
}


static void
chat_mls_append_length(chat_mls_input_t *in, size_t len)
{
    uint8_t  prefix[CHAT_MLS_VARINT_MAX];

    chat_mls_append(in, prefix, chat_mls_varint(prefix, len));
}


/* SignContent: the label and the content, each with its length */

static void
chat_mls_sign_start(chat_mls_input_t *in, const chat_mls_scratch_t *scratch,
    const char *label, size_t content_len)
{
    size_t  n;

    in->data = scratch->data;
    in->size = scratch->size;
    in->len = 0;
    in->status = CHAT_MLS_OK;

    n = strlen(label);

    chat_mls_append_length(in, sizeof(CHAT_MLS_LABEL) - 1 + n);
    chat_mls_append(in, CHAT_MLS_LABEL, sizeof(CHAT_MLS_LABEL) - 1);
    chat_mls_append(in, label, n);
    chat_mls_append_length(in, content_len);
}


static chat_mls_status_t
chat_mls_sign_verify(const chat_mls_input_t *in, uint16_t suite,
    chat_mls_view_t key, chat_mls_view_t signature)
{
    if (suite != 1 && suite != 3) {
        return CHAT_MLS_UNVERIFIABLE;
    }

    if (in->status != CHAT_MLS_OK) {
        return in->status;
    }

    if (key.len != crypto_sign_PUBLICKEYBYTES
        || signature.len != crypto_sign_BYTES)
    {
        return CHAT_MLS_KEY_LENGTH;
    }

    if (crypto_sign_verify_detached(signature.data, in->data, in->len,
                                    key.data)
        != 0)
    {
        return CHAT_MLS_SIGNATURE;
    }

    return CHAT_MLS_OK;
}


chat_mls_status_t
chat_mls_leaf_verify(const chat_mls_leaf_t *leaf, uint16_t suite,
    chat_mls_view_t group_id, uint32_t index,
    const chat_mls_scratch_t *scratch)
{
    size_t             n, len;
    uint8_t            prefix[CHAT_MLS_VARINT_MAX], place[4];
    chat_mls_input_t   in;
    chat_mls_status_t  status;

    n = chat_mls_varint(prefix, group_id.len);
    len = leaf->tbs.len;

    if (leaf->source != CHAT_MLS_SOURCE_KEY_PACKAGE) {
        len += n + group_id.len + sizeof(place);
    }

    chat_mls_sign_start(&in, scratch, "LeafNodeTBS", len);
    chat_mls_append(&in, leaf->tbs.data, leaf->tbs.len);

    if (leaf->source != CHAT_MLS_SOURCE_KEY_PACKAGE) {
        place[0] = (uint8_t) (index >> 24);
        place[1] = (uint8_t) (index >> 16);
        place[2] = (uint8_t) (index >> 8);
        place[3] = (uint8_t) index;

        chat_mls_append(&in, prefix, n);
        chat_mls_append(&in, group_id.data, group_id.len);
        chat_mls_append(&in, place, sizeof(place));
    }

    status = chat_mls_sign_verify(&in, suite, leaf->signature_key,
                                  leaf->signature);

    return status == CHAT_MLS_SIGNATURE ? CHAT_MLS_LEAF_SIGNATURE : status;
}


chat_mls_status_t
chat_mls_key_package_verify(const chat_mls_key_package_t *kp,
    const chat_mls_scratch_t *scratch)
{
    chat_mls_view_t    none = { NULL, 0 };
    chat_mls_input_t   in;
    chat_mls_status_t  status;

    status = chat_mls_leaf_verify(&kp->leaf, kp->suite, none, 0, scratch);

    if (status != CHAT_MLS_OK) {
        return status;
    }

    chat_mls_sign_start(&in, scratch, "KeyPackageTBS", kp->tbs.len);
    chat_mls_append(&in, kp->tbs.data, kp->tbs.len);

    return chat_mls_sign_verify(&in, kp->suite, kp->leaf.signature_key,
                                kp->signature);
}


chat_mls_status_t
chat_mls_group_info_verify(const chat_mls_group_info_t *gi,
    chat_mls_view_t signature_key, const chat_mls_scratch_t *scratch)
{
    chat_mls_input_t  in;

    chat_mls_sign_start(&in, scratch, "GroupInfoTBS", gi->tbs.len);
    chat_mls_append(&in, gi->tbs.data, gi->tbs.len);

    return chat_mls_sign_verify(&in, gi->suite, signature_key, gi->signature);
}


chat_mls_status_t
chat_mls_group_info_verify_signer(const chat_mls_group_info_t *gi,
    const chat_mls_scratch_t *scratch)
{
    chat_mls_leaf_t  leaf;

    if (!chat_mls_tree_leaf(gi, gi->signer, &leaf)) {
        return CHAT_MLS_NO_SIGNER;
    }

    return chat_mls_group_info_verify(gi, leaf.signature_key, scratch);
}
