/* Launch bytes: a round trip, every truncation refused, every number out of range refused; the generator's draws. */
#include "base/drbg.h"
#include "boundary/launch.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct avo_launch sound(void) {
    struct avo_launch launch = {
        .slot = 2,
        .address = {.port = 7104},
        .via_las = true,
        .layout = {.worker_count = 2,
                   .ring = {.slot_count = 256, .datagram_bytes = 1504},
                   .stream_bytes = 65536,
                   .slab_bytes = 1 << 20},
        .budget_bytes = AVO_BUDGET_DEFAULT_BYTES,
    };
    memset(launch.cas_public_key, 7, sizeof launch.cas_public_key);
    return launch;
}

static size_t encode(const struct avo_launch *launch, uint8_t *to) {
    struct avo_writer writer = avo_writer(to, AVO_LAUNCH_MAX_BYTES);
    avo_launch_write(&writer, launch);
    assert_false(writer.failed);
    return writer.length;
}

static void test_round_trip_and_truncations(void **state) {
    (void)state;
    struct avo_launch launch = sound();
    struct avo_launch read;
    uint8_t bytes[AVO_LAUNCH_MAX_BYTES + 1] = {0};
    size_t length = encode(&launch, bytes);
    assert_int_equal(avo_launch_read(avo_slice(bytes, length), &read), AVO_OK);
    assert_memory_equal(read.cas_public_key, launch.cas_public_key, sizeof launch.cas_public_key);
    assert_int_equal(read.layout.slab_bytes, launch.layout.slab_bytes);
    assert_true(read.via_las);
    bytes[2 + 18 + 32] = 2; /* version, slot, address, CAS key */
    assert_int_equal(avo_launch_read(avo_slice(bytes, length), &read), AVO_EFORMAT);
    bytes[2 + 18 + 32] = 1;
    for (size_t i = 0; i < length; i++) {
        assert_int_equal(avo_launch_read(avo_slice(bytes, i), &read), AVO_EFORMAT);
    }
    assert_int_equal(avo_launch_read(avo_slice(bytes, length + 1), &read), AVO_EFORMAT);
    bytes[0] = AVO_WIRE_VERSION + 1;
    for (size_t i = 1; i < length + 2; i++) { /* whatever else it may be in another version */
        assert_int_equal(avo_launch_read(avo_slice(bytes, i), &read), AVO_EVERSION);
    }
}

static void assert_refused(const struct avo_launch *launch) {
    uint8_t bytes[AVO_LAUNCH_MAX_BYTES];
    struct avo_launch read;
    assert_int_equal(avo_launch_read(avo_slice(bytes, encode(launch, bytes)), &read), AVO_EFORMAT);
}

static void test_numbers_out_of_range(void **state) {
    (void)state;
    struct avo_launch launch = sound();
    launch.slot = AVO_SLOT_MAX_COUNT;
    assert_refused(&launch);
    launch = sound();
    launch.layout.worker_count = 0;
    assert_refused(&launch);
    launch.layout.worker_count = AVO_WORKER_MAX_COUNT + 1;
    assert_refused(&launch);
    launch = sound();
    launch.budget_bytes = 2 * AVO_BUDGET_WORKER_MIN_BYTES - 1;
    assert_refused(&launch);
    launch = sound();
    launch.address.port = 65535;
    assert_refused(&launch);
    launch = sound();
    launch.layout.ring.slot_count = 300;
    assert_refused(&launch);
    launch.layout.ring.slot_count = AVO_LAUNCH_RING_SLOTS_MIN / 2;
    assert_refused(&launch);
}

static void assert_taken(const struct avo_launch *launch) {
    uint8_t bytes[AVO_LAUNCH_MAX_BYTES];
    struct avo_launch read;
    assert_int_equal(avo_launch_read(avo_slice(bytes, encode(launch, bytes)), &read), AVO_OK);
}

/* The last number that is good, and the first that is not. */
static void test_numbers_at_their_limits(void **state) {
    (void)state;
    struct avo_launch launch = sound();
    launch.slot = AVO_SLOT_MAX_COUNT - 1;
    assert_taken(&launch);
    launch.layout.worker_count = 1;
    launch.budget_bytes = AVO_BUDGET_WORKER_MIN_BYTES;
    assert_taken(&launch);
    launch.budget_bytes--;
    assert_refused(&launch);
    launch.budget_bytes = 1ULL << 40;
    assert_taken(&launch);
    launch.budget_bytes++;
    assert_refused(&launch);
    launch.budget_bytes--;
    launch.layout.worker_count = AVO_WORKER_MAX_COUNT;
    assert_taken(&launch);
    launch.address.port = UINT16_MAX - AVO_WORKER_MAX_COUNT; /* the last worker's is the last port but one */
    assert_taken(&launch);
    launch.address.port++;
    assert_refused(&launch);
    launch.address.port = 1;
    assert_taken(&launch);
    launch.address.port = 0;
    assert_refused(&launch);
    launch = sound();
    launch.layout.ring.slot_count = AVO_LAUNCH_RING_SLOTS_MIN;
    assert_taken(&launch);
}

static void test_hash_covers_every_field(void **state) {
    (void)state;
    struct avo_launch launch = sound();
    uint8_t before[AVO_HASH_BYTES];
    uint8_t after[AVO_HASH_BYTES];
    avo_launch_hash(&launch, before);
    launch.budget_bytes += 4096;
    avo_launch_hash(&launch, after);
    assert_memory_not_equal(before, after, sizeof before);
}

static void test_draws_differ_and_are_reproducible(void **state) {
    (void)state;
    uint8_t seed[32] = {1};
    struct avo_drbg one;
    struct avo_drbg other;
    uint8_t first[700];
    uint8_t second[700];
    avo_drbg_seed(&one, seed);
    avo_drbg_seed(&other, seed);
    avo_random_fill(&one.random, first, sizeof first);
    avo_random_fill(&other.random, second, sizeof second);
    assert_memory_equal(first, second, sizeof first);
    avo_random_fill(&one.random, first, sizeof first);
    assert_memory_not_equal(first, second, sizeof first);
    assert_memory_not_equal(one.key, seed, sizeof seed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip_and_truncations),        cmocka_unit_test(test_numbers_out_of_range),
        cmocka_unit_test(test_numbers_at_their_limits),           cmocka_unit_test(test_hash_covers_every_field),
        cmocka_unit_test(test_draws_differ_and_are_reproducible),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
