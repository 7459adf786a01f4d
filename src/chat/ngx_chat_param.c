/* The validator: every parameter of a call by its operation's row. */

#include "ngx_chat_run.h"
#include "chat_text.h"
#include "chat_utf8.h"
#include "chat_valid.h"


#define NGX_CHAT_PARAM_BOUND        128     /* bytes of a bound told to the client */
#define NGX_CHAT_PARAM_DIGITS       20      /* of a 64-bit integer, its sign included */

/* an operation's members on the socket, beside its parameters */
#define NGX_CHAT_ENVELOPE           3

static const char  *ngx_chat_param_envelope[NGX_CHAT_ENVELOPE] = {
    "op", "id", "size"
};


static ngx_int_t ngx_chat_param_unknown(ngx_chat_call_t *call);
static ngx_uint_t ngx_chat_param_is_envelope(ngx_chat_call_t *call,
    const char *key);
static ngx_int_t ngx_chat_param_in_body(ngx_chat_call_t *call,
    const ngx_chat_param_t *p);
static ngx_int_t ngx_chat_param_from_json(ngx_chat_call_t *call,
    const ngx_chat_param_t *p, ngx_chat_value_t *v, chat_json_t *json);
static ngx_int_t ngx_chat_param_from_text(ngx_chat_call_t *call,
    const ngx_chat_param_t *p, ngx_chat_value_t *v);
static ngx_int_t ngx_chat_param_check(ngx_chat_call_t *call,
    const ngx_chat_param_t *p, ngx_chat_value_t *v);
static ngx_int_t ngx_chat_param_check_length(const ngx_chat_param_t *p,
    ngx_str_t *text);
static ngx_int_t ngx_chat_param_check_enum(const ngx_chat_param_t *p,
    ngx_str_t *text);
static ngx_int_t ngx_chat_param_check_cursors(const ngx_chat_param_t *p,
    chat_json_t *json);
static ngx_int_t ngx_chat_param_integer(ngx_str_t *text, int64_t *n);
static ngx_int_t ngx_chat_param_fail(ngx_chat_call_t *call,
    const ngx_chat_param_t *p);


ngx_int_t
ngx_chat_call_validate(ngx_chat_call_t *call)
{
    ngx_uint_t               i;
    chat_json_t             *json;
    ngx_chat_value_t        *v;
    const ngx_chat_param_t  *p;

    if (ngx_chat_param_unknown(call) != NGX_OK) {
        return NGX_ERROR;
    }

    i = 0;

    for (p = call->op->params; p != NULL && p->name; p++, i++) {
        v = &call->values[i];
        json = NULL;

        if (call->raw[i].data != NULL) {
            v->text = call->raw[i];

            if (ngx_chat_param_from_text(call, p, v) != NGX_OK) {
                return NGX_ERROR;
            }

        } else if (call->body != NULL && ngx_chat_param_in_body(call, p)) {
            json = chat_json_get(call->body, p->name);

            if (json != NULL
                && ngx_chat_param_from_json(call, p, v, json) != NGX_OK)
            {
                return NGX_ERROR;
            }
        }

        if (!v->set) {
            if (p->required) {
                ngx_chat_call_fail_parameter(call, p->name, NULL);
                return NGX_ERROR;
            }

            continue;
        }

        if (ngx_chat_param_check(call, p, v) != NGX_OK) {
            return ngx_chat_param_fail(call, p);
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_chat_param_unknown(ngx_chat_call_t *call)
{
    void                    *iter;
    u_char                  *buf;
    size_t                   len;
    ngx_str_t                members;
    const char              *key;
    chat_json_out_t          o;
    const ngx_chat_param_t  *p;

    if (call->body == NULL) {
        return NGX_OK;
    }

    for (iter = chat_json_next(call->body, NULL);
         iter != NULL;
         iter = chat_json_next(call->body, iter))
    {
        key = chat_json_key(iter);

        for (p = call->op->params; p != NULL && p->name; p++) {
            if (ngx_strcmp(p->name, key) == 0
                && ngx_chat_param_in_body(call, p))
            {
                break;
            }
        }

        if (p != NULL && p->name) {
            continue;
        }

        if (ngx_chat_param_is_envelope(call, key)) {
            continue;
        }

        len = sizeof("\"parameter\":") + chat_json_string_max(ngx_strlen(key));
        ngx_str_null(&members);
        buf = ngx_pnalloc(call->pool, len);

        if (buf != NULL) {
            chat_json_out_init(&o, (char *) buf, len);
            chat_json_out_key(&o, "parameter");
            chat_json_out_string(&o, key, ngx_strlen(key));
            members.data = buf;
            members.len = o.overflow ? 0 : (size_t) (o.pos - o.start);
        }

        ngx_chat_call_fail_members(call, "unknown_parameter", &members);
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* what the transports read: of a socket's frame, and of one that carries a payload */

static ngx_uint_t
ngx_chat_param_is_envelope(ngx_chat_call_t *call, const char *key)
{
    ngx_uint_t  i;

    if (call->op->flags & NGX_CHAT_OP_PAYLOAD) {
        if (ngx_strcmp(key, "size") == 0
            || (!call->from_socket && ngx_strcmp(key, "payload") == 0))
        {
            return 1;
        }
    }

    for (i = 0; call->from_socket && i < NGX_CHAT_ENVELOPE; i++) {
        if (ngx_strcmp(ngx_chat_param_envelope[i], key) == 0) {
            return 1;
        }
    }

    return 0;
}


/* on the socket every parameter is a member of the frame */

static ngx_int_t
ngx_chat_param_in_body(ngx_chat_call_t *call, const ngx_chat_param_t *p)
{
    return p->in == NGX_CHAT_IN_BODY || call->from_socket;
}


static ngx_int_t
ngx_chat_param_from_json(ngx_chat_call_t *call, const ngx_chat_param_t *p,
    ngx_chat_value_t *v, chat_json_t *json)
{
    chat_json_type_t  type;

    type = chat_json_type(json);
    v->json = json;

    switch (p->type) {

    case NGX_CHAT_INTEGER:
        if (type != CHAT_JSON_INTEGER) {
            return ngx_chat_param_fail(call, p);
        }

        v->integer = chat_json_integer(json);
        v->text.data = ngx_pnalloc(call->pool, NGX_CHAT_PARAM_DIGITS);
        if (v->text.data == NULL) {
            ngx_chat_call_fail(call, "internal");
            return NGX_ERROR;
        }

        v->text.len = ngx_snprintf(v->text.data, NGX_CHAT_PARAM_DIGITS, "%L",
                                   v->integer)
                      - v->text.data;
        break;

    case NGX_CHAT_BOOLEAN:
        if (type != CHAT_JSON_BOOLEAN) {
            return ngx_chat_param_fail(call, p);
        }

        v->integer = chat_json_boolean(json);

        if (v->integer) {
            ngx_str_set(&v->text, "true");

        } else {
            ngx_str_set(&v->text, "false");
        }

        break;

    case NGX_CHAT_CURSORS:
    case NGX_CHAT_CERTIFICATE:
    case NGX_CHAT_PASSKEY:
        if (type != CHAT_JSON_OBJECT) {
            return ngx_chat_param_fail(call, p);
        }

        break;

    case NGX_CHAT_BYTES_ARRAY:
    case NGX_CHAT_UUID_ARRAY:
        if (type != CHAT_JSON_ARRAY) {
            return ngx_chat_param_fail(call, p);
        }

        break;

    default:
        if (type != CHAT_JSON_STRING) {
            return ngx_chat_param_fail(call, p);
        }

        v->text.data = (u_char *) chat_json_string(json, &v->text.len);
    }

    v->set = 1;

    return NGX_OK;
}


static ngx_int_t
ngx_chat_param_from_text(ngx_chat_call_t *call, const ngx_chat_param_t *p,
    ngx_chat_value_t *v)
{
    switch (p->type) {

    case NGX_CHAT_INTEGER:
        if (ngx_chat_param_integer(&v->text, &v->integer) != NGX_OK) {
            return ngx_chat_param_fail(call, p);
        }

        break;

    case NGX_CHAT_BOOLEAN:
        if (v->text.len == 4 && ngx_memcmp(v->text.data, "true", 4) == 0) {
            v->integer = 1;

        } else if (v->text.len == 5
                   && ngx_memcmp(v->text.data, "false", 5) == 0)
        {
            v->integer = 0;

        } else {
            return ngx_chat_param_fail(call, p);
        }

        break;

    case NGX_CHAT_CURSORS:
    case NGX_CHAT_CERTIFICATE:
    case NGX_CHAT_PASSKEY:
    case NGX_CHAT_BYTES_ARRAY:
    case NGX_CHAT_UUID_ARRAY:
        return ngx_chat_param_fail(call, p);

    default:
        break;
    }

    v->set = 1;

    return NGX_OK;
}


/* canonical decimal, the whole text */

static ngx_int_t
ngx_chat_param_integer(ngx_str_t *text, int64_t *n)
{
    u_char    *p, *last;
    uint64_t   value, digit;
    ngx_uint_t  negative;

    p = text->data;
    last = p + text->len;
    negative = (p < last && *p == '-');
    value = 0;

    if (negative) {
        p++;
    }

    if (p == last || last - p > NGX_CHAT_PARAM_DIGITS - 1
        || (*p == '0' && (last - p > 1 || negative)))
    {
        return NGX_ERROR;
    }

    for ( /* void */ ; p < last; p++) {

        if (*p < '0' || *p > '9') {
            return NGX_ERROR;
        }

        digit = *p - '0';

        if (value > ((uint64_t) INT64_MAX - digit) / 10) {
            return NGX_ERROR;
        }

        value = value * 10 + digit;
    }

    *n = negative ? -(int64_t) value : (int64_t) value;

    return NGX_OK;
}


static ngx_int_t
ngx_chat_param_check(ngx_chat_call_t *call, const ngx_chat_param_t *p,
    ngx_chat_value_t *v)
{
    char        *text;
    ngx_int_t    rc;

    text = (char *) v->text.data;

    switch (p->type) {

    case NGX_CHAT_STRING:
    case NGX_CHAT_SECRET:
        return ngx_chat_param_check_length(p, &v->text);

    case NGX_CHAT_INTEGER:
        rc = v->integer < p->min || v->integer > p->max;
        break;

    case NGX_CHAT_UUID:
        rc = chat_uuid_parse(text, v->text.len, v->uuid);
        break;

    case NGX_CHAT_USERNAME:
        rc = chat_valid_username(text, v->text.len);
        break;

    case NGX_CHAT_EMAIL:
        rc = chat_valid_email(text, v->text.len);
        break;

    case NGX_CHAT_NAME:
        rc = chat_valid_name(text, v->text.len, p->max);
        break;

    case NGX_CHAT_ENUM:
        return ngx_chat_param_check_enum(p, &v->text);

    case NGX_CHAT_CURSORS:
        return ngx_chat_param_check_cursors(p, v->json);

    case NGX_CHAT_BYTES:
    case NGX_CHAT_BYTES_ARRAY:
    case NGX_CHAT_UUID_ARRAY:
    case NGX_CHAT_CERTIFICATE:
    case NGX_CHAT_PASSKEY:
        return ngx_chat_param_check_bytes(call, p, v);

    default:
        rc = 0;
    }

    return rc == 0 ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_chat_param_check_length(const ngx_chat_param_t *p, ngx_str_t *text)
{
    if ((int64_t) text->len < p->min || (int64_t) text->len > p->max
        || (text->len && ngx_strlchr(text->data, text->data + text->len, '\0'))
        || chat_utf8_length((char *) text->data, text->len) < 0)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_chat_param_check_enum(const ngx_chat_param_t *p, ngx_str_t *text)
{
    size_t       len;
    const char  *value, *end;

    for (value = p->values; *value; value = end + (*end == '|')) {

        for (end = value; *end && *end != '|'; end++) { /* void */ }

        len = end - value;

        if (len == text->len && ngx_memcmp(value, text->data, len) == 0) {
            return NGX_OK;
        }
    }

    return NGX_ERROR;
}


static ngx_int_t
ngx_chat_param_check_cursors(const ngx_chat_param_t *p, chat_json_t *json)
{
    void         *iter;
    u_char        uuid[16];
    const char   *key;
    chat_json_t  *value;

    if ((int64_t) chat_json_size(json) > p->max) {
        return NGX_ERROR;
    }

    for (iter = chat_json_next(json, NULL);
         iter != NULL;
         iter = chat_json_next(json, iter))
    {
        key = chat_json_key(iter);
        value = chat_json_value(iter);

        if (chat_uuid_parse(key, ngx_strlen(key), uuid) != 0
            || chat_json_type(value) != CHAT_JSON_INTEGER
            || chat_json_integer(value) < 0)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_chat_param_fail(ngx_chat_call_t *call, const ngx_chat_param_t *p)
{
    u_char  *last;
    u_char   bound[NGX_CHAT_PARAM_BOUND];

    last = bound + sizeof(bound) - 1;

    switch (p->type) {

    case NGX_CHAT_STRING:
    case NGX_CHAT_SECRET:
        last = ngx_slprintf(bound, last, "a string of %L to %L bytes of UTF-8",
                            p->min, p->max);
        break;

    case NGX_CHAT_INTEGER:
        last = ngx_slprintf(bound, last, "an integer from %L to %L",
                            p->min, p->max);
        break;

    case NGX_CHAT_BOOLEAN:
        last = ngx_slprintf(bound, last, "true or false");
        break;

    case NGX_CHAT_UUID:
        last = ngx_slprintf(bound, last, "a UUID");
        break;

    case NGX_CHAT_USERNAME:
        last = ngx_slprintf(bound, last, "3 to %d characters of a-z, 0-9, "
                            "'.', '_' and '-', the first a letter or digit",
                            CHAT_USERNAME_MAX);
        break;

    case NGX_CHAT_EMAIL:
        last = ngx_slprintf(bound, last, "a mail address of at most %d bytes",
                            CHAT_EMAIL_MAX);
        break;

    case NGX_CHAT_NAME:
        last = ngx_slprintf(bound, last, "1 to %L characters, no control "
                            "characters, no blanks at either end", p->max);
        break;

    case NGX_CHAT_ENUM:
        last = ngx_slprintf(bound, last, "one of %s", p->values);
        break;

    case NGX_CHAT_CURSORS:
        last = ngx_slprintf(bound, last, "an object of at most %L "
                            "conversations, each with an integer from 0",
                            p->max);
        break;

    default:
        last = ngx_chat_param_bytes_bound(p, bound, last);
    }

    *last = '\0';

    ngx_chat_call_fail_parameter(call, p->name, (char *) bound);

    return NGX_ERROR;
}
