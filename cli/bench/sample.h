/* Keys and values of a bench: a value follows from its key and a sequence that stands in it, so a reader can check it. */
#ifndef AVO_CLI_BENCH_SAMPLE_H
#define AVO_CLI_BENCH_SAMPLE_H

#include "base/bytes.h"

#define AVO_SAMPLE_KEY_BYTES 16
#define AVO_SAMPLE_SEQUENCE_MIN_BYTES 16 /* shorter values follow from the key alone: no room for a sequence and a check of it */

/* "k" and 15 digits. */
void avo_sample_key(uint8_t key[AVO_SAMPLE_KEY_BYTES], uint64_t number);
/* Fills `value`. */
void avo_sample_value(uint8_t *value, size_t length, uint64_t number, uint64_t sequence);
/* Is this what some bench wrote under key `number`? Then its sequence, 0 when it holds none. */
bool avo_sample_check(struct avo_slice value, size_t length, uint64_t number, uint64_t *sequence);

#endif
