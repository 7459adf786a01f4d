/*
 * Key packages: read and verified in a thread at their upload (100 of them take
 * some 20 ms), handed out by one SQL function.
 */

#include "ngx_chat_run.h"
#include "ngx_chat_device.h"
#include "ngx_chat_rows.h"
#include "chat_mls.h"


#define NGX_CHAT_KEY_PACKAGES_MAX   100     /* of one upload, and held by a device */
#define NGX_CHAT_CLAIM_DEVICES      32
#define NGX_CHAT_CLAIM_SHARE        3       /* of the limit of all claims, those of one target */
#define NGX_CHAT_REASON_MAX         160     /* bytes of why a key package was refused */

/* what the thread reads and writes; one past the last is the last resort's */
typedef struct {
    uint32_t                offset;         /* of its bytes */
    uint32_t                len;
    uint8_t                 last_resort;
    uint16_t                suite;
    uint64_t                expires;
    uint8_t                 ref[CHAT_MLS_REF_LEN];
} ngx_chat_key_package_t;

/* on the heap of its task */
typedef struct {
    uint64_t                now;
    uint16_t                suites[NGX_CHAT_SUITES_MAX];
    ngx_uint_t              nsuites;
    u_char                  identity[NGX_CHAT_IDENTITY_LEN];
    u_char                  signature_key[CHAT_MLS_ED25519_KEY_LEN];

    ngx_uint_t              n;
    ngx_uint_t              bad;            /* which one, if status isn't CHAT_MLS_OK */
    chat_mls_status_t       status;
    ngx_chat_key_package_t  items[NGX_CHAT_KEY_PACKAGES_MAX + 1];
    uint8_t                 scratch[CHAT_MLS_SCRATCH(NGX_CHAT_ITEM_MAX)];
    uint8_t                 bytes[1];
} ngx_chat_key_package_job_t;


static void ngx_chat_key_package_upload(ngx_chat_call_t *call);
static void ngx_chat_key_package_start(void *data, ngx_chat_pg_result_t *res);
static ngx_chat_task_t *ngx_chat_key_package_task(ngx_chat_call_t *call,
    ngx_str_t *signature_key);
static void ngx_chat_key_package_add(ngx_chat_key_package_job_t *job,
    ngx_str_t *data, ngx_uint_t last_resort);
static void ngx_chat_key_package_work(void *data);
static chat_mls_status_t ngx_chat_key_package_check(
    ngx_chat_key_package_job_t *job, ngx_chat_key_package_t *item);
static void ngx_chat_key_package_checked(void *data, void *owner);
static void ngx_chat_key_package_refuse(ngx_chat_call_t *call,
    ngx_chat_key_package_job_t *job);
static void ngx_chat_key_package_store(ngx_chat_call_t *call,
    ngx_chat_key_package_job_t *job);
static void ngx_chat_key_package_done(void *data, ngx_chat_pg_result_t *res);
static void ngx_chat_key_package_claim(ngx_chat_call_t *call);


static ngx_chat_pg_stmt_t  ngx_chat_key_package_device_stmt = {
    "device_signed_self",
    "SELECT signature_key FROM chat.device_signed($1::uuid, $2::uuid)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_key_package_upload_stmt = {
    "key_package_upload",
    "SELECT * FROM chat.key_package_upload($1::uuid, $2::uuid, $3::bytea, "
    "$4::bytea[], $5::int[], $6::bigint[], $7::bytea[], $8::int[])",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_key_package_count_stmt = {
    "key_package_count",
    "SELECT * FROM chat.key_package_count($1::uuid, $2::uuid)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_key_package_claim_stmt = {
    "key_package_claim",
    "SELECT * FROM chat.key_package_claim(chat.context($1::uuid, $6::text), "
    "$2::uuid, $3::uuid, $4::int, $5::uuid[])",
    0
};


static const ngx_chat_param_t  ngx_chat_key_package_upload_params[] = {
    { "key_packages", NGX_CHAT_BYTES_ARRAY, NGX_CHAT_IN_BODY, 1, 0,
      NGX_CHAT_KEY_PACKAGES_MAX, NULL },
    { "last_resort", NGX_CHAT_BYTES, NGX_CHAT_IN_BODY, 0, 1,
      NGX_CHAT_ITEM_MAX, NULL },
    { .name = NULL }
};

static const ngx_chat_param_t  ngx_chat_key_package_claim_params[] = {
    { "account", NGX_CHAT_UUID, NGX_CHAT_IN_PATH, 1, 0, 0, NULL },
    { "cipher_suite", NGX_CHAT_INTEGER, NGX_CHAT_IN_BODY, 0, 1, 65535, NULL },
    { "devices", NGX_CHAT_UUID_ARRAY, NGX_CHAT_IN_BODY, 0, 1,
      NGX_CHAT_CLAIM_DEVICES, NULL },
    { .name = NULL }
};


ngx_chat_op_t  ngx_chat_key_package_ops[] = {

    { "key_package_upload", "POST", "key_packages", NGX_CHAT_WHO_ACCOUNT,
      NGX_CHAT_LIMIT_GROUP, NGX_CHAT_OP_SOCKET|NGX_CHAT_OP_LARGE,
      ngx_chat_key_package_upload_params, NULL, ngx_chat_key_package_upload,
      NULL, 0 },

    { "key_package_count", "GET", "key_packages/count", NGX_CHAT_WHO_ACCOUNT,
      NGX_CHAT_LIMIT_NONE, NGX_CHAT_OP_SOCKET, NULL,
      &ngx_chat_key_package_count_stmt, NULL, NULL, 0 },

    { "key_package_claim", "POST", "accounts/{account}/key_packages/claim",
      NGX_CHAT_WHO_ACCOUNT, NGX_CHAT_LIMIT_CLAIM,
      NGX_CHAT_OP_SOCKET|NGX_CHAT_OP_AUDIT, ngx_chat_key_package_claim_params,
      &ngx_chat_key_package_claim_stmt, ngx_chat_key_package_claim, NULL, 0 },

    { .name = NULL }
};


static void
ngx_chat_key_package_upload(ngx_chat_call_t *call)
{
    ngx_chat_pg_param_t  p[2];

    ngx_memzero(p, sizeof(p));
    ngx_chat_pg_set_uuid(&p[0], call->session.account);
    ngx_chat_pg_set_uuid(&p[1], call->session.session);

    (void) ngx_chat_call_query(call, &ngx_chat_key_package_device_stmt, p, 2,
                               ngx_chat_key_package_start);
}


static void
ngx_chat_key_package_start(void *data, ngx_chat_pg_result_t *res)
{
    ngx_int_t         rc;
    ngx_str_t         signature_key;
    ngx_chat_call_t  *call;
    ngx_chat_task_t  *task;

    call = data;
    call->query = NULL;

    if (ngx_chat_pg_status(res) != NGX_CHAT_PG_OK) {
        ngx_chat_call_fail_lookup(call, res);
        return;
    }

    ngx_str_null(&signature_key);

    if (ngx_chat_pg_rows(res) == 1) {
        ngx_chat_pg_bytes(res, 0, 0, &signature_key);
    }

    if (signature_key.len != CHAT_MLS_ED25519_KEY_LEN) {
        ngx_chat_call_fail(call, "no_device_key");
        return;
    }

    task = ngx_chat_key_package_task(call, &signature_key);

    if (task == NULL) {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    rc = ngx_chat_task_post(NGX_CHAT_TASK_KEYS, task);

    if (rc != NGX_OK) {
        ngx_chat_call_fail(call, rc == NGX_BUSY ? "overloaded" : "internal");
        return;
    }

    call->task = task;
}


static ngx_chat_task_t *
ngx_chat_key_package_task(ngx_chat_call_t *call, ngx_str_t *signature_key)
{
    size_t                       size;
    ngx_uint_t                   i;
    ngx_chat_list_t             *list;
    ngx_chat_task_t             *task;
    ngx_chat_value_t            *last_resort;
    ngx_chat_device_conf_t      *conf;
    ngx_chat_key_package_job_t  *job;

    list = ngx_chat_call_value(call, "key_packages")->list;
    last_resort = ngx_chat_call_value(call, "last_resort");
    conf = ngx_chat_device_conf(call);

    size = sizeof(ngx_chat_key_package_job_t) + last_resort->bytes.len;

    for (i = 0; i < list->n; i++) {
        size += list->items[i].len;
    }

    task = ngx_chat_task_create(size);
    if (task == NULL) {
        return NULL;
    }

    task->data = call;
    task->run = ngx_chat_key_package_work;
    task->done = ngx_chat_key_package_checked;

    job = task->job;
    job->now = (uint64_t) ngx_time();
    job->nsuites = conf->nsuites;
    ngx_memcpy(job->suites, conf->suites, sizeof(job->suites));
    ngx_memcpy(job->signature_key, signature_key->data, signature_key->len);
    ngx_chat_identity(call->session.account, call->session.session,
                      job->identity);

    for (i = 0; i < list->n; i++) {
        ngx_chat_key_package_add(job, &list->items[i], 0);
    }

    if (last_resort->set) {
        ngx_chat_key_package_add(job, &last_resort->bytes, 1);
    }

    return task;
}


static void
ngx_chat_key_package_add(ngx_chat_key_package_job_t *job, ngx_str_t *data,
    ngx_uint_t last_resort)
{
    ngx_chat_key_package_t  *item;

    item = &job->items[job->n];

    if (job->n) {
        item->offset = item[-1].offset + item[-1].len;
    }

    item->len = (uint32_t) data->len;
    item->last_resort = (uint8_t) last_resort;
    ngx_memcpy(&job->bytes[item->offset], data->data, data->len);
    job->n++;
}


/* in a thread: touches the job only */

static void
ngx_chat_key_package_work(void *data)
{
    ngx_uint_t                   i;
    ngx_chat_key_package_job_t  *job = data;

    for (i = 0; i < job->n; i++) {
        job->status = ngx_chat_key_package_check(job, &job->items[i]);

        if (job->status != CHAT_MLS_OK) {
            job->bad = i;
            return;
        }
    }
}


static chat_mls_status_t
ngx_chat_key_package_check(ngx_chat_key_package_job_t *job,
    ngx_chat_key_package_t *item)
{
    chat_mls_rules_t         rules;
    chat_mls_status_t        status;
    chat_mls_message_t       m;
    chat_mls_scratch_t       scratch;
    chat_mls_key_package_t  *kp;

    status = chat_mls_read(&job->bytes[item->offset], item->len, &m);
    if (status != CHAT_MLS_OK) {
        return status;
    }

    if (m.wire_format != CHAT_MLS_KEY_PACKAGE) {
        return CHAT_MLS_WIRE_FORMAT;
    }

    kp = &m.u.key_package;

    rules.now = job->now;
    rules.suites = job->suites;
    rules.suites_count = job->nsuites;
    rules.identity.data = job->identity;
    rules.identity.len = sizeof(job->identity);
    rules.signature_key.data = job->signature_key;
    rules.signature_key.len = sizeof(job->signature_key);

    scratch.data = job->scratch;
    scratch.size = sizeof(job->scratch);

    status = chat_mls_key_package_check(kp, &rules, &scratch);
    if (status != CHAT_MLS_OK) {
        return status;
    }

    item->suite = kp->suite;
    item->expires = kp->leaf.not_after;

    return chat_mls_key_package_ref(kp, item->ref);
}


static void
ngx_chat_key_package_checked(void *data, void *owner)
{
    ngx_chat_call_t             *call = owner;
    ngx_chat_key_package_job_t  *job = data;

    call->task = NULL;

    if (job->status != CHAT_MLS_OK) {
        ngx_chat_key_package_refuse(call, job);
        return;
    }

    ngx_chat_key_package_store(call, job);
}


/* the index is that of key_packages; null: it is the last resort */

static void
ngx_chat_key_package_refuse(ngx_chat_call_t *call,
    ngx_chat_key_package_job_t *job)
{
    size_t            size;
    u_char           *buf;
    ngx_str_t         members;
    const char       *reason;
    chat_json_out_t   o;

    ngx_str_null(&members);

    reason = chat_mls_error(job->status);
    size = NGX_CHAT_REASON_MAX;
    buf = ngx_pnalloc(call->pool, size);

    if (buf != NULL) {
        chat_json_out_init(&o, (char *) buf, size);
        chat_json_out_key(&o, "index");

        if (job->items[job->bad].last_resort) {
            chat_json_out_null(&o);

        } else {
            chat_json_out_integer(&o, (int64_t) job->bad);
        }

        chat_json_out_key(&o, "reason");
        chat_json_out_string(&o, reason, ngx_strlen(reason));

        if (!o.overflow) {
            members.data = buf;
            members.len = o.pos - o.start;
        }
    }

    ngx_chat_call_fail_members(call, "invalid_key_package", &members);
}


static void
ngx_chat_key_package_store(ngx_chat_call_t *call,
    ngx_chat_key_package_job_t *job)
{
    size_t                   bytes;
    ngx_int_t                rc;
    ngx_uint_t               i;
    ngx_chat_pg_array_t      refs, suites, expires, datas, last_resorts;
    ngx_chat_pg_param_t      p[8];
    ngx_chat_key_package_t  *item;

    bytes = job->n ? job->items[job->n - 1].offset
                     + job->items[job->n - 1].len
                   : 0;

    rc = ngx_chat_pg_array_init(&refs, call->pool, NGX_CHAT_PG_BYTEA_ARRAY,
                                job->n * CHAT_MLS_REF_LEN, job->n)
         | ngx_chat_pg_array_init(&suites, call->pool, NGX_CHAT_PG_INT4_ARRAY,
                                  job->n * 4, job->n)
         | ngx_chat_pg_array_init(&expires, call->pool, NGX_CHAT_PG_INT8_ARRAY,
                                  job->n * 8, job->n)
         | ngx_chat_pg_array_init(&datas, call->pool, NGX_CHAT_PG_BYTEA_ARRAY,
                                  bytes, job->n)
         | ngx_chat_pg_array_init(&last_resorts, call->pool,
                                  NGX_CHAT_PG_INT4_ARRAY, job->n * 4, job->n);

    for (i = 0; rc == NGX_OK && i < job->n; i++) {
        item = &job->items[i];

        rc = ngx_chat_pg_array_add(&refs, item->ref, CHAT_MLS_REF_LEN)
             | ngx_chat_pg_array_add_integer(&suites, item->suite)
             | ngx_chat_pg_array_add_integer(&expires, (int64_t) item->expires)
             | ngx_chat_pg_array_add(&datas, &job->bytes[item->offset],
                                     item->len)
             | ngx_chat_pg_array_add_integer(&last_resorts, item->last_resort);
    }

    if (rc != NGX_OK) {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    ngx_memzero(p, sizeof(p));
    ngx_chat_pg_set_uuid(&p[0], call->session.account);
    ngx_chat_pg_set_uuid(&p[1], call->session.session);
    ngx_chat_pg_set_bytea(&p[2], job->signature_key,
                          sizeof(job->signature_key));
    ngx_chat_pg_set_array(&p[3], &refs);
    ngx_chat_pg_set_array(&p[4], &suites);
    ngx_chat_pg_set_array(&p[5], &expires);
    ngx_chat_pg_set_array(&p[6], &datas);
    ngx_chat_pg_set_array(&p[7], &last_resorts);

    (void) ngx_chat_call_query(call, &ngx_chat_key_package_upload_stmt, p, 8,
                               ngx_chat_key_package_done);
}


static void
ngx_chat_key_package_done(void *data, ngx_chat_pg_result_t *res)
{
    ngx_chat_call_t  *call = data;

    call->query = NULL;
    ngx_chat_call_reply(call, res);
}


/* one target's devices can't be emptied by one asker who may ask many */

static void
ngx_chat_key_package_claim(ngx_chat_call_t *call)
{
    u_char  key[32];

    ngx_memcpy(key, call->session.account, 16);
    ngx_memcpy(key + 16, ngx_chat_call_value(call, "account")->uuid, 16);

    if (ngx_chat_call_limit_share(call, NGX_CHAT_LIMIT_CLAIM,
                                  NGX_CHAT_CLAIM_SHARE, key, sizeof(key))
        == NGX_OK)
    {
        ngx_chat_call_generic(call, ngx_chat_key_package_done);
    }
}
