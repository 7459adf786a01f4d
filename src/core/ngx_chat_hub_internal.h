/*
 * The hub's inside: for ngx_chat_hub*.c alone.
 *
 * Each worker listens at "<hub_dir>/<pid>" and holds two connections with each
 * peer: it writes to the one it opened and reads from the one the peer opened.
 *
 *     ngx_chat_hub.c          what the rest of the module calls; a process's life
 *     ngx_chat_hub_link.c     sockets: connecting, writing
 *     ngx_chat_hub_listen.c   the ways in: listening, the directory, reading
 *     ngx_chat_hub_peer.c     peers: coming, lost, buried
 *     ngx_chat_hub_send.c     what is sent to one, or kept back
 *     ngx_chat_hub_held.c     the set of ids kept back for one peer
 *     ngx_chat_hub_confirm.c  broadcasts that are confirmed
 */

#ifndef NGX_CHAT_HUB_INTERNAL_H
#define NGX_CHAT_HUB_INTERNAL_H

#include "ngx_chat_hub.h"
#include "ngx_chat_zone.h"
#include "ngx_chat_stat.h"

#include <sys/un.h>


#define NGX_CHAT_HUB_VERSION        1       /* of the packets: after a binary upgrade they may differ */
#define NGX_CHAT_HUB_PEERS          256     /* workers of all generations */
#define NGX_CHAT_HUB_CONTROL        1024    /* packets other than hints kept for a peer */
#define NGX_CHAT_HUB_CONTROL_BYTES  (4 * 1024 * 1024)
#define NGX_CHAT_HUB_PENDING        1024    /* broadcasts waiting for confirmations */
#define NGX_CHAT_HUB_PID_LEN        10      /* digits, at most */

#define NGX_CHAT_HUB_CONFIRM        100     /* types of the hub's own */
#define NGX_CHAT_HUB_BYE            101

#define NGX_CHAT_HUB_CONFIRM_ME     0x01    /* a flag */


typedef struct {
    uint8_t             version;
    uint8_t             type;
    uint8_t             flags;
    uint8_t             reserved[5];
    uint64_t            id;             /* of a broadcast to confirm */
} ngx_chat_hub_header_t;


typedef struct {
    ngx_uint_t          n;
    u_char              ids[NGX_CHAT_HUB_HELD * 16];
    uint16_t            index[NGX_CHAT_HUB_HELD * 2];   /* number + 1; 0: empty */
} ngx_chat_hub_held_t;


typedef struct {
    ngx_queue_t         queue;
    size_t              len;
    ngx_chat_hub_header_t  header;
    u_char              body[1];
} ngx_chat_hub_control_t;


typedef struct {
    ngx_pid_t           pid;            /* 0: this place is free */
    ngx_int_t           slot;           /* NGX_ERROR: outside our zone */
    ngx_connection_t   *out;            /* we write */
    ngx_connection_t   *in;             /* we read */

    ngx_chat_hub_held_t  *held;         /* NULL: nothing */
    ngx_queue_t         control;
    ngx_uint_t          ncontrol;
    size_t              control_bytes;

    ngx_msec_t          refused;        /* since when it refuses, 0: it doesn't */
    ngx_msec_t          tried;          /* the last attempt to connect */

    unsigned            dirty:1;        /* a RECHECK is due */
    unsigned            told:1;         /* the registry says that we keep hints for it */
    unsigned            linked:1;       /* was connected once */
    unsigned            bye:1;          /* it said that it exits */
} ngx_chat_hub_peer_t;


typedef struct {
    ngx_chat_core_conf_t     *conf;
    ngx_log_t                *log;
    ngx_connection_t         *listening;
    ngx_connection_t         *idle;         /* is told of a graceful exit */
    ngx_chat_hub_handler_pt   handler;
    ngx_uint_t                nexit;
    void                    (*on_exit[NGX_CHAT_HUB_EXITS])(void);
    ngx_event_t               retry;
    ngx_uint_t                npeers;       /* places of peers[] ever used */
    ngx_chat_hub_peer_t       peers[NGX_CHAT_HUB_PEERS];
} ngx_chat_hub_t;

extern ngx_chat_hub_t  ngx_chat_hub;


/* ---- the ways in ---- */

ngx_int_t ngx_chat_hub_listen(ngx_cycle_t *cycle);
ngx_int_t ngx_chat_hub_idle(void);
void ngx_chat_hub_scan(void);
void ngx_chat_hub_accept_again(void);

/* ---- links ---- */

/* the pid of who is at the other end; NGX_ERROR if it isn't one of ours */
ngx_int_t ngx_chat_hub_credentials(ngx_socket_t s, ngx_pid_t *pid);

ngx_connection_t *ngx_chat_hub_adopt(ngx_socket_t s, void *data,
    ngx_event_handler_pt read, ngx_event_handler_pt write);
void ngx_chat_hub_no_write(ngx_event_t *wev);

/* NGX_OK; NGX_AGAIN: try later; NGX_DECLINED: nobody is there any more */
ngx_int_t ngx_chat_hub_connect(ngx_chat_hub_peer_t *peer);

/* one packet; NGX_AGAIN: it doesn't drain; NGX_ERROR: the link is closed now */
ngx_int_t ngx_chat_hub_write(ngx_chat_hub_peer_t *peer,
    ngx_chat_hub_header_t *header, u_char *body, size_t len);

void ngx_chat_hub_close(ngx_connection_t **link);
size_t ngx_chat_hub_socket_path(ngx_pid_t pid, struct sockaddr_un *sun);

/* ---- peers ---- */

ngx_chat_hub_peer_t *ngx_chat_hub_peer_find(ngx_pid_t pid);
ngx_chat_hub_peer_t *ngx_chat_hub_peer_add(ngx_pid_t pid);      /* NULL: too many */

/* opens its link; a dead one is gone afterwards */
void ngx_chat_hub_peer_open(ngx_chat_hub_peer_t *peer);

/* a link ended: whether it's dead will show */
void ngx_chat_hub_peer_lost(ngx_chat_hub_peer_t *peer);

void ngx_chat_hub_peer_send(ngx_chat_hub_peer_t *peer, ngx_uint_t type,
    ngx_uint_t flags, uint64_t id, u_char *body, size_t len, u_char *ids,
    ngx_uint_t n);

/* what was kept back, as far as it drains; 1 if nothing is left */
ngx_uint_t ngx_chat_hub_peer_flush(ngx_chat_hub_peer_t *peer);

void ngx_chat_hub_soil(ngx_chat_hub_peer_t *peer);
void ngx_chat_hub_peer_recheck(ngx_chat_hub_peer_t *peer);
void ngx_chat_hub_bury(ngx_int_t slot, ngx_pid_t pid);
void ngx_chat_hub_retry(void);
void ngx_chat_hub_deliver(ngx_uint_t type, u_char *body, size_t len);

/* ---- ids kept back ---- */

/* NGX_OK, also if it is there already; NGX_DECLINED: full */
ngx_int_t ngx_chat_hub_held_add(ngx_chat_hub_held_t *held, u_char id[16]);

/* ---- confirmations ---- */

void ngx_chat_hub_confirmed(ngx_chat_hub_peer_t *peer, uint64_t id);
void ngx_chat_hub_confirm_forget(ngx_chat_hub_peer_t *peer);

#endif /* NGX_CHAT_HUB_INTERNAL_H */
