/*
 * The password policy: length bounds and a blocklist, no composition rules
 * (NIST SP 800-63B).  A password is common when it is on the list, or is what
 * people make of the list to reach the length: one repeated, two joined,
 * stretched by keyboard or alphabet runs, with separators and a little filler.
 */

#include <stdint.h>
#include <string.h>

#include "chat_password_list.h"
#include "chat_secret.h"
#include "chat_utf8.h"
#include "chat_valid.h"

#define CHAT_PASSWORD_RUN       3       /* shortest run that counts as one */
#define CHAT_PASSWORD_WORDS     2       /* listed words in one password */
#define CHAT_PASSWORD_FILLER    4       /* bytes that nothing explains */
#define CHAT_PASSWORD_UNIT      8       /* a shorter one, repeated, is common */

/* longer passwords are only looked at for repetition: bounds the search */
#define CHAT_PASSWORD_SEARCH    96

#define CHAT_CONTEXT_MIN        3
#define CHAT_CONTEXT_MAX        64      /* bytes of a word */
#define CHAT_CONTEXT_WORDS      32

typedef struct {
    uint8_t         len;
    char            text[CHAT_CONTEXT_MAX];
} chat_context_word_t;

typedef struct {
    const char           *plain;        /* lower case */
    const char           *leet;         /* and with digits and signs as letters */
    size_t                len;
    size_t                nwords;
    chat_context_word_t   words[CHAT_CONTEXT_WORDS];
} chat_password_t;

/* how a prefix can be explained: a bit per filler bytes used, by listed words */
typedef struct {
    uint8_t         listed[CHAT_PASSWORD_WORDS + 1];
} chat_reach_t;


static const char *chat_password_common(chat_password_t *pw);
static size_t chat_password_period(const char *s, size_t len);
static int  chat_password_built(const chat_password_t *pw, size_t len,
    int context);
static void chat_password_step(const chat_password_t *pw, size_t i, size_t len,
    int context, chat_reach_t *reach);
static void chat_reach_add(chat_reach_t *to, const chat_reach_t *from,
    unsigned listed);
static size_t chat_password_run(const char *s, size_t len);
static size_t chat_password_keys(const char *s, size_t len);
static int  chat_password_listed(const char *s, size_t len);
static void chat_context_split(chat_password_t *pw, const char *word);
static void chat_context_add(chat_password_t *pw, const char *word,
    size_t len);
static int  chat_context_match(const chat_password_t *pw, size_t i,
    size_t len);
static char chat_lower(char c);
static char chat_leet(char c);


/* US rows and columns, the shifted digits, then German, French, Russian */

static const char  *chat_keyboards[] = {
    "`1234567890-=", "~!@#$%^&*()_+", "qwertyuiop[]\\", "asdfghjkl;'",
    "zxcvbnm,./", "1qaz", "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm",
    "8ik,", "9ol.", "0p;/", "qwertzuiop", "yxcvbnm", "azertyuiop",
    "qsdfghjklm", "wxcvbn", "147852369", "741852963", "159357",
    "\xd0\xb9\xd1\x86\xd1\x83\xd0\xba\xd0\xb5\xd0\xbd\xd0\xb3\xd1\x88"
    "\xd1\x89\xd0\xb7\xd1\x85\xd1\x8a",
    "\xd1\x84\xd1\x8b\xd0\xb2\xd0\xb0\xd0\xbf\xd1\x80\xd0\xbe\xd0\xbb"
    "\xd0\xb4\xd0\xb6\xd1\x8d",
    "\xd1\x8f\xd1\x87\xd1\x81\xd0\xbc\xd0\xb8\xd1\x82\xd1\x8c\xd0\xb1"
    "\xd1\x8e"
};


const char *
chat_password_weak(const char *password, size_t len,
    const char *const *context, size_t ncontext)
{
    long             chars;
    size_t           i;
    char             plain[CHAT_PASSWORD_MAX], leet[CHAT_PASSWORD_MAX];
    const char      *bound;
    chat_password_t  pw;

    if (len > CHAT_PASSWORD_MAX) {
        return "max_length";
    }

    chars = chat_utf8_length(password, len);

    if (chars < 0) {
        return "encoding";
    }

    if (chars < CHAT_PASSWORD_MIN) {
        return "min_length";
    }

    for (i = 0; i < len; i++) {
        plain[i] = chat_lower(password[i]);
        leet[i] = chat_leet(plain[i]);
    }

    pw.plain = plain;
    pw.leet = leet;
    pw.len = len;
    pw.nwords = 0;

    for (i = 0; i < ncontext; i++) {
        chat_context_split(&pw, context[i]);
    }

    bound = chat_password_common(&pw);

    chat_wipe(plain, sizeof(plain));
    chat_wipe(leet, sizeof(leet));

    return bound;
}


static const char *
chat_password_common(chat_password_t *pw)
{
    size_t  period, i;

    period = chat_password_period(pw->plain, pw->len);

    /* a context word repeated is told as such, however short it is */

    for (i = 0; i < pw->nwords; i++) {
        if (pw->words[i].len == period
            && memcmp(pw->words[i].text, pw->plain, period) == 0)
        {
            return "context";
        }
    }

    if (period < CHAT_PASSWORD_UNIT
        || chat_password_listed(pw->plain, period)
        || chat_password_listed(pw->leet, period))
    {
        return "common";
    }

    if (period > CHAT_PASSWORD_SEARCH) {
        return NULL;
    }

    if (chat_password_built(pw, period, 0)) {
        return "common";
    }

    if (pw->nwords != 0 && chat_password_built(pw, period, 1)) {
        return "context";
    }

    return NULL;
}


/* the length of the unit that s repeats (the last one may be cut), or len */

static size_t
chat_password_period(const char *s, size_t len)
{
    size_t    i, k, period;
    uint16_t  border[CHAT_PASSWORD_MAX];

    border[0] = 0;

    for (i = 1, k = 0; i < len; i++) {

        while (k != 0 && s[i] != s[k]) {
            k = border[k - 1];
        }

        if (s[i] == s[k]) {
            k++;
        }

        border[i] = (uint16_t) k;
    }

    period = len - border[len - 1];

    return period * 2 <= len ? period : len;
}


/* whether the first len bytes are words, runs and filler, and nothing else */

static int
chat_password_built(const chat_password_t *pw, size_t len, int context)
{
    size_t        i, n, words;
    chat_reach_t  reach[CHAT_PASSWORD_SEARCH + 1];

    memset(reach, 0, sizeof(reach));
    reach[0].listed[0] = 1;

    for (i = 0; i < len; i++) {
        for (n = 0; n <= CHAT_PASSWORD_WORDS; n++) {
            if (reach[i].listed[n] != 0) {
                chat_password_step(pw, i, len, context, reach);
                break;
            }
        }
    }

    /* words that context explains leave room for fewer of the list */

    words = context ? CHAT_PASSWORD_WORDS - 1 : CHAT_PASSWORD_WORDS;

    for (n = 0; n <= words; n++) {
        if (reach[len].listed[n] != 0) {
            return 1;
        }
    }

    return 0;
}


static void
chat_password_step(const chat_password_t *pw, size_t i, size_t len,
    int context, chat_reach_t *reach)
{
    size_t   n, left, max;
    uint8_t  filled;

    left = len - i;

    if (memchr(" -_.,", pw->plain[i], 5) != NULL) {
        chat_reach_add(&reach[i + 1], &reach[i], 0);
    }

    for (n = 0; n <= CHAT_PASSWORD_WORDS; n++) {
        filled = (uint8_t) (reach[i].listed[n] << 1);
        reach[i + 1].listed[n] |= filled
                                  & ((1u << (CHAT_PASSWORD_FILLER + 1)) - 1);
    }

    /* a part of a run is a run as well */

    max = chat_password_run(pw->plain + i, left);

    for (n = CHAT_PASSWORD_RUN; n <= max; n++) {
        chat_reach_add(&reach[i + n], &reach[i], 0);
    }

    max = chat_password_keys(pw->plain + i, left);

    for (n = CHAT_PASSWORD_RUN; n <= max; n++) {
        chat_reach_add(&reach[i + n], &reach[i], 0);
    }

    max = left < chat_password_list_longest ? left
                                            : chat_password_list_longest;

    for (n = CHAT_PASSWORD_RUN; n <= max; n++) {
        if (chat_password_listed(pw->plain + i, n)
            || chat_password_listed(pw->leet + i, n))
        {
            chat_reach_add(&reach[i + n], &reach[i], 1);
        }
    }

    if (!context) {
        return;
    }

    for (n = CHAT_CONTEXT_MIN; n <= left && n <= CHAT_CONTEXT_MAX; n++) {
        if (chat_context_match(pw, i, n)) {
            chat_reach_add(&reach[i + n], &reach[i], 0);
        }
    }
}


static void
chat_reach_add(chat_reach_t *to, const chat_reach_t *from, unsigned listed)
{
    size_t  n;

    for (n = 0; n + listed <= CHAT_PASSWORD_WORDS; n++) {
        to->listed[n + listed] |= from->listed[n];
    }
}


/* neighbours in the alphabet or the digits, or the same again */

static size_t
chat_password_run(const char *s, size_t len)
{
    int     step;
    size_t  n;

    for (n = 1; n < len; n++) {
        step = (unsigned char) s[n] - (unsigned char) s[n - 1];

        if (step < -1 || step > 1) {
            break;
        }
    }

    return n;
}


/* neighbours on a keyboard, in either direction */

static size_t
chat_password_keys(const char *s, size_t len)
{
    size_t       k, n, best;
    const char  *row, *key;

    best = 0;

    for (k = 0; k < sizeof(chat_keyboards) / sizeof(chat_keyboards[0]); k++) {
        row = chat_keyboards[k];
        key = s[0] == '\0' ? NULL : strchr(row, s[0]);

        for ( /* void */ ; key != NULL; key = strchr(key + 1, s[0])) {

            for (n = 1; n < len && key[n] != '\0' && key[n] == s[n]; n++) {
                /* void */
            }

            if (n > best) {
                best = n;
            }

            for (n = 1; n < len && (size_t) (key - row) >= n
                        && *(key - n) == s[n]; n++)
            {
                /* void */
            }

            if (n > best) {
                best = n;
            }
        }
    }

    return best;
}


static int
chat_password_listed(const char *s, size_t len)
{
    int     cmp;
    size_t  low, high, mid, n, min;

    if (len > chat_password_list_longest) {
        return 0;
    }

    low = 0;
    high = chat_password_list_size;

    while (low < high) {
        mid = low + (high - low) / 2;
        n = (size_t) (chat_password_list_offset[mid + 1]
                      - chat_password_list_offset[mid]);
        min = n < len ? n : len;

        cmp = memcmp(s, chat_password_list_text
                        + chat_password_list_offset[mid], min);

        if (cmp == 0 && n == len) {
            return 1;
        }

        if (cmp < 0 || (cmp == 0 && len < n)) {
            high = mid;

        } else {
            low = mid + 1;
        }
    }

    return 0;
}


/* the whole word, and its parts: "ann.lee@example.org" gives ann, lee, example, org */

static void
chat_context_split(chat_password_t *pw, const char *word)
{
    size_t  n;

    chat_context_add(pw, word, strlen(word));

    while (*word != '\0') {
        n = strcspn(word, " .,@_-+/:");
        chat_context_add(pw, word, n);
        word += n;

        if (*word != '\0') {
            word++;
        }
    }
}


static void
chat_context_add(chat_password_t *pw, const char *word, size_t len)
{
    size_t                i;
    chat_context_word_t  *w;

    if (len < CHAT_CONTEXT_MIN || len > CHAT_CONTEXT_MAX
        || pw->nwords == CHAT_CONTEXT_WORDS)
    {
        return;
    }

    w = &pw->words[pw->nwords++];
    w->len = (uint8_t) len;

    for (i = 0; i < len; i++) {
        w->text[i] = chat_lower(word[i]);
    }
}


static int
chat_context_match(const chat_password_t *pw, size_t i, size_t len)
{
    size_t  n;

    for (n = 0; n < pw->nwords; n++) {
        if (pw->words[n].len == len
            && (memcmp(pw->words[n].text, pw->plain + i, len) == 0
                || memcmp(pw->words[n].text, pw->leet + i, len) == 0))
        {
            return 1;
        }
    }

    return 0;
}


static char
chat_lower(char c)
{
    return (c >= 'A' && c <= 'Z') ? (char) (c | 0x20) : c;
}


static char
chat_leet(char c)
{
    switch (c) {

    case '0':
        return 'o';

    case '1':
    case '!':
        return 'i';

    case '3':
        return 'e';

    case '4':
    case '@':
        return 'a';

    case '5':
    case '$':
        return 's';

    case '7':
        return 't';

    default:
        return c;
    }
}
