/* The password policy. */

#include "test.h"

#include "chat_password_list.h"
#include "chat_valid.h"

static const char  *context[] = { "ngx_chat", "alice",
                                  "alice.liddell@example.org" };


static void
expect(const char *password, const char *bound)
{
    const char  *found;

    found = chat_password_weak(password, strlen(password), context,
                               count(context));

    if (strcmp(found == NULL ? "" : found, bound == NULL ? "" : bound) != 0) {
        fail_msg("%s: %s, not %s", password, found == NULL ? "good" : found,
                 bound == NULL ? "good" : bound);
    }
}


static void
test_length_counts_characters(void **state)
{
    char  s[CHAT_PASSWORD_MAX + 2];
    int   i;

    expect("", "min_length");
    expect("Xq7!pvK2#mLw9z", "min_length");
    expect("Xq7!pvK2#mLw9zR", NULL);
    expect("\xc3\xa9q7!pvK2#mLw9z", "min_length");
    expect("\xc3\xa9q7!pvK2#mLw9zR", NULL);

    for (i = 0; i < CHAT_PASSWORD_MAX + 1; i++) {
        s[i] = (char) ('!' + (i * i + i / 7) % 90);
    }

    s[CHAT_PASSWORD_MAX + 1] = '\0';
    expect(s, "max_length");
    s[CHAT_PASSWORD_MAX] = '\0';
    expect(s, NULL);
}


static void
test_encoding(void **state)
{
    expect("Xq7!pvK2#mLw9zR\xff", "encoding");
    expect("\xed\xa0\x80q7!pvK2#mLw9zR", "encoding");
}


/* no composition rules: length alone makes it good */

static void
test_passphrases_are_good(void **state)
{
    expect("correct horse battery staple", NULL);
    expect("tandem-lilac-orbit", NULL);
    expect("kitchen garden lamp", NULL);
    expect("we always eat at nine", NULL);
    expect("\xd0\xbc\xd1\x8b \xd0\xb2\xd1\x81\xd0\xb5\xd0\xb3\xd0\xb4\xd0\xb0 "
           "\xd0\xbe\xd0\xb1\xd0\xb5\xd0\xb4\xd0\xb0\xd0\xb5\xd0\xbc", NULL);
}


static void
test_every_listed_password_is_refused(void **state)
{
    size_t       i, len, from, n;
    char         s[256], *p;

    for (i = 0; i < chat_password_list_size; i++) {
        from = chat_password_list_offset[i];
        len = chat_password_list_offset[i + 1] - from;
        p = s;

        /* short ones repeated to the length, as people do */

        do {
            memcpy(p, chat_password_list_text + from, len);
            p += len;
        } while (p - s < CHAT_PASSWORD_MIN);

        assert_string_equal(chat_password_weak(s, (size_t) (p - s), NULL, 0),
                            "common");
        *p = '\0';

        for (n = 0; s[n] != '\0'; n++) {
            if (s[n] >= 'a' && s[n] <= 'z') {
                s[n] = (char) (s[n] - 0x20);
            }
        }

        assert_string_equal(chat_password_weak(s, (size_t) (p - s), NULL, 0),
                            "common");
    }
}


static void
test_list_is_sorted(void **state)
{
    size_t      i, a, b, c, len;
    const char  *text;

    assert_true(chat_password_list_size >= 3000);
    text = chat_password_list_text;

    for (i = 0; i + 2 <= chat_password_list_size; i++) {
        a = chat_password_list_offset[i];
        b = chat_password_list_offset[i + 1];
        c = i + 2 <= chat_password_list_size
            ? chat_password_list_offset[i + 2] : b;
        len = b - a < c - b ? b - a : c - b;
        assert_true(memcmp(text + a, text + b, len) < 0
                    || (memcmp(text + a, text + b, len) == 0
                        && b - a < c - b));
    }
}


static void
test_stretched_passwords_are_refused(void **state)
{
    expect("passwordpassword", "common");
    expect("Password12345678", "common");
    expect("P@ssw0rdP@ssw0rd", "common");
    expect("Dr@g0n-$un5h1n3", "common");
    expect("iloveyouiloveyou1", "common");
    expect("hunter2hunter2hun", "common");
    expect("dragon sunshine", "common");
    expect("monkeydragon1999", "common");
    expect("hunter2hunter2hunter2", "common");
}


static void
test_runs_are_refused(void **state)
{
    expect("aaaaaaaaaaaaaaaa", "common");
    expect("123456789012345", "common");
    expect("987654321987654321", "common");
    expect("abcdefghijklmnop", "common");
    expect("112233445566778899", "common");
    expect("qwertyuiopasdfgh", "common");
    expect("QWERTZUIOPasdfgh", "common");
    expect("1qaz2wsx3edc4rfv", "common");
    expect("zaq1xsw2cde3vfr4", "common");
    expect("!@#$%^&*()_+qwerty", "common");
    expect("\xd0\xb9\xd1\x86\xd1\x83\xd0\xba\xd0\xb5\xd0\xbd\xd0\xb3\xd1\x88"
           "\xd1\x89\xd0\xb7\xd1\x84\xd1\x8b\xd0\xb2\xd0\xb0\xd0\xbf",
           "common");
    expect("abababababababab", "common");
    expect("x7kx7kx7kx7kx7k", "common");
}


static void
test_context_is_refused(void **state)
{
    expect("alicealicealice", "context");
    expect("ALICEalicealice", "context");
    expect("alice.liddell@example.org", "context");
    expect("liddellliddellalice1", "context");
    expect("ngx_chatngx_chat", "context");
    expect("alice-example-2026", "context");
    expect("alice saw a white rabbit", NULL);
}


static void
test_without_context(void **state)
{
    assert_string_equal(chat_password_weak("passwordpassword", 16, NULL, 0),
                        "common");
    assert_null(chat_password_weak("ymerejliddell-42x", 17, NULL, 0));
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_length_counts_characters),
        cmocka_unit_test(test_encoding),
        cmocka_unit_test(test_passphrases_are_good),
        cmocka_unit_test(test_list_is_sorted),
        cmocka_unit_test(test_every_listed_password_is_refused),
        cmocka_unit_test(test_stretched_passwords_are_refused),
        cmocka_unit_test(test_runs_are_refused),
        cmocka_unit_test(test_context_is_refused),
        cmocka_unit_test(test_without_context),
    };

    return cmocka_run_group_tests_name("passwords", tests, NULL, NULL);
}
