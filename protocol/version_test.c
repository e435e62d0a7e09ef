#include "protocol/testing.h"
#include "protocol/version.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above. */
#include <cmocka.h>

/* Each is newer than all before it: clock first, then incarnation, slot, worker, then rmw. */
static const struct avo_version ascending[] = {
    {0, {0, 0, 0}, 0},   {0, {0, 0, 0}, 1},          {0, {0, 0, 9}, 0},    {1, {1, 1, 1}, 0},
    {1, {1, 1, 1}, 1},   {1, {1, 1, 2}, 0},          {1, {1, 2, 0}, 0},    {1, {2, 0, 0}, 0},
    {256, {0, 0, 0}, 0}, {UINT32_MAX, {9, 9, 9}, 9}, {1ULL << 32, {0}, 0}, {UINT64_MAX, {UINT32_MAX, 255, 255}, UINT32_MAX},
};

static void order(void **state) {
    (void)state;
    for (size_t i = 0; i < AVO_COUNT(ascending); i++) {
        for (size_t j = 0; j < AVO_COUNT(ascending); j++) {
            int got = avo_version_compare(ascending[i], ascending[j]);
            assert_int_equal((got > 0) - (got < 0), (i > j) - (i < j));
        }
        assert_int_equal(avo_version_is_none(ascending[i]), i == 0);
    }
}

static void round_trip(void **state) {
    (void)state;
    uint8_t bytes[AVO_VERSION_BYTES];
    for (size_t i = 0; i < AVO_COUNT(ascending); i++) {
        struct avo_writer writer = avo_writer(bytes, sizeof bytes);
        avo_version_write(&writer, ascending[i]);
        assert_true(!writer.failed && writer.length == AVO_VERSION_BYTES);
        struct avo_reader reader = avo_reader(AVO_SLICE_OF(bytes));
        assert_int_equal(avo_version_compare(avo_version_read(&reader), ascending[i]), 0);
        assert_true(avo_reader_done(&reader));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(order), cmocka_unit_test(round_trip)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
