/* Accounts: finding, showing and ending them. */

#include "chatctl.h"

#include <stdlib.h>
#include <string.h>

static int act(chatctl_t *ctl, const char *sql, const char *question,
    const char *action, const char *done);


/* as "alice (0190…)" in name */

char *
chatctl_account(chatctl_t *ctl, const char *who, char name[256], int *rc)
{
    char      *id;
    PGresult  *res;

    res = chatctl_query(ctl, rc,
        "SELECT a.id, a.username FROM chat.account a "
        "WHERE a.id = chat.operator_account($1)", 1, &who);

    if (res == NULL) {
        return NULL;
    }

    if (PQntuples(res) != 1) {
        PQclear(res);
        *rc = chatctl_fail(ctl, CHATCTL_NOT_FOUND, "not_found",
                           "there is no account \"%s\"", who);
        return NULL;
    }

    (void) snprintf(name, 256, "%s (%s)", PQgetvalue(res, 0, 1),
                    PQgetvalue(res, 0, 0));
    id = strdup(PQgetvalue(res, 0, 0));
    PQclear(res);

    if (id == NULL) {
        *rc = chatctl_fail(ctl, CHATCTL_FAILED, "no_memory", "no memory");
    }

    return id;
}


int
chatctl_user_list(chatctl_t *ctl)
{
    int          rc;
    long         limit;
    char         text[24];
    PGresult    *res;
    const char  *values[4];

    limit = 100;

    if (chatctl_number(ctl, "limit", 1, 10000, &limit) != 0) {
        return CHATCTL_USAGE;
    }

    (void) snprintf(text, sizeof(text), "%ld", limit);

    values[0] = chatctl_option(ctl, "state");
    values[1] = chatctl_option(ctl, "search");
    values[2] = chatctl_option(ctl, "before");
    values[3] = text;

    if (values[0] && strcmp(values[0], "active") != 0
        && strcmp(values[0], "unverified") != 0
        && strcmp(values[0], "suspended") != 0
        && strcmp(values[0], "erased") != 0)
    {
        return chatctl_fail(ctl, CHATCTL_USAGE, "usage",
                            "--state is active, unverified, suspended or "
                            "erased");
    }

    res = chatctl_query(ctl, &rc, "SELECT * FROM "
        "chat.operator_user_list($1, $2, chat.operator_account($3), $4::int)",
        4, values);
    if (res == NULL) {
        return rc;
    }

    rc = chatctl_rows(ctl, res, "no accounts");
    PQclear(res);

    return rc;
}


int
chatctl_user_show(chatctl_t *ctl)
{
    int        rc;
    PGresult  *res;

    res = chatctl_query(ctl, &rc, "SELECT * FROM "
        "chat.operator_user_show(chat.operator_account($1))", 1, ctl->args);
    if (res == NULL) {
        return rc;
    }

    rc = chatctl_row(ctl, res);
    PQclear(res);

    return rc;
}


/* Calls a function of the account's id; question: what is asked before, or NULL. */

static int
act(chatctl_t *ctl, const char *sql, const char *question, const char *action,
    const char *done)
{
    int          rc;
    char        *id, name[256];
    PGresult    *res;
    const char  *values[1];

    id = chatctl_account(ctl, ctl->args[0], name, &rc);
    if (id == NULL) {
        return rc;
    }

    if (question) {
        rc = chatctl_confirm(ctl, "%s %s?", question, name);

        if (rc != CHATCTL_OK) {
            free(id);
            return rc;
        }
    }

    values[0] = id;
    res = chatctl_query(ctl, &rc, sql, 1, values);

    if (res) {
        PQclear(res);
        rc = chatctl_say(ctl, json_pack("{s:s,s:s}", "account", id, "done",
                                        action), "%s %s", name, done);
    }

    free(id);

    return rc;
}


int
chatctl_user_verify(chatctl_t *ctl)
{
    return act(ctl, "SELECT chat.operator_user_verify($1::uuid)", NULL,
               "verify", "is verified");
}


int
chatctl_user_suspend(chatctl_t *ctl)
{
    return act(ctl, "SELECT chat.operator_account_suspend($1::uuid)", NULL,
               "suspend", "is suspended, its devices are signed out");
}


int
chatctl_user_reactivate(chatctl_t *ctl)
{
    return act(ctl, "SELECT chat.operator_account_reactivate($1::uuid)", NULL,
               "reactivate", "may sign in again");
}


int
chatctl_user_delete(chatctl_t *ctl)
{
    if (chatctl_option(ctl, "now")) {
        return act(ctl, "SELECT chat.operator_account_delete($1::uuid, true)",
                   "Erase at once what the server holds of", "delete",
                   "is being erased");
    }

    return act(ctl, "SELECT chat.operator_account_delete($1::uuid, false)",
               "Delete", "delete", "is deleted, and erased when its grace "
               "period is over");
}


int
chatctl_user_reset_factor(chatctl_t *ctl)
{
    return act(ctl, "SELECT chat.operator_reset_factor($1::uuid)",
               "Remove every second factor of", "reset-factor",
               "has no second factor any more");
}
