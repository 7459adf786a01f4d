/* nginx's configuration as a tree, its includes in their places. */

#ifndef CHATCTL_CONF_H
#define CHATCTL_CONF_H

#include <stddef.h>

#define CHATCTL_CONF_ARGS   64      /* words of a directive, itself included */

typedef struct chatctl_conf_s  chatctl_conf_t;

struct chatctl_conf_s {
    int                  nargs;
    char               **args;      /* args[0] is the directive */
    chatctl_conf_t      *children;  /* of a block */
    chatctl_conf_t      *next;
};

/*
 * Asks nginx itself (nginx -T) what it reads.  NULL with why set, in one line; to be freed.
 * What it holds may be secret: it is wiped when it is freed.
 */
chatctl_conf_t *chatctl_conf_read(const char *nginx, const char *file, char *why, size_t size);
void chatctl_conf_free(chatctl_conf_t *conf);

/* conf_run.c: what nginx -T prints, to be wiped and freed */
char *chatctl_conf_dump(const char *nginx, const char *file, char *why, size_t size);

/* the first of that name among these and, below any block, those; NULL */
const chatctl_conf_t *chatctl_conf_find(const chatctl_conf_t *list, const char *name);
const chatctl_conf_t *chatctl_conf_below(const chatctl_conf_t *list, const char *name);
/* the value of name=value among a directive's words, or NULL */
const char *chatctl_conf_option(const chatctl_conf_t *directive, const char *name);
/* "16m" in bytes, "5s" in milliseconds, as nginx reads them; -1: it isn't one */
long chatctl_conf_size(const char *text);
long chatctl_conf_msec(const char *text);

#endif /* CHATCTL_CONF_H */
