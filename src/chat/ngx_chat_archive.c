/* What an account keeps for its later devices: recovery, and the archive's parts as payload frames. */

#include <ngx_http.h>

#include "ngx_chat_run.h"
#include "ngx_chat_rows.h"


#define NGX_CHAT_RECOVERY_MAX       8192    /* bytes */
#define NGX_CHAT_ARCHIVE_PARTS      1024
#define NGX_CHAT_ARCHIVE_MEMBERS    96      /* bytes of a part's members */


static void ngx_chat_archive_put(ngx_chat_call_t *call);
static void ngx_chat_archive_stored(void *data, ngx_chat_pg_result_t *res);
static void ngx_chat_archive_get(ngx_chat_call_t *call);
static void ngx_chat_archive_found(void *data, ngx_chat_pg_result_t *res);


static ngx_chat_pg_stmt_t  ngx_chat_recovery_set_stmt = {
    "recovery_set",
    "SELECT * FROM chat.recovery_set(chat.context($1::uuid, $4::text), "
    "$2::uuid, $3::bytea)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_recovery_get_stmt = {
    "recovery_get",
    "SELECT * FROM chat.recovery_get($1::uuid, $2::uuid)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_archive_put_stmt = {
    "archive_put",
    "SELECT * FROM chat.archive_put($1::uuid, $2::uuid, $3::int, $4::bytea)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_archive_list_stmt = {
    "archive_list",
    "SELECT * FROM chat.archive_list($1::uuid, $2::uuid)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_archive_get_stmt = {
    "archive_get",
    "SELECT payload, updated FROM chat.archive_get($1::uuid, $2::int)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_archive_delete_stmt = {
    "archive_delete",
    "SELECT * FROM chat.archive_delete($1::uuid, $2::uuid)",
    0
};


static const ngx_chat_param_t  ngx_chat_recovery_set_params[] = {
    { "data", NGX_CHAT_BYTES, NGX_CHAT_IN_BODY, 1, 1, NGX_CHAT_RECOVERY_MAX,
      NULL },
    { .name = NULL }
};

static const ngx_chat_param_t  ngx_chat_archive_part_params[] = {
    { "part", NGX_CHAT_INTEGER, NGX_CHAT_IN_PATH, 1, 0,
      NGX_CHAT_ARCHIVE_PARTS - 1, NULL },
    { .name = NULL }
};


ngx_chat_op_t  ngx_chat_archive_ops[] = {

    { "recovery_set", "PUT", "account/recovery", NGX_CHAT_WHO_ACCOUNT,
      NGX_CHAT_LIMIT_NONE, NGX_CHAT_OP_SOCKET|NGX_CHAT_OP_AUDIT,
      ngx_chat_recovery_set_params,
      &ngx_chat_recovery_set_stmt, NULL, NULL, 0 },

    { "recovery_get", "GET", "account/recovery", NGX_CHAT_WHO_ACCOUNT,
      NGX_CHAT_LIMIT_NONE, NGX_CHAT_OP_SOCKET|NGX_CHAT_OP_PENDING, NULL,
      &ngx_chat_recovery_get_stmt, NULL, NULL, 0 },

    { "archive_put", "PUT", "account/archive/{part}", NGX_CHAT_WHO_ACCOUNT,
      NGX_CHAT_LIMIT_NONE, NGX_CHAT_OP_SOCKET|NGX_CHAT_OP_PAYLOAD,
      ngx_chat_archive_part_params, NULL, ngx_chat_archive_put, NULL, 0 },

    { "archive_list", "GET", "account/archive", NGX_CHAT_WHO_ACCOUNT,
      NGX_CHAT_LIMIT_NONE, NGX_CHAT_OP_SOCKET|NGX_CHAT_OP_PENDING, NULL,
      &ngx_chat_archive_list_stmt, NULL, NULL, 0 },

    { "archive_get", "GET", "account/archive/{part}", NGX_CHAT_WHO_ACCOUNT,
      NGX_CHAT_LIMIT_NONE,
      NGX_CHAT_OP_SOCKET|NGX_CHAT_OP_FRAME|NGX_CHAT_OP_PENDING,
      ngx_chat_archive_part_params, NULL, ngx_chat_archive_get, NULL, 0 },

    { "archive_delete", "DELETE", "account/archive", NGX_CHAT_WHO_ACCOUNT,
      NGX_CHAT_LIMIT_NONE, NGX_CHAT_OP_SOCKET, NULL,
      &ngx_chat_archive_delete_stmt, NULL, NULL, 0 },

    { .name = NULL }
};


static void
ngx_chat_archive_put(ngx_chat_call_t *call)
{
    ngx_chat_pg_param_t            p[4];
    ngx_chat_conversation_conf_t  *conf;

    conf = call->loc_conf[ngx_chat_conversation_module.ctx_index];

    if (ngx_chat_call_payload(call, conf->message_max_size) != NGX_OK) {
        return;
    }

    ngx_memzero(p, sizeof(p));
    ngx_chat_pg_set_uuid(&p[0], call->session.account);
    ngx_chat_pg_set_uuid(&p[1], call->session.session);
    ngx_chat_call_set_value(&p[2], ngx_chat_call_value(call, "part"));
    ngx_chat_pg_set_bytea(&p[3], call->payload.data, call->payload.len);

    (void) ngx_chat_call_query(call, &ngx_chat_archive_put_stmt, p, 4,
                               ngx_chat_archive_stored);
}


static void
ngx_chat_archive_stored(void *data, ngx_chat_pg_result_t *res)
{
    ngx_chat_call_t  *call = data;

    call->query = NULL;
    ngx_chat_call_reply(call, res);
}


static void
ngx_chat_archive_get(ngx_chat_call_t *call)
{
    ngx_chat_pg_param_t  p[2];

    ngx_memzero(p, sizeof(p));
    ngx_chat_pg_set_uuid(&p[0], call->session.account);
    ngx_chat_call_set_value(&p[1], ngx_chat_call_value(call, "part"));

    (void) ngx_chat_call_query(call, &ngx_chat_archive_get_stmt, p, 2,
                               ngx_chat_archive_found);
}


static void
ngx_chat_archive_found(void *data, ngx_chat_pg_result_t *res)
{
    char              buf[NGX_CHAT_ARCHIVE_MEMBERS];
    ngx_str_t         members, payload;
    chat_json_out_t   o;
    ngx_chat_call_t  *call;

    call = data;
    call->query = NULL;

    if (ngx_chat_pg_status(res) != NGX_CHAT_PG_OK) {
        ngx_chat_call_fail_lookup(call, res);
        return;
    }

    if (ngx_chat_pg_rows(res) == 0) {
        ngx_chat_call_fail(call, "not_found");
        return;
    }

    chat_json_out_init(&o, buf, sizeof(buf));
    chat_json_out_key(&o, "part");
    chat_json_out_integer(&o, ngx_chat_call_value(call, "part")->integer);
    chat_json_out_key(&o, "updated");
    chat_json_out_time(&o, ngx_chat_pg_time(res, 0, 1));

    members.data = (u_char *) buf;
    members.len = o.pos - o.start;
    ngx_chat_pg_bytes(res, 0, 0, &payload);

    ngx_chat_call_frame(call, o.overflow ? NULL : &members, &payload);
}
