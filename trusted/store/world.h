/* A store beside a naive twin that does what store.h says in the simplest way: for tests. Every step is checked at once. */
#ifndef AVO_STORE_WORLD_H
#define AVO_STORE_WORLD_H

#include "trusted/store/state.h"

struct twin_value {
    size_t length;
    uint8_t *bytes; /* of its own */
};

struct twin_entry {
    size_t key_bytes;
    uint8_t key[AVO_KEY_MAX_BYTES];
    struct avo_entry entry;
    struct twin_value value; /* of a value */
};

struct world_config {
    uint64_t seed;
    uint64_t enclave_bytes;
    uint64_t slab_bytes;
    uint32_t tombstone_percent;
    uint32_t pin_max_count;
};

struct world {
    struct avo_prng prng;
    uint8_t *memory; /* the arena's */
    uint8_t *slabs;
    uint64_t slab_bytes;
    struct avo_aead *aead;
    struct avo_store *store;
    uint8_t *value;              /* room for the largest value */
    struct twin_entry **entries; /* in key order */
    size_t entry_count;
    uint64_t full;
    uint64_t quota;
    uint64_t damaged;
    uint64_t repaired;
    uint64_t nonce_last; /* the highest counter seen in a slot */
};

struct world world_new(const struct world_config *config);
void world_free(struct world *world);

/* The twin's entry of `key`, NULL when it has none. */
struct twin_entry *world_find(const struct world *world, struct avo_slice key);
/* A write to both: what the store says must be what the twin expects, an error must leave all as it was. */
enum avo_error world_apply(struct world *world, struct avo_slice key, struct avo_version version, const struct avo_slice *value);
/* Opens `key` in the store: what comes must be the twin's. */
void world_open(struct world *world, struct avo_slice key);
/* What the store says of `key`, looked up first. */
struct avo_entry world_look(const struct world *world, struct avo_slice key);
enum avo_error world_admits(const struct world *world, struct avo_slice key, uint32_t value_bytes);
enum avo_error world_open_to(const struct world *world, struct avo_slice key, struct avo_buffer *to);
/* All keys in order, all states, versions, values and counts agree. */
void world_compare(struct world *world);
/* The host flips a bit of the sealed value at `entry`; false when that has no value in a slot. */
bool world_flip(struct world *world, const struct twin_entry *entry, uint64_t bit);
/* Where the sealed value of `entry` lies in host memory. */
uint8_t *world_slot(const struct world *world, const struct twin_entry *entry, size_t *slot_bytes);
/* The twin learns that the value is damaged. */
void world_expect_damage(struct world *world, struct twin_entry *entry);

#endif
