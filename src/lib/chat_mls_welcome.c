/* Welcome, RFC 9420, section 12.4.3.1: whom it is for. */

#include "chat_mls_parts.h"


static void chat_mls_secret_read(chat_mls_reader_t *r,
    chat_mls_secret_t *secret);


void
chat_mls_welcome_read(chat_mls_reader_t *r, chat_mls_welcome_t *welcome)
{
    chat_mls_reader_t  items;
    chat_mls_secret_t  secret;

    welcome->suite = chat_mls_u16(r);
    welcome->secrets = chat_mls_enter(r, &items);
    welcome->secrets_count = 0;

    while (chat_mls_more(&items)) {
        if (welcome->secrets_count++ == CHAT_MLS_SECRETS_MAX) {
            chat_mls_fail(&items, CHAT_MLS_LIMIT);
            break;
        }

        chat_mls_secret_read(&items, &secret);
    }

    chat_mls_leave(r, &items);
    welcome->group_info = chat_mls_opaque(r, CHAT_MLS_MESSAGE_MAX);
}


static void
chat_mls_secret_read(chat_mls_reader_t *r, chat_mls_secret_t *secret)
{
    secret->ref = chat_mls_opaque(r, CHAT_MLS_HASH_MAX);
    secret->kem_output = chat_mls_opaque(r, CHAT_MLS_KEY_MAX);
    secret->ciphertext = chat_mls_opaque(r, CHAT_MLS_SECRET_MAX);
}


int
chat_mls_secret_next(chat_mls_view_t *secrets, chat_mls_secret_t *secret)
{
    chat_mls_reader_t  r;

    chat_mls_start(&r, *secrets);

    if (!chat_mls_more(&r)) {
        return 0;
    }

    chat_mls_secret_read(&r, secret);
    secrets->data = r.data;
    secrets->len = r.status == CHAT_MLS_OK ? (size_t) (r.end - r.data) : 0;

    return r.status == CHAT_MLS_OK;
}
