/* One worker at work on a thread of its own: polls, spins a little, sleeps on its doorbell. */
#ifndef AVO_PROCESS_SERVE_H
#define AVO_PROCESS_SERVE_H

#include "trusted/worker/worker.h"

struct avo_serve {
    struct avo_worker *worker;
    uint8_t *region;
    const struct avo_region_layout *layout;
    uint32_t index;
    uint32_t spin_turns; /* looks at the inbound ring before it sleeps while operations are under way */
    int doorbell_fd;
};

/* A thread's body: enters the sandbox and serves for ever. The argument is a struct avo_serve. */
void *avo_serve_run(void *argument);

#endif
