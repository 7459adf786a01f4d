/* An MLSMessage as a client uploads it, with everything that is asked of it afterwards. */

#include "fuzz.h"

#include "chat_mls.h"

static const uint8_t  *input;
static size_t          input_len;


static void
inside(chat_mls_view_t view)
{
    promise(view.len == 0
            || (view.data >= input
                && view.data + view.len <= input + input_len));
}


static void
walk_extensions(chat_mls_view_t list)
{
    unsigned              n;
    chat_mls_view_t       data, all;
    chat_mls_extension_t  ext;

    inside(list);
    all = list;

    for (n = 0; chat_mls_extension_next(&list, &ext); n++) {
        inside(ext.data);
        promise(chat_mls_extension_find(all, ext.type, &data));
        promise(data.data == ext.data.data);
    }

    promise(n <= CHAT_MLS_EXTENSIONS_MAX);
}


static void
walk_leaf(const chat_mls_leaf_t *leaf, const chat_mls_scratch_t *scratch)
{
    chat_mls_view_t  group;

    inside(leaf->raw);
    inside(leaf->tbs);
    inside(leaf->identity);
    inside(leaf->signature_key);
    walk_extensions(leaf->extensions);

    group.data = input;
    group.len = input_len < CHAT_MLS_GROUP_ID_MAX ? input_len
                                                  : CHAT_MLS_GROUP_ID_MAX;
    promise(chat_mls_leaf_verify(leaf, 1, group, 1, scratch)
            != CHAT_MLS_NO_SCRATCH);
    (void) chat_mls_leaf_check(leaf, 1, leaf->identity, leaf->signature_key);
}


static void
walk_key_package(const chat_mls_key_package_t *kp,
    const chat_mls_scratch_t *scratch)
{
    uint8_t                  ref[CHAT_MLS_REF_LEN];
    chat_mls_rules_t         rules;
    chat_mls_key_package_t   bare;

    inside(kp->raw);
    inside(kp->init_key);
    walk_extensions(kp->extensions);
    walk_leaf(&kp->leaf, scratch);

    promise(chat_mls_key_package_read(kp->raw.data, kp->raw.len, &bare)
            == CHAT_MLS_OK);
    promise(chat_mls_equal(bare.tbs, kp->tbs));
    (void) chat_mls_key_package_ref(kp, ref);

    rules.now = kp->leaf.not_before;
    rules.suites = &kp->suite;
    rules.suites_count = 1;
    rules.identity = kp->leaf.identity;
    rules.signature_key = kp->leaf.signature_key;
    promise(chat_mls_key_package_check(kp, &rules, scratch)
            != CHAT_MLS_NO_SCRATCH);
}


static void
walk_proposal(const chat_mls_proposal_t *p, const chat_mls_scratch_t *scratch)
{
    inside(p->raw);

    switch (p->type) {
    case CHAT_MLS_ADD:
        walk_key_package(&p->u.add, scratch);
        break;
    case CHAT_MLS_UPDATE:
        walk_leaf(&p->u.update, scratch);
        break;
    case CHAT_MLS_REINIT:
        walk_extensions(p->u.reinit.extensions);
        break;
    case CHAT_MLS_CONTEXT_EXTENSIONS:
        walk_extensions(p->u.extensions);
        break;
    default:
        promise(p->type < CHAT_MLS_PROPOSAL_TYPES);
    }
}


static void
walk_commit(const chat_mls_commit_t *commit, const chat_mls_scratch_t *scratch)
{
    uint32_t              n, count[CHAT_MLS_PROPOSAL_TYPES] = { 0 };
    chat_mls_view_t       list;
    chat_mls_proposal_t   p;
    chat_mls_path_node_t  node;

    list = commit->proposals;

    while (chat_mls_proposal_next(&list, &p)) {
        walk_proposal(&p, scratch);
        count[p.type]++;
    }

    promise(memcmp(count, commit->count, sizeof(count)) == 0);

    if (commit->has_path) {
        promise(commit->leaf.source == CHAT_MLS_SOURCE_COMMIT);
        walk_leaf(&commit->leaf, scratch);
    }

    list = commit->nodes;

    for (n = 0; chat_mls_path_next(&list, &node); n++) {
        inside(node.encryption_key);
    }

    promise(n == commit->nodes_count && n <= CHAT_MLS_PATH_MAX);
}


static void
walk_group_info(const chat_mls_group_info_t *gi,
    const chat_mls_scratch_t *scratch)
{
    uint32_t         n, index, last;
    chat_mls_leaf_t  leaf;
    chat_mls_tree_t  tree;

    walk_extensions(gi->extensions);
    walk_extensions(gi->context_extensions);
    inside(gi->tbs);
    last = 0;

    chat_mls_tree_start(&tree, gi);

    for (n = 0; chat_mls_tree_next(&tree, &index, &leaf); n++) {
        promise(n == 0 || index > last);
        promise(index < CHAT_MLS_LEAVES_MAX);
        walk_leaf(&leaf, scratch);
        last = index;
    }

    promise(n == gi->leaves_count);
    promise(chat_mls_group_info_verify_signer(gi, scratch)
            != CHAT_MLS_NO_SCRATCH);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    uint32_t             n;
    uint8_t             *copy, *cut;
    chat_mls_view_t      list;
    chat_mls_secret_t    secret;
    chat_mls_status_t    status;
    chat_mls_message_t   m;
    chat_mls_scratch_t   scratch;

    copy = fuzz_copy(data, len);
    input = copy;
    input_len = len;
    status = chat_mls_read(copy, len, &m);
    promise(chat_mls_error(status) != NULL);

    if (status != CHAT_MLS_OK) {
        free(copy);
        return 0;
    }

    scratch.size = CHAT_MLS_SCRATCH(len);
    scratch.data = malloc(scratch.size);
    promise(scratch.data != NULL);

    switch (m.wire_format) {

    case CHAT_MLS_PUBLIC:
        if (m.u.public.content == CHAT_MLS_COMMIT) {
            walk_commit(&m.u.public.u.commit, &scratch);

        } else {
            walk_proposal(&m.u.public.u.proposal, &scratch);
        }

        break;

    case CHAT_MLS_WELCOME:
        list = m.u.welcome.secrets;

        for (n = 0; chat_mls_secret_next(&list, &secret); n++) {
            inside(secret.ref);
            inside(secret.ciphertext);
        }

        promise(n == m.u.welcome.secrets_count);
        break;

    case CHAT_MLS_GROUP_INFO:
        walk_group_info(&m.u.group_info, &scratch);
        break;

    case CHAT_MLS_KEY_PACKAGE:
        walk_key_package(&m.u.key_package, &scratch);
        break;

    default:
        inside(m.u.private.aad);
        inside(m.u.private.ciphertext);
    }

    /* what is whole is not whole without its last byte, or with one more */

    cut = fuzz_copy(data, len - 1);
    promise(chat_mls_read(cut, len - 1, &m) != CHAT_MLS_OK);
    free(cut);

    cut = malloc(len + 1);
    promise(cut != NULL);
    memcpy(cut, data, len);
    cut[len] = 0;
    promise(chat_mls_read(cut, len + 1, &m) != CHAT_MLS_OK);
    free(cut);

    free(scratch.data);
    free(copy);

    return 0;
}
