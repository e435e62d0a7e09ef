/* A simulated machine: production workers in memory of their own, and the host around them, whose end of the door it holds. */
#ifndef AVO_SIM_NODE_H
#define AVO_SIM_NODE_H

#include "sim/cluster.h"
#include "sim/world.h"

/* How the host's clock relates to true time. It may be set to anything at any moment. */
struct avo_sim_clock {
    uint64_t ahead_us; /* added to true time */
    bool stopped;
    uint64_t stopped_us; /* what it shows while it stands */
};

#define AVO_WITHHELD_MAX 64

/* What the host keeps from one worker. */
struct avo_withheld {
    bool in;             /* what arrives for it is kept, and released late */
    bool out;            /* what it sends is not taken: its ring fills */
    bool starved;        /* it is not run: nobody rings its doorbell */
    uint32_t burst_left; /* turns in which its ring is filled with garbage */
    uint32_t count;
    struct avo_flight *packets[AVO_WITHHELD_MAX];
};

/* What its workers borrow for their lives: it stays where it is when the node moves. */
struct avo_node_lent {
    struct avo_prng random[AVO_SIM_WORKER_MAX];
    struct avo_mailbox to_worker[AVO_SIM_WORKER_MAX];
    struct avo_mailbox to_steward[AVO_SIM_WORKER_MAX];
};

struct avo_node {
    struct avo_world *world;
    uint8_t slot;
    uint8_t who;  /* its turns' name in the agenda: its slot, or beyond the slots for a former incarnation's */
    bool crashed; /* its memory is gone: for good, or until another incarnation takes its slot */
    bool frozen;
    uint64_t turn_us; /* when its next turn is due; turns due at other times are void */
    struct avo_sim_clock clock;
    struct avo_region_layout layout;
    uint8_t *region;
    uint8_t *memory; /* the enclave's budget, all workers one after another */
    size_t memory_bytes;
    struct avo_node_lent *lent;
    struct avo_region_worker host[AVO_SIM_WORKER_MAX]; /* the host's ends */
    struct avo_worker *workers[AVO_SIM_WORKER_MAX];
    uint32_t session_count;                         /* that a worker keeps if the plan lets it */
    uint64_t healed_us;                             /* when all strikes ended; 0: not yet */
    uint64_t healed_enclave_us[AVO_SIM_WORKER_MAX]; /* the enclave's time then */
    struct avo_withheld withheld[AVO_SIM_WORKER_MAX];
};

/* False when a worker refuses to start. `cluster` is borrowed for the node's life. */
AVO_MUST_USE bool avo_node_create(struct avo_node *node, struct avo_world *world, const struct avo_cluster *cluster, uint8_t slot);
/* The same with an identity of its own, borrowed too: another incarnation. */
AVO_MUST_USE bool avo_node_create_as(struct avo_node *node, struct avo_world *world, const struct avo_identity *identity,
                                     uint8_t slot);
/* `from` goes on at `to`, with turns of the name `who`; nothing is left at `from`. */
void avo_node_move(struct avo_node *to, struct avo_node *from, uint8_t who);
void avo_node_destroy(struct avo_node *node);
/* A datagram arrived at the machine. */
void avo_node_deliver(struct avo_node *node, const struct avo_flight *packet);
/* Gives worker `index` all that was kept from it, and keeps nothing more. */
void avo_node_release(struct avo_node *node, uint32_t index);
/* The host polls its enclave, sends what came out, and decides when to do so again. */
void avo_node_turn(struct avo_node *node);
/* The same, if it is the node's next turn that was due. */
void avo_node_turn_if_due(struct avo_node *node, uint64_t due_us);
/* Makes a turn due in `delay_us`, if none is due sooner. */
void avo_node_wake(struct avo_node *node, uint64_t delay_us);
uint64_t avo_node_clock(const struct avo_node *node);
/* Worker `index` keeps so many client sessions from now on: at most node->session_count. */
void avo_node_sessions_limit(struct avo_node *node, uint32_t index, uint32_t count);
/* Nothing strikes it any more: from here on its enclave's time must go on as its host's does. */
void avo_node_healed(struct avo_node *node);
/* Adds the enclave's own figures to the run's counters, looks for plaintext in the region, and for time that stood still. */
void avo_node_inspect(struct avo_node *node);

#endif
