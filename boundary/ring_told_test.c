/* What one end of a ring heard last: room is asked for when it matters, and an index goes out again by what stands in its own
 * place. */
#include "base/testing.h"
#include "boundary/ring.h"
#include "boundary/shared.h"

#define SLOTS 4
#define DATAGRAM 96

static const struct avo_ring_shape SHAPE = {SLOTS, DATAGRAM};
static struct {
    _Alignas(64) uint8_t before[2 * AVO_CACHE_LINE_BYTES];
    uint8_t memory[AVO_RING_HEADER_BYTES + SLOTS * (DATAGRAM + AVO_RING_SLOT_HEADER_BYTES)];
} it;
static struct avo_ring_end producer, consumer;

static int fresh_ring(void **state) {
    (void)state;
    memset(&it, 0, sizeof it);
    producer = avo_ring_end(it.memory, SHAPE);
    consumer = avo_ring_end(it.memory, SHAPE);
    return 0;
}

static void push(void) {
    const struct avo_address address = {.port = 7};
    assert_true(avo_ring_push(&producer, &address, avo_slice_string("datagram")));
    avo_ring_publish(&producer);
}

static void pop(void) {
    struct avo_address from;
    uint8_t got[DATAGRAM];
    assert_int_equal(avo_ring_pop(&consumer, &from, got), strlen("datagram"));
}

static void room_is_what_the_consumer_left(void **state) {
    (void)state;
    assert_int_equal(avo_ring_room(&producer), SLOTS);
    push();
    assert_int_equal(avo_ring_room(&producer), SLOTS - 1);
    pop();
    assert_int_equal(avo_ring_room(&producer), SLOTS);
    for (uint32_t i = 0; i < SLOTS; i++) {
        push();
    }
    assert_int_equal(avo_ring_room(&producer), 0);
    pop();
    pop();
    assert_int_equal(avo_ring_room(&producer), 2);
}

/* Whatever stands beside the ring: the very index says nothing there. */
static void an_index_that_was_changed_is_told_again(void **state) {
    (void)state;
    push();
    push();
    pop();
    for (size_t at = 0; at < sizeof it.before; at += sizeof(uint64_t)) {
        avo_shared_store(it.before + at, 1);
    }
    avo_shared_store(it.memory + AVO_RING_CONSUMED_OFFSET, 99);
    avo_ring_consumed_retell(&consumer);
    assert_int_equal(avo_shared_load(it.memory + AVO_RING_CONSUMED_OFFSET), 1);
    avo_shared_store(it.memory + AVO_RING_PRODUCED_OFFSET, 99);
    avo_ring_produced_retell(&producer);
    assert_int_equal(avo_shared_load(it.memory + AVO_RING_PRODUCED_OFFSET), 2);
}

/* An index that stays impossible: the ends have lost each other, and what was not taken is given up. */
static void a_lost_consumer_gets_what_comes(void **state) {
    (void)state;
    for (uint32_t i = 0; i < SLOTS; i++) {
        push();
    }
    avo_shared_store(it.memory + AVO_RING_CONSUMED_OFFSET, 1ULL << 40);
    uint32_t asked = 0;
    while (asked < AVO_RING_DOUBTS_MAX && avo_ring_room(&producer) == 0) {
        asked++;
    }
    assert_int_equal(asked, AVO_RING_DOUBTS_MAX - 1);
    assert_int_equal(avo_ring_room(&producer), SLOTS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(room_is_what_the_consumer_left, fresh_ring),
        cmocka_unit_test_setup(a_lost_consumer_gets_what_comes, fresh_ring),
        cmocka_unit_test_setup(an_index_that_was_changed_is_told_again, fresh_ring),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
