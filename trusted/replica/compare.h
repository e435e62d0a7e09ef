/* Catching up: replicas of a worker compare what they hold, without clients, and each fetches what it misses [DESIGN 8].
 *
 * A replica tells the others the digest of all that it holds: often while something changes, ever more rarely while nothing does.
 * One that hears another digest than its own compares with that replica, step by step (comparison.h), and fetches every version
 * that is newer there (fill.h). It never sends what the other misses: that one compares, too.
 */
#ifndef AVO_REPLICA_COMPARE_H
#define AVO_REPLICA_COMPARE_H

#include "base/limits.h"
#include "trusted/replica/comparison.h"

struct avo_replica;
struct avo_figures;

/* What is known of another replica. */
struct avo_compared {
    uint64_t digest;   /* that it told last */
    bool told;         /* it has told one in this view */
    bool fresh;        /* not compared since */
    uint64_t start_us; /* no comparison with it before */
    uint64_t pause_us; /* after the last one in vain: grows */
    uint32_t behind;   /* keys that it holds in a newer version, as far as the last comparison has shown */
};

struct avo_comparing {
    uint64_t tell_us;  /* when to tell our digest again */
    uint64_t told_us;  /* when we last did ... */
    uint64_t digest;   /* ... and which */
    uint64_t pause_us; /* until the next time: grows while there is no news */
    bool news;         /* ours is another than we told, or somebody told another than before */
    uint64_t mark_us;
    uint64_t marks[2]; /* what the shard's clock was a while ago, and at most twice as long ago, newest last */
    uint64_t level_us; /* when it last missed nothing */
    uint32_t fill_count;
    uint8_t next_slot; /* whose turn it is to be compared with */
    struct avo_compared slots[AVO_SLOT_MAX_COUNT];
    struct avo_comparison comparison; /* one at a time */
};

/* Time passed: tells the digest, begins a comparison, goes on with it. */
void avo_compare_tick(struct avo_replica *replica);
/* A newer view: all begins from the beginning. */
void avo_compare_restart(struct avo_replica *replica);
/* `slot` told the digest of all that it holds. */
void avo_compare_hear(struct avo_replica *replica, uint8_t slot, uint64_t digest);
/* Every version that was written here longer ago than a moment has at most this clock, and few others have: what is newer may still
 * be on its way to the others, so nobody misses it yet. Only a guess, which saves work. */
uint64_t avo_compare_settled_clock(const struct avo_replica *replica);
/* Tells how many keys the replica is known to miss: at least so many. */
void avo_compare_stats(const struct avo_replica *replica, struct avo_figures *stats);

#endif
