/*
 * The text of nginx -T as a tree.  nginx has read it and found it good, so that what is
 * here only has to keep to its grammar, not to judge it.
 */

#include "conf.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#define FILES_MAX       1024
#define DEPTH_MAX       32          /* of blocks and includes */
#define NODES_MAX       100000
#define WORD_MAX        16384
#define FILE_MARK       "# configuration file "

typedef struct {
    const char     *name;
    size_t          name_len;
    const char     *text;
    const char     *end;
} file_t;

typedef struct {
    file_t          files[FILES_MAX];
    int             nfiles;
    int             nodes;
    char            prefix[1024];   /* against which includes are relative */
    const char     *error;
} parser_t;

typedef struct {
    const char     *pos;
    const char     *end;
} cursor_t;

static int split(parser_t *p, const char *text);
static int parse(parser_t *p, cursor_t *c, int depth, chatctl_conf_t ***last);
static int include(parser_t *p, const char *pattern, int depth,
    chatctl_conf_t ***last);
static chatctl_conf_t *directive(parser_t *p, cursor_t *c, char *ended);
static int word(cursor_t *c, char out[WORD_MAX], char *ended);
static int is_mark(const char *line, const char *end);


chatctl_conf_t *
chatctl_conf_read(const char *nginx, const char *file, char *why, size_t size)
{
    int               rc;
    char             *text, *slash;
    cursor_t          c;
    parser_t         *p;
    chatctl_conf_t   *list, **last;

    text = chatctl_conf_dump(nginx, file, why, size);
    if (text == NULL) {
        return NULL;
    }

    p = calloc(1, sizeof(parser_t));
    list = NULL;
    last = &list;
    rc = -1;

    if (p != NULL && split(p, text) == 0) {
        (void) snprintf(p->prefix, sizeof(p->prefix), "%.*s",
                        (int) p->files[0].name_len, p->files[0].name);
        slash = strrchr(p->prefix, '/');

        if (slash) {
            slash[1] = '\0';
        }

        c.pos = p->files[0].text;
        c.end = p->files[0].end;
        rc = parse(p, &c, 0, &last);
    }

    if (rc != 0) {
        (void) snprintf(why, size, "what nginx -T printed can't be read: %s",
                        p && p->error ? p->error : "no memory");
        chatctl_conf_free(list);
        list = NULL;
    }

    sodium_memzero(text, strlen(text));
    free(text);
    free(p);

    return list;
}


void
chatctl_conf_free(chatctl_conf_t *conf)
{
    int              i;
    chatctl_conf_t  *next;

    for ( /* void */ ; conf; conf = next) {
        next = conf->next;
        chatctl_conf_free(conf->children);

        for (i = 0; i < conf->nargs; i++) {
            sodium_memzero(conf->args[i], strlen(conf->args[i]));
            free(conf->args[i]);
        }

        free(conf->args);
        free(conf);
    }
}


/* nginx prints each file once, after a line with its name */

static int
split(parser_t *p, const char *text)
{
    file_t      *f;
    const char  *line, *next, *end;

    end = text + strlen(text);
    f = NULL;

    for (line = text; line < end; line = next) {
        next = memchr(line, '\n', (size_t) (end - line));
        next = next ? next + 1 : end;

        if (!is_mark(line, next)) {
            continue;
        }

        if (f) {
            f->end = line;
        }

        if (p->nfiles == FILES_MAX) {
            p->error = "too many files";
            return -1;
        }

        f = &p->files[p->nfiles++];
        f->name = line + sizeof(FILE_MARK) - 1;
        f->name_len = (size_t) (next - 2 - f->name);
        f->text = next;
        f->end = end;
    }

    if (f == NULL) {
        p->error = "it names no file";
        return -1;
    }

    return 0;
}


/* "# configuration file NAME:" */

static int
is_mark(const char *line, const char *end)
{
    return end - line > (long) sizeof(FILE_MARK) + 1
           && memcmp(line, FILE_MARK, sizeof(FILE_MARK) - 1) == 0
           && end[-1] == '\n' && end[-2] == ':';
}


/* up to the end of the file or of the block */

static int
parse(parser_t *p, cursor_t *c, int depth, chatctl_conf_t ***last)
{
    char              ended;
    chatctl_conf_t   *d, **inner;

    if (depth > DEPTH_MAX) {
        p->error = "too many blocks in one another";
        return -1;
    }

    for ( ;; ) {
        d = directive(p, c, &ended);

        if (d == NULL) {
            return p->error ? -1 : 0;
        }

        if (ended == ';' && strcmp(d->args[0], "include") == 0
            && d->nargs == 2)
        {
            if (include(p, d->args[1], depth, last) != 0) {
                chatctl_conf_free(d);
                return -1;
            }

            chatctl_conf_free(d);
            continue;
        }

        **last = d;
        *last = &d->next;

        if (ended == '{') {
            inner = &d->children;

            if (parse(p, c, depth + 1, &inner) != 0) {
                return -1;
            }
        }
    }
}


static int
include(parser_t *p, const char *pattern, int depth, chatctl_conf_t ***last)
{
    int       i;
    char      path[2048], name[2048];
    cursor_t  c;

    (void) snprintf(path, sizeof(path), "%s%s",
                    pattern[0] == '/' ? "" : p->prefix, pattern);

    for (i = 0; i < p->nfiles; i++) {
        (void) snprintf(name, sizeof(name), "%.*s",
                        (int) p->files[i].name_len, p->files[i].name);

        if (fnmatch(path, name, FNM_PATHNAME | FNM_PERIOD) != 0) {
            continue;
        }

        c.pos = p->files[i].text;
        c.end = p->files[i].end;

        if (parse(p, &c, depth + 1, last) != 0) {
            return -1;
        }
    }

    return 0;
}


/* NULL: the end of the block or file, or p->error */

static chatctl_conf_t *
directive(parser_t *p, cursor_t *c, char *ended)
{
    int              rc;
    char             text[WORD_MAX];
    chatctl_conf_t  *d;

    d = calloc(1, sizeof(chatctl_conf_t));

    if (d == NULL || (d->args = calloc(CHATCTL_CONF_ARGS, sizeof(char *)))
                     == NULL)
    {
        p->error = "no memory";
        free(d);
        return NULL;
    }

    for ( ;; ) {
        rc = word(c, text, ended);

        if (rc == 0) {
            break;
        }

        if (rc < 0 || d->nargs == CHATCTL_CONF_ARGS
            || ++p->nodes > NODES_MAX)
        {
            p->error = "too many words, or one that doesn't end";
            break;
        }

        d->args[d->nargs] = strdup(text);

        if (d->args[d->nargs] == NULL) {
            p->error = "no memory";
            break;
        }

        d->nargs++;
    }

    sodium_memzero(text, sizeof(text));

    if (p->error || d->nargs == 0 || (*ended != ';' && *ended != '{')) {
        chatctl_conf_free(d);
        return NULL;
    }

    return d;
}


/* 1: a word; 0: *ended is ; { } or 0 at the end of the text; -1: it can't be read */

static int
word(cursor_t *c, char out[WORD_MAX], char *ended)
{
    char    quote;
    size_t  len;

    for ( ;; ) {
        while (c->pos < c->end && isspace((unsigned char) *c->pos)) {
            c->pos++;
        }

        if (c->pos == c->end || *c->pos != '#') {
            break;
        }

        while (c->pos < c->end && *c->pos != '\n') {
            c->pos++;
        }
    }

    *ended = c->pos < c->end ? *c->pos : '\0';

    if (*ended == '\0' || strchr(";{}", *ended)) {
        c->pos += *ended != '\0';
        return 0;
    }

    quote = *ended == '"' || *ended == '\'' ? *c->pos++ : '\0';

    for (len = 0; len < WORD_MAX - 1; c->pos++) {

        if (c->pos == c->end) {
            return -1;
        }

        if (quote ? *c->pos == quote
                  : (isspace((unsigned char) *c->pos)
                     || *c->pos == ';'
                     || (*c->pos == '{' && (len == 0
                                            || c->pos[-1] != '$'))))
        {
            c->pos += quote != '\0';
            out[len] = '\0';
            return 1;
        }

        if (*c->pos == '\\' && c->pos + 1 < c->end
            && strchr("\"'\\", c->pos[1]))
        {
            c->pos++;
        }

        out[len++] = *c->pos;
    }

    return -1;
}


const chatctl_conf_t *
chatctl_conf_find(const chatctl_conf_t *list, const char *name)
{
    for ( /* void */ ; list; list = list->next) {
        if (strcmp(list->args[0], name) == 0) {
            return list;
        }
    }

    return NULL;
}


const chatctl_conf_t *
chatctl_conf_below(const chatctl_conf_t *list, const char *name)
{
    const chatctl_conf_t  *found;

    found = chatctl_conf_find(list, name);

    for ( /* void */ ; list && found == NULL; list = list->next) {
        found = chatctl_conf_below(list->children, name);
    }

    return found;
}


const char *
chatctl_conf_option(const chatctl_conf_t *d, const char *name)
{
    int     i;
    size_t  len;

    len = strlen(name);

    for (i = 1; i < d->nargs; i++) {
        if (strncmp(d->args[i], name, len) == 0 && d->args[i][len] == '=') {
            return d->args[i] + len + 1;
        }
    }

    return NULL;
}


long
chatctl_conf_size(const char *text)
{
    long   n;
    char  *end;

    n = strtol(text, &end, 10);

    if (end == text || n < 0 || (end[0] && end[1])) {
        return -1;
    }

    switch (tolower((unsigned char) *end)) {
    case '\0':
        return n;
    case 'k':
        return n * 1024;
    case 'm':
        return n * 1024 * 1024;
    case 'g':
        return n * 1024 * 1024 * 1024;
    default:
        return -1;
    }
}


/* the units that chat's directives are written with */

long
chatctl_conf_msec(const char *text)
{
    long   n;
    char  *end;

    n = strtol(text, &end, 10);

    if (end == text || n < 0) {
        return -1;
    }

    return strcmp(end, "ms") == 0 ? n
           : strcmp(end, "") == 0 || strcmp(end, "s") == 0 ? n * 1000
           : strcmp(end, "m") == 0 ? n * 60000
           : strcmp(end, "h") == 0 ? n * 3600000
           : strcmp(end, "d") == 0 ? n * 86400000 : -1;
}
