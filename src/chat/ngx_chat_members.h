/*
 * Who belongs to a conversation, cached in this worker by membership version and
 * loaded on demand; bounded, the least recently used goes first.
 */

#ifndef NGX_CHAT_MEMBERS_H
#define NGX_CHAT_MEMBERS_H

#include "ngx_chat_core.h"

#define NGX_CHAT_MEMBERS_CONVERSATIONS  16384   /* cached a worker */
#define NGX_CHAT_MEMBERS_ACCOUNTS       262144  /* in all of them together */
#define NGX_CHAT_MEMBERS_LOAD           200     /* conversations of one query */

typedef enum {
    NGX_CHAT_KIND_SELF = 0,
    NGX_CHAT_KIND_DIRECT,
    NGX_CHAT_KIND_PRIVATE,
    NGX_CHAT_KIND_GROUP
} ngx_chat_kind_e;

typedef struct {
    ngx_queue_t         queue;          /* least recently used first */
    ngx_queue_t         hash;
    u_char              conversation[16];
    int32_t             version;
    ngx_chat_kind_e     kind;
    ngx_uint_t          n;
    u_char              accounts[1];    /* n * 16 */
} ngx_chat_members_t;

/* what is cached with at least this version, or NULL; valid until the next load or put */
ngx_chat_members_t *ngx_chat_members_get(u_char conversation[16], int32_t version);

/*
 * Reads the members of n (1..NGX_CHAT_MEMBERS_LOAD) conversations into the cache.  done is called once, never from
 * inside: ok 0 if the query failed.  A conversation that is gone is no longer cached.  NGX_ERROR: not asked.
 */
ngx_int_t ngx_chat_members_load(u_char *conversations, ngx_uint_t n,
    void (*done)(ngx_uint_t ok));

ngx_int_t ngx_chat_members_init_process(void);

#endif /* NGX_CHAT_MEMBERS_H */
