/* The long poll: what a socket gets, one answer at a time. */

#ifndef NGX_CHAT_POLL_H
#define NGX_CHAT_POLL_H

#include "ngx_chat_call.h"
#include "ngx_chat_log.h"

#define NGX_CHAT_POLL_WAIT      60      /* seconds at most */
#define NGX_CHAT_POLLS          10000   /* open polls a worker */

/* the handler of the row events_get */
void ngx_chat_poll(ngx_chat_call_t *call);

/* ends a call with the entries of a page, whose references it takes */
void ngx_chat_entry_answer(ngx_chat_call_t *call, ngx_chat_log_page_t *page);

/* the worker's exit: polls answer at once, new ones don't wait */
void ngx_chat_poll_init_process(ngx_cycle_t *cycle);

#endif /* NGX_CHAT_POLL_H */
