/* Keys and values of a bench: a value follows from its key and a sequence number that stands in it, so whoever reads it can check
 * it. */
#ifndef AVO_CLI_SAMPLE_H
#define AVO_CLI_SAMPLE_H

#include "base/bytes.h"

#define AVO_SAMPLE_KEY_BYTES 16

/* "k" and 15 digits. */
void avo_sample_key(uint8_t key[AVO_SAMPLE_KEY_BYTES], uint64_t number);
/* Fills `value`. Below 8 bytes there is no room for the sequence: such values follow from the key alone. */
void avo_sample_value(uint8_t *value, size_t length, uint64_t number, uint64_t sequence);
/* Is this what somebody wrote under key `number`? */
bool avo_sample_check(struct avo_slice value, size_t length, uint64_t number);

#endif
