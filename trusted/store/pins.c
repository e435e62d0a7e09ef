#include "trusted/store/pins.h"
#include "base/assert.h"
#include <string.h>

bool avo_pins_create(struct avo_pins *pins, struct avo_arena *arena, uint32_t uses_max) {
    *pins = (struct avo_pins){.bucket_count = 1, .uses_max = uses_max};
    while (pins->bucket_count < uses_max && pins->bucket_count < 1U << 30) {
        pins->bucket_count *= 2;
    }
    pins->buckets = avo_arena_take(arena, pins->bucket_count, sizeof *pins->buckets);
    if (pins->buckets == NULL || !avo_pool_create(&pins->pool, arena, uses_max, sizeof(struct avo_pin))) {
        return false;
    }
    for (uint32_t i = 0; i < pins->bucket_count; i++) {
        pins->buckets[i] = AVO_PINS_NONE;
    }
    return true;
}

static struct avo_pin *pin_at(const struct avo_pins *pins, uint32_t pin) {
    AVO_ASSERT(avo_pool_is_taken(&pins->pool, pin));
    return avo_pool_at(&pins->pool, pin);
}

const struct avo_pin *avo_pins_at(const struct avo_pins *pins, uint32_t pin) {
    return pin_at(pins, pin);
}

/* Handles are multiples of their slot size, so the low bits say little: Fibonacci hashing, the high bits folded down. */
static uint32_t *bucket_of(const struct avo_pins *pins, uint32_t handle) {
    uint32_t hash = handle * 0x9e3779b1U;
    return &pins->buckets[(hash ^ hash >> 16) & (pins->bucket_count - 1)];
}

static uint32_t pin_of(const struct avo_pins *pins, uint32_t handle) {
    uint32_t pin = *bucket_of(pins, handle);
    while (pin != AVO_PINS_NONE && pin_at(pins, pin)->handle != handle) {
        pin = pin_at(pins, pin)->next;
    }
    return pin;
}

uint32_t avo_pins_take(struct avo_pins *pins, uint32_t handle, struct avo_version version, const uint8_t tag[AVO_TAG_BYTES]) {
    if (pins->uses == pins->uses_max) {
        return AVO_PINS_NONE;
    }
    pins->uses++;
    uint32_t pin = pin_of(pins, handle);
    if (pin != AVO_PINS_NONE) {
        pin_at(pins, pin)->uses++;
        return pin;
    }
    pin = avo_pool_take(&pins->pool);
    struct avo_pin *made = pin_at(pins, pin);
    uint32_t *bucket = bucket_of(pins, handle);
    *made = (struct avo_pin){.version = version, .handle = handle, .uses = 1, .next = *bucket};
    memcpy(made->tag, tag, sizeof made->tag);
    *bucket = pin;
    return pin;
}

bool avo_pins_give(struct avo_pins *pins, uint32_t pin, uint32_t *handle) {
    struct avo_pin *given = pin_at(pins, pin);
    AVO_ASSERT(given->uses > 0);
    pins->uses--;
    if (--given->uses > 0) {
        return false;
    }
    uint32_t *link = bucket_of(pins, given->handle);
    while (*link != pin) {
        link = &pin_at(pins, *link)->next;
    }
    *link = given->next;
    *handle = given->handle;
    avo_pool_give(&pins->pool, pin);
    return given->orphaned;
}

bool avo_pins_have(const struct avo_pins *pins, uint32_t handle) {
    return pins->uses > 0 && pin_of(pins, handle) != AVO_PINS_NONE;
}

bool avo_pins_orphan(struct avo_pins *pins, uint32_t handle) {
    if (!avo_pins_have(pins, handle)) {
        return false;
    }
    pin_at(pins, pin_of(pins, handle))->orphaned = true;
    return true;
}
