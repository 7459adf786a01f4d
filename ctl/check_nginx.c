/* nginx's configuration against the machine and the database: numbers that must fit. */

#include "check.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* the directives' own defaults, as the README says them */
#define SOCKETS_DEFAULT     100000
#define CONNECTIONS_DEFAULT 2
#define HASH_DEFAULT        (19L * 1024 * 1024)
#define ZONE_DEFAULT        (16L * 1024 * 1024)
#define DRAIN_DEFAULT       5000

#define ZONE_WORKER         (4 * 65536L)    /* bytes of the zone for each worker */
#define ZONE_FIXED          (2L * 1024 * 1024)
#define ZONE_SESSION        128             /* bytes of one in the cache, which has 5/8 of the rest */

static const char *word(chatctl_check_t *check, const char *directive,
    const char *otherwise);
static long option(chatctl_check_t *check, const char *directive,
    const char *name, long otherwise);
static void connections(chatctl_check_t *check);
static void files(chatctl_check_t *check, long each);
static void database_connections(chatctl_check_t *check);
static void threads(chatctl_check_t *check);
static void zone(chatctl_check_t *check);
static void shutdown_time(chatctl_check_t *check);
static void secret_files(chatctl_check_t *check);
static void secret_file(chatctl_check_t *check, const char *path);


void
chatctl_check_nginx(chatctl_check_t *check)
{
    const char  *workers;

    if (chatctl_conf_below(check->conf, "chat_database") == NULL) {
        chatctl_found(check, CHECK_FAULT, "chat_database",
                      "chat_database \"host=/run/postgresql dbname=chat\"; in "
                      "http", "it isn't in the configuration");
        return;
    }

    workers = word(check, "worker_processes", "1");
    check->workers = strcmp(workers, "auto") == 0
                     ? sysconf(_SC_NPROCESSORS_ONLN) : atol(workers);

    if (check->workers < 1) {
        check->workers = 1;
    }

    connections(check);
    database_connections(check);
    threads(check);
    zone(check);
    shutdown_time(check);
    secret_files(check);
}


/* the first argument of a directive */

static const char *
word(chatctl_check_t *check, const char *directive, const char *otherwise)
{
    const chatctl_conf_t  *d;

    d = chatctl_conf_below(check->conf, directive);

    return d && d->nargs > 1 ? d->args[1] : otherwise;
}


static long
option(chatctl_check_t *check, const char *directive, const char *name,
    long otherwise)
{
    const char            *value;
    const chatctl_conf_t  *d;

    d = chatctl_conf_below(check->conf, directive);
    value = d ? chatctl_conf_option(d, name) : NULL;

    return value ? chatctl_conf_size(value) : otherwise;
}


static void
connections(chatctl_check_t *check)
{
    long  each, sockets, own, room;

    each = atol(word(check, "worker_connections", "512"));
    sockets = atol(word(check, "chat_max_sockets", "0"));
    own = option(check, "chat_database", "connections", CONNECTIONS_DEFAULT)
          + 2 + 2 * check->workers + 4;
    room = check->workers * (each - own);

    if (room <= 0) {
        chatctl_found(check, CHECK_FAULT, "connections",
                      "worker_connections 4096; or more, in events",
                      "worker_connections %ld leaves nothing beside the %ld "
                      "that a worker needs for itself", each, own);

    } else if (sockets > room) {
        chatctl_found(check, CHECK_WARNING, "connections",
                      "raise worker_connections, or lower chat_max_sockets so "
                      "that the rest is refused with 503",
                      "chat_max_sockets %ld, but %ld workers with "
                      "worker_connections %ld hold %ld", sockets,
                      check->workers, each, room);

    } else if (sockets == 0 && each < 1024) {
        chatctl_found(check, CHECK_WARNING, "connections",
                      "worker_connections 16384; in events, and "
                      "worker_rlimit_nofile above it",
                      "%ld workers hold %ld sockets of the %d that "
                      "chat_max_sockets allows", check->workers, room,
                      SOCKETS_DEFAULT);

    } else {
        chatctl_found(check, CHECK_OK, "connections", NULL,
                      "%ld workers hold %ld sockets", check->workers, room);
    }

    files(check, each);
}


static void
files(chatctl_check_t *check, long each)
{
    long           limit;
    struct rlimit  rl;

    limit = atol(word(check, "worker_rlimit_nofile", "0"));

    if (limit == 0 && getrlimit(RLIMIT_NOFILE, &rl) == 0) {
        limit = rl.rlim_cur == RLIM_INFINITY ? each * 2 : (long) rl.rlim_cur;
    }

    if (limit < each) {
        chatctl_found(check, CHECK_WARNING, "open files",
                      "worker_rlimit_nofile above worker_connections, in the "
                      "main context", "a worker may open %ld files, "
                      "worker_connections is %ld", limit, each);
    }
}


/* at a reload two generations of workers are connected */

static void
database_connections(chatctl_check_t *check)
{
    long       need, have;
    PGresult  *res;

    if (check->ctl->db == NULL) {
        return;
    }

    res = PQexec(check->ctl->db, "SELECT current_setting('max_connections')"
                 "::int - current_setting('superuser_reserved_connections')"
                 "::int");
    have = PQresultStatus(res) == PGRES_TUPLES_OK
           ? atol(PQgetvalue(res, 0, 0)) : 0;
    PQclear(res);

    need = 2 * check->workers * (option(check, "chat_database", "connections",
                                        CONNECTIONS_DEFAULT) + 2);

    if (have) {
        chatctl_found(check, need > have ? CHECK_FAULT : CHECK_OK,
                      "database room", "raise PostgreSQL's max_connections, or "
                      "lower connections= of chat_database",
                      "%ld workers take up to %ld connections during a "
                      "reload, PostgreSQL has %ld", check->workers, need,
                      have);
    }
}


static void
threads(chatctl_check_t *check)
{
    long  hashing, pages, memory;

    hashing = check->workers * option(check, "chat_threads", "auth", 1)
              * option(check, "chat_password", "memory", HASH_DEFAULT)
              / (1024 * 1024);
    pages = sysconf(_SC_PHYS_PAGES);
    memory = pages / (1024L * 1024 / sysconf(_SC_PAGESIZE));

    chatctl_found(check, hashing > memory / 4 ? CHECK_WARNING : CHECK_OK,
                  "threads", "lower auth= of chat_threads; memory= of "
                  "chat_password should stay at 19m or above",
                  "hashing passwords takes up to %ld MB at once, the machine "
                  "has %ld MB", hashing, memory);

    if (option(check, "chat_threads", "mail", 1) < 1) {
        chatctl_found(check, CHECK_FAULT, "threads", "mail=1 in chat_threads",
                      "no thread sends mail");
    }
}


/* counts of an estimate: what is evicted is asked of the database again */

static void
zone(chatctl_check_t *check)
{
    long                   size, room;
    const char            *text;
    const chatctl_conf_t  *d;

    d = chatctl_conf_below(check->conf, "chat_zone");
    text = d && d->nargs > 1 ? d->args[1] : NULL;
    size = text ? chatctl_conf_size(text) : ZONE_DEFAULT;

    room = size - ZONE_FIXED - check->workers * ZONE_WORKER;
    room = room > 0 ? room / 8 * 5 / ZONE_SESSION : 0;

    if (check->seen_day < 0) {
        return;
    }

    chatctl_found(check, room < check->seen_day ? CHECK_WARNING : CHECK_OK,
                  "zone", "a larger chat_zone: what it has no room for is "
                  "asked of PostgreSQL at each request",
                  "chat_zone has room for about %ld sessions, %ld were there "
                  "in the last day", room, check->seen_day);
}


static void
shutdown_time(chatctl_check_t *check)
{
    long                   drain, patience;
    const char            *text;
    const chatctl_conf_t  *d;

    d = chatctl_conf_below(check->conf, "chat_drain");
    text = d && d->nargs > 1 ? d->args[1] : NULL;
    drain = text ? chatctl_conf_msec(text) : DRAIN_DEFAULT;
    patience = chatctl_conf_msec(word(check, "worker_shutdown_timeout", "0"));

    if (patience <= 0) {
        chatctl_found(check, CHECK_WARNING, "reload",
                      "worker_shutdown_timeout 60s; in the main context",
                      "an old worker stays until its last connection ends");

    } else if (patience <= drain) {
        chatctl_found(check, CHECK_WARNING, "reload",
                      "worker_shutdown_timeout above chat_drain",
                      "old workers are cut after %ld ms, while chat_drain "
                      "spreads goodbyes over %ld ms", patience, drain);

    } else {
        chatctl_found(check, CHECK_OK, "reload", NULL,
                      "old workers have %ld s, sockets are told within %ld s",
                      patience / 1000, drain / 1000);
    }
}


static void
secret_files(chatctl_check_t *check)
{
    const char            *path;
    PQconninfoOption      *options, *o;
    const chatctl_conf_t  *d;

    d = chatctl_conf_below(check->conf, "chat_mail");
    path = d ? chatctl_conf_option(d, "password_file") : NULL;

    if (path) {
        secret_file(check, path);
    }

    d = chatctl_conf_below(check->conf, "chat_database");

    if (d->nargs > 1 && strncmp(d->args[1], "file:", 5) == 0) {
        secret_file(check, d->args[1] + 5);
        return;
    }

    options = d->nargs > 1 ? PQconninfoParse(d->args[1], NULL) : NULL;

    for (o = options; o && o->keyword; o++) {
        if (strcmp(o->keyword, "password") == 0 && o->val) {
            chatctl_found(check, CHECK_WARNING, "secrets",
                          "chat_database file:PATH, or passfile=",
                          "PostgreSQL's password stands in nginx.conf, and so "
                          "in what nginx -T prints");
        }
    }

    PQconninfoFree(options);
}


static void
secret_file(chatctl_check_t *check, const char *path)
{
    struct stat  st;

    if (path[0] == '/' && stat(path, &st) == 0 && (st.st_mode & 077)) {
        chatctl_found(check, CHECK_WARNING, "secrets",
                      "chmod 600: the master reads it as root",
                      "%s can be read by others (mode %o)", path,
                      (unsigned) (st.st_mode & 0777));
    }
}
