/* What every unit test includes: cmocka and what it needs first. */

#ifndef TEST_H
#define TEST_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define count(a)        (sizeof(a) / sizeof((a)[0]))

#endif /* TEST_H */
