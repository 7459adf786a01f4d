/* Operations on entries: send, list, acknowledge, wait. */

#include <ngx_http.h>

#include "ngx_chat_run.h"
#include "ngx_chat_rows.h"
#include "ngx_chat_log.h"
#include "ngx_chat_poll.h"
#include "ngx_chat_writer.h"
#include "ngx_chat_commit.h"
#include "chat_text.h"

#define NGX_CHAT_ENTRY_LIST_MAX     200
#define NGX_CHAT_ENTRY_LIST_DEFAULT 50
#define NGX_CHAT_ACK_CURSORS        256     /* of one request; as many fit CHAT_JSON_MAX_SIZE */
#define NGX_CHAT_ENTRY_ANSWER       256
#define NGX_CHAT_SEQ_MAX            0x7fffffffffffffffLL

/* a send that waits for its verdict */
typedef struct {
    ngx_chat_send_t    *send;
    const char         *reason;         /* why it is no message to an MLS group; NULL: it is */
} ngx_chat_entry_send_t;

/* acknowledgements of one request: the last one that is committed answers it */
typedef struct {
    ngx_chat_call_t    *call;
    void              **waiters;        /* NULL where it is done */
    ngx_uint_t          n;
    ngx_uint_t          left;
    const char         *problem;
} ngx_chat_entry_acks_t;

typedef struct {
    ngx_chat_entry_acks_t  *acks;
    ngx_uint_t          i;
} ngx_chat_entry_ack_t;

static void ngx_chat_entry_send(ngx_chat_call_t *call);
static void ngx_chat_entry_sent(void *data, ngx_chat_sent_t *sent);
static void ngx_chat_entry_refused(ngx_chat_call_t *call,
    ngx_chat_sent_t *sent, const char *reason);
static void ngx_chat_entry_send_abort(ngx_chat_call_t *call);
static void ngx_chat_entry_list(ngx_chat_call_t *call);
static void ngx_chat_entry_listed(void *data, ngx_chat_log_page_t *page);
static ngx_int_t ngx_chat_entry_more(ngx_chat_call_t *call,
    ngx_chat_log_page_t *page);
static void ngx_chat_entry_list_abort(ngx_chat_call_t *call);
static void ngx_chat_entry_ack(ngx_chat_call_t *call);
static void ngx_chat_entry_acked(void *data, const char *problem);
static void ngx_chat_entry_ack_abort(ngx_chat_call_t *call);

static const ngx_chat_param_t  ngx_chat_entry_send_params[] = {
    { "conversation", NGX_CHAT_UUID, NGX_CHAT_IN_PATH, 1, 0, 0, NULL },
    { "client_id", NGX_CHAT_UUID, NGX_CHAT_IN_BODY, 1, 0, 0, NULL },
    { "epoch", NGX_CHAT_INTEGER, NGX_CHAT_IN_BODY, 0, 0, NGX_CHAT_SEQ_MAX,
      NULL },
    { NULL, 0, 0, 0, 0, 0, NULL }
};

static const ngx_chat_param_t  ngx_chat_entry_list_params[] = {
    { "conversation", NGX_CHAT_UUID, NGX_CHAT_IN_PATH, 1, 0, 0, NULL },
    { "after", NGX_CHAT_INTEGER, NGX_CHAT_IN_QUERY, 0, 0, NGX_CHAT_SEQ_MAX,
      NULL },
    { "before", NGX_CHAT_INTEGER, NGX_CHAT_IN_QUERY, 0, 1,
      NGX_CHAT_SEQ_MAX, NULL },
    { "limit", NGX_CHAT_INTEGER, NGX_CHAT_IN_QUERY, 0, 1,
      NGX_CHAT_ENTRY_LIST_MAX, NULL },
    { NULL, 0, 0, 0, 0, 0, NULL }
};

static const ngx_chat_param_t  ngx_chat_entry_ack_params[] = {
    { "cursors", NGX_CHAT_CURSORS, NGX_CHAT_IN_BODY, 1, 1,
      NGX_CHAT_ACK_CURSORS, NULL },
    { NULL, 0, 0, 0, 0, 0, NULL }
};

static const ngx_chat_param_t  ngx_chat_entry_events_params[] = {
    { "wait", NGX_CHAT_INTEGER, NGX_CHAT_IN_QUERY, 0, 0, NGX_CHAT_POLL_WAIT,
      NULL },
    { "limit", NGX_CHAT_INTEGER, NGX_CHAT_IN_QUERY, 0, 1,
      NGX_CHAT_ENTRY_LIST_MAX, NULL },
    { NULL, 0, 0, 0, 0, 0, NULL }
};

ngx_chat_op_t  ngx_chat_entry_ops[] = {

    { "entry_send", "POST", "conversations/{conversation}/entries",
      NGX_CHAT_WHO_ACCOUNT, NGX_CHAT_LIMIT_SEND,
      NGX_CHAT_OP_SOCKET|NGX_CHAT_OP_PAYLOAD, ngx_chat_entry_send_params,
      NULL, ngx_chat_entry_send, NULL, 0 },

    { "entry_list", "GET", "conversations/{conversation}/entries",
      NGX_CHAT_WHO_ACCOUNT, NGX_CHAT_LIMIT_NONE,
      NGX_CHAT_OP_SOCKET|NGX_CHAT_OP_ENTRIES|NGX_CHAT_OP_PENDING,
      ngx_chat_entry_list_params, NULL, ngx_chat_entry_list, NULL, 0 },

    { "ack", "POST", "ack",
      NGX_CHAT_WHO_ACCOUNT, NGX_CHAT_LIMIT_FREE, NGX_CHAT_OP_PENDING,
      ngx_chat_entry_ack_params, NULL, ngx_chat_entry_ack, NULL, 0 },

    { "events_get", "GET", "events",
      NGX_CHAT_WHO_ACCOUNT, NGX_CHAT_LIMIT_NONE,
      NGX_CHAT_OP_ENTRIES|NGX_CHAT_OP_PENDING, ngx_chat_entry_events_params,
      NULL, ngx_chat_poll, NULL, 0 },

    { NULL, NULL, NULL, 0, 0, 0, NULL, NULL, NULL, NULL, 0 }
};


static void
ngx_chat_entry_send(ngx_chat_call_t *call)
{
    u_char                         pair[32];
    uint32_t                       resets;
    ngx_chat_entry_t               entry;
    ngx_chat_value_t              *epoch;
    ngx_chat_entry_send_t         *state;
    ngx_chat_conversation_conf_t  *conf;

    conf = call->loc_conf[ngx_chat_conversation_module.ctx_index];

    ngx_memcpy(pair, call->session.account, 16);
    ngx_memcpy(&pair[16], ngx_chat_call_value(call, "conversation")->uuid, 16);

    if (ngx_chat_call_limit(call, NGX_CHAT_LIMIT_SEND, pair, 32) != NGX_OK
        || ngx_chat_call_payload(call, conf->message_max_size) != NGX_OK)
    {
        return;
    }

    ngx_memzero(&entry, sizeof(ngx_chat_entry_t));
    ngx_memcpy(entry.conversation,
               ngx_chat_call_value(call, "conversation")->uuid, 16);
    ngx_memcpy(entry.client_id, ngx_chat_call_value(call, "client_id")->uuid,
               16);

    epoch = ngx_chat_call_value(call, "epoch");
    entry.epoch = epoch->set ? epoch->integer : -1;
    entry.resets = -1;
    entry.payload = call->payload;

    state = ngx_pcalloc(call->pool, sizeof(ngx_chat_entry_send_t));
    if (state == NULL) {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    /* whether the conversation is mls, only the database knows */

    state->reason = "a message to a group needs its epoch";

    if (epoch->set) {
        state->reason = ngx_chat_group_message(&call->payload,
                                               entry.conversation,
                                               entry.epoch, &resets);
        if (state->reason == NULL) {
            entry.resets = (int32_t) resets;
        }
    }

    state->send = ngx_chat_writer_send(&entry, call->session.session,
                                       ngx_chat_entry_sent, call);
    if (state->send == NULL) {
        ngx_chat_call_fail(call, "overloaded");
        return;
    }

    call->state = state;
    call->abort = ngx_chat_entry_send_abort;
}


static void
ngx_chat_entry_sent(void *data, ngx_chat_sent_t *sent)
{
    ngx_chat_call_t *call = data;

    u_char                 *buf;
    chat_json_out_t         out;
    ngx_chat_entry_send_t  *state;

    state = call->state;
    call->abort = NULL;
    call->state = NULL;

    if (sent->problem != NULL) {
        ngx_chat_entry_refused(call, sent, state->reason);
        return;
    }

    buf = ngx_pnalloc(call->pool, NGX_CHAT_ENTRY_ANSWER);
    if (buf == NULL) {

        /* it is stored: only asking again with the same id will tell */

        ngx_chat_call_fail(call, "outcome_unknown");
        return;
    }

    chat_json_out_init(&out, (char *) buf, NGX_CHAT_ENTRY_ANSWER);
    chat_json_open(&out, '{');
    chat_json_out_key(&out, "seq");
    chat_json_out_integer(&out, sent->seq);
    chat_json_out_key(&out, "time");
    chat_json_out_time(&out, sent->created);

    if (sent->duplicate) {
        chat_json_out_key(&out, "duplicate");
        chat_json_out_boolean(&out, 1);
    }

    chat_json_close(&out, '}');

    call->json.data = buf;
    call->json.len = (size_t) (out.pos - out.start);

    ngx_chat_call_done(call, NGX_HTTP_CREATED);
}


/* what a client of a group must know to do better */

static void
ngx_chat_entry_refused(ngx_chat_call_t *call, ngx_chat_sent_t *sent,
    const char *reason)
{
    u_char           *buf;
    ngx_str_t         members;
    chat_json_out_t   out;

    ngx_str_null(&members);
    buf = ngx_pnalloc(call->pool, NGX_CHAT_ENTRY_ANSWER);

    if (buf != NULL) {
        chat_json_out_init(&out, (char *) buf, NGX_CHAT_ENTRY_ANSWER);

        if (ngx_strcmp(sent->problem, "stale_epoch") == 0) {
            chat_json_out_key(&out, "epoch");
            chat_json_out_integer(&out, sent->epoch);

        } else if (ngx_strcmp(sent->problem, "invalid_message") == 0) {

            if (reason == NULL) {
                reason = "group id";
            }

            chat_json_out_key(&out, "reason");
            chat_json_out_string(&out, reason, ngx_strlen(reason));
        }

        if (!out.overflow) {
            members.data = buf;
            members.len = (size_t) (out.pos - out.start);
        }
    }

    ngx_chat_call_fail_members(call, sent->problem, &members);
}


static void
ngx_chat_entry_send_abort(ngx_chat_call_t *call)
{
    ngx_chat_entry_send_t *state = call->state;

    ngx_chat_writer_abandon(state->send);
}


static void
ngx_chat_entry_list(ngx_chat_call_t *call)
{
    ngx_chat_value_t  *after, *before, *limit;

    after = ngx_chat_call_value(call, "after");
    before = ngx_chat_call_value(call, "before");
    limit = ngx_chat_call_value(call, "limit");

    call->state = ngx_chat_log_list(call->session.account,
                      call->session.session,
                      ngx_chat_call_value(call, "conversation")->uuid,
                      after->set ? after->integer : -1,
                      before->set ? before->integer : -1,
                      limit->set ? (ngx_uint_t) limit->integer
                                 : NGX_CHAT_ENTRY_LIST_DEFAULT,
                      ngx_chat_entry_listed, call);

    if (call->state == NULL) {
        ngx_chat_call_fail(call, "overloaded");
        return;
    }

    call->abort = ngx_chat_entry_list_abort;
}


static void
ngx_chat_entry_listed(void *data, ngx_chat_log_page_t *page)
{
    ngx_chat_call_t *call = data;

    call->abort = NULL;
    call->state = NULL;

    if (ngx_chat_pg_status(page->res) != NGX_CHAT_PG_OK) {
        ngx_chat_call_fail_pg(call, page->res);
        return;
    }

    if (page->failed) {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    if (ngx_chat_entry_more(call, page) != NGX_OK) {
        while (page->n > 0) {
            ngx_chat_frame_unref(page->frames[--page->n]);
        }

        ngx_chat_call_fail(call, "internal");
        return;
    }

    ngx_chat_entry_answer(call, page);
}


/* Says whether the page is the last in its direction, and where the next begins. */

static ngx_int_t
ngx_chat_entry_more(ngx_chat_call_t *call, ngx_chat_log_page_t *page)
{
    u_char            *p;
    int64_t            seq;
    ngx_uint_t         i, forward;
    ngx_chat_value_t  *limit, *before;

    if (page->ncut == 0) {
        ngx_str_set(&call->extra, "\"more\":false");
        return NGX_OK;
    }

    ngx_str_set(&call->extra, "\"more\":true");

    forward = ngx_chat_call_value(call, "after")->set;
    before = ngx_chat_call_value(call, "before");
    limit = ngx_chat_call_value(call, "limit");
    seq = 0;

    for (i = 0; i < page->n; i++) {

        /* a frame that tells of what is gone has a range, not a number */

        if (page->frames[i]->expired_to > 0) {
            continue;
        }

        if (seq == 0 || forward) {
            seq = page->frames[i]->seq;
        }
    }

    p = ngx_pnalloc(call->pool, sizeof("?before=&before=&limit=")
                                + 3 * NGX_INT64_LEN);
    if (p == NULL) {
        return NGX_ERROR;
    }

    call->next.data = p;
    p = ngx_sprintf(p, forward ? "?after=%L" : "?before=%L", seq);

    if (forward && before->set) {
        p = ngx_sprintf(p, "&before=%L", before->integer);
    }

    if (limit->set) {
        p = ngx_sprintf(p, "&limit=%L", limit->integer);
    }

    call->next.len = p - call->next.data;

    return NGX_OK;
}


/* The page's frames become the call's answer. */

void
ngx_chat_entry_answer(ngx_chat_call_t *call, ngx_chat_log_page_t *page)
{
    if (page->n > 0) {
        call->frames = ngx_palloc(call->pool,
                                  page->n * sizeof(ngx_chat_frame_t *));
        if (call->frames == NULL) {
            while (page->n > 0) {
                ngx_chat_frame_unref(page->frames[--page->n]);
            }

            ngx_chat_call_fail(call, "internal");
            return;
        }

        ngx_memcpy(call->frames, page->frames,
                   page->n * sizeof(ngx_chat_frame_t *));
        call->nframes = page->n;
    }

    ngx_chat_call_done(call, NGX_HTTP_OK);
}


static void
ngx_chat_entry_list_abort(ngx_chat_call_t *call)
{
    ngx_chat_log_abandon(call->state);
}


static void
ngx_chat_entry_ack(ngx_chat_call_t *call)
{
    void                   *iter;
    u_char                  conversation[16];
    size_t                  n;
    ngx_int_t               rc;
    const char             *key;
    chat_json_t            *cursors;
    ngx_chat_entry_ack_t   *items;
    ngx_chat_entry_acks_t  *acks;

    cursors = ngx_chat_call_value(call, "cursors")->json;
    n = chat_json_size(cursors);

    acks = ngx_pcalloc(call->pool, sizeof(ngx_chat_entry_acks_t));
    items = ngx_pcalloc(call->pool, (n + 1) * sizeof(ngx_chat_entry_ack_t));

    if (acks != NULL) {
        acks->waiters = ngx_pcalloc(call->pool, (n + 1) * sizeof(void *));
    }

    if (acks == NULL || items == NULL || acks->waiters == NULL) {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    acks->call = call;
    call->state = acks;
    call->abort = ngx_chat_entry_ack_abort;

    for (iter = chat_json_next(cursors, NULL);
         iter != NULL && acks->n < n;
         iter = chat_json_next(cursors, iter))
    {
        key = chat_json_key(iter);

        if (chat_uuid_parse(key, ngx_strlen(key), conversation) != 0) {
            continue;
        }

        items[acks->n].acks = acks;
        items[acks->n].i = acks->n;

        acks->waiters[acks->n] = ngx_chat_writer_ack(call->session.session,
                                     call->session.account, conversation,
                                     chat_json_integer(chat_json_value(iter)),
                                     ngx_chat_entry_acked, &items[acks->n],
                                     &rc);
        if (acks->waiters[acks->n] == NULL) {
            ngx_chat_entry_ack_abort(call);
            call->abort = NULL;
            ngx_chat_call_fail(call, "overloaded");
            return;
        }

        acks->n++;
        acks->left++;
    }

    if (acks->left == 0) {
        call->abort = NULL;
        ngx_chat_call_fail_parameter(call, "cursors", "at least 1");
    }
}


static void
ngx_chat_entry_acked(void *data, const char *problem)
{
    ngx_chat_entry_ack_t *item = data;

    ngx_chat_call_t        *call;
    ngx_chat_entry_acks_t  *acks;

    acks = item->acks;
    acks->waiters[item->i] = NULL;

    if (problem != NULL) {
        acks->problem = problem;
    }

    if (--acks->left != 0) {
        return;
    }

    call = acks->call;
    call->abort = NULL;

    if (acks->problem != NULL) {
        ngx_chat_call_fail(call, acks->problem);
        return;
    }

    ngx_chat_call_done(call, NGX_HTTP_NO_CONTENT);
}


static void
ngx_chat_entry_ack_abort(ngx_chat_call_t *call)
{
    ngx_uint_t              i;
    ngx_chat_entry_acks_t  *acks;

    acks = call->state;

    for (i = 0; i < acks->n; i++) {
        if (acks->waiters[i] != NULL) {
            ngx_chat_writer_ack_abandon(acks->waiters[i]);
        }
    }
}
