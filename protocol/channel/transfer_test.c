/* Two ends over a pipe that loses, repeats and reorders, from a seed, on virtual time; then segments from a hostile peer. */
#include "base/limits.h"
#include "protocol/channel/transfer.h"
#include "protocol/testing.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above. */
#include <cmocka.h>

#define CHANNEL_AB 3 /* what a calls the channel to b */
#define CHANNEL_BA 8 /* what b calls it */
#define PIPE_MAX 4096
#define STEP_US 500

static struct avo_prng prng;
static uint8_t pool[AVO_VALUE_MAX_BYTES];

struct end {
    struct avo_arena arena;
    struct avo_blobs outgoing, incoming;
    struct avo_transfers *transfers;
    size_t segment_bytes; /* of what it sends */
};

static _Alignas(64) uint8_t memory[2][16 << 20];
static const struct avo_blobs_config blobs_config = {{8, 4, 3}, {4096, 65536, AVO_MESSAGE_MAX_BYTES}};

static void end_make(struct end *end, int which, size_t segment_bytes) {
    avo_arena_end(memory[which], sizeof memory[which]);
    memset(memory[which], 0, sizeof memory[which]);
    end->arena = avo_arena(memory[which], sizeof memory[which]);
    assert_true(avo_blobs_create(&end->outgoing, &end->arena, &blobs_config));
    assert_true(avo_blobs_create(&end->incoming, &end->arena, &blobs_config));
    struct avo_transfers_config config = {
        .outgoing_max_count = 6, .incoming_max_count = 6, .outgoing_blobs = &end->outgoing, .incoming_blobs = &end->incoming};
    end->segment_bytes = segment_bytes;
    end->transfers = avo_transfers_create(&end->arena, &config);
    assert_non_null(end->transfers);
}

static uint32_t taken_count(const struct avo_blobs *blobs) {
    return blobs->classes[0].taken_count + blobs->classes[1].taken_count + blobs->classes[2].taken_count;
}

/* One direction of the network: packets of one message each, with the moment they arrive. */
struct pipe {
    struct {
        uint8_t bytes[AVO_PACKET_MAX_BYTES];
        size_t length;
        uint64_t due_us;
    } packets[PIPE_MAX];
    uint32_t count;
    uint32_t loss_percent, duplicate_percent;
    uint64_t jitter_us;
};

static struct pipe to_a, to_b;

static void pipe_put(struct pipe *pipe, const struct avo_message *message, uint64_t now_us) {
    int copies = avo_prng_chance(&prng, pipe->loss_percent, 100) ? 0 : 1;
    copies += avo_prng_chance(&prng, pipe->duplicate_percent, 100);
    for (; copies > 0 && pipe->count < PIPE_MAX; copies--) {
        struct avo_writer writer = avo_writer(pipe->packets[pipe->count].bytes, AVO_PACKET_MAX_BYTES);
        avo_message_write(&writer, message);
        assert_false(writer.failed);
        pipe->packets[pipe->count].length = writer.length;
        pipe->packets[pipe->count].due_us = now_us + avo_prng_below(&prng, pipe->jitter_us + 1);
        pipe->count++;
    }
}

struct delivery {
    int complete_count;
    struct avo_message message; /* the last complete one; valid until the next call */
};

static void receive(struct end *end, uint32_t channel, struct avo_slice bytes, uint64_t now_us, struct delivery *delivery) {
    struct avo_message message;
    assert_int_equal(avo_message_read(bytes, &message), AVO_OK);
    if (message.type == AVO_MESSAGE_PULL) {
        avo_transfers_on_pull(end->transfers, channel, &message.pull, now_us);
        return;
    }
    bool complete;
    struct avo_message whole;
    enum avo_error error =
        avo_transfers_on_segment(end->transfers, channel, AVO_TRANSFER_ANYBODY, &message.segment, now_us, &complete, &whole);
    assert_true(error == AVO_OK || error == AVO_EBUSY);
    if (complete) {
        delivery->complete_count++;
        delivery->message = whole;
    }
}

/* Delivers what is due, in no order; stops at a complete message, so that the caller sees it before it is reclaimed. */
static void pipe_run(struct pipe *pipe, struct end *end, uint32_t channel, uint64_t now_us, struct delivery *delivery) {
    int before = delivery->complete_count;
    for (uint32_t i = 0; i < pipe->count && delivery->complete_count == before;) {
        if (pipe->packets[i].due_us > now_us) {
            i++;
            continue;
        }
        static uint8_t packet[AVO_PACKET_MAX_BYTES];
        size_t length = pipe->packets[i].length;
        memcpy(packet, pipe->packets[i].bytes, length);
        pipe->packets[i] = pipe->packets[--pipe->count];
        receive(end, channel, avo_slice(packet, length), now_us, delivery);
    }
}

static void drain(struct end *end, uint32_t channel, struct pipe *pipe, uint64_t now_us, uint32_t most) {
    struct avo_message message;
    uint32_t named;
    while (most-- > 0 && avo_transfers_next(end->transfers, &named, &message)) {
        assert_int_equal(named, channel);
        pipe_put(pipe, &message, now_us);
    }
}

static void network(uint32_t loss_percent, uint32_t duplicate_percent, uint64_t jitter_us) {
    to_a.count = to_b.count = 0;
    to_a.loss_percent = to_b.loss_percent = loss_percent;
    to_a.duplicate_percent = to_b.duplicate_percent = duplicate_percent;
    to_a.jitter_us = to_b.jitter_us = jitter_us;
}

static struct avo_message write_of(uint64_t round, size_t value_bytes) {
    struct avo_message message = {.type = AVO_MESSAGE_WRITE};
    message.write = (struct avo_write){round,
                                       {1, {1, 1, 1}, 0},
                                       false,
                                       avo_slice(pool, AVO_KEY_MAX_BYTES),
                                       avo_slice(pool + sizeof pool - value_bytes, value_bytes)};
    return message;
}

static struct end a, b;

static enum avo_error send_from_a(uint64_t key, const struct avo_message *message, uint64_t now_us) {
    return avo_transfers_send(a.transfers, CHANNEL_AB, key, message, a.segment_bytes, now_us);
}

/* Sends one message from a to b, resending it from above every 100 ms, until it is there; returns the virtual time it took. */
static uint64_t carry(const struct avo_message *message, uint64_t start_us) {
    struct delivery at_a = {0}, at_b = {0};
    uint64_t now_us = start_us;
    for (; at_b.complete_count == 0; now_us += STEP_US) {
        assert_true(now_us - start_us < 60000000);
        if ((now_us - start_us) % 100000 == 0) {
            enum avo_error error = send_from_a(message->write.round, message, now_us);
            assert_true(error == AVO_OK || error == AVO_EBUSY);
        }
        avo_transfers_tick(a.transfers, now_us);
        avo_transfers_tick(b.transfers, now_us);
        drain(&a, CHANNEL_AB, &to_b, now_us, (uint32_t)avo_prng_below(&prng, 60));
        drain(&b, CHANNEL_BA, &to_a, now_us, UINT32_MAX);
        pipe_run(&to_a, &a, CHANNEL_AB, now_us, &at_a);
        pipe_run(&to_b, &b, CHANNEL_BA, now_us, &at_b);
    }
    assert_int_equal(at_b.message.type, AVO_MESSAGE_WRITE);
    assert_true(avo_slice_equal(at_b.message.write.key, message->write.key));
    assert_true(avo_slice_equal(at_b.message.write.value, message->write.value));
    assert_true(at_b.message.write.round == message->write.round);
    return now_us - start_us;
}

/* Lets everything in flight arrive and everything idle be forgotten: no memory stays taken, and nothing completes twice. */
static uint64_t settle(uint64_t now_us) {
    struct delivery at_a = {0}, at_b = {0};
    for (uint64_t end_us = now_us + 2 * AVO_TRANSFER_IDLE_US + 1000000; now_us < end_us; now_us += 20 * STEP_US) {
        avo_transfers_tick(a.transfers, now_us);
        avo_transfers_tick(b.transfers, now_us);
        drain(&a, CHANNEL_AB, &to_b, now_us, UINT32_MAX);
        drain(&b, CHANNEL_BA, &to_a, now_us, UINT32_MAX);
        pipe_run(&to_a, &a, CHANNEL_AB, now_us, &at_a);
        pipe_run(&to_b, &b, CHANNEL_BA, now_us, &at_b);
    }
    assert_int_equal(at_b.complete_count, 0);
    assert_int_equal(taken_count(&a.outgoing), 0);
    assert_int_equal(taken_count(&b.incoming), 0);
    return now_us;
}

static void all_sizes_over_a_bad_network(void **state) {
    (void)state;
    static const size_t packets[] = {AVO_MTU_MIN_BYTES - 28, AVO_MTU_DEFAULT_BYTES - 28, AVO_PACKET_MAX_BYTES};
    uint64_t now_us = 1000000, round = 1;
    for (size_t i = 0; i < AVO_COUNT(packets); i++) {
        size_t segment_bytes = avo_transfer_segment_bytes(packets[i]);
        const size_t sizes[] = {1,     segment_bytes, 20 * segment_bytes, 100 * segment_bytes + 1, AVO_VALUE_MAX_BYTES - 1, 16000,
                                70000, 300000,        AVO_VALUE_MAX_BYTES};
        end_make(&a, 0, segment_bytes);
        end_make(&b, 1, segment_bytes);
        for (size_t j = 0; j < AVO_COUNT(sizes); j++) {
            size_t bytes = sizes[j] < AVO_VALUE_MAX_BYTES ? sizes[j] : AVO_VALUE_MAX_BYTES;
            struct avo_message message = write_of(round++, bytes);
            network((uint32_t)(j % 4) * 10, (uint32_t)(j % 3) * 15, j % 2 == 0 ? 3000 : 30000);
            now_us += carry(&message, now_us);
            now_us = settle(now_us);
        }
    }
}

/* Without loss a transfer never waits for a timer. */
static void good_network_needs_no_retry(void **state) {
    (void)state;
    end_make(&a, 0, 1409);
    end_make(&b, 1, 1409);
    network(0, 0, 0);
    struct avo_message message = write_of(1, AVO_VALUE_MAX_BYTES);
    uint64_t took_us = carry(&message, 1000000);
    printf("1 MiB in %llu steps\n", (unsigned long long)(took_us / STEP_US));
    assert_true(took_us < 60 * STEP_US);
}

static void many_at_once_within_bounds(void **state) {
    (void)state;
    end_make(&a, 0, 1409);
    end_make(&b, 1, 1409);
    network(5, 5, 2000);
    bool done[12] = {false};
    int left = (int)AVO_COUNT(done);
    for (uint64_t now_us = 1000000; left > 0; now_us += STEP_US) {
        assert_true(now_us < 120000000);
        for (uint64_t round = 0; round < AVO_COUNT(done) && now_us % 50000 == 0; round++) {
            struct avo_message message = write_of(round, 2000 + 9000 * round);
            enum avo_error error = done[round] ? AVO_OK : send_from_a(round, &message, now_us);
            assert_true(error == AVO_OK || error == AVO_EBUSY);
        }
        struct delivery at_a = {0}, at_b = {0};
        avo_transfers_tick(a.transfers, now_us);
        avo_transfers_tick(b.transfers, now_us);
        drain(&a, CHANNEL_AB, &to_b, now_us, 100);
        drain(&b, CHANNEL_BA, &to_a, now_us, UINT32_MAX);
        pipe_run(&to_a, &a, CHANNEL_AB, now_us, &at_a);
        pipe_run(&to_b, &b, CHANNEL_BA, now_us, &at_b);
        if (at_b.complete_count == 1) {
            uint64_t round = at_b.message.write.round;
            assert_true(round < AVO_COUNT(done));
            assert_int_equal(at_b.message.write.value.length, 2000 + 9000 * round);
            left -= !done[round];
            done[round] = true;
        }
        assert_true(taken_count(&a.outgoing) <= 6 && taken_count(&b.incoming) <= 7);
    }
}

static struct avo_segment segment_of(uint32_t transfer, uint32_t total, uint32_t offset, size_t length) {
    return (struct avo_segment){transfer, total, offset, avo_slice(pool, length), 1000};
}

static enum avo_error feed(const struct avo_segment *segment, bool *complete) {
    struct avo_message message;
    return avo_transfers_on_segment(b.transfers, CHANNEL_BA, AVO_TRANSFER_ANYBODY, segment, 1000000, complete, &message);
}

static void hostile_segments(void **state) {
    (void)state;
    bool complete;
    end_make(&b, 1, 1000);
    const struct avo_segment impossible[] = {
        segment_of(1, 5000, 1, 1000),    segment_of(1, 5000, 1000, 999),  segment_of(1, 5000, 1000, 1001),
        segment_of(1, 5000, 4000, 500),  segment_of(1, 5000, 5000, 1000), segment_of(1, 5000, 4500, 500),
        segment_of(1, 0, 0, 1000),       segment_of(1, 999, 0, 1000),     segment_of(1, AVO_MESSAGE_MAX_BYTES + 1, 0, 1000),
        segment_of(1, 5000, 6000, 1000), segment_of(1, 5000, 0, 0),
    };
    for (size_t i = 0; i < AVO_COUNT(impossible); i++) {
        assert_int_equal(feed(&impossible[i], &complete), AVO_EFORMAT);
        assert_false(complete);
    }
    assert_int_equal(taken_count(&b.incoming), 0);
    struct avo_segment segment = segment_of(1, 5000, 0, 1000);
    assert_int_equal(feed(&segment, &complete), AVO_OK);
    segment = segment_of(1, 6000, 1000, 1000); /* the total changes midway */
    assert_int_equal(feed(&segment, &complete), AVO_EFORMAT);
    assert_int_equal(taken_count(&b.incoming), 1);
}

/* Whole, yet no message; or a message that may not travel so. */
static void hostile_contents(void **state) {
    (void)state;
    bool complete;
    end_make(&b, 1, 1000);
    uint8_t bytes[100] = {255};
    struct avo_segment segment = {1, 100, 0, avo_slice(bytes, 100), 1000};
    assert_int_equal(feed(&segment, &complete), AVO_EFORMAT);
    assert_false(complete);
    struct avo_message nested = {.type = AVO_MESSAGE_SEGMENT, .segment = {9, 10, 0, avo_slice(pool, 10), 1000}};
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    avo_message_write(&writer, &nested);
    segment = (struct avo_segment){2, (uint32_t)writer.length, 0, avo_writer_slice(&writer), 1000};
    assert_int_equal(feed(&segment, &complete), AVO_EFORMAT);
    assert_false(complete);
    avo_transfers_tick(b.transfers, 1000000);
    assert_int_equal(taken_count(&b.incoming), 0);
}

/* A peer that begins transfers and never ends them takes what is bounded, and only until they idle. */
static void endless_beginnings(void **state) {
    (void)state;
    bool complete;
    end_make(&b, 1, 1000);
    uint32_t busy_count = 0;
    for (uint32_t id = 0; id < 1000; id++) {
        struct avo_segment segment = segment_of(id, AVO_MESSAGE_MAX_BYTES, 0, 1000);
        busy_count += feed(&segment, &complete) == AVO_EBUSY;
    }
    assert_int_equal(busy_count, 997); /* three blobs of that size */
    avo_transfers_tick(b.transfers, 1000000 + AVO_TRANSFER_IDLE_US);
    assert_int_equal(taken_count(&b.incoming), 0);
    struct avo_segment segment = segment_of(1000, AVO_MESSAGE_MAX_BYTES, 0, 1000);
    assert_int_equal(feed(&segment, &complete), AVO_OK);
    avo_transfers_close(b.transfers, CHANNEL_BA);
    assert_int_equal(taken_count(&b.incoming), 0);
    assert_false(avo_transfers_next(b.transfers, &(uint32_t){0}, &(struct avo_message){0}));
}

static void hostile_pulls(void **state) {
    (void)state;
    struct avo_message message = write_of(1, 5000), sent;
    uint32_t channel;
    end_make(&a, 0, 1000);
    assert_int_equal(send_from_a(1, &message, 0), AVO_OK);
    for (int i = 0; i < 100000; i++) {
        struct avo_pull pull = {(uint32_t)avo_prng_below(&prng, 2), (uint32_t)avo_prng_below(&prng, 8) * 1000,
                                avo_prng_next(&prng) | 1};
        if (avo_prng_chance(&prng, 1, 4)) {
            pull.offset = (uint32_t)avo_prng_next(&prng);
        }
        avo_transfers_on_pull(a.transfers, avo_prng_chance(&prng, 1, 9) ? 1 : CHANNEL_AB, &pull, 1);
        if (avo_transfers_next(a.transfers, &channel, &sent) && sent.segment.total_bytes > 0) { /* 0: of one that never was */
            assert_int_equal(channel, CHANNEL_AB);
            assert_int_equal(sent.type, AVO_MESSAGE_SEGMENT);
            assert_int_equal(sent.segment.offset % 1000, 0);
            assert_true(sent.segment.offset + sent.segment.bytes.length <= sent.segment.total_bytes);
        }
    }
    avo_transfers_on_pull(a.transfers, CHANNEL_AB, &(struct avo_pull){0, 0, 0}, 1);
    assert_int_equal(taken_count(&a.outgoing), 0);
    avo_transfers_close(a.transfers, 1); /* with all that was still to be said on it */
    avo_transfers_close(a.transfers, CHANNEL_AB);
    assert_false(avo_transfers_next(a.transfers, &channel, &sent));
}

/* Late duplicates of a finished transfer are answered "all is here". */
static void finished_is_remembered(void **state) {
    (void)state;
    end_make(&a, 0, 1000);
    end_make(&b, 1, 1000);
    struct avo_message message = write_of(1, 100), sent, whole;
    uint32_t channel;
    bool complete;
    assert_int_equal(send_from_a(1, &message, 0), AVO_OK);
    assert_true(avo_transfers_next(a.transfers, &channel, &sent));
    for (int i = 0; i < 3; i++) {
        assert_int_equal(
            avo_transfers_on_segment(b.transfers, CHANNEL_BA, AVO_TRANSFER_ANYBODY, &sent.segment, 0, &complete, &whole), AVO_OK);
        assert_int_equal(complete, i == 0);
        assert_true(avo_transfers_next(b.transfers, &channel, &whole));
        assert_true(channel == CHANNEL_BA && whole.type == AVO_MESSAGE_PULL && whole.pull.missing == 0);
        assert_false(avo_transfers_next(b.transfers, &channel, &whole));
    }
    /* Sent again before the answer came: the same transfer. After it: a new one. */
    assert_int_equal(send_from_a(1, &message, 0), AVO_OK);
    assert_int_equal(taken_count(&a.outgoing), 1);
    struct avo_pull all_here = {sent.segment.transfer, 0, 0};
    avo_transfers_on_pull(a.transfers, CHANNEL_AB, &all_here, 0);
    assert_int_equal(send_from_a(1, &message, 0), AVO_OK);
    assert_true(avo_transfers_next(a.transfers, &channel, &whole));
    assert_int_not_equal(whole.segment.transfer, sent.segment.transfer);
}

int main(void) {
    prng = avo_prng(testing_seed());
    avo_random_fill(&prng.random, pool, sizeof pool);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_sizes_over_a_bad_network),
        cmocka_unit_test(good_network_needs_no_retry),
        cmocka_unit_test(many_at_once_within_bounds),
        cmocka_unit_test(hostile_segments),
        cmocka_unit_test(hostile_contents),
        cmocka_unit_test(endless_beginnings),
        cmocka_unit_test(hostile_pulls),
        cmocka_unit_test(finished_is_remembered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
