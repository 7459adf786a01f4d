/* chatctl, the operator's command: a blocking client of the database. */

#ifndef CHATCTL_H
#define CHATCTL_H

#include <libpq-fe.h>

#define CHATCTL_VERSION     "0.1.0"

/* exit codes */
#define CHATCTL_OK          0
#define CHATCTL_FAILED      1       /* what was asked for did not happen; standard error says why */
#define CHATCTL_USAGE       2

typedef struct {
    PGconn         *db;
    const char     *sql_dir;        /* of migrate */
    const char     *grant;          /* of migrate: the role that the module connects as, or NULL */
} chatctl_t;

/* migrate.c: brings the database to this release; safe to repeat */
int chatctl_migrate(chatctl_t *ctl);

/* commands.c; argv[0] is the command's own name */
int chatctl_new_log_epoch(chatctl_t *ctl, int argc, char **argv);
int chatctl_mail(chatctl_t *ctl, int argc, char **argv);
int chatctl_user(chatctl_t *ctl, int argc, char **argv);
int chatctl_check(chatctl_t *ctl, int argc, char **argv);

/*
 * Runs one statement with n text parameters.  NULL after saying what failed, unless
 * the status is PGRES_TUPLES_OK or PGRES_COMMAND_OK.
 */
PGresult *chatctl_query(chatctl_t *ctl, const char *sql, int n, const char *const *values);

/* runs a text of many statements; 0 or -1, having named what (a file) */
int chatctl_script(chatctl_t *ctl, const char *what, const char *sql);

void chatctl_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif /* CHATCTL_H */
