/* What is taken can be written again, and reads the same; all of it is within the bounds. */

#include "fuzz.h"

#include "chat_json.h"
#include "chat_utf8.h"


static void
write_value(chat_json_out_t *o, const chat_json_t *json, unsigned depth)
{
    void        *iter;
    size_t       i, len;
    const char  *s;

    /* the object itself is at 1, and what the deepest container holds one below */

    promise(depth <= CHAT_JSON_MAX_DEPTH + 1);

    switch (chat_json_type(json)) {

    case CHAT_JSON_NULL:
    case CHAT_JSON_REAL:
        chat_json_out_null(o);
        break;

    case CHAT_JSON_BOOLEAN:
        chat_json_out_boolean(o, chat_json_boolean(json));
        break;

    case CHAT_JSON_INTEGER:
        chat_json_out_integer(o, chat_json_integer(json));
        chat_json_out_time(o, chat_json_integer(json));
        break;

    case CHAT_JSON_STRING:
        s = chat_json_string(json, &len);
        promise(chat_utf8_length(s, len) >= 0);
        promise(memchr(s, '\0', len) == NULL);
        chat_json_out_string(o, s, len);
        break;

    case CHAT_JSON_ARRAY:
        chat_json_open(o, '[');

        for (i = 0; i < chat_json_size(json); i++) {
            write_value(o, chat_json_at(json, i), depth + 1);
        }

        chat_json_close(o, ']');
        break;

    case CHAT_JSON_OBJECT:
        chat_json_open(o, '[');

        for (iter = chat_json_next(json, NULL);
             iter != NULL;
             iter = chat_json_next(json, iter))
        {
            promise(chat_json_get(json, chat_json_key(iter))
                    == chat_json_value(iter));
            chat_json_out_string(o, chat_json_key(iter),
                                 strlen(chat_json_key(iter)));
            write_value(o, chat_json_value(iter), depth + 1);
        }

        chat_json_close(o, ']');
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    char             *copy, *buf;
    size_t            size;
    const char       *error;
    chat_json_t      *json;
    chat_json_out_t   o;

    copy = fuzz_copy(data, len);
    error = NULL;
    json = chat_json_parse(copy, len, &error);
    free(copy);

    if (json == NULL) {
        promise(error != NULL);
        return 0;
    }

    promise(len <= CHAT_JSON_MAX_SIZE);
    promise(chat_json_type(json) == CHAT_JSON_OBJECT);

    /* half the time too small a buffer */

    size = len % 2 ? len / 2 : len * 40 + 64;
    buf = malloc(size + 1);
    promise(buf != NULL);

    chat_json_out_init(&o, buf, size);
    chat_json_open(&o, '{');
    chat_json_out_key(&o, "v");
    write_value(&o, json, 1);
    chat_json_close(&o, '}');
    chat_json_free(json);

    promise(o.pos >= buf && o.pos <= buf + size);

    if (!o.overflow && (size_t) (o.pos - buf) <= CHAT_JSON_MAX_SIZE) {
        json = chat_json_parse(buf, (size_t) (o.pos - buf), &error);
        promise(json != NULL
                || strcmp(error, "JSON is nested too deeply") == 0);
        chat_json_free(json);
    }

    free(buf);

    return 0;
}
