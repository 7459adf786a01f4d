/* The whole in numbers, the outbox, and the log's epoch. */

#include "chatctl.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MAIL_LOOK       200000000L      /* ns between looks at a mail */

static int wait_for_mail(chatctl_t *ctl, const char *id, long seconds);


int
chatctl_stats(chatctl_t *ctl)
{
    int        rc;
    PGresult  *res;

    res = chatctl_query(ctl, &rc, "SELECT * FROM chat.operator_stats()", 0,
                        NULL);
    if (res == NULL) {
        return rc;
    }

    rc = chatctl_row(ctl, res);
    PQclear(res);

    return rc;
}


int
chatctl_db_size(chatctl_t *ctl)
{
    int        rc;
    PGresult  *res;

    res = chatctl_query(ctl, &rc, "SELECT * FROM chat.operator_db_size()", 0,
                        NULL);
    if (res == NULL) {
        return rc;
    }

    rc = chatctl_rows(ctl, res, "no tables: chatctl migrate");
    PQclear(res);

    return rc;
}


int
chatctl_mail_state(chatctl_t *ctl)
{
    int        rc;
    PGresult  *res;

    res = chatctl_query(ctl, &rc, "SELECT depth AS waiting, "
        "oldest_age::bigint AS oldest_seconds, last_error, "
        "chat.json_time(last_error_at) AS last_error_at "
        "FROM chat.mail_state()", 0, NULL);
    if (res == NULL) {
        return rc;
    }

    rc = chatctl_row(ctl, res);
    PQclear(res);

    return rc;
}


int
chatctl_mail_test(chatctl_t *ctl)
{
    int        rc;
    long       seconds;
    char       id[24];
    PGresult  *res;

    seconds = 30;

    if (chatctl_number(ctl, "wait", 0, 3600, &seconds) != 0) {
        return CHATCTL_USAGE;
    }

    res = chatctl_query(ctl, &rc, "SELECT chat.operator_mail_test($1)", 1,
                        ctl->args);
    if (res == NULL) {
        return rc;
    }

    (void) snprintf(id, sizeof(id), "%s", PQgetvalue(res, 0, 0));
    PQclear(res);

    return wait_for_mail(ctl, id, seconds);
}


/* what a running worker makes of it */

static int
wait_for_mail(chatctl_t *ctl, const char *id, long seconds)
{
    int              rc, done;
    char             verdict[32], error[512];
    time_t           end;
    PGresult        *res;
    const char      *values[1];
    struct timespec  pause;

    values[0] = id;
    end = time(NULL) + seconds;
    pause.tv_sec = 0;
    pause.tv_nsec = MAIL_LOOK;

    do {
        (void) nanosleep(&pause, NULL);

        res = chatctl_query(ctl, &rc, "SELECT verdict, last_error, attempts "
            "FROM chat.operator_mail_look($1::bigint)", 1, values);
        if (res == NULL) {
            return rc;
        }

        done = PQntuples(res) == 0 || !PQgetisnull(res, 0, 0);
        (void) snprintf(verdict, sizeof(verdict), "%s",
                        PQntuples(res) && done ? PQgetvalue(res, 0, 0)
                                               : "waiting");
        (void) snprintf(error, sizeof(error), "%s",
                        PQntuples(res) ? PQgetvalue(res, 0, 1) : "");
        PQclear(res);

        /* a relay that said no is not waited for: it is asked again in 15 s */

    } while (!done && error[0] == '\0' && time(NULL) < end);

    rc = strcmp(verdict, "sent") == 0 || (seconds == 0 && error[0] == '\0')
         ? CHATCTL_OK : CHATCTL_FAILED;

    if (ctl->json || rc == CHATCTL_OK) {
        (void) chatctl_say(ctl, json_pack("{s:I,s:s,s:s?}",
                                          "mail", (json_int_t) atoll(id),
                                          "verdict", verdict, "error",
                                          error[0] ? error : NULL),
                           "mail %s: %s", id,
                           done ? "the relay took it" : "queued");
        return rc;
    }

    if (error[0]) {
        return chatctl_fail(ctl, rc, "mail", "mail %s is %s: %s", id,
                            done ? verdict : "not sent yet", error);
    }

    return chatctl_fail(ctl, rc, "mail", "mail %s still waits: no worker "
                        "takes it. Does nginx run with chat_mail and this "
                        "database?", id);
}


int
chatctl_new_log_epoch(chatctl_t *ctl)
{
    int        rc;
    PGresult  *res;

    rc = chatctl_confirm(ctl, "Let all devices read everything again?");
    if (rc != CHATCTL_OK) {
        return rc;
    }

    res = chatctl_query(ctl, &rc, "SELECT chat.operator_new_log_epoch()", 0,
                        NULL);
    if (res == NULL) {
        return rc;
    }

    rc = chatctl_say(ctl, json_pack("{s:s}", "log_epoch",
                                    PQgetvalue(res, 0, 0)),
                     "the log's epoch is now %s; reload nginx, so that its "
                     "workers ask for it", PQgetvalue(res, 0, 0));
    PQclear(res);

    return rc;
}
