/* A stream's acknowledgements: room in the window at once, an answer after the commit. */

#include "ngx_chat_stream_private.h"

typedef struct ngx_chat_stream_ack_s  ngx_chat_stream_ack_t;

/* what a waiter gets as its data: which one it is */
typedef struct {
    ngx_chat_stream_ack_t  *ack;
    ngx_uint_t              i;
} ngx_chat_stream_ack_item_t;

/* one frame with an id: answered when its last cursor is committed */
struct ngx_chat_stream_ack_s {
    ngx_queue_t         queue;
    ngx_chat_stream_t  *stream;
    ngx_str_t           id;
    ngx_uint_t          n;
    ngx_uint_t          left;
    const char         *problem;
    void              **waiters;        /* NULL: done */
    ngx_chat_stream_ack_item_t  *items;
};


static ngx_int_t ngx_chat_stream_ack_check(chat_json_t *cursors);
static ngx_chat_stream_ack_t *ngx_chat_stream_ack_create(ngx_chat_stream_t *s,
    ngx_str_t *id, ngx_uint_t n);
static void ngx_chat_stream_acked(void *data, const char *problem);
static void ngx_chat_stream_ack_answer(ngx_chat_stream_ack_t *ack);
static void ngx_chat_stream_ack_free(ngx_chat_stream_ack_t *ack);


void
ngx_chat_stream_ack(ngx_chat_stream_t *s, ngx_str_t *id, chat_json_t *cursors)
{
    void                   *iter, *waiter;
    u_char                  conversation[16];
    int64_t                 seq;
    ngx_int_t               rc;
    const char             *key;
    ngx_chat_stream_ack_t  *ack;

    if (ngx_chat_stream_ack_check(cursors) != NGX_OK) {
        ngx_chat_stream_problem(s, id, "invalid_parameter");
        return;
    }

    ack = NULL;

    if (id->len != 0) {
        ack = ngx_chat_stream_ack_create(s, id, chat_json_size(cursors));

        if (ack == NULL) {
            ngx_chat_stream_problem(s, id, "overloaded");
            return;
        }
    }

    for (iter = chat_json_next(cursors, NULL);
         iter != NULL;
         iter = chat_json_next(cursors, iter))
    {
        key = chat_json_key(iter);
        seq = chat_json_integer(chat_json_value(iter));

        if (chat_uuid_parse(key, ngx_strlen(key), conversation) != 0) {
            continue;
        }

        ngx_chat_position_ack(s, conversation, seq);

        if (ack == NULL) {
            (void) ngx_chat_writer_ack(s->receiver.session,
                                       s->receiver.account, conversation, seq,
                                       NULL, NULL, &rc);
            continue;
        }

        waiter = ngx_chat_writer_ack(s->receiver.session, s->receiver.account,
                                     conversation, seq, ngx_chat_stream_acked,
                                     &ack->items[ack->n],
                                     &rc);
        if (waiter == NULL) {
            ack->problem = "overloaded";
            break;
        }

        ack->waiters[ack->n++] = waiter;
        ack->left++;
    }

    if (ack != NULL && ack->left == 0) {
        ngx_chat_stream_ack_answer(ack);
    }

    ngx_chat_stream_advance(s);
}


void
ngx_chat_stream_acks_abandon(ngx_chat_stream_t *s)
{
    ngx_uint_t              i;
    ngx_chat_stream_ack_t  *ack;

    while (!ngx_queue_empty(&s->acks)) {
        ack = ngx_queue_data(ngx_queue_head(&s->acks), ngx_chat_stream_ack_t,
                             queue);

        for (i = 0; i < ack->n; i++) {
            if (ack->waiters[i] != NULL) {
                ngx_chat_writer_ack_abandon(ack->waiters[i]);
            }
        }

        ngx_chat_stream_ack_free(ack);
    }
}


/* All or nothing: every key a UUID, every value a number of 0 or more. */

static ngx_int_t
ngx_chat_stream_ack_check(chat_json_t *cursors)
{
    void         *iter;
    u_char        uuid[16];
    const char   *key;
    chat_json_t  *value;

    if (cursors == NULL || chat_json_size(cursors) == 0) {
        return NGX_ERROR;
    }

    for (iter = chat_json_next(cursors, NULL);
         iter != NULL;
         iter = chat_json_next(cursors, iter))
    {
        key = chat_json_key(iter);
        value = chat_json_value(iter);

        if (chat_uuid_parse(key, ngx_strlen(key), uuid) != 0
            || chat_json_type(value) != CHAT_JSON_INTEGER
            || chat_json_integer(value) < 0)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* n cursors at most, as many as a frame of bounded size can hold. */

static ngx_chat_stream_ack_t *
ngx_chat_stream_ack_create(ngx_chat_stream_t *s, ngx_str_t *id, ngx_uint_t n)
{
    ngx_uint_t              i;
    ngx_chat_stream_ack_t  *ack;

    if (s->nacks == NGX_CHAT_STREAM_ACKS) {
        return NULL;
    }

    ack = ngx_calloc(sizeof(ngx_chat_stream_ack_t)
                     + n * (sizeof(ngx_chat_stream_ack_item_t)
                            + sizeof(void *))
                     + id->len, ngx_cycle->log);
    if (ack == NULL) {
        return NULL;
    }

    ack->stream = s;
    ack->items = (ngx_chat_stream_ack_item_t *) &ack[1];
    ack->waiters = (void **) &ack->items[n];

    for (i = 0; i < n; i++) {
        ack->items[i].ack = ack;
        ack->items[i].i = i;
    }

    ack->id.data = (u_char *) &ack->waiters[n];
    ack->id.len = id->len;
    ngx_memcpy(ack->id.data, id->data, id->len);

    ngx_queue_insert_tail(&s->acks, &ack->queue);
    s->nacks++;

    return ack;
}


static void
ngx_chat_stream_acked(void *data, const char *problem)
{
    ngx_chat_stream_ack_item_t *item = data;

    ngx_chat_stream_ack_t  *ack;

    ack = item->ack;
    ack->waiters[item->i] = NULL;

    if (problem != NULL) {
        ack->problem = problem;
    }

    if (--ack->left == 0) {
        ngx_chat_stream_ack_answer(ack);
    }
}


static void
ngx_chat_stream_ack_answer(ngx_chat_stream_ack_t *ack)
{
    u_char              text[NGX_CHAT_STREAM_TEXT * 2];
    chat_json_out_t     out;
    ngx_chat_stream_t  *s;

    s = ack->stream;

    if (ack->problem != NULL) {
        ngx_chat_stream_problem(s, &ack->id, ack->problem);

    } else {
        chat_json_out_init(&out, (char *) text, sizeof(text));
        chat_json_open(&out, '{');
        chat_json_out_key(&out, "re");
        chat_json_out_raw(&out, (char *) ack->id.data, ack->id.len);
        chat_json_out_key(&out, "ok");
        chat_json_open(&out, '{');
        chat_json_close(&out, '}');
        chat_json_close(&out, '}');
        ngx_chat_stream_text(s, &out);
    }

    ngx_chat_stream_ack_free(ack);
}


static void
ngx_chat_stream_ack_free(ngx_chat_stream_ack_t *ack)
{
    ngx_queue_remove(&ack->queue);
    ack->stream->nacks--;
    ngx_free(ack);
}
