/* The host's clock, which the enclave's expiry of tickets goes by: Unix microseconds, monotonic time plus an offset. It follows the
 * machine's wall clock in steps: where the two are more than a second apart, it is set. What a step forward adds to the enclave's
 * sense of time is bounded by the enclave itself (trusted/worker/worker.c). */
#ifndef AVO_HOST_CLOCK_H
#define AVO_HOST_CLOCK_H

#include <stdint.h>

#define AVO_CLOCK_APART_US 1000000

/* One a node, shared by its threads: one follows, the others read. */
struct avo_clock {
    uint64_t offset_us; /* atomic */
};

struct avo_clock avo_clock_start(void);
/* On one thread, now and then: looks at the wall clock. */
void avo_clock_follow(struct avo_clock *clock);
/* The wall clock of a moment of avo_clock_monotonic. */
uint64_t avo_clock_wall(const struct avo_clock *clock, uint64_t monotonic_us);
/* Never goes back or jumps: for what is timed on this side. */
uint64_t avo_clock_monotonic(void);

#endif
