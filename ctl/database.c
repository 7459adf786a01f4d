/* The one connection to the database, its failures in words, and what it asks people. */

#include "chatctl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#define SECRET_MAX      4096    /* bytes of a file that holds one */
#define FILE_PREFIX     "file:"

static void quiet(void *arg, const char *message);
static int explain(chatctl_t *ctl, PGresult *res);


int
chatctl_connect(chatctl_t *ctl)
{
    const char  *info;

    info = ctl->database ? ctl->database : getenv("CHAT_DATABASE");

    ctl->db = chatctl_open(ctl, info ? info : "", NULL);

    return ctl->db ? CHATCTL_OK : CHATCTL_NO_DATABASE;
}


/* conninfo may be file:PATH, as in chat_database; dbname: instead of what it says, or NULL */

PGconn *
chatctl_open(chatctl_t *ctl, const char *conninfo, const char *dbname)
{
    PGconn      *db;
    const char  *keys[6], *values[6];

    if (strncmp(conninfo, FILE_PREFIX, sizeof(FILE_PREFIX) - 1) == 0) {
        chatctl_wipe(ctl->conninfo);
        ctl->conninfo = chatctl_secret(ctl, conninfo + sizeof(FILE_PREFIX)
                                            - 1);
        if (ctl->conninfo == NULL) {
            return NULL;
        }

        conninfo = ctl->conninfo;
    }

    /* a later one wins: what conninfo says before these, dbname after it */

    keys[0] = "fallback_application_name";
    values[0] = "chatctl";
    keys[1] = "connect_timeout";
    values[1] = "10";
    keys[2] = "client_encoding";
    values[2] = "UTF8";
    keys[3] = "dbname";
    values[3] = conninfo;
    keys[4] = dbname ? "dbname" : NULL;
    values[4] = dbname;
    keys[5] = NULL;
    values[5] = NULL;

    db = PQconnectdbParams(keys, values, 1);

    if (PQstatus(db) != CONNECTION_OK) {
        (void) chatctl_fail(ctl, CHATCTL_NO_DATABASE, "no_database",
                            "the database can't be reached: %s",
                            PQerrorMessage(db));
        PQfinish(db);
        return NULL;
    }

    PQsetNoticeProcessor(db, quiet, NULL);
    PQclear(PQexec(db, "SET lock_timeout = '15s'; SET timezone = 'UTC'; "
                       "SET datestyle = 'ISO'"));

    return db;
}


/* "already exists, skipping" tells an operator nothing; warnings do */

static void
quiet(void *arg, const char *message)
{
    (void) arg;

    if (strncmp(message, "NOTICE:", 7) != 0) {
        (void) chatctl_text(stderr, message);
        fputc('\n', stderr);
    }
}


PGresult *
chatctl_query(chatctl_t *ctl, int *rc, const char *sql, int n,
    const char *const *values)
{
    PGresult        *res;
    ExecStatusType   status;

    res = PQexecParams(ctl->db, sql, n, NULL, values, NULL, NULL, 0);
    status = PQresultStatus(res);

    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
        *rc = explain(ctl, res);
        PQclear(res);
        return NULL;
    }

    *rc = CHATCTL_OK;

    return res;
}


/* what SQL functions raise, in an operator's words; returns the exit code */

static int
explain(chatctl_t *ctl, PGresult *res)
{
    size_t       i;
    const char  *state, *message;

    static const struct {
        const char  *code;
        int          rc;
        const char  *text;
    } problems[] = {
        { "not_found", CHATCTL_NOT_FOUND, "there is no such account, session, "
          "invitation or factor" },
        { "username_taken", CHATCTL_FAILED,
          "a verified account has that username" },
        { "already_verified", CHATCTL_FAILED,
          "that account is verified already" },
        { "conflict", CHATCTL_FAILED,
          "that account isn't verified, or changes at this moment" },
        { "account_suspended", CHATCTL_FAILED, "that account is suspended" },
        { "ambiguous", CHATCTL_FAILED,
          "several accounts match: name it by its id (chatctl user list)" }
    };

    state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
    message = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);

    if (state == NULL || message == NULL || strncmp(state, "57P", 3) == 0) {
        return chatctl_fail(ctl, CHATCTL_NO_DATABASE, "no_database",
                            "the connection to the database is lost: %s",
                            PQerrorMessage(ctl->db));
    }

    if (strncmp(state, "CH", 2) == 0) {
        for (i = 0; i < sizeof(problems) / sizeof(problems[0]); i++) {
            if (strcmp(message, problems[i].code) == 0) {
                return chatctl_fail(ctl, problems[i].rc, message, "%s",
                                    problems[i].text);
            }
        }

        return chatctl_fail(ctl, strcmp(state, "CH404") ? CHATCTL_FAILED
                                                        : CHATCTL_NOT_FOUND,
                            message, "it was refused: %s", message);
    }

    /* no such schema, function, table, column */

    if (strcmp(state, "3F000") == 0 || strcmp(state, "42883") == 0
        || strcmp(state, "42P01") == 0 || strcmp(state, "42703") == 0)
    {
        return chatctl_fail(ctl, CHATCTL_NO_DATABASE, "no_schema",
                            "the schema is missing or of another release, "
                            "run \"chatctl migrate\" (%s)", message);
    }

    if (strcmp(state, "22P02") == 0) {
        return chatctl_fail(ctl, CHATCTL_NOT_FOUND, "not_found",
                            "that is no id: %s", message);
    }

    if (strcmp(state, "42501") == 0) {
        return chatctl_fail(ctl, CHATCTL_FAILED, "no_rights",
                            "the role that chatctl connects as may not do "
                            "that: %s", message);
    }

    return chatctl_fail(ctl, CHATCTL_FAILED, "database", "%s (SQLSTATE %s)",
                        message, state);
}


int
chatctl_script(chatctl_t *ctl, const char *what, const char *sql)
{
    PGresult        *res;
    ExecStatusType   status;

    res = PQexec(ctl->db, sql);
    status = PQresultStatus(res);

    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK
        && status != PGRES_EMPTY_QUERY)
    {
        (void) chatctl_fail(ctl, CHATCTL_FAILED, "database", "%s: %s", what,
                            PQresultErrorMessage(res));
        PQclear(res);
        return -1;
    }

    PQclear(res);
    return 0;
}


char *
chatctl_secret(chatctl_t *ctl, const char *path)
{
    int      fd;
    char    *text;
    size_t   len;
    ssize_t  n;

    text = malloc(SECRET_MAX + 1);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    n = (fd == -1 || text == NULL) ? -1 : read(fd, text, SECRET_MAX + 1);

    if (n < 0 || n > SECRET_MAX) {
        (void) chatctl_fail(ctl, CHATCTL_FAILED, "file",
                            "can't read \"%s\": %s", path,
                            n < 0 ? strerror(errno) : "over 4 KiB");

        if (fd != -1) {
            close(fd);
        }

        free(text);
        return NULL;
    }

    close(fd);
    len = (size_t) n;

    while (len && (text[len - 1] == '\n' || text[len - 1] == '\r')) {
        len--;
    }

    text[len] = '\0';

    return text;
}


void
chatctl_wipe(char *secret)
{
    if (secret) {
        sodium_memzero(secret, strlen(secret));
        free(secret);
    }
}


int
chatctl_confirm(chatctl_t *ctl, const char *format, ...)
{
    char     text[1024], answer[16];
    va_list  args;

    if (ctl->yes) {
        return CHATCTL_OK;
    }

    if (!isatty(STDIN_FILENO) || ctl->json) {
        return chatctl_fail(ctl, CHATCTL_NOT_CONFIRMED, "not_confirmed",
                            "this can't be undone: confirm it by --yes");
    }

    va_start(args, format);
    (void) vsnprintf(text, sizeof(text), format, args);
    va_end(args);

    (void) chatctl_text(stderr, text);
    fputs(" This can't be undone. [y/N] ", stderr);

    if (fgets(answer, sizeof(answer), stdin) != NULL
        && (strcmp(answer, "y\n") == 0 || strcmp(answer, "yes\n") == 0))
    {
        return CHATCTL_OK;
    }

    return chatctl_fail(ctl, CHATCTL_NOT_CONFIRMED, "not_confirmed",
                        "nothing was done");
}
