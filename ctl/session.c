/* Sessions, which are devices: listing and ending them, on every worker at once. */

#include "chatctl.h"

#include <stdlib.h>
#include <string.h>

#define SESSIONS_MAX    1000    /* of one account, in one run */

static int call(chatctl_t *ctl, const char *session);
static int revoke_one(chatctl_t *ctl, const char *session);
static int revoke_all(chatctl_t *ctl, const char *who);
static int done(chatctl_t *ctl, json_t *sessions);


int
chatctl_session_list(chatctl_t *ctl)
{
    int          rc;
    PGresult    *res;
    const char  *values[2];

    values[0] = ctl->args[0];
    values[1] = chatctl_option(ctl, "revoked") ? "t" : "f";

    res = chatctl_query(ctl, &rc, "SELECT * FROM chat.operator_session_list("
        "chat.operator_account($1), $2::boolean)", 2, values);
    if (res == NULL) {
        return rc;
    }

    rc = chatctl_rows(ctl, res, "no devices");
    PQclear(res);

    return rc;
}


int
chatctl_session_revoke(chatctl_t *ctl)
{
    const char  *who;

    who = chatctl_option(ctl, "user");

    if ((who != NULL) == (ctl->nargs == 1)) {
        return chatctl_fail(ctl, CHATCTL_USAGE, "usage",
                            "either a SESSION or --user USER");
    }

    return who ? revoke_all(ctl, who) : revoke_one(ctl, ctl->args[0]);
}


static int
call(chatctl_t *ctl, const char *session)
{
    int          rc;
    PGresult    *res;
    const char  *values[2];

    values[0] = session;
    values[1] = chatctl_option(ctl, "sign-out") ? "t" : "f";

    res = chatctl_query(ctl, &rc, "SELECT chat.operator_session_revoke("
        "$1::uuid, $2::boolean)", 2, values);

    PQclear(res);

    return rc;
}


static int
revoke_one(chatctl_t *ctl, const char *session)
{
    int        rc;
    PGresult  *res;

    res = chatctl_query(ctl, &rc,
        "SELECT s.name, a.username FROM chat.session s "
        "JOIN chat.account a ON a.id = s.account "
        "WHERE s.id::text = lower($1) AND s.revoked IS NULL", 1, &session);
    if (res == NULL) {
        return rc;
    }

    if (PQntuples(res) != 1) {
        PQclear(res);
        return chatctl_fail(ctl, CHATCTL_NOT_FOUND, "not_found",
                            "there is no session \"%s\"", session);
    }

    rc = chatctl_confirm(ctl, "%s the device \"%s\" of %s?",
                         chatctl_option(ctl, "sign-out") ? "Sign out"
                                                         : "Revoke",
                         PQgetvalue(res, 0, 0), PQgetvalue(res, 0, 1));
    PQclear(res);

    if (rc == CHATCTL_OK) {
        rc = call(ctl, session);
    }

    return rc == CHATCTL_OK ? done(ctl, json_pack("[s]", session)) : rc;
}


/* one transaction each: what is locked for a device is given back before the next */

static int
revoke_all(chatctl_t *ctl, const char *who)
{
    int          i, n, rc;
    char        *id, name[256];
    json_t      *sessions;
    PGresult    *res;
    const char  *values[2];

    id = chatctl_account(ctl, who, name, &rc);
    if (id == NULL) {
        return rc;
    }

    values[0] = id;
    values[1] = chatctl_option(ctl, "sign-out") ? "t" : "f";

    res = chatctl_query(ctl, &rc, "SELECT s.id FROM chat.session s "
        "WHERE s.account = $1::uuid AND s.revoked IS NULL "
        "AND (s.token_hash IS NOT NULL OR NOT $2::boolean) "
        "ORDER BY s.created, s.id", 2, values);
    free(id);

    if (res == NULL) {
        return rc;
    }

    n = PQntuples(res);
    n = n < SESSIONS_MAX ? n : SESSIONS_MAX;

    rc = chatctl_confirm(ctl, "%s %d devices of %s?",
                         values[1][0] == 't' ? "Sign out" : "Revoke", n, name);
    sessions = json_array();

    for (i = 0; i < n && rc == CHATCTL_OK; i++) {
        rc = call(ctl, PQgetvalue(res, i, 0));
        (void) json_array_append_new(sessions,
                                     json_string(PQgetvalue(res, i, 0)));
    }

    PQclear(res);

    if (rc != CHATCTL_OK) {
        json_decref(sessions);
        return rc;
    }

    return done(ctl, sessions);
}


static int
done(chatctl_t *ctl, json_t *sessions)
{
    int          n;
    const char  *what;

    n = (int) json_array_size(sessions);
    what = chatctl_option(ctl, "sign-out") ? "signed out" : "revoked";

    return chatctl_say(ctl, json_pack("{s:o,s:b}", "revoked", sessions,
                                      "sign_out", what[0] == 's'),
                       "%d session%s %s", n, n == 1 ? " is" : "s are", what);
}
