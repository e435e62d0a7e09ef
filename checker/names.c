#include "checker/names.h"
#include "checker/memory.h"
#include <string.h>

/* FNV-1a with a final mix: the names come from our own tests, not from an attacker. */
static uint64_t names_hash(struct avo_slice bytes) {
    uint64_t hash = 0xcbf29ce484222325U;
    for (size_t i = 0; i < bytes.length; i++) {
        hash = (hash ^ bytes.data[i]) * 0x100000001b3U;
    }
    return hash ^ hash >> 29;
}

void avo_names_destroy(struct avo_names *names) {
    for (uint32_t i = 0; i < names->count; i++) {
        free((void *)(uintptr_t)names->named[i].data);
    }
    free(names->named);
    free(names->table);
    *names = (struct avo_names){0};
}

/* The place in the table where `bytes` stands or would stand. */
static uint32_t *names_place(const struct avo_names *names, struct avo_slice bytes) {
    uint64_t at = names_hash(bytes);
    for (;; at++) {
        uint32_t *place = &names->table[at & (names->table_count - 1)];
        if (*place == 0 || avo_slice_equal(names->named[*place - 1], bytes)) {
            return place;
        }
    }
}

static void names_grow(struct avo_names *names) {
    names->capacity = names->capacity == 0 ? 64 : 2 * names->capacity;
    names->named = avo_memory_resize(names->named, names->capacity, sizeof *names->named);
    free(names->table);
    names->table_count = 2 * names->capacity;
    names->table = avo_memory_zeroed(names->table_count, sizeof *names->table);
    for (uint32_t i = 0; i < names->count; i++) {
        *names_place(names, names->named[i]) = i + 1;
    }
}

uint32_t avo_name(struct avo_names *names, struct avo_slice bytes) {
    if (names->count == names->capacity) {
        names_grow(names);
    }
    uint32_t *place = names_place(names, bytes);
    if (*place == 0) {
        uint8_t *copy = avo_memory_resize(NULL, bytes.length, 1);
        avo_copy(copy, bytes.length, bytes);
        names->named[names->count] = avo_slice(copy, bytes.length);
        *place = ++names->count;
    }
    return *place;
}

uint32_t avo_name_find(const struct avo_names *names, struct avo_slice bytes) {
    return names->count == 0 ? AVO_NAME_ABSENT : *names_place(names, bytes);
}

struct avo_slice avo_name_bytes(const struct avo_names *names, uint32_t name) {
    AVO_ASSERT(name <= names->count);
    return name == AVO_NAME_ABSENT ? AVO_SLICE_EMPTY : names->named[name - 1];
}
