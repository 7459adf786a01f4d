/* Connections and the turn of the loop: reads, writes once a turn, acknowledgements in time. */

#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LOAD_EVENTS  512

uint64_t  load_now;

static int            load_epoll = -1;
static int            load_fds;
static unsigned       load_source;
static load_conn_t  **load_dirty;
static int            load_ndirty, load_dirty_cap;
static load_conn_t   *load_ack_head, *load_ack_tail;
static char           load_buffer[LOAD_READ];
static load_conn_t   *load_dead[4096];
static int            load_ndead;

static void load_read(load_conn_t *c);
static void load_flush(load_conn_t *c);
static void load_consume(load_conn_t *c, char *data, size_t len);


uint64_t
load_clock(void)
{
    struct timespec  ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);

    return (uint64_t) ts.tv_sec * 1000000000u + (uint64_t) ts.tv_nsec;
}


int
load_open_fds(void)
{
    return load_fds;
}


int
load_loop_init(void)
{
    struct rlimit  rl;

    if (getrlimit(RLIMIT_NOFILE, &rl) == 0) {
        rl.rlim_cur = rl.rlim_max;
        setrlimit(RLIMIT_NOFILE, &rl);
    }

    load_epoll = epoll_create1(EPOLL_CLOEXEC);
    load_now = load_clock();

    return load_epoll < 0 ? -1 : 0;
}


/* Begins a connection; its end, too, is told by load_on_closed().  NULL: not even that. */

load_conn_t *
load_connect(int user, const load_proto_t *proto)
{
    int                 fd, one = 1;
    load_conn_t        *c;
    struct epoll_event  ev;
    struct sockaddr_in  sin;

    fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        load_failed("socket: %s (%d are open)", strerror(errno), load_fds);
        return NULL;
    }

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    memset(&sin, 0, sizeof(sin));
    sin.sin_family = AF_INET;

    if (load_opt.sources > 1) {
        sin.sin_addr.s_addr = htonl(0x7f000001 + load_source++ % (unsigned) load_opt.sources);
        setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));

        if (bind(fd, (struct sockaddr *) &sin, sizeof(sin)) != 0) {
            load_failed("bind: %s", strerror(errno));
            close(fd);
            return NULL;
        }
    }

    inet_pton(AF_INET, load_opt.host, &sin.sin_addr);
    sin.sin_port = htons((uint16_t) load_opt.port);

    c = calloc(1, sizeof(load_conn_t));

    if (c == NULL
        || (connect(fd, (struct sockaddr *) &sin, sizeof(sin)) != 0 && errno != EINPROGRESS))
    {
        free(c);
        close(fd);
        return NULL;
    }

    c->fd = fd;
    c->user = user;
    c->proto = proto;
    c->state = LOAD_CONNECTING;
    c->blocked = 1;
    c->due = load_now;

    ev.events = EPOLLIN | EPOLLOUT;
    ev.data.ptr = c;

    if (epoll_ctl(load_epoll, EPOLL_CTL_ADD, fd, &ev) != 0) {
        free(c);
        close(fd);
        return NULL;
    }

    load_fds++;

    return c;
}


static void
load_watch(load_conn_t *c)
{
    struct epoll_event  ev;

    ev.events = (c->muted ? 0u : EPOLLIN) | (c->blocked ? EPOLLOUT : 0u);
    ev.data.ptr = c;
    epoll_ctl(load_epoll, EPOLL_CTL_MOD, c->fd, &ev);
}


void
load_mute(load_conn_t *c, int muted)
{
    if (c->muted != muted && c->state != LOAD_CLOSED) {
        c->muted = (uint8_t) muted;
        load_watch(c);
    }
}


/* The object lives until the turn's end: events of this turn may still name it. */

void
load_close(load_conn_t *c)
{
    if (c->state == LOAD_CLOSED) {
        return;
    }

    close(c->fd);
    c->fd = -1;
    c->state = LOAD_CLOSED;
    load_fds--;

    if (load_ndead < (int) (sizeof(load_dead) / sizeof(load_dead[0]))) {
        load_dead[load_ndead++] = c;    /* past the bound it leaks: the process ends soon */
    }

    load_on_closed(c);
}


static void
load_bury(void)
{
    int           i, kept;
    load_conn_t  *c;

    for (kept = 0, i = 0; i < load_ndead; i++) {
        c = load_dead[i];

        if (c->ack_timer || c->dirty) {
            load_dead[kept++] = c;
            continue;
        }

        free(c->in);
        free(c->out);
        free(c->ack);
        free(c);
    }

    load_ndead = kept;
}


char *
load_reserve(load_conn_t *c, size_t len)
{
    char    *p;
    size_t   cap;

    if (c->out_off > 0 && c->out_off == c->out_len) {
        c->out_off = c->out_len = 0;
    }

    if (c->out_len + len > c->out_cap) {
        cap = c->out_cap ? c->out_cap : 512;

        while (cap < c->out_len + len) {
            cap *= 2;
        }

        p = (cap <= LOAD_OUT_MAX) ? realloc(c->out, cap) : NULL;

        if (p == NULL) {
            load_failed("a connection's output is over %d bytes", LOAD_OUT_MAX);
            return NULL;
        }

        c->out = p;
        c->out_cap = cap;
    }

    return c->out + c->out_len;
}


void
load_commit(load_conn_t *c, size_t len)
{
    load_conn_t  **p;

    c->out_len += len;

    if (c->dirty) {
        return;
    }

    if (load_ndirty == load_dirty_cap) {
        load_dirty_cap = load_dirty_cap ? load_dirty_cap * 2 : 1024;
        p = realloc(load_dirty, (size_t) load_dirty_cap * sizeof(load_conn_t *));

        if (p == NULL) {
            load_failed("no memory");
            exit(1);
        }

        load_dirty = p;
    }

    c->dirty = 1;
    load_dirty[load_ndirty++] = c;
}


void
load_write(load_conn_t *c, const char *data, size_t len)
{
    char  *p;

    p = load_reserve(c, len);

    if (p != NULL) {
        memcpy(p, data, len);
        load_commit(c, len);
    }
}


static void
load_flush(load_conn_t *c)
{
    ssize_t  n;

    while (c->state > LOAD_CONNECTING && c->out_off < c->out_len) {
        n = send(c->fd, c->out + c->out_off, c->out_len - c->out_off, MSG_NOSIGNAL);

        if (n > 0) {
            c->out_off += (size_t) n;
            continue;
        }

        if (n < 0 && errno == EINTR) {
            continue;
        }

        if (n < 0 && errno == EAGAIN) {
            if (!c->blocked) {
                c->blocked = 1;
                load_watch(c);
            }

            return;
        }

        load_close(c);
        return;
    }

    if (c->state > LOAD_CONNECTING) {
        c->out_off = c->out_len = 0;

        if (c->out_cap > 65536 || c->state < LOAD_READY) {
            free(c->out);
            c->out = NULL;
            c->out_cap = 0;
        }

        if (c->blocked) {
            c->blocked = 0;
            load_watch(c);
        }
    }
}


static void
load_read(load_conn_t *c)
{
    size_t   room;
    ssize_t  n;

    room = c->slow ? 4096 : sizeof(load_buffer);
    n = recv(c->fd, load_buffer, room, 0);

    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }

    if (n <= 0) {
        load_close(c);
        return;
    }

    load_consume(c, load_buffer, (size_t) n);
}


/* What is left of a message waits in c->in for the rest. */

static void
load_consume(load_conn_t *c, char *data, size_t len)
{
    long     used;
    char    *p;
    size_t   cap;

    if (c->in_len > 0) {
        if (c->in_len + len > c->in_cap) {
            for (cap = c->in_cap; cap < c->in_len + len; cap *= 2) { /* void */ }

            p = (cap <= LOAD_IN_MAX) ? realloc(c->in, cap) : NULL;

            if (p == NULL) {
                load_failed("a message over %d bytes", LOAD_IN_MAX);
                load_close(c);
                return;
            }

            c->in = p;
            c->in_cap = cap;
        }

        memcpy(c->in + c->in_len, data, len);
        data = c->in;
        len += c->in_len;
    }

    used = c->proto->input(c, data, len);

    if (c->state == LOAD_CLOSED) {
        return;
    }

    if (used < 0) {
        load_close(c);
        return;
    }

    len -= (size_t) used;

    if (len == 0) {
        free(c->in);
        c->in = NULL;
        c->in_len = c->in_cap = 0;
        return;
    }

    if (c->in == NULL) {
        for (c->in_cap = 512; c->in_cap < len; c->in_cap *= 2) { /* void */ }
        c->in = malloc(c->in_cap);

        if (c->in == NULL) {
            load_failed("no memory");
            load_close(c);
            return;
        }
    }

    memmove(c->in, data + used, len);
    c->in_len = len;
}


/* All timers of acknowledgements have the same length: a list in order is enough. */

void
load_ack_soon(load_conn_t *c)
{
    if (c->ack_timer) {
        return;
    }

    c->ack_timer = 1;
    c->due = load_now + (uint64_t) load_opt.ack_ms * 1000000;
    c->next_ack = NULL;

    if (load_ack_tail) {
        load_ack_tail->next_ack = c;

    } else {
        load_ack_head = c;
    }

    load_ack_tail = c;
}


static void
load_acks(void)
{
    load_conn_t  *c;

    while (load_ack_head && load_ack_head->due <= load_now) {
        c = load_ack_head;
        load_ack_head = c->next_ack;

        if (load_ack_head == NULL) {
            load_ack_tail = NULL;
        }

        c->ack_timer = 0;

        if (c->state == LOAD_READY && c->nack > 0) {
            c->proto->ack(c);
        }
    }
}


static void
load_write_all(void)
{
    int           i;
    load_conn_t  *c;

    for (i = 0; i < load_ndirty; i++) {
        c = load_dirty[i];
        c->dirty = 0;

        if (c->state != LOAD_CLOSED && !c->blocked) {
            load_flush(c);
        }
    }

    load_ndirty = 0;
}


static void
load_connected(load_conn_t *c)
{
    int        err = 0;
    socklen_t  len = sizeof(err);

    if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &err, &len) != 0 || err != 0) {
        load_close(c);
        return;
    }

    c->state = LOAD_HANDSHAKE;
    c->blocked = 0;
    load_watch(c);
    load_stat.connected++;
    c->proto->open(c);
}


void
load_turn(uint64_t until)
{
    int                        i, n;
    uint64_t                   end, wait;
    load_conn_t               *c;
    struct timespec            ts;
    static struct epoll_event  events[LOAD_EVENTS];

    load_write_all();

    end = until;

    if (load_ack_head && load_ack_head->due < end) {
        end = load_ack_head->due;
    }

    load_now = load_clock();
    wait = (end > load_now) ? end - load_now : 0;
    ts.tv_sec = (time_t) (wait / 1000000000u);
    ts.tv_nsec = (long) (wait % 1000000000u);

    n = epoll_pwait2(load_epoll, events, LOAD_EVENTS, &ts, NULL);
    load_now = load_clock();

    for (i = 0; i < n; i++) {
        c = events[i].data.ptr;

        if (c->state == LOAD_CLOSED) {
            continue;
        }

        if (c->state == LOAD_CONNECTING) {
            if (events[i].events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) {
                load_connected(c);
            }

            continue;
        }

        if (events[i].events & EPOLLOUT) {
            load_flush(c);
        }

        if (c->state != LOAD_CLOSED && !c->muted
            && events[i].events & (EPOLLIN | EPOLLERR | EPOLLHUP))
        {
            load_read(c);
        }
    }

    load_acks();
    load_write_all();
    load_bury();
}
