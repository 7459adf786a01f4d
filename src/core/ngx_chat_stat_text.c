/*
 * The counters as Prometheus text, format 0.0.4.  Labels come from fixed sets
 * (operations, statuses, slots), so the number of series is bounded and no pid,
 * account or address is ever one.
 */

#include "ngx_chat_stat_text.h"
#include "ngx_chat_hub.h"


#define NGX_CHAT_STAT_TEXT_MAX      65536
#define NGX_CHAT_STAT_LINE_MAX      512


typedef struct {
    const char  *name;
    const char  *help;
} ngx_chat_stat_name_t;


static u_char *ngx_chat_stat_head(u_char *p, u_char *last, const char *name,
    const char *type, const char *help);
static u_char *ngx_chat_stat_counters(u_char *p, u_char *last);
static u_char *ngx_chat_stat_gauges(u_char *p, u_char *last);
static u_char *ngx_chat_stat_workers(u_char *p, u_char *last);
static u_char *ngx_chat_stat_latency(u_char *p, u_char *last);
static u_char *ngx_chat_stat_operations(u_char *p, u_char *last,
    const char *const *names, ngx_uint_t nnames);
static u_char *ngx_chat_stat_limits(u_char *p, u_char *last,
    ngx_chat_stat_names_t *limits);


/* in the order of ngx_chat_stat_e */
static ngx_chat_stat_name_t  ngx_chat_stat_names[NGX_CHAT_STAT_COUNTERS] = {
    { "sockets_opened", "Sockets taken over." },
    { "sockets_closed", "Sockets ended." },
    { "polls", "Long polls begun." },
    { "entries_stored", "Entries committed to a log." },
    { "entries_live", "Entries delivered from memory." },
    { "entries_read", "Entries delivered from the log." },
    { "batches", "Batches of sends committed." },
    { "batch_reruns", "Batches run again after a lock conflict." },
    { "acks", "Acknowledgements taken." },
    { "slow_readers", "Receivers sent to the log because they did not drain." },
    { "pg_connects", "Connections to PostgreSQL opened." },
    { "pg_lost", "Connections to PostgreSQL lost." },
    { "pg_timeouts", "Requests to PostgreSQL past their deadline." },
    { "pg_refused", "Requests refused: queue full or no connection." },
    { "hub_sent", "Packets sent to other workers." },
    { "hub_received", "Packets received from other workers." },
    { "hub_held", "Packets kept back as hints for a worker that did not drain." },
    { "hub_dirty", "Workers told to read everything again." },
    { "session_hits", "Tokens found in the session cache." },
    { "session_misses", "Tokens not found in the session cache." },
    { "zone_evicted", "Sessions and limits evicted from a full zone." },
    { "zone_resets", "Tables emptied after a worker died changing them." },
    { "tasks_refused", "Blocking jobs refused: queue full." },
    { "mail_sent", "Mails handed to the mail server." },
    { "mail_retried", "Mails put back for another attempt." },
    { "mail_refused", "Mails given up." },
    { "limited", "Requests refused by a limit." },
    { "audit_entries", "Entries of the audit log that were sealed." },
    { "detected_many_failures", "Accounts with failed sign-ins from many networks." },
    { "detected_many_accounts", "Networks that failed to sign in to many accounts." },
    { "detected_new_network", "Sign-ins from a network that is new for the account." },
    { "detected_key_package_burst", "Accounts whose key packages were claimed in a burst." }
};


static ngx_chat_stat_name_t  ngx_chat_stat_gauge_names[NGX_CHAT_GAUGES] = {
    { "mail_waiting", "Mails waiting in the outbox." },
    { "mail_oldest_seconds", "Age of the oldest mail in the outbox." },
    { "mail_failing", "1 if the last attempt to send mail failed." }
};


static ngx_chat_stat_name_t
    ngx_chat_stat_worker_names[NGX_CHAT_WORKER_GAUGES] =
{
    { "pg_connections", "Connections to PostgreSQL that stand." },
    { "pg_waiting", "Requests waiting for a connection to PostgreSQL." },
    { "pg_in_flight", "Requests that PostgreSQL works on." },
    { "tasks_auth", "Password jobs queued or running." },
    { "tasks_mail", "Mail jobs queued or running." },
    { "hub_peers", "Other workers that this one is connected to." }
};


/*
 * NGX_ERROR: no memory.  Past 64 KiB the text ends with the last whole line.
 */
ngx_int_t
ngx_chat_stat_text(ngx_pool_t *pool, ngx_chat_stat_names_t *ops,
    ngx_chat_stat_names_t *limits, ngx_str_t *out)
{
    u_char  *p, *last;

    p = ngx_pnalloc(pool, NGX_CHAT_STAT_TEXT_MAX);
    if (p == NULL) {
        return NGX_ERROR;
    }

    out->data = p;
    out->len = 0;

    if (ngx_chat_zone == NULL) {
        return NGX_OK;
    }

    /* each line is begun only with room for the longest */

    last = p + NGX_CHAT_STAT_TEXT_MAX - NGX_CHAT_STAT_LINE_MAX;

    ngx_chat_stat_publish();

    p = ngx_chat_stat_head(p, last, "build_info", "gauge",
                           "The module's version.");
    p = ngx_sprintf(p, "ngx_chat_build_info{version=\"%s\"} 1\n",
                    NGX_CHAT_VERSION);

    p = ngx_chat_stat_counters(p, last);
    p = ngx_chat_stat_gauges(p, last);
    p = ngx_chat_stat_workers(p, last);
    p = ngx_chat_stat_latency(p, last);
    p = ngx_chat_stat_limits(p, last, limits);
    p = ngx_chat_stat_operations(p, last, ops->names, ops->n);

    out->len = p - out->data;

    return NGX_OK;
}


static u_char *
ngx_chat_stat_head(u_char *p, u_char *last, const char *name,
    const char *type, const char *help)
{
    if (p >= last) {
        return p;
    }

    return ngx_sprintf(p, "# HELP ngx_chat_%s %s\n# TYPE ngx_chat_%s %s\n",
                       name, help, name, type);
}


static u_char *
ngx_chat_stat_counters(u_char *p, u_char *last)
{
    ngx_uint_t             i;
    ngx_chat_stat_name_t  *n;

    for (i = 0; i < NGX_CHAT_STAT_COUNTERS && p < last; i++) {
        n = &ngx_chat_stat_names[i];

        if (n->name == NULL) {
            continue;
        }

        p = ngx_sprintf(p, "# HELP ngx_chat_%s_total %s\n"
                        "# TYPE ngx_chat_%s_total counter\n"
                        "ngx_chat_%s_total %uA\n",
                        n->name, n->help, n->name, n->name,
                        ngx_chat_zone->counters[i]);
    }

    return p;
}


static u_char *
ngx_chat_stat_gauges(u_char *p, u_char *last)
{
    size_t       used, total;
    ngx_uint_t   i, sockets, workers;

    sockets = 0;
    workers = 0;

    for (i = 0; i < ngx_chat_zone->nslots; i++) {
        if (ngx_chat_zone->slots[i].pid != 0) {
            sockets += ngx_chat_zone->slots[i].sockets;
            workers++;
        }
    }

    ngx_chat_zone_usage(&used, &total);

    for (i = 0; i < NGX_CHAT_GAUGES && p < last; i++) {
        p = ngx_chat_stat_head(p, last, ngx_chat_stat_gauge_names[i].name,
                               "gauge", ngx_chat_stat_gauge_names[i].help);
        p = ngx_sprintf(p, "ngx_chat_%s %uA\n",
                        ngx_chat_stat_gauge_names[i].name,
                        ngx_chat_zone->gauges[i]);
    }

    p = ngx_chat_stat_head(p, last, "sockets", "gauge", "Sockets open now.");
    p = ngx_sprintf(p, "ngx_chat_sockets %ui\n", sockets);

    p = ngx_chat_stat_head(p, last, "sockets_max", "gauge",
                           "Sockets allowed (chat_max_sockets).");
    p = ngx_sprintf(p, "ngx_chat_sockets_max %ui\n",
                    ngx_chat_zone_max_sockets);

    p = ngx_chat_stat_head(p, last, "workers", "gauge",
                           "Workers in the registry.");
    p = ngx_sprintf(p, "ngx_chat_workers %ui\n", workers);

    p = ngx_chat_stat_head(p, last, "zone_bytes", "gauge",
                           "Size of the zone (chat_zone).");
    p = ngx_sprintf(p, "ngx_chat_zone_bytes %uz\n", total);

    p = ngx_chat_stat_head(p, last, "zone_used_bytes", "gauge",
                           "Bytes of the zone that hold something.");
    p = ngx_sprintf(p, "ngx_chat_zone_used_bytes %uz\n", used);

    return p;
}


static u_char *
ngx_chat_stat_workers(u_char *p, u_char *last)
{
    ngx_uint_t        i, g;
    ngx_chat_slot_t  *slot;

    for (g = 0; g < NGX_CHAT_WORKER_GAUGES && p < last; g++) {
        p = ngx_chat_stat_head(p, last, ngx_chat_stat_worker_names[g].name,
                               "gauge", ngx_chat_stat_worker_names[g].help);

        for (i = 0; i < ngx_chat_zone->nslots && p < last; i++) {
            slot = &ngx_chat_zone->slots[i];

            if (slot->pid != 0) {
                p = ngx_sprintf(p, "ngx_chat_%s{worker=\"%ui\"} %uA\n",
                                ngx_chat_stat_worker_names[g].name, i,
                                slot->gauges[g]);
            }
        }
    }

    return p;
}


static u_char *
ngx_chat_stat_latency(u_char *p, u_char *last)
{
    uint64_t    count, usec, bound;
    ngx_uint_t  i;

    p = ngx_chat_stat_head(p, last, "pg_seconds", "histogram",
                           "Time from a request to PostgreSQL to its answer.");
    count = 0;

    for (i = 0; i < NGX_CHAT_STAT_BUCKETS && p < last; i++) {
        count += ngx_chat_zone->pg[i];
        bound = ngx_chat_stat_bounds[i];

        if (bound) {
            p = ngx_sprintf(p, "ngx_chat_pg_seconds_bucket{le=\"%uL.%04uL\"} "
                            "%uL\n",
                            bound / 1000000, bound % 1000000 / 100, count);
        } else {
            p = ngx_sprintf(p, "ngx_chat_pg_seconds_bucket{le=\"+Inf\"} %uL\n",
                            count);
        }
    }

    if (p < last) {
        usec = ngx_chat_zone->pg_usec;

        p = ngx_sprintf(p, "ngx_chat_pg_seconds_sum %uL.%06uL\n"
                        "ngx_chat_pg_seconds_count %uL\n",
                        usec / 1000000, usec % 1000000, count);
    }

    return p;
}


/* each class from the start, so that a first refusal is an increase */

static u_char *
ngx_chat_stat_limits(u_char *p, u_char *last, ngx_chat_stat_names_t *limits)
{
    ngx_uint_t           i, dry;

    static const char   *names[2] = { "limit_refused_total",
                                      "limit_dry_run_total" };
    static const char   *help[2] = {
        "Requests refused, by the limit.",
        "Requests that a limit with dry_run would have refused."
    };

    for (dry = 0; dry < 2; dry++) {
        p = ngx_chat_stat_head(p, last, names[dry], "counter", help[dry]);

        for (i = 0; i < ngx_min(limits->n, NGX_CHAT_STAT_LIMITS) && p < last;
             i++)
        {
            if (limits->names[i]) {
                p = ngx_sprintf(p, "ngx_chat_%s{limit=\"%s\"} %uA\n",
                                names[dry], limits->names[i],
                                ngx_chat_zone->limited[i][dry]);
            }
        }
    }

    return p;
}


static u_char *
ngx_chat_stat_operations(u_char *p, u_char *last, const char *const *names,
    ngx_uint_t nnames)
{
    ngx_uint_t    op, code;
    ngx_atomic_t  n, msec;

    nnames = ngx_min(nnames, NGX_CHAT_STAT_OPS);

    p = ngx_chat_stat_head(p, last, "operations_total", "counter",
                           "Operations ended, by their answer's status.");

    for (op = 0; op < nnames; op++) {
        for (code = 0; code < NGX_CHAT_STAT_CODES && p < last; code++) {
            n = ngx_chat_zone->ops[op][code];

            if (names[op] == NULL || n == 0) {
                continue;
            }

            p = ngx_sprintf(p, "ngx_chat_operations_total{operation=\"%s\",",
                            names[op]);

            if (ngx_chat_stat_codes[code]) {
                p = ngx_sprintf(p, "result=\"%ui\"} %uA\n",
                                ngx_chat_stat_codes[code], n);
            } else {
                p = ngx_sprintf(p, "result=\"other\"} %uA\n", n);
            }
        }
    }

    p = ngx_chat_stat_head(p, last, "operation_seconds_total", "counter",
                           "Time spent in operations, waiting included.");

    for (op = 0; op < nnames && p < last; op++) {
        msec = ngx_chat_zone->op_msec[op];

        if (names[op] && msec) {
            p = ngx_sprintf(p, "ngx_chat_operation_seconds_total"
                            "{operation=\"%s\"} %uA.%03uA\n",
                            names[op], msec / 1000, msec % 1000);
        }
    }

    return p;
}
