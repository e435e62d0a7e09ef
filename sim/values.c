#include "sim/values.h"
#include "base/cursor.h"
#include <string.h>

#define STRIDE_BYTES 32 /* a canary, then bytes that differ from stride to stride */

/* Lengths from the canary alone to the longest key there is. */
size_t avo_sim_key(const struct avo_world *world, uint32_t index, uint8_t to[AVO_SIM_KEY_BYTES_MAX]) {
    static const uint16_t tails[] = {0, 1, 4, 16, 40, AVO_SIM_KEY_BYTES_MAX - AVO_CANARY_BYTES - 1};
    size_t tail = tails[(index + world->watch.canary[0]) % AVO_COUNT(tails)];
    struct avo_writer writer = avo_writer(to, AVO_SIM_KEY_BYTES_MAX);
    avo_write_bytes(&writer, world->watch.canary, AVO_CANARY_BYTES);
    avo_write_u8(&writer, (uint8_t)index);
    while (writer.length < AVO_CANARY_BYTES + 1 + tail) {
        avo_write_u8(&writer, 'k');
    }
    return writer.length;
}

/* The byte at `at` behind the name. */
static uint8_t pattern_byte(const struct avo_world *world, uint64_t number, uint32_t at) {
    uint32_t within = at % STRIDE_BYTES;
    if (within < AVO_CANARY_BYTES) {
        return world->watch.canary[within];
    }
    uint64_t word = (number ^ (uint64_t)(at / STRIDE_BYTES) << 40) * 0x9e3779b97f4a7c15U;
    return (uint8_t)((word ^ word >> 32) >> within % 4 * 8);
}

void avo_sim_value(const struct avo_world *world, uint64_t number, uint8_t *to, uint32_t length) {
    uint8_t name[AVO_SIM_VALUE_NAME_BYTES];
    struct avo_writer writer = avo_writer(name, sizeof name);
    avo_write_u64(&writer, number);
    avo_write_u32(&writer, length);
    for (uint32_t at = 0; at < length; at++) {
        to[at] = at < sizeof name ? name[at] : pattern_byte(world, number, at - AVO_SIM_VALUE_NAME_BYTES);
    }
}

bool avo_sim_value_is_whole(const struct avo_world *world, struct avo_slice value) {
    struct avo_reader reader = avo_reader(value);
    uint64_t number = avo_read_u64(&reader);
    if (avo_read_u32(&reader) != value.length || reader.failed) {
        return false;
    }
    for (uint32_t at = AVO_SIM_VALUE_NAME_BYTES; at < value.length; at++) {
        if (value.data[at] != pattern_byte(world, number, at - AVO_SIM_VALUE_NAME_BYTES)) {
            return false;
        }
    }
    return true;
}
