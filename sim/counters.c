#include "sim/counters.h"
#include "base/assert.h"

#define COUNTER_TEXT(name, text, needed) text,
#define COUNTER_NEEDED(name, text, needed) needed,
static const char *const texts[AVO_COUNTER_COUNT] = {AVO_COUNTERS(COUNTER_TEXT)};
static const bool needed[AVO_COUNTER_COUNT] = {AVO_COUNTERS(COUNTER_NEEDED)};

const char *avo_counter_text(enum avo_counter counter) {
    AVO_ASSERT(counter < AVO_COUNTER_COUNT);
    return texts[counter];
}

void avo_counters_merge(struct avo_counters *all, const struct avo_counters *run) {
    for (uint32_t i = 0; i < AVO_COUNTER_COUNT; i++) {
        all->of[i] += run->of[i];
    }
}

enum avo_counter avo_counters_vacuous(const struct avo_counters *counters) {
    for (uint32_t i = 0; i < AVO_COUNTER_COUNT; i++) {
        if (needed[i] && counters->of[i] == 0) {
            return (enum avo_counter)i;
        }
    }
    return AVO_COUNTER_COUNT;
}
