/* One commit: read, checked as far as that needs no state, and given to the database. */

#ifndef NGX_CHAT_COMMIT_H
#define NGX_CHAT_COMMIT_H

#include "ngx_chat_run.h"
#include "ngx_chat_device.h"
#include "chat_mls.h"

#define NGX_CHAT_GROUP_ID_LEN       20      /* the conversation's id and a count of resets */
#define NGX_CHAT_DEVICE_LEN         32      /* an account and a device as bytes */

typedef struct {
    /* as it came */
    ngx_str_t               commit;
    ngx_str_t               welcome;        /* empty: none */
    ngx_str_t               group_info;
    u_char                 *conversation;
    u_char                 *account;        /* who sends it */
    u_char                 *session;
    u_char                  hash[CHAT_HASH_LEN];    /* of all of it */

    /* what was read */
    chat_mls_message_t      message;
    chat_mls_message_t      info;
    uint32_t                resets;
    uint32_t                leaf;           /* the committer's */
    ngx_uint_t              external;
    ngx_chat_pg_array_t     add_refs;
    ngx_chat_pg_array_t     add_identities;
    ngx_chat_pg_array_t     add_keys;
    ngx_chat_pg_array_t     removed;
    ngx_chat_pg_array_t     welcome_refs;
    ngx_chat_pg_array_t     tree_leaves;
    ngx_chat_pg_array_t     tree_identities;
    ngx_chat_pg_array_t     tree_keys;

    /* why not */
    const char             *code;
    const char             *part;           /* "commit", "path", … */
    const char             *reason;
} ngx_chat_commit_t;

/*
 * Reads the commit and whose it is, of which group and epoch: what the database is asked before
 * anything is verified.  NGX_OK; NGX_DECLINED: code, part and reason say why not.
 */
ngx_int_t ngx_chat_commit_head(ngx_chat_commit_t *c);

/*
 * Checks all three messages after that; the same results, and NGX_ERROR: no memory.  Two signatures,
 * a hash of the tree, one for each Add: 0.1 ms with 2 devices, 0.2 with 100, 0.6 with 1,000, and
 * 1.8 where 999 are added: less than a thread would cost, but for commits that nobody makes.
 */
ngx_int_t ngx_chat_commit_check(ngx_chat_commit_t *c, ngx_pool_t *pool);

/* ngx_chat_commit_tree.c: adds, removes, Welcome and tree as arrays; the same results */
ngx_int_t ngx_chat_commit_proposals(ngx_chat_commit_t *c, ngx_pool_t *pool);
ngx_int_t ngx_chat_commit_welcome(ngx_chat_commit_t *c, ngx_pool_t *pool);
ngx_int_t ngx_chat_commit_tree(ngx_chat_commit_t *c, ngx_pool_t *pool);

ngx_int_t ngx_chat_commit_refuse(ngx_chat_commit_t *c, const char *code,
    const char *part, const char *reason);

/* the reset count of a group id of this conversation; NGX_DECLINED: it is another's */
ngx_int_t ngx_chat_group_id_read(chat_mls_view_t id, u_char conversation[16],
    uint32_t *resets);

/*
 * Whether a payload is application data for a group of this conversation in this epoch: NULL and
 * its reset count, or why not.
 */
const char *ngx_chat_group_message(ngx_str_t *payload,
    u_char conversation[16], int64_t epoch, uint32_t *resets);

/* the device of an identity: NGX_OK or NGX_DECLINED */
ngx_int_t ngx_chat_identity_read(chat_mls_view_t identity,
    u_char device[NGX_CHAT_DEVICE_LEN]);

#endif /* NGX_CHAT_COMMIT_H */
