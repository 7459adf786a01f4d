/* A mail's verdict, whatever the server does: played by a child process. */

#include "test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "chat_smtp.h"
#include "chat_smtp_parts.h"

#define TIMEOUT_MS      1500    /* where it has to run out */
#define PATIENCE_MS     20000   /* where it must not, on a slow machine either */
#define LATE_MS         2500
#define HANG            "hang"
#define DROP            "drop"
#define DRIP            "drip"

/* what the server answers at each step; NULL: what a kind one does */
typedef struct {
    const char     *greeting;
    const char     *ehlo;
    const char     *starttls;
    const char     *auth;
    const char     *mail;
    const char     *rcpt;
    const char     *data;
    const char     *sent;
    int             tls;            /* it can do TLS, with the test's certificate */
    const char     *name;           /* and wants to be asked for by this name */
} script_t;

static char       directory[] = "/tmp/chat_smtp_XXXXXX";
static char       path[3][64];      /* certificate, key, another certificate */
static char      *ca_file = path[0];
static pid_t      child;
static unsigned   server_port;
static unsigned   timeout_ms = PATIENCE_MS;
static char       error[256];
static char       mail_file[64];

static const chat_smtp_mail_t  mail = {
    "chat@example.org", "Chät", "ann@example.net", "Your code",
    "1@example.org", 0, "Code: 12345678\n.\nBye =\n", "<p>12345678</p>"
};


static const char *
or(const char *given, const char *kind)
{
    return given != NULL ? given : kind;
}


/* a connection, clear or not */

typedef struct {
    int      fd;
    SSL     *ssl;
} peer_t;


static void
say(peer_t *p, const char *text)
{
    size_t  i;

    if (strcmp(text, HANG) == 0) {
        sleep(30);
        _exit(0);
    }

    if (strcmp(text, DROP) == 0) {
        _exit(0);
    }

    /* a byte now and then keeps every timeout of one read away */

    if (strcmp(text, DRIP) == 0) {
        for (i = 0; i < 300; i++) {
            if (write(p->fd, "2", 1) != 1) {
                break;
            }

            usleep(100000);
        }

        _exit(0);
    }

    if (p->ssl != NULL) {
        (void) SSL_write(p->ssl, text, (int) strlen(text));

    } else if (write(p->fd, text, strlen(text)) < 0) {
        _exit(0);
    }
}


static int
hear(peer_t *p, char *line, size_t size)
{
    int     n;
    size_t  len;

    for (len = 0; len < size - 1; len++) {
        n = p->ssl != NULL ? SSL_read(p->ssl, line + len, 1)
                           : (int) read(p->fd, line + len, 1);

        if (n <= 0) {
            return -1;
        }

        if (line[len] == '\n') {
            line[len + 1] = '\0';
            return 0;
        }
    }

    return -1;
}


static void
take_mail(peer_t *p, const script_t *s)
{
    char   line[2048];
    FILE  *f;

    f = fopen(mail_file, "w");

    while (f != NULL && hear(p, line, sizeof(line)) == 0) {
        if (strcmp(line, ".\r\n") == 0) {
            break;
        }

        fputs(line, f);
    }

    fclose(f);
    say(p, or(s->sent, "250 queued\r\n"));
}


static void
serve_tls(peer_t *p, const script_t *s)
{
    SSL      *ssl;
    SSL_CTX  *ctx;

    ctx = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate_file(ctx, path[0], SSL_FILETYPE_PEM);
    SSL_CTX_use_PrivateKey_file(ctx, path[1], SSL_FILETYPE_PEM);

    ssl = SSL_new(ctx);
    SSL_set_fd(ssl, p->fd);

    if (SSL_accept(ssl) != 1) {
        _exit(0);
    }

    if (s->name != NULL
        && (SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name) == NULL
            || strcmp(SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name),
                      s->name)
               != 0))
    {
        _exit(0);
    }

    p->ssl = ssl;
}


static void
serve(int fd, const script_t *s)
{
    char    line[2048];
    peer_t  p = { fd, NULL };

    say(&p, or(s->greeting, "220 test ESMTP\r\n"));

    while (hear(&p, line, sizeof(line)) == 0) {

        if (strncmp(line, "EHLO", 4) == 0) {
            say(&p, or(s->ehlo, s->tls && p.ssl == NULL
                                ? "250-test\r\n250 STARTTLS\r\n"
                                : "250-test\r\n250 AUTH PLAIN\r\n"));

        } else if (strncmp(line, "STARTTLS", 8) == 0) {
            say(&p, or(s->starttls, "220 go\r\n"));
            serve_tls(&p, s);

        } else if (strncmp(line, "AUTH", 4) == 0) {
            say(&p, or(s->auth, strstr(line, "AHVzZXIAc2VjcmV0")
                                ? "235 hello\r\n" : "535 who are you\r\n"));

        } else if (strncmp(line, "MAIL", 4) == 0) {
            say(&p, or(s->mail, "250 ok\r\n"));

        } else if (strncmp(line, "RCPT", 4) == 0) {
            say(&p, or(s->rcpt, "250 ok\r\n"));

        } else if (strncmp(line, "DATA", 4) == 0) {
            say(&p, or(s->data, "354 go\r\n"));

            if (s->data == NULL) {
                take_mail(&p, s);
            }

        } else if (strncmp(line, "QUIT", 4) == 0) {
            say(&p, "221 bye\r\n");
            break;

        } else {
            say(&p, "500 what\r\n");
        }
    }
}


static void
start(const script_t *s)
{
    int                 fd;
    socklen_t           len;
    struct sockaddr_in  sin;

    memset(&sin, 0, sizeof(sin));
    sin.sin_family = AF_INET;
    sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    len = sizeof(sin);

    fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *) &sin, len), 0);
    assert_int_equal(listen(fd, 4), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *) &sin, &len), 0);
    server_port = ntohs(sin.sin_port);

    child = fork();
    assert_true(child >= 0);

    if (child == 0) {
        serve(accept(fd, NULL, NULL), s);
        _exit(0);
    }

    close(fd);
}


static chat_smtp_verdict_t
send_as(const script_t *s, chat_smtp_tls_t tls, const char *host,
    const char *user)
{
    int                  status;
    chat_smtp_verdict_t  verdict;
    chat_smtp_server_t   server = {
        host, "127.0.0.1", 0, tls, ca_file, user, "secret", timeout_ms
    };

    start(s);
    server.port = server_port;

    memset(error, 'x', sizeof(error));
    verdict = chat_smtp_send(&server, &mail, error, sizeof(error));

    kill(child, SIGKILL);
    waitpid(child, &status, 0);

    return verdict;
}


static chat_smtp_verdict_t
send_plain(const script_t *s)
{
    return send_as(s, CHAT_SMTP_TLS_OFF, "localhost", NULL);
}


static void
expect(const script_t *s, chat_smtp_verdict_t verdict, const char *reason)
{
    assert_int_equal(send_plain(s), verdict);

    if (strstr(error, reason) == NULL) {
        fail_msg("error is \"%s\", not about \"%s\"", error, reason);
    }
}


static void
test_accepted_mail_is_sent(void **state)
{
    char    text[4096];
    FILE   *f;
    size_t  n;

    expect(&(script_t) { 0 }, CHAT_SMTP_SENT, "");

    f = fopen(mail_file, "r");
    assert_non_null(f);
    n = fread(text, 1, sizeof(text) - 1, f);
    text[n] = '\0';
    fclose(f);

    assert_non_null(strstr(text, "Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n"));
    assert_non_null(strstr(text, "=?UTF-8?B?Q2jDpHQ=?="));
    assert_non_null(strstr(text, "<chat@example.org>\r\n"));
    assert_non_null(strstr(text, "To: <ann@example.net>\r\n"));
    assert_non_null(strstr(text, "Message-ID: <1@example.org>\r\n"));
    assert_non_null(strstr(text, "Subject: Your code\r\n"));
    assert_non_null(strstr(text, "multipart/alternative"));
    assert_non_null(strstr(text, "\r\n\r\nCode: 12345678\r\n..\r\nBye =3D\r\n"));
    assert_non_null(strstr(text, "<p>12345678</p>"));
}


static void
test_temporary_refusal_is_retried(void **state)
{
    expect(&(script_t) { .greeting = "421 busy\r\n" }, CHAT_SMTP_RETRY, "421");
    expect(&(script_t) { .ehlo = "421 busy\r\n" }, CHAT_SMTP_RETRY, "421");
    expect(&(script_t) { .mail = "451 later\r\n" }, CHAT_SMTP_RETRY,
           "MAIL: 451");
    expect(&(script_t) { .rcpt = "452 full\r\n" }, CHAT_SMTP_RETRY,
           "RCPT: 452");
    expect(&(script_t) { .data = "451 later\r\n" }, CHAT_SMTP_RETRY,
           "DATA: 451");
    expect(&(script_t) { .sent = "451 later\r\n" }, CHAT_SMTP_RETRY,
           "DATA: 451");
}


static void
test_permanent_refusal_is_final(void **state)
{
    expect(&(script_t) { .mail = "550 no\r\n" }, CHAT_SMTP_REFUSED,
           "MAIL: 550 no");
    expect(&(script_t) { .rcpt = "550 no such user\r\n" }, CHAT_SMTP_REFUSED,
           "RCPT: 550 no such user");
    expect(&(script_t) { .data = "554 no\r\n" }, CHAT_SMTP_REFUSED,
           "DATA: 554");
    expect(&(script_t) { .sent = "554 spam\r\n" }, CHAT_SMTP_REFUSED,
           "DATA: 554 spam");
}


static void
test_refused_service_is_retried(void **state)
{
    expect(&(script_t) { .greeting = "554 go away\r\n" }, CHAT_SMTP_RETRY,
           "554");
    expect(&(script_t) { .mail = "530 authenticate first\r\n" },
           CHAT_SMTP_RETRY, "530");
}


static void
test_drop_is_retried(void **state)
{
    expect(&(script_t) { .greeting = DROP }, CHAT_SMTP_RETRY, "");
    expect(&(script_t) { .ehlo = DROP }, CHAT_SMTP_RETRY, "");
    expect(&(script_t) { .mail = DROP }, CHAT_SMTP_RETRY, "");
    expect(&(script_t) { .rcpt = DROP }, CHAT_SMTP_RETRY, "");
    expect(&(script_t) { .data = DROP }, CHAT_SMTP_RETRY, "");
    expect(&(script_t) { .sent = DROP }, CHAT_SMTP_RETRY, "");
}


static void
expect_in_time(const script_t *s)
{
    int64_t  from, took;

    timeout_ms = TIMEOUT_MS;
    from = chat_smtp_now();
    expect(s, CHAT_SMTP_RETRY, "time over");
    took = chat_smtp_now() - from;
    timeout_ms = PATIENCE_MS;

    assert_in_range(took, TIMEOUT_MS - 100, TIMEOUT_MS + LATE_MS);
}


static void
test_one_deadline_ends_every_step(void **state)
{
    expect_in_time(&(script_t) { .greeting = HANG });
    expect_in_time(&(script_t) { .greeting = DRIP });
    expect_in_time(&(script_t) { .rcpt = HANG });
    expect_in_time(&(script_t) { .sent = DRIP });
}


static void
test_nobody_listens(void **state)
{
    chat_smtp_server_t  server = {
        "localhost", "127.0.0.1", 1, CHAT_SMTP_TLS_OFF, NULL, NULL, NULL,
        TIMEOUT_MS
    };

    assert_int_equal(chat_smtp_send(&server, &mail, error, sizeof(error)),
                     CHAT_SMTP_RETRY);
    assert_non_null(strstr(error, "Connection refused"));
}


/* a listener whose backlog is full answers no SYN, as a blackhole does */

static void
test_blackhole_ends_in_time(void **state)
{
    int                 fd, i, more[8];
    int64_t             from;
    socklen_t           len;
    struct sockaddr_in  sin;
    chat_smtp_server_t  server = {
        "localhost", "127.0.0.1", 0, CHAT_SMTP_TLS_OFF, NULL, NULL, NULL,
        TIMEOUT_MS
    };

    memset(&sin, 0, sizeof(sin));
    sin.sin_family = AF_INET;
    sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    len = sizeof(sin);
    fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *) &sin, len), 0);
    assert_int_equal(listen(fd, 0), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *) &sin, &len), 0);
    server.port = ntohs(sin.sin_port);

    for (i = 0; i < (int) count(more); i++) {
        more[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void) connect(more[i], (struct sockaddr *) &sin, len);
    }

    from = chat_smtp_now();
    assert_int_equal(chat_smtp_send(&server, &mail, error, sizeof(error)),
                     CHAT_SMTP_RETRY);
    assert_in_range(chat_smtp_now() - from, TIMEOUT_MS - 100,
                    TIMEOUT_MS + LATE_MS);

    for (i = 0; i < (int) count(more); i++) {
        close(more[i]);
    }

    close(fd);
}


static void
test_tls(void **state)
{
    assert_int_equal(send_as(&(script_t) {
                                 .tls = 1, .name = "mail.example.org"
                             },
                             CHAT_SMTP_TLS_REQUIRED, "mail.example.org", NULL),
                     CHAT_SMTP_SENT);
}


static void
test_tls_to_an_address_in_the_certificate(void **state)
{
    assert_int_equal(send_as(&(script_t) { .tls = 1 },
                             CHAT_SMTP_TLS_REQUIRED, "127.0.0.1", NULL),
                     CHAT_SMTP_SENT);
}


static void
test_another_name_is_refused(void **state)
{
    assert_int_equal(send_as(&(script_t) { .tls = 1 },
                             CHAT_SMTP_TLS_REQUIRED, "other.example.org",
                             NULL),
                     CHAT_SMTP_RETRY);
    assert_non_null(strstr(error, "ostname mismatch"));
}


static void
test_untrusted_certificate_is_refused(void **state)
{
    ca_file = path[2];
    assert_int_equal(send_as(&(script_t) { .tls = 1 },
                             CHAT_SMTP_TLS_REQUIRED, "mail.example.org",
                             NULL),
                     CHAT_SMTP_RETRY);
    ca_file = path[0];

    assert_non_null(strstr(error, "certificate"));
}


static void
test_missing_starttls_sends_nothing(void **state)
{
    assert_int_equal(send_as(&(script_t) { 0 }, CHAT_SMTP_TLS_REQUIRED,
                             "mail.example.org", NULL),
                     CHAT_SMTP_RETRY);
    assert_non_null(strstr(error, "no STARTTLS"));
}


static void
test_replies_put_before_tls_are_not_believed(void **state)
{
    assert_int_equal(send_as(&(script_t) {
                                 .tls = 1,
                                 .starttls = "220 go\r\n250 a\r\n250 b\r\n"
                                             "250 c\r\n354 d\r\n250 e\r\n"
                             },
                             CHAT_SMTP_TLS_REQUIRED, "mail.example.org",
                             NULL),
                     CHAT_SMTP_RETRY);
}


static void
test_authentication(void **state)
{
    assert_int_equal(send_as(&(script_t) { .tls = 1 },
                             CHAT_SMTP_TLS_REQUIRED, "mail.example.org",
                             "user"),
                     CHAT_SMTP_SENT);
}


static void
test_failed_authentication_is_no_verdict_on_the_mail(void **state)
{
    assert_int_equal(send_as(&(script_t) {
                                 .tls = 1, .rcpt = "554 relay denied\r\n"
                             },
                             CHAT_SMTP_TLS_REQUIRED, "mail.example.org",
                             "resu"),
                     CHAT_SMTP_RETRY);
    assert_non_null(strstr(error, "not authenticated"));
}


static void
test_no_line_break_gets_through(void **state)
{
    size_t              i;
    chat_smtp_mail_t    bad[8];
    chat_smtp_server_t  server = {
        "localhost", "127.0.0.1", 1, CHAT_SMTP_TLS_OFF, NULL, NULL, NULL,
        TIMEOUT_MS
    };

    for (i = 0; i < count(bad); i++) {
        bad[i] = mail;
    }

    bad[0].to = "v@x.test>\r\nRCPT TO:<evil@x.test";
    bad[1].from = "a@example.org\r\nX";
    bad[2].subject = "a\r\nBcc: evil@x.test";
    bad[3].from_name = "a\nb";
    bad[4].message_id = "1@example.org>\r\nX: <";
    bad[5].to = "a b@x.test";
    bad[6].message_id = "1@example>.org";
    bad[7].message_id = "1 @example.org";

    for (i = 0; i < count(bad); i++) {
        assert_int_equal(chat_smtp_send(&server, &bad[i], error,
                                        sizeof(error)),
                         CHAT_SMTP_REFUSED);
        assert_non_null(strstr(error, "not sent: bad"));
    }
}


static int
make_certificates(void **state)
{
    char  command[512];

    if (mkdtemp(directory) == NULL) {
        return -1;
    }

    snprintf(path[0], sizeof(path[0]), "%s/cert.pem", directory);
    snprintf(path[1], sizeof(path[1]), "%s/key.pem", directory);
    snprintf(path[2], sizeof(path[2]), "%s/other.pem", directory);
    snprintf(mail_file, sizeof(mail_file), "%s/mail", directory);

    snprintf(command, sizeof(command),
             "for n in other cert; do openssl req -x509 -newkey ec"
             " -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=$n"
             " -addext subjectAltName=DNS:mail.example.org,IP:127.0.0.1"
             " -keyout %s/key.pem -out %s/$n.pem 2>/dev/null || exit 1; done",
             directory, directory);

    return system(command) == 0 ? chat_smtp_init() : -1;
}


static int
remove_certificates(void **state)
{
    unlink(path[0]);
    unlink(path[1]);
    unlink(path[2]);
    unlink(mail_file);

    return rmdir(directory);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_accepted_mail_is_sent),
        cmocka_unit_test(test_temporary_refusal_is_retried),
        cmocka_unit_test(test_permanent_refusal_is_final),
        cmocka_unit_test(test_refused_service_is_retried),
        cmocka_unit_test(test_drop_is_retried),
        cmocka_unit_test(test_one_deadline_ends_every_step),
        cmocka_unit_test(test_nobody_listens),
        cmocka_unit_test(test_blackhole_ends_in_time),
        cmocka_unit_test(test_tls),
        cmocka_unit_test(test_tls_to_an_address_in_the_certificate),
        cmocka_unit_test(test_another_name_is_refused),
        cmocka_unit_test(test_untrusted_certificate_is_refused),
        cmocka_unit_test(test_missing_starttls_sends_nothing),
        cmocka_unit_test(test_replies_put_before_tls_are_not_believed),
        cmocka_unit_test(test_authentication),
        cmocka_unit_test(test_failed_authentication_is_no_verdict_on_the_mail),
        cmocka_unit_test(test_no_line_break_gets_through),
    };

    return cmocka_run_group_tests_name("one mail over SMTP", tests,
                                       make_certificates,
                                       remove_certificates);
}
