/* Whoever begins a large message and goes away must not hold the memory that others need for as long as a transfer may idle. */
#include "protocol/channel/transfer.h"
#include "protocol/limits.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above. */
#include <cmocka.h>

#define SEGMENT_BYTES 1000
#define GONE 3 /* a channel whose sender ended midway */
#define LIVE 4
#define GREEDY 1001 /* users */
#define MODEST 1002
#define NOBODY UINT32_MAX

static _Alignas(64) uint8_t memory[8 << 20];
static uint8_t bytes[SEGMENT_BYTES];

static struct avo_transfers *transfers_make_before(struct avo_blobs *outgoing, struct avo_blobs *incoming,
                                                   const struct avo_blobs *behind) {
    static const struct avo_blobs_config blobs = {{2, 2, 1}, {4096, 65536, AVO_MESSAGE_MAX_BYTES}};
    memset(memory, 0, sizeof memory);
    struct avo_arena arena = avo_arena(memory, sizeof memory);
    assert_true(avo_blobs_create(outgoing, &arena, &blobs) && avo_blobs_create(incoming, &arena, &blobs));
    struct avo_transfers_config config = {4, 4, outgoing, incoming, behind, SEGMENT_BYTES};
    struct avo_transfers *transfers = avo_transfers_create(&arena, &config);
    assert_non_null(transfers);
    return transfers;
}

static struct avo_transfers *transfers_make(struct avo_blobs *outgoing, struct avo_blobs *incoming) {
    return transfers_make_before(outgoing, incoming, NULL);
}

/* Of a message of `total` bytes. */
static enum avo_error feed_part(struct avo_transfers *transfers, uint32_t channel, uint64_t user, uint32_t total, uint32_t offset,
                                uint64_t now_us) {
    size_t length = total - offset < SEGMENT_BYTES ? total - offset : SEGMENT_BYTES;
    struct avo_segment segment = {1, total, offset, avo_slice(bytes, length)};
    struct avo_message message;
    bool complete;
    return avo_transfers_on_segment(transfers, channel, user, &segment, now_us, &complete, &message);
}

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
    assert_int_equal(feed(transfers, GONE, SEGMENT_BYTES, now_us + AVO_TRANSFER_STUCK_US + 1), AVO_EBUSY); /* who lives, keeps it */
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

/* The channel whose transfer is asked for next, those told to wait aside. */
static uint32_t asked(struct avo_transfers *transfers) {
    uint32_t channel;
    struct avo_message message;
    while (avo_transfers_next(transfers, &channel, &message)) {
        if (message.type == AVO_MESSAGE_PULL && message.pull.missing != 0) {
            return channel;
        }
    }
    return NOBODY;
}

static bool is_asked(struct avo_transfers *transfers, uint32_t channel) {
    bool found = false;
    for (uint32_t next = asked(transfers); next != NOBODY; next = asked(transfers)) {
        found |= next == channel;
    }
    return found;
}

static void asked_all(struct avo_transfers *transfers) {
    (void)is_asked(transfers, NOBODY);
}

/* There is but one large blob: whoever has had it leaves it to another user who waits, and then has it again. Nobody tries twice.
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
    assert_int_equal(feed_part(transfers, 20, GREEDY, 100000, 0, 1000000), AVO_OK);
    assert_int_equal(feed_part(transfers, 30, MODEST, 100000, 0, 1000000), AVO_EBUSY);
    assert_int_equal(feed_part(transfers, 31, MODEST, 100000, 0, 1000000), AVO_EBUSY);
    avo_transfers_close(transfers, 30);
    for (uint64_t now_us = 1000000; now_us < 1000000 + AVO_TRANSFER_IDLE_US; now_us += AVO_TRANSFER_STUCK_US / 2) {
        (void)feed_part(transfers, 20, GREEDY, 100000, (uint32_t)((now_us - 1000000) / AVO_TRANSFER_STUCK_US) * SEGMENT_BYTES,
                        now_us);
        avo_transfers_tick(transfers, now_us);
    }
    avo_transfers_tick(transfers, 1000000 + AVO_TRANSFER_IDLE_US);
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

/* A sender in line sends nothing unasked, is not forgotten for its silence, and sends when it is asked. It gives way to what may go
 * elsewhere, not to another for the same line. */
static void a_sender_in_line_waits(void **state) {
    (void)state;
    struct avo_blobs outgoing, incoming;
    struct avo_transfers *transfers = transfers_make(&outgoing, &incoming);
    static uint8_t value[100000];
    struct avo_message message = {.type = AVO_MESSAGE_WRITE};
    message.write.key = avo_slice("k", 1);
    message.write.value = AVO_SLICE_OF(value);
    uint64_t now_us = 1000000;
    assert_int_equal(avo_transfers_send(transfers, 7, 1, &message, now_us), AVO_OK);
    uint32_t channel;
    struct avo_message first;
    assert_true(avo_transfers_next(transfers, &channel, &first));
    const struct avo_pull wait = {first.segment.transfer, AVO_PULL_WAIT, 0};
    avo_transfers_on_pull(transfers, 7, &wait, now_us);
    assert_int_equal(segments_sent(transfers), 0);
    for (uint32_t i = 0; i < 100; i++) {
        now_us += AVO_TRANSFER_TOLD_US;
        assert_int_equal(avo_transfers_send(transfers, 7, 1, &message, now_us), AVO_OK); /* the level above resends */
        avo_transfers_on_pull(transfers, 7, &wait, now_us);
        avo_transfers_tick(transfers, now_us);
        assert_int_equal(segments_sent(transfers), 0);
    }
    assert_int_equal(avo_transfers_send(transfers, 7, 2, &message, now_us), AVO_EBUSY);
    avo_transfers_on_pull(transfers, 7, &(struct avo_pull){first.segment.transfer, 0, 6}, now_us);
    assert_int_equal(segments_sent(transfers), 2);
    assert_int_equal(avo_transfers_send(transfers, 8, 1, &message, now_us), AVO_EBUSY); /* the first moves again */
    avo_transfers_on_pull(transfers, 7, &wait, now_us);
    avo_transfers_on_pull(transfers, 7, &wait, now_us + AVO_TRANSFER_STUCK_US);
    assert_int_equal(avo_transfers_send(transfers, 7, 2, &message, now_us + AVO_TRANSFER_STUCK_US), AVO_EBUSY);
    assert_int_equal(avo_transfers_send(transfers, 8, 1, &message, now_us + AVO_TRANSFER_STUCK_US), AVO_OK);
}

/* Whoever is asked for what he has not, or no more, says so; whoever asked gives the memory to the next in line at once. */
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
    memset(behind_memory, 0, sizeof behind_memory);
    assert_true(avo_blobs_create(&behind, &arena, &one));
    struct avo_transfers *transfers = transfers_make_before(&outgoing, &incoming, &behind);
    uint32_t taken = avo_blob_take(&behind, 1);
    assert_int_equal(feed_part(transfers, 30, MODEST, 2000, 0, 1000000), AVO_EBUSY);
    assert_int_equal(feed_part(transfers, 5, AVO_TRANSFER_ANYBODY, 2000, 0, 1000000), AVO_OK);
    asked_all(transfers);
    avo_blob_give(&behind, taken);
    assert_int_equal(feed_part(transfers, 20, GREEDY, 2000, 0, 1000000), AVO_OK); /* nobody told the line yet */
    avo_transfers_tick(transfers, 1001000);
    assert_int_equal(asked(transfers), NOBODY); /* one is room for one */
    avo_transfers_tick(transfers, 1000000 + AVO_TRANSFER_STUCK_US - 1);
    assert_false(is_asked(transfers, 30));
    avo_transfers_tick(transfers, 1000000 + AVO_TRANSFER_STUCK_US); /* who is silent does not count */
    assert_true(is_asked(transfers, 30));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sender_that_went_away_gives_way),
        cmocka_unit_test(a_slow_sender_gives_way),
        cmocka_unit_test(a_steady_sender_does_not_give_way),
        cmocka_unit_test(nobody_gives_way_without_need),
        cmocka_unit_test(one_user_has_a_share),
        cmocka_unit_test(a_user_finds_room_behind_its_own_stuck_ones),
        cmocka_unit_test(the_only_blob_goes_round),
        cmocka_unit_test(nobody_overtakes),
        cmocka_unit_test(one_user_has_half_of_the_line),
        cmocka_unit_test(the_line_forgets),
        cmocka_unit_test(a_sender_in_line_waits),
        cmocka_unit_test(what_is_gone_is_not_waited_for),
        cmocka_unit_test(users_wait_for_room_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
