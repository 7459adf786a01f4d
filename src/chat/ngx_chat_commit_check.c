/*
 * The checks of a commit that need no state: its form, the rules of RFC 9420 that can be seen
 * from outside, and the signatures of the path's leaf node and of the GroupInfo.  Those of
 * adds were checked when their key packages came, which the database finds by their references.
 */

#include "ngx_chat_commit.h"
#include "chat_text.h"


static ngx_int_t ngx_chat_commit_read(ngx_chat_commit_t *c, ngx_str_t *data,
    const char *part, uint16_t wire_format, chat_mls_message_t *m);
static ngx_int_t ngx_chat_commit_framing(ngx_chat_commit_t *c);
static ngx_int_t ngx_chat_commit_kinds(ngx_chat_commit_t *c);
static ngx_int_t ngx_chat_commit_info(ngx_chat_commit_t *c,
    chat_mls_scratch_t *scratch);
static ngx_int_t ngx_chat_commit_path(ngx_chat_commit_t *c,
    chat_mls_scratch_t *scratch);


ngx_int_t
ngx_chat_commit_head(ngx_chat_commit_t *c)
{
    ngx_int_t  rc;

    rc = ngx_chat_commit_read(c, &c->commit, "commit", CHAT_MLS_PUBLIC,
                              &c->message);

    return rc == NGX_OK ? ngx_chat_commit_framing(c) : rc;
}


ngx_int_t
ngx_chat_commit_check(ngx_chat_commit_t *c, ngx_pool_t *pool)
{
    ngx_int_t           rc;
    chat_mls_scratch_t  scratch;

    scratch.size = CHAT_MLS_SCRATCH(ngx_max(c->commit.len,
                                            c->group_info.len));
    scratch.data = ngx_palloc(pool, scratch.size);
    if (scratch.data == NULL) {
        return NGX_ERROR;
    }

    rc = ngx_chat_commit_read(c, &c->group_info, "group_info",
                              CHAT_MLS_GROUP_INFO, &c->info);
    if (rc != NGX_OK) {
        return rc;
    }

    if (c->external) {
        c->leaf = c->info.u.group_info.signer;
    }

    if ((rc = ngx_chat_commit_kinds(c)) != NGX_OK
        || (rc = ngx_chat_commit_info(c, &scratch)) != NGX_OK
        || (rc = ngx_chat_commit_path(c, &scratch)) != NGX_OK
        || (rc = ngx_chat_commit_proposals(c, pool)) != NGX_OK
        || (rc = ngx_chat_commit_welcome(c, pool)) != NGX_OK)
    {
        return rc;
    }

    return ngx_chat_commit_tree(c, pool);
}


ngx_int_t
ngx_chat_commit_refuse(ngx_chat_commit_t *c, const char *code,
    const char *part, const char *reason)
{
    c->code = code;
    c->part = part;
    c->reason = reason;

    return NGX_DECLINED;
}


static ngx_int_t
ngx_chat_commit_read(ngx_chat_commit_t *c, ngx_str_t *data, const char *part,
    uint16_t wire_format, chat_mls_message_t *m)
{
    chat_mls_status_t  status;

    status = chat_mls_read(data->data, data->len, m);

    if (status == CHAT_MLS_OK && m->wire_format != wire_format) {
        status = CHAT_MLS_WIRE_FORMAT;
    }

    if (status != CHAT_MLS_OK) {
        return ngx_chat_commit_refuse(c, "invalid_commit", part,
                                      chat_mls_error(status));
    }

    return NGX_OK;
}


static ngx_int_t
ngx_chat_commit_framing(ngx_chat_commit_t *c)
{
    chat_mls_public_t  *p;

    p = &c->message.u.public;

    if (p->content != CHAT_MLS_COMMIT) {
        return ngx_chat_commit_refuse(c, "invalid_commit", "commit",
                                      "it is a proposal");
    }

    if (ngx_chat_group_id_read(p->group_id, c->conversation, &c->resets)
        != NGX_OK)
    {
        return ngx_chat_commit_refuse(c, "invalid_commit", "commit",
                                      "group id");
    }

    if (p->epoch > (uint64_t) INT64_MAX - 1) {
        return ngx_chat_commit_refuse(c, "invalid_commit", "commit",
                                      "epoch");
    }

    switch (p->sender) {

    case CHAT_MLS_MEMBER:
        c->external = 0;
        c->leaf = p->index;

        if (c->leaf >= CHAT_MLS_LEAVES_MAX) {
            return ngx_chat_commit_refuse(c, "invalid_commit", "commit",
                                          "sender");
        }

        return NGX_OK;

    case CHAT_MLS_NEW_COMMIT:
        c->external = 1;        /* the GroupInfo says which leaf */
        return NGX_OK;

    default:
        return ngx_chat_commit_refuse(c, "invalid_commit", "commit",
                                      "sender");
    }
}


/* which kinds of proposals are in it, and whether it has a path */

static ngx_int_t
ngx_chat_commit_kinds(ngx_chat_commit_t *c)
{
    chat_mls_commit_t  *commit;

    commit = &c->message.u.public.u.commit;

    if (commit->count[0] > 0) {
        return ngx_chat_commit_refuse(c, "invalid_commit", "proposals",
                                      "by reference");
    }

    if (commit->count[CHAT_MLS_UPDATE] > 0) {
        return ngx_chat_commit_refuse(c, "invalid_commit", "proposals",
                                      "an update, which is never the "
                                      "committer's");
    }

    if (commit->count[CHAT_MLS_PSK] > 0
        || commit->count[CHAT_MLS_REINIT] > 0
        || commit->count[CHAT_MLS_CONTEXT_EXTENSIONS] > 0)
    {
        return ngx_chat_commit_refuse(c, "invalid_commit", "proposals",
                                      "psk, reinit and "
                                      "group_context_extensions are not "
                                      "taken");
    }

    if (!commit->has_path && (commit->needs_path || c->external)) {
        return ngx_chat_commit_refuse(c, "invalid_commit", "path",
                                      "it is missing, and there are not only "
                                      "adds");
    }

    if (!c->external) {
        if (commit->count[CHAT_MLS_EXTERNAL_INIT] > 0) {
            return ngx_chat_commit_refuse(c, "invalid_commit", "proposals",
                                          "external_init by a member");
        }

        return NGX_OK;
    }

    if (commit->count[CHAT_MLS_EXTERNAL_INIT] != 1
        || commit->count[CHAT_MLS_ADD] > 0
        || commit->count[CHAT_MLS_REMOVE] > 1)
    {
        return ngx_chat_commit_refuse(c, "invalid_commit", "proposals",
                                      "an external commit has one "
                                      "external_init, at most one remove and "
                                      "nothing else");
    }

    return NGX_OK;
}


static ngx_int_t
ngx_chat_commit_info(ngx_chat_commit_t *c, chat_mls_scratch_t *scratch)
{
    chat_mls_status_t       status;
    chat_mls_public_t      *p;
    chat_mls_group_info_t  *gi;

    p = &c->message.u.public;
    gi = &c->info.u.group_info;

    if (!chat_mls_equal(gi->group_id, p->group_id)) {
        return ngx_chat_commit_refuse(c, "group_info_mismatch", NULL,
                                      "group id");
    }

    if (gi->epoch != p->epoch + 1) {
        return ngx_chat_commit_refuse(c, "group_info_mismatch", NULL,
                                      "epoch");
    }

    if (gi->signer != c->leaf) {
        return ngx_chat_commit_refuse(c, "group_info_mismatch", NULL,
                                      "the signer is not the committer");
    }

    /* what it can't be checked against here, joiners check: it must be this commit's */

    if (!chat_mls_equal(gi->confirmation_tag, p->confirmation_tag)) {
        return ngx_chat_commit_refuse(c, "group_info_mismatch", NULL,
                                      "confirmation tag");
    }

    status = chat_mls_group_info_verify_signer(gi, scratch);

    if (status != CHAT_MLS_OK) {
        return ngx_chat_commit_refuse(c, "group_info_mismatch", NULL,
                                      chat_mls_error(status));
    }

    return NGX_OK;
}


/* the committer's new leaf node: this device's, signed by its key, and the one in the tree */

static ngx_int_t
ngx_chat_commit_path(ngx_chat_commit_t *c, chat_mls_scratch_t *scratch)
{
    u_char                  identity[NGX_CHAT_IDENTITY_LEN];
    chat_mls_leaf_t         leaf;
    chat_mls_view_t         own;
    chat_mls_status_t       status;
    chat_mls_commit_t      *commit;
    chat_mls_group_info_t  *gi;

    commit = &c->message.u.public.u.commit;
    gi = &c->info.u.group_info;

    if (!commit->has_path) {
        return NGX_OK;
    }

    ngx_chat_identity(c->account, c->session, identity);
    own.data = identity;
    own.len = NGX_CHAT_IDENTITY_LEN;

    /* the key is compared with the device's in the database */

    status = chat_mls_leaf_check(&commit->leaf, gi->suite, own,
                                 commit->leaf.signature_key);

    if (status == CHAT_MLS_OK) {
        status = chat_mls_leaf_verify(&commit->leaf, gi->suite, gi->group_id,
                                      c->leaf, scratch);
    }

    if (status != CHAT_MLS_OK) {
        return ngx_chat_commit_refuse(c, "invalid_commit", "path",
                                      chat_mls_error(status));
    }

    if (!chat_mls_tree_leaf(gi, c->leaf, &leaf)
        || !chat_mls_equal(leaf.raw, commit->leaf.raw))
    {
        return ngx_chat_commit_refuse(c, "group_info_mismatch", NULL,
                                      "the committer's leaf is not the "
                                      "path's");
    }

    return NGX_OK;
}


ngx_int_t
ngx_chat_group_id_read(chat_mls_view_t id, u_char conversation[16],
    uint32_t *resets)
{
    const uint8_t  *p;

    if (id.len != NGX_CHAT_GROUP_ID_LEN
        || ngx_memcmp(id.data, conversation, 16) != 0)
    {
        return NGX_DECLINED;
    }

    p = id.data + 16;
    *resets = (uint32_t) p[0] << 24 | (uint32_t) p[1] << 16
              | (uint32_t) p[2] << 8 | p[3];

    return (*resets > INT32_MAX) ? NGX_DECLINED : NGX_OK;
}


const char *
ngx_chat_group_message(ngx_str_t *payload, u_char conversation[16],
    int64_t epoch, uint32_t *resets)
{
    chat_mls_status_t   status;
    chat_mls_message_t  m;

    status = chat_mls_read(payload->data, payload->len, &m);

    if (status != CHAT_MLS_OK) {
        return chat_mls_error(status);
    }

    if (m.wire_format != CHAT_MLS_PRIVATE) {
        return "it is no PrivateMessage";
    }

    if (m.u.private.content != CHAT_MLS_APPLICATION) {
        return "its content is not application data";
    }

    if (ngx_chat_group_id_read(m.u.private.group_id, conversation, resets)
        != NGX_OK)
    {
        return "group id";
    }

    if (epoch < 0 || m.u.private.epoch != (uint64_t) epoch) {
        return "its epoch is not the parameter's";
    }

    return NULL;
}


ngx_int_t
ngx_chat_identity_read(chat_mls_view_t identity,
    u_char device[NGX_CHAT_DEVICE_LEN])
{
    u_char  again[NGX_CHAT_IDENTITY_LEN];

    if (identity.len != NGX_CHAT_IDENTITY_LEN
        || chat_uuid_parse((const char *) identity.data, CHAT_UUID_LEN, device)
           != 0
        || chat_uuid_parse((const char *) identity.data + CHAT_UUID_LEN + 1,
                           CHAT_UUID_LEN, device + 16)
           != 0)
    {
        return NGX_DECLINED;
    }

    /* one way to write it: lower case */

    ngx_chat_identity(device, device + 16, again);

    return ngx_memcmp(again, identity.data, NGX_CHAT_IDENTITY_LEN) == 0
           ? NGX_OK : NGX_DECLINED;
}
