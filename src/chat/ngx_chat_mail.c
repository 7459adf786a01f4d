/*
 * The outbox's worker: takes mails that are due under a lease, hands each to the mail
 * pool, writes the verdict.  A lease that ends gives the mail to another worker.
 */

#include "ngx_chat_mail.h"
#include "ngx_chat_call.h"
#include "ngx_chat_stat.h"


#define NGX_CHAT_MAIL_POLL          5000    /* ms between looks for what is due */
#define NGX_CHAT_MAIL_SOON          20      /* ms after one was queued here */
#define NGX_CHAT_MAIL_LEASE         60      /* seconds beyond the mail's own timeout */
#define NGX_CHAT_MAIL_GAUGES        3       /* looks between two readings of the gauges */

/* of a row of chat.mail_take() */
typedef enum {
    NGX_CHAT_MAIL_ID = 0,
    NGX_CHAT_MAIL_NAME,
    NGX_CHAT_MAIL_RECIPIENT,
    NGX_CHAT_MAIL_PARAMS,
    NGX_CHAT_MAIL_CREATED
} ngx_chat_mail_column_e;


static void ngx_chat_mail_look(ngx_event_t *ev);
static ngx_int_t ngx_chat_mail_take(void);
static void ngx_chat_mail_taken(void *data, ngx_chat_pg_result_t *res);
static void ngx_chat_mail_start(ngx_chat_pg_result_t *res, ngx_uint_t row);
static void ngx_chat_mail_sent(void *data, void *owner);
static void ngx_chat_mail_verdict(int64_t id, chat_smtp_verdict_t verdict,
    const char *error);
static void ngx_chat_mail_noted(void *data, ngx_chat_pg_result_t *res);
static void ngx_chat_mail_state(void);
static void ngx_chat_mail_state_read(void *data, ngx_chat_pg_result_t *res);
static void ngx_chat_mail_next(ngx_msec_t delay);


static ngx_chat_pg_stmt_t  ngx_chat_mail_take_stmt = {
    "mail_take",
    "SELECT id, template, recipient, params, "
    "(extract(epoch FROM created) * 1000000)::bigint "
    "FROM chat.mail_take($1::bigint::int, $2::bigint::int)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_mail_done_stmt = {
    "mail_done",
    "SELECT chat.mail_done($1::bigint, $2::text, $3::text)",
    0
};

static ngx_chat_pg_stmt_t  ngx_chat_mail_state_stmt = {
    "mail_state",
    "SELECT depth, oldest_age::bigint, "
    "coalesce(last_error_at > now() - interval '10 minutes', false) "
    "FROM chat.mail_state()",
    0
};

static ngx_chat_mail_conf_t  *ngx_chat_mail_conf;
static ngx_uint_t             ngx_chat_mail_threads;
static ngx_uint_t             ngx_chat_mail_running;
static ngx_uint_t             ngx_chat_mail_taking;
static ngx_uint_t             ngx_chat_mail_looks;
static ngx_event_t            ngx_chat_mail_event;
static ngx_connection_t       ngx_chat_mail_connection;


ngx_int_t
ngx_chat_mail_init_process(ngx_cycle_t *cycle, ngx_chat_mail_conf_t *conf)
{
    if (chat_smtp_init() != 0) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "chat: the SMTP client could not be initialised");
        return NGX_ERROR;
    }

    ngx_chat_mail_conf = conf;
    ngx_chat_mail_threads = ngx_chat_core_conf(cycle)->mail_threads;
    ngx_chat_mail_connection.fd = (ngx_socket_t) -1;

    ngx_chat_mail_event.handler = ngx_chat_mail_look;
    ngx_chat_mail_event.data = &ngx_chat_mail_connection;
    ngx_chat_mail_event.log = cycle->log;
    ngx_chat_mail_event.cancelable = 1;

    ngx_chat_mail_next(chat_random_below(NGX_CHAT_MAIL_POLL) + 1);

    return NGX_OK;
}


void
ngx_chat_mail_wake(void)
{
    if (ngx_chat_mail_conf != NULL && ngx_chat_mail_conf->main.configured) {
        ngx_chat_mail_next(NGX_CHAT_MAIL_SOON);
    }
}


static void
ngx_chat_mail_next(ngx_msec_t delay)
{
    if (ngx_exiting || ngx_chat_mail_event.handler == NULL) {
        return;
    }

    if (ngx_chat_mail_event.timer_set) {

        if ((ngx_msec_int_t) (ngx_chat_mail_event.timer.key
                              - (ngx_current_msec + delay)) <= 0)
        {
            return;
        }

        ngx_del_timer(&ngx_chat_mail_event);
    }

    ngx_add_timer(&ngx_chat_mail_event, delay);
}


static void
ngx_chat_mail_look(ngx_event_t *ev)
{
    if (ngx_exiting) {
        return;
    }

    /* jitter: workers that started together don't stay together */

    ngx_chat_mail_next(NGX_CHAT_MAIL_POLL * 3 / 4
                       + chat_random_below(NGX_CHAT_MAIL_POLL / 2));

    if (!ngx_chat_pg_state()->ready) {
        return;
    }

    if (ngx_worker == 0 && ngx_chat_mail_looks++ % NGX_CHAT_MAIL_GAUGES == 0) {
        ngx_chat_mail_state();
    }

    if (ngx_chat_mail_conf->main.configured && !ngx_chat_mail_taking
        && ngx_chat_mail_running < ngx_chat_mail_threads)
    {
        (void) ngx_chat_mail_take();
    }
}


/* only as many as can run at once: a mail that waits here would wait under its lease */

static ngx_int_t
ngx_chat_mail_take(void)
{
    ngx_int_t             rc;
    ngx_pool_t           *pool;
    ngx_uint_t            lease;
    ngx_chat_pg_param_t   p[2];

    pool = ngx_create_pool(512, ngx_chat_mail_event.log);
    if (pool == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(p, sizeof(p));
    lease = NGX_CHAT_MAIL_LEASE
            + ngx_chat_mail_conf->main.server.timeout_ms / 1000;
    rc = NGX_ERROR;

    if (ngx_chat_pg_set_integer(&p[0], pool,
                                ngx_chat_mail_threads - ngx_chat_mail_running)
        == NGX_OK
        && ngx_chat_pg_set_integer(&p[1], pool, lease) == NGX_OK
        && ngx_chat_pg_query(NGX_CHAT_PG_POOL_ANY, &ngx_chat_mail_take_stmt,
                             p, 2, 0, ngx_chat_mail_taken, NULL)
           != NULL)
    {
        ngx_chat_mail_taking = 1;
        rc = NGX_OK;
    }

    ngx_destroy_pool(pool);

    return rc;
}


static void
ngx_chat_mail_taken(void *data, ngx_chat_pg_result_t *res)
{
    ngx_uint_t  i;

    ngx_chat_mail_taking = 0;

    if (ngx_chat_pg_status(res) != NGX_CHAT_PG_OK) {

        if (ngx_chat_pg_status(res) == NGX_CHAT_PG_ERROR) {
            ngx_log_error(NGX_LOG_ERR, ngx_chat_mail_event.log, 0,
                          "chat: mails could not be read from the database, "
                          "SQLSTATE %s", ngx_chat_pg_sqlstate(res));
        }

        return;
    }

    for (i = 0; i < ngx_chat_pg_rows(res); i++) {
        ngx_chat_mail_start(res, i);
    }
}


static void
ngx_chat_mail_start(ngx_chat_pg_result_t *res, ngx_uint_t row)
{
    ngx_str_t             name, to, params;
    ngx_chat_task_t      *task;
    ngx_chat_mail_job_t  *job;

    if (ngx_exiting) {
        return;
    }

    task = ngx_chat_task_create(sizeof(ngx_chat_mail_job_t));
    if (task == NULL) {
        return;
    }

    job = task->job;
    job->id = ngx_chat_pg_integer(res, row, NGX_CHAT_MAIL_ID);
    job->created = ngx_chat_pg_integer(res, row, NGX_CHAT_MAIL_CREATED);
    task->run = ngx_chat_mail_send;
    task->done = ngx_chat_mail_sent;

    ngx_chat_pg_bytes(res, row, NGX_CHAT_MAIL_NAME, &name);
    ngx_chat_pg_bytes(res, row, NGX_CHAT_MAIL_RECIPIENT, &to);
    ngx_chat_pg_bytes(res, row, NGX_CHAT_MAIL_PARAMS, &params);

    ngx_chat_mail_prepare(job, ngx_chat_mail_conf, &name, &to, &params);

    if (ngx_chat_task_post(NGX_CHAT_TASK_MAIL, task) == NGX_OK) {
        ngx_chat_mail_running++;
    }
}


static void
ngx_chat_mail_sent(void *data, void *owner)
{
    ngx_chat_mail_job_t  *job = data;

    ngx_chat_mail_running--;

    if (job->verdict == CHAT_SMTP_SENT) {
        ngx_log_error(NGX_LOG_INFO, ngx_chat_mail_event.log, 0,
                      "chat: mail %L sent", job->id);

    } else {
        ngx_log_error(NGX_LOG_WARN, ngx_chat_mail_event.log, 0,
                      "chat: mail %L %s: %s", job->id,
                      job->verdict == CHAT_SMTP_RETRY
                      ? "not sent, will be tried again" : "refused",
                      job->error);
    }

    ngx_chat_mail_verdict(job->id, job->verdict, job->error);

    /* more may wait */

    ngx_chat_mail_next(NGX_CHAT_MAIL_SOON);
}


static void
ngx_chat_mail_verdict(int64_t id, chat_smtp_verdict_t verdict,
    const char *error)
{
    ngx_str_t             s;
    ngx_pool_t           *pool;
    ngx_chat_pg_param_t   p[3];

    static ngx_str_t        names[] = {
        ngx_string("sent"), ngx_string("retry"), ngx_string("refused")
    };
    static ngx_chat_stat_e  stats[] = {
        NGX_CHAT_STAT_MAIL_SENT, NGX_CHAT_STAT_MAIL_RETRIED,
        NGX_CHAT_STAT_MAIL_REFUSED
    };

    ngx_chat_stat_add(stats[verdict], 1);

    pool = ngx_create_pool(512, ngx_chat_mail_event.log);
    if (pool == NULL) {
        return;
    }

    ngx_memzero(p, sizeof(p));

    s.data = (u_char *) error;
    s.len = ngx_strlen(error);

    ngx_chat_pg_set_text(&p[1], &names[verdict]);
    ngx_chat_pg_set_text(&p[2], &s);

    if (verdict == CHAT_SMTP_SENT) {
        ngx_chat_pg_set_null(&p[2]);
    }

    if (ngx_chat_pg_set_integer(&p[0], pool, id) != NGX_OK
        || ngx_chat_pg_query(NGX_CHAT_PG_POOL_ANY, &ngx_chat_mail_done_stmt,
                             p, 3, 0, ngx_chat_mail_noted, NULL)
           == NULL)
    {
        ngx_log_error(NGX_LOG_ERR, ngx_chat_mail_event.log, 0,
                      "chat: what became of mail %L could not be written, it "
                      "may be sent again", id);
    }

    ngx_destroy_pool(pool);
}


static void
ngx_chat_mail_noted(void *data, ngx_chat_pg_result_t *res)
{
    if (ngx_chat_pg_status(res) != NGX_CHAT_PG_OK) {
        ngx_log_error(NGX_LOG_ERR, ngx_chat_mail_event.log, 0,
                      "chat: what became of a mail could not be written, it "
                      "may be sent again");
    }
}


static void
ngx_chat_mail_state(void)
{
    (void) ngx_chat_pg_query(NGX_CHAT_PG_POOL_ANY, &ngx_chat_mail_state_stmt,
                             NULL, 0, 0, ngx_chat_mail_state_read, NULL);
}


static void
ngx_chat_mail_state_read(void *data, ngx_chat_pg_result_t *res)
{
    if (ngx_chat_pg_status(res) != NGX_CHAT_PG_OK
        || ngx_chat_pg_rows(res) != 1)
    {
        return;
    }

    ngx_chat_stat_set(NGX_CHAT_GAUGE_MAIL_WAITING,
                      ngx_chat_pg_integer(res, 0, 0));
    ngx_chat_stat_set(NGX_CHAT_GAUGE_MAIL_OLDEST,
                      ngx_chat_pg_integer(res, 0, 1));
    ngx_chat_stat_set(NGX_CHAT_GAUGE_MAIL_FAILING,
                      ngx_chat_pg_integer(res, 0, 2));
}
