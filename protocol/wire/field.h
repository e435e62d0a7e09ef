/* Fields that several messages share. */
#ifndef AVO_WIRE_FIELD_H
#define AVO_WIRE_FIELD_H

#include "base/cursor.h"
#include "base/limits.h"
#include <avocado/error.h>

/* A key of `length` bytes; fails unless 1 to AVO_KEY_MAX_BYTES. */
static inline struct avo_slice avo_field_key_read(struct avo_reader *reader, size_t length) {
    if (length == 0 || length > AVO_KEY_MAX_BYTES) {
        avo_read_fail(reader);
    }
    return avo_read_slice(reader, length);
}

/* The rest, as a value; fails beyond AVO_VALUE_MAX_BYTES, or when there is one although `allowed` is false. */
static inline struct avo_slice avo_field_value_read(struct avo_reader *reader, bool allowed) {
    if (reader->left > (allowed ? AVO_VALUE_MAX_BYTES : 0)) {
        avo_read_fail(reader);
    }
    return avo_read_slice(reader, reader->left);
}

/* A u8 that must be 0 or 1. */
static inline bool avo_field_bool_read(struct avo_reader *reader) {
    uint8_t value = avo_read_u8(reader);
    if (value > 1) {
        avo_read_fail(reader);
    }
    return value == 1;
}

/* What a replica says of a write: only these. */
static inline enum avo_error avo_field_result_read(struct avo_reader *reader) {
    uint8_t value = avo_read_u8(reader);
    if (value != AVO_OK && value != AVO_EFULL && value != AVO_EHOSTFULL && value != AVO_EQUOTA) {
        avo_read_fail(reader);
        value = AVO_OK;
    }
    return (enum avo_error)value;
}

#endif
