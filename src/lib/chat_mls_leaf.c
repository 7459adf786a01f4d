/* Leaf nodes and what they are made of, RFC 9420, sections 5.3, 7.2 and 13.4. */

#include "chat_mls_parts.h"

#define CHAT_MLS_X25519_KEY_LEN     32
#define CHAT_MLS_ED25519_LEN        64


static void chat_mls_extension_read(chat_mls_reader_t *r,
    chat_mls_extension_t *ext);
static chat_mls_status_t chat_mls_extension_data(
    const chat_mls_extension_t *ext);
static void chat_mls_capabilities_read(chat_mls_reader_t *r,
    chat_mls_capabilities_t *can);
static chat_mls_status_t chat_mls_leaf_lengths(const chat_mls_leaf_t *leaf,
    uint16_t suite);
static int chat_mls_default_extension(uint16_t type);


chat_mls_view_t
chat_mls_credential_read(chat_mls_reader_t *r, uint16_t *type)
{
    chat_mls_view_t    view = { NULL, 0 };
    chat_mls_reader_t  certificates;

    *type = chat_mls_u16(r);

    switch (*type) {

    case CHAT_MLS_BASIC:
        return chat_mls_opaque(r, CHAT_MLS_IDENTITY_MAX);

    case CHAT_MLS_X509:
        view = chat_mls_enter(r, &certificates);

        if (view.len > CHAT_MLS_CERTIFICATE_MAX) {
            chat_mls_fail(r, CHAT_MLS_LIMIT);
            return view;
        }

        while (chat_mls_more(&certificates)) {
            (void) chat_mls_opaque(&certificates, CHAT_MLS_CERTIFICATE_MAX);
        }

        chat_mls_leave(r, &certificates);
        return view;

    default:

        /* no length goes before a credential: what follows can't be found */

        chat_mls_fail(r, CHAT_MLS_CREDENTIAL);
        return view;
    }
}


static void
chat_mls_capabilities_read(chat_mls_reader_t *r, chat_mls_capabilities_t *can)
{
    can->versions = chat_mls_list_read(r);
    can->suites = chat_mls_list_read(r);
    can->extensions = chat_mls_list_read(r);
    can->proposals = chat_mls_list_read(r);
    can->credentials = chat_mls_list_read(r);
}


static void
chat_mls_extension_read(chat_mls_reader_t *r, chat_mls_extension_t *ext)
{
    ext->type = chat_mls_u16(r);
    ext->data = chat_mls_opaque(r, CHAT_MLS_MESSAGE_MAX);
}


/* where a type is given twice, readers that take the first and the last disagree */

chat_mls_view_t
chat_mls_extensions_read(chat_mls_reader_t *r)
{
    size_t                i, n;
    uint16_t              seen[CHAT_MLS_EXTENSIONS_MAX];
    chat_mls_view_t       view;
    chat_mls_reader_t     items;
    chat_mls_extension_t  ext;

    view = chat_mls_enter(r, &items);

    for (n = 0; chat_mls_more(&items); n++) {
        if (n == CHAT_MLS_EXTENSIONS_MAX) {
            chat_mls_fail(&items, CHAT_MLS_LIMIT);
            break;
        }

        chat_mls_extension_read(&items, &ext);
        seen[n] = ext.type;

        for (i = 0; i < n; i++) {
            if (seen[i] == ext.type) {
                chat_mls_fail(&items, CHAT_MLS_EXTENSION);
            }
        }

        if (items.status == CHAT_MLS_OK
            && chat_mls_extension_data(&ext) != CHAT_MLS_OK)
        {
            chat_mls_fail(&items, CHAT_MLS_EXTENSION);
        }
    }

    chat_mls_leave(r, &items);

    return view;
}


/* unknown types are opaque (section 13.5); the tree is read with its GroupInfo */

static chat_mls_status_t
chat_mls_extension_data(const chat_mls_extension_t *ext)
{
    uint16_t           type;
    chat_mls_reader_t  r, senders;

    chat_mls_start(&r, ext->data);

    switch (ext->type) {

    case CHAT_MLS_APPLICATION_ID:
        (void) chat_mls_opaque(&r, CHAT_MLS_MESSAGE_MAX);
        break;

    case CHAT_MLS_REQUIRED:
        (void) chat_mls_list_read(&r);
        (void) chat_mls_list_read(&r);
        (void) chat_mls_list_read(&r);
        break;

    case CHAT_MLS_EXTERNAL_PUB:
        (void) chat_mls_opaque(&r, CHAT_MLS_KEY_MAX);
        break;

    case CHAT_MLS_EXTERNAL_SENDERS:
        (void) chat_mls_enter(&r, &senders);

        while (chat_mls_more(&senders)) {
            (void) chat_mls_opaque(&senders, CHAT_MLS_KEY_MAX);
            (void) chat_mls_credential_read(&senders, &type);
        }

        chat_mls_leave(&r, &senders);
        break;

    default:
        return CHAT_MLS_OK;
    }

    return chat_mls_finish(&r);
}


int
chat_mls_extension_next(chat_mls_view_t *list, chat_mls_extension_t *ext)
{
    chat_mls_reader_t  r;

    chat_mls_start(&r, *list);

    if (!chat_mls_more(&r)) {
        return 0;
    }

    chat_mls_extension_read(&r, ext);
    list->data = r.data;
    list->len = r.status == CHAT_MLS_OK ? (size_t) (r.end - r.data) : 0;

    return r.status == CHAT_MLS_OK;
}


int
chat_mls_extension_find(chat_mls_view_t list, uint16_t type,
    chat_mls_view_t *data)
{
    chat_mls_extension_t  ext;

    while (chat_mls_extension_next(&list, &ext)) {
        if (ext.type == type) {
            *data = ext.data;
            return 1;
        }
    }

    return 0;
}


void
chat_mls_leaf_read(chat_mls_reader_t *r, uint8_t source, chat_mls_leaf_t *leaf)
{
    const uint8_t  *start;

    start = r->data;

    leaf->encryption_key = chat_mls_opaque(r, CHAT_MLS_KEY_MAX);
    leaf->signature_key = chat_mls_opaque(r, CHAT_MLS_KEY_MAX);
    leaf->identity = chat_mls_credential_read(r, &leaf->credential);
    chat_mls_capabilities_read(r, &leaf->capabilities);

    leaf->source = chat_mls_choice(r, CHAT_MLS_SOURCE_COMMIT,
                                   CHAT_MLS_SOURCE);
    leaf->not_before = 0;
    leaf->not_after = 0;
    leaf->parent_hash.data = NULL;
    leaf->parent_hash.len = 0;

    if (source != 0 && leaf->source != source) {
        chat_mls_fail(r, CHAT_MLS_SOURCE);
    }

    switch (leaf->source) {

    case CHAT_MLS_SOURCE_KEY_PACKAGE:
        leaf->not_before = chat_mls_u64(r);
        leaf->not_after = chat_mls_u64(r);
        break;

    case CHAT_MLS_SOURCE_COMMIT:
        leaf->parent_hash = chat_mls_opaque(r, CHAT_MLS_HASH_MAX);
        break;

    default:
        break;
    }

    leaf->extensions = chat_mls_extensions_read(r);
    leaf->tbs = chat_mls_since(r, start);
    leaf->signature = chat_mls_opaque(r, CHAT_MLS_SIGNATURE_MAX);
    leaf->raw = chat_mls_since(r, start);
}


chat_mls_status_t
chat_mls_leaf_check(const chat_mls_leaf_t *leaf, uint16_t suite,
    chat_mls_view_t identity, chat_mls_view_t signature_key)
{
    chat_mls_view_t       list;
    chat_mls_extension_t  ext;

    if (!chat_mls_list_has(leaf->capabilities.versions, CHAT_MLS_VERSION_10)) {
        return CHAT_MLS_CAN_VERSION;
    }

    if (!chat_mls_list_has(leaf->capabilities.suites, suite)) {
        return CHAT_MLS_CAN_SUITE;
    }

    if (leaf->credential != CHAT_MLS_BASIC) {
        return CHAT_MLS_NOT_BASIC;
    }

    if (!chat_mls_list_has(leaf->capabilities.credentials, leaf->credential)) {
        return CHAT_MLS_CAN_CREDENTIAL;
    }

    list = leaf->extensions;

    while (chat_mls_extension_next(&list, &ext)) {
        if (!chat_mls_default_extension(ext.type)
            && !chat_mls_list_has(leaf->capabilities.extensions, ext.type))
        {
            return CHAT_MLS_CAN_EXTENSION;
        }
    }

    if (!chat_mls_equal(leaf->identity, identity)) {
        return CHAT_MLS_IDENTITY;
    }

    if (!chat_mls_equal(leaf->signature_key, signature_key)) {
        return CHAT_MLS_SIGNATURE_KEY;
    }

    return chat_mls_leaf_lengths(leaf, suite);
}


/* section 7.2: everybody knows those of RFC 9420 itself */

static int
chat_mls_default_extension(uint16_t type)
{
    return type >= CHAT_MLS_APPLICATION_ID && type <= CHAT_MLS_EXTERNAL_SENDERS;
}


/* a key that nobody can use would stop whoever adds or encrypts to this leaf */

static chat_mls_status_t
chat_mls_leaf_lengths(const chat_mls_leaf_t *leaf, uint16_t suite)
{
    if (suite != 1 && suite != 3) {
        return CHAT_MLS_OK;
    }

    if (leaf->encryption_key.len != CHAT_MLS_X25519_KEY_LEN
        || leaf->signature_key.len != CHAT_MLS_ED25519_KEY_LEN
        || leaf->signature.len != CHAT_MLS_ED25519_LEN)
    {
        return CHAT_MLS_KEY_LENGTH;
    }

    return CHAT_MLS_OK;
}
