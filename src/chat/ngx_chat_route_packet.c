/* What workers tell each other, on one machine: fields are in its byte order. */

#include "ngx_chat_route_private.h"

typedef struct {
    u_char              conversation[16];
    int64_t             seq;
    int32_t             version;
    uint32_t            header_len;
    uint32_t            len;            /* of the frame that follows */
} ngx_chat_packet_entry_t;

typedef struct {
    u_char              account[16];
    u_char              session[16];
    uint64_t            order;
} ngx_chat_packet_replace_t;

typedef struct {
    u_char              account[16];
    uint32_t            code;           /* sessions follow, 16 bytes each */
} ngx_chat_packet_revoke_t;

typedef struct {
    ngx_chat_frame_t   *frame;          /* NULL: sent */
    uint64_t            slots[NGX_CHAT_ROUTE_SLOTS];
} ngx_chat_gathered_t;

static void ngx_chat_route_send_group(ngx_uint_t first);
static void ngx_chat_route_receive_entries(u_char *body, size_t len);
static void ngx_chat_route_receive_hint(u_char *body, size_t len);
static void ngx_chat_route_receive_event(u_char *body, size_t len);
static void ngx_chat_route_receive_revoke(u_char *body, size_t len);

static ngx_chat_gathered_t  ngx_chat_gathered[NGX_CHAT_ROUTE_GATHERED];
static ngx_uint_t           ngx_chat_ngathered;
static u_char               ngx_chat_packet[NGX_CHAT_ROUTE_PACKET];


/* Takes a frame for the workers in slots; sent by ngx_chat_route_send_gathered() in the same turn. */

void
ngx_chat_route_gather(ngx_chat_frame_t *frame, uint64_t *slots)
{
    ngx_chat_gathered_t  *g;

    if (ngx_chat_hub_alone()) {
        return;
    }

    if (ngx_chat_ngathered == NGX_CHAT_ROUTE_GATHERED) {
        ngx_chat_route_send_gathered();
    }

    g = &ngx_chat_gathered[ngx_chat_ngathered++];
    g->frame = frame;
    ngx_memcpy(g->slots, slots, sizeof(g->slots));
    ngx_chat_frame_ref(frame);
}


/* Frames for the same workers share packets. */

void
ngx_chat_route_send_gathered(void)
{
    ngx_uint_t  i;

    for (i = 0; i < ngx_chat_ngathered; i++) {
        if (ngx_chat_gathered[i].frame != NULL) {
            ngx_chat_route_send_group(i);
        }
    }

    ngx_chat_ngathered = 0;
}


/*
 * For a peer outside our zone nothing is known of its receivers: where no worker of
 * ours needs the entry, a hint is enough for it.
 */

static void
ngx_chat_route_send_group(ngx_uint_t first)
{
    size_t                    size, used;
    u_char                    ids[NGX_CHAT_ROUTE_GATHERED * 16];
    u_char                    hints[NGX_CHAT_ROUTE_GATHERED * 16];
    uint64_t                  slots[NGX_CHAT_ROUTE_SLOTS], any;
    ngx_uint_t                i, n, nhints;
    ngx_chat_frame_t         *f;
    ngx_chat_gathered_t      *g;
    ngx_chat_packet_entry_t   head;

    ngx_memcpy(slots, ngx_chat_gathered[first].slots, sizeof(slots));
    any = 0;

    for (i = 0; i < NGX_CHAT_ROUTE_SLOTS; i++) {
        any |= slots[i];
    }

    n = 0;
    nhints = 0;
    used = 0;

    for (i = first; i < ngx_chat_ngathered; i++) {
        g = &ngx_chat_gathered[i];
        f = g->frame;

        if (f == NULL || ngx_memcmp(g->slots, slots, sizeof(slots)) != 0) {
            continue;
        }

        g->frame = NULL;
        size = sizeof(ngx_chat_packet_entry_t) + f->len;

        if (any == 0 || f->payload_len > NGX_CHAT_HUB_PAYLOAD
            || size > NGX_CHAT_ROUTE_PACKET)
        {
            ngx_memcpy(&hints[nhints++ * 16], f->conversation, 16);
            ngx_chat_frame_unref(f);
            continue;
        }

        if (used + size > NGX_CHAT_ROUTE_PACKET) {
            ngx_chat_hub_send(NGX_CHAT_HUB_ENTRIES, slots, ngx_chat_packet,
                              used, ids, n);
            used = 0;
            n = 0;
        }

        ngx_memzero(&head, sizeof(head));
        ngx_memcpy(head.conversation, f->conversation, 16);
        head.seq = f->seq;
        head.version = f->version;
        head.header_len = (uint32_t) f->header_len;
        head.len = (uint32_t) f->len;

        ngx_memcpy(&ngx_chat_packet[used], &head, sizeof(head));
        ngx_memcpy(&ngx_chat_packet[used + sizeof(head)], f->data, f->len);
        used += size;

        ngx_memcpy(&ids[n++ * 16], f->conversation, 16);
        ngx_chat_frame_unref(f);
    }

    if (n > 0) {
        ngx_chat_hub_send(NGX_CHAT_HUB_ENTRIES, slots, ngx_chat_packet, used,
                          ids, n);
    }

    if (nhints > 0) {
        ngx_chat_route_send_hint(slots, hints, nhints);
    }
}


void
ngx_chat_route_send_hint(uint64_t *slots, u_char *ids, ngx_uint_t n)
{
    if (!ngx_chat_hub_alone()) {
        ngx_chat_hub_send(NGX_CHAT_HUB_HINT, slots, ids, n * 16, ids, n);
    }
}


/* A packet of as many accounts as fit beside the text. */

void
ngx_chat_route_send_event(uint64_t *slots, u_char *accounts, ngx_uint_t n,
    ngx_str_t *json)
{
    u_char      *p;
    uint32_t     count;
    ngx_uint_t   i, most;

    if (ngx_chat_hub_alone() || json->len > NGX_CHAT_ROUTE_EVENT) {
        return;
    }

    most = (NGX_CHAT_ROUTE_PACKET - NGX_CHAT_ROUTE_EVENT - sizeof(count)) / 16;

    for (i = 0; i < n; i += count) {
        count = (uint32_t) ngx_min(n - i, most);

        p = ngx_cpymem(ngx_chat_packet, &count, sizeof(count));
        p = ngx_cpymem(p, &accounts[i * 16], count * 16);
        p = ngx_cpymem(p, json->data, json->len);

        ngx_chat_hub_send(NGX_CHAT_HUB_EVENT, slots, ngx_chat_packet,
                          (size_t) (p - ngx_chat_packet), NULL, 0);
    }
}


void
ngx_chat_route_send_replace(ngx_chat_receiver_t *r)
{
    uint64_t                   slots[NGX_CHAT_ROUTE_SLOTS];
    ngx_chat_packet_replace_t  packet;

    if (ngx_chat_hub_alone()) {
        return;
    }

    ngx_memzero(slots, sizeof(slots));
    ngx_chat_registry_interested(r->account, slots);

    ngx_memcpy(packet.account, r->account, 16);
    ngx_memcpy(packet.session, r->session, 16);
    packet.order = r->order;

    ngx_chat_hub_send(NGX_CHAT_HUB_REPLACE, slots, (u_char *) &packet,
                      sizeof(packet), NULL, 0);
}


void *
ngx_chat_route_revoke(u_char *account, u_char *sessions, ngx_uint_t n,
    ngx_uint_t code, void (*done)(void *data), void *data)
{
    void                      *pending;
    u_char                    *p;
    ngx_chat_packet_revoke_t   head;

    if (n > (NGX_CHAT_ROUTE_PACKET - sizeof(head)) / 16) {
        return NULL;
    }

    ngx_memzero(&head, sizeof(head));
    ngx_memcpy(head.account, account, 16);
    head.code = (uint32_t) code;

    p = ngx_cpymem(ngx_chat_packet, &head, sizeof(head));
    p = ngx_cpymem(p, sessions, n * 16);

    /* here as there */
    ngx_chat_route_receive_revoke(ngx_chat_packet,
                                  (size_t) (p - ngx_chat_packet));

    pending = ngx_chat_hub_broadcast_confirmed(NGX_CHAT_HUB_REVOKE,
                  ngx_chat_packet, (size_t) (p - ngx_chat_packet), done, data);

    if (pending == NULL) {

        /* unconfirmed is still told: nothing else closes the sockets elsewhere */

        ngx_chat_hub_broadcast(NGX_CHAT_HUB_REVOKE, ngx_chat_packet,
                               (size_t) (p - ngx_chat_packet));
    }

    return pending;
}


void
ngx_chat_route_receive(ngx_chat_hub_type_e type, u_char *body, size_t len)
{
    ngx_chat_packet_replace_t  replace;

    switch (type) {

    case NGX_CHAT_HUB_ENTRIES:
        ngx_chat_route_receive_entries(body, len);
        break;

    case NGX_CHAT_HUB_HINT:
        ngx_chat_route_receive_hint(body, len);
        break;

    case NGX_CHAT_HUB_REVOKE:
        ngx_chat_route_receive_revoke(body, len);
        break;

    case NGX_CHAT_HUB_REPLACE:
        if (len == sizeof(replace)) {
            ngx_memcpy(&replace, body, len);
            ngx_chat_route_replace(replace.account, replace.session,
                                   replace.order);
        }

        break;

    case NGX_CHAT_HUB_EVENT:
        ngx_chat_route_receive_event(body, len);
        break;

    case NGX_CHAT_HUB_RECHECK:
        ngx_chat_route_recheck();
        break;
    }
}


static void
ngx_chat_route_receive_entries(u_char *body, size_t len)
{
    ngx_chat_frame_t         *f;
    ngx_chat_route_item_t     item;
    ngx_chat_packet_entry_t   head;

    while (len >= sizeof(head)) {
        ngx_memcpy(&head, body, sizeof(head));
        body += sizeof(head);
        len -= sizeof(head);

        if (head.len > len) {
            break;
        }

        ngx_memzero(&item, sizeof(ngx_chat_route_item_t));
        ngx_memcpy(item.conversation, head.conversation, 16);
        item.local = 1;

        f = ngx_chat_frame_restore(head.conversation, head.seq, head.version,
                                   head.header_len, body, head.len);

        /* without memory for it the log still has it */
        item.frame = f;
        item.version = (f != NULL) ? head.version
                                   : (int32_t) NGX_CHAT_ROUTE_UNKNOWN;

        ngx_chat_route_item(&item);

        if (f != NULL) {
            ngx_chat_frame_unref(f);
        }

        body += head.len;
        len -= head.len;
    }
}


static void
ngx_chat_route_receive_hint(u_char *body, size_t len)
{
    ngx_chat_route_item_t  item;

    for ( /* void */ ; len >= 16; body += 16, len -= 16) {
        ngx_memzero(&item, sizeof(ngx_chat_route_item_t));
        ngx_memcpy(item.conversation, body, 16);
        item.version = NGX_CHAT_ROUTE_UNKNOWN;
        item.local = 1;

        ngx_chat_route_item(&item);
    }
}


static void
ngx_chat_route_receive_event(u_char *body, size_t len)
{
    uint32_t               i, count;
    ngx_chat_route_item_t  item;

    if (len < sizeof(count)) {
        return;
    }

    ngx_memcpy(&count, body, sizeof(count));
    body += sizeof(count);
    len -= sizeof(count);

    if (count > len / 16) {
        return;
    }

    ngx_memzero(&item, sizeof(ngx_chat_route_item_t));
    item.json.data = body + count * 16;
    item.json.len = len - count * 16;

    if (item.json.len == 0) {
        return;
    }

    for (i = 0; i < count; i++) {
        ngx_chat_route_local(&body[i * 16], &item);
    }
}


static void
ngx_chat_route_receive_revoke(u_char *body, size_t len)
{
    ngx_chat_packet_revoke_t  head;

    if (len < sizeof(head)) {
        return;
    }

    ngx_memcpy(&head, body, sizeof(head));
    body += sizeof(head);
    len -= sizeof(head);

    for ( /* void */ ; len >= 16; body += 16, len -= 16) {
        ngx_chat_session_cache_purge(body, head.account);
        ngx_chat_route_close(head.account, body, head.code);
    }
}
