/* What the fuzzers share: a promise that doesn't hold is a crash. */

#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define promise(x)                                                            \
    do {                                                                      \
        if (!(x)) {                                                           \
            fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #x);   \
            abort();                                                          \
        }                                                                     \
    } while (0)

/* a copy in a block of its own size, so that the sanitizer sees reads past it */
static inline void *
fuzz_copy(const uint8_t *data, size_t len)
{
    void  *copy;

    copy = malloc(len + (len == 0));
    promise(copy != NULL);

    if (len != 0) {
        memcpy(copy, data, len);
    }

    return copy;
}

#endif /* FUZZ_H */
