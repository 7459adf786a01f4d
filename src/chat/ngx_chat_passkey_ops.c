/* An account's passkeys, and challenges for whoever asks. */

#include "ngx_chat_factor.h"
#include "ngx_chat_rows.h"
#include "chat_challenge.h"
#include "chat_text.h"


#define NGX_CHAT_PASSKEY_NAME_MAX   64
#define NGX_CHAT_CHALLENGE_TEXT     chat_base64url_len(CHAT_CHALLENGE_LEN)
#define NGX_CHAT_CHALLENGE_SIZE     768     /* of the answer's JSON */


static void ngx_chat_passkey_challenge(ngx_chat_call_t *call);
static ngx_int_t ngx_chat_passkey_make(ngx_chat_call_t *call,
    const char *purpose, u_char *subject, char out[NGX_CHAT_CHALLENGE_TEXT],
    time_t *expires);
static void ngx_chat_passkey_options(ngx_chat_call_t *call);
static void ngx_chat_passkey_create(ngx_chat_call_t *call);
static void ngx_chat_passkey_store(ngx_chat_call_t *call,
    chat_webauthn_client_t *client, chat_webauthn_credential_t *credential);
static void ngx_chat_passkey_done(void *data, ngx_chat_pg_result_t *res);
static void ngx_chat_passkey_created(void *data, ngx_chat_pg_result_t *res);
static ngx_int_t ngx_chat_passkey_answer(ngx_chat_call_t *call);


static ngx_chat_pg_stmt_t  ngx_chat_passkey_options_stmt = {
    "passkey_options",
    "SELECT * FROM chat.passkey_options($1::uuid, $2::uuid, $3::text, "
    "$4::text, $5::text, $6::bigint::int)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_passkey_create_stmt = {
    "passkey_create",
    "SELECT * FROM chat.passkey_create(chat.context($1::uuid, $12::text), "
    "$2::uuid, $3::uuid, $4::bytea, $5::bigint::int, $6::bytea, $7::bigint, "
    "$8::text, $9::bytea, $10::bigint, $11::bytea[])",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_passkey_list_stmt = {
    "passkey_list",
    "SELECT * FROM chat.passkey_list($1::uuid, $2::uuid)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_passkey_rename_stmt = {
    "passkey_rename",
    "SELECT * FROM chat.passkey_rename($1::uuid, $2::uuid, $3::uuid, "
    "$4::text)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_passkey_delete_stmt = {
    "passkey_delete",
    "SELECT * FROM chat.passkey_delete(chat.context($1::uuid, $4::text), "
    "$2::uuid, $3::uuid)",
    0
};


static const ngx_chat_param_t  ngx_chat_passkey_challenge_params[] = {
    { "purpose", NGX_CHAT_ENUM, NGX_CHAT_IN_BODY, 0, 0, 0, "sign_in|proof" },
    { "session", NGX_CHAT_UUID, NGX_CHAT_IN_BODY, 0, 0, 0, NULL },
    { .name = NULL }
};

static const ngx_chat_param_t  ngx_chat_passkey_create_params[] = {
    { "client_data", NGX_CHAT_BYTES, NGX_CHAT_IN_BODY, 1, 1,
      CHAT_WEBAUTHN_CLIENT_MAX, NULL },
    { "attestation_object", NGX_CHAT_BYTES, NGX_CHAT_IN_BODY, 1, 1,
      CHAT_WEBAUTHN_ATTESTATION_MAX, NULL },
    { "name", NGX_CHAT_NAME, NGX_CHAT_IN_BODY, 0, 1,
      NGX_CHAT_PASSKEY_NAME_MAX, NULL },
    { .name = NULL }
};

static const ngx_chat_param_t  ngx_chat_passkey_rename_params[] = {
    { "passkey", NGX_CHAT_UUID, NGX_CHAT_IN_PATH, 1, 0, 0, NULL },
    { "name", NGX_CHAT_NAME, NGX_CHAT_IN_BODY, 1, 1,
      NGX_CHAT_PASSKEY_NAME_MAX, NULL },
    { .name = NULL }
};

static const ngx_chat_param_t  ngx_chat_passkey_delete_params[] = {
    { "passkey", NGX_CHAT_UUID, NGX_CHAT_IN_PATH, 1, 0, 0, NULL },
    { .name = NULL }
};


ngx_chat_op_t  ngx_chat_passkey_ops[] = {

    /* asks no row of the database: it can tell nothing about anybody */

    { "passkey_challenge", "POST", "passkeys/challenge",
      NGX_CHAT_WHO_ANYONE, NGX_CHAT_LIMIT_NONE, NGX_CHAT_OP_SOCKET,
      ngx_chat_passkey_challenge_params, NULL, ngx_chat_passkey_challenge,
      NULL, 0 },

    { "passkey_options", "POST", "account/passkeys/options",
      NGX_CHAT_WHO_ACCOUNT, NGX_CHAT_LIMIT_LOOKUP, NGX_CHAT_OP_SOCKET, NULL,
      NULL, ngx_chat_passkey_options, NULL, 0 },

    { "passkey_create", "POST", "account/passkeys", NGX_CHAT_WHO_ACCOUNT,
      NGX_CHAT_LIMIT_LOOKUP, NGX_CHAT_OP_SOCKET,
      ngx_chat_passkey_create_params, NULL, ngx_chat_passkey_create, NULL,
      0 },

    { "passkey_list", "GET", "account/passkeys", NGX_CHAT_WHO_ACCOUNT,
      NGX_CHAT_LIMIT_NONE, NGX_CHAT_OP_SOCKET|NGX_CHAT_OP_PENDING, NULL,
      &ngx_chat_passkey_list_stmt, NULL, NULL, 0 },

    { "passkey_rename", "PATCH", "account/passkeys/{passkey}",
      NGX_CHAT_WHO_ACCOUNT, NGX_CHAT_LIMIT_NONE, NGX_CHAT_OP_SOCKET,
      ngx_chat_passkey_rename_params, &ngx_chat_passkey_rename_stmt, NULL,
      NULL, 0 },

    { "passkey_delete", "DELETE", "account/passkeys/{passkey}",
      NGX_CHAT_WHO_ACCOUNT, NGX_CHAT_LIMIT_NONE,
      NGX_CHAT_OP_SOCKET|NGX_CHAT_OP_AUDIT, ngx_chat_passkey_delete_params,
      &ngx_chat_passkey_delete_stmt, NULL, NULL, 0 },

    { .name = NULL }
};


static void
ngx_chat_passkey_challenge(ngx_chat_call_t *call)
{
    char                     challenge[NGX_CHAT_CHALLENGE_TEXT];
    u_char                  *buf;
    time_t                   expires;
    ngx_uint_t               proof;
    chat_json_out_t          o;
    ngx_chat_value_t        *purpose, *session;
    ngx_chat_factor_conf_t  *conf;

    purpose = ngx_chat_call_value(call, "purpose");
    session = ngx_chat_call_value(call, "session");
    proof = purpose->set && purpose->text.data[0] == 'p';

    if (proof != session->set) {
        ngx_chat_call_fail_parameter(call, "session",
                                     proof ? NULL : "only for a proof");
        return;
    }

    if (ngx_chat_passkey_make(call, proof ? NGX_CHAT_FOR_PROOF
                                          : NGX_CHAT_FOR_SIGN_IN,
                              proof ? session->uuid : NULL, challenge,
                              &expires)
        != NGX_OK)
    {
        return;
    }

    buf = ngx_pnalloc(call->pool, NGX_CHAT_CHALLENGE_SIZE);

    if (buf == NULL) {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    conf = ngx_chat_factor_conf(call);

    chat_json_out_init(&o, (char *) buf, NGX_CHAT_CHALLENGE_SIZE);
    chat_json_open(&o, '{');
    chat_json_out_key(&o, "expires");
    chat_json_out_time(&o, (int64_t) expires * 1000000);
    chat_json_out_key(&o, "public_key");
    chat_json_open(&o, '{');
    chat_json_out_key(&o, "challenge");
    chat_json_out_string(&o, challenge, sizeof(challenge));
    chat_json_out_key(&o, "rpId");
    chat_json_out_string(&o, conf->rp.id, ngx_strlen(conf->rp.id));
    chat_json_out_key(&o, "userVerification");
    chat_json_out_string(&o, "required", sizeof("required") - 1);
    chat_json_out_key(&o, "timeout");
    chat_json_out_integer(&o, NGX_CHAT_PASSKEY_TTL * 1000);
    chat_json_out_key(&o, "allowCredentials");
    chat_json_open(&o, '[');
    chat_json_close(&o, ']');
    chat_json_close(&o, '}');
    chat_json_close(&o, '}');

    if (o.overflow) {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    call->json.data = buf;
    call->json.len = o.pos - o.start;
    ngx_chat_call_done(call, 200);
}


/* NGX_OK, or the call was failed */

static ngx_int_t
ngx_chat_passkey_make(ngx_chat_call_t *call, const char *purpose,
    u_char *subject, char out[NGX_CHAT_CHALLENGE_TEXT], time_t *expires)
{
    u_char  challenge[CHAT_CHALLENGE_LEN];

    if (ngx_chat_factor_conf(call)->rp.id[0] == '\0') {
        ngx_chat_call_fail(call, "not_implemented");
        return NGX_ERROR;
    }

    if (!ngx_chat_pg_state()->ready) {
        ngx_chat_call_fail(call, "unavailable");
        return NGX_ERROR;
    }

    *expires = ngx_time() + NGX_CHAT_PASSKEY_TTL;

    chat_challenge_make(ngx_chat_pg_state()->key, purpose, subject,
                        subject != NULL ? 16 : 0, *expires, challenge);
    (void) chat_base64url_encode(challenge, sizeof(challenge), out);

    return NGX_OK;
}


static void
ngx_chat_passkey_options(ngx_chat_call_t *call)
{
    char                     challenge[NGX_CHAT_CHALLENGE_TEXT];
    time_t                   expires;
    ngx_str_t                id, text;
    ngx_chat_factor_conf_t  *conf;
    ngx_chat_pg_param_t      p[6];

    if (ngx_chat_passkey_make(call, NGX_CHAT_FOR_CREATE,
                              call->session.session, challenge, &expires)
        != NGX_OK)
    {
        return;
    }

    conf = ngx_chat_factor_conf(call);
    id.data = (u_char *) conf->rp.id;
    id.len = ngx_strlen(conf->rp.id);
    text.data = (u_char *) challenge;
    text.len = sizeof(challenge);

    ngx_memzero(p, sizeof(p));
    ngx_chat_pg_set_uuid(&p[0], call->session.account);
    ngx_chat_pg_set_uuid(&p[1], call->session.session);
    ngx_chat_pg_set_text(&p[2], &id);
    ngx_chat_pg_set_text(&p[3], &ngx_chat_call_auth_conf(call)->server_name);
    ngx_chat_pg_set_text(&p[4], &text);

    if (ngx_chat_pg_set_integer(&p[5], call->pool, NGX_CHAT_PASSKEY_TTL)
        != NGX_OK)
    {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    (void) ngx_chat_call_query(call, &ngx_chat_passkey_options_stmt, p, 6,
                               ngx_chat_passkey_done);
}


static void
ngx_chat_passkey_done(void *data, ngx_chat_pg_result_t *res)
{
    ngx_chat_call_t  *call = data;

    call->query = NULL;
    ngx_chat_call_reply(call, res);
}


static void
ngx_chat_passkey_create(ngx_chat_call_t *call)
{
    ngx_str_t                   *attestation;
    chat_webauthn_client_t       client;
    chat_webauthn_status_t       status;
    chat_webauthn_credential_t  *credential;

    if (ngx_chat_passkey_client(call, CHAT_WEBAUTHN_CREATE,
                                NGX_CHAT_FOR_CREATE, call->session.session,
                                &ngx_chat_call_value(call, "client_data")
                                                                       ->bytes,
                                &client)
        != NGX_OK)
    {
        return;
    }

    credential = ngx_palloc(call->pool, sizeof(chat_webauthn_credential_t));

    if (credential == NULL) {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    attestation = &ngx_chat_call_value(call, "attestation_object")->bytes;
    status = chat_webauthn_register(&ngx_chat_factor_conf(call)->rp,
                                    attestation->data, attestation->len,
                                    credential);

    if (status == CHAT_WEBAUTHN_NO_MEMORY) {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    if (status != CHAT_WEBAUTHN_OK) {
        ngx_chat_passkey_fail(call, chat_webauthn_error(status));
        return;
    }

    ngx_chat_passkey_store(call, &client, credential);
}


static void
ngx_chat_passkey_store(ngx_chat_call_t *call, chat_webauthn_client_t *client,
    chat_webauthn_credential_t *credential)
{
    u_char                id[16];
    ngx_chat_value_t     *name;
    ngx_chat_pg_param_t   p[11];

    static ngx_str_t  no_name = ngx_string("Passkey");

    ngx_memzero(p, sizeof(p));
    ngx_chat_uuid_make(id);
    name = ngx_chat_call_value(call, "name");

    ngx_chat_pg_set_uuid(&p[0], call->session.account);
    ngx_chat_pg_set_uuid(&p[1], call->session.session);
    ngx_chat_pg_set_uuid(&p[2], id);
    ngx_chat_pg_set_bytea(&p[3], credential->id, credential->id_len);
    ngx_chat_pg_set_bytea(&p[5], credential->key, credential->key_len);
    ngx_chat_pg_set_text(&p[7], name->set ? &name->text : &no_name);
    ngx_chat_pg_set_bytea(&p[8], client->challenge, CHAT_CHALLENGE_NONCE);

    if (ngx_chat_pg_set_integer(&p[4], call->pool, credential->algorithm)
        != NGX_OK
        || ngx_chat_pg_set_integer(&p[6], call->pool, credential->sign_count)
           != NGX_OK
        || ngx_chat_pg_set_integer(&p[9], call->pool,
                               chat_challenge_expires(client->challenge))
           != NGX_OK)
    {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    call->state = ngx_chat_backup_make(call, &p[10]);

    if (call->state == NULL) {
        return;
    }

    (void) ngx_chat_call_act(call, &ngx_chat_passkey_create_stmt, p, 11,
                             ngx_chat_passkey_created);
}


static void
ngx_chat_passkey_created(void *data, ngx_chat_pg_result_t *res)
{
    ngx_chat_call_t  *call = data;

    call->query = NULL;
    ngx_chat_call_reply_edited(call, res, ngx_chat_passkey_answer);
}


static ngx_int_t
ngx_chat_passkey_answer(ngx_chat_call_t *call)
{
    return ngx_chat_backup_show(call, call->state);
}
