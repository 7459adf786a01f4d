/*
 * Worker to worker: what the rest of the module calls, and the hub's life in a
 * process.
 */

#include "ngx_chat_hub_internal.h"


/* "/" and a pid follow */
#define NGX_CHAT_HUB_DIR_MAX                                                  \
    (sizeof(((struct sockaddr_un *) NULL)->sun_path) - 1                      \
     - 1 - NGX_CHAT_HUB_PID_LEN)


static ngx_int_t ngx_chat_hub_make_dir(ngx_cycle_t *cycle,
    ngx_chat_core_conf_t *conf);
static void ngx_chat_hub_retry_handler(ngx_event_t *ev);


ngx_chat_hub_t  ngx_chat_hub;

static ngx_connection_t  ngx_chat_hub_timers;     /* for the log lines of timers */


/* handler: gets every packet that is for the chat room, and rechecks of our own */
void
ngx_chat_hub_register(ngx_chat_hub_handler_pt handler)
{
    ngx_chat_hub.handler = handler;
}


void
ngx_chat_hub_on_exit(void (*handler)(void))
{
    if (ngx_chat_hub.nexit < NGX_CHAT_HUB_EXITS) {
        ngx_chat_hub.on_exit[ngx_chat_hub.nexit++] = handler;
    }
}


/* slots NULL: to everyone.  conversations: n times 16 bytes, or NULL if the packet holds none. */
void
ngx_chat_hub_send(ngx_chat_hub_type_e type, uint64_t *slots, u_char *body,
    size_t len, u_char *conversations, ngx_uint_t n)
{
    uint64_t              left[NGX_CHAT_WORKERS / 64], bit;
    ngx_int_t             slot;
    ngx_pid_t             pid;
    ngx_uint_t            i;
    ngx_chat_hub_peer_t  *peer;

    ngx_memzero(left, sizeof(left));

    if (slots) {
        ngx_memcpy(left, slots, sizeof(left));
    }

    for (i = 0; i < ngx_chat_hub.npeers; i++) {
        peer = &ngx_chat_hub.peers[i];

        if (peer->pid == 0) {
            continue;
        }

        slot = peer->slot;

        if (slots && slot != NGX_ERROR) {
            bit = (uint64_t) 1 << (slot % 64);

            if (!(slots[slot / 64] & bit)) {
                continue;
            }

            left[slot / 64] &= ~bit;
        }

        ngx_chat_hub_peer_send(peer, type, 0, 0, body, len, conversations, n);
    }

    /* a worker whose connection to us is still in the listening queue */

    for (i = 0; i < NGX_CHAT_WORKERS; i++) {

        if (!(left[i / 64] & ((uint64_t) 1 << (i % 64)))) {
            continue;
        }

        pid = ngx_chat_registry_pid(i);

        if (pid == 0 || pid == ngx_pid || ngx_chat_hub_peer_find(pid)) {
            continue;
        }

        peer = ngx_chat_hub_peer_add(pid);

        if (peer) {
            ngx_chat_hub_peer_open(peer);
        }

        if (peer && peer->pid == pid) {
            ngx_chat_hub_peer_send(peer, type, 0, 0, body, len, conversations,
                                   n);
        }
    }
}


void
ngx_chat_hub_broadcast(ngx_chat_hub_type_e type, u_char *body, size_t len)
{
    ngx_chat_hub_send(type, NULL, body, len, NULL, 0);
}


/* the other workers that we can write to now */
ngx_uint_t
ngx_chat_hub_peers(void)
{
    ngx_uint_t  i, n;

    n = 0;

    for (i = 0; i < ngx_chat_hub.npeers; i++) {
        if (ngx_chat_hub.peers[i].pid && ngx_chat_hub.peers[i].out) {
            n++;
        }
    }

    return n;
}


/*
 * 1 if there is nobody to tell.  A worker that has just started is in the registry
 * before it is a peer, and one that doesn't drain has no link perhaps: both count.
 */
ngx_uint_t
ngx_chat_hub_alone(void)
{
    ngx_pid_t   pid;
    ngx_uint_t  i;

    for (i = 0; i < ngx_chat_hub.npeers; i++) {
        if (ngx_chat_hub.peers[i].pid) {
            return 0;
        }
    }

    for (i = 0; i < NGX_CHAT_WORKERS; i++) {
        pid = ngx_chat_registry_pid(i);

        if (pid != 0 && pid != ngx_pid) {
            return 0;
        }
    }

    return 1;
}


/* NGX_ERROR: no memory, or the path is too long for a Unix socket */
ngx_int_t
ngx_chat_hub_path(ngx_core_conf_t *ccf, ngx_chat_core_conf_t *conf,
    ngx_pool_t *pool, ngx_log_t *log)
{
    u_char  *p;
    size_t   len;

    len = ccf->pid.len + sizeof(".chat") - 1;

    if (len > NGX_CHAT_HUB_DIR_MAX) {
        ngx_log_error(NGX_LOG_EMERG, log, 0,
                      "\"%V.chat\", the directory of the workers' sockets, is "
                      "longer than %uz bytes: give \"pid\" a shorter path",
                      &ccf->pid, NGX_CHAT_HUB_DIR_MAX);
        return NGX_ERROR;
    }

    p = ngx_pnalloc(pool, len + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    conf->hub_dir.data = p;
    conf->hub_dir.len = len;

    (void) ngx_sprintf(p, "%V.chat%Z", &ccf->pid);

    return NGX_OK;
}


/*
 * In the master, as root if it is that.  Called again on each reload: a failure
 * would end the running master then, so it is only logged.
 */
ngx_int_t
ngx_chat_hub_init_module(ngx_cycle_t *cycle, ngx_chat_core_conf_t *conf)
{
    if (conf->zone == NULL || ngx_test_config) {
        return NGX_OK;
    }

    /* with master_process off a reload changes the zone of a process that runs */

    if (ngx_process == NGX_PROCESS_SINGLE && ngx_chat_hub.conf) {
        ngx_chat_hub.conf = conf;
        ngx_chat_hub.log = cycle->log;
        (void) ngx_chat_zone_init_process(cycle, conf);
    }

    if (ngx_chat_hub_make_dir(cycle, conf) != NGX_OK
        && ngx_is_init_cycle(cycle->old_cycle))
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_chat_hub_make_dir(ngx_cycle_t *cycle, ngx_chat_core_conf_t *conf)
{
    int               fd;
    uid_t             self;
    struct stat       st;
    ngx_core_conf_t  *ccf;

    ccf = (ngx_core_conf_t *) ngx_get_conf(cycle->conf_ctx, ngx_core_module);

    if (mkdir((char *) conf->hub_dir.data, 0700) == -1
        && ngx_errno != NGX_EEXIST)
    {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, ngx_errno,
                      "mkdir() \"%V\" failed: the workers' sockets live there, "
                      "beside the file that \"pid\" names", &conf->hub_dir);
        return NGX_ERROR;
    }

    /* where others may write, they may have put something in its place */

    fd = open((char *) conf->hub_dir.data,
              O_RDONLY|O_DIRECTORY|O_NOFOLLOW|O_CLOEXEC);

    if (fd == -1 || fstat(fd, &st) == -1) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, ngx_errno,
                      "cannot open directory \"%V\"", &conf->hub_dir);
        goto failed;
    }

    /* root takes it over, whoever made it: what is in it is checked at each connection */

    self = geteuid();

    if (self != 0 && st.st_uid != self) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "\"%V\" belongs to user %uD: remove it, or give \"pid\" "
                      "a place where only nginx writes",
                      &conf->hub_dir, (uint32_t) st.st_uid);
        goto failed;
    }

    if (fchmod(fd, 0700) == -1
        || (self == 0 && fchown(fd, ccf->user, (gid_t) -1) == -1))
    {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, ngx_errno,
                      "cannot give \"%V\" to the workers' user",
                      &conf->hub_dir);
        goto failed;
    }

    (void) close(fd);

    return NGX_OK;

failed:

    if (fd != -1) {
        (void) close(fd);
    }

    return NGX_ERROR;
}


/*
 * After the zone's.  A worker that can't listen serves all the same and tries
 * again: its receivers are served by their rechecks.
 */
ngx_int_t
ngx_chat_hub_init_process(ngx_cycle_t *cycle, ngx_chat_core_conf_t *conf)
{
    ngx_uint_t         i, n;
    ngx_chat_worker_t  dead[NGX_CHAT_WORKERS];

    if (conf->zone == NULL) {
        return NGX_OK;
    }

    ngx_chat_hub.conf = conf;
    ngx_chat_hub.log = cycle->log;

    ngx_chat_hub_timers.fd = (ngx_socket_t) -1;

    ngx_chat_hub.retry.handler = ngx_chat_hub_retry_handler;
    ngx_chat_hub.retry.data = &ngx_chat_hub_timers;
    ngx_chat_hub.retry.log = cycle->log;
    ngx_chat_hub.retry.cancelable = 1;

    if (ngx_chat_hub_idle() != NGX_OK) {
        return NGX_ERROR;
    }

    /* first we can be reached, then we look who is there: of two that start, one finds the other */

    if (ngx_chat_hub_listen(cycle) != NGX_OK) {
        ngx_chat_hub_retry();
    }

    ngx_chat_hub_scan();

    n = ngx_chat_registry_dead(dead, NGX_CHAT_WORKERS);

    for (i = 0; i < n; i++) {
        ngx_chat_hub_bury(dead[i].slot, dead[i].pid);
    }

    if (n && ngx_chat_registry_self()->slot == (ngx_uint_t) NGX_ERROR) {
        (void) ngx_chat_registry_join(cycle);
    }

    return NGX_OK;
}


static void
ngx_chat_hub_retry_handler(ngx_event_t *ev)
{
    ngx_uint_t            i;
    ngx_chat_hub_peer_t  *peer;

    if (ngx_chat_hub.listening == NULL) {

        if (ngx_chat_hub_listen((ngx_cycle_t *) ngx_cycle) == NGX_OK) {
            ngx_chat_hub_scan();

        } else {
            ngx_chat_hub_retry();
        }
    }

    for (i = 0; i < ngx_chat_hub.npeers; i++) {
        peer = &ngx_chat_hub.peers[i];

        if (peer->pid && peer->out == NULL) {
            ngx_chat_hub_peer_open(peer);
        }
    }

    ngx_chat_hub_accept_again();
}


/*
 * Says good-bye and leaves the registry.  If a peer didn't take all its hints, we
 * leave as the dead do instead: whoever buries us tells it to read everything.
 */
void
ngx_chat_hub_exit_process(ngx_cycle_t *cycle)
{
    ngx_uint_t             i, whole;
    struct sockaddr_un     sun;
    ngx_chat_hub_peer_t   *peer;
    ngx_chat_hub_header_t  header;

    if (ngx_chat_hub.conf == NULL) {
        return;
    }

    whole = 1;

    for (i = 0; i < ngx_chat_hub.npeers; i++) {
        peer = &ngx_chat_hub.peers[i];

        /* outside our zone nobody could read what we leave, and an end without BYE says it, too */

        if (peer->pid && !peer->bye && !ngx_chat_hub_peer_flush(peer)
            && peer->linked && peer->slot != NGX_ERROR)
        {
            whole = 0;
        }
    }

    /* nobody who sees the end of our links may still reach us */

    if (ngx_chat_hub.listening) {

        if (whole) {
            (void) ngx_chat_hub_socket_path(ngx_pid, &sun);
            (void) unlink(sun.sun_path);
        }

        ngx_chat_hub_close(&ngx_chat_hub.listening);
    }

    ngx_chat_hub_close(&ngx_chat_hub.idle);

    ngx_memzero(&header, sizeof(ngx_chat_hub_header_t));

    header.version = NGX_CHAT_HUB_VERSION;
    header.type = NGX_CHAT_HUB_BYE;

    for (i = 0; i < ngx_chat_hub.npeers; i++) {
        peer = &ngx_chat_hub.peers[i];

        if (peer->pid && peer->out && whole
            && ngx_chat_hub_peer_flush(peer))
        {
            (void) ngx_chat_hub_write(peer, &header, NULL, 0);
        }

        ngx_chat_hub_close(&peer->out);
        ngx_chat_hub_close(&peer->in);
    }

    if (whole) {
        ngx_chat_registry_leave();
    }
}
