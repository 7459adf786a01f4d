/* TLS to the mail server: chain, name, version, and the name we ask for. */

#include <arpa/inet.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "chat_smtp_parts.h"


static int  chat_smtp_peer_set(chat_smtp_peer_t *peer, const char *ca_file);
static int  chat_smtp_peer_name(const chat_smtp_peer_t *peer);
static int  chat_smtp_verify(int ok, X509_STORE_CTX *store);
static void chat_smtp_ask_name(const SSL *ssl, int where, int ret);
static int  chat_smtp_is_numeric(const char *host);


int
chat_smtp_peer_make(chat_smtp_peer_t *peer, const chat_smtp_server_t *server,
    char *error, size_t error_size)
{
    const char  *reason;

    ERR_clear_error();

    peer->host = server->host;
    peer->refused = 0;
    peer->tls = SSL_CTX_new(TLS_client_method());

    if (peer->tls == NULL || chat_smtp_peer_set(peer, server->ca_file) != 0) {
        reason = ERR_reason_error_string(ERR_peek_last_error());
        chat_smtp_tell(error, error_size, "TLS: %s",
                       reason != NULL ? reason : "no context");
        return -1;
    }

    return 0;
}


/*
 * TLS 1.2 only: with 1.3 libesmtp hangs when a session ticket arrives before
 * its command has left.  OpenSSL checks chain and name in the handshake;
 * libesmtp's own check of the name would see our loopback address.
 */

static int
chat_smtp_peer_set(chat_smtp_peer_t *peer, const char *ca_file)
{
    SSL_CTX  *tls;

    tls = peer->tls;

    if (SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION) != 1
        || SSL_CTX_set_max_proto_version(tls, TLS1_2_VERSION) != 1
        || SSL_CTX_set_app_data(tls, peer) != 1
        || chat_smtp_peer_name(peer) != 0)
    {
        return -1;
    }

    if (ca_file != NULL) {
        if (SSL_CTX_load_verify_file(tls, ca_file) != 1) {
            return -1;
        }

    } else if (SSL_CTX_set_default_verify_paths(tls) != 1) {
        return -1;
    }

    SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, chat_smtp_verify);
    SSL_CTX_set_info_callback(tls, chat_smtp_ask_name);

    return 0;
}


static int
chat_smtp_peer_name(const chat_smtp_peer_t *peer)
{
    X509_VERIFY_PARAM  *param;

    param = SSL_CTX_get0_param(peer->tls);

    X509_VERIFY_PARAM_set_hostflags(param,
                                    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);

    if (chat_smtp_is_numeric(peer->host)) {
        return X509_VERIFY_PARAM_set1_ip_asc(param, peer->host) == 1 ? 0 : -1;
    }

    return X509_VERIFY_PARAM_set1_host(param, peer->host, 0) == 1 ? 0 : -1;
}


/* keeps the reason, which libesmtp doesn't tell */

static int
chat_smtp_verify(int ok, X509_STORE_CTX *store)
{
    SSL               *ssl;
    chat_smtp_peer_t  *peer;

    if (!ok) {
        ssl = X509_STORE_CTX_get_ex_data(store,
                                     SSL_get_ex_data_X509_STORE_CTX_idx());
        peer = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
        peer->refused = X509_STORE_CTX_get_error(store);
    }

    return ok;
}


/* libesmtp sends no server name; here the handshake hasn't sent a byte yet */

static void
chat_smtp_ask_name(const SSL *ssl, int where, int ret)
{
    chat_smtp_peer_t  *peer;

    (void) ret;

    if (!(where & SSL_CB_HANDSHAKE_START)) {
        return;
    }

    peer = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

    if (!chat_smtp_is_numeric(peer->host)) {
        (void) SSL_set_tlsext_host_name((SSL *) ssl, peer->host);
    }
}


static int
chat_smtp_is_numeric(const char *host)
{
    unsigned char  address[sizeof(struct in6_addr)];

    return inet_pton(AF_INET, host, address) == 1
           || inet_pton(AF_INET6, host, address) == 1;
}
