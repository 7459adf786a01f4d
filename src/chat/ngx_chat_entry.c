/* Entries as frames: built once on the heap, shared by all who send them. */

#include "ngx_chat_entry.h"
#include "chat_json.h"
#include "chat_frame.h"

#define NGX_CHAT_FRAME_PREFIX       4
#define NGX_CHAT_FRAME_HEADER       512     /* the header's fixed part at its longest */

static ngx_chat_frame_t *ngx_chat_frame_alloc(size_t len);
static size_t ngx_chat_frame_finish(ngx_chat_frame_t *f, chat_json_out_t *out);
static ngx_uint_t ngx_chat_frame_zero(u_char uuid[16]);


/*
 * The frame of an entry (DESIGN 8), with one reference.  The header's size follows from
 * kind and body; both are bounded where they come from, the schema.  NULL without memory.
 */

ngx_chat_frame_t *
ngx_chat_frame_create(ngx_chat_entry_t *entry)
{
    size_t             header;
    ngx_chat_frame_t  *f;
    chat_json_out_t    out;

    header = NGX_CHAT_FRAME_HEADER + chat_json_string_max(entry->kind.len)
             + entry->body.len;

    f = ngx_chat_frame_alloc(NGX_CHAT_FRAME_PREFIX + header
                             + entry->payload.len);
    if (f == NULL) {
        return NULL;
    }

    ngx_memcpy(f->conversation, entry->conversation, 16);
    f->seq = entry->seq;
    f->version = entry->version;

    chat_json_out_init(&out, (char *) f->data + NGX_CHAT_FRAME_PREFIX, header);
    chat_json_open(&out, '{');
    chat_json_out_key(&out, "event");
    chat_json_out_string(&out, "entry", 5);
    chat_json_out_key(&out, "conversation");
    chat_json_out_uuid(&out, entry->conversation);
    chat_json_out_key(&out, "seq");
    chat_json_out_integer(&out, entry->seq);
    chat_json_out_key(&out, "kind");
    chat_json_out_string(&out, (char *) entry->kind.data, entry->kind.len);

    if (!ngx_chat_frame_zero(entry->sender)) {
        chat_json_out_key(&out, "sender");
        chat_json_out_uuid(&out, entry->sender);
    }

    if (!ngx_chat_frame_zero(entry->sender_session)) {
        chat_json_out_key(&out, "session");
        chat_json_out_uuid(&out, entry->sender_session);
    }

    if (!ngx_chat_frame_zero(entry->client_id)) {
        chat_json_out_key(&out, "client_id");
        chat_json_out_uuid(&out, entry->client_id);
    }

    chat_json_out_key(&out, "time");
    chat_json_out_time(&out, entry->created);

    if (entry->epoch >= 0) {
        chat_json_out_key(&out, "epoch");
        chat_json_out_integer(&out, entry->epoch);
    }

    if (entry->body.len != 0) {
        chat_json_out_key(&out, "body");
        chat_json_out_raw(&out, (char *) entry->body.data, entry->body.len);
    }

    chat_json_out_key(&out, "size");
    chat_json_out_integer(&out, (int64_t) entry->payload.len);
    chat_json_close(&out, '}');

    if (ngx_chat_frame_finish(f, &out) == 0) {
        ngx_free(f);
        return NULL;
    }

    f->payload_len = entry->payload.len;
    ngx_memcpy(f->payload, entry->payload.data, entry->payload.len);
    f->len += entry->payload.len;

    return f;
}


/* The frame that says: entries from … to of this conversation are gone. */

ngx_chat_frame_t *
ngx_chat_frame_expired(u_char conversation[16], int64_t from, int64_t to)
{
    ngx_chat_frame_t  *f;
    chat_json_out_t    out;

    f = ngx_chat_frame_alloc(NGX_CHAT_FRAME_PREFIX + NGX_CHAT_FRAME_HEADER);
    if (f == NULL) {
        return NULL;
    }

    ngx_memcpy(f->conversation, conversation, 16);
    f->seq = from;
    f->expired_to = to;

    chat_json_out_init(&out, (char *) f->data + NGX_CHAT_FRAME_PREFIX,
                       NGX_CHAT_FRAME_HEADER);
    chat_json_open(&out, '{');
    chat_json_out_key(&out, "event");
    chat_json_out_string(&out, "expired", 7);
    chat_json_out_key(&out, "conversation");
    chat_json_out_uuid(&out, conversation);
    chat_json_out_key(&out, "from");
    chat_json_out_integer(&out, from);
    chat_json_out_key(&out, "to");
    chat_json_out_integer(&out, to);
    chat_json_out_key(&out, "size");
    chat_json_out_integer(&out, 0);
    chat_json_close(&out, '}');

    if (ngx_chat_frame_finish(f, &out) == 0) {
        ngx_free(f);
        return NULL;
    }

    return f;
}


/* A frame of whatever an operation answers with a payload. */

ngx_chat_frame_t *
ngx_chat_frame_payload(ngx_str_t *members, ngx_str_t *payload)
{
    size_t             header;
    ngx_chat_frame_t  *f;
    chat_json_out_t    out;

    header = NGX_CHAT_FRAME_HEADER + members->len;

    f = ngx_chat_frame_alloc(NGX_CHAT_FRAME_PREFIX + header + payload->len);
    if (f == NULL) {
        return NULL;
    }

    chat_json_out_init(&out, (char *) f->data + NGX_CHAT_FRAME_PREFIX, header);
    chat_json_open(&out, '{');
    chat_json_out_raw(&out, (char *) members->data, members->len);
    chat_json_out_key(&out, "size");
    chat_json_out_integer(&out, (int64_t) payload->len);
    chat_json_close(&out, '}');

    if (ngx_chat_frame_finish(f, &out) == 0) {
        ngx_free(f);
        return NULL;
    }

    f->payload_len = payload->len;
    ngx_memcpy(f->payload, payload->data, payload->len);
    f->len += payload->len;

    return f;
}


/* A frame from the bytes that another worker sent; NULL without memory or if they can't be one. */

ngx_chat_frame_t *
ngx_chat_frame_restore(u_char conversation[16], int64_t seq, int32_t version,
    size_t header_len, u_char *data, size_t len)
{
    ngx_chat_frame_t  *f;

    if (len < NGX_CHAT_FRAME_PREFIX
        || header_len > len - NGX_CHAT_FRAME_PREFIX)
    {
        return NULL;
    }

    f = ngx_chat_frame_alloc(len);
    if (f == NULL) {
        return NULL;
    }

    ngx_memcpy(f->conversation, conversation, 16);
    f->seq = seq;
    f->version = version;
    ngx_memcpy(f->data, data, len);
    f->len = len;
    f->header_len = header_len;
    f->payload = f->data + NGX_CHAT_FRAME_PREFIX + header_len;
    f->payload_len = len - NGX_CHAT_FRAME_PREFIX - header_len;

    return f;
}


void
ngx_chat_frame_ref(ngx_chat_frame_t *f)
{
    f->refs++;
}


void
ngx_chat_frame_unref(ngx_chat_frame_t *f)
{
    if (--f->refs == 0) {
        ngx_free(f);
    }
}


static ngx_chat_frame_t *
ngx_chat_frame_alloc(size_t len)
{
    ngx_chat_frame_t  *f;

    f = ngx_alloc(sizeof(ngx_chat_frame_t) + len, ngx_cycle->log);
    if (f == NULL) {
        return NULL;
    }

    ngx_memzero(f, sizeof(ngx_chat_frame_t));
    f->refs = 1;

    return f;
}


/* Writes the length before a header that is complete; 0 if it didn't fit. */

static size_t
ngx_chat_frame_finish(ngx_chat_frame_t *f, chat_json_out_t *out)
{
    if (out->overflow) {
        return 0;
    }

    f->header_len = (size_t) (out->pos - out->start);
    f->len = NGX_CHAT_FRAME_PREFIX + f->header_len;
    f->payload = f->data + f->len;
    chat_frame_prefix(f->data, (uint32_t) f->header_len);

    return f->len;
}


static ngx_uint_t
ngx_chat_frame_zero(u_char uuid[16])
{
    static const u_char  zero[16];

    return ngx_memcmp(uuid, zero, 16) == 0;
}
