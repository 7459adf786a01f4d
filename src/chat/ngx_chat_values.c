/* Small helpers of operations: values for queries, tokens for answers. */

#include "ngx_chat_run.h"
#include "chat_text.h"


#define NGX_CHAT_TOKENS_SIZE        160     /* both as JSON members */


void
ngx_chat_call_set_value(ngx_chat_pg_param_t *p, ngx_chat_value_t *value)
{
    if (!value->set) {
        ngx_chat_pg_set_null(p);

    } else if (value->list != NULL) {
        ngx_chat_pg_set_array(p, &value->list->array);

    } else if (value->bytes.data != NULL) {
        ngx_chat_pg_set_bytea(p, value->bytes.data, value->bytes.len);

    } else {
        ngx_chat_pg_set_text(p, &value->text);
    }
}


void
ngx_chat_call_set_device(ngx_chat_call_t *call, ngx_chat_pg_param_t *p)
{
    ngx_chat_value_t  *name, *platform;

    static ngx_str_t  no_name = ngx_string("Device");
    static ngx_str_t  no_platform = ngx_string("unknown");

    name = ngx_chat_call_value(call, "device_name");
    platform = ngx_chat_call_value(call, "device_platform");

    ngx_chat_pg_set_text(&p[0], name->set ? &name->text : &no_name);
    ngx_chat_pg_set_text(&p[1], platform->set ? &platform->text : &no_platform);
}


ngx_int_t
ngx_chat_call_payload(ngx_chat_call_t *call, size_t max)
{
    ngx_str_t  members;

    if (call->payload.len == 0) {
        ngx_chat_call_fail_parameter(call, "payload", "at least 1 byte");
        return NGX_ERROR;
    }

    if (call->payload.len <= max) {
        return NGX_OK;
    }

    members.data = ngx_pnalloc(call->pool, sizeof("\"max\":") + NGX_SIZE_T_LEN);

    if (members.data == NULL) {
        ngx_chat_call_fail(call, "internal");
        return NGX_ERROR;
    }

    members.len = ngx_sprintf(members.data, "\"max\":%uz", max) - members.data;
    ngx_chat_call_fail_members(call, "payload_too_large", &members);

    return NGX_ERROR;
}


void
ngx_chat_call_frame(ngx_chat_call_t *call, ngx_str_t *members,
    ngx_str_t *payload)
{
    call->frames = ngx_palloc(call->pool, sizeof(ngx_chat_frame_t *));

    if (call->frames != NULL && members != NULL) {
        call->frames[0] = ngx_chat_frame_payload(members, payload);

        if (call->frames[0] != NULL) {
            call->nframes = 1;
            ngx_chat_call_done(call, 200);
            return;
        }
    }

    ngx_chat_call_fail(call, "internal");
}


void
ngx_chat_uuid_make(u_char uuid[16])
{
    struct timeval  tv;

    ngx_gettimeofday(&tv);
    chat_uuid_v7(uuid, (uint64_t) tv.tv_sec * 1000 + tv.tv_usec / 1000);
}


ngx_int_t
ngx_chat_call_add_tokens(ngx_chat_call_t *call, char *token, char *device)
{
    size_t            size;
    u_char           *buf;
    chat_json_out_t   o;

    if (call->json.len < 2 || call->json.data[0] != '{') {
        return NGX_ERROR;
    }

    size = call->json.len + NGX_CHAT_TOKENS_SIZE;
    buf = ngx_pnalloc(call->pool, size);
    if (buf == NULL) {
        return NGX_ERROR;
    }

    chat_json_out_init(&o, (char *) buf, size);
    chat_json_open(&o, '{');
    chat_json_out_key(&o, "token");
    chat_json_out_string(&o, token, CHAT_TOKEN_LEN);

    if (device != NULL) {
        chat_json_out_key(&o, "device_secret");
        chat_json_out_string(&o, device, CHAT_TOKEN_LEN);
    }

    chat_json_out_raw(&o, (char *) call->json.data + 1, call->json.len - 2);
    chat_json_close(&o, '}');

    if (o.overflow) {
        return NGX_ERROR;
    }

    call->json.data = buf;
    call->json.len = o.pos - o.start;

    return NGX_OK;
}
