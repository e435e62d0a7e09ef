/* The control channel's frames over streams whose other side is the input: any bytes come in, the reader is at any time told any
 * index. What is read keeps its limits, and a reader that was lied to stays refused. */
#include "base/assert.h"
#include "base/cursor.h"
#include "boundary/relay.h"
#include "boundary/shared.h"
#include <string.h>

#define CAPACITY 256

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzz {
    _Alignas(64) uint8_t memory[AVO_STREAM_HEADER_BYTES + CAPACITY];
    struct avo_reader input;
    struct avo_stream_end other; /* the lying side's own */
    struct avo_stream_end consumer;
    struct avo_stream_end producer;
    struct avo_relay_reader reader;
    struct avo_relay_writer writer;
    bool refused;
};

static void read_frame(struct fuzz *fuzz) {
    struct avo_relay_frame frame;
    enum avo_error error = avo_relay_read(&fuzz->reader, &fuzz->consumer, &frame);
    AVO_ASSERT(!fuzz->refused || error == AVO_EFORMAT);
    if (error == AVO_OK) {
        AVO_ASSERT(frame.kind >= AVO_RELAY_OPENED && frame.kind <= AVO_RELAY_LAS);
        AVO_ASSERT(frame.bytes.length <= AVO_RELAY_CHUNK_MAX_BYTES);
        AVO_ASSERT((frame.bytes.length > 0) == (frame.kind == AVO_RELAY_BYTES || frame.kind == AVO_RELAY_LAS));
    }
    fuzz->refused |= error == AVO_EFORMAT;
}

static void act(struct fuzz *fuzz) {
    uint8_t bytes[AVO_RELAY_CHUNK_MAX_BYTES] = {0};
    uint8_t what = avo_read_u8(&fuzz->input);
    switch (what % 5) {
    case 0:
        (void)avo_stream_write(&fuzz->other, avo_read_slice(&fuzz->input, avo_read_u8(&fuzz->input)));
        break;
    case 1:
        avo_shared_store(fuzz->memory + (what & 0x40), avo_read_u64(&fuzz->input)); /* either index */
        break;
    case 2:
        (void)avo_relay_write(&fuzz->writer, &fuzz->producer, AVO_RELAY_BYTES,
                              avo_slice(bytes, 1 + avo_read_u16(&fuzz->input) % sizeof bytes));
        break;
    case 3:
        (void)avo_relay_flush(&fuzz->writer, &fuzz->producer);
        break;
    default:
        read_frame(fuzz);
    }
    AVO_ASSERT(fuzz->writer.sent <= fuzz->writer.length && fuzz->reader.length <= AVO_RELAY_FRAME_MAX_BYTES);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct fuzz fuzz;
    memset(&fuzz, 0, sizeof fuzz);
    fuzz.input = avo_reader(avo_slice(data, size));
    fuzz.other = avo_stream_end(fuzz.memory, CAPACITY);
    fuzz.consumer = avo_stream_end(fuzz.memory, CAPACITY);
    fuzz.producer = avo_stream_end(fuzz.memory, CAPACITY);
    while (fuzz.input.left > 0 && !fuzz.input.failed) {
        act(&fuzz);
    }
    return 0;
}
