/* The region's layout: the parts do not overlap, both sides agree, and a wrong layout is refused [B3]. */
#include "boundary/doorbell.h"
#include "boundary/region.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
// clang-format off
#include <cmocka.h>
// clang-format on

static const struct avo_region_layout LAYOUT = {
    .worker_count = 3, .ring = {8, 96}, .stream_bytes = 256, .slab_bytes = 2 * AVO_REGION_PAGE_BYTES};

static uint8_t *region_new(const struct avo_region_layout *layout) {
    uint8_t *region = aligned_alloc(AVO_REGION_PAGE_BYTES, avo_region_bytes(layout));
    memset(region, 0, avo_region_bytes(layout));
    return region;
}

/* Every byte belongs to at most one part: mark each part with its own number and see that nobody overwrote it. */
static void claim(uint8_t *owners, size_t offset, size_t length, uint8_t owner) {
    for (size_t i = offset; i < offset + length; i++) {
        assert_int_equal(owners[i], 0);
        owners[i] = owner;
    }
}

static void test_parts_do_not_overlap_and_fill_the_region(void **state) {
    (void)state;
    uint8_t *region = region_new(&LAYOUT);
    uint8_t *owners = calloc(1, avo_region_bytes(&LAYOUT));
    size_t stream_bytes = AVO_STREAM_HEADER_BYTES + LAYOUT.stream_bytes;
    claim(owners, 0, AVO_REGION_HEADER_BYTES, 1);
    claim(owners, (size_t)(avo_region_stream_inbound(region, &LAYOUT).memory - region), stream_bytes, 2);
    claim(owners, (size_t)(avo_region_stream_outbound(region, &LAYOUT).memory - region), stream_bytes, 3);
    for (uint32_t i = 0; i < LAYOUT.worker_count; i++) {
        struct avo_region_worker worker = avo_region_worker(region, &LAYOUT, i);
        claim(owners, (size_t)(worker.inbound.memory - region), avo_ring_bytes(LAYOUT.ring), 4);
        claim(owners, (size_t)(worker.outbound.memory - region), avo_ring_bytes(LAYOUT.ring), 5);
        claim(owners, (size_t)(worker.slabs - region), worker.slab_bytes, 6);
        assert_int_equal(owners[worker.notice - region], 1); /* within the header, behind the doorbells */
        memset(owners + (worker.notice - region), 7, AVO_NOTICE_BYTES);
        assert_in_range(worker.notice - region, AVO_REGION_NOTICES_OFFSET, AVO_REGION_HEADER_BYTES - AVO_NOTICE_BYTES);
        assert_int_equal((uintptr_t)worker.slabs % AVO_REGION_PAGE_BYTES, 0);
    }
    assert_int_equal(owners[avo_region_bytes(&LAYOUT) - 1], 6);
    free(owners);
    free(region);
}

static void test_another_layout_is_refused(void **state) {
    (void)state;
    uint8_t *region = region_new(&LAYOUT);
    assert_int_equal(avo_region_check(region, &LAYOUT), AVO_EFORMAT);
    avo_region_format(region, &LAYOUT);
    assert_int_equal(avo_region_check(region, &LAYOUT), AVO_OK);
    struct avo_region_layout other[5] = {LAYOUT, LAYOUT, LAYOUT, LAYOUT, LAYOUT};
    other[0].worker_count = 2;
    other[1].ring.slot_count = 4;
    other[2].ring.datagram_bytes = 32;
    other[3].stream_bytes = 128;
    other[4].slab_bytes = AVO_REGION_PAGE_BYTES;
    for (size_t i = 0; i < AVO_COUNT(other); i++) {
        assert_int_equal(avo_region_check(region, &other[i]), AVO_EFORMAT);
    }
    free(region);
}

static void test_numbers_out_of_range_are_refused(void **state) {
    (void)state;
    assert_int_equal(avo_region_layout_check(&LAYOUT), AVO_OK);
    struct avo_region_layout bad[11];
    for (size_t i = 0; i < AVO_COUNT(bad); i++) {
        bad[i] = LAYOUT;
    }
    bad[0].worker_count = 0;
    bad[1].worker_count = AVO_REGION_WORKER_MAX_COUNT + 1;
    bad[2].ring.slot_count = 0;
    bad[3].ring.slot_count = 6;
    bad[4].ring.slot_count = 2 * AVO_REGION_RING_SLOT_MAX_COUNT;
    bad[5].ring.datagram_bytes = 100;
    bad[6].ring.datagram_bytes = UINT32_MAX - 31; /* its slot would wrap to 0 */
    bad[7].stream_bytes = 192;
    bad[8].stream_bytes = 32;
    bad[9].slab_bytes = AVO_REGION_PAGE_BYTES + 64;
    bad[10].slab_bytes = AVO_REGION_SLAB_MAX_BYTES + AVO_REGION_PAGE_BYTES;
    for (size_t i = 0; i < AVO_COUNT(bad); i++) {
        assert_int_equal(avo_region_layout_check(&bad[i]), AVO_EINVAL);
    }
}

static void test_numbers_at_their_limits_are_taken(void **state) {
    (void)state;
    struct avo_region_layout good[8];
    for (size_t i = 0; i < AVO_COUNT(good); i++) {
        good[i] = LAYOUT;
    }
    good[0].worker_count = 1;
    good[1].worker_count = AVO_REGION_WORKER_MAX_COUNT;
    good[2].ring.slot_count = 1;
    good[3].ring.slot_count = AVO_REGION_RING_SLOT_MAX_COUNT;
    good[4].ring.datagram_bytes = AVO_REGION_DATAGRAM_MAX_BYTES;
    good[5].stream_bytes = AVO_CACHE_LINE_BYTES;
    good[6].stream_bytes = AVO_REGION_STREAM_MAX_BYTES;
    good[7].slab_bytes = AVO_REGION_SLAB_MAX_BYTES;
    for (size_t i = 0; i < AVO_COUNT(good); i++) {
        assert_int_equal(avo_region_layout_check(&good[i]), AVO_OK);
    }
    struct avo_region_layout beyond = LAYOUT;
    beyond.ring.datagram_bytes = AVO_REGION_DATAGRAM_MAX_BYTES + AVO_CACHE_LINE_BYTES;
    assert_int_equal(avo_region_layout_check(&beyond), AVO_EINVAL);
    beyond = LAYOUT;
    beyond.stream_bytes = 2 * AVO_REGION_STREAM_MAX_BYTES;
    assert_int_equal(avo_region_layout_check(&beyond), AVO_EINVAL);
}

static void test_clock_and_doorbells(void **state) {
    (void)state;
    uint8_t *region = region_new(&LAYOUT);
    avo_region_format(region, &LAYOUT);
    avo_region_clock_set(region, 123456789);
    assert_int_equal(avo_region_clock(region), 123456789);
    for (uint32_t i = 0; i < LAYOUT.worker_count; i++) {
        assert_false(avo_doorbell_enclave_take(region, i));
        avo_doorbell_enclave_sleep(region, i, true);
        assert_false(avo_doorbell_host_take(region, i));
        assert_false(avo_doorbell_enclave_take(region, (i + 1) % LAYOUT.worker_count));
        assert_true(avo_doorbell_enclave_take(region, i));
        assert_false(avo_doorbell_enclave_take(region, i)); /* one sleep is rung once */
        avo_doorbell_host_sleep(region, i, true);
        avo_doorbell_host_sleep(region, i, false);
        assert_false(avo_doorbell_host_take(region, i));
    }
    assert_int_equal(avo_region_check(region, &LAYOUT), AVO_OK);
    free(region);
}

static void test_both_sides_meet_in_the_same_rings(void **state) {
    (void)state;
    uint8_t *region = region_new(&LAYOUT);
    struct avo_region_worker host = avo_region_worker(region, &LAYOUT, 2);
    struct avo_region_worker enclave = avo_region_worker(region, &LAYOUT, 2);
    struct avo_address address = {.port = 9};
    uint8_t got[96];
    assert_true(avo_ring_push(&host.inbound, &address, avo_slice_string("in")));
    avo_ring_publish(&host.inbound);
    assert_int_equal(avo_ring_pop(&enclave.outbound, &address, got), 0);
    assert_int_equal(avo_ring_pop(&enclave.inbound, &address, got), 2);
    assert_memory_equal(got, "in", 2);
    struct avo_stream_end writer = avo_region_stream_outbound(region, &LAYOUT);
    struct avo_stream_end reader = avo_region_stream_outbound(region, &LAYOUT);
    assert_int_equal(avo_stream_write(&writer, avo_slice_string("out")), 3);
    assert_int_equal(avo_stream_read(&reader, got, sizeof got), 3);
    free(region);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts_do_not_overlap_and_fill_the_region),
        cmocka_unit_test(test_another_layout_is_refused),
        cmocka_unit_test(test_numbers_out_of_range_are_refused),
        cmocka_unit_test(test_numbers_at_their_limits_are_taken),
        cmocka_unit_test(test_clock_and_doorbells),
        cmocka_unit_test(test_both_sides_meet_in_the_same_rings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
