#include "protocol/view/part.h"
#include <string.h>

bool avo_view_part_write(struct avo_writer *writer, const struct avo_signed_view *signed_view, uint32_t index) {
    size_t offset = (size_t)index * AVO_VIEW_PART_BYTES;
    if (index >= AVO_VIEW_PART_MAX_COUNT || offset >= signed_view->length) {
        return false;
    }
    size_t left = signed_view->length - offset;
    avo_write_u16(writer, (uint16_t)signed_view->length);
    avo_write_u16(writer, (uint16_t)offset);
    avo_write_bytes(writer, signed_view->bytes + offset, left < AVO_VIEW_PART_BYTES ? left : AVO_VIEW_PART_BYTES);
    return !writer->failed;
}

static bool is_part(uint32_t total, uint32_t offset, size_t length) {
    if (total > AVO_VIEW_MAX_BYTES || offset >= total || offset % AVO_VIEW_PART_BYTES != 0) {
        return false;
    }
    uint32_t left = total - offset;
    return length == (left < AVO_VIEW_PART_BYTES ? left : AVO_VIEW_PART_BYTES);
}

static bool is_of(const struct avo_view_gather *gather, uint32_t epoch, const uint8_t view_hash[8], uint32_t total) {
    return gather->epoch == epoch && gather->total == total && memcmp(gather->view_hash, view_hash, sizeof gather->view_hash) == 0;
}

enum avo_error avo_view_gather(struct avo_view_gather *gather, uint32_t epoch, const uint8_t view_hash[8], struct avo_slice body,
                               struct avo_slice *signed_view) {
    struct avo_reader reader = avo_reader(body);
    uint32_t total = avo_read_u16(&reader);
    uint32_t offset = avo_read_u16(&reader);
    if (reader.failed || !is_part(total, offset, body.length - AVO_VIEW_PART_HEADER_BYTES)) {
        return AVO_EFORMAT;
    }
    if (!is_of(gather, epoch, view_hash, total)) {
        gather->epoch = epoch;
        gather->total = total;
        gather->parts = 0;
        memcpy(gather->view_hash, view_hash, sizeof gather->view_hash);
    }
    struct avo_slice bytes = avo_slice_part(body, AVO_VIEW_PART_HEADER_BYTES, body.length - AVO_VIEW_PART_HEADER_BYTES);
    avo_copy(gather->bytes + offset, sizeof gather->bytes - offset, bytes);
    gather->parts |= 1U << (offset / AVO_VIEW_PART_BYTES);
    uint32_t part_count = (total + AVO_VIEW_PART_BYTES - 1) / AVO_VIEW_PART_BYTES;
    if (gather->parts != (1U << part_count) - 1) {
        return AVO_EBUSY;
    }
    gather->parts = 0; /* what comes again is gathered again */
    *signed_view = avo_slice(gather->bytes, total);
    return AVO_OK;
}
