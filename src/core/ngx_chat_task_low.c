/*
 * Low priority.  Who signs in waits for a hash, rather than everybody for their
 * messages.  The system's priority is not enough: hashing keeps the CPUs busy
 * without a gap, and takes their caches and, on rented machines, their quota from those
 * who come after.
 */

#include "ngx_chat_core.h"
#include "ngx_chat_task_low.h"
#include "ngx_chat_stat.h"
#include <sched.h>
#include <time.h>
#include <sys/syscall.h>

#define NGX_CHAT_TASK_NICE      10          /* a tenth of the weight of others */
#define NGX_CHAT_TASK_SLICE     100000000   /* ns: the longest that the system takes */
#define NGX_CHAT_TASK_REST      7           /* times what the last job took */
#define NGX_CHAT_TASK_REST_MAX  500         /* ms */
#define NGX_CHAT_TASK_CALM      100         /* batches a second that need no rest */
#define NGX_CHAT_TASK_REST_STEP 25          /* ms; then it looks whether the worker exits */

static ngx_uint_t ngx_chat_task_calm(int64_t now);
static int64_t ngx_chat_task_clock(clockid_t clock);


static __thread int64_t             ngx_chat_task_started;  /* ns: the last job */
static __thread int64_t             ngx_chat_task_begun;    /* ns of this thread's CPU */
static __thread int64_t             ngx_chat_task_took;     /* ns */
static __thread int64_t             ngx_chat_task_ended;    /* ns */
static __thread ngx_atomic_uint_t   ngx_chat_task_batches;


/*
 * Not the idle class: on a machine that others keep busy nobody could sign in.
 * Where processes are scheduled by groups (autogroup) PostgreSQL is in another one
 * and its scheduler doesn't look at this thread's weight, but at the slice: with a
 * long one it gives way to whoever wakes, instead of running to its end first
 * (Linux 6.12 and later).
 */

void
ngx_chat_task_low(void)
{
#ifdef SYS_sched_setattr
    /* struct sched_attr of sched_setattr(2), its first version */
    struct {
        uint32_t  size;
        uint32_t  policy;
        uint64_t  flags;
        int32_t   nice;
        uint32_t  priority;
        uint64_t  runtime;
        uint64_t  deadline;
        uint64_t  period;
    } attr;

    static __thread u_char  low;

    if (low) {
        return;
    }

    low = 1;

    ngx_memzero(&attr, sizeof(attr));
    attr.size = sizeof(attr);
    attr.policy = SCHED_BATCH;
    attr.nice = NGX_CHAT_TASK_NICE;
    attr.runtime = NGX_CHAT_TASK_SLICE;

    /* a system that refuses has this thread at the priority of all */

    (void) syscall(SYS_sched_setattr, 0, &attr, 0);
#endif
}


void
ngx_chat_task_rest(void)
{
    int64_t          now, rest;
    struct timespec  ts;

    rest = ngx_min(ngx_chat_task_took * NGX_CHAT_TASK_REST,
                   (int64_t) NGX_CHAT_TASK_REST_MAX * 1000000);
    rest += ngx_chat_task_ended;

    while (!ngx_exiting && !ngx_quit && !ngx_terminate) {
        now = ngx_chat_task_clock(CLOCK_MONOTONIC);

        if (now >= rest || ngx_chat_task_calm(now)) {
            break;
        }

        ts.tv_sec = 0;
        ts.tv_nsec = ngx_min(rest - now,
                             (int64_t) NGX_CHAT_TASK_REST_STEP * 1000000);
        (void) nanosleep(&ts, NULL);
    }

    ngx_chat_task_started = ngx_chat_task_clock(CLOCK_MONOTONIC);
    ngx_chat_task_batches = ngx_chat_stat_get(NGX_CHAT_STAT_BATCHES);
    ngx_chat_task_begun = ngx_chat_task_clock(CLOCK_THREAD_CPUTIME_ID);
}


/* whether few batches were stored since the last job began */

static ngx_uint_t
ngx_chat_task_calm(int64_t now)
{
    int64_t            ms;
    ngx_atomic_uint_t  batches;

    ms = (now - ngx_chat_task_started) / 1000000;
    batches = ngx_chat_stat_get(NGX_CHAT_STAT_BATCHES) - ngx_chat_task_batches;

    return batches * 1000 <= (ngx_atomic_uint_t) ms * NGX_CHAT_TASK_CALM;
}


void
ngx_chat_task_worked(void)
{
    ngx_chat_task_took = ngx_chat_task_clock(CLOCK_THREAD_CPUTIME_ID)
                         - ngx_chat_task_begun;
    ngx_chat_task_ended = ngx_chat_task_clock(CLOCK_MONOTONIC);
}


static int64_t
ngx_chat_task_clock(clockid_t clock)
{
    struct timespec  ts;

    if (clock_gettime(clock, &ts) != 0) {
        return 0;
    }

    return (int64_t) ts.tv_sec * 1000000000 + ts.tv_nsec;
}
