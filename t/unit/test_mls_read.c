/* MLS framing that the vectors don't have: every proposal, every bound, every rule. */

#include "test.h"
#include "mls.h"


/* a public message of a member around what content writes */

static mls_out_t
public_message(uint8_t sender, uint8_t content, mls_out_t body)
{
    mls_out_t  out;

    out = mls_message(CHAT_MLS_PUBLIC);
    mls_filler(&out, 16);
    mls_number(&out, 9, 8);
    mls_number(&out, sender, 1);

    if (sender == CHAT_MLS_MEMBER || sender == CHAT_MLS_EXTERNAL) {
        mls_number(&out, 4, 4);
    }

    mls_filler(&out, 3);
    mls_number(&out, content, 1);
    mls_bytes(&out, body.data, body.len);
    free(body.data);
    mls_filler(&out, 64);

    if (content == CHAT_MLS_COMMIT) {
        mls_filler(&out, 32);
    }

    if (sender == CHAT_MLS_MEMBER) {
        mls_filler(&out, 32);
    }

    return out;
}


/* a commit of these ProposalOrRef items without a path */

static mls_out_t
commit_of(mls_out_t items)
{
    mls_out_t  out;

    out = mls_out();
    mls_vector(&out, items);
    mls_number(&out, 0, 1);

    return public_message(CHAT_MLS_MEMBER, CHAT_MLS_COMMIT, out);
}


static void
expect(const char *what, mls_out_t out, chat_mls_status_t status)
{
    mls_expect(what, mls_try(out.data, out.len), status);
    free(out.data);
}


static void
inline_proposal(mls_out_t *out, uint16_t type)
{
    mls_number(out, 1, 1);
    mls_number(out, type, 2);
}


static mls_out_t
extensions_of(uint16_t type, const char *data, size_t len)
{
    mls_out_t  list, items;

    items = mls_out();
    list = mls_out();
    inline_proposal(&items, CHAT_MLS_CONTEXT_EXTENSIONS);
    mls_extension(&list, type, data, len);
    mls_vector(&items, list);

    return commit_of(items);
}


static void
test_all_kinds_of_proposals(void **state)
{
    uint8_t              *block;
    size_t                i;
    mls_out_t             items, list, out;
    mls_making_t          mk;
    chat_mls_view_t       rest;
    chat_mls_commit_t    *commit;
    chat_mls_message_t    m;
    chat_mls_proposal_t   p[9];

    mk = mls_making();
    items = mls_out();

    mls_number(&items, 2, 1);
    mls_filler(&items, 32);

    inline_proposal(&items, CHAT_MLS_ADD);
    mls_make_key_package(&items, &mk);

    mk.source = CHAT_MLS_SOURCE_UPDATE;
    inline_proposal(&items, CHAT_MLS_UPDATE);
    mls_make_leaf(&items, &mk);

    inline_proposal(&items, CHAT_MLS_REMOVE);
    mls_number(&items, 70000, 4);

    inline_proposal(&items, CHAT_MLS_PSK);
    mls_number(&items, 1, 1);
    mls_filler(&items, 7);
    mls_filler(&items, 32);

    inline_proposal(&items, CHAT_MLS_PSK);
    mls_number(&items, 2, 1);
    mls_number(&items, 3, 1);
    mls_filler(&items, 16);
    mls_number(&items, 77, 8);
    mls_filler(&items, 32);

    inline_proposal(&items, CHAT_MLS_REINIT);
    mls_filler(&items, 16);
    mls_number(&items, 1, 2);
    mls_number(&items, 3, 2);
    mls_list(&items, NULL, 0);

    inline_proposal(&items, CHAT_MLS_EXTERNAL_INIT);
    mls_filler(&items, 32);

    inline_proposal(&items, CHAT_MLS_CONTEXT_EXTENSIONS);
    list = mls_out();
    mls_extension(&list, CHAT_MLS_REQUIRED, "\0\x02\0\x01\0", 5);
    mls_extension(&list, 0x0a0a, "?", 1);
    mls_vector(&items, list);

    out = commit_of(items);
    block = mls_block(out.data, out.len);
    mls_expect("all", chat_mls_read(block, out.len, &m), CHAT_MLS_OK);
    assert_int_equal(m.u.public.index, 4);
    assert_int_equal(m.u.public.epoch, 9);
    assert_int_equal(m.u.public.aad.len, 3);

    commit = &m.u.public.u.commit;
    rest = commit->proposals;

    for (i = 0; i < count(p); i++) {
        assert_int_equal(chat_mls_proposal_next(&rest, &p[i]), 1);
    }

    assert_int_equal(chat_mls_proposal_next(&rest, &p[0]), 0);

    for (i = 0; i < CHAT_MLS_PROPOSAL_TYPES; i++) {
        assert_int_equal(commit->count[i], i == CHAT_MLS_PSK ? 2 : 1);
    }

    assert_int_equal(p[0].type, 0);
    assert_int_equal(p[0].u.ref.len, 32);
    assert_int_equal(p[1].type, CHAT_MLS_ADD);
    assert_memory_equal(p[1].u.add.leaf.identity.data, "alice/phone", 11);
    assert_int_equal(p[2].type, CHAT_MLS_UPDATE);
    assert_int_equal(p[2].u.update.source, CHAT_MLS_SOURCE_UPDATE);
    assert_int_equal(p[3].u.removed, 70000);
    assert_int_equal(p[4].u.psk.type, 1);
    assert_int_equal(p[4].u.psk.id.len, 7);
    assert_int_equal(p[5].u.psk.usage, 3);
    assert_int_equal(p[5].u.psk.epoch, 77);
    assert_int_equal(p[6].u.reinit.suite, 3);
    assert_int_equal(p[7].u.kem_output.len, 32);
    assert_int_equal(chat_mls_extension_find(p[8].u.extensions, 0x0a0a, &rest),
                     1);
    assert_memory_equal(rest.data, "?", 1);

    free(block);

    for (i = 0; i < out.len; i++) {
        assert_int_not_equal(mls_try(out.data, i), CHAT_MLS_OK);
    }

    free(out.data);
}


static int
needs_path(mls_out_t items)
{
    int                  needs;
    mls_out_t            out;
    chat_mls_message_t   m;

    out = commit_of(items);
    mls_expect("commit", chat_mls_read(out.data, out.len, &m), CHAT_MLS_OK);
    needs = m.u.public.u.commit.needs_path;
    free(out.data);

    return needs;
}


static void
test_a_path_is_asked_for_where_a_secret_must_change(void **state)
{
    mls_out_t     items;
    mls_making_t  mk;

    mk = mls_making();

    assert_int_equal(needs_path(mls_out()), 1);

    items = mls_out();
    inline_proposal(&items, CHAT_MLS_ADD);
    mls_make_key_package(&items, &mk);
    assert_int_equal(needs_path(items), 0);

    items = mls_out();
    inline_proposal(&items, CHAT_MLS_ADD);
    mls_make_key_package(&items, &mk);
    inline_proposal(&items, CHAT_MLS_REMOVE);
    mls_number(&items, 1, 4);
    assert_int_equal(needs_path(items), 1);

    items = mls_out();
    mk.source = CHAT_MLS_SOURCE_UPDATE;
    inline_proposal(&items, CHAT_MLS_UPDATE);
    mls_make_leaf(&items, &mk);
    assert_int_equal(needs_path(items), 1);

    items = mls_out();
    inline_proposal(&items, CHAT_MLS_EXTERNAL_INIT);
    mls_filler(&items, 32);
    assert_int_equal(needs_path(items), 1);

    items = mls_out();
    inline_proposal(&items, CHAT_MLS_CONTEXT_EXTENSIONS);
    mls_list(&items, NULL, 0);
    assert_int_equal(needs_path(items), 1);
}


static void
test_lengths_are_minimal(void **state)
{
    static const struct {
        const char         *what;
        const char         *prefix;     /* of authenticated_data */
        size_t              prefix_len;
        size_t              len;
        chat_mls_status_t   status;
    } cases[] = {
        { "0 in 1", "\x00", 1, 0, CHAT_MLS_OK },
        { "63 in 1", "\x3f", 1, 63, CHAT_MLS_OK },
        { "64 in 2", "\x40\x40", 2, 64, CHAT_MLS_OK },
        { "63 in 2", "\x40\x3f", 2, 63, CHAT_MLS_VARINT },
        { "0 in 2", "\x40\x00", 2, 0, CHAT_MLS_VARINT },
        { "0 in 4", "\x80\x00\x00\x00", 4, 0, CHAT_MLS_VARINT },
        { "64 in 4", "\x80\x00\x00\x40", 4, 64, CHAT_MLS_VARINT },
        { "16383 in 4", "\x80\x00\x3f\xff", 4, 16383, CHAT_MLS_VARINT },
        { "in 8", "\xc0\x00\x00\x00\x00\x00\x00\x01", 8, 1, CHAT_MLS_VARINT },
        { "all ones", "\xff\xff\xff\xff", 4, 1, CHAT_MLS_VARINT },
        { "past the end", "\xbf\xff\xff\xff", 4, 1, CHAT_MLS_TRUNCATED },
    };

    size_t     i, n;
    mls_out_t  out;

    for (i = 0; i < count(cases); i++) {
        out = mls_message(CHAT_MLS_PRIVATE);
        mls_filler(&out, 16);
        mls_number(&out, 1, 8);
        mls_number(&out, CHAT_MLS_APPLICATION, 1);
        mls_bytes(&out, cases[i].prefix, cases[i].prefix_len);

        for (n = 0; n < cases[i].len; n++) {
            mls_number(&out, 'a', 1);
        }

        mls_filler(&out, 28);
        mls_filler(&out, 300);
        expect(cases[i].what, out, cases[i].status);
    }
}


static mls_out_t
private_message(size_t group_id, size_t aad, size_t sender_data,
    size_t ciphertext, uint8_t content)
{
    mls_out_t  out;

    out = mls_message(CHAT_MLS_PRIVATE);
    mls_filler(&out, group_id);
    mls_number(&out, 1, 8);
    mls_number(&out, content, 1);
    mls_filler(&out, aad);
    mls_filler(&out, sender_data);
    mls_filler(&out, ciphertext);

    return out;
}


static void
test_fields_have_bounds(void **state)
{
    size_t     i;
    mls_out_t  out;

    expect("largest", private_message(CHAT_MLS_GROUP_ID_MAX, CHAT_MLS_AAD_MAX,
                                      CHAT_MLS_SECRET_MAX, 20000, 3),
           CHAT_MLS_OK);
    expect("group id", private_message(CHAT_MLS_GROUP_ID_MAX + 1, 0, 28, 1, 1),
           CHAT_MLS_LIMIT);
    expect("aad", private_message(16, CHAT_MLS_AAD_MAX + 1, 28, 1, 1),
           CHAT_MLS_LIMIT);
    expect("sender data", private_message(16, 0, CHAT_MLS_SECRET_MAX + 1, 1, 1),
           CHAT_MLS_LIMIT);
    expect("message", private_message(16, 0, 28, CHAT_MLS_MESSAGE_MAX - 40, 1),
           CHAT_MLS_LIMIT);
    expect("content 0", private_message(16, 0, 28, 1, 0), CHAT_MLS_CONTENT);
    expect("content 4", private_message(16, 0, 28, 1, 4), CHAT_MLS_CONTENT);

    for (i = CHAT_MLS_PROPOSALS_MAX; i <= CHAT_MLS_PROPOSALS_MAX + 1; i++) {
        size_t  n;

        out = mls_out();

        for (n = 0; n < i; n++) {
            mls_number(&out, 2, 1);
            mls_filler(&out, 32);
        }

        expect("proposals", commit_of(out), i == CHAT_MLS_PROPOSALS_MAX
                                            ? CHAT_MLS_OK : CHAT_MLS_LIMIT);
    }
}


static mls_out_t
welcome_of(size_t secrets, size_t ref, size_t kem_output, size_t ciphertext)
{
    mls_out_t  out, items;

    out = mls_message(CHAT_MLS_WELCOME);
    items = mls_out();
    mls_number(&out, 1, 2);

    while (secrets-- != 0) {
        mls_filler(&items, ref);
        mls_filler(&items, kem_output);
        mls_filler(&items, ciphertext);
    }

    mls_vector(&out, items);
    mls_filler(&out, 500);

    return out;
}


static void
test_a_welcome_has_bounds(void **state)
{
    expect("most", welcome_of(CHAT_MLS_SECRETS_MAX, 32, 32, 51), CHAT_MLS_OK);
    expect("more", welcome_of(CHAT_MLS_SECRETS_MAX + 1, 32, 32, 51),
           CHAT_MLS_LIMIT);
    expect("ref", welcome_of(1, CHAT_MLS_HASH_MAX + 1, 32, 51), CHAT_MLS_LIMIT);
    expect("kem", welcome_of(1, 32, CHAT_MLS_KEY_MAX + 1, 51), CHAT_MLS_LIMIT);
    expect("secret", welcome_of(1, 32, 32, CHAT_MLS_SECRET_MAX + 1),
           CHAT_MLS_LIMIT);
}


static mls_out_t
commit_with_path(size_t nodes, size_t secrets, uint8_t source)
{
    size_t        i;
    mls_out_t     out, list, items;
    mls_making_t  mk;

    mk = mls_making();
    mk.source = source;
    out = mls_out();
    list = mls_out();
    mls_list(&out, NULL, 0);
    mls_number(&out, 1, 1);
    mls_make_leaf(&out, &mk);

    while (nodes-- != 0) {
        items = mls_out();
        mls_filler(&list, 32);

        for (i = 0; i < secrets; i++) {
            mls_filler(&items, 32);
            mls_filler(&items, 48);
        }

        mls_vector(&list, items);
    }

    mls_vector(&out, list);

    return public_message(CHAT_MLS_MEMBER, CHAT_MLS_COMMIT, out);
}


static void
test_an_update_path_has_its_source_and_bounds(void **state)
{
    expect("path", commit_with_path(CHAT_MLS_PATH_MAX, 2, 3), CHAT_MLS_OK);
    expect("longer", commit_with_path(CHAT_MLS_PATH_MAX + 1, 2, 3),
           CHAT_MLS_LIMIT);
    expect("secrets", commit_with_path(1, CHAT_MLS_LEAVES_MAX, 3), CHAT_MLS_OK);
    expect("more", commit_with_path(1, CHAT_MLS_LEAVES_MAX + 1, 3),
           CHAT_MLS_LIMIT);
    expect("source 1", commit_with_path(1, 1, 1), CHAT_MLS_SOURCE);
    expect("source 2", commit_with_path(1, 1, 2), CHAT_MLS_SOURCE);
}


static void
test_leaf_nodes_have_the_source_of_their_place(void **state)
{
    mls_out_t     out;
    uint16_t      source;
    mls_making_t  mk;

    for (source = 0; source <= 4; source++) {
        mk = mls_making();
        mk.source = (uint8_t) source;

        out = mls_message(CHAT_MLS_KEY_PACKAGE);
        mls_make_key_package(&out, &mk);
        expect("key package", out, source == 1 ? CHAT_MLS_OK : CHAT_MLS_SOURCE);

        out = mls_out();
        inline_proposal(&out, CHAT_MLS_UPDATE);
        mls_make_leaf(&out, &mk);
        expect("update", commit_of(out),
               source == 2 ? CHAT_MLS_OK : CHAT_MLS_SOURCE);
    }
}


static void
test_only_known_variants(void **state)
{
    mls_out_t     out;
    mls_making_t  mk;

    out = mls_out();
    inline_proposal(&out, 8);
    expect("proposal 8", commit_of(out), CHAT_MLS_PROPOSAL_TYPE);

    out = mls_out();
    inline_proposal(&out, 0);
    expect("proposal 0", commit_of(out), CHAT_MLS_PROPOSAL_TYPE);

    out = mls_out();
    mls_number(&out, 3, 1);
    expect("neither proposal nor reference", commit_of(out), CHAT_MLS_PRESENCE);

    out = mls_out();
    inline_proposal(&out, CHAT_MLS_PSK);
    mls_number(&out, 3, 1);
    expect("psk type", commit_of(out), CHAT_MLS_PRESENCE);

    out = mls_out();
    inline_proposal(&out, CHAT_MLS_PSK);
    mls_number(&out, 2, 1);
    mls_number(&out, 4, 1);
    expect("psk usage", commit_of(out), CHAT_MLS_PRESENCE);

    out = mls_out();
    mls_list(&out, NULL, 0);
    mls_number(&out, 2, 1);
    expect("a path's presence", public_message(1, CHAT_MLS_COMMIT, out),
           CHAT_MLS_PRESENCE);

    mk = mls_making();
    mk.credential = 3;
    out = mls_message(CHAT_MLS_KEY_PACKAGE);
    mls_make_key_package(&out, &mk);
    expect("credential", out, CHAT_MLS_CREDENTIAL);

    mk.credential = CHAT_MLS_X509;
    out = mls_message(CHAT_MLS_KEY_PACKAGE);
    mls_make_key_package(&out, &mk);
    expect("x509", out, CHAT_MLS_OK);

    mk = mls_making();
    mk.version = 2;
    out = mls_message(CHAT_MLS_KEY_PACKAGE);
    mls_make_key_package(&out, &mk);
    expect("version", out, CHAT_MLS_VERSION);
}


static mls_out_t
remove_of(void)
{
    mls_out_t  out;

    out = mls_out();
    mls_number(&out, CHAT_MLS_REMOVE, 2);
    mls_number(&out, 1, 4);

    return out;
}


static mls_out_t
empty_commit(void)
{
    mls_out_t  out;

    out = mls_out();
    mls_list(&out, NULL, 0);
    mls_number(&out, 0, 1);

    return out;
}


static void
test_senders_send_only_what_they_may(void **state)
{
    mls_out_t  out;

    expect("1 2", public_message(1, 2, remove_of()), CHAT_MLS_OK);
    expect("2 2", public_message(2, 2, remove_of()), CHAT_MLS_OK);
    expect("3 2", public_message(3, 2, remove_of()), CHAT_MLS_OK);
    expect("4 2", public_message(4, 2, remove_of()), CHAT_MLS_SENDER);
    expect("1 3", public_message(1, 3, empty_commit()), CHAT_MLS_OK);
    expect("2 3", public_message(2, 3, empty_commit()), CHAT_MLS_SENDER);
    expect("3 3", public_message(3, 3, empty_commit()), CHAT_MLS_SENDER);
    expect("4 3", public_message(4, 3, empty_commit()), CHAT_MLS_OK);
    expect("0 3", public_message(0, 3, empty_commit()), CHAT_MLS_SENDER);
    expect("5 3", public_message(5, 3, empty_commit()), CHAT_MLS_SENDER);
    expect("1 4", public_message(1, 4, empty_commit()), CHAT_MLS_CONTENT);

    out = mls_out();
    mls_filler(&out, 5);
    expect("application", public_message(1, 1, out), CHAT_MLS_CONTENT);
}


static void
test_extensions_are_there_once_and_well_formed(void **state)
{
    size_t     n;
    mls_out_t  items, list;

    expect("unknown", extensions_of(0xff00, "any", 3), CHAT_MLS_OK);
    expect("id", extensions_of(CHAT_MLS_APPLICATION_ID, "\x01i", 2),
           CHAT_MLS_OK);
    expect("id without length", extensions_of(CHAT_MLS_APPLICATION_ID, "id", 2),
           CHAT_MLS_EXTENSION);
    expect("id with more", extensions_of(CHAT_MLS_APPLICATION_ID, "\x01ii", 3),
           CHAT_MLS_EXTENSION);
    expect("required", extensions_of(CHAT_MLS_REQUIRED, "\0\0\0", 3),
           CHAT_MLS_OK);
    expect("required, odd", extensions_of(CHAT_MLS_REQUIRED, "\x01x\0\0", 4),
           CHAT_MLS_EXTENSION);
    expect("external_pub", extensions_of(CHAT_MLS_EXTERNAL_PUB, "\x02kk", 3),
           CHAT_MLS_OK);
    expect("external_pub without length",
           extensions_of(CHAT_MLS_EXTERNAL_PUB, "kkk", 3), CHAT_MLS_EXTENSION);
    expect("senders", extensions_of(CHAT_MLS_EXTERNAL_SENDERS,
                                    "\x07\x02kk\0\x01\x01i", 8), CHAT_MLS_OK);
    expect("senders cut", extensions_of(CHAT_MLS_EXTERNAL_SENDERS,
                                        "\x06\x02kk\0\x01\x01", 7),
           CHAT_MLS_EXTENSION);

    items = mls_out();
    list = mls_out();
    inline_proposal(&items, CHAT_MLS_CONTEXT_EXTENSIONS);
    mls_extension(&list, 0xff00, "1", 1);
    mls_extension(&list, 0xff01, "2", 1);
    mls_extension(&list, 0xff00, "3", 1);
    mls_vector(&items, list);
    expect("twice", commit_of(items), CHAT_MLS_EXTENSION);

    for (n = CHAT_MLS_EXTENSIONS_MAX; n <= CHAT_MLS_EXTENSIONS_MAX + 1; n++) {
        size_t  i;

        items = mls_out();
        list = mls_out();
        inline_proposal(&items, CHAT_MLS_CONTEXT_EXTENSIONS);

        for (i = 0; i < n; i++) {
            mls_extension(&list, (uint16_t) (0xff00 + i), "", 0);
        }

        mls_vector(&items, list);
        expect("many", commit_of(items), n == CHAT_MLS_EXTENSIONS_MAX
                                         ? CHAT_MLS_OK : CHAT_MLS_LIMIT);
    }
}


static void
test_lists_end_with_an_item(void **state)
{
    size_t     i;
    mls_out_t  out;

    static const struct {
        const char         *list;
        size_t              len;
        chat_mls_status_t   status;
    } cases[] = {
        { "", 0, CHAT_MLS_OK },
        { "\0\1", 2, CHAT_MLS_OK },
        { "\0\1\0", 3, CHAT_MLS_LIST },
        { "\0", 1, CHAT_MLS_LIST },
    };

    for (i = 0; i < count(cases); i++) {
        out = mls_message(CHAT_MLS_KEY_PACKAGE);
        mls_number(&out, 1, 2);
        mls_number(&out, 1, 2);
        mls_filler(&out, 32);
        mls_filler(&out, 32);
        mls_filler(&out, 32);
        mls_number(&out, CHAT_MLS_BASIC, 2);
        mls_filler(&out, 10);
        mls_opaque(&out, cases[i].list, cases[i].len);
        mls_bytes(&out, "\0\0\0\0", 4);
        mls_number(&out, 1, 1);
        mls_number(&out, 0, 8);
        mls_number(&out, 0, 8);
        mls_list(&out, NULL, 0);
        mls_filler(&out, 64);
        mls_list(&out, NULL, 0);
        mls_filler(&out, 64);
        expect("list", out, cases[i].status);
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_all_kinds_of_proposals),
        cmocka_unit_test(test_a_path_is_asked_for_where_a_secret_must_change),
        cmocka_unit_test(test_lengths_are_minimal),
        cmocka_unit_test(test_fields_have_bounds),
        cmocka_unit_test(test_a_welcome_has_bounds),
        cmocka_unit_test(test_an_update_path_has_its_source_and_bounds),
        cmocka_unit_test(test_leaf_nodes_have_the_source_of_their_place),
        cmocka_unit_test(test_only_known_variants),
        cmocka_unit_test(test_senders_send_only_what_they_may),
        cmocka_unit_test(test_extensions_are_there_once_and_well_formed),
        cmocka_unit_test(test_lists_end_with_an_item),
    };

    if (sodium_init() < 0) {
        return 1;
    }

    return cmocka_run_group_tests(tests, NULL, NULL);
}
