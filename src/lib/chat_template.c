/* Mail templates. */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE                     /* memmem() */
#endif

#include <stdio.h>
#include <string.h>

#include "chat_template.h"

#define CHAT_TEMPLATE_NAME_MAX  48      /* bytes of a name told in an error */

typedef struct {
    char           *pos;
    char           *end;
} chat_template_out_t;


static int  chat_template_put(chat_template_out_t *out, const char *s,
    size_t len);
static int  chat_template_value(chat_template_out_t *out, const char *value,
    int html);
static const char *chat_template_find(const chat_template_var_t *vars,
    size_t nvars, const char *name, size_t len);
static const char *chat_template_error(const char *what, const char *name,
    size_t len);


long
chat_template_expand(const char *tmpl, size_t len,
    const chat_template_var_t *vars, size_t nvars, int html, char *out,
    size_t size, const char **error)
{
    size_t                name_len;
    const char           *end, *open, *close, *value;
    chat_template_out_t   o;

    if (size == 0) {
        *error = "the mail is too large";
        return -1;
    }

    o.pos = out;
    o.end = out + size - 1;
    end = tmpl + len;

    for ( ;; ) {
        open = memmem(tmpl, (size_t) (end - tmpl), "{{", 2);

        if (chat_template_put(&o, tmpl,
                              (size_t) ((open == NULL ? end : open) - tmpl))
            != 0)
        {
            *error = "the mail is too large";
            return -1;
        }

        if (open == NULL) {
            break;
        }

        open += 2;
        close = memmem(open, (size_t) (end - open), "}}", 2);

        if (close == NULL) {
            *error = chat_template_error("placeholder is not closed", open,
                                         (size_t) (end - open));
            return -1;
        }

        name_len = (size_t) (close - open);
        value = chat_template_find(vars, nvars, open, name_len);

        if (value == NULL) {
            *error = chat_template_error("unknown placeholder", open,
                                         name_len);
            return -1;
        }

        if (chat_template_value(&o, value, html) != 0) {
            *error = "the mail is too large";
            return -1;
        }

        tmpl = close + 2;
    }

    *o.pos = '\0';
    *error = NULL;

    return (long) (o.pos - out);
}


static int
chat_template_put(chat_template_out_t *out, const char *s, size_t len)
{
    if ((size_t) (out->end - out->pos) < len) {
        return -1;
    }

    if (len != 0) {
        memcpy(out->pos, s, len);
    }

    out->pos += len;

    return 0;
}


static int
chat_template_value(chat_template_out_t *out, const char *value, int html)
{
    size_t       n;
    const char  *escaped;

    if (!html) {
        return chat_template_put(out, value, strlen(value));
    }

    for ( ;; ) {
        n = strcspn(value, "&<>\"'");

        if (chat_template_put(out, value, n) != 0) {
            return -1;
        }

        value += n;

        switch (*value) {

        case '\0':
            return 0;

        case '&':
            escaped = "&amp;";
            break;

        case '<':
            escaped = "&lt;";
            break;

        case '>':
            escaped = "&gt;";
            break;

        case '"':
            escaped = "&quot;";
            break;

        default:
            escaped = "&#39;";
        }

        if (chat_template_put(out, escaped, strlen(escaped)) != 0) {
            return -1;
        }

        value++;
    }
}


static const char *
chat_template_find(const chat_template_var_t *vars, size_t nvars,
    const char *name, size_t len)
{
    size_t  i;

    for (i = 0; i < nvars; i++) {
        if (strlen(vars[i].name) == len && memcmp(vars[i].name, name, len) == 0)
        {
            return vars[i].value;
        }
    }

    return NULL;
}


/* each thread has its own text, good until its next error */

static const char *
chat_template_error(const char *what, const char *name, size_t len)
{
    size_t  i, n;

    static __thread char  text[CHAT_TEMPLATE_NAME_MAX + 64];

    n = (size_t) snprintf(text, 40, "%s: {{", what);

    for (i = 0; i < len && i < CHAT_TEMPLATE_NAME_MAX; i++) {
        text[n++] = (name[i] > 0x20 && name[i] < 0x7f) ? name[i] : '?';
    }

    text[n] = '\0';

    return text;
}
