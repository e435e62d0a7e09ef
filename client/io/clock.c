#include "client/io/clock.h"
#include <sodium.h>
#include <time.h>

uint64_t avo_clock_us(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void system_fill(struct avo_random *random, uint8_t *to, size_t length) {
    (void)random;
    randombytes_buf(to, length);
}

struct avo_random avo_system_random(void) {
    return (struct avo_random){.fill = system_fill};
}
