/* For tests only: a seed that is printed, and calls whose promise must break. */
#ifndef AVO_BASE_TESTING_H
#define AVO_BASE_TESTING_H

#include "base/assert.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
/* cmocka wants some of the above. */
#include <cmocka.h>

static inline uint64_t testing_seed(void) {
    const char *given = getenv("AVOCADO_SEED");
    uint64_t seed = given != NULL ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);
    printf("seed %llu\n", (unsigned long long)seed);
    return seed;
}

static jmp_buf testing_panic;

static inline void testing_hook(const char *file, int line, const char *promise) {
    (void)file;
    (void)line;
    (void)promise;
    longjmp(testing_panic, 1);
}

/* Fails the test unless `call` breaks a promise of its callee. */
#define assert_panics(call)                                                                                                        \
    do {                                                                                                                           \
        avo_panic_hook = testing_hook;                                                                                             \
        if (setjmp(testing_panic) == 0) {                                                                                          \
            (void)(call);                                                                                                          \
            avo_panic_hook = NULL;                                                                                                 \
            fail_msg("no promise was broken");                                                                                     \
        }                                                                                                                          \
        avo_panic_hook = NULL;                                                                                                     \
    } while (0)

#endif
