/* What starter and simulated CPU say to each other, and what neither may be made to believe. */
#include "base/random.h"
#include "tee/sim/message.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
// clang-format off
#include <cmocka.h>
// clang-format on

static const char *const arguments[] = {"/opt/avocado-enclave", "--spin-turns", ""};

static size_t start_make(uint8_t *message) {
    struct avo_writer writer = avo_writer(message, AVO_SIMCPU_MESSAGE_MAX_BYTES);
    avo_simcpu_start_write(&writer, arguments, AVO_COUNT(arguments));
    assert_false(writer.failed);
    return writer.length;
}

static void a_start_arrives_as_it_was_sent(void **state) {
    (void)state;
    uint8_t message[AVO_SIMCPU_MESSAGE_MAX_BYTES];
    struct avo_simcpu_arguments got;
    assert_int_equal(avo_simcpu_start_read(message, start_make(message), &got), AVO_OK);
    assert_int_equal(got.count, AVO_COUNT(arguments));
    for (size_t i = 0; i < AVO_COUNT(arguments); i++) {
        assert_string_equal(got.text[i], arguments[i]);
    }
    assert_null(got.text[got.count]);
}

static void a_start_cut_or_lengthened_is_refused(void **state) {
    (void)state;
    uint8_t message[AVO_SIMCPU_MESSAGE_MAX_BYTES];
    struct avo_simcpu_arguments got;
    size_t length = start_make(message);
    for (size_t cut = 0; cut < length; cut++) {
        assert_int_equal(avo_simcpu_start_read(message, cut, &got), AVO_EFORMAT);
    }
    message[length] = 0;
    assert_int_equal(avo_simcpu_start_read(message, length + 1, &got), AVO_EFORMAT);
}

/* Whatever the bytes: what was accepted is a list of terminated strings inside the message. */
static void hostile_bytes_never_leave_the_message(void **state) {
    (void)state;
    struct avo_prng prng = avo_prng(20);
    uint32_t accepted = 0;
    for (int i = 0; i < 200000; i++) {
        uint8_t message[AVO_SIMCPU_MESSAGE_MAX_BYTES];
        struct avo_simcpu_arguments got;
        size_t length = start_make(message);
        for (uint64_t flips = avo_prng_below(&prng, 4); flips > 0; flips--) {
            message[avo_prng_below(&prng, length)] = (uint8_t)avo_prng_next(&prng);
        }
        if (avo_simcpu_start_read(message, length, &got) == AVO_OK) {
            accepted++;
            for (uint8_t j = 0; j < got.count; j++) {
                const uint8_t *text = (const uint8_t *)got.text[j];
                assert_true(text >= message && text + strlen(got.text[j]) < message + length);
            }
        }
    }
    assert_true(accepted > 0 && accepted < 200000);
}

static void too_much_is_not_written(void **state) {
    (void)state;
    static char large[AVO_SIMCPU_MESSAGE_MAX_BYTES];
    uint8_t message[AVO_SIMCPU_MESSAGE_MAX_BYTES];
    const char *many[AVO_SIMCPU_ARGUMENT_MAX_COUNT + 1];
    memset(large, 'x', sizeof large - 1);
    const char *one[] = {large};
    struct avo_writer writer = avo_writer(message, sizeof message);
    avo_simcpu_start_write(&writer, one, 1);
    assert_true(writer.failed);
    for (size_t i = 0; i < AVO_COUNT(many); i++) {
        many[i] = "x";
    }
    writer = avo_writer(message, sizeof message);
    avo_simcpu_start_write(&writer, many, AVO_COUNT(many));
    assert_true(writer.failed);
}

static void answers_arrive_as_they_were_sent(void **state) {
    (void)state;
    uint8_t message[512];
    struct avo_simcpu_answer got;
    struct avo_simcpu_answer answers[] = {{.kind = AVO_SIMCPU_STARTED, .process_id = 77, .measurement = {1, 2, 3}},
                                          {.kind = AVO_SIMCPU_ENDED, .wait_status = 9},
                                          {.kind = AVO_SIMCPU_REFUSED, .why = "x is linked dynamically"}};
    for (size_t i = 0; i < AVO_COUNT(answers); i++) {
        struct avo_writer writer = avo_writer(message, sizeof message);
        avo_simcpu_answer_write(&writer, &answers[i]);
        assert_false(writer.failed);
        assert_int_equal(avo_simcpu_answer_read(avo_writer_slice(&writer), &got), AVO_OK);
        assert_memory_equal(&got, &answers[i], sizeof got);
        assert_int_equal(avo_simcpu_answer_read(avo_slice(message, 4), &got), AVO_EFORMAT);
    }
    static const uint8_t start[] = {0x61, 0x6f, 0x73, 0x6d, AVO_SIMCPU_START};
    assert_int_equal(avo_simcpu_answer_read(AVO_SLICE_OF(start), &got), AVO_EFORMAT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_start_arrives_as_it_was_sent),        cmocka_unit_test(a_start_cut_or_lengthened_is_refused),
        cmocka_unit_test(hostile_bytes_never_leave_the_message), cmocka_unit_test(too_much_is_not_written),
        cmocka_unit_test(answers_arrive_as_they_were_sent),
    };
    printf("seed 20\n");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
