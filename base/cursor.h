/* The only way bytes are parsed and built: cursors that cannot overrun.
 *
 * Both are sticky: after the first step that does not fit, every later step does nothing (a reader returns zeros and empty
 * slices), so a codec is straight-line code with one check at its end. All integers are little-endian.
 */
#ifndef AVO_BASE_CURSOR_H
#define AVO_BASE_CURSOR_H

#include "base/bytes.h"

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
void avo_write_u8(struct avo_writer *writer, uint8_t value);
void avo_write_u16(struct avo_writer *writer, uint16_t value);
void avo_write_u32(struct avo_writer *writer, uint32_t value);
void avo_write_u64(struct avo_writer *writer, uint64_t value);
void avo_write_slice(struct avo_writer *writer, struct avo_slice bytes);
void avo_write_bytes(struct avo_writer *writer, const void *from, size_t length);
/* What was written so far. Meaningless after a failure. */
struct avo_slice avo_writer_slice(const struct avo_writer *writer);

#endif
