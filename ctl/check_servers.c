/* nginx's servers that serve the API: TLS, their certificates, and what isn't for everybody. */

#include "check.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#define CHAIN_MAX       10      /* certificates of a file */

static void server(chatctl_check_t *check, const chatctl_conf_t *s,
    const chatctl_conf_t *http);
static int listens_open(const chatctl_conf_t *s, int only_plain);
static int is_private(const char *address);
static void certificates(chatctl_check_t *check, const chatctl_conf_t *s,
    const chatctl_conf_t *from);
static void certificate(chatctl_check_t *check, const chatctl_conf_t *s,
    const char *path);
static void chain(chatctl_check_t *check, const char *path, X509 *leaf,
    STACK_OF(X509) *rest);
static void names(chatctl_check_t *check, const chatctl_conf_t *s,
    const char *path, X509 *leaf);
static void open_pages(chatctl_check_t *check, const chatctl_conf_t *s);


void
chatctl_check_servers(chatctl_check_t *check)
{
    int                    n;
    const chatctl_conf_t  *http, *s;

    http = chatctl_conf_find(check->conf, "http");
    n = 0;

    for (s = http ? http->children : NULL; s; s = s->next) {
        if (strcmp(s->args[0], "server") != 0) {
            continue;
        }

        open_pages(check, s);

        if (chatctl_conf_below(s->children, "chat")) {
            server(check, s, http);
            n++;
        }
    }

    if (n == 0) {
        chatctl_found(check, CHECK_FAULT, "API",
                      "location /api/ { chat; } in a server",
                      "no server has a location with \"chat\"");
    }
}


static void
server(chatctl_check_t *check, const chatctl_conf_t *s,
    const chatctl_conf_t *http)
{
    int                    i;
    const chatctl_conf_t  *d;

    if (listens_open(s, 1)) {
        chatctl_found(check, CHECK_FAULT, "TLS",
                      "listen 443 ssl; and nothing else for that server",
                      "a server listens without ssl: passwords and tokens go "
                      "in clear");
    }

    d = chatctl_conf_find(s->children, "ssl_protocols");
    d = d ? d : chatctl_conf_find(http->children, "ssl_protocols");

    for (i = 1; d && i < d->nargs; i++) {
        if (strcmp(d->args[i], "TLSv1") == 0
            || strcmp(d->args[i], "TLSv1.1") == 0
            || strncmp(d->args[i], "SSLv", 4) == 0)
        {
            chatctl_found(check, CHECK_WARNING, "TLS",
                          "ssl_protocols TLSv1.2 TLSv1.3;",
                          "%s is broken", d->args[i]);
        }
    }

    certificates(check, s, chatctl_conf_find(s->children, "ssl_certificate")
                           ? s->children : http->children);
}


/* a listen of this server is for other machines; only_plain: and without TLS */

static int
listens_open(const chatctl_conf_t *s, int only_plain)
{
    int                    i, ssl, n;
    const chatctl_conf_t  *d;

    n = 0;

    for (d = s->children; d; d = d->next) {
        if (strcmp(d->args[0], "listen") != 0 || d->nargs < 2) {
            continue;
        }

        n++;
        ssl = 0;

        for (i = 2; i < d->nargs; i++) {
            ssl |= strcmp(d->args[i], "ssl") == 0
                   || strcmp(d->args[i], "quic") == 0;
        }

        if (!is_private(d->args[1]) && (!ssl || !only_plain)) {
            return 1;
        }
    }

    /* without one it is port 80 */

    return n == 0;
}


static int
is_private(const char *address)
{
    return strncmp(address, "unix:", 5) == 0
           || strncmp(address, "127.", 4) == 0
           || strncmp(address, "localhost", 9) == 0
           || strncmp(address, "[::1]", 5) == 0;
}


static void
certificates(chatctl_check_t *check, const chatctl_conf_t *s,
    const chatctl_conf_t *from)
{
    const chatctl_conf_t  *d;

    for (d = from; d; d = d->next) {
        if (strcmp(d->args[0], "ssl_certificate") == 0 && d->nargs > 1
            && strchr(d->args[1], '$') == NULL
            && strncmp(d->args[1], "data:", 5) != 0)
        {
            certificate(check, s, d->args[1]);
        }
    }
}


static void
certificate(chatctl_check_t *check, const chatctl_conf_t *s, const char *path)
{
    int              n;
    BIO             *bio;
    X509            *leaf, *cert;
    STACK_OF(X509)  *rest;

    bio = BIO_new_file(path, "r");
    leaf = bio ? PEM_read_bio_X509_AUX(bio, NULL, NULL, NULL) : NULL;

    if (leaf == NULL) {
        chatctl_found(check, CHECK_WARNING, "TLS", "run this as root",
                      "the certificate %s can't be read", path);
        BIO_free(bio);
        ERR_clear_error();
        return;
    }

    rest = sk_X509_new_null();

    for (n = 0; n < CHAIN_MAX && rest; n++) {
        cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);

        if (cert == NULL) {
            break;
        }

        if (sk_X509_push(rest, cert) == 0) {
            X509_free(cert);
            break;
        }
    }

    BIO_free(bio);
    ERR_clear_error();

    chatctl_check_expiry(check, "TLS", path, leaf);
    chain(check, path, leaf, rest);
    names(check, s, path, leaf);

    sk_X509_pop_free(rest, X509_free);
    X509_free(leaf);
}


/* whether a client that knows the system's authorities gets from the file to one of them */

static void
chain(chatctl_check_t *check, const char *path, X509 *leaf,
    STACK_OF(X509) *rest)
{
    int              ok;
    X509_STORE      *store;
    X509_STORE_CTX  *ctx;

    store = X509_STORE_new();
    ctx = X509_STORE_CTX_new();

    ok = store && ctx && X509_STORE_set_default_paths(store)
         && X509_STORE_CTX_init(ctx, store, leaf, rest);

    if (ok && X509_verify_cert(ctx) != 1
        && X509_STORE_CTX_get_error(ctx) != X509_V_ERR_CERT_HAS_EXPIRED)
    {
        chatctl_found(check, CHECK_WARNING, "TLS",
                      "the whole chain in ssl_certificate, the server's own "
                      "first; one that you signed yourself clients must be "
                      "told of", "%s: browsers will say \"%s\"", path,
                      X509_verify_cert_error_string(
                                              X509_STORE_CTX_get_error(ctx)));
    }

    X509_STORE_CTX_free(ctx);
    X509_STORE_free(store);
    ERR_clear_error();
}


static void
names(chatctl_check_t *check, const chatctl_conf_t *s, const char *path,
    X509 *leaf)
{
    int                    i;
    const char            *name;
    const chatctl_conf_t  *d;

    d = chatctl_conf_find(s->children, "server_name");

    for (i = 1; d && i < d->nargs; i++) {
        name = d->args[i];

        /* patterns are no names; "_" and "" are nobody's */

        if (strpbrk(name, "*~$") || name[0] == '.' || strcmp(name, "_") == 0
            || name[0] == '\0')
        {
            continue;
        }

        if (X509_check_host(leaf, name, 0, 0, NULL) != 1) {
            chatctl_found(check, CHECK_FAULT, "TLS",
                          "a certificate for that name",
                          "%s isn't for server_name %s", path, name);
        }
    }
}


/* numbers and the table of operations are the operator's */

static void
open_pages(chatctl_check_t *check, const chatctl_conf_t *s)
{
    size_t                 i;
    const chatctl_conf_t  *l;

    static const char *const  pages[] = { "chat_metrics", "chat_operations" };

    for (l = s->children; l; l = l->next) {
        for (i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
            if (chatctl_conf_find(l->children, pages[i])
                && listens_open(s, 0)
                && chatctl_conf_find(l->children, "deny") == NULL
                && chatctl_conf_find(l->children, "auth_basic") == NULL
                && chatctl_conf_find(s->children, "deny") == NULL)
            {
                chatctl_found(check, CHECK_WARNING, pages[i],
                              "listen 127.0.0.1:9145; or allow and deny",
                              "everybody may read %s", l->nargs > 1
                              ? l->args[l->nargs - 1] : "it");
            }
        }
    }
}
