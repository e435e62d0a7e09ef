/* Digests say what a store holds and nothing else, whatever the way it came there; a walk over a bucket meets each of its entries.
 */
#include "base/limits.h"
#include "trusted/store/world.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above. */
#include <cmocka.h>

#define ENCLAVE_BYTES (256U << 10)
#define SLAB_BYTES (1U << 20)
#define ARENA_BYTES (4U << 20)

struct pair {
    struct avo_prng prng;
    uint8_t *memory[2];
    uint8_t *slabs[2];
    struct avo_store *stores[2];
};

static struct pair pair_new(const uint8_t *one, const uint8_t *other) {
    struct pair pair = {.prng = avo_prng(7)};
    const uint8_t *secrets[2] = {one, other};
    for (int i = 0; i < 2; i++) {
        pair.memory[i] = aligned_alloc(AVO_CACHE_LINE_BYTES, ARENA_BYTES);
        pair.slabs[i] = aligned_alloc(AVO_CACHE_LINE_BYTES, SLAB_BYTES);
        assert_true(pair.memory[i] != NULL && pair.slabs[i] != NULL);
        memset(pair.memory[i], 0, ARENA_BYTES);
        memset(pair.slabs[i], 0, SLAB_BYTES);
        struct avo_arena arena = avo_arena(pair.memory[i], ARENA_BYTES);
        struct avo_store_config config = {.slabs = pair.slabs[i],
                                          .slab_bytes = SLAB_BYTES,
                                          .enclave_bytes = ENCLAVE_BYTES,
                                          .tombstone_percent = 50,
                                          .pin_max_count = 4,
                                          .aead = avo_aead_create(&arena, AVO_AEAD_BEST),
                                          .random = &pair.prng.random,
                                          .secret = secrets[i]};
        pair.stores[i] = avo_store_create(&arena, &config);
        assert_non_null(pair.stores[i]);
    }
    return pair;
}

static void pair_free(struct pair *pair) {
    for (int i = 0; i < 2; i++) {
        avo_arena_end(pair->memory[i], ARENA_BYTES);
        free(pair->memory[i]);
        free(pair->slabs[i]);
    }
}

static struct avo_slice key_make(uint32_t number, char text[16]) {
    return avo_slice(text, (size_t)snprintf(text, 16, "key %u", number));
}

static void put(struct avo_store *store, uint32_t number, uint64_t clock, bool tombstone) {
    char text[16];
    struct avo_slice value = avo_slice_string("value");
    struct avo_version version = {.clock = clock, .writer = {.incarnation = 1}};
    assert_int_equal(avo_store_apply(store, key_make(number, text), version, tombstone ? NULL : &value, NULL), AVO_OK);
}

static bool equal(const struct avo_store *a, const struct avo_store *b) {
    bool all = avo_store_digest(a, 0, AVO_DIGEST_BUCKET_COUNT) == avo_store_digest(b, 0, AVO_DIGEST_BUCKET_COUNT);
    bool each = true;
    for (uint32_t bucket = 0; bucket < AVO_DIGEST_BUCKET_COUNT; bucket++) {
        each &= avo_store_digest(a, bucket, 1) == avo_store_digest(b, bucket, 1);
    }
    assert_int_equal(all, each);
    return all;
}

static const uint8_t secret[AVO_STORE_SECRET_BYTES] = {1, 2, 3};

static void test_equal_contents_have_equal_digests_whatever_the_order(void **state) {
    (void)state;
    struct pair pair = pair_new(secret, secret);
    for (uint32_t i = 0; i < 500; i++) {
        put(pair.stores[0], i, 1 + i % 7, i % 5 == 0);
        put(pair.stores[1], 499 - i, 1 + (499 - i) % 7, (499 - i) % 5 == 0);
        assert_int_equal(equal(pair.stores[0], pair.stores[1]), i == 499);
    }
    put(pair.stores[0], 3, 1, false); /* older: ignored */
    assert_true(equal(pair.stores[0], pair.stores[1]));
    put(pair.stores[0], 3, 20, false);
    put(pair.stores[1], 3, 10, true);
    assert_false(equal(pair.stores[0], pair.stores[1]));
    put(pair.stores[1], 3, 20, false);
    assert_true(equal(pair.stores[0], pair.stores[1]));
    pair_free(&pair);
}

static void test_each_kind_of_write_changes_one_bucket_and_its_group(void **state) {
    (void)state;
    struct pair pair = pair_new(secret, secret);
    uint64_t empty = avo_store_digest(pair.stores[0], 0, AVO_DIGEST_BUCKET_COUNT);
    assert_int_equal(empty, 0);
    for (uint32_t step = 0; step < 3; step++) { /* created, written over, deleted */
        put(pair.stores[0], 1, 1 + step, step == 2);
        uint32_t groups = 0, buckets = 0;
        for (uint32_t group = 0; group < AVO_DIGEST_GROUP_COUNT; group++) {
            uint32_t first = group * AVO_DIGEST_GROUP_BUCKETS;
            bool differs = avo_store_digest(pair.stores[0], first, AVO_DIGEST_GROUP_BUCKETS) !=
                           avo_store_digest(pair.stores[1], first, AVO_DIGEST_GROUP_BUCKETS);
            groups += differs;
            for (uint32_t i = 0; differs && i < AVO_DIGEST_GROUP_BUCKETS; i++) {
                buckets += avo_store_digest(pair.stores[0], first + i, 1) != avo_store_digest(pair.stores[1], first + i, 1);
            }
        }
        assert_int_equal(groups, 1);
        assert_int_equal(buckets, 1);
        put(pair.stores[1], 1, 1 + step, step == 2);
        assert_true(equal(pair.stores[0], pair.stores[1]));
    }
    pair_free(&pair);
}

static void test_damage_does_not_show(void **state) {
    (void)state;
    struct pair pair = pair_new(secret, secret);
    put(pair.stores[0], 1, 1, false);
    put(pair.stores[1], 1, 1, false);
    memset(pair.slabs[0], 0x5a, SLAB_BYTES);
    char text[16];
    uint8_t bytes[64];
    struct avo_slice key = key_make(1, text);
    struct avo_buffer to = {bytes, 0, sizeof bytes};
    struct avo_found found;
    assert_true(avo_store_find(pair.stores[0], key, &found));
    assert_int_equal(avo_store_open(pair.stores[0], key, &found, &to), AVO_EDAMAGED);
    assert_true(equal(pair.stores[0], pair.stores[1]));
    put(pair.stores[0], 1, 1, false); /* mended */
    assert_true(equal(pair.stores[0], pair.stores[1]));
    pair_free(&pair);
}

static void test_another_secret_gives_other_digests(void **state) {
    (void)state;
    uint8_t other[AVO_STORE_SECRET_BYTES] = {1, 2, 3};
    for (uint32_t half = 0; half < 2; half++) {
        other[half * AVO_HASH_SEED_BYTES] ^= 0x80;
        struct pair pair = pair_new(secret, other);
        put(pair.stores[0], 1, 1, false);
        put(pair.stores[1], 1, 1, false);
        assert_false(equal(pair.stores[0], pair.stores[1]));
        pair_free(&pair);
        other[half * AVO_HASH_SEED_BYTES] ^= 0x80;
    }
    struct pair pair = pair_new(NULL, NULL); /* each its own */
    put(pair.stores[0], 1, 1, false);
    put(pair.stores[1], 1, 1, false);
    assert_false(equal(pair.stores[0], pair.stores[1]));
    pair_free(&pair);
}

static uint32_t number_of(struct avo_slice key) {
    uint32_t number = 0;
    for (size_t i = 4; i < key.length; i++) {
        number = number * 10 + (key.data[i] - '0');
    }
    return number;
}

/* As many as are met in all buckets; each in the one that its hash names. */
static uint32_t walk_all(const struct avo_store *store, uint32_t *seen) {
    uint8_t bytes[AVO_KEY_MAX_BYTES];
    struct avo_buffer key = {bytes, 0, sizeof bytes};
    struct avo_entry entry;
    uint32_t count = 0;
    for (uint32_t bucket = 0; bucket < AVO_DIGEST_BUCKET_COUNT; bucket++) {
        uint64_t digest = 0;
        uint32_t cursor = 0, before = 0;
        while (avo_store_bucket_next(store, bucket, &cursor, &key, &entry)) {
            struct avo_found found;
            assert_true(cursor > before);
            before = cursor;
            assert_true(avo_store_find(store, avo_buffer_slice(&key), &found));
            assert_int_equal(avo_digest_bucket(found.key_hash), bucket);
            assert_int_equal(avo_version_compare(found.entry.version, entry.version), 0);
            assert_int_equal(found.entry.state, entry.state);
            struct avo_digest single = {.all = 0};
            memcpy(single.key, store->digest.key, sizeof single.key);
            avo_digest_change(&single, found.key_hash, AVO_VERSION_NONE, entry.version);
            digest ^= single.all;
            seen[number_of(avo_buffer_slice(&key))]++;
            count++;
        }
        assert_int_equal(digest, avo_store_digest(store, bucket, 1));
    }
    return count;
}

/* Up to the last key that has room, so that the hash overflows wherever it can. */
static void test_a_walk_meets_each_entry_once(void **state) {
    (void)state;
    struct pair pair = pair_new(secret, secret);
    static uint32_t seen[1 << 14];
    uint32_t count = 0;
    for (;; count++) {
        char text[16];
        struct avo_slice key = key_make(count, text), value = AVO_SLICE_EMPTY;
        struct avo_version version = {.clock = 1 + count};
        const struct avo_slice *written = count % 9 == 0 && count < 100 ? NULL : &value;
        if (avo_store_apply(pair.stores[0], key, version, written, NULL) != AVO_OK) {
            break;
        }
        if ((count & (count - 1)) == 0 || count % 1000 == 0) {
            memset(seen, 0, sizeof seen);
            assert_int_equal(walk_all(pair.stores[0], seen), count + 1);
        }
    }
    memset(seen, 0, sizeof seen);
    assert_true(count > 2000 && count < AVO_COUNT(seen));
    assert_int_equal(walk_all(pair.stores[0], seen), count);
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(seen[i], 1);
    }
    pair_free(&pair);
}

static void test_any_cursor_is_safe(void **state) {
    (void)state;
    struct pair pair = pair_new(secret, secret);
    uint8_t bytes[AVO_KEY_MAX_BYTES];
    struct avo_buffer key = {bytes, 0, sizeof bytes};
    struct avo_entry entry;
    for (uint32_t i = 0; i < 2000; i++) {
        put(pair.stores[0], i, 1, false);
    }
    for (uint32_t i = 0; i < 200000; i++) {
        uint32_t cursor = (uint32_t)(avo_prng_next(&pair.prng) >> avo_prng_below(&pair.prng, 40));
        uint32_t bucket = (uint32_t)avo_prng_below(&pair.prng, AVO_DIGEST_BUCKET_COUNT), met = 0;
        while (avo_store_bucket_next(pair.stores[0], bucket, &cursor, &key, &entry)) {
            met++;
        }
        assert_true(met < 64);
    }
    uint32_t cursor = UINT32_MAX;
    assert_false(avo_store_bucket_next(pair.stores[0], 0, &cursor, &key, &entry));
    pair_free(&pair);
}

/* Random writes, damage and repairs beside a digest that is made from nothing. */
static void test_digests_follow_random_writes(void **state) {
    (void)state;
    struct world_config config = {11, 128 << 10, 256 << 10, 30, 8};
    struct world world = world_new(&config);
    for (uint32_t i = 0; i < 20000; i++) {
        char text[16];
        struct avo_slice key = key_make((uint32_t)avo_prng_below(&world.prng, 300), text), value = avo_slice_string("some value");
        struct avo_version version = {.clock = 1 + avo_prng_below(&world.prng, 1000), .writer = {1, (uint8_t)(i % 3), 0}};
        world_apply(&world, key, version, avo_prng_chance(&world.prng, 1, 4) ? NULL : &value);
        if (i % 500 != 0) {
            continue;
        }
        struct avo_digest made = {.all = 0};
        memcpy(made.key, world.store->digest.key, sizeof made.key);
        for (size_t at = 0; at < world.entry_count; at++) {
            const struct twin_entry *entry = world.entries[at];
            uint64_t key_hash = avo_hash_of(&world.store->index.hash, avo_slice(entry->key, entry->key_bytes));
            avo_digest_change(&made, key_hash, AVO_VERSION_NONE, entry->entry.version);
        }
        assert_int_equal(made.all, world.store->digest.all);
        assert_memory_equal(made.buckets, world.store->digest.buckets, sizeof made.buckets);
    }
    world_free(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal_contents_have_equal_digests_whatever_the_order),
        cmocka_unit_test(test_each_kind_of_write_changes_one_bucket_and_its_group),
        cmocka_unit_test(test_damage_does_not_show),
        cmocka_unit_test(test_another_secret_gives_other_digests),
        cmocka_unit_test(test_a_walk_meets_each_entry_once),
        cmocka_unit_test(test_any_cursor_is_safe),
        cmocka_unit_test(test_digests_follow_random_writes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
