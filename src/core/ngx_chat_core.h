/*
 * The room's door: configuration of the core, and its life in a cycle.
 */

#ifndef NGX_CHAT_CORE_H
#define NGX_CHAT_CORE_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>

#define NGX_CHAT_VERSION            "0.1.0"
#define NGX_CHAT_MODULE_NUMBER      10      /* this module, as the schema counts them */
#define NGX_CHAT_SCHEMA_NEEDED      10      /* the oldest schema version it works with */
#define NGX_CHAT_FEATURE_LEVEL      3       /* raised by every change of the API */

/* main configuration of ngx_chat_core_module: see ngx_chat_core_module.c */
typedef struct {
    ngx_flag_t          enabled;            /* a location has "chat" */
    ngx_str_t           enabled_file;       /* where that stands first */
    ngx_uint_t          enabled_line;

    ngx_str_t           database;           /* conninfo as written */
    ngx_array_t        *database_hosts;     /* ngx_str_t: conninfos with one address each, terminated */
    ngx_uint_t          database_connections;   /* a worker, beside the writer's and the cursors': 1..16, default 2 */
    ngx_msec_t          database_timeout;   /* of one request, default 5s */
    ngx_uint_t          database_queue;     /* requests waiting a worker, default 1024 */
    ngx_flag_t          database_unsafe;    /* accept fsync or synchronous_commit off */

    size_t              zone_size;          /* default 16m */
    ngx_str_t           zone_file;          /* where "chat_zone" stands; empty: it is the default */
    ngx_uint_t          zone_line;
    ngx_shm_zone_t     *zone;
    ngx_uint_t          max_sockets;        /* all workers, default 100000 */

    ngx_uint_t          auth_threads;       /* default 1 */
    ngx_uint_t          auth_queue;         /* default 64 */
    ngx_uint_t          keys_threads;       /* default 1 */
    ngx_uint_t          keys_queue;         /* default 32 */
    ngx_uint_t          mail_threads;       /* default 1 */
    ngx_uint_t          mail_queue;         /* default 4 */

    ngx_str_t           hub_dir;            /* "<pid file>.chat", terminated */
} ngx_chat_core_conf_t;

extern ngx_module_t  ngx_chat_core_module;

/* the running cycle's configuration; NULL if the module isn't configured */
ngx_chat_core_conf_t *ngx_chat_core_conf(ngx_cycle_t *cycle);

/* a directive that needs the core calls it at configuration: creates zone and thread pools once */
ngx_int_t ngx_chat_core_enable(ngx_conf_t *cf);

#endif /* NGX_CHAT_CORE_H */
