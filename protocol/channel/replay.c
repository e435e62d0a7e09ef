#include "protocol/channel/replay.h"
#include "base/assert.h"
#include <string.h>

/* A ring of bits, one a counter modulo the window; the bits above `highest` are cleared as it moves over them. */
static uint64_t *word_of(struct avo_replay *replay, uint64_t counter) {
    return &replay->bits[counter % AVO_REPLAY_WINDOW_PACKETS / 64];
}

bool avo_replay_fresh(const struct avo_replay *replay, uint64_t counter) {
    if (counter > replay->highest) {
        return true;
    }
    if (counter == 0 || replay->highest - counter >= AVO_REPLAY_WINDOW_PACKETS) {
        return false;
    }
    return (replay->bits[counter % AVO_REPLAY_WINDOW_PACKETS / 64] >> counter % 64 & 1) == 0;
}

/* Clears the bits of first..last, fewer than a window of them, word by word. */
static void clear(struct avo_replay *replay, uint64_t first, uint64_t last) {
    while (first <= last) {
        uint64_t end = first | 63; /* the last counter of first's word */
        end = end < last ? end : last;
        uint64_t count = end - first + 1;
        uint64_t mask = count == 64 ? UINT64_MAX : ((1ULL << count) - 1) << first % 64;
        *word_of(replay, first) &= ~mask;
        first = end + 1;
    }
}

void avo_replay_accept(struct avo_replay *replay, uint64_t counter) {
    AVO_ASSERT(counter < UINT64_MAX && avo_replay_fresh(replay, counter));
    if (counter > replay->highest) {
        if (counter - replay->highest >= AVO_REPLAY_WINDOW_PACKETS) {
            memset(replay->bits, 0, sizeof replay->bits);
        } else {
            clear(replay, replay->highest + 1, counter);
        }
        replay->highest = counter;
    }
    *word_of(replay, counter) |= 1ULL << counter % 64;
}
