/*
 * Migrations: numbered files hold tables and are applied once each, each in a
 * transaction that records it; functions/ is replaced as a whole at each run.
 * A file's first line, "-- runs_from: N", is the oldest module that works with
 * the schema once the file is in.
 */

#include "chatctl.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#define FILES_MAX       1000
#define FILE_SIZE_MAX   (1024 * 1024)
#define LOCK            "7234018283807667300"   /* one migration at a time */

static char *read_file(chatctl_t *ctl, const char *dir, const char *name);
static int list(chatctl_t *ctl, const char *dir, char *names[FILES_MAX]);
static int compare(const void *a, const void *b);
static int prepare(chatctl_t *ctl, int *version);
static int apply(chatctl_t *ctl, const char *dir, const char *name, int number);
static int record_meta(chatctl_t *ctl, int number, int runs_from);
static int functions(chatctl_t *ctl, const char *path);
static int grant(chatctl_t *ctl, const char *to);
static int commit(chatctl_t *ctl, int ok, const char *what);


int
chatctl_migrate(chatctl_t *ctl)
{
    const char  *dir;

    dir = chatctl_option(ctl, "sql");

    return chatctl_migrate_from(ctl, dir ? dir : CHATCTL_SQL,
                                chatctl_option(ctl, "grant"));
}


/* the number of the newest file; -1 said why not */

int
chatctl_release(chatctl_t *ctl, const char *dir)
{
    int    n, last;
    char  *names[FILES_MAX];

    n = list(ctl, dir, names);

    if (n == 0) {
        (void) chatctl_fail(ctl, CHATCTL_FAILED, "no_files",
                            "%s has no numbered .sql files", dir);
    }

    if (n <= 0) {
        return -1;
    }

    last = atoi(names[n - 1]);

    while (n) {
        free(names[--n]);
    }

    return last;
}


int
chatctl_migrate_from(chatctl_t *ctl, const char *dir, const char *role)
{
    int      i, n, rc, number, version, last;
    char    *names[FILES_MAX];
    json_t  *applied;

    last = chatctl_release(ctl, dir);

    if (last < 0 || prepare(ctl, &version) != 0) {
        return CHATCTL_FAILED;
    }

    if (version > last) {
        return chatctl_fail(ctl, CHATCTL_FAILED, "newer_schema",
                            "the database is at version %d, this release "
                            "knows %d at most: use the newer release's "
                            "chatctl", version, last);
    }

    n = list(ctl, dir, names);
    rc = n > 0 ? CHATCTL_OK : CHATCTL_FAILED;
    applied = json_array();

    for (i = 0; i < n; i++) {
        number = atoi(names[i]);

        if (rc == CHATCTL_OK && number > version) {
            rc = apply(ctl, dir, names[i], number) == 0 ? CHATCTL_OK
                                                        : CHATCTL_FAILED;
            (void) json_array_append_new(applied, json_string(names[i]));

            if (rc == CHATCTL_OK && !ctl->json) {
                printf("applied %s\n", names[i]);
            }
        }

        free(names[i]);
    }

    if (rc != CHATCTL_OK || functions(ctl, dir) != 0
        || (role && grant(ctl, role) != 0))
    {
        json_decref(applied);
        return CHATCTL_FAILED;
    }

    /* init says more than this */

    if (ctl->json && ctl->command->run != chatctl_migrate) {
        json_decref(applied);
        return CHATCTL_OK;
    }

    return chatctl_say(ctl, json_pack("{s:i,s:o}", "version", last, "applied",
                                      applied),
                       "the schema is at version %d", last);
}


static int
prepare(chatctl_t *ctl, int *version)
{
    int        rc;
    PGresult  *res;

    res = chatctl_query(ctl, &rc, "SHOW server_encoding", 0, NULL);
    if (res == NULL) {
        return -1;
    }

    if (strcmp(PQgetvalue(res, 0, 0), "UTF8") != 0) {
        (void) chatctl_fail(ctl, CHATCTL_FAILED, "migrate",
                        "the database's encoding is %s; make one with "
                      "createdb --encoding=UTF8 --template=template0",
                      PQgetvalue(res, 0, 0));
        PQclear(res);
        return -1;
    }

    PQclear(res);

    if (chatctl_script(ctl, "preparing",
            "SET lock_timeout = '30s';"
            "SELECT pg_advisory_lock(" LOCK ");"
            "CREATE SCHEMA IF NOT EXISTS chat;"
            "CREATE TABLE IF NOT EXISTS chat.migration ("
            "    number   integer     PRIMARY KEY,"
            "    name     text        NOT NULL,"
            "    applied  timestamptz NOT NULL DEFAULT now());")
        != 0)
    {
        return -1;
    }

    res = chatctl_query(ctl, &rc, "SELECT coalesce(max(number), 0) "
                             "FROM chat.migration", 0, NULL);
    if (res == NULL) {
        return -1;
    }

    *version = atoi(PQgetvalue(res, 0, 0));
    PQclear(res);

    return 0;
}


static int
apply(chatctl_t *ctl, const char *dir, const char *name, int number)
{
    int          ok, rc, runs_from;
    char        *sql, text[16];
    PGresult    *res;
    const char  *values[2];

    sql = read_file(ctl, dir, name);
    if (sql == NULL) {
        return -1;
    }

    if (sscanf(sql, "-- runs_from: %d", &runs_from) != 1) {
        (void) chatctl_fail(ctl, CHATCTL_FAILED, "migrate",
                        "%s: the first line is no \"-- runs_from: N\"", name);
        free(sql);
        return -1;
    }

    ok = chatctl_script(ctl, name, "BEGIN") == 0
         && chatctl_script(ctl, name, sql) == 0;

    free(sql);

    if (ok) {
        snprintf(text, sizeof(text), "%d", number);
        values[0] = text;
        values[1] = name;

        res = chatctl_query(ctl, &rc, "INSERT INTO chat.migration (number, name) "
                                 "VALUES ($1, $2)", 2, values);
        ok = res != NULL;
        PQclear(res);
    }

    ok = ok && record_meta(ctl, number, runs_from) == 0;

    return commit(ctl, ok, name);
}


static int
record_meta(chatctl_t *ctl, int number, int runs_from)
{
    int             rc;
    char            version[16], from[16], secret[2 + 64 + 1];
    PGresult       *res;
    const char     *values[3];
    unsigned char   key[32];

    randombytes_buf(key, sizeof(key));

    snprintf(version, sizeof(version), "%d", number);
    snprintf(from, sizeof(from), "%d", runs_from);
    memcpy(secret, "\\x", 2);
    sodium_bin2hex(secret + 2, sizeof(secret) - 2, key, sizeof(key));

    values[0] = version;
    values[1] = from;
    values[2] = secret;

    res = chatctl_query(ctl, &rc,
        "INSERT INTO chat.meta (version, runs_from, secret) "
        "VALUES ($1, $2, $3::bytea) "
        "ON CONFLICT (one) DO UPDATE SET version = excluded.version, "
        "runs_from = excluded.runs_from", 3, values);

    rc = (res == NULL) ? -1 : 0;

    PQclear(res);
    sodium_memzero(key, sizeof(key));
    sodium_memzero(secret, sizeof(secret));

    return rc;
}


/* all of them in one transaction: running workers see the old ones or the new ones */

static int
functions(chatctl_t *ctl, const char *path)
{
    int    i, n, ok;
    char   dir[4096], *sql, *names[FILES_MAX];

    if (snprintf(dir, sizeof(dir), "%s/functions", path)
        >= (int) sizeof(dir))
    {
        (void) chatctl_fail(ctl, CHATCTL_FAILED, "migrate",
                        "the path of the SQL files is too long");
        return -1;
    }

    n = list(ctl, dir, names);
    if (n < 0) {
        return -1;
    }

    /* one may call another that comes later */

    ok = chatctl_script(ctl, dir, "BEGIN; "
                                  "SET LOCAL check_function_bodies = off")
         == 0;

    for (i = 0; i < n; i++) {

        sql = ok ? read_file(ctl, dir, names[i]) : NULL;
        ok = sql != NULL && chatctl_script(ctl, names[i], sql) == 0;

        free(sql);
        free(names[i]);
    }

    return commit(ctl, ok, dir);
}


static int
grant(chatctl_t *ctl, const char *to)
{
    int    ok;
    char  *role, sql[1024];

    role = PQescapeIdentifier(ctl->db, to, strlen(to));
    if (role == NULL) {
        (void) chatctl_fail(ctl, CHATCTL_FAILED, "migrate",
                        "%s", PQerrorMessage(ctl->db));
        return -1;
    }

    ok = snprintf(sql, sizeof(sql),
        "BEGIN; "
        "GRANT USAGE ON SCHEMA chat TO %s; "
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA chat "
        "TO %s; "
        "REVOKE INSERT, UPDATE, DELETE ON chat.migration FROM %s; "
        "REVOKE INSERT, UPDATE, DELETE ON chat.audit_entry, "
        "chat.audit_chain, chat.audit_action, chat.audit_stream FROM %s; "
        "GRANT USAGE ON ALL SEQUENCES IN SCHEMA chat TO %s; "
        "GRANT EXECUTE ON FUNCTION pg_control_system(), "
        "pg_control_checkpoint() TO %s", role, role, role, role, role,
        role)
        < (int) sizeof(sql);

    PQfreemem(role);

    if (!ok) {
        (void) chatctl_fail(ctl, CHATCTL_FAILED, "migrate",
                        "the role's name is too long");
        return -1;
    }

    return commit(ctl, chatctl_script(ctl, "--grant", sql) == 0, "--grant");
}


static int
commit(chatctl_t *ctl, int ok, const char *what)
{
    if (ok) {
        return chatctl_script(ctl, what, "COMMIT");
    }

    (void) chatctl_script(ctl, what, "ROLLBACK");
    return -1;
}


/* names of the .sql files, sorted; -1 after saying why not */

static int
list(chatctl_t *ctl, const char *dir, char *names[FILES_MAX])
{
    int             n;
    DIR            *d;
    size_t          len;
    struct dirent  *e;

    d = opendir(dir);
    if (d == NULL) {
        (void) chatctl_fail(ctl, CHATCTL_FAILED, "migrate",
                        "can't read \"%s\": %s", dir, strerror(errno));
        return -1;
    }

    n = 0;

    while ((e = readdir(d)) != NULL) {
        len = strlen(e->d_name);

        if (len <= 4 || strcmp(e->d_name + len - 4, ".sql") != 0) {
            continue;
        }

        if (n == FILES_MAX || (names[n] = strdup(e->d_name)) == NULL) {
            (void) chatctl_fail(ctl, CHATCTL_FAILED, "migrate",
                        "too many files in \"%s\"", dir);
            closedir(d);

            while (n) {
                free(names[--n]);
            }

            return -1;
        }

        n++;
    }

    closedir(d);
    qsort(names, n, sizeof(char *), compare);

    return n;
}


static int
compare(const void *a, const void *b)
{
    return strcmp(*(char *const *) a, *(char *const *) b);
}


/* a file's text, to be freed; NULL after saying why not */

static char *
read_file(chatctl_t *ctl, const char *dir, const char *name)
{
    char    path[4096], *text;
    FILE   *f;
    size_t  n;

    if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int) sizeof(path)) {
        (void) chatctl_fail(ctl, CHATCTL_FAILED, "migrate",
                        "the path of \"%s\" is too long", name);
        return NULL;
    }

    text = malloc(FILE_SIZE_MAX + 1);
    f = fopen(path, "r");

    if (f == NULL || text == NULL) {
        (void) chatctl_fail(ctl, CHATCTL_FAILED, "migrate",
                        "can't read \"%s\": %s", path, strerror(errno));
        goto failed;
    }

    n = fread(text, 1, FILE_SIZE_MAX + 1, f);

    if (ferror(f) || n > FILE_SIZE_MAX) {
        (void) chatctl_fail(ctl, CHATCTL_FAILED, "migrate",
                        "can't read \"%s\": %s", path,
                      ferror(f) ? strerror(errno) : "over 1 MiB");
        goto failed;
    }

    text[n] = '\0';
    fclose(f);

    return text;

failed:

    if (f) {
        fclose(f);
    }

    free(text);

    return NULL;
}
