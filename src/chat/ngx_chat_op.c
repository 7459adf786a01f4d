/* The registry of operations. */

#include "ngx_chat_op.h"
#include "chat_json.h"
#include "chat_path.h"


#define NGX_CHAT_OPS_JSON_SIZE      65536
#define NGX_CHAT_OP_ALLOW           64      /* bytes of "GET, POST, …" */


static ngx_chat_op_t  *ngx_chat_ops[NGX_CHAT_OPS];
static const char     *ngx_chat_op_name_list[NGX_CHAT_OPS];
static ngx_uint_t      ngx_chat_nops;

static const char  *ngx_chat_op_who[] = { "anyone", "session", "account" };
static const char  *ngx_chat_op_in[] = { "body", "path", "query", "header" };

static const char  *ngx_chat_op_types[] = {
    "string", "integer", "boolean", "uuid", "username", "email", "name",
    "secret", "enum", "cursors", "bytes", "bytes_array", "uuid_array",
    "certificate", "passkey"
};

static ngx_int_t ngx_chat_op_write(chat_json_out_t *o, ngx_chat_op_t *op);
static void ngx_chat_op_write_string(chat_json_out_t *o, const char *key,
    const char *value);


ngx_int_t
ngx_chat_ops_register(ngx_chat_op_t *rows)
{
    ngx_uint_t      i;
    ngx_chat_op_t  *op;

    for (op = rows; op->name; op++) {

        for (i = 0; i < ngx_chat_nops; i++) {
            if (ngx_strcmp(ngx_chat_op_name_list[i], op->name) == 0) {
                break;
            }
        }

        if (i == NGX_CHAT_OPS) {
            return NGX_ERROR;
        }

        op->number = i;
        ngx_chat_ops[i] = op;
        ngx_chat_op_name_list[i] = op->name;

        if (i == ngx_chat_nops) {
            ngx_chat_nops++;
        }
    }

    return NGX_OK;
}


ngx_chat_op_t *
ngx_chat_op_by_name(const char *name, size_t len)
{
    ngx_uint_t  i;

    for (i = 0; i < ngx_chat_nops; i++) {
        if (ngx_strlen(ngx_chat_op_name_list[i]) == len
            && ngx_memcmp(ngx_chat_op_name_list[i], name, len) == 0)
        {
            return ngx_chat_ops[i];
        }
    }

    return NULL;
}


ngx_chat_op_t *
ngx_chat_op_by_path(ngx_str_t *method, u_char *path, size_t len,
    ngx_str_t *params, ngx_str_t *allow, ngx_pool_t *pool)
{
    int                 n, j;
    u_char             *p, *last;
    ngx_uint_t          i;
    ngx_chat_op_t      *op;
    chat_path_param_t   found[CHAT_PATH_PARAMS];

    ngx_str_null(allow);
    p = NULL;
    last = NULL;

    for (i = 0; i < ngx_chat_nops; i++) {
        op = ngx_chat_ops[i];

        n = chat_path_match(op->path, (char *) path, len, found);
        if (n < 0) {
            continue;
        }

        if (ngx_strlen(op->method) == method->len
            && ngx_memcmp(op->method, method->data, method->len) == 0)
        {
            for (j = 0; j < n; j++) {
                params[j].data = (u_char *) found[j].data;
                params[j].len = found[j].len;
            }

            return op;
        }

        if (p == NULL) {
            p = ngx_pnalloc(pool, NGX_CHAT_OP_ALLOW);
            if (p == NULL) {
                return NULL;
            }

            allow->data = p;
            last = p + NGX_CHAT_OP_ALLOW;
        }

        p = ngx_slprintf(p, last, "%s%s", p == allow->data ? "" : ", ",
                         op->method);
    }

    if (p != NULL) {
        allow->len = p - allow->data;
    }

    return NULL;
}


const char *
ngx_chat_op_refuses(ngx_chat_op_t *op, ngx_chat_session_t *session)
{
    if (op->who == NGX_CHAT_WHO_ANYONE) {
        return NULL;
    }

    if (op->who == NGX_CHAT_WHO_ACCOUNT && !session->verified) {
        return "not_verified";
    }

    if (!session->approved && !(op->flags & NGX_CHAT_OP_PENDING)) {
        return "device_pending";
    }

    return NULL;
}


ngx_uint_t
ngx_chat_ops_count(void)
{
    return ngx_chat_nops;
}


ngx_chat_op_t *
ngx_chat_op_at(ngx_uint_t number)
{
    return number < ngx_chat_nops ? ngx_chat_ops[number] : NULL;
}


const char *const *
ngx_chat_op_names(void)
{
    return ngx_chat_op_name_list;
}


ngx_int_t
ngx_chat_ops_json(ngx_pool_t *pool, ngx_str_t *out)
{
    u_char           *buf;
    ngx_uint_t        i;
    chat_json_out_t   o;

    buf = ngx_palloc(pool, NGX_CHAT_OPS_JSON_SIZE);
    if (buf == NULL) {
        return NGX_ERROR;
    }

    out->data = buf;
    out->len = 0;

    for (i = 0; i < ngx_chat_nops; i++) {
        chat_json_out_init(&o, (char *) buf + out->len,
                           NGX_CHAT_OPS_JSON_SIZE - out->len - 1);

        if (ngx_chat_op_write(&o, ngx_chat_ops[i]) != NGX_OK) {
            return NGX_ERROR;
        }

        *o.pos++ = '\n';
        out->len = (u_char *) o.pos - buf;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_chat_op_write(chat_json_out_t *o, ngx_chat_op_t *op)
{
    const char              *limit;
    const ngx_chat_param_t  *p;

    chat_json_open(o, '{');
    ngx_chat_op_write_string(o, "name", op->name);
    ngx_chat_op_write_string(o, "method", op->method);
    ngx_chat_op_write_string(o, "path", op->path);
    ngx_chat_op_write_string(o, "who", ngx_chat_op_who[op->who]);
    limit = ngx_chat_limit_names()[op->limit];
    ngx_chat_op_write_string(o, "limit", limit ? limit : "none");

    chat_json_out_key(o, "socket");
    chat_json_out_boolean(o, op->flags & NGX_CHAT_OP_SOCKET);
    chat_json_out_key(o, "payload");
    chat_json_out_boolean(o, op->flags & NGX_CHAT_OP_PAYLOAD);
    chat_json_out_key(o, "entries");
    chat_json_out_boolean(o, op->flags & NGX_CHAT_OP_ENTRIES);
    chat_json_out_key(o, "frame");
    chat_json_out_boolean(o, op->flags & NGX_CHAT_OP_FRAME);
    chat_json_out_key(o, "pending");
    chat_json_out_boolean(o, op->flags & NGX_CHAT_OP_PENDING);

    chat_json_out_key(o, "params");
    chat_json_open(o, '[');

    for (p = op->params; p != NULL && p->name; p++) {
        chat_json_open(o, '{');
        ngx_chat_op_write_string(o, "name", p->name);
        ngx_chat_op_write_string(o, "type", ngx_chat_op_types[p->type]);
        ngx_chat_op_write_string(o, "in", ngx_chat_op_in[p->in]);
        chat_json_out_key(o, "required");
        chat_json_out_boolean(o, p->required);
        chat_json_out_key(o, "min");
        chat_json_out_integer(o, p->min);
        chat_json_out_key(o, "max");
        chat_json_out_integer(o, p->max);

        if (p->values != NULL) {
            ngx_chat_op_write_string(o, "values", p->values);
        }

        chat_json_close(o, '}');
    }

    chat_json_close(o, ']');
    chat_json_close(o, '}');

    return o->overflow ? NGX_ERROR : NGX_OK;
}


static void
ngx_chat_op_write_string(chat_json_out_t *o, const char *key,
    const char *value)
{
    chat_json_out_key(o, key);
    chat_json_out_string(o, value, ngx_strlen(value));
}
