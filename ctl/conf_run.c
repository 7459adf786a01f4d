/* Runs nginx -T and keeps what it prints, within bounds of time and size. */

#include "conf.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#define DUMP_MAX    (8 * 1024 * 1024)
#define ERRORS_MAX  4096
#define PATIENCE    30              /* s */

typedef struct {
    char   *data;
    size_t  len;
    size_t  max;
    int     fd;                     /* -1: it ended */
} stream_t;

static pid_t start(const char *nginx, const char *file, stream_t *out,
    stream_t *err);
static int collect(stream_t *out, stream_t *err);
static int take(stream_t *s);
static void first_error(const char *text, char *why, size_t size);


char *
chatctl_conf_dump(const char *nginx, const char *file, char *why, size_t size)
{
    int       status, ended;
    char      errors[ERRORS_MAX + 1];
    pid_t     pid;
    stream_t  out, err;

    out.max = DUMP_MAX;
    out.data = malloc(out.max + 1);
    err.max = ERRORS_MAX;
    err.data = errors;
    out.len = err.len = 0;

    if (out.data == NULL) {
        (void) snprintf(why, size, "no memory");
        return NULL;
    }

    pid = start(nginx, file, &out, &err);

    if (pid == -1) {
        (void) snprintf(why, size, "can't run nginx: %s", strerror(errno));
        free(out.data);
        return NULL;
    }

    ended = collect(&out, &err);

    if (ended != 0) {
        (void) kill(pid, SIGKILL);
    }

    while (waitpid(pid, &status, 0) == -1 && errno == EINTR) { /* void */ }

    errors[err.len] = '\0';
    out.data[out.len] = '\0';

    if (ended == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        return out.data;
    }

    if (ended != 0) {
        (void) snprintf(why, size, "nginx -T didn't end within %d s, or "
                        "printed more than 8 MiB", PATIENCE);

    } else if (WIFEXITED(status) && WEXITSTATUS(status) == 127) {
        (void) snprintf(why, size, "\"%s\" can't be run", nginx);

    } else {
        first_error(errors, why, size);
    }

    sodium_memzero(out.data, out.len);
    free(out.data);

    return NULL;
}


static pid_t
start(const char *nginx, const char *file, stream_t *out, stream_t *err)
{
    int    p[2], q[2], null;
    pid_t  pid;

    if (pipe2(p, O_CLOEXEC) == -1) {
        return -1;
    }

    if (pipe2(q, O_CLOEXEC) == -1) {
        close(p[0]);
        close(p[1]);
        return -1;
    }

    pid = fork();

    if (pid == 0) {
        null = open("/dev/null", O_RDONLY);

        if (null == -1 || dup2(null, 0) == -1 || dup2(p[1], 1) == -1
            || dup2(q[1], 2) == -1)
        {
            _exit(127);
        }

        (void) execlp(nginx, nginx, "-T", "-c", file, (char *) NULL);
        _exit(127);
    }

    close(p[1]);
    close(q[1]);
    out->fd = p[0];
    err->fd = q[0];

    if (pid == -1) {
        close(p[0]);
        close(q[0]);
    }

    return pid;
}


/* 0: both ended; -1: too late or too much */

static int
collect(stream_t *out, stream_t *err)
{
    int            rc;
    time_t         end;
    struct pollfd  fds[2];

    end = time(NULL) + PATIENCE;
    rc = 0;

    while (rc == 0 && (out->fd != -1 || err->fd != -1)) {
        fds[0].fd = out->fd;
        fds[1].fd = err->fd;
        fds[0].events = fds[1].events = POLLIN;

        if (time(NULL) > end
            || (poll(fds, 2, 1000) == -1 && errno != EINTR))
        {
            rc = -1;
            break;
        }

        if (fds[0].revents) {
            rc = take(out);
        }

        if (rc == 0 && fds[1].revents) {
            (void) take(err);
        }
    }

    if (out->fd != -1) {
        close(out->fd);
    }

    if (err->fd != -1) {
        close(err->fd);
    }

    return rc;
}


static int
take(stream_t *s)
{
    char     rest[512];
    ssize_t  n;

    /* what is too much of one is read, so that its writer goes on */

    n = s->len < s->max ? read(s->fd, s->data + s->len, s->max - s->len)
                        : read(s->fd, rest, sizeof(rest));

    if (n == -1 && errno == EINTR) {
        return 0;
    }

    if (n <= 0) {
        close(s->fd);
        s->fd = -1;
        return 0;
    }

    if (s->len == s->max) {
        return -1;
    }

    s->len += (size_t) n;

    return 0;
}


/* the line that says [emerg], else the first */

static void
first_error(const char *text, char *why, size_t size)
{
    size_t       len;
    const char  *line, *start_of;

    line = strstr(text, "[emerg]");
    start_of = line ? line + sizeof("[emerg]") : text;
    len = strcspn(start_of, "\n");

    (void) snprintf(why, size, "nginx -T failed: %.*s",
                    (int) (len < 400 ? len : 400), start_of);
}
