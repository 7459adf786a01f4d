/* UTF-8 is judged alike however it is cut. */

#include "test.h"

#include "chat_utf8.h"


static int
feed_by(const char *s, size_t len, size_t step)
{
    size_t       i, n;
    chat_utf8_t  u;

    chat_utf8_init(&u);

    for (i = 0; i < len; i += n) {
        n = len - i < step ? len - i : step;

        if (chat_utf8_feed(&u, (const uint8_t *) s + i, n) != 0) {
            return -1;
        }
    }

    return chat_utf8_complete(&u) ? 0 : -1;
}


static void
expect(const char *s, size_t len, int rc)
{
    size_t  step;

    for (step = 1; step <= len; step++) {
        assert_int_equal(feed_by(s, len, step), rc);
    }

    assert_int_equal(chat_utf8_length(s, len) < 0 ? -1 : 0, rc);
}

#define good(s)     expect(s, sizeof(s) - 1, 0)
#define bad(s)      expect(s, sizeof(s) - 1, -1)


static void
test_every_length_at_its_bounds(void **state)
{
    good("\x7f");
    good("\xc2\x80");
    good("\xdf\xbf");
    good("\xe0\xa0\x80");
    good("\xed\x9f\xbf");
    good("\xee\x80\x80");
    good("\xef\xbf\xbf");
    good("\xf0\x90\x80\x80");
    good("\xf4\x8f\xbf\xbf");
    good("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z");
}


static void
test_overlong_forms_are_refused(void **state)
{
    bad("\xc0\x80");
    bad("\xc1\xbf");
    bad("\xe0\x80\x80");
    bad("\xe0\x9f\xbf");
    bad("\xf0\x80\x80\x80");
    bad("\xf0\x8f\xbf\xbf");
}


static void
test_surrogates_and_beyond_are_refused(void **state)
{
    bad("\xed\xa0\x80");
    bad("\xed\xbf\xbf");
    bad("\xf4\x90\x80\x80");
    bad("\xf5\x80\x80\x80");
    bad("\xff");
}


static void
test_broken_characters_are_refused(void **state)
{
    bad("\x80");
    bad("\xc3");
    bad("\xc3(");
    bad("\xe2\x82");
    bad("\xe2(\xac");
    bad("\xf0\x9f\x98");
    bad("\xf0\x9f\x98z");
    bad("ok\xc3\xa9\xa9");
}


static void
test_every_two_bytes(void **state)
{
    int   a, b, ok;
    char  s[2];

    for (a = 0; a < 256; a++) {
        for (b = 0; b < 256; b++) {
            s[0] = (char) a;
            s[1] = (char) b;
            ok = (a < 0x80 && b < 0x80)
                 || (a >= 0xc2 && a <= 0xdf && b >= 0x80 && b <= 0xbf);
            expect(s, 2, ok ? 0 : -1);
        }
    }
}


static void
test_length_counts_characters(void **state)
{
    assert_int_equal(chat_utf8_length("", 0), 0);
    assert_int_equal(chat_utf8_length("a\0b", 3), 3);
    assert_int_equal(chat_utf8_length("a\xc3\xa9\xf0\x9f\x98\x80", 7), 3);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_every_length_at_its_bounds),
        cmocka_unit_test(test_overlong_forms_are_refused),
        cmocka_unit_test(test_surrogates_and_beyond_are_refused),
        cmocka_unit_test(test_broken_characters_are_refused),
        cmocka_unit_test(test_every_two_bytes),
        cmocka_unit_test(test_length_counts_characters),
    };

    return cmocka_run_group_tests_name("UTF-8", tests, NULL, NULL);
}
