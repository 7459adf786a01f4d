/* Conversations: opening one with a peer, listing, reading. */

#include "ngx_chat_run.h"
#include "ngx_chat_rows.h"
#include "ngx_chat_route.h"
#include "ngx_chat_device.h"
#include "chat_text.h"


#define NGX_CHAT_CURSOR_MAX         128     /* bytes of a list's cursor */
#define NGX_CHAT_RECEIPT_SIZE       256     /* bytes of a receipt's JSON */


static void ngx_chat_conversation_direct(ngx_chat_call_t *call);
static void ngx_chat_conversation_opened(void *data,
    ngx_chat_pg_result_t *res);
static ngx_int_t ngx_chat_conversation_location(ngx_chat_call_t *call);
static void ngx_chat_conversation_read(ngx_chat_call_t *call);
static void ngx_chat_conversation_was_read(void *data,
    ngx_chat_pg_result_t *res);
static ngx_int_t ngx_chat_conversation_receipt(ngx_chat_call_t *call);
static int64_t ngx_chat_conversation_member(chat_json_t *json,
    const char *name);


static ngx_chat_pg_stmt_t  ngx_chat_conversation_direct_stmt = {
    "conversation_direct",
    "SELECT * FROM chat.conversation_direct($1::uuid, $2::uuid, "
    "$3::text::uuid, $4::text, $5::text, $6::text::int)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_conversation_list_stmt = {
    "conversation_list",
    "SELECT * FROM chat.conversation_list($1::uuid, $2::uuid, $3::text, "
    "$4::text::int)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_conversation_get_stmt = {
    "conversation_get",
    "SELECT * FROM chat.conversation_get($1::uuid, $2::uuid, "
    "$3::text::uuid)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_conversation_read_stmt = {
    "conversation_read",
    "SELECT * FROM chat.conversation_read($1::uuid, $2::uuid, "
    "$3::text::uuid, $4::text::bigint)",
    0
};


static const ngx_chat_param_t  ngx_chat_conversation_direct_params[] = {
    { "account", NGX_CHAT_UUID, NGX_CHAT_IN_PATH, 1, 0, 0, NULL },
    { "payload", NGX_CHAT_ENUM, NGX_CHAT_IN_BODY, 0, 0, 0, "opaque|mls" },
    { "history", NGX_CHAT_ENUM, NGX_CHAT_IN_BODY, 0, 0, 0,
      "keep|until_delivered" },
    { "cipher_suite", NGX_CHAT_INTEGER, NGX_CHAT_IN_BODY, 0, 1, 65535, NULL },
    { .name = NULL }
};

static const ngx_chat_param_t  ngx_chat_conversation_list_params[] = {
    { "cursor", NGX_CHAT_STRING, NGX_CHAT_IN_QUERY, 0, 1, NGX_CHAT_CURSOR_MAX,
      NULL },
    { "limit", NGX_CHAT_INTEGER, NGX_CHAT_IN_QUERY, 0, 1, NGX_CHAT_LIST_MAX,
      NULL },
    { .name = NULL }
};

static const ngx_chat_param_t  ngx_chat_conversation_get_params[] = {
    { "conversation", NGX_CHAT_UUID, NGX_CHAT_IN_PATH, 1, 0, 0, NULL },
    { .name = NULL }
};

static const ngx_chat_param_t  ngx_chat_conversation_read_params[] = {
    { "conversation", NGX_CHAT_UUID, NGX_CHAT_IN_PATH, 1, 0, 0, NULL },
    { "seq", NGX_CHAT_INTEGER, NGX_CHAT_IN_BODY, 1, 0, INT64_MAX, NULL },
    { .name = NULL }
};


ngx_chat_op_t  ngx_chat_conversation_ops[] = {

    { "conversation_direct", "PUT", "conversations/direct/{account}",
      NGX_CHAT_WHO_ACCOUNT, NGX_CHAT_LIMIT_LOOKUP, NGX_CHAT_OP_SOCKET,
      ngx_chat_conversation_direct_params, &ngx_chat_conversation_direct_stmt,
      ngx_chat_conversation_direct, NULL, 0 },

    { "conversation_list", "GET", "conversations", NGX_CHAT_WHO_ACCOUNT,
      NGX_CHAT_LIMIT_NONE, NGX_CHAT_OP_SOCKET,
      ngx_chat_conversation_list_params, &ngx_chat_conversation_list_stmt,
      NULL, NULL, 0 },

    { "conversation_get", "GET", "conversations/{conversation}",
      NGX_CHAT_WHO_ACCOUNT, NGX_CHAT_LIMIT_NONE, NGX_CHAT_OP_SOCKET,
      ngx_chat_conversation_get_params, &ngx_chat_conversation_get_stmt, NULL,
      NULL, 0 },

    { "conversation_read", "POST", "conversations/{conversation}/read",
      NGX_CHAT_WHO_ACCOUNT, NGX_CHAT_LIMIT_NONE, NGX_CHAT_OP_SOCKET,
      ngx_chat_conversation_read_params, &ngx_chat_conversation_read_stmt,
      ngx_chat_conversation_read, NULL, 0 },

    { .name = NULL }
};


static void
ngx_chat_conversation_direct(ngx_chat_call_t *call)
{
    ngx_chat_value_t  *suite;

    suite = ngx_chat_call_value(call, "cipher_suite");

    if (suite->set && !ngx_chat_suite_allowed(call, suite->integer)) {
        ngx_chat_call_fail_parameter(call, "cipher_suite",
                                     "one that the server allows");
        return;
    }

    ngx_chat_call_generic(call, ngx_chat_conversation_opened);
}


static void
ngx_chat_conversation_opened(void *data, ngx_chat_pg_result_t *res)
{
    ngx_chat_call_t  *call = data;

    call->query = NULL;
    ngx_chat_call_reply_edited(call, res, ngx_chat_conversation_location);
}


static ngx_int_t
ngx_chat_conversation_location(ngx_chat_call_t *call)
{
    size_t        len;
    const char   *id, *error;
    chat_json_t  *json, *value;

    if (call->status != 201) {
        return NGX_OK;
    }

    json = chat_json_parse((char *) call->json.data, call->json.len, &error);
    if (json == NULL) {
        return NGX_ERROR;
    }

    value = chat_json_get(json, "id");

    if (value != NULL && chat_json_type(value) == CHAT_JSON_STRING) {
        id = chat_json_string(value, &len);
        call->location.data = ngx_pnalloc(call->pool,
                                          sizeof("conversations/") + len);
        if (call->location.data != NULL) {
            call->location.len = ngx_sprintf(call->location.data,
                                             "conversations/%*s", len, id)
                                 - call->location.data;
        }
    }

    chat_json_free(json);

    return call->location.len ? NGX_OK : NGX_ERROR;
}


static void
ngx_chat_conversation_read(ngx_chat_call_t *call)
{
    ngx_chat_call_generic(call, ngx_chat_conversation_was_read);
}


static void
ngx_chat_conversation_was_read(void *data, ngx_chat_pg_result_t *res)
{
    ngx_chat_call_t  *call = data;

    call->query = NULL;
    ngx_chat_call_reply_edited(call, res, ngx_chat_conversation_receipt);
}


/* the other members' devices hear of it, if they are there: the state is in the conversation */

static ngx_int_t
ngx_chat_conversation_receipt(ngx_chat_call_t *call)
{
    char               buf[NGX_CHAT_RECEIPT_SIZE];
    int64_t            delivered, read;
    ngx_str_t          event;
    const char        *error;
    chat_json_t       *json;
    chat_json_out_t    o;
    ngx_chat_value_t  *conversation;

    json = chat_json_parse((char *) call->json.data, call->json.len, &error);
    if (json == NULL) {
        return NGX_OK;
    }

    delivered = ngx_chat_conversation_member(json, "account_delivered");
    read = ngx_chat_conversation_member(json, "account_read");
    chat_json_free(json);

    if (delivered < 0 || read < 0) {
        return NGX_OK;
    }

    conversation = ngx_chat_call_value(call, "conversation");

    chat_json_out_init(&o, buf, sizeof(buf));
    chat_json_open(&o, '{');
    chat_json_out_key(&o, "event");
    chat_json_out_string(&o, "receipt", sizeof("receipt") - 1);
    chat_json_out_key(&o, "conversation");
    chat_json_out_uuid(&o, conversation->uuid);
    chat_json_out_key(&o, "account");
    chat_json_out_uuid(&o, call->session.account);
    chat_json_out_key(&o, "delivered");
    chat_json_out_integer(&o, delivered);
    chat_json_out_key(&o, "read");
    chat_json_out_integer(&o, read);
    chat_json_close(&o, '}');

    if (!o.overflow) {
        event.data = (u_char *) buf;
        event.len = o.pos - o.start;
        ngx_chat_route_conversation_event(conversation->uuid,
                                          call->session.account, &event);
    }

    return NGX_OK;
}


static int64_t
ngx_chat_conversation_member(chat_json_t *json, const char *name)
{
    chat_json_t  *value;

    value = chat_json_get(json, name);

    if (value == NULL || chat_json_type(value) != CHAT_JSON_INTEGER) {
        return -1;
    }

    return chat_json_integer(value);
}
