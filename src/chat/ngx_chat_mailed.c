/* Codes and links that are sent by mail: making them, and hashing what comes back. */

#include "ngx_chat_mailed.h"


typedef struct {
    const char         *id;
    const char         *code;
    const char         *link;
} ngx_chat_mailed_purpose_t;

static const ngx_chat_mailed_purpose_t
    ngx_chat_mailed_purposes[NGX_CHAT_MAILED_KINDS] =
{
    { "verify id", "verify code", "verify link" },
    { "reset id", "reset code", "reset link" },
    { "email id", "email code", "email link" },
    { "revert id", "revert code", "revert link" }
};


void
ngx_chat_mailed_id(ngx_chat_mailed_e kind, u_char *what, size_t len,
    u_char *whose, size_t whose_len, u_char id[16])
{
    uint8_t  hash[CHAT_HASH_LEN];

    chat_code_hash(ngx_chat_pg_state()->key, ngx_chat_mailed_purposes[kind].id,
                   (char *) what, len, (char *) whose, whose_len, hash);

    ngx_memcpy(id, hash, 16);

    /* RFC 9562 §5.8: a UUID of one's own making */

    id[6] = (id[6] & 0x0f) | 0x80;
    id[8] = (id[8] & 0x3f) | 0x80;
}


void
ngx_chat_mailed_make(ngx_chat_mailed_e kind, ngx_chat_mailed_t *m,
    u_char *bound, size_t len)
{
    char                             *token;
    uint8_t                          *key;
    const ngx_chat_mailed_purpose_t  *purpose;

    key = ngx_chat_pg_state()->key;
    purpose = &ngx_chat_mailed_purposes[kind];

    chat_code_make(m->code);

    token = m->link + CHAT_UUID_LEN + 1;
    chat_uuid_format(m->id, m->link);
    m->link[CHAT_UUID_LEN] = '.';
    chat_token_make(CHAT_LINK_PREFIX, token);

    chat_code_hash(key, purpose->code, (char *) bound, len, m->code,
                   CHAT_CODE_LEN, m->code_hash);
    chat_code_hash(key, purpose->link, (char *) bound, len, token,
                   CHAT_TOKEN_LEN, m->link_hash);
}


ngx_int_t
ngx_chat_mailed_params(ngx_chat_call_t *call, ngx_chat_mailed_t *m,
    ngx_chat_pg_param_t *p)
{
    ngx_str_t                code, link;
    ngx_chat_verify_conf_t  *conf;

    conf = ngx_chat_call_verify_conf(call);

    code.data = (u_char *) m->code;
    code.len = CHAT_CODE_LEN;
    link.data = (u_char *) m->link;
    link.len = NGX_CHAT_MAILED_LINK;

    ngx_chat_pg_set_uuid(&p[0], m->id);
    ngx_chat_pg_set_bytea(&p[1], m->code_hash, CHAT_HASH_LEN);
    ngx_chat_pg_set_bytea(&p[2], m->link_hash, CHAT_HASH_LEN);
    ngx_chat_pg_set_text(&p[3], &code);
    ngx_chat_pg_set_text(&p[4], &link);

    if (ngx_chat_pg_set_integer(&p[5], call->pool, conf->code_ttl) != NGX_OK
        || ngx_chat_pg_set_integer(&p[6], call->pool, conf->link_ttl)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


ngx_int_t
ngx_chat_mailed_given(ngx_chat_call_t *call)
{
    ngx_uint_t  code, link;

    code = ngx_chat_call_value(call, "code")->set;
    link = ngx_chat_call_value(call, "link")->set;

    if (code && link) {
        ngx_chat_call_fail_parameter(call, "link", "not together with code");
        return NGX_ERROR;
    }

    if (!code && !link) {
        ngx_chat_call_fail_parameter(call, "code", NULL);
        return NGX_ERROR;
    }

    if (!ngx_chat_pg_state()->ready) {
        ngx_chat_call_fail(call, "unavailable");
        return NGX_ERROR;
    }

    return NGX_OK;
}


void
ngx_chat_mailed_hash(ngx_chat_call_t *call, ngx_chat_mailed_e kind,
    u_char *bound, size_t len, ngx_chat_mailed_given_t *given)
{
    ngx_chat_value_t                 *secret;
    const ngx_chat_mailed_purpose_t  *purpose;

    purpose = &ngx_chat_mailed_purposes[kind];
    secret = ngx_chat_call_value(call, "link");
    given->by_link = secret->set;

    if (!secret->set) {
        secret = ngx_chat_call_value(call, "code");
    }

    chat_code_hash(ngx_chat_pg_state()->key,
                   given->by_link ? purpose->link : purpose->code,
                   (char *) bound, len, (char *) secret->text.data,
                   secret->text.len, given->hash);
}


void
ngx_chat_mailed_set_given(ngx_chat_pg_param_t *p,
    ngx_chat_mailed_given_t *given)
{
    ngx_chat_pg_set_null(&p[given->by_link ? 0 : 1]);
    ngx_chat_pg_set_bytea(&p[given->by_link ? 1 : 0], given->hash,
                          CHAT_HASH_LEN);
}
