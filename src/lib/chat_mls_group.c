/* GroupInfo and the ratchet tree in it, RFC 9420, sections 8.1 and 12.4.3. */

#include <string.h>

#include "chat_mls_parts.h"

#define CHAT_MLS_NODE_LEAF      1
#define CHAT_MLS_NODE_PARENT    2


static void chat_mls_context_read(chat_mls_reader_t *r,
    chat_mls_group_info_t *gi);
static void chat_mls_tree_read(chat_mls_reader_t *r,
    chat_mls_group_info_t *gi);
static int chat_mls_node_read(chat_mls_reader_t *r, uint32_t node,
    chat_mls_leaf_t *leaf);
static void chat_mls_parent_read(chat_mls_reader_t *r);


void
chat_mls_group_info_read(chat_mls_reader_t *r, chat_mls_group_info_t *gi)
{
    const uint8_t      *start;
    chat_mls_view_t     data;
    chat_mls_reader_t   inner;

    memset(gi, 0, sizeof(chat_mls_group_info_t));

    start = r->data;
    chat_mls_context_read(r, gi);
    gi->extensions = chat_mls_extensions_read(r);
    gi->confirmation_tag = chat_mls_opaque(r, CHAT_MLS_HASH_MAX);
    gi->signer = chat_mls_u32(r);
    gi->tbs = chat_mls_since(r, start);
    gi->signature = chat_mls_opaque(r, CHAT_MLS_SIGNATURE_MAX);

    if (r->status != CHAT_MLS_OK) {
        return;
    }

    if (chat_mls_extension_find(gi->extensions, CHAT_MLS_EXTERNAL_PUB, &data)) {
        chat_mls_start(&inner, data);
        gi->external_pub = chat_mls_opaque(&inner, CHAT_MLS_KEY_MAX);
    }

    if (chat_mls_extension_find(gi->extensions, CHAT_MLS_RATCHET_TREE, &data)) {
        gi->has_tree = 1;
        chat_mls_start(&inner, data);
        chat_mls_tree_read(&inner, gi);
        (void) chat_mls_finish(&inner);
        chat_mls_leave(r, &inner);
    }
}


static void
chat_mls_context_read(chat_mls_reader_t *r, chat_mls_group_info_t *gi)
{
    if (chat_mls_u16(r) != CHAT_MLS_VERSION_10) {
        chat_mls_fail(r, CHAT_MLS_VERSION);
    }

    gi->suite = chat_mls_u16(r);
    gi->group_id = chat_mls_opaque(r, CHAT_MLS_GROUP_ID_MAX);
    gi->epoch = chat_mls_u64(r);
    gi->tree_hash = chat_mls_opaque(r, CHAT_MLS_HASH_MAX);
    gi->transcript_hash = chat_mls_opaque(r, CHAT_MLS_HASH_MAX);
    gi->context_extensions = chat_mls_extensions_read(r);
}


/* section 12.4.3.3: blanks at the right are left out, so the last is none */

static void
chat_mls_tree_read(chat_mls_reader_t *r, chat_mls_group_info_t *gi)
{
    int                full;
    chat_mls_leaf_t    leaf;
    chat_mls_reader_t  items;

    gi->tree = chat_mls_enter(r, &items);
    full = 0;

    while (chat_mls_more(&items)) {
        if (gi->nodes_count == CHAT_MLS_NODES_MAX) {
            chat_mls_fail(&items, CHAT_MLS_LIMIT);
            break;
        }

        full = chat_mls_node_read(&items, gi->nodes_count, &leaf);

        if (full && gi->nodes_count % 2 == 0) {
            gi->leaves_count++;
        }

        gi->nodes_count++;
    }

    if (!full) {
        chat_mls_fail(&items, CHAT_MLS_TREE);
    }

    chat_mls_leave(r, &items);
}


/* optional<Node>: leaves have the even places.  1, or 0 for a blank one */

static int
chat_mls_node_read(chat_mls_reader_t *r, uint32_t node, chat_mls_leaf_t *leaf)
{
    uint8_t  present, type;

    present = chat_mls_u8(r);

    if (present > 1) {
        chat_mls_fail(r, CHAT_MLS_PRESENCE);
    }

    if (present != 1) {
        return 0;
    }

    type = chat_mls_choice(r, CHAT_MLS_NODE_PARENT, CHAT_MLS_TREE);

    if (type != (node % 2 == 0 ? CHAT_MLS_NODE_LEAF : CHAT_MLS_NODE_PARENT)) {
        chat_mls_fail(r, CHAT_MLS_TREE);
        return 0;
    }

    if (type == CHAT_MLS_NODE_LEAF) {
        chat_mls_leaf_read(r, 0, leaf);

    } else {
        chat_mls_parent_read(r);
    }

    return r->status == CHAT_MLS_OK;
}


/* section 7.1: unmerged_leaves go up */

static void
chat_mls_parent_read(chat_mls_reader_t *r)
{
    int                first;
    uint32_t           leaf, last;
    chat_mls_reader_t  unmerged;

    (void) chat_mls_opaque(r, CHAT_MLS_KEY_MAX);
    (void) chat_mls_opaque(r, CHAT_MLS_HASH_MAX);
    (void) chat_mls_enter(r, &unmerged);

    last = 0;

    for (first = 1; chat_mls_more(&unmerged); first = 0) {
        leaf = chat_mls_u32(&unmerged);

        if (leaf >= CHAT_MLS_LEAVES_MAX || (!first && leaf <= last)) {
            chat_mls_fail(&unmerged, CHAT_MLS_TREE);
        }

        last = leaf;
    }

    chat_mls_leave(r, &unmerged);
}


void
chat_mls_tree_start(chat_mls_tree_t *tree, const chat_mls_group_info_t *gi)
{
    tree->rest = gi->tree;
    tree->node = 0;
}


int
chat_mls_tree_next(chat_mls_tree_t *tree, uint32_t *index,
    chat_mls_leaf_t *leaf)
{
    int                full;
    uint32_t           node;
    chat_mls_reader_t  r;

    chat_mls_start(&r, tree->rest);

    while (chat_mls_more(&r)) {
        node = tree->node++;
        full = chat_mls_node_read(&r, node, leaf);

        if (full && node % 2 == 0) {
            tree->rest.data = r.data;
            tree->rest.len = (size_t) (r.end - r.data);
            *index = node / 2;
            return 1;
        }
    }

    tree->rest.len = 0;

    return 0;
}


int
chat_mls_tree_leaf(const chat_mls_group_info_t *gi, uint32_t index,
    chat_mls_leaf_t *leaf)
{
    uint32_t         i;
    chat_mls_tree_t  tree;

    chat_mls_tree_start(&tree, gi);

    while (chat_mls_tree_next(&tree, &i, leaf)) {
        if (i >= index) {
            return i == index;
        }
    }

    return 0;
}
