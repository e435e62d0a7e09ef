/* Randomness is injected. In an enclave it comes from the CPU, in the simulator from the seed. */
#ifndef AVO_BASE_RANDOM_H
#define AVO_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* A source; embed it as the first member of the thing that implements it. `fill` never fails. */
struct avo_random {
    void (*fill)(struct avo_random *random, uint8_t *to, size_t length);
};

static inline void avo_random_fill(struct avo_random *random, void *to, size_t length) {
    random->fill(random, to, length);
}

/* A reproducible source for tests, benches and the simulator (xoshiro256**, seeded by splitmix64). Not for keys that matter. */
struct avo_prng {
    struct avo_random random;
    uint64_t state[4];
};

struct avo_prng avo_prng(uint64_t seed);
uint64_t avo_prng_next(struct avo_prng *prng);
/* Uniform in [0, bound); bound > 0. */
uint64_t avo_prng_below(struct avo_prng *prng, uint64_t bound);
/* True `numerator` times in `denominator`. */
_Bool avo_prng_chance(struct avo_prng *prng, uint64_t numerator, uint64_t denominator);

#endif
