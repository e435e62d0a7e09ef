/* Pins: values that must stay readable although newer ones may replace them [DESIGN 8, get]. All pins of one value share a pin. */
#ifndef AVO_STORE_PINS_H
#define AVO_STORE_PINS_H

#include "base/limits.h"
#include "base/pool.h"
#include "protocol/version.h"

#define AVO_PINS_NONE UINT32_MAX

struct avo_pin {
    struct avo_version version;
    uint32_t handle;
    uint32_t uses;
    uint32_t next; /* in its bucket */
    bool orphaned; /* no entry names the value any more: its memory goes with the last use */
    uint8_t tag[AVO_TAG_BYTES];
};

struct avo_pins {
    struct avo_pool pool;
    uint32_t *buckets; /* by handle */
    uint32_t bucket_count;
    uint32_t uses_max;
    uint32_t uses; /* of all pins together */
};

/* False when `uses_max` > 0 pins do not fit the arena. */
AVO_MUST_USE bool avo_pins_create(struct avo_pins *pins, struct avo_arena *arena, uint32_t uses_max);
/* One use more of the pin of the value at `handle`; AVO_PINS_NONE when all are in use. */
uint32_t avo_pins_take(struct avo_pins *pins, uint32_t handle, struct avo_version version, const uint8_t tag[AVO_TAG_BYTES]);
/* One use less; true when this was the last and the value an orphan, whose memory at *handle is now the caller's to free. */
AVO_MUST_USE bool avo_pins_give(struct avo_pins *pins, uint32_t pin, uint32_t *handle);
/* True when the value at `handle` is pinned. */
bool avo_pins_have(const struct avo_pins *pins, uint32_t handle);
const struct avo_pin *avo_pins_at(const struct avo_pins *pins, uint32_t pin);
/* The entry lets go of the value at `handle`: false when it is not pinned, so that its memory can be freed at once. */
AVO_MUST_USE bool avo_pins_orphan(struct avo_pins *pins, uint32_t handle);

#endif
