#include "boundary/relay.h"
#include "base/assert.h"
#include "base/cursor.h"

static bool has_bytes(enum avo_relay_kind kind) {
    return kind == AVO_RELAY_BYTES || kind == AVO_RELAY_LAS;
}

/* Fills the frame up to `wanted` bytes; true when they are there. */
static bool collect(struct avo_relay_reader *reader, struct avo_stream_end *consumer, size_t wanted) {
    if (reader->length < wanted) {
        reader->length += avo_stream_read(consumer, reader->frame + reader->length, wanted - reader->length);
    }
    return reader->length >= wanted;
}

/* Everything is checked in the reader's own copy [B1]. */
enum avo_error avo_relay_read(struct avo_relay_reader *reader, struct avo_stream_end *consumer, struct avo_relay_frame *frame) {
    if (reader->taken) {
        reader->taken = false;
        reader->length = 0;
    }
    if (!collect(reader, consumer, AVO_RELAY_HEADER_BYTES)) {
        return AVO_EBUSY;
    }
    struct avo_reader header = avo_reader(avo_slice(reader->frame, AVO_RELAY_HEADER_BYTES));
    uint8_t kind = avo_read_u8(&header);
    uint8_t zero = avo_read_u8(&header);
    uint16_t length = avo_read_u16(&header);
    bool known = kind >= AVO_RELAY_OPENED && kind <= AVO_RELAY_LAS;
    if (!known || zero != 0 || length > AVO_RELAY_CHUNK_MAX_BYTES || (length > 0) != has_bytes((enum avo_relay_kind)kind)) {
        return AVO_EFORMAT;
    }
    if (!collect(reader, consumer, AVO_RELAY_HEADER_BYTES + (size_t)length)) {
        return AVO_EBUSY;
    }
    reader->taken = true;
    *frame = (struct avo_relay_frame){(enum avo_relay_kind)kind, avo_slice(reader->frame + AVO_RELAY_HEADER_BYTES, length)};
    return AVO_OK;
}

bool avo_relay_flush(struct avo_relay_writer *writer, struct avo_stream_end *producer) {
    writer->sent += avo_stream_write(producer, avo_slice(writer->frame + writer->sent, writer->length - writer->sent));
    return writer->sent == writer->length;
}

bool avo_relay_write(struct avo_relay_writer *writer, struct avo_stream_end *producer, enum avo_relay_kind kind,
                     struct avo_slice bytes) {
    AVO_ASSERT(bytes.length <= AVO_RELAY_CHUNK_MAX_BYTES && (bytes.length > 0) == has_bytes(kind));
    if (!avo_relay_flush(writer, producer)) {
        return false;
    }
    struct avo_writer frame = avo_writer(writer->frame, sizeof writer->frame);
    avo_write_u8(&frame, (uint8_t)kind);
    avo_write_u8(&frame, 0);
    avo_write_u16(&frame, (uint16_t)bytes.length);
    avo_write_slice(&frame, bytes);
    writer->length = frame.length;
    writer->sent = 0;
    avo_relay_flush(writer, producer);
    return true;
}
