/* Devices and their linking: operations that one SQL function does. */

#include "ngx_chat_device.h"
#include "ngx_chat_rows.h"
#include "chat_valid.h"


#define NGX_CHAT_LINK_MAX           4096    /* bytes of one step */


static ngx_chat_pg_stmt_t  ngx_chat_device_list_stmt = {
    "device_list",
    "SELECT * FROM chat.device_list($1::uuid, $2::uuid)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_device_rename_stmt = {
    "device_rename",
    "SELECT * FROM chat.device_rename(chat.context($1::uuid, $5::text), "
    "$2::uuid, $3::uuid, $4::text)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_device_revoke_stmt = {
    "device_revoke",
    "SELECT * FROM chat.device_revoke(chat.context($1::uuid, $4::text), "
    "$2::uuid, $3::uuid)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_device_revoke_others_stmt = {
    "device_revoke_others",
    "SELECT * FROM chat.device_revoke_others("
    "chat.context($1::uuid, $3::text), $2::uuid)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_sessions_end_others_stmt = {
    "sessions_end_others",
    "SELECT * FROM chat.sessions_end_others("
    "chat.context($1::uuid, $3::text), $2::uuid)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_account_devices_stmt = {
    "account_devices",
    "SELECT * FROM chat.account_devices($1::uuid, $2::uuid, $3::uuid)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_link_put_stmt = {
    "link_put",
    "SELECT * FROM chat.link_put($1::uuid, $2::uuid, $3::uuid, $4::text, "
    "$5::bytea)",
    0
};


static const ngx_chat_param_t  ngx_chat_device_rename_params[] = {
    { "device", NGX_CHAT_UUID, NGX_CHAT_IN_PATH, 1, 0, 0, NULL },
    { "name", NGX_CHAT_NAME, NGX_CHAT_IN_BODY, 1, 1, CHAT_DEVICE_NAME_MAX,
      NULL },
    { .name = NULL }
};

static const ngx_chat_param_t  ngx_chat_device_revoke_params[] = {
    { "device", NGX_CHAT_UUID, NGX_CHAT_IN_PATH, 1, 0, 0, NULL },
    { .name = NULL }
};

static const ngx_chat_param_t  ngx_chat_account_devices_params[] = {
    { "account", NGX_CHAT_UUID, NGX_CHAT_IN_PATH, 1, 0, 0, NULL },
    { .name = NULL }
};

static const ngx_chat_param_t  ngx_chat_link_put_params[] = {
    { "device", NGX_CHAT_UUID, NGX_CHAT_IN_PATH, 1, 0, 0, NULL },
    { "step", NGX_CHAT_ENUM, NGX_CHAT_IN_BODY, 1, 0, 0,
      "offer|answer|reveal|sealed|cancel" },
    { "data", NGX_CHAT_BYTES, NGX_CHAT_IN_BODY, 0, 1, NGX_CHAT_LINK_MAX,
      NULL },
    { .name = NULL }
};


ngx_chat_op_t  ngx_chat_device_ops[] = {

    { "device_list", "GET", "devices", NGX_CHAT_WHO_ACCOUNT,
      NGX_CHAT_LIMIT_NONE, NGX_CHAT_OP_SOCKET|NGX_CHAT_OP_PENDING, NULL,
      &ngx_chat_device_list_stmt, NULL, NULL, 0 },

    { "device_rename", "PATCH", "devices/{device}", NGX_CHAT_WHO_ACCOUNT,
      NGX_CHAT_LIMIT_NONE,
      NGX_CHAT_OP_SOCKET|NGX_CHAT_OP_PENDING|NGX_CHAT_OP_AUDIT,
      ngx_chat_device_rename_params, &ngx_chat_device_rename_stmt, NULL, NULL,
      0 },

    /* a pending device may revoke itself: the function sees to it */

    { "device_revoke", "DELETE", "devices/{device}", NGX_CHAT_WHO_ACCOUNT,
      NGX_CHAT_LIMIT_NONE,
      NGX_CHAT_OP_SOCKET|NGX_CHAT_OP_PENDING|NGX_CHAT_OP_AUDIT,
      ngx_chat_device_revoke_params, &ngx_chat_device_revoke_stmt, NULL, NULL,
      0 },

    { "device_revoke_others", "POST", "devices/revoke_others",
      NGX_CHAT_WHO_ACCOUNT, NGX_CHAT_LIMIT_NONE,
      NGX_CHAT_OP_SOCKET|NGX_CHAT_OP_AUDIT, NULL,
      &ngx_chat_device_revoke_others_stmt, NULL, NULL, 0 },

    { "sessions_end_others", "POST", "sessions/end_others",
      NGX_CHAT_WHO_ACCOUNT, NGX_CHAT_LIMIT_NONE,
      NGX_CHAT_OP_SOCKET|NGX_CHAT_OP_PENDING|NGX_CHAT_OP_AUDIT, NULL,
      &ngx_chat_sessions_end_others_stmt, NULL, NULL, 0 },

    { "account_devices", "GET", "accounts/{account}/devices",
      NGX_CHAT_WHO_ACCOUNT, NGX_CHAT_LIMIT_LOOKUP,
      NGX_CHAT_OP_SOCKET|NGX_CHAT_OP_PENDING, ngx_chat_account_devices_params,
      &ngx_chat_account_devices_stmt, NULL, NULL, 0 },

    /* a pending device may be a thief's: its steps must not fill the account's own conversation */

    { "link_put", "PUT", "devices/{device}/link", NGX_CHAT_WHO_ACCOUNT,
      NGX_CHAT_LIMIT_LOOKUP, NGX_CHAT_OP_SOCKET|NGX_CHAT_OP_PENDING,
      ngx_chat_link_put_params, &ngx_chat_link_put_stmt, NULL, NULL, 0 },

    { .name = NULL }
};
