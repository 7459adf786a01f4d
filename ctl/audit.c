/* The audit log: its newest entries, and whether it is whole. */

#include "audit.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FOLLOW_PAUSE    1       /* s between looks for new entries */

static int follow(chatctl_t *ctl, const char *values[5], char last[24]);
static int verdict(chatctl_t *ctl, PGresult *state, json_t *faults, long lines);
static int print_one(chatctl_t *ctl, PGresult *res, int row);


static const char  tail_sql[] =
    "SELECT * FROM chat.operator_audit_tail($1::uuid, $2, $3::bigint, "
    "$4::integer, $5::boolean)";


int
chatctl_audit_tail(chatctl_t *ctl)
{
    int          rc;
    long         limit;
    char        *id, name[256], number[24], last[24];
    PGresult    *res;
    const char  *values[5];

    limit = 20;
    id = NULL;

    if (chatctl_number(ctl, "limit", 1, 10000, &limit) != 0) {
        return CHATCTL_USAGE;
    }

    if (chatctl_option(ctl, "user")) {
        id = chatctl_account(ctl, chatctl_option(ctl, "user"), name, &rc);

        if (id == NULL) {
            return rc;
        }
    }

    (void) snprintf(number, sizeof(number), "%ld", limit);

    values[0] = id;
    values[1] = chatctl_option(ctl, "action");
    values[2] = NULL;
    values[3] = number;
    values[4] = chatctl_option(ctl, "follow") ? "t" : "f";

    res = chatctl_query(ctl, &rc, tail_sql, 5, values);

    if (res && !chatctl_option(ctl, "follow")) {
        rc = chatctl_rows(ctl, res, "no entries");

    } else if (res) {
        (void) strcpy(last, "0");

        for (int row = 0; row < PQntuples(res) && rc == CHATCTL_OK; row++) {
            rc = print_one(ctl, res, row);
            (void) snprintf(last, sizeof(last), "%s", PQgetvalue(res, row, 0));
        }

        if (rc == CHATCTL_OK) {
            rc = follow(ctl, values, last);
        }
    }

    PQclear(res);
    free(id);

    return rc;
}


/* until it is interrupted, or nobody reads any more */

static int
follow(chatctl_t *ctl, const char *values[5], char last[24])
{
    int        rc, row;
    PGresult  *res;

    values[3] = "1000";

    for ( ;; ) {
        values[2] = last;
        res = chatctl_query(ctl, &rc, tail_sql, 5, values);

        if (res == NULL) {
            return rc;
        }

        for (row = 0; row < PQntuples(res); row++) {
            (void) print_one(ctl, res, row);
            (void) snprintf(last, 24, "%s", PQgetvalue(res, row, 0));
        }

        row = PQntuples(res);
        PQclear(res);

        if (fflush(stdout) != 0) {
            return CHATCTL_FAILED;
        }

        if (row == 0) {
            (void) sleep(FOLLOW_PAUSE);
        }
    }
}


/* one entry a line, whose widths don't depend on the others */

static int
print_one(chatctl_t *ctl, PGresult *res, int row)
{
    int      column;
    json_t  *item;

    if (ctl->json) {
        item = json_object();

        for (column = 0; column < PQnfields(res); column++) {
            (void) json_object_set_new(item, PQfname(res, column),
                                       chatctl_value(res, row, column));
        }

        return chatctl_json(item);
    }

    for (column = 0; column < PQnfields(res); column++) {
        if (!PQgetisnull(res, row, column)) {
            printf("%s%s=", column ? " " : "", PQfname(res, column));
            (void) chatctl_text(stdout, PQgetvalue(res, row, column));
        }
    }

    putchar('\n');

    return CHATCTL_OK;
}


int
chatctl_audit_verify(chatctl_t *ctl)
{
    int          rc, row;
    long         lines;
    json_t      *faults;
    PGresult    *res, *state;
    const char  *file;

    state = chatctl_query(ctl, &rc, "SELECT s.entries, s.open, "
        "encode(s.hash, 'hex') AS head FROM chat.audit_state() s", 0, NULL);
    if (state == NULL) {
        return rc;
    }

    res = chatctl_query(ctl, &rc, "SELECT v.number, v.entry, v.fault, "
                        "v.explanation FROM chat.audit_verify() v", 0, NULL);
    if (res == NULL) {
        PQclear(state);
        return rc;
    }

    faults = json_array();

    for (row = 0; row < PQntuples(res); row++) {
        (void) json_array_append_new(faults, json_pack(
            "{s:o,s:o,s:o,s:o}", "number", chatctl_value(res, row, 0),
            "entry", chatctl_value(res, row, 1),
            "fault", chatctl_value(res, row, 2),
            "explanation", chatctl_value(res, row, 3)));
    }

    PQclear(res);

    file = chatctl_option(ctl, "file");
    lines = 0;

    if (file) {
        rc = chatctl_audit_compare(ctl, file, faults, &lines);
    }

    if (rc == CHATCTL_OK) {
        rc = verdict(ctl, state, faults, lines);
    }

    json_decref(faults);
    PQclear(state);

    return rc;
}


static int
verdict(chatctl_t *ctl, PGresult *state, json_t *faults, long lines)
{
    int      whole;
    size_t   i;
    json_t  *fault;

    whole = json_array_size(faults) == 0;

    if (ctl->json) {
        (void) chatctl_json(json_pack(
            "{s:b,s:o,s:o,s:o,s:I,s:O}", "whole", whole,
            "entries", chatctl_value(state, 0, 0),
            "unsealed", chatctl_value(state, 0, 1),
            "head", chatctl_value(state, 0, 2),
            "compared", (json_int_t) lines, "faults", faults));

        return whole ? CHATCTL_OK : CHATCTL_FAILED;
    }

    json_array_foreach(faults, i, fault) {
        printf("%" JSON_INTEGER_FORMAT " ",
               json_integer_value(json_object_get(fault, "number")));
        (void) chatctl_text(stdout, json_string_value(
                                        json_object_get(fault, "fault")));
        fputs(": ", stdout);
        (void) chatctl_text(stdout, json_string_value(
                                        json_object_get(fault, "explanation")));
        putchar('\n');
    }

    if (!whole) {
        return chatctl_fail(ctl, CHATCTL_FAILED, "not_whole",
                            "the audit log isn't as it was written: %zu faults",
                            json_array_size(faults));
    }

    printf("the audit log is whole: %s sealed entries, %s that wait for it, "
           "%ld compared, head %s\n", PQgetvalue(state, 0, 0),
           PQgetvalue(state, 0, 1), lines, PQgetvalue(state, 0, 2));

    return CHATCTL_OK;
}
