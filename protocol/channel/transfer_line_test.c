/* A transfer that finds no memory waits in line: which is next, which is not, and that none waits for ever. */
#include "protocol/channel/transfer_fixture.h"
#include "protocol/channel/transfer_state.h"

/* There is but one large blob: a user that has had it leaves it to another user that waits, and then has it again. Nobody tries
 * twice.
 */
static void the_only_blob_goes_round(void **state) {
    (void)state;
    struct avo_blobs outgoing, incoming;
    struct avo_transfers *transfers = transfers_make(&outgoing, &incoming);
    assert_int_equal(feed_part(transfers, 20, GREEDY, 100000, 0, 1000000), AVO_OK);
    assert_int_equal(feed_part(transfers, 21, GREEDY, 100000, 0, 1000000), AVO_EBUSY);
    assert_int_equal(feed_part(transfers, 22, GREEDY, 100000, 0, 1000000), AVO_EBUSY);
    assert_int_equal(feed_part(transfers, 30, MODEST, 100000, 0, 1000000), AVO_EBUSY);
    asked_all(transfers);
    const uint32_t order[] = {30, 21, 22};
    uint32_t before = 20;
    for (uint32_t i = 0; i < AVO_COUNT(order); i++) {
        avo_transfers_close(transfers, before); /* or it is complete */
        assert_int_equal(asked(transfers), order[i]);
        assert_int_equal(asked(transfers), NOBODY);
        assert_int_equal(feed_part(transfers, order[i], order[i] == 30 ? MODEST : GREEDY, 100000, 0, 1000000), AVO_OK);
        asked_all(transfers);
        before = order[i];
    }
}

/* One who comes at the very moment memory comes back does not overtake those in line. */
static void nobody_overtakes(void **state) {
    (void)state;
    struct avo_blobs outgoing, incoming;
    struct avo_transfers *transfers = transfers_make(&outgoing, &incoming);
    assert_int_equal(feed_part(transfers, 20, GREEDY, 100000, 0, 1000000), AVO_OK);
    assert_int_equal(feed_part(transfers, 30, MODEST, 100000, 0, 1000000), AVO_EBUSY);
    avo_transfers_close(transfers, 20);
    assert_int_equal(feed_part(transfers, 21, GREEDY, 100000, 0, 1000000), AVO_EBUSY);
    assert_int_equal(asked(transfers), 30);
}

/* However many of one user's wait, there is a place for another. */
static void one_user_has_half_of_the_line(void **state) {
    (void)state;
    struct avo_blobs outgoing, incoming;
    struct avo_transfers *transfers = transfers_make(&outgoing, &incoming);
    for (uint32_t channel = 100; channel < 200; channel++) {
        (void)feed_part(transfers, channel, GREEDY, 100000, 0, 1000000);
    }
    assert_int_equal(feed_part(transfers, 30, MODEST, 100000, 0, 1000000), AVO_EBUSY);
    avo_transfers_close(transfers, 100);
    assert_int_equal(asked(transfers), 30);
}

/* Who left the line, or died in it, is not asked for. */
static void the_line_forgets(void **state) {
    (void)state;
    struct avo_blobs outgoing, incoming;
    struct avo_transfers *transfers = transfers_make(&outgoing, &incoming);
    uint32_t sent = 0;
    assert_int_equal(feed_part(transfers, 20, GREEDY, AVO_MESSAGE_MAX_BYTES, 0, 1000000), AVO_OK);
    assert_int_equal(feed_part(transfers, 30, MODEST, 100000, 0, 1000000), AVO_EBUSY);
    assert_int_equal(feed_part(transfers, 31, MODEST, 100000, 0, 1000000), AVO_EBUSY);
    avo_transfers_close(transfers, 30);
    for (uint64_t now_us = 1000000; now_us < 1000000 + AVO_TRANSFER_IDLE_US; now_us += AVO_TRANSFER_PACE_US) {
        assert_int_equal(feed_part(transfers, 20, GREEDY, AVO_MESSAGE_MAX_BYTES, SEGMENT_BYTES * sent++, now_us), AVO_OK);
        avo_transfers_tick(transfers, now_us);
        assert_int_equal(transfers->line_count, 1);
    }
    avo_transfers_tick(transfers, 1000000 + AVO_TRANSFER_IDLE_US);
    assert_int_equal(transfers->line_count, 0);
    asked_all(transfers);
    avo_transfers_close(transfers, 20);
    assert_int_equal(asked(transfers), NOBODY);
}

static uint32_t segments_sent(struct avo_transfers *transfers) {
    uint32_t channel, count = 0;
    struct avo_message message;
    while (avo_transfers_next(transfers, &channel, &message)) {
        count += message.type == AVO_MESSAGE_SEGMENT;
    }
    return count;
}

/* A sender in line sends nothing unasked but signs of life, is not forgotten for its silence, and sends when it is asked. It gives
 * way to what may go elsewhere, not to another for the same line. */
static void a_sender_in_line_waits(void **state) {
    (void)state;
    struct avo_blobs outgoing, incoming;
    struct avo_transfers *transfers = transfers_make(&outgoing, &incoming);
    static uint8_t value[100000];
    struct avo_message message = {.type = AVO_MESSAGE_WRITE};
    message.write.key = avo_slice("k", 1);
    message.write.value = AVO_SLICE_OF(value);
    uint64_t now_us = 1000000;
    assert_int_equal(avo_transfers_send(transfers, 7, 1, &message, SEGMENT_BYTES, now_us), AVO_OK);
    uint32_t channel;
    struct avo_message first;
    assert_true(avo_transfers_next(transfers, &channel, &first));
    const struct avo_pull wait = {first.segment.transfer, AVO_PULL_WAIT, 0};
    avo_transfers_on_pull(transfers, 7, &wait, now_us);
    assert_int_equal(segments_sent(transfers), 0);
    uint32_t sign_count = 0;
    for (uint32_t i = 0; i < 100; i++) {
        now_us += AVO_TRANSFER_TOLD_US;
        assert_int_equal(avo_transfers_send(transfers, 7, 1, &message, SEGMENT_BYTES, now_us),
                         AVO_OK); /* the level above resends */
        avo_transfers_on_pull(transfers, 7, &wait, now_us);
        avo_transfers_tick(transfers, now_us);
        sign_count += segments_sent(transfers);
    }
    assert_in_range(sign_count, 2 * AVO_TRANSFER_TOLD_US * 100 / AVO_TRANSFER_IDLE_US,
                    100 * AVO_TRANSFER_TOLD_US / AVO_TRANSFER_SIGN_US);
    assert_int_equal(avo_transfers_send(transfers, 7, 2, &message, SEGMENT_BYTES, now_us), AVO_EBUSY);
    avo_transfers_on_pull(transfers, 7, &(struct avo_pull){first.segment.transfer, 0, 6}, now_us);
    assert_int_equal(segments_sent(transfers), 2);
    assert_int_equal(avo_transfers_send(transfers, 8, 1, &message, SEGMENT_BYTES, now_us), AVO_EBUSY); /* the first moves again */
    avo_transfers_on_pull(transfers, 7, &wait, now_us);
    avo_transfers_on_pull(transfers, 7, &wait, now_us + AVO_TRANSFER_STUCK_US);
    assert_int_equal(avo_transfers_send(transfers, 7, 2, &message, SEGMENT_BYTES, now_us + AVO_TRANSFER_STUCK_US), AVO_EBUSY);
    assert_int_equal(avo_transfers_send(transfers, 8, 1, &message, SEGMENT_BYTES, now_us + AVO_TRANSFER_STUCK_US), AVO_OK);
}

/* A sender that is asked for what it does not have, or no more, says so; the receiver gives the memory to the next in line at once.
 */
static void what_is_gone_is_not_waited_for(void **state) {
    (void)state;
    struct avo_blobs outgoing, incoming;
    struct avo_transfers *transfers = transfers_make(&outgoing, &incoming);
    uint32_t channel;
    struct avo_message message;
    avo_transfers_on_pull(transfers, 7, &(struct avo_pull){55, 0, 1}, 1000000);
    avo_transfers_on_pull(transfers, 8, &(struct avo_pull){56, 0, 1}, 1000000);
    avo_transfers_on_pull(transfers, 7, &(struct avo_pull){57, 0, 0}, 1000000);             /* "all is here": late */
    avo_transfers_on_pull(transfers, 7, &(struct avo_pull){58, AVO_PULL_WAIT, 0}, 1000000); /* "wait": late */
    avo_transfers_close(transfers, 8);
    assert_true(avo_transfers_next(transfers, &channel, &message));
    assert_int_equal(channel, 7);
    assert_int_equal(message.type, AVO_MESSAGE_SEGMENT);
    assert_int_equal(message.segment.transfer, 55);
    assert_int_equal(message.segment.total_bytes, 0);
    assert_false(avo_transfers_next(transfers, &channel, &message));

    assert_int_equal(feed_part(transfers, 20, GREEDY, 100000, 0, 1000000), AVO_OK);
    for (uint32_t i = 30; i < 33; i++) {
        assert_int_equal(feed_part(transfers, i, MODEST, 100000, 0, 1000000), AVO_EBUSY);
    }
    asked_all(transfers);
    const struct avo_segment gone = {.transfer = 1};
    bool complete;
    assert_int_equal(avo_transfers_on_segment(transfers, 30, MODEST, &gone, 1000000, &complete, &message), AVO_OK);
    assert_int_equal(avo_transfers_on_segment(transfers, 20, GREEDY, &gone, 1000000, &complete, &message), AVO_OK);
    assert_false(complete);
    assert_int_equal(asked(transfers), 31);
    assert_int_equal(asked(transfers), NOBODY);
    assert_int_equal(avo_transfers_on_segment(transfers, 31, MODEST, &gone, 1000000, &complete, &message), AVO_OK);
    assert_int_equal(asked(transfers), 32);
}

/* Users' messages begin only where there is room for them when they are complete; those of peers always. */
static void users_wait_for_room_behind(void **state) {
    (void)state;
    static _Alignas(64) uint8_t behind_memory[1 << 20];
    static const struct avo_blobs_config one = {{1}, {65536}};
    struct avo_arena arena = avo_arena(behind_memory, sizeof behind_memory);
    struct avo_blobs outgoing, incoming, behind;
    assert_true(avo_blobs_create(&behind, &arena, &one));
    struct avo_transfers *transfers = transfers_make_before(&outgoing, &incoming, &behind);
    uint32_t taken = avo_blob_take(&behind, 1);
    assert_int_equal(feed_part(transfers, 30, MODEST, 2000, 0, 1000000), AVO_EBUSY);
    assert_int_equal(feed_part(transfers, 5, AVO_TRANSFER_ANYBODY, 2000, 0, 1000000), AVO_OK);
    asked_all(transfers);
    avo_blob_give(&behind, taken);
    assert_int_equal(feed_part(transfers, 20, GREEDY, 2000, 0, 1000000),
                     AVO_EBUSY); /* one that comes at that moment overtakes none */
    assert_true(is_asked(transfers, 30));
    avo_transfers_tick(transfers, 1000000 + AVO_TRANSFER_STUCK_US - 1);
    assert_false(is_asked(transfers, 20));
    avo_transfers_tick(transfers, 1000000 + AVO_TRANSFER_STUCK_US); /* a silent one does not count */
    assert_true(is_asked(transfers, 20));
}

/* A user's message for which there is no room behind does not keep back the peers' behind it, which need none. */
static void an_unwanted_user_stops_no_peer(void **state) {
    (void)state;
    static _Alignas(64) uint8_t behind_memory[1 << 20];
    static const struct avo_blobs_config one = {{1}, {200000}};
    struct avo_arena arena = avo_arena(behind_memory, sizeof behind_memory);
    struct avo_blobs outgoing, incoming, behind;
    assert_true(avo_blobs_create(&behind, &arena, &one));
    struct avo_transfers *transfers = transfers_make_before(&outgoing, &incoming, &behind);
    assert_int_equal(feed_part(transfers, 1, AVO_TRANSFER_ANYBODY, 100000, 0, 1000000), AVO_OK);
    assert_int_equal(feed_part(transfers, 20, GREEDY, 100000, 0, 1000000), AVO_EBUSY);
    assert_int_equal(feed_part(transfers, 2, AVO_TRANSFER_ANYBODY, 100000, 0, 1000000), AVO_EBUSY);
    uint32_t taken = avo_blob_take(&behind, 100000);
    avo_transfers_close(transfers, 1);
    assert_int_equal(asked(transfers), 2);
    avo_transfers_close(transfers, 2);
    assert_int_equal(asked(transfers), NOBODY);
    avo_blob_give(&behind, taken);
    avo_transfers_tick(transfers, 1001000);
    assert_int_equal(asked(transfers), 20);
}

/* A sender that lives keeps its place however long the line takes. */
static void who_lives_keeps_its_place(void **state) {
    (void)state;
    struct avo_blobs outgoing, incoming;
    struct avo_transfers *transfers = transfers_make(&outgoing, &incoming); /* both ends: 7 and 9 name the same channel */
    static uint8_t value[100000];
    struct avo_message message = {.type = AVO_MESSAGE_WRITE}, next;
    message.write.key = avo_slice("k", 1);
    message.write.value = AVO_SLICE_OF(value);
    assert_int_equal(feed_part(transfers, 1, AVO_TRANSFER_ANYBODY, AVO_MESSAGE_MAX_BYTES, 0, 1000000), AVO_OK);
    assert_int_equal(avo_transfers_send(transfers, 7, 1, &message, SEGMENT_BYTES, 1000000), AVO_OK);
    uint32_t sent = 1, channel;
    bool complete;
    for (uint64_t now_us = 1000000; now_us < 1000000 + 4 * AVO_TRANSFER_IDLE_US; now_us += 10000) {
        (void)feed_part(transfers, 1, AVO_TRANSFER_ANYBODY, AVO_MESSAGE_MAX_BYTES, SEGMENT_BYTES * sent++,
                        now_us); /* in no hurry */
        avo_transfers_tick(transfers, now_us);
        while (avo_transfers_next(transfers, &channel, &next)) {
            struct avo_message whole;
            if (next.type == AVO_MESSAGE_SEGMENT) {
                assert_int_equal(
                    avo_transfers_on_segment(transfers, 9, AVO_TRANSFER_ANYBODY, &next.segment, now_us, &complete, &whole),
                    AVO_EBUSY);
            } else if (channel == 9) {
                avo_transfers_on_pull(transfers, 7, &next.pull, now_us);
            }
        }
        assert_int_equal(transfers->line_count, 1);
        assert_int_equal(transfers->line[0].told_us + AVO_TRANSFER_TOLD_US > now_us, true);
    }
}

/* Of two receivers' lines the longer one gives way: were it each for the other, nothing would ever arrive. */
static void the_longer_line_gives_way(void **state) {
    (void)state;
    struct avo_blobs outgoing, incoming;
    struct avo_transfers *transfers = transfers_make(&outgoing, &incoming);
    static uint8_t value[50000];
    struct avo_message message = {.type = AVO_MESSAGE_WRITE};
    message.write.key = avo_slice("k", 1);
    message.write.value = AVO_SLICE_OF(value);
    for (uint64_t key = 0; key < 3; key++) { /* two of its size, and the large one */
        assert_int_equal(avo_transfers_send(transfers, key < 2 ? 7 : 8, key, &message, SEGMENT_BYTES, 1000000), AVO_OK);
    }
    for (uint64_t now_us = 1000000; now_us < 1000000 + 2 * AVO_TRANSFER_STUCK_US; now_us += AVO_TRANSFER_TOLD_US) {
        for (uint32_t id = 0; id < 3; id++) {
            avo_transfers_on_pull(transfers, id < 2 ? 7 : 8, &(struct avo_pull){id, AVO_PULL_WAIT, 0}, now_us);
        }
    }
    assert_int_equal(avo_transfers_send(transfers, 8, 5, &message, SEGMENT_BYTES, 1000000 + 2 * AVO_TRANSFER_STUCK_US),
                     AVO_EBUSY); /* 2 and 1 */
    assert_int_equal(avo_transfers_send(transfers, 7, 5, &message, SEGMENT_BYTES, 1000000 + 2 * AVO_TRANSFER_STUCK_US), AVO_EBUSY);
    assert_int_equal(avo_transfers_send(transfers, 9, 5, &message, SEGMENT_BYTES, 1000000 + 2 * AVO_TRANSFER_STUCK_US),
                     AVO_OK); /* 2 and none */
}

/* What nobody needs any more gives its memory back, and says so to a receiver that asks. */
static void what_is_cancelled_is_gone(void **state) {
    (void)state;
    struct avo_blobs outgoing, incoming;
    struct avo_transfers *transfers = transfers_make(&outgoing, &incoming);
    static uint8_t value[50000];
    struct avo_message message = {.type = AVO_MESSAGE_WRITE}, next;
    uint32_t channel;
    message.write.key = avo_slice("k", 1);
    message.write.value = AVO_SLICE_OF(value);
    assert_int_equal(avo_transfers_send(transfers, 7, 1, &message, SEGMENT_BYTES, 1000000), AVO_OK);
    avo_transfers_cancel(transfers, 7, 2, AVO_MESSAGE_WRITE);
    avo_transfers_cancel(transfers, 8, 1, AVO_MESSAGE_WRITE);
    avo_transfers_cancel(transfers, 7, 1, AVO_MESSAGE_REPLY);
    assert_int_equal(outgoing.classes[1].taken_count, 1);
    avo_transfers_cancel(transfers, 7, 1, AVO_MESSAGE_WRITE);
    assert_int_equal(outgoing.classes[1].taken_count, 0);
    assert_false(avo_transfers_next(transfers, &channel, &next));
    avo_transfers_on_pull(transfers, 7, &(struct avo_pull){0, 0, 1}, 1000000);
    assert_true(avo_transfers_next(transfers, &channel, &next));
    assert_true(channel == 7 && next.type == AVO_MESSAGE_SEGMENT && next.segment.total_bytes == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_only_blob_goes_round),      cmocka_unit_test(nobody_overtakes),
        cmocka_unit_test(one_user_has_half_of_the_line), cmocka_unit_test(the_line_forgets),
        cmocka_unit_test(a_sender_in_line_waits),        cmocka_unit_test(what_is_gone_is_not_waited_for),
        cmocka_unit_test(users_wait_for_room_behind),    cmocka_unit_test(an_unwanted_user_stops_no_peer),
        cmocka_unit_test(who_lives_keeps_its_place),     cmocka_unit_test(the_longer_line_gives_way),
        cmocka_unit_test(what_is_cancelled_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
