/* The validator's types that are bytes: base64url, arrays of it and of UUIDs, certificates. */

#include "ngx_chat_factor.h"
#include "chat_certificate.h"
#include "chat_text.h"


#define NGX_CHAT_CREATED_MAX        9007199254740991LL  /* ms: what a double holds exactly */


static ngx_int_t ngx_chat_param_decode(ngx_pool_t *pool, chat_json_t *json,
    int64_t min, int64_t max, ngx_str_t *out);
static ngx_int_t ngx_chat_param_decode_text(ngx_pool_t *pool, const char *text,
    size_t len, int64_t min, int64_t max, ngx_str_t *out);
static ngx_int_t ngx_chat_param_list(ngx_pool_t *pool,
    const ngx_chat_param_t *p, ngx_chat_value_t *v);
static ngx_int_t ngx_chat_param_list_item(ngx_pool_t *pool,
    const ngx_chat_param_t *p, chat_json_t *json, ngx_str_t *out);
static ngx_int_t ngx_chat_param_certificate(ngx_pool_t *pool,
    ngx_chat_value_t *v);
static ngx_int_t ngx_chat_param_passkey(ngx_pool_t *pool,
    ngx_chat_value_t *v);


/* in the order of ngx_chat_passkey_field_e */
static const struct {
    const char         *name;
    int64_t             min;
    int64_t             max;
    unsigned            optional:1;
} ngx_chat_passkey_fields[NGX_CHAT_PASSKEY_FIELDS] = {
    { "id", 1, CHAT_WEBAUTHN_ID_MAX, 0 },
    { "client_data", 1, CHAT_WEBAUTHN_CLIENT_MAX, 0 },
    { "authenticator_data", 1, CHAT_WEBAUTHN_AUTH_MAX, 0 },
    { "signature", 1, CHAT_WEBAUTHN_SIGNATURE_MAX, 0 },
    { "user_handle", 1, 64, 1 }
};


ngx_int_t
ngx_chat_param_check_bytes(ngx_chat_call_t *call, const ngx_chat_param_t *p,
    ngx_chat_value_t *v)
{
    switch (p->type) {

    case NGX_CHAT_BYTES:
        return ngx_chat_param_decode_text(call->pool, (char *) v->text.data,
                                          v->text.len, p->min, p->max,
                                          &v->bytes);

    case NGX_CHAT_CERTIFICATE:
        return ngx_chat_param_certificate(call->pool, v);

    case NGX_CHAT_PASSKEY:
        return ngx_chat_param_passkey(call->pool, v);

    default:
        return ngx_chat_param_list(call->pool, p, v);
    }
}


u_char *
ngx_chat_param_bytes_bound(const ngx_chat_param_t *p, u_char *buf,
    u_char *last)
{
    switch (p->type) {

    case NGX_CHAT_BYTES:
        return ngx_slprintf(buf, last, "base64url without padding of %L to %L "
                            "bytes", p->min, p->max);

    case NGX_CHAT_BYTES_ARRAY:
        return ngx_slprintf(buf, last, "an array of %L to %L items, each "
                            "base64url without padding of 1 to %d bytes",
                            p->min, p->max, NGX_CHAT_ITEM_MAX);

    case NGX_CHAT_UUID_ARRAY:
        return ngx_slprintf(buf, last, "an array of %L to %L UUIDs", p->min,
                            p->max);

    case NGX_CHAT_PASSKEY:
        return ngx_slprintf(buf, last, "an object of \"id\", \"client_data\", "
                            "\"authenticator_data\", \"signature\" and perhaps "
                            "\"user_handle\", each base64url");

    default:
        return ngx_slprintf(buf, last, "an object of \"created\", an integer, "
                            "and \"signature\", base64url of %d bytes",
                            CHAT_CERTIFICATE_SIGNATURE_LEN);
    }
}


static ngx_int_t
ngx_chat_param_decode(ngx_pool_t *pool, chat_json_t *json, int64_t min,
    int64_t max, ngx_str_t *out)
{
    size_t       len;
    const char  *text;

    if (json == NULL || chat_json_type(json) != CHAT_JSON_STRING) {
        return NGX_ERROR;
    }

    text = chat_json_string(json, &len);

    return ngx_chat_param_decode_text(pool, text, len, min, max, out);
}


static ngx_int_t
ngx_chat_param_decode_text(ngx_pool_t *pool, const char *text, size_t len,
    int64_t min, int64_t max, ngx_str_t *out)
{
    long  n;

    if (len > chat_base64url_len((size_t) max)) {
        return NGX_ERROR;
    }

    out->data = ngx_pnalloc(pool, len + 1);
    if (out->data == NULL) {
        return NGX_ERROR;
    }

    n = chat_base64url_decode(text, len, out->data, len);

    if (n < min || n > max) {
        return NGX_ERROR;
    }

    out->len = (size_t) n;

    return NGX_OK;
}


/* the items decoded, and as an array of the database */

static ngx_int_t
ngx_chat_param_list(ngx_pool_t *pool, const ngx_chat_param_t *p,
    ngx_chat_value_t *v)
{
    size_t            bytes;
    uint32_t          oid;
    ngx_uint_t        i, n;
    ngx_chat_list_t  *list;

    n = chat_json_size(v->json);

    if ((int64_t) n < p->min || (int64_t) n > p->max) {
        return NGX_ERROR;
    }

    list = ngx_pcalloc(pool, sizeof(ngx_chat_list_t));
    if (list == NULL) {
        return NGX_ERROR;
    }

    list->items = ngx_palloc(pool, (n + 1) * sizeof(ngx_str_t));
    if (list->items == NULL) {
        return NGX_ERROR;
    }

    bytes = 0;

    for (i = 0; i < n; i++) {
        if (ngx_chat_param_list_item(pool, p, chat_json_at(v->json, i),
                                     &list->items[i])
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        bytes += list->items[i].len;
    }

    list->n = n;
    oid = p->type == NGX_CHAT_UUID_ARRAY ? NGX_CHAT_PG_UUID_ARRAY
                                         : NGX_CHAT_PG_BYTEA_ARRAY;

    if (ngx_chat_pg_array_init(&list->array, pool, oid, bytes, n) != NGX_OK) {
        return NGX_ERROR;
    }

    for (i = 0; i < n; i++) {
        if (ngx_chat_pg_array_add(&list->array, list->items[i].data,
                                  list->items[i].len)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    v->list = list;

    return NGX_OK;
}


static ngx_int_t
ngx_chat_param_list_item(ngx_pool_t *pool, const ngx_chat_param_t *p,
    chat_json_t *json, ngx_str_t *out)
{
    size_t       len;
    const char  *text;

    if (p->type == NGX_CHAT_BYTES_ARRAY) {
        return ngx_chat_param_decode(pool, json, 1, NGX_CHAT_ITEM_MAX, out);
    }

    if (chat_json_type(json) != CHAT_JSON_STRING) {
        return NGX_ERROR;
    }

    out->data = ngx_pnalloc(pool, 16);
    if (out->data == NULL) {
        return NGX_ERROR;
    }

    out->len = 16;
    text = chat_json_string(json, &len);

    return chat_uuid_parse(text, len, out->data) == 0 ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_chat_param_certificate(ngx_pool_t *pool, ngx_chat_value_t *v)
{
    chat_json_t  *created;

    created = chat_json_get(v->json, "created");

    if (chat_json_size(v->json) != 2
        || created == NULL || chat_json_type(created) != CHAT_JSON_INTEGER
        || chat_json_integer(created) < 0
        || chat_json_integer(created) > NGX_CHAT_CREATED_MAX)
    {
        return NGX_ERROR;
    }

    v->integer = chat_json_integer(created);

    return ngx_chat_param_decode(pool, chat_json_get(v->json, "signature"),
                                 CHAT_CERTIFICATE_SIGNATURE_LEN,
                                 CHAT_CERTIFICATE_SIGNATURE_LEN, &v->bytes);
}


static ngx_int_t
ngx_chat_param_passkey(ngx_pool_t *pool, ngx_chat_value_t *v)
{
    ngx_uint_t        i, n;
    chat_json_t      *field;
    ngx_chat_list_t  *list;

    list = ngx_pcalloc(pool, sizeof(ngx_chat_list_t));

    if (list == NULL) {
        return NGX_ERROR;
    }

    list->n = NGX_CHAT_PASSKEY_FIELDS;
    list->items = ngx_pcalloc(pool, list->n * sizeof(ngx_str_t));

    if (list->items == NULL) {
        return NGX_ERROR;
    }

    n = 0;

    for (i = 0; i < list->n; i++) {
        field = chat_json_get(v->json, ngx_chat_passkey_fields[i].name);
        n += field != NULL;

        /* browsers say null where there is none */

        if (ngx_chat_passkey_fields[i].optional
            && (field == NULL || chat_json_type(field) == CHAT_JSON_NULL))
        {
            continue;
        }

        if (ngx_chat_param_decode(pool, field, ngx_chat_passkey_fields[i].min,
                                  ngx_chat_passkey_fields[i].max,
                                  &list->items[i])
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    v->list = list;

    return chat_json_size(v->json) == n ? NGX_OK : NGX_ERROR;
}
