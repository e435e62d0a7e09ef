/* The sleep flags of the region under two threads that both sleep for real: no wake-up is lost, no sleep is rung twice, and the
 * clock never runs backwards (run it under ThreadSanitizer too). */
#include "boundary/doorbell.h"
#include "boundary/region.h"
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
// clang-format off
#include <cmocka.h>
// clang-format on

#define COUNT 20000U
#define LOST_AFTER_MS 10000

static const struct avo_region_layout LAYOUT = {
    .worker_count = 2, .ring = {16, 128 - AVO_RING_SLOT_HEADER_BYTES}, .stream_bytes = 4096, .slab_bytes = 0};

/* One side: what it reads and writes, how it sleeps, and how it wakes the other. */
struct side {
    uint8_t *region;
    struct avo_ring_end in;
    struct avo_ring_end out;
    int bell;
    bool enclave;
    uint64_t clock;
    uint32_t sleeps; /* announced, whether it then slept or not */
    uint32_t slept;
    uint32_t rings;
    bool lost;
};

static void sleep_say(struct side *side, bool sleeping) {
    (side->enclave ? avo_doorbell_enclave_sleep : avo_doorbell_host_sleep)(side->region, 1, sleeping);
}

static void other_ring(struct side *side) {
    bool asleep = (side->enclave ? avo_doorbell_host_take : avo_doorbell_enclave_take)(side->region, 1);
    if (asleep) {
        side->rings++;
        (void)!write(side->bell, "!", 1);
    }
}

/* Without a tick: a lost wake-up shows as a poll that runs into its limit. */
static void rest(struct side *side) {
    struct pollfd bell = {.fd = side->bell, .events = POLLIN};
    uint8_t bytes[64];
    sleep_say(side, true);
    side->sleeps++;
    if (!avo_ring_waits(&side->in)) {
        side->slept++;
        side->lost |= poll(&bell, 1, LOST_AFTER_MS) == 0;
    }
    sleep_say(side, false);
    if (bell.revents != 0) {
        (void)!read(side->bell, bytes, sizeof bytes);
    }
}

static uint32_t receive(struct side *side) {
    struct avo_address address;
    uint8_t bytes[128];
    uint32_t number = 0;
    while (!side->lost && avo_ring_pop(&side->in, &address, bytes) == 0) {
        rest(side);
    }
    memcpy(&number, bytes, sizeof number);
    return number;
}

static void send_number(struct side *side, uint32_t number) {
    struct avo_address address = {.port = 1};
    if (side->enclave) {
        uint64_t now = avo_region_clock(side->region);
        side->lost |= now < side->clock;
        side->clock = now;
    } else {
        avo_region_clock_set(side->region, number);
    }
    side->lost |= !avo_ring_push(&side->out, &address, avo_slice(&number, sizeof number));
    avo_ring_publish(&side->out);
    other_ring(side);
}

static void *enclave_main(void *argument) {
    struct side *side = argument;
    for (uint32_t n = 0; n < COUNT && !side->lost; n++) {
        send_number(side, receive(side) + 1);
    }
    return NULL;
}

static void test_two_sides_that_sleep_between_any_two_messages_miss_none(void **state) {
    (void)state;
    int bells[2];
    pthread_t thread;
    uint8_t *region = aligned_alloc(AVO_REGION_PAGE_BYTES, avo_region_bytes(&LAYOUT));
    assert_non_null(region);
    memset(region, 0, avo_region_bytes(&LAYOUT));
    assert_int_equal(avo_region_layout_check(&LAYOUT), AVO_OK);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, bells), 0);
    struct avo_region_worker door = avo_region_worker(region, &LAYOUT, 1);
    struct side host = {.region = region, .in = door.outbound, .out = door.inbound, .bell = bells[0]};
    struct side enclave = {.region = region, .in = door.inbound, .out = door.outbound, .bell = bells[1], .enclave = true};
    assert_int_equal(pthread_create(&thread, NULL, enclave_main, &enclave), 0);
    for (uint32_t n = 0; n < COUNT && !host.lost; n++) {
        send_number(&host, n);
        assert_int_equal(receive(&host), n + 1);
    }
    pthread_join(thread, NULL);
    assert_false(host.lost || enclave.lost);
    assert_true(host.rings <= enclave.sleeps && enclave.rings <= host.sleeps);
    assert_true(host.slept > 0 && enclave.slept > 0);
    close(bells[0]);
    close(bells[1]);
    free(region);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_sides_that_sleep_between_any_two_messages_miss_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
