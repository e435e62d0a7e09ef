#include "checker/moments.h"
#include "checker/memory.h"

static void moments_add(struct avo_moments *moments, uint64_t time, enum avo_moment_kind kind, uint32_t entry) {
    if (moments->count == moments->capacity) {
        moments->capacity = moments->capacity == 0 ? 256 : 2 * moments->capacity;
        moments->list = avo_memory_resize(moments->list, moments->capacity, sizeof *moments->list);
    }
    moments->list[moments->count++] = (struct avo_moment){time, kind, entry};
}

void avo_moments_destroy(struct avo_moments *moments) {
    free(moments->list);
    *moments = (struct avo_moments){0};
}

static int moment_compare(const void *left, const void *right) {
    const struct avo_moment *a = left;
    const struct avo_moment *b = right;
    if (a->time != b->time) {
        return a->time < b->time ? -1 : 1;
    }
    if (a->kind != b->kind) {
        return a->kind < b->kind ? -1 : 1;
    }
    return a->entry < b->entry ? -1 : a->entry > b->entry;
}

/* For each value name, 1 + the last time anybody found it; 0: nobody did. UINT64_MAX: a cas of unknown outcome may find it any
 * time. */
static uint64_t *last_found(const struct avo_history *history, uint32_t key) {
    uint64_t *last = avo_memory_zeroed((size_t)history->values.count + 1, sizeof *last);
    for (uint32_t i = 0; i < history->count; i++) {
        const struct avo_history_entry *entry = &history->entries[i];
        bool finds = entry->kind == AVO_HISTORY_GET || entry->kind == AVO_HISTORY_CAS;
        if (entry->key != key || !finds || entry->outcome == AVO_HISTORY_NONE) {
            continue;
        }
        uint32_t value = entry->kind == AVO_HISTORY_GET ? entry->out : entry->expect;
        uint64_t until = entry->return_time + 1;
        if (entry->outcome == AVO_HISTORY_UNKNOWN) {
            until = entry->kind == AVO_HISTORY_CAS ? UINT64_MAX : 0;
        }
        last[value] = until > last[value] ? until : last[value];
    }
    return last;
}

static void moments_of_unknown(struct avo_moments *moments, const struct avo_history_entry *entry, uint32_t index, uint64_t until) {
    if (until <= entry->call_time) {
        return;
    }
    moments_add(moments, entry->call_time, AVO_MOMENT_CALL, index);
    if (until != UINT64_MAX) {
        moments_add(moments, until - 1, AVO_MOMENT_FORGET, index);
    }
}

void avo_moments_of(struct avo_moments *moments, const struct avo_history *history, uint32_t key) {
    uint64_t *last = last_found(history, key);
    moments->count = 0;
    for (uint32_t i = 0; i < history->count; i++) {
        const struct avo_history_entry *entry = &history->entries[i];
        if (entry->key != key) {
            continue;
        }
        if (entry->outcome == AVO_HISTORY_DONE) {
            moments_add(moments, entry->call_time, AVO_MOMENT_CALL, i);
            moments_add(moments, entry->return_time, AVO_MOMENT_RETURN, i);
        } else if (entry->outcome == AVO_HISTORY_UNKNOWN && entry->kind != AVO_HISTORY_GET) {
            uint32_t value = entry->kind == AVO_HISTORY_DELETE ? AVO_NAME_ABSENT : entry->value;
            moments_of_unknown(moments, entry, i, last[value]);
        }
    }
    free(last);
    if (moments->count > 0) {
        qsort(moments->list, moments->count, sizeof *moments->list, moment_compare);
    }
}
