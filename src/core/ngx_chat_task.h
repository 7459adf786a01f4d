/*
 * Blocking work in named thread pools with small queues.  A job owns its
 * memory (heap, wiped when freed); who asked for it may go away at any time.
 */

#ifndef NGX_CHAT_TASK_H
#define NGX_CHAT_TASK_H

#include "ngx_chat_core.h"

typedef enum {
    NGX_CHAT_TASK_AUTH = 0,     /* Argon2 */
    NGX_CHAT_TASK_KEYS,         /* signatures: what waits for them doesn't wait for passwords */
    NGX_CHAT_TASK_MAIL,
    NGX_CHAT_TASK_AUDIT,        /* writing the operator's file; only where it was needed */
    NGX_CHAT_TASK_POOLS
} ngx_chat_task_pool_e;

typedef struct ngx_chat_task_s  ngx_chat_task_t;

struct ngx_chat_task_s {
    void              (*run)(void *job);        /* in a thread: may touch job only */
    void              (*done)(void *job, void *data);   /* on the loop; not called once abandoned,
                                                           nor for mail that an exit leaves undone */
    void               *data;
    void               *job;                    /* size bytes, zeroed, wiped after done */
};

/* NULL without memory */
ngx_chat_task_t *ngx_chat_task_create(size_t job_size);

/* NGX_OK; NGX_BUSY: the queue is full (answer 503); NGX_ERROR.  On failure the task is freed. */
ngx_int_t ngx_chat_task_post(ngx_chat_task_pool_e pool, ngx_chat_task_t *task);

/* one that wasn't posted: wipes and frees it */
void ngx_chat_task_drop(ngx_chat_task_t *task);

/* done won't be called */
void ngx_chat_task_abandon(ngx_chat_task_t *task);

/* jobs queued or running in this worker */
ngx_uint_t ngx_chat_task_depth(ngx_chat_task_pool_e pool);

/* whether 1/share of the queue is taken, or more */
ngx_uint_t ngx_chat_task_crowded(ngx_chat_task_pool_e pool, ngx_uint_t share);

/* at configuration, for NGX_CHAT_TASK_AUDIT: the pool isn't made unless somebody asks */
ngx_int_t ngx_chat_task_need(ngx_conf_t *cf, ngx_chat_task_pool_e pool);

/* called by the core module */
ngx_int_t ngx_chat_task_configure(ngx_conf_t *cf, ngx_chat_core_conf_t *conf);
ngx_int_t ngx_chat_task_init_process(ngx_cycle_t *cycle, ngx_chat_core_conf_t *conf);

#endif /* NGX_CHAT_TASK_H */
