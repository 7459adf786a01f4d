/* Samples, kept whole up to a bound, and their quantiles. */

#include "load.h"

#include <stdlib.h>


static int
load_cmp(const void *one, const void *two)
{
    uint32_t  a = *(const uint32_t *) one, b = *(const uint32_t *) two;

    return (a > b) - (a < b);
}


void
load_hist_add(load_hist_t *h, uint64_t ns)
{
    uint64_t  us;

    if (h->us == NULL) {
        h->us = malloc(LOAD_SAMPLES * sizeof(uint32_t));    /* untouched pages cost nothing */
    }

    if (h->us == NULL || h->n == LOAD_SAMPLES) {
        h->dropped++;
        return;
    }

    us = ns / 1000;
    h->us[h->n++] = (us > UINT32_MAX) ? UINT32_MAX : (uint32_t) us;
}


void
load_hist_print(FILE *out, const char *name, load_hist_t *h)
{
    size_t         i;
    static double  q[] = { 0.5, 0.9, 0.99, 0.999, 1 };
    static char   *names[] = { "p50", "p90", "p99", "p999", "max" };

    if (h->n == 0) {
        fprintf(out, ", \"%s\": null", name);
        return;
    }

    qsort(h->us, h->n, sizeof(uint32_t), load_cmp);
    fprintf(out, ", \"%s\": {\"n\": %zu", name, h->n);

    for (i = 0; i < sizeof(q) / sizeof(q[0]); i++) {
        fprintf(out, ", \"%s\": %u", names[i],
                h->us[(size_t) (q[i] * (double) (h->n - 1))]);
    }

    fprintf(out, "}");
}
