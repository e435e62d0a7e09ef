#include "checker/configurations.h"
#include "checker/memory.h"
#include <string.h>

void avo_configurations_destroy(struct avo_configurations *set) {
    free(set->list);
    free(set->table);
    *set = (struct avo_configurations){0};
}

/* A table that was large once is large for ever; it is not wiped, its places are of an earlier round. */
void avo_configurations_clear(struct avo_configurations *set, const struct avo_pending_set *maybe) {
    set->count = 0;
    set->explored = 0;
    set->maybe = *maybe;
    if (++set->round == 0) {
        set->round = 1;
        memset(set->table, 0, set->table_count * sizeof *set->table);
    }
}

static uint64_t must_have_done(const struct avo_configurations *set, const struct avo_configuration *configuration, int word) {
    return configuration->done.words[word] & ~set->maybe.words[word];
}

static uint64_t configuration_hash(const struct avo_configurations *set, const struct avo_configuration *configuration) {
    uint64_t hash = configuration->state;
    for (int i = 0; i < AVO_PENDING_WORDS; i++) {
        hash = (hash ^ must_have_done(set, configuration, i)) * 0x9e3779b97f4a7c15U;
        hash = (hash ^ hash >> 32 ^ configuration->covered.words[i]) * 0xbf58476d1ce4e5b9U;
    }
    return hash ^ hash >> 31;
}

/* They differ at most in operations that may have taken effect or not. */
static bool are_alike(const struct avo_configurations *set, const struct avo_configuration *a, const struct avo_configuration *b) {
    uint64_t difference = a->state ^ b->state;
    for (int i = 0; i < AVO_PENDING_WORDS; i++) {
        difference |= must_have_done(set, a, i) ^ must_have_done(set, b, i);
        difference |= a->covered.words[i] ^ b->covered.words[i];
    }
    return difference == 0;
}

static bool did_no_more(const struct avo_configuration *a, const struct avo_configuration *b) {
    uint64_t more = 0;
    for (int i = 0; i < AVO_PENDING_WORDS; i++) {
        more |= a->done.words[i] & ~b->done.words[i];
    }
    return more == 0;
}

/* A place holds 1 + the index into the list, and the round above it. */
static bool is_empty(const struct avo_configurations *set, uint64_t place) {
    return place >> 32 != set->round;
}

static void place_fill(const struct avo_configurations *set, uint64_t *place, uint32_t index) {
    *place = (uint64_t)set->round << 32 | index;
}

static uint64_t *place_at(const struct avo_configurations *set, uint64_t at) {
    return &set->table[at & (set->table_count - 1)];
}

static void configurations_grow(struct avo_configurations *set) {
    set->capacity = set->capacity == 0 ? 32 : 2 * set->capacity;
    set->list = avo_memory_resize(set->list, set->capacity, sizeof *set->list);
    free(set->table);
    set->table_count = 2 * set->capacity;
    set->table = avo_memory_zeroed(set->table_count, sizeof *set->table);
    set->round = 1;
    for (uint32_t i = 0; i < set->count; i++) {
        uint64_t at = configuration_hash(set, &set->list[i]);
        while (!is_empty(set, *place_at(set, at))) {
            at++;
        }
        place_fill(set, place_at(set, at), i);
    }
}

bool avo_configurations_add(struct avo_configurations *set, const struct avo_configuration *configuration) {
    if (set->count == set->capacity) {
        configurations_grow(set);
    }
    uint64_t at = configuration_hash(set, configuration);
    for (; !is_empty(set, *place_at(set, at)); at++) {
        uint32_t index = (uint32_t)*place_at(set, at);
        struct avo_configuration *other = &set->list[index];
        if (!are_alike(set, other, configuration)) {
            continue;
        }
        if (did_no_more(other, configuration)) {
            return false;
        }
        if (did_no_more(configuration, other) && index >= set->explored) {
            *other = *configuration;
            return true;
        }
    }
    place_fill(set, place_at(set, at), set->count);
    set->list[set->count++] = *configuration;
    return true;
}
