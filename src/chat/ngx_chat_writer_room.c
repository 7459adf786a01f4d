/*
 * How much of the acknowledgements' queue each account holds, so that one can't
 * take the room of all others.
 */

#include "ngx_chat_writer_private.h"

typedef struct {
    ngx_queue_t     queue;              /* in its bucket */
    u_char          account[16];
    ngx_uint_t      n;                  /* more than 0 */
} ngx_chat_ack_room_t;

static ngx_chat_ack_room_t *ngx_chat_ack_room_find(u_char account[16]);
static ngx_queue_t *ngx_chat_ack_room_bucket(u_char account[16]);

static ngx_queue_t  ngx_chat_ack_rooms[NGX_CHAT_ACK_BUCKETS];


void
ngx_chat_ack_room_init(void)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_CHAT_ACK_BUCKETS; i++) {
        ngx_queue_init(&ngx_chat_ack_rooms[i]);
    }
}


/*
 * Takes n (1 or 2) places for an account.  NGX_ERROR: it would hold more than
 * NGX_CHAT_ACK_ROOM, or there is no memory.
 */

ngx_int_t
ngx_chat_ack_room_take(u_char account[16], ngx_uint_t n)
{
    ngx_chat_ack_room_t  *room;

    room = ngx_chat_ack_room_find(account);

    if (room == NULL) {
        room = ngx_alloc(sizeof(ngx_chat_ack_room_t), ngx_cycle->log);
        if (room == NULL) {
            return NGX_ERROR;
        }

        ngx_memcpy(room->account, account, 16);
        room->n = 0;
        ngx_queue_insert_head(ngx_chat_ack_room_bucket(account), &room->queue);
    }

    if (room->n + n > NGX_CHAT_ACK_ROOM) {
        return NGX_ERROR;
    }

    room->n += n;

    return NGX_OK;
}


/* Gives back n places that ngx_chat_ack_room_take() gave. */

void
ngx_chat_ack_room_give(u_char account[16], ngx_uint_t n)
{
    ngx_chat_ack_room_t  *room;

    room = ngx_chat_ack_room_find(account);

    if (room == NULL) {
        return;
    }

    if (room->n > n) {
        room->n -= n;
        return;
    }

    ngx_queue_remove(&room->queue);
    ngx_free(room);
}


static ngx_chat_ack_room_t *
ngx_chat_ack_room_find(u_char account[16])
{
    ngx_queue_t          *q, *bucket;
    ngx_chat_ack_room_t  *room;

    bucket = ngx_chat_ack_room_bucket(account);

    for (q = ngx_queue_head(bucket);
         q != ngx_queue_sentinel(bucket);
         q = ngx_queue_next(q))
    {
        room = ngx_queue_data(q, ngx_chat_ack_room_t, queue);

        if (ngx_memcmp(room->account, account, 16) == 0) {
            return room;
        }
    }

    return NULL;
}


static ngx_queue_t *
ngx_chat_ack_room_bucket(u_char account[16])
{
    return &ngx_chat_ack_rooms[ngx_murmur_hash2(account, 16)
                               % NGX_CHAT_ACK_BUCKETS];
}
