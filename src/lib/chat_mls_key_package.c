/* Key packages, RFC 9420, section 10. */

#include "chat_mls_parts.h"


static chat_mls_status_t chat_mls_lifetime_check(const chat_mls_leaf_t *leaf,
    uint64_t now);
static int chat_mls_suite_allowed(const chat_mls_rules_t *rules,
    uint16_t suite);


void
chat_mls_key_package_body(chat_mls_reader_t *r, chat_mls_key_package_t *kp)
{
    const uint8_t  *start;

    start = r->data;

    if (chat_mls_u16(r) != CHAT_MLS_VERSION_10) {
        chat_mls_fail(r, CHAT_MLS_VERSION);
    }

    kp->suite = chat_mls_u16(r);
    kp->init_key = chat_mls_opaque(r, CHAT_MLS_KEY_MAX);
    chat_mls_leaf_read(r, CHAT_MLS_SOURCE_KEY_PACKAGE, &kp->leaf);
    kp->extensions = chat_mls_extensions_read(r);
    kp->tbs = chat_mls_since(r, start);
    kp->signature = chat_mls_opaque(r, CHAT_MLS_SIGNATURE_MAX);
    kp->raw = chat_mls_since(r, start);
}


chat_mls_status_t
chat_mls_key_package_read(const uint8_t *data, size_t len,
    chat_mls_key_package_t *kp)
{
    chat_mls_view_t    input;
    chat_mls_reader_t  r;

    if (len > CHAT_MLS_MESSAGE_MAX) {
        return CHAT_MLS_LIMIT;
    }

    input.data = data;
    input.len = len;

    chat_mls_start(&r, input);
    chat_mls_key_package_body(&r, kp);

    return chat_mls_finish(&r);
}


chat_mls_status_t
chat_mls_key_package_check(const chat_mls_key_package_t *kp,
    const chat_mls_rules_t *rules, const chat_mls_scratch_t *scratch)
{
    chat_mls_status_t  status;

    if (!chat_mls_suite_allowed(rules, kp->suite)) {
        return CHAT_MLS_SUITE;
    }

    status = chat_mls_lifetime_check(&kp->leaf, rules->now);

    if (status != CHAT_MLS_OK) {
        return status;
    }

    status = chat_mls_leaf_check(&kp->leaf, kp->suite, rules->identity,
                                 rules->signature_key);

    if (status != CHAT_MLS_OK) {
        return status;
    }

    /* both are keys of one KEM */

    if (kp->init_key.len != kp->leaf.encryption_key.len) {
        return CHAT_MLS_KEY_LENGTH;
    }

    if (chat_mls_equal(kp->init_key, kp->leaf.encryption_key)) {
        return CHAT_MLS_INIT_KEY;
    }

    return chat_mls_key_package_verify(kp, scratch);
}


static int
chat_mls_suite_allowed(const chat_mls_rules_t *rules, uint16_t suite)
{
    size_t  i;

    for (i = 0; i < rules->suites_count; i++) {
        if (rules->suites[i] == suite) {
            return 1;
        }
    }

    return 0;
}


/* differences, not sums: a lifetime may end at the last number there is */

static chat_mls_status_t
chat_mls_lifetime_check(const chat_mls_leaf_t *leaf, uint64_t now)
{
    if (leaf->not_before > now
        && leaf->not_before - now > CHAT_MLS_LIFETIME_SKEW)
    {
        return CHAT_MLS_NOT_YET;
    }

    if (leaf->not_after <= now || leaf->not_after <= leaf->not_before) {
        return CHAT_MLS_EXPIRED;
    }

    if (leaf->not_after - now > CHAT_MLS_LIFETIME_MAX) {
        return CHAT_MLS_TOO_LONG;
    }

    return CHAT_MLS_OK;
}
