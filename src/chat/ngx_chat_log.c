/* The log's rows, turned into frames. */

#include "ngx_chat_log.h"

/* the columns that all its functions answer */
#define NGX_CHAT_LOG_COLUMNS                                                  \
    "SELECT conversation, seq, kind::text, sender, sender_session,"           \
    " client_id, created, epoch, payload, body::text, more, expired_from,"    \
    " expired_to, membership_version FROM "

typedef enum {
    NGX_CHAT_LOG_CONVERSATION = 0,
    NGX_CHAT_LOG_SEQ,
    NGX_CHAT_LOG_KIND,
    NGX_CHAT_LOG_SENDER,
    NGX_CHAT_LOG_SENDER_SESSION,
    NGX_CHAT_LOG_CLIENT_ID,
    NGX_CHAT_LOG_CREATED,
    NGX_CHAT_LOG_EPOCH,
    NGX_CHAT_LOG_PAYLOAD,
    NGX_CHAT_LOG_BODY,
    NGX_CHAT_LOG_MORE,
    NGX_CHAT_LOG_EXPIRED_FROM,
    NGX_CHAT_LOG_EXPIRED_TO,
    NGX_CHAT_LOG_VERSION
} ngx_chat_log_column_e;

struct ngx_chat_log_read_s {
    ngx_chat_pg_query_t      *query;
    ngx_chat_log_handler_pt   handler;
    void                     *data;
};

static ngx_chat_log_read_t *ngx_chat_log_start(ngx_chat_pg_stmt_t *stmt,
    ngx_chat_pg_param_t *params, ngx_uint_t n,
    ngx_chat_log_handler_pt handler, void *data);
static void ngx_chat_log_done(void *data, ngx_chat_pg_result_t *res);
static ngx_int_t ngx_chat_log_page(ngx_chat_log_page_t *page, ngx_pool_t *pool);
static ngx_chat_frame_t *ngx_chat_log_frame(ngx_chat_pg_result_t *res,
    ngx_uint_t row, u_char conversation[16]);
static void ngx_chat_log_uuid(ngx_chat_pg_result_t *res, ngx_uint_t row,
    ngx_uint_t col, u_char uuid[16]);

static ngx_chat_pg_stmt_t  ngx_chat_log_read_stmt = {
    "read_log",
    NGX_CHAT_LOG_COLUMNS
    "chat.read_log($1::uuid, $2::uuid[], $3::int8[], $4::bool, $5::int4,"
    " $6::int4)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_log_list_stmt = {
    "entry_list",
    NGX_CHAT_LOG_COLUMNS
    "chat.entry_list($1::uuid, $2::uuid, $3::uuid, $4::int8,"
    " $5::int8, $6::int4)",
    0
};


ngx_chat_log_read_t *
ngx_chat_log_read(u_char session[16], u_char *conversations,
    int64_t *positions, ngx_uint_t n, ngx_uint_t max_entries,
    size_t max_bytes, ngx_chat_log_handler_pt handler, void *data)
{
    ngx_str_t             text[3];
    ngx_uint_t            i;
    ngx_pool_t           *pool;
    u_char                digits[2][NGX_INT64_LEN];
    ngx_chat_pg_array_t   ids, seqs;
    ngx_chat_pg_param_t   params[6];
    ngx_chat_log_read_t  *read;

    pool = ngx_create_pool(1024, ngx_cycle->log);
    if (pool == NULL) {
        return NULL;
    }

    read = NULL;

    ngx_chat_pg_set_uuid(&params[0], session);

    if (conversations == NULL) {
        ngx_chat_pg_set_null(&params[1]);
        ngx_chat_pg_set_null(&params[2]);

    } else {
        if (ngx_chat_pg_array_init(&ids, pool, NGX_CHAT_PG_UUID_ARRAY,
                                   n * 16, n)
            != NGX_OK
            || ngx_chat_pg_array_init(&seqs, pool, NGX_CHAT_PG_INT8_ARRAY,
                                      n * 8, n)
            != NGX_OK)
        {
            goto done;
        }

        for (i = 0; i < n; i++) {
            if (ngx_chat_pg_array_add(&ids, &conversations[i * 16], 16)
                != NGX_OK
                || (positions[i] < 0
                    ? ngx_chat_pg_array_add(&seqs, NULL, 0)
                    : ngx_chat_pg_array_add_integer(&seqs, positions[i]))
                != NGX_OK)
            {
                goto done;
            }
        }

        ngx_chat_pg_set_array(&params[1], &ids);
        ngx_chat_pg_set_array(&params[2], &seqs);
    }

    if (conversations == NULL) {
        ngx_str_set(&text[0], "t");

    } else {
        ngx_str_set(&text[0], "f");
    }

    text[1].data = digits[0];
    text[1].len = ngx_sprintf(digits[0], "%ui", max_entries) - digits[0];
    text[2].data = digits[1];
    text[2].len = ngx_sprintf(digits[1], "%uz", max_bytes) - digits[1];

    ngx_chat_pg_set_text(&params[3], &text[0]);
    ngx_chat_pg_set_text(&params[4], &text[1]);
    ngx_chat_pg_set_text(&params[5], &text[2]);

    read = ngx_chat_log_start(&ngx_chat_log_read_stmt, params, 6, handler,
                              data);

done:

    ngx_destroy_pool(pool);

    return read;
}


ngx_chat_log_read_t *
ngx_chat_log_list(u_char account[16], u_char session[16],
    u_char conversation[16], int64_t after, int64_t before, ngx_uint_t limit,
    ngx_chat_log_handler_pt handler, void *data)
{
    ngx_str_t            text[3];
    u_char               digits[3][NGX_INT64_LEN];
    ngx_chat_pg_param_t  params[6];

    ngx_chat_pg_set_uuid(&params[0], account);
    ngx_chat_pg_set_uuid(&params[1], session);
    ngx_chat_pg_set_uuid(&params[2], conversation);

    text[0].data = digits[0];
    text[0].len = ngx_sprintf(digits[0], "%L", after) - digits[0];
    text[1].data = digits[1];
    text[1].len = ngx_sprintf(digits[1], "%L", before) - digits[1];
    text[2].data = digits[2];
    text[2].len = ngx_sprintf(digits[2], "%ui", limit) - digits[2];

    if (after < 0) {
        ngx_chat_pg_set_null(&params[3]);

    } else {
        ngx_chat_pg_set_text(&params[3], &text[0]);
    }

    if (before < 0) {
        ngx_chat_pg_set_null(&params[4]);

    } else {
        ngx_chat_pg_set_text(&params[4], &text[1]);
    }

    ngx_chat_pg_set_text(&params[5], &text[2]);

    return ngx_chat_log_start(&ngx_chat_log_list_stmt, params, 6, handler,
                              data);
}


void
ngx_chat_log_abandon(ngx_chat_log_read_t *read)
{
    ngx_chat_pg_abandon(read->query);
    ngx_free(read);
}


static ngx_chat_log_read_t *
ngx_chat_log_start(ngx_chat_pg_stmt_t *stmt, ngx_chat_pg_param_t *params,
    ngx_uint_t n, ngx_chat_log_handler_pt handler, void *data)
{
    ngx_chat_log_read_t  *read;

    read = ngx_alloc(sizeof(ngx_chat_log_read_t), ngx_cycle->log);
    if (read == NULL) {
        return NULL;
    }

    read->handler = handler;
    read->data = data;

    read->query = ngx_chat_pg_query(NGX_CHAT_PG_POOL_ANY, stmt, params, n, 0,
                                    ngx_chat_log_done, read);
    if (read->query == NULL) {
        ngx_free(read);
        return NULL;
    }

    return read;
}


static void
ngx_chat_log_done(void *data, ngx_chat_pg_result_t *res)
{
    ngx_chat_log_read_t *read = data;

    void                     *caller;
    ngx_pool_t               *pool;
    ngx_chat_log_page_t       page;
    ngx_chat_log_handler_pt   handler;

    handler = read->handler;
    caller = read->data;
    ngx_free(read);

    ngx_memzero(&page, sizeof(ngx_chat_log_page_t));
    page.res = res;
    page.failed = 1;
    pool = NULL;

    if (ngx_chat_pg_status(res) == NGX_CHAT_PG_OK) {
        pool = ngx_create_pool(4096, ngx_cycle->log);

        if (pool != NULL && ngx_chat_log_page(&page, pool) == NGX_OK) {
            page.failed = 0;
        }
    }

    handler(caller, &page);

    if (pool != NULL) {
        ngx_destroy_pool(pool);
    }
}


/* Fills the page from its result; on failure it holds no frames. */

static ngx_int_t
ngx_chat_log_page(ngx_chat_log_page_t *page, ngx_pool_t *pool)
{
    u_char             conversation[16];
    ngx_uint_t         i, rows;
    ngx_chat_frame_t  *f;

    rows = ngx_chat_pg_rows(page->res);

    if (rows == 0) {
        return NGX_OK;
    }

    page->frames = ngx_palloc(pool, rows * sizeof(ngx_chat_frame_t *));
    page->cut = ngx_palloc(pool, rows * 16);

    if (page->frames == NULL || page->cut == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < rows; i++) {
        ngx_chat_log_uuid(page->res, i, NGX_CHAT_LOG_CONVERSATION,
                          conversation);

        if (ngx_chat_pg_integer(page->res, i, NGX_CHAT_LOG_MORE)) {
            ngx_memcpy(&page->cut[page->ncut++ * 16], conversation, 16);
        }

        if (ngx_chat_pg_null(page->res, i, NGX_CHAT_LOG_SEQ)
            && ngx_chat_pg_null(page->res, i, NGX_CHAT_LOG_EXPIRED_TO))
        {
            continue;
        }

        f = ngx_chat_log_frame(page->res, i, conversation);

        if (f == NULL) {
            while (page->n > 0) {
                ngx_chat_frame_unref(page->frames[--page->n]);
            }

            return NGX_ERROR;
        }

        page->frames[page->n++] = f;
    }

    return NGX_OK;
}


static ngx_chat_frame_t *
ngx_chat_log_frame(ngx_chat_pg_result_t *res, ngx_uint_t row,
    u_char conversation[16])
{
    int32_t            version;
    ngx_chat_entry_t   entry;
    ngx_chat_frame_t  *f;

    version = (int32_t) ngx_chat_pg_integer(res, row, NGX_CHAT_LOG_VERSION);

    if (!ngx_chat_pg_null(res, row, NGX_CHAT_LOG_EXPIRED_TO)) {
        f = ngx_chat_frame_expired(conversation,
                ngx_chat_pg_integer(res, row, NGX_CHAT_LOG_EXPIRED_FROM),
                ngx_chat_pg_integer(res, row, NGX_CHAT_LOG_EXPIRED_TO));

        if (f != NULL) {
            f->version = version;
        }

        return f;
    }

    ngx_memcpy(entry.conversation, conversation, 16);
    entry.version = version;
    entry.seq = ngx_chat_pg_integer(res, row, NGX_CHAT_LOG_SEQ);
    entry.created = ngx_chat_pg_time(res, row, NGX_CHAT_LOG_CREATED);
    entry.epoch = ngx_chat_pg_null(res, row, NGX_CHAT_LOG_EPOCH)
                  ? -1 : ngx_chat_pg_integer(res, row, NGX_CHAT_LOG_EPOCH);

    ngx_chat_pg_bytes(res, row, NGX_CHAT_LOG_KIND, &entry.kind);
    ngx_chat_pg_bytes(res, row, NGX_CHAT_LOG_BODY, &entry.body);
    ngx_chat_pg_bytes(res, row, NGX_CHAT_LOG_PAYLOAD, &entry.payload);
    ngx_chat_log_uuid(res, row, NGX_CHAT_LOG_SENDER, entry.sender);
    ngx_chat_log_uuid(res, row, NGX_CHAT_LOG_SENDER_SESSION,
                      entry.sender_session);
    ngx_chat_log_uuid(res, row, NGX_CHAT_LOG_CLIENT_ID, entry.client_id);

    return ngx_chat_frame_create(&entry);
}


static void
ngx_chat_log_uuid(ngx_chat_pg_result_t *res, ngx_uint_t row, ngx_uint_t col,
    u_char uuid[16])
{
    ngx_str_t  value;

    ngx_chat_pg_bytes(res, row, col, &value);

    if (value.len == 16) {
        ngx_memcpy(uuid, value.data, 16);

    } else {
        ngx_memzero(uuid, 16);
    }
}
