/* The small commands: accounts, mail, the log's epoch, the check. */

#include "chatctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

static int user_verify(chatctl_t *ctl, const char *username);
static int user_list(chatctl_t *ctl);
static void print_rows(PGresult *res);


int
chatctl_new_log_epoch(chatctl_t *ctl, int argc, char **argv)
{
    PGresult  *res;

    (void) argv;

    if (argc != 1) {
        return CHATCTL_USAGE;
    }

    res = chatctl_query(ctl, "UPDATE chat.meta SET log_epoch = "
                             "gen_random_uuid() RETURNING log_epoch", 0, NULL);
    if (res == NULL) {
        return CHATCTL_FAILED;
    }

    printf("the log's epoch is now %s\n"
           "reload nginx, so that its workers ask for it\n",
           PQntuples(res) ? PQgetvalue(res, 0, 0) : "unset");
    PQclear(res);

    return CHATCTL_OK;
}


int
chatctl_user(chatctl_t *ctl, int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "list") == 0) {
        return user_list(ctl);
    }

    if (argc == 3 && strcmp(argv[1], "verify") == 0) {
        return user_verify(ctl, argv[2]);
    }

    return CHATCTL_USAGE;
}


static int
user_list(chatctl_t *ctl)
{
    PGresult  *res;

    res = chatctl_query(ctl,
        "SELECT a.id, a.username, a.email, a.state, "
        "       to_char(a.created AT TIME ZONE 'UTC', "
        "               'YYYY-MM-DD HH24:MI:SS') AS created, "
        "       (SELECT count(*) FROM chat.session s "
        "        WHERE s.account = a.id AND s.revoked IS NULL) AS sessions "
        "FROM chat.account a WHERE NOT a.shadow "
        "ORDER BY a.created DESC LIMIT 1000", 0, NULL);
    if (res == NULL) {
        return CHATCTL_FAILED;
    }

    print_rows(res);
    PQclear(res);

    return CHATCTL_OK;
}


static int
user_verify(chatctl_t *ctl, const char *username)
{
    PGresult  *res;

    res = chatctl_query(ctl, "SELECT chat.account_verify_by_hand($1)", 1,
                        &username);
    if (res == NULL) {
        return CHATCTL_FAILED;
    }

    PQclear(res);
    printf("%s is verified\n", username);

    return CHATCTL_OK;
}


int
chatctl_mail(chatctl_t *ctl, int argc, char **argv)
{
    PGresult    *res;
    const char  *address;

    if (argc == 2 && strcmp(argv[1], "state") == 0) {
        res = chatctl_query(ctl, "SELECT * FROM chat.mail_state()", 0, NULL);

    } else if (argc == 3 && strcmp(argv[1], "test") == 0) {
        address = argv[2];
        res = chatctl_query(ctl, "SELECT chat.mail_queue(NULL, 'test', $1, "
                                 "'{}', NULL) AS queued", 1, &address);

    } else {
        return CHATCTL_USAGE;
    }

    if (res == NULL) {
        return CHATCTL_FAILED;
    }

    print_rows(res);
    PQclear(res);

    return CHATCTL_OK;
}


int
chatctl_check(chatctl_t *ctl, int argc, char **argv)
{
    int        i, failed;
    PGresult  *res;

    static const char *const  wanted[][3] = {
        { "server_encoding", "UTF8", "make the database with "
          "createdb --encoding=UTF8 --template=template0" },
        { "fsync", "on", "a crash of the machine would lose messages" },
        { "synchronous_commit", "on",
          "a crash would lose acknowledged messages" },
        { "full_page_writes", "on",
          "a crash of the machine would damage the database" }
    };

    (void) argv;

    if (argc != 1) {
        return CHATCTL_USAGE;
    }

    failed = 0;

    for (i = 0; i < (int) (sizeof(wanted) / sizeof(wanted[0])); i++) {
        res = chatctl_query(ctl, "SELECT current_setting($1)", 1,
                            &wanted[i][0]);
        if (res == NULL) {
            return CHATCTL_FAILED;
        }

        if (strcmp(PQgetvalue(res, 0, 0), wanted[i][1]) != 0) {
            printf("%s is %s: %s\n", wanted[i][0], PQgetvalue(res, 0, 0),
                   wanted[i][2]);
            failed = 1;
        }

        PQclear(res);
    }

    res = chatctl_query(ctl, "SELECT version, runs_from, log_epoch "
                             "FROM chat.meta", 0, NULL);
    if (res == NULL) {
        chatctl_error("the schema is missing: chatctl migrate");
        return CHATCTL_FAILED;
    }

    if (PQntuples(res) == 1) {
        printf("schema version %s, for modules from %s on, log epoch %s\n",
               PQgetvalue(res, 0, 0), PQgetvalue(res, 0, 1),
               PQgetvalue(res, 0, 2));

    } else {
        printf("the schema is incomplete: chatctl migrate\n");
        failed = 1;
    }

    PQclear(res);

    if (!failed) {
        printf("the module would serve this database\n");
    }

    return failed ? CHATCTL_FAILED : CHATCTL_OK;
}


static void
print_rows(PGresult *res)
{
    PQprintOpt  opt;

    memset(&opt, 0, sizeof(PQprintOpt));
    opt.header = 1;
    opt.align = 1;
    opt.fieldSep = (char *) "|";

    PQprint(stdout, res, &opt);
}
