/*
 * "chat_database": libpq's connection string is parsed, checked and split into
 * conninfos of one address each, with names resolved (libpq would block a worker on
 * them) and a fixed sslmode (libpq would open a second socket for "prefer").
 */

#include "ngx_chat_pg_private.h"
#include <netdb.h>

#define NGX_CHAT_PG_ADDRESSES       16      /* of all hosts together */
#define NGX_CHAT_PG_OWN_OPTIONS     256     /* bytes of "options" */
#define NGX_CHAT_PG_CA_BUNDLE       "/etc/ssl/certs/ca-certificates.crt"

typedef struct {
    ngx_conf_t             *cf;
    ngx_array_t            *out;        /* ngx_str_t: the conninfos */
    PQconninfoOption       *options;
    const char             *sslmode;    /* as written, or NULL */
    ngx_str_t               common;     /* what all conninfos share */
} ngx_chat_pg_conf_ctx_t;

static void ngx_chat_pg_conf_refuse(ngx_conf_t *cf, ngx_chat_core_conf_t *conf,
    const char *error);
static char *ngx_chat_pg_conf_check(ngx_chat_pg_conf_ctx_t *ctx);
static char *ngx_chat_pg_conf_check_files(ngx_chat_pg_conf_ctx_t *ctx);
static char *ngx_chat_pg_conf_common(ngx_chat_pg_conf_ctx_t *ctx);
static char *ngx_chat_pg_conf_hosts(ngx_chat_pg_conf_ctx_t *ctx);
static char *ngx_chat_pg_conf_host(ngx_chat_pg_conf_ctx_t *ctx,
    ngx_str_t *host, ngx_str_t *hostaddr, ngx_str_t *port);
static char *ngx_chat_pg_conf_resolve(ngx_chat_pg_conf_ctx_t *ctx,
    ngx_str_t *host, ngx_str_t *port);
static char *ngx_chat_pg_conf_add(ngx_chat_pg_conf_ctx_t *ctx, ngx_str_t *host,
    ngx_str_t *hostaddr, ngx_str_t *port);
static const char *ngx_chat_pg_conf_value(ngx_chat_pg_conf_ctx_t *ctx,
    const char *key);
static ngx_uint_t ngx_chat_pg_conf_item(const char *list, ngx_uint_t n,
    ngx_str_t *item);
static ngx_uint_t ngx_chat_pg_conf_loopback(ngx_str_t *addr);
static ngx_int_t ngx_chat_pg_conf_pair(ngx_pool_t *pool, ngx_str_t *out,
    const char *key, ngx_str_t *value);


/*
 * Checks conf->database and fills conf->database_hosts.  NGX_CONF_OK, or
 * NGX_CONF_ERROR with a message that names the mend.
 */

char *
ngx_chat_pg_conninfo(ngx_conf_t *cf, ngx_chat_core_conf_t *conf)
{
    char                    *error, *rc;
    ngx_chat_pg_conf_ctx_t   ctx;

    ngx_memzero(&ctx, sizeof(ngx_chat_pg_conf_ctx_t));
    ctx.cf = cf;

    ctx.out = ngx_array_create(cf->pool, 2, sizeof(ngx_str_t));
    if (ctx.out == NULL) {
        return NGX_CONF_ERROR;
    }

    error = NULL;
    ctx.options = PQconninfoParse((char *) conf->database.data, &error);

    if (ctx.options == NULL) {
        ngx_chat_pg_conf_refuse(cf, conf, error);
        PQfreemem(error);
        return NGX_CONF_ERROR;
    }

    rc = ngx_chat_pg_conf_check(&ctx);

    if (rc == NGX_CONF_OK) {
        rc = ngx_chat_pg_conf_check_files(&ctx);
    }

    if (rc == NGX_CONF_OK) {
        rc = ngx_chat_pg_conf_common(&ctx);
    }

    if (rc == NGX_CONF_OK) {
        rc = ngx_chat_pg_conf_hosts(&ctx);
    }

    PQconninfoFree(ctx.options);

    conf->database_hosts = ctx.out;

    return rc;
}


/* libpq's words repeat what is written: for what came from a file they stay unsaid. */

static void
ngx_chat_pg_conf_refuse(ngx_conf_t *cf, ngx_chat_core_conf_t *conf,
    const char *error)
{
    ngx_str_t  text, *value;

    value = cf->args->elts;

    if (error == NULL) {
        ngx_str_set(&text, "no memory");

    } else if (conf->database.data != value[1].data) {
        ngx_str_set(&text, "look at its file");

    } else {
        text.data = (u_char *) error;
        text.len = ngx_strlen(error);

        while (text.len > 0 && text.data[text.len - 1] <= ' ') {
            text.len--;
        }
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "\"chat_database\" isn't a connection string of "
                       "PostgreSQL (%V), write it like "
                       "\"host=/run/postgresql dbname=chat\"", &text);
}


/* What would make libpq block or change its socket is refused. */

static char *
ngx_chat_pg_conf_check(ngx_chat_pg_conf_ctx_t *ctx)
{
    const char  *value;

    ctx->sslmode = ngx_chat_pg_conf_value(ctx, "sslmode");

    if (ctx->sslmode != NULL
        && ngx_strcmp(ctx->sslmode, "disable") != 0
        && ngx_strcmp(ctx->sslmode, "require") != 0
        && ngx_strcmp(ctx->sslmode, "verify-ca") != 0
        && ngx_strcmp(ctx->sslmode, "verify-full") != 0)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, ctx->cf, 0,
                           "sslmode \"%s\" can't be used in \"chat_database\""
                           ", write disable, require, verify-ca or "
                           "verify-full", ctx->sslmode);
        return NGX_CONF_ERROR;
    }

    value = ngx_chat_pg_conf_value(ctx, "gssencmode");

    if (value != NULL && ngx_strcmp(value, "disable") != 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, ctx->cf, 0,
                           "gssencmode \"%s\" can't be used in "
                           "\"chat_database\", write disable or nothing",
                           value);
        return NGX_CONF_ERROR;
    }

    if (ngx_chat_pg_conf_value(ctx, "service") != NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, ctx->cf, 0,
                           "\"service\" can't be used in \"chat_database\", "
                           "write host, port, dbname and user instead");
        return NGX_CONF_ERROR;
    }

    value = ngx_chat_pg_conf_value(ctx, "target_session_attrs");

    if (value != NULL
        && ngx_strcmp(value, "any") != 0
        && ngx_strcmp(value, "primary") != 0
        && ngx_strcmp(value, "read-write") != 0)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, ctx->cf, 0,
                           "target_session_attrs \"%s\" can't be used in "
                           "\"chat_database\", the chat writes: write "
                           "read-write or nothing", value);
        return NGX_CONF_ERROR;
    }

    value = ngx_chat_pg_conf_value(ctx, "options");

    if (value != NULL && ngx_strlen(value) > NGX_CHAT_PG_OWN_OPTIONS) {
        ngx_conf_log_error(NGX_LOG_EMERG, ctx->cf, 0,
                           "\"options\" in \"chat_database\" is longer than "
                           "%d bytes, use ALTER ROLE … SET instead",
                           NGX_CHAT_PG_OWN_OPTIONS);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* libpq passes by a passfile that it can't use, and the operator looks for hours. */

static char *
ngx_chat_pg_conf_check_files(ngx_chat_pg_conf_ctx_t *ctx)
{
    const char       *name;
    ngx_file_info_t   fi;

    name = ngx_chat_pg_conf_value(ctx, "passfile");

    if (name == NULL) {
        return NGX_CONF_OK;
    }

    if (ngx_file_info((u_char *) name, &fi) == NGX_FILE_ERROR) {
        ngx_conf_log_error(NGX_LOG_EMERG, ctx->cf, ngx_errno,
                           "passfile \"%s\" of \"chat_database\" can't be "
                           "read, make it or correct its path", name);
        return NGX_CONF_ERROR;
    }

    if (!ngx_is_file(&fi) || (fi.st_mode & 0077) != 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, ctx->cf, 0,
                           "passfile \"%s\" of \"chat_database\" must be a "
                           "file that only its owner, the workers' user, can "
                           "read: chmod 600", name);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* Copies what doesn't depend on the host, and adds what is ours. */

static char *
ngx_chat_pg_conf_common(ngx_chat_pg_conf_ctx_t *ctx)
{
    ngx_str_t          value;
    ngx_uint_t         i;
    ngx_pool_t        *pool;
    PQconninfoOption  *opt;

    static const char *skipped[] = {
        "host", "hostaddr", "port", "sslmode", "gssencmode",
        "client_encoding", NULL
    };

    static struct {
        const char  *key;
        ngx_str_t    value;
        ngx_uint_t   always;
    } ours[] = {
        { "gssencmode", ngx_string("disable"), 1 },
        { "client_encoding", ngx_string("UTF8"), 1 },
        { "application_name", ngx_string("ngx_chat"), 0 },
        { "target_session_attrs", ngx_string("read-write"), 0 },
        { "keepalives_idle", ngx_string("60"), 0 },
        { "keepalives_interval", ngx_string("10"), 0 },
        { "keepalives_count", ngx_string("3"), 0 },
        { NULL, ngx_null_string, 0 }
    };

    pool = ctx->cf->temp_pool;

    for (opt = ctx->options; opt->keyword != NULL; opt++) {

        if (opt->val == NULL || opt->val[0] == '\0') {
            continue;
        }

        for (i = 0; skipped[i] != NULL; i++) {
            if (ngx_strcmp(opt->keyword, skipped[i]) == 0) {
                break;
            }
        }

        value.data = (u_char *) opt->val;
        value.len = ngx_strlen(opt->val);

        if (skipped[i] == NULL
            && ngx_chat_pg_conf_pair(pool, &ctx->common, opt->keyword, &value)
               != NGX_OK)
        {
            return NGX_CONF_ERROR;
        }
    }

    for (i = 0; ours[i].key != NULL; i++) {
        if ((ours[i].always
             || ngx_chat_pg_conf_value(ctx, ours[i].key) == NULL)
            && ngx_chat_pg_conf_pair(pool, &ctx->common, ours[i].key,
                                     &ours[i].value)
               != NGX_OK)
        {
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


/* Goes through the lists of hosts, addresses and ports side by side, as libpq does. */

static char *
ngx_chat_pg_conf_hosts(ngx_chat_pg_conf_ctx_t *ctx)
{
    char        *rc;
    ngx_str_t    host, addr, port;
    ngx_uint_t   i, more, one_port;
    const char  *hosts, *addrs, *ports;

    hosts = ngx_chat_pg_conf_value(ctx, "host");
    addrs = ngx_chat_pg_conf_value(ctx, "hostaddr");
    ports = ngx_chat_pg_conf_value(ctx, "port");

    one_port = (ports == NULL || ngx_strchr(ports, ',') == NULL);

    for (i = 0; /* void */ ; i++) {

        more = ngx_chat_pg_conf_item(hosts, i, &host)
               | ngx_chat_pg_conf_item(addrs, i, &addr);

        if (!more && i > 0) {
            break;
        }

        (void) ngx_chat_pg_conf_item(ports, one_port ? 0 : i, &port);

        rc = ngx_chat_pg_conf_host(ctx, &host, &addr, &port);
        if (rc != NGX_CONF_OK) {
            return rc;
        }
    }

    return NGX_CONF_OK;
}


static char *
ngx_chat_pg_conf_host(ngx_chat_pg_conf_ctx_t *ctx, ngx_str_t *host,
    ngx_str_t *hostaddr, ngx_str_t *port)
{
    ngx_int_t  n;

    if (port->len != 0) {
        n = ngx_atoi(port->data, port->len);

        if (n < 1 || n > 65535) {
            ngx_conf_log_error(NGX_LOG_EMERG, ctx->cf, 0,
                               "invalid port \"%V\" in \"chat_database\", "
                               "write 1 to 65535", port);
            return NGX_CONF_ERROR;
        }
    }

    if (hostaddr->len == 0 && host->len != 0
        && host->data[0] != '/' && host->data[0] != '@')
    {
        return ngx_chat_pg_conf_resolve(ctx, host, port);
    }

    return ngx_chat_pg_conf_add(ctx, host, hostaddr, port);
}


/* In the master, at configuration, as nginx resolves its upstreams. */

static char *
ngx_chat_pg_conf_resolve(ngx_chat_pg_conf_ctx_t *ctx, ngx_str_t *host,
    ngx_str_t *port)
{
    int               code;
    char             *rc;
    u_char           *name, text[NI_MAXHOST];
    ngx_str_t         addr;
    struct addrinfo   hints, *list, *ai;

    name = ngx_pnalloc(ctx->cf->temp_pool, host->len + 1);
    if (name == NULL) {
        return NGX_CONF_ERROR;
    }

    (void) ngx_cpystrn(name, host->data, host->len + 1);

    ngx_memzero(&hints, sizeof(struct addrinfo));
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;

    code = getaddrinfo((char *) name, NULL, &hints, &list);

    if (code != 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, ctx->cf, 0,
                           "host \"%V\" in \"chat_database\" isn't found: %s; "
                           "correct it, or write hostaddr=", host,
                           gai_strerror(code));
        return NGX_CONF_ERROR;
    }

    rc = NGX_CONF_OK;

    for (ai = list; ai != NULL && rc == NGX_CONF_OK; ai = ai->ai_next) {

        if (getnameinfo(ai->ai_addr, ai->ai_addrlen, (char *) text,
                        sizeof(text), NULL, 0, NI_NUMERICHOST)
            != 0)
        {
            continue;
        }

        addr.data = text;
        addr.len = ngx_strlen(text);

        rc = ngx_chat_pg_conf_add(ctx, host, &addr, port);
    }

    freeaddrinfo(list);

    return rc;
}


/* One conninfo: an address or a Unix socket; TLS is checked in full unless said otherwise. */

static char *
ngx_chat_pg_conf_add(ngx_chat_pg_conf_ctx_t *ctx, ngx_str_t *host,
    ngx_str_t *hostaddr, ngx_str_t *port)
{
    ngx_str_t        conninfo, sslmode, bundle, *out;
    ngx_pool_t      *pool;
    ngx_file_info_t  fi;

    if (ctx->out->nelts == NGX_CHAT_PG_ADDRESSES) {
        ngx_conf_log_error(NGX_LOG_EMERG, ctx->cf, 0,
                           "more than %d addresses in \"chat_database\", "
                           "name fewer hosts", NGX_CHAT_PG_ADDRESSES);
        return NGX_CONF_ERROR;
    }

    pool = ctx->cf->pool;
    conninfo = ctx->common;

    ngx_str_set(&sslmode, "disable");

    if (hostaddr->len != 0) {
        if (ctx->sslmode != NULL) {
            sslmode.data = (u_char *) ctx->sslmode;
            sslmode.len = ngx_strlen(ctx->sslmode);

        } else if (!ngx_chat_pg_conf_loopback(hostaddr)) {
            ngx_str_set(&sslmode, "verify-full");
        }
    }

    if (ngx_strncmp(sslmode.data, "verify", 6) == 0
        && ngx_chat_pg_conf_value(ctx, "sslrootcert") == NULL)
    {
        ngx_str_set(&bundle, NGX_CHAT_PG_CA_BUNDLE);

        if (ngx_file_info(bundle.data, &fi) == NGX_FILE_ERROR) {
            ngx_conf_log_error(NGX_LOG_EMERG, ctx->cf, ngx_errno,
                               "\"chat_database\" has no certificates to "
                               "check the server with, add sslrootcert=FILE");
            return NGX_CONF_ERROR;
        }

        if (ngx_chat_pg_conf_pair(pool, &conninfo, "sslrootcert", &bundle)
            != NGX_OK)
        {
            return NGX_CONF_ERROR;
        }
    }

    if (ngx_chat_pg_conf_pair(pool, &conninfo, "sslmode", &sslmode) != NGX_OK
        || ngx_chat_pg_conf_pair(pool, &conninfo, "host", host) != NGX_OK
        || ngx_chat_pg_conf_pair(pool, &conninfo, "hostaddr", hostaddr)
           != NGX_OK
        || ngx_chat_pg_conf_pair(pool, &conninfo, "port", port) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    out = ngx_array_push(ctx->out);
    if (out == NULL) {
        return NGX_CONF_ERROR;
    }

    *out = conninfo;

    return NGX_CONF_OK;
}


/* The value written for a key; NULL if there is none or it is empty. */

static const char *
ngx_chat_pg_conf_value(ngx_chat_pg_conf_ctx_t *ctx, const char *key)
{
    PQconninfoOption  *opt;

    for (opt = ctx->options; opt->keyword != NULL; opt++) {
        if (ngx_strcmp(opt->keyword, key) == 0) {
            return (opt->val == NULL || opt->val[0] == '\0') ? NULL : opt->val;
        }
    }

    return NULL;
}


/* The n-th item of a list with commas, maybe empty; 0 if there are fewer. */

static ngx_uint_t
ngx_chat_pg_conf_item(const char *list, ngx_uint_t n, ngx_str_t *item)
{
    char  *p, *end;

    ngx_str_null(item);

    if (list == NULL) {
        return 0;
    }

    for (p = (char *) list; n > 0; n--) {
        p = ngx_strchr(p, ',');
        if (p == NULL) {
            return 0;
        }

        p++;
    }

    end = ngx_strchr(p, ',');

    item->data = (u_char *) p;
    item->len = (end != NULL) ? (size_t) (end - p) : ngx_strlen(p);

    return 1;
}


static ngx_uint_t
ngx_chat_pg_conf_loopback(ngx_str_t *addr)
{
    return (addr->len >= 4 && ngx_strncmp(addr->data, "127.", 4) == 0)
           || (addr->len == 3 && ngx_strncmp(addr->data, "::1", 3) == 0);
}


/* Appends " key='value'", escaped for libpq; nothing for an empty value. */

static ngx_int_t
ngx_chat_pg_conf_pair(ngx_pool_t *pool, ngx_str_t *out, const char *key,
    ngx_str_t *value)
{
    size_t   len;
    u_char  *p, *data;
    size_t   i;

    if (value->len == 0) {
        return NGX_OK;
    }

    len = out->len + ngx_strlen(key) + 2 * value->len + sizeof(" =''");

    data = ngx_pnalloc(pool, len);
    if (data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_cpymem(data, out->data, out->len);
    p = ngx_sprintf(p, " %s='", key);

    for (i = 0; i < value->len; i++) {
        if (value->data[i] == '\'' || value->data[i] == '\\') {
            *p++ = '\\';
        }

        *p++ = value->data[i];
    }

    *p++ = '\'';
    *p = '\0';

    out->data = data;
    out->len = p - data;

    return NGX_OK;
}
