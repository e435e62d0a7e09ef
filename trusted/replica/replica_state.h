/* The inside of a replica, and what its handlers share. */
#ifndef AVO_REPLICA_STATE_H
#define AVO_REPLICA_STATE_H

#include "base/assert.h"
#include "base/pool.h"
#include "protocol/channel/rtt.h"
#include "trusted/replica/compare.h"
#include "trusted/replica/config.h"
#include "trusted/replica/effects.h"
#include "trusted/replica/quorum.h"
#include "trusted/replica/sync.h"

#define AVO_REPAIR_MAX_COUNT 32     /* repairs at one time */
#define AVO_REPAIR_PATIENCE_MS 2000 /* then it gives up, until the damage is met again */
#define AVO_RESEND_MAX_US 250000    /* the longest wait between two sendings, unless the way is longer; ... */
#define AVO_TIMEOUT_MAX_US 2000000  /* ... for that it is this */
#define AVO_CALM_MAX_COUNT 16       /* scrubbing waits, and fills are few, while so many operations of clients are under way */
#define AVO_SEARCH_COUNT 64         /* entries a step looked at for damage that was not mended */
#define AVO_SEARCH_PAUSE_US 1000
#define AVO_SEARCH_LOST_PAUSE_US 100000 /* after a repair that failed */
#define AVO_ROUND_INDEX_BITS 16         /* a round's name: sequence, then the task's index */

struct avo_replica {
    struct avo_replica_config config;
    struct avo_quorum quorum;
    struct avo_sync sync;
    struct avo_figures stats;
    struct avo_pool tasks;
    uint32_t active_first; /* lists of tasks, linked by index */
    uint32_t ended_first;
    uint32_t active_count;
    uint32_t repair_count;
    uint32_t repairs[AVO_REPAIR_MAX_COUNT]; /* tasks */
    uint64_t shard_clock;                   /* at least every clock chosen or applied here */
    uint64_t clock_us;                      /* when it last went on */
    struct avo_comparing comparing;
    uint64_t round_sequence;
    uint64_t served_us; /* when a client or a coordinator last wanted something; 0: never */
    uint64_t due_us;    /* no task is due before: a lower bound, so that a tick with nothing to do costs nothing */
    struct avo_rtt rounds[AVO_SLOT_MAX_COUNT]; /* how long each takes to answer one */
    uint16_t silent;                           /* slots that let us wait and have not been heard since */
    uint32_t rotation;                         /* which peers a get asks first */
    uint64_t search_us;                        /* no search for damage before */
    size_t searched_bytes;
    uint8_t searched_key[AVO_KEY_MAX_BYTES + 1];
    struct avo_buffer scratch; /* one value, opened for this step's effects, or a piece of a sync */
    /* For the step under way. */
    uint64_t now_us;
    struct avo_effects *effects;
    bool scratch_used;
};

/* Begins a step at `now_us`, whose effects go to `effects`. Time does not go back. */
void avo_replica_begin_step(struct avo_replica *replica, uint64_t now_us, struct avo_effects *effects);
/* Is `slot` another member of our view? A message of any other is not for us. A member that speaks is not silent. */
bool avo_replica_hears(struct avo_replica *replica, uint8_t slot);
/* The step's next effect: a message to `slot`, zeroed. A step never has more than AVO_EFFECTS_MAX effects: handlers see to it. */
struct avo_message *avo_replica_send(struct avo_replica *replica, uint8_t slot);
/* The step's next effect: a reply to the client behind `origin`, of which id, status and value are given; `answered`: the slots
 * that were heard. */
void avo_replica_reply(struct avo_replica *replica, uint64_t origin, uint16_t answered, const struct avo_reply *reply);
/* Do clients leave time for what is done besides? */
bool avo_replica_is_calm(const struct avo_replica *replica);
/* Effects that still fit into this step. */
uint32_t avo_replica_room(const struct avo_replica *replica);
/* The scratch buffer, empty, for one value of this step. */
struct avo_buffer *avo_replica_scratch(struct avo_replica *replica);
/* The shard's clock follows every clock it sees. */
void avo_replica_see_clock(struct avo_replica *replica, uint64_t clock);

#endif
