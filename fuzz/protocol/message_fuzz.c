/* Any bytes as a batch, and as one message: refused, or exactly the one encoding of what was read. */
#include "base/assert.h"
#include "base/limits.h"
#include "protocol/wire/greeting.h"
#include "protocol/wire/message.h"
#include "protocol/wire/welcome.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t again[AVO_MESSAGE_MAX_BYTES];

static void check_same(const struct avo_message *message, struct avo_slice bytes) {
    struct avo_writer writer = avo_writer(again, sizeof again);
    avo_message_write(&writer, message);
    AVO_ASSERT(!writer.failed && writer.length == avo_message_bytes(message));
    AVO_ASSERT(avo_slice_equal(avo_writer_slice(&writer), bytes));
}

static void batch(struct avo_slice bytes) {
    struct avo_reader reader = avo_reader(bytes);
    struct avo_message message;
    const uint8_t *start = reader.data;
    while (avo_frame_read(&reader, &message) == AVO_OK) {
        check_same(&message, avo_slice(start + 2, (size_t)(reader.data - start) - 2));
        start = reader.data;
    }
}

static void welcome(struct avo_slice bytes) {
    struct avo_welcome read;
    if (avo_welcome_read(bytes, &read) == AVO_OK) {
        struct avo_writer writer = avo_writer(again, sizeof again);
        avo_welcome_write(&writer, &read);
        AVO_ASSERT(avo_slice_equal(avo_writer_slice(&writer), bytes));
    }
}

static void greeting(struct avo_slice bytes) {
    struct avo_greeting read;
    if (avo_greeting_read(bytes, &read) == AVO_OK) {
        struct avo_writer writer = avo_writer(again, sizeof again);
        avo_greeting_write(&writer, &read);
        AVO_ASSERT(avo_slice_equal(avo_writer_slice(&writer), bytes));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct avo_slice bytes = avo_slice(data, size);
    struct avo_message message;
    if (avo_message_read(bytes, &message) == AVO_OK) {
        check_same(&message, bytes);
    }
    batch(bytes);
    greeting(bytes);
    welcome(bytes);
    return 0;
}
