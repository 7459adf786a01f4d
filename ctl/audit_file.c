/* The operator's stream of audit entries, kept elsewhere, against the database. */

#include "audit.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LINE_SIZE       16384   /* an entry's JSON: its detail has 4 KiB at most */
#define BATCH           1000    /* that chat.audit_compare() takes at once */
#define HASH            64      /* hexadecimal digits */

typedef struct {
    int     n;
    size_t  numbers_len;
    size_t  hashes_len;
    char    numbers[BATCH * 21 + 2];
    char    hashes[BATCH * (HASH + 1) + 2];
} batch_t;

static int take_line(chatctl_t *ctl, const char *file, long line,
    const char *text, batch_t *b);
static int compare(chatctl_t *ctl, batch_t *b, json_t *faults);


/* adds what is wrong to faults; the exit code, said why unless it is CHATCTL_OK */

int
chatctl_audit_compare(chatctl_t *ctl, const char *file, json_t *faults,
    long *lines)
{
    int       rc;
    FILE     *f;
    char      text[LINE_SIZE];
    batch_t  *b;

    b = calloc(1, sizeof(batch_t));
    f = fopen(file, "r");

    if (f == NULL || b == NULL) {
        free(b);

        if (f) {
            fclose(f);
        }

        return chatctl_fail(ctl, CHATCTL_FAILED, "file",
                            "can't read \"%s\": %s", file, strerror(errno));
    }

    rc = CHATCTL_OK;

    for (*lines = 0; rc == CHATCTL_OK && fgets(text, sizeof(text), f); ) {
        rc = take_line(ctl, file, ++*lines, text, b);

        if (rc == CHATCTL_OK && b->n == BATCH) {
            rc = compare(ctl, b, faults);
        }
    }

    if (rc == CHATCTL_OK && ferror(f)) {
        rc = chatctl_fail(ctl, CHATCTL_FAILED, "file", "can't read \"%s\"",
                          file);
    }

    if (rc == CHATCTL_OK && b->n) {
        rc = compare(ctl, b, faults);
    }

    fclose(f);
    free(b);

    return rc;
}


/* from syslog a line begins with what syslog says */

static int
take_line(chatctl_t *ctl, const char *file, long line, const char *text,
    batch_t *b)
{
    size_t       i;
    json_t      *entry;
    json_int_t   number;
    const char  *hash;

    text = strchr(text, '{');
    entry = text ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
    number = json_integer_value(json_object_get(entry, "number"));
    hash = json_string_value(json_object_get(entry, "hash"));

    for (i = 0; hash && i < HASH && isxdigit((unsigned char) hash[i]); i++) {
        /* void */
    }

    if (hash == NULL || i != HASH || hash[i] != '\0' || number < 1) {
        json_decref(entry);
        return chatctl_fail(ctl, CHATCTL_FAILED, "file",
                            "%s, line %ld: no audit entry", file, line);
    }

    b->numbers_len += (size_t) sprintf(b->numbers + b->numbers_len,
                                       "%c%" JSON_INTEGER_FORMAT,
                                       b->n ? ',' : '{', number);
    b->hashes_len += (size_t) sprintf(b->hashes + b->hashes_len, "%c%s",
                                      b->n ? ',' : '{', hash);
    b->n++;
    json_decref(entry);

    return CHATCTL_OK;
}


static int
compare(chatctl_t *ctl, batch_t *b, json_t *faults)
{
    int          rc, row;
    PGresult    *res;
    const char  *values[2];

    b->numbers[b->numbers_len] = '}';
    b->numbers[b->numbers_len + 1] = '\0';
    b->hashes[b->hashes_len] = '}';
    b->hashes[b->hashes_len + 1] = '\0';

    values[0] = b->numbers;
    values[1] = b->hashes;

    res = chatctl_query(ctl, &rc, "SELECT c.number, c.fault, c.explanation "
        "FROM chat.audit_compare($1::bigint[], $2::text[]) c", 2, values);

    if (res == NULL) {
        return rc;
    }

    for (row = 0; row < PQntuples(res); row++) {
        (void) json_array_append_new(faults, json_pack(
            "{s:o,s:n,s:o,s:o}", "number", chatctl_value(res, row, 0),
            "entry", "fault", chatctl_value(res, row, 1),
            "explanation", chatctl_value(res, row, 2)));
    }

    PQclear(res);
    b->n = 0;
    b->numbers_len = 0;
    b->hashes_len = 0;

    return CHATCTL_OK;
}
