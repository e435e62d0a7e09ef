/* Randomness of the CPU's own: RDRAND, tried and not asked about, since what CPUID says of it may be the host's word (in SGX it
 * is). Every machine with a TEE has the instruction. */
#ifndef AVO_PROCESS_CPU_RANDOM_H
#define AVO_PROCESS_CPU_RANDOM_H

#include "base/compiler.h"
#include <avocado/error.h>
#include <stdbool.h>
#include <stdint.h>

#define AVO_CPU_RANDOM_WORD_COUNT 8

/* One word; false: the CPU has none at this moment. */
typedef bool (*avo_cpu_word)(uint64_t *word);
bool avo_cpu_rdrand(uint64_t *word);

/* Eight words of `source`, in a program avo_cpu_rdrand. A CPU without the instruction raises SIGILL: `missing` is its handler for
 * the duration of the call, must say so and must not return. AVO_EIO: the source fails ten times in a row (Intel SDM 7.3.17: it is
 * broken), or gives zeros, ones or the same word twice, as CPUs do whose source is stuck; `words` is wiped then. */
AVO_MUST_USE enum avo_error avo_cpu_random_draw(avo_cpu_word source, void (*missing)(int),
                                                uint64_t words[AVO_CPU_RANDOM_WORD_COUNT]);

#endif
