/*
 * The audit log's upkeep: entries are sealed into the chain, limits that were hit are
 * told, sealed entries go to the operator's file or syslog.
 *
 *   ngx_chat_audit.c         the timer: sealing, cutting off by age
 *   ngx_chat_audit_limit.c   limits hit, gathered
 *   ngx_chat_audit_stream.c  the stream
 *   ngx_chat_audit_module.c  "chat_audit", the operation
 */

#ifndef NGX_CHAT_AUDIT_H
#define NGX_CHAT_AUDIT_H

#include "ngx_chat_call.h"

#include <ngx_syslog.h>

/* main: chat_audit [retention=TIME] [file=PATH] [syslog:server=ADDRESS,…] */
typedef struct {
    time_t              retention;      /* seconds, default 90d */
    ngx_open_file_t    *file;           /* NULL: none */
    ngx_syslog_peer_t  *syslog;         /* NULL: none */
} ngx_chat_audit_conf_t;

extern ngx_module_t  ngx_chat_audit_module;

void ngx_chat_audit_init_process(ngx_cycle_t *cycle,
    ngx_chat_audit_conf_t *conf);

/* this call was refused by a limit of that class; cheap, and bounded whoever asks */
void ngx_chat_audit_limit(ngx_chat_call_t *call, ngx_uint_t limit);

/* writes what was gathered; a minute apart */
void ngx_chat_audit_limits_flush(ngx_log_t *log);

/* "203.0.113.0/24 REQUEST_ID SESSION", each "-" where there is none; NGX_ERROR without memory */
ngx_int_t ngx_chat_context_text(ngx_chat_call_t *call, ngx_str_t *text);

/* takes what is new for file and syslog, if there are any and the last is out */
void ngx_chat_audit_stream_init(ngx_cycle_t *cycle,
    ngx_chat_audit_conf_t *conf);
void ngx_chat_audit_stream_run(void);

#endif /* NGX_CHAT_AUDIT_H */
