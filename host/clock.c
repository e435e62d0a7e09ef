#include "host/clock.h"
#include <time.h>

static uint64_t read_us(clockid_t id) {
    struct timespec now;
    clock_gettime(id, &now); /* cannot fail for these clocks */
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static uint64_t true_offset_us(void) {
    return read_us(CLOCK_REALTIME) - read_us(CLOCK_MONOTONIC);
}

struct avo_clock avo_clock_start(void) {
    return (struct avo_clock){true_offset_us()};
}

/* Smaller differences are left alone: they matter to no expiry, and every step disturbs timers. */
void avo_clock_follow(struct avo_clock *clock) {
    uint64_t offset_us = true_offset_us();
    uint64_t held_us = __atomic_load_n(&clock->offset_us, __ATOMIC_RELAXED);
    uint64_t apart_us = offset_us > held_us ? offset_us - held_us : held_us - offset_us;
    if (apart_us > AVO_CLOCK_APART_US) {
        __atomic_store_n(&clock->offset_us, offset_us, __ATOMIC_RELAXED);
    }
}

uint64_t avo_clock_wall(const struct avo_clock *clock, uint64_t monotonic_us) {
    return __atomic_load_n(&clock->offset_us, __ATOMIC_RELAXED) + monotonic_us;
}

uint64_t avo_clock_monotonic(void) {
    return read_us(CLOCK_MONOTONIC);
}
