/* The connection under libesmtp, with the deadline that it lacks. */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE                     /* accept4() */
#endif

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "chat_smtp_parts.h"

#define CHAT_SMTP_STACK         (256 * 1024)
#define CHAT_SMTP_ADDRESSES     4       /* of one name are tried */

#define CHAT_SMTP_STARTTLS      "STARTTLS\r\n"

#define CHAT_SMTP_TLS_NONE      0
#define CHAT_SMTP_TLS_ASKED     1       /* the command went up */
#define CHAT_SMTP_TLS_ANSWERED  2       /* its reply came down */
#define CHAT_SMTP_TLS_STARTED   3


static int  chat_smtp_connect(const chat_smtp_server_t *server,
    int64_t deadline, char *error, size_t error_size);
static int  chat_smtp_connect_one(const struct addrinfo *ai,
    int64_t deadline);
static int  chat_smtp_listen(chat_smtp_link_t *link);
static int  chat_smtp_start(chat_smtp_link_t *link);
static void *chat_smtp_thread(void *data);
static int  chat_smtp_accept(chat_smtp_link_t *link);
static void chat_smtp_pass(chat_smtp_link_t *link, int local);
static int  chat_smtp_read(int fd, chat_smtp_buffer_t *b);
static int  chat_smtp_write(int fd, chat_smtp_buffer_t *b);
static void chat_smtp_went_up(chat_smtp_link_t *link);
static int  chat_smtp_came_down(chat_smtp_link_t *link);
static int  chat_smtp_wait(struct pollfd *fds, nfds_t n, int64_t deadline);


int64_t
chat_smtp_now(void)
{
    struct timespec  ts;

    (void) clock_gettime(CLOCK_MONOTONIC, &ts);

    return (int64_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}


int
chat_smtp_link_open(chat_smtp_link_t *link, const chat_smtp_server_t *server,
    int64_t deadline, char *error, size_t error_size)
{
    link->listener = -1;
    link->deadline = deadline;
    link->timed_out = 0;
    link->starttls = CHAT_SMTP_TLS_NONE;
    link->running = 0;
    link->up.start = 0;
    link->up.len = 0;
    link->down.start = 0;
    link->down.len = 0;

    link->server = chat_smtp_connect(server, deadline, error, error_size);

    if (link->server < 0) {
        return -1;
    }

    if (chat_smtp_listen(link) != 0 || chat_smtp_start(link) != 0) {
        chat_smtp_tell(error, error_size, "no loopback connection: %s",
                       strerror(errno));
        chat_smtp_link_close(link);
        return -1;
    }

    return 0;
}


void
chat_smtp_link_close(chat_smtp_link_t *link)
{
    if (link->running) {

        /* a thread that still waits in accept wakes up of this */

        (void) shutdown(link->listener, SHUT_RDWR);
        (void) pthread_join(link->thread, NULL);
        link->running = 0;
    }

    if (link->listener >= 0) {
        (void) close(link->listener);
    }

    if (link->server >= 0) {
        (void) close(link->server);
    }

    link->listener = -1;
    link->server = -1;
}


static int
chat_smtp_connect(const chat_smtp_server_t *server, int64_t deadline,
    char *error, size_t error_size)
{
    int               rc, fd, err, n;
    char              port[8];
    int64_t           now;
    const char       *host;
    struct addrinfo   hints, *list, *ai;

    host = server->address != NULL ? server->address : server->host;
    (void) snprintf(port, sizeof(port), "%u", server->port & 0xffff);

    memset(&hints, 0, sizeof(hints));
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICSERV;

    if (server->address != NULL) {
        hints.ai_flags |= AI_NUMERICHOST;
    }

    rc = getaddrinfo(host, port, &hints, &list);

    if (rc != 0) {
        chat_smtp_tell(error, error_size, "resolve %s: %s", host,
                       gai_strerror(rc));
        return -1;
    }

    n = 0;

    for (ai = list; ai != NULL && n < CHAT_SMTP_ADDRESSES; ai = ai->ai_next) {
        n++;
    }

    fd = -1;
    err = ETIMEDOUT;

    /* each address gets its share of the time that is left */

    for (ai = list; n > 0 && fd < 0; ai = ai->ai_next, n--) {
        now = chat_smtp_now();

        if (now >= deadline) {
            break;
        }

        fd = chat_smtp_connect_one(ai, now + (deadline - now) / n);
        err = errno;
    }

    freeaddrinfo(list);

    if (fd < 0) {
        chat_smtp_tell(error, error_size, "connect to %s port %s: %s", host,
                       port, strerror(err));
    }

    return fd;
}


/* the socket, or -1 and errno */

static int
chat_smtp_connect_one(const struct addrinfo *ai, int64_t deadline)
{
    int            fd, err;
    socklen_t      len;
    struct pollfd  pfd;

    fd = socket(ai->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0) {
        return -1;
    }

    if (connect(fd, ai->ai_addr, ai->ai_addrlen) == 0) {
        return fd;
    }

    err = errno;

    if (err == EINPROGRESS) {
        pfd.fd = fd;
        pfd.events = POLLOUT;

        if (chat_smtp_wait(&pfd, 1, deadline) > 0) {
            len = sizeof(err);

            if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) != 0) {
                err = errno;
            }

        } else {
            err = ETIMEDOUT;
        }
    }

    if (err == 0) {
        return fd;
    }

    (void) close(fd);
    errno = err;

    return -1;
}


static int
chat_smtp_listen(chat_smtp_link_t *link)
{
    socklen_t           len;
    struct sockaddr_in  sin;

    link->listener = socket(AF_INET,
                            SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (link->listener < 0) {
        return -1;
    }

    memset(&sin, 0, sizeof(sin));
    sin.sin_family = AF_INET;
    sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    len = sizeof(sin);

    if (bind(link->listener, (struct sockaddr *) &sin, sizeof(sin)) != 0
        || listen(link->listener, 1) != 0
        || getsockname(link->listener, (struct sockaddr *) &sin, &len) != 0)
    {
        return -1;
    }

    link->port = ntohs(sin.sin_port);

    return 0;
}


static int
chat_smtp_start(chat_smtp_link_t *link)
{
    int             rc;
    sigset_t        all, old;
    pthread_attr_t  attr;

    rc = pthread_attr_init(&attr);

    if (rc != 0) {
        errno = rc;
        return -1;
    }

    /* the process's signals are for its main thread */

    (void) sigfillset(&all);
    (void) pthread_sigmask(SIG_BLOCK, &all, &old);
    (void) pthread_attr_setstacksize(&attr, CHAT_SMTP_STACK);

    rc = pthread_create(&link->thread, &attr, chat_smtp_thread, link);

    (void) pthread_sigmask(SIG_SETMASK, &old, NULL);
    (void) pthread_attr_destroy(&attr);

    if (rc != 0) {
        errno = rc;
        return -1;
    }

    link->running = 1;

    return 0;
}


static void *
chat_smtp_thread(void *data)
{
    int                local;
    chat_smtp_link_t  *link;

    link = data;
    local = chat_smtp_accept(link);

    if (local >= 0) {
        chat_smtp_pass(link, local);
        (void) close(local);
    }

    (void) shutdown(link->server, SHUT_RDWR);

    return NULL;
}


static int
chat_smtp_accept(chat_smtp_link_t *link)
{
    int            rc;
    struct pollfd  pfd;

    pfd.fd = link->listener;
    pfd.events = POLLIN;

    rc = chat_smtp_wait(&pfd, 1, link->deadline);

    if (rc <= 0) {
        link->timed_out = rc == 0;
        return -1;
    }

    return accept4(link->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
}


/* until either side ends or the time is over */

static void
chat_smtp_pass(chat_smtp_link_t *link, int local)
{
    int            rc;
    struct pollfd  fds[2];

    for ( ;; ) {
        fds[0].fd = local;
        fds[0].events = (short) ((link->up.len == 0 ? POLLIN : 0)
                                 | (link->down.len != 0 ? POLLOUT : 0));
        fds[1].fd = link->server;
        fds[1].events = (short) ((link->down.len == 0 ? POLLIN : 0)
                                 | (link->up.len != 0 ? POLLOUT : 0));

        rc = chat_smtp_wait(fds, 2, link->deadline);

        if (rc <= 0) {
            link->timed_out = rc == 0;
            return;
        }

        if ((fds[0].revents & POLLOUT
             && chat_smtp_write(local, &link->down) != 0)
            || (fds[1].revents & POLLOUT
                && chat_smtp_write(link->server, &link->up) != 0))
        {
            return;
        }

        if (link->up.len == 0 && fds[0].revents & ~POLLOUT) {
            if (chat_smtp_read(local, &link->up) != 0) {
                return;
            }

            chat_smtp_went_up(link);
        }

        if (link->down.len == 0 && fds[1].revents & ~POLLOUT) {
            if (chat_smtp_read(link->server, &link->down) != 0
                || chat_smtp_came_down(link) != 0)
            {
                return;
            }
        }

        /* an end that is gone can take nothing more */

        if ((fds[0].revents | fds[1].revents) & (POLLERR | POLLNVAL)) {
            return;
        }
    }
}


/*
 * Between the reply to STARTTLS and our first TLS record a server has nothing
 * to say.  What comes then was put there by somebody on the way: libesmtp would
 * keep it and take it for replies that came under TLS.
 */

static void
chat_smtp_went_up(chat_smtp_link_t *link)
{
    if (link->up.len == 0) {
        return;
    }

    if (link->starttls == CHAT_SMTP_TLS_NONE) {
        if (link->up.len == sizeof(CHAT_SMTP_STARTTLS) - 1
            && memcmp(link->up.data, CHAT_SMTP_STARTTLS, link->up.len) == 0)
        {
            link->starttls = CHAT_SMTP_TLS_ASKED;
        }

    } else if (link->starttls == CHAT_SMTP_TLS_ANSWERED) {
        link->starttls = CHAT_SMTP_TLS_STARTED;
    }
}


static int
chat_smtp_came_down(chat_smtp_link_t *link)
{
    const char  *line;

    if (link->down.len == 0) {
        return 0;
    }

    if (link->starttls == CHAT_SMTP_TLS_ANSWERED) {
        return -1;
    }

    if (link->starttls != CHAT_SMTP_TLS_ASKED) {
        return 0;
    }

    line = memchr(link->down.data, '\n', link->down.len);

    if (line == NULL) {
        return 0;
    }

    link->starttls = CHAT_SMTP_TLS_ANSWERED;

    return line == link->down.data + link->down.len - 1 ? 0 : -1;
}


static int
chat_smtp_read(int fd, chat_smtp_buffer_t *b)
{
    ssize_t  n;

    n = recv(fd, b->data, sizeof(b->data), 0);

    if (n < 0) {
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    }

    if (n == 0) {
        return -1;
    }

    b->start = 0;
    b->len = (size_t) n;

    return 0;
}


static int
chat_smtp_write(int fd, chat_smtp_buffer_t *b)
{
    ssize_t  n;

    n = send(fd, b->data + b->start, b->len, MSG_NOSIGNAL);

    if (n < 0) {
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    }

    b->start += (size_t) n;
    b->len -= (size_t) n;

    return 0;
}


/* as poll(); 0 once the deadline is there */

static int
chat_smtp_wait(struct pollfd *fds, nfds_t n, int64_t deadline)
{
    int      rc;
    int64_t  left;

    for ( ;; ) {
        left = deadline - chat_smtp_now();

        if (left <= 0) {
            return 0;
        }

        rc = poll(fds, n, (int) left);

        if (rc > 0 || (rc < 0 && errno != EINTR)) {
            return rc;
        }
    }
}
