/* Segments whose length their sender chooses, and chooses again when the way gets narrower. */
#include "base/limits.h"
#include "base/testing.h"
#include "protocol/channel/transfer.h"

#define CHANNEL_AB 7
#define CHANNEL_BA 9
#define WIDE_BYTES 1400
#define NARROW_BYTES 900
#define STEP_US 1000

struct end {
    struct avo_blobs outgoing, incoming;
    struct avo_transfers *transfers;
};

static _Alignas(64) uint8_t memory[2][16 << 20];
static uint8_t value[AVO_VALUE_MAX_BYTES];
static struct end a, b;

static void end_make(struct end *end, int which) {
    static const struct avo_blobs_config blobs = {{8, 4, 3}, {4096, 65536, AVO_MESSAGE_MAX_BYTES}};
    avo_arena_end(memory[which], sizeof memory[which]);
    memset(memory[which], 0, sizeof memory[which]);
    struct avo_arena arena = avo_arena(memory[which], sizeof memory[which]);
    assert_true(avo_blobs_create(&end->outgoing, &arena, &blobs) && avo_blobs_create(&end->incoming, &arena, &blobs));
    struct avo_transfers_config config = {
        .outgoing_max_count = 6, .incoming_max_count = 6, .outgoing_blobs = &end->outgoing, .incoming_blobs = &end->incoming};
    end->transfers = avo_transfers_create(&arena, &config);
    assert_non_null(end->transfers);
}

static int ends_make(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof value; i++) {
        value[i] = (uint8_t)(i * 2654435761U >> 13);
    }
    end_make(&a, 0);
    end_make(&b, 1);
    return 0;
}

static uint32_t taken_count(const struct avo_blobs *blobs) {
    return blobs->classes[0].taken_count + blobs->classes[1].taken_count + blobs->classes[2].taken_count;
}

static enum avo_error send(uint64_t round, size_t value_bytes, size_t segment_bytes, uint64_t now_us) {
    struct avo_message message = {
        .type = AVO_MESSAGE_WRITE,
        .write = {round, {1, {1, 1, 1}, 0}, false, avo_slice_string("key"), avo_slice(value, value_bytes)}};
    return avo_transfers_send(a.transfers, CHANNEL_AB, round, &message, segment_bytes, now_us);
}

/* Everything that `from` has to say; segments longer than `widest` get lost. Returns how many messages were complete at `to`. */
static uint32_t pass(struct end *from, struct end *to, uint32_t channel, size_t widest, uint64_t now_us) {
    uint32_t named, complete_count = 0;
    struct avo_message message, whole;
    while (avo_transfers_next(from->transfers, &named, &message)) {
        bool complete = false;
        if (message.type == AVO_MESSAGE_PULL) {
            avo_transfers_on_pull(to->transfers, channel, &message.pull, now_us);
        } else if (message.segment.bytes.length <= widest) {
            enum avo_error error =
                avo_transfers_on_segment(to->transfers, channel, AVO_TRANSFER_ANYBODY, &message.segment, now_us, &complete, &whole);
            assert_true(error == AVO_OK || error == AVO_EBUSY);
        }
        if (complete) {
            complete_count++;
            assert_true(avo_slice_equal(whole.write.value, avo_slice(value, whole.write.value.length)));
        }
    }
    return complete_count;
}

static uint32_t turn(size_t widest, uint64_t now_us) {
    avo_transfers_tick(a.transfers, now_us);
    avo_transfers_tick(b.transfers, now_us);
    uint32_t complete_count = pass(&a, &b, CHANNEL_BA, widest, now_us);
    return complete_count + pass(&b, &a, CHANNEL_AB, widest, now_us);
}

/* Nothing passes any more; cut again it does, once, and no memory stays taken. */
static void what_is_cut_again_arrives_once(void **state) {
    (void)state;
    uint64_t now_us = 1000000, complete_count = 0;
    assert_int_equal(send(1, 300000, WIDE_BYTES, now_us), AVO_OK);
    assert_int_equal(pass(&a, &b, CHANNEL_BA, WIDE_BYTES, now_us), 0); /* some of it is there, and is asked for ahead */
    for (int i = 0; i < 100; i++, now_us += STEP_US) {
        complete_count += turn(NARROW_BYTES, now_us);
    }
    assert_int_equal(complete_count, 0);
    avo_transfers_recut(a.transfers, CHANNEL_AB, NARROW_BYTES, now_us);
    for (int i = 0; i < 100; i++, now_us += STEP_US) {
        complete_count += turn(NARROW_BYTES, now_us);
    }
    assert_int_equal(complete_count, 1);
    assert_int_equal(taken_count(&a.outgoing) + taken_count(&b.incoming), 0);
}

/* Neither another channel's nor what is narrow enough begins again; and the level above may send it again meanwhile. */
static void only_what_is_too_wide_is_cut_again(void **state) {
    (void)state;
    uint64_t now_us = 1000000;
    uint32_t channel, complete_count = 0;
    struct avo_message first;
    assert_int_equal(send(1, 20000, NARROW_BYTES, now_us), AVO_OK);
    assert_true(avo_transfers_next(a.transfers, &channel, &first));
    avo_transfers_recut(a.transfers, CHANNEL_AB, NARROW_BYTES, now_us);
    avo_transfers_recut(a.transfers, CHANNEL_AB + 1, AVO_SEGMENT_MIN_BYTES, now_us);
    struct avo_message second;
    assert_true(avo_transfers_next(a.transfers, &channel, &second));
    assert_int_equal(second.segment.transfer, first.segment.transfer);
    assert_int_equal(second.segment.offset, NARROW_BYTES);
    avo_transfers_recut(a.transfers, CHANNEL_AB, AVO_SEGMENT_MIN_BYTES, now_us);
    assert_int_equal(send(1, 20000, AVO_SEGMENT_MIN_BYTES, now_us), AVO_OK);
    for (int i = 0; i < 100; i++, now_us += STEP_US) {
        complete_count += turn(AVO_SEGMENT_MIN_BYTES, now_us);
    }
    assert_int_equal(complete_count, 1);
    assert_int_equal(taken_count(&a.outgoing) + taken_count(&b.incoming), 0);
}

static enum avo_error feed(uint32_t offset, uint32_t segment_bytes) {
    bool complete;
    struct avo_message message;
    struct avo_segment segment = {1, 60000, offset, avo_slice(value, segment_bytes), segment_bytes};
    return avo_transfers_on_segment(b.transfers, CHANNEL_BA, AVO_TRANSFER_ANYBODY, &segment, 1000000, &complete, &message);
}

/* Their sender chooses how long segments are, within limits, and once. */
static void a_length_within_limits_and_once(void **state) {
    (void)state;
    assert_int_equal(feed(0, AVO_SEGMENT_MIN_BYTES - 1), AVO_EFORMAT);
    assert_int_equal(feed(0, AVO_PACKET_MAX_BYTES + 1), AVO_EFORMAT);
    assert_int_equal(taken_count(&b.incoming), 0);
    assert_int_equal(feed(0, AVO_SEGMENT_MIN_BYTES), AVO_OK);
    assert_int_equal(feed(AVO_SEGMENT_MIN_BYTES + 1, AVO_SEGMENT_MIN_BYTES + 1), AVO_EFORMAT);
    assert_int_equal(feed(AVO_SEGMENT_MIN_BYTES, AVO_SEGMENT_MIN_BYTES), AVO_OK);
    assert_int_equal(taken_count(&b.incoming), 1);
}

/* A sender that nobody asked may be anywhere in its value: the pull that repairs has bits for a window only. */
static void a_sender_far_ahead_of_what_was_asked(void **state) {
    (void)state;
    struct avo_message message;
    bool complete;
    uint32_t named;
    for (uint32_t at = 0; at < 300; at += 150) {
        const struct avo_segment segment = {1, 400 * NARROW_BYTES, at * NARROW_BYTES, avo_slice(value, NARROW_BYTES), NARROW_BYTES};
        assert_int_equal(avo_transfers_on_segment(b.transfers, CHANNEL_BA, AVO_TRANSFER_ANYBODY, &segment, at, &complete, &message),
                         AVO_OK);
    }
    for (uint64_t now_us = STEP_US; now_us < 200 * STEP_US; now_us += STEP_US) {
        avo_transfers_tick(b.transfers, now_us);
        while (avo_transfers_next(b.transfers, &named, &message)) {
            assert_int_equal(message.type, AVO_MESSAGE_PULL);
            assert_int_equal(message.pull.offset, NARROW_BYTES);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_is_cut_again_arrives_once, ends_make),
        cmocka_unit_test_setup(only_what_is_too_wide_is_cut_again, ends_make),
        cmocka_unit_test_setup(a_length_within_limits_and_once, ends_make),
        cmocka_unit_test_setup(a_sender_far_ahead_of_what_was_asked, ends_make),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
