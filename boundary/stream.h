/* A single-producer, single-consumer byte stream in shared memory: the control channel's bytes, in order.
 * Layout: u64 produced at 0, u64 consumed at 64, bytes from 128. The same rules about lies as boundary/ring.h.
 */
#ifndef AVO_BOUNDARY_STREAM_H
#define AVO_BOUNDARY_STREAM_H

#include "base/bytes.h"

#define AVO_STREAM_HEADER_BYTES 128

struct avo_stream_end {
    uint8_t *memory;
    uint32_t capacity_bytes; /* a power of two; the end's own copy */
    uint64_t own_index;
    uint64_t peer_index; /* the last credible value of the other end's index */
    uint64_t lies;
};

/* An end over zeroed memory of AVO_STREAM_HEADER_BYTES + capacity_bytes. */
struct avo_stream_end avo_stream_end(uint8_t *memory, uint32_t capacity_bytes);
/* Producer. Copies in as many bytes as fit and publishes them; returns how many. */
size_t avo_stream_write(struct avo_stream_end *producer, struct avo_slice bytes);
/* Consumer. Copies out at most `capacity` bytes and releases them; returns how many. */
size_t avo_stream_read(struct avo_stream_end *consumer, uint8_t *to, size_t capacity);

#endif
