/*
 * The ways in: the listening socket, the directory in which workers find each
 * other, what peers send, and the word that the process is about to exit.
 */

#include "ngx_chat_hub_internal.h"

#include <dirent.h>


#define NGX_CHAT_HUB_BACKLOG        511
#define NGX_CHAT_HUB_ACCEPTS        16      /* a turn of the event loop */
#define NGX_CHAT_HUB_READS          64      /* packets a turn */


static void ngx_chat_hub_idle_handler(ngx_event_t *rev);
static void ngx_chat_hub_listen_handler(ngx_event_t *rev);
static void ngx_chat_hub_accepted(ngx_socket_t s);
static void ngx_chat_hub_read_handler(ngx_event_t *rev);
static ngx_int_t ngx_chat_hub_read(ngx_chat_hub_peer_t *peer);
static void ngx_chat_hub_packet(ngx_chat_hub_peer_t *peer, u_char *data,
    size_t size);


/* NGX_DECLINED: not possible now, and worth another attempt */
ngx_int_t
ngx_chat_hub_listen(ngx_cycle_t *cycle)
{
    ngx_socket_t         s;
    ngx_connection_t    *c;
    struct sockaddr_un   sun;

    s = socket(AF_UNIX, SOCK_SEQPACKET|SOCK_NONBLOCK|SOCK_CLOEXEC, 0);

    if (s == (ngx_socket_t) -1) {
        ngx_log_error(NGX_LOG_ERR, cycle->log, ngx_socket_errno,
                      "chat hub: socket() failed");
        return NGX_DECLINED;
    }

    (void) ngx_chat_hub_socket_path(ngx_pid, &sun);

    /* of an earlier process with our pid */

    (void) unlink(sun.sun_path);

    if (bind(s, (struct sockaddr *) &sun, sizeof(struct sockaddr_un)) == -1
        || listen(s, NGX_CHAT_HUB_BACKLOG) == -1)
    {
        ngx_log_error(NGX_LOG_ERR, cycle->log, ngx_socket_errno,
                      "chat hub: cannot listen on \"%s\", other workers can't "
                      "reach this one", sun.sun_path);
        (void) ngx_close_socket(s);
        return NGX_DECLINED;
    }

    c = ngx_chat_hub_adopt(s, NULL, ngx_chat_hub_listen_handler,
                           ngx_chat_hub_no_write);
    if (c == NULL) {
        (void) unlink(sun.sun_path);
        return NGX_DECLINED;
    }

    ngx_chat_hub.listening = c;

    return NGX_OK;
}


/*
 * nginx tells idle connections of a graceful exit, once: this one is there for
 * nothing else, and is in no event loop.  NGX_ERROR: no socket or connection.
 */
ngx_int_t
ngx_chat_hub_idle(void)
{
    ngx_socket_t       s;
    ngx_connection_t  *c;

    s = socket(AF_UNIX, SOCK_SEQPACKET|SOCK_NONBLOCK|SOCK_CLOEXEC, 0);

    if (s == (ngx_socket_t) -1) {
        ngx_log_error(NGX_LOG_ALERT, ngx_chat_hub.log, ngx_socket_errno,
                      "chat hub: socket() failed");
        return NGX_ERROR;
    }

    c = ngx_get_connection(s, ngx_chat_hub.log);

    if (c == NULL) {
        (void) ngx_close_socket(s);
        return NGX_ERROR;
    }

    c->log = ngx_chat_hub.log;
    c->read->handler = ngx_chat_hub_idle_handler;
    c->read->log = c->log;
    c->read->channel = 1;
    c->write->handler = ngx_chat_hub_no_write;
    c->write->log = c->log;
    c->idle = 1;

    ngx_chat_hub.idle = c;

    return NGX_OK;
}


static void
ngx_chat_hub_idle_handler(ngx_event_t *rev)
{
    ngx_uint_t         i, n;
    ngx_connection_t  *c;

    c = rev->data;

    if (c->close) {
        n = ngx_chat_hub.nexit;
        ngx_chat_hub.nexit = 0;

        for (i = 0; i < n; i++) {
            ngx_chat_hub.on_exit[i]();
        }
    }
}


/* every other worker that has a socket in the directory */
void
ngx_chat_hub_scan(void)
{
    DIR                  *dir;
    ngx_int_t             pid;
    ngx_uint_t            i, n;
    struct dirent        *entry;
    ngx_chat_hub_peer_t  *peer;

    dir = opendir((char *) ngx_chat_hub.conf->hub_dir.data);

    if (dir == NULL) {
        ngx_log_error(NGX_LOG_ERR, ngx_chat_hub.log, ngx_errno,
                      "chat hub: opendir() \"%V\" failed",
                      &ngx_chat_hub.conf->hub_dir);
        return;
    }

    /* a directory can't grow without bound under us, but a loop needs one */

    for (n = 0; n < NGX_CHAT_HUB_PEERS * 16; n++) {

        entry = readdir(dir);
        if (entry == NULL) {
            break;
        }

        pid = ngx_atoi((u_char *) entry->d_name, ngx_strlen(entry->d_name));

        if (pid <= 0 || pid == ngx_pid || ngx_chat_hub_peer_find(pid)) {
            continue;
        }

        (void) ngx_chat_hub_peer_add(pid);
    }

    (void) closedir(dir);

    /* the living first: what the dead left is told to them */

    for (n = 0; n < 2; n++) {
        for (i = 0; i < ngx_chat_hub.npeers; i++) {
            peer = &ngx_chat_hub.peers[i];

            if (peer->pid == 0 || peer->out) {
                continue;
            }

            if (n) {
                ngx_chat_hub_peer_open(peer);

            } else if (ngx_chat_hub_connect(peer) == NGX_OK) {
                peer->linked = 1;
                (void) ngx_chat_hub_peer_flush(peer);
            }
        }
    }
}


static void
ngx_chat_hub_listen_handler(ngx_event_t *rev)
{
    ngx_err_t          err;
    ngx_uint_t         i;
    ngx_socket_t       s;
    ngx_connection_t  *c;

    c = rev->data;

    for (i = 0; i < NGX_CHAT_HUB_ACCEPTS; i++) {

        s = accept4(c->fd, NULL, NULL, SOCK_NONBLOCK|SOCK_CLOEXEC);

        if (s != (ngx_socket_t) -1) {
            ngx_chat_hub_accepted(s);
            continue;
        }

        err = ngx_socket_errno;

        if (err == NGX_EINTR || err == NGX_ECONNABORTED) {
            continue;
        }

        if (err == NGX_EAGAIN) {
            rev->ready = 0;

            if (ngx_handle_read_event(rev, 0) == NGX_OK) {
                return;
            }

        } else {
            ngx_log_error(NGX_LOG_ERR, ngx_chat_hub.log, err,
                          "chat hub: accept4() failed");
        }

        /* with an edge-triggered loop nobody else would call us again */

        ngx_chat_hub_retry();
        return;
    }

    ngx_post_event(rev, &ngx_posted_next_events);
}


void
ngx_chat_hub_accept_again(void)
{
    if (ngx_chat_hub.listening) {
        ngx_chat_hub_listen_handler(ngx_chat_hub.listening->read);
    }
}


static void
ngx_chat_hub_accepted(ngx_socket_t s)
{
    ngx_int_t             slot;
    ngx_pid_t             pid;
    ngx_connection_t     *c;
    ngx_chat_hub_peer_t  *peer;

    if (ngx_chat_hub_credentials(s, &pid) != NGX_OK || pid == ngx_pid) {
        (void) ngx_close_socket(s);
        return;
    }

    peer = ngx_chat_hub_peer_find(pid);

    if (peer == NULL) {
        peer = ngx_chat_hub_peer_add(pid);

        if (peer == NULL) {
            (void) ngx_close_socket(s);
            return;
        }
    }

    slot = ngx_chat_registry_find(pid);

    if (slot != NGX_ERROR) {
        peer->slot = slot;
    }

    /* it opened another link: what the old one still holds comes first */

    if (peer->in) {
        while (ngx_chat_hub_read(peer) == NGX_OK) { /* void */ }
        ngx_chat_hub_close(&peer->in);
    }

    c = ngx_chat_hub_adopt(s, peer, ngx_chat_hub_read_handler,
                           ngx_chat_hub_no_write);
    if (c == NULL) {
        return;
    }

    peer->in = c;
    peer->bye = 0;

    if (peer->out == NULL) {
        ngx_chat_hub_peer_open(peer);
    }
}


static void
ngx_chat_hub_read_handler(ngx_event_t *rev)
{
    ngx_int_t             rc;
    ngx_uint_t            i;
    ngx_connection_t     *c;
    ngx_chat_hub_peer_t  *peer;

    c = rev->data;
    peer = c->data;

    for (i = 0; i < NGX_CHAT_HUB_READS; i++) {

        rc = ngx_chat_hub_read(peer);

        if (rc == NGX_OK) {
            continue;
        }

        if (rc == NGX_AGAIN) {
            rev->ready = 0;

            if (ngx_handle_read_event(rev, 0) == NGX_OK) {
                return;
            }
        }

        ngx_chat_hub_peer_lost(peer);
        return;
    }

    /* others have their turn, too */

    ngx_post_event(rev, &ngx_posted_next_events);
}


/* one packet: NGX_OK, NGX_AGAIN: none is there, NGX_DONE: the end, NGX_ERROR */

static ngx_int_t
ngx_chat_hub_read(ngx_chat_hub_peer_t *peer)
{
    ssize_t        n;
    ngx_err_t      err;
    struct iovec   iov;
    struct msghdr  msg;

    static uint64_t  buffer[(NGX_CHAT_HUB_PACKET + 7) / 8];

    iov.iov_base = buffer;
    iov.iov_len = NGX_CHAT_HUB_PACKET;

    ngx_memzero(&msg, sizeof(struct msghdr));
    msg.msg_iov = &iov;
    msg.msg_iovlen = 1;

    do {
        n = recvmsg(peer->in->fd, &msg, MSG_DONTWAIT);
        err = ngx_socket_errno;

    } while (n == -1 && err == NGX_EINTR);

    if (n == 0) {
        return NGX_DONE;
    }

    if (n == -1) {
        if (err == NGX_EAGAIN) {
            return NGX_AGAIN;
        }

        if (err != NGX_ECONNRESET) {
            ngx_log_error(NGX_LOG_ERR, ngx_chat_hub.log, err,
                          "chat hub: recvmsg() from worker %P failed",
                          peer->pid);
        }

        return NGX_ERROR;
    }

    if (msg.msg_flags & MSG_TRUNC) {
        n = 0;
    }

    ngx_chat_hub_packet(peer, (u_char *) buffer, n);

    return NGX_OK;
}


static void
ngx_chat_hub_packet(ngx_chat_hub_peer_t *peer, u_char *data, size_t size)
{
    u_char                 *body;
    size_t                  len;
    ngx_chat_hub_header_t   header;

    ngx_chat_stat_add(NGX_CHAT_STAT_HUB_RECEIVED, 1);

    /* from another version after a binary upgrade: whatever it says, reading the log tells it, too */

    if (size < sizeof(ngx_chat_hub_header_t)
        || data[0] != NGX_CHAT_HUB_VERSION)
    {
        ngx_chat_hub_deliver(NGX_CHAT_HUB_RECHECK, NULL, 0);
        return;
    }

    ngx_memcpy(&header, data, sizeof(ngx_chat_hub_header_t));

    body = data + sizeof(ngx_chat_hub_header_t);
    len = size - sizeof(ngx_chat_hub_header_t);

    switch (header.type) {

    case NGX_CHAT_HUB_CONFIRM:
        ngx_chat_hub_confirmed(peer, header.id);
        return;

    case NGX_CHAT_HUB_BYE:
        peer->bye = 1;
        return;

    case NGX_CHAT_HUB_ENTRIES:
    case NGX_CHAT_HUB_HINT:
    case NGX_CHAT_HUB_REVOKE:
    case NGX_CHAT_HUB_REPLACE:
    case NGX_CHAT_HUB_EVENT:
    case NGX_CHAT_HUB_RECHECK:
        ngx_chat_hub_deliver(header.type, body, len);
        break;

    default:
        ngx_chat_hub_deliver(NGX_CHAT_HUB_RECHECK, NULL, 0);
    }

    if (header.flags & NGX_CHAT_HUB_CONFIRM_ME) {
        ngx_chat_hub_peer_send(peer, NGX_CHAT_HUB_CONFIRM, 0, header.id,
                               NULL, 0, NULL, 0);
    }
}
