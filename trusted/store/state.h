/* The store's inside, shared by its files. */
#ifndef AVO_STORE_STATE_H
#define AVO_STORE_STATE_H

#include "trusted/store/digest.h"
#include "trusted/store/index.h"
#include "trusted/store/pins.h"
#include "trusted/store/seal.h"
#include "trusted/store/slab.h"
#include "trusted/store/store.h"
#include "trusted/store/writers.h"

/* Marks in a record's handle, above every handle of a slot. */
#define AVO_HANDLE_TOMBSTONE (UINT32_MAX - 1)
#define AVO_HANDLE_DAMAGED (UINT32_MAX - 2)

/* How far a walk over all entries has come: the last key it saw; none: it begins at the beginning. */
struct avo_cursor {
    uint8_t key[AVO_KEY_MAX_BYTES];
    size_t key_bytes;
};

struct avo_store {
    struct avo_sealer sealer;
    struct avo_index index;
    struct avo_slab slab;
    struct avo_writers writers;
    struct avo_digest digest;
    struct avo_pins pins;
    struct avo_scratch scratch; /* for one call: a value being sealed, or entries being moved */
    uint64_t budget_bytes;
    uint64_t fixed_bytes; /* of the budget: what is used however many keys there are */
    uint64_t tombstones;
    uint64_t tombstone_max;
    uint64_t damaged_now;
    uint64_t damaged;
    uint64_t repaired;
    struct avo_cursor scrubbed;
    uint64_t scrub_owed_bytes; /* read by the last scrubs beyond what a step may */
    struct avo_cursor packed;
    uint32_t pack_left; /* entries to be looked at; 0: nobody wants more memory */
};

/* Reads the entry at found->place. */
void avo_store_read(const struct avo_store *store, struct avo_found *found);
/* The walk's next entry, at the beginning again after the end; there is one, as the store is not empty. Returns its key, good until
 * the next call. */
struct avo_slice avo_store_walk(const struct avo_store *store, struct avo_cursor *cursor, struct avo_found *found);
/* Extents that new values leave to writes under way. */
uint32_t avo_store_extents_kept(const struct avo_store *store);
/* True when the entry's value has a slot in which `sealed_bytes` have room. */
bool avo_store_fits_in_place(const struct avo_store *store, const struct avo_found *found, size_t sealed_bytes);
/* Lets go of a value's memory, now or with its last pin. */
void avo_store_release(struct avo_store *store, uint32_t handle);
/* The entry's value does not open: from now on it, and *found, is DAMAGED, with its version [B4]. */
void avo_store_damage(struct avo_store *store, struct avo_slice key, struct avo_found *found);
/* Opens the sealed value at `handle` into `to`; AVO_ESPACE when the value is intact but larger. */
AVO_MUST_USE enum avo_error avo_store_unseal(struct avo_store *store, const struct avo_seal_name *name, uint32_t handle,
                                             const uint8_t tag[AVO_TAG_BYTES], struct avo_buffer *to);

#endif
