/* A set of configurations: what the store may look like at one instant of a history, given all that returned before it. */
#ifndef AVO_CHECKER_CONFIGURATIONS_H
#define AVO_CHECKER_CONFIGURATIONS_H

#include <stdbool.h>
#include <stdint.h>

#define AVO_PENDING_WORDS 4
#define AVO_PENDING_MAX (AVO_PENDING_WORDS * 64)

/* Bits stand for pending operations: called, not yet returned. */
struct avo_pending_set {
    uint64_t words[AVO_PENDING_WORDS];
};

struct avo_configuration {
    uint64_t state;                 /* name of the value the key holds */
    struct avo_pending_set done;    /* took effect already */
    struct avo_pending_set covered; /* a later write took effect since the call: may have taken effect unseen just before it */
};

struct avo_configurations {
    struct avo_configuration *list;
    uint32_t count;
    uint32_t capacity;
    uint32_t explored;            /* those before it in the list stay as they are */
    struct avo_pending_set maybe; /* operations of unknown outcome */
    uint64_t *table;              /* open addressing: the round above, the index into the list below */
    uint32_t table_count;
    uint32_t round; /* places of other rounds are empty */
};

/* An empty set is all zero. */
void avo_configurations_destroy(struct avo_configurations *set);
/* Takes all out; those that come may differ in what `maybe` has, and mean the same. */
void avo_configurations_clear(struct avo_configurations *set, const struct avo_pending_set *maybe);
/* Adds one, unless one that is alike, and has used up no other operations of unknown outcome, is there already: whatever may follow
 * from this may follow from that. Then false. One that is there and is worse in this way is replaced, if it was not explored. */
bool avo_configurations_add(struct avo_configurations *set, const struct avo_configuration *configuration);

static inline bool avo_pending_has(const struct avo_pending_set *set, uint32_t slot) {
    return (set->words[slot / 64] >> slot % 64 & 1) != 0;
}

static inline void avo_pending_put(struct avo_pending_set *set, uint32_t slot) {
    set->words[slot / 64] |= 1ULL << slot % 64;
}

static inline void avo_pending_drop(struct avo_pending_set *set, uint32_t slot) {
    set->words[slot / 64] &= ~(1ULL << slot % 64);
}

#endif
