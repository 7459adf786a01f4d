/*
 * Parameters on their way to PostgreSQL and values that came from it, in its
 * binary format (all results are asked for in binary).
 */

#include "ngx_chat_pg_private.h"

#define NGX_CHAT_PG_JSONB           3802
#define NGX_CHAT_PG_UUID_ITEM       20
#define NGX_CHAT_PG_ARRAY_HEADER    20      /* dimensions, nulls, type, length, lower bound */

/* microseconds from 1970 to 2000, where PostgreSQL's time begins */
#define NGX_CHAT_PG_EPOCH           946684800000000LL

static uint32_t ngx_chat_pg_get4(u_char *p);
static int64_t ngx_chat_pg_get8(u_char *p);
static u_char *ngx_chat_pg_put4(u_char *p, uint32_t value);
static u_char *ngx_chat_pg_put8(u_char *p, int64_t value);
static uint32_t ngx_chat_pg_array_item_oid(uint32_t array_oid);


/* Copies parameters into one allocation for libpq; NULL without memory. */

ngx_chat_pg_params_t *
ngx_chat_pg_params_copy(ngx_chat_pg_param_t *params, ngx_uint_t n)
{
    size_t                 size;
    u_char                *p;
    ngx_uint_t             i;
    ngx_chat_pg_params_t  *copy;

    size = sizeof(ngx_chat_pg_params_t)
           + n * (sizeof(char *) + sizeof(Oid) + 2 * sizeof(int));

    for (i = 0; i < n; i++) {
        if (params[i].value.len > NGX_MAX_INT32_VALUE) {
            return NULL;
        }

        size += params[i].value.len + 1;
    }

    copy = ngx_alloc(size, ngx_cycle->log);
    if (copy == NULL) {
        return NULL;
    }

    copy->n = (int) n;
    copy->values = (const char **) &copy[1];
    copy->types = (Oid *) &copy->values[n];
    copy->lengths = (int *) &copy->types[n];
    copy->formats = &copy->lengths[n];
    p = (u_char *) &copy->formats[n];

    for (i = 0; i < n; i++) {
        copy->types[i] = params[i].oid;
        copy->lengths[i] = (int) params[i].value.len;
        copy->formats[i] = params[i].binary;

        if (params[i].null) {
            copy->values[i] = NULL;
            continue;
        }

        /* libpq would cut a text at a zero byte; sent in binary, PostgreSQL refuses it */
        if (!params[i].binary && params[i].value.len != 0
            && memchr(params[i].value.data, '\0', params[i].value.len) != NULL)
        {
            copy->formats[i] = 1;
        }

        copy->values[i] = (const char *) p;
        p = ngx_cpymem(p, params[i].value.data, params[i].value.len);
        *p++ = '\0';
    }

    return copy;
}


/* Microseconds of a clock that never goes back. */

uint64_t
ngx_chat_pg_microseconds(void)
{
    struct timespec  ts;

    (void) clock_gettime(CLOCK_MONOTONIC, &ts);

    return (uint64_t) ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}


ngx_chat_pg_status_t
ngx_chat_pg_status(ngx_chat_pg_result_t *res)
{
    return res->status;
}


const char *
ngx_chat_pg_sqlstate(ngx_chat_pg_result_t *res)
{
    return res->sqlstate;
}


/* Message and detail of an error, both empty if there is none. */

void
ngx_chat_pg_message(ngx_chat_pg_result_t *res, ngx_str_t *message,
    ngx_str_t *detail)
{
    char  *text;

    ngx_str_null(message);
    ngx_str_null(detail);

    if (res->res == NULL) {
        return;
    }

    text = PQresultErrorField(res->res, PG_DIAG_MESSAGE_PRIMARY);
    if (text != NULL) {
        message->data = (u_char *) text;
        message->len = ngx_strlen(text);
    }

    text = PQresultErrorField(res->res, PG_DIAG_MESSAGE_DETAIL);
    if (text != NULL) {
        detail->data = (u_char *) text;
        detail->len = ngx_strlen(text);
    }
}


ngx_uint_t
ngx_chat_pg_rows(ngx_chat_pg_result_t *res)
{
    return (res->res == NULL) ? 0 : (ngx_uint_t) PQntuples(res->res);
}


/* 1 for NULL, and for a row or column that isn't there. */

ngx_uint_t
ngx_chat_pg_null(ngx_chat_pg_result_t *res, ngx_uint_t row, ngx_uint_t col)
{
    if (res->res == NULL
        || row >= (ngx_uint_t) PQntuples(res->res)
        || col >= (ngx_uint_t) PQnfields(res->res))
    {
        return 1;
    }

    return PQgetisnull(res->res, (int) row, (int) col);
}


/* The bytes of a text, bytea, uuid, json or jsonb; empty for NULL. */

void
ngx_chat_pg_bytes(ngx_chat_pg_result_t *res, ngx_uint_t row, ngx_uint_t col,
    ngx_str_t *out)
{
    ngx_str_null(out);

    if (ngx_chat_pg_null(res, row, col)) {
        return;
    }

    out->data = (u_char *) PQgetvalue(res->res, (int) row, (int) col);
    out->len = (size_t) PQgetlength(res->res, (int) row, (int) col);

    /* jsonb in binary is a version byte and the text */

    if (PQftype(res->res, (int) col) == NGX_CHAT_PG_JSONB && out->len > 0) {
        out->data++;
        out->len--;
    }
}


/* An int2, int4, int8 or bool by its length; 0 for NULL and for anything else. */

int64_t
ngx_chat_pg_integer(ngx_chat_pg_result_t *res, ngx_uint_t row, ngx_uint_t col)
{
    u_char     *p;
    ngx_str_t   value;

    ngx_chat_pg_bytes(res, row, col, &value);
    p = value.data;

    switch (value.len) {

    case 1:
        return p[0];

    case 2:
        return (int16_t) (p[0] << 8 | p[1]);

    case 4:
        return (int32_t) ngx_chat_pg_get4(p);

    case 8:
        return ngx_chat_pg_get8(p);

    default:
        return 0;
    }
}


/* A timestamptz in microseconds since 1970; infinity at the ends of int64_t; 0 for NULL. */

int64_t
ngx_chat_pg_time(ngx_chat_pg_result_t *res, ngx_uint_t row, ngx_uint_t col)
{
    int64_t    t;
    ngx_str_t  value;

    ngx_chat_pg_bytes(res, row, col, &value);

    if (value.len != 8) {
        return 0;
    }

    t = ngx_chat_pg_get8(value.data);

    return (t > INT64_MAX - NGX_CHAT_PG_EPOCH || t == INT64_MIN)
           ? t : t + NGX_CHAT_PG_EPOCH;
}


/*
 * A one-dimensional uuid[] without NULLs: the count, and its items as they
 * stand in the result; -1 if it is anything else, 0 for NULL.
 */

ngx_int_t
ngx_chat_pg_uuid_array(ngx_chat_pg_result_t *res, ngx_uint_t row,
    ngx_uint_t col, u_char **items)
{
    u_char     *p;
    uint32_t    n, i;
    ngx_str_t   value;

    *items = NULL;

    if (ngx_chat_pg_null(res, row, col)) {
        return 0;
    }

    ngx_chat_pg_bytes(res, row, col, &value);
    p = value.data;

    if (value.len < 12 || ngx_chat_pg_get4(p + 8) != NGX_CHAT_PG_UUID) {
        return -1;
    }

    if (ngx_chat_pg_get4(p) == 0) {
        return 0;
    }

    if (ngx_chat_pg_get4(p) != 1 || ngx_chat_pg_get4(p + 4) != 0
        || value.len < NGX_CHAT_PG_ARRAY_HEADER)
    {
        return -1;
    }

    n = ngx_chat_pg_get4(p + 12);
    p += NGX_CHAT_PG_ARRAY_HEADER;

    if ((value.len - NGX_CHAT_PG_ARRAY_HEADER) % NGX_CHAT_PG_UUID_ITEM != 0
        || (value.len - NGX_CHAT_PG_ARRAY_HEADER) / NGX_CHAT_PG_UUID_ITEM != n)
    {
        return -1;
    }

    for (i = 0; i < n; i++) {
        if (ngx_chat_pg_get4(p + i * NGX_CHAT_PG_UUID_ITEM) != 16) {
            return -1;
        }
    }

    *items = p;

    return (ngx_int_t) n;
}


void
ngx_chat_pg_set_null(ngx_chat_pg_param_t *p)
{
    ngx_memzero(p, sizeof(ngx_chat_pg_param_t));
    p->null = 1;
}


void
ngx_chat_pg_set_text(ngx_chat_pg_param_t *p, ngx_str_t *value)
{
    ngx_memzero(p, sizeof(ngx_chat_pg_param_t));
    p->value = *value;
}


/* data must live until ngx_chat_pg_query() returns */

void
ngx_chat_pg_set_bytea(ngx_chat_pg_param_t *p, u_char *data, size_t len)
{
    p->oid = NGX_CHAT_PG_BYTEA;
    p->null = 0;
    p->binary = 1;
    p->value.data = data;
    p->value.len = len;
}


/* uuid must live until ngx_chat_pg_query() returns */

void
ngx_chat_pg_set_uuid(ngx_chat_pg_param_t *p, u_char uuid[16])
{
    p->oid = NGX_CHAT_PG_UUID;
    p->null = 0;
    p->binary = 1;
    p->value.data = uuid;
    p->value.len = 16;
}


ngx_int_t
ngx_chat_pg_set_integer(ngx_chat_pg_param_t *p, ngx_pool_t *pool,
    int64_t value)
{
    u_char  *data;

    data = ngx_pnalloc(pool, 8);
    if (data == NULL) {
        return NGX_ERROR;
    }

    (void) ngx_chat_pg_put8(data, value);

    p->oid = NGX_CHAT_PG_INT8;
    p->null = 0;
    p->binary = 1;
    p->value.data = data;
    p->value.len = 8;

    return NGX_OK;
}


/*
 * Makes room for an array of n items with so many bytes in all; NGX_ERROR
 * without memory or for a type of array that isn't known here.
 */

ngx_int_t
ngx_chat_pg_array_init(ngx_chat_pg_array_t *a, ngx_pool_t *pool,
    uint32_t array_oid, size_t bytes, ngx_uint_t n)
{
    size_t  size;

    if (ngx_chat_pg_array_item_oid(array_oid) == 0) {
        return NGX_ERROR;
    }

    size = NGX_CHAT_PG_ARRAY_HEADER + n * 4 + bytes;

    a->start = ngx_pnalloc(pool, size);
    if (a->start == NULL) {
        return NGX_ERROR;
    }

    a->pos = a->start + NGX_CHAT_PG_ARRAY_HEADER;
    a->end = a->start + size;
    a->oid = array_oid;
    a->n = 0;
    a->has_null = 0;

    return NGX_OK;
}


/* Appends an item (NULL for data == NULL); NGX_ERROR past the room that init made. */

ngx_int_t
ngx_chat_pg_array_add(ngx_chat_pg_array_t *a, u_char *data, size_t len)
{
    if (data == NULL) {
        len = 0;
    }

    if ((size_t) (a->end - a->pos) < 4 || (size_t) (a->end - a->pos) - 4 < len) {
        return NGX_ERROR;
    }

    if (data == NULL) {
        a->has_null = 1;
        a->pos = ngx_chat_pg_put4(a->pos, (uint32_t) -1);

    } else {
        a->pos = ngx_chat_pg_put4(a->pos, (uint32_t) len);
        a->pos = ngx_cpymem(a->pos, data, len);
    }

    a->n++;

    return NGX_OK;
}


/* Appends an integer, of 4 bytes in an int4[], else of 8. */

ngx_int_t
ngx_chat_pg_array_add_integer(ngx_chat_pg_array_t *a, int64_t value)
{
    u_char  item[8];

    if (a->oid == NGX_CHAT_PG_INT4_ARRAY) {
        (void) ngx_chat_pg_put4(item, (uint32_t) value);
        return ngx_chat_pg_array_add(a, item, 4);
    }

    (void) ngx_chat_pg_put8(item, value);

    return ngx_chat_pg_array_add(a, item, 8);
}


/* The array is complete: writes its header and makes it the parameter. */

void
ngx_chat_pg_set_array(ngx_chat_pg_param_t *p, ngx_chat_pg_array_t *a)
{
    u_char  *header;

    header = ngx_chat_pg_put4(a->start, a->n == 0 ? 0 : 1);
    header = ngx_chat_pg_put4(header, a->has_null);
    header = ngx_chat_pg_put4(header, ngx_chat_pg_array_item_oid(a->oid));

    if (a->n == 0) {
        a->pos = header;

    } else {
        header = ngx_chat_pg_put4(header, a->n);
        (void) ngx_chat_pg_put4(header, 1);
    }

    p->oid = a->oid;
    p->null = 0;
    p->binary = 1;
    p->value.data = a->start;
    p->value.len = a->pos - a->start;
}


static uint32_t
ngx_chat_pg_array_item_oid(uint32_t array_oid)
{
    switch (array_oid) {

    case NGX_CHAT_PG_BYTEA_ARRAY:
        return NGX_CHAT_PG_BYTEA;

    case NGX_CHAT_PG_INT4_ARRAY:
        return NGX_CHAT_PG_INT4;

    case NGX_CHAT_PG_INT8_ARRAY:
        return NGX_CHAT_PG_INT8;

    case NGX_CHAT_PG_UUID_ARRAY:
        return NGX_CHAT_PG_UUID;

    default:
        return 0;
    }
}


static uint32_t
ngx_chat_pg_get4(u_char *p)
{
    return (uint32_t) p[0] << 24 | (uint32_t) p[1] << 16
           | (uint32_t) p[2] << 8 | p[3];
}


static int64_t
ngx_chat_pg_get8(u_char *p)
{
    return (int64_t) ((uint64_t) ngx_chat_pg_get4(p) << 32
                      | ngx_chat_pg_get4(p + 4));
}


static u_char *
ngx_chat_pg_put4(u_char *p, uint32_t value)
{
    *p++ = (u_char) (value >> 24);
    *p++ = (u_char) (value >> 16);
    *p++ = (u_char) (value >> 8);
    *p++ = (u_char) value;

    return p;
}


static u_char *
ngx_chat_pg_put8(u_char *p, int64_t value)
{
    p = ngx_chat_pg_put4(p, (uint32_t) ((uint64_t) value >> 32));

    return ngx_chat_pg_put4(p, (uint32_t) value);
}
