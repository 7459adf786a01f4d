/*
 * Worker to worker: SOCK_SEQPACKET connections between all workers of all
 * generations on this machine.  The hub carries packets, it doesn't read them: what
 * they say is the business of the one handler that the chat room registers.
 */

#ifndef NGX_CHAT_HUB_H
#define NGX_CHAT_HUB_H

#include "ngx_chat_core.h"

#define NGX_CHAT_HUB_PACKET         65000   /* bytes of one packet, header included */
#define NGX_CHAT_HUB_PAYLOAD        49152   /* an entry with a larger payload goes as a hint without */
#define NGX_CHAT_HUB_HELD           4096    /* conversation ids kept for a peer that doesn't drain */

typedef enum {
    NGX_CHAT_HUB_ENTRIES = 1,   /* committed entries, batched */
    NGX_CHAT_HUB_HINT,          /* conversation ids: "there is more" */
    NGX_CHAT_HUB_REVOKE,        /* sessions: purge, close; is confirmed */
    NGX_CHAT_HUB_REPLACE,       /* a newer socket of a session: close the older one */
    NGX_CHAT_HUB_EVENT,         /* a live event (receipt) for accounts */
    NGX_CHAT_HUB_RECHECK        /* body empty: we lost track, mark every receiver "more", paced */
} ngx_chat_hub_type_e;

/* body lives until it returns */
typedef void (*ngx_chat_hub_handler_pt)(ngx_chat_hub_type_e type, u_char *body, size_t len);

/* called with the confirmations of ngx_chat_hub_confirmed(), once: all peers confirmed, or 1 s is over */
typedef void (*ngx_chat_hub_done_pt)(void *data);

void ngx_chat_hub_register(ngx_chat_hub_handler_pt handler);

#define NGX_CHAT_HUB_EXITS          4       /* handlers of the exit */

/* the drain of a graceful exit begins (told once, from the permanent idle connection) */
void ngx_chat_hub_on_exit(void (*handler)(void));

/*
 * Sends to the peers in slots; and, if everyone, or for peers outside our zone, to those too.
 * conversations: the n ids inside the packet; kept (then sent as a HINT) for a peer that doesn't drain.
 * Never fails: what can't be sent becomes a HINT or a RECHECK.
 */
void ngx_chat_hub_send(ngx_chat_hub_type_e type,
    uint64_t slots[/* NGX_CHAT_WORKERS / 64 */], u_char *body, size_t len,
    u_char *conversations /* n * 16 */, ngx_uint_t n);

/* to every peer, without confirmation */
void ngx_chat_hub_broadcast(ngx_chat_hub_type_e type, u_char *body, size_t len);

/* to every peer, confirmed after their handler returned.  NULL: no memory.  Abandon: done won't be called. */
void *ngx_chat_hub_broadcast_confirmed(ngx_chat_hub_type_e type, u_char *body,
    size_t len, ngx_chat_hub_done_pt done, void *data);
void ngx_chat_hub_abandon(void *pending);

ngx_uint_t ngx_chat_hub_peers(void);    /* that we are linked to: a gauge */
ngx_uint_t ngx_chat_hub_alone(void);    /* 1: no other worker is there, linked or not */

/* called by the core module */
/* (the zone's initialisation calls it: only then "pid" is final) sets conf->hub_dir or says what is wrong with it */
ngx_int_t ngx_chat_hub_path(ngx_core_conf_t *ccf, ngx_chat_core_conf_t *conf,
    ngx_pool_t *pool, ngx_log_t *log);
ngx_int_t ngx_chat_hub_init_module(ngx_cycle_t *cycle, ngx_chat_core_conf_t *conf);     /* the directory */
ngx_int_t ngx_chat_hub_init_process(ngx_cycle_t *cycle, ngx_chat_core_conf_t *conf);
void ngx_chat_hub_exit_process(ngx_cycle_t *cycle);

#endif /* NGX_CHAT_HUB_H */
