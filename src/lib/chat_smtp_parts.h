/* What the files of chat_smtp share. */

#ifndef CHAT_SMTP_PARTS_H
#define CHAT_SMTP_PARTS_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/ssl.h>

#include "chat_smtp.h"

#define CHAT_SMTP_BUFFER        8192

typedef struct {
    size_t          start;
    size_t          len;
    char            data[CHAT_SMTP_BUFFER];
} chat_smtp_buffer_t;

/*
 * The way to the server.  libesmtp connects and reads with no deadline that we
 * can set, so it talks to a loopback socket of ours, and a thread passes the bytes on
 * to a connection that we made: at the deadline that thread hangs up.
 */
typedef struct {
    int                  server;
    int                  listener;
    int64_t              deadline;      /* milliseconds of chat_smtp_now() */
    unsigned             port;          /* of the loopback socket */
    int                  timed_out;     /* read it after chat_smtp_link_close() */
    int                  starttls;      /* how far: see chat_smtp_link.c */
    int                  running;
    pthread_t            thread;
    chat_smtp_buffer_t   up;
    chat_smtp_buffer_t   down;
} chat_smtp_link_t;

/* what the server must show under TLS; must stay where it is while tls lives */
typedef struct {
    const char          *host;
    SSL_CTX             *tls;           /* to be freed */
    long                 refused;       /* why its certificate was, or 0 */
} chat_smtp_peer_t;

int64_t chat_smtp_now(void);

/* connects and starts passing; 0, or -1 with error set */
int chat_smtp_link_open(chat_smtp_link_t *link,
    const chat_smtp_server_t *server, int64_t deadline, char *error,
    size_t error_size);

/* hangs up and waits for the thread, which ends at once */
void chat_smtp_link_close(chat_smtp_link_t *link);

/* makes peer->tls; 0, or -1 with error set */
int chat_smtp_peer_make(chat_smtp_peer_t *peer,
    const chat_smtp_server_t *server, char *error, size_t error_size);

/* whether host, addresses and header values are what may be sent; NULL or what isn't */
const char *chat_smtp_mail_check(const chat_smtp_server_t *server,
    const chat_smtp_mail_t *mail);

/* the mail with its header, lines ending in CRLF, to be freed; NULL without memory */
char *chat_smtp_mail_make(const chat_smtp_mail_t *mail, size_t *len);

/* writes a terminated line of printable ASCII */
void chat_smtp_tell(char *error, size_t error_size, const char *fmt, ...)
    __attribute__ ((format (printf, 3, 4)));

#endif /* CHAT_SMTP_PARTS_H */
