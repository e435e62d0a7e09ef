#include "boundary/stream.h"
#include "base/assert.h"
#include "boundary/shared.h"

#define PRODUCED_OFFSET 0
#define CONSUMED_OFFSET 64

struct avo_stream_end avo_stream_end(uint8_t *memory, uint32_t capacity_bytes) {
    AVO_ASSERT((uintptr_t)memory % AVO_CACHE_LINE_BYTES == 0);
    AVO_ASSERT(capacity_bytes > 0 && (capacity_bytes & (capacity_bytes - 1)) == 0);
    return (struct avo_stream_end){.memory = memory, .capacity_bytes = capacity_bytes};
}

/* Where the byte `index` lies, and how many of `wanted` follow before the end wraps. */
static uint8_t *bytes_at(const struct avo_stream_end *end, uint64_t index, size_t wanted, size_t *run) {
    size_t offset = (size_t)(index & (end->capacity_bytes - 1));
    size_t to_wrap = end->capacity_bytes - offset;
    *run = wanted < to_wrap ? wanted : to_wrap;
    return end->memory + AVO_STREAM_HEADER_BYTES + offset;
}

/* Takes over the other end's index, read once, if it is neither behind what it was nor beyond `furthest` [B3]. */
static bool peer_refresh(struct avo_stream_end *end, size_t offset, uint64_t furthest) {
    uint64_t claimed = avo_shared_load(end->memory + offset);
    if (claimed - end->peer_index > furthest - end->peer_index) {
        end->lies++;
        return false;
    }
    end->peer_index = claimed;
    return true;
}

size_t avo_stream_write(struct avo_stream_end *producer, struct avo_slice bytes) {
    if (!peer_refresh(producer, CONSUMED_OFFSET, producer->own_index)) {
        return 0;
    }
    size_t room = producer->capacity_bytes - (size_t)(producer->own_index - producer->peer_index);
    size_t count = bytes.length < room ? bytes.length : room;
    size_t run;
    uint8_t *to = bytes_at(producer, producer->own_index, count, &run);
    avo_shared_copy_out(to, avo_slice_part(bytes, 0, run));
    avo_shared_copy_out(producer->memory + AVO_STREAM_HEADER_BYTES, avo_slice_part(bytes, run, count - run));
    producer->own_index += count;
    avo_shared_store(producer->memory + PRODUCED_OFFSET, producer->own_index);
    return count;
}

size_t avo_stream_read(struct avo_stream_end *consumer, uint8_t *to, size_t capacity) {
    if (!peer_refresh(consumer, PRODUCED_OFFSET, consumer->own_index + consumer->capacity_bytes)) {
        return 0;
    }
    size_t waiting = (size_t)(consumer->peer_index - consumer->own_index);
    size_t count = capacity < waiting ? capacity : waiting;
    size_t run;
    const uint8_t *from = bytes_at(consumer, consumer->own_index, count, &run);
    avo_shared_copy_in(to, from, run);
    avo_shared_copy_in(to + run, consumer->memory + AVO_STREAM_HEADER_BYTES, count - run);
    consumer->own_index += count;
    avo_shared_store(consumer->memory + CONSUMED_OFFSET, consumer->own_index);
    return count;
}
