/* A sliding replay window (RFC 6479): which of the last AVO_REPLAY_WINDOW_PACKETS counters were accepted. */
#ifndef AVO_CHANNEL_REPLAY_H
#define AVO_CHANNEL_REPLAY_H

#include "base/limits.h"
#include <stdbool.h>
#include <stdint.h>

struct avo_replay {
    uint64_t highest; /* 0: none accepted yet; counters start at 1 */
    uint64_t bits[AVO_REPLAY_WINDOW_PACKETS / 64];
};

/* True when `counter` is neither seen nor older than the window. Changes nothing. */
bool avo_replay_fresh(const struct avo_replay *replay, uint64_t counter);
/* Marks an authenticated counter as seen; asserts that it was fresh. */
void avo_replay_accept(struct avo_replay *replay, uint64_t counter);

#endif
