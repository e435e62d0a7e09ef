/* Pins and interned writers: what the store's bookkeeping of uses promises. */
#include "trusted/store/pins.h"
#include "trusted/store/writers.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
// clang-format off
#include <cmocka.h>
// clang-format on

static _Alignas(64) uint8_t memory[1 << 16];

static struct avo_arena fresh_arena(void) {
    avo_arena_end(memory, sizeof memory);
    memset(memory, 0, sizeof memory);
    return avo_arena(memory, sizeof memory);
}

static void test_pins_of_one_value_share_and_are_counted(void **state) {
    (void)state;
    struct avo_arena arena = fresh_arena();
    struct avo_pins pins;
    uint8_t tag[AVO_TAG_BYTES] = {1};
    uint32_t handle;
    assert_true(avo_pins_create(&pins, &arena, 3));
    uint32_t first = avo_pins_take(&pins, 64, AVO_VERSION_NONE, tag);
    assert_int_equal(avo_pins_take(&pins, 64, AVO_VERSION_NONE, tag), first);
    uint32_t other = avo_pins_take(&pins, 128, AVO_VERSION_NONE, tag);
    assert_int_not_equal(other, first);
    assert_int_equal(avo_pins_take(&pins, 64, AVO_VERSION_NONE, tag), AVO_PINS_NONE);
    assert_false(avo_pins_orphan(&pins, 192)); /* not pinned: free it at once */
    assert_true(avo_pins_orphan(&pins, 64));
    assert_false(avo_pins_give(&pins, first, &handle));
    assert_false(avo_pins_give(&pins, other, &handle)); /* last use, but its entry still is there */
    assert_true(avo_pins_give(&pins, first, &handle));
    assert_int_equal(handle, 64);
    assert_false(avo_pins_orphan(&pins, 64));
}

static void test_many_pins_in_any_order(void **state) {
    (void)state;
    struct avo_arena arena = fresh_arena();
    struct avo_pins pins;
    uint8_t tag[AVO_TAG_BYTES] = {0};
    uint32_t taken[100], handle;
    assert_true(avo_pins_create(&pins, &arena, AVO_COUNT(taken)));
    for (uint32_t round = 0; round < 7; round++) {
        for (uint32_t i = 0; i < AVO_COUNT(taken); i++) {
            tag[0] = (uint8_t)i;
            taken[i] = avo_pins_take(&pins, i * 4, AVO_VERSION_NONE, tag);
            assert_int_not_equal(taken[i], AVO_PINS_NONE);
        }
        for (uint32_t i = 0; i < AVO_COUNT(taken); i++) {
            uint32_t which = i * (2 * round + 3) % 101 % AVO_COUNT(taken);
            assert_int_equal(avo_pins_at(&pins, taken[which])->handle, which * 4);
            assert_int_equal(avo_pins_at(&pins, taken[which])->tag[0], which);
        }
        for (uint32_t i = 0; i < AVO_COUNT(taken); i++) {
            uint32_t which = (i * 37 + round) % AVO_COUNT(taken);
            assert_int_equal(avo_pins_orphan(&pins, which * 4), true);
            assert_true(avo_pins_give(&pins, taken[which], &handle));
            assert_int_equal(handle, which * 4);
        }
        assert_int_equal(pins.uses, 0);
    }
}

static struct avo_writer_id writer(uint32_t incarnation) {
    return (struct avo_writer_id){.incarnation = incarnation, .slot = (uint8_t)(incarnation % 9), .worker = 1};
}

static void test_writers_are_interned_and_numbers_reused(void **state) {
    (void)state;
    struct avo_arena arena = fresh_arena();
    struct avo_writers writers;
    assert_true(avo_writers_create(&writers, &arena, 8));
    for (uint32_t i = 0; i < 8; i++) {
        assert_int_equal(avo_writers_take(&writers, writer(100 + i)), i);
    }
    assert_int_equal(avo_writers_take(&writers, writer(999)), AVO_WRITERS_NONE);
    assert_int_equal(avo_writers_take(&writers, writer(103)), 3); /* known ones still go */
    avo_writers_give(&writers, 3);
    assert_int_equal(avo_writers_take(&writers, writer(999)), AVO_WRITERS_NONE);
    avo_writers_give(&writers, 3);
    assert_int_equal(avo_writers_take(&writers, writer(999)), 3);
    assert_int_equal(avo_writers_id(&writers, 3).incarnation, 999);
    for (uint32_t i = 8; i-- > 0;) {
        avo_writers_give(&writers, i);
    }
    assert_int_equal(writers.count, 0);
    assert_int_equal(avo_writers_take(&writers, writer(7)), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pins_of_one_value_share_and_are_counted),
        cmocka_unit_test(test_many_pins_in_any_order),
        cmocka_unit_test(test_writers_are_interned_and_numbers_reused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
