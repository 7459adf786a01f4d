/* One mail as bytes: header (RFC 5322, RFC 2047), bodies in quoted-printable (RFC 2045). */

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sodium.h>

#include "chat_smtp_parts.h"
#include "chat_utf8.h"
#include "chat_valid.h"

#define CHAT_MAIL_BODY_MAX      (256 * 1024)
#define CHAT_MAIL_HEADER_MAX    4096
#define CHAT_MAIL_SUBJECT_MAX   256
#define CHAT_MAIL_ID_MAX        200
#define CHAT_MAIL_HOST_MAX      253
#define CHAT_MAIL_SECRET_MAX    512
#define CHAT_MAIL_LINE          76
#define CHAT_MAIL_PLAIN         64      /* bytes of header text left as they are */
#define CHAT_MAIL_WORD          39      /* bytes of text in one encoded word */
#define CHAT_MAIL_BOUNDARY      32

typedef struct {
    char           *pos;
    char           *end;
} chat_mail_t;


static int  chat_mail_line_ok(const char *s, size_t max);
static int  chat_mail_host_ok(const char *s);
static int  chat_mail_id_ok(const char *s);
static void chat_mail_add(chat_mail_t *m, const char *fmt, ...)
    __attribute__ ((format (printf, 2, 3)));
static void chat_mail_header(chat_mail_t *m, const chat_smtp_mail_t *mail);
static void chat_mail_date(chat_mail_t *m, long date);
static void chat_mail_words(chat_mail_t *m, const char *text,
    const char *special, const char *quote);
static void chat_mail_part(chat_mail_t *m, const char *type,
    const char *text);
static void chat_mail_quoted(chat_mail_t *m, const char *text);


const char *
chat_smtp_mail_check(const chat_smtp_server_t *server,
    const chat_smtp_mail_t *mail)
{
    if (!chat_mail_host_ok(server->host)) {
        return "bad server name";
    }

    if (server->user != NULL
        && (server->password == NULL
            || strlen(server->user) > CHAT_MAIL_SECRET_MAX
            || strlen(server->password) > CHAT_MAIL_SECRET_MAX))
    {
        return "bad user or password";
    }

    if (chat_valid_email(mail->from, strlen(mail->from)) != 0) {
        return "bad sender address";
    }

    if (chat_valid_email(mail->to, strlen(mail->to)) != 0) {
        return "bad recipient address";
    }

    if (mail->from_name != NULL
        && !chat_mail_line_ok(mail->from_name, CHAT_MAIL_SUBJECT_MAX))
    {
        return "bad sender name";
    }

    if (!chat_mail_line_ok(mail->subject, CHAT_MAIL_SUBJECT_MAX)) {
        return "bad subject";
    }

    if (!chat_mail_id_ok(mail->message_id)) {
        return "bad message id";
    }

    if (strlen(mail->text) > CHAT_MAIL_BODY_MAX
        || (mail->html != NULL && strlen(mail->html) > CHAT_MAIL_BODY_MAX))
    {
        return "body too large";
    }

    if (chat_utf8_length(mail->text, strlen(mail->text)) < 0
        || (mail->html != NULL
            && chat_utf8_length(mail->html, strlen(mail->html)) < 0))
    {
        return "body is not UTF-8";
    }

    return NULL;
}


static int
chat_mail_line_ok(const char *s, size_t max)
{
    size_t  i, len;

    len = strlen(s);

    if (len > max || chat_utf8_length(s, len) < 0) {
        return 0;
    }

    for (i = 0; i < len; i++) {
        if ((unsigned char) s[i] < 0x20 || s[i] == 0x7f) {
            return 0;
        }
    }

    return 1;
}


static int
chat_mail_host_ok(const char *s)
{
    size_t  len;

    len = strlen(s);

    return len != 0 && len <= CHAT_MAIL_HOST_MAX
           && strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                        "0123456789.-:") == len;
}


static int
chat_mail_id_ok(const char *s)
{
    size_t       i, len;
    const char  *at;

    len = strlen(s);
    at = strchr(s, '@');

    if (len > CHAT_MAIL_ID_MAX || at == NULL || at == s || at[1] == '\0'
        || strchr(at + 1, '@') != NULL)
    {
        return 0;
    }

    for (i = 0; i < len; i++) {
        if (s[i] <= 0x20 || s[i] >= 0x7f || strchr("<>()[]\\,;:\"", s[i])) {
            return 0;
        }
    }

    return 1;
}


char *
chat_smtp_mail_make(const chat_smtp_mail_t *mail, size_t *len)
{
    char         boundary[CHAT_MAIL_BOUNDARY + 1], *data;
    size_t       size;
    uint8_t      random[CHAT_MAIL_BOUNDARY / 2];
    chat_mail_t  m;

    /* a byte takes 3 at most, and each line of text 3 more for its soft break */

    size = strlen(mail->text);
    size += mail->html != NULL ? strlen(mail->html) : 0;
    size = CHAT_MAIL_HEADER_MAX + size * 4;

    data = malloc(size);

    if (data == NULL) {
        return NULL;
    }

    m.pos = data;
    m.end = data + size;

    chat_mail_header(&m, mail);

    if (mail->html == NULL) {
        chat_mail_part(&m, "plain", mail->text);

    } else {
        randombytes_buf(random, sizeof(random));
        (void) sodium_bin2hex(boundary, sizeof(boundary), random,
                              sizeof(random));

        /* "=_" can't be in quoted-printable text (RFC 2045 section 6.7) */

        chat_mail_add(&m, "Content-Type: multipart/alternative;\r\n"
                          "\tboundary=\"=_%s\"\r\n\r\n--=_%s\r\n",
                      boundary, boundary);
        chat_mail_part(&m, "plain", mail->text);
        chat_mail_add(&m, "--=_%s\r\n", boundary);
        chat_mail_part(&m, "html", mail->html);
        chat_mail_add(&m, "--=_%s--\r\n", boundary);
    }

    if (m.pos == m.end) {
        free(data);
        return NULL;
    }

    *len = (size_t) (m.pos - data);

    return data;
}


/* once something doesn't fit, the mail counts as full */

static void
chat_mail_add(chat_mail_t *m, const char *fmt, ...)
{
    int      n;
    va_list  args;

    va_start(args, fmt);
    n = vsnprintf(m->pos, (size_t) (m->end - m->pos), fmt, args);
    va_end(args);

    if (n < 0 || n >= m->end - m->pos) {
        m->pos = m->end;

    } else {
        m->pos += n;
    }
}


static void
chat_mail_header(chat_mail_t *m, const chat_smtp_mail_t *mail)
{
    chat_mail_date(m, mail->date);

    chat_mail_add(m, "From: ");

    if (mail->from_name != NULL && mail->from_name[0] != '\0') {
        chat_mail_words(m, mail->from_name, "\"\\", "\"");
        chat_mail_add(m, "\r\n ");
    }

    chat_mail_add(m, "<%s>\r\nTo: <%s>\r\nMessage-ID: <%s>\r\nSubject: ",
                  mail->from, mail->to, mail->message_id);
    chat_mail_words(m, mail->subject, "", "");

    /* no vacation notice is wanted in answer (RFC 3834) */

    chat_mail_add(m, "\r\nAuto-Submitted: auto-generated\r\n"
                     "MIME-Version: 1.0\r\n");
}


/* strftime() would speak the locale's language */

static void
chat_mail_date(chat_mail_t *m, long date)
{
    time_t     t;
    struct tm  tm;

    static const char  *days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri",
                                   "Sat" };
    static const char  *months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov",
                                     "Dec" };

    t = date;

    if (gmtime_r(&t, &tm) == NULL) {
        m->pos = m->end;
        return;
    }

    chat_mail_add(m, "Date: %s, %02d %s %04d %02d:%02d:%02d +0000\r\n",
                  days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon],
                  tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}


/*
 * Text in a header: as it is if it is short, ASCII and has none of the
 * characters in special, else encoded words, each of whole characters.
 */

static void
chat_mail_words(chat_mail_t *m, const char *text, const char *special,
    const char *quote)
{
    char    word[sodium_base64_ENCODED_LEN(CHAT_MAIL_WORD,
                                           sodium_base64_VARIANT_ORIGINAL)];
    size_t  i, n, len;

    len = strlen(text);

    for (i = 0; i < len; i++) {
        if ((unsigned char) text[i] >= 0x80 || strchr(special, text[i])) {
            break;
        }
    }

    /* what looks like an encoded word would be decoded */

    if (i == len && len <= CHAT_MAIL_PLAIN && strstr(text, "=?") == NULL) {
        chat_mail_add(m, "%s%s%s", quote, text, quote);
        return;
    }

    while (len != 0) {
        n = len < CHAT_MAIL_WORD ? len : CHAT_MAIL_WORD;

        while (n < len && ((unsigned char) text[n] & 0xc0) == 0x80) {
            n--;
        }

        (void) sodium_bin2base64(word, sizeof(word),
                                 (const unsigned char *) text, n,
                                 sodium_base64_VARIANT_ORIGINAL);
        chat_mail_add(m, "=?UTF-8?B?%s?=%s", word, n < len ? "\r\n " : "");
        text += n;
        len -= n;
    }
}


static void
chat_mail_part(chat_mail_t *m, const char *type, const char *text)
{
    chat_mail_add(m, "Content-Type: text/%s; charset=UTF-8\r\n"
                     "Content-Transfer-Encoding: quoted-printable\r\n\r\n",
                  type);
    chat_mail_quoted(m, text);
}


static void
chat_mail_quoted(chat_mail_t *m, const char *text)
{
    char    out[4];
    size_t  column, n;

    column = 0;

    for ( /* void */ ; *text != '\0'; text++) {

        if (*text == '\r' && text[1] == '\n') {
            continue;
        }

        if (*text == '\n') {
            chat_mail_add(m, "\r\n");
            column = 0;
            continue;
        }

        /* white space before a line's end gets lost on the way */

        if ((*text > 0x20 && *text < 0x7f && *text != '=')
            || ((*text == ' ' || *text == '\t') && text[1] != '\n'
                && text[1] != '\r' && text[1] != '\0'))
        {
            out[0] = *text;
            out[1] = '\0';
            n = 1;

        } else {
            (void) snprintf(out, sizeof(out), "=%02X",
                            (unsigned) (unsigned char) *text);
            n = 3;
        }

        if (column + n > CHAT_MAIL_LINE - 1) {
            chat_mail_add(m, "=\r\n");
            column = 0;
        }

        chat_mail_add(m, "%s", out);
        column += n;
    }

    if (column != 0) {
        chat_mail_add(m, "\r\n");
    }
}


void
chat_smtp_tell(char *error, size_t error_size, const char *fmt, ...)
{
    int      n;
    size_t   i;
    va_list  args;

    if (error_size == 0) {
        return;
    }

    va_start(args, fmt);
    n = vsnprintf(error, error_size, fmt, args);
    va_end(args);

    if (n < 0) {
        error[0] = '\0';
    }

    for (i = 0; error[i] != '\0'; i++) {
        if (error[i] < 0x20 || error[i] >= 0x7f) {
            error[i] = ' ';
        }
    }

    /* what a server says ends in a line's end */

    while (i != 0 && error[i - 1] == ' ') {
        error[--i] = '\0';
    }
}
