/* Invitations, for chat_registration invite. */

#include "chatctl.h"



#define USES_MAX    10000
#define TTL_MAX     365        /* days */


int
chatctl_invite_create(chatctl_t *ctl)
{
    int          rc;
    long         uses, days;
    char         uses_text[24], days_text[24];
    PGresult    *res;
    const char  *values[3];

    uses = 1;
    days = 7;

    if (chatctl_number(ctl, "uses", 1, USES_MAX, &uses) != 0
        || chatctl_number(ctl, "days", 1, TTL_MAX, &days) != 0)
    {
        return CHATCTL_USAGE;
    }

    (void) snprintf(uses_text, sizeof(uses_text), "%ld", uses);
    (void) snprintf(days_text, sizeof(days_text), "%ld days", days);

    values[0] = uses_text;
    values[1] = days_text;
    values[2] = chatctl_option(ctl, "note");

    res = chatctl_query(ctl, &rc, "SELECT i.id, i.token, i.uses, "
        "chat.json_time(i.expires) AS expires FROM "
        "chat.invitation_create($1::integer, $2::interval, $3) i", 3, values);
    if (res == NULL) {
        return rc;
    }

    rc = chatctl_row(ctl, res);

    if (rc == CHATCTL_OK && !ctl->json) {
        puts("\nThe token is shown this once; only its hash is kept.");
    }

    PQclear(res);

    return rc;
}


int
chatctl_invite_list(chatctl_t *ctl)
{
    int        rc;
    PGresult  *res;

    res = chatctl_query(ctl, &rc, "SELECT i.id, i.uses, i.used, i.valid, "
        "chat.json_time(i.created) AS created, "
        "chat.json_time(i.expires) AS expires, "
        "chat.json_time(i.revoked) AS revoked, i.note "
        "FROM chat.invitation_list() i", 0, NULL);
    if (res == NULL) {
        return rc;
    }

    rc = chatctl_rows(ctl, res, "no invitations");
    PQclear(res);

    return rc;
}


int
chatctl_invite_revoke(chatctl_t *ctl)
{
    int        rc;
    PGresult  *res;

    rc = chatctl_confirm(ctl, "Revoke the invitation %s?", ctl->args[0]);
    if (rc != CHATCTL_OK) {
        return rc;
    }

    res = chatctl_query(ctl, &rc, "SELECT chat.invitation_revoke($1::uuid)", 1,
                        ctl->args);
    if (res == NULL) {
        return rc;
    }

    PQclear(res);

    return chatctl_say(ctl, json_pack("{s:s}", "revoked", ctl->args[0]),
                       "the invitation %s is revoked", ctl->args[0]);
}
