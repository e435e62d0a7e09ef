#include "base/bytes.h"
#include "base/assert.h"
#include <string.h>

struct avo_slice avo_slice(const void *data, size_t length) {
    AVO_ASSERT(data != NULL || length == 0);
    return (struct avo_slice){data, length};
}

struct avo_slice avo_slice_string(const char *string) {
    return (struct avo_slice){(const uint8_t *)string, strlen(string)};
}

struct avo_slice avo_slice_part(struct avo_slice slice, size_t offset, size_t length) {
    AVO_ASSERT(offset <= slice.length && length <= slice.length - offset);
    return (struct avo_slice){length == 0 ? slice.data : slice.data + offset, length};
}

struct avo_slice avo_buffer_slice(const struct avo_buffer *buffer) {
    return (struct avo_slice){buffer->data, buffer->length};
}

bool avo_slice_equal(struct avo_slice a, struct avo_slice b) {
    return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

int avo_slice_compare(struct avo_slice a, struct avo_slice b) {
    size_t common = a.length < b.length ? a.length : b.length;
    int order = common == 0 ? 0 : memcmp(a.data, b.data, common);
    return order != 0 ? order : (a.length > b.length) - (a.length < b.length);
}

void avo_copy(uint8_t *to, size_t capacity, struct avo_slice bytes) {
    AVO_ASSERT(bytes.length <= capacity);
    if (bytes.length > 0) {
        memcpy(to, bytes.data, bytes.length);
    }
}
