/* A sender that begins a large message and goes away must not hold the memory that others need for as long as a transfer may idle.
 */
#include "protocol/channel/transfer_fixture.h"

#define GONE 3 /* a channel whose sender ended midway */
#define LIVE 4

static enum avo_error feed(struct avo_transfers *transfers, uint32_t channel, uint32_t offset, uint64_t now_us) {
    return feed_part(transfers, channel, AVO_TRANSFER_ANYBODY, AVO_MESSAGE_MAX_BYTES, offset, now_us);
}

static void a_sender_that_went_away_gives_way(void **state) {
    (void)state;
    struct avo_blobs outgoing, incoming;
    struct avo_transfers *transfers = transfers_make(&outgoing, &incoming);
    uint64_t now_us = 1000000;
    assert_int_equal(feed(transfers, GONE, 0, now_us), AVO_OK);
    assert_int_equal(feed(transfers, LIVE, 0, now_us + AVO_TRANSFER_STUCK_US - 1), AVO_EBUSY); /* it may only be slow */
    avo_transfers_tick(transfers, now_us + AVO_TRANSFER_STUCK_US);
    assert_int_equal(feed(transfers, LIVE, 0, now_us + AVO_TRANSFER_STUCK_US), AVO_OK);
    assert_int_equal(incoming.classes[2].taken_count, 1);
    assert_int_equal(feed(transfers, GONE, SEGMENT_BYTES, now_us + AVO_TRANSFER_STUCK_US + 1),
                     AVO_EBUSY); /* a live sender keeps it */
    assert_int_equal(feed(transfers, LIVE, SEGMENT_BYTES, now_us + AVO_TRANSFER_STUCK_US + 1), AVO_OK);
}

/* One that always makes a little progress is never stuck, and would keep the only large blob for a minute. */
static void a_slow_sender_gives_way(void **state) {
    (void)state;
    struct avo_blobs outgoing, incoming;
    struct avo_transfers *transfers = transfers_make(&outgoing, &incoming);
    uint64_t now_us = 1000000, began_us = now_us;
    uint32_t sent = 0;
    do {
        assert_true(now_us - began_us < 2 * AVO_TRANSFER_LAG_US);
        assert_int_equal(feed(transfers, GONE, SEGMENT_BYTES * sent++, now_us), AVO_OK);
        now_us += AVO_TRANSFER_STUCK_US / 2;
        avo_transfers_tick(transfers, now_us);
    } while (feed(transfers, LIVE, 0, now_us) == AVO_EBUSY);
    assert_true(now_us - began_us >= AVO_TRANSFER_LAG_US);
    assert_int_equal(incoming.classes[2].taken_count, 1);
}

/* Who keeps the pace keeps the memory, to the end. */
static void a_steady_sender_does_not_give_way(void **state) {
    (void)state;
    struct avo_blobs outgoing, incoming;
    struct avo_transfers *transfers = transfers_make(&outgoing, &incoming);
    uint64_t now_us = 1000000;
    for (uint32_t sent = 0; sent < AVO_MESSAGE_MAX_BYTES / SEGMENT_BYTES; sent++) {
        assert_int_equal(feed(transfers, GONE, SEGMENT_BYTES * sent, now_us), AVO_OK);
        now_us += AVO_TRANSFER_PACE_US;
        avo_transfers_tick(transfers, now_us);
        assert_int_equal(feed(transfers, LIVE, 0, now_us), AVO_EBUSY);
    }
}

/* Nobody needs the memory: a slow sender has all the time that a transfer may idle. */
static void nobody_gives_way_without_need(void **state) {
    (void)state;
    struct avo_blobs outgoing, incoming;
    struct avo_transfers *transfers = transfers_make(&outgoing, &incoming);
    assert_int_equal(feed(transfers, GONE, 0, 1000000), AVO_OK);
    avo_transfers_tick(transfers, 1000000 + AVO_TRANSFER_IDLE_US - 1);
    assert_int_equal(incoming.classes[2].taken_count, 1);
    assert_int_equal(feed(transfers, GONE, SEGMENT_BYTES, 1000000 + AVO_TRANSFER_IDLE_US - 1), AVO_OK);
}

/* One user's many channels hold half of what there is of a size, and of the places; others and peers find room. */
static void one_user_has_a_share(void **state) {
    (void)state;
    struct avo_blobs outgoing, incoming;
    struct avo_transfers *transfers = transfers_make(&outgoing, &incoming);
    assert_int_equal(feed_part(transfers, 20, GREEDY, 60000, 0, 1000000), AVO_OK);
    assert_int_equal(feed_part(transfers, 21, GREEDY, 60000, 0, 1000000), AVO_EBUSY);
    assert_int_equal(feed_part(transfers, 22, GREEDY, 4000, 0, 1000000), AVO_OK);
    assert_int_equal(feed_part(transfers, 23, GREEDY, 100000, 0, 1000000), AVO_EBUSY); /* a third place of four */
    assert_int_equal(feed_part(transfers, 30, MODEST, 60000, 0, 1000000), AVO_OK);
    assert_int_equal(feed(transfers, LIVE, 0, 1000000), AVO_OK);
    assert_int_equal(feed_part(transfers, 20, GREEDY, 60000, SEGMENT_BYTES, 1000000), AVO_OK);
    avo_transfers_close(transfers, 20);
    assert_int_equal(feed_part(transfers, 21, GREEDY, 60000, 0, 1000000), AVO_OK);
}

/* What of its own is stuck gives way to what of its own is alive. */
static void a_user_finds_room_behind_its_own_stuck_ones(void **state) {
    (void)state;
    struct avo_blobs outgoing, incoming;
    struct avo_transfers *transfers = transfers_make(&outgoing, &incoming);
    assert_int_equal(feed_part(transfers, 30, MODEST, 60000, 0, 900000), AVO_OK);
    assert_int_equal(feed_part(transfers, 20, GREEDY, 60000, 0, 1000000), AVO_OK);
    assert_int_equal(feed_part(transfers, 21, GREEDY, 60000, 0, 1000000 + AVO_TRANSFER_STUCK_US), AVO_OK);
    assert_int_equal(feed_part(transfers, 30, MODEST, 60000, SEGMENT_BYTES, 1000000 + AVO_TRANSFER_STUCK_US), AVO_OK);
    assert_int_equal(incoming.classes[1].taken_count, 2);
}

/* An arena that is too small gives back what was taken of it. */
static void small_arenas(void **state) {
    (void)state;
    struct avo_blobs outgoing, incoming;
    (void)transfers_make(&outgoing, &incoming);
    static _Alignas(64) uint8_t small[64 << 10];
    for (size_t size = 0; size < sizeof small; size += 64) {
        avo_arena_end(small, sizeof small);
        memset(small, 0, sizeof small);
        struct avo_arena arena = avo_arena(small, size);
        struct avo_transfers_config config = {
            .outgoing_max_count = 2, .incoming_max_count = 2, .outgoing_blobs = &outgoing, .incoming_blobs = &incoming};
        if (avo_transfers_create(&arena, &config) != NULL) {
            assert_true(size > 500);
            return;
        }
        avo_arena_end(small, sizeof small);
        assert_true(arena.used_bytes == 0 && memcmp(small, small + 1, sizeof small - 1) == 0 && small[0] == 0);
    }
    fail();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sender_that_went_away_gives_way),
        cmocka_unit_test(a_slow_sender_gives_way),
        cmocka_unit_test(a_steady_sender_does_not_give_way),
        cmocka_unit_test(nobody_gives_way_without_need),
        cmocka_unit_test(one_user_has_a_share),
        cmocka_unit_test(a_user_finds_room_behind_its_own_stuck_ones),
        cmocka_unit_test(small_arenas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
