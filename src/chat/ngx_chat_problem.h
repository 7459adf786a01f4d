/* Problems (RFC 9457): one table from codes to status, and the writer of their JSON. */

#ifndef NGX_CHAT_PROBLEM_H
#define NGX_CHAT_PROBLEM_H

#include "ngx_chat_core.h"
#include "ngx_chat_pg.h"

typedef struct {
    const char         *code;           /* the contract: snake_case, never changed */
    ngx_uint_t          status;         /* HTTP */
    unsigned            retryable:1;    /* the same request may succeed later */
    const char         *title;          /* a sentence that says what to do */
} ngx_chat_problem_def_t;

typedef struct {
    const ngx_chat_problem_def_t  *def; /* NULL: no problem */
    /* ready JSON members without braces, or empty: "parameter":"limit","bound":"max 100" */
    ngx_str_t           members;
    ngx_uint_t          retry_after;    /* seconds; 429 and 503 always have one (1 if unset) */
} ngx_chat_problem_t;

/* by code; an unknown code is "internal" */
const ngx_chat_problem_def_t *ngx_chat_problem_find(const char *code, size_t len);
/* the one for a status that nginx itself answered (404, 405, 413, 414, 400, 408, 500, 502, 503 …) */
const ngx_chat_problem_def_t *ngx_chat_problem_for_status(ngx_uint_t status);
const ngx_chat_problem_def_t *ngx_chat_problem_table(ngx_uint_t *n);    /* for docs' check */

/* what a failed query means: SQLSTATE class CH by its message, the rest unavailable, outcome_unknown or internal */
ngx_int_t ngx_chat_problem_from_pg(ngx_chat_problem_t *p, ngx_chat_pg_result_t *res, ngx_pool_t *pool);

/* members and retry_after from a JSON object that SQL gave as detail; NGX_ERROR: no memory */
ngx_int_t ngx_chat_problem_members(ngx_chat_problem_t *p, ngx_str_t *detail,
    ngx_pool_t *pool);

/* {"type":"urn:ngx-chat:problem:CODE","title":…,"status":…,"code":…,"retryable":…,"request_id":…,members} */
ngx_int_t ngx_chat_problem_json(ngx_chat_problem_t *p, ngx_str_t *request_id,
    ngx_pool_t *pool, ngx_str_t *out);

#endif /* NGX_CHAT_PROBLEM_H */
