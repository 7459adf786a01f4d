/* What a commit adds and removes, whom its Welcome is for, and the leaves of the tree after it. */

#include "ngx_chat_commit.h"


static ngx_int_t ngx_chat_commit_add(ngx_chat_commit_t *c,
    chat_mls_key_package_t *kp);
static ngx_int_t ngx_chat_commit_arrays(ngx_chat_pg_array_t *identities,
    ngx_chat_pg_array_t *keys, ngx_pool_t *pool, ngx_uint_t n);


ngx_int_t
ngx_chat_commit_proposals(ngx_chat_commit_t *c, ngx_pool_t *pool)
{
    ngx_int_t             rc;
    ngx_uint_t            adds, removes;
    chat_mls_view_t       rest;
    chat_mls_commit_t    *commit;
    chat_mls_proposal_t   p;

    commit = &c->message.u.public.u.commit;
    adds = commit->count[CHAT_MLS_ADD];
    removes = commit->count[CHAT_MLS_REMOVE];

    if (ngx_chat_commit_arrays(&c->add_identities, &c->add_keys, pool, adds)
        != NGX_OK
        || ngx_chat_pg_array_init(&c->add_refs, pool, NGX_CHAT_PG_BYTEA_ARRAY,
                                  adds * CHAT_MLS_REF_LEN, adds) != NGX_OK
        || ngx_chat_pg_array_init(&c->removed, pool, NGX_CHAT_PG_INT4_ARRAY,
                                  removes * 4, removes) != NGX_OK)
    {
        return NGX_ERROR;
    }

    rest = commit->proposals;

    while (chat_mls_proposal_next(&rest, &p)) {

        switch (p.type) {

        case CHAT_MLS_ADD:
            rc = ngx_chat_commit_add(c, &p.u.add);
            break;

        case CHAT_MLS_REMOVE:
            if (p.u.removed >= CHAT_MLS_LEAVES_MAX) {
                return ngx_chat_commit_refuse(c, "invalid_commit", "remove",
                                              "no such leaf");
            }

            rc = ngx_chat_pg_array_add_integer(&c->removed, p.u.removed);
            break;

        default:
            rc = NGX_OK;
        }

        if (rc != NGX_OK) {
            return rc;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_chat_commit_add(ngx_chat_commit_t *c, chat_mls_key_package_t *kp)
{
    u_char  device[NGX_CHAT_DEVICE_LEN], ref[CHAT_MLS_REF_LEN];

    if (kp->suite != c->info.u.group_info.suite
        || chat_mls_key_package_ref(kp, ref) != CHAT_MLS_OK)
    {
        return ngx_chat_commit_refuse(c, "invalid_commit", "add",
                                      "cipher suite");
    }

    if (ngx_chat_identity_read(kp->leaf.identity, device) != NGX_OK
        || kp->leaf.signature_key.len != CHAT_MLS_ED25519_KEY_LEN)
    {
        return ngx_chat_commit_refuse(c, "invalid_commit", "add",
                                      "the identity is no device's");
    }

    if (ngx_chat_pg_array_add(&c->add_refs, ref, CHAT_MLS_REF_LEN) != NGX_OK
        || ngx_chat_pg_array_add(&c->add_identities, device,
                                 NGX_CHAT_DEVICE_LEN) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_chat_pg_array_add(&c->add_keys,
                                 (u_char *) kp->leaf.signature_key.data,
                                 CHAT_MLS_ED25519_KEY_LEN);
}


ngx_int_t
ngx_chat_commit_welcome(ngx_chat_commit_t *c, ngx_pool_t *pool)
{
    ngx_uint_t           n;
    chat_mls_view_t      rest;
    chat_mls_secret_t    secret;
    chat_mls_status_t    status;
    chat_mls_message_t   m;

    n = 0;
    rest.len = 0;
    rest.data = NULL;

    if ((c->add_refs.n > 0) != (c->welcome.len > 0)) {
        return ngx_chat_commit_refuse(c, "welcome_mismatch", NULL,
                                      c->add_refs.n > 0 ? "it is missing"
                                                        : "nothing is added");
    }

    if (c->welcome.len > 0) {
        status = chat_mls_read(c->welcome.data, c->welcome.len, &m);

        if (status == CHAT_MLS_OK && m.wire_format != CHAT_MLS_WELCOME) {
            status = CHAT_MLS_WIRE_FORMAT;
        }

        if (status != CHAT_MLS_OK) {
            return ngx_chat_commit_refuse(c, "invalid_commit", "welcome",
                                          chat_mls_error(status));
        }

        if (m.u.welcome.suite != c->info.u.group_info.suite) {
            return ngx_chat_commit_refuse(c, "invalid_commit", "welcome",
                                          "cipher suite");
        }

        n = m.u.welcome.secrets_count;
        rest = m.u.welcome.secrets;
    }

    if (ngx_chat_pg_array_init(&c->welcome_refs, pool, NGX_CHAT_PG_BYTEA_ARRAY,
                               n * CHAT_MLS_REF_LEN, n) != NGX_OK)
    {
        return NGX_ERROR;
    }

    while (chat_mls_secret_next(&rest, &secret)) {
        if (secret.ref.len != CHAT_MLS_REF_LEN) {
            return ngx_chat_commit_refuse(c, "welcome_mismatch", NULL,
                                          "no KeyPackageRef");
        }

        if (ngx_chat_pg_array_add(&c->welcome_refs,
                                  (u_char *) secret.ref.data,
                                  CHAT_MLS_REF_LEN) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_chat_commit_tree(ngx_chat_commit_t *c, ngx_pool_t *pool)
{
    u_char                  device[NGX_CHAT_DEVICE_LEN];
    uint32_t                index;
    ngx_uint_t              n;
    chat_mls_leaf_t         leaf;
    chat_mls_tree_t         tree;
    chat_mls_group_info_t  *gi;

    gi = &c->info.u.group_info;
    n = gi->leaves_count;

    if (ngx_chat_commit_arrays(&c->tree_identities, &c->tree_keys, pool, n)
        != NGX_OK
        || ngx_chat_pg_array_init(&c->tree_leaves, pool,
                                  NGX_CHAT_PG_INT4_ARRAY, n * 4, n)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    chat_mls_tree_start(&tree, gi);

    while (chat_mls_tree_next(&tree, &index, &leaf)) {

        if (ngx_chat_identity_read(leaf.identity, device) != NGX_OK
            || leaf.signature_key.len != CHAT_MLS_ED25519_KEY_LEN)
        {
            return ngx_chat_commit_refuse(c, "group_info_mismatch", NULL,
                                          "a leaf's identity is no device's");
        }

        if (ngx_chat_pg_array_add_integer(&c->tree_leaves, index) != NGX_OK
            || ngx_chat_pg_array_add(&c->tree_identities, device,
                                     NGX_CHAT_DEVICE_LEN) != NGX_OK
            || ngx_chat_pg_array_add(&c->tree_keys,
                                     (u_char *) leaf.signature_key.data,
                                     CHAT_MLS_ED25519_KEY_LEN) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_chat_commit_arrays(ngx_chat_pg_array_t *identities,
    ngx_chat_pg_array_t *keys, ngx_pool_t *pool, ngx_uint_t n)
{
    if (ngx_chat_pg_array_init(identities, pool, NGX_CHAT_PG_BYTEA_ARRAY,
                               n * NGX_CHAT_DEVICE_LEN, n) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_chat_pg_array_init(keys, pool, NGX_CHAT_PG_BYTEA_ARRAY,
                                  n * CHAT_MLS_ED25519_KEY_LEN, n);
}
