/* Bounded housekeeping in the database, by timer; not for transports. */

#ifndef NGX_CHAT_MAINTAIN_H
#define NGX_CHAT_MAINTAIN_H

#include "ngx_chat.h"

ngx_int_t ngx_chat_maintain_init_process(ngx_cycle_t *cycle,
    ngx_chat_conversation_main_conf_t *conf);

/* a device was just revoked: members are asked for the Remove of its leaves now */
void ngx_chat_maintain_groups(void);

#endif /* NGX_CHAT_MAINTAIN_H */
