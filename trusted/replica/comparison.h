/* One comparison with another replica: which keys does it hold in a newer version?
 *
 *   GROUPS       its digests of all groups of buckets              COMPARE   <-> DIGEST
 *   FIRST_LOOK   its digests of the buckets of groups that differ  COMPARE   <-> DIGEST
 *   PAUSE        what is only under way arrives
 *   SECOND_LOOK  again, of buckets that differed: who still does?  COMPARE   <-> DIGEST
 *   COUNT        the entries of these: how many are newer there?   ENUMERATE <-> LISTING
 *   FILL         the entries again: each newer one is fetched      ENUMERATE <-> LISTING
 *   DRAIN        the last of these come
 *
 * One question at a time is under way, asked again until it is answered. It says what it is about, so the other keeps nothing.
 */
#ifndef AVO_REPLICA_COMPARISON_H
#define AVO_REPLICA_COMPARISON_H

#include "base/limits.h"
#include <stdbool.h>
#include <stdint.h>

struct avo_replica;

#define AVO_COMPARISON_MOST_MIN 64  /* FILL: entries of a listing, where each is fetched ... */
#define AVO_COMPARISON_MOST_MAX 512 /* ... and where hardly any is */

enum avo_comparison_step {
    AVO_COMPARISON_NONE = 0, /* none is under way */
    AVO_COMPARISON_GROUPS,
    AVO_COMPARISON_FIRST_LOOK,
    AVO_COMPARISON_PAUSE,
    AVO_COMPARISON_SECOND_LOOK,
    AVO_COMPARISON_COUNT,
    AVO_COMPARISON_FILL,
    AVO_COMPARISON_DRAIN,
};

struct avo_comparison {
    enum avo_comparison_step step;
    uint8_t slot;          /* with whom */
    bool ended;            /* and nobody has taken notice yet */
    bool refused;          /* our own store has no room for what is missing: nothing more is fetched */
    bool waits;            /* FILL: for fills to end, before the next question */
    uint16_t most;         /* entries that the next listing may have */
    uint32_t bucket;       /* that the question is about; of a look: one of its group */
    uint32_t cursor;       /* in it */
    uint32_t bucket_gaps;  /* COUNT: keys of the bucket that are newer there */
    uint32_t gap_count;    /* COUNT: of all buckets */
    uint32_t met_count;    /* FILL: of all buckets, again */
    uint32_t filled_count; /* of these */
    uint64_t round;        /* the question under way; 0: none */
    uint64_t send_us;      /* when to ask again; PAUSE: its end */
    uint64_t give_up_us;   /* unless an answer comes before */
    uint32_t interval_us;
    uint32_t suspects[AVO_DIGEST_GROUP_COUNT]; /* buckets that differ: a bit each, those of a group together */
};

/* Begins one; there is none under way. */
void avo_comparison_begin(struct avo_replica *replica, uint8_t slot);
/* Time passed: asks again, or gives up. */
void avo_comparison_tick(struct avo_replica *replica);
/* Is an answer of `slot` in `round` one to the question under way? Then that is answered. */
bool avo_comparison_hears(struct avo_replica *replica, uint8_t slot, uint64_t round);
/* Asks about the first suspect bucket from `bucket` on; where there is none, the next step begins. */
void avo_comparison_go_on(struct avo_replica *replica, uint32_t bucket);
/* Asks about the same bucket, from the cursor on: at once, or a moment later, when fills have ended. */
void avo_comparison_go_on_here(struct avo_replica *replica, bool at_once);
/* How many more fills may begin now. */
uint32_t avo_comparison_room(const struct avo_replica *replica);
/* A key that was missing is here now; our own store has no room for one, which ends the comparison; a fill ended. */
void avo_comparison_filled(struct avo_replica *replica);
void avo_comparison_refused(struct avo_replica *replica);
void avo_comparison_fill_ended(struct avo_replica *replica);

#endif
