/*
 * The zone: made at configuration, laid out once, kept across reloads.
 *
 * A zone of another size is another zone: workers of both generations then don't
 * share it, and the hub sends them everything (ngx_chat_hub.h).  Memory: 64 KiB a
 * slot for the interests, 4 KiB for its list in flight; the rest is shared by the
 * session cache (five eighths) and the limits.  The kernel gives pages when they
 * are first written, so what isn't used costs address space alone.
 */

#include "ngx_chat_zone_layout.h"
#include "ngx_chat_hub.h"


typedef struct {
    ngx_chat_core_conf_t  *conf;
    ngx_core_conf_t       *ccf;     /* complete when zones are initialised, not before */
    ngx_pool_t            *pool;
} ngx_chat_zone_ctx_t;


static ngx_int_t ngx_chat_zone_init(ngx_shm_zone_t *shm_zone, void *data);
static ngx_int_t ngx_chat_zone_layout(ngx_shm_zone_t *shm_zone);
static size_t ngx_chat_zone_need(ngx_uint_t nslots);
static void ngx_chat_zone_too_small(ngx_shm_zone_t *shm_zone, size_t need);


ngx_chat_zone_t         *ngx_chat_zone;
ngx_uint_t               ngx_chat_zone_max_sockets;

static ngx_slab_pool_t  *ngx_chat_zone_pool;

static ngx_str_t         ngx_chat_zone_name = ngx_string("chat");


/* "chat_zone": takes the size and remembers where it was written */
char *
ngx_chat_zone_directive(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_chat_core_conf_t  *ccf = conf;

    ccf->zone_file = cf->conf_file->file.name;
    ccf->zone_line = cf->conf_file->line;

    return ngx_conf_set_size_slot(cf, cmd, conf);
}


/*
 * Adds the zone to the configuration that is being read.  conf->zone_size, in
 * bytes, must be final.  NGX_ERROR: no memory.
 */
ngx_int_t
ngx_chat_zone_configure(ngx_conf_t *cf, ngx_chat_core_conf_t *conf)
{
    ngx_shm_zone_t       *shm_zone;
    ngx_chat_zone_ctx_t  *ctx;

    ctx = ngx_palloc(cf->pool, sizeof(ngx_chat_zone_ctx_t));
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    ctx->conf = conf;
    ctx->ccf = (ngx_core_conf_t *) ngx_get_conf(cf->cycle->conf_ctx,
                                                ngx_core_module);
    ctx->pool = cf->pool;

    shm_zone = ngx_shared_memory_add(cf, &ngx_chat_zone_name, conf->zone_size,
                                     &ngx_chat_core_module);
    if (shm_zone == NULL) {
        return NGX_ERROR;
    }

    shm_zone->init = ngx_chat_zone_init;
    shm_zone->data = ctx;

    conf->zone = shm_zone;

    return NGX_OK;
}


/*
 * Here "pid" and "worker_processes" have their final values, and a failure still
 * leaves a running server alone; in init_module it would end the master.
 */

static ngx_int_t
ngx_chat_zone_init(ngx_shm_zone_t *shm_zone, void *data)
{
    ngx_chat_zone_t      *zone;
    ngx_slab_pool_t      *pool;
    ngx_chat_zone_ctx_t  *ctx;

    ctx = shm_zone->data;

    if (ngx_chat_hub_path(ctx->ccf, ctx->conf, ctx->pool, shm_zone->shm.log)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    pool = (ngx_slab_pool_t *) shm_zone->shm.addr;

    if (data == NULL && !shm_zone->shm.exists) {
        return ngx_chat_zone_layout(shm_zone);
    }

    zone = pool->data;

    if (zone != NULL
        && zone->magic == NGX_CHAT_ZONE_MAGIC
        && zone->layout == NGX_CHAT_ZONE_LAYOUT
        && zone->size == sizeof(ngx_chat_zone_t))
    {
        return NGX_OK;
    }

    ngx_log_error(NGX_LOG_NOTICE, shm_zone->shm.log, 0,
                  "chat zone was laid out by another version, starts afresh");

    ngx_slab_init(pool);

    return ngx_chat_zone_layout(shm_zone);
}


static ngx_int_t
ngx_chat_zone_layout(ngx_shm_zone_t *shm_zone)
{
    size_t                need, room, part;
    u_char               *p;
    ngx_uint_t            i, nslots;
    ngx_chat_zone_t      *zone;
    ngx_slab_pool_t      *pool;
    ngx_chat_zone_ctx_t  *ctx;

    ctx = shm_zone->data;
    pool = (ngx_slab_pool_t *) shm_zone->shm.addr;

    nslots = NGX_CHAT_ZONE_SLOTS((ngx_uint_t) ctx->ccf->worker_processes);
    need = ngx_chat_zone_need(nslots);
    room = pool->pfree * ngx_pagesize;

    if (room < need) {
        /* the slab keeps a record of each page, and its own head and tail */

        need += need / ngx_pagesize * sizeof(ngx_slab_page_t)
                + 4 * ngx_pagesize;

        ngx_chat_zone_too_small(shm_zone, need);
        return NGX_ERROR;
    }

    zone = ngx_slab_alloc(pool, room);
    if (zone == NULL) {
        ngx_log_error(NGX_LOG_EMERG, shm_zone->shm.log, 0,
                      "no memory in \"chat_zone\" of %uzk",
                      shm_zone->shm.size / 1024);
        return NGX_ERROR;
    }

    /* nothing of an older layout is read, and untouched pages stay untouched */

    ngx_memzero(zone, offsetof(ngx_chat_zone_t, slots));

    for (i = 0; i < NGX_CHAT_WORKERS; i++) {
        ngx_memzero(&zone->slots[i], offsetof(ngx_chat_slot_t, ids));
    }

    zone->nslots = nslots;
    zone->interests = (u_char *) zone + sizeof(ngx_chat_zone_t);

    p = ngx_align_ptr(zone->interests + nslots * NGX_CHAT_INTERESTS,
                      ngx_cacheline_size);
    part = ((u_char *) zone + room - p) / 8 * 5;
    part -= part % NGX_ALIGNMENT;

    ngx_chat_table_init(&zone->sessions, p, part);

    p += part;
    ngx_chat_limits_init(&zone->limits, p, (u_char *) zone + room - p);

    zone->size = sizeof(ngx_chat_zone_t);
    zone->layout = NGX_CHAT_ZONE_LAYOUT;
    zone->magic = NGX_CHAT_ZONE_MAGIC;

    pool->data = zone;

    return NGX_OK;
}


/* Known only after parsing, when "worker_processes" is: hence file and line by hand. */

static void
ngx_chat_zone_too_small(ngx_shm_zone_t *shm_zone, size_t need)
{
    ngx_chat_core_conf_t  *conf;
    ngx_chat_zone_ctx_t   *ctx;

    ctx = shm_zone->data;
    conf = ctx->conf;

    if (conf->zone_file.len) {
        ngx_log_error(NGX_LOG_EMERG, shm_zone->shm.log, 0,
                      "\"chat_zone\" of %uzk is too small for %i worker "
                      "processes, it needs at least %uzk in %V:%ui",
                      shm_zone->shm.size / 1024, ctx->ccf->worker_processes,
                      (need + 1023) / 1024, &conf->zone_file,
                      conf->zone_line);
        return;
    }

    ngx_log_error(NGX_LOG_EMERG, shm_zone->shm.log, 0,
                  "the default \"chat_zone\" of %uzk is too small for %i "
                  "worker processes, write one of at least %uzk",
                  shm_zone->shm.size / 1024, ctx->ccf->worker_processes,
                  (need + 1023) / 1024);
}


/* bytes of the one block that everything lives in */

static size_t
ngx_chat_zone_need(ngx_uint_t nslots)
{
    return sizeof(ngx_chat_zone_t) + nslots * NGX_CHAT_INTERESTS
           + NGX_CHAT_ZONE_TABLES_MIN;
}


/*
 * Makes the zone this process's own and takes a slot of the registry.  Without a
 * free slot the worker serves all the same: its peers send it everything.
 */
ngx_int_t
ngx_chat_zone_init_process(ngx_cycle_t *cycle, ngx_chat_core_conf_t *conf)
{
    if (conf->zone == NULL) {
        return NGX_OK;
    }

    ngx_chat_zone_pool = (ngx_slab_pool_t *) conf->zone->shm.addr;
    ngx_chat_zone_max_sockets = conf->max_sockets;

    /* a reload with master_process off comes here again */

    if (ngx_chat_zone != ngx_chat_zone_pool->data) {
        ngx_chat_zone = ngx_chat_zone_pool->data;
        (void) ngx_chat_registry_join(cycle);
    }

    ngx_chat_stat_start(cycle);

    return NGX_OK;
}


/*
 * The master unlocks the slab's mutex of a worker that died; what it was changing
 * may be half-written then, which the busy word tells.
 */
void
ngx_chat_table_lock(ngx_chat_table_t *table)
{
    ngx_shmtx_lock(&ngx_chat_zone_pool->mutex);

    if (table->busy) {
        ngx_chat_table_reset(table);
        ngx_chat_stat_add(NGX_CHAT_STAT_ZONE_RESET, 1);
    }

    table->busy = 1;
    ngx_memory_barrier();
}


void
ngx_chat_table_unlock(ngx_chat_table_t *table)
{
    ngx_memory_barrier();
    table->busy = 0;

    ngx_shmtx_unlock(&ngx_chat_zone_pool->mutex);
}


void
ngx_chat_zone_lock(void)
{
    ngx_shmtx_lock(&ngx_chat_zone_pool->mutex);
}


void
ngx_chat_zone_unlock(void)
{
    ngx_shmtx_unlock(&ngx_chat_zone_pool->mutex);
}


/* bytes that sessions and limits take, and all bytes of the zone */
void
ngx_chat_zone_usage(size_t *used, size_t *total)
{
    size_t  cell;

    *used = 0;
    *total = 0;

    if (ngx_chat_zone == NULL) {
        return;
    }

    cell = sizeof(ngx_chat_cell_t) + 2 * sizeof(ngx_chat_cell_no_t);

    *total = ngx_chat_zone_pool->end - (u_char *) ngx_chat_zone_pool;
    *used = *total
            - (ngx_chat_zone->sessions.n - ngx_chat_zone->sessions.used) * cell
            - (ngx_chat_zone->limits.nsets * NGX_CHAT_LIMIT_WAYS
               - ngx_chat_zone->limits.used) * sizeof(ngx_chat_bucket_t);
}
