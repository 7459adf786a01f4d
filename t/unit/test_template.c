/* Mail templates. */

#include "test.h"

#include "chat_template.h"

static const char                 *error;
static const chat_template_var_t   vars[] = {
    { "name", "Ann <b> & \"co\" 'x'" },
    { "code", "12345678" },
    { "empty", "" }
};


static char *
expand(const char *tmpl, int html, size_t size)
{
    long         n;
    char        *out, *exact;
    static char  copy[256];

    exact = malloc(strlen(tmpl) + 1);
    memcpy(exact, tmpl, strlen(tmpl));
    out = malloc(size + (size == 0));
    error = NULL;

    n = chat_template_expand(exact, strlen(tmpl), vars, count(vars), html,
                             out, size, &error);
    free(exact);

    if (n < 0) {
        free(out);
        assert_non_null(error);
        return NULL;
    }

    assert_null(error);
    assert_int_equal(strlen(out), n);
    strcpy(copy, out);
    free(out);

    return copy;
}


static void
test_text(void **state)
{
    assert_string_equal(expand("", 0, 1), "");
    assert_string_equal(expand("no { one } here }}", 0, 99),
                        "no { one } here }}");
    assert_string_equal(expand("{{code}}{{empty}}-{{code}}", 0, 99),
                        "12345678-12345678");
    assert_string_equal(expand("Hi {{name}}.", 0, 99),
                        "Hi Ann <b> & \"co\" 'x'.");
}


static void
test_html_is_escaped(void **state)
{
    assert_string_equal(expand("<p>{{name}}</p>", 1, 99),
                        "<p>Ann &lt;b&gt; &amp; &quot;co&quot; "
                        "&#39;x&#39;</p>");
}


/* a value is never looked through for placeholders */

static void
test_values_are_not_templates(void **state)
{
    char                       out[32];
    const chat_template_var_t  tricky = { "a", "{{a}}" };

    assert_int_equal(chat_template_expand("{{a}}", 5, &tricky, 1, 0, out,
                                          sizeof(out), &error), 5);
    assert_string_equal(out, "{{a}}");
}


static void
test_mistakes_are_named(void **state)
{
    assert_null(expand("a {{nam}} b", 0, 99));
    assert_string_equal(error, "unknown placeholder: {{nam");
    assert_null(expand("a {{code", 0, 99));
    assert_string_equal(error, "placeholder is not closed: {{code");
    assert_null(expand("{{}}", 0, 99));
    assert_null(expand("{{ code }}", 0, 99));
    assert_null(expand("{{line\nbreak and a name far longer than any message "
                       "should have to carry}}", 0, 99));
    assert_null(strchr(error, '\n'));
    assert_true(strlen(error) < 112);
}


static void
test_nothing_past_the_end(void **state)
{
    size_t  size;

    for (size = 0; size <= 8 + 3; size++) {
        if (size < 8 + 3) {
            assert_null(expand("{{code}}ab", 1, size));
            assert_string_equal(error, "the mail is too large");

        } else {
            assert_string_equal(expand("{{code}}ab", 1, size), "12345678ab");
        }
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_html_is_escaped),
        cmocka_unit_test(test_values_are_not_templates),
        cmocka_unit_test(test_mistakes_are_named),
        cmocka_unit_test(test_nothing_past_the_end),
    };

    return cmocka_run_group_tests_name("mail templates", tests, NULL, NULL);
}
