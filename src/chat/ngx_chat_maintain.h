/* Bounded housekeeping in the database, by timer; not for transports. */

#ifndef NGX_CHAT_MAINTAIN_H
#define NGX_CHAT_MAINTAIN_H

#include "ngx_chat.h"

ngx_int_t ngx_chat_maintain_init_process(ngx_cycle_t *cycle,
    ngx_chat_conversation_main_conf_t *conf);

#endif /* NGX_CHAT_MAINTAIN_H */
