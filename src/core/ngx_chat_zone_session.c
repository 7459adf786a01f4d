/*
 * The session cache: a table under the zone's one mutex, held for a look-up or a
 * change and never for more.
 */

#include "ngx_chat_zone_layout.h"


#define NGX_CHAT_SESSION_LIFE       30000       /* milliseconds: what a lost purge can cost at most */
#define NGX_CHAT_PURGE_STEP         1024        /* cells looked at in one turn of the mutex */


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
        cs = &cell->session;

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

            ngx_chat_table_touch(table, cell);
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
        evict = ngx_chat_table_oldest(table);
        evicted = 1;
    }

    cell = ngx_chat_table_insert(table, token_hash, s->account, evict);

    if (cell) {
        cs = &cell->session;

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
            || ngx_memcmp(cell->session.session, session, 16) == 0)
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

            if (ngx_memcmp(cell->session.session, session, 16) == 0
                && ngx_chat_table_find(table, cell->key) == cell)
            {
                ngx_chat_table_remove(table, cell);
            }
        }

        ngx_chat_table_unlock(table);
    }
}
