/* The command line: finds the command, connects, runs it. */

#include "chatctl.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>


static const char  usage[] =
    "usage: chatctl [--database CONNINFO] COMMAND\n"
    "\n"
    "  migrate [--sql DIR] [--grant ROLE]\n"
    "                         make or update the schema; safe to repeat.\n"
    "                         ROLE gets what the module needs, and no more\n"
    "  check                  say whether the module would serve this database\n"
    "  new-log-epoch          after a restore that the server can't notice:\n"
    "                         devices read everything again\n"
    "  user list              accounts, newest first, at most 1000\n"
    "  user verify USERNAME   verify a registered account by hand\n"
    "  mail test ADDRESS      queue a test mail\n"
    "  mail state             what waits in the outbox\n"
    "  version\n"
    "\n"
    "CONNINFO is libpq's (\"host=/run/postgresql dbname=chat\"); without it the\n"
    "environment's CHAT_DATABASE, else libpq's own PG* variables.\n"
    "Exit status: 0 done, 1 failed, 2 wrong usage.\n";


void
chatctl_error(const char *format, ...)
{
    va_list  args;

    fputs("chatctl: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}


PGresult *
chatctl_query(chatctl_t *ctl, const char *sql, int n,
    const char *const *values)
{
    PGresult        *res;
    ExecStatusType   status;

    res = PQexecParams(ctl->db, sql, n, NULL, values, NULL, NULL, 0);
    status = PQresultStatus(res);

    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
        chatctl_error("%.*s", (int) strcspn(PQresultErrorMessage(res), "\n"),
                      PQresultErrorMessage(res));
        PQclear(res);
        return NULL;
    }

    return res;
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
        chatctl_error("%s: %s", what, PQresultErrorMessage(res));
        PQclear(res);
        return -1;
    }

    PQclear(res);
    return 0;
}


static void
quiet(void *arg, const char *message)
{
    (void) arg;

    /* "already exists, skipping" tells an operator nothing; warnings do */

    if (strncmp(message, "NOTICE:", 7) != 0) {
        fputs(message, stderr);
    }
}


static int
run(chatctl_t *ctl, int argc, char **argv)
{
    if (strcmp(argv[0], "migrate") == 0 && argc == 1) {
        return chatctl_migrate(ctl);
    }

    if (strcmp(argv[0], "check") == 0) {
        return chatctl_check(ctl, argc, argv);
    }

    if (strcmp(argv[0], "new-log-epoch") == 0) {
        return chatctl_new_log_epoch(ctl, argc, argv);
    }

    if (strcmp(argv[0], "user") == 0) {
        return chatctl_user(ctl, argc, argv);
    }

    if (strcmp(argv[0], "mail") == 0) {
        return chatctl_mail(ctl, argc, argv);
    }

    return CHATCTL_USAGE;
}


int
main(int argc, char **argv)
{
    int          rc, opt;
    chatctl_t    ctl;
    const char  *database;

    static const struct option  options[] = {
        { "database", required_argument, NULL, 'd' },
        { "sql", required_argument, NULL, 's' },
        { "grant", required_argument, NULL, 'g' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 }
    };

    memset(&ctl, 0, sizeof(chatctl_t));
    ctl.sql_dir = CHATCTL_SQL;

    database = getenv("CHAT_DATABASE");

    while ((opt = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        switch (opt) {
        case 'd':
            database = optarg;
            break;
        case 's':
            ctl.sql_dir = optarg;
            break;
        case 'g':
            ctl.grant = optarg;
            break;
        case 'h':
            fputs(usage, stdout);
            return CHATCTL_OK;
        default:
            fputs(usage, stderr);
            return CHATCTL_USAGE;
        }
    }

    argc -= optind;
    argv += optind;

    if (argc == 0) {
        fputs(usage, stderr);
        return CHATCTL_USAGE;
    }

    if (strcmp(argv[0], "version") == 0) {
        puts("chatctl " CHATCTL_VERSION);
        return CHATCTL_OK;
    }

    if (sodium_init() < 0) {
        chatctl_error("no source of random numbers");
        return CHATCTL_FAILED;
    }

    ctl.db = PQconnectdb(database ? database : "");

    if (PQstatus(ctl.db) != CONNECTION_OK) {
        chatctl_error("can't connect: %s", PQerrorMessage(ctl.db));
        PQfinish(ctl.db);
        return CHATCTL_FAILED;
    }

    PQsetNoticeProcessor(ctl.db, quiet, NULL);

    rc = run(&ctl, argc, argv);

    PQfinish(ctl.db);

    if (rc == CHATCTL_USAGE) {
        fputs(usage, stderr);
    }

    return rc;
}
