/* Seeds from the CPU, and from the kernel for what it is worth, mixed: neither alone decides. Before the sandbox is entered. */
#ifndef AVO_PROCESS_SEED_H
#define AVO_PROCESS_SEED_H

#include <avocado/error.h>
#include <stdint.h>

#define AVO_SEED_BYTES 32

/* SHA-256(RDRAND 64 bytes ‖ getrandom 32 bytes). AVO_EIO when the kernel gives none, or when the CPU has RDRAND and it fails. */
enum avo_error avo_seed_draw(uint8_t seed[AVO_SEED_BYTES]);

#endif
