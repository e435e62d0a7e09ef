/* Whose turn it is in the line: no user, no size and no peer waits for ever, whatever the others' names and sizes. */
#include "protocol/channel/transfer_fixture.h"
#include "protocol/channel/transfer_state.h"

#define ROUNDS 1000
#define HIGH 100000 /* channels of the user with the higher name */

/* However many of two users wait, there is a place for a third and for peers, and each has its turn. */
static void users_take_turns(void **state) {
    (void)state;
    struct avo_blobs outgoing, incoming;
    struct avo_transfers *transfers = transfers_make(&outgoing, &incoming);
    for (uint32_t channel = 100; channel < 200; channel++) {
        (void)feed_part(transfers, channel, GREEDY, 100000, 0, 1000000);
        (void)feed_part(transfers, channel + 100, MODEST, 100000, 0, 1000000);
    }
    assert_int_equal(feed_part(transfers, 30, MODEST + 1, 100000, 0, 1000000), AVO_EBUSY);
    assert_int_equal(feed_part(transfers, 1, AVO_TRANSFER_ANYBODY, 100000, 0, 1000000), AVO_EBUSY);
    asked_all(transfers);
    uint32_t turns[4];
    avo_transfers_close(transfers, 100);
    for (uint32_t i = 0; i < AVO_COUNT(turns); i++) {
        turns[i] = asked(transfers);
        avo_transfers_close(transfers, turns[i]);
    }
    assert_int_equal(turns[0], 200);
    assert_int_equal(turns[1], 30);
    assert_int_equal(turns[2], 1);
    assert_int_equal(turns[3], 101);
}

/* All who wait, and all who send, live and are quick. */
static void all_live(struct avo_transfers *transfers, uint64_t now_us) {
    for (uint32_t i = 0; i < transfers->line_count; i++) {
        transfers->line[i].seen_us = now_us;
    }
    for (uint32_t i = 0; i < transfers->config.incoming_max_count; i++) {
        transfers->incoming[i].began_us = now_us;
        transfers->incoming[i].progress_us = now_us;
    }
}

/* One waits for the large blob; smaller messages of four users, for which smaller blobs are short, would have it each time. */
static void large_among_small(uint64_t user) {
    struct avo_blobs outgoing, incoming;
    struct avo_transfers *transfers = transfers_make(&outgoing, &incoming);
    uint32_t under_way[8], first = 0, last = 0, next = 100;
    for (; next < 108; next++) {
        if (feed_part(transfers, next, (next % 4 + 1) * 0x3000000000000000ULL, 50000, 0, 1000000) == AVO_OK) {
            under_way[last++ % 8] = next;
        }
    }
    assert_int_equal(feed_part(transfers, 30, user, 100000, 0, 1000000), AVO_EBUSY);
    asked_all(transfers);
    for (uint64_t now_us = 1001000;; now_us += 1000) {
        assert_true(now_us < 1000000 + 20 * 1000);
        uint32_t done = under_way[first++ % 8];
        avo_transfers_close(transfers, done); /* complete; its user has another */
        avo_transfers_tick(transfers, now_us);
        uint32_t whose = asked(transfers);
        assert_int_not_equal(whose, NOBODY);
        if (whose == 30) {
            break;
        }
        under_way[last++ % 8] = whose;
        next = next / 4 * 4 + 4 + done % 4;
        (void)feed_part(transfers, next, (next % 4 + 1) * 0x3000000000000000ULL, 50000, 0, now_us);
        all_live(transfers, now_us);
    }
}

static void a_large_one_has_its_turn(void **state) {
    (void)state;
    large_among_small(AVO_TRANSFER_ANYBODY);
    large_among_small(0x1000000000000000ULL);
    large_among_small(0x8000000000000000ULL);
    large_among_small(0xf000000000000000ULL);
}

/* Two users wait for room behind, a peer's message comes and goes between: the lower name has no more turns than the higher. */
static void names_are_equal(void **state) {
    (void)state;
    static _Alignas(64) uint8_t behind_memory[1 << 20];
    static const struct avo_blobs_config one = {{1}, {200000}};
    struct avo_arena arena = avo_arena(behind_memory, sizeof behind_memory);
    struct avo_blobs outgoing, incoming, behind;
    assert_true(avo_blobs_create(&behind, &arena, &one));
    struct avo_transfers *transfers = transfers_make_before(&outgoing, &incoming, &behind);
    uint32_t taken = avo_blob_take(&behind, 1), next = 100, low_count = 0, high_count = 0;
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(feed_part(transfers, next++, GREEDY, 2000, 0, 1000000), AVO_EBUSY);
        assert_int_equal(feed_part(transfers, HIGH + next, MODEST, 2000, 0, 1000000), AVO_EBUSY);
    }
    for (uint64_t now_us = 1001000; now_us < 1000000 + ROUNDS * 1000; now_us += 1000) {
        assert_int_equal(feed_part(transfers, 1, AVO_TRANSFER_ANYBODY, 2000, 0, now_us), AVO_OK);
        avo_transfers_close(transfers, 1);
        asked_all(transfers);
        avo_blob_give(&behind, taken);
        avo_transfers_tick(transfers, now_us);
        uint32_t whose = asked(transfers);
        assert_int_not_equal(whose, NOBODY);
        taken = avo_blob_take(&behind, 1); /* complete: its operation begins, and its user has another */
        avo_transfers_close(transfers, whose);
        bool high = whose >= HIGH;
        low_count += !high;
        high_count += high;
        (void)feed_part(transfers, high ? HIGH + next++ : next++, high ? MODEST : GREEDY, 2000, 0, now_us);
        all_live(transfers, now_us);
    }
    assert_in_range(low_count, high_count - 2, high_count + 2);
}

/* One that is stuck is ended only where that helps who waits. */
static void no_one_ends_in_vain(void **state) {
    (void)state;
    struct avo_blobs outgoing, incoming;
    struct avo_transfers *transfers = transfers_make(&outgoing, &incoming);
    uint64_t now_us = 1000000;
    assert_int_equal(feed_part(transfers, 1, AVO_TRANSFER_ANYBODY, AVO_MESSAGE_MAX_BYTES, 0, now_us), AVO_OK);
    assert_int_equal(feed_part(transfers, 5, AVO_TRANSFER_ANYBODY, 30000, 0, now_us), AVO_OK); /* of another size */
    assert_int_equal(feed_part(transfers, 30, MODEST, 100000, 0, now_us), AVO_EBUSY);
    for (uint32_t i = 1; i <= 20; i++) {
        now_us += AVO_TRANSFER_PACE_US;
        assert_int_equal(feed_part(transfers, 1, AVO_TRANSFER_ANYBODY, AVO_MESSAGE_MAX_BYTES, i * SEGMENT_BYTES, now_us), AVO_OK);
        avo_transfers_tick(transfers, now_us);
    }
    assert_int_equal(incoming.classes[1].taken_count, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(users_take_turns),
        cmocka_unit_test(a_large_one_has_its_turn),
        cmocka_unit_test(names_are_equal),
        cmocka_unit_test(no_one_ends_in_vain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
