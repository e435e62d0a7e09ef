/* The only way bytes are parsed and built: cursors that cannot overrun.
 *
 * Both are sticky: after the first step that does not fit, every later step does nothing (a reader returns zeros and empty
 * slices), so a codec is straight-line code with one check at its end. All integers are little-endian.
 */
#ifndef AVO_BASE_CURSOR_H
#define AVO_BASE_CURSOR_H

#include "base/bytes.h"
#include <endian.h>
#include <string.h>

struct avo_reader {
    const uint8_t *data;
    size_t left;
    bool failed;
};

struct avo_writer {
    uint8_t *data;
    size_t length;
    size_t capacity;
    bool failed;
    bool measures; /* only counts */
};

struct avo_reader avo_reader(struct avo_slice bytes);
uint8_t avo_read_u8(struct avo_reader *reader);
uint16_t avo_read_u16(struct avo_reader *reader);
uint32_t avo_read_u32(struct avo_reader *reader);
uint64_t avo_read_u64(struct avo_reader *reader);
/* Borrows the next `length` bytes of what the reader reads; empty when they are not there. */
struct avo_slice avo_read_slice(struct avo_reader *reader, size_t length);
/* Copies the next `length` bytes to `to`; zeros when they are not there. */
void avo_read_bytes(struct avo_reader *reader, void *to, size_t length);
/* Marks the reader failed: for a field whose value is not allowed. */
void avo_read_fail(struct avo_reader *reader);
/* True when nothing failed and nothing is left: what every decoder ends with. */
AVO_MUST_USE bool avo_reader_done(const struct avo_reader *reader);

struct avo_writer avo_writer(uint8_t *data, size_t capacity);
/* A writer that only counts: an encoder run with it says how long its bytes are. */
struct avo_writer avo_writer_measure(void);
void avo_write_slice(struct avo_writer *writer, struct avo_slice bytes);
void avo_write_bytes(struct avo_writer *writer, const void *from, size_t length);
/* What was written so far. Meaningless after a failure. */
struct avo_slice avo_writer_slice(const struct avo_writer *writer);

/* What follows is inline so that an encoder is straight-line code, with a known width a store each. */

/* Fails the writer, unless it measures: that never has room, so what writes pays nothing for it. */
static inline uint8_t *avo_writer_no_room(struct avo_writer *writer, size_t width) {
    if (writer->measures) {
        writer->capacity += width;
        writer->length += width;
    } else {
        writer->failed = true;
    }
    return NULL;
}

/* Room for the next `width` > 0 bytes, counted as written; NULL when there is none. */
static inline uint8_t *avo_writer_extend(struct avo_writer *writer, size_t width) {
    if (writer->failed || width > writer->capacity - writer->length) {
        return avo_writer_no_room(writer, width);
    }
    uint8_t *to = writer->data + writer->length;
    writer->length += width;
    return to;
}

static inline void avo_write_little_endian(struct avo_writer *writer, uint64_t value, size_t width) {
    uint8_t *to = avo_writer_extend(writer, width);
    if (to != NULL) {
        value = htole64(value);
        memcpy(to, &value, width);
    }
}

static inline void avo_write_u8(struct avo_writer *writer, uint8_t value) {
    avo_write_little_endian(writer, value, 1);
}

static inline void avo_write_u16(struct avo_writer *writer, uint16_t value) {
    avo_write_little_endian(writer, value, 2);
}

static inline void avo_write_u32(struct avo_writer *writer, uint32_t value) {
    avo_write_little_endian(writer, value, 4);
}

static inline void avo_write_u64(struct avo_writer *writer, uint64_t value) {
    avo_write_little_endian(writer, value, 8);
}

#endif
