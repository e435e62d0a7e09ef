/* Writes: all that may fail is done before the entry changes; then nothing fails any more. */
#include "base/assert.h"
#include "boundary/shared.h"
#include "trusted/store/state.h"

/* What a write brings. */
struct content {
    uint32_t handle; /* AVO_HANDLE_TOMBSTONE or AVO_HANDLE_DAMAGED where there is no value */
    const struct avo_slice *value;
};

static enum avo_error check(struct avo_slice key, const struct avo_slice *value) {
    if (key.length == 0 || key.length > AVO_KEY_MAX_BYTES) {
        return AVO_EINVAL;
    }
    return value != NULL && value->length > AVO_VALUE_MAX_BYTES ? AVO_ETOOBIG : AVO_OK;
}

bool avo_store_fits_in_place(const struct avo_store *store, const struct avo_found *found, size_t sealed_bytes) {
    size_t slot_bytes = 0;
    if (found->entry.state == AVO_ENTRY_VALUE) {
        (void)avo_slab_at(&store->slab, found->record.handle, &slot_bytes);
    }
    return sealed_bytes <= slot_bytes;
}

/* The old value's own slot may be written over: nobody reads it any more, and the index is sure to take the new record. */
static bool is_replaceable(const struct avo_store *store, const struct avo_found *old, size_t sealed_bytes) {
    return avo_store_fits_in_place(store, old, sealed_bytes) && !avo_pins_have(&store->pins, old->record.handle) &&
           avo_index_can_update(&store->index, old->place);
}

/* Where the value goes: over the old one if that has a slot of the same size, so that overwriting needs no more memory; else into
 * another slot; and over the old one, too, when there is none. */
static uint32_t slot_choose(struct avo_store *store, const struct avo_found *old, size_t sealed_bytes) {
    bool replaceable = is_replaceable(store, old, sealed_bytes);
    if (replaceable && avo_slab_is_class(&store->slab, old->record.handle, sealed_bytes)) {
        return old->record.handle;
    }
    uint32_t handle = avo_slab_take(&store->slab, sealed_bytes);
    return handle == AVO_SLAB_NONE && replaceable ? old->record.handle : handle;
}

/* Gives back the slot of a value that no record will name, unless it is the old value's own. */
static void value_drop(struct avo_store *store, const struct avo_found *old, uint32_t handle) {
    bool in_place = old->entry.state == AVO_ENTRY_VALUE && old->record.handle == handle;
    if (handle <= AVO_SLAB_HANDLE_MAX && !in_place) {
        avo_slab_give(&store->slab, handle);
    }
}

/* Seals the value in enclave memory, then copies it out to its slot [B2]. */
static enum avo_error value_store(struct avo_store *store, const struct avo_found *old, const struct avo_seal_name *name,
                                  struct avo_slice value, struct avo_record *record) {
    size_t sealed_bytes = AVO_SEAL_HEADER_BYTES + value.length;
    AVO_ASSERT(sealed_bytes <= store->scratch.length || sealed_bytes > avo_slab_slot_max_bytes(&store->slab));
    uint32_t handle = slot_choose(store, old, sealed_bytes);
    if (handle == AVO_SLAB_NONE) {
        return AVO_EHOSTFULL;
    }
    enum avo_error error = avo_sealer_seal(&store->sealer, name, value, store->scratch.data, record->tag);
    if (error != AVO_OK) {
        value_drop(store, old, handle);
        return error;
    }
    size_t slot_bytes;
    uint8_t *slot = avo_slab_at(&store->slab, handle, &slot_bytes);
    avo_shared_copy_out(slot, avo_slice(store->scratch.data, sealed_bytes));
    record->handle = handle;
    return AVO_OK;
}

/* Makes the record of the new version, its value sealed and its writer interned; on failure nothing is kept. */
static enum avo_error record_make(struct avo_store *store, const struct avo_found *old, const struct avo_seal_name *name,
                                  const struct content *content, struct avo_record *record) {
    uint32_t writer = avo_writers_take(&store->writers, name->version.writer);
    if (writer == AVO_WRITERS_NONE) {
        return AVO_EFULL;
    }
    *record = (struct avo_record){
        .clock = name->version.clock, .handle = content->handle, .rmw = name->version.rmw, .writer = (uint16_t)writer};
    enum avo_error error = content->value == NULL ? AVO_OK : value_store(store, old, name, *content->value, record);
    if (error != AVO_OK) {
        avo_writers_give(&store->writers, writer);
    }
    return error;
}

/* The old record is history: counts, its value's memory and its writer's use follow. */
static void old_settle(struct avo_store *store, const struct avo_found *old, uint32_t handle, bool same_version) {
    switch (old->entry.state) {
    case AVO_ENTRY_VALUE:
        if (old->record.handle != handle) {
            avo_store_release(store, old->record.handle);
        }
        break;
    case AVO_ENTRY_TOMBSTONE:
        store->tombstones--;
        break;
    case AVO_ENTRY_DAMAGED:
        store->damaged_now--;
        store->repaired += same_version;
        break;
    default:
        return;
    }
    avo_writers_give(&store->writers, old->record.writer);
}

/* [V5, B4] A version never goes down; an equal one only heals. */
static bool is_wanted(const struct avo_entry *entry, struct avo_version version, bool has_value) {
    int order = avo_version_compare(version, entry->version);
    return order > 0 || (order == 0 && has_value && entry->state == AVO_ENTRY_DAMAGED);
}

static enum avo_error write(struct avo_store *store, const struct avo_found *old, const struct avo_seal_name *name,
                            const struct content *content) {
    bool tombstone = content->value == NULL && content->handle == AVO_HANDLE_TOMBSTONE;
    bool more_tombstones = tombstone && old->entry.state != AVO_ENTRY_TOMBSTONE;
    if (more_tombstones && store->tombstones >= store->tombstone_max) {
        return AVO_EQUOTA;
    }
    struct avo_record record;
    enum avo_error error = record_make(store, old, name, content, &record);
    if (error != AVO_OK) {
        return error;
    }
    error = old->entry.state == AVO_ENTRY_ABSENT ? avo_index_insert(&store->index, name->key, &record, store->scratch)
                                                 : avo_index_update(&store->index, old->place, name->key, &record, store->scratch);
    if (error != AVO_OK) {
        AVO_ASSERT(old->entry.state != AVO_ENTRY_VALUE || record.handle != old->record.handle); /* is_replaceable saw to it */
        value_drop(store, old, record.handle);
        avo_writers_give(&store->writers, record.writer);
        return error;
    }
    old_settle(store, old, record.handle, avo_version_compare(name->version, old->entry.version) == 0);
    store->tombstones += tombstone;
    store->damaged_now += record.handle == AVO_HANDLE_DAMAGED;
    avo_digest_change(&store->digest, old->key_hash, old->entry.version, name->version);
    return AVO_OK;
}

enum avo_error avo_store_apply(struct avo_store *store, struct avo_slice key, struct avo_version version,
                               const struct avo_slice *value, bool *applied) {
    bool unused;
    applied = applied == NULL ? &unused : applied;
    *applied = false;
    enum avo_error error = check(key, value);
    if (error != AVO_OK) {
        return error;
    }
    struct avo_found old;
    avo_store_find(store, key, &old);
    if (!is_wanted(&old.entry, version, value != NULL)) {
        return AVO_OK;
    }
    struct avo_seal_name name = {key, version};
    struct content content = {AVO_HANDLE_TOMBSTONE, value};
    error = write(store, &old, &name, &content);
    *applied = error == AVO_OK;
    return error;
}

enum avo_error avo_store_apply_damaged(struct avo_store *store, struct avo_slice key, struct avo_version version) {
    struct avo_found old;
    enum avo_error error = check(key, NULL);
    if (error != AVO_OK) {
        return error;
    }
    avo_store_find(store, key, &old);
    if (!is_wanted(&old.entry, version, false)) {
        return AVO_OK;
    }
    struct avo_seal_name name = {key, version};
    struct content content = {AVO_HANDLE_DAMAGED, NULL};
    return write(store, &old, &name, &content);
}
