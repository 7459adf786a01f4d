/* What a delivery service checks: key packages, leaf nodes, GroupInfo and its tree. */

#include "test.h"
#include "mls.h"

static uint8_t                   scratch_data[CHAT_MLS_SCRATCH(65536)];
static const chat_mls_scratch_t  scratch = { scratch_data,
                                             sizeof(scratch_data) };
static const uint16_t            suites[] = { 3, 1 };


static chat_mls_rules_t
rules_of(const mls_making_t *mk)
{
    chat_mls_rules_t  rules;

    rules.now = MLS_NOW;
    rules.suites = suites;
    rules.suites_count = count(suites);
    rules.identity = mls_view(mk->identity, strlen(mk->identity));
    rules.signature_key = mls_view(mk->public_key, 32);

    return rules;
}


static chat_mls_status_t
check(const mls_making_t *mk, const chat_mls_rules_t *rules)
{
    mls_out_t                out;
    chat_mls_status_t        status;
    chat_mls_key_package_t   kp;

    out = mls_out();
    mls_make_key_package(&out, mk);
    mls_expect("read", chat_mls_key_package_read(out.data, out.len, &kp),
               CHAT_MLS_OK);
    status = chat_mls_key_package_check(&kp, rules, &scratch);
    free(out.data);

    return status;
}


/* mk is changed, the rules are those of the unchanged */

static void
expect(const char *what, const mls_making_t *mk, chat_mls_status_t status)
{
    mls_making_t      good;
    chat_mls_rules_t  rules;

    good = mls_making();
    rules = rules_of(&good);
    mls_expect(what, check(mk, &rules), status);
}


static void
test_a_good_key_package(void **state)
{
    mls_making_t  mk;

    mk = mls_making();
    expect("good", &mk, CHAT_MLS_OK);

    mk.suite = mk.suites[0] = 3;
    expect("suite 3", &mk, CHAT_MLS_OK);
}


static void
test_lifetimes(void **state)
{
    mls_making_t  mk;

    mk = mls_making();
    mk.not_before = MLS_NOW + CHAT_MLS_LIFETIME_SKEW;
    expect("an hour ahead", &mk, CHAT_MLS_OK);
    mk.not_before++;
    expect("more than an hour ahead", &mk, CHAT_MLS_NOT_YET);
    mk.not_before = UINT64_MAX;
    expect("never", &mk, CHAT_MLS_NOT_YET);

    mk = mls_making();
    mk.not_after = MLS_NOW + 1;
    expect("a second left", &mk, CHAT_MLS_OK);
    mk.not_after--;
    expect("over", &mk, CHAT_MLS_EXPIRED);
    mk.not_after = 0;
    expect("long over", &mk, CHAT_MLS_EXPIRED);
    mk.not_before = MLS_NOW + 100;
    mk.not_after = MLS_NOW + 50;
    expect("over before it starts", &mk, CHAT_MLS_EXPIRED);

    mk = mls_making();
    mk.not_after = MLS_NOW + CHAT_MLS_LIFETIME_MAX;
    expect("90 days", &mk, CHAT_MLS_OK);
    mk.not_after++;
    expect("more than 90 days", &mk, CHAT_MLS_TOO_LONG);
    mk.not_before = 0;
    mk.not_after = UINT64_MAX;
    expect("for ever", &mk, CHAT_MLS_TOO_LONG);
}


static void
test_suites_and_capabilities(void **state)
{
    mls_making_t      mk;
    chat_mls_rules_t  rules;

    mk = mls_making();
    mk.suite = mk.suites[0] = 2;
    expect("suite not allowed", &mk, CHAT_MLS_SUITE);

    rules = rules_of(&mk);
    rules.suites_count = 0;
    mls_expect("no suites", check(&mk, &rules), CHAT_MLS_SUITE);

    rules.suites = &mk.suite;
    rules.suites_count = 1;
    mls_expect("a suite that we can't verify", check(&mk, &rules),
               CHAT_MLS_UNVERIFIABLE);

    mk = mls_making();
    mk.versions_n = 0;
    expect("no versions", &mk, CHAT_MLS_CAN_VERSION);
    mk = mls_making();
    mk.versions[0] = 2;
    expect("another version", &mk, CHAT_MLS_CAN_VERSION);
    mk.versions[1] = 1;
    mk.versions_n = 2;
    expect("both versions", &mk, CHAT_MLS_OK);

    mk = mls_making();
    mk.suites[0] = 3;
    expect("another suite", &mk, CHAT_MLS_CAN_SUITE);

    mk = mls_making();
    mk.credentials[0] = CHAT_MLS_X509;
    expect("another credential", &mk, CHAT_MLS_CAN_CREDENTIAL);

    mk = mls_making();
    mk.leaf_extension = CHAT_MLS_APPLICATION_ID;
    expect("everybody's extension", &mk, CHAT_MLS_OK);
    mk.leaf_extension = 0xff01;
    expect("an unlisted extension", &mk, CHAT_MLS_CAN_EXTENSION);
    mk.extensions[0] = 0xff01;
    mk.extensions_n = 1;
    expect("a listed extension", &mk, CHAT_MLS_OK);
}


static void
test_whose_it_is(void **state)
{
    uint8_t       seed[32] = { 8 };
    mls_making_t  mk;

    mk = mls_making();
    mk.credential = mk.credentials[0] = CHAT_MLS_X509;
    expect("x509", &mk, CHAT_MLS_NOT_BASIC);

    mk = mls_making();
    mk.identity = "alice/phonE";
    expect("another device", &mk, CHAT_MLS_IDENTITY);
    mk.identity = "alice/phone2";
    expect("longer", &mk, CHAT_MLS_IDENTITY);
    mk.identity = "alice/phon";
    expect("shorter", &mk, CHAT_MLS_IDENTITY);
    mk.identity = "";
    expect("nobody", &mk, CHAT_MLS_IDENTITY);

    mk = mls_making();
    crypto_sign_seed_keypair(mk.public_key, mk.secret_key, seed);
    expect("another key", &mk, CHAT_MLS_SIGNATURE_KEY);
}


static void
test_keys(void **state)
{
    mls_making_t  mk;

    mk = mls_making();
    memcpy(mk.init_key, mk.encryption_key, 32);
    expect("one key for both", &mk, CHAT_MLS_INIT_KEY);

    mk = mls_making();
    mk.init_key_len = 31;
    expect("short init key", &mk, CHAT_MLS_KEY_LENGTH);
    mk.init_key_len = 0;
    expect("no init key", &mk, CHAT_MLS_KEY_LENGTH);

    mk = mls_making();
    mk.encryption_key_len = 31;
    expect("short encryption key", &mk, CHAT_MLS_KEY_LENGTH);
    mk.init_key_len = 31;
    expect("both short", &mk, CHAT_MLS_KEY_LENGTH);
    mk.encryption_key_len = mk.init_key_len = 0;
    expect("none", &mk, CHAT_MLS_KEY_LENGTH);
}


/* every bit of a key package is under a signature, or is one */

static void
test_a_changed_bit_breaks_a_signature(void **state)
{
    size_t                   i, leaf;
    mls_out_t                out;
    mls_making_t             mk;
    chat_mls_status_t        status;
    chat_mls_key_package_t   kp;

    mk = mls_making();
    out = mls_out();
    mls_make_key_package(&out, &mk);
    leaf = 0;

    for (i = 0; i < 8 * out.len; i++) {
        out.data[i / 8] ^= 1u << i % 8;

        if (chat_mls_key_package_read(out.data, out.len, &kp) == CHAT_MLS_OK) {
            status = chat_mls_key_package_verify(&kp, &scratch);

            if (status == CHAT_MLS_OK) {
                fail_msg("bit %zu counts for nothing", i);
            }

            leaf += status == CHAT_MLS_LEAF_SIGNATURE;
        }

        out.data[i / 8] ^= 1u << i % 8;
    }

    mls_expect("unchanged", chat_mls_key_package_read(out.data, out.len, &kp),
               CHAT_MLS_OK);
    mls_expect("unchanged", chat_mls_key_package_verify(&kp, &scratch),
               CHAT_MLS_OK);

    /* the init key is outside of the leaf node */

    out.data[10] ^= 1;
    mls_expect("init key", chat_mls_key_package_verify(&kp, &scratch),
               CHAT_MLS_SIGNATURE);
    out.data[10] ^= 1;
    assert_true(leaf > 1000);
    free(out.data);
}


static void
test_scratch_is_bounded(void **state)
{
    size_t                   n;
    mls_out_t                out;
    mls_making_t             mk;
    chat_mls_status_t        status;
    chat_mls_scratch_t       small;
    chat_mls_key_package_t   kp;

    mk = mls_making();
    out = mls_out();
    mls_make_key_package(&out, &mk);
    assert_int_equal(chat_mls_key_package_read(out.data, out.len, &kp), 0);

    for (n = 0; n <= CHAT_MLS_SCRATCH(out.len); n++) {
        small.size = n;
        small.data = malloc(n + (n == 0));
        status = chat_mls_key_package_verify(&kp, &small);
        free(small.data);

        if (status != CHAT_MLS_OK) {
            mls_expect("small", status, CHAT_MLS_NO_SCRATCH);
            assert_true(n < out.len);
        }
    }

    free(out.data);
}


static void
test_a_leaf_is_bound_to_its_group_and_place(void **state)
{
    uint8_t             source;
    mls_out_t           out;
    mls_making_t        mk;
    chat_mls_view_t     group, other, longest;
    chat_mls_leaf_t     leaf;
    chat_mls_message_t  m;
    mls_out_t           body;
    char                id[CHAT_MLS_GROUP_ID_MAX + 1];

    group = mls_view("group", 5);
    other = mls_view("groua", 5);
    memset(id, 'g', sizeof(id) - 1);
    id[sizeof(id) - 1] = '\0';
    longest = mls_view(id, sizeof(id) - 1);

    for (source = 2; source <= 3; source++) {
        mk = mls_making();
        mk.source = source;
        mk.index = 5;

        /* a proposal or an empty commit's path carries it */

        body = mls_out();

        if (source == 2) {
            mls_number(&body, CHAT_MLS_UPDATE, 2);
            mls_make_leaf(&body, &mk);

        } else {
            mls_list(&body, NULL, 0);
            mls_number(&body, 1, 1);
            mls_make_leaf(&body, &mk);
            mls_list(&body, NULL, 0);
        }

        out = mls_message(CHAT_MLS_PUBLIC);
        mls_opaque(&out, "group", 5);
        mls_number(&out, 1, 8);
        mls_number(&out, 1, 1);
        mls_number(&out, 5, 4);
        mls_filler(&out, 0);
        mls_number(&out, source, 1);    /* 2 proposal, 3 commit, as it happens */
        mls_bytes(&out, body.data, body.len);
        free(body.data);
        mls_filler(&out, 64);

        if (source == 3) {
            mls_filler(&out, 32);
        }

        mls_filler(&out, 32);
        mls_expect("read", chat_mls_read(out.data, out.len, &m), CHAT_MLS_OK);
        leaf = source == 2 ? m.u.public.u.proposal.u.update
                           : m.u.public.u.commit.leaf;

        mls_expect("its place", chat_mls_leaf_verify(&leaf, 1, group, 5,
                                                     &scratch), CHAT_MLS_OK);
        mls_expect("check", chat_mls_leaf_check(&leaf, 1,
                                mls_view(mk.identity, strlen(mk.identity)),
                                mls_view(mk.public_key, 32)), CHAT_MLS_OK);
        mls_expect("another place",
                   chat_mls_leaf_verify(&leaf, 1, group, 4, &scratch),
                   CHAT_MLS_LEAF_SIGNATURE);
        mls_expect("another group",
                   chat_mls_leaf_verify(&leaf, 1, other, 5, &scratch),
                   CHAT_MLS_LEAF_SIGNATURE);
        mls_expect("the longest id",
                   chat_mls_leaf_verify(&leaf, 1, longest, 5, &scratch),
                   CHAT_MLS_LEAF_SIGNATURE);
        mls_expect("another suite",
                   chat_mls_leaf_verify(&leaf, 2, group, 5, &scratch),
                   CHAT_MLS_UNVERIFIABLE);
        free(out.data);
    }
}


/*
 * nodes: one character each, in order: L leaf, P parent, U parent whose unmerged
 * leaves don't go up, 3 a node of an unknown type, _ blank, + a byte after the
 * tree; signed by the leaf nodes' key
 */

static mls_out_t
group_info(const char *nodes, uint32_t signer, const char *label)
{
    const char   *more;
    size_t        start;
    uint8_t       signature[64];
    mls_out_t     out, tree, list, data;
    mls_making_t  mk;

    mk = mls_making();
    tree = mls_out();

    more = strchr(nodes, '+');

    for (; *nodes != '\0' && *nodes != '+'; nodes++) {
        mls_number(&tree, *nodes != '_', 1);

        switch (*nodes) {
        case 'L':
            mls_number(&tree, 1, 1);
            mls_make_leaf(&tree, &mk);
            break;
        case 'P':
        case 'U':
            mls_number(&tree, 2, 1);
            mls_filler(&tree, 32);
            mls_filler(&tree, 32);
            mls_opaque(&tree, *nodes == 'P' ? "\0\0\0\0\0\0\0\1"
                                            : "\0\0\0\1\0\0\0\1", 8);
            break;
        case '3':
            mls_number(&tree, 3, 1);
            break;
        }
    }

    data = mls_out();
    list = mls_out();
    mls_vector(&data, tree);
    mls_bytes(&data, "+", more != NULL);
    mls_extension(&list, CHAT_MLS_RATCHET_TREE, data.data, data.len);
    free(data.data);

    out = mls_message(CHAT_MLS_GROUP_INFO);
    start = out.len;
    mls_number(&out, 1, 2);
    mls_number(&out, 1, 2);
    mls_opaque(&out, "group", 5);
    mls_number(&out, 8, 8);
    mls_filler(&out, 32);
    mls_filler(&out, 32);
    mls_list(&out, NULL, 0);
    mls_vector(&out, list);
    mls_filler(&out, 32);
    mls_number(&out, signer, 4);
    mls_sign(mk.secret_key, label, out.data + start, out.len - start,
             signature);
    mls_opaque(&out, signature, 64);

    return out;
}


static void
expect_tree(const char *nodes, chat_mls_status_t status)
{
    mls_out_t  out;

    out = group_info(nodes, 0, "GroupInfoTBS");
    mls_expect(nodes, mls_try(out.data, out.len), status);
    free(out.data);
}


static void
test_nodes_have_their_places(void **state)
{
    char  nodes[CHAT_MLS_NODES_MAX + 3];

    expect_tree("L", CHAT_MLS_OK);
    expect_tree("LPL", CHAT_MLS_OK);
    expect_tree("L_L_L", CHAT_MLS_OK);
    expect_tree("__L", CHAT_MLS_OK);
    expect_tree("", CHAT_MLS_TREE);
    expect_tree("_", CHAT_MLS_TREE);
    expect_tree("L_", CHAT_MLS_TREE);
    expect_tree("LP_", CHAT_MLS_TREE);
    expect_tree("P", CHAT_MLS_TREE);
    expect_tree("LL", CHAT_MLS_TREE);
    expect_tree("LPP", CHAT_MLS_TREE);
    expect_tree("L3L", CHAT_MLS_TREE);
    expect_tree("LUL", CHAT_MLS_TREE);
    expect_tree("LPL+", CHAT_MLS_TRAILING);

    memset(nodes, '_', sizeof(nodes));
    nodes[CHAT_MLS_NODES_MAX - 1] = 'L';
    nodes[CHAT_MLS_NODES_MAX] = '\0';
    expect_tree(nodes, CHAT_MLS_OK);
    nodes[CHAT_MLS_NODES_MAX - 1] = '_';
    nodes[CHAT_MLS_NODES_MAX] = '_';
    nodes[CHAT_MLS_NODES_MAX + 1] = 'L';
    nodes[CHAT_MLS_NODES_MAX + 2] = '\0';
    expect_tree(nodes, CHAT_MLS_LIMIT);
}


static void
test_the_tree_tells_its_leaves(void **state)
{
    uint32_t             index, expected[] = { 0, 2, 5 };
    size_t               n;
    uint8_t             *block;
    mls_out_t            out;
    chat_mls_leaf_t      leaf;
    chat_mls_tree_t      tree;
    chat_mls_message_t   m;

    out = group_info("L__PL_____L", 2, "GroupInfoTBS");
    block = mls_block(out.data, out.len);
    mls_expect("read", chat_mls_read(block, out.len, &m), CHAT_MLS_OK);
    assert_int_equal(m.u.group_info.nodes_count, 11);
    assert_int_equal(m.u.group_info.leaves_count, 3);

    chat_mls_tree_start(&tree, &m.u.group_info);

    for (n = 0; chat_mls_tree_next(&tree, &index, &leaf); n++) {
        assert_true(n < count(expected));
        assert_int_equal(index, expected[n]);
        assert_memory_equal(leaf.identity.data, "alice/phone", 11);
    }

    assert_int_equal(n, count(expected));

    for (index = 0; index < 9; index++) {
        assert_int_equal(chat_mls_tree_leaf(&m.u.group_info, index, &leaf),
                         index == 0 || index == 2 || index == 5);
    }

    assert_int_equal(chat_mls_tree_leaf(&m.u.group_info, UINT32_MAX, &leaf),
                     0);
    free(block);
    free(out.data);
}


static void
test_a_group_context_has_its_version(void **state)
{
    mls_out_t  out;

    out = group_info("L", 0, "GroupInfoTBS");
    out.data[5] = 2;
    mls_expect("version 2", mls_try(out.data, out.len), CHAT_MLS_VERSION);
    free(out.data);
}


static void
test_a_group_info_is_its_signers(void **state)
{
    mls_out_t            out;
    uint8_t              key[32] = { 3 };
    mls_making_t         mk;
    chat_mls_message_t   m;

    mk = mls_making();

    out = group_info("L_L", 1, "GroupInfoTBS");
    assert_int_equal(chat_mls_read(out.data, out.len, &m), CHAT_MLS_OK);
    mls_expect("good", chat_mls_group_info_verify_signer(&m.u.group_info,
                                                         &scratch),
               CHAT_MLS_OK);
    mls_expect("by the key",
               chat_mls_group_info_verify(&m.u.group_info,
                                          mls_view(mk.public_key, 32),
                                          &scratch), CHAT_MLS_OK);
    mls_expect("by another key",
               chat_mls_group_info_verify(&m.u.group_info, mls_view(key, 32),
                                          &scratch), CHAT_MLS_SIGNATURE);
    mls_expect("by half a key",
               chat_mls_group_info_verify(&m.u.group_info,
                                          mls_view(mk.public_key, 16),
                                          &scratch), CHAT_MLS_KEY_LENGTH);

    out.data[20] ^= 1;
    mls_expect("changed", chat_mls_group_info_verify_signer(&m.u.group_info,
                                                            &scratch),
               CHAT_MLS_SIGNATURE);
    free(out.data);

    out = group_info("L_L", 1, "KeyPackageTBS");
    assert_int_equal(chat_mls_read(out.data, out.len, &m), CHAT_MLS_OK);
    mls_expect("signed as another thing",
               chat_mls_group_info_verify_signer(&m.u.group_info, &scratch),
               CHAT_MLS_SIGNATURE);
    free(out.data);

    out = group_info("L_L", 2, "GroupInfoTBS");
    assert_int_equal(chat_mls_read(out.data, out.len, &m), CHAT_MLS_OK);
    mls_expect("signer outside",
               chat_mls_group_info_verify_signer(&m.u.group_info, &scratch),
               CHAT_MLS_NO_SIGNER);
    free(out.data);

    out = group_info("____L", 1, "GroupInfoTBS");
    assert_int_equal(chat_mls_read(out.data, out.len, &m), CHAT_MLS_OK);
    mls_expect("signer blank",
               chat_mls_group_info_verify_signer(&m.u.group_info, &scratch),
               CHAT_MLS_NO_SIGNER);
    free(out.data);
}


static void
check_vector(const char *name, const chat_mls_message_t *m)
{
    uint32_t                 index;
    chat_mls_leaf_t          leaf;
    chat_mls_tree_t          tree;
    chat_mls_rules_t         rules;
    const chat_mls_public_t  *pub;

    switch (m->wire_format) {

    case CHAT_MLS_KEY_PACKAGE:
        leaf = m->u.key_package.leaf;
        rules.now = MLS_NOW;
        rules.suites = suites;
        rules.suites_count = count(suites);
        rules.identity = leaf.identity;
        rules.signature_key = leaf.signature_key;
        mls_expect(name, chat_mls_key_package_check(&m->u.key_package, &rules,
                                                    &scratch), CHAT_MLS_OK);
        rules.now = leaf.not_after;
        mls_expect(name, chat_mls_key_package_check(&m->u.key_package, &rules,
                                                    &scratch),
                   CHAT_MLS_EXPIRED);
        break;

    case CHAT_MLS_PUBLIC:
        pub = &m->u.public;

        if (pub->content == CHAT_MLS_COMMIT && pub->u.commit.has_path) {

            /* the external joiner takes leaf 3, which was blank or is removed */

            index = pub->sender == CHAT_MLS_MEMBER ? pub->index : 3;
            mls_expect(name, chat_mls_leaf_verify(&pub->u.commit.leaf, 1,
                                                  pub->group_id, index,
                                                  &scratch), CHAT_MLS_OK);
            mls_expect(name, chat_mls_leaf_verify(&pub->u.commit.leaf, 1,
                                                  pub->group_id, index + 1,
                                                  &scratch),
                       CHAT_MLS_LEAF_SIGNATURE);
        }

        break;

    case CHAT_MLS_GROUP_INFO:
        mls_expect(name, chat_mls_group_info_verify_signer(&m->u.group_info,
                                                           &scratch),
                   CHAT_MLS_OK);
        assert_int_equal(m->u.group_info.external_pub.len, 32);
        chat_mls_tree_start(&tree, &m->u.group_info);

        while (chat_mls_tree_next(&tree, &index, &leaf)) {
            mls_expect(name, chat_mls_leaf_verify(&leaf, 1,
                                                  m->u.group_info.group_id,
                                                  index, &scratch),
                       CHAT_MLS_OK);
            mls_expect(name, chat_mls_leaf_check(&leaf, 1, leaf.identity,
                                                 leaf.signature_key),
                       CHAT_MLS_OK);
        }

        assert_int_equal(m->u.group_info.leaves_count, 3);
        break;

    default:
        break;
    }
}


static void
test_the_vectors_pass(void **state)
{
    size_t               i, len;
    json_t              *root, *item;
    uint8_t             *data;
    const char          *name;
    chat_mls_message_t   m;

    root = mls_load();

    json_array_foreach(json_object_get(root, "messages"), i, item) {
        name = json_string_value(json_object_get(item, "name"));
        data = mls_unhex(json_string_value(json_object_get(item, "hex")), &len);
        mls_expect(name, chat_mls_read(data, len, &m), CHAT_MLS_OK);
        check_vector(name, &m);
        free(data);
    }

    json_decref(root);
}


static void
test_references_need_sha256(void **state)
{
    uint16_t                 suite;
    uint8_t                  ref[CHAT_MLS_REF_LEN];
    mls_out_t                out;
    mls_making_t             mk;
    chat_mls_key_package_t   kp;

    for (suite = 0; suite < 5; suite++) {
        mk = mls_making();
        mk.suite = suite;
        out = mls_out();
        mls_make_key_package(&out, &mk);
        assert_int_equal(chat_mls_key_package_read(out.data, out.len, &kp), 0);
        mls_expect("ref", chat_mls_key_package_ref(&kp, ref),
                   suite >= 1 && suite <= 3 ? CHAT_MLS_OK
                                            : CHAT_MLS_UNVERIFIABLE);
        free(out.data);
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_a_good_key_package),
        cmocka_unit_test(test_lifetimes),
        cmocka_unit_test(test_suites_and_capabilities),
        cmocka_unit_test(test_whose_it_is),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_a_changed_bit_breaks_a_signature),
        cmocka_unit_test(test_scratch_is_bounded),
        cmocka_unit_test(test_a_leaf_is_bound_to_its_group_and_place),
        cmocka_unit_test(test_nodes_have_their_places),
        cmocka_unit_test(test_the_tree_tells_its_leaves),
        cmocka_unit_test(test_a_group_context_has_its_version),
        cmocka_unit_test(test_a_group_info_is_its_signers),
        cmocka_unit_test(test_the_vectors_pass),
        cmocka_unit_test(test_references_need_sha256),
    };

    if (sodium_init() < 0) {
        return 1;
    }

    return cmocka_run_group_tests(tests, NULL, NULL);
}
