/* Bytes, borrowed and owned. Nothing here allocates. */
#ifndef AVO_BASE_BYTES_H
#define AVO_BASE_BYTES_H

#include "base/compiler.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Borrowed bytes: the lender keeps them alive and unchanged for as long as its own header says. */
struct avo_slice {
    const uint8_t *data;
    size_t length;
};

/* Owned bytes: `length` of `capacity` are in use. */
struct avo_buffer {
    uint8_t *data;
    size_t length;
    size_t capacity;
};

#define AVO_SLICE_EMPTY ((struct avo_slice){NULL, 0})
#define AVO_SLICE_OF(array) ((struct avo_slice){(const uint8_t *)(array), sizeof(array)})

struct avo_slice avo_slice(const void *data, size_t length);
/* The bytes of a C string without its terminator. */
struct avo_slice avo_slice_string(const char *string);
/* `length` bytes from `offset`; asserts that they lie inside. */
struct avo_slice avo_slice_part(struct avo_slice slice, size_t offset, size_t length);
struct avo_slice avo_buffer_slice(const struct avo_buffer *buffer);

/* Equality of public bytes. For secrets: avo_secret_equal. */
bool avo_slice_equal(struct avo_slice a, struct avo_slice b);
/* The order of keys everywhere: memcmp, then length [DESIGN 9]. Negative, 0 or positive. */
int avo_slice_compare(struct avo_slice a, struct avo_slice b);

/* memcpy that allows (NULL, 0) and asserts that `bytes` fits `capacity`. */
void avo_copy(uint8_t *to, size_t capacity, struct avo_slice bytes);

#endif
