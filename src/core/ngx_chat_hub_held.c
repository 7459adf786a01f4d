/*
 * The conversations about which a peer that doesn't drain will be told: a set, so
 * that a busy conversation takes one place however much is said in it.
 */

#include "ngx_chat_hub_internal.h"


/* id: 16 bytes */
ngx_int_t
ngx_chat_hub_held_add(ngx_chat_hub_held_t *held, u_char id[16])
{
    ngx_uint_t  i;

    /* at most half of the index is taken, so an empty place ends the search */

    i = ngx_murmur_hash2(id, 16) % (NGX_CHAT_HUB_HELD * 2);

    while (held->index[i]) {

        if (ngx_memcmp(&held->ids[(held->index[i] - 1) * 16], id, 16) == 0) {
            return NGX_OK;
        }

        i = (i + 1) % (NGX_CHAT_HUB_HELD * 2);
    }

    if (held->n == NGX_CHAT_HUB_HELD) {
        return NGX_DECLINED;
    }

    ngx_memcpy(&held->ids[held->n * 16], id, 16);
    held->n++;
    held->index[i] = (uint16_t) held->n;

    return NGX_OK;
}
