/* Free host memory is brought together when a write found too little in one piece. Sealed values move as they are: their tags stay
 * in the enclave, so a host that changes one meanwhile has only damaged it [B4]. */
#include "base/assert.h"
#include "boundary/shared.h"
#include "trusted/store/state.h"

static void move(struct avo_store *store, struct avo_slice key, const struct avo_found *found) {
    struct avo_record record = found->record;
    if (avo_pins_have(&store->pins, record.handle)) {
        return; /* somebody will read it there */
    }
    record.handle = avo_slab_take_below(&store->slab, found->record.handle, avo_store_extents_kept(store));
    if (record.handle == AVO_SLAB_NONE) {
        return;
    }
    size_t slot_bytes;
    const uint8_t *from = avo_slab_at(&store->slab, found->record.handle, &slot_bytes);
    uint8_t *to = avo_slab_at(&store->slab, record.handle, &slot_bytes);
    avo_shared_copy_out(to, avo_slice(from, slot_bytes));
    enum avo_error error = avo_index_update(&store->index, found->place, key, &record, store->scratch);
    AVO_ASSERT(error == AVO_OK); /* only the handle changed */
    avo_slab_give(&store->slab, found->record.handle);
}

uint32_t avo_store_pack(struct avo_store *store, uint32_t count) {
    for (; count > 0 && store->pack_left > 0; count--, store->pack_left--) {
        struct avo_found found;
        struct avo_slice key = avo_store_walk(store, &store->packed, &found);
        if (found.entry.state == AVO_ENTRY_VALUE) {
            move(store, key, &found);
        }
    }
    return store->pack_left;
}
