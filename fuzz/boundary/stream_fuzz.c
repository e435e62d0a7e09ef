/* A stream whose other side is the input: it scribbles anywhere in the memory between the calls of both our ends. */
#include "base/assert.h"
#include "base/cursor.h"
#include "boundary/stream.h"
#include <string.h>

#define CAPACITY 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static _Alignas(64) uint8_t memory[AVO_STREAM_HEADER_BYTES + CAPACITY];

static void step(struct avo_reader *input, struct avo_stream_end *producer, struct avo_stream_end *consumer) {
    uint8_t bytes[2 * CAPACITY] = {0};
    size_t length = 0;
    switch (avo_read_u8(input) % 3) {
    case 0:
        length = avo_read_u8(input) % (sizeof memory - 8);
        avo_read_bytes(input, memory + length, 8);
        break;
    case 1:
        length = avo_read_u8(input) % sizeof bytes;
        AVO_ASSERT(avo_stream_write(producer, avo_slice(bytes, length)) <= length);
        break;
    default:
        length = avo_read_u8(input) % sizeof bytes;
        AVO_ASSERT(avo_stream_read(consumer, bytes, length) <= length);
    }
    AVO_ASSERT(producer->own_index - producer->peer_index <= CAPACITY);
    AVO_ASSERT(consumer->peer_index - consumer->own_index <= CAPACITY);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    memset(memory, 0, sizeof memory);
    struct avo_reader input = avo_reader(avo_slice(data, size));
    struct avo_stream_end producer = avo_stream_end(memory, CAPACITY);
    struct avo_stream_end consumer = avo_stream_end(memory, CAPACITY);
    while (input.left > 0 && !input.failed) {
        step(&input, &producer, &consumer);
    }
    return 0;
}
