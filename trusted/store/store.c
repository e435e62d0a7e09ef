#include "trusted/store/store.h"
#include "base/assert.h"
#include "trusted/store/state.h"

#define BUDGET_BYTES_PER_WRITER 2048

_Static_assert(AVO_HASH_SEED_BYTES + AVO_DIGEST_KEY_BYTES == AVO_STORE_SECRET_BYTES, "the secret is both");

static size_t scratch_bytes(const struct avo_store_config *config) {
    size_t value_bytes = AVO_SEAL_HEADER_BYTES + AVO_VALUE_MAX_BYTES;
    size_t sealed_bytes = config->slab_bytes < value_bytes ? (size_t)config->slab_bytes : value_bytes;
    size_t moving_bytes = avo_index_scratch_bytes(AVO_BLOCK_BYTES);
    return moving_bytes > sealed_bytes ? moving_bytes : sealed_bytes;
}

uint64_t avo_store_arena_bytes(const struct avo_store_config *config) {
    return avo_arena_block_bytes(config->enclave_bytes) + scratch_bytes(config);
}

static uint32_t writer_count(uint64_t enclave_bytes) {
    uint64_t count = enclave_bytes / BUDGET_BYTES_PER_WRITER;
    count = count > 16 ? count : 16;
    return count < AVO_WRITERS_MAX_COUNT ? (uint32_t)count : AVO_WRITERS_MAX_COUNT;
}

/* Everything that comes out of the budget; the index takes what is left. */
static struct avo_store *parts_create(struct avo_arena *budget, const struct avo_store_config *config) {
    struct avo_store *store = avo_arena_take(budget, 1, sizeof *store);
    if (store == NULL || !avo_writers_create(&store->writers, budget, writer_count(config->enclave_bytes)) ||
        !avo_pins_create(&store->pins, budget, config->pin_max_count > 0 ? config->pin_max_count : 1)) {
        return NULL;
    }
    store->fixed_bytes = budget->used_bytes;
    if (!avo_slab_create(&store->slab, budget, config->slabs, config->slab_bytes) ||
        !avo_index_create(&store->index, budget, AVO_BLOCK_BYTES, config->random)) {
        return NULL;
    }
    return store;
}

static void secret_set(struct avo_store *store, const struct avo_store_config *config) {
    const uint8_t *digest_key = store->index.hash.seed; /* the hash has made its own, and nobody compares */
    if (config->secret != NULL) {
        avo_hash_seed(&store->index.hash, config->secret);
        digest_key = config->secret + AVO_HASH_SEED_BYTES;
    }
    avo_copy(store->digest.key, sizeof store->digest.key, avo_slice(digest_key, AVO_DIGEST_KEY_BYTES));
}

struct avo_store *avo_store_create(struct avo_arena *arena, const struct avo_store_config *config) {
    AVO_ASSERT(config->tombstone_percent <= 100);
    struct avo_arena before = *arena;
    void *memory = avo_arena_take(arena, config->enclave_bytes, 1);
    uint8_t *scratch = avo_arena_take(arena, scratch_bytes(config), 1);
    if (memory == NULL || scratch == NULL) {
        *arena = before;
        return NULL;
    }
    struct avo_arena budget = avo_arena(memory, config->enclave_bytes);
    struct avo_store *store = parts_create(&budget, config);
    if (store == NULL) {
        *arena = before;
        return NULL;
    }
    avo_sealer_create(&store->sealer, config->aead, config->random);
    secret_set(store, config);
    store->scratch = (struct avo_scratch){scratch, scratch_bytes(config)};
    store->budget_bytes = config->enclave_bytes;
    store->tombstone_max = (uint64_t)store->index.hash.count_max * config->tombstone_percent / 100;
    return store;
}

static enum avo_entry_state state_of(uint32_t handle) {
    switch (handle) {
    case AVO_HANDLE_TOMBSTONE:
        return AVO_ENTRY_TOMBSTONE;
    case AVO_HANDLE_DAMAGED:
        return AVO_ENTRY_DAMAGED;
    default:
        return AVO_ENTRY_VALUE;
    }
}

void avo_store_read(const struct avo_store *store, struct avo_found *found) {
    const struct avo_block *block = avo_index_block(&store->index, found->place);
    found->record = avo_block_record(block, found->place.slot);
    found->entry.state = state_of(found->record.handle);
    found->entry.version.clock = found->record.clock;
    found->entry.version.writer = avo_writers_id(&store->writers, found->record.writer);
    found->entry.version.rmw = found->record.rmw;
}

bool avo_store_find(const struct avo_store *store, struct avo_slice key, struct avo_found *found) {
    found->key_hash = avo_hash_of(&store->index.hash, key);
    if (!avo_index_find(&store->index, key, found->key_hash, &found->place)) {
        found->entry = (struct avo_entry){AVO_ENTRY_ABSENT, AVO_VERSION_NONE};
        return false;
    }
    avo_store_read(store, found);
    return true;
}

void avo_store_prefetch(const struct avo_store *store, struct avo_slice key) {
    avo_index_prefetch(&store->index, key);
}

void avo_store_prefetch_entry(const struct avo_store *store, struct avo_slice key) {
    avo_index_prefetch_entry(&store->index, key);
}

bool avo_store_next(const struct avo_store *store, struct avo_slice key, struct avo_buffer *found_key, struct avo_entry *entry) {
    struct avo_found found;
    if (!avo_index_seek(&store->index, key, &found.place)) {
        return false;
    }
    AVO_ASSERT(found_key->capacity >= AVO_KEY_MAX_BYTES);
    avo_store_read(store, &found);
    found_key->length = avo_block_key(avo_index_block(&store->index, found.place), found.place.slot, found_key->data);
    *entry = found.entry;
    return true;
}

uint64_t avo_store_digest(const struct avo_store *store, uint32_t bucket, uint32_t count) {
    AVO_ASSERT(bucket < AVO_DIGEST_BUCKET_COUNT && count <= AVO_DIGEST_BUCKET_COUNT - bucket);
    uint64_t digest = count == AVO_DIGEST_BUCKET_COUNT ? store->digest.all : 0;
    for (uint32_t i = 0; i < count % AVO_DIGEST_BUCKET_COUNT; i++) {
        digest ^= store->digest.buckets[bucket + i];
    }
    return digest;
}

bool avo_store_bucket_next(const struct avo_store *store, uint32_t bucket, uint32_t *cursor, struct avo_buffer *key,
                           struct avo_entry *entry) {
    AVO_ASSERT(bucket < AVO_DIGEST_BUCKET_COUNT && key->capacity >= AVO_KEY_MAX_BYTES);
    struct avo_found found;
    while (avo_index_walk(&store->index, avo_digest_first(bucket), avo_digest_last(bucket), cursor, &found.place)) {
        key->length = avo_block_key(avo_index_block(&store->index, found.place), found.place.slot, key->data);
        if (avo_digest_bucket(avo_hash_of(&store->index.hash, avo_buffer_slice(key))) == bucket) {
            avo_store_read(store, &found);
            *entry = found.entry;
            return true;
        }
    }
    return false;
}

/* The first entry behind the last one seen; false at the end. */
static bool walk_on(const struct avo_store *store, const struct avo_cursor *cursor, struct avo_found *found) {
    uint8_t after[AVO_KEY_MAX_BYTES + 1] = {0}; /* a key and a zero byte is the first that is after the key */
    avo_copy(after, sizeof after, avo_slice(cursor->key, cursor->key_bytes));
    size_t after_bytes = cursor->key_bytes == 0 ? 0 : cursor->key_bytes + 1;
    if (!avo_index_seek(&store->index, avo_slice(after, after_bytes), &found->place)) {
        return false;
    }
    avo_store_read(store, found);
    return true;
}

struct avo_slice avo_store_walk(const struct avo_store *store, struct avo_cursor *cursor, struct avo_found *found) {
    if (!walk_on(store, cursor, found)) {
        cursor->key_bytes = 0;
        bool there = walk_on(store, cursor, found);
        AVO_ASSERT(there);
    }
    cursor->key_bytes = avo_block_key(avo_index_block(&store->index, found->place), found->place.slot, cursor->key);
    return avo_slice(cursor->key, cursor->key_bytes);
}

void avo_store_stats(const struct avo_store *store, struct avo_figures *stats) {
    *stats = (struct avo_figures){
        .keys = store->index.hash.count - store->tombstones,
        .tombstones = store->tombstones,
        .tombstone_quota = store->tombstone_max,
        .damaged_now = store->damaged_now,
        .damaged = store->damaged,
        .repaired = store->repaired,
        .enclave_bytes_used = store->fixed_bytes + avo_index_used_bytes(&store->index) + avo_slab_enclave_bytes(&store->slab),
        .enclave_bytes_budget = store->budget_bytes,
        .host_bytes = store->slab.used_bytes,
        .host_bytes_limit = (uint64_t)store->slab.extent_count * store->slab.extent_bytes,
    };
}
