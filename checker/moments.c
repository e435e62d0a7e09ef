#include "checker/moments.h"
#include "checker/memory.h"
#include "checker/register.h"
#include <inttypes.h>
#include <stdio.h>

/* The key's entries, one after the other. */
#define EACH_ENTRY(moments, key, i)                                                                                                \
    for (uint32_t at_ = (moments)->first[key], i = at_ - 1; at_ != 0; at_ = (moments)->next[i], i = at_ - 1)

struct avo_moments avo_moments_open(const struct avo_history *history) {
    struct avo_moments moments = {.history = history};
    moments.first = avo_memory_zeroed((size_t)history->keys.count + 1, sizeof *moments.first);
    moments.next = avo_memory_zeroed(history->count, sizeof *moments.next);
    moments.last_found = avo_memory_zeroed((size_t)history->values.count + 1, sizeof *moments.last_found);
    for (uint32_t i = history->count; i-- > 0;) {
        uint32_t *first = &moments.first[history->entries[i].key];
        moments.next[i] = *first;
        *first = i + 1;
    }
    return moments;
}

void avo_moments_destroy(struct avo_moments *moments) {
    free(moments->list);
    free(moments->first);
    free(moments->next);
    free(moments->last_found);
    *moments = (struct avo_moments){0};
}

static void moments_add(struct avo_moments *moments, uint64_t time, enum avo_moment_kind kind, uint32_t entry) {
    if (moments->count == moments->capacity) {
        moments->capacity = moments->capacity == 0 ? 256 : 2 * moments->capacity;
        moments->list = avo_memory_resize(moments->list, moments->capacity, sizeof *moments->list);
    }
    moments->list[moments->count++] = (struct avo_moment){time, kind, entry};
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

/* True when it is later than what was known. */
static bool found(struct avo_moments *moments, uint32_t value, uint64_t until) {
    bool later = until > moments->last_found[value];
    moments->last_found[value] = later ? until : moments->last_found[value];
    return later;
}

/* The values that an INCR which told its number may have found. */
static void incr_found(struct avo_moments *moments, const struct avo_history_entry *entry, uint64_t until) {
    int64_t told;
    int64_t before;
    char text[24];
    const struct avo_names *values = &moments->history->values;
    if (!avo_register_number(avo_name_bytes(values, entry->out), &told) || __builtin_sub_overflow(told, entry->by, &before)) {
        return;
    }
    (void)snprintf(text, sizeof text, "%" PRId64, before);
    uint32_t value = avo_name_find(values, avo_slice_string(text));
    if (value != AVO_NAME_ABSENT) {
        (void)found(moments, value, until);
    }
    if (before == 0) {
        (void)found(moments, AVO_NAME_ABSENT, until);
    }
}

/* Finds by operations that ended; gives the time of the last return. */
static uint64_t found_by_done(struct avo_moments *moments, uint32_t key) {
    uint64_t end = 0;
    EACH_ENTRY(moments, key, i) {
        const struct avo_history_entry *entry = &moments->history->entries[i];
        if (entry->outcome != AVO_HISTORY_DONE) {
            continue;
        }
        uint64_t until = entry->return_time + 1;
        end = until > end ? until : end;
        if (entry->kind == AVO_HISTORY_GET || entry->kind == AVO_HISTORY_CAS) {
            (void)found(moments, entry->kind == AVO_HISTORY_GET ? entry->out : entry->expect, until);
        } else if (entry->kind == AVO_HISTORY_INCR) {
            incr_found(moments, entry, until);
        }
    }
    return end;
}

/* An INCR of unknown outcome may find any number, and make others, at any time: no value of such a key is forgotten. */
static void found_by_unknown_incr(struct avo_moments *moments, uint32_t key, uint64_t end) {
    bool any = false;
    EACH_ENTRY(moments, key, i) {
        const struct avo_history_entry *entry = &moments->history->entries[i];
        any = any || (entry->kind == AVO_HISTORY_INCR && entry->outcome == AVO_HISTORY_UNKNOWN);
    }
    for (uint32_t at = any ? moments->first[key] : 0; at != 0; at = moments->next[at - 1]) {
        const struct avo_history_entry *entry = &moments->history->entries[at - 1];
        (void)found(moments, AVO_NAME_ABSENT, end);
        (void)found(moments, entry->value, end);
    }
}

/* A cas of unknown outcome matters until its own value was found last; until then it may find what it expects. */
static void found_by_unknown_cas(struct avo_moments *moments, uint32_t key) {
    for (bool again = true; again;) {
        again = false;
        EACH_ENTRY(moments, key, i) {
            const struct avo_history_entry *entry = &moments->history->entries[i];
            if (entry->kind == AVO_HISTORY_CAS && entry->outcome == AVO_HISTORY_UNKNOWN) {
                again |= found(moments, entry->expect, moments->last_found[entry->value]);
            }
        }
    }
}

static void moments_of_unknown(struct avo_moments *moments, uint32_t index, uint64_t end) {
    const struct avo_history_entry *entry = &moments->history->entries[index];
    uint32_t value = entry->kind == AVO_HISTORY_DELETE ? AVO_NAME_ABSENT : entry->value;
    uint64_t until = entry->kind == AVO_HISTORY_INCR ? end : moments->last_found[value];
    if (entry->kind != AVO_HISTORY_GET && until > entry->call_time) {
        moments_add(moments, entry->call_time, AVO_MOMENT_CALL, index);
        moments_add(moments, until - 1, AVO_MOMENT_FORGET, index);
    }
}

static void last_found_clear(struct avo_moments *moments, uint32_t key) {
    moments->last_found[AVO_NAME_ABSENT] = 0;
    EACH_ENTRY(moments, key, i) {
        const struct avo_history_entry *entry = &moments->history->entries[i];
        moments->last_found[entry->value] = 0;
        moments->last_found[entry->expect] = 0;
        moments->last_found[entry->out] = 0;
    }
}

void avo_moments_of(struct avo_moments *moments, uint32_t key) {
    moments->count = 0;
    last_found_clear(moments, key);
    uint64_t end = found_by_done(moments, key);
    found_by_unknown_incr(moments, key, end);
    found_by_unknown_cas(moments, key);
    EACH_ENTRY(moments, key, i) {
        const struct avo_history_entry *entry = &moments->history->entries[i];
        if (entry->outcome == AVO_HISTORY_DONE) {
            moments_add(moments, entry->call_time, AVO_MOMENT_CALL, i);
            moments_add(moments, entry->return_time, AVO_MOMENT_RETURN, i);
        } else if (entry->outcome == AVO_HISTORY_UNKNOWN) {
            moments_of_unknown(moments, i, end);
        }
    }
    if (moments->count > 0) {
        qsort(moments->list, moments->count, sizeof *moments->list, moment_compare);
    }
}
