#include "base/cursor.h"
#include <endian.h>
#include <string.h>

struct avo_reader avo_reader(struct avo_slice bytes) {
    return (struct avo_reader){bytes.data, bytes.length, false};
}

struct avo_slice avo_read_slice(struct avo_reader *reader, size_t length) {
    if (reader->failed || length > reader->left) {
        reader->failed = true;
        return AVO_SLICE_EMPTY;
    }
    struct avo_slice bytes = {reader->data, length};
    if (length > 0) {
        reader->data += length;
    }
    reader->left -= length;
    return bytes;
}

/* The next `width` bytes; NULL when they are not there. */
static const uint8_t *advance(struct avo_reader *reader, size_t width) {
    if (reader->failed || width > reader->left) {
        reader->failed = true;
        return NULL;
    }
    const uint8_t *bytes = reader->data;
    reader->data += width;
    reader->left -= width;
    return bytes;
}

/* With a constant width the copy is one load. */
static inline uint64_t little_endian(const uint8_t *bytes, size_t width) {
    uint64_t value = 0;
    memcpy(&value, bytes, width);
    return le64toh(value);
}

uint8_t avo_read_u8(struct avo_reader *reader) {
    const uint8_t *bytes = advance(reader, 1);
    return bytes == NULL ? 0 : bytes[0];
}

uint16_t avo_read_u16(struct avo_reader *reader) {
    const uint8_t *bytes = advance(reader, 2);
    return bytes == NULL ? 0 : (uint16_t)little_endian(bytes, 2);
}

uint32_t avo_read_u32(struct avo_reader *reader) {
    const uint8_t *bytes = advance(reader, 4);
    return bytes == NULL ? 0 : (uint32_t)little_endian(bytes, 4);
}

uint64_t avo_read_u64(struct avo_reader *reader) {
    const uint8_t *bytes = advance(reader, 8);
    return bytes == NULL ? 0 : little_endian(bytes, 8);
}

void avo_read_bytes(struct avo_reader *reader, void *to, size_t length) {
    struct avo_slice bytes = avo_read_slice(reader, length);
    if (bytes.length == length) {
        avo_copy(to, length, bytes);
    } else {
        memset(to, 0, length);
    }
}

void avo_read_fail(struct avo_reader *reader) {
    reader->failed = true;
}

bool avo_reader_done(const struct avo_reader *reader) {
    return !reader->failed && reader->left == 0;
}

struct avo_writer avo_writer(uint8_t *data, size_t capacity) {
    return (struct avo_writer){.data = data, .capacity = capacity};
}

struct avo_writer avo_writer_measure(void) {
    return (struct avo_writer){.measures = true};
}

void avo_write_slice(struct avo_writer *writer, struct avo_slice bytes) {
    uint8_t *to = bytes.length == 0 ? NULL : avo_writer_extend(writer, bytes.length);
    if (to != NULL) {
        avo_copy(to, bytes.length, bytes);
    }
}

void avo_write_bytes(struct avo_writer *writer, const void *from, size_t length) {
    avo_write_slice(writer, (struct avo_slice){from, length});
}

struct avo_slice avo_writer_slice(const struct avo_writer *writer) {
    return (struct avo_slice){writer->data, writer->length};
}
