/*
 * JSON (RFC 8259) for small control bodies: reading by jansson with our
 * bounds, writing by an append-only writer.  The only header of the room
 * behind which jansson stands.
 */

#ifndef CHAT_JSON_H
#define CHAT_JSON_H

#include <stddef.h>
#include <stdint.h>

#define CHAT_JSON_MAX_SIZE      16384   /* bytes of one control body */
#define CHAT_JSON_MAX_DEPTH     32
#define CHAT_JSON_LARGE_SIZE    589824  /* bytes of one that carries many strings: 101 of 4096 bytes as base64url */
#define CHAT_JSON_LARGE_ITEMS   1024    /* commas and brackets in it: each may cost memory a hundredfold */

typedef struct chat_json_s chat_json_t;         /* a parsed value; borrowed unless said */

typedef enum {
    CHAT_JSON_NULL = 0,
    CHAT_JSON_BOOLEAN,
    CHAT_JSON_INTEGER,
    CHAT_JSON_REAL,
    CHAT_JSON_STRING,
    CHAT_JSON_ARRAY,
    CHAT_JSON_OBJECT
} chat_json_type_t;

/*
 * Parses a whole object.  Refused: duplicate keys, anything but one object,
 * invalid UTF-8, U+0000 in a string or key, integers outside 64 bits, depth or size past the bounds.
 * On failure returns NULL and a static reason in *error.
 */
chat_json_t *chat_json_parse(const char *data, size_t len, const char **error);

/* the same for up to CHAT_JSON_LARGE_SIZE bytes; past CHAT_JSON_MAX_SIZE of at most CHAT_JSON_LARGE_ITEMS */
chat_json_t *chat_json_parse_large(const char *data, size_t len,
    const char **error);

/* wipes the strings in it (they may be secrets) and frees it; NULL is fine */
void chat_json_free(chat_json_t *json);

chat_json_type_t chat_json_type(const chat_json_t *json);
chat_json_t *chat_json_get(const chat_json_t *object, const char *key);         /* NULL: absent */
size_t chat_json_size(const chat_json_t *container);
chat_json_t *chat_json_at(const chat_json_t *array, size_t i);
const char *chat_json_string(const chat_json_t *string, size_t *len);
int64_t chat_json_integer(const chat_json_t *integer);
int chat_json_boolean(const chat_json_t *boolean);

/* walks an object's keys: pass NULL to begin; NULL ends */
void *chat_json_next(const chat_json_t *object, void *iter);
const char *chat_json_key(void *iter);
chat_json_t *chat_json_value(void *iter);

/*
 * The writer.  Appends to [pos, end); when it doesn't fit, sets overflow and
 * writes nothing further: check once, at the end.  Commas are its own affair.
 */
typedef struct {
    char           *start;
    char           *pos;
    char           *end;
    unsigned        overflow:1;
    unsigned        comma:1;        /* the next item needs one */
} chat_json_out_t;

void chat_json_out_init(chat_json_out_t *o, char *buf, size_t size);
void chat_json_open(chat_json_out_t *o, char bracket);                  /* '{' or '[' */
void chat_json_close(chat_json_out_t *o, char bracket);                 /* '}' or ']' */
void chat_json_out_key(chat_json_out_t *o, const char *key);            /* static ASCII, no escapes */
void chat_json_out_string(chat_json_out_t *o, const char *s, size_t len);       /* escapes */
void chat_json_out_integer(chat_json_out_t *o, int64_t n);
void chat_json_out_boolean(chat_json_out_t *o, int yes);
void chat_json_out_null(chat_json_out_t *o);
void chat_json_out_raw(chat_json_out_t *o, const char *json, size_t len);       /* ready JSON */
void chat_json_out_uuid(chat_json_out_t *o, const uint8_t uuid[16]);
void chat_json_out_base64url(chat_json_out_t *o, const uint8_t *data, size_t len);
void chat_json_out_time(chat_json_out_t *o, int64_t unix_usec);         /* RFC 3339, UTC, microseconds */

/* the most bytes that an escaped string of len bytes takes, quotes included */
#define chat_json_string_max(len)   ((len) * 6 + 2)

#endif /* CHAT_JSON_H */
