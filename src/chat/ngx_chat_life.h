/* The life of accounts: deletion, erasure, export, blocking. */

#ifndef NGX_CHAT_LIFE_H
#define NGX_CHAT_LIFE_H

#include "ngx_chat_run.h"

/* ngx_chat_life_module, http/server/location: chat_deletion grace= */
typedef struct {
    time_t              grace;          /* default 14d */
} ngx_chat_life_conf_t;

extern ngx_module_t  ngx_chat_life_module;

/* the timer by which accounts whose time is over are erased */
ngx_int_t ngx_chat_erase_init_process(ngx_cycle_t *cycle);

#endif /* NGX_CHAT_LIFE_H */
