/* A single-producer, single-consumer ring of datagrams in memory that the other side may scribble on at any time.
 *
 * Layout, all fixed-width, at a cache-line boundary of the region (offsets in bytes):
 *   0    u64 produced   written by the producer only: datagrams ever published
 *   64   u64 consumed   written by the consumer only: datagrams ever taken
 *   128  slots, each `slot_bytes`: u32 length, struct avo_address (20 B), 8 B zero, then the datagram
 * An end keeps its own index, the count and the slot size privately and never reads them back from the region [B3].
 * What the other end claims is checked once, from one read [B1]: an index that is impossible (consumed beyond produced,
 * more than the ring holds, or behind what it said before) makes push say full and pop say empty, and counts in `lies`; a datagram
 * with an impossible length is skipped and counted. An index that stays impossible for AVO_RING_DOUBTS_MAX looks means that the
 * ends have lost each other: the ring is then empty for both and goes on. A lie costs packets, never more.
 */
#ifndef AVO_BOUNDARY_RING_H
#define AVO_BOUNDARY_RING_H

#include "base/address.h"
#include "base/bytes.h"

#define AVO_RING_PRODUCED_OFFSET 0
#define AVO_RING_CONSUMED_OFFSET 64
#define AVO_RING_HEADER_BYTES 128
#define AVO_RING_SLOT_HEADER_BYTES 32
#define AVO_RING_DOUBTS_MAX 64

/* The shape of a ring: trusted only where it came from the reader's own side. */
struct avo_ring_shape {
    uint32_t slot_count;     /* a power of two */
    uint32_t datagram_bytes; /* largest datagram; a slot is this + AVO_RING_SLOT_HEADER_BYTES, a multiple of 64 */
};

struct avo_ring_end {
    uint8_t *memory; /* borrowed: the ring in the shared region */
    struct avo_ring_shape shape;
    uint64_t own_index;
    uint64_t published_index; /* producer: the own_index that the other end knows */
    uint64_t peer_index;      /* the last credible value of the other end's index */
    uint64_t lies;
    uint32_t doubts; /* impossible indices in a row */
};

/* Bytes a ring of this shape takes; a multiple of 64. */
size_t avo_ring_bytes(struct avo_ring_shape shape);

/* An end over zeroed memory of avo_ring_bytes, 64-byte aligned. Both ends are made before any datagram is published. */
struct avo_ring_end avo_ring_end(uint8_t *memory, struct avo_ring_shape shape);

/* Producer. Copies a datagram in; it is seen by the other side after avo_ring_publish. False when the ring is full. */
AVO_MUST_USE bool avo_ring_push(struct avo_ring_end *producer, const struct avo_address *address, struct avo_slice datagram);
/* Producer. A slot to fill in place (host side: receive straight into it), NULL when full; then avo_ring_push_filled,
 * which drops a datagram of length 0: it carries nothing, and a consumer would take it for a lie. */
uint8_t *avo_ring_reserve(struct avo_ring_end *producer);
void avo_ring_push_filled(struct avo_ring_end *producer, const struct avo_address *address, uint32_t length);
/* Producer. How many more datagrams fit now. */
uint32_t avo_ring_room(struct avo_ring_end *producer);
/* Producer. Makes everything pushed so far visible to the consumer (release order). Cheap when nothing is new. */
void avo_ring_publish(struct avo_ring_end *producer);

/* Consumer. Copies the oldest datagram and its address out [B1] and releases its slot. Returns its length, or 0 when the
 * ring is empty or the datagram was skipped as impossible (the caller polls again). `to` holds shape.datagram_bytes. */
uint32_t avo_ring_pop(struct avo_ring_end *consumer, struct avo_address *address, uint8_t *to);
/* Consumer. The i-th oldest datagram in place (host side: send straight from it); false when fewer are there.
 * One with an impossible length is counted and shown empty: release it, do not send it. */
AVO_MUST_USE bool avo_ring_peek(struct avo_ring_end *consumer, uint32_t i, struct avo_address *address, struct avo_slice *datagram);
/* Consumer. Releases the `count` oldest after avo_ring_peek. */
void avo_ring_release(struct avo_ring_end *consumer, uint32_t count);
/* Consumer. True when at least one datagram waits. */
bool avo_ring_waits(struct avo_ring_end *consumer);

/* Write again what this end told the other, if that was overwritten: for turns in which nothing moved. A ring whose indices were
 * spoiled while it was full (or empty) would else stand still for good. Cheap when nothing was overwritten. */
void avo_ring_produced_retell(struct avo_ring_end *producer);
void avo_ring_consumed_retell(struct avo_ring_end *consumer);

#endif
