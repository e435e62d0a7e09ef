/* Values opened, pinned and found damaged. */
#include "base/assert.h"
#include "trusted/store/state.h"

void avo_store_release(struct avo_store *store, uint32_t handle) {
    if (!avo_pins_orphan(&store->pins, handle)) {
        avo_slab_give(&store->slab, handle);
    }
}

void avo_store_damage(struct avo_store *store, struct avo_slice key, struct avo_found *found) {
    avo_store_release(store, found->record.handle);
    found->record.handle = AVO_HANDLE_DAMAGED;
    found->entry.state = AVO_ENTRY_DAMAGED;
    enum avo_error error = avo_index_update(&store->index, found->place, key, &found->record, store->scratch);
    AVO_ASSERT(error == AVO_OK); /* only the handle changed */
    store->damaged++;
    store->damaged_now++;
}

enum avo_error avo_store_unseal(struct avo_store *store, const struct avo_seal_name *name, uint32_t handle,
                                const uint8_t tag[AVO_TAG_BYTES], struct avo_buffer *to) {
    size_t slot_bytes;
    const uint8_t *slot = avo_slab_at(&store->slab, handle, &slot_bytes);
    uint64_t counter;
    uint32_t length;
    to->length = 0;
    enum avo_error error = avo_seal_header_read(slot, slot_bytes, &counter, &length);
    if (error != AVO_OK) {
        return error;
    }
    /* The length is the host's word until the value opens: a lie must be called damage, not the caller's fault. */
    bool fits = length <= to->capacity;
    AVO_ASSERT(fits || length <= store->scratch.length);
    error = avo_sealer_open(&store->sealer, name, slot, counter, length, tag, fits ? to->data : store->scratch.data);
    if (error == AVO_OK && !fits) {
        return AVO_ESPACE;
    }
    to->length = error == AVO_OK ? length : 0;
    return error;
}

enum avo_error avo_store_open(struct avo_store *store, struct avo_slice key, struct avo_found *found, struct avo_buffer *to) {
    to->length = 0;
    if (found->entry.state == AVO_ENTRY_DAMAGED) {
        return AVO_EDAMAGED;
    }
    if (found->entry.state != AVO_ENTRY_VALUE) {
        return AVO_ENOTFOUND;
    }
    struct avo_seal_name name = {key, found->entry.version};
    enum avo_error error = avo_store_unseal(store, &name, found->record.handle, found->record.tag, to);
    if (error == AVO_EDAMAGED) {
        avo_store_damage(store, key, found);
    }
    return error;
}

enum avo_error avo_store_pin(struct avo_store *store, struct avo_slice key, struct avo_entry *entry, uint32_t *pin) {
    struct avo_found found;
    avo_store_find(store, key, &found);
    *entry = found.entry;
    *pin = AVO_PIN_NONE;
    if (found.entry.state != AVO_ENTRY_VALUE) {
        return AVO_OK;
    }
    *pin = avo_pins_take(&store->pins, found.record.handle, found.entry.version, found.record.tag);
    return *pin == AVO_PINS_NONE ? AVO_EBUSY : AVO_OK;
}

enum avo_error avo_store_pin_open(struct avo_store *store, struct avo_slice key, uint32_t pin, struct avo_buffer *to) {
    const struct avo_pin *pinned = avo_pins_at(&store->pins, pin);
    struct avo_seal_name name = {key, pinned->version};
    enum avo_error error = avo_store_unseal(store, &name, pinned->handle, pinned->tag, to);
    struct avo_found found;
    if (error == AVO_EDAMAGED && avo_store_find(store, key, &found) && found.record.handle == pinned->handle) {
        avo_store_damage(store, key, &found); /* the entry still is that very value */
    }
    return error;
}

void avo_store_unpin(struct avo_store *store, uint32_t pin) {
    uint32_t handle;
    if (pin != AVO_PIN_NONE && avo_pins_give(&store->pins, pin, &handle)) {
        avo_slab_give(&store->slab, handle);
    }
}
