/* Reading conversations' logs: chat.read_log and chat.entry_list into frames. */

#ifndef NGX_CHAT_LOG_H
#define NGX_CHAT_LOG_H

#include "ngx_chat_entry.h"
#include "ngx_chat_pg.h"

#define NGX_CHAT_LOG_ENTRIES    200     /* most entries of one page */
#define NGX_CHAT_LOG_BYTES      262144  /* payload bytes after which a page is cut */

typedef struct ngx_chat_log_read_s  ngx_chat_log_read_t;

typedef struct {
    ngx_chat_pg_result_t  *res;         /* failed: status isn't NGX_CHAT_PG_OK */
    ngx_chat_frame_t  **frames;         /* in order; each holds one reference that the handler takes over */
    ngx_uint_t          n;
    u_char             *cut;            /* conversations (ncut * 16 bytes) that have more than the page */
    ngx_uint_t          ncut;
    unsigned            failed:1;       /* the query failed, or no memory: nothing is in it */
} ngx_chat_log_page_t;

/* called once; frames and cut themselves live until it returns */
typedef void (*ngx_chat_log_handler_pt)(void *data, ngx_chat_log_page_t *page);

/*
 * conversations NULL: all with something after the session's delivered cursor (positions unused).
 * Else n * 16 bytes, and after which seq each (-1: from the cursor).  max_entries: 1..NGX_CHAT_LOG_ENTRIES or more
 * by what the caller expects to see again.  NULL: no memory or queue full.
 */
ngx_chat_log_read_t *ngx_chat_log_read(u_char session[16],
    u_char *conversations, int64_t *positions, ngx_uint_t n,
    ngx_uint_t max_entries, size_t max_bytes,
    ngx_chat_log_handler_pt handler, void *data);

/* one conversation's entries as an account sees them; after, before: -1 if not given */
ngx_chat_log_read_t *ngx_chat_log_list(u_char account[16], u_char session[16],
    u_char conversation[16], int64_t after, int64_t before, ngx_uint_t limit,
    ngx_chat_log_handler_pt handler, void *data);

/* the handler won't be called */
void ngx_chat_log_abandon(ngx_chat_log_read_t *read);

#endif /* NGX_CHAT_LOG_H */
