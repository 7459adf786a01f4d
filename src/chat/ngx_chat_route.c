/* Receivers of this worker, by account, and what is told to them. */

#include "ngx_chat_route_private.h"

#define NGX_CHAT_ROUTE_CLOCK        10000000    /* orders further apart (microseconds) mean that a clock was set */

static ngx_queue_t *ngx_chat_route_bucket(u_char account[16]);
static void ngx_chat_route_more(ngx_chat_receiver_t *r, void *data);

static ngx_queue_t  ngx_chat_route_buckets[NGX_CHAT_ROUTE_BUCKETS];


ngx_int_t
ngx_chat_route_init_process(ngx_cycle_t *cycle)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_CHAT_ROUTE_BUCKETS; i++) {
        ngx_queue_init(&ngx_chat_route_buckets[i]);
    }

    if (ngx_chat_members_init_process() != NGX_OK
        || ngx_chat_route_park_init(cycle) != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_chat_hub_register(ngx_chat_route_receive);
    ngx_chat_pg_notify_register(ngx_chat_route_told);

    return NGX_OK;
}


/*
 * Lists a receiver whose ops, account and session are set; its order is given here: time,
 * with random low bits for those of the same microsecond.
 */

ngx_int_t
ngx_chat_route_add(ngx_chat_receiver_t *r)
{
    ngx_queue_t          *q, *bucket;
    struct timeval        tv;
    ngx_chat_receiver_t  *older;

    ngx_gettimeofday(&tv);

    r->order = (((uint64_t) tv.tv_sec * 1000000 + (uint64_t) tv.tv_usec) << 8)
               | ((uint64_t) ngx_random() & 0xff);

    bucket = ngx_chat_route_bucket(r->account);

    /* here it is known which came later, whatever the clock says */

    for (q = ngx_queue_head(bucket);
         q != ngx_queue_sentinel(bucket);
         q = ngx_queue_next(q))
    {
        older = ngx_queue_data(q, ngx_chat_receiver_t, queue);

        if (ngx_memcmp(older->session, r->session, 16) == 0) {
            r->order = ngx_max(r->order, older->order + 1);
            older->ops->close(older, 4409);
        }
    }

    /* interest first: of two receivers that come at once, one hears of the other */

    ngx_chat_registry_interest(r->account, 1);
    ngx_queue_insert_tail(bucket, &r->queue);
    r->listed = 1;

    ngx_chat_route_send_replace(r);

    return NGX_OK;
}


void
ngx_chat_route_remove(ngx_chat_receiver_t *r)
{
    if (!r->listed) {
        return;
    }

    r->listed = 0;
    ngx_queue_remove(&r->queue);
    ngx_chat_registry_interest(r->account, -1);
}


void
ngx_chat_route_walk(void (*walk)(ngx_chat_receiver_t *r, void *data),
    void *data)
{
    ngx_uint_t            i;
    ngx_queue_t          *q, *next, *bucket;

    for (i = 0; i < NGX_CHAT_ROUTE_BUCKETS; i++) {
        bucket = &ngx_chat_route_buckets[i];

        for (q = ngx_queue_head(bucket);
             q != ngx_queue_sentinel(bucket);
             q = next)
        {
            next = ngx_queue_next(q);
            walk(ngx_queue_data(q, ngx_chat_receiver_t, queue), data);
        }
    }
}


/* Entries that this worker committed. */

void
ngx_chat_route_committed(ngx_chat_frame_t **frames, ngx_uint_t n)
{
    ngx_uint_t             i;
    ngx_chat_route_item_t  item;

    for (i = 0; i < n; i++) {
        ngx_memzero(&item, sizeof(ngx_chat_route_item_t));
        ngx_memcpy(item.conversation, frames[i]->conversation, 16);
        item.version = frames[i]->version;
        item.frame = frames[i];
        ngx_chat_route_item(&item);
    }

    ngx_chat_route_send_gathered();
}


/* Conversations with something new of any kind: their membership may have changed, too. */

void
ngx_chat_route_hint(u_char *conversations, ngx_uint_t n)
{
    ngx_uint_t             i;
    ngx_chat_route_item_t  item;

    for (i = 0; i < n; i++) {
        ngx_memzero(&item, sizeof(ngx_chat_route_item_t));
        ngx_memcpy(item.conversation, &conversations[i * 16], 16);
        item.version = NGX_CHAT_ROUTE_UNKNOWN;
        ngx_chat_route_item(&item);
    }
}


void
ngx_chat_route_event(u_char *accounts, ngx_uint_t n, ngx_str_t *json)
{
    uint64_t               slots[NGX_CHAT_ROUTE_SLOTS];
    ngx_uint_t             i;
    ngx_chat_route_item_t  item;

    ngx_memzero(slots, sizeof(slots));
    ngx_memzero(&item, sizeof(ngx_chat_route_item_t));
    item.json = *json;

    for (i = 0; i < n; i++) {
        ngx_chat_route_local(&accounts[i * 16], &item);
        ngx_chat_registry_interested(&accounts[i * 16], slots);
    }

    ngx_chat_route_send_event(slots, accounts, n, json);
}


void
ngx_chat_route_conversation_event(u_char conversation[16], u_char *but,
    ngx_str_t *json)
{
    ngx_chat_route_item_t  item;

    ngx_memzero(&item, sizeof(ngx_chat_route_item_t));
    ngx_memcpy(item.conversation, conversation, 16);
    item.json = *json;

    if (but != NULL) {
        ngx_memcpy(item.but, but, 16);
        item.has_but = 1;
    }

    ngx_chat_route_item(&item);
}


void
ngx_chat_route_receipt(u_char conversation[16], u_char account[16],
    int64_t delivered)
{
    u_char                 text[256];
    chat_json_out_t        out;
    ngx_chat_route_item_t  item;

    chat_json_out_init(&out, (char *) text, sizeof(text));
    chat_json_open(&out, '{');
    chat_json_out_key(&out, "event");
    chat_json_out_string(&out, "receipt", 7);
    chat_json_out_key(&out, "conversation");
    chat_json_out_uuid(&out, conversation);
    chat_json_out_key(&out, "account");
    chat_json_out_uuid(&out, account);
    chat_json_out_key(&out, "delivered");
    chat_json_out_integer(&out, delivered);
    chat_json_close(&out, '}');

    ngx_memzero(&item, sizeof(ngx_chat_route_item_t));
    ngx_memcpy(item.conversation, conversation, 16);
    ngx_memcpy(item.but, account, 16);
    item.has_but = 1;
    item.pair = 1;
    item.json.data = text;
    item.json.len = (size_t) (out.pos - out.start);

    ngx_chat_route_item(&item);
}


void
ngx_chat_route_deliver(ngx_chat_route_item_t *item, ngx_chat_members_t *m)
{
    u_char      *account;
    uint64_t     slots[NGX_CHAT_ROUTE_SLOTS];
    ngx_uint_t   i;

    if (item->pair && m->kind != NGX_CHAT_KIND_DIRECT
        && m->kind != NGX_CHAT_KIND_PRIVATE)
    {
        return;
    }

    ngx_memzero(slots, sizeof(slots));

    for (i = 0; i < m->n; i++) {
        account = &m->accounts[i * 16];

        if (item->has_but && ngx_memcmp(account, item->but, 16) == 0) {
            continue;
        }

        ngx_chat_route_local(account, item);

        if (!item->local) {
            ngx_chat_registry_interested(account, slots);
        }
    }

    if (item->local) {
        return;
    }

    if (item->frame != NULL) {
        ngx_chat_route_gather(item->frame, slots);

    } else if (item->json.len == 0) {
        ngx_chat_route_send_hint(slots, item->conversation, 1);

    } else {
        for (i = 0; i < m->n; i++) {
            account = &m->accounts[i * 16];

            if (!item->has_but || ngx_memcmp(account, item->but, 16) != 0) {
                ngx_memzero(slots, sizeof(slots));
                ngx_chat_registry_interested(account, slots);
                ngx_chat_route_send_event(slots, account, 1, &item->json);
            }
        }
    }
}


/* To the receivers of one account. */

void
ngx_chat_route_local(u_char account[16], ngx_chat_route_item_t *item)
{
    ngx_queue_t          *q, *next, *bucket;
    ngx_chat_receiver_t  *r;

    bucket = ngx_chat_route_bucket(account);

    for (q = ngx_queue_head(bucket);
         q != ngx_queue_sentinel(bucket);
         q = next)
    {
        next = ngx_queue_next(q);
        r = ngx_queue_data(q, ngx_chat_receiver_t, queue);

        if (ngx_memcmp(r->account, account, 16) != 0) {
            continue;
        }

        if (item->frame != NULL) {
            r->ops->entry(r, item->frame);

        } else if (item->json.len != 0) {
            r->ops->event(r, &item->json);

        } else {
            r->ops->more(r, item->conversation);
        }
    }
}


/* Ends the receivers of a session. */

void
ngx_chat_route_close(u_char account[16], u_char session[16], ngx_uint_t code)
{
    ngx_queue_t          *q, *next, *bucket;
    ngx_chat_receiver_t  *r;

    bucket = ngx_chat_route_bucket(account);

    for (q = ngx_queue_head(bucket);
         q != ngx_queue_sentinel(bucket);
         q = next)
    {
        next = ngx_queue_next(q);
        r = ngx_queue_data(q, ngx_chat_receiver_t, queue);

        if (ngx_memcmp(r->session, session, 16) == 0) {
            r->ops->close(r, code);
        }
    }
}


/*
 * A receiver of this session came, with this order: older ones end.  One that is newer
 * says so to the worker that doesn't know; orders that are far apart don't count, for then a clock was set.
 */

void
ngx_chat_route_replace(u_char account[16], u_char session[16], uint64_t order)
{
    ngx_queue_t          *q, *next, *bucket;
    ngx_chat_receiver_t  *r;

    bucket = ngx_chat_route_bucket(account);

    for (q = ngx_queue_head(bucket);
         q != ngx_queue_sentinel(bucket);
         q = next)
    {
        next = ngx_queue_next(q);
        r = ngx_queue_data(q, ngx_chat_receiver_t, queue);

        if (ngx_memcmp(r->session, session, 16) != 0 || r->order == order) {
            continue;
        }

        if (r->order < order
            || (r->order - order) >> 8 > NGX_CHAT_ROUTE_CLOCK)
        {
            r->ops->close(r, 4409);

        } else {
            ngx_chat_route_send_replace(r);
        }
    }
}


/* Track was lost: everybody looks into the log, at a pace of their own. */

void
ngx_chat_route_recheck(void)
{
    ngx_chat_route_walk(ngx_chat_route_more, NULL);
}


static void
ngx_chat_route_more(ngx_chat_receiver_t *r, void *data)
{
    r->ops->more(r, NULL);
}


static ngx_queue_t *
ngx_chat_route_bucket(u_char account[16])
{
    return &ngx_chat_route_buckets[ngx_murmur_hash2(account, 16)
                                   % NGX_CHAT_ROUTE_BUCKETS];
}
