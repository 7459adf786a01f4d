/* Entries and the frames that carry them, built once and shared by reference. */

#ifndef NGX_CHAT_ENTRY_H
#define NGX_CHAT_ENTRY_H

#include "ngx_chat_core.h"

typedef struct {
    u_char              conversation[16];
    int64_t             seq;
    ngx_str_t           kind;           /* "message", "account", … */
    u_char              sender[16];     /* account; all zero: none */
    u_char              sender_session[16];
    u_char              client_id[16];  /* all zero: none */
    int64_t             created;        /* unix microseconds */
    int64_t             epoch;          /* -1: none */
    int32_t             resets;         /* of a send to an MLS group: its id's reset count; -1: none */
    int32_t             version;        /* the conversation's membership version; 0: unknown */
    ngx_str_t           body;           /* ready JSON object of other kinds than message, or empty */
    ngx_str_t           payload;
} ngx_chat_entry_t;

#define NGX_CHAT_FRAME_HEADROOM     16

/*
 * An entry as a payload frame (DESIGN §8): header {"event":"entry","conversation":…,"seq":…,
 * "kind":…,"sender":…,"session":…,"client_id":…,"time":…,"epoch":…,"body":…,"size":…}, payload.
 * On the heap, counted by reference; a transport may put its own header before it, once.
 */
typedef struct {
    ngx_uint_t          refs;
    u_char              conversation[16];
    int64_t             seq;            /* 0: tells of no entry (expired, drained) */
    int64_t             expired_to;     /* > 0: entries seq … expired_to are gone */
    int32_t             version;        /* membership version when it was committed or read; 0: unknown */
    u_char             *payload;        /* inside data */
    size_t              payload_len;
    size_t              header_len;     /* JSON header, from data + 4 */
    size_t              len;            /* of data */
    u_char              headroom_len;   /* bytes of the transport's header, right before data */
    u_char              headroom[NGX_CHAT_FRAME_HEADROOM];
    u_char              data[1];
} ngx_chat_frame_t;

/* one reference is the caller's; NULL without memory */
ngx_chat_frame_t *ngx_chat_frame_create(ngx_chat_entry_t *entry);
/* {"event":"expired","conversation":…,"from":…,"to":…,"size":0} */
ngx_chat_frame_t *ngx_chat_frame_expired(u_char conversation[16], int64_t from, int64_t to);

/* a frame that is no entry: members (of a JSON object, ready) and the payload's size as header, the payload */
ngx_chat_frame_t *ngx_chat_frame_payload(ngx_str_t *members, ngx_str_t *payload);

/* the frame that another worker built: data is its len bytes; NULL without memory or if header_len is not within */
ngx_chat_frame_t *ngx_chat_frame_restore(u_char conversation[16], int64_t seq,
    int32_t version, size_t header_len, u_char *data, size_t len);

void ngx_chat_frame_ref(ngx_chat_frame_t *f);
void ngx_chat_frame_unref(ngx_chat_frame_t *f);

#endif /* NGX_CHAT_ENTRY_H */
