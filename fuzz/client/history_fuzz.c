/* A history file: whatever stands in it, lines are read or refused, and what was read is judged within its limits. */
#include "base/assert.h"
#include "checker/linear.h"
#include "cli/torture/history_read.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Exactly one entry a line that was read, with names that exist. */
static void line_check(struct avo_history *history, struct avo_slice line) {
    struct avo_why why = {""};
    uint32_t before = history->count;
    bool read = avo_history_read_line(history, line, &why);
    AVO_ASSERT(history->count == before + read && (read || why.text[0] != '\0'));
    if (read) {
        const struct avo_history_entry *entry = &history->entries[before];
        AVO_ASSERT(entry->key != AVO_NAME_ABSENT && entry->key <= history->keys.count);
        AVO_ASSERT(entry->value <= history->values.count && entry->expect <= history->values.count);
        AVO_ASSERT(entry->out <= history->values.count && entry->return_time >= entry->call_time);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct avo_history history = {0};
    for (size_t at = 0; at < size;) {
        const uint8_t *end = memchr(data + at, '\n', size - at);
        size_t length = end == NULL ? size - at : (size_t)(end - data) - at;
        line_check(&history, avo_slice(data + at, length));
        at += length + 1;
    }
    (void)avo_linear_check_within(&history, (struct avo_linear_limits){1024, 1 << 16});
    avo_history_destroy(&history);
    return 0;
}
