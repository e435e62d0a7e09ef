/* One worker inline: its host half and its enclave half in turn, on one thread. No context switch, no doorbell between them. */
#ifndef AVO_INLINE_SERVE_H
#define AVO_INLINE_SERVE_H

#include "host/loop.h"
#include "trusted/worker/worker.h"

struct avo_inline {
    struct avo_loop loop;
    struct avo_worker *worker;
};

/* A thread's body: serves for ever. The argument is a struct avo_inline. */
void *avo_inline_run(void *argument);

#endif
