/* The measurement of a program: what the simulated CPU puts as MRENCLAVE into reports, what `avocado measure` prints and a policy
 * lists.
 *
 * SHA-256 over the domain "avocado program v1", a zero byte, and every byte of the statically linked executable file. */
#ifndef AVO_TEE_SIM_MEASURE_H
#define AVO_TEE_SIM_MEASURE_H

#include "base/bytes.h"
#include <avocado/error.h>

#define AVO_MEASURE_BYTES 32
#define AVO_MEASURE_HEX_BYTES (2 * AVO_MEASURE_BYTES + 1)

void avo_measure_program(struct avo_slice program, uint8_t measurement[AVO_MEASURE_BYTES]);

/* Lower-case, terminated. */
void avo_measure_hex(const uint8_t measurement[AVO_MEASURE_BYTES], char hex[AVO_MEASURE_HEX_BYTES]);

/* AVO_OK for an x86-64 ELF executable that asks for no interpreter, so that what is measured is what runs [DESIGN 3]. AVO_EFORMAT:
 * not such an executable; AVO_EDENIED: it is linked dynamically (PT_INTERP). */
AVO_MUST_USE enum avo_error avo_measure_check(struct avo_slice program);

#endif
