/* Calls of operations that came in frames, and their answers. */

#include "ngx_chat_socket_api.h"
#include "chat_frame.h"

#define NGX_CHAT_REQUEST_ID_LEN     16      /* hex digits */

typedef struct {
    ngx_chat_call_t     call;
    ngx_queue_t         queue;
    ngx_chat_socket_t  *socket;
    ngx_str_t           id;             /* ready JSON */
    unsigned            waiting:1;      /* for a look at the session */
    unsigned            running:1;      /* inside ngx_chat_call_run() */
    unsigned            ended:1;
} ngx_chat_api_call_t;

static u_char *ngx_chat_api_request_id(u_char *p);
static void ngx_chat_api_call_run(ngx_chat_api_call_t *ac);
static void ngx_chat_api_call_done(ngx_chat_call_t *call);
static void ngx_chat_api_call_end(ngx_chat_api_call_t *ac);
static void ngx_chat_api_answer(ngx_chat_socket_t *s, ngx_chat_api_call_t *ac);
static void ngx_chat_api_answer_frames(ngx_chat_socket_t *s,
    ngx_chat_api_call_t *ac);
static void ngx_chat_api_answer_frame(ngx_chat_socket_t *s,
    ngx_chat_api_call_t *ac);
static void ngx_chat_api_send(ngx_chat_socket_t *s, ngx_uint_t opcode,
    ngx_str_t *parts, ngx_uint_t n);


void
ngx_chat_api_call(ngx_chat_socket_t *s, ngx_chat_op_t *op, ngx_str_t *id,
    chat_json_t *json, ngx_str_t *payload)
{
    u_char               *p;
    ngx_pool_t           *pool;
    ngx_chat_api_t       *api;
    ngx_chat_call_t      *call;
    ngx_chat_api_call_t  *ac;

    api = s->api;

    pool = ngx_create_pool(1024, s->connection->log);
    if (pool == NULL) {
        chat_json_free(json);
        ngx_chat_socket_close(s, 1011, "out of memory");
        return;
    }

    ac = ngx_pcalloc(pool, sizeof(ngx_chat_api_call_t));
    p = ngx_pnalloc(pool, 16 + id->len + (payload ? payload->len : 0));

    if (ac == NULL || p == NULL) {
        chat_json_free(json);
        ngx_destroy_pool(pool);
        ngx_chat_socket_close(s, 1011, "out of memory");
        return;
    }

    ac->socket = s;

    call = &ac->call;
    call->pool = pool;
    call->log = s->connection->log;
    call->op = op;
    call->loc_conf = api->loc_conf;
    call->sockaddr = s->connection->sockaddr;
    call->socklen = s->connection->socklen;
    call->body = json;
    call->done = ngx_chat_api_call_done;
    call->data = ac;
    call->from_socket = 1;
    call->session = api->session;
    call->has_session = 1;

    call->request_id.data = p;
    call->request_id.len = NGX_CHAT_REQUEST_ID_LEN;
    p = ngx_chat_api_request_id(p);

    ac->id.data = p;
    ac->id.len = id->len;
    p = ngx_cpymem(p, id->data, id->len);

    if (payload) {
        call->payload.data = p;
        call->payload.len = payload->len;
        ngx_memcpy(p, payload->data, payload->len);
    }

    ngx_queue_insert_tail(&api->calls, &ac->queue);
    api->ncalls++;

    if (api->ncalls >= NGX_CHAT_SOCKET_CALLS) {
        ngx_chat_socket_pause(s);
    }

    /* account and session may have been verified and approved since the handshake */

    if (ngx_chat_op_refuses(op, &api->session) != NULL) {
        ac->waiting = 1;
        ngx_chat_api_look(s);
        return;
    }

    ngx_chat_api_call_run(ac);
}


/* No secret, only another one each time: a system call a message would be dear. */

static u_char *
ngx_chat_api_request_id(u_char *p)
{
    static uint64_t  next;

    if (next == 0) {
        chat_random(&next, sizeof(next));
    }

    return ngx_sprintf(p, "%016xL", next++);
}


static void
ngx_chat_api_call_run(ngx_chat_api_call_t *ac)
{
    ac->running = 1;
    ngx_chat_call_run(&ac->call);
    ac->running = 0;

    if (ac->ended) {
        ngx_chat_api_call_end(ac);
    }
}


void
ngx_chat_api_calls_go_on(ngx_chat_socket_t *s)
{
    ngx_queue_t          *q, *next;
    ngx_chat_api_t       *api;
    ngx_chat_api_call_t  *ac;

    api = s->api;

    for (q = ngx_queue_head(&api->calls);
         q != ngx_queue_sentinel(&api->calls);
         q = next)
    {
        /* a call that ends at once leaves the queue */

        next = ngx_queue_next(q);
        ac = ngx_queue_data(q, ngx_chat_api_call_t, queue);

        if (ac->waiting) {
            ac->waiting = 0;
            ac->call.session = api->session;
            ngx_chat_api_call_run(ac);
        }
    }
}


static void
ngx_chat_api_call_done(ngx_chat_call_t *call)
{
    ngx_chat_api_call_t  *ac;

    ac = call->data;

    ngx_chat_api_answer(ac->socket, ac);

    ac->ended = 1;

    if (!ac->running) {
        ngx_chat_api_call_end(ac);
    }
}


static void
ngx_chat_api_call_end(ngx_chat_api_call_t *ac)
{
    ngx_chat_api_t     *api;
    ngx_chat_socket_t  *s;

    s = ac->socket;
    api = s->api;

    ngx_queue_remove(&ac->queue);
    api->ncalls--;

    ngx_chat_call_release(&ac->call);
    ngx_destroy_pool(ac->call.pool);

    if (!s->full && api->ncalls < NGX_CHAT_SOCKET_CALLS) {
        ngx_chat_socket_resume(s);
    }
}


static void
ngx_chat_api_answer(ngx_chat_socket_t *s, ngx_chat_api_call_t *ac)
{
    ngx_str_t         parts[5], json;
    ngx_chat_call_t  *call;

    call = &ac->call;

    if (ac->id.len == 0) {
        /* nobody waits for it */
        return;
    }

    ngx_str_set(&parts[0], "{\"re\":");
    parts[1] = ac->id;

    if (call->problem.def) {

        if (ngx_chat_problem_json(&call->problem, &call->request_id,
                                  call->pool, &json)
            != NGX_OK)
        {
            ngx_chat_socket_close(s, 1011, "out of memory");
            return;
        }

        ngx_str_set(&parts[2], ",\"problem\":");
        parts[3] = json;
        ngx_str_set(&parts[4], "}");

        ngx_chat_api_send(s, CHAT_WS_TEXT, parts, 5);
        return;
    }

    if (call->op->flags & NGX_CHAT_OP_ENTRIES) {
        ngx_chat_api_answer_frames(s, ac);
        return;
    }

    if ((call->op->flags & NGX_CHAT_OP_FRAME) && call->nframes == 1) {
        ngx_chat_api_answer_frame(s, ac);
        return;
    }

    ngx_str_set(&parts[2], ",\"ok\":");

    if (call->json.len) {
        parts[3] = call->json;

    } else {
        ngx_str_set(&parts[3], "{}");
    }

    ngx_str_set(&parts[4], "}");

    ngx_chat_api_send(s, CHAT_WS_TEXT, parts, 5);
}


/* one binary frame: the answer is its header, the entries' frames its payload */

static void
ngx_chat_api_answer_frames(ngx_chat_socket_t *s, ngx_chat_api_call_t *ac)
{
    u_char           *p;
    size_t            size;
    uint8_t           prefix[4];
    ngx_str_t        *parts;
    ngx_uint_t        i;
    ngx_chat_call_t  *call;

    call = &ac->call;
    size = 0;

    for (i = 0; i < call->nframes; i++) {
        size += call->frames[i]->len;
    }

    parts = ngx_palloc(call->pool, (2 + call->nframes) * sizeof(ngx_str_t));
    p = ngx_pnalloc(call->pool, ac->id.len + call->extra.len
                    + sizeof("{\"re\":,\"ok\":{\"count\":,},\"size\":}")
                    + 2 * NGX_INT_T_LEN);

    if (parts == NULL || p == NULL) {
        ngx_chat_socket_close(s, 1011, "out of memory");
        return;
    }

    parts[1].data = p;
    p = ngx_sprintf(p, "{\"re\":%V,\"ok\":{\"count\":%ui%s%V},\"size\":%uz}",
                    &ac->id, call->nframes, call->extra.len ? "," : "",
                    &call->extra, size);
    parts[1].len = p - parts[1].data;

    chat_frame_prefix(prefix, (uint32_t) parts[1].len);
    parts[0].data = prefix;
    parts[0].len = 4;

    for (i = 0; i < call->nframes; i++) {
        parts[2 + i].data = call->frames[i]->data;
        parts[2 + i].len = call->frames[i]->len;
    }

    ngx_chat_api_send(s, CHAT_WS_BINARY, parts, 2 + call->nframes);
}


/* one binary frame: the answer's members are its header's "ok" */

static void
ngx_chat_api_answer_frame(ngx_chat_socket_t *s, ngx_chat_api_call_t *ac)
{
    u_char            *p;
    size_t             size;
    uint8_t            prefix[4];
    ngx_str_t          parts[3], header;
    ngx_chat_frame_t  *f;

    f = ac->call.frames[0];
    header.data = f->data + 4;
    header.len = f->header_len;

    size = sizeof("{\"re\":,\"ok\":,\"size\":}") + ac->id.len + header.len
           + NGX_INT_T_LEN;

    p = ngx_pnalloc(ac->call.pool, size);
    if (p == NULL) {
        ngx_chat_socket_close(s, 1011, "out of memory");
        return;
    }

    parts[1].data = p;
    parts[1].len = ngx_snprintf(p, size, "{\"re\":%V,\"ok\":%V,\"size\":%uz}",
                                &ac->id, &header, f->payload_len)
                   - p;

    chat_frame_prefix(prefix, (uint32_t) parts[1].len);
    parts[0].data = prefix;
    parts[0].len = 4;
    parts[2].data = f->payload;
    parts[2].len = f->payload_len;

    ngx_chat_api_send(s, CHAT_WS_BINARY, parts, 3);
}


/* detail: ready to stand inside a JSON string */

void
ngx_chat_api_problem(ngx_chat_socket_t *s, ngx_str_t *id, const char *code,
    const char *detail)
{
    u_char              *p;
    ngx_str_t            parts[5], none, json;
    ngx_pool_t          *pool;
    ngx_chat_problem_t   problem;

    pool = ngx_create_pool(1024, s->connection->log);
    if (pool == NULL) {
        ngx_chat_socket_close(s, 1011, "out of memory");
        return;
    }

    ngx_memzero(&problem, sizeof(ngx_chat_problem_t));
    problem.def = ngx_chat_problem_find(code, ngx_strlen(code));

    p = ngx_pnalloc(pool, 256);

    if (p && detail) {
        problem.members.data = p;
        p = ngx_snprintf(p, 240, "\"detail\":\"%s\"", detail);
        problem.members.len = p - problem.members.data;
    }

    none.data = ngx_pnalloc(pool, NGX_CHAT_REQUEST_ID_LEN);
    none.len = NGX_CHAT_REQUEST_ID_LEN;

    if (p == NULL || none.data == NULL) {
        ngx_destroy_pool(pool);
        ngx_chat_socket_close(s, 1011, "out of memory");
        return;
    }

    (void) ngx_chat_api_request_id(none.data);

    if (ngx_chat_problem_json(&problem, &none, pool, &json) != NGX_OK) {
        ngx_destroy_pool(pool);
        ngx_chat_socket_close(s, 1011, "out of memory");
        return;
    }

    ngx_str_set(&parts[0], "{\"re\":");

    if (id->len) {
        parts[1] = *id;

    } else {
        ngx_str_set(&parts[1], "null");
    }

    ngx_str_set(&parts[2], ",\"problem\":");
    parts[3] = json;
    ngx_str_set(&parts[4], "}");

    ngx_chat_api_send(s, CHAT_WS_TEXT, parts, 5);

    ngx_destroy_pool(pool);
}


static void
ngx_chat_api_send(ngx_chat_socket_t *s, ngx_uint_t opcode, ngx_str_t *parts,
    ngx_uint_t n)
{
    if (ngx_chat_socket_send(s, opcode, parts, n) == NGX_AGAIN) {
        /* who doesn't read the answers may ask no more */
        ngx_chat_socket_pause(s);
    }
}


void
ngx_chat_api_calls_abort(ngx_chat_socket_t *s)
{
    ngx_queue_t          *q;
    ngx_chat_api_t       *api;
    ngx_chat_api_call_t  *ac;

    api = s->api;

    while (!ngx_queue_empty(&api->calls)) {
        q = ngx_queue_head(&api->calls);
        ac = ngx_queue_data(q, ngx_chat_api_call_t, queue);

        ngx_queue_remove(q);

        if (!ac->waiting) {
            ngx_chat_call_abort(&ac->call);

        } else {
            chat_json_free(ac->call.body);
        }

        ngx_destroy_pool(ac->call.pool);
    }
}
