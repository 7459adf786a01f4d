/*
 * The one place that prints: with --json one value on standard output, failures too;
 * else tables and sentences.  What people chose (names, addresses) and what servers say
 * comes to a terminal without control characters.
 */

#include "chatctl.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define COLUMNS_MAX     64      /* of a result */
#define WIDTH_MAX       60      /* columns that one cell makes its column wide */

/* oids of the types that are no text in JSON */
#define TYPE_BOOL       16
#define TYPE_INT8       20
#define TYPE_INT2       21
#define TYPE_INT4       23
#define TYPE_JSON       114
#define TYPE_FLOAT8     701
#define TYPE_JSONB      3802

static void print_text_table(PGresult *res, int n);
static void pad(int n);
static int is_unseen(wchar_t c);


/* for a terminal: what moves its cursor, hides or turns text around is written as a number */

int
chatctl_text(FILE *out, const char *text)
{
    int        width, w;
    size_t     n, left;
    wchar_t    c;
    mbstate_t  state;
    char       escaped[16];

    memset(&state, 0, sizeof(mbstate_t));
    left = strlen(text);
    width = 0;

    while (left) {
        n = mbrtowc(&c, text, left, &state);

        if (n == (size_t) -1 || n == (size_t) -2 || n == 0) {
            memset(&state, 0, sizeof(mbstate_t));
            snprintf(escaped, sizeof(escaped), "\\x%02x",
                     (unsigned) (unsigned char) *text);
            n = 1;

        } else if (is_unseen(c)) {
            snprintf(escaped, sizeof(escaped), "\\u{%x}", (unsigned) c);

        } else {
            w = wcwidth(c);
            width += w > 0 ? w : 0;

            if (out) {
                (void) fwrite(text, 1, n, out);
            }

            text += n;
            left -= n;
            continue;
        }

        width += (int) strlen(escaped);

        if (out) {
            fputs(escaped, out);
        }

        text += n;
        left -= n;
    }

    return width;
}


static int
is_unseen(wchar_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0)
           || (c >= 0x200b && c <= 0x200f)
           || (c >= 0x2028 && c <= 0x202e)
           || (c >= 0x2060 && c <= 0x206f)
           || c == 0xad || c == 0x61c || c == 0xfeff
           || (c >= 0xe0000 && c <= 0xe0fff);
}


int
chatctl_rows(chatctl_t *ctl, PGresult *res, const char *none)
{
    int      row, column;
    json_t  *items, *item;

    if (!ctl->json) {
        if (PQntuples(res) == 0) {
            puts(none);

        } else {
            print_text_table(res, PQnfields(res));
        }

        return CHATCTL_OK;
    }

    items = json_array();

    for (row = 0; row < PQntuples(res); row++) {
        item = json_object();

        for (column = 0; column < PQnfields(res); column++) {
            (void) json_object_set_new(item, PQfname(res, column),
                                       chatctl_value(res, row, column));
        }

        (void) json_array_append_new(items, item);
    }

    return chatctl_json(json_pack("{s:o}", "items", items));
}


int
chatctl_row(chatctl_t *ctl, PGresult *res)
{
    int      column, width, w;
    json_t  *item;

    if (ctl->json) {
        item = json_object();

        for (column = 0; column < PQnfields(res); column++) {
            (void) json_object_set_new(item, PQfname(res, column),
                                       chatctl_value(res, 0, column));
        }

        return chatctl_json(item);
    }

    width = 0;

    for (column = 0; column < PQnfields(res); column++) {
        w = (int) strlen(PQfname(res, column));
        width = w > width ? w : width;
    }

    for (column = 0; column < PQnfields(res); column++) {
        printf("%s", PQfname(res, column));
        pad(width - (int) strlen(PQfname(res, column)) + 2);

        if (PQgetisnull(res, 0, column)) {
            putchar('-');

        } else {
            (void) chatctl_text(stdout, PQgetvalue(res, 0, column));
        }

        putchar('\n');
    }

    return CHATCTL_OK;
}


json_t *
chatctl_value(PGresult *res, int row, int column)
{
    json_t       *value;
    const char   *text;

    if (PQgetisnull(res, row, column)) {
        return json_null();
    }

    text = PQgetvalue(res, row, column);

    switch (PQftype(res, column)) {

    case TYPE_BOOL:
        return json_boolean(text[0] == 't');

    case TYPE_INT2:
    case TYPE_INT4:
    case TYPE_INT8:
        return json_integer(strtoll(text, NULL, 10));

    case TYPE_FLOAT8:
        return json_real(strtod(text, NULL));

    case TYPE_JSON:
    case TYPE_JSONB:
        value = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
        return value ? value : json_null();

    default:
        value = json_string(text);
        return value ? value : json_null();
    }
}


static void
print_text_table(PGresult *res, int n)
{
    int          row, column, w;
    int          width[COLUMNS_MAX];
    const char  *text;

    n = n < COLUMNS_MAX ? n : COLUMNS_MAX;

    for (column = 0; column < n; column++) {
        width[column] = (int) strlen(PQfname(res, column));

        for (row = 0; row < PQntuples(res); row++) {
            w = chatctl_text(NULL, PQgetvalue(res, row, column));

            if (w > width[column]) {
                width[column] = w < WIDTH_MAX ? w : WIDTH_MAX;
            }
        }
    }

    for (row = -1; row < PQntuples(res); row++) {
        for (column = 0; column < n; column++) {

            text = row < 0 ? PQfname(res, column)
                           : PQgetisnull(res, row, column)
                             ? "-" : PQgetvalue(res, row, column);

            w = chatctl_text(stdout, text);

            if (column < n - 1) {
                pad(width[column] - w + 2);
            }
        }

        putchar('\n');
    }
}


static void
pad(int n)
{
    do {
        putchar(' ');
    } while (--n > 0);
}


int
chatctl_say(chatctl_t *ctl, json_t *object, const char *format, ...)
{
    char     text[1024];
    va_list  args;

    if (ctl->json) {
        return chatctl_json(object);
    }

    json_decref(object);

    va_start(args, format);
    (void) vsnprintf(text, sizeof(text), format, args);
    va_end(args);

    (void) chatctl_text(stdout, text);
    putchar('\n');

    return CHATCTL_OK;
}


int
chatctl_fail(chatctl_t *ctl, int rc, const char *code, const char *format, ...)
{
    char     text[2048];
    char    *p;
    size_t   len;
    va_list  args;

    va_start(args, format);
    (void) vsnprintf(text, sizeof(text), format, args);
    va_end(args);

    /* libpq writes several lines */

    for (len = strlen(text); len && text[len - 1] == '\n'; len--) {
        text[len - 1] = '\0';
    }

    for (p = text; *p != '\0'; p++) {
        if (*p == '\n' || *p == '\t') {
            *p = ' ';
        }
    }

    if (ctl->json) {
        (void) chatctl_json(json_pack("{s:{s:s,s:o}}", "error", "code", code,
                                      "message", chatctl_words(text)));
        return rc;
    }

    fputs("chatctl: ", stderr);
    (void) chatctl_text(stderr, text);
    fputc('\n', stderr);

    return rc;
}


/* words of whatever origin: what is no UTF-8 becomes "?" */

json_t *
chatctl_words(const char *text)
{
    char    *copy, *p;
    json_t  *words;

    words = json_string(text);

    if (words || (copy = strdup(text)) == NULL) {
        return words;
    }

    for (p = copy; *p != '\0'; p++) {
        if ((unsigned char) *p >= 0x80) {
            *p = '?';
        }
    }

    words = json_string(copy);
    free(copy);

    return words;
}


/* one value a line, in ASCII, so that nothing in it reaches a terminal as it is; takes it */

int
chatctl_json(json_t *value)
{
    char  *text;

    text = value ? json_dumps(value, JSON_ENSURE_ASCII | JSON_COMPACT
                                     | JSON_ENCODE_ANY)
                 : NULL;
    json_decref(value);

    if (text == NULL) {
        fputs("chatctl: no memory\n", stderr);
        return CHATCTL_FAILED;
    }

    puts(text);
    free(text);

    return CHATCTL_OK;
}
