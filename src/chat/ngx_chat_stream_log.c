/* From the log to the client in order, and past the log when the client is level. */

#include "ngx_chat_stream_private.h"

static int ngx_libc_cdecl ngx_chat_stream_wanted_cmp(const void *one,
    const void *two);
static void ngx_chat_stream_page(void *data, ngx_chat_log_page_t *page);
static void ngx_chat_stream_page_failed(ngx_chat_stream_t *s);
static void ngx_chat_stream_logged(ngx_chat_stream_t *s, ngx_chat_frame_t *f);
static void ngx_chat_stream_send(ngx_chat_stream_t *s, ngx_chat_position_t *p,
    ngx_chat_frame_t *f);


/* Everything after the session's cursors; what is known to be there already is skipped by number. */

ngx_int_t
ngx_chat_stream_read_all(ngx_chat_stream_t *s)
{
    ngx_uint_t  room;

    room = ngx_min((ngx_uint_t) s->window - s->unacked, NGX_CHAT_LOG_ENTRIES);

    s->read = ngx_chat_log_read(s->receiver.session, NULL, NULL, 0, room,
                                NGX_CHAT_LOG_BYTES, ngx_chat_stream_page, s);
    if (s->read == NULL) {
        return NGX_ERROR;
    }

    s->more = 0;
    s->full = 1;

    if (s->sweep) {
        ngx_chat_position_sweep_begin(s);
    }

    return NGX_OK;
}


/* The conversations that were marked first, each after what was sent of it. */

ngx_int_t
ngx_chat_stream_read_wanted(ngx_chat_stream_t *s)
{
    u_char                ids[NGX_CHAT_STREAM_READ * 16];
    int64_t               seqs[NGX_CHAT_STREAM_READ];
    uint32_t              i;
    ngx_uint_t            n, room;
    ngx_chat_position_t  *p, **wanted;

    n = ngx_chat_position_wanted(s);

    wanted = ngx_alloc(n * sizeof(ngx_chat_position_t *), s->timer.log);
    if (wanted == NULL) {
        return NGX_ERROR;
    }

    n = 0;

    for (i = 0; i < s->npositions; i++) {
        if (ngx_chat_position_wants(&s->positions[i])) {
            wanted[n++] = &s->positions[i];
        }
    }

    qsort(wanted, n, sizeof(ngx_chat_position_t *),
          ngx_chat_stream_wanted_cmp);

    n = ngx_min(n, NGX_CHAT_STREAM_READ);

    for (i = 0; i < n; i++) {
        ngx_memcpy(&ids[i * 16], wanted[i]->conversation, 16);
        seqs[i] = wanted[i]->last;
    }

    room = ngx_min((ngx_uint_t) s->window - s->unacked, NGX_CHAT_LOG_ENTRIES);

    s->read = ngx_chat_log_read(s->receiver.session, ids, seqs, n, room,
                                NGX_CHAT_LOG_BYTES, ngx_chat_stream_page, s);

    for (i = 0; s->read != NULL && i < n; i++) {
        p = wanted[i];
        p->reading = 1;

        /* what was told so far is committed: the read sees it */

        p->hinted = 0;
        p->heard = -1;
    }

    ngx_free(wanted);

    return (s->read == NULL) ? NGX_ERROR : NGX_OK;
}


static int ngx_libc_cdecl
ngx_chat_stream_wanted_cmp(const void *one, const void *two)
{
    const ngx_chat_position_t  *a = *(ngx_chat_position_t *const *) one;
    const ngx_chat_position_t  *b = *(ngx_chat_position_t *const *) two;

    return (a->order < b->order) ? -1 : a->order > b->order;
}


static void
ngx_chat_stream_page(void *data, ngx_chat_log_page_t *page)
{
    ngx_chat_stream_t *s = data;

    uint32_t              i;
    ngx_uint_t            k, full;
    ngx_chat_frame_t     *f;
    ngx_chat_position_t  *p;

    s->read = NULL;
    full = s->full;
    s->full = 0;

    if (page->failed) {
        if (full) {
            s->more = 1;
        }

        ngx_chat_stream_page_failed(s);
        return;
    }

    s->retry = 0;

    for (i = 0; i < s->npositions; i++) {
        s->positions[i].reading = 0;
    }

    for (k = 0; k < page->n; k++) {
        f = page->frames[k];

        if (s->failed || s->blocked || s->unacked >= s->window) {
            p = ngx_chat_position_find(s, f->conversation);

            if (p == NULL || ngx_max(f->seq, f->expired_to) > p->last) {
                ngx_chat_position_hint(s, f->conversation);

            } else {
                p->seen = 1;
            }

        } else {
            ngx_chat_stream_logged(s, f);
        }

        ngx_chat_frame_unref(f);
    }

    for (k = 0; k < page->ncut; k++) {
        ngx_chat_position_hint(s, &page->cut[k * 16]);
    }

    if (full && s->sweep) {
        s->sweep = 0;
        ngx_chat_position_sweep_end(s);

    } else {
        ngx_chat_position_forget_unknown(s);
    }

    ngx_chat_stream_advance(s);
}


static void
ngx_chat_stream_page_failed(ngx_chat_stream_t *s)
{
    uint32_t  i;

    for (i = 0; i < s->npositions; i++) {
        if (s->positions[i].reading) {
            s->positions[i].reading = 0;
            s->positions[i].hinted = 1;
        }
    }

    ngx_chat_stream_retry(s);
}


/* An entry from the log: the range was open when it was read. */

static void
ngx_chat_stream_logged(ngx_chat_stream_t *s, ngx_chat_frame_t *f)
{
    ngx_chat_position_t  *p;

    p = ngx_chat_position_add(s, f->conversation);

    if (p == NULL) {
        s->more = 1;
        s->blocked = 1;
        s->ops->close(s->transport, 4429);
        return;
    }

    if (ngx_max(f->seq, f->expired_to) <= p->last) {
        p->seen = 1;
        return;
    }

    if (p->last < 0) {
        p->last = f->seq - 1;
        p->acked = p->last;
    }

    p->version = f->version;
    ngx_chat_stat_add(NGX_CHAT_STAT_ENTRIES_READ, 1);
    ngx_chat_stream_send(s, p, f);
}


/*
 * An entry that just committed.  It goes out only if it is the next one, and the
 * membership is that with which the log was read: else the log decides what this device sees.
 */

void
ngx_chat_stream_live(ngx_chat_stream_t *s, ngx_chat_frame_t *f)
{
    ngx_chat_position_t  *p;

    if (!s->resumed || ngx_chat_stream_same_log(s) != NGX_OK) {
        return;
    }

    p = ngx_chat_position_add(s, f->conversation);

    if (p == NULL) {
        s->more = 1;
        ngx_chat_stream_advance(s);
        return;
    }

    if (f->seq <= p->last) {
        return;
    }

    if (s->drained && !s->blocked && s->unacked < s->window
        && p->last >= 0 && f->seq == p->last + 1
        && !ngx_chat_position_wants(p)
        && f->version != 0 && f->version == p->version)
    {
        ngx_chat_stat_add(NGX_CHAT_STAT_ENTRIES_LIVE, 1);
        ngx_chat_stream_send(s, p, f);
        return;
    }

    if (!ngx_chat_position_wants(p)) {
        p->order = s->order++;
    }

    p->heard = ngx_max(p->heard, f->seq);
    p->touched = 1;

    ngx_chat_stream_advance(s);
}


static void
ngx_chat_stream_send(ngx_chat_stream_t *s, ngx_chat_position_t *p,
    ngx_chat_frame_t *f)
{
    ngx_int_t  rc;

    rc = s->ops->frame(s->transport, f);

    if (rc == NGX_DECLINED) {
        p->hinted = 1;
        p->touched = 1;
        ngx_chat_stream_retry(s);
        return;
    }

    if (rc == NGX_ERROR) {
        p->hinted = 1;
        p->touched = 1;
        s->blocked = 1;
        return;
    }

    p->touched = 1;

    if (f->expired_to > 0) {
        if (p->acked == p->last) {
            p->acked = f->expired_to;
        }

        p->last = f->expired_to;

    } else {

        /* numbers that this device doesn't see need no acknowledgement */

        if (p->acked == p->last) {
            p->acked = f->seq - 1;
        }

        p->last = f->seq;
        s->unacked++;
    }

    if (rc == NGX_AGAIN && !s->blocked) {
        s->blocked = 1;
        ngx_chat_stat_add(NGX_CHAT_STAT_SLOW_READERS, 1);
    }
}
