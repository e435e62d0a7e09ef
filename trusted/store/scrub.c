/* Values are verified in the background, so that damage is found while another replica still has a copy. */
#include "base/secret.h"
#include "trusted/store/state.h"

/* The first entry behind the last one scrubbed; false at the end. */
static bool seek(const struct avo_store *store, struct avo_found *found) {
    uint8_t after[AVO_KEY_MAX_BYTES + 1] = {0}; /* a key and a zero byte is the first that is after the key */
    struct avo_slice key = avo_slice(store->scrub_key, store->scrub_key_bytes);
    avo_copy(after, sizeof after, key);
    size_t after_bytes = key.length == 0 ? 0 : key.length + 1;
    if (!avo_index_seek(&store->index, avo_slice(after, after_bytes), &found->place)) {
        return false;
    }
    avo_store_read(store, found);
    return true;
}

/* True when the value opens. Its plaintext is wiped at once: nobody asked for it. */
static bool verify(struct avo_store *store, struct avo_slice key, const struct avo_found *found) {
    struct avo_seal_name name = {key, found->entry.version};
    struct avo_buffer opened = {store->scratch.data, 0, store->scratch.length};
    enum avo_error error = avo_store_unseal(store, &name, found->record.handle, found->record.tag, &opened);
    avo_secret_wipe(opened.data, opened.length);
    return error == AVO_OK;
}

uint32_t avo_store_scrub(struct avo_store *store, uint32_t count, void (*damaged)(void *context, struct avo_slice key),
                         void *context) {
    uint32_t entry_count = store->index.hash.count, looked = 0;
    count = count < entry_count ? count : entry_count; /* once around is enough */
    while (looked < count) {
        struct avo_found found;
        if (!seek(store, &found)) {
            store->scrub_key_bytes = 0;
            continue;
        }
        looked++;
        store->scrub_key_bytes = avo_block_key(avo_index_block(&store->index, found.place), found.place.slot, store->scrub_key);
        uint8_t copy[AVO_KEY_MAX_BYTES]; /* the callback may call the store again */
        avo_copy(copy, sizeof copy, avo_slice(store->scrub_key, store->scrub_key_bytes));
        struct avo_slice key = avo_slice(copy, store->scrub_key_bytes);
        if (found.entry.state == AVO_ENTRY_VALUE && !verify(store, key, &found)) {
            avo_store_damage(store, key, &found);
            damaged(context, key);
        }
    }
    return looked;
}
