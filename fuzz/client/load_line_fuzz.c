/* A line of a load file: what is split off lies inside the line, and is never longer. */
#include "base/assert.h"
#include "cli/base/escape.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct avo_slice key;
    struct avo_slice value;
    uint8_t *line = malloc(size + 1); /* exactly as long, so that a sanitizer sees a step beyond */
    AVO_ASSERT(line != NULL);
    if (size > 0) {
        memcpy(line, data, size);
    }
    if (avo_line_split(line, size, &key, &value) == AVO_LINE_GOOD) {
        AVO_ASSERT(key.length + value.length + 1 <= size);
        AVO_ASSERT(key.data == line && value.data > line && value.data + value.length <= line + size);
    }
    free(line);
    return 0;
}
