/* What people may call themselves, and where mail may go. */

#include "test.h"

#include "chat_valid.h"

#define TEN             "aaaaaaaaaa"
#define SIXTY           TEN TEN TEN TEN TEN TEN
#define LABEL           SIXTY "aaa"                     /* 63 */

#define good(f, s)      assert_int_equal(f(s, sizeof(s) - 1), 0)
#define bad(f, s)       assert_int_equal(f(s, sizeof(s) - 1), -1)
#define good_name(s)    assert_int_equal(chat_valid_name(s, sizeof(s) - 1, 10), 0)
#define bad_name(s)     assert_int_equal(chat_valid_name(s, sizeof(s) - 1, 10), -1)


static void
test_usernames(void **state)
{
    good(chat_valid_username, "ann");
    good(chat_valid_username, "0.a_b-c");
    good(chat_valid_username, TEN TEN TEN "aa");
    bad(chat_valid_username, "");
    bad(chat_valid_username, "an");
    bad(chat_valid_username, TEN TEN TEN "aaa");
    bad(chat_valid_username, ".ann");
    bad(chat_valid_username, "-ann");
    bad(chat_valid_username, "_ann");
    bad(chat_valid_username, "Ann");
    bad(chat_valid_username, "ann lee");
    bad(chat_valid_username, "ann\0");
    bad(chat_valid_username, "\xd0\xb0nn");
}


static void
test_addresses(void **state)
{
    good(chat_valid_email, "ann@example.org");
    good(chat_valid_email, "Ann.Lee+chat@mail.example.co");
    good(chat_valid_email, "o'brien@example.org");
    good(chat_valid_email, "!#$%&'*+-/=?^_`{|}~@example.org");
    good(chat_valid_email, "a@xn--bcher-kva.example");
    good(chat_valid_email, "a@1.2.example");
    good(chat_valid_email, SIXTY "aaaa@example.org");
    good(chat_valid_email, "a@" LABEL ".org");
}


static void
test_addresses_that_mail_can_not_go_to(void **state)
{
    bad(chat_valid_email, "");
    bad(chat_valid_email, "@");
    bad(chat_valid_email, "ann");
    bad(chat_valid_email, "@example.org");
    bad(chat_valid_email, "ann@");
    bad(chat_valid_email, "ann@example");
    bad(chat_valid_email, "ann@example.");
    bad(chat_valid_email, "ann@.org");
    bad(chat_valid_email, "ann@example..org");
    bad(chat_valid_email, "ann@-example.org");
    bad(chat_valid_email, "ann@example-.org");
    bad(chat_valid_email, "ann@example.org-");
    bad(chat_valid_email, "ann@exa_mple.org");
    bad(chat_valid_email, "ann@127.0.0.1");
    bad(chat_valid_email, "ann@[127.0.0.1]");
    bad(chat_valid_email, "ann@b@example.org");
    bad(chat_valid_email, ".ann@example.org");
    bad(chat_valid_email, "ann.@example.org");
    bad(chat_valid_email, "ann..lee@example.org");
    bad(chat_valid_email, SIXTY "aaaaa@example.org");
    bad(chat_valid_email, "a@" LABEL "a.org");
    bad(chat_valid_email, "a@" LABEL "." LABEL "." LABEL "." LABEL);
    bad(chat_valid_email, "b\xc3\xbc@example.org");
}


static void
test_addresses_that_would_speak_smtp(void **state)
{
    bad(chat_valid_email, "v@x.test>\r\nRCPT TO:<evil@x.test");
    bad(chat_valid_email, "ann@example.org\r");
    bad(chat_valid_email, "ann@example.org\n");
    bad(chat_valid_email, "ann@example.org\0");
    bad(chat_valid_email, "an n@example.org");
    bad(chat_valid_email, "\"ann\"@example.org");
    bad(chat_valid_email, "<ann@example.org>");
    bad(chat_valid_email, "ann@example.org,b@example.org");
    bad(chat_valid_email, "ann(x)@example.org");
    bad(chat_valid_email, "ann\x7f@example.org");
}


static void
test_longest_address(void **state)
{
    char    s[300];
    size_t  len;

    /* 64 and '@' and labels up to 254 in all */

    len = (size_t) sprintf(s, "%s@%s.%s.%s", SIXTY "aaaa", LABEL, LABEL,
                           SIXTY "a");
    assert_int_equal(len, 254);
    assert_int_equal(chat_valid_email(s, len), 0);
    s[len++] = 'a';
    assert_int_equal(chat_valid_email(s, len), -1);
}


static void
test_one_address_one_key(void **state)
{
    char  out[16] = "";

    chat_email_key("Ann@EXAMPLE.Z[{", 15, out);
    assert_string_equal(out, "ann@example.z[{");
}


static void
test_names(void **state)
{
    good_name("Ann");
    good_name("Ann Lee");
    good_name("\xd0\x90\xd0\xbd\xd0\xbd\xd0\xb0");
    good_name("\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98"
              "\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f"
              "\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80");
    good_name("a\xe2\x80\x8d\xf0\x9f\x98\x80");         /* joined by U+200D */
    bad_name("");
    bad_name("12345678901");
    bad_name("\xff");
}


static void
test_names_that_deceive(void **state)
{
    bad_name("a\nb");
    bad_name("a\0b");
    bad_name("a\x7f" "b");
    bad_name("a\xc2\x85" "b");
    bad_name("a\xe2\x80\xa8" "b");
    bad_name("a\xe2\x80\xae" "b");                      /* U+202E */
    bad_name("a\xe2\x81\xa6" "b");                      /* U+2066 */
    bad_name("a\xef\xbf\xbe" "b");
    bad_name(" a");
    bad_name("a ");
    bad_name(" ");
    bad_name("\xc2\xa0" "a");
    bad_name("a\xe3\x80\x80");
    bad_name("\xe2\x80\x8b");                           /* U+200B alone */
    bad_name("\xe3\x85\xa4");                           /* Hangul filler */
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_usernames),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_addresses_that_mail_can_not_go_to),
        cmocka_unit_test(test_addresses_that_would_speak_smtp),
        cmocka_unit_test(test_longest_address),
        cmocka_unit_test(test_one_address_one_key),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_names_that_deceive),
    };

    return cmocka_run_group_tests_name("names and addresses", tests, NULL,
                                       NULL);
}
