/* PostgreSQL: reached, kept safe, large enough, its schema and the module's rights. */

#include "check.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MB              (1024L * 1024)
#define BUFFERS_LEAST   256         /* MB of shared_buffers, if the machine has four times that */
#define WAL_LEAST       2048        /* MB of max_wal_size */
#define OUTBOX_OLD      600         /* s that a mail may wait */
#define SEALED_LATE     900         /* s that an audit entry may wait */

static int open_database(chatctl_check_t *check);
static int is_local(const char *host);
static void encryption(chatctl_check_t *check);
static void settings(chatctl_check_t *check);
static void memory(chatctl_check_t *check, long buffers, long wal);
static void schema(chatctl_check_t *check);
static void rights(chatctl_check_t *check);
static void outbox(chatctl_check_t *check);
static void audit_log(chatctl_check_t *check);
static PGresult *ask(chatctl_check_t *check, const char *sql, int n,
    const char *const *values);


void
chatctl_check_database(chatctl_check_t *check)
{
    if (open_database(check) != 0) {
        return;
    }

    encryption(check);
    settings(check);
    schema(check);
}


/* as given, else as nginx is told, else as libpq's variables say */

static int
open_database(chatctl_check_t *check)
{
    int                    i;
    char                  *secret;
    PGconn                *db;
    const char            *info, *keys[4], *values[4];
    const chatctl_conf_t  *d;

    info = check->ctl->database ? check->ctl->database
                                : getenv("CHAT_DATABASE");
    d = chatctl_conf_below(check->conf, "chat_database");

    if (info == NULL && d && d->nargs > 1) {
        info = d->args[1];
    }

    info = info ? info : "";
    secret = NULL;

    if (strncmp(info, "file:", 5) == 0) {
        secret = chatctl_secret(check->ctl, info + 5);
        info = secret ? secret : "";
    }

    i = 0;
    keys[i] = "connect_timeout";
    values[i++] = "10";
    keys[i] = "fallback_application_name";
    values[i++] = "chatctl";
    keys[i] = "dbname";
    values[i++] = info;
    keys[i] = values[i] = NULL;

    db = PQconnectdbParams(keys, values, 1);
    chatctl_wipe(secret);

    if (PQstatus(db) != CONNECTION_OK) {
        chatctl_found(check, CHECK_FAULT, "database", "is PostgreSQL running, "
                      "may this user in (pg_hba.conf), is --database what "
                      "chat_database says?", "it can't be reached: %.*s",
                      (int) strcspn(PQerrorMessage(db), "\n"),
                      PQerrorMessage(db));
        PQfinish(db);
        return -1;
    }

    check->ctl->db = db;
    chatctl_found(check, CHECK_OK, "database", NULL,
                  "\"%s\" on %s, PostgreSQL %d, as %s", PQdb(db),
                  PQhost(db)[0] ? PQhost(db) : "a Unix socket",
                  PQserverVersion(db) / 10000, PQuser(db));

    return 0;
}


static int
is_local(const char *host)
{
    return host[0] == '\0' || host[0] == '/' || strcmp(host, "localhost") == 0
           || strncmp(host, "127.", 4) == 0 || strcmp(host, "::1") == 0;
}


static void
encryption(chatctl_check_t *check)
{
    SSL     *ssl;
    X509    *cert;
    PGconn  *db;

    db = check->ctl->db;

    if (!PQsslInUse(db)) {
        if (!is_local(PQhost(db))) {
            chatctl_found(check, CHECK_FAULT, "database TLS",
                          "sslmode=verify-full, and a certificate for "
                          "PostgreSQL", "what goes to %s can be read on the "
                          "way", PQhost(db));
        }

        return;
    }

    chatctl_found(check, CHECK_OK, "database TLS", NULL, "%s, %s",
                  PQsslAttribute(db, "protocol"), PQsslAttribute(db, "cipher"));

    ssl = PQsslStruct(db, "OpenSSL");
    cert = ssl ? SSL_get1_peer_certificate(ssl) : NULL;

    if (cert) {
        chatctl_check_expiry(check, "database TLS", "PostgreSQL", cert);
        X509_free(cert);
    }
}


static void
settings(chatctl_check_t *check)
{
    int        row;
    PGresult  *res;

    static const struct {
        const char  *name;
        const char  *bad;
        const char  *mend;
    } wanted[] = {
        { "fsync", "off", "fsync = on: a crash of the machine would lose "
                          "acknowledged messages" },
        { "synchronous_commit", "off", "synchronous_commit = on: a crash "
                                       "would lose acknowledged messages" },
        { "full_page_writes", "off", "full_page_writes = on: a crash of the "
                                     "machine would damage the database" }
    };

    res = ask(check, "SELECT current_setting('fsync'), "
        "current_setting('synchronous_commit'), "
        "current_setting('full_page_writes'), "
        "current_setting('server_encoding'), pg_is_in_recovery(), "
        "(SELECT setting::bigint * 8 / 1024 FROM pg_settings "
        " WHERE name = 'shared_buffers'), "
        "(SELECT setting::bigint FROM pg_settings "
        " WHERE name = 'max_wal_size')", 0, NULL);
    if (res == NULL) {
        return;
    }

    for (row = 0; row < 3; row++) {
        chatctl_found(check,
                      strcmp(PQgetvalue(res, 0, row), wanted[row].bad)
                      ? CHECK_OK : CHECK_FAULT, wanted[row].name,
                      wanted[row].mend, "is %s", PQgetvalue(res, 0, row));
    }

    if (strcmp(PQgetvalue(res, 0, 3), "UTF8") != 0) {
        chatctl_found(check, CHECK_FAULT, "encoding",
                      "createdb --encoding=UTF8 --template=template0",
                      "the database's is %s", PQgetvalue(res, 0, 3));
    }

    if (PQgetvalue(res, 0, 4)[0] == 't') {
        chatctl_found(check, CHECK_FAULT, "primary",
                      "name the primary in chat_database",
                      "this server is a read-only standby");
    }

    memory(check, atol(PQgetvalue(res, 0, 5)), atol(PQgetvalue(res, 0, 6)));
    PQclear(res);
}


static void
memory(chatctl_check_t *check, long buffers, long wal)
{
    int   few;
    long  have;

    /* of another machine nothing is known */

    have = is_local(PQhost(check->ctl->db))
           ? sysconf(_SC_PHYS_PAGES) / (MB / sysconf(_SC_PAGESIZE)) : 0;
    few = buffers < BUFFERS_LEAST && (have == 0 || buffers < have / 8);

    chatctl_found(check, few ? CHECK_WARNING : CHECK_OK, "shared_buffers",
                  "shared_buffers = 1GB, or a quarter of the memory: steady "
                  "sending is several times as fast", "is %ld MB", buffers);

    chatctl_found(check, wal < WAL_LEAST ? CHECK_WARNING : CHECK_OK,
                  "max_wal_size", "max_wal_size = 8GB, or what the disk has to "
                  "spare: fewer checkpoints", "is %ld MB", wal);
}


static void
schema(chatctl_check_t *check)
{
    int          release, version;
    PGresult    *res;
    const char  *dir;

    res = ask(check, "SELECT m.version, m.runs_from, (SELECT count(*) FROM "
              "chat.session s WHERE s.token_hash IS NOT NULL AND s.last_seen "
              "> now() - interval '1 day') FROM chat.meta m", 0, NULL);

    if (res == NULL || PQntuples(res) != 1) {
        chatctl_found(check, CHECK_FAULT, "schema", "chatctl migrate",
                      "it is missing in this database, or incomplete");
        PQclear(res);
        return;
    }

    version = atoi(PQgetvalue(res, 0, 0));
    check->seen_day = atol(PQgetvalue(res, 0, 2));
    dir = chatctl_option(check->ctl, "sql");
    dir = dir ? dir : CHATCTL_SQL;
    release = access(dir, R_OK) == 0 ? chatctl_release(check->ctl, dir) : -1;

    if (release >= 0 && version < release) {
        chatctl_found(check, CHECK_FAULT, "schema", "chatctl migrate",
                      "version %d, this release brings %d", version, release);

    } else if (release >= 0 && version > release) {
        chatctl_found(check, CHECK_WARNING, "schema",
                      "install the release that made it",
                      "version %d is of a later release than this one (%d)",
                      version, release);

    } else {
        chatctl_found(check, CHECK_OK, "schema", NULL,
                      "version %d, for modules from %s on", version,
                      PQgetvalue(res, 0, 1));
    }

    PQclear(res);

    rights(check);
    outbox(check);
    audit_log(check);
}


/* of --role, else of the user in chat_database, else of nginx's workers */

static void
rights(chatctl_check_t *check)
{
    char                   mend[256];
    PGresult              *res;
    const char            *role;
    PQconninfoOption      *options, *o;
    const chatctl_conf_t  *d;

    role = chatctl_option(check->ctl, "role");
    options = NULL;
    d = chatctl_conf_below(check->conf, "chat_database");

    if (role == NULL && d && d->nargs > 1) {
        options = PQconninfoParse(d->args[1], NULL);

        for (o = options; o && o->keyword; o++) {
            if (strcmp(o->keyword, "user") == 0 && o->val) {
                role = o->val;
            }
        }

        if (role == NULL && strncmp(d->args[1], "file:", 5) != 0) {
            d = chatctl_conf_find(check->conf, "user");
            role = d && d->nargs > 1 ? d->args[1] : "www-data";
        }
    }

    if (role == NULL) {
        chatctl_found(check, CHECK_SKIPPED, "rights", "--role ROLE",
                      "which role the module connects as isn't known");
        PQconninfoFree(options);
        return;
    }

    (void) snprintf(mend, sizeof(mend), "chatctl migrate --grant %s", role);
    res = ask(check, "SELECT lacks FROM chat.operator_role_lacks($1)", 1,
              &role);

    if (res == NULL) {
        chatctl_found(check, CHECK_FAULT, "rights",
                      "createuser ROLE, then chatctl migrate --grant ROLE",
                      "there is no role \"%s\"", role);

    } else if (PQntuples(res)) {
        chatctl_found(check, CHECK_FAULT, "rights", mend,
                      "%s lacks %s%s", role, PQgetvalue(res, 0, 0),
                      PQntuples(res) > 1 ? ", and more" : "");

    } else {
        chatctl_found(check, CHECK_OK, "rights", NULL,
                      "%s may do what the module needs", role);
    }

    PQclear(res);
    PQconninfoFree(options);
}


static void
outbox(chatctl_check_t *check)
{
    int        late;
    PGresult  *res;

    res = ask(check, "SELECT depth, oldest_age::bigint, "
              "coalesce(last_error, '') FROM chat.mail_state()", 0, NULL);
    if (res == NULL) {
        return;
    }

    late = atol(PQgetvalue(res, 0, 1)) > OUTBOX_OLD;

    chatctl_found(check, late ? CHECK_FAULT : PQgetvalue(res, 0, 2)[0]
                                              ? CHECK_WARNING : CHECK_OK,
                  "outbox", "chatctl mail test ADDRESS tells what the relay "
                  "says; without chat_mail nothing is sent",
                  "%s waiting, the oldest for %s s%s%s", PQgetvalue(res, 0, 0),
                  PQgetvalue(res, 0, 1),
                  PQgetvalue(res, 0, 2)[0] ? "; the last refusal: " : "",
                  PQgetvalue(res, 0, 2));
    PQclear(res);
}


/* workers seal its entries: it stands still when none runs */

static void
audit_log(chatctl_check_t *check)
{
    int        late;
    PGresult  *res;

    res = ask(check, "SELECT entries, open, oldest_open::bigint "
              "FROM chat.audit_state()", 0, NULL);
    if (res == NULL) {
        return;
    }

    late = atol(PQgetvalue(res, 0, 2)) > SEALED_LATE;

    chatctl_found(check, late ? CHECK_WARNING : CHECK_OK, "audit log",
                  "a running worker seals it within seconds: does nginx run?",
                  "%s entries, %s not sealed yet", PQgetvalue(res, 0, 0),
                  PQgetvalue(res, 0, 1));
    PQclear(res);
}


/* NULL: it failed, which the caller knows what to say about */

static PGresult *
ask(chatctl_check_t *check, const char *sql, int n,
    const char *const *values)
{
    PGresult  *res;

    res = PQexecParams(check->ctl->db, sql, n, NULL, values, NULL, NULL, 0);

    if (PQresultStatus(res) != PGRES_TUPLES_OK) {
        PQclear(res);
        return NULL;
    }

    return res;
}
