/* A path against templates, a query, and the grammars that paths and bodies feed. */

#include "fuzz.h"

#include <strings.h>

#include "chat_path.h"
#include "chat_template.h"
#include "chat_text.h"
#include "chat_utf8.h"
#include "chat_valid.h"

static const char  *templates[] = {
    "server", "health/live", "conversations/{id}", "{a}/{b}/{c}/{d}",
    "conversations/{id}/entries/{seq}", "{a}/{b}/{c}/{d}/{e}", "", "{x}"
};


static void
paths(const char *path, size_t len)
{
    int                 n, j;
    size_t              i;
    chat_path_param_t   params[CHAT_PATH_PARAMS];

    for (i = 0; i < sizeof(templates) / sizeof(templates[0]); i++) {
        n = chat_path_match(templates[i], path, len, params);
        promise(n >= -1 && n <= CHAT_PATH_PARAMS);

        for (j = 0; j < n; j++) {
            promise(params[j].len != 0 && params[j].data >= path
                    && params[j].data + params[j].len <= path + len);
            promise(memchr(params[j].data, '/', params[j].len) == NULL);
        }
    }
}


static void
queries(char *query, size_t len)
{
    int      rc;
    char    *pos, *end, *name, *value;
    size_t   name_len, value_len, pairs;

    pos = query;
    end = query + len;
    pairs = 0;

    do {
        rc = chat_query_next(&pos, end, &name, &name_len, &value, &value_len);

        if (rc == 1) {
            promise(name >= query && name + name_len <= end);
            promise(value >= query && value + value_len <= end);
            promise(memchr(name, '\0', name_len) == NULL);
            promise(memchr(value, '\0', value_len) == NULL);
            promise(++pairs <= len);
        }

    } while (rc == 1);
}


static void
grammars(const char *s, size_t len)
{
    char        key[CHAT_EMAIL_MAX];
    long        n;
    uint8_t    *bytes, uuid[16];
    char       *text, again[CHAT_UUID_LEN];

    static const char *const  context[] = { "ngx_chat", "ann@example.org" };

    if (chat_valid_email(s, len) == 0) {
        promise(len <= CHAT_EMAIL_MAX);
        promise(memchr(s, '\r', len) == NULL && memchr(s, '\n', len) == NULL);
        promise(memchr(s, '>', len) == NULL && memchr(s, ' ', len) == NULL);
        chat_email_key(s, len, key);
    }

    if (chat_valid_username(s, len) == 0) {
        promise(len >= 3 && len <= CHAT_USERNAME_MAX);
    }

    if (chat_valid_name(s, len, CHAT_DISPLAY_NAME_MAX) == 0) {
        promise(chat_utf8_length(s, len) <= CHAT_DISPLAY_NAME_MAX);
    }

    (void) chat_password_weak(s, len, context, 2);

    bytes = malloc(len + 1);
    text = malloc(chat_base64url_len(len) + 1);
    promise(bytes != NULL && text != NULL);
    n = chat_base64url_decode(s, len, bytes, len);

    /* there is one text for some bytes only */

    if (n >= 0) {
        promise(chat_base64url_encode(bytes, (size_t) n, text) == len);
        promise(memcmp(text, s, len) == 0);
    }

    free(bytes);
    free(text);

    if (chat_uuid_parse(s, len, uuid) == 0) {
        chat_uuid_format(uuid, again);
        promise(strncasecmp(again, s, CHAT_UUID_LEN) == 0);
    }
}


static void
mail(const char *s, size_t len)
{
    long         n;
    char         out[256];
    const char  *error;

    static const chat_template_var_t  vars[] = { { "a", "<&>" }, { "b", "" } };

    n = chat_template_expand(s, len, vars, 2, (int) (len & 1), out,
                             sizeof(out), &error);
    promise(n < 0 ? error != NULL : (n < 256 && out[n] == '\0'));
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    char  *copy;

    copy = fuzz_copy(data, len);
    paths(copy, len);
    grammars(copy, len);
    mail(copy, len);
    queries(copy, len);
    free(copy);

    return 0;
}
