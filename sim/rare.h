/* Rare paths, forced: calls that seldom fail fail often, while faults last. Linked with -Wl,--wrap, so production has no trace of
 * it. */
#ifndef AVO_SIM_RARE_H
#define AVO_SIM_RARE_H

#include "base/random.h"
#include <stdbool.h>

struct avo_watch;

struct avo_rare {
    struct avo_prng prng; /* its own: what it draws changes nothing else */
    uint32_t ppm;         /* of calls; 0: unarmed */
    uint64_t memory_count;
    uint64_t letter_count;
    uint64_t room_count;
};

/* Arms it for the run that `watch` is in charge of. */
void avo_rare_arm(struct avo_watch *watch, uint64_t seed, uint32_t ppm);
void avo_rare_disarm(struct avo_watch *watch);

#endif
