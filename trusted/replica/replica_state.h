/* The inside of a replica, for the files of this folder. */
#ifndef AVO_REPLICA_STATE_H
#define AVO_REPLICA_STATE_H

#include "base/assert.h"
#include "trusted/replica/quorum.h"
#include "trusted/replica/replica.h"
#include "trusted/replica/task.h"

#define AVO_REPAIR_MAX_COUNT 32     /* repairs at one time */
#define AVO_REPAIR_PATIENCE_MS 2000 /* then it gives up, until the damage is met again */
#define AVO_RESEND_MAX_US 250000    /* the longest wait between two sendings */
#define AVO_SCRUB_BUSY_MAX_COUNT 16 /* scrubbing waits while more tasks are under way */
#define AVO_SEARCH_COUNT 64         /* entries a step looked at for damage that was not mended */
#define AVO_SEARCH_PAUSE_US 1000
#define AVO_SEARCH_LOST_PAUSE_US 100000 /* after a repair that failed */
#define AVO_ROUND_INDEX_BITS 16         /* a round's name: sequence, then the task's index */

struct avo_replica {
    struct avo_replica_config config;
    struct avo_quorum quorum;
    struct avo_figures stats;
    struct avo_pool tasks;
    uint32_t active_first; /* lists of tasks, linked by index */
    uint32_t ended_first;
    uint32_t active_count;
    uint32_t repair_count;
    uint32_t repairs[AVO_REPAIR_MAX_COUNT]; /* tasks */
    uint64_t shard_clock;                   /* at least every clock chosen or applied here */
    uint64_t round_sequence;
    uint64_t due_us;    /* no task is due before: a lower bound, so that a tick with nothing to do costs nothing */
    uint16_t silent;    /* slots that let us wait and have not been heard since */
    uint32_t rotation;  /* which peers a get asks first */
    uint64_t search_us; /* no search for damage before */
    size_t searched_bytes;
    uint8_t searched_key[AVO_KEY_MAX_BYTES + 1];
    struct avo_buffer scratch; /* one value, opened for this step's effects */
    /* For the step under way. */
    uint64_t now_us;
    struct avo_effects *effects;
    bool scratch_used;
};

/* The next effect of this step, zeroed. A step never has more than AVO_EFFECTS_MAX: handlers see to it. */
struct avo_effect *avo_replica_effect(struct avo_replica *replica);
/* Effects that still fit into this step. */
uint32_t avo_replica_room(const struct avo_replica *replica);
/* The scratch buffer, empty, for one value of this step. */
struct avo_buffer *avo_replica_scratch(struct avo_replica *replica);
/* The shard's clock follows every clock it sees. */
void avo_replica_see_clock(struct avo_replica *replica, uint64_t clock);

/* One handler a file: on_NAME.c. */
void avo_replica_on_tick(struct avo_replica *replica);
void avo_replica_on_view(struct avo_replica *replica, const struct avo_view *view);
void avo_replica_on_query(struct avo_replica *replica, uint8_t slot, const struct avo_query *query);
void avo_replica_on_answer(struct avo_replica *replica, uint8_t slot, const struct avo_answer *answer);
void avo_replica_on_write(struct avo_replica *replica, uint8_t slot, const struct avo_write *write);
void avo_replica_on_ack(struct avo_replica *replica, uint8_t slot, const struct avo_ack *ack);
void avo_replica_on_request(struct avo_replica *replica, uint64_t origin, const struct avo_request *request);

#endif
