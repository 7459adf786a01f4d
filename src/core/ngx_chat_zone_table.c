/*
 * A hash table of fixed size in shared memory, with a queue by age and,
 * beside the key, a group by which cells can be found.
 *
 * Links are numbers and not pointers, so half the memory; chains are bounded by
 * the table's size, and walks count their steps, for a table that was damaged in a
 * way the busy word doesn't show must not hang a worker.
 */

#include "ngx_chat_zone_layout.h"


#define ngx_chat_table_cell(table, no)                                        \
    (((no) == 0 || (no) > (table)->n) ? NULL : &(table)->cells[(no) - 1])

#define ngx_chat_table_no(table, cell)                                        \
    ((ngx_chat_cell_no_t) ((cell) - (table)->cells) + 1)


static void ngx_chat_table_unqueue(ngx_chat_table_t *table,
    ngx_chat_cell_t *cell);
static void ngx_chat_table_enqueue(ngx_chat_table_t *table,
    ngx_chat_cell_t *cell);


/* keys are digests: any four bytes are as good as a hash */

static ngx_chat_cell_no_t *
ngx_chat_table_bucket(ngx_chat_table_t *table, u_char key[32])
{
    uint32_t  hash;

    ngx_memcpy(&hash, key, sizeof(uint32_t));

    return &table->buckets[hash % table->n];
}


static ngx_chat_cell_no_t *
ngx_chat_table_group_bucket(ngx_chat_table_t *table, u_char group[16])
{
    return &table->groups[ngx_murmur_hash2(group, 16) % table->n];
}


void
ngx_chat_table_init(ngx_chat_table_t *table, u_char *memory, size_t bytes)
{
    table->n = ngx_min(bytes / (sizeof(ngx_chat_cell_t)
                                + 2 * sizeof(ngx_chat_cell_no_t)),
                       NGX_MAX_INT32_VALUE);

    table->cells = (ngx_chat_cell_t *) memory;
    table->buckets = (ngx_chat_cell_no_t *) (table->cells + table->n);
    table->groups = table->buckets + table->n;

    ngx_chat_table_reset(table);
}


void
ngx_chat_table_reset(ngx_chat_table_t *table)
{
    ngx_memzero(table->buckets, table->n * sizeof(ngx_chat_cell_no_t));
    ngx_memzero(table->groups, table->n * sizeof(ngx_chat_cell_no_t));
    ngx_memzero(&table->queue, sizeof(table->queue));

    table->touched = 0;
    table->used = 0;
    table->free = 0;
}


ngx_chat_cell_t *
ngx_chat_table_find(ngx_chat_table_t *table, u_char key[32])
{
    uint32_t          steps;
    ngx_chat_cell_t  *cell;

    cell = ngx_chat_table_cell(table, *ngx_chat_table_bucket(table, key));

    for (steps = 0; cell && steps < table->n; steps++) {

        if (ngx_memcmp(cell->key, key, 32) == 0) {
            return cell;
        }

        cell = ngx_chat_table_cell(table, cell->next);
    }

    return NULL;
}


ngx_chat_cell_t *
ngx_chat_table_insert(ngx_chat_table_t *table, u_char key[32],
    u_char group[16], ngx_chat_cell_t *evict)
{
    ngx_chat_cell_t     *cell;
    ngx_chat_cell_no_t  *bucket;

    if (evict) {
        ngx_chat_table_remove(table, evict);
    }

    cell = ngx_chat_table_cell(table, table->free);

    if (cell) {
        table->free = cell->next;

    } else if (table->touched < table->n) {
        cell = &table->cells[table->touched++];

    } else {
        return NULL;
    }

    table->used++;

    ngx_memzero(cell, sizeof(ngx_chat_cell_t));
    ngx_memcpy(cell->key, key, 32);
    ngx_memcpy(cell->group, group, 16);

    bucket = ngx_chat_table_bucket(table, key);
    cell->next = *bucket;
    *bucket = ngx_chat_table_no(table, cell);

    bucket = ngx_chat_table_group_bucket(table, group);
    cell->group_next = *bucket;
    *bucket = ngx_chat_table_no(table, cell);

    ngx_chat_table_enqueue(table, cell);

    return cell;
}


void
ngx_chat_table_remove(ngx_chat_table_t *table, ngx_chat_cell_t *cell)
{
    uint32_t             steps;
    ngx_chat_cell_t     *prev;
    ngx_chat_cell_no_t   no, *link;

    no = ngx_chat_table_no(table, cell);

    link = ngx_chat_table_bucket(table, cell->key);

    for (steps = 0; *link != no && steps < table->n; steps++) {
        prev = ngx_chat_table_cell(table, *link);
        if (prev == NULL) {
            break;
        }

        link = &prev->next;
    }

    if (*link == no) {
        *link = cell->next;
    }

    link = ngx_chat_table_group_bucket(table, cell->group);

    for (steps = 0; *link != no && steps < table->n; steps++) {
        prev = ngx_chat_table_cell(table, *link);
        if (prev == NULL) {
            break;
        }

        link = &prev->group_next;
    }

    if (*link == no) {
        *link = cell->group_next;
    }

    ngx_chat_table_unqueue(table, cell);

    cell->next = table->free;
    table->free = no;
    table->used--;
}


void
ngx_chat_table_touch(ngx_chat_table_t *table, ngx_chat_cell_t *cell)
{
    ngx_chat_table_unqueue(table, cell);
    ngx_chat_table_enqueue(table, cell);
}


ngx_uint_t
ngx_chat_table_full(ngx_chat_table_t *table)
{
    return table->free == 0 && table->touched == table->n;
}


ngx_chat_cell_t *
ngx_chat_table_oldest(ngx_chat_table_t *table)
{
    return ngx_chat_table_cell(table, table->queue.oldest);
}


static ngx_chat_cell_t *
ngx_chat_table_group_from(ngx_chat_table_t *table, ngx_chat_cell_no_t no,
    u_char group[16])
{
    uint32_t          steps;
    ngx_chat_cell_t  *cell;

    cell = ngx_chat_table_cell(table, no);

    for (steps = 0; cell && steps < table->n; steps++) {

        if (ngx_memcmp(cell->group, group, 16) == 0) {
            return cell;
        }

        cell = ngx_chat_table_cell(table, cell->group_next);
    }

    return NULL;
}


ngx_chat_cell_t *
ngx_chat_table_group(ngx_chat_table_t *table, u_char group[16])
{
    return ngx_chat_table_group_from(table,
                             *ngx_chat_table_group_bucket(table, group), group);
}


ngx_chat_cell_t *
ngx_chat_table_group_next(ngx_chat_table_t *table, ngx_chat_cell_t *cell)
{
    return ngx_chat_table_group_from(table, cell->group_next, cell->group);
}


static void
ngx_chat_table_unqueue(ngx_chat_table_t *table, ngx_chat_cell_t *cell)
{
    ngx_chat_cell_t   *other;
    ngx_chat_queue_t  *q;

    q = &table->queue;

    other = ngx_chat_table_cell(table, cell->older);

    if (other) {
        other->newer = cell->newer;

    } else {
        q->oldest = cell->newer;
    }

    other = ngx_chat_table_cell(table, cell->newer);

    if (other) {
        other->older = cell->older;

    } else {
        q->newest = cell->older;
    }
}


static void
ngx_chat_table_enqueue(ngx_chat_table_t *table, ngx_chat_cell_t *cell)
{
    ngx_chat_cell_t     *newest;
    ngx_chat_queue_t    *q;
    ngx_chat_cell_no_t   no;

    no = ngx_chat_table_no(table, cell);
    q = &table->queue;
    newest = ngx_chat_table_cell(table, q->newest);

    cell->newer = 0;
    cell->older = q->newest;

    if (newest) {
        newest->newer = no;

    } else {
        q->oldest = no;
    }

    q->newest = no;
}
