/* The host's clock: Unix microseconds that never step back or jump: the wall clock at start plus monotonic time since. */
#ifndef AVO_HOST_CLOCK_H
#define AVO_HOST_CLOCK_H

#include <stdint.h>

struct avo_clock {
    uint64_t offset_us;
};

struct avo_clock avo_clock_start(void);
uint64_t avo_clock_now(const struct avo_clock *clock);

#endif
