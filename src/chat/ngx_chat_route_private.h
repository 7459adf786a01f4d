/* What routing's files share: things to tell a conversation's members. */

#ifndef NGX_CHAT_ROUTE_PRIVATE_H
#define NGX_CHAT_ROUTE_PRIVATE_H

#include "ngx_chat_route.h"
#include "ngx_chat_hub.h"
#include "ngx_chat_members.h"
#include "ngx_chat_pg.h"
#include "ngx_chat_stat.h"
#include "chat_json.h"

#define NGX_CHAT_ROUTE_BUCKETS      8192
#define NGX_CHAT_ROUTE_PARKED       4096    /* things that wait for members */
#define NGX_CHAT_ROUTE_RETRY        200     /* ms between failed loads */
#define NGX_CHAT_ROUTE_PACKET       64000   /* bytes that one packet carries */
#define NGX_CHAT_ROUTE_GATHERED     256     /* frames gathered for packets */
#define NGX_CHAT_ROUTE_EVENT        4096    /* bytes of a live event */
#define NGX_CHAT_ROUTE_SLOTS        (NGX_CHAT_WORKERS / 64)

/* something newer than any cached version: members are read again */
#define NGX_CHAT_ROUTE_UNKNOWN      NGX_MAX_INT32_VALUE

/* an entry, or a live event, or (with neither) the hint that there is more */
typedef struct {
    ngx_queue_t         queue;
    u_char              conversation[16];
    int32_t             version;        /* membership needed to deliver it */
    ngx_chat_frame_t   *frame;
    ngx_str_t           json;
    u_char              but[16];        /* this account is spared */
    unsigned            has_but:1;
    unsigned            pair:1;         /* for direct and private conversations only */
    unsigned            local:1;        /* came from another worker */
} ngx_chat_route_item_t;

/* ngx_chat_route.c: to the receivers here and, unless it came from there, to other workers */
void ngx_chat_route_deliver(ngx_chat_route_item_t *item, ngx_chat_members_t *m);
void ngx_chat_route_local(u_char account[16], ngx_chat_route_item_t *item);
void ngx_chat_route_close(u_char account[16], u_char session[16], ngx_uint_t code);
void ngx_chat_route_replace(u_char account[16], u_char session[16], uint64_t order);
void ngx_chat_route_recheck(void);

/* ngx_chat_route_park.c: delivers it when its members are known */
void ngx_chat_route_item(ngx_chat_route_item_t *item);
ngx_int_t ngx_chat_route_park_init(ngx_cycle_t *cycle);

/* ngx_chat_route_packet.c */
void ngx_chat_route_gather(ngx_chat_frame_t *frame, uint64_t *slots);
void ngx_chat_route_send_gathered(void);
void ngx_chat_route_send_hint(uint64_t *slots, u_char *ids, ngx_uint_t n);
void ngx_chat_route_send_event(uint64_t *slots, u_char *accounts, ngx_uint_t n, ngx_str_t *json);
void ngx_chat_route_send_replace(ngx_chat_receiver_t *r);
void ngx_chat_route_receive(ngx_chat_hub_type_e type, u_char *body, size_t len);

/* ngx_chat_route_told.c: what came through the database */
void ngx_chat_route_told(ngx_str_t *told);

#endif /* NGX_CHAT_ROUTE_PRIVATE_H */
