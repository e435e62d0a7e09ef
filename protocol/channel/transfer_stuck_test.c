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
#define TRY_US 500000 /* between two tries of a client, at most */

static _Alignas(64) uint8_t memory[8 << 20];
static uint8_t bytes[SEGMENT_BYTES];

static struct avo_transfers *transfers_make(struct avo_blobs *outgoing, struct avo_blobs *incoming) {
    static const struct avo_blobs_config blobs = {{2, 2, 1}, {4096, 65536, AVO_MESSAGE_MAX_BYTES}};
    memset(memory, 0, sizeof memory);
    struct avo_arena arena = avo_arena(memory, sizeof memory);
    assert_true(avo_blobs_create(outgoing, &arena, &blobs) && avo_blobs_create(incoming, &arena, &blobs));
    struct avo_transfers_config config = {4, 4, outgoing, incoming, SEGMENT_BYTES};
    struct avo_transfers *transfers = avo_transfers_create(&arena, &config);
    assert_non_null(transfers);
    return transfers;
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

/* There is but one large blob: whoever has had it does not pass it to itself while another user waits for it. */
static void the_only_blob_goes_round(void **state) {
    (void)state;
    struct avo_blobs outgoing, incoming;
    struct avo_transfers *transfers = transfers_make(&outgoing, &incoming);
    uint64_t now_us = 1000000;
    assert_int_equal(feed_part(transfers, 20, GREEDY, 100000, 0, now_us), AVO_OK);
    assert_int_equal(feed_part(transfers, 30, MODEST, 100000, 0, now_us), AVO_EBUSY);
    avo_transfers_close(transfers, 20); /* or it is complete */
    assert_int_equal(feed_part(transfers, 21, GREEDY, 100000, 0, now_us), AVO_EBUSY);
    assert_int_equal(feed_part(transfers, 30, MODEST, 100000, 0, now_us + AVO_TRANSFER_TURN_US - 1), AVO_OK);
    avo_transfers_close(transfers, 30);
    assert_int_equal(feed_part(transfers, 21, GREEDY, 100000, 0, now_us + AVO_TRANSFER_TURN_US - 1), AVO_OK);
    assert_int_equal(feed_part(transfers, 30, MODEST, 100000, 0, now_us + AVO_TRANSFER_TURN_US - 1), AVO_EBUSY);
    avo_transfers_close(transfers, 21);
    now_us += 2 * AVO_TRANSFER_TURN_US; /* who waited went away */
    assert_int_equal(feed_part(transfers, 21, GREEDY, 100000, 0, now_us), AVO_OK);
}

/* At full speed its user passes it from channel to channel; another, who tries as seldom as a client does, has it next. */
static void the_only_blob_goes_to_who_tries_seldom(void **state) {
    (void)state;
    struct avo_blobs outgoing, incoming;
    struct avo_transfers *transfers = transfers_make(&outgoing, &incoming);
    uint64_t now_us = 1000000, try_us = now_us + 2000;
    uint32_t tries = 0;
    for (uint32_t channel = 20; now_us < 4000000; now_us += 1000) {
        if (now_us >= try_us) {
            tries++;
            if (feed_part(transfers, 10, MODEST, 100000, 0, now_us) == AVO_OK) {
                break;
            }
            try_us = now_us + TRY_US;
        }
        if (feed_part(transfers, channel, GREEDY, 100000, 0, now_us) == AVO_OK && now_us % 50000 == 0) {
            avo_transfers_close(transfers, channel++); /* complete */
        }
    }
    assert_int_equal(tries, 2);
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
        cmocka_unit_test(the_only_blob_goes_to_who_tries_seldom),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
