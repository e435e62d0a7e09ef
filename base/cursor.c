#include "base/cursor.h"
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

static uint64_t read_little_endian(struct avo_reader *reader, size_t width) {
    struct avo_slice bytes = avo_read_slice(reader, width);
    uint64_t value = 0;
    for (size_t i = bytes.length; i > 0; i--) {
        value = value << 8 | bytes.data[i - 1];
    }
    return value;
}

uint8_t avo_read_u8(struct avo_reader *reader) {
    return (uint8_t)read_little_endian(reader, 1);
}

uint16_t avo_read_u16(struct avo_reader *reader) {
    return (uint16_t)read_little_endian(reader, 2);
}

uint32_t avo_read_u32(struct avo_reader *reader) {
    return (uint32_t)read_little_endian(reader, 4);
}

uint64_t avo_read_u64(struct avo_reader *reader) {
    return read_little_endian(reader, 8);
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
    return (struct avo_writer){data, 0, capacity, false};
}

void avo_write_slice(struct avo_writer *writer, struct avo_slice bytes) {
    if (writer->failed || bytes.length > writer->capacity - writer->length) {
        writer->failed = true;
        return;
    }
    avo_copy(writer->data + writer->length, writer->capacity - writer->length, bytes);
    writer->length += bytes.length;
}

void avo_write_bytes(struct avo_writer *writer, const void *from, size_t length) {
    avo_write_slice(writer, (struct avo_slice){from, length});
}

static void write_little_endian(struct avo_writer *writer, uint64_t value, size_t width) {
    uint8_t bytes[8];
    for (size_t i = 0; i < width; i++) {
        bytes[i] = (uint8_t)(value >> (8 * i));
    }
    avo_write_bytes(writer, bytes, width);
}

void avo_write_u8(struct avo_writer *writer, uint8_t value) {
    write_little_endian(writer, value, 1);
}

void avo_write_u16(struct avo_writer *writer, uint16_t value) {
    write_little_endian(writer, value, 2);
}

void avo_write_u32(struct avo_writer *writer, uint32_t value) {
    write_little_endian(writer, value, 4);
}

void avo_write_u64(struct avo_writer *writer, uint64_t value) {
    write_little_endian(writer, value, 8);
}

struct avo_slice avo_writer_slice(const struct avo_writer *writer) {
    return (struct avo_slice){writer->data, writer->length};
}
