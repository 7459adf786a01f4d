/*
 * Token buckets in the zone: sets of 16, each key has its place in one of them.
 *
 * A bucket is the moment at which it will be full: one number, no rounding that
 * adds up (GCRA).  Its rate is a part of its key: where two servers of one nginx limit
 * the same differently, asking the one says nothing of the other.  One that is full
 * says nothing that its absence doesn't, so nothing is ever swept, and when a set
 * has no such bucket the one that will be full soonest gives way: an attack from
 * millions of addresses costs those that asked least, and never a request.
 */

#include "ngx_chat_zone_layout.h"
#include "chat_secret.h"


#define NGX_CHAT_LIMIT_WAIT_MAX     86400       /* seconds: the longest Retry-After */

#define ngx_chat_limit_seconds(usec)  (ngx_uint_t) (((usec) + 999999) / 1000000)


static ngx_chat_bucket_t *ngx_chat_limit_bucket(uint64_t hash[2], uint64_t now,
    ngx_uint_t *evicted);


void
ngx_chat_limits_init(ngx_chat_limits_t *limits, u_char *memory, size_t bytes)
{
    limits->nsets = ngx_min(bytes / (NGX_CHAT_LIMIT_WAYS
                                     * sizeof(ngx_chat_bucket_t)),
                            NGX_MAX_INT32_VALUE / NGX_CHAT_LIMIT_WAYS);
    limits->used = 0;
    limits->buckets = (ngx_chat_bucket_t *) memory;

    chat_random(limits->secret, sizeof(limits->secret));
}


/* nginx's clock of milliseconds is the monotonic one: a jump of the other changes nothing here */

ngx_int_t
ngx_chat_limit_take(ngx_uint_t name, u_char *key, size_t len, uint64_t each,
    ngx_uint_t burst, ngx_chat_taken_t *taken)
{
    u_char             *p, text[1 + 2 * sizeof(uint64_t) + NGX_CHAT_LIMIT_KEY_MAX];
    uint64_t            now, hold, full, hash[2];
    ngx_int_t           rc;
    ngx_uint_t          evicted;
    ngx_chat_bucket_t  *bucket;

    ngx_memzero(taken, sizeof(ngx_chat_taken_t));

    if (ngx_chat_zone == NULL) {
        return NGX_OK;
    }

    burst = ngx_max(burst, 1);
    now = (uint64_t) ngx_current_msec * 1000;
    hold = each * (burst - 1);

    p = text;
    *p++ = (u_char) name;
    p = ngx_cpymem(p, &each, sizeof(uint64_t));
    p = ngx_cpymem(p, &hold, sizeof(uint64_t));
    p = ngx_cpymem(p, key, ngx_min(len, NGX_CHAT_LIMIT_KEY_MAX));
    chat_short_hash(ngx_chat_zone->limits.secret, text, p - text, hash);

    rc = NGX_OK;
    evicted = 0;

    ngx_chat_zone_lock();

    bucket = ngx_chat_limit_bucket(hash, now, &evicted);
    full = ngx_max(bucket->full, now);

    if (full > now + hold) {
        rc = NGX_BUSY;

    } else {
        full += each;
    }

    bucket->full = full;
    bucket->key = hash[0];

    ngx_chat_zone_unlock();

    if (evicted) {
        ngx_chat_stat_add(NGX_CHAT_STAT_ZONE_EVICTED, 1);
    }

    taken->full = ngx_chat_limit_seconds(full - now);

    if (rc == NGX_BUSY) {
        taken->retry_after = ngx_chat_limit_seconds(full - hold - now);
        taken->retry_after = ngx_max(1, ngx_min(taken->retry_after,
                                                NGX_CHAT_LIMIT_WAIT_MAX));

    } else if (each) {
        taken->left = (ngx_uint_t) ((now + hold + each - full) / each);
    }

    return rc;
}


/*
 * The key's own, else one to take over.  What memory held before is no bucket: its
 * moment has passed, or is further away than any bucket's.
 */

static ngx_chat_bucket_t *
ngx_chat_limit_bucket(uint64_t hash[2], uint64_t now, ngx_uint_t *evicted)
{
    uint64_t            left, least;
    ngx_uint_t          i;
    ngx_chat_limits_t  *limits;
    ngx_chat_bucket_t  *bucket, *found;

    limits = &ngx_chat_zone->limits;
    bucket = &limits->buckets[(hash[1] % limits->nsets) * NGX_CHAT_LIMIT_WAYS];

    /* 0 is a bucket that was never used */
    hash[0] |= 1;

    found = NULL;
    least = 0;

    for (i = 0; i < NGX_CHAT_LIMIT_WAYS; i++, bucket++) {

        left = bucket->full > now ? bucket->full - now : 0;

        if (left > 2 * NGX_CHAT_LIMIT_LONGEST) {
            left = 0;
        }

        if (bucket->key == hash[0]) {
            bucket->full = left ? bucket->full : 0;
            return bucket;
        }

        if (found == NULL || left < least) {
            found = bucket;
            least = left;
        }
    }

    if (found->key == 0) {
        limits->used++;
    }

    *evicted = least != 0;
    found->full = 0;

    return found;
}
