/* Transfers over a long way: 70 ms each way, one packet in a hundred lost, in a time that the test makes. Values go through, and
 * what is on the way is little more than their bytes; more of them at a time than there is memory for do not make each other begin
 * again. */
#include "base/random.h"
#include "protocol/channel/transfer_fixture.h"
#include <stdio.h>

#define DELAY_US 70000
#define LOSS_PERCENT 1
#define TICK_US 1000
#define END_US 200000000
#define FLIGHTS 4096
#define MESSAGES_MAX 6
#define VALUE_BYTES (1 << 20)
#define SEED 6298

struct end {
    _Alignas(64) uint8_t memory[16 << 20];
    struct avo_blobs outgoing, incoming;
    struct avo_rtt rtt;
    struct avo_transfers *transfers;
    uint32_t done_count;     /* messages of the other's that are here */
    bool done[MESSAGES_MAX]; /* the other has this one of ours */
    uint64_t due_us[MESSAGES_MAX];
    uint64_t wait_us[MESSAGES_MAX];
};

struct flight {
    uint64_t due_us;
    uint32_t to;
    uint32_t length;
    uint8_t bytes[SEGMENT_BYTES + 64];
};

/* One way for both directions: what left first arrives first. */
struct way {
    struct end ends[2];
    struct flight flights[FLIGHTS];
    uint32_t first, count;
    uint64_t now_us;
    uint64_t sent_bytes; /* of segments */
    uint64_t delay_us;
    uint64_t pass;
    struct avo_prng prng;
};

static uint8_t value[VALUE_BYTES];

static struct avo_rtt *rtt_of(void *owner, uint32_t channel) {
    assert_int_equal(channel, 3);
    return owner;
}

static void end_make(struct end *end, uint32_t large_count) {
    struct avo_blobs_config blobs = {{1, 1, large_count}, {4096, 65536, AVO_MESSAGE_MAX_BYTES}};
    avo_arena_end(end->memory, sizeof end->memory);
    memset(end, 0, sizeof *end);
    struct avo_arena arena = avo_arena(end->memory, sizeof end->memory);
    assert_true(avo_blobs_create(&end->incoming, &arena, &blobs));
    blobs.count[2] = MESSAGES_MAX;
    assert_true(avo_blobs_create(&end->outgoing, &arena, &blobs));
    struct avo_transfers_config config = {MESSAGES_MAX, MESSAGES_MAX, &end->outgoing, &end->incoming, NULL, rtt_of, &end->rtt};
    end->transfers = avo_transfers_create(&arena, &config);
    assert_non_null(end->transfers);
}

static void way_make(struct way *way, uint32_t large_count) {
    end_make(&way->ends[0], large_count);
    end_make(&way->ends[1], large_count);
    way->first = way->count = 0;
    way->now_us = 1000000;
    way->sent_bytes = 0;
    way->delay_us = DELAY_US;
    way->pass = 0;
    way->prng = avo_prng(SEED);
}

static void put_on_way(struct way *way, uint32_t from, const struct avo_message *message) {
    if (message->type == AVO_MESSAGE_SEGMENT) {
        way->sent_bytes += message->segment.bytes.length;
    }
    if (avo_prng_chance(&way->prng, LOSS_PERCENT, 100)) {
        return;
    }
    assert_true(way->count < FLIGHTS);
    struct flight *flight = &way->flights[(way->first + way->count++) % FLIGHTS];
    struct avo_writer writer = avo_writer(flight->bytes, sizeof flight->bytes);
    avo_message_write(&writer, message);
    assert_false(writer.failed);
    flight->due_us = way->now_us + way->delay_us;
    flight->to = 1 - from;
    flight->length = (uint32_t)writer.length;
}

static void arrive(struct way *way, const struct flight *flight) {
    struct end *end = &way->ends[flight->to];
    struct avo_message message, whole;
    bool complete = false;
    assert_int_equal(avo_message_read(avo_slice(flight->bytes, flight->length), &message), AVO_OK);
    if (message.type == AVO_MESSAGE_PULL) {
        uint64_t key = avo_transfers_on_pull(end->transfers, 3, &message.pull, way->now_us);
        if (key != AVO_TRANSFER_NONE && key / MESSAGES_MAX == way->pass) {
            end->done[key % MESSAGES_MAX] = true;
        }
        return;
    }
    if (avo_transfers_on_segment(end->transfers, 3, AVO_TRANSFER_ANYBODY, &message.segment, way->now_us, &complete, &whole) ==
            AVO_OK &&
        complete) {
        assert_memory_equal(whole.write.value.data, value, VALUE_BYTES);
        end->done_count++;
    }
}

/* As rounds and requests do: the message again, ever more rarely, until the other has it. */
static void send_all(struct way *way, struct end *end, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        if (end->done[i] || way->now_us < end->due_us[i]) {
            continue;
        }
        struct avo_message message = {.type = AVO_MESSAGE_WRITE,
                                      .write = {.round = 1,
                                                .version.clock = 1,
                                                .version.writer.incarnation = 1,
                                                .key = avo_slice("k", 1),
                                                .value = AVO_SLICE_OF(value)}};
        assert_int_equal(avo_transfers_send(end->transfers, 3, way->pass * MESSAGES_MAX + i, &message, SEGMENT_BYTES, way->now_us),
                         AVO_OK);
        end->wait_us[i] = end->wait_us[i] == 0 ? 30000 : end->wait_us[i] * 2 < 250000 ? end->wait_us[i] * 2 : 250000;
        end->due_us[i] = way->now_us + end->wait_us[i];
    }
}

static void turn(struct way *way, uint32_t index) {
    struct end *end = &way->ends[index];
    struct avo_message message;
    uint32_t channel;
    avo_transfers_tick(end->transfers, way->now_us);
    while (avo_transfers_next(end->transfers, &channel, &message)) {
        assert_int_equal(channel, 3);
        put_on_way(way, index, &message);
    }
}

/* `there` messages one way, `back` the other, in at most `most` times their bytes; the time it took. */
static uint64_t all_pass(struct way *way, uint32_t there, uint32_t back, double most) {
    uint64_t began_us = way->now_us;
    uint32_t counts[2] = {there, back};
    while (way->ends[1].done_count < there || way->ends[0].done_count < back) {
        assert_true(way->now_us < began_us + END_US);
        while (way->count > 0 && way->flights[way->first].due_us <= way->now_us) {
            arrive(way, &way->flights[way->first]);
            way->first = (way->first + 1) % FLIGHTS;
            way->count--;
        }
        for (uint32_t i = 0; i < 2; i++) {
            send_all(way, &way->ends[i], counts[i]);
            turn(way, i);
        }
        way->now_us += TICK_US;
    }
    uint64_t took_us = way->now_us - began_us;
    double ratio = (double)way->sent_bytes / ((double)VALUE_BYTES * (there + back));
    printf("%u there, %u back: %.2f times the bytes, %.1f s, RTO %.0f ms\n", there, back, ratio, (double)took_us / 1e6,
           (double)avo_rtt_timeout_us(&way->ends[0].rtt, 0, UINT32_MAX) / 1000);
    assert_true(ratio <= most);
    return took_us;
}

static struct way way;

/* A window of 64 segments a round trip. */
static void one(void **state) {
    (void)state;
    for (uint32_t i = 0; i < 10; i++) {
        way_make(&way, 1);
        way.prng = avo_prng(SEED + i);
        assert_true(all_pass(&way, 1, 0, 1.2) < 8000000);
    }
}

static void more_than_memory_holds(void **state) {
    (void)state;
    way_make(&way, 1);
    (void)all_pass(&way, MESSAGES_MAX, 0, 1.2);
    way_make(&way, 2);
    (void)all_pass(&way, MESSAGES_MAX, 0, 1.2);
}

static void both_ways(void **state) {
    (void)state;
    way_make(&way, 2);
    (void)all_pass(&way, MESSAGES_MAX, MESSAGES_MAX, 1.2);
}

/* A way that turns long is found out, too: what is not answered in time doubles the time, until something is. */
static void a_way_that_turns_long(void **state) {
    (void)state;
    way_make(&way, 2);
    way.delay_us = 100;
    (void)all_pass(&way, 1, 1, 1.2);
    way.delay_us = 150000;
    way.pass++;
    memset(way.ends[0].done, 0, sizeof way.ends[0].done);
    way.ends[1].done_count = 0;
    way.sent_bytes = 0;
    (void)all_pass(&way, MESSAGES_MAX, 0, 1.2);
}

int main(void) {
    memset(value, 'v', sizeof value);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one),
        cmocka_unit_test(more_than_memory_holds),
        cmocka_unit_test(both_ways),
        cmocka_unit_test(a_way_that_turns_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
