/* The membership cache. */

#include "ngx_chat_members.h"
#include "ngx_chat_pg.h"

#define NGX_CHAT_MEMBERS_BUCKETS    4096
#define NGX_CHAT_UUID_ITEM          20      /* of PostgreSQL's uuid[]: length and value */

typedef struct {
    ngx_queue_t     lru;
    ngx_queue_t     buckets[NGX_CHAT_MEMBERS_BUCKETS];
    ngx_uint_t      conversations;
    ngx_uint_t      accounts;
} ngx_chat_members_cache_t;

typedef struct {
    void          (*done)(ngx_uint_t ok);
    ngx_uint_t      n;
    u_char          conversations[1];       /* n * 16 */
} ngx_chat_members_load_t;

static ngx_chat_members_t *ngx_chat_members_find(u_char conversation[16]);
static void ngx_chat_members_drop(ngx_chat_members_t *m);
static void ngx_chat_members_put(ngx_chat_pg_result_t *res, ngx_uint_t row);
static void ngx_chat_members_done(void *data, ngx_chat_pg_result_t *res);
static ngx_chat_kind_e ngx_chat_members_kind(ngx_str_t *kind);
static ngx_queue_t *ngx_chat_members_bucket(u_char conversation[16]);

static ngx_chat_members_cache_t  ngx_chat_members_cache;

static ngx_chat_pg_stmt_t  ngx_chat_members_stmt = {
    "conversation_members",
    "SELECT conversation, membership_version, kind::text, accounts"
    " FROM chat.conversation_members($1::uuid[])",
    0
};


ngx_int_t
ngx_chat_members_init_process(void)
{
    ngx_uint_t  i;

    ngx_memzero(&ngx_chat_members_cache, sizeof(ngx_chat_members_cache_t));
    ngx_queue_init(&ngx_chat_members_cache.lru);

    for (i = 0; i < NGX_CHAT_MEMBERS_BUCKETS; i++) {
        ngx_queue_init(&ngx_chat_members_cache.buckets[i]);
    }

    return NGX_OK;
}


ngx_chat_members_t *
ngx_chat_members_get(u_char conversation[16], int32_t version)
{
    ngx_chat_members_t  *m;

    m = ngx_chat_members_find(conversation);

    if (m == NULL || m->version < version) {
        return NULL;
    }

    ngx_queue_remove(&m->queue);
    ngx_queue_insert_tail(&ngx_chat_members_cache.lru, &m->queue);

    return m;
}


ngx_int_t
ngx_chat_members_load(u_char *conversations, ngx_uint_t n,
    void (*done)(ngx_uint_t ok))
{
    ngx_int_t                 rc;
    ngx_uint_t                i;
    ngx_pool_t               *pool;
    ngx_chat_pg_array_t       ids;
    ngx_chat_pg_param_t       param;
    ngx_chat_members_load_t  *load;

    load = ngx_alloc(sizeof(ngx_chat_members_load_t) + n * 16,
                     ngx_cycle->log);
    if (load == NULL) {
        return NGX_ERROR;
    }

    pool = ngx_create_pool(1024, ngx_cycle->log);
    if (pool == NULL) {
        ngx_free(load);
        return NGX_ERROR;
    }

    load->done = done;
    load->n = n;
    ngx_memcpy(load->conversations, conversations, n * 16);

    rc = ngx_chat_pg_array_init(&ids, pool, NGX_CHAT_PG_UUID_ARRAY, n * 16, n);

    for (i = 0; i < n && rc == NGX_OK; i++) {
        rc = ngx_chat_pg_array_add(&ids, &conversations[i * 16], 16);
    }

    if (rc == NGX_OK) {
        ngx_chat_pg_set_array(&param, &ids);

        if (ngx_chat_pg_query(NGX_CHAT_PG_POOL_ANY, &ngx_chat_members_stmt,
                              &param, 1, 0, ngx_chat_members_done, load)
            == NULL)
        {
            rc = NGX_ERROR;
        }
    }

    ngx_destroy_pool(pool);

    if (rc != NGX_OK) {
        ngx_free(load);
    }

    return rc;
}


static void
ngx_chat_members_done(void *data, ngx_chat_pg_result_t *res)
{
    ngx_chat_members_load_t *load = data;

    void                (*done)(ngx_uint_t ok);
    ngx_uint_t            i, rows;
    ngx_chat_members_t   *m;

    done = load->done;

    if (ngx_chat_pg_status(res) != NGX_CHAT_PG_OK) {
        ngx_free(load);
        done(0);
        return;
    }

    for (i = 0; i < load->n; i++) {
        m = ngx_chat_members_find(&load->conversations[i * 16]);

        if (m != NULL) {
            ngx_chat_members_drop(m);
        }
    }

    rows = ngx_chat_pg_rows(res);

    for (i = 0; i < rows; i++) {
        ngx_chat_members_put(res, i);
    }

    ngx_free(load);
    done(1);
}


static void
ngx_chat_members_put(ngx_chat_pg_result_t *res, ngx_uint_t row)
{
    u_char              *items;
    ngx_int_t            i, n;
    ngx_str_t            conversation, kind;
    ngx_queue_t         *q;
    ngx_chat_members_t  *m;

    ngx_chat_pg_bytes(res, row, 0, &conversation);
    ngx_chat_pg_bytes(res, row, 2, &kind);

    if (conversation.len != 16) {
        return;
    }

    n = ngx_chat_pg_null(res, row, 3)
        ? 0 : ngx_chat_pg_uuid_array(res, row, 3, &items);

    if (n < 0) {
        return;
    }

    while (!ngx_queue_empty(&ngx_chat_members_cache.lru)
           && (ngx_chat_members_cache.conversations
               >= NGX_CHAT_MEMBERS_CONVERSATIONS
               || ngx_chat_members_cache.accounts + (ngx_uint_t) n
                  > NGX_CHAT_MEMBERS_ACCOUNTS))
    {
        q = ngx_queue_head(&ngx_chat_members_cache.lru);
        ngx_chat_members_drop(ngx_queue_data(q, ngx_chat_members_t, queue));
    }

    m = ngx_alloc(sizeof(ngx_chat_members_t) + (size_t) n * 16,
                  ngx_cycle->log);
    if (m == NULL) {
        return;
    }

    ngx_memcpy(m->conversation, conversation.data, 16);
    m->version = (int32_t) ngx_chat_pg_integer(res, row, 1);
    m->kind = ngx_chat_members_kind(&kind);
    m->n = (ngx_uint_t) n;

    for (i = 0; i < n; i++) {
        ngx_memcpy(&m->accounts[i * 16],
                   &items[i * NGX_CHAT_UUID_ITEM + 4], 16);
    }

    ngx_queue_insert_tail(&ngx_chat_members_cache.lru, &m->queue);
    ngx_queue_insert_head(ngx_chat_members_bucket(m->conversation), &m->hash);
    ngx_chat_members_cache.conversations++;
    ngx_chat_members_cache.accounts += m->n;
}


static ngx_chat_members_t *
ngx_chat_members_find(u_char conversation[16])
{
    ngx_queue_t         *q, *bucket;
    ngx_chat_members_t  *m;

    bucket = ngx_chat_members_bucket(conversation);

    for (q = ngx_queue_head(bucket);
         q != ngx_queue_sentinel(bucket);
         q = ngx_queue_next(q))
    {
        m = ngx_queue_data(q, ngx_chat_members_t, hash);

        if (ngx_memcmp(m->conversation, conversation, 16) == 0) {
            return m;
        }
    }

    return NULL;
}


static void
ngx_chat_members_drop(ngx_chat_members_t *m)
{
    ngx_queue_remove(&m->queue);
    ngx_queue_remove(&m->hash);
    ngx_chat_members_cache.conversations--;
    ngx_chat_members_cache.accounts -= m->n;
    ngx_free(m);
}


static ngx_queue_t *
ngx_chat_members_bucket(u_char conversation[16])
{
    return &ngx_chat_members_cache.buckets[ngx_murmur_hash2(conversation, 16)
                                           % NGX_CHAT_MEMBERS_BUCKETS];
}


static ngx_chat_kind_e
ngx_chat_members_kind(ngx_str_t *kind)
{
    if (kind->len == 4 && ngx_strncmp(kind->data, "self", 4) == 0) {
        return NGX_CHAT_KIND_SELF;
    }

    if (kind->len == 6 && ngx_strncmp(kind->data, "direct", 6) == 0) {
        return NGX_CHAT_KIND_DIRECT;
    }

    if (kind->len == 7 && ngx_strncmp(kind->data, "private", 7) == 0) {
        return NGX_CHAT_KIND_PRIVATE;
    }

    return NGX_CHAT_KIND_GROUP;
}
