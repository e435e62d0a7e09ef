/* A stream and the frames of the control channel over it, under two threads (run it under ThreadSanitizer too). */
#include "boundary/relay.h"
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
// clang-format off
#include <cmocka.h>
// clang-format on

#define CAPACITY 1024
/* Each KiB may be a switch of threads, which takes a busy machine long: some thousand of them, no more. */
#define BYTE_COUNT 1000000U
#define FRAME_COUNT 4000U

static _Alignas(64) uint8_t memory[AVO_STREAM_HEADER_BYTES + CAPACITY];

static uint8_t byte_at(uint32_t index) {
    return (uint8_t)(index * 131U >> 3);
}

static void *bytes_write(void *argument) {
    struct avo_stream_end *producer = argument;
    uint8_t piece[300];
    for (uint32_t written = 0; written < BYTE_COUNT;) {
        uint32_t count = 1 + written % sizeof piece;
        count = count < BYTE_COUNT - written ? count : BYTE_COUNT - written;
        for (uint32_t i = 0; i < count; i++) {
            piece[i] = byte_at(written + i);
        }
        size_t taken = avo_stream_write(producer, avo_slice(piece, count));
        written += (uint32_t)taken;
        if (taken == 0) {
            (void)sched_yield();
        }
    }
    return NULL;
}

static void test_every_byte_arrives_once_in_order(void **state) {
    (void)state;
    pthread_t thread;
    memset(memory, 0, sizeof memory);
    struct avo_stream_end producer = avo_stream_end(memory, CAPACITY);
    struct avo_stream_end consumer = avo_stream_end(memory, CAPACITY);
    assert_int_equal(pthread_create(&thread, NULL, bytes_write, &producer), 0);
    for (uint32_t read = 0; read < BYTE_COUNT;) {
        uint8_t piece[257];
        size_t count = avo_stream_read(&consumer, piece, sizeof piece);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(piece[i], byte_at(read++));
        }
        if (count == 0) {
            (void)sched_yield();
        }
    }
    pthread_join(thread, NULL);
    assert_int_equal(producer.lies + consumer.lies, 0);
}

/* Frame number n: its kind and its length follow from n. */
static enum avo_relay_kind frame_kind(uint32_t n) {
    return n % 16 == 0 ? AVO_RELAY_OPENED : AVO_RELAY_BYTES;
}

static size_t frame_length(uint32_t n) {
    return frame_kind(n) == AVO_RELAY_BYTES ? 1 + n * 7 % 600 : 0;
}

static void *frames_write(void *argument) {
    static struct avo_relay_writer writer;
    struct avo_stream_end *producer = argument;
    uint8_t bytes[600];
    for (uint32_t n = 0; n < FRAME_COUNT;) {
        memset(bytes, (int)(n & 0xff), sizeof bytes);
        if (avo_relay_write(&writer, producer, frame_kind(n), avo_slice(bytes, frame_length(n)))) {
            n++;
        } else {
            (void)sched_yield();
        }
    }
    while (!avo_relay_flush(&writer, producer)) {
        (void)sched_yield();
    }
    return NULL;
}

static void test_every_frame_arrives_whole_and_in_order(void **state) {
    (void)state;
    static struct avo_relay_reader reader;
    pthread_t thread;
    memset(memory, 0, sizeof memory);
    struct avo_stream_end producer = avo_stream_end(memory, CAPACITY);
    struct avo_stream_end consumer = avo_stream_end(memory, CAPACITY);
    assert_int_equal(pthread_create(&thread, NULL, frames_write, &producer), 0);
    for (uint32_t n = 0; n < FRAME_COUNT;) {
        struct avo_relay_frame frame;
        enum avo_error error = avo_relay_read(&reader, &consumer, &frame);
        if (error == AVO_EBUSY) {
            (void)sched_yield();
            continue;
        }
        assert_int_equal(error, AVO_OK);
        assert_int_equal(frame.kind, frame_kind(n));
        assert_int_equal(frame.bytes.length, frame_length(n));
        for (size_t i = 0; i < frame.bytes.length; i++) {
            assert_int_equal(frame.bytes.data[i], n & 0xff);
        }
        n++;
    }
    pthread_join(thread, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_byte_arrives_once_in_order),
        cmocka_unit_test(test_every_frame_arrives_whole_and_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
