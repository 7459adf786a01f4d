/* Matching a request's path against a template such as "conversations/{id}/entries". */

#ifndef CHAT_PATH_H
#define CHAT_PATH_H

#include <stddef.h>

#define CHAT_PATH_PARAMS        4

typedef struct {
    const char     *data;           /* inside the path, still as it came */
    size_t          len;
} chat_path_param_t;

/*
 * path: what follows ".../v1/", decoded by nginx, without the query.
 * Literals match exactly; "{name}" matches one non-empty segment.
 * Returns how many parameters were set, in order, or -1: no match.
 */
int chat_path_match(const char *tmpl, const char *path, size_t len,
    chat_path_param_t params[CHAT_PATH_PARAMS]);

/*
 * Walks a query string, "a=1&b=2" with percent-encoding and '+' (WHATWG
 * application/x-www-form-urlencoded).  Each call decodes the next pair in place.
 * 1: a pair; 0: the end; -1: a bad escape or U+0000.
 */
int chat_query_next(char **pos, char *end, char **name, size_t *name_len,
    char **value, size_t *value_len);

#endif /* CHAT_PATH_H */
