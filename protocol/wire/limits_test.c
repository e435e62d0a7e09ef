/* Every bound of a field: what stands at it is read, what lies one beyond it is refused. */
#include "base/limits.h"
#include "protocol/testing.h"
#include "protocol/wire/message.h"
#include "protocol/wire/welcome.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above. */
#include <cmocka.h>

static uint8_t bytes[AVO_VALUE_MAX_BYTES + 1];
static uint8_t wire[AVO_VALUE_MAX_BYTES + 4096];

static bool is_read(const struct avo_message *message) {
    struct avo_message got;
    struct avo_writer writer = avo_writer(wire, sizeof wire);
    avo_message_write(&writer, message);
    assert_false(writer.failed);
    return avo_message_read(avo_writer_slice(&writer), &got) == AVO_OK;
}

static struct avo_message query_of(size_t key_bytes, enum avo_want want, uint32_t value_bytes) {
    return (struct avo_message){
        .type = AVO_MESSAGE_QUERY,
        .query = {.round = 1, .want = want, .value_bytes = value_bytes, .key = avo_slice(bytes, key_bytes)}};
}

static void queries(void **state) {
    (void)state;
    const struct {
        size_t key_bytes;
        enum avo_want want;
        uint32_t value_bytes;
        bool read;
    } cases[] = {
        {0, AVO_WANT_NEWER, 0, false},
        {1, AVO_WANT_NEWER, 0, true},
        {AVO_KEY_MAX_BYTES, AVO_WANT_NEWER, 0, true},
        {AVO_KEY_MAX_BYTES + 1, AVO_WANT_NEWER, 0, false},
        {1, (enum avo_want)0, 0, false},
        {1, AVO_WANT_VALUE, 0, true},
        {1, (enum avo_want)4, 0, false},
        {1, AVO_WANT_NEWER, 1, false},
        {1, AVO_WANT_VERSION, AVO_VALUE_MAX_BYTES, true},
        {1, AVO_WANT_VERSION, AVO_VALUE_MAX_BYTES + 1, false},
        {1, AVO_WANT_VERSION, AVO_VALUE_BYTES_TOMBSTONE - 1, false},
        {1, AVO_WANT_VERSION, AVO_VALUE_BYTES_TOMBSTONE, true},
    };
    for (size_t i = 0; i < AVO_COUNT(cases); i++) {
        struct avo_message message = query_of(cases[i].key_bytes, cases[i].want, cases[i].value_bytes);
        assert_int_equal(is_read(&message), cases[i].read);
    }
}

static void writes_and_answers(void **state) {
    (void)state;
    struct avo_message write = {.type = AVO_MESSAGE_WRITE,
                                .write = {.version = {.clock = 1}, .key = avo_slice(bytes, AVO_KEY_MAX_BYTES)}};
    struct avo_message answer = {.type = AVO_MESSAGE_ANSWER, .answer = {.state = 1, .has_value = true, .version = {.clock = 1}}};
    struct avo_message reply = {.type = AVO_MESSAGE_REPLY, .reply = {.id = 1, .status = AVO_OK}};
    for (size_t beyond = 0; beyond < 2; beyond++) {
        write.write.value = answer.answer.value = reply.reply.value = avo_slice(bytes, AVO_VALUE_MAX_BYTES + beyond);
        assert_int_equal(is_read(&write), beyond == 0);
        assert_int_equal(is_read(&answer), beyond == 0);
        assert_int_equal(is_read(&reply), beyond == 0);
    }
    write.write.value = AVO_SLICE_EMPTY;
    write.write.key = avo_slice(bytes, AVO_KEY_MAX_BYTES + 1);
    assert_false(is_read(&write));
    write.write.key = AVO_SLICE_EMPTY;
    assert_false(is_read(&write));
    write.write.key = avo_slice(bytes, 1);
    assert_true(is_read(&write));
    write.write.version = AVO_VERSION_NONE;
    assert_false(is_read(&write));
    reply.reply = (struct avo_reply){.id = 1, .status = AVO_ERROR_COUNT - 1};
    assert_true(is_read(&reply));
    reply.reply.status = AVO_ERROR_COUNT;
    assert_false(is_read(&reply));
}

static struct avo_message request_of(uint64_t id, uint64_t answered_below, int operation, uint32_t patience_ms,
                                     size_t value_bytes) {
    return (struct avo_message){.type = AVO_MESSAGE_REQUEST,
                                .request = {.id = id,
                                            .answered_below = answered_below,
                                            .operation = (enum avo_operation)operation,
                                            .patience_ms = patience_ms,
                                            .key = avo_slice(bytes, AVO_KEY_MAX_BYTES),
                                            .value = avo_slice(bytes, value_bytes)}};
}

static void requests(void **state) {
    (void)state;
    const struct {
        uint64_t id, answered_below;
        int operation;
        uint32_t patience_ms;
        size_t value_bytes;
        bool read;
    } cases[] = {
        {0, 0, AVO_OPERATION_GET, 1, 0, false},
        {1, 0, AVO_OPERATION_GET, 1, 0, true},
        {1, 1, AVO_OPERATION_GET, 1, 0, true},
        {1, 2, AVO_OPERATION_GET, 1, 0, false},
        {AVO_SESSION_WINDOW + 4, 5, AVO_OPERATION_GET, 1, 0, true},
        {AVO_SESSION_WINDOW + 5, 5, AVO_OPERATION_GET, 1, 0, false},
        {1, 1, AVO_OPERATION_GET - 1, 1, 0, false},
        {1, 1, AVO_OPERATION_DELETE, 1, 0, true},
        {1, 1, AVO_OPERATION_OUTCOME, 1, 0, true},
        {1, 1, AVO_OPERATION_OUTCOME + 1, 1, 0, false},
        {1, 1, AVO_OPERATION_GET, 0, 0, false},
        {1, 1, AVO_OPERATION_GET, 3600000, 0, true},
        {1, 1, AVO_OPERATION_GET, 3600001, 0, false},
        {1, 1, AVO_OPERATION_PUT, 1, AVO_VALUE_MAX_BYTES, true},
        {1, 1, AVO_OPERATION_PUT, 1, AVO_VALUE_MAX_BYTES + 1, false},
        {1, 1, AVO_OPERATION_GET, 1, 1, false},
    };
    for (size_t i = 0; i < AVO_COUNT(cases); i++) {
        struct avo_message message =
            request_of(cases[i].id, cases[i].answered_below, cases[i].operation, cases[i].patience_ms, cases[i].value_bytes);
        assert_int_equal(is_read(&message), cases[i].read);
    }
}

static void segments(void **state) {
    (void)state;
    const uint32_t last = AVO_MESSAGE_MAX_BYTES / AVO_SEGMENT_MIN_BYTES * AVO_SEGMENT_MIN_BYTES;
    const struct {
        uint32_t total_bytes, offset, segment_bytes;
        size_t length;
        bool read;
    } cases[] = {
        {0, 0, 0, 0, true}, /* gone */
        {0, 0, AVO_SEGMENT_MIN_BYTES, 0, false},
        {0, 0, 0, 1, false},
        {1, 0, AVO_SEGMENT_MIN_BYTES, 0, false},
        {1, 0, AVO_SEGMENT_MIN_BYTES, 1, true},
        {1, 0, AVO_SEGMENT_MIN_BYTES - 1, 1, false},
        {1, 0, AVO_PACKET_MAX_BYTES, 1, true},
        {1, 0, AVO_PACKET_MAX_BYTES + 1, 1, false},
        {1, AVO_SEGMENT_MIN_BYTES, AVO_SEGMENT_MIN_BYTES, 1, false},
        {1001, 1000, 1000, 1, true},
        {1001, 1000, 1000, 2, false},
        {1000, 1000, 1000, 1, false},
        {2000, 0, 1000, 999, false},
        {2000, 0, 1000, 1000, true},
        {AVO_MESSAGE_MAX_BYTES, last, AVO_SEGMENT_MIN_BYTES, AVO_MESSAGE_MAX_BYTES - last, true},
        {AVO_MESSAGE_MAX_BYTES + 1, last, AVO_SEGMENT_MIN_BYTES, AVO_MESSAGE_MAX_BYTES + 1 - last, false},
    };
    for (size_t i = 0; i < AVO_COUNT(cases); i++) {
        struct avo_message message = {
            .type = AVO_MESSAGE_SEGMENT,
            .segment = {3, cases[i].total_bytes, cases[i].offset, avo_slice(bytes, cases[i].length), cases[i].segment_bytes}};
        assert_int_equal(is_read(&message), cases[i].read);
    }
}

static bool welcome_is_read(const struct avo_welcome *welcome) {
    struct avo_welcome got;
    struct avo_writer writer = avo_writer(wire, AVO_WELCOME_BYTES);
    avo_welcome_write(&writer, welcome);
    return avo_welcome_read(avo_writer_slice(&writer), &got) == AVO_OK;
}

static void welcomes(void **state) {
    (void)state;
    const struct avo_welcome usual = {
        .worker_count = 2, .mtu_bytes = 1500, .value_max_bytes = 1, .epoch = 1, .wire_version = AVO_WIRE_VERSION};
    const struct {
        uint16_t worker_count, mtu_bytes;
        uint32_t value_max_bytes, epoch;
        bool read;
    } cases[] = {
        {0, 1500, 1, 1, false},
        {1, 1500, 1, 1, true},
        {AVO_WORKER_MAX_COUNT, 1500, 1, 1, true},
        {AVO_WORKER_MAX_COUNT + 1, 1500, 1, 1, false},
        {1, AVO_MTU_MIN_BYTES - 1, 1, 1, false},
        {1, AVO_MTU_MIN_BYTES, 1, 1, true},
        {1, AVO_MTU_MAX_BYTES, 1, 1, true},
        {1, AVO_MTU_MAX_BYTES + 1, 1, 1, false},
        {1, 1500, AVO_VALUE_MAX_BYTES, 1, true},
        {1, 1500, AVO_VALUE_MAX_BYTES + 1, 1, false},
        {1, 1500, 1, 0, false},
    };
    for (size_t i = 0; i < AVO_COUNT(cases); i++) {
        struct avo_welcome welcome = usual;
        welcome.worker_count = cases[i].worker_count;
        welcome.mtu_bytes = cases[i].mtu_bytes;
        welcome.value_max_bytes = cases[i].value_max_bytes;
        welcome.epoch = cases[i].epoch;
        assert_int_equal(welcome_is_read(&welcome), cases[i].read);
    }
}

/* A frame of 65,535 bytes is the longest that its length can name; one byte more is no frame. */
static void frames(void **state) {
    (void)state;
    struct avo_message message = {.type = AVO_MESSAGE_REPLY, .reply = {.id = 1}};
    size_t around = avo_message_bytes(&message);
    for (size_t beyond = 0; beyond < 2; beyond++) {
        message.reply.value = avo_slice(bytes, UINT16_MAX - around + beyond);
        struct avo_writer batch = avo_writer(wire, sizeof wire);
        assert_int_equal(avo_frame_write(&batch, &message), beyond == 0);
        assert_int_equal(batch.length, beyond == 0 ? 2 + UINT16_MAX : 0);
    }
    message.reply.value = AVO_SLICE_EMPTY;
    for (size_t missing = 0; missing < 2; missing++) {
        struct avo_writer batch = avo_writer(wire, 2 + around - missing);
        assert_int_equal(avo_frame_write(&batch, &message), missing == 0);
        assert_false(batch.failed);
    }
    struct avo_writer full = avo_writer(wire, 1);
    assert_false(avo_frame_write(&full, &message));
    assert_int_equal(full.length, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(queries),  cmocka_unit_test(writes_and_answers), cmocka_unit_test(requests),
        cmocka_unit_test(segments), cmocka_unit_test(welcomes),           cmocka_unit_test(frames),
    };
    return cmocka_run_group_tests_name("wire/limits", tests, NULL, NULL);
}
