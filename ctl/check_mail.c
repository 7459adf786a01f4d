/* The relay of chat_mail: the dialogue up to a mail, and with --to a mail. */

#include "check.h"

#include "chat_smtp.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#define LINE            1024    /* bytes of a reply's line (RFC 5321: 512) */
#define LINES           64      /* of a reply */
#define PATIENCE        10      /* s for each step */

typedef struct {
    chat_smtp_server_t   server;
    char                 host[512];
    char                 user[512];
    char                 port[8];
    char                *password;
    const char          *from;
    const char          *name;
    int                  fd;
    SSL                 *tls;
    char                 reply[LINE];       /* its last line */
    int                  starttls;          /* it offers that */
    int                  auth;
} relay_t;

static int relay_of(chatctl_check_t *check, relay_t *r);
static int is_loopback(const char *host);
static void talk(chatctl_check_t *check, relay_t *r);
static int secure(chatctl_check_t *check, relay_t *r);
static void sign_in(chatctl_check_t *check, relay_t *r);
static int say(relay_t *r, const char *line);
static int hear(relay_t *r);
static int hear_line(relay_t *r, char line[LINE]);
static void send_mail(chatctl_check_t *check, relay_t *r, const char *to);


void
chatctl_check_mail(chatctl_check_t *check)
{
    relay_t      r;
    const char  *to;

    memset(&r, 0, sizeof(relay_t));
    r.fd = -1;

    if (relay_of(check, &r) != 0) {
        return;
    }

    talk(check, &r);

    SSL_free(r.tls);

    if (r.fd != -1) {
        close(r.fd);
    }

    to = chatctl_option(check->ctl, "to");

    if (to) {
        send_mail(check, &r, to);
    }

    chatctl_wipe(r.password);
}


/* what the directive says; nginx has read it and found it good */

static int
relay_of(chatctl_check_t *check, relay_t *r)
{
    char                  *at, *colon, *host, *end, url[512];
    const char            *file, *tls;
    const chatctl_conf_t  *d;

    d = chatctl_conf_below(check->conf, "chat_mail");

    if (d == NULL || d->nargs < 2) {
        chatctl_found(check, CHECK_FAULT, "mail", "chat_mail "
                      "smtp://127.0.0.1:25 from=chat@example.org; in http",
                      "without chat_mail nobody can verify an address");
        return -1;
    }

    (void) snprintf(url, sizeof(url), "%s", d->args[1]
                    + (strncmp(d->args[1], "smtp://", 7) == 0 ? 7 : 0));
    host = url;
    at = strrchr(url, '@');

    if (at) {
        *at = '\0';
        host = at + 1;
        (void) snprintf(r->user, sizeof(r->user), "%s", url);
        r->server.user = r->user;
    }

    if (host[0] == '[' && (end = strchr(host, ']')) != NULL) {
        host++;
        *end = '\0';
        colon = end[1] == ':' ? end + 1 : NULL;

    } else {
        colon = strchr(host, ':');
    }

    if (colon) {
        *colon = '\0';
    }

    r->server.port = colon ? (unsigned) atoi(colon + 1) : 25;
    (void) snprintf(r->host, sizeof(r->host), "%s", host);
    (void) snprintf(r->port, sizeof(r->port), "%u", r->server.port & 0xffff);

    tls = chatctl_conf_option(d, "tls");
    r->server.host = r->host;
    r->server.ca_file = chatctl_conf_option(d, "ca");
    r->server.tls = tls ? strcmp(tls, "off") == 0 : is_loopback(r->host)
                    ? CHAT_SMTP_TLS_OFF : CHAT_SMTP_TLS_REQUIRED;
    r->server.timeout_ms = PATIENCE * 1000;
    r->from = chatctl_conf_option(d, "from");
    r->name = chatctl_conf_option(d, "name");

    file = chatctl_conf_option(d, "password_file");

    if (file) {
        r->password = chatctl_secret(check->ctl, file);

        if (r->password == NULL) {
            return -1;
        }

        r->server.password = r->password;
    }

    return 0;
}


static int
is_loopback(const char *host)
{
    return strcmp(host, "localhost") == 0 || strncmp(host, "127.", 4) == 0
           || strcmp(host, "::1") == 0;
}


static void
talk(chatctl_check_t *check, relay_t *r)
{
    char  why[512];

    r->fd = chatctl_dial(r->host, r->port, PATIENCE, why, sizeof(why));

    if (r->fd == -1) {
        chatctl_found(check, CHECK_FAULT, "mail", "is the relay running, is "
                      "its address in chat_mail right?", "%s", why);
        return;
    }

    if (hear(r) != 220 || say(r, "EHLO localhost") != 0 || hear(r) != 250) {
        chatctl_found(check, CHECK_FAULT, "mail", "is that an SMTP server, and "
                      "does it let this machine in?",
                      "%s port %s doesn't greet: %s", r->host, r->port,
                      r->reply);
        return;
    }

    if (r->server.tls == CHAT_SMTP_TLS_OFF) {
        chatctl_found(check, is_loopback(r->host) ? CHECK_OK : CHECK_FAULT,
                      "mail", "remove tls=off",
                      "%s port %s greets, mails go there in clear", r->host,
                      r->port);

    } else if (secure(check, r) != 0) {
        return;
    }

    if (r->server.user) {
        sign_in(check, r);
    }

    (void) say(r, "QUIT");
}


static int
secure(chatctl_check_t *check, relay_t *r)
{
    X509  *cert;
    char   why[512];

    if (!r->starttls || say(r, "STARTTLS") != 0 || hear(r) != 220) {
        chatctl_found(check, CHECK_FAULT, "mail TLS", "switch STARTTLS on at "
                      "the relay; tls=off sends codes in clear",
                      "%s offers no STARTTLS", r->host);
        return -1;
    }

    r->tls = chatctl_tls(r->fd, r->host, r->server.ca_file, why, sizeof(why));

    if (r->tls == NULL) {
        chatctl_found(check, CHECK_FAULT, "mail TLS", "a certificate for the "
                      "name in chat_mail, or ca=FILE of who signed it",
                      "%s: %s", r->host, why);
        return -1;
    }

    cert = SSL_get1_peer_certificate(r->tls);

    if (cert) {
        chatctl_check_expiry(check, "mail TLS", r->host, cert);
        X509_free(cert);
    }

    if (say(r, "EHLO localhost") != 0 || hear(r) != 250) {
        chatctl_found(check, CHECK_FAULT, "mail", NULL,
                      "%s says no more under TLS", r->host);
        return -1;
    }

    chatctl_found(check, CHECK_OK, "mail", NULL, "%s port %s greets, by TLS",
                  r->host, r->port);

    return 0;
}


/* AUTH PLAIN (RFC 4616), which the workers use, too */

static void
sign_in(chatctl_check_t *check, relay_t *r)
{
    int      code;
    char     line[2048];
    size_t   u, p;
    uint8_t  plain[1024];

    u = strlen(r->user);
    p = r->password ? strlen(r->password) : 0;

    if (!r->auth || u + p + 2 > sizeof(plain)) {
        chatctl_found(check, CHECK_FAULT, "mail sign-in", "another relay, or no "
                      "user in chat_mail", "%s offers no AUTH PLAIN", r->host);
        return;
    }

    plain[0] = '\0';
    memcpy(plain + 1, r->user, u);
    plain[u + 1] = '\0';
    memcpy(plain + u + 2, r->password ? r->password : "", p);

    (void) strcpy(line, "AUTH PLAIN ");
    (void) sodium_bin2base64(line + 11, sizeof(line) - 11, plain, u + p + 2,
                             sodium_base64_VARIANT_ORIGINAL);
    code = say(r, line) == 0 ? hear(r) : 0;

    sodium_memzero(plain, sizeof(plain));
    sodium_memzero(line, sizeof(line));

    chatctl_found(check, code == 235 ? CHECK_OK : CHECK_FAULT, "mail sign-in",
                  "the user in chat_mail, the password in its password_file",
                  code == 235 ? "%s takes user and password"
                              : "%s refuses user and password: %s", r->host,
                  r->reply);
}


static int
say(relay_t *r, const char *line)
{
    int   n;
    char  text[LINE * 3];

    n = snprintf(text, sizeof(text), "%s\r\n", line);

    n = r->tls ? SSL_write(r->tls, text, n) == n
               : write(r->fd, text, (size_t) n) == n;
    sodium_memzero(text, sizeof(text));

    return n ? 0 : -1;
}


/* a whole reply: its code, 0 when none comes; what it offers is noted */

static int
hear(relay_t *r)
{
    int   i;
    char  line[LINE];

    for (i = 0; i < LINES; i++) {

        if (hear_line(r, line) != 0) {
            (void) snprintf(r->reply, sizeof(r->reply), "no answer");
            return 0;
        }

        if (strncasecmp(line + 4, "STARTTLS", 8) == 0) {
            r->starttls = 1;

        } else if (strncasecmp(line + 4, "AUTH", 4) == 0
                   && strcasestr(line + 8, "PLAIN"))
        {
            r->auth = 1;
        }

        if (line[3] != '-') {
            (void) snprintf(r->reply, sizeof(r->reply), "%s", line);
            return atoi(line);
        }
    }

    return 0;
}


static int
hear_line(relay_t *r, char line[LINE])
{
    char    c;
    size_t  len;

    for (len = 0; len < LINE - 1; /* void */) {

        if ((r->tls ? SSL_read(r->tls, &c, 1) : (int) read(r->fd, &c, 1))
            != 1)
        {
            return -1;
        }

        if (c == '\n') {
            break;
        }

        if (c != '\r') {
            line[len++] = c;
        }
    }

    if (len < 3) {
        return -1;
    }

    /* "250" alone is a whole line, too: what is looked at behind it is empty */

    memset(line + len, '\0', len + 9 < LINE ? 9 : LINE - len);

    return 0;
}


/* by the code that workers send by, in this process */

static void
send_mail(chatctl_check_t *check, relay_t *r, const char *to)
{
    char                 id[128], error[512];
    uint8_t              random[16];
    chat_smtp_mail_t     mail;
    chat_smtp_verdict_t  verdict;

    randombytes_buf(random, sizeof(random));
    (void) sodium_bin2hex(id, sizeof(id), random, sizeof(random));
    (void) strcat(id, "@chatctl.invalid");

    memset(&mail, 0, sizeof(mail));
    mail.from = r->from;
    mail.from_name = r->name;
    mail.to = to;
    mail.subject = "A test of mail";
    mail.message_id = id;
    mail.date = (long) time(NULL);
    mail.text = "chatctl check --to sent this mail. It has arrived.\n";

    verdict = chat_smtp_init() == 0
              ? chat_smtp_send(&r->server, &mail, error, sizeof(error))
              : CHAT_SMTP_RETRY;

    chatctl_found(check, verdict == CHAT_SMTP_SENT ? CHECK_OK : CHECK_FAULT,
                  "mail to", "what the relay says is in quotes; ask who runs it",
                  verdict == CHAT_SMTP_SENT
                  ? "%s: the relay took a mail, look whether it arrives"
                  : "%s: not sent: \"%s\"", to, error);
}
