/* What is measured, and which programs are worth measuring. */
#include "base/random.h"
#include "tee/sim/measure.h"
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
// clang-format off
#include <cmocka.h>
// clang-format on

#define HEADER 64
#define SEGMENT 56
#define TYPE_AT 16
#define MACHINE_AT 18
#define SEGMENTS_AT 32
#define SEGMENT_BYTES_AT 54
#define SEGMENT_COUNT_AT 56

/* An executable with two segments, of these types. */
static void program_make(uint8_t program[HEADER + 2 * SEGMENT], uint8_t first, uint8_t second) {
    static const uint8_t ident[] = {0x7f, 'E', 'L', 'F', 2, 1, 1};
    memset(program, 0, HEADER + 2 * SEGMENT);
    memcpy(program, ident, sizeof ident);
    program[TYPE_AT] = 2;
    program[MACHINE_AT] = 62;
    program[SEGMENTS_AT] = HEADER;
    program[SEGMENT_BYTES_AT] = SEGMENT;
    program[SEGMENT_COUNT_AT] = 2;
    program[HEADER] = first;
    program[HEADER + SEGMENT] = second;
}

static void a_measurement_is_a_hash_under_its_own_domain(void **state) {
    (void)state;
    static const uint8_t all[] = "avocado program v1\0abc";
    uint8_t expected[AVO_MEASURE_BYTES], got[AVO_MEASURE_BYTES];
    char hex[AVO_MEASURE_HEX_BYTES];
    crypto_hash_sha256(expected, all, sizeof all - 1);
    avo_measure_program(avo_slice_string("abc"), got);
    assert_memory_equal(got, expected, sizeof got);
    avo_measure_hex(got, hex);
    assert_int_equal(strlen(hex), 2 * AVO_MEASURE_BYTES);
    avo_measure_program(avo_slice_string("abd"), got);
    assert_memory_not_equal(got, expected, sizeof got);
}

static void only_static_programs_pass(void **state) {
    (void)state;
    uint8_t program[HEADER + 2 * SEGMENT];
    program_make(program, 1, 1);
    assert_int_equal(avo_measure_check(AVO_SLICE_OF(program)), AVO_OK);
    program_make(program, 1, 3);
    assert_int_equal(avo_measure_check(AVO_SLICE_OF(program)), AVO_EDENIED);
    program_make(program, 3, 1);
    assert_int_equal(avo_measure_check(AVO_SLICE_OF(program)), AVO_EDENIED);
}

static void other_files_are_refused(void **state) {
    (void)state;
    uint8_t program[HEADER + 2 * SEGMENT];
    const struct {
        size_t at;
        uint8_t value;
    } changes[] = {{0, 0},
                   {4, 1},
                   {TYPE_AT, 1},
                   {MACHINE_AT, 3},
                   {SEGMENT_COUNT_AT, 0},
                   {SEGMENT_COUNT_AT, 3},
                   {SEGMENT_BYTES_AT, 32},
                   {SEGMENTS_AT + 7, 0x80},
                   {SEGMENTS_AT + 1, 1}};
    for (size_t i = 0; i < AVO_COUNT(changes); i++) {
        program_make(program, 1, 1);
        program[changes[i].at] = changes[i].value;
        assert_int_equal(avo_measure_check(AVO_SLICE_OF(program)), AVO_EFORMAT);
    }
    program_make(program, 1, 1);
    for (size_t cut = 0; cut < sizeof program; cut++) {
        assert_int_equal(avo_measure_check(avo_slice(program, cut)), AVO_EFORMAT);
    }
    assert_int_equal(avo_measure_check(AVO_SLICE_EMPTY), AVO_EFORMAT);
}

static void hostile_files_are_read_within_their_bounds(void **state) {
    (void)state;
    struct avo_prng prng = avo_prng(21);
    uint8_t program[HEADER + 2 * SEGMENT];
    uint32_t refused = 0;
    for (int i = 0; i < 200000; i++) {
        program_make(program, 1, 1);
        program[avo_prng_below(&prng, sizeof program)] = (uint8_t)avo_prng_next(&prng);
        program[avo_prng_below(&prng, HEADER)] = (uint8_t)avo_prng_next(&prng);
        refused += avo_measure_check(avo_slice(program, avo_prng_below(&prng, sizeof program + 1))) != AVO_OK;
    }
    assert_true(refused > 100000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_measurement_is_a_hash_under_its_own_domain),
        cmocka_unit_test(only_static_programs_pass),
        cmocka_unit_test(other_files_are_refused),
        cmocka_unit_test(hostile_files_are_read_within_their_bounds),
    };
    printf("seed 21\n");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
