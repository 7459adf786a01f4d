/*
 * chatctl, the operator's command: a blocking client of the database.
 *
 * A command is a row of the table in table.c: its words, arguments, options, texts and
 * function.  Parsing, help, bash completion and the man page's check read that table.
 */

#ifndef CHATCTL_H
#define CHATCTL_H

#include <stddef.h>
#include <stdio.h>

#include <jansson.h>
#include <libpq-fe.h>

#define CHATCTL_VERSION     "0.2.0"

#define CHATCTL_ARGS        4       /* of a command, at most */
#define CHATCTL_OPTIONS     12      /* of a command, at most */

/* exit codes */
typedef enum {
    CHATCTL_OK = 0,
    CHATCTL_FAILED,                 /* it did not happen, or a check found a fault */
    CHATCTL_USAGE,
    CHATCTL_NOT_FOUND,              /* no such account, session, invitation */
    CHATCTL_NO_DATABASE,            /* not reached, or its schema doesn't fit */
    CHATCTL_NOT_CONFIRMED
} chatctl_exit_t;

typedef struct chatctl_s          chatctl_t;
typedef struct chatctl_command_s  chatctl_command_t;

typedef struct {
    const char             *name;           /* without its hyphens */
    const char             *value;          /* what its value is called; NULL: a switch */
    const char             *text;
} chatctl_option_t;

#define CHATCTL_DB          0x01            /* needs the database */
#define CHATCTL_CONFIRM     0x02            /* can't be undone: asks, or takes --yes */

struct chatctl_command_s {
    const char             *group;          /* the first of two words, or NULL */
    const char             *name;
    const char             *args;           /* as usage writes them */
    int                     min;            /* of arguments */
    int                     max;
    unsigned                flags;
    int                   (*run)(chatctl_t *ctl);
    const char             *text;           /* one line */
    const char             *more;           /* what else --help says, or NULL */
    chatctl_option_t        options[CHATCTL_OPTIONS];
};

struct chatctl_s {
    PGconn                    *db;
    const chatctl_command_t   *command;
    const char                *database;    /* as given, or NULL */
    char                      *conninfo;    /* what file: held, to be wiped */
    int                        nargs;
    const char                *args[CHATCTL_ARGS];
    int                        nopts;
    const char                *opt_names[CHATCTL_OPTIONS];
    const char                *opt_values[CHATCTL_OPTIONS];
    unsigned                   json:1;
    unsigned                   yes:1;
    unsigned                   help:1;
};

/* table.c: ends with a row without a name */
extern const chatctl_command_t  chatctl_commands[];
extern const chatctl_option_t   chatctl_globals[];

/* options.c: finds the command and reads its arguments; CHATCTL_OK or CHATCTL_USAGE, said why */
int chatctl_parse(chatctl_t *ctl, int argc, char **argv);
/* an option's value, "" for a switch, NULL when it wasn't given */
const char *chatctl_option(chatctl_t *ctl, const char *name);
/* reads an option that is a number from min to max; -1 said why not, *value stays when it wasn't given */
int chatctl_number(chatctl_t *ctl, const char *name, long min, long max, long *value);

/* help.c */
void chatctl_usage(FILE *out);
void chatctl_help(const chatctl_command_t *command);
int chatctl_help_json(void);
int chatctl_completion(chatctl_t *ctl);

/* database.c */
int chatctl_connect(chatctl_t *ctl);
PGconn *chatctl_open(chatctl_t *ctl, const char *conninfo, const char *dbname);
/*
 * Runs one statement with n text parameters.  NULL after saying what failed, with the exit
 * code in *rc, unless the status is PGRES_TUPLES_OK or PGRES_COMMAND_OK.
 */
PGresult *chatctl_query(chatctl_t *ctl, int *rc, const char *sql, int n, const char *const *values);
/* runs a text of many statements; 0 or -1, having named what (a file) */
int chatctl_script(chatctl_t *ctl, const char *what, const char *sql);
/* a file's first line, or all of it, to be wiped and freed; NULL said why */
char *chatctl_secret(chatctl_t *ctl, const char *path);
void chatctl_wipe(char *secret);
/* asks whether to go on with a command that can't be undone; CHATCTL_OK or CHATCTL_NOT_CONFIRMED */
int chatctl_confirm(chatctl_t *ctl, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* output.c: one value as JSON, or lines for people, without control characters of whatever origin */
int chatctl_rows(chatctl_t *ctl, PGresult *res, const char *none);
int chatctl_row(chatctl_t *ctl, PGresult *res);
/* a sentence, or the object (taken; NULL: no memory) */
int chatctl_say(chatctl_t *ctl, json_t *object, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* returns rc after saying why, as {"error":{"code","message"}} with --json */
int chatctl_fail(chatctl_t *ctl, int rc, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
int chatctl_json(json_t *value);
json_t *chatctl_words(const char *text);
json_t *chatctl_value(PGresult *res, int row, int column);
/* prints text for a terminal, returns the columns it takes; out NULL: only counts */
int chatctl_text(FILE *out, const char *text);

/* migrate.c: brings the database to this release; safe to repeat */
int chatctl_migrate(chatctl_t *ctl);
int chatctl_migrate_from(chatctl_t *ctl, const char *dir, const char *role);
int chatctl_release(chatctl_t *ctl, const char *dir);

/* the commands, by the file of their group */
int chatctl_init(chatctl_t *ctl);
int chatctl_check(chatctl_t *ctl);
int chatctl_new_log_epoch(chatctl_t *ctl);
int chatctl_mail_test(chatctl_t *ctl);
int chatctl_mail_state(chatctl_t *ctl);
int chatctl_user_list(chatctl_t *ctl);
int chatctl_user_show(chatctl_t *ctl);
int chatctl_user_verify(chatctl_t *ctl);
int chatctl_user_suspend(chatctl_t *ctl);
int chatctl_user_reactivate(chatctl_t *ctl);
int chatctl_user_delete(chatctl_t *ctl);
int chatctl_user_reset_factor(chatctl_t *ctl);
int chatctl_session_list(chatctl_t *ctl);
int chatctl_session_revoke(chatctl_t *ctl);
int chatctl_invite_create(chatctl_t *ctl);
int chatctl_invite_list(chatctl_t *ctl);
int chatctl_invite_revoke(chatctl_t *ctl);
int chatctl_audit_tail(chatctl_t *ctl);
int chatctl_audit_verify(chatctl_t *ctl);
int chatctl_stats(chatctl_t *ctl);
int chatctl_db_size(chatctl_t *ctl);
int chatctl_version(chatctl_t *ctl);

/* user.c: the account that words name (id, username or address); NULL said why, *rc */
char *chatctl_account(chatctl_t *ctl, const char *who, char name[256], int *rc);

#endif /* CHATCTL_H */
