/* A session beyond one call: that it is in use, and what has become of it. */

#ifndef NGX_CHAT_SESSION_H
#define NGX_CHAT_SESSION_H

#include "ngx_chat_pg.h"
#include "ngx_chat_zone.h"

/* this session is in use, from there: that is written with others', every few seconds */
void ngx_chat_session_touch(u_char session[16], struct sockaddr *sockaddr);

typedef enum {
    NGX_CHAT_SESSION_LIVE = 0,          /* verified, approved and expires are as they are now */
    NGX_CHAT_SESSION_GONE,              /* signed out, revoked or expired */
    NGX_CHAT_SESSION_UNKNOWN            /* the database didn't answer */
} ngx_chat_session_state_e;

/* once, unless abandoned */
typedef void (*ngx_chat_session_look_pt)(void *data,
    ngx_chat_session_state_e state);

typedef struct {
    ngx_chat_session_t       *session;      /* is brought up to date */
    ngx_chat_session_look_pt  handler;
    void                     *data;
    ngx_chat_pg_query_t      *query;        /* NULL: none is under way; else to be abandoned with its owner */
} ngx_chat_session_look_t;

/*
 * Asks the database what has become of a session that a connection holds on to.
 * NGX_OK; NGX_ERROR: too much waits there, handler isn't called.
 */
ngx_int_t ngx_chat_session_look(ngx_chat_session_look_t *look);

#endif /* NGX_CHAT_SESSION_H */
