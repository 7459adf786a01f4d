/*
 * A device's stream, whatever carries it: hello, resume, the log in pages under a
 * window, drained, then live; acknowledgements.  DESIGN §8, "On connect".
 */

#ifndef NGX_CHAT_STREAM_H
#define NGX_CHAT_STREAM_H

#include "ngx_chat_route.h"
#include "ngx_chat_call.h"

#define NGX_CHAT_CONVERSATIONS      5000    /* of one account */

typedef struct ngx_chat_stream_s  ngx_chat_stream_t;

/* what a transport gives; none of them may destroy the stream from inside but close */
typedef struct {
    /* NGX_OK; NGX_AGAIN: taken, but no more until ngx_chat_stream_writable(); NGX_ERROR: not taken;
       NGX_DECLINED (of a frame): not taken, without memory, and nothing will call */
    ngx_int_t         (*frame)(void *transport, ngx_chat_frame_t *f);
    ngx_int_t         (*text)(void *transport, ngx_str_t *json);
    void              (*close)(void *transport, ngx_uint_t code);   /* posted by the transport; never frees inline */
} ngx_chat_stream_ops_t;

/* enters routing, asks for hello and sends it.  session must outlive it.  NULL: no memory */
ngx_chat_stream_t *ngx_chat_stream_create(ngx_chat_session_t *session,
    ngx_log_t *log, void **loc_conf, ngx_chat_stream_ops_t *ops, void *transport);

/*
 * {"op":"resume","log_epoch":…,"cursors":{…}} ; answers by ops->text.
 * id: the frame's id as ready JSON, or empty
 */
void ngx_chat_stream_resume(ngx_chat_stream_t *s, ngx_str_t *id, ngx_str_t *log_epoch, chat_json_t *cursors);

/* {"op":"ack","cursors":{…}} ; with an id answered after the commit */
void ngx_chat_stream_ack(ngx_chat_stream_t *s, ngx_str_t *id, chat_json_t *cursors);

/* the transport's outbound buffer drained below its bound */
void ngx_chat_stream_writable(ngx_chat_stream_t *s);

/* leaves routing, flushes acknowledgements, frees */
void ngx_chat_stream_destroy(ngx_chat_stream_t *s);

/* resumes: log reads of resuming streams at once; recheck: ms between looks at the log without a hint */
void ngx_chat_stream_init_process(ngx_cycle_t *cycle, ngx_uint_t resumes, ngx_msec_t recheck);

#endif /* NGX_CHAT_STREAM_H */
