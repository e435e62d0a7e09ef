/* The instruction channel: requests of any bytes, and a CPU that answers anything. */
#include "tee/inside/instruction.h"
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
// clang-format off
#include <cmocka.h>
// clang-format on

static void requests_have_one_length_each(void **state) {
    (void)state;
    const struct {
        uint8_t kind;
        size_t length;
    } kinds[] = {{AVO_INSTRUCTION_REPORT, AVO_INSTRUCTION_TARGET_BYTES + AVO_INSTRUCTION_REPORT_DATA_BYTES},
                 {AVO_INSTRUCTION_QUOTE, AVO_INSTRUCTION_REPORT_BYTES},
                 {AVO_INSTRUCTION_SEAL_KEY, 0},
                 {AVO_INSTRUCTION_REPORT_KEY, AVO_INSTRUCTION_KEY_ID_BYTES}};
    uint8_t request[AVO_INSTRUCTION_REQUEST_MAX_BYTES + 8] = {0};
    struct avo_instruction instruction;
    for (size_t i = 0; i < AVO_COUNT(kinds); i++) {
        request[0] = kinds[i].kind;
        for (size_t length = 0; length <= sizeof request; length++) {
            enum avo_error expected = length == 1 + kinds[i].length ? AVO_OK : AVO_EFORMAT;
            assert_int_equal(avo_instruction_read(avo_slice(request, length), &instruction), expected);
        }
    }
    for (int kind = 0; kind < 256; kind++) {
        request[0] = (uint8_t)kind;
        bool known = kind == AVO_INSTRUCTION_SEAL_KEY;
        assert_int_equal(avo_instruction_read(avo_slice(request, 1), &instruction), known ? AVO_OK : AVO_EFORMAT);
    }
}

/* A CPU that answers each request with the next of its lines. */
struct cpu {
    int fd;
    struct avo_slice answers[2];
};

static void *cpu_run(void *argument) {
    struct cpu *cpu = argument;
    uint8_t request[AVO_INSTRUCTION_REQUEST_MAX_BYTES];
    for (size_t i = 0; i < AVO_COUNT(cpu->answers) && cpu->answers[i].data != NULL; i++) {
        if (recv(cpu->fd, request, sizeof request, 0) <= 0) {
            break;
        }
        (void)!send(cpu->fd, cpu->answers[i].data, cpu->answers[i].length, MSG_NOSIGNAL);
    }
    close(cpu->fd);
    return NULL;
}

static enum avo_error evidence_from(struct avo_slice first, struct avo_slice second, struct avo_buffer *quote) {
    static const uint8_t report_data[AVO_INSTRUCTION_REPORT_DATA_BYTES];
    int pair[2];
    pthread_t thread;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    struct cpu cpu = {pair[1], {first, second}};
    assert_int_equal(pthread_create(&thread, NULL, cpu_run, &cpu), 0);
    enum avo_error error = avo_simcpu_evidence(pair[0], report_data, quote);
    close(pair[0]);
    pthread_join(thread, NULL);
    return error;
}

static void evidence_is_a_report_and_then_a_quote(void **state) {
    (void)state;
    static uint8_t report[1 + AVO_INSTRUCTION_REPORT_BYTES];
    static uint8_t memory[AVO_INSTRUCTION_QUOTE_MAX_BYTES];
    static const uint8_t quote_answer[] = {AVO_OK, 'q', 'u'};
    static const uint8_t denied[] = {AVO_EAUTH};
    static const uint8_t nonsense[] = {200, 1};
    struct avo_buffer quote = {memory, 0, sizeof memory};
    assert_int_equal(evidence_from(AVO_SLICE_OF(report), AVO_SLICE_OF(quote_answer), &quote), AVO_OK);
    assert_true(avo_slice_equal(avo_buffer_slice(&quote), avo_slice_string("qu")));
    assert_int_equal(evidence_from(AVO_SLICE_OF(report), AVO_SLICE_OF(denied), &quote), AVO_EAUTH);
    assert_int_equal(evidence_from(avo_slice(report, 100), AVO_SLICE_OF(quote_answer), &quote), AVO_EFORMAT);
    assert_int_equal(evidence_from(AVO_SLICE_OF(nonsense), AVO_SLICE_OF(quote_answer), &quote), AVO_EIO);
    assert_int_equal(evidence_from(AVO_SLICE_OF(report), AVO_SLICE_EMPTY, &quote), AVO_EIO);
    quote.capacity = 1;
    assert_int_equal(evidence_from(AVO_SLICE_OF(report), AVO_SLICE_OF(quote_answer), &quote), AVO_EFORMAT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_have_one_length_each),
        cmocka_unit_test(evidence_is_a_report_and_then_a_quote),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
