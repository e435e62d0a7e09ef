/* Who makes the views, where the real CAS is not: it does what V4 to V6 say, signs, and hands views to the replicas late and in any
 * order, by their letters. When a replica lost its memory, it admits its next incarnation as joining, and has it vote once that has
 * pulled everything. There is one of it, and it never fails: V7 is not its matter. */
#ifndef AVO_SIM_AUTHORITY_H
#define AVO_SIM_AUTHORITY_H

#include "sim/client.h"
#include "sim/node.h"

#define AVO_RESTART_MAX 12 /* in a run */
#define AVO_VIEW_MAX (1 + 2 * AVO_RESTART_MAX)

/* Whom it serves, borrowed. */
struct avo_authority_people {
    struct avo_node *nodes; /* by slot: the newest incarnations */
    struct avo_sim_client *clients;
    uint32_t client_count;
};

/* What a worker said last. */
struct avo_worker_word {
    uint32_t adopted;
    uint32_t synced;
};

struct avo_authority {
    struct avo_world *world;
    struct avo_cluster *cluster; /* whose view is the newest */
    struct avo_authority_people people;
    struct avo_signed_view views[AVO_VIEW_MAX]; /* by epoch - 1 */
    struct avo_worker_word words[AVO_SIM_SLOT_MAX][AVO_SIM_WORKER_MAX];
    uint32_t heard[AVO_SIM_SLOT_MAX]; /* the newest view that this slot's steward has from a peer */
    uint8_t down_slot;                /* whose replica lost its memory and is not admitted again yet; AVO_SIM_SLOT_MAX: none */
    struct avo_identity identities[AVO_RESTART_MAX];
    uint32_t restart_count;
    struct avo_node clones[AVO_RESTART_MAX]; /* former incarnations that live on */
    uint32_t clone_count;
};

/* The cluster's view is the first; nothing happens unless the plan has restarts. */
void avo_authority_start(struct avo_authority *authority, struct avo_world *world, struct avo_cluster *cluster,
                         struct avo_authority_people people);
void avo_authority_destroy(struct avo_authority *authority);
/* Takes letters, hands out views, makes the next one if it may, and makes its next turn due. */
void avo_authority_turn(struct avo_authority *authority);
/* A datagram arrived at the machine in `slot`: its host shows it to former incarnations, too. */
void avo_authority_deliver(struct avo_authority *authority, uint32_t slot, const struct avo_flight *packet);
/* May the replica in `slot` lose its memory now, so that a quorum of voters that have theirs is left? */
bool avo_authority_may_restart(const struct avo_authority *authority, uint8_t slot);
/* It does; `clone`: its former incarnation lives on, frozen. */
void avo_authority_restart(struct avo_authority *authority, uint8_t slot, bool clone);
/* All slots vote, and every replica knows it. */
bool avo_authority_is_settled(const struct avo_authority *authority);

#endif
