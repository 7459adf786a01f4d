/*
 * Sealed entries, one JSON object a line, for the operator: into a file, to syslog, or
 * both.  Where a stream stands is kept in the database, by a name of host and target: the
 * workers of a node take turns by a lease, and a restart goes on where the last ended.  A
 * worker that dies between writing and saying so has its lines written again.
 *
 * Lines hold ASCII only: what people chose as a name can't end a line or move a terminal's
 * cursor.
 */

#include "ngx_chat_audit.h"


#define NGX_CHAT_STREAM_LINES       200     /* taken at once */
#define NGX_CHAT_STREAM_LEASE       30      /* seconds */
#define NGX_CHAT_STREAM_NAME        256     /* bytes of a stream's name */
#define NGX_CHAT_STREAM_HEADER      256     /* bytes of a syslog header, NGX_SYSLOG_MAX_STR is less */
#define NGX_CHAT_STREAM_ESCAPE      6       /* \u0123 */


typedef struct {
    ngx_str_t           name;           /* empty: there is none */
    unsigned            busy:1;         /* what was taken isn't out */
    unsigned            failing:1;      /* told once */
    unsigned            torn:1;         /* the last line may be a part of one */
    int64_t             number;         /* of the last line that is being written */
    u_char              buf[NGX_CHAT_STREAM_NAME];
} ngx_chat_stream_out_t;

/* in a thread; the file descriptor is its own, so that reopening doesn't take it away */
typedef struct {
    ngx_fd_t            fd;
    ngx_err_t           err;
    unsigned            torn:1;
    size_t              len;
    u_char              text[];
} ngx_chat_stream_job_t;


static void ngx_chat_stream_name(ngx_chat_stream_out_t *s,
    ngx_cycle_t *cycle, const char *kind, ngx_str_t *target);
static void ngx_chat_stream_take(ngx_chat_stream_out_t *s,
    ngx_chat_pg_handler_pt handler);
static void ngx_chat_stream_taken_file(void *data, ngx_chat_pg_result_t *res);
static ngx_chat_task_t *ngx_chat_stream_task(ngx_chat_stream_out_t *s,
    ngx_chat_pg_result_t *res, ngx_fd_t fd);
static void ngx_chat_stream_work(void *data);
static void ngx_chat_stream_written(void *data, void *owner);
static void ngx_chat_stream_taken_syslog(void *data,
    ngx_chat_pg_result_t *res);
static ngx_uint_t ngx_chat_stream_lines(ngx_chat_stream_out_t *s,
    ngx_chat_pg_result_t *res);
static u_char *ngx_chat_stream_ascii(u_char *p, ngx_str_t *line);
static void ngx_chat_stream_done(ngx_chat_stream_out_t *s);
static void ngx_chat_stream_confirmed(void *data, ngx_chat_pg_result_t *res);
static void ngx_chat_stream_failed(ngx_chat_stream_out_t *s, ngx_err_t err,
    const char *what);


static ngx_chat_pg_stmt_t  ngx_chat_stream_take_stmt = {
    "audit_stream_take",
    "SELECT number, line FROM chat.audit_stream_take($1::text, "
    "$2::bigint::int, $3::bigint::int)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_stream_done_stmt = {
    "audit_stream_done",
    "SELECT chat.audit_stream_done($1::text, $2::bigint)",
    0
};

static ngx_log_t              *ngx_chat_stream_log;
static ngx_chat_audit_conf_t  *ngx_chat_stream_conf;
static ngx_chat_stream_out_t   ngx_chat_stream_file;
static ngx_chat_stream_out_t   ngx_chat_stream_syslog;


void
ngx_chat_audit_stream_init(ngx_cycle_t *cycle, ngx_chat_audit_conf_t *conf)
{
    ngx_chat_stream_log = cycle->log;
    ngx_chat_stream_conf = conf;

    if (conf->file != NULL) {
        ngx_chat_stream_name(&ngx_chat_stream_file, cycle, "file",
                             &conf->file->name);
    }

    if (conf->syslog != NULL) {
        ngx_chat_stream_name(&ngx_chat_stream_syslog, cycle, "syslog",
                             &conf->syslog->server.name);
    }
}


static void
ngx_chat_stream_name(ngx_chat_stream_out_t *s, ngx_cycle_t *cycle,
    const char *kind, ngx_str_t *target)
{
    s->name.data = s->buf;
    s->name.len = ngx_snprintf(s->buf, NGX_CHAT_STREAM_NAME, "%V %s %V",
                               &cycle->hostname, kind, target)
                  - s->buf;
}


void
ngx_chat_audit_stream_run(void)
{
    if (ngx_chat_stream_file.name.len && !ngx_chat_stream_file.busy) {
        ngx_chat_stream_take(&ngx_chat_stream_file,
                             ngx_chat_stream_taken_file);
    }

    if (ngx_chat_stream_syslog.name.len && !ngx_chat_stream_syslog.busy) {
        ngx_chat_stream_take(&ngx_chat_stream_syslog,
                             ngx_chat_stream_taken_syslog);
    }
}


static void
ngx_chat_stream_take(ngx_chat_stream_out_t *s, ngx_chat_pg_handler_pt handler)
{
    ngx_pool_t           *pool;
    ngx_chat_pg_param_t   p[3];

    pool = ngx_create_pool(512, ngx_chat_stream_log);
    if (pool == NULL) {
        return;
    }

    ngx_memzero(p, sizeof(p));
    ngx_chat_pg_set_text(&p[0], &s->name);

    if (ngx_chat_pg_set_integer(&p[1], pool, NGX_CHAT_STREAM_LINES) == NGX_OK
        && ngx_chat_pg_set_integer(&p[2], pool, NGX_CHAT_STREAM_LEASE)
           == NGX_OK
        && ngx_chat_pg_query(NGX_CHAT_PG_POOL_ANY, &ngx_chat_stream_take_stmt,
                             p, 3, 0, handler, s)
           != NULL)
    {
        s->busy = 1;
    }

    ngx_destroy_pool(pool);
}


static void
ngx_chat_stream_taken_file(void *data, ngx_chat_pg_result_t *res)
{
    ngx_fd_t                fd;
    ngx_chat_task_t        *task;
    ngx_chat_stream_out_t  *s = data;

    if (ngx_chat_stream_lines(s, res) == 0) {
        return;
    }

    fd = dup(ngx_chat_stream_conf->file->fd);

    if (fd == NGX_INVALID_FILE) {
        ngx_chat_stream_failed(s, ngx_errno, "dup() failed");
        return;
    }

    task = ngx_chat_stream_task(s, res, fd);

    if (task == NULL
        || ngx_chat_task_post(NGX_CHAT_TASK_AUDIT, task) != NGX_OK)
    {
        /* what was taken is taken again when its lease ends */

        (void) close(fd);
        s->busy = 0;
    }
}


static ngx_chat_task_t *
ngx_chat_stream_task(ngx_chat_stream_out_t *s, ngx_chat_pg_result_t *res,
    ngx_fd_t fd)
{
    u_char                 *p;
    size_t                  size;
    ngx_str_t               line;
    ngx_uint_t              i, n;
    ngx_chat_task_t        *task;
    ngx_chat_stream_job_t  *job;

    n = ngx_chat_pg_rows(res);
    size = 1;

    for (i = 0; i < n; i++) {
        ngx_chat_pg_bytes(res, i, 1, &line);
        size += line.len * NGX_CHAT_STREAM_ESCAPE + 1;
    }

    task = ngx_chat_task_create(sizeof(ngx_chat_stream_job_t) + size);
    if (task == NULL) {
        return NULL;
    }

    task->run = ngx_chat_stream_work;
    task->done = ngx_chat_stream_written;
    task->data = s;

    job = task->job;
    job->fd = fd;
    p = job->text;

    if (s->torn) {
        *p++ = LF;
    }

    for (i = 0; i < n; i++) {
        ngx_chat_pg_bytes(res, i, 1, &line);
        p = ngx_chat_stream_ascii(p, &line);
        *p++ = LF;
    }

    job->len = p - job->text;

    return task;
}


/* in a thread: touches the job only */

static void
ngx_chat_stream_work(void *data)
{
    ssize_t                 n;
    size_t                  out;
    ngx_chat_stream_job_t  *job = data;

    for (out = 0; out < job->len; out += n) {
        n = write(job->fd, job->text + out, job->len - out);

        if (n == -1 && errno == EINTR) {
            n = 0;
            continue;
        }

        if (n <= 0) {
            job->err = n == -1 ? errno : ENOSPC;
            job->torn = out > 0 && job->text[out - 1] != LF;
            break;
        }
    }

    (void) close(job->fd);
}


static void
ngx_chat_stream_written(void *data, void *owner)
{
    ngx_chat_stream_job_t  *job = data;
    ngx_chat_stream_out_t  *s = owner;

    if (job->err) {
        s->torn |= job->torn;
        ngx_chat_stream_failed(s, job->err, "write() failed");
        return;
    }

    s->torn = 0;
    ngx_chat_stream_done(s);
}


static void
ngx_chat_stream_taken_syslog(void *data, ngx_chat_pg_result_t *res)
{
    u_char                 *buf, *p;
    ngx_str_t               line;
    ngx_uint_t              i, n;
    ngx_syslog_peer_t      *peer;
    ngx_chat_stream_out_t  *s = data;

    n = ngx_chat_stream_lines(s, res);
    peer = ngx_chat_stream_conf->syslog;

    for (i = 0; i < n; i++) {
        ngx_chat_pg_bytes(res, i, 1, &line);

        buf = ngx_alloc(NGX_CHAT_STREAM_HEADER
                        + line.len * NGX_CHAT_STREAM_ESCAPE,
                        ngx_chat_stream_log);
        if (buf == NULL) {
            ngx_chat_stream_failed(s, NGX_ENOMEM, "no memory");
            return;
        }

        p = ngx_chat_stream_ascii(ngx_syslog_add_header(peer, buf), &line);

        /* a full or missing receiver: what isn't out is taken again when the lease ends */

        if (ngx_syslog_send(peer, buf, p - buf) != p - buf) {
            ngx_free(buf);
            ngx_chat_stream_failed(s, 0, "not sent");
            return;
        }

        ngx_free(buf);
    }

    if (n) {
        ngx_chat_stream_done(s);
    }
}


/* how many lines came; 0: the stream is idle again */

static ngx_uint_t
ngx_chat_stream_lines(ngx_chat_stream_out_t *s, ngx_chat_pg_result_t *res)
{
    ngx_uint_t  n;

    n = 0;

    if (ngx_chat_pg_status(res) == NGX_CHAT_PG_OK) {
        n = ngx_chat_pg_rows(res);

    } else if (ngx_chat_pg_status(res) == NGX_CHAT_PG_ERROR) {
        ngx_log_error(NGX_LOG_ERR, ngx_chat_stream_log, 0,
                      "chat: reading the audit log for \"%V\" failed in the "
                      "database, SQLSTATE %s", &s->name,
                      ngx_chat_pg_sqlstate(res));
    }

    if (n == 0 || ngx_exiting) {
        s->busy = 0;
        return 0;
    }

    s->number = ngx_chat_pg_integer(res, n - 1, 0);

    return n;
}


/* JSON may say each character of a string by its number */

static u_char *
ngx_chat_stream_ascii(u_char *p, ngx_str_t *line)
{
    u_char    *in, *end;
    uint32_t   c;

    in = line->data;
    end = in + line->len;

    while (in < end) {

        if (*in >= 0x20 && *in < 0x7f) {
            *p++ = *in++;
            continue;
        }

        if (*in < 0x80) {
            c = *in++;

        } else {
            c = ngx_utf8_decode(&in, end - in);
        }

        /* PostgreSQL lets no other in */

        if (c > 0x10ffff) {
            *p++ = '?';
            break;
        }

        if (c < 0x10000) {
            p = ngx_sprintf(p, "\\u%04xD", c);
            continue;
        }

        c -= 0x10000;
        p = ngx_sprintf(p, "\\u%04xD\\u%04xD", 0xd800 + (c >> 10),
                        0xdc00 + (c & 0x3ff));
    }

    return p;
}


static void
ngx_chat_stream_done(ngx_chat_stream_out_t *s)
{
    ngx_pool_t           *pool;
    ngx_chat_pg_param_t   p[2];
    ngx_chat_pg_query_t  *query;

    if (s->failing) {
        s->failing = 0;
        ngx_log_error(NGX_LOG_NOTICE, ngx_chat_stream_log, 0,
                      "chat: the audit log's \"%V\" is written again",
                      &s->name);
    }

    query = NULL;
    pool = ngx_create_pool(512, ngx_chat_stream_log);

    if (pool != NULL) {
        ngx_memzero(p, sizeof(p));
        ngx_chat_pg_set_text(&p[0], &s->name);

        if (ngx_chat_pg_set_integer(&p[1], pool, s->number) == NGX_OK) {
            query = ngx_chat_pg_query(NGX_CHAT_PG_POOL_ANY,
                                      &ngx_chat_stream_done_stmt, p, 2, 0,
                                      ngx_chat_stream_confirmed, s);
        }

        ngx_destroy_pool(pool);
    }

    if (query == NULL) {
        s->busy = 0;
    }
}


static void
ngx_chat_stream_confirmed(void *data, ngx_chat_pg_result_t *res)
{
    ngx_chat_stream_out_t  *s = data;

    s->busy = 0;

    /* more may have been waiting than one batch has */

    if (ngx_chat_pg_status(res) == NGX_CHAT_PG_OK && !ngx_exiting) {
        ngx_chat_audit_stream_run();
    }
}


static void
ngx_chat_stream_failed(ngx_chat_stream_out_t *s, ngx_err_t err,
    const char *what)
{
    s->busy = 0;

    if (!s->failing) {
        s->failing = 1;
        ngx_log_error(NGX_LOG_ERR, ngx_chat_stream_log, err,
                      "chat: the audit log's \"%V\" can't be written (%s); "
                      "it goes on where it stopped once it can", &s->name,
                      what);
    }
}
