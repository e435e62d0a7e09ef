/* The messages of comparisons: random ones come back equal, what is cut, changed or forbidden is refused. */
#include "base/limits.h"
#include "protocol/testing.h"
#include "protocol/wire/message.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above. */
#include <cmocka.h>

static uint8_t pool[4096];
static uint8_t encoded[AVO_MESSAGE_MAX_BYTES + 1], again[AVO_MESSAGE_MAX_BYTES];

static struct avo_slice some_bytes(struct avo_prng *prng, size_t least, size_t most) {
    size_t length = least + avo_prng_below(prng, most - least + 1);
    return avo_slice(pool + avo_prng_below(prng, sizeof pool - length + 1), length);
}

static struct avo_version some_version(struct avo_prng *prng) {
    return (struct avo_version){avo_prng_next(prng) | 1, {(uint32_t)avo_prng_next(prng), (uint8_t)avo_prng_next(prng), 0}, 0};
}

static struct avo_compare some_compare(struct avo_prng *prng) {
    bool groups = avo_prng_chance(prng, 1, 2);
    return (struct avo_compare){avo_prng_next(prng) | 1, groups ? AVO_SCOPE_GROUPS : AVO_SCOPE_BUCKETS,
                                groups ? 0 : (uint8_t)avo_prng_below(prng, AVO_DIGEST_GROUP_COUNT)};
}

static struct avo_digest_message some_digest(struct avo_prng *prng) {
    struct avo_compare asked = some_compare(prng);
    if (avo_prng_chance(prng, 1, 3)) {
        return (struct avo_digest_message){0, AVO_SCOPE_ALL, 0, some_bytes(prng, AVO_DIGEST_BYTES, AVO_DIGEST_BYTES)};
    }
    return (struct avo_digest_message){asked.round, asked.scope, asked.group,
                                       some_bytes(prng, AVO_DIGESTS_MAX_BYTES, AVO_DIGESTS_MAX_BYTES)};
}

static struct avo_listing some_listing(struct avo_prng *prng) {
    static uint8_t bytes[AVO_LISTING_MAX_BYTES];
    struct avo_writer entries = avo_writer(bytes, sizeof bytes);
    for (uint64_t left = avo_prng_below(prng, 5); left > 0; left--) {
        struct avo_listing_entry entry = {(uint32_t)avo_prng_next(prng), some_version(prng), avo_prng_chance(prng, 1, 2),
                                          some_bytes(prng, 1, avo_prng_chance(prng, 1, 9) ? AVO_KEY_MAX_BYTES : 20)};
        assert_true(avo_listing_entry_write(&entries, &entry));
    }
    return (struct avo_listing){avo_prng_next(prng), avo_prng_chance(prng, 1, 2), avo_writer_slice(&entries)};
}

static struct avo_message some_message(struct avo_prng *prng) {
    switch (avo_prng_below(prng, 4)) {
    case 0:
        return (struct avo_message){.type = AVO_MESSAGE_COMPARE, .compare = some_compare(prng)};
    case 1:
        return (struct avo_message){.type = AVO_MESSAGE_DIGEST, .digest = some_digest(prng)};
    case 2:
        return (struct avo_message){.type = AVO_MESSAGE_ENUMERATE,
                                    .enumerate = {avo_prng_next(prng), (uint16_t)avo_prng_below(prng, AVO_DIGEST_BUCKET_COUNT),
                                                  (uint32_t)avo_prng_next(prng), (uint16_t)(avo_prng_next(prng) | 1)}};
    default:
        return (struct avo_message){.type = AVO_MESSAGE_LISTING, .listing = some_listing(prng)};
    }
}

static size_t encode(const struct avo_message *message, uint8_t *to) {
    struct avo_writer writer = avo_writer(to, AVO_MESSAGE_MAX_BYTES);
    avo_message_write(&writer, message);
    assert_false(writer.failed);
    assert_int_equal(writer.length, avo_message_bytes(message));
    return writer.length;
}

static void refused(const struct avo_message *message) {
    struct avo_message decoded;
    size_t length = encode(message, encoded);
    assert_int_equal(avo_message_read(avo_slice(encoded, length), &decoded), AVO_EFORMAT);
}

#define REFUSED(base, field, bad)                                                                                                  \
    do {                                                                                                                           \
        struct avo_message changed = (base);                                                                                       \
        changed.field = (bad);                                                                                                     \
        refused(&changed);                                                                                                         \
    } while (0)

/* All bytes of the message in its place: the encodings hold nothing but plain integers and what they borrow. */
static void round_trips(void **state) {
    struct avo_prng *prng = *state;
    for (int i = 0; i < 3000; i++) {
        struct avo_message message = some_message(prng), decoded;
        size_t length = encode(&message, encoded);
        assert_true(avo_message_is_of_replicas(&message));
        assert_int_equal(avo_message_read(avo_slice(encoded, length), &decoded), AVO_OK);
        assert_int_equal(decoded.type, message.type);
        assert_int_equal(encode(&decoded, again), length);
        assert_memory_equal(encoded, again, length);
    }
}

/* Any other bytes either are refused or are the one encoding of what was read. */
static void cut_longer_and_changed_ones(void **state) {
    struct avo_prng *prng = *state;
    for (int i = 0; i < 2000; i++) {
        struct avo_message message = some_message(prng), decoded;
        size_t length = encode(&message, encoded), cut = avo_prng_below(prng, length);
        bool lists = message.type == AVO_MESSAGE_LISTING; /* which may end behind any entry */
        if (avo_message_read(avo_slice(encoded, cut), &decoded) == AVO_OK) {
            assert_true(lists);
            assert_int_equal(encode(&decoded, again), cut);
            assert_memory_equal(encoded, again, cut);
        }
        encoded[length] = 0;
        assert_int_equal(avo_message_read(avo_slice(encoded, length + 1), &decoded), AVO_EFORMAT);
        encoded[avo_prng_below(prng, length)] ^= (uint8_t)(1 << avo_prng_below(prng, 8));
        if (avo_message_read(avo_slice(encoded, length), &decoded) == AVO_OK) {
            assert_int_equal(encode(&decoded, again), length);
            assert_memory_equal(encoded, again, length);
        }
    }
}

static void digests_are_read_one_by_one(void **state) {
    (void)state;
    uint8_t bytes[AVO_DIGESTS_MAX_BYTES] = {0};
    for (uint32_t i = 0; i < AVO_DIGEST_GROUP_COUNT; i++) {
        bytes[i * AVO_DIGEST_BYTES] = (uint8_t)(i + 1);
    }
    struct avo_digest_message digest = {1, AVO_SCOPE_GROUPS, 0, AVO_SLICE_OF(bytes)};
    assert_int_equal(avo_digest_count(AVO_SCOPE_ALL), 1);
    assert_int_equal(avo_digest_count(AVO_SCOPE_BUCKETS), AVO_DIGEST_GROUP_BUCKETS);
    for (uint32_t i = 0; i < avo_digest_count(digest.scope); i++) {
        assert_int_equal(avo_digest_at(&digest, i), i + 1);
    }
}

static void forbidden_fields(void **state) {
    struct avo_prng *prng = *state;
    struct avo_message compare = {.type = AVO_MESSAGE_COMPARE, .compare = {1, AVO_SCOPE_BUCKETS, AVO_DIGEST_GROUP_COUNT - 1}};
    REFUSED(compare, compare.round, 0);
    REFUSED(compare, compare.scope, 0);
    REFUSED(compare, compare.scope, 4);
    REFUSED(compare, compare.scope, AVO_SCOPE_GROUPS);
    REFUSED(compare, compare.group, AVO_DIGEST_GROUP_COUNT);
    compare.compare.group = 0;
    REFUSED(compare, compare.scope, AVO_SCOPE_ALL);

    struct avo_message digest = {.type = AVO_MESSAGE_DIGEST, .digest = {1, AVO_SCOPE_GROUPS, 0, avo_slice(pool, 256)}};
    REFUSED(digest, digest.round, 0);
    REFUSED(digest, digest.scope, 0);
    REFUSED(digest, digest.group, 1);
    REFUSED(digest, digest.digests, avo_slice(pool, 255));
    REFUSED(digest, digest.digests, avo_slice(pool, 257));
    digest.digest = (struct avo_digest_message){0, AVO_SCOPE_ALL, 0, avo_slice(pool, AVO_DIGEST_BYTES)};
    REFUSED(digest, digest.round, 1);
    REFUSED(digest, digest.group, 1);
    REFUSED(digest, digest.digests, avo_slice(pool, 256));

    struct avo_message enumerate = {.type = AVO_MESSAGE_ENUMERATE, .enumerate = {1, AVO_DIGEST_BUCKET_COUNT - 1, 7, 1}};
    REFUSED(enumerate, enumerate.bucket, AVO_DIGEST_BUCKET_COUNT);
    REFUSED(enumerate, enumerate.most, 0);

    uint8_t bytes[1024];
    const struct avo_listing_entry good = {1, some_version(prng), true, avo_slice(pool, 9)};
    struct avo_listing_entry bad[] = {good, good, good};
    bad[0].version = AVO_VERSION_NONE;
    bad[1].key = AVO_SLICE_EMPTY;
    bad[2].key = avo_slice(pool, AVO_KEY_MAX_BYTES + 1);
    for (size_t i = 0; i < AVO_COUNT(bad); i++) {
        struct avo_writer entries = avo_writer(bytes, sizeof bytes);
        assert_true(avo_listing_entry_write(&entries, &good) && avo_listing_entry_write(&entries, &bad[i]));
        struct avo_message listing = {.type = AVO_MESSAGE_LISTING, .listing = {1, true, avo_writer_slice(&entries)}};
        refused(&listing);
    }
    struct avo_writer entries = avo_writer(bytes, 33); /* one needs 34 */
    assert_false(avo_listing_entry_write(&entries, &good));
    assert_int_equal(entries.length, 0);
    entries = avo_writer(bytes, 34);
    assert_true(avo_listing_entry_write(&entries, &good));
    bytes[22] = 2; /* a tombstone, or none */
    struct avo_message listing = {.type = AVO_MESSAGE_LISTING, .listing = {1, true, avo_slice(bytes, 34)}};
    refused(&listing);
    static uint8_t long_listing[AVO_LISTING_MAX_BYTES + 64];
    struct avo_writer many = avo_writer(long_listing, sizeof long_listing);
    while (many.length <= AVO_LISTING_MAX_BYTES) {
        assert_true(avo_listing_entry_write(&many, &good));
    }
    listing.listing.entries = avo_writer_slice(&many);
    refused(&listing);
    listing.listing.entries = avo_slice(long_listing, many.length - 34);
    assert_int_equal(avo_message_read(avo_slice(encoded, encode(&listing, encoded)), &listing), AVO_OK);
}

int main(void) {
    struct avo_prng prng = avo_prng(testing_seed());
    avo_random_fill(&prng.random, pool, sizeof pool);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(round_trips, &prng),
        cmocka_unit_test_prestate(cut_longer_and_changed_ones, &prng),
        cmocka_unit_test(digests_are_read_one_by_one),
        cmocka_unit_test_prestate(forbidden_fields, &prng),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
