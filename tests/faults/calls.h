/* The system calls that may fail in a sweep, and how each fails in real life. */
#ifndef AVO_TESTS_CALLS_H
#define AVO_TESTS_CALLS_H

#include <stddef.h>

enum {
    AVO_CALL_PLAIN = 0,
    AVO_CALL_MEMORY = 1,        /* asks for memory */
    AVO_CALL_INTERRUPTIBLE = 2, /* may return EINTR */
    AVO_CALL_STREAM = 4,        /* moves bytes, the count in its third argument: may move fewer */
};

struct avo_call {
    long number;
    const char *name;
    int error; /* what it fails with when the machine is short of something */
    unsigned traits;
};

/* The call of that number; NULL for one that does not fail in real life (close, munmap, getpid), which no sweep counts. */
const struct avo_call *avo_call_find(long number);

#endif
