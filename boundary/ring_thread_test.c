/* A ring under two threads: honest ends (run it under TSan too), then a host that changes lengths and indices all the time. */
#include "boundary/ring.h"
#include "boundary/shared.h"
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
// clang-format off
#include <cmocka.h>
// clang-format on

#define SLOTS 16
#define DATAGRAM 96
#define SLOT (DATAGRAM + AVO_RING_SLOT_HEADER_BYTES)
#define COUNT 20000 /* a full ring is a switch of threads, which takes a busy machine long: some thousand of them, no more */
#define POPPED 5000
#define LIES 200
#define QUIET_MAX 1000
#define CONSUMED 64

static const struct avo_ring_shape SHAPE = {SLOTS, DATAGRAM};
static _Alignas(64) uint8_t memory[AVO_RING_HEADER_BYTES + SLOTS * SLOT];

/* Datagram number n: its length and all its bytes follow from n. */
static uint32_t datagram_make(uint32_t n, uint8_t *bytes) {
    uint32_t length = 4 + n % (DATAGRAM - 3);
    memset(bytes, (int)(n & 0xff), length);
    memcpy(bytes, &n, sizeof n);
    return length;
}

static void *producer_main(void *argument) {
    (void)argument;
    struct avo_ring_end producer = avo_ring_end(memory, SHAPE);
    uint8_t bytes[DATAGRAM];
    for (uint32_t n = 0; n < COUNT; n++) {
        uint32_t length = datagram_make(n, bytes);
        struct avo_address address = {.port = (uint16_t)n};
        while (!avo_ring_push(&producer, &address, avo_slice(bytes, length))) {
            avo_ring_publish(&producer);
            sched_yield();
        }
        if (n % 3 == 0) {
            avo_ring_publish(&producer);
        }
    }
    avo_ring_publish(&producer);
    return producer.lies == 0 ? memory : NULL;
}

static void test_two_threads_pass_every_datagram_once_in_order(void **state) {
    (void)state;
    memset(memory, 0, sizeof memory);
    struct avo_ring_end consumer = avo_ring_end(memory, SHAPE);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, producer_main, NULL), 0);
    uint8_t expected[DATAGRAM], bytes[DATAGRAM];
    struct avo_address address;
    for (uint32_t n = 0; n < COUNT;) {
        uint32_t length = avo_ring_pop(&consumer, &address, bytes);
        if (length == 0) {
            sched_yield();
            continue;
        }
        assert_int_equal(length, datagram_make(n, expected));
        assert_memory_equal(bytes, expected, length);
        assert_int_equal(address.port, (uint16_t)n);
        n++;
    }
    void *honest;
    pthread_join(thread, &honest);
    assert_non_null(honest);
    assert_int_equal(consumer.lies, 0);
    assert_int_equal(avo_ring_pop(&consumer, &address, bytes), 0);
}

static bool hostile_stop;

/* Flips every slot's length and both indices between possible and impossible values as fast as it can. */
static void *hostile_main(void *argument) {
    (void)argument;
    static const uint32_t lengths[] = {8, UINT32_MAX, DATAGRAM, DATAGRAM + 1, 0, 1U << 31};
    uint64_t index = 0;
    for (uint32_t n = 0; !__atomic_load_n(&hostile_stop, __ATOMIC_RELAXED); n++) {
        for (size_t slot = 0; slot < SLOTS; slot++) {
            avo_shared_store_u32(memory + AVO_RING_HEADER_BYTES + slot * SLOT, lengths[(n + slot) % AVO_COUNT(lengths)]);
        }
        index = avo_shared_load(memory + CONSUMED);
        avo_shared_store(memory, n % 2 == 0 ? index + n % (2 * SLOTS) : index - n);
        if (n % 63 == 62) { /* where there is one core for both; after possible values and impossible ones in turn */
            sched_yield();
        }
    }
    return NULL;
}

static void test_a_host_that_changes_its_mind_cannot_make_a_pop_overrun(void **state) {
    (void)state;
    memset(memory, 0, sizeof memory);
    struct avo_ring_end consumer = avo_ring_end(memory, SHAPE);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, hostile_main, NULL), 0);
    uint8_t bytes[DATAGRAM + 64];
    memset(bytes, 0xa5, sizeof bytes);
    struct avo_address address;
    uint32_t popped = 0, quiet = 0;
    while (popped < POPPED || consumer.lies < LIES) {
        uint32_t length = avo_ring_pop(&consumer, &address, bytes);
        assert_true(length <= DATAGRAM);
        popped += length > 0;
        quiet = length > 0 ? 0 : quiet + 1;
        if (quiet == QUIET_MAX) { /* the host does not run: it needs this core */
            sched_yield();
            quiet = 0;
        }
    }
    __atomic_store_n(&hostile_stop, true, __ATOMIC_RELAXED);
    pthread_join(thread, NULL);
    for (size_t i = DATAGRAM; i < sizeof bytes; i++) {
        assert_int_equal(bytes[i], 0xa5);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_threads_pass_every_datagram_once_in_order),
        cmocka_unit_test(test_a_host_that_changes_its_mind_cannot_make_a_pop_overrun),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
