/* Operations on an account's life: export, deletion, blocking.  What they do is in SQL. */

#include <ngx_http.h>

#include "ngx_chat_life.h"
#include "ngx_chat_rows.h"
#include "ngx_chat_mail.h"


#define NGX_CHAT_EXPORT_CURSOR_MAX  256     /* bytes */


static void ngx_chat_account_delete(ngx_chat_call_t *call);
static void ngx_chat_account_deleted(void *data, ngx_chat_pg_result_t *res);


static ngx_chat_pg_stmt_t  ngx_chat_account_export_stmt = {
    "account_export",
    "SELECT * FROM chat.account_export(chat.context($1::uuid, $4::text), "
    "$2::uuid, $3::text)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_account_delete_stmt = {
    "account_delete",
    "SELECT * FROM chat.account_delete(chat.context($1::uuid, $4::text), "
    "$2::uuid, $3::bigint::int)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_account_delete_cancel_stmt = {
    "account_delete_cancel",
    "SELECT * FROM chat.account_delete_cancel(chat.context($1::uuid, "
    "$3::text), $2::uuid)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_block_add_stmt = {
    "block_add",
    "SELECT * FROM chat.block_add(chat.context($1::uuid, $4::text), "
    "$2::uuid, $3::uuid)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_block_remove_stmt = {
    "block_remove",
    "SELECT * FROM chat.block_remove(chat.context($1::uuid, $4::text), "
    "$2::uuid, $3::uuid)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_block_list_stmt = {
    "block_list",
    "SELECT * FROM chat.block_list($1::uuid, $2::uuid)",
    0
};


static const ngx_chat_param_t  ngx_chat_account_export_params[] = {
    { "cursor", NGX_CHAT_STRING, NGX_CHAT_IN_QUERY, 0, 1,
      NGX_CHAT_EXPORT_CURSOR_MAX, NULL },
    { .name = NULL }
};

static const ngx_chat_param_t  ngx_chat_block_params[] = {
    { "account", NGX_CHAT_UUID, NGX_CHAT_IN_PATH, 1, 0, 0, NULL },
    { .name = NULL }
};


ngx_chat_op_t  ngx_chat_life_ops[] = {

    { "account_export", "GET", "account/export", NGX_CHAT_WHO_ACCOUNT,
      NGX_CHAT_LIMIT_NONE, NGX_CHAT_OP_AUDIT, ngx_chat_account_export_params,
      &ngx_chat_account_export_stmt, NULL, NULL, 0 },

    { "account_delete", "POST", "account/delete", NGX_CHAT_WHO_ACCOUNT,
      NGX_CHAT_LIMIT_NONE, NGX_CHAT_OP_SOCKET|NGX_CHAT_OP_UNCACHED, NULL,
      NULL, ngx_chat_account_delete, NULL, 0 },

    { "account_delete_cancel", "POST", "account/delete/cancel",
      NGX_CHAT_WHO_ACCOUNT, NGX_CHAT_LIMIT_NONE,
      NGX_CHAT_OP_SOCKET|NGX_CHAT_OP_AUDIT, NULL,
      &ngx_chat_account_delete_cancel_stmt, NULL, NULL, 0 },

    /* each writes into the account's own conversation */

    { "block_add", "PUT", "blocks/{account}", NGX_CHAT_WHO_ACCOUNT,
      NGX_CHAT_LIMIT_LOOKUP, NGX_CHAT_OP_SOCKET|NGX_CHAT_OP_AUDIT,
      ngx_chat_block_params, &ngx_chat_block_add_stmt, NULL, NULL, 0 },

    { "block_remove", "DELETE", "blocks/{account}", NGX_CHAT_WHO_ACCOUNT,
      NGX_CHAT_LIMIT_LOOKUP, NGX_CHAT_OP_SOCKET|NGX_CHAT_OP_AUDIT,
      ngx_chat_block_params, &ngx_chat_block_remove_stmt, NULL, NULL, 0 },

    { "block_list", "GET", "blocks", NGX_CHAT_WHO_ACCOUNT,
      NGX_CHAT_LIMIT_NONE, NGX_CHAT_OP_SOCKET, NULL,
      &ngx_chat_block_list_stmt, NULL, NULL, 0 },

    { .name = NULL }
};


static void
ngx_chat_account_delete(ngx_chat_call_t *call)
{
    ngx_chat_pg_param_t    p[3];
    ngx_chat_life_conf_t  *conf;

    conf = call->loc_conf[ngx_chat_life_module.ctx_index];

    ngx_memzero(p, sizeof(p));
    ngx_chat_pg_set_uuid(&p[0], call->session.account);
    ngx_chat_pg_set_uuid(&p[1], call->session.session);

    if (ngx_chat_pg_set_integer(&p[2], call->pool, conf->grace) != NGX_OK) {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    (void) ngx_chat_call_act(call, &ngx_chat_account_delete_stmt, p, 3,
                             ngx_chat_account_deleted);
}


static void
ngx_chat_account_deleted(void *data, ngx_chat_pg_result_t *res)
{
    ngx_chat_call_t  *call = data;

    call->query = NULL;

    ngx_chat_call_reply(call, res);
    ngx_chat_mail_wake();
}
