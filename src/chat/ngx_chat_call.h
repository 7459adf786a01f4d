/*
 * One call of an operation, from any transport: authenticate → limit → validate →
 * run → announce → done.
 */

#ifndef NGX_CHAT_CALL_H
#define NGX_CHAT_CALL_H

#include "ngx_chat_op.h"
#include "ngx_chat_problem.h"
#include "ngx_chat_zone.h"
#include "ngx_chat_task.h"
#include "ngx_chat_entry.h"
#include "chat_json.h"

/* the items of an array, in its order */
typedef struct {
    ngx_str_t          *items;          /* decoded; a UUID's 16 bytes */
    ngx_uint_t          n;
    ngx_chat_pg_array_t array;          /* for a query */
} ngx_chat_list_t;

typedef struct {
    unsigned            set:1;
    int64_t             integer;        /* integer, boolean */
    ngx_str_t           text;           /* as sent; of a UUID the 36 characters; of an integer its digits */
    u_char              uuid[16];
    chat_json_t        *json;           /* cursors: the object */
    ngx_str_t           bytes;          /* bytes: decoded; certificate: its signature, integer its time */
    ngx_chat_list_t    *list;           /* bytes_array, uuid_array */
} ngx_chat_value_t;

struct ngx_chat_call_s {
    /* set by the transport before ngx_chat_call_run() */
    ngx_pool_t         *pool;           /* lives until done or abort */
    ngx_log_t          *log;
    ngx_chat_op_t      *op;
    void              **loc_conf;       /* the location's configuration, by ctx_index */
    ngx_str_t           request_id;     /* printable, at most 64 bytes */
    struct sockaddr    *sockaddr;       /* the client */
    socklen_t           socklen;
    ngx_str_t           token;          /* bearer token as sent, or empty */
    chat_json_t        *body;           /* JSON object or NULL; owned by the call, wiped at its end */
    ngx_str_t           payload;        /* bytes, when the op takes one */
    /* path, query and header params by the row's index; data == NULL: absent */
    ngx_str_t           raw[NGX_CHAT_PARAMS];
    void              (*done)(ngx_chat_call_t *call);   /* once; the call may be freed after it */
    void               *data;           /* the transport's */
    unsigned            from_socket:1;  /* session below is given and live */

    /* known while it runs */
    ngx_chat_session_t  session;
    unsigned            has_session:1;
    unsigned            ended:1;        /* done was called, or it was aborted */
    unsigned            released:1;
    ngx_chat_value_t    values[NGX_CHAT_PARAMS];
    void               *state;          /* the operation's own, from pool */
    void               *factor;         /* a second factor under way, from pool */
    void              (*abort)(ngx_chat_call_t *call);  /* the operation's own, may be NULL */
    ngx_chat_pg_query_t    *query;
    ngx_chat_task_t    *task;
    void               *pending;        /* a hub broadcast */
    void               *failure;        /* tries at secrets: ngx_chat_failure.h */
    ngx_msec_t          start;

    /* the answer */
    ngx_uint_t          status;
    ngx_str_t           json;           /* body, or empty */
    ngx_str_t           etag;           /* with quotes, or empty */
    ngx_str_t           location;       /* relative to v1/, or empty */
    ngx_chat_frame_t  **frames;         /* entries, each referenced until ngx_chat_call_release() */
    ngx_uint_t          nframes;
    /* of a page of entries: ready members beside "items", or beside "count" on the socket */
    ngx_str_t           extra;
    /* of a page that isn't the last: the next one's query, "?after=7" (Link, RFC 8288) */
    ngx_str_t           next;
    ngx_chat_problem_t  problem;        /* def != NULL: failed */
    /* of the buckets it took from, the one with the least left; limit 0: from none */
    ngx_uint_t          limit;
    ngx_chat_taken_t    taken;
};

/* starts it; done is called now or later */
void ngx_chat_call_run(ngx_chat_call_t *call);

/* the client went away: done won't be called; what is under way is abandoned and memory wiped */
void ngx_chat_call_abort(ngx_chat_call_t *call);

/* the transport has copied the answer out: drops frame references and wipes secrets */
void ngx_chat_call_release(ngx_chat_call_t *call);

/* for operations: end it */
void ngx_chat_call_done(ngx_chat_call_t *call, ngx_uint_t status);
void ngx_chat_call_fail(ngx_chat_call_t *call, const char *code);
void ngx_chat_call_fail_members(ngx_chat_call_t *call, const char *code, ngx_str_t *members);
void ngx_chat_call_fail_pg(ngx_chat_call_t *call, ngx_chat_pg_result_t *res);
void ngx_chat_call_fail_parameter(ngx_chat_call_t *call, const char *name, const char *bound);

/* the value of a declared parameter by name; never NULL (look at ->set) */
ngx_chat_value_t *ngx_chat_call_value(ngx_chat_call_t *call, const char *name);

/*
 * Takes a chat.reply row as the answer: status, body, etag; wakes the devices of the announced
 * conversations; carries out revocations (and ends the call only when peers confirmed).
 */
void ngx_chat_call_reply(ngx_chat_call_t *call, ngx_chat_pg_result_t *res);

/* the limiter's key of an address: IPv4 /32, IPv6 /64 */
size_t ngx_chat_call_address_key(ngx_chat_call_t *call, u_char key[16]);

#endif /* NGX_CHAT_CALL_H */
