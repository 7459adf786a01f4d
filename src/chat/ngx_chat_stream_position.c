/* The positions of a stream: only of conversations that something happened in. */

#include "ngx_chat_stream_private.h"

#define NGX_CHAT_POSITIONS_FIRST    4

static uint32_t ngx_chat_position_index(ngx_chat_stream_t *s,
    u_char conversation[16], ngx_uint_t *found);
static void ngx_chat_position_fit(ngx_chat_stream_t *s);


/* Valid until the next is added or forgotten. */

ngx_chat_position_t *
ngx_chat_position_find(ngx_chat_stream_t *s, u_char conversation[16])
{
    uint32_t    i;
    ngx_uint_t  found;

    i = ngx_chat_position_index(s, conversation, &found);

    return found ? &s->positions[i] : NULL;
}


ngx_chat_position_t *
ngx_chat_position_add(ngx_chat_stream_t *s, u_char conversation[16])
{
    uint32_t              i, capacity;
    ngx_uint_t            found;
    ngx_chat_position_t  *p;

    i = ngx_chat_position_index(s, conversation, &found);

    if (found) {
        return &s->positions[i];
    }

    if (s->npositions == NGX_CHAT_POSITIONS) {
        return NULL;
    }

    if (s->npositions == s->capacity) {
        capacity = s->capacity ? s->capacity * 2 : NGX_CHAT_POSITIONS_FIRST;

        p = realloc(s->positions, capacity * sizeof(ngx_chat_position_t));
        if (p == NULL) {
            return NULL;
        }

        s->positions = p;
        s->capacity = capacity;
    }

    p = &s->positions[i];
    ngx_memmove(p + 1, p, (s->npositions - i) * sizeof(ngx_chat_position_t));
    s->npositions++;

    ngx_memzero(p, sizeof(ngx_chat_position_t));
    ngx_memcpy(p->conversation, conversation, 16);
    p->last = -1;
    p->acked = -1;
    p->heard = -1;
    p->touched = 1;

    return p;
}


/* Marks a conversation to be read; where that can't be noted, all are read. */

void
ngx_chat_position_hint(ngx_chat_stream_t *s, u_char conversation[16])
{
    ngx_chat_position_t  *p;

    p = ngx_chat_position_add(s, conversation);

    if (p == NULL) {
        s->more = 1;
        return;
    }

    if (!ngx_chat_position_wants(p)) {
        p->order = s->order++;
    }

    p->hinted = 1;
    p->touched = 1;
}


/* The client has everything up to seq: room in the window. */

void
ngx_chat_position_ack(ngx_chat_stream_t *s, u_char conversation[16],
    int64_t seq)
{
    ngx_chat_position_t  *p;

    p = ngx_chat_position_find(s, conversation);

    if (p == NULL) {
        return;
    }

    p->touched = 1;
    seq = ngx_min(seq, p->last);

    if (seq > p->acked) {
        s->unacked -= (uint32_t) ngx_min(seq - p->acked,
                                         (int64_t) s->unacked);
        p->acked = seq;
    }
}


/* How many conversations want to be read. */

ngx_uint_t
ngx_chat_position_wanted(ngx_chat_stream_t *s)
{
    uint32_t    i;
    ngx_uint_t  n;

    n = 0;

    for (i = 0; i < s->npositions; i++) {
        n += ngx_chat_position_wants(&s->positions[i]);
    }

    return n;
}


/*
 * A read of everything after the cursors tells whose cursor is still behind what was
 * sent.  A position that no entry came for, neither in that read nor since the last
 * one, can be forgotten: the cursor says the same.
 */

void
ngx_chat_position_sweep_begin(ngx_chat_stream_t *s)
{
    uint32_t  i;

    for (i = 0; i < s->npositions; i++) {
        s->positions[i].seen = s->positions[i].touched;
        s->positions[i].touched = 0;
    }
}


void
ngx_chat_position_sweep_end(ngx_chat_stream_t *s)
{
    uint32_t              i, n;
    ngx_chat_position_t  *p;

    n = 0;

    for (i = 0; i < s->npositions; i++) {
        p = &s->positions[i];

        if (p->seen || p->touched || p->reading || p->acked < p->last
            || ngx_chat_position_wants(p))
        {
            s->positions[n++] = *p;
        }
    }

    s->npositions = n;
    ngx_chat_position_fit(s);
}


/* Conversations that were read and showed nothing to this device. */

void
ngx_chat_position_forget_unknown(ngx_chat_stream_t *s)
{
    uint32_t              i, n;
    ngx_chat_position_t  *p;

    n = 0;

    for (i = 0; i < s->npositions; i++) {
        p = &s->positions[i];

        if (p->last >= 0 || p->reading || ngx_chat_position_wants(p)) {
            s->positions[n++] = *p;
        }
    }

    s->npositions = n;
}


static void
ngx_chat_position_fit(ngx_chat_stream_t *s)
{
    ngx_chat_position_t  *p;

    if (s->npositions == 0) {
        free(s->positions);
        s->positions = NULL;
        s->capacity = 0;
        return;
    }

    if (s->npositions <= s->capacity / 4) {
        p = realloc(s->positions,
                    s->npositions * sizeof(ngx_chat_position_t));

        if (p != NULL) {
            s->positions = p;
            s->capacity = s->npositions;
        }
    }
}


/* Where the conversation stands, or would. */

static uint32_t
ngx_chat_position_index(ngx_chat_stream_t *s, u_char conversation[16],
    ngx_uint_t *found)
{
    int       rc;
    uint32_t  low, high, middle;

    low = 0;
    high = s->npositions;
    *found = 0;

    while (low < high) {
        middle = (low + high) / 2;
        rc = ngx_memcmp(s->positions[middle].conversation, conversation, 16);

        if (rc == 0) {
            *found = 1;
            return middle;
        }

        if (rc < 0) {
            low = middle + 1;

        } else {
            high = middle;
        }
    }

    return low;
}
