/* Values are verified in the background, so that damage is found while another replica still has a copy. */
#include "base/secret.h"
#include "trusted/store/state.h"

/* True when the value opens; adds what it had to read to *bytes. Its plaintext is wiped at once: nobody asked for it. */
static bool verify(struct avo_store *store, struct avo_slice key, const struct avo_found *found, uint64_t *bytes) {
    struct avo_seal_name name = {key, found->entry.version};
    struct avo_buffer opened = {store->scratch.data, 0, store->scratch.length};
    enum avo_error error = avo_store_unseal(store, &name, found->record.handle, found->record.tag, &opened);
    avo_secret_wipe(opened.data, opened.length);
    *bytes += error == AVO_OK ? opened.length : AVO_SCRUB_STEP_BYTES; /* it was read in vain, however long it is */
    return error == AVO_OK;
}

uint32_t avo_store_scrub(struct avo_store *store, uint32_t count,
                         void (*damaged)(void *context, struct avo_slice key, struct avo_entry entry), void *context) {
    uint32_t entry_count = store->index.hash.count;
    uint32_t looked = 0;
    uint64_t bytes = store->scrub_owed_bytes;
    count = count < entry_count ? count : entry_count; /* once around is enough */
    for (; looked < count && bytes < AVO_SCRUB_STEP_BYTES; looked++) {
        struct avo_found found;
        struct avo_slice walked = avo_store_walk(store, &store->scrubbed, &found);
        uint8_t copy[AVO_KEY_MAX_BYTES]; /* the callback may call the store again */
        avo_copy(copy, sizeof copy, walked);
        struct avo_slice key = avo_slice(copy, walked.length);
        if (found.entry.state == AVO_ENTRY_VALUE && !verify(store, key, &found, &bytes)) {
            avo_store_damage(store, key, &found);
            damaged(context, key, found.entry);
        }
    }
    store->scrub_owed_bytes = bytes > AVO_SCRUB_STEP_BYTES ? bytes - AVO_SCRUB_STEP_BYTES : 0;
    return looked;
}
