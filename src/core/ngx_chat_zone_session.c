/*
 * The session cache and the limits: two tables under the zone's one mutex, held
 * for a look-up or a change and never for more.
 */

#include "ngx_chat_zone_layout.h"
#include "chat_secret.h"


#define NGX_CHAT_SESSION_LIFE       30000       /* milliseconds: what a lost purge can cost at most */
#define NGX_CHAT_PURGE_STEP         1024        /* cells looked at in one turn of the mutex */

#define NGX_CHAT_LIMIT_WAIT_MAX     86400       /* seconds: the longest Retry-After */


static ngx_chat_cell_t *ngx_chat_limit_victim(ngx_chat_table_t *table,
    uint64_t now);
static void ngx_chat_session_purge_all(u_char *session);


/*
 * token_hash: as stored.  NGX_OK and *s; NGX_DECLINED if it isn't cached, is older
 * than 30 s or has expired.
 */
ngx_int_t
ngx_chat_session_cache_get(u_char token_hash[32], ngx_chat_session_t *s)
{
    ngx_int_t                 rc;
    ngx_chat_cell_t          *cell;
    ngx_chat_table_t         *table;
    ngx_chat_cell_session_t  *cs;

    if (ngx_chat_zone == NULL) {
        return NGX_DECLINED;
    }

    rc = NGX_DECLINED;
    table = &ngx_chat_zone->sessions;

    ngx_chat_table_lock(table);

    cell = ngx_chat_table_find(table, token_hash);

    if (cell) {
        cs = &cell->u.session;

        if (ngx_current_msec > cs->filled + NGX_CHAT_SESSION_LIFE
            || cs->expires <= (int64_t) ngx_time())
        {
            ngx_chat_table_remove(table, cell);

        } else {
            ngx_memcpy(s->session, cs->session, 16);
            ngx_memcpy(s->account, cell->group, 16);
            s->expires = cs->expires;
            s->verified = cs->verified;
            s->approved = cs->approved;

            ngx_chat_table_touch(table, cell, 0);
            rc = NGX_OK;
        }
    }

    ngx_chat_table_unlock(table);

    ngx_chat_stat_add(rc == NGX_OK ? NGX_CHAT_STAT_SESSION_HITS
                                   : NGX_CHAT_STAT_SESSION_MISSES, 1);

    return rc;
}


/* to be noted before the query whose answer fills the cache */
ngx_atomic_uint_t
ngx_chat_session_revocations(void)
{
    ngx_memory_barrier();

    return ngx_chat_zone ? ngx_chat_zone->revocations : 0;
}


/*
 * Keeps what a query said, unless a revocation came since: then the answer may
 * be older than the revocation.
 */
void
ngx_chat_session_cache_put(u_char token_hash[32], ngx_chat_session_t *s,
    ngx_atomic_uint_t revocations)
{
    ngx_uint_t                evicted;
    ngx_chat_cell_t          *cell, *evict;
    ngx_chat_table_t         *table;
    ngx_chat_cell_session_t  *cs;

    if (ngx_chat_zone == NULL) {
        return;
    }

    evicted = 0;
    table = &ngx_chat_zone->sessions;

    ngx_chat_table_lock(table);

    /* under the mutex: whoever purges counts first and looks for entries after */

    if (ngx_chat_zone->revocations != revocations) {
        ngx_chat_table_unlock(table);
        return;
    }

    cell = ngx_chat_table_find(table, token_hash);

    if (cell) {
        ngx_chat_table_remove(table, cell);
    }

    evict = NULL;

    if (ngx_chat_table_full(table)) {
        evict = ngx_chat_table_oldest(table, 0);
        evicted = 1;
    }

    cell = ngx_chat_table_insert(table, token_hash, s->account, evict);

    if (cell) {
        cs = &cell->u.session;

        ngx_memcpy(cs->session, s->session, 16);
        cs->expires = s->expires;
        cs->filled = ngx_current_msec;
        cs->verified = s->verified;
        cs->approved = s->approved;
    }

    ngx_chat_table_unlock(table);

    if (evicted) {
        ngx_chat_stat_add(NGX_CHAT_STAT_ZONE_EVICTED, 1);
    }
}


/*
 * After the revocation's commit.  session: 16 bytes, or NULL for all of the
 * account's; account: 16 bytes, or NULL, which costs a walk over the whole table.
 */
void
ngx_chat_session_cache_purge(u_char *session, u_char *account)
{
    ngx_chat_cell_t   *cell, *next;
    ngx_chat_table_t  *table;

    if (ngx_chat_zone == NULL) {
        return;
    }

    (void) ngx_atomic_fetch_add(&ngx_chat_zone->revocations, 1);

    if (account == NULL) {
        if (session) {
            ngx_chat_session_purge_all(session);
        }

        return;
    }

    table = &ngx_chat_zone->sessions;

    ngx_chat_table_lock(table);

    for (cell = ngx_chat_table_group(table, account); cell; cell = next) {
        next = ngx_chat_table_group_next(table, cell);

        if (session == NULL
            || ngx_memcmp(cell->u.session.session, session, 16) == 0)
        {
            ngx_chat_table_remove(table, cell);
        }
    }

    ngx_chat_table_unlock(table);
}


/* free cells are looked at, too: their session is what they last held, which can't be found by a key */

static void
ngx_chat_session_purge_all(u_char *session)
{
    uint32_t           i, n, end;
    ngx_chat_cell_t   *cell;
    ngx_chat_table_t  *table;

    table = &ngx_chat_zone->sessions;
    n = table->n;

    for (i = 0; i < n; /* void */) {

        ngx_chat_table_lock(table);

        n = table->touched;
        end = ngx_min(i + NGX_CHAT_PURGE_STEP, n);

        for ( /* void */ ; i < end; i++) {
            cell = &table->cells[i];

            if (ngx_memcmp(cell->u.session.session, session, 16) == 0
                && ngx_chat_table_find(table, cell->key) == cell)
            {
                ngx_chat_table_remove(table, cell);
            }
        }

        ngx_chat_table_unlock(table);
    }
}


/*
 * Takes one from the bucket of (name, key): name tells kinds of limits apart, key
 * has len bytes of any kind.  rate: how many a second, times 1000; burst: how many a
 * full bucket holds; both at least 1.
 *
 * A bucket is the moment at which it will be full: one number, no rounding that
 * adds up, and other rates after a reload need no conversion (GCRA).
 */
ngx_int_t
ngx_chat_limit_take(ngx_uint_t name, u_char *key, size_t len,
    ngx_uint_t rate, ngx_uint_t burst, ngx_uint_t *retry_after)
{
    u_char             hash[CHAT_HASH_LEN];
    uint64_t           now, each, hold, wait;
    ngx_int_t          rc;
    ngx_uint_t         i, evicted;
    ngx_chat_cell_t   *cell, *evict;
    ngx_chat_table_t  *table;

    if (ngx_chat_zone == NULL) {
        return NGX_OK;
    }

    rate = ngx_max(rate, 1);
    burst = ngx_max(burst, 1);

    now = (uint64_t) ngx_current_msec * 1000;
    each = 3600000000ULL / rate;
    hold = each * (burst - 1);

    chat_body_hash(key, len, hash);

    for (i = 0; i < sizeof(ngx_uint_t); i++) {
        hash[i] ^= (u_char) (name >> (8 * i));
    }

    rc = NGX_OK;
    wait = 0;
    evicted = 0;
    table = &ngx_chat_zone->limits;

    ngx_chat_table_lock(table);

    cell = ngx_chat_table_find(table, hash);

    if (cell == NULL) {
        evict = NULL;

        if (ngx_chat_table_full(table)) {
            evict = ngx_chat_limit_victim(table, now);
            evicted = 1;
        }

        cell = ngx_chat_table_insert(table, hash, &hash[16], evict);
    }

    if (cell) {
        if (cell->u.limit.full < now) {
            cell->u.limit.full = now;

        } else if (cell->u.limit.full > now + hold + each) {
            cell->u.limit.full = now + hold + each;
        }

        if (cell->u.limit.full > now + hold) {
            rc = NGX_BUSY;
            cell->u.limit.until = cell->u.limit.full - hold;
            wait = cell->u.limit.until - now;

        } else {
            cell->u.limit.full += each;
            cell->u.limit.until = 0;
        }

        ngx_chat_table_touch(table, cell, rc == NGX_BUSY);
    }

    ngx_chat_table_unlock(table);

    if (evicted) {
        ngx_chat_stat_add(NGX_CHAT_STAT_ZONE_EVICTED, 1);
    }

    if (rc == NGX_BUSY) {
        if (retry_after) {
            wait = (wait + 999999) / 1000000;
            *retry_after = ngx_max(1, ngx_min(wait, NGX_CHAT_LIMIT_WAIT_MAX));
        }
    }

    return rc;
}


/* the oldest that limits no longer, then the oldest that doesn't, then the oldest */

static ngx_chat_cell_t *
ngx_chat_limit_victim(ngx_chat_table_t *table, uint64_t now)
{
    ngx_chat_cell_t  *limiting, *other;

    limiting = ngx_chat_table_oldest(table, 1);
    other = ngx_chat_table_oldest(table, 0);

    if (limiting && (other == NULL || limiting->u.limit.until <= now)) {
        return limiting;
    }

    return other;
}
