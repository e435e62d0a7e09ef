/* Batches on their way out: one open batch a destination; everything for it leaves sealed in as few packets as fit [DESIGN 7, 8].
 */
#ifndef AVO_WORKER_OUTBOX_H
#define AVO_WORKER_OUTBOX_H

#include "base/pool.h"
#include "boundary/ring.h"
#include "protocol/channel/channel.h"
#include "protocol/channel/path.h"
#include "protocol/wire/message.h"

/* Where a batch goes: everything its packet needs. */
struct avo_route {
    struct avo_channel *channel;
    struct avo_path *path;
    struct avo_address address;
    struct avo_packet_header header; /* but for the counter */
};

struct avo_batch {
    struct avo_route route;
    uint32_t *owner; /* the destination's own note of this batch's index; reset when it leaves */
    struct avo_writer writer;
    uint8_t *packet; /* packet_bytes of it */
};

struct avo_outbox {
    struct avo_ring_end *ring;
    struct avo_pool batches; /* struct avo_batch */
    uint32_t *open;          /* indices of open batches, in the order they were opened */
    uint32_t open_count;
    uint8_t *probe;      /* packet_bytes for one */
    size_t packet_bytes; /* UDP payload for the view's MTU; a path may take less */
    uint64_t packets_sent;
    uint64_t dropped; /* the ring was full, or a key at its end: loss, repaired by resending */
};

AVO_MUST_USE bool avo_outbox_create(struct avo_outbox *outbox, struct avo_arena *arena, struct avo_ring_end *ring,
                                    uint32_t batch_count, size_t packet_bytes);
/* Appends a message to the destination's batch, which `*owner` names (AVO_POOL_NONE: none is open yet); a full batch leaves first.
 * False when the message cannot fit any packet: it is a transfer's. */
AVO_MUST_USE bool avo_outbox_add(struct avo_outbox *outbox, uint32_t *owner, const struct avo_route *route,
                                 const struct avo_message *message);
/* Opens a batch for the destination if none is: something leaves for it with the next flush, be it an empty batch. */
void avo_outbox_touch(struct avo_outbox *outbox, uint32_t *owner, const struct avo_route *route);
/* Seals and pushes every open batch and publishes the ring. */
void avo_outbox_flush(struct avo_outbox *outbox);
/* Drops an open batch whose destination ended. */
void avo_outbox_forget(struct avo_outbox *outbox, uint32_t *owner);
/* Sends a probe of `probe_bytes`, alone in its packet. */
void avo_outbox_probe(struct avo_outbox *outbox, const struct avo_route *route, size_t probe_bytes);
/* Pushes a packet that is not a batch (handshakes, refusals). */
void avo_outbox_push(struct avo_outbox *outbox, const struct avo_address *address, struct avo_slice packet);

#endif
