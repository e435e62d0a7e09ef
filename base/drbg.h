/* Randomness inside the enclave: a 32-byte seed from the CPU at start, then ChaCha20 with fast key erasure (each draw replaces the
 * key), by libsodium's randombytes_buf_deterministic. No system call after start. One for each thread. */
#ifndef AVO_BASE_DRBG_H
#define AVO_BASE_DRBG_H

#include "base/random.h"

struct avo_drbg {
    struct avo_random random;
    uint8_t key[32];
};

/* Seeds it; the caller wipes `seed`. */
void avo_drbg_seed(struct avo_drbg *drbg, const uint8_t seed[32]);

#endif
