/* Private conversations: offered to an account, accepted by one of its devices, closed for ever. */

#include "ngx_chat_commit.h"
#include "ngx_chat_rows.h"


#define NGX_CHAT_PRIVATE_ACCEPT     7       /* parameters */
#define NGX_CHAT_PRIVATE_REASON     256     /* bytes of a refusal's members */


static void ngx_chat_private_offer(ngx_chat_call_t *call);
static void ngx_chat_private_accept(ngx_chat_call_t *call);
static void ngx_chat_private_refuse(ngx_chat_call_t *call,
    const char *reason);
static void ngx_chat_private_done(void *data, ngx_chat_pg_result_t *res);


static ngx_chat_pg_stmt_t  ngx_chat_private_offer_stmt = {
    "private_offer",
    "SELECT * FROM chat.private_offer($1::uuid, $2::uuid, $3::text::uuid, "
    "$4::text::int)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_private_accept_stmt = {
    "private_accept",
    "SELECT * FROM chat.private_accept($1::uuid, $2::uuid, $3::uuid, "
    "$4::bytea, $5::bytea, $6::int8::int, $7::bytea)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_private_decline_stmt = {
    "private_decline",
    "SELECT * FROM chat.private_decline($1::uuid, $2::uuid, $3::text::uuid)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_private_close_stmt = {
    "private_close",
    "SELECT * FROM chat.private_close($1::uuid, $2::uuid, $3::text::uuid)",
    0
};


static const ngx_chat_param_t  ngx_chat_private_offer_params[] = {
    { "account", NGX_CHAT_UUID, NGX_CHAT_IN_BODY, 1, 0, 0, NULL },
    { "cipher_suite", NGX_CHAT_INTEGER, NGX_CHAT_IN_BODY, 0, 1, 65535, NULL },
    { .name = NULL }
};

static const ngx_chat_param_t  ngx_chat_private_accept_params[] = {
    { "conversation", NGX_CHAT_UUID, NGX_CHAT_IN_PATH, 1, 0, 0, NULL },
    { "key_package", NGX_CHAT_BYTES, NGX_CHAT_IN_BODY, 1, 1,
      NGX_CHAT_ITEM_MAX, NULL },
    { .name = NULL }
};

static const ngx_chat_param_t  ngx_chat_private_params[] = {
    { "conversation", NGX_CHAT_UUID, NGX_CHAT_IN_PATH, 1, 0, 0, NULL },
    { .name = NULL }
};


ngx_chat_op_t  ngx_chat_private_ops[] = {

    { "private_offer", "POST", "conversations/private", NGX_CHAT_WHO_ACCOUNT,
      NGX_CHAT_LIMIT_LOOKUP, NGX_CHAT_OP_SOCKET,
      ngx_chat_private_offer_params, &ngx_chat_private_offer_stmt,
      ngx_chat_private_offer, NULL, 0 },

    { "private_accept", "POST", "conversations/{conversation}/accept",
      NGX_CHAT_WHO_ACCOUNT, NGX_CHAT_LIMIT_NONE, NGX_CHAT_OP_SOCKET,
      ngx_chat_private_accept_params, &ngx_chat_private_accept_stmt,
      ngx_chat_private_accept, NULL, 0 },

    { "private_decline", "POST", "conversations/{conversation}/decline",
      NGX_CHAT_WHO_ACCOUNT, NGX_CHAT_LIMIT_NONE, NGX_CHAT_OP_SOCKET,
      ngx_chat_private_params, &ngx_chat_private_decline_stmt, NULL, NULL,
      0 },

    { "private_close", "POST", "conversations/{conversation}/close",
      NGX_CHAT_WHO_ACCOUNT, NGX_CHAT_LIMIT_NONE, NGX_CHAT_OP_SOCKET,
      ngx_chat_private_params, &ngx_chat_private_close_stmt, NULL, NULL, 0 },

    { .name = NULL }
};


static void
ngx_chat_private_offer(ngx_chat_call_t *call)
{
    ngx_chat_value_t  *suite;

    suite = ngx_chat_call_value(call, "cipher_suite");

    if (suite->set && !ngx_chat_suite_allowed(call, suite->integer)) {
        ngx_chat_call_fail_parameter(call, "cipher_suite",
                                     "one that the server allows");
        return;
    }

    ngx_chat_call_generic(call, ngx_chat_private_done);
}


/* the key package is checked as at an upload; its key is compared with the device's in the database */

static void
ngx_chat_private_accept(ngx_chat_call_t *call)
{
    ngx_int_t                rc;
    ngx_str_t               *data;
    u_char                   identity[NGX_CHAT_IDENTITY_LEN];
    u_char                   ref[CHAT_MLS_REF_LEN];
    chat_mls_rules_t         rules;
    chat_mls_status_t        status;
    chat_mls_message_t       m;
    chat_mls_scratch_t       scratch;
    ngx_chat_pg_param_t      p[NGX_CHAT_PRIVATE_ACCEPT];
    ngx_chat_device_conf_t  *conf;

    data = &ngx_chat_call_value(call, "key_package")->bytes;
    status = chat_mls_read(data->data, data->len, &m);

    if (status == CHAT_MLS_OK && m.wire_format != CHAT_MLS_KEY_PACKAGE) {
        status = CHAT_MLS_WIRE_FORMAT;
    }

    if (status != CHAT_MLS_OK) {
        ngx_chat_private_refuse(call, chat_mls_error(status));
        return;
    }

    scratch.size = CHAT_MLS_SCRATCH(data->len);
    scratch.data = ngx_palloc(call->pool, scratch.size);
    if (scratch.data == NULL) {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    conf = ngx_chat_device_conf(call);
    ngx_chat_identity(call->session.account, call->session.session, identity);

    rules.now = (uint64_t) ngx_time();
    rules.suites = conf->suites;
    rules.suites_count = conf->nsuites;
    rules.identity.data = identity;
    rules.identity.len = NGX_CHAT_IDENTITY_LEN;
    rules.signature_key = m.u.key_package.leaf.signature_key;

    status = chat_mls_key_package_check(&m.u.key_package, &rules, &scratch);

    if (status == CHAT_MLS_OK) {
        status = chat_mls_key_package_ref(&m.u.key_package, ref);
    }

    if (status != CHAT_MLS_OK) {
        ngx_chat_private_refuse(call, chat_mls_error(status));
        return;
    }

    ngx_memzero(p, sizeof(p));
    ngx_chat_pg_set_uuid(&p[0], call->session.account);
    ngx_chat_pg_set_uuid(&p[1], call->session.session);
    ngx_chat_pg_set_uuid(&p[2],
                         ngx_chat_call_value(call, "conversation")->uuid);
    ngx_chat_pg_set_bytea(&p[3], data->data, data->len);
    ngx_chat_pg_set_bytea(&p[4], ref, CHAT_MLS_REF_LEN);
    ngx_chat_pg_set_bytea(&p[6],
                          (u_char *) rules.signature_key.data,
                          rules.signature_key.len);

    rc = ngx_chat_pg_set_integer(&p[5], call->pool, m.u.key_package.suite);
    if (rc != NGX_OK) {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    (void) ngx_chat_call_query(call, call->op->stmt, p,
                               NGX_CHAT_PRIVATE_ACCEPT,
                               ngx_chat_private_done);
}


static void
ngx_chat_private_refuse(ngx_chat_call_t *call, const char *reason)
{
    u_char           *buf;
    ngx_str_t         members;
    chat_json_out_t   o;

    ngx_str_null(&members);
    buf = ngx_pnalloc(call->pool, NGX_CHAT_PRIVATE_REASON);

    if (buf != NULL) {
        chat_json_out_init(&o, (char *) buf, NGX_CHAT_PRIVATE_REASON);
        chat_json_out_key(&o, "index");
        chat_json_out_integer(&o, 0);
        chat_json_out_key(&o, "reason");
        chat_json_out_string(&o, reason, ngx_strlen(reason));

        if (!o.overflow) {
            members.data = buf;
            members.len = o.pos - o.start;
        }
    }

    ngx_chat_call_fail_members(call, "invalid_key_package", &members);
}


static void
ngx_chat_private_done(void *data, ngx_chat_pg_result_t *res)
{
    ngx_chat_call_t  *call = data;

    call->query = NULL;
    ngx_chat_call_reply(call, res);
}
