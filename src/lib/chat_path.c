/* Path templates and query strings. */

#include <string.h>

#include "chat_path.h"


static int  chat_query_decode(char *text, size_t *len);
static int  chat_query_hex(char c);


int
chat_path_match(const char *tmpl, const char *path, size_t len,
    chat_path_param_t params[CHAT_PATH_PARAMS])
{
    int          n;
    const char  *end, *start;

    n = 0;
    end = path + len;

    while (*tmpl != '\0') {

        if (*tmpl != '{') {
            if (path == end || *path != *tmpl) {
                return -1;
            }

            path++;
            tmpl++;
            continue;
        }

        start = path;

        while (path != end && *path != '/') {
            path++;
        }

        tmpl = strchr(tmpl, '}');

        if (path == start || tmpl == NULL || n == CHAT_PATH_PARAMS) {
            return -1;
        }

        tmpl++;
        params[n].data = start;
        params[n].len = (size_t) (path - start);
        n++;
    }

    return path == end ? n : -1;
}


int
chat_query_next(char **pos, char *end, char **name, size_t *name_len,
    char **value, size_t *value_len)
{
    char  *p, *next, *equals;

    p = *pos;

    while (p != end && *p == '&') {
        p++;
    }

    if (p == end) {
        *pos = end;
        return 0;
    }

    next = memchr(p, '&', (size_t) (end - p));

    if (next == NULL) {
        next = end;
    }

    *pos = next;
    *name = p;

    equals = memchr(p, '=', (size_t) (next - p));

    if (equals == NULL) {
        *name_len = (size_t) (next - p);
        *value = next;
        *value_len = 0;

    } else {
        *name_len = (size_t) (equals - p);
        *value = equals + 1;
        *value_len = (size_t) (next - equals - 1);
    }

    if (chat_query_decode(*name, name_len) != 0
        || chat_query_decode(*value, value_len) != 0)
    {
        return -1;
    }

    return 1;
}


static int
chat_query_decode(char *text, size_t *len)
{
    int    high, low;
    char  *in, *out, *end;

    out = text;
    end = text + *len;

    for (in = text; in != end; in++) {

        switch (*in) {

        case '\0':
            return -1;

        case '+':
            *out++ = ' ';
            break;

        case '%':
            if (end - in < 3) {
                return -1;
            }

            high = chat_query_hex(in[1]);
            low = chat_query_hex(in[2]);

            if (high < 0 || low < 0 || (high | low) == 0) {
                return -1;
            }

            *out++ = (char) (high << 4 | low);
            in += 2;
            break;

        default:
            *out++ = *in;
        }
    }

    *len = (size_t) (out - text);

    return 0;
}


static int
chat_query_hex(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }

    c |= 0x20;

    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }

    return -1;
}
