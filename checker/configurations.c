#include "checker/configurations.h"
#include "checker/memory.h"
#include <string.h>

void avo_configurations_destroy(struct avo_configurations *set) {
    free(set->list);
    free(set->table);
    *set = (struct avo_configurations){0};
}

void avo_configurations_clear(struct avo_configurations *set) {
    set->count = 0;
    if (set->table_count > 0) {
        memset(set->table, 0, set->table_count * sizeof *set->table);
    }
}

static uint64_t configuration_hash(const struct avo_configuration *configuration) {
    uint64_t hash = configuration->state;
    for (int i = 0; i < AVO_PENDING_WORDS; i++) {
        hash = (hash ^ configuration->done.words[i]) * 0x9e3779b97f4a7c15U;
        hash = (hash ^ hash >> 32 ^ configuration->covered.words[i]) * 0xbf58476d1ce4e5b9U;
    }
    return hash ^ hash >> 31;
}

static uint32_t *configurations_place(const struct avo_configurations *set, const struct avo_configuration *configuration) {
    uint64_t at = configuration_hash(configuration);
    for (;; at++) {
        uint32_t *place = &set->table[at & (set->table_count - 1)];
        if (*place == 0 || memcmp(&set->list[*place - 1], configuration, sizeof *configuration) == 0) {
            return place;
        }
    }
}

static void configurations_grow(struct avo_configurations *set) {
    set->capacity = set->capacity == 0 ? 32 : 2 * set->capacity;
    set->list = avo_memory_resize(set->list, set->capacity, sizeof *set->list);
    free(set->table);
    set->table_count = 2 * set->capacity;
    set->table = avo_memory_zeroed(set->table_count, sizeof *set->table);
    for (uint32_t i = 0; i < set->count; i++) {
        *configurations_place(set, &set->list[i]) = i + 1;
    }
}

bool avo_configurations_add(struct avo_configurations *set, const struct avo_configuration *configuration) {
    if (set->count == set->capacity) {
        configurations_grow(set);
    }
    uint32_t *place = configurations_place(set, configuration);
    if (*place != 0) {
        return false;
    }
    set->list[set->count] = *configuration;
    *place = ++set->count;
    return true;
}
