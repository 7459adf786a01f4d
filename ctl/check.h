/* What the files of chatctl check share. */

#ifndef CHATCTL_CHECK_H
#define CHATCTL_CHECK_H

#include "chatctl.h"
#include "conf.h"

#include <openssl/ssl.h>

typedef enum {
    CHECK_OK = 0,
    CHECK_SKIPPED,
    CHECK_WARNING,
    CHECK_FAULT
} chatctl_status_t;

typedef struct {
    chatctl_t              *ctl;
    json_t                 *findings;
    int                     faults;
    int                     warnings;
    const chatctl_conf_t   *conf;       /* nginx's, or NULL */
    long                    workers;    /* 0: not known */
    long                    seen_day;   /* signed-in devices of the last day; -1: not known */
} chatctl_check_t;

/* mend: what to do about it, or NULL */
void chatctl_found(chatctl_check_t *check, chatctl_status_t status, const char *name,
    const char *mend, const char *format, ...) __attribute__((format(printf, 5, 6)));

void chatctl_check_database(chatctl_check_t *check);
void chatctl_check_nginx(chatctl_check_t *check);
void chatctl_check_servers(chatctl_check_t *check);
void chatctl_check_url(chatctl_check_t *check, const char *url);
void chatctl_check_mail(chatctl_check_t *check);

/* check_tls.c: what is to be said of a certificate that somebody shows or that a file holds */
void chatctl_check_expiry(chatctl_check_t *check, const char *name, const char *whose, X509 *cert);
/* connects within seconds, -1 with why set */
int chatctl_dial(const char *host, const char *port, int seconds, char *why, size_t size);
/* TLS to a connected socket with chain and name checked; NULL with why set */
SSL *chatctl_tls(int fd, const char *host, const char *ca, char *why, size_t size);

#endif /* CHATCTL_CHECK_H */
