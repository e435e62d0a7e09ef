/* A signed view in packets of its own [V2]: it proves itself by its signature, so that a receiver without a key for the sender can
 * take it. Cut, since a view of nine members is larger than the narrowest path takes.
 *
 * Body of an AVO_PACKET_VIEW: u16 total, u16 offset, bytes: one part of the signed view that the packet's header names by epoch and
 * hash. Empty: a question; its sender is in the view of the header, and asks for a newer one.
 */
#ifndef AVO_VIEW_PART_H
#define AVO_VIEW_PART_H

#include "protocol/view/view.h"

#define AVO_VIEW_PART_HEADER_BYTES 4
#define AVO_VIEW_PART_BYTES (AVO_PATH_FLOOR_BYTES - AVO_PACKET_HEADER_BYTES - AVO_VIEW_PART_HEADER_BYTES)
#define AVO_VIEW_PART_MAX_COUNT ((AVO_VIEW_MAX_BYTES + AVO_VIEW_PART_BYTES - 1) / AVO_VIEW_PART_BYTES)

/* Appends part `index` of a signed view; false, and nothing written, when it has no such part. */
AVO_MUST_USE bool avo_view_part_write(struct avo_writer *writer, const struct avo_signed_view *signed_view, uint32_t index);

/* The view whose parts come: of one sender at a time, so that a part of anybody else costs at most the parts that are there. All
 * zero: none. */
struct avo_view_gather {
    uint32_t epoch;
    uint8_t view_hash[8];
    uint32_t total;
    uint32_t parts; /* a bit each */
    uint8_t bytes[AVO_VIEW_MAX_BYTES];
};

/* Takes the body of a packet whose header says `epoch` and `view_hash`. AVO_OK: the last part came; *signed_view, borrowed from
 * `gather` until its next call, is what its sender says is a signed view: the caller verifies it. AVO_EBUSY: parts are missing.
 * AVO_EFORMAT: not a part. */
AVO_MUST_USE enum avo_error avo_view_gather(struct avo_view_gather *gather, uint32_t epoch, const uint8_t view_hash[8],
                                            struct avo_slice body, struct avo_slice *signed_view);

#endif
