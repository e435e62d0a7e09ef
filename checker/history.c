#include "checker/history.h"
#include "checker/memory.h"

void avo_history_destroy(struct avo_history *history) {
    free(history->entries);
    avo_names_destroy(&history->keys);
    avo_names_destroy(&history->values);
    *history = (struct avo_history){0};
}

uint32_t avo_history_add(struct avo_history *history, const struct avo_history_entry *entry) {
    if (history->count == history->capacity) {
        history->capacity = history->capacity == 0 ? 256 : 2 * history->capacity;
        history->entries = avo_memory_resize(history->entries, history->capacity, sizeof *history->entries);
    }
    history->entries[history->count] = *entry;
    return history->count++;
}

const char *avo_history_kind_name(enum avo_history_kind kind) {
    static const char *const names[] = {"get", "put", "del", "cas", "incr"};
    return names[kind];
}
