/* What a path takes is found, kept, and found again when it changes; nothing larger than the base is relied on before. */
#include "base/bytes.h"
#include "base/limits.h"
#include "base/testing.h"
#include "protocol/channel/path.h"

#define MOST (AVO_MTU_DEFAULT_BYTES - AVO_UDP_OVERHEAD_BYTES)
#define TURN_US 10000
#define ROUND_TRIP_US 2000

/* A path that takes packets of up to `takes_bytes`, and something sent over it each turn that the peer answers. */
struct world {
    struct avo_path path;
    size_t takes_bytes;
    uint64_t now_us;
    uint32_t probe_count;
    bool silent;     /* the peer */
    bool large_only; /* nothing but probes is so short that the peer hears, and answers, it */
    bool deaf;       /* the peer is heard, and hears nothing */
    bool careless;   /* the level above sends as much as it may, and suspects what is lost */
};

static struct world begin(size_t takes_bytes, size_t most_bytes) {
    struct world world = {.takes_bytes = takes_bytes, .now_us = 1000000};
    avo_path_init(&world.path, most_bytes, world.now_us);
    return world;
}

static void turns(struct world *world, uint64_t duration_us) {
    for (uint64_t end_us = world->now_us + duration_us; world->now_us < end_us; world->now_us += TURN_US) {
        size_t probe_bytes = avo_path_probe(&world->path, world->now_us);
        world->probe_count += probe_bytes > 0;
        assert_true(probe_bytes == 0 || (probe_bytes >= AVO_PATH_FLOOR_BYTES && probe_bytes <= world->path.most_bytes));
        if (world->careless) {
            avo_path_sent(&world->path, world->path.packet_bytes);
            if (world->path.packet_bytes > world->takes_bytes) {
                avo_path_suspect(&world->path, world->now_us);
            }
        }
        if (!world->silent && (!world->large_only || (probe_bytes > 0 && probe_bytes <= world->takes_bytes))) {
            avo_path_heard(&world->path, world->now_us + ROUND_TRIP_US);
            if (probe_bytes > 0 && probe_bytes <= world->takes_bytes && !world->deaf) {
                avo_path_passed(&world->path, probe_bytes, world->now_us + ROUND_TRIP_US);
            }
        }
    }
}

static void a_good_path_costs_one_probe(void **state) {
    (void)state;
    struct world world = begin(MOST, MOST);
    assert_int_equal(world.path.packet_bytes, AVO_PATH_BASE_BYTES);
    turns(&world, TURN_US);
    assert_int_equal(world.path.packet_bytes, MOST);
    assert_true(avo_path_is_settled(&world.path) && !avo_path_is_narrow(&world.path));
    turns(&world, 2 * AVO_PATH_RAISE_US);
    assert_int_equal(world.probe_count, 1);
}

static void every_width_is_found(void **state) {
    (void)state;
    static const size_t mosts[] = {AVO_PATH_FLOOR_BYTES, AVO_MTU_MIN_BYTES - AVO_UDP_OVERHEAD_BYTES, MOST, AVO_PACKET_MAX_BYTES};
    for (size_t i = 0; i < AVO_COUNT(mosts); i++) {
        for (size_t takes = AVO_PATH_FLOOR_BYTES; takes <= mosts[i]; takes += 7) {
            struct world world = begin(takes, mosts[i]);
            turns(&world, 30000000);
            assert_true(avo_path_is_settled(&world.path));
            assert_int_equal(avo_path_is_narrow(&world.path), takes < mosts[i]);
            assert_true(world.path.packet_bytes <= takes && world.path.packet_bytes + (size_t)AVO_PATH_STEP_BYTES >= takes);
            assert_true(world.probe_count <= 100);
        }
    }
}

/* The base is used before it is known to pass: the search finds out first of all that it does not. */
static void below_the_base_within_seconds(void **state) {
    (void)state;
    struct world world = begin(900, MOST);
    turns(&world, 2000000);
    assert_true(world.path.packet_bytes <= 900);
}

/* A path that turns narrow: what is lost is noticed, within a second; and when it turns wide again, within the time for that. */
static void a_path_that_changes(void **state) {
    (void)state;
    struct world world = begin(MOST, MOST);
    world.careless = true;
    turns(&world, 1000000);
    assert_int_equal(world.path.packet_bytes, MOST);
    world.takes_bytes = 1300;
    turns(&world, 1200000);
    assert_true(world.path.packet_bytes <= 1300);
    turns(&world, 20000000);
    assert_true(avo_path_is_narrow(&world.path) && world.path.packet_bytes > 1300 - AVO_PATH_STEP_BYTES);
    world.takes_bytes = MOST;
    turns(&world, AVO_PATH_RAISE_US + 20000000);
    assert_int_equal(world.path.packet_bytes, MOST);
    assert_false(avo_path_is_narrow(&world.path));
}

/* Where all that is sent is lost, something that is not must show that the peer is there. */
static void nothing_else_passes(void **state) {
    (void)state;
    struct world world = begin(1300, MOST);
    world.large_only = true;
    turns(&world, 3000000);
    assert_true(avo_path_is_narrow(&world.path));
    assert_true(world.path.packet_bytes >= AVO_PATH_BASE_BYTES && world.path.packet_bytes <= 1300);
    turns(&world, 20000000);
    assert_true(world.path.packet_bytes > 1300 - AVO_PATH_STEP_BYTES);
}

/* Without anything suspected the size in use is tried again now and then, if it is used at all. */
static void a_narrow_path_is_found_by_time_too(void **state) {
    (void)state;
    struct world world = begin(MOST, MOST);
    turns(&world, 1000000);
    world.takes_bytes = 1250;
    turns(&world, 2 * AVO_PATH_CONFIRM_US);
    assert_int_equal(world.path.packet_bytes, MOST); /* no large packet was sent */
    avo_path_sent(&world.path, 1400);
    turns(&world, 2000000);
    assert_true(world.path.packet_bytes <= 1250);
}

/* Silence says nothing of sizes. */
static void a_silent_peer_has_no_narrow_path(void **state) {
    (void)state;
    struct world world = begin(MOST, MOST);
    world.silent = true;
    turns(&world, 20000000);
    assert_false(avo_path_is_narrow(&world.path));
    assert_true(world.probe_count <= 120);
    world.silent = false;
    turns(&world, 2000000);
    assert_int_equal(world.path.packet_bytes, MOST);
}

/* An outage in one direction swallows what is large and what is small. */
static void a_deaf_peer_has_no_narrow_path(void **state) {
    (void)state;
    struct world world = begin(MOST, MOST);
    turns(&world, 1000000);
    avo_path_sent(&world.path, 1400);
    avo_path_suspect(&world.path, world.now_us);
    world.deaf = true;
    turns(&world, 20000000);
    assert_false(avo_path_is_narrow(&world.path));
    assert_int_equal(world.path.packet_bytes, MOST);
    world.deaf = false;
    turns(&world, 2000000);
    assert_true(avo_path_is_settled(&world.path));
    assert_int_equal(world.path.packet_bytes, MOST);
}

/* A long way: what is acknowledged late counts all the same, and a size given up too early is taken again. */
static void a_late_acknowledgement_counts(void **state) {
    (void)state;
    struct world world = begin(AVO_PATH_FLOOR_BYTES, MOST);
    turns(&world, 1500000);
    assert_true(avo_path_is_narrow(&world.path));
    avo_path_passed(&world.path, MOST, world.now_us);
    assert_int_equal(world.path.packet_bytes, MOST);
    assert_true(avo_path_is_settled(&world.path) && !avo_path_is_narrow(&world.path));
}

static void what_cannot_be_is_ignored(void **state) {
    (void)state;
    struct world world = begin(MOST, MOST);
    avo_path_passed(&world.path, MOST + 1, world.now_us);
    avo_path_passed(&world.path, AVO_PATH_FLOOR_BYTES - 1, world.now_us);
    avo_path_passed(&world.path, SIZE_MAX, world.now_us);
    assert_int_equal(world.path.packet_bytes, AVO_PATH_BASE_BYTES);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_path_costs_one_probe),
        cmocka_unit_test(every_width_is_found),
        cmocka_unit_test(below_the_base_within_seconds),
        cmocka_unit_test(a_path_that_changes),
        cmocka_unit_test(nothing_else_passes),
        cmocka_unit_test(a_narrow_path_is_found_by_time_too),
        cmocka_unit_test(a_silent_peer_has_no_narrow_path),
        cmocka_unit_test(a_deaf_peer_has_no_narrow_path),
        cmocka_unit_test(a_late_acknowledgement_counts),
        cmocka_unit_test(what_cannot_be_is_ignored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
