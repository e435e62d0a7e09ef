/* The clock and the randomness of programs that may make system calls. */
#ifndef AVO_CLIENT_CLOCK_H
#define AVO_CLIENT_CLOCK_H

#include "base/random.h"

/* CLOCK_MONOTONIC in microseconds. */
uint64_t avo_clock_us(void);

/* A source that asks the operating system (libsodium's randombytes). */
struct avo_random avo_system_random(void);

#endif
