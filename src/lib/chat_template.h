/*
 * Mail templates: text with {{name}} placeholders.  In HTML values are escaped.
 */

#ifndef CHAT_TEMPLATE_H
#define CHAT_TEMPLATE_H

#include <stddef.h>

typedef struct {
    const char     *name;
    const char     *value;
} chat_template_var_t;

/*
 * Expands into out (terminated).  Returns the length; -1 if it doesn't fit, or
 * a placeholder is unknown or not closed (*error names it; good until the
 * thread's next error).  html: escape & < > " '.
 */
long chat_template_expand(const char *tmpl, size_t len,
    const chat_template_var_t *vars, size_t nvars, int html, char *out,
    size_t size, const char **error);

#endif /* CHAT_TEMPLATE_H */
