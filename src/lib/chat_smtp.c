/* One mail by libesmtp, and the verdict on it. */

#include <stddef.h>
#include <sys/types.h>

#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <auth-client.h>
#include <libesmtp.h>
#include <sodium.h>

#include "chat_smtp_parts.h"

#define CHAT_SMTP_TIMEOUT_MIN   1000
#define CHAT_SMTP_TIMEOUT_MAX   60000
#define CHAT_SMTP_REPLY         200     /* bytes kept of what the server said */
#define CHAT_SMTP_HOST          254

typedef struct {
    const chat_smtp_server_t  *server;
    chat_smtp_link_t          *link;
    smtp_session_t             session;
    smtp_message_t             message;
    smtp_recipient_t           recipient;
    auth_context_t             auth;
    chat_smtp_peer_t           peer;
    char                      *data;            /* the mail */
    size_t                     data_len;
    int                        data_read;
    int                        authenticated;
    int                        no_starttls;
    char                       reply[CHAT_SMTP_REPLY];
} chat_smtp_t;


static int  chat_smtp_prepare(chat_smtp_t *s, const chat_smtp_mail_t *mail,
    char *error, size_t error_size);
static int  chat_smtp_timeouts(chat_smtp_t *s);
static void chat_smtp_hostname(chat_smtp_t *s, const chat_smtp_mail_t *mail);
static int  chat_smtp_login(chat_smtp_t *s);
static int  chat_smtp_interact(auth_client_request_t request, char **result,
    int fields, void *data);
static void chat_smtp_event(smtp_session_t session, int event, void *data,
    ...);
static void chat_smtp_monitor(const char *buf, int len, int writing,
    void *data);
static const char *chat_smtp_body(void **ctx, int *len, void *data);
static chat_smtp_verdict_t chat_smtp_judge(chat_smtp_t *s, char *error,
    size_t error_size);
static chat_smtp_verdict_t chat_smtp_status(chat_smtp_t *s, const char *step,
    const smtp_status_t *status, char *error, size_t error_size);
static void chat_smtp_why(chat_smtp_t *s, char *error, size_t error_size);
static void chat_smtp_free(chat_smtp_t *s);


int
chat_smtp_init(void)
{
    struct sigaction  sa;

    auth_client_init();

    if (OPENSSL_init_ssl(0, NULL) != 1 || sodium_init() < 0) {
        return -1;
    }

    /* libesmtp writes to sockets that may be gone */

    if (sigaction(SIGPIPE, NULL, &sa) != 0) {
        return -1;
    }

    if (sa.sa_handler == SIG_DFL) {
        sa.sa_handler = SIG_IGN;

        if (sigaction(SIGPIPE, &sa, NULL) != 0) {
            return -1;
        }
    }

    return 0;
}


chat_smtp_verdict_t
chat_smtp_send(const chat_smtp_server_t *server, const chat_smtp_mail_t *mail,
    char *error, size_t error_size)
{
    int64_t               deadline;
    unsigned              timeout;
    const char           *bad;
    chat_smtp_t           s;
    chat_smtp_verdict_t   verdict;

    chat_smtp_tell(error, error_size, "%s", "");

    bad = chat_smtp_mail_check(server, mail);

    if (bad != NULL) {
        chat_smtp_tell(error, error_size, "not sent: %s", bad);
        return CHAT_SMTP_REFUSED;
    }

    timeout = server->timeout_ms;

    if (timeout < CHAT_SMTP_TIMEOUT_MIN) {
        timeout = CHAT_SMTP_TIMEOUT_MIN;

    } else if (timeout > CHAT_SMTP_TIMEOUT_MAX) {
        timeout = CHAT_SMTP_TIMEOUT_MAX;
    }

    deadline = chat_smtp_now() + timeout;

    memset(&s, 0, sizeof(chat_smtp_t));
    s.server = server;
    s.link = malloc(sizeof(chat_smtp_link_t));

    if (s.link == NULL) {
        chat_smtp_tell(error, error_size, "no memory");
        return CHAT_SMTP_RETRY;
    }

    if (chat_smtp_link_open(s.link, server, deadline, error, error_size)
        != 0)
    {
        free(s.link);
        return CHAT_SMTP_RETRY;
    }

    if (chat_smtp_prepare(&s, mail, error, error_size) == 0) {

        /* its answer tells nothing about the mail */

        (void) smtp_start_session(s.session);

        chat_smtp_link_close(s.link);
        verdict = chat_smtp_judge(&s, error, error_size);

    } else {
        chat_smtp_link_close(s.link);
        verdict = CHAT_SMTP_RETRY;
    }

    chat_smtp_free(&s);

    /*
     * A worker that exits right after ends its pool's threads without waiting
     * for their last steps: OpenSSL's own, for what it keeps a thread, would
     * then race with the cleaning up at exit().
     */

    OPENSSL_thread_stop();

    return verdict;
}


static int
chat_smtp_prepare(chat_smtp_t *s, const chat_smtp_mail_t *mail, char *error,
    size_t error_size)
{
    char  port[sizeof("127.0.0.1:65535")];

    s->data = chat_smtp_mail_make(mail, &s->data_len);
    s->session = smtp_create_session();

    if (s->data == NULL || s->data_len > INT_MAX || s->session == NULL) {
        chat_smtp_tell(error, error_size, "no memory");
        return -1;
    }

    s->message = smtp_add_message(s->session);

    if (s->message == NULL) {
        chat_smtp_tell(error, error_size, "no memory");
        return -1;
    }

    s->recipient = smtp_add_recipient(s->message, mail->to);

    (void) snprintf(port, sizeof(port), "127.0.0.1:%u",
                    s->link->port & 0xffff);

    if (s->recipient == NULL
        || !smtp_set_server(s->session, port)
        || !smtp_set_reverse_path(s->message, mail->from)
        || !smtp_set_messagecb(s->message, chat_smtp_body, s)
        || !smtp_set_eventcb(s->session, chat_smtp_event, s)
        || !smtp_set_monitorcb(s->session, chat_smtp_monitor, s, 0)
        || chat_smtp_timeouts(s) != 0)
    {
        chat_smtp_tell(error, error_size, "no SMTP session");
        return -1;
    }

    chat_smtp_hostname(s, mail);

    if (s->server->user != NULL && chat_smtp_login(s) != 0) {
        chat_smtp_tell(error, error_size, "no SMTP authentication");
        return -1;
    }

    if (s->server->tls == CHAT_SMTP_TLS_OFF) {
        (void) smtp_starttls_enable(s->session, Starttls_DISABLED);
        return 0;
    }

    if (chat_smtp_peer_make(&s->peer, s->server, error, error_size) != 0) {
        return -1;
    }

    if (!smtp_starttls_set_ctx(s->session, s->peer.tls)
        || !smtp_starttls_enable(s->session, Starttls_REQUIRED))
    {
        chat_smtp_tell(error, error_size, "no STARTTLS in libesmtp");
        return -1;
    }

    return 0;
}


/* the link's deadline ends each step: these only must not be shorter */

static int
chat_smtp_timeouts(chat_smtp_t *s)
{
    int  i;

    static const int  steps[] = { Timeout_GREETING, Timeout_ENVELOPE,
                                  Timeout_DATA, Timeout_TRANSFER,
                                  Timeout_DATA2 };

    for (i = 0; i < (int) (sizeof(steps) / sizeof(steps[0])); i++) {
        if (smtp_set_timeout(s->session,
                             steps[i] | Timeout_OVERRIDE_RFC2822_MINIMUM,
                             CHAT_SMTP_TIMEOUT_MAX)
            == 0)
        {
            return -1;
        }
    }

    return 0;
}


/*
 * The name for EHLO: the machine's if it is a full one, else the sender's
 * domain (many servers refuse a name without a dot).
 */

static void
chat_smtp_hostname(chat_smtp_t *s, const chat_smtp_mail_t *mail)
{
    char    name[CHAT_SMTP_HOST];
    size_t  len;

    if (gethostname(name, sizeof(name)) == 0) {
        name[sizeof(name) - 1] = '\0';
        len = strlen(name);

        if (strchr(name, '.') != NULL
            && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.-"
                            "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == len)
        {
            (void) smtp_set_hostname(s->session, name);
            return;
        }
    }

    (void) smtp_set_hostname(s->session, strchr(mail->from, '@') + 1);
}


static int
chat_smtp_login(chat_smtp_t *s)
{
    s->auth = auth_create_context();

    if (s->auth == NULL) {
        return -1;
    }

    (void) auth_set_mechanism_flags(s->auth, AUTH_PLUGIN_PLAIN, 0);
    (void) auth_set_interact_cb(s->auth, chat_smtp_interact, s);

    return smtp_auth_set_context(s->session, s->auth) ? 0 : -1;
}


static int
chat_smtp_interact(auth_client_request_t request, char **result, int fields,
    void *data)
{
    int           i;
    chat_smtp_t  *s;

    s = data;

    for (i = 0; i < fields; i++) {

        if (request[i].flags & AUTH_USER) {
            result[i] = (char *) s->server->user;

        } else if (request[i].flags & AUTH_PASS) {
            result[i] = (char *) s->server->password;

        } else {
            result[i] = NULL;
        }
    }

    return 1;
}


/* every certificate that reaches the last event passed the handshake's checks */

static void
chat_smtp_event(smtp_session_t session, int event, void *data, ...)
{
    int          *ok;
    va_list       args;
    chat_smtp_t  *s;

    (void) session;
    s = data;

    if (event == SMTP_EV_EXTNA_STARTTLS) {
        s->no_starttls = 1;

    } else if (event == SMTP_EV_WRONG_PEER_CERTIFICATE) {
        va_start(args, data);
        ok = va_arg(args, int *);
        va_end(args);

        *ok = s->peer.refused == 0;
    }
}


/* the server's last words, for the error; what we write may hold a secret */

static void
chat_smtp_monitor(const char *buf, int len, int writing, void *data)
{
    size_t        n;
    chat_smtp_t  *s;

    s = data;

    if (writing != SMTP_CB_READING || len <= 0) {
        return;
    }

    /* the answer to QUIT says nothing */

    if (len > 3 && memcmp(buf, "221", 3) == 0) {
        return;
    }

    n = (size_t) len < sizeof(s->reply) - 1 ? (size_t) len
                                            : sizeof(s->reply) - 1;
    memcpy(s->reply, buf, n);
    s->reply[n] = '\0';

    if (n > 3 && memcmp(s->reply, "235", 3) == 0) {
        s->authenticated = 1;
    }
}


static const char *
chat_smtp_body(void **ctx, int *len, void *data)
{
    chat_smtp_t  *s;

    (void) ctx;
    s = data;

    if (len == NULL) {
        s->data_read = 0;
        return NULL;
    }

    if (s->data_read) {
        *len = 0;
        return NULL;
    }

    s->data_read = 1;
    *len = (int) s->data_len;

    return s->data;
}


/*
 * The recipient goes first: after a refused one libesmtp still sends DATA, and
 * that answer isn't about the mail.
 */

static chat_smtp_verdict_t
chat_smtp_judge(chat_smtp_t *s, char *error, size_t error_size)
{
    const smtp_status_t  *from, *to, *data;

    from = smtp_reverse_path_status(s->message);
    to = smtp_recipient_status(s->recipient);
    data = smtp_message_transfer_status(s->message);

    if (from->code / 100 != 2) {
        return chat_smtp_status(s, "MAIL", from, error, error_size);
    }

    if (to->code / 100 != 2) {
        return chat_smtp_status(s, "RCPT", to, error, error_size);
    }

    if (data->code / 100 != 2) {
        return chat_smtp_status(s, "DATA", data, error, error_size);
    }

    return CHAT_SMTP_SENT;
}


static chat_smtp_verdict_t
chat_smtp_status(chat_smtp_t *s, const char *step, const smtp_status_t *status,
    char *error, size_t error_size)
{
    if (status->code / 100 != 4 && status->code / 100 != 5) {
        chat_smtp_why(s, error, error_size);
        return CHAT_SMTP_RETRY;
    }

    chat_smtp_tell(error, error_size, "%s%s: %d %s",
                   s->server->user != NULL && !s->authenticated
                   ? "not authenticated, " : "",
                   step, status->code,
                   status->text != NULL ? status->text : "");

    /*
     * A server that knows us not may refuse anything, and 530, 534, 535 and
     * 538 (RFC 4954) are about the session: the operator can mend that.
     */

    if (status->code / 100 == 4
        || (s->server->user != NULL && !s->authenticated)
        || (status->code >= 530 && status->code <= 538))
    {
        return CHAT_SMTP_RETRY;
    }

    return CHAT_SMTP_REFUSED;
}


/* there was no verdict: the nearest reason known */

static void
chat_smtp_why(chat_smtp_t *s, char *error, size_t error_size)
{
    char  text[128];

    if (s->peer.refused != 0) {
        chat_smtp_tell(error, error_size, "TLS: certificate of %s: %s",
                       s->server->host,
                       X509_verify_cert_error_string(s->peer.refused));

    } else if (s->no_starttls) {
        chat_smtp_tell(error, error_size, "the server offers no STARTTLS");

    } else if (s->link->timed_out) {
        chat_smtp_tell(error, error_size, "time over; last reply: %s",
                       s->reply[0] != '\0' ? s->reply : "none");

    } else {
        (void) smtp_strerror(smtp_errno(), text, sizeof(text));
        chat_smtp_tell(error, error_size, "%s%slast reply: %s",
                       smtp_errno() != 0 ? text : "",
                       smtp_errno() != 0 ? "; " : "",
                       s->reply[0] != '\0' ? s->reply : "none");
    }
}


static void
chat_smtp_free(chat_smtp_t *s)
{
    if (s->session != NULL) {
        (void) smtp_destroy_session(s->session);
    }

    if (s->auth != NULL) {
        (void) auth_destroy_context(s->auth);
    }

    SSL_CTX_free(s->peer.tls);

    /* both may hold a code or a link */

    if (s->data != NULL) {
        sodium_memzero(s->data, s->data_len);
        free(s->data);
    }

    sodium_memzero(s->link, sizeof(chat_smtp_link_t));
    free(s->link);

    /* the queue is the thread's, which goes on */

    ERR_clear_error();
}
