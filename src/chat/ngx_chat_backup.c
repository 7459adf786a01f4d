/*
 * Backup codes: 120 random bits as 24 characters of base32, kept as keyed hashes. With that many
 * bits a fast hash is enough, so that a guess costs no Argon2.
 */

#include "ngx_chat_factor.h"
#include "chat_totp.h"


#define NGX_CHAT_BACKUP_BYTES       15
#define NGX_CHAT_BACKUP_GROUP       4
#define NGX_CHAT_BACKUP_TEXT        29      /* with hyphens between groups */
#define NGX_CHAT_BACKUP_PURPOSE     "backup code"
#define NGX_CHAT_BACKUP_TAKEN       "{\"backup_codes\" : true"
#define NGX_CHAT_BACKUP_SIZE        512     /* all of them as JSON */

_Static_assert(chat_base32_len(NGX_CHAT_BACKUP_BYTES) == NGX_CHAT_BACKUP_MIN,
               "a code is as long as its bytes' base32");


ngx_int_t
ngx_chat_backup_hash(u_char account[16], ngx_str_t *code,
    u_char hash[CHAT_HASH_LEN])
{
    char        text[NGX_CHAT_BACKUP_MIN];
    u_char      c;
    ngx_uint_t  i, n;

    n = 0;

    for (i = 0; i < code->len; i++) {
        c = ngx_toupper(code->data[i]);

        if (c == '-' || c == ' ') {
            continue;
        }

        if (n == NGX_CHAT_BACKUP_MIN
            || !((c >= 'A' && c <= 'Z') || (c >= '2' && c <= '7')))
        {
            return NGX_ERROR;
        }

        text[n++] = (char) c;
    }

    if (n != NGX_CHAT_BACKUP_MIN) {
        return NGX_ERROR;
    }

    chat_code_hash(ngx_chat_pg_state()->key, NGX_CHAT_BACKUP_PURPOSE,
                   (char *) account, 16, text, sizeof(text), hash);
    chat_wipe(text, sizeof(text));

    return NGX_OK;
}


ngx_chat_backup_t *
ngx_chat_backup_make(ngx_chat_call_t *call, ngx_chat_pg_param_t *hashes)
{
    char                 base32[NGX_CHAT_BACKUP_MIN], *p;
    u_char               bytes[NGX_CHAT_BACKUP_BYTES], hash[CHAT_HASH_LEN];
    ngx_str_t            code;
    ngx_uint_t           i, k;
    ngx_chat_backup_t   *codes;
    ngx_chat_pg_array_t  array;

    codes = ngx_chat_call_secret(call, sizeof(ngx_chat_backup_t));

    if (codes == NULL
        || ngx_chat_pg_array_init(&array, call->pool, NGX_CHAT_PG_BYTEA_ARRAY,
                                  NGX_CHAT_BACKUP_CODES * CHAT_HASH_LEN,
                                  NGX_CHAT_BACKUP_CODES)
           != NGX_OK)
    {
        ngx_chat_call_fail(call, "internal");
        return NULL;
    }

    for (i = 0; i < NGX_CHAT_BACKUP_CODES; i++) {
        chat_random(bytes, sizeof(bytes));
        (void) chat_base32_encode(bytes, sizeof(bytes), base32);
        p = codes->text[i];

        for (k = 0; k < NGX_CHAT_BACKUP_MIN; k++) {
            if (k && k % NGX_CHAT_BACKUP_GROUP == 0) {
                *p++ = '-';
            }

            *p++ = base32[k];
        }

        code.data = (u_char *) codes->text[i];
        code.len = NGX_CHAT_BACKUP_TEXT;

        if (ngx_chat_backup_hash(call->session.account, &code, hash) != NGX_OK
            || ngx_chat_pg_array_add(&array, hash, CHAT_HASH_LEN) != NGX_OK)
        {
            ngx_chat_call_fail(call, "internal");
            return NULL;
        }
    }

    chat_wipe(bytes, sizeof(bytes));
    chat_wipe(base32, sizeof(base32));
    ngx_chat_pg_set_array(hashes, &array);

    return codes;
}


ngx_int_t
ngx_chat_backup_show(ngx_chat_call_t *call, ngx_chat_backup_t *codes)
{
    size_t            size, skip;
    u_char           *buf;
    ngx_uint_t        i;
    chat_json_out_t   o;

    skip = sizeof(NGX_CHAT_BACKUP_TAKEN) - 1;

    if (call->json.len < skip
        || ngx_memcmp(call->json.data, NGX_CHAT_BACKUP_TAKEN, skip) != 0)
    {
        return NGX_OK;
    }

    size = call->json.len + NGX_CHAT_BACKUP_SIZE;
    buf = ngx_pnalloc(call->pool, size);

    if (buf == NULL) {
        return NGX_ERROR;
    }

    chat_json_out_init(&o, (char *) buf, size);
    chat_json_open(&o, '{');
    chat_json_out_key(&o, "backup_codes");
    chat_json_open(&o, '[');

    for (i = 0; i < NGX_CHAT_BACKUP_CODES; i++) {
        chat_json_out_string(&o, codes->text[i], NGX_CHAT_BACKUP_TEXT);
    }

    chat_json_close(&o, ']');

    if (o.overflow || call->json.len - skip > (size_t) (o.end - o.pos)) {
        return NGX_ERROR;
    }

    /* the rest of the object, its comma first */

    ngx_memcpy(o.pos, call->json.data + skip, call->json.len - skip);
    call->json.data = buf;
    call->json.len = o.pos - o.start + call->json.len - skip;

    return NGX_OK;
}
