#include "trusted/replica/store_twin.h"
#include "base/assert.h"
#include <stdlib.h>
#include <string.h>

#define ENTRY_MAX_COUNT 256
#define PIN_MAX_COUNT 256

/* A sealed value: shared by the entry and the pins of its version. */
struct sealed {
    uint32_t user_count;
    bool broken;
    size_t length;
    uint8_t bytes[];
};

struct twin_entry {
    uint8_t key[AVO_KEY_MAX_BYTES];
    size_t key_length;
    struct avo_entry entry;
    struct sealed *value; /* in state VALUE, and while DAMAGED the one that did not open */
};

struct twin_pin {
    struct sealed *value; /* NULL: free */
    struct avo_version version;
};

struct avo_store {
    struct twin_entry entries[ENTRY_MAX_COUNT]; /* sorted by key */
    uint32_t entry_count;
    struct twin_pin pins[PIN_MAX_COUNT];
    uint32_t pin_max_count;
    uint32_t scrub_next;
    enum avo_error refuse_admits;
    enum avo_error refuse_apply;
    struct avo_figures stats;
};

static struct sealed *seal(struct avo_slice value) {
    struct sealed *sealed = malloc(sizeof *sealed + value.length);
    AVO_ASSERT(sealed != NULL);
    sealed->user_count = 1;
    sealed->broken = false;
    sealed->length = value.length;
    avo_copy(sealed->bytes, value.length, value);
    return sealed;
}

static void let_go(struct sealed *sealed) {
    if (sealed != NULL && --sealed->user_count == 0) {
        free(sealed);
    }
}

struct avo_store *avo_store_create(struct avo_arena *arena, const struct avo_store_config *config) {
    (void)arena;
    AVO_ASSERT(config->pin_max_count <= PIN_MAX_COUNT);
    struct avo_store *store = calloc(1, sizeof *store);
    AVO_ASSERT(store != NULL);
    store->pin_max_count = config->pin_max_count;
    return store;
}

void avo_store_twin_destroy(struct avo_store *store) {
    for (uint32_t i = 0; i < store->entry_count; i++) {
        let_go(store->entries[i].value);
    }
    for (uint32_t i = 0; i < PIN_MAX_COUNT; i++) {
        let_go(store->pins[i].value);
    }
    free(store);
}

static struct avo_slice entry_key(const struct twin_entry *entry) {
    return avo_slice(entry->key, entry->key_length);
}

/* The first entry at or after `key`. */
static uint32_t seek(const struct avo_store *store, struct avo_slice key) {
    uint32_t i = 0;
    while (i < store->entry_count && avo_slice_compare(entry_key(&store->entries[i]), key) < 0) {
        i++;
    }
    return i;
}

static const struct twin_entry *find(const struct avo_store *store, struct avo_slice key) {
    uint32_t i = seek(store, key);
    return i < store->entry_count && avo_slice_equal(entry_key(&store->entries[i]), key) ? &store->entries[i] : NULL;
}

static struct twin_entry *find_changeable(struct avo_store *store, struct avo_slice key) {
    uint32_t i = seek(store, key);
    return i < store->entry_count && avo_slice_equal(entry_key(&store->entries[i]), key) ? &store->entries[i] : NULL;
}

static struct twin_entry *insert(struct avo_store *store, struct avo_slice key) {
    AVO_ASSERT(store->entry_count < ENTRY_MAX_COUNT);
    uint32_t i = seek(store, key);
    memmove(&store->entries[i + 1], &store->entries[i], (store->entry_count - i) * sizeof store->entries[0]);
    store->entry_count++;
    memset(&store->entries[i], 0, sizeof store->entries[0]);
    avo_copy(store->entries[i].key, AVO_KEY_MAX_BYTES, key);
    store->entries[i].key_length = key.length;
    return &store->entries[i];
}

bool avo_store_find(const struct avo_store *store, struct avo_slice key, struct avo_found *found) {
    const struct twin_entry *entry = find(store, key);
    *found = (struct avo_found){.entry = entry != NULL ? entry->entry : (struct avo_entry){0}};
    return entry != NULL;
}

static struct avo_entry look(const struct avo_store *store, struct avo_slice key) {
    struct avo_found found;
    avo_store_find(store, key, &found);
    return found.entry;
}

void avo_store_prefetch(const struct avo_store *store, struct avo_slice key) {
    (void)store;
    (void)key;
}

enum avo_error avo_store_apply(struct avo_store *store, struct avo_slice key, struct avo_version version,
                               const struct avo_slice *value, bool *applied) {
    struct avo_entry old = look(store, key);
    int order = avo_version_compare(version, old.version);
    bool mends = order == 0 && old.state == AVO_ENTRY_DAMAGED && value != NULL;
    if (applied != NULL) {
        *applied = false;
    }
    if (order <= 0 && !mends) {
        return AVO_OK;
    }
    if (store->refuse_apply != AVO_OK) {
        return store->refuse_apply;
    }
    struct twin_entry *entry = find_changeable(store, key);
    entry = entry != NULL ? entry : insert(store, key);
    let_go(entry->value);
    entry->value = value != NULL ? seal(*value) : NULL;
    entry->entry = (struct avo_entry){value != NULL ? AVO_ENTRY_VALUE : AVO_ENTRY_TOMBSTONE, version};
    store->stats.repaired += mends;
    if (applied != NULL) {
        *applied = true;
    }
    return AVO_OK;
}

enum avo_error avo_store_apply_damaged(struct avo_store *store, struct avo_slice key, struct avo_version version) {
    if (avo_version_compare(version, look(store, key).version) <= 0) {
        return AVO_OK;
    }
    if (store->refuse_apply != AVO_OK) {
        return store->refuse_apply;
    }
    struct twin_entry *entry = find_changeable(store, key);
    entry = entry != NULL ? entry : insert(store, key);
    let_go(entry->value);
    entry->value = NULL;
    entry->entry = (struct avo_entry){AVO_ENTRY_DAMAGED, version};
    return AVO_OK;
}

enum avo_error avo_store_admits(struct avo_store *store, const struct avo_found *found, uint32_t value_bytes) {
    (void)found;
    (void)value_bytes;
    return store->refuse_admits;
}

static bool copy_out(const struct sealed *value, struct avo_buffer *to) {
    if (value->broken) {
        return false;
    }
    avo_copy(to->data, to->capacity, avo_slice(value->bytes, value->length));
    to->length = value->length;
    return true;
}

enum avo_error avo_store_open(struct avo_store *store, struct avo_slice key, struct avo_found *found, struct avo_buffer *to) {
    struct twin_entry *entry = find_changeable(store, key);
    if (entry == NULL || entry->entry.state == AVO_ENTRY_TOMBSTONE) {
        return AVO_ENOTFOUND;
    }
    if (entry->entry.state == AVO_ENTRY_VALUE && entry->value->length > to->capacity) {
        return AVO_ESPACE;
    }
    if (entry->entry.state == AVO_ENTRY_DAMAGED || !copy_out(entry->value, to)) {
        store->stats.damaged += entry->entry.state != AVO_ENTRY_DAMAGED;
        entry->entry.state = AVO_ENTRY_DAMAGED;
        found->entry = entry->entry;
        return AVO_EDAMAGED;
    }
    return AVO_OK;
}

enum avo_error avo_store_pin(struct avo_store *store, struct avo_slice key, struct avo_entry *entry, uint32_t *pin) {
    *pin = AVO_PIN_NONE;
    *entry = look(store, key);
    if (entry->state != AVO_ENTRY_VALUE) {
        return AVO_OK;
    }
    for (uint32_t i = 0; i < store->pin_max_count; i++) {
        if (store->pins[i].value == NULL) {
            store->pins[i] = (struct twin_pin){find_changeable(store, key)->value, entry->version};
            store->pins[i].value->user_count++;
            *pin = i;
            return AVO_OK;
        }
    }
    return AVO_EBUSY;
}

enum avo_error avo_store_pin_open(struct avo_store *store, struct avo_slice key, uint32_t pin, struct avo_buffer *to) {
    if (pin == AVO_PIN_NONE) {
        return AVO_ENOTFOUND;
    }
    if (copy_out(store->pins[pin].value, to)) {
        return AVO_OK;
    }
    struct twin_entry *entry = find_changeable(store, key);
    if (avo_version_compare(entry->entry.version, store->pins[pin].version) == 0) {
        store->stats.damaged += entry->entry.state != AVO_ENTRY_DAMAGED;
        entry->entry.state = AVO_ENTRY_DAMAGED;
    }
    return AVO_EDAMAGED;
}

void avo_store_unpin(struct avo_store *store, uint32_t pin) {
    if (pin != AVO_PIN_NONE) {
        AVO_ASSERT(store->pins[pin].value != NULL);
        let_go(store->pins[pin].value);
        store->pins[pin].value = NULL;
    }
}

uint32_t avo_store_scrub(struct avo_store *store, uint32_t count,
                         void (*damaged)(void *context, struct avo_slice key, struct avo_entry entry), void *context) {
    uint32_t looked = 0;
    while (looked < count && looked < store->entry_count) {
        struct twin_entry *entry = &store->entries[store->scrub_next++ % store->entry_count];
        looked++;
        bool broken = entry->entry.state == AVO_ENTRY_VALUE && entry->value->broken;
        if (broken) {
            store->stats.damaged++;
            entry->entry.state = AVO_ENTRY_DAMAGED;
            damaged(context, entry_key(entry), entry->entry);
        }
    }
    return looked;
}

bool avo_store_next(const struct avo_store *store, struct avo_slice key, struct avo_buffer *found, struct avo_entry *entry) {
    uint32_t i = seek(store, key);
    if (i == store->entry_count) {
        return false;
    }
    avo_copy(found->data, found->capacity, entry_key(&store->entries[i]));
    found->length = store->entries[i].key_length;
    *entry = store->entries[i].entry;
    return true;
}

/* FNV-1a; any hash would do. */
static uint64_t mix(uint64_t hash, const void *bytes, size_t length) {
    for (size_t i = 0; i < length; i++) {
        hash = (hash ^ ((const uint8_t *)bytes)[i]) * 0x100000001b3ULL;
    }
    return hash ^ hash >> 29;
}

static uint64_t key_hash(const struct twin_entry *entry) {
    return mix(mix(0xcbf29ce484222325ULL, entry->key, entry->key_length), "key", 3);
}

static uint32_t bucket_of(const struct twin_entry *entry) {
    return (uint32_t)(key_hash(entry) % AVO_DIGEST_BUCKET_COUNT);
}

uint64_t avo_store_digest(const struct avo_store *store, uint32_t bucket, uint32_t count) {
    uint64_t digest = 0;
    for (uint32_t i = 0; i < store->entry_count; i++) {
        const struct twin_entry *entry = &store->entries[i];
        uint8_t version[AVO_VERSION_BYTES];
        struct avo_writer writer = avo_writer(version, sizeof version);
        avo_version_write(&writer, entry->entry.version);
        bool counted = bucket_of(entry) >= bucket && bucket_of(entry) - bucket < count;
        digest ^= counted ? mix(key_hash(entry), version, sizeof version) : 0;
    }
    return digest;
}

bool avo_store_bucket_next(const struct avo_store *store, uint32_t bucket, uint32_t *cursor, struct avo_buffer *key,
                           struct avo_entry *entry) {
    for (uint32_t i = *cursor; i < store->entry_count; i++) {
        const struct twin_entry *at = &store->entries[i];
        if (bucket_of(at) == bucket) {
            avo_copy(key->data, key->capacity, entry_key(at));
            key->length = at->key_length;
            *entry = at->entry;
            *cursor = i + 1;
            return true;
        }
    }
    return false;
}

void avo_store_stats(const struct avo_store *store, struct avo_figures *stats) {
    *stats = store->stats;
    for (uint32_t i = 0; i < store->entry_count; i++) {
        enum avo_entry_state state = store->entries[i].entry.state;
        stats->keys += state == AVO_ENTRY_VALUE || state == AVO_ENTRY_DAMAGED;
        stats->tombstones += state == AVO_ENTRY_TOMBSTONE;
        stats->damaged_now += state == AVO_ENTRY_DAMAGED;
    }
}

void avo_store_twin_damage(struct avo_store *store, struct avo_slice key) {
    struct twin_entry *entry = find_changeable(store, key);
    if (entry != NULL && entry->value != NULL) {
        entry->value->broken = true;
    }
}

void avo_store_twin_refuse(struct avo_store *store, enum avo_error admits, enum avo_error apply) {
    store->refuse_admits = admits;
    store->refuse_apply = apply;
}

uint32_t avo_store_twin_pin_count(const struct avo_store *store) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < PIN_MAX_COUNT; i++) {
        count += store->pins[i].value != NULL;
    }
    return count;
}
