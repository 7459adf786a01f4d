/*
 * Who in this worker hears of what: receivers (sockets, long polls) by account and
 * session, members by conversation (cached by membership version), and the way to the other workers.
 */

#ifndef NGX_CHAT_ROUTE_H
#define NGX_CHAT_ROUTE_H

#include "ngx_chat_entry.h"
#include "ngx_chat_zone.h"

typedef struct ngx_chat_receiver_s  ngx_chat_receiver_t;

/* none of them may free or remove a receiver from inside: post it */
typedef struct {
    /* a committed entry, perhaps one already had: the receiver orders and drops doubles by number */
    void              (*entry)(ngx_chat_receiver_t *r, ngx_chat_frame_t *f);
    /* something new in a conversation (NULL: in any): read the log */
    void              (*more)(ngx_chat_receiver_t *r, u_char *conversation);
    void              (*event)(ngx_chat_receiver_t *r, ngx_str_t *json);
    /* 4401, 4403, 4409: end it */
    void              (*close)(ngx_chat_receiver_t *r, ngx_uint_t code);
} ngx_chat_receiver_ops_t;

struct ngx_chat_receiver_s {
    ngx_queue_t         queue;          /* in its bucket */
    ngx_chat_receiver_ops_t  *ops;
    u_char              account[16];
    u_char              session[16];
    uint64_t            order;          /* a newer socket of a session has a higher one */
    unsigned            listed:1;
};

/*
 * Enters routing (before the receiver's first read of the log) and tells all workers that an
 * older receiver of the same session is replaced (4409).
 */
ngx_int_t ngx_chat_route_add(ngx_chat_receiver_t *r);
void ngx_chat_route_remove(ngx_chat_receiver_t *r);

/* entries that just committed; each frame has its conversation's membership version */
void ngx_chat_route_committed(ngx_chat_frame_t **frames, ngx_uint_t n);

/* copies at most max conversations whose hints wait for their members; how many */
ngx_uint_t ngx_chat_route_unsent(u_char *ids /* max * 16 */, ngx_uint_t max);

/* an account's delivered cursor moved: tells the other devices of a direct or private conversation */
void ngx_chat_route_receipt(u_char conversation[16], u_char account[16], int64_t delivered);

/* conversations (n * 16 bytes) that got entries whose content isn't at hand */
void ngx_chat_route_hint(u_char *conversations, ngx_uint_t n);

/* a live event to the devices of accounts (n * 16 bytes), may be lost */
void ngx_chat_route_event(u_char *accounts, ngx_uint_t n, ngx_str_t *json);

/* sends a live event to all devices of a conversation's members but those of the account `but` (may be NULL) */
void ngx_chat_route_conversation_event(u_char conversation[16], u_char *but, ngx_str_t *json);

/*
 * Sessions (n * 16 bytes) of an account are revoked or signed out: purge caches, close their
 * sockets here and on all workers; done once all confirmed or 1 s is over.  NULL: told without
 * confirmation, too many wait for theirs or no memory (done isn't called).
 */
void *ngx_chat_route_revoke(u_char *account, u_char *sessions, ngx_uint_t n,
    ngx_uint_t code, void (*done)(void *data), void *data);

ngx_int_t ngx_chat_route_init_process(ngx_cycle_t *cycle);

/* calls walk for every receiver here: the drain at exit */
void ngx_chat_route_walk(void (*walk)(ngx_chat_receiver_t *r, void *data), void *data);

#endif /* NGX_CHAT_ROUTE_H */
