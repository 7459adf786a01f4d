/* MLSMessage, RFC 9420, section 6, PrivateMessage's header, and the words for failures. */

#include "chat_mls_parts.h"


static void chat_mls_private_read(chat_mls_reader_t *r,
    chat_mls_private_t *private);


static const char  *chat_mls_errors[] = {
    [CHAT_MLS_OK] = "it is in order",
    [CHAT_MLS_TRUNCATED] = "it ends early",
    [CHAT_MLS_VARINT] = "a length in it is invalid or not minimal",
    [CHAT_MLS_TRAILING] = "bytes follow its end",
    [CHAT_MLS_LIMIT] = "a field or list in it is too long",
    [CHAT_MLS_VERSION] = "its protocol version is not mls10",
    [CHAT_MLS_WIRE_FORMAT] = "its wire format is unknown",
    [CHAT_MLS_CONTENT] = "its content type is unknown or not allowed in it",
    [CHAT_MLS_SENDER] = "its sender type is unknown or may not send this",
    [CHAT_MLS_PROPOSAL_TYPE] = "a proposal's type is unknown",
    [CHAT_MLS_PRESENCE] = "a byte that tells which variant follows is wrong",
    [CHAT_MLS_LIST] = "a list in it ends within an item",
    [CHAT_MLS_SOURCE] = "a leaf node's source does not fit its place",
    [CHAT_MLS_CREDENTIAL] = "a credential's type is unknown",
    [CHAT_MLS_EXTENSION] = "an extension is there twice or malformed",
    [CHAT_MLS_TREE] = "a node of the ratchet tree is out of place",
    [CHAT_MLS_SUITE] = "its cipher suite is not allowed",
    [CHAT_MLS_NOT_YET] = "its lifetime starts more than an hour ahead",
    [CHAT_MLS_EXPIRED] = "its lifetime is over",
    [CHAT_MLS_TOO_LONG] = "its lifetime ends more than 90 days ahead",
    [CHAT_MLS_CAN_VERSION] = "its capabilities lack mls10",
    [CHAT_MLS_CAN_SUITE] = "its capabilities lack its cipher suite",
    [CHAT_MLS_CAN_CREDENTIAL] = "its capabilities lack its credential type",
    [CHAT_MLS_CAN_EXTENSION] = "its capabilities lack one of its extensions",
    [CHAT_MLS_NOT_BASIC] = "its credential is not a basic one",
    [CHAT_MLS_IDENTITY] = "its identity is not this device's",
    [CHAT_MLS_SIGNATURE_KEY] = "its signature key is not this device's",
    [CHAT_MLS_KEY_LENGTH] = "a key or signature is not as long as its suite's",
    [CHAT_MLS_INIT_KEY] = "its init key and encryption key are the same",
    [CHAT_MLS_NO_SIGNER] = "its tree has no leaf where its signer should be",
    [CHAT_MLS_LEAF_SIGNATURE] = "a leaf node's signature is wrong",
    [CHAT_MLS_SIGNATURE] = "its signature is wrong",
    [CHAT_MLS_UNVERIFIABLE] = "its cipher suite can't be verified here",
    [CHAT_MLS_NO_SCRATCH] = "there is not enough memory to verify it"
};


chat_mls_status_t
chat_mls_read(const uint8_t *data, size_t len, chat_mls_message_t *m)
{
    chat_mls_view_t    input;
    chat_mls_reader_t  r;

    if (len > CHAT_MLS_MESSAGE_MAX) {
        return CHAT_MLS_LIMIT;
    }

    input.data = data;
    input.len = len;

    chat_mls_start(&r, input);

    if (chat_mls_u16(&r) != CHAT_MLS_VERSION_10) {
        chat_mls_fail(&r, CHAT_MLS_VERSION);
    }

    m->wire_format = chat_mls_u16(&r);

    switch (m->wire_format) {

    case CHAT_MLS_PUBLIC:
        chat_mls_public_read(&r, &m->u.public);
        break;

    case CHAT_MLS_PRIVATE:
        chat_mls_private_read(&r, &m->u.private);
        break;

    case CHAT_MLS_WELCOME:
        chat_mls_welcome_read(&r, &m->u.welcome);
        break;

    case CHAT_MLS_GROUP_INFO:
        chat_mls_group_info_read(&r, &m->u.group_info);
        break;

    case CHAT_MLS_KEY_PACKAGE:
        chat_mls_key_package_body(&r, &m->u.key_package);
        break;

    default:
        chat_mls_fail(&r, CHAT_MLS_WIRE_FORMAT);
        break;
    }

    return chat_mls_finish(&r);
}


static void
chat_mls_private_read(chat_mls_reader_t *r, chat_mls_private_t *private)
{
    private->group_id = chat_mls_opaque(r, CHAT_MLS_GROUP_ID_MAX);
    private->epoch = chat_mls_u64(r);
    private->content = chat_mls_choice(r, CHAT_MLS_COMMIT, CHAT_MLS_CONTENT);
    private->aad = chat_mls_opaque(r, CHAT_MLS_AAD_MAX);
    private->sender_data = chat_mls_opaque(r, CHAT_MLS_SECRET_MAX);
    private->ciphertext = chat_mls_opaque(r, CHAT_MLS_MESSAGE_MAX);
}


const char *
chat_mls_error(chat_mls_status_t status)
{
    if ((unsigned) status >= CHAT_MLS_STATUSES) {
        return "it is not understood";
    }

    return chat_mls_errors[status];
}
