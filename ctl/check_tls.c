/* TLS: of what others show us, and of the files that nginx shows to others. */

#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#define EXPIRY_DAYS     14
#define TLS_PATIENCE    10      /* s */

static int dial_one(const struct addrinfo *a, int seconds);
static int is_numeric(const char *host);


void
chatctl_check_expiry(chatctl_check_t *check, const char *name,
    const char *whose, X509 *cert)
{
    int  days, seconds;

    if (!ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(cert))) {
        chatctl_found(check, CHECK_FAULT, name, "get another one",
                      "the certificate of %s has no readable end", whose);

    } else if (days < 0 || seconds < 0) {
        chatctl_found(check, CHECK_FAULT, name, "renew it, then reload",
                      "the certificate of %s ended %d days ago", whose, -days);

    } else if (X509_cmp_current_time(X509_get0_notBefore(cert)) > 0) {
        chatctl_found(check, CHECK_FAULT, name, "is the clock right?",
                      "the certificate of %s isn't valid yet", whose);

    } else {
        chatctl_found(check, days < EXPIRY_DAYS ? CHECK_WARNING : CHECK_OK,
                      name, "renew it, then reload",
                      "the certificate of %s ends in %d days", whose, days);
    }
}


int
chatctl_dial(const char *host, const char *port, int seconds, char *why,
    size_t size)
{
    int               fd, rc;
    struct addrinfo   hints, *list, *a;

    memset(&hints, 0, sizeof(hints));
    hints.ai_socktype = SOCK_STREAM;

    rc = getaddrinfo(host, port, &hints, &list);

    if (rc != 0) {
        (void) snprintf(why, size, "%s: %s", host, gai_strerror(rc));
        return -1;
    }

    fd = -1;
    errno = 0;

    for (a = list; a && fd == -1; a = a->ai_next) {
        fd = dial_one(a, seconds);
    }

    if (fd == -1) {
        (void) snprintf(why, size, "can't connect to %s port %s: %s", host,
                        port, strerror(errno));
    }

    freeaddrinfo(list);

    return fd;
}


/* a connected socket on which each read and write ends in time */

static int
dial_one(const struct addrinfo *a, int seconds)
{
    int             fd, error;
    socklen_t       len;
    struct pollfd   p;
    struct timeval  tv;

    fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
                a->ai_protocol);
    if (fd == -1) {
        return -1;
    }

    error = 0;
    len = sizeof(error);
    p.fd = fd;
    p.events = POLLOUT;
    tv.tv_sec = seconds;
    tv.tv_usec = 0;

    if (connect(fd, a->ai_addr, a->ai_addrlen) == -1
        && errno != EINPROGRESS)
    {
        error = errno;

    } else if (poll(&p, 1, seconds * 1000) != 1) {
        error = ETIMEDOUT;

    } else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1) {
        error = errno;
    }

    if (error == 0
        && (fcntl(fd, F_SETFL, 0) == -1
            || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)) == -1
            || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)) == -1))
    {
        error = errno;
    }

    if (error == 0) {
        return fd;
    }

    close(fd);
    errno = error;

    return -1;
}


SSL *
chatctl_tls(int fd, const char *host, const char *ca, char *why, size_t size)
{
    int       ok;
    SSL      *ssl;
    long      refused;
    SSL_CTX  *ctx;

    ERR_clear_error();
    ctx = SSL_CTX_new(TLS_client_method());
    ssl = NULL;

    ok = ctx && SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION)
         && (ca ? SSL_CTX_load_verify_file(ctx, ca)
                : SSL_CTX_set_default_verify_paths(ctx));

    if (ok) {
        SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
        ssl = SSL_new(ctx);
    }

    ok = ssl && SSL_set_fd(ssl, fd)
         && (is_numeric(host)
             ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host)
             : SSL_set1_host(ssl, host)
               && SSL_set_tlsext_host_name(ssl, host))
         && SSL_connect(ssl) == 1;

    if (!ok) {
        refused = ssl ? SSL_get_verify_result(ssl) : X509_V_OK;

        if (refused != X509_V_OK) {
            (void) snprintf(why, size, "its certificate is refused: %s",
                            X509_verify_cert_error_string(refused));

        } else {
            (void) snprintf(why, size, "no TLS: %s",
                            ERR_peek_error()
                            ? ERR_reason_error_string(ERR_peek_error())
                            : "the connection was closed, or no answer came");
        }

        SSL_free(ssl);
        ssl = NULL;
    }

    SSL_CTX_free(ctx);

    return ssl;
}


static int
is_numeric(const char *host)
{
    struct addrinfo  hints, *list;

    memset(&hints, 0, sizeof(hints));
    hints.ai_flags = AI_NUMERICHOST;

    if (getaddrinfo(host, NULL, &hints, &list) != 0) {
        return 0;
    }

    freeaddrinfo(list);

    return 1;
}


/* asks whether the API is ready, by the address that clients use */

void
chatctl_check_url(chatctl_check_t *check, const char *url)
{
    int          fd, n, status;
    SSL         *ssl;
    X509        *cert;
    char         host[256], port[8], path[512], request[1024], answer[1024],
                 why[512];

    (void) strcpy(port, "443");
    path[0] = '\0';
    n = sscanf(url, "https://%255[^:/]:%7[0-9]%511s", host, port, path);

    if (n < 2) {
        n = sscanf(url, "https://%255[^:/]%511s", host, path);
    }

    if (n < 1 || (path[0] && path[0] != '/')) {
        chatctl_found(check, CHECK_FAULT, "API",
                      "--url https://chat.example.org/api/",
                      "\"%s\" is no such address", url);
        return;
    }

    fd = chatctl_dial(host, port, TLS_PATIENCE, why, sizeof(why));

    if (fd == -1) {
        chatctl_found(check, CHECK_FAULT, "API", "does nginx run, does it "
                      "listen there, does a firewall let it through?", "%s",
                      why);
        return;
    }

    ssl = chatctl_tls(fd, host, chatctl_option(check->ctl, "ca"), why,
                      sizeof(why));

    if (ssl == NULL) {
        chatctl_found(check, CHECK_FAULT, "API TLS", "a certificate for that "
                      "name with its whole chain in ssl_certificate; --ca for "
                      "one of your own", "%s: %s", host, why);
        close(fd);
        return;
    }

    cert = SSL_get1_peer_certificate(ssl);

    if (cert) {
        chatctl_check_expiry(check, "API TLS", host, cert);
        X509_free(cert);
    }

    n = snprintf(request, sizeof(request), "GET %s%sv1/health/ready HTTP/1.1\r\n"
                 "Host: %s\r\nConnection: close\r\n\r\n", path,
                 path[0] && path[strlen(path) - 1] == '/' ? "" : "/", host);

    status = 0;

    if (n < (int) sizeof(request) && SSL_write(ssl, request, n) == n
        && (n = SSL_read(ssl, answer, sizeof(answer) - 1)) > 0)
    {
        answer[n] = '\0';
        (void) sscanf(answer, "HTTP/%*d.%*d %d", &status);
    }

    chatctl_found(check, status == 200 ? CHECK_OK : CHECK_FAULT, "API",
                  status == 503 ? "the module runs, the database doesn't: see "
                                  "nginx's error log"
                                : "is there a \"location ... { chat; }\" with "
                                  "this prefix?",
                  "%s answers %d to whether it is ready", url, status);

    SSL_free(ssl);
    close(fd);
}
