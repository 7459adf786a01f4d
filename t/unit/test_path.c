/* Paths and queries. */

#include "test.h"

#include "chat_path.h"


/* the path in a block of its own size, so that the sanitizer sees reads past it */

static int
match(const char *tmpl, const char *path, chat_path_param_t *params)
{
    int     n, i;
    char   *exact;
    size_t  len;

    len = strlen(path);
    exact = malloc(len + (len == 0));
    memcpy(exact, path, len);
    n = chat_path_match(tmpl, exact, len, params);

    for (i = 0; i < n; i++) {
        params[i].data = path + (params[i].data - exact);
    }

    free(exact);

    return n;
}


static void
test_literals(void **state)
{
    chat_path_param_t  p[CHAT_PATH_PARAMS];

    assert_int_equal(match("server", "server", p), 0);
    assert_int_equal(match("health/live", "health/live", p), 0);
    assert_int_equal(match("server", "serve", p), -1);
    assert_int_equal(match("server", "servers", p), -1);
    assert_int_equal(match("server", "server/", p), -1);
    assert_int_equal(match("server", "Server", p), -1);
    assert_int_equal(match("server", "", p), -1);
    assert_int_equal(match("", "", p), 0);
    assert_int_equal(match("", "a", p), -1);
}


static void
test_parameters(void **state)
{
    chat_path_param_t  p[CHAT_PATH_PARAMS];

    assert_int_equal(match("conversations/{id}", "conversations/a-1", p), 1);
    assert_int_equal(p[0].len, 3);
    assert_memory_equal(p[0].data, "a-1", 3);

    assert_int_equal(match("c/{id}/entries/{seq}", "c/x/entries/42", p), 2);
    assert_memory_equal(p[0].data, "x", 1);
    assert_int_equal(p[1].len, 2);
    assert_memory_equal(p[1].data, "42", 2);

    assert_int_equal(match("{a}/{b}/{c}/{d}", "1/2/3/4", p), 4);
}


static void
test_parameter_is_one_segment(void **state)
{
    chat_path_param_t  p[CHAT_PATH_PARAMS];

    assert_int_equal(match("c/{id}", "c/", p), -1);
    assert_int_equal(match("c/{id}", "c", p), -1);
    assert_int_equal(match("c/{id}", "c/a/b", p), -1);
    assert_int_equal(match("c/{id}", "c/a/", p), -1);
    assert_int_equal(match("c/{id}/entries", "c//entries", p), -1);
    assert_int_equal(match("c/{id}/entries", "c/a/entrie", p), -1);
    assert_int_equal(match("c/{id}/entries", "c/a/b/entries", p), -1);
    assert_int_equal(match("{a}/{b}/{c}/{d}/{e}", "1/2/3/4/5", p), -1);
}


/* a query as text: "name=value;" for each pair */

static void
expect(const char *query, const char *what)
{
    int      rc;
    char    *exact, *pos, *name, *value, told[256], *t;
    size_t   len, name_len, value_len;

    len = strlen(query);
    exact = malloc(len + (len == 0));
    memcpy(exact, query, len);
    pos = exact;
    t = told;

    while ((rc = chat_query_next(&pos, exact + len, &name, &name_len, &value,
                                 &value_len)) == 1)
    {
        t += sprintf(t, "%.*s=%.*s;", (int) name_len, name, (int) value_len,
                     value);
    }

    strcpy(t, rc == 0 ? "" : "bad");
    assert_string_equal(told, what);
    free(exact);
}


static void
test_queries(void **state)
{
    expect("", "");
    expect("a=1&b=2", "a=1;b=2;");
    expect("a", "a=;");
    expect("a=", "a=;");
    expect("=1", "=1;");
    expect("&&a=1&&", "a=1;");
    expect("a=b=c", "a=b=c;");
    expect("a+b=c+d", "a b=c d;");
    expect("n%61me=%41%2b%2F%c3%A9%26", "name=A+/\xc3\xa9&;");
}


static void
test_bad_queries(void **state)
{
    expect("a=%", "bad");
    expect("a=%4", "bad");
    expect("a=1&b=%zz", "a=1;bad");
    expect("a=%4&b=1", "bad");
    expect("a=%00", "bad");
    expect("%=1", "bad");
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_literals),
        cmocka_unit_test(test_parameters),
        cmocka_unit_test(test_parameter_is_one_segment),
        cmocka_unit_test(test_queries),
        cmocka_unit_test(test_bad_queries),
    };

    return cmocka_run_group_tests_name("paths and queries", tests, NULL,
                                       NULL);
}
