/* A ring whose other side is the input: it scribbles anywhere in the memory between the calls of both our ends. */
#include "base/assert.h"
#include "base/cursor.h"
#include "boundary/ring.h"
#include <string.h>

#define SLOTS 4
#define DATAGRAM 96

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static _Alignas(64) uint8_t memory[AVO_RING_HEADER_BYTES + SLOTS * (DATAGRAM + AVO_RING_SLOT_HEADER_BYTES)];

struct fuzz {
    struct avo_reader input;
    struct avo_ring_end producer;
    struct avo_ring_end consumer;
};

static void scribble(struct fuzz *fuzz) {
    size_t at = avo_read_u16(&fuzz->input) % (sizeof memory - 8);
    avo_read_bytes(&fuzz->input, memory + at, 8);
}

static void push(struct fuzz *fuzz) {
    static const uint8_t bytes[DATAGRAM] = {1};
    struct avo_address address = {.port = 1};
    size_t length = avo_read_u8(&fuzz->input) % (DATAGRAM + 1);
    if (!avo_ring_push(&fuzz->producer, &address, avo_slice(bytes, length))) {
        AVO_ASSERT(avo_ring_reserve(&fuzz->producer) == NULL || fuzz->producer.lies > 0);
    }
}

static void pop(struct fuzz *fuzz) {
    uint8_t got[DATAGRAM];
    struct avo_address address;
    AVO_ASSERT(avo_ring_pop(&fuzz->consumer, &address, got) <= DATAGRAM);
}

static void peek(struct fuzz *fuzz) {
    struct avo_address address;
    struct avo_slice seen;
    if (avo_ring_peek(&fuzz->consumer, avo_read_u8(&fuzz->input) % (2 * SLOTS), &address, &seen)) {
        AVO_ASSERT(seen.length <= DATAGRAM && seen.data >= memory && seen.data + seen.length <= memory + sizeof memory);
        avo_ring_release(&fuzz->consumer, 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct avo_ring_shape shape = {SLOTS, DATAGRAM};
    memset(memory, 0, sizeof memory);
    struct fuzz fuzz = {avo_reader(avo_slice(data, size)), avo_ring_end(memory, shape), avo_ring_end(memory, shape)};
    while (fuzz.input.left > 0 && !fuzz.input.failed) {
        switch (avo_read_u8(&fuzz.input) % 5) {
        case 0:
            scribble(&fuzz);
            break;
        case 1:
            push(&fuzz);
            break;
        case 2:
            avo_ring_publish(&fuzz.producer);
            break;
        case 3:
            pop(&fuzz);
            break;
        default:
            peek(&fuzz);
        }
        AVO_ASSERT(fuzz.producer.own_index - fuzz.producer.peer_index <= SLOTS);
        AVO_ASSERT(fuzz.consumer.peer_index - fuzz.consumer.own_index <= SLOTS);
    }
    return 0;
}
