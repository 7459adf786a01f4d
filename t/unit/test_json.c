/* JSON bodies: what is taken, what is refused, what is written. */

#include "test.h"

#include <time.h>

#include "chat_json.h"


static void
refused(const char *s, size_t len, const char *reason)
{
    char         *exact;
    const char   *error;
    chat_json_t  *json;

    /* a block of its own size, so that the sanitizer sees reads past it */

    exact = malloc(len + (len == 0));
    memcpy(exact, s, len);
    error = NULL;
    json = chat_json_parse(exact, len, &error);
    free(exact);

    assert_null(json);
    assert_non_null(error);

    if (strstr(error, reason) == NULL) {
        fail_msg("%.40s: \"%s\", not \"%s\"", s, error, reason);
    }
}

#define refuse(s, reason)   refused(s, sizeof(s) - 1, reason)


static chat_json_t *
taken(const char *s)
{
    const char   *error;
    chat_json_t  *json;

    error = "";
    json = chat_json_parse(s, strlen(s), &error);

    if (json == NULL) {
        fail_msg("%s: %s", s, error);
    }

    return json;
}


static void
test_values(void **state)
{
    size_t        len;
    const char   *s;
    chat_json_t  *json, *list;

    json = taken(" { \"s\": \"a\\u00e9\\n\", \"i\": -9223372036854775808,"
                 " \"j\": 9223372036854775807, \"r\": 1.5, \"t\": true,"
                 " \"f\": false, \"n\": null, \"a\": [1, [], {}], \"o\": {} } ");

    s = chat_json_string(chat_json_get(json, "s"), &len);
    assert_int_equal(len, 4);
    assert_memory_equal(s, "a\xc3\xa9\n", 4);
    assert_true(chat_json_integer(chat_json_get(json, "i")) == INT64_MIN);
    assert_true(chat_json_integer(chat_json_get(json, "j")) == INT64_MAX);
    assert_int_equal(chat_json_type(chat_json_get(json, "r")), CHAT_JSON_REAL);
    assert_true(chat_json_boolean(chat_json_get(json, "t")));
    assert_false(chat_json_boolean(chat_json_get(json, "f")));
    assert_int_equal(chat_json_type(chat_json_get(json, "n")), CHAT_JSON_NULL);
    assert_null(chat_json_get(json, "absent"));

    list = chat_json_get(json, "a");
    assert_int_equal(chat_json_type(list), CHAT_JSON_ARRAY);
    assert_int_equal(chat_json_size(list), 3);
    assert_int_equal(chat_json_integer(chat_json_at(list, 0)), 1);
    assert_int_equal(chat_json_type(chat_json_at(list, 2)), CHAT_JSON_OBJECT);
    assert_null(chat_json_at(list, 3));
    assert_int_equal(chat_json_size(chat_json_get(json, "o")), 0);

    chat_json_free(json);
    chat_json_free(NULL);
}


static void
test_walk(void **state)
{
    int           seen;
    void         *iter;
    chat_json_t  *json;

    json = taken("{\"a\":1,\"b\":2,\"c\":4}");
    seen = 0;

    for (iter = chat_json_next(json, NULL);
         iter != NULL;
         iter = chat_json_next(json, iter))
    {
        assert_int_equal(chat_json_integer(chat_json_value(iter)),
                         1 << (chat_json_key(iter)[0] - 'a'));
        seen += (int) chat_json_integer(chat_json_value(iter));
    }

    assert_int_equal(seen, 7);
    chat_json_free(json);
}


static void
test_only_one_object(void **state)
{
    refuse("", "ends early");
    refuse("{", "ends early");
    refuse("[]", "not an object");
    refuse("\"a\"", "syntax");
    refuse("1", "syntax");
    refuse("null", "syntax");
    refuse("{}{}", "followed by more");
    refuse("{} x", "followed by more");
    refuse("\xef\xbb\xbf{}", "");
    refuse("{\"a\":1,}", "syntax");
    refuse("{'a':1}", "syntax");
    refuse("{\"a\":01}", "syntax");
    refuse("{\"a\":+1}", "syntax");
    refuse("{\"a\":NaN}", "syntax");
    refuse("{\"a\":1.}", "syntax");
    refuse("{\"a\":\"\t\"}", "");
    refuse("{\"a\" 1}", "syntax");
    refuse("{}\0", "");
}


static void
test_duplicate_keys(void **state)
{
    refuse("{\"a\":1,\"a\":1}", "duplicate key");
    refuse("{\"x\":{\"a\":1,\"\\u0061\":2}}", "duplicate key");
}


static void
test_strings_are_whole_text(void **state)
{
    refuse("{\"a\":\"\\u0000\"}", "U+0000");
    refuse("{\"a\\u0000b\":1}", "U+0000");
    refuse("{\"a\":\"\xff\"}", "UTF-8");
    refuse("{\"a\":\"\xc0\x80\"}", "UTF-8");
    refuse("{\"a\":\"\xed\xa0\x80\"}", "UTF-8");
    refuse("{\"a\":\"\\ud800\"}", "");
    refuse("{\"a\":\"\\udc00\\ud800\"}", "");
}


static void
test_numbers_have_bounds(void **state)
{
    refuse("{\"a\":9223372036854775808}", "out of range");
    refuse("{\"a\":-9223372036854775809}", "out of range");
    refuse("{\"a\":1e999}", "out of range");
}


static void
test_depth_is_bounded(void **state)
{
    int           depth;
    char          s[4 * CHAT_JSON_MAX_DEPTH + 16], *p;
    const char   *error;
    chat_json_t  *json;

    for (depth = CHAT_JSON_MAX_DEPTH - 1; depth <= CHAT_JSON_MAX_DEPTH;
         depth++)
    {
        p = s + sprintf(s, "{\"a\":");
        memset(p, '[', (size_t) depth);
        memset(p + depth, ']', (size_t) depth);
        strcpy(p + 2 * depth, "}");

        json = chat_json_parse(s, strlen(s), &error);

        if (depth < CHAT_JSON_MAX_DEPTH) {
            assert_non_null(json);
            chat_json_free(json);

        } else {
            assert_null(json);
            assert_string_equal(error, "JSON is nested too deeply");
        }
    }

    /* brackets inside a string are no depth */

    p = s + sprintf(s, "{\"a\":\"\\\"");
    memset(p, '[', CHAT_JSON_MAX_DEPTH + 2);
    strcpy(p + CHAT_JSON_MAX_DEPTH + 2, "\"}");
    chat_json_free(taken(s));
}


static void
test_size_is_bounded(void **state)
{
    char         *s;
    const char   *error;
    chat_json_t  *json;

    s = malloc(CHAT_JSON_MAX_SIZE + 1);
    memset(s, ' ', CHAT_JSON_MAX_SIZE + 1);
    memcpy(s, "{}", 2);

    json = chat_json_parse(s, CHAT_JSON_MAX_SIZE, &error);
    assert_non_null(json);
    chat_json_free(json);

    assert_null(chat_json_parse(s, CHAT_JSON_MAX_SIZE + 1, &error));
    assert_string_equal(error, "JSON is too large");
    free(s);
}


/* a large body is for long strings, not for many values */

static void
test_large_bodies_hold_few_values(void **state)
{
    char         *s;
    size_t        len, i;
    const char   *error;
    chat_json_t  *json;

    len = CHAT_JSON_LARGE_SIZE;
    s = malloc(len + 1);
    memset(s, 'A', len + 1);
    memcpy(s, "{\"a\":\"", 6);
    memcpy(s + len - 2, "\"}", 2);

    json = chat_json_parse_large(s, len, &error);
    assert_non_null(json);
    chat_json_free(json);
    assert_null(chat_json_parse(s, len, &error));

    s[len - 2] = 'A';
    memcpy(s + len - 1, "\"}", 2);
    assert_null(chat_json_parse_large(s, len + 1, &error));
    assert_string_equal(error, "JSON is too large");

    /* one object and one array, the rest commas */
    len = CHAT_JSON_MAX_SIZE + 16;
    memset(s, ' ', len);
    memcpy(s, "{\"a\":[0", 7);
    for (i = 0; i < CHAT_JSON_LARGE_ITEMS - 2; i++) {
        memcpy(s + 7 + 2 * i, ",0", 2);
    }
    memcpy(s + 7 + 2 * i, "]}", 2);
    json = chat_json_parse_large(s, len, &error);
    assert_non_null(json);
    chat_json_free(json);

    memcpy(s + 7 + 2 * i, ",0]}", 4);
    assert_null(chat_json_parse_large(s, len, &error));
    assert_string_equal(error, "JSON has too many values");

    /* a small one may have as many as fit */
    json = chat_json_parse_large(s, CHAT_JSON_MAX_SIZE, &error);
    assert_non_null(json);
    chat_json_free(json);
    free(s);
}


static void
test_an_error_quotes_no_input(void **state)
{
    const char  *error, *s;

    s = "{\"password\":\"correct horse\" x}";
    assert_null(chat_json_parse(s, strlen(s), &error));
    assert_null(strstr(error, "horse"));
}


static void
test_writer(void **state)
{
    char             buf[1024];
    uint8_t          uuid[16] = { 0x01, 0x9a, 0xff };
    chat_json_out_t  o;

    chat_json_out_init(&o, buf, sizeof(buf));
    chat_json_open(&o, '{');
    chat_json_out_key(&o, "list");
    chat_json_open(&o, '[');
    chat_json_out_integer(&o, INT64_MIN);
    chat_json_out_integer(&o, INT64_MAX);
    chat_json_out_integer(&o, 0);
    chat_json_open(&o, '{');
    chat_json_close(&o, '}');
    chat_json_out_boolean(&o, 1);
    chat_json_out_boolean(&o, 0);
    chat_json_out_null(&o);
    chat_json_close(&o, ']');
    chat_json_out_key(&o, "s");
    chat_json_out_string(&o, "a\"\\\n\r\t\x01\x1f\x7f\xc3\xa9/", 12);
    chat_json_out_key(&o, "raw");
    chat_json_out_raw(&o, "[1,2]", 5);
    chat_json_out_key(&o, "u");
    chat_json_out_uuid(&o, uuid);
    chat_json_out_key(&o, "b");
    chat_json_out_base64url(&o, (const uint8_t *) "\xfb\xff\xfe!", 4);
    chat_json_close(&o, '}');

    assert_false(o.overflow);
    *o.pos = '\0';
    assert_string_equal(buf,
        "{\"list\":[-9223372036854775808,9223372036854775807,0,{},true,false,"
        "null],\"s\":\"a\\\"\\\\\\n\\r\\t\\u0001\\u001f\x7f\xc3\xa9/\","
        "\"raw\":[1,2],\"u\":\"019aff00-0000-0000-0000-000000000000\","
        "\"b\":\"-__-IQ\"}");

    chat_json_free(taken(buf));
}


static void
expect_time(int64_t usec, const char *what)
{
    char             buf[64];
    chat_json_out_t  o;

    chat_json_out_init(&o, buf, sizeof(buf));
    chat_json_out_time(&o, usec);
    *o.pos = '\0';
    assert_string_equal(buf, what);
}


static void
test_times(void **state)
{
    expect_time(0, "\"1970-01-01T00:00:00.000000Z\"");
    expect_time(-1, "\"1969-12-31T23:59:59.999999Z\"");
    expect_time(951782400000000, "\"2000-02-29T00:00:00.000000Z\"");
    expect_time(951868800000000, "\"2000-03-01T00:00:00.000000Z\"");
    expect_time(1735689599999999, "\"2024-12-31T23:59:59.999999Z\"");
    expect_time(4107542400000000, "\"2100-03-01T00:00:00.000000Z\"");
    expect_time(1795383042123456, "\"2026-11-22T21:30:42.123456Z\"");
    expect_time(INT64_MIN, "\"0001-01-01T00:00:00.000000Z\"");
    expect_time(INT64_MAX, "\"9999-12-31T23:59:59.999999Z\"");
}


static void
test_times_agree_with_the_library(void **state)
{
    char       what[64];
    time_t     t;
    struct tm  tm;

    for (t = -62135596800; t < 253402300800; t += 86400 * 13 + 12345) {
        assert_non_null(gmtime_r(&t, &tm));
        sprintf(what, "\"%04d-%02d-%02dT%02d:%02d:%02d.000007Z\"",
                tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
                tm.tm_min, tm.tm_sec);
        expect_time((int64_t) t * 1000000 + 7, what);
    }
}


static void
write_some(chat_json_out_t *o)
{
    chat_json_open(o, '[');
    chat_json_out_integer(o, 12345);
    chat_json_out_string(o, "\x01\x02", 2);
    chat_json_out_time(o, 0);
    chat_json_out_base64url(o, (const uint8_t *) "abc", 3);
    chat_json_close(o, ']');
}


static void
test_overflow_writes_nothing_past_the_end(void **state)
{
    char             *buf;
    size_t            size, whole;
    chat_json_out_t   o;

    buf = malloc(256);
    chat_json_out_init(&o, buf, 256);
    write_some(&o);
    whole = (size_t) (o.pos - o.start);
    free(buf);

    for (size = 0; size <= whole; size++) {
        buf = malloc(size + (size == 0));
        chat_json_out_init(&o, buf, size);
        write_some(&o);
        assert_int_equal(o.overflow, size < whole);
        assert_true((size_t) (o.pos - o.start) <= size);
        free(buf);
    }
}


static void
test_string_bound_is_true(void **state)
{
    int              c;
    char             buf[chat_json_string_max(3)], s[3];
    chat_json_out_t  o;

    for (c = 0; c < 256; c++) {
        memset(s, c, sizeof(s));
        chat_json_out_init(&o, buf, sizeof(buf));
        chat_json_out_string(&o, s, sizeof(s));
        assert_false(o.overflow);
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_walk),
        cmocka_unit_test(test_only_one_object),
        cmocka_unit_test(test_duplicate_keys),
        cmocka_unit_test(test_strings_are_whole_text),
        cmocka_unit_test(test_numbers_have_bounds),
        cmocka_unit_test(test_depth_is_bounded),
        cmocka_unit_test(test_size_is_bounded),
        cmocka_unit_test(test_large_bodies_hold_few_values),
        cmocka_unit_test(test_an_error_quotes_no_input),
        cmocka_unit_test(test_writer),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_times_agree_with_the_library),
        cmocka_unit_test(test_overflow_writes_nothing_past_the_end),
        cmocka_unit_test(test_string_bound_is_true),
    };

    return cmocka_run_group_tests_name("JSON", tests, NULL, NULL);
}
