/* Keys and values of a run: each value is named by a number that is never used twice, and holds the run's canary all over. */
#ifndef AVO_SIM_VALUES_H
#define AVO_SIM_VALUES_H

#include "sim/world.h"

#define AVO_SIM_KEY_BYTES_MAX 512

/* Key `index` of the run; returns its length in `to`. */
size_t avo_sim_key(const struct avo_world *world, uint32_t index, uint8_t to[AVO_SIM_KEY_BYTES_MAX]);

#define AVO_SIM_VALUE_NAME_BYTES 12
/* Fills `to` with the value named `number` of `length` bytes; the first AVO_SIM_VALUE_NAME_BYTES say both. */
void avo_sim_value(const struct avo_world *world, uint64_t number, uint8_t *to, uint32_t length);
/* True when `value` is, byte for byte, one that avo_sim_value can make. */
bool avo_sim_value_is_whole(const struct avo_world *world, struct avo_slice value);

#endif
