#include "trusted/store/world.h"
#include "trusted/store/index_check.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
// clang-format off
#include <cmocka.h>
// clang-format on

#define AEAD_ARENA_BYTES (1 << 20)
#define ENTRY_MAX (1 << 20)

static uint8_t *aligned_zeroed(size_t bytes) {
    bytes = (bytes + 63) / 64 * 64;
    uint8_t *memory = aligned_alloc(64, bytes > 0 ? bytes : 64);
    assert_non_null(memory);
    memset(memory, 0, bytes);
    return memory;
}

struct world world_new(const struct world_config *config) {
    struct world world = {.prng = avo_prng(config->seed), .slab_bytes = config->slab_bytes};
    world.slabs = aligned_zeroed(config->slab_bytes);
    world.value = malloc(AVO_VALUE_MAX_BYTES);
    world.entries = calloc(ENTRY_MAX, sizeof *world.entries);
    struct avo_store_config store = {
        .slabs = world.slabs,
        .slab_bytes = config->slab_bytes,
        .enclave_bytes = config->enclave_bytes,
        .tombstone_percent = config->tombstone_percent,
        .pin_max_count = config->pin_max_count,
        .random = &world.prng.random,
    };
    size_t arena_bytes = AEAD_ARENA_BYTES + avo_store_arena_bytes(&store);
    world.memory = aligned_zeroed(arena_bytes);
    struct avo_arena arena = avo_arena(world.memory, arena_bytes);
    world.aead = avo_aead_create(&arena, AVO_AEAD_BEST);
    assert_non_null(world.aead);
    store.aead = world.aead;
    size_t before_bytes = arena.used_bytes;
    world.store = avo_store_create(&arena, &store);
    assert_non_null(world.store);
    assert_true(arena.used_bytes - before_bytes <= avo_store_arena_bytes(&store) + 63 + AVO_ARENA_RED_ZONE_BYTES);
    return world;
}

void world_free(struct world *world) {
    for (size_t i = 0; i < world->entry_count; i++) {
        free(world->entries[i]->value.bytes);
        free(world->entries[i]);
    }
    free(world->entries);
    free(world->value);
    free(world->slabs);
    free(world->memory);
}

static struct avo_slice key_of(const struct twin_entry *entry) {
    return avo_slice(entry->key, entry->key_bytes);
}

static size_t bound(const struct world *world, struct avo_slice key) {
    size_t at = 0, end = world->entry_count;
    while (at < end) {
        size_t middle = (at + end) / 2;
        if (avo_slice_compare(key_of(world->entries[middle]), key) < 0) {
            at = middle + 1;
        } else {
            end = middle;
        }
    }
    return at;
}

struct twin_entry *world_find(const struct world *world, struct avo_slice key) {
    size_t at = bound(world, key);
    return at < world->entry_count && avo_slice_equal(key_of(world->entries[at]), key) ? world->entries[at] : NULL;
}

static struct twin_entry *insert(struct world *world, struct avo_slice key) {
    size_t at = bound(world, key);
    assert_true(world->entry_count < ENTRY_MAX);
    memmove(world->entries + at + 1, world->entries + at, (world->entry_count - at) * sizeof *world->entries);
    struct twin_entry *entry = calloc(1, sizeof *entry);
    memcpy(entry->key, key.data, key.length);
    entry->key_bytes = key.length;
    world->entries[at] = entry;
    world->entry_count++;
    return entry;
}

static void assert_entry(struct avo_entry a, struct avo_entry b) {
    assert_int_equal(a.state, b.state);
    assert_int_equal(avo_version_compare(a.version, b.version), 0);
}

static void twin_write(struct world *world, struct twin_entry *entry, struct avo_version version, const struct avo_slice *value) {
    world->repaired += avo_version_compare(entry->entry.version, version) == 0;
    free(entry->value.bytes);
    entry->value = (struct twin_value){0, NULL};
    entry->entry = (struct avo_entry){value == NULL ? AVO_ENTRY_TOMBSTONE : AVO_ENTRY_VALUE, version};
    if (value != NULL) {
        entry->value = (struct twin_value){value->length, malloc(value->length + 1)};
        avo_copy(entry->value.bytes, value->length, *value);
    }
}

/* Each seal has a counter of its own, and slots show it. */
static void assert_fresh_nonce(struct world *world, const struct twin_entry *entry) {
    size_t slot_bytes;
    uint64_t counter;
    memcpy(&counter, world_slot(world, entry, &slot_bytes), sizeof counter);
    assert_true(counter > world->nonce_last);
    world->nonce_last = counter;
}

enum avo_error world_apply(struct world *world, struct avo_slice key, struct avo_version version, const struct avo_slice *value) {
    struct twin_entry *entry = world_find(world, key);
    struct avo_entry old = entry == NULL ? (struct avo_entry){AVO_ENTRY_ABSENT, AVO_VERSION_NONE} : entry->entry;
    int order = avo_version_compare(version, old.version);
    bool wanted = order > 0 || (order == 0 && value != NULL && old.state == AVO_ENTRY_DAMAGED);
    bool applied;
    enum avo_error error = avo_store_apply(world->store, key, version, value, &applied);
    assert_int_equal(applied, wanted && error == AVO_OK);
    if (applied) {
        entry = entry == NULL ? insert(world, key) : entry;
        twin_write(world, entry, version, value);
        if (value != NULL) {
            assert_fresh_nonce(world, entry);
        }
        assert_entry(world_look(world, key), entry->entry);
        return AVO_OK;
    }
    assert_true(error == AVO_OK || wanted);
    assert_true(error == AVO_OK || error == AVO_EFULL || error == AVO_EHOSTFULL || (error == AVO_EQUOTA && value == NULL));
    world->full += error == AVO_EFULL || error == AVO_EHOSTFULL;
    world->quota += error == AVO_EQUOTA;
    assert_entry(world_look(world, key), old);
    return error;
}

struct avo_entry world_look(const struct world *world, struct avo_slice key) {
    struct avo_found found;
    bool there = avo_store_find(world->store, key, &found);
    assert_int_equal(there, found.entry.state != AVO_ENTRY_ABSENT);
    return found.entry;
}

enum avo_error world_admits(const struct world *world, struct avo_slice key, uint32_t value_bytes) {
    struct avo_found found;
    avo_store_find(world->store, key, &found);
    return avo_store_admits(world->store, &found, value_bytes);
}

enum avo_error world_open_to(const struct world *world, struct avo_slice key, struct avo_buffer *to) {
    struct avo_found found;
    avo_store_find(world->store, key, &found);
    enum avo_error error = avo_store_open(world->store, key, &found, to);
    assert_entry(found.entry, world_look(world, key)); /* what was found follows what became of it */
    return error;
}

void world_open(struct world *world, struct avo_slice key) {
    const struct twin_entry *entry = world_find(world, key);
    struct avo_buffer to = {world->value, 0, AVO_VALUE_MAX_BYTES};
    enum avo_error error = world_open_to(world, key, &to);
    if (entry == NULL || entry->entry.state == AVO_ENTRY_TOMBSTONE) {
        assert_int_equal(error, AVO_ENOTFOUND);
    } else if (entry->entry.state == AVO_ENTRY_DAMAGED) {
        assert_int_equal(error, AVO_EDAMAGED);
    } else {
        assert_int_equal(error, AVO_OK);
        assert_int_equal(to.length, entry->value.length);
        assert_memory_equal(to.data, entry->value.bytes, to.length);
    }
}

static void compare_stats(const struct world *world) {
    struct avo_figures stats;
    avo_store_stats(world->store, &stats);
    uint64_t keys = 0, tombstones = 0, damaged = 0;
    for (size_t i = 0; i < world->entry_count; i++) {
        enum avo_entry_state state = world->entries[i]->entry.state;
        keys += state != AVO_ENTRY_TOMBSTONE;
        tombstones += state == AVO_ENTRY_TOMBSTONE;
        damaged += state == AVO_ENTRY_DAMAGED;
    }
    assert_int_equal(stats.keys, keys);
    assert_int_equal(stats.tombstones, tombstones);
    assert_int_equal(stats.damaged_now, damaged);
    assert_int_equal(stats.damaged, world->damaged);
    assert_int_equal(stats.repaired, world->repaired);
    assert_true(stats.enclave_bytes_used <= stats.enclave_bytes_budget);
    assert_true(stats.host_bytes <= world->slab_bytes);
}

void world_compare(struct world *world) {
    assert_int_equal(avo_index_check(&world->store->index), world->entry_count);
    uint8_t key[AVO_KEY_MAX_BYTES + 1] = {0}, found_key[AVO_KEY_MAX_BYTES];
    size_t key_bytes = 0;
    for (size_t i = 0; i < world->entry_count; i++) {
        struct avo_buffer found = {found_key, 0, sizeof found_key};
        struct avo_entry entry;
        assert_true(avo_store_next(world->store, avo_slice(key, key_bytes), &found, &entry));
        assert_true(avo_slice_equal(avo_buffer_slice(&found), key_of(world->entries[i])));
        assert_entry(entry, world->entries[i]->entry);
        world_open(world, avo_buffer_slice(&found));
        memcpy(key, found.data, found.length); /* the key and a zero byte is the next */
        key[found.length] = 0;
        key_bytes = found.length + 1;
    }
    struct avo_buffer found = {found_key, 0, sizeof found_key};
    struct avo_entry entry;
    assert_false(avo_store_next(world->store, avo_slice(key, key_bytes), &found, &entry));
    compare_stats(world);
}

uint8_t *world_slot(const struct world *world, const struct twin_entry *entry, size_t *slot_bytes) {
    struct avo_found found;
    if (!avo_store_find(world->store, key_of(entry), &found) || found.entry.state != AVO_ENTRY_VALUE) {
        return NULL;
    }
    return avo_slab_at(&world->store->slab, found.record.handle, slot_bytes);
}

bool world_flip(struct world *world, const struct twin_entry *entry, uint64_t bit) {
    size_t slot_bytes;
    uint8_t *slot = world_slot(world, entry, &slot_bytes);
    if (slot == NULL) {
        return false;
    }
    bit %= (AVO_SEAL_HEADER_BYTES + entry->value.length) * 8;
    slot[bit / 8] ^= (uint8_t)(1 << bit % 8);
    return true;
}

void world_expect_damage(struct world *world, struct twin_entry *entry) {
    entry->entry.state = AVO_ENTRY_DAMAGED;
    world->damaged++;
}
