/* Public messages, proposals and commits, RFC 9420, sections 6.2, 7.6 and 12. */

#include <string.h>

#include "chat_mls_parts.h"


static void chat_mls_sender_check(chat_mls_reader_t *r,
    const chat_mls_public_t *pub);
static void chat_mls_psk_read(chat_mls_reader_t *r, chat_mls_psk_t *psk);
static void chat_mls_proposal_or_ref(chat_mls_reader_t *r,
    chat_mls_proposal_t *p);
static void chat_mls_path_read(chat_mls_reader_t *r, chat_mls_commit_t *commit);
static void chat_mls_path_node_read(chat_mls_reader_t *r,
    chat_mls_path_node_t *node);


void
chat_mls_public_read(chat_mls_reader_t *r, chat_mls_public_t *pub)
{
    memset(pub, 0, sizeof(chat_mls_public_t));

    pub->group_id = chat_mls_opaque(r, CHAT_MLS_GROUP_ID_MAX);
    pub->epoch = chat_mls_u64(r);
    pub->sender = chat_mls_choice(r, CHAT_MLS_NEW_COMMIT, CHAT_MLS_SENDER);

    if (pub->sender == CHAT_MLS_MEMBER || pub->sender == CHAT_MLS_EXTERNAL) {
        pub->index = chat_mls_u32(r);
    }

    pub->aad = chat_mls_opaque(r, CHAT_MLS_AAD_MAX);
    pub->content = chat_mls_choice(r, CHAT_MLS_COMMIT, CHAT_MLS_CONTENT);

    switch (pub->content) {

    case CHAT_MLS_PROPOSAL:
        chat_mls_proposal_read(r, &pub->u.proposal);
        break;

    case CHAT_MLS_COMMIT:
        chat_mls_commit_read(r, &pub->u.commit);
        break;

    default:

        /* section 6.2: application data are always encrypted */

        chat_mls_fail(r, CHAT_MLS_CONTENT);
        return;
    }

    chat_mls_sender_check(r, pub);

    pub->signature = chat_mls_opaque(r, CHAT_MLS_SIGNATURE_MAX);

    if (pub->content == CHAT_MLS_COMMIT) {
        pub->confirmation_tag = chat_mls_opaque(r, CHAT_MLS_HASH_MAX);
    }

    if (pub->sender == CHAT_MLS_MEMBER) {
        pub->membership_tag = chat_mls_opaque(r, CHAT_MLS_HASH_MAX);
    }
}


/* sections 6 and 12.1.8: who is no member may send only one kind of content */

static void
chat_mls_sender_check(chat_mls_reader_t *r, const chat_mls_public_t *pub)
{
    switch (pub->sender) {

    case CHAT_MLS_EXTERNAL:
    case CHAT_MLS_NEW_PROPOSAL:
        if (pub->content != CHAT_MLS_PROPOSAL) {
            chat_mls_fail(r, CHAT_MLS_SENDER);
        }

        break;

    case CHAT_MLS_NEW_COMMIT:
        if (pub->content != CHAT_MLS_COMMIT) {
            chat_mls_fail(r, CHAT_MLS_SENDER);
        }

        break;

    default:
        break;
    }
}


void
chat_mls_proposal_read(chat_mls_reader_t *r, chat_mls_proposal_t *p)
{
    const uint8_t  *start;

    start = r->data;
    p->type = chat_mls_u16(r);

    switch (p->type) {

    case CHAT_MLS_ADD:
        chat_mls_key_package_body(r, &p->u.add);
        break;

    case CHAT_MLS_UPDATE:
        chat_mls_leaf_read(r, CHAT_MLS_SOURCE_UPDATE, &p->u.update);
        break;

    case CHAT_MLS_REMOVE:
        p->u.removed = chat_mls_u32(r);
        break;

    case CHAT_MLS_PSK:
        chat_mls_psk_read(r, &p->u.psk);
        break;

    case CHAT_MLS_REINIT:
        p->u.reinit.group_id = chat_mls_opaque(r, CHAT_MLS_GROUP_ID_MAX);
        p->u.reinit.version = chat_mls_u16(r);
        p->u.reinit.suite = chat_mls_u16(r);
        p->u.reinit.extensions = chat_mls_extensions_read(r);
        break;

    case CHAT_MLS_EXTERNAL_INIT:
        p->u.kem_output = chat_mls_opaque(r, CHAT_MLS_KEY_MAX);
        break;

    case CHAT_MLS_CONTEXT_EXTENSIONS:
        p->u.extensions = chat_mls_extensions_read(r);
        break;

    default:

        /* no length goes before a proposal, either */

        chat_mls_fail(r, CHAT_MLS_PROPOSAL_TYPE);
        break;
    }

    p->raw = chat_mls_since(r, start);
}


static void
chat_mls_psk_read(chat_mls_reader_t *r, chat_mls_psk_t *psk)
{
    psk->type = chat_mls_choice(r, 2, CHAT_MLS_PRESENCE);
    psk->usage = 0;
    psk->epoch = 0;

    if (psk->type == 2) {
        psk->usage = chat_mls_choice(r, 3, CHAT_MLS_PRESENCE);
        psk->id = chat_mls_opaque(r, CHAT_MLS_GROUP_ID_MAX);
        psk->epoch = chat_mls_u64(r);

    } else {
        psk->id = chat_mls_opaque(r, CHAT_MLS_PSK_MAX);
    }

    psk->nonce = chat_mls_opaque(r, CHAT_MLS_PSK_MAX);
}


static void
chat_mls_proposal_or_ref(chat_mls_reader_t *r, chat_mls_proposal_t *p)
{
    if (chat_mls_choice(r, 2, CHAT_MLS_PRESENCE) == 1) {
        chat_mls_proposal_read(r, p);
        return;
    }

    p->type = 0;
    p->raw.data = NULL;
    p->raw.len = 0;
    p->u.ref = chat_mls_opaque(r, CHAT_MLS_HASH_MAX);
}


int
chat_mls_proposal_next(chat_mls_view_t *proposals, chat_mls_proposal_t *p)
{
    chat_mls_reader_t  r;

    chat_mls_start(&r, *proposals);

    if (!chat_mls_more(&r)) {
        return 0;
    }

    chat_mls_proposal_or_ref(&r, p);
    proposals->data = r.data;
    proposals->len = r.status == CHAT_MLS_OK ? (size_t) (r.end - r.data) : 0;

    return r.status == CHAT_MLS_OK;
}


void
chat_mls_commit_read(chat_mls_reader_t *r, chat_mls_commit_t *commit)
{
    uint8_t              present;
    uint32_t             n;
    chat_mls_reader_t    items;
    chat_mls_proposal_t  p;

    memset(commit, 0, sizeof(chat_mls_commit_t));

    commit->proposals = chat_mls_enter(r, &items);

    for (n = 0; chat_mls_more(&items); n++) {
        if (n == CHAT_MLS_PROPOSALS_MAX) {
            chat_mls_fail(&items, CHAT_MLS_LIMIT);
            break;
        }

        chat_mls_proposal_or_ref(&items, &p);

        if (items.status == CHAT_MLS_OK) {
            commit->count[p.type]++;
        }
    }

    chat_mls_leave(r, &items);

    /* section 12.4: only adds, keys shared before and a reinit do without */

    commit->needs_path = n == 0
                         || commit->count[CHAT_MLS_UPDATE] != 0
                         || commit->count[CHAT_MLS_REMOVE] != 0
                         || commit->count[CHAT_MLS_EXTERNAL_INIT] != 0
                         || commit->count[CHAT_MLS_CONTEXT_EXTENSIONS] != 0;

    present = chat_mls_u8(r);

    if (present > 1) {
        chat_mls_fail(r, CHAT_MLS_PRESENCE);
    }

    if (present == 1) {
        commit->has_path = 1;
        chat_mls_path_read(r, commit);
    }
}


static void
chat_mls_path_read(chat_mls_reader_t *r, chat_mls_commit_t *commit)
{
    chat_mls_reader_t     items;
    chat_mls_path_node_t  node;

    chat_mls_leaf_read(r, CHAT_MLS_SOURCE_COMMIT, &commit->leaf);
    commit->nodes = chat_mls_enter(r, &items);

    while (chat_mls_more(&items)) {
        if (commit->nodes_count++ == CHAT_MLS_PATH_MAX) {
            chat_mls_fail(&items, CHAT_MLS_LIMIT);
            break;
        }

        chat_mls_path_node_read(&items, &node);
    }

    chat_mls_leave(r, &items);
}


static void
chat_mls_path_node_read(chat_mls_reader_t *r, chat_mls_path_node_t *node)
{
    chat_mls_reader_t  items;

    node->encryption_key = chat_mls_opaque(r, CHAT_MLS_KEY_MAX);
    node->secrets = 0;
    (void) chat_mls_enter(r, &items);

    while (chat_mls_more(&items)) {
        if (node->secrets++ == CHAT_MLS_LEAVES_MAX) {
            chat_mls_fail(&items, CHAT_MLS_LIMIT);
            break;
        }

        (void) chat_mls_opaque(&items, CHAT_MLS_KEY_MAX);
        (void) chat_mls_opaque(&items, CHAT_MLS_SECRET_MAX);
    }

    chat_mls_leave(r, &items);
}


int
chat_mls_path_next(chat_mls_view_t *nodes, chat_mls_path_node_t *node)
{
    chat_mls_reader_t  r;

    chat_mls_start(&r, *nodes);

    if (!chat_mls_more(&r)) {
        return 0;
    }

    chat_mls_path_node_read(&r, node);
    nodes->data = r.data;
    nodes->len = r.status == CHAT_MLS_OK ? (size_t) (r.end - r.data) : 0;

    return r.status == CHAT_MLS_OK;
}
