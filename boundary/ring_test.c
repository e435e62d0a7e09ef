/* Rings between two ends, the other of which may lie [B1, B3]. */
#include "base/testing.h"
#include "boundary/ring.h"
#include "boundary/shared.h"

#define SLOTS 4
#define DATAGRAM 96
#define SLOT (DATAGRAM + AVO_RING_SLOT_HEADER_BYTES)
#define CONSUMED 64

static const struct avo_ring_shape SHAPE = {SLOTS, DATAGRAM};
static _Alignas(64) uint8_t memory[AVO_RING_HEADER_BYTES + SLOTS * SLOT];
static struct avo_ring_end producer, consumer;
static struct avo_address from;
static uint8_t got[DATAGRAM];

static int fresh_ring(void **state) {
    (void)state;
    memset(memory, 0, sizeof memory);
    producer = avo_ring_end(memory, SHAPE);
    consumer = avo_ring_end(memory, SHAPE);
    return 0;
}

static struct avo_address address_of(uint16_t port) {
    struct avo_address address = {.port = port};
    memset(address.ip, (int)(port & 0xff), sizeof address.ip);
    return address;
}

static bool push(uint16_t number, size_t length) {
    uint8_t bytes[DATAGRAM];
    memset(bytes, number, sizeof bytes);
    struct avo_address address = address_of(number);
    return avo_ring_push(&producer, &address, avo_slice(bytes, length));
}

static void assert_pops(uint16_t number, size_t length) {
    assert_int_equal(avo_ring_pop(&consumer, &from, got), length);
    struct avo_address address = address_of(number);
    assert_memory_equal(&from, &address, sizeof from);
    for (size_t i = 0; i < length; i++) {
        assert_int_equal(got[i], (uint8_t)number);
    }
}

static void test_datagrams_arrive_in_order_across_the_wrap(void **state) {
    (void)state;
    for (uint16_t i = 0; i < 10 * SLOTS; i++) {
        assert_true(push(i, 1 + i % DATAGRAM));
        assert_true(push((uint16_t)(i + 100), DATAGRAM));
        avo_ring_publish(&producer);
        assert_pops(i, 1 + i % DATAGRAM);
        assert_pops((uint16_t)(i + 100), DATAGRAM);
        assert_int_equal(avo_ring_pop(&consumer, &from, got), 0);
    }
    assert_int_equal(producer.lies + consumer.lies, 0);
}

static void test_a_push_is_seen_after_publish_only(void **state) {
    (void)state;
    assert_true(push(1, 5));
    assert_false(avo_ring_waits(&consumer));
    avo_ring_publish(&producer);
    assert_true(avo_ring_waits(&consumer));
    assert_pops(1, 5);
    assert_false(avo_ring_waits(&consumer));
}

static void test_a_full_ring_refuses_until_one_is_taken(void **state) {
    (void)state;
    for (uint16_t i = 0; i < SLOTS; i++) {
        assert_true(push(i, 8));
    }
    assert_false(push(9, 8));
    assert_null(avo_ring_reserve(&producer));
    avo_ring_publish(&producer);
    assert_false(push(9, 8));
    assert_pops(0, 8);
    assert_true(push(9, 8));
    assert_false(push(10, 8));
    assert_int_equal(producer.lies, 0);
}

static void test_filling_in_place_and_peeking_in_place(void **state) {
    (void)state;
    struct avo_address address = address_of(7);
    struct avo_slice seen;
    for (uint8_t i = 0; i < 3; i++) {
        memset(avo_ring_reserve(&producer), i, 10);
        avo_ring_push_filled(&producer, &address, 0); /* an empty datagram is dropped */
        avo_ring_push_filled(&producer, &address, 10);
    }
    avo_ring_publish(&producer);
    for (uint8_t i = 0; i < 3; i++) {
        assert_true(avo_ring_peek(&consumer, i, &from, &seen));
        assert_int_equal(seen.length, 10);
        assert_int_equal(seen.data[9], i);
    }
    assert_false(avo_ring_peek(&consumer, 3, &from, &seen));
    avo_ring_release(&consumer, 2);
    assert_true(avo_ring_peek(&consumer, 0, &from, &seen));
    assert_int_equal(seen.data[0], 2);
    assert_int_equal(consumer.lies, 0);
}

static void test_an_impossible_length_is_skipped_and_counted(void **state) {
    (void)state;
    static const uint32_t lengths[] = {0, DATAGRAM + 1, 0x7fffffff, UINT32_MAX};
    for (size_t i = 0; i < AVO_COUNT(lengths); i++) {
        uint64_t slot = producer.own_index % SLOTS;
        assert_true(push(1, 8));
        assert_true(push(2, 8));
        avo_ring_publish(&producer);
        avo_shared_store_u32(memory + AVO_RING_HEADER_BYTES + slot * SLOT, lengths[i]);
        struct avo_slice seen;
        assert_true(avo_ring_peek(&consumer, 0, &from, &seen));
        assert_int_equal(seen.length, 0);
        assert_int_equal(avo_ring_pop(&consumer, &from, got), 0);
        assert_int_equal(consumer.lies, 2 * (i + 1));
        assert_pops(2, 8);
    }
}

static void test_a_produced_index_that_jumps_is_empty(void **state) {
    (void)state;
    for (uint16_t i = 0; i < 3; i++) {
        assert_true(push(i, 8));
        avo_ring_publish(&producer);
        assert_pops(i, 8);
    }
    static const uint64_t lies[] = {2, 0, 3 + SLOTS + 1, UINT64_MAX, 1ULL << 63, 1ULL << 32};
    for (size_t i = 0; i < AVO_COUNT(lies); i++) {
        avo_shared_store(memory, lies[i]);
        assert_int_equal(avo_ring_pop(&consumer, &from, got), 0);
        assert_int_equal(consumer.lies, i + 1);
    }
    assert_true(push(3, 8)); /* and it heals once the other end is credible again */
    avo_ring_publish(&producer);
    assert_pops(3, 8);
}

static void test_a_produced_index_too_far_within_the_ring_shows_old_slots_only(void **state) {
    (void)state;
    assert_true(push(1, 8));
    avo_ring_publish(&producer);
    avo_shared_store(memory, SLOTS); /* possible, so it is believed: the slots are whatever the host left there */
    assert_pops(1, 8);
    for (uint32_t i = 1; i < SLOTS; i++) {
        assert_int_equal(avo_ring_pop(&consumer, &from, got), 0);
    }
    assert_int_equal(consumer.lies, SLOTS - 1);
    assert_false(avo_ring_waits(&consumer));
}

static void test_a_consumed_index_that_jumps_is_full(void **state) {
    (void)state;
    for (uint16_t i = 0; i < SLOTS; i++) {
        assert_true(push(i, 8));
    }
    avo_ring_publish(&producer);
    assert_pops(0, 8);
    assert_pops(1, 8);
    assert_true(push(4, 8));
    assert_true(push(5, 8));
    static const uint64_t lies[] = {1, 0, SLOTS + 1, UINT64_MAX, 1ULL << 63};
    for (size_t i = 0; i < AVO_COUNT(lies); i++) {
        avo_shared_store(memory + CONSUMED, lies[i]);
        assert_false(push(6, 8));
        assert_int_equal(producer.lies, i + 1);
    }
    avo_shared_store(memory + CONSUMED, 3);
    assert_true(push(6, 8));
}

static void test_consuming_what_is_not_published_is_a_lie(void **state) {
    (void)state;
    for (uint16_t i = 0; i < SLOTS; i++) {
        assert_true(push(i, 8));
    }
    avo_shared_store(memory + CONSUMED, 1);
    assert_false(push(9, 8));
    assert_int_equal(producer.lies, 1);
}

static void test_own_index_is_never_read_back(void **state) {
    (void)state;
    assert_true(push(1, 8));
    avo_ring_publish(&producer);
    avo_shared_store(memory + CONSUMED, 77); /* the consumer's own word: what stands there does not matter to it */
    assert_pops(1, 8);
    avo_shared_store(memory, 55);
    assert_true(push(2, 8));
    avo_ring_publish(&producer);
    assert_pops(2, 8);
    assert_int_equal(consumer.lies, 0);
}

static void test_a_popped_datagram_no_longer_depends_on_the_slot(void **state) {
    (void)state;
    assert_true(push(1, DATAGRAM));
    avo_ring_publish(&producer);
    memset(memory + AVO_RING_HEADER_BYTES + 22, 0xff, 2); /* the address's unused bytes */
    assert_int_equal(avo_ring_pop(&consumer, &from, got), DATAGRAM);
    memset(memory, 0xff, sizeof memory);
    assert_int_equal(from.port, 1);
    assert_int_equal(from.zero, 0);
    for (size_t i = 0; i < DATAGRAM; i++) {
        assert_int_equal(got[i], 1);
    }
}

/* Both indices are overwritten while the ring is full: neither end has anything new to write, and both wait for the other. */
static void test_a_full_ring_whose_indices_were_overwritten_runs_on(void **state) {
    (void)state;
    for (uint16_t i = 0; i < SLOTS; i++) {
        assert_true(push(i, 8));
    }
    avo_ring_publish(&producer);
    avo_shared_store(memory, UINT64_MAX / 2);
    avo_shared_store(memory + CONSUMED, UINT64_MAX / 3);
    assert_false(push(SLOTS, 8));
    assert_int_equal(avo_ring_pop(&consumer, &from, got), 0);
    avo_ring_publish(&producer); /* nothing new: it writes nothing */
    assert_int_equal(avo_ring_pop(&consumer, &from, got), 0);
    avo_ring_produced_retell(&producer);
    assert_pops(0, 8);
    assert_true(push(SLOTS, 8));
    avo_ring_publish(&producer);
    avo_shared_store(memory + CONSUMED, UINT64_MAX / 3); /* once more, behind the last release */
    assert_false(push(SLOTS + 1, 8));
    avo_ring_consumed_retell(&consumer);
    for (uint16_t i = 1; i <= SLOTS; i++) {
        assert_pops(i, 8);
    }
    assert_true(push(SLOTS + 1, 8));
}

/* Each end took a lie for an answer, and now says what the other cannot believe: they find each other again. */
static void test_ends_that_lost_each_other_meet_again(void **state) {
    (void)state;
    assert_true(push(1, 8));
    avo_ring_publish(&producer);
    avo_shared_store(memory, SLOTS);
    for (uint32_t i = 0; i < SLOTS; i++) {
        (void)avo_ring_pop(&consumer, &from, got);
    }
    avo_ring_produced_retell(&producer); /* 1, and the consumer is at SLOTS */
    uint32_t looks = 0;
    while (avo_ring_room(&producer) < SLOTS && looks < AVO_RING_DOUBTS_MAX) {
        looks++;
        avo_ring_consumed_retell(&consumer);
    }
    assert_in_range(looks, AVO_RING_DOUBTS_MAX / 2, AVO_RING_DOUBTS_MAX);
    for (looks = 0; looks < AVO_RING_DOUBTS_MAX; looks++) {
        assert_int_equal(avo_ring_pop(&consumer, &from, got), 0);
    }
    assert_true(push(2, 9));
    avo_ring_publish(&producer);
    assert_pops(2, 9);
}

/* A sender that looks at several in place sends and releases just these. */
/* Lies with the truth between them are no reason to give up; of a lost ring the other end hears where it goes on. */
static void test_only_lies_in_a_row_make_ends_lose_each_other(void **state) {
    (void)state;
    for (uint32_t i = 0; i < 4 * AVO_RING_DOUBTS_MAX; i++) {
        uint64_t told = avo_shared_load(memory + AVO_RING_PRODUCED_OFFSET);
        avo_shared_store(memory + AVO_RING_PRODUCED_OFFSET, i % 2 == 0 ? UINT64_MAX / 2 : told);
        (void)avo_ring_waits(&consumer);
        avo_shared_store(memory + AVO_RING_PRODUCED_OFFSET, told);
        (void)avo_ring_waits(&consumer);
    }
    assert_int_equal(consumer.own_index, 0);
    assert_true(push(1, 8));
    avo_ring_publish(&producer);
    assert_pops(1, 8);
    avo_shared_store(memory + AVO_RING_PRODUCED_OFFSET, 1000);
    for (uint32_t i = 0; i < AVO_RING_DOUBTS_MAX; i++) {
        assert_int_equal(avo_shared_load(memory + AVO_RING_CONSUMED_OFFSET), 1);
        assert_false(avo_ring_waits(&consumer));
    }
    assert_int_equal(avo_shared_load(memory + AVO_RING_CONSUMED_OFFSET), 1000);
}

static void test_a_shape_that_is_none_breaks_a_promise(void **state) {
    (void)state;
    const struct avo_ring_shape bad[] = {{0, DATAGRAM}, {3, DATAGRAM}, {SLOTS, DATAGRAM + 1}, {SLOTS, 0}};
    for (size_t i = 0; i < AVO_COUNT(bad); i++) {
        assert_panics(avo_ring_end(memory, bad[i]));
    }
    assert_panics(avo_ring_end(memory + 8, SHAPE));
}

static void test_what_was_peeked_stays_to_be_released(void **state) {
    (void)state;
    struct avo_slice datagram;
    assert_true(push(1, 8) && push(2, 8));
    avo_ring_publish(&producer);
    assert_true(avo_ring_peek(&consumer, 0, &from, &datagram) && avo_ring_peek(&consumer, 1, &from, &datagram));
    avo_shared_store(memory, UINT64_MAX / 2);
    for (uint32_t i = 0; i < 4 * AVO_RING_DOUBTS_MAX; i++) {
        assert_false(avo_ring_peek(&consumer, 2, &from, &datagram));
    }
    avo_ring_release(&consumer, 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_datagrams_arrive_in_order_across_the_wrap, fresh_ring),
        cmocka_unit_test_setup(test_a_push_is_seen_after_publish_only, fresh_ring),
        cmocka_unit_test_setup(test_a_full_ring_refuses_until_one_is_taken, fresh_ring),
        cmocka_unit_test_setup(test_filling_in_place_and_peeking_in_place, fresh_ring),
        cmocka_unit_test_setup(test_an_impossible_length_is_skipped_and_counted, fresh_ring),
        cmocka_unit_test_setup(test_a_produced_index_that_jumps_is_empty, fresh_ring),
        cmocka_unit_test_setup(test_a_produced_index_too_far_within_the_ring_shows_old_slots_only, fresh_ring),
        cmocka_unit_test_setup(test_a_consumed_index_that_jumps_is_full, fresh_ring),
        cmocka_unit_test_setup(test_consuming_what_is_not_published_is_a_lie, fresh_ring),
        cmocka_unit_test_setup(test_own_index_is_never_read_back, fresh_ring),
        cmocka_unit_test_setup(test_a_popped_datagram_no_longer_depends_on_the_slot, fresh_ring),
        cmocka_unit_test_setup(test_ends_that_lost_each_other_meet_again, fresh_ring),
        cmocka_unit_test_setup(test_only_lies_in_a_row_make_ends_lose_each_other, fresh_ring),
        cmocka_unit_test_setup(test_a_shape_that_is_none_breaks_a_promise, fresh_ring),
        cmocka_unit_test_setup(test_what_was_peeked_stays_to_be_released, fresh_ring),
        cmocka_unit_test_setup(test_a_full_ring_whose_indices_were_overwritten_runs_on, fresh_ring),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
