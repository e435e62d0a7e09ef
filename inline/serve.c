#include "inline/serve.h"

/* What came in is answered before anything is sent, so that all of a turn's packets for one destination leave together. */
void *avo_inline_run(void *argument) {
    struct avo_inline *self = argument;
    for (;;) {
        uint32_t passed = avo_loop_receive(&self->loop);
        passed += avo_worker_poll(self->worker, avo_region_clock(self->loop.region));
        passed += avo_loop_send(&self->loop);
        if (passed == 0 && !avo_loop_rest(&self->loop)) {
            return NULL;
        }
    }
}
