/* Operations on MLS groups: a commit, the GroupInfo, a new beginning. */

#include "ngx_chat_commit.h"
#include "ngx_chat_rows.h"
#include "ngx_chat_route.h"


#define NGX_CHAT_COMMIT_LOOK        7       /* parameters */
#define NGX_CHAT_COMMIT_PARAMS      23
#define NGX_CHAT_COMMIT_REASON      512     /* bytes of a refusal's members */
#define NGX_CHAT_GROUP_INFO_HEADER  64

typedef enum {
    NGX_CHAT_COMMIT_STATUS = 0,     /* columns of chat.reply */
    NGX_CHAT_COMMIT_ANNOUNCE = 3
} ngx_chat_commit_column_e;

/* on the heap: what is committed is announced, whether its sender still waits or not */
typedef struct {
    ngx_chat_call_t    *call;       /* NULL: it went away */
} ngx_chat_commit_query_t;


static void ngx_chat_commit(ngx_chat_call_t *call);
static ngx_int_t ngx_chat_commit_split(ngx_chat_call_t *call,
    ngx_chat_commit_t *c);
static ngx_int_t ngx_chat_commit_part(ngx_chat_call_t *call, const char *name,
    u_char **p, u_char *last, ngx_str_t *part);
static void ngx_chat_commit_look(ngx_chat_call_t *call,
    ngx_chat_commit_t *c);
static void ngx_chat_commit_looked(void *data, ngx_chat_pg_result_t *res);
static void ngx_chat_commit_fail(ngx_chat_call_t *call, ngx_chat_commit_t *c);
static void ngx_chat_commit_query(ngx_chat_call_t *call,
    ngx_chat_commit_t *c);
static void ngx_chat_commit_set_bytes(ngx_chat_pg_param_t *p, ngx_str_t *s);
static void ngx_chat_commit_set_flag(ngx_chat_pg_param_t *p, ngx_uint_t flag);
static void ngx_chat_commit_done(void *data, ngx_chat_pg_result_t *res);
static void ngx_chat_commit_abort(ngx_chat_call_t *call);
static void ngx_chat_group_info_got(void *data, ngx_chat_pg_result_t *res);
static void ngx_chat_group_info_get(ngx_chat_call_t *call);


static ngx_chat_pg_stmt_t  ngx_chat_commit_look_stmt = {
    "commit_look",
    "SELECT * FROM chat.commit_look($1::uuid, $2::uuid, $3::uuid, $4::uuid, "
    "$5::bytea, $6::int8, $7::int8::int)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_commit_stmt = {
    "commit",
    "SELECT * FROM chat.commit($1::uuid, $2::uuid, $3::uuid, $4::uuid, "
    "$5::bytea, $6::bytea, $7::bytea, $8::bytea, $9::int8, $10::int8::int, "
    "$11::int8::int, $12::text::bool, $13::int8::int, $14::bytea, "
    "$15::bytea[], $16::bytea[], $17::bytea[], $18::int4[], $19::bytea[], "
    "$20::int4[], $21::bytea[], $22::bytea[], $23::text::bool)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_group_info_stmt = {
    "group_info_get",
    "SELECT epoch, data FROM chat.group_info_get($1::uuid, $2::uuid, "
    "$3::text::uuid)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_group_reset_stmt = {
    "group_reset",
    "SELECT * FROM chat.group_reset(chat.context($1::uuid, $6::text), "
    "$2::uuid, $3::text::uuid, $4::bytea, $5::text::bigint)",
    0
};


static const ngx_chat_param_t  ngx_chat_commit_params[] = {
    { "conversation", NGX_CHAT_UUID, NGX_CHAT_IN_PATH, 1, 0, 0, NULL },
    { "client_id", NGX_CHAT_UUID, NGX_CHAT_IN_BODY, 1, 0, 0, NULL },
    { "commit_size", NGX_CHAT_INTEGER, NGX_CHAT_IN_BODY, 1, 1,
      CHAT_MLS_MESSAGE_MAX, NULL },
    { "welcome_size", NGX_CHAT_INTEGER, NGX_CHAT_IN_BODY, 1, 0,
      CHAT_MLS_MESSAGE_MAX, NULL },
    { "group_info_size", NGX_CHAT_INTEGER, NGX_CHAT_IN_BODY, 1, 1,
      CHAT_MLS_MESSAGE_MAX, NULL },
    { .name = NULL }
};

static const ngx_chat_param_t  ngx_chat_group_info_params[] = {
    { "conversation", NGX_CHAT_UUID, NGX_CHAT_IN_PATH, 1, 0, 0, NULL },
    { .name = NULL }
};

static const ngx_chat_param_t  ngx_chat_group_reset_params[] = {
    { "conversation", NGX_CHAT_UUID, NGX_CHAT_IN_PATH, 1, 0, 0, NULL },
    { "group_id", NGX_CHAT_BYTES, NGX_CHAT_IN_BODY, 1, NGX_CHAT_GROUP_ID_LEN,
      NGX_CHAT_GROUP_ID_LEN, NULL },
    { "epoch", NGX_CHAT_INTEGER, NGX_CHAT_IN_BODY, 1, 0, INT64_MAX, NULL },
    { .name = NULL }
};


ngx_chat_op_t  ngx_chat_group_ops[] = {

    { "commit", "POST", "conversations/{conversation}/commits",
      NGX_CHAT_WHO_ACCOUNT, NGX_CHAT_LIMIT_GROUP,
      NGX_CHAT_OP_SOCKET|NGX_CHAT_OP_PAYLOAD|NGX_CHAT_OP_COMMIT,
      ngx_chat_commit_params, NULL, ngx_chat_commit, NULL, 0 },

    { "group_info_get", "GET", "conversations/{conversation}/group_info",
      NGX_CHAT_WHO_ACCOUNT, NGX_CHAT_LIMIT_NONE,
      NGX_CHAT_OP_SOCKET|NGX_CHAT_OP_FRAME, ngx_chat_group_info_params,
      &ngx_chat_group_info_stmt, ngx_chat_group_info_get, NULL, 0 },

    { "group_reset", "POST", "conversations/{conversation}/reset",
      NGX_CHAT_WHO_ACCOUNT, NGX_CHAT_LIMIT_NONE,
      NGX_CHAT_OP_SOCKET|NGX_CHAT_OP_AUDIT, ngx_chat_group_reset_params,
      &ngx_chat_group_reset_stmt, NULL, NULL, 0 },

    { .name = NULL }
};


static void
ngx_chat_commit(ngx_chat_call_t *call)
{
    ngx_chat_commit_t  *c;

    c = ngx_pcalloc(call->pool, sizeof(ngx_chat_commit_t));
    if (c == NULL) {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    c->conversation = ngx_chat_call_value(call, "conversation")->uuid;
    c->account = call->session.account;
    c->session = call->session.session;

    if (ngx_chat_commit_split(call, c) != NGX_OK) {
        return;
    }

    if (ngx_chat_commit_head(c) != NGX_OK) {
        ngx_chat_commit_fail(call, c);
        return;
    }

    chat_body_hash(call->payload.data, call->payload.len, c->hash);
    ngx_chat_commit_look(call, c);
}


/* strangers and those who come too late cost no signatures */

static void
ngx_chat_commit_look(ngx_chat_call_t *call, ngx_chat_commit_t *c)
{
    ngx_chat_pg_param_t  p[NGX_CHAT_COMMIT_LOOK];

    ngx_memzero(p, sizeof(p));
    ngx_chat_pg_set_uuid(&p[0], c->account);
    ngx_chat_pg_set_uuid(&p[1], c->session);
    ngx_chat_pg_set_uuid(&p[2], c->conversation);
    ngx_chat_pg_set_uuid(&p[3], ngx_chat_call_value(call, "client_id")->uuid);
    ngx_chat_pg_set_bytea(&p[4], c->hash, CHAT_HASH_LEN);

    if (ngx_chat_pg_set_integer(&p[5], call->pool,
                                (int64_t) c->message.u.public.epoch)
        != NGX_OK
        || ngx_chat_pg_set_integer(&p[6], call->pool, c->resets) != NGX_OK)
    {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    call->state = c;

    (void) ngx_chat_call_query(call, &ngx_chat_commit_look_stmt, p,
                               NGX_CHAT_COMMIT_LOOK, ngx_chat_commit_looked);
}


static void
ngx_chat_commit_looked(void *data, ngx_chat_pg_result_t *res)
{
    ngx_int_t           rc;
    ngx_chat_call_t    *call;
    ngx_chat_commit_t  *c;

    call = data;
    call->query = NULL;
    c = call->state;

    if (ngx_chat_pg_status(res) != NGX_CHAT_PG_OK) {
        ngx_chat_call_fail_lookup(call, res);
        return;
    }

    /* a repeat has its answer */

    if (ngx_chat_pg_rows(res) != 1
        || !ngx_chat_pg_null(res, 0, NGX_CHAT_COMMIT_STATUS))
    {
        ngx_chat_call_reply(call, res);
        return;
    }

    rc = ngx_chat_commit_check(c, call->pool);

    if (rc == NGX_ERROR) {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    if (rc == NGX_DECLINED) {
        ngx_chat_commit_fail(call, c);
        return;
    }

    ngx_chat_commit_query(call, c);
}


/* the payload is the three messages, one after the other; NGX_ERROR: the call was failed */

static ngx_int_t
ngx_chat_commit_split(ngx_chat_call_t *call, ngx_chat_commit_t *c)
{
    u_char                        *p, *last;
    ngx_chat_conversation_conf_t  *conf;

    conf = call->loc_conf[ngx_chat_conversation_module.ctx_index];

    if (ngx_chat_call_payload(call, conf->commit_max_size) != NGX_OK) {
        return NGX_ERROR;
    }

    p = call->payload.data;
    last = p + call->payload.len;

    if (ngx_chat_commit_part(call, "commit_size", &p, last, &c->commit)
        != NGX_OK
        || ngx_chat_commit_part(call, "welcome_size", &p, last, &c->welcome)
           != NGX_OK
        || ngx_chat_commit_part(call, "group_info_size", &p, last,
                                &c->group_info)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (p != last) {
        ngx_chat_call_fail_parameter(call, "group_info_size",
                                     "the three sizes are the payload's");
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_chat_commit_part(ngx_chat_call_t *call, const char *name, u_char **p,
    u_char *last, ngx_str_t *part)
{
    int64_t  size;

    size = ngx_chat_call_value(call, name)->integer;

    if (size > last - *p) {
        ngx_chat_call_fail_parameter(call, name,
                                     "the three sizes are the payload's");
        return NGX_ERROR;
    }

    part->data = *p;
    part->len = (size_t) size;
    *p += size;

    return NGX_OK;
}


static void
ngx_chat_commit_fail(ngx_chat_call_t *call, ngx_chat_commit_t *c)
{
    u_char           *buf;
    char              text[NGX_CHAT_COMMIT_REASON / 2];
    size_t            len;
    ngx_str_t         members;
    chat_json_out_t   o;

    ngx_str_null(&members);

    len = ngx_snprintf((u_char *) text, sizeof(text), "%s%s%s",
                       c->part ? c->part : "", c->part ? ": " : "", c->reason)
          - (u_char *) text;

    buf = ngx_pnalloc(call->pool, NGX_CHAT_COMMIT_REASON);

    if (buf != NULL) {
        chat_json_out_init(&o, (char *) buf, NGX_CHAT_COMMIT_REASON);
        chat_json_out_key(&o, "reason");
        chat_json_out_string(&o, text, len);

        if (!o.overflow) {
            members.data = buf;
            members.len = o.pos - o.start;
        }
    }

    ngx_chat_call_fail_members(call, c->code, &members);
}


static void
ngx_chat_commit_query(ngx_chat_call_t *call, ngx_chat_commit_t *c)
{
    ngx_int_t                 rc;
    chat_mls_leaf_t          *path;
    ngx_chat_pg_param_t       p[NGX_CHAT_COMMIT_PARAMS];
    chat_mls_group_info_t    *gi;
    ngx_chat_commit_query_t  *q;

    gi = &c->info.u.group_info;
    path = &c->message.u.public.u.commit.leaf;

    ngx_memzero(p, sizeof(p));

    ngx_chat_pg_set_uuid(&p[0], c->account);
    ngx_chat_pg_set_uuid(&p[1], c->session);
    ngx_chat_pg_set_uuid(&p[2], c->conversation);
    ngx_chat_pg_set_uuid(&p[3], ngx_chat_call_value(call, "client_id")->uuid);
    ngx_chat_pg_set_bytea(&p[4], c->hash, CHAT_HASH_LEN);
    ngx_chat_commit_set_bytes(&p[5], &c->commit);
    ngx_chat_commit_set_bytes(&p[6], &c->welcome);
    ngx_chat_commit_set_bytes(&p[7], &c->group_info);

    rc = ngx_chat_pg_set_integer(&p[8], call->pool,
                                 (int64_t) c->message.u.public.epoch);
    rc |= ngx_chat_pg_set_integer(&p[9], call->pool, c->resets);
    rc |= ngx_chat_pg_set_integer(&p[10], call->pool, gi->suite);
    rc |= ngx_chat_pg_set_integer(&p[12], call->pool, c->leaf);

    ngx_chat_commit_set_flag(&p[11], c->external);

    if (c->message.u.public.u.commit.has_path) {
        ngx_chat_pg_set_bytea(&p[13], (u_char *) path->signature_key.data,
                              path->signature_key.len);

    } else {
        ngx_chat_pg_set_null(&p[13]);
    }

    ngx_chat_pg_set_array(&p[14], &c->add_refs);
    ngx_chat_pg_set_array(&p[15], &c->add_identities);
    ngx_chat_pg_set_array(&p[16], &c->add_keys);
    ngx_chat_pg_set_array(&p[17], &c->removed);
    ngx_chat_pg_set_array(&p[18], &c->welcome_refs);
    ngx_chat_pg_set_array(&p[19], &c->tree_leaves);
    ngx_chat_pg_set_array(&p[20], &c->tree_identities);
    ngx_chat_pg_set_array(&p[21], &c->tree_keys);
    ngx_chat_commit_set_flag(&p[22], gi->external_pub.len > 0);

    q = (rc == NGX_OK)
        ? ngx_alloc(sizeof(ngx_chat_commit_query_t), call->log) : NULL;

    if (q == NULL) {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    q->call = call;
    call->state = q;
    call->abort = ngx_chat_commit_abort;

    if (ngx_chat_pg_query(NGX_CHAT_PG_POOL_ANY, &ngx_chat_commit_stmt, p,
                          NGX_CHAT_COMMIT_PARAMS, 0, ngx_chat_commit_done, q)
        == NULL)
    {
        call->abort = NULL;
        ngx_free(q);
        ngx_chat_call_fail(call, "overloaded");
    }
}


static void
ngx_chat_commit_set_bytes(ngx_chat_pg_param_t *p, ngx_str_t *s)
{
    if (s->len == 0) {
        ngx_chat_pg_set_null(p);

    } else {
        ngx_chat_pg_set_bytea(p, s->data, s->len);
    }
}


static void
ngx_chat_commit_set_flag(ngx_chat_pg_param_t *p, ngx_uint_t flag)
{
    static ngx_str_t  texts[] = { ngx_string("f"), ngx_string("t") };

    ngx_chat_pg_set_text(p, &texts[flag]);
}


static void
ngx_chat_commit_done(void *data, ngx_chat_pg_result_t *res)
{
    ngx_chat_commit_query_t *q = data;

    u_char           *items;
    ngx_int_t         i, n;
    ngx_chat_call_t  *call;

    call = q->call;
    ngx_free(q);

    if (call != NULL) {
        call->abort = NULL;
        ngx_chat_call_reply(call, res);
        return;
    }

    if (ngx_chat_pg_status(res) != NGX_CHAT_PG_OK
        || ngx_chat_pg_rows(res) != 1)
    {
        return;
    }

    n = ngx_chat_pg_uuid_array(res, 0, NGX_CHAT_COMMIT_ANNOUNCE, &items);

    for (i = 0; i < n; i++) {
        ngx_chat_route_hint(items + i * 20 + 4, 1);
    }
}


static void
ngx_chat_commit_abort(ngx_chat_call_t *call)
{
    ngx_chat_commit_query_t *q = call->state;

    q->call = NULL;
}


/* who loops by it is told to wait: joining again and again breaks groups */

static void
ngx_chat_group_info_get(ngx_chat_call_t *call)
{
    if (ngx_chat_call_limit(call, NGX_CHAT_LIMIT_REJOIN,
                            call->session.session, 16)
        != NGX_OK)
    {
        return;
    }

    ngx_chat_call_generic(call, ngx_chat_group_info_got);
}


static void
ngx_chat_group_info_got(void *data, ngx_chat_pg_result_t *res)
{
    ngx_chat_call_t  *call = data;

    u_char     header[NGX_CHAT_GROUP_INFO_HEADER];
    ngx_str_t  members, payload;

    call->query = NULL;

    if (ngx_chat_pg_status(res) != NGX_CHAT_PG_OK) {
        ngx_chat_call_fail_lookup(call, res);
        return;
    }

    if (ngx_chat_pg_rows(res) != 1) {
        ngx_chat_call_fail(call, "not_found");
        return;
    }

    members.data = header;
    members.len = ngx_sprintf(header, "\"epoch\":%L",
                              ngx_chat_pg_integer(res, 0, 0)) - header;
    ngx_chat_pg_bytes(res, 0, 1, &payload);

    ngx_chat_call_frame(call, &members, &payload);
}
