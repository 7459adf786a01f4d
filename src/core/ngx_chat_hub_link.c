/*
 * The hub's sockets, and what we write to them.  They count towards
 * worker_connections: two for each other worker, the listening one, and one that
 * waits for the process's exit.
 *
 * "channel" is set on all of them: a worker that exits serves its sockets to the
 * end and needs its peers until then, so nginx's shutdown timer has to leave them
 * alone.
 */

#include "ngx_chat_hub_internal.h"


#define NGX_CHAT_HUB_SNDBUF         (1024 * 1024)   /* asked for; the kernel's wmem_max decides */


static void ngx_chat_hub_write_handler(ngx_event_t *wev);
static void ngx_chat_hub_out_read_handler(ngx_event_t *rev);


/* the place of a worker's socket, and the length of the path: never too long, see ngx_chat_hub_path() */
size_t
ngx_chat_hub_socket_path(ngx_pid_t pid, struct sockaddr_un *sun)
{
    u_char  *p, *path;

    ngx_memzero(sun, sizeof(struct sockaddr_un));
    sun->sun_family = AF_UNIX;

    path = (u_char *) sun->sun_path;

    p = ngx_snprintf(path, sizeof(sun->sun_path) - 1, "%V/%P",
                     &ngx_chat_hub.conf->hub_dir, pid);

    return p - path;
}


/* takes over s: on failure (NULL) it is closed */
ngx_connection_t *
ngx_chat_hub_adopt(ngx_socket_t s, void *data, ngx_event_handler_pt read,
    ngx_event_handler_pt write)
{
    ngx_connection_t  *c;

    c = ngx_get_connection(s, ngx_chat_hub.log);

    if (c == NULL) {
        (void) ngx_close_socket(s);
        return NULL;
    }

    c->data = data;
    c->log = ngx_chat_hub.log;
    c->number = ngx_atomic_fetch_add(ngx_connection_counter, 1);

    c->read->handler = read;
    c->read->log = c->log;
    c->read->channel = 1;

    c->write->handler = write;
    c->write->log = c->log;
    c->write->channel = 1;
    c->write->ready = 1;

    if (ngx_handle_read_event(c->read, 0) != NGX_OK) {
        ngx_close_connection(c);
        return NULL;
    }

    return c;
}


void
ngx_chat_hub_close(ngx_connection_t **link)
{
    ngx_connection_t  *c;

    c = *link;

    if (c) {
        *link = NULL;
        ngx_close_connection(c);
    }
}


/* only our own user and root may talk to us, whatever became of the directory's mode */
ngx_int_t
ngx_chat_hub_credentials(ngx_socket_t s, ngx_pid_t *pid)
{
    uid_t         self;
    socklen_t     len;
    struct ucred  cred;

    len = sizeof(struct ucred);

    if (getsockopt(s, SOL_SOCKET, SO_PEERCRED, &cred, &len) == -1) {
        return NGX_ERROR;
    }

    self = geteuid();

    if (self != 0 && cred.uid != 0 && cred.uid != self) {
        ngx_log_error(NGX_LOG_WARN, ngx_chat_hub.log, 0,
                      "chat hub: process %P of user %uD is not one of ours",
                      cred.pid, (uint32_t) cred.uid);
        return NGX_ERROR;
    }

    *pid = cred.pid;

    return NGX_OK;
}


/* on NGX_DECLINED ngx_socket_errno says why */
ngx_int_t
ngx_chat_hub_connect(ngx_chat_hub_peer_t *peer)
{
    int                 sndbuf;
    ngx_err_t           err;
    ngx_pid_t           pid;
    ngx_socket_t        s;
    struct sockaddr_un  sun;

    s = socket(AF_UNIX, SOCK_SEQPACKET|SOCK_NONBLOCK|SOCK_CLOEXEC, 0);

    if (s == (ngx_socket_t) -1) {
        ngx_log_error(NGX_LOG_ERR, ngx_chat_hub.log, ngx_socket_errno,
                      "chat hub: socket() failed");
        return NGX_AGAIN;
    }

    sndbuf = NGX_CHAT_HUB_SNDBUF;

    if (setsockopt(s, SOL_SOCKET, SO_SNDBUF, &sndbuf, sizeof(int)) == -1) {
        ngx_log_error(NGX_LOG_INFO, ngx_chat_hub.log, ngx_socket_errno,
                      "chat hub: setsockopt(SO_SNDBUF) failed");
    }

    (void) ngx_chat_hub_socket_path(peer->pid, &sun);

    if (connect(s, (struct sockaddr *) &sun, sizeof(struct sockaddr_un)) == -1)
    {
        err = ngx_socket_errno;
        (void) ngx_close_socket(s);
        ngx_set_socket_errno(err);

        return (err == NGX_EAGAIN || err == NGX_EINTR || err == NGX_ENOMEM
                || err == ENOBUFS)
               ? NGX_AGAIN : NGX_DECLINED;
    }

    if (ngx_chat_hub_credentials(s, &pid) != NGX_OK || pid != peer->pid) {
        (void) ngx_close_socket(s);
        ngx_set_socket_errno(NGX_EACCES);
        return NGX_DECLINED;
    }

    peer->out = ngx_chat_hub_adopt(s, peer, ngx_chat_hub_out_read_handler,
                                   ngx_chat_hub_write_handler);

    return peer->out ? NGX_OK : NGX_AGAIN;
}


ngx_int_t
ngx_chat_hub_write(ngx_chat_hub_peer_t *peer, ngx_chat_hub_header_t *header,
    u_char *body, size_t len)
{
    ssize_t            n;
    ngx_err_t          err;
    struct iovec       iov[2];
    struct msghdr      msg;
    ngx_connection_t  *c;

    c = peer->out;

    if (!c->write->ready) {
        return NGX_AGAIN;
    }

    iov[0].iov_base = header;
    iov[0].iov_len = sizeof(ngx_chat_hub_header_t);
    iov[1].iov_base = body;
    iov[1].iov_len = len;

    ngx_memzero(&msg, sizeof(struct msghdr));
    msg.msg_iov = iov;
    msg.msg_iovlen = len ? 2 : 1;

    do {
        n = sendmsg(c->fd, &msg, MSG_NOSIGNAL|MSG_DONTWAIT);
        err = ngx_socket_errno;

    } while (n == -1 && err == NGX_EINTR);

    if (n != -1) {
        ngx_chat_stat_add(NGX_CHAT_STAT_HUB_SENT, 1);
        return NGX_OK;
    }

    if (err == NGX_EAGAIN) {
        c->write->ready = 0;

        if (ngx_handle_write_event(c->write, 0) == NGX_OK) {
            return NGX_AGAIN;
        }

    } else if (err != NGX_EPIPE && err != NGX_ECONNRESET) {
        ngx_log_error(NGX_LOG_ERR, ngx_chat_hub.log, err,
                      "chat hub: sendmsg() to worker %P failed", peer->pid);
    }

    /* if it is dead, the end of what it sent says so */

    ngx_chat_hub_close(&peer->out);

    return NGX_ERROR;
}


static void
ngx_chat_hub_write_handler(ngx_event_t *wev)
{
    ngx_connection_t     *c;
    ngx_chat_hub_peer_t  *peer;

    c = wev->data;
    peer = c->data;

    (void) ngx_chat_hub_peer_flush(peer);

    if (peer->out && ngx_handle_write_event(peer->out->write, 0) != NGX_OK) {
        ngx_chat_hub_close(&peer->out);
        ngx_chat_hub_retry();
    }
}


/* for links that nothing is written to */
void
ngx_chat_hub_no_write(ngx_event_t *wev)
{
}


/* nothing is ever sent to us here: it is ready when the peer is gone */

static void
ngx_chat_hub_out_read_handler(ngx_event_t *rev)
{
    u_char                byte;
    ssize_t               n;
    ngx_connection_t     *c;
    ngx_chat_hub_peer_t  *peer;

    c = rev->data;
    peer = c->data;

    n = recv(c->fd, &byte, 1, MSG_DONTWAIT);

    if (n == -1 && (ngx_socket_errno == NGX_EAGAIN
                    || ngx_socket_errno == NGX_EINTR))
    {
        rev->ready = 0;

        if (ngx_handle_read_event(rev, 0) == NGX_OK) {
            return;
        }
    }

    ngx_chat_hub_close(&peer->out);

    /* its last words come first */

    if (peer->in) {
        ngx_post_event(peer->in->read, &ngx_posted_events);
        ngx_chat_hub_retry();
        return;
    }

    ngx_chat_hub_peer_lost(peer);
}
