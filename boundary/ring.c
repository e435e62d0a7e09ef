#include "boundary/ring.h"
#include "base/assert.h"
#include "boundary/shared.h"

#define LENGTH_OFFSET 0
#define ADDRESS_OFFSET 4

static size_t slot_bytes(struct avo_ring_shape shape) {
    return (size_t)shape.datagram_bytes + AVO_RING_SLOT_HEADER_BYTES;
}

size_t avo_ring_bytes(struct avo_ring_shape shape) {
    return AVO_RING_HEADER_BYTES + shape.slot_count * slot_bytes(shape);
}

struct avo_ring_end avo_ring_end(uint8_t *memory, struct avo_ring_shape shape) {
    AVO_ASSERT((uintptr_t)memory % AVO_CACHE_LINE_BYTES == 0);
    AVO_ASSERT(shape.slot_count > 0 && (shape.slot_count & (shape.slot_count - 1)) == 0);
    AVO_ASSERT(shape.datagram_bytes > 0 && slot_bytes(shape) % AVO_CACHE_LINE_BYTES == 0);
    return (struct avo_ring_end){.memory = memory, .shape = shape};
}

static uint8_t *slot_at(const struct avo_ring_end *end, uint64_t index) {
    size_t slot = (size_t)(index & (end->shape.slot_count - 1));
    return end->memory + AVO_RING_HEADER_BYTES + slot * slot_bytes(end->shape);
}

/* Takes over the other end's index, read once, if it lies in what is possible: not behind what it said before, not beyond
 * `furthest` [B3]. */
static uint64_t peer_refresh(struct avo_ring_end *end, size_t offset, uint64_t furthest) {
    uint64_t claimed = avo_shared_load(end->memory + offset);
    if (claimed - end->peer_index <= furthest - end->peer_index) {
        end->peer_index = claimed;
        end->doubts = 0;
    } else {
        end->lies++;
        end->doubts++;
    }
    return claimed;
}

/* True, once, when the other end's index was impossible for so long that the ends have lost each other. */
static bool is_lost(struct avo_ring_end *end) {
    bool lost = end->doubts >= AVO_RING_DOUBTS_MAX;
    end->doubts = lost ? 0 : end->doubts;
    return lost;
}

/* What a lost consumer has not taken is lost: it goes on with what comes. */
static void consumer_told(struct avo_ring_end *producer) {
    peer_refresh(producer, AVO_RING_CONSUMED_OFFSET, producer->published_index);
    if (is_lost(producer)) {
        producer->peer_index = producer->published_index;
    }
}

static bool producer_full(struct avo_ring_end *producer) {
    if (producer->own_index - producer->peer_index < producer->shape.slot_count) {
        return false;
    }
    consumer_told(producer);
    return producer->own_index - producer->peer_index >= producer->shape.slot_count;
}

uint8_t *avo_ring_reserve(struct avo_ring_end *producer) {
    return producer_full(producer) ? NULL : slot_at(producer, producer->own_index) + AVO_RING_SLOT_HEADER_BYTES;
}

uint32_t avo_ring_room(struct avo_ring_end *producer) {
    consumer_told(producer);
    return producer->shape.slot_count - (uint32_t)(producer->own_index - producer->peer_index);
}

void avo_ring_push_filled(struct avo_ring_end *producer, const struct avo_address *address, uint32_t length) {
    AVO_ASSERT(length <= producer->shape.datagram_bytes);
    if (length == 0) {
        return;
    }
    uint8_t *slot = slot_at(producer, producer->own_index);
    avo_shared_store_u32(slot + LENGTH_OFFSET, length);
    memcpy(slot + ADDRESS_OFFSET, address, sizeof *address);
    producer->own_index++;
}

bool avo_ring_push(struct avo_ring_end *producer, const struct avo_address *address, struct avo_slice datagram) {
    AVO_ASSERT(datagram.length <= producer->shape.datagram_bytes);
    uint8_t *to = avo_ring_reserve(producer);
    if (to == NULL) {
        return false;
    }
    avo_shared_copy_out(to, datagram);
    avo_ring_push_filled(producer, address, (uint32_t)datagram.length);
    return true;
}

void avo_ring_publish(struct avo_ring_end *producer) {
    if (producer->published_index != producer->own_index) {
        avo_shared_store(producer->memory + AVO_RING_PRODUCED_OFFSET, producer->own_index);
        producer->published_index = producer->own_index;
    }
}

/* True when more than `i` datagrams wait; asks the other end only when what it said last is not enough. Of a lost producer the next
 * datagram is the first: what lies before it was seen, or is lost. Not while the caller looks at others (i > 0). */
static bool consumer_has(struct avo_ring_end *consumer, uint32_t i) {
    if (consumer->peer_index - consumer->own_index > i) {
        return true;
    }
    uint64_t claimed = peer_refresh(consumer, AVO_RING_PRODUCED_OFFSET, consumer->own_index + consumer->shape.slot_count);
    if (i == 0 && is_lost(consumer)) {
        consumer->own_index = claimed;
        consumer->peer_index = claimed;
        avo_shared_store(consumer->memory + AVO_RING_CONSUMED_OFFSET, claimed);
    }
    return consumer->peer_index - consumer->own_index > i;
}

bool avo_ring_waits(struct avo_ring_end *consumer) {
    return consumer_has(consumer, 0);
}

/* The slot's length, read once [B1]; 0 when it is impossible. */
static uint32_t slot_length(struct avo_ring_end *consumer, const uint8_t *slot) {
    uint32_t length = avo_shared_load_u32(slot + LENGTH_OFFSET);
    if (length == 0 || length > consumer->shape.datagram_bytes) {
        consumer->lies++;
        return 0;
    }
    return length;
}

static void address_copy_in(struct avo_address *address, const uint8_t *slot) {
    avo_shared_copy_in(address, slot + ADDRESS_OFFSET, sizeof *address);
    address->zero = 0; /* or one peer could wear 65536 addresses that differ only here */
}

uint32_t avo_ring_pop(struct avo_ring_end *consumer, struct avo_address *address, uint8_t *to) {
    if (!consumer_has(consumer, 0)) {
        return 0;
    }
    const uint8_t *slot = slot_at(consumer, consumer->own_index);
    uint32_t length = slot_length(consumer, slot);
    if (length > 0) {
        address_copy_in(address, slot);
        avo_shared_copy_in(to, slot + AVO_RING_SLOT_HEADER_BYTES, length);
    }
    avo_ring_release(consumer, 1);
    return length;
}

bool avo_ring_peek(struct avo_ring_end *consumer, uint32_t i, struct avo_address *address, struct avo_slice *datagram) {
    if (!consumer_has(consumer, i)) {
        return false;
    }
    const uint8_t *slot = slot_at(consumer, consumer->own_index + i);
    address_copy_in(address, slot);
    *datagram = avo_slice(slot + AVO_RING_SLOT_HEADER_BYTES, slot_length(consumer, slot));
    return true;
}

void avo_ring_release(struct avo_ring_end *consumer, uint32_t count) {
    AVO_ASSERT(count <= consumer->peer_index - consumer->own_index);
    consumer->own_index += count;
    avo_shared_store(consumer->memory + AVO_RING_CONSUMED_OFFSET, consumer->own_index);
}

/* What is read back decides only whether to write. */
static void retell(const struct avo_ring_end *end, size_t offset, uint64_t told) {
    if (avo_shared_load(end->memory + offset) != told) {
        avo_shared_store(end->memory + offset, told);
    }
}

void avo_ring_produced_retell(struct avo_ring_end *producer) {
    retell(producer, AVO_RING_PRODUCED_OFFSET, producer->published_index);
}

void avo_ring_consumed_retell(struct avo_ring_end *consumer) {
    retell(consumer, AVO_RING_CONSUMED_OFFSET, consumer->own_index);
}
