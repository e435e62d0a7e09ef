#include "trusted/worker/outbox.h"
#include "base/assert.h"

bool avo_outbox_create(struct avo_outbox *outbox, struct avo_arena *arena, struct avo_ring_end *ring, uint32_t batch_count,
                       size_t packet_bytes) {
    *outbox = (struct avo_outbox){.ring = ring, .packet_bytes = packet_bytes};
    outbox->open = avo_arena_take(arena, batch_count, sizeof *outbox->open);
    uint8_t *packets = avo_arena_take(arena, batch_count + 1, packet_bytes);
    if (outbox->open == NULL || packets == NULL ||
        !avo_pool_create(&outbox->batches, arena, batch_count, sizeof(struct avo_batch))) {
        return false;
    }
    for (uint32_t i = 0; i < batch_count; i++) {
        struct avo_batch *batch = avo_pool_at(&outbox->batches, i);
        batch->packet = packets + i * packet_bytes;
    }
    outbox->probe = packets + batch_count * packet_bytes;
    return true;
}

void avo_outbox_push(struct avo_outbox *outbox, const struct avo_address *address, struct avo_slice packet) {
    if (avo_ring_push(outbox->ring, address, packet)) {
        outbox->packets_sent++;
    } else {
        outbox->dropped++;
    }
}

static struct avo_batch *batch_at(const struct avo_outbox *outbox, uint32_t index) {
    return avo_pool_at(&outbox->batches, index);
}

static size_t batch_capacity(const struct avo_route *route) {
    return route->path->packet_bytes - AVO_PACKET_HEADER_BYTES - AVO_TAG_BYTES;
}

static void writer_reset(struct avo_batch *batch) {
    size_t room = batch_capacity(&batch->route);
    batch->writer = avo_writer(batch->packet + AVO_PACKET_HEADER_BYTES, room);
}

static void batch_leave(struct avo_outbox *outbox, struct avo_batch *batch) {
    size_t packet_bytes = 0;
    if (avo_channel_seal(batch->route.channel, batch->route.header, batch->packet, batch->writer.length, &packet_bytes) != AVO_OK) {
        outbox->dropped++;
    } else {
        avo_outbox_push(outbox, &batch->route.address, avo_slice(batch->packet, packet_bytes));
        avo_path_sent(batch->route.path, packet_bytes);
    }
    writer_reset(batch);
}

void avo_outbox_flush(struct avo_outbox *outbox) {
    for (uint32_t i = 0; i < outbox->open_count; i++) {
        struct avo_batch *batch = batch_at(outbox, outbox->open[i]);
        if (batch->owner != NULL) {
            batch_leave(outbox, batch);
            *batch->owner = AVO_POOL_NONE;
        }
        avo_pool_give(&outbox->batches, outbox->open[i]);
    }
    outbox->open_count = 0;
    avo_ring_publish(outbox->ring);
}

static void batch_open(struct avo_outbox *outbox, uint32_t *owner, const struct avo_route *route) {
    uint32_t index = avo_pool_take(&outbox->batches);
    if (index == AVO_POOL_NONE) {
        avo_outbox_flush(outbox);
        index = avo_pool_take(&outbox->batches);
    }
    struct avo_batch *batch = batch_at(outbox, index);
    batch->route = *route;
    batch->owner = owner;
    writer_reset(batch);
    outbox->open[outbox->open_count++] = index;
    *owner = index;
}

/* Takes back the batch that was opened last, and is empty. */
static void batch_withdraw(struct avo_outbox *outbox, uint32_t *owner) {
    AVO_ASSERT(outbox->open[outbox->open_count - 1] == *owner);
    outbox->open_count--;
    avo_pool_give(&outbox->batches, *owner);
    *owner = AVO_POOL_NONE;
}

void avo_outbox_touch(struct avo_outbox *outbox, uint32_t *owner, const struct avo_route *route) {
    if (*owner == AVO_POOL_NONE) {
        batch_open(outbox, owner, route);
    }
}

/* Is there room for it in a packet of its own? */
static bool fits_alone(const struct avo_route *route, const struct avo_message *message) {
    size_t frame_bytes = AVO_FRAME_HEADER_BYTES - 1 + avo_message_bytes(message);
    return frame_bytes <= batch_capacity(route);
}

bool avo_outbox_add(struct avo_outbox *outbox, uint32_t *owner, const struct avo_route *route, const struct avo_message *message) {
    bool opened = *owner == AVO_POOL_NONE;
    avo_outbox_touch(outbox, owner, route);
    struct avo_batch *batch = batch_at(outbox, *owner);
    if (avo_frame_write(&batch->writer, message)) {
        return true; /* nearly always: nothing needs to be measured */
    }
    if (opened) {
        batch_withdraw(outbox, owner);
        return false;
    }
    if (!fits_alone(route, message)) {
        return false;
    }
    batch_leave(outbox, batch);
    bool written = avo_frame_write(&batch->writer, message);
    AVO_ASSERT(written);
    return true;
}

void avo_outbox_probe(struct avo_outbox *outbox, const struct avo_route *route, size_t probe_bytes) {
    struct avo_message message = {.type = AVO_MESSAGE_PROBE, .probe = {(uint32_t)probe_bytes}};
    struct avo_writer batch = avo_writer(outbox->probe + AVO_PACKET_HEADER_BYTES, outbox->packet_bytes - AVO_PACKET_HEADER_BYTES);
    size_t packet_bytes = 0;
    bool written = avo_frame_write(&batch, &message);
    AVO_ASSERT(written);
    if (avo_channel_seal(route->channel, route->header, outbox->probe, batch.length, &packet_bytes) == AVO_OK) {
        AVO_ASSERT(packet_bytes == probe_bytes);
        avo_outbox_push(outbox, &route->address, avo_slice(outbox->probe, packet_bytes));
    }
}

void avo_outbox_forget(struct avo_outbox *outbox, uint32_t *owner) {
    if (*owner != AVO_POOL_NONE) {
        struct avo_batch *batch = batch_at(outbox, *owner);
        batch->owner = NULL;
        *owner = AVO_POOL_NONE;
    }
}
