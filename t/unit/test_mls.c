/* MLS framing against the vectors: every message, every field, every cut. */

#include "test.h"
#include "mls.h"

#define MUTATIONS       3000        /* of each message */

static unsigned  checked;           /* fields that agreed */

static void check_object(const char *name, json_t *expect, const void *what,
    void (*check)(const char *name, const char *key, json_t *value,
                  const void *what));


static void
check_view(const char *name, const char *key, json_t *value,
    chat_mls_view_t view)
{
    char  *hex;

    hex = malloc(2 * view.len + 1);
    sodium_bin2hex(hex, 2 * view.len + 1, view.data, view.len);

    if (strcmp(hex, json_string_value(value)) != 0) {
        fail_msg("%s: %s: %s, not %s", name, key, hex,
                 json_string_value(value));
    }

    free(hex);
    checked++;
}


static void
check_number(const char *name, const char *key, json_t *value, uint64_t n)
{
    if (!json_is_integer(value) || (uint64_t) json_integer_value(value) != n) {
        fail_msg("%s: %s: %llu, not %lld", name, key, (unsigned long long) n,
                 (long long) json_integer_value(value));
    }

    checked++;
}


static void
check_size(const char *name, const char *key, json_t *value, size_t n)
{
    if (!json_is_array(value) || json_array_size(value) != n) {
        fail_msg("%s: %s: %zu items, not %zu", name, key, n,
                 json_array_size(value));
    }

    checked++;
}


static void
check_list(const char *name, const char *key, json_t *value,
    chat_mls_view_t list)
{
    size_t    i;
    uint16_t  item;

    for (i = 0; chat_mls_list_next(&list, &item); i++) {
        check_number(name, key, json_array_get(value, i), item);
        assert_true(chat_mls_list_has(list, item) == 0);
    }

    check_size(name, key, value, i);
}


static void
check_capabilities(const char *name, const char *key, json_t *value,
    const void *what)
{
    const chat_mls_capabilities_t  *can = what;

    if (strcmp(key, "versions") == 0) {
        check_list(name, key, value, can->versions);

    } else if (strcmp(key, "cipher_suites") == 0) {
        check_list(name, key, value, can->suites);

    } else if (strcmp(key, "extensions") == 0) {
        check_list(name, key, value, can->extensions);

    } else if (strcmp(key, "proposals") == 0) {
        check_list(name, key, value, can->proposals);

    } else if (strcmp(key, "credentials") == 0) {
        check_list(name, key, value, can->credentials);

    } else {
        fail_msg("%s: %s is not checked", name, key);
    }
}


static void
check_extensions(const char *name, const char *key, json_t *value,
    chat_mls_view_t list)
{
    size_t                 i;
    json_t                *item;
    uint8_t                hash[32];
    chat_mls_view_t        found;
    chat_mls_extension_t   ext;

    for (i = 0; chat_mls_extension_next(&list, &ext); i++) {
        item = json_array_get(value, i);
        check_number(name, key, json_object_get(item, "type"), ext.type);
        check_number(name, key, json_object_get(item, "data_len"),
                     ext.data.len);
        assert_false(chat_mls_extension_find(list, ext.type, &found));

        if (json_object_get(item, "data") != NULL) {
            check_view(name, key, json_object_get(item, "data"), ext.data);

        } else {
            crypto_hash_sha256(hash, ext.data.data, ext.data.len);
            check_view(name, key, json_object_get(item, "data_sha256"),
                       mls_view(hash, 32));
        }
    }

    check_size(name, key, value, i);
}


static void
check_leaf(const char *name, const char *key, json_t *value, const void *what)
{
    const char             *text;
    const chat_mls_leaf_t  *leaf = what;

    if (strcmp(key, "encryption_key") == 0) {
        check_view(name, key, value, leaf->encryption_key);

    } else if (strcmp(key, "signature_key") == 0) {
        check_view(name, key, value, leaf->signature_key);

    } else if (strcmp(key, "credential_type") == 0) {
        check_number(name, key, value, leaf->credential);

    } else if (strcmp(key, "identity") == 0) {
        check_view(name, key, value, leaf->identity);

    } else if (strcmp(key, "identity_text") == 0) {
        text = json_string_value(value);
        assert_true(chat_mls_equal(leaf->identity,
                                   mls_view(text, strlen(text))));
        checked++;

    } else if (strcmp(key, "capabilities") == 0) {
        check_object(name, value, &leaf->capabilities, check_capabilities);

    } else if (strcmp(key, "leaf_node_source") == 0) {
        check_number(name, key, value, leaf->source);

    } else if (strcmp(key, "not_before") == 0) {
        check_number(name, key, value, leaf->not_before);

    } else if (strcmp(key, "not_after") == 0) {
        check_number(name, key, value, leaf->not_after);

    } else if (strcmp(key, "parent_hash") == 0) {
        check_view(name, key, value, leaf->parent_hash);

    } else if (strcmp(key, "extensions") == 0) {
        check_extensions(name, key, value, leaf->extensions);

    } else if (strcmp(key, "signature") == 0) {
        check_view(name, key, value, leaf->signature);

    } else {
        fail_msg("%s: %s is not checked", name, key);
    }
}


static void
check_key_package(const char *name, const char *key, json_t *value,
    const void *what)
{
    uint8_t                        ref[CHAT_MLS_REF_LEN];
    chat_mls_key_package_t         bare;
    const chat_mls_key_package_t  *kp = what;

    if (strcmp(key, "wire_format") == 0) {
        check_number(name, key, value, CHAT_MLS_KEY_PACKAGE);

    } else if (strcmp(key, "version") == 0) {
        check_number(name, key, value, CHAT_MLS_VERSION_10);

    } else if (strcmp(key, "cipher_suite") == 0) {
        check_number(name, key, value, kp->suite);

    } else if (strcmp(key, "init_key") == 0) {
        check_view(name, key, value, kp->init_key);

    } else if (strcmp(key, "leaf_node") == 0) {
        check_object(name, value, &kp->leaf, check_leaf);

    } else if (strcmp(key, "extensions") == 0) {
        check_extensions(name, key, value, kp->extensions);

    } else if (strcmp(key, "signature") == 0) {
        check_view(name, key, value, kp->signature);

    } else if (strcmp(key, "key_package_ref") == 0) {
        assert_int_equal(chat_mls_key_package_ref(kp, ref), CHAT_MLS_OK);
        check_view(name, key, value, mls_view(ref, sizeof(ref)));

    } else if (strcmp(key, "key_package_len") == 0) {
        check_number(name, key, value, kp->raw.len);
        assert_int_equal(chat_mls_key_package_read(kp->raw.data, kp->raw.len,
                                                   &bare), CHAT_MLS_OK);
        assert_true(chat_mls_equal(bare.tbs, kp->tbs));

    } else {
        fail_msg("%s: %s is not checked", name, key);
    }
}


static void
check_proposal(const char *name, const char *key, json_t *value,
    const void *what)
{
    const chat_mls_proposal_t  *p = what;

    if (strcmp(key, "proposal_or_ref") == 0) {
        check_number(name, key, value, p->type == 0 ? 2 : 1);

    } else if (strcmp(key, "proposal_type") == 0) {
        check_number(name, key, value, p->type);

    } else if (strcmp(key, "key_package") == 0) {
        check_object(name, value, &p->u.add, check_key_package);

    } else if (strcmp(key, "removed") == 0) {
        check_number(name, key, value, p->u.removed);

    } else if (strcmp(key, "kem_output_len") == 0) {
        check_number(name, key, value, p->u.kem_output.len);

    } else {
        fail_msg("%s: %s is not checked", name, key);
    }
}


static void
check_proposals(const char *name, json_t *value,
    const chat_mls_commit_t *commit)
{
    size_t               i;
    uint32_t             count[CHAT_MLS_PROPOSAL_TYPES] = { 0 };
    chat_mls_view_t      list;
    chat_mls_proposal_t  p;

    list = commit->proposals;

    for (i = 0; chat_mls_proposal_next(&list, &p); i++) {
        check_object(name, json_array_get(value, i), &p, check_proposal);
        count[p.type]++;
    }

    check_size(name, "proposals", value, i);
    assert_memory_equal(count, commit->count, sizeof(count));
    assert_int_equal(commit->needs_path, i == 0 || count[CHAT_MLS_ADD] != i);
}


static void
check_path(const char *name, const char *key, json_t *value, const void *what)
{
    size_t                    i;
    json_t                   *item;
    chat_mls_view_t           nodes;
    chat_mls_path_node_t      node;
    const chat_mls_commit_t  *commit = what;

    if (strcmp(key, "present") == 0) {
        check_number(name, key, value, commit->has_path);

    } else if (strcmp(key, "leaf_node") == 0) {
        check_object(name, value, &commit->leaf, check_leaf);

    } else if (strcmp(key, "nodes") == 0) {
        nodes = commit->nodes;

        for (i = 0; chat_mls_path_next(&nodes, &node); i++) {
            item = json_array_get(value, i);
            check_view(name, key, json_object_get(item, "encryption_key"),
                       node.encryption_key);
            check_number(name, key,
                         json_object_get(item, "encrypted_path_secrets"),
                         node.secrets);
        }

        check_size(name, key, value, i);
        assert_int_equal(commit->nodes_count, i);

    } else {
        fail_msg("%s: %s is not checked", name, key);
    }
}


static void
check_public(const char *name, const char *key, json_t *value, const void *what)
{
    const chat_mls_public_t  *pub = what;

    if (strcmp(key, "wire_format") == 0) {
        check_number(name, key, value, CHAT_MLS_PUBLIC);

    } else if (strcmp(key, "group_id") == 0) {
        check_view(name, key, value, pub->group_id);

    } else if (strcmp(key, "epoch") == 0) {
        check_number(name, key, value, pub->epoch);

    } else if (strcmp(key, "sender_type") == 0) {
        check_number(name, key, value, pub->sender);

    } else if (strcmp(key, "sender_leaf_index") == 0) {
        check_number(name, key, value, pub->index);

    } else if (strcmp(key, "authenticated_data") == 0) {
        check_view(name, key, value, pub->aad);

    } else if (strcmp(key, "content_type") == 0) {
        check_number(name, key, value, pub->content);

    } else if (strcmp(key, "signature") == 0) {
        check_view(name, key, value, pub->signature);

    } else if (strcmp(key, "confirmation_tag") == 0) {
        check_view(name, key, value, pub->confirmation_tag);

    } else if (strcmp(key, "membership_tag") == 0) {
        check_view(name, key, value, pub->membership_tag);

    } else if (strcmp(key, "proposal") == 0) {
        check_object(name, value, &pub->u.proposal, check_proposal);

    } else if (strcmp(key, "proposals") == 0) {
        check_proposals(name, value, &pub->u.commit);

    } else if (strcmp(key, "path") == 0) {
        check_object(name, value, &pub->u.commit, check_path);

    } else {
        fail_msg("%s: %s is not checked", name, key);
    }
}


static void
check_private(const char *name, const char *key, json_t *value,
    const void *what)
{
    const chat_mls_private_t  *private = what;

    if (strcmp(key, "wire_format") == 0) {
        check_number(name, key, value, CHAT_MLS_PRIVATE);

    } else if (strcmp(key, "group_id") == 0) {
        check_view(name, key, value, private->group_id);

    } else if (strcmp(key, "epoch") == 0) {
        check_number(name, key, value, private->epoch);

    } else if (strcmp(key, "content_type") == 0) {
        check_number(name, key, value, private->content);

    } else if (strcmp(key, "authenticated_data") == 0) {
        check_view(name, key, value, private->aad);

    } else if (strcmp(key, "encrypted_sender_data_len") == 0) {
        check_number(name, key, value, private->sender_data.len);

    } else if (strcmp(key, "ciphertext_len") == 0) {
        check_number(name, key, value, private->ciphertext.len);

    } else {
        fail_msg("%s: %s is not checked", name, key);
    }
}


static void
check_welcome(const char *name, const char *key, json_t *value,
    const void *what)
{
    size_t                     i;
    json_t                    *item;
    chat_mls_view_t            list;
    chat_mls_secret_t          secret;
    const chat_mls_welcome_t  *welcome = what;

    if (strcmp(key, "wire_format") == 0) {
        check_number(name, key, value, CHAT_MLS_WELCOME);

    } else if (strcmp(key, "cipher_suite") == 0) {
        check_number(name, key, value, welcome->suite);

    } else if (strcmp(key, "secrets") == 0) {
        list = welcome->secrets;

        for (i = 0; chat_mls_secret_next(&list, &secret); i++) {
            item = json_array_get(value, i);
            check_view(name, key, json_object_get(item, "new_member"),
                       secret.ref);
            check_number(name, key, json_object_get(item, "kem_output_len"),
                         secret.kem_output.len);
            check_number(name, key, json_object_get(item, "ciphertext_len"),
                         secret.ciphertext.len);
        }

        check_size(name, key, value, i);
        assert_int_equal(welcome->secrets_count, i);

    } else if (strcmp(key, "encrypted_group_info_len") == 0) {
        check_number(name, key, value, welcome->group_info.len);

    } else {
        fail_msg("%s: %s is not checked", name, key);
    }
}


static void
check_group_context(const char *name, const char *key, json_t *value,
    const void *what)
{
    const chat_mls_group_info_t  *gi = what;

    if (strcmp(key, "version") == 0) {
        check_number(name, key, value, CHAT_MLS_VERSION_10);

    } else if (strcmp(key, "cipher_suite") == 0) {
        check_number(name, key, value, gi->suite);

    } else if (strcmp(key, "group_id") == 0) {
        check_view(name, key, value, gi->group_id);

    } else if (strcmp(key, "epoch") == 0) {
        check_number(name, key, value, gi->epoch);

    } else if (strcmp(key, "tree_hash") == 0) {
        check_view(name, key, value, gi->tree_hash);

    } else if (strcmp(key, "confirmed_transcript_hash") == 0) {
        check_view(name, key, value, gi->transcript_hash);

    } else if (strcmp(key, "extensions") == 0) {
        check_extensions(name, key, value, gi->context_extensions);

    } else {
        fail_msg("%s: %s is not checked", name, key);
    }
}


static void
check_group_info(const char *name, const char *key, json_t *value,
    const void *what)
{
    const chat_mls_group_info_t  *gi = what;

    if (strcmp(key, "wire_format") == 0) {
        check_number(name, key, value, CHAT_MLS_GROUP_INFO);

    } else if (strcmp(key, "group_context") == 0) {
        check_object(name, value, gi, check_group_context);

    } else if (strcmp(key, "extensions") == 0) {
        check_extensions(name, key, value, gi->extensions);

    } else if (strcmp(key, "confirmation_tag") == 0) {
        check_view(name, key, value, gi->confirmation_tag);

    } else if (strcmp(key, "signer") == 0) {
        check_number(name, key, value, gi->signer);

    } else if (strcmp(key, "signature") == 0) {
        check_view(name, key, value, gi->signature);

    } else {
        fail_msg("%s: %s is not checked", name, key);
    }
}


static void
check_object(const char *name, json_t *expect, const void *what,
    void (*check)(const char *name, const char *key, json_t *value,
                  const void *what))
{
    json_t      *value;
    const char  *key;

    assert_true(json_object_size(expect) != 0);

    json_object_foreach(expect, key, value) {
        check(name, key, value, what);
    }
}


static void
test_every_field_of_the_vectors(void **state)
{
    size_t               i, len;
    json_t              *root, *item, *expect;
    uint8_t             *data;
    const char          *name;
    chat_mls_message_t   m;

    root = mls_load();
    checked = 0;
    assert_int_equal(json_array_size(json_object_get(root, "messages")), 19);

    json_array_foreach(json_object_get(root, "messages"), i, item) {
        name = json_string_value(json_object_get(item, "name"));
        expect = json_object_get(item, "expect");
        data = mls_unhex(json_string_value(json_object_get(item, "hex")), &len);

        mls_expect(name, chat_mls_read(data, len, &m), CHAT_MLS_OK);
        check_number(name, "wire_format",
                     json_object_get(expect, "wire_format"), m.wire_format);

        switch (m.wire_format) {
        case CHAT_MLS_PUBLIC:
            check_object(name, expect, &m.u.public, check_public);
            break;
        case CHAT_MLS_PRIVATE:
            check_object(name, expect, &m.u.private, check_private);
            break;
        case CHAT_MLS_WELCOME:
            check_object(name, expect, &m.u.welcome, check_welcome);
            break;
        case CHAT_MLS_GROUP_INFO:
            check_object(name, expect, &m.u.group_info, check_group_info);
            break;
        default:
            check_object(name, expect, &m.u.key_package, check_key_package);
        }

        free(data);
    }

    json_decref(root);
    print_message("%u fields agree\n", checked);
    assert_true(checked > 450);
}


static void
test_the_broken_ones_are_refused_for_what_they_are(void **state)
{
    static const struct {
        const char         *name;
        chat_mls_status_t   status;
    } reasons[] = {
        { "truncated_by_1", CHAT_MLS_TRUNCATED },
        { "trailing_byte", CHAT_MLS_TRAILING },
        { "empty", CHAT_MLS_TRUNCATED },
        { "version_2", CHAT_MLS_VERSION },
        { "wire_format_6", CHAT_MLS_WIRE_FORMAT },
        { "varint_prefix_3", CHAT_MLS_VARINT },
    };

    size_t       i, n, len;
    json_t      *root, *item;
    uint8_t     *data;
    const char  *name;

    root = mls_load();

    json_array_foreach(json_object_get(root, "negative"), i, item) {
        name = json_string_value(json_object_get(item, "name"));
        data = mls_unhex(json_string_value(json_object_get(item, "hex")), &len);

        for (n = 0; n < count(reasons); n++) {
            if (strcmp(reasons[n].name, name) == 0) {
                break;
            }
        }

        assert_true(n < count(reasons));
        mls_expect(name, mls_try(data, len), reasons[n].status);
        free(data);
    }

    assert_int_equal(i, count(reasons));
    json_decref(root);
}


static void
test_every_cut_is_refused(void **state)
{
    size_t    i, n, len, cuts;
    json_t   *root, *item;
    uint8_t  *data;

    root = mls_load();
    cuts = 0;

    json_array_foreach(json_object_get(root, "messages"), i, item) {
        data = mls_unhex(json_string_value(json_object_get(item, "hex")), &len);

        for (n = 0; n < len; n++) {
            if (mls_try(data, n) == CHAT_MLS_OK) {
                fail_msg("%s: %zu of its %zu bytes are taken",
                         json_string_value(json_object_get(item, "name")),
                         n, len);
            }

            cuts++;
        }

        free(data);
    }

    json_decref(root);
    print_message("%zu cuts refused\n", cuts);
    assert_true(cuts > 10000);
}


/* views lie in the input, whatever it is; then everything is walked and verified */

static void
use(const uint8_t *data, size_t len)
{
    uint32_t             index;
    uint8_t              ref[CHAT_MLS_REF_LEN];
    chat_mls_view_t      list;
    chat_mls_leaf_t      leaf;
    chat_mls_tree_t      tree;
    chat_mls_message_t   m;
    chat_mls_scratch_t   scratch;
    chat_mls_proposal_t  p;

    if (chat_mls_read(data, len, &m) != CHAT_MLS_OK) {
        return;
    }

    scratch.size = CHAT_MLS_SCRATCH(len);
    scratch.data = malloc(scratch.size);

    if (m.wire_format == CHAT_MLS_KEY_PACKAGE) {
        assert_true(m.u.key_package.raw.data == data + 4);
        assert_true(m.u.key_package.raw.len == len - 4);
        (void) chat_mls_key_package_ref(&m.u.key_package, ref);
        assert_true(chat_mls_key_package_verify(&m.u.key_package, &scratch)
                    != CHAT_MLS_NO_SCRATCH);
    }

    if (m.wire_format == CHAT_MLS_PUBLIC
        && m.u.public.content == CHAT_MLS_COMMIT)
    {
        list = m.u.public.u.commit.proposals;

        while (chat_mls_proposal_next(&list, &p)) {
            assert_true(p.raw.len == 0 || (p.raw.data > data
                        && p.raw.data + p.raw.len <= data + len));
        }

        if (m.u.public.u.commit.has_path) {
            assert_true(chat_mls_leaf_verify(&m.u.public.u.commit.leaf, 1,
                                             m.u.public.group_id, 0, &scratch)
                        != CHAT_MLS_NO_SCRATCH);
        }
    }

    if (m.wire_format == CHAT_MLS_GROUP_INFO) {
        chat_mls_tree_start(&tree, &m.u.group_info);

        while (chat_mls_tree_next(&tree, &index, &leaf)) {
            assert_true(leaf.raw.data > data
                        && leaf.raw.data + leaf.raw.len <= data + len);
        }

        assert_true(chat_mls_group_info_verify_signer(&m.u.group_info,
                                                      &scratch)
                    != CHAT_MLS_NO_SCRATCH);
    }

    free(scratch.data);
}


static void
test_mutated_messages_do_no_harm(void **state)
{
    size_t    i, n, k, at, len, size;
    json_t   *root, *item;
    uint8_t  *data, *copy, seed[randombytes_SEEDBYTES] = { 9 };
    uint32_t  dice[64], *d;

    root = mls_load();

    json_array_foreach(json_object_get(root, "messages"), i, item) {
        data = mls_unhex(json_string_value(json_object_get(item, "hex")), &len);

        for (n = 0; n < MUTATIONS; n++) {
            memcpy(seed + 1, &i, sizeof(i));
            memcpy(seed + 1 + sizeof(i), &n, sizeof(n));
            randombytes_buf_deterministic(dice, sizeof(dice), seed);

            /* one to eight bytes changed, half of the time a piece cut out */

            d = dice;
            copy = mls_block(data, len);
            size = len;

            for (k = 1 + *d++ % 8; k != 0; k--) {
                at = *d++ % size;

                switch (*d++ % 3) {
                case 0:
                    copy[at] ^= (uint8_t) (1u << *d++ % 8);
                    break;
                case 1:
                    copy[at] = (uint8_t) *d++;
                    break;
                default:
                    copy[at] = (uint8_t) (copy[at] + 1 - *d++ % 3);
                }
            }

            if (*d++ % 2 == 0) {
                at = *d++ % size;
                k = 1 + *d++ % (size - at);
                memmove(copy + at, copy + at + k, size - at - k);
                size -= k;
                copy = realloc(copy, size + (size == 0));
            }

            use(copy, size);
            free(copy);
        }

        free(data);
    }

    json_decref(root);
}


static void
test_every_status_has_its_words(void **state)
{
    int  i, j;

    for (i = 0; i < CHAT_MLS_STATUSES; i++) {
        assert_non_null(chat_mls_error(i));

        for (j = 0; j < i; j++) {
            assert_string_not_equal(chat_mls_error(i), chat_mls_error(j));
        }
    }

    assert_non_null(chat_mls_error(CHAT_MLS_STATUSES));
    assert_non_null(chat_mls_error((chat_mls_status_t) -1));
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_every_field_of_the_vectors),
        cmocka_unit_test(test_the_broken_ones_are_refused_for_what_they_are),
        cmocka_unit_test(test_every_cut_is_refused),
        cmocka_unit_test(test_mutated_messages_do_no_harm),
        cmocka_unit_test(test_every_status_has_its_words),
    };

    if (sodium_init() < 0) {
        return 1;
    }

    return cmocka_run_group_tests(tests, NULL, NULL);
}
