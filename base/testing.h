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
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
/* cmocka wants some of the above. */
#include <cmocka.h>

static inline uint64_t testing_seed(void) {
    const char *given = getenv("AVOCADO_SEED");
    uint64_t seed = given != NULL ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);
    printf("seed %llu\n", (unsigned long long)seed);
    return seed;
}

#define TESTING_PANIC_STATUS 42

static inline void testing_hook(const char *file, int line, const char *promise) {
    (void)file;
    (void)line;
    (void)promise;
    _exit(TESTING_PANIC_STATUS);
}

/* How a child process that went on with the test ended. */
static inline int testing_child_status(pid_t child) {
    int status = -1;
    assert_true(child > 0 && waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Fails the test unless `call`, made in a child process, breaks a promise of its callee. */
#define assert_panics(call)                                                                                                        \
    do {                                                                                                                           \
        pid_t child = fork();                                                                                                      \
        if (child == 0) {                                                                                                          \
            avo_panic_hook = testing_hook;                                                                                         \
            (void)(call);                                                                                                          \
            _exit(0);                                                                                                              \
        }                                                                                                                          \
        assert_int_equal(testing_child_status(child), TESTING_PANIC_STATUS);                                                       \
    } while (0)

#endif
