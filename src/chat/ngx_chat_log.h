/* Reading conversations' logs: chat.read_log and chat.entry_list into frames. */

#ifndef NGX_CHAT_LOG_H
#define NGX_CHAT_LOG_H

#include "ngx_chat_entry.h"
#include "ngx_chat_pg.h"

typedef struct {
    ngx_chat_pg_result_t  *res;         /* failed: status isn't NGX_CHAT_PG_OK */
    ngx_chat_frame_t  **frames;         /* in order; each holds one reference that the handler takes over */
    ngx_uint_t          n;
    unsigned            more:1;         /* cut by a bound: there is more in the log */
} ngx_chat_log_page_t;

typedef void (*ngx_chat_log_handler_pt)(void *data, ngx_chat_log_page_t *page);

/*
 * conversations NULL: all with something after the session's delivered cursor (positions unused).
 * Else n * 16 bytes, and after which seq each (-1: from the cursor).
 */
ngx_chat_pg_query_t *ngx_chat_log_read(u_char session[16],
    u_char *conversations, int64_t *positions, ngx_uint_t n,
    ngx_uint_t max_entries, size_t max_bytes,
    ngx_chat_log_handler_pt handler, void *data);

#endif /* NGX_CHAT_LOG_H */
