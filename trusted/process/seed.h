/* Seeds from the CPU, and from the kernel for what it is worth, mixed: neither alone decides. Before the sandbox is entered. */
#ifndef AVO_PROCESS_SEED_H
#define AVO_PROCESS_SEED_H

#include "base/compiler.h"
#include <avocado/error.h>
#include <stdint.h>

#define AVO_SEED_BYTES 32

/* What is wrong with a machine that `missing` is called on. */
#define AVO_SEED_MISSING_TEXT "this CPU has no RDRAND, and the kernel alone is not trusted with keys: use another machine"
#define AVO_SEED_FAILED_TEXT "RDRAND fails or repeats itself, or the kernel gives no randomness: use another machine"

/* SHA-256(RDRAND 64 bytes ‖ getrandom 32 bytes). `missing` is called where the CPU has no RDRAND, and must not return
 * (trusted/process/cpu_random.h). AVO_EIO when CPU or kernel give none, or what the CPU gives is not random. */
AVO_MUST_USE enum avo_error avo_seed_draw(uint8_t seed[AVO_SEED_BYTES], void (*missing)(int));

#endif
