/*
 * Blocking work in threads.  What a worker has queued and running is counted
 * here, so that nginx's own queue never overflows and the caller hears "busy" instead.
 */

#include "ngx_chat_task.h"
#include "ngx_chat_task_low.h"
#include "ngx_chat_stat.h"
#include <ngx_thread_pool.h>
#include <dlfcn.h>
#include <sodium.h>

#define NGX_CHAT_TASK_AUDIT_QUEUE  2   /* jobs, of a thread; one is ever asked for */
#define NGX_CHAT_TASK_HOLD  60000   /* ms that a job keeps its worker from exiting */

typedef struct {
    ngx_chat_task_t             task;       /* first: what the caller holds */
    ngx_thread_task_t           thread;
    size_t                      size;       /* of the job, which follows */
    ngx_chat_task_pool_e        pool;
    ngx_uint_t                  skipped;    /* written by the thread, read after it */
    unsigned                    abandoned;
} ngx_chat_task_job_t;

typedef struct {
    ngx_thread_pool_t          *threads;
    ngx_uint_t                  max;        /* queued and running */
    ngx_uint_t                  depth;
} ngx_chat_task_pool_t;

extern ngx_module_t  ngx_thread_pool_module;

static ngx_int_t ngx_chat_task_add_pool(ngx_conf_t *cf, ngx_str_t *name,
    ngx_uint_t threads, ngx_uint_t queue);
static void ngx_chat_task_pin(ngx_log_t *log);
static void ngx_chat_task_thread(void *data, ngx_log_t *log);
static void ngx_chat_task_event_handler(ngx_event_t *ev);
static void ngx_chat_task_free(ngx_chat_task_job_t *job);


static ngx_str_t  ngx_chat_task_names[] = {
    ngx_string("chat_auth"),
    ngx_string("chat_keys"),
    ngx_string("chat_mail"),
    ngx_string("chat_audit")
};

/* of this process */
static ngx_chat_task_pool_t  ngx_chat_task_pools[NGX_CHAT_TASK_POOLS];


/*
 * Adds the thread pools to the configuration; a "thread_pool" of the operator
 * with the name of one, written before, stays as it is.
 */

ngx_int_t
ngx_chat_task_configure(ngx_conf_t *cf, ngx_chat_core_conf_t *conf)
{
    if (ngx_chat_task_add_pool(cf, &ngx_chat_task_names[NGX_CHAT_TASK_AUTH],
                               conf->auth_threads, conf->auth_queue)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ngx_chat_task_add_pool(cf, &ngx_chat_task_names[NGX_CHAT_TASK_KEYS],
                               conf->keys_threads, conf->keys_queue)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_chat_task_add_pool(cf,
                                  &ngx_chat_task_names[NGX_CHAT_TASK_MAIL],
                                  conf->mail_threads, conf->mail_queue);
}


ngx_int_t
ngx_chat_task_need(ngx_conf_t *cf, ngx_chat_task_pool_e pool)
{
    return ngx_chat_task_add_pool(cf, &ngx_chat_task_names[pool], 1,
                                  NGX_CHAT_TASK_AUDIT_QUEUE);
}


/* As if "thread_pool NAME threads=N max_queue=M" stood in the configuration. */

static ngx_int_t
ngx_chat_task_add_pool(ngx_conf_t *cf, ngx_str_t *name, ngx_uint_t threads,
    ngx_uint_t queue)
{
    char           *rc;
    u_char         *p;
    ngx_str_t      *value;
    ngx_array_t    *saved, args;
    ngx_command_t  *cmd;

    if (ngx_thread_pool_get(cf->cycle, name) != NULL) {
        return NGX_OK;
    }

    if (ngx_array_init(&args, cf->pool, 4, sizeof(ngx_str_t)) != NGX_OK) {
        return NGX_ERROR;
    }

    value = ngx_array_push_n(&args, 4);

    ngx_str_set(&value[0], "thread_pool");
    value[1] = *name;

    p = ngx_pnalloc(cf->pool, 2 * (sizeof("max_queue=") + NGX_INT_T_LEN));
    if (p == NULL) {
        return NGX_ERROR;
    }

    value[2].data = p;
    p = ngx_sprintf(p, "threads=%ui", threads);
    value[2].len = p - value[2].data;
    *p++ = '\0';

    /* a task counts until the loop has seen its end, so this is never reached */

    value[3].data = p;
    p = ngx_sprintf(p, "max_queue=%ui", threads + queue);
    value[3].len = p - value[3].data;
    *p = '\0';

    cmd = ngx_thread_pool_module.commands;

    saved = cf->args;
    cf->args = &args;
    rc = cmd->set(cf, cmd, NULL);
    cf->args = saved;

    return (rc == NGX_CONF_OK) ? NGX_OK : NGX_ERROR;
}


ngx_int_t
ngx_chat_task_init_process(ngx_cycle_t *cycle, ngx_chat_core_conf_t *conf)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_CHAT_TASK_POOLS; i++) {
        ngx_chat_task_pools[i].threads =
                           ngx_thread_pool_get(cycle, &ngx_chat_task_names[i]);
        ngx_chat_task_pools[i].depth = 0;

        if (ngx_chat_task_pools[i].threads == NULL
            && i != NGX_CHAT_TASK_AUDIT)
        {
            ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                          "chat: thread pool \"%V\" is missing",
                          &ngx_chat_task_names[i]);
            return NGX_ERROR;
        }
    }

    ngx_chat_task_pools[NGX_CHAT_TASK_AUTH].max = conf->auth_threads
                                                  + conf->auth_queue;
    ngx_chat_task_pools[NGX_CHAT_TASK_KEYS].max = conf->keys_threads
                                                  + conf->keys_queue;
    ngx_chat_task_pools[NGX_CHAT_TASK_MAIL].max = conf->mail_threads
                                                  + conf->mail_queue;

    ngx_chat_task_pools[NGX_CHAT_TASK_AUDIT].max = NGX_CHAT_TASK_AUDIT_QUEUE;

    ngx_chat_task_pin(cycle->log);

    return NGX_OK;
}


/*
 * An exiting worker unloads its modules while its threads still end: the
 * destructor of a thread's key (libesmtp has one) would lie in a library that is
 * gone, and the worker dies of signal 11.  Hence the module, and with it its
 * libraries, stays in this process for good.
 */

static void
ngx_chat_task_pin(ngx_log_t *log)
{
    Dl_info  info;

    if (dladdr((void *) ngx_chat_task_names, &info) == 0
        || dlopen(info.dli_fname, RTLD_LAZY|RTLD_NOLOAD|RTLD_NODELETE) == NULL)
    {
        /* built into nginx itself: nothing is unloaded */

        ngx_log_debug0(NGX_LOG_DEBUG_CORE, log, 0, "chat: not a module");
    }
}


ngx_chat_task_t *
ngx_chat_task_create(size_t job_size)
{
    ngx_chat_task_job_t  *job;

    job = ngx_calloc(sizeof(ngx_chat_task_job_t) + job_size, ngx_cycle->log);
    if (job == NULL) {
        return NULL;
    }

    job->size = job_size;
    job->task.job = &job[1];

    return &job->task;
}


ngx_int_t
ngx_chat_task_post(ngx_chat_task_pool_e pool, ngx_chat_task_t *task)
{
    ngx_chat_task_job_t   *job;
    ngx_chat_task_pool_t  *p;

    job = (ngx_chat_task_job_t *) task;
    p = &ngx_chat_task_pools[pool];

    if (p->threads == NULL) {
        ngx_chat_task_free(job);
        return NGX_ERROR;
    }

    if (p->depth >= p->max) {
        ngx_chat_stat_add(NGX_CHAT_STAT_TASKS_REFUSED, 1);
        ngx_chat_task_free(job);
        return NGX_BUSY;
    }

    job->pool = pool;
    job->thread.ctx = job;
    job->thread.handler = ngx_chat_task_thread;
    job->thread.event.handler = ngx_chat_task_event_handler;
    job->thread.event.data = job;
    job->thread.event.log = ngx_cycle->log;

    if (ngx_thread_task_post(p->threads, &job->thread) != NGX_OK) {
        ngx_chat_stat_add(NGX_CHAT_STAT_TASKS_REFUSED, 1);
        ngx_chat_task_free(job);
        return NGX_BUSY;
    }

    p->depth++;

    /* else a worker that is asked to exit would go before the answer */

    ngx_add_timer(&job->thread.event, NGX_CHAT_TASK_HOLD);

    return NGX_OK;
}


void
ngx_chat_task_abandon(ngx_chat_task_t *task)
{
    ngx_chat_task_job_t  *job;

    job = (ngx_chat_task_job_t *) task;

    __atomic_store_n(&job->abandoned, 1, __ATOMIC_RELAXED);
}


void
ngx_chat_task_drop(ngx_chat_task_t *task)
{
    ngx_chat_stat_add(NGX_CHAT_STAT_TASKS_REFUSED, 1);
    ngx_chat_task_free((ngx_chat_task_job_t *) task);
}


ngx_uint_t
ngx_chat_task_crowded(ngx_chat_task_pool_e pool, ngx_uint_t share)
{
    ngx_chat_task_pool_t  *p;

    p = &ngx_chat_task_pools[pool];

    return p->depth >= (p->max + share - 1) / share;
}


ngx_uint_t
ngx_chat_task_depth(ngx_chat_task_pool_e pool)
{
    return ngx_chat_task_pools[pool].depth;
}


/*
 * In a thread.  Work that nobody waits for any more is left out; so is mail when
 * the worker leaves, which stays in the outbox for another one.
 */

static void
ngx_chat_task_thread(void *data, ngx_log_t *log)
{
    ngx_chat_task_job_t  *job;

    job = data;

    ngx_chat_task_low();

    if (job->pool == NGX_CHAT_TASK_AUTH) {
        ngx_chat_task_rest();
    }

    if (__atomic_load_n(&job->abandoned, __ATOMIC_RELAXED)
        || ngx_terminate
        || (job->pool == NGX_CHAT_TASK_MAIL && (ngx_exiting || ngx_quit)))
    {
        job->skipped = 1;
        return;
    }

    job->task.run(job->task.job);

    ngx_chat_task_worked();
}


/* On the loop: the thread is through with the job, or the hold on the worker is over. */

static void
ngx_chat_task_event_handler(ngx_event_t *ev)
{
    ngx_chat_task_job_t  *job;

    job = ev->data;

    if (ev->timedout) {
        ev->timedout = 0;
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "chat: a job in \"%V\" runs longer than %d seconds",
                      &ngx_chat_task_names[job->pool],
                      NGX_CHAT_TASK_HOLD / 1000);
        return;
    }

    if (ev->timer_set) {
        ngx_del_timer(ev);
    }

    ngx_chat_task_pools[job->pool].depth--;

    if (!job->abandoned && !job->skipped) {
        job->task.done(job->task.job, job->task.data);
    }

    ngx_chat_task_free(job);
}


static void
ngx_chat_task_free(ngx_chat_task_job_t *job)
{
    sodium_memzero(&job[1], job->size);
    ngx_free(job);
}
