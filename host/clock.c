#include "host/clock.h"
#include <time.h>

static uint64_t read_us(clockid_t id) {
    struct timespec now;
    clock_gettime(id, &now); /* cannot fail for these clocks */
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

struct avo_clock avo_clock_start(void) {
    return (struct avo_clock){read_us(CLOCK_REALTIME) - read_us(CLOCK_MONOTONIC)};
}

uint64_t avo_clock_now(const struct avo_clock *clock) {
    return clock->offset_us + read_us(CLOCK_MONOTONIC);
}
