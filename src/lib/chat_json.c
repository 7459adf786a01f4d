/*
 * Reading JSON by jansson, within our bounds: size and nesting are checked on
 * the bytes beforehand, since jansson recurses up to 2,048 levels.
 */

#include <jansson.h>
#include <sodium.h>

#include "chat_json.h"


static chat_json_t *chat_json_parse_bounded(const char *data, size_t len,
    size_t items, const char **error);
static int  chat_json_shape_ok(const char *data, size_t len, size_t items,
    const char **error);
static const char *chat_json_reason(const json_error_t *error);
static void chat_json_wipe(json_t *json);


chat_json_t *
chat_json_parse(const char *data, size_t len, const char **error)
{
    if (len > CHAT_JSON_MAX_SIZE) {
        *error = "JSON is too large";
        return NULL;
    }

    return chat_json_parse_bounded(data, len, len, error);
}


chat_json_t *
chat_json_parse_large(const char *data, size_t len, const char **error)
{
    if (len <= CHAT_JSON_MAX_SIZE) {
        return chat_json_parse(data, len, error);
    }

    if (len > CHAT_JSON_LARGE_SIZE) {
        *error = "JSON is too large";
        return NULL;
    }

    return chat_json_parse_bounded(data, len, CHAT_JSON_LARGE_ITEMS, error);
}


static chat_json_t *
chat_json_parse_bounded(const char *data, size_t len, size_t items,
    const char **error)
{
    json_t        *json;
    json_error_t   e;

    if (!chat_json_shape_ok(data, len, items, error)) {
        return NULL;
    }

    json = json_loadb(data, len, JSON_REJECT_DUPLICATES, &e);

    if (json == NULL) {
        *error = chat_json_reason(&e);
        return NULL;
    }

    if (!json_is_object(json)) {
        chat_json_free((chat_json_t *) json);
        *error = "JSON is not an object";
        return NULL;
    }

    *error = NULL;

    return (chat_json_t *) json;
}


/* on broken JSON the counts may be off: jansson then refuses it anyway */

static int
chat_json_shape_ok(const char *data, size_t len, size_t items,
    const char **error)
{
    size_t    i, found;
    unsigned  depth, quoted;

    depth = 0;
    quoted = 0;
    found = 0;

    for (i = 0; i < len; i++) {

        if (quoted) {
            if (data[i] == '\\') {
                i++;

            } else if (data[i] == '"') {
                quoted = 0;
            }

            continue;
        }

        switch (data[i]) {

        case '"':
            quoted = 1;
            break;

        case '{':
        case '[':
            if (++depth > CHAT_JSON_MAX_DEPTH) {
                *error = "JSON is nested too deeply";
                return 0;
            }

            found++;
            break;

        case ',':
            found++;
            break;

        case '}':
        case ']':
            if (depth != 0) {
                depth--;
            }

            break;
        }

        if (found > items) {
            *error = "JSON has too many values";
            return 0;
        }
    }

    return 1;
}


/* jansson's own text quotes the input, which may hold a secret */

static const char *
chat_json_reason(const json_error_t *error)
{
    switch (json_error_code(error)) {

    case json_error_out_of_memory:
        return "no memory for JSON";

    case json_error_premature_end_of_input:
        return "JSON ends early";

    case json_error_end_of_input_expected:
        return "JSON is followed by more";

    case json_error_invalid_utf8:
        return "JSON is not valid UTF-8";

    case json_error_duplicate_key:
        return "JSON has a duplicate key";

    case json_error_numeric_overflow:
        return "JSON has a number out of range";

    case json_error_null_character:
    case json_error_null_byte_in_key:
        return "JSON has U+0000 in a string";

    default:
        return "JSON syntax error";
    }
}


void
chat_json_free(chat_json_t *json)
{
    if (json == NULL) {
        return;
    }

    chat_json_wipe((json_t *) json);
    json_decref((json_t *) json);
}


/* recursion is bounded by CHAT_JSON_MAX_DEPTH */

static void
chat_json_wipe(json_t *json)
{
    void    *iter;
    size_t   i;

    switch (json_typeof(json)) {

    case JSON_STRING:
        sodium_memzero((char *) json_string_value(json),
                       json_string_length(json));
        break;

    case JSON_ARRAY:
        for (i = 0; i < json_array_size(json); i++) {
            chat_json_wipe(json_array_get(json, i));
        }

        break;

    case JSON_OBJECT:
        for (iter = json_object_iter(json);
             iter != NULL;
             iter = json_object_iter_next(json, iter))
        {
            chat_json_wipe(json_object_iter_value(iter));
        }

        break;

    default:
        break;
    }
}


chat_json_type_t
chat_json_type(const chat_json_t *json)
{
    switch (json_typeof((const json_t *) json)) {

    case JSON_OBJECT:
        return CHAT_JSON_OBJECT;

    case JSON_ARRAY:
        return CHAT_JSON_ARRAY;

    case JSON_STRING:
        return CHAT_JSON_STRING;

    case JSON_INTEGER:
        return CHAT_JSON_INTEGER;

    case JSON_REAL:
        return CHAT_JSON_REAL;

    case JSON_TRUE:
    case JSON_FALSE:
        return CHAT_JSON_BOOLEAN;

    default:
        return CHAT_JSON_NULL;
    }
}


chat_json_t *
chat_json_get(const chat_json_t *object, const char *key)
{
    return (chat_json_t *) json_object_get((const json_t *) object, key);
}


size_t
chat_json_size(const chat_json_t *container)
{
    const json_t  *json;

    json = (const json_t *) container;

    return json_is_array(json) ? json_array_size(json)
                               : json_object_size(json);
}


chat_json_t *
chat_json_at(const chat_json_t *array, size_t i)
{
    return (chat_json_t *) json_array_get((const json_t *) array, i);
}


const char *
chat_json_string(const chat_json_t *string, size_t *len)
{
    const json_t  *json;

    json = (const json_t *) string;
    *len = json_string_length(json);

    return json_string_value(json);
}


int64_t
chat_json_integer(const chat_json_t *integer)
{
    return json_integer_value((const json_t *) integer);
}


int
chat_json_boolean(const chat_json_t *boolean)
{
    return json_is_true((const json_t *) boolean);
}


void *
chat_json_next(const chat_json_t *object, void *iter)
{
    json_t  *json;

    json = (json_t *) object;

    return iter == NULL ? json_object_iter(json)
                        : json_object_iter_next(json, iter);
}


const char *
chat_json_key(void *iter)
{
    return json_object_iter_key(iter);
}


chat_json_t *
chat_json_value(void *iter)
{
    return (chat_json_t *) json_object_iter_value(iter);
}
