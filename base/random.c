#include "base/random.h"
#include "base/assert.h"
#include <string.h>

static uint64_t rotate_left(uint64_t value, int bits) {
    return value << bits | value >> (64 - bits);
}

/* Blackman, Vigna: "Scrambled linear pseudorandom number generators" (2021), xoshiro256**. */
uint64_t avo_prng_next(struct avo_prng *prng) {
    uint64_t *s = prng->state;
    uint64_t result = rotate_left(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

static void prng_fill(struct avo_random *random, uint8_t *to, size_t length) {
    struct avo_prng *prng = (struct avo_prng *)random;
    while (length > 0) {
        uint64_t word = avo_prng_next(prng);
        size_t part = length < sizeof word ? length : sizeof word;
        memcpy(to, &word, part);
        to += part;
        length -= part;
    }
}

struct avo_prng avo_prng(uint64_t seed) {
    struct avo_prng prng = {.random = {prng_fill}};
    for (int i = 0; i < 4; i++) {
        seed += 0x9e3779b97f4a7c15U;
        uint64_t z = seed;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
        z = (z ^ z >> 27) * 0x94d049bb133111ebU;
        prng.state[i] = z ^ z >> 31;
    }
    return prng;
}

uint64_t avo_prng_below(struct avo_prng *prng, uint64_t bound) {
    AVO_ASSERT(bound > 0);
    uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
    uint64_t word = avo_prng_next(prng);
    while (word >= limit) {
        word = avo_prng_next(prng);
    }
    return word % bound;
}

_Bool avo_prng_chance(struct avo_prng *prng, uint64_t numerator, uint64_t denominator) {
    return avo_prng_below(prng, denominator) < numerator;
}
