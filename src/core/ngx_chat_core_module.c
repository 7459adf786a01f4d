/*
 * The core's directives and its life in a cycle.  Without a location that has
 * "chat" it makes nothing: no zone, no threads, no connection.
 */

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <ngx_http.h>

#include "ngx_chat_core.h"
#include "ngx_chat_hub.h"
#include "ngx_chat_pg.h"
#include "ngx_chat_task.h"
#include "ngx_chat_zone.h"

#define NGX_CHAT_CONNECTIONS_MAX    16
#define NGX_CHAT_QUEUE_MAX          65536
#define NGX_CHAT_THREADS_MAX        32
#define NGX_CHAT_JOBS_MAX           4096
#define NGX_CHAT_SOCKETS_MAX        10000000
#define NGX_CHAT_TIMEOUT_MIN        100         /* ms */
#define NGX_CHAT_TIMEOUT_MAX        600000      /* ms */
#define NGX_CHAT_SECRET_FILE        8192        /* bytes of a file with a conninfo */

static ngx_int_t ngx_chat_core_postconfiguration(ngx_conf_t *cf);
static void *ngx_chat_core_create_main_conf(ngx_conf_t *cf);
static char *ngx_chat_core_init_main_conf(ngx_conf_t *cf, void *conf);
static ngx_int_t ngx_chat_core_init_module(ngx_cycle_t *cycle);
static ngx_int_t ngx_chat_core_init_process(ngx_cycle_t *cycle);
static void ngx_chat_core_exit_process(ngx_cycle_t *cycle);
static ngx_chat_core_conf_t *ngx_chat_core_process_conf(ngx_cycle_t *cycle);

static char *ngx_chat_core_database(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_chat_core_database_param(ngx_conf_t *cf,
    ngx_chat_core_conf_t *ccf, ngx_str_t *value);
static char *ngx_chat_core_database_file(ngx_conf_t *cf,
    ngx_chat_core_conf_t *ccf, ngx_str_t *path);
static char *ngx_chat_core_threads(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_chat_core_number(ngx_conf_t *cf, ngx_str_t *value,
    const char *prefix, ngx_uint_t min, ngx_uint_t max, ngx_uint_t *out);
static char *ngx_chat_core_check_sockets(ngx_conf_t *cf, void *post,
    void *data);


static ngx_conf_post_t  ngx_chat_core_sockets_post = {
    ngx_chat_core_check_sockets
};


static ngx_command_t  ngx_chat_core_commands[] = {

    { ngx_string("chat_database"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_1MORE,
      ngx_chat_core_database,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("chat_zone"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_chat_zone_directive,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_chat_core_conf_t, zone_size),
      NULL },

    { ngx_string("chat_max_sockets"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_num_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_chat_core_conf_t, max_sockets),
      &ngx_chat_core_sockets_post },

    { ngx_string("chat_threads"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_1MORE,
      ngx_chat_core_threads,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_chat_core_module_ctx = {
    NULL,                                  /* preconfiguration */
    ngx_chat_core_postconfiguration,       /* postconfiguration */

    ngx_chat_core_create_main_conf,        /* create main configuration */
    ngx_chat_core_init_main_conf,          /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_chat_core_module = {
    NGX_MODULE_V1,
    &ngx_chat_core_module_ctx,             /* module context */
    ngx_chat_core_commands,                /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    ngx_chat_core_init_module,             /* init module */
    ngx_chat_core_init_process,            /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    ngx_chat_core_exit_process,            /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


ngx_chat_core_conf_t *
ngx_chat_core_conf(ngx_cycle_t *cycle)
{
    ngx_chat_core_conf_t  *ccf;

    ccf = ngx_http_cycle_get_module_main_conf(cycle, ngx_chat_core_module);

    return (ccf != NULL && ccf->enabled == 1) ? ccf : NULL;
}


/*
 * Notes that the core is needed, and where that was said first; what it needs is
 * made when all of http {} has been read.
 */

ngx_int_t
ngx_chat_core_enable(ngx_conf_t *cf)
{
    ngx_chat_core_conf_t  *ccf;

    ccf = ngx_http_conf_get_module_main_conf(cf, ngx_chat_core_module);

    if (ccf->enabled == 1) {
        return NGX_OK;
    }

    ccf->enabled = 1;

    if (cf->conf_file != NULL) {
        ccf->enabled_file = cf->conf_file->file.name;
        ccf->enabled_line = cf->conf_file->line;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_chat_core_postconfiguration(ngx_conf_t *cf)
{
    ngx_chat_core_conf_t  *ccf;

    ccf = ngx_http_conf_get_module_main_conf(cf, ngx_chat_core_module);

    if (ccf->enabled != 1) {
        return NGX_OK;
    }

    if (ccf->database_hosts == NULL) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"chat\" needs \"chat_database\", add to http {}: "
                      "chat_database \"host=/run/postgresql dbname=chat\"; "
                      "in %V:%ui", &ccf->enabled_file, ccf->enabled_line);
        return NGX_ERROR;
    }

    if (ngx_chat_zone_configure(cf, ccf) != NGX_OK
        || ngx_chat_task_configure(cf, ccf) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


static void *
ngx_chat_core_create_main_conf(ngx_conf_t *cf)
{
    ngx_chat_core_conf_t  *ccf;

    ccf = ngx_pcalloc(cf->pool, sizeof(ngx_chat_core_conf_t));
    if (ccf == NULL) {
        return NULL;
    }

    ccf->enabled = NGX_CONF_UNSET;
    ccf->database_connections = NGX_CONF_UNSET_UINT;
    ccf->database_timeout = NGX_CONF_UNSET_MSEC;
    ccf->database_queue = NGX_CONF_UNSET_UINT;
    ccf->database_unsafe = NGX_CONF_UNSET;
    ccf->zone_size = NGX_CONF_UNSET_SIZE;
    ccf->max_sockets = NGX_CONF_UNSET_UINT;
    ccf->auth_threads = NGX_CONF_UNSET_UINT;
    ccf->auth_queue = NGX_CONF_UNSET_UINT;
    ccf->keys_threads = NGX_CONF_UNSET_UINT;
    ccf->keys_queue = NGX_CONF_UNSET_UINT;
    ccf->mail_threads = NGX_CONF_UNSET_UINT;
    ccf->mail_queue = NGX_CONF_UNSET_UINT;

    return ccf;
}


static char *
ngx_chat_core_init_main_conf(ngx_conf_t *cf, void *conf)
{
    ngx_chat_core_conf_t  *ccf = conf;

    ngx_conf_init_uint_value(ccf->database_connections, 2);
    ngx_conf_init_msec_value(ccf->database_timeout, 5000);
    ngx_conf_init_uint_value(ccf->database_queue, 1024);
    ngx_conf_init_value(ccf->database_unsafe, 0);
    ngx_conf_init_size_value(ccf->zone_size, 16 * 1024 * 1024);
    ngx_conf_init_uint_value(ccf->max_sockets, 100000);
    ngx_conf_init_uint_value(ccf->auth_threads, 1);
    ngx_conf_init_uint_value(ccf->auth_queue, 64);
    ngx_conf_init_uint_value(ccf->keys_threads, 1);
    ngx_conf_init_uint_value(ccf->keys_queue, 32);
    ngx_conf_init_uint_value(ccf->mail_threads, 1);
    ngx_conf_init_uint_value(ccf->mail_queue, 4);

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_chat_core_init_module(ngx_cycle_t *cycle)
{
    ngx_chat_core_conf_t  *ccf;

    ccf = ngx_chat_core_conf(cycle);

    return (ccf == NULL) ? NGX_OK : ngx_chat_hub_init_module(cycle, ccf);
}


static ngx_int_t
ngx_chat_core_init_process(ngx_cycle_t *cycle)
{
    ngx_chat_core_conf_t  *ccf;

    ccf = ngx_chat_core_process_conf(cycle);

    if (ccf == NULL) {
        return NGX_OK;
    }

    if (ngx_chat_zone_init_process(cycle, ccf) != NGX_OK
        || ngx_chat_task_init_process(cycle, ccf) != NGX_OK
        || ngx_chat_pg_init_process(cycle, ccf) != NGX_OK
        || ngx_chat_hub_init_process(cycle, ccf) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


static void
ngx_chat_core_exit_process(ngx_cycle_t *cycle)
{
    if (ngx_chat_core_process_conf(cycle) == NULL) {
        return;
    }

    ngx_chat_pg_exit_process(cycle);
    ngx_chat_hub_exit_process(cycle);   /* leaves the registry, too */
}


/* Workers only: a cache manager runs the same hooks. */

static ngx_chat_core_conf_t *
ngx_chat_core_process_conf(ngx_cycle_t *cycle)
{
    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)
    {
        return NULL;
    }

    return ngx_chat_core_conf(cycle);
}


/* chat_database conninfo|file:path [connections=N] [timeout=T] [queue=N] [unsafe=on|off]; */

static char *
ngx_chat_core_database(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_chat_core_conf_t  *ccf = conf;

    char        *rc;
    ngx_str_t   *value, path;
    ngx_uint_t   i;

    if (ccf->database.data != NULL) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (value[1].len == 0) {
        return "has an empty connection string, write it like "
               "\"host=/run/postgresql dbname=chat\"";
    }

    for (i = 2; i < cf->args->nelts; i++) {
        rc = ngx_chat_core_database_param(cf, ccf, &value[i]);
        if (rc != NGX_CONF_OK) {
            return rc;
        }
    }

    if (ngx_strncmp(value[1].data, "file:", 5) == 0) {
        path.data = value[1].data + 5;
        path.len = value[1].len - 5;

        rc = ngx_chat_core_database_file(cf, ccf, &path);
        if (rc != NGX_CONF_OK) {
            return rc;
        }

    } else {
        ccf->database = value[1];
    }

    return ngx_chat_pg_conninfo(cf, ccf);
}


static char *
ngx_chat_core_database_param(ngx_conf_t *cf, ngx_chat_core_conf_t *ccf,
    ngx_str_t *value)
{
    ngx_int_t  timeout;
    ngx_str_t  text;

    if (ngx_strncmp(value->data, "connections=", 12) == 0) {
        return ngx_chat_core_number(cf, value, "connections=", 1,
                                    NGX_CHAT_CONNECTIONS_MAX,
                                    &ccf->database_connections);
    }

    if (ngx_strncmp(value->data, "queue=", 6) == 0) {
        return ngx_chat_core_number(cf, value, "queue=", 1,
                                    NGX_CHAT_QUEUE_MAX,
                                    &ccf->database_queue);
    }

    if (ngx_strncmp(value->data, "timeout=", 8) == 0) {

        if (ccf->database_timeout != NGX_CONF_UNSET_MSEC) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "duplicate parameter \"%V\" in "
                               "\"chat_database\", remove one", value);
            return NGX_CONF_ERROR;
        }

        text.data = value->data + 8;
        text.len = value->len - 8;

        timeout = ngx_parse_time(&text, 0);

        if (timeout < NGX_CHAT_TIMEOUT_MIN || timeout > NGX_CHAT_TIMEOUT_MAX) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid parameter \"%V\" in "
                               "\"chat_database\", write a time from 100ms "
                               "to 10m, like timeout=5s", value);
            return NGX_CONF_ERROR;
        }

        ccf->database_timeout = (ngx_msec_t) timeout;

        return NGX_CONF_OK;
    }

    if (ccf->database_unsafe == NGX_CONF_UNSET) {

        if (ngx_strcmp(value->data, "unsafe=on") == 0) {
            ccf->database_unsafe = 1;
            return NGX_CONF_OK;
        }

        if (ngx_strcmp(value->data, "unsafe=off") == 0) {
            ccf->database_unsafe = 0;
            return NGX_CONF_OK;
        }
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid or duplicate parameter \"%V\" in "
                       "\"chat_database\", it takes connections=N, timeout=T, "
                       "queue=N and unsafe=on|off (the connection string is "
                       "one word: put it in quotes)", value);

    return NGX_CONF_ERROR;
}


/* The connection string stands in a file, so that no secret is in nginx.conf. */

static char *
ngx_chat_core_database_file(ngx_conf_t *cf, ngx_chat_core_conf_t *ccf,
    ngx_str_t *path)
{
    u_char           buf[NGX_CHAT_SECRET_FILE + 1];
    ssize_t          n;
    ngx_fd_t         fd;
    ngx_err_t        err;
    ngx_file_info_t  fi;

    if (ngx_conf_full_name(cf->cycle, path, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    fd = ngx_open_file(path->data, NGX_FILE_RDONLY|NGX_FILE_NONBLOCK,
                       NGX_FILE_OPEN, 0);

    if (fd == NGX_INVALID_FILE) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           "file \"%V\" of \"chat_database\" can't be opened, "
                           "make it with the connection string in it", path);
        return NGX_CONF_ERROR;
    }

    n = ngx_read_fd(fd, buf, sizeof(buf));
    err = ngx_errno;

    if (n != -1 && ngx_fd_info(fd, &fi) != NGX_FILE_ERROR
        && (fi.st_mode & 0007) != 0)
    {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "file \"%V\" of \"chat_database\" can be read by "
                           "everyone: chmod 600", path);
    }

    if (ngx_close_file(fd) == NGX_FILE_ERROR) {
        ngx_conf_log_error(NGX_LOG_ALERT, cf, ngx_errno,
                           ngx_close_file_n " \"%V\" failed", path);
    }

    if (n == -1) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, err,
                           "file \"%V\" of \"chat_database\" can't be read",
                           path);
        return NGX_CONF_ERROR;
    }

    while (n > 0 && buf[n - 1] <= ' ') {
        n--;
    }

    if (n == 0 || n > NGX_CHAT_SECRET_FILE
        || memchr(buf, '\0', n) != NULL)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "file \"%V\" of \"chat_database\" must hold one "
                           "connection string of 1 to %d bytes", path,
                           NGX_CHAT_SECRET_FILE);
        return NGX_CONF_ERROR;
    }

    ccf->database.data = ngx_pnalloc(cf->pool, n + 1);
    if (ccf->database.data == NULL) {
        return NGX_CONF_ERROR;
    }

    (void) ngx_cpystrn(ccf->database.data, buf, n + 1);
    ccf->database.len = n;

    ngx_explicit_memzero(buf, sizeof(buf));

    return NGX_CONF_OK;
}


/* chat_threads [auth=N] [auth_queue=N] [keys=N] [keys_queue=N] [mail=N] [mail_queue=N]; */

static char *
ngx_chat_core_threads(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_chat_core_conf_t  *ccf = conf;

    char        *rc;
    ngx_str_t   *value;
    ngx_uint_t   i, j;

    struct {
        const char  *prefix;
        ngx_uint_t   max;
        ngx_uint_t  *out;
    } params[] = {
        { "auth=", NGX_CHAT_THREADS_MAX, &ccf->auth_threads },
        { "auth_queue=", NGX_CHAT_JOBS_MAX, &ccf->auth_queue },
        { "keys=", NGX_CHAT_THREADS_MAX, &ccf->keys_threads },
        { "keys_queue=", NGX_CHAT_JOBS_MAX, &ccf->keys_queue },
        { "mail=", NGX_CHAT_THREADS_MAX, &ccf->mail_threads },
        { "mail_queue=", NGX_CHAT_JOBS_MAX, &ccf->mail_queue },
        { NULL, 0, NULL }
    };

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {

        for (j = 0; params[j].prefix != NULL; j++) {
            if (ngx_strncmp(value[i].data, params[j].prefix,
                            ngx_strlen(params[j].prefix))
                == 0)
            {
                break;
            }
        }

        if (params[j].prefix == NULL) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid parameter \"%V\" in \"chat_threads\","
                               " it takes auth=N, auth_queue=N, keys=N, "
                               "keys_queue=N, mail=N and mail_queue=N",
                               &value[i]);
            return NGX_CONF_ERROR;
        }

        rc = ngx_chat_core_number(cf, &value[i], params[j].prefix, 1,
                                  params[j].max, params[j].out);
        if (rc != NGX_CONF_OK) {
            return rc;
        }
    }

    return NGX_CONF_OK;
}


/* Reads "prefixN", once and within its bounds. */

static char *
ngx_chat_core_number(ngx_conf_t *cf, ngx_str_t *value, const char *prefix,
    ngx_uint_t min, ngx_uint_t max, ngx_uint_t *out)
{
    size_t      len;
    ngx_int_t   n;
    ngx_str_t  *directive;

    directive = cf->args->elts;

    if (*out != NGX_CONF_UNSET_UINT) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "duplicate parameter \"%V\" in \"%V\", remove one",
                           value, &directive[0]);
        return NGX_CONF_ERROR;
    }

    len = ngx_strlen(prefix);
    n = ngx_atoi(value->data + len, value->len - len);

    if (n == NGX_ERROR || (ngx_uint_t) n < min || (ngx_uint_t) n > max) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid parameter \"%V\" in \"%V\", write a "
                           "number from %ui to %ui", value, &directive[0],
                           min, max);
        return NGX_CONF_ERROR;
    }

    *out = (ngx_uint_t) n;

    return NGX_CONF_OK;
}


static char *
ngx_chat_core_check_sockets(ngx_conf_t *cf, void *post, void *data)
{
    ngx_int_t  *n = data;

    if (*n < 1 || *n > NGX_CHAT_SOCKETS_MAX) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value in \"chat_max_sockets\", write a "
                           "number from 1 to %d", NGX_CHAT_SOCKETS_MAX);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}
