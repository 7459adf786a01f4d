/*
 * One mail over SMTP (RFC 5321) by libesmtp, with what that library lacks: a
 * connect probe, one deadline over everything, a verdict read from message and
 * recipient status, TLS 1.2 by our own SSL_CTX, strict addresses and headers.
 * Blocking: thread pool only.
 */

#ifndef CHAT_SMTP_H
#define CHAT_SMTP_H

#include <stddef.h>

typedef enum {
    CHAT_SMTP_TLS_REQUIRED = 0,     /* STARTTLS with certificate and name checks */
    CHAT_SMTP_TLS_OFF
} chat_smtp_tls_t;

typedef struct {
    const char     *host;           /* name for certificate and EHLO target */
    const char     *address;        /* numeric address, resolved beforehand; or NULL: resolve
                                       here, which the timeout doesn't bound */
    unsigned        port;
    chat_smtp_tls_t tls;
    const char     *ca_file;        /* NULL: the system's */
    const char     *user;           /* NULL: no AUTH */
    const char     *password;
    unsigned        timeout_ms;     /* over the whole mail, 1,000 to 60,000 */
} chat_smtp_server_t;

typedef struct {
    const char     *from;           /* envelope and header address */
    const char     *from_name;      /* or NULL */
    const char     *to;
    const char     *subject;        /* UTF-8, no control characters */
    const char     *message_id;     /* without brackets */
    long            date;           /* unix time */
    const char     *text;           /* UTF-8 */
    const char     *html;           /* or NULL */
} chat_smtp_mail_t;

typedef enum {
    CHAT_SMTP_SENT = 0,
    CHAT_SMTP_RETRY,                /* 4xx, no answer, TLS or connect failure, time over */
    CHAT_SMTP_REFUSED               /* 5xx, or a mail that can't be sent as it is */
} chat_smtp_verdict_t;

/* once a process, before any thread */
int chat_smtp_init(void);

/*
 * Sends one mail; error: why not, printable ASCII, terminated.  libesmtp looks for
 * client certificates under $HOME/.authenticate: a HOME that is set but may not be
 * read makes TLS fail.
 */
chat_smtp_verdict_t chat_smtp_send(const chat_smtp_server_t *server,
    const chat_smtp_mail_t *mail, char *error, size_t error_size);

#endif /* CHAT_SMTP_H */
