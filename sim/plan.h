/* What a seed draws before its run begins: the cluster, the work and which faults strike how often (swarm testing: Groce et al.,
 * ISSTA 2012; each run leaves some faults out, so that rare ones get their turn). */
#ifndef AVO_SIM_PLAN_H
#define AVO_SIM_PLAN_H

#include "base/random.h"
#include "protocol/channel/channel.h"
#include <stdbool.h>

#define AVO_SIM_SLOT_MAX 5
#define AVO_SIM_WORKER_MAX 3
#define AVO_SIM_CLIENT_MAX 8
#define AVO_SIM_KEY_MAX 12
#define AVO_SIM_PIPELINE_MAX 4
#define AVO_PLAN_SLAB_SMALL_BYTES (128U << 10) /* below: writes may be refused for lack of memory */

/* Chances are in parts per million of the packets or turns they apply to. */
struct avo_plan {
    /* The cluster. */
    uint8_t slot_count;
    uint8_t worker_count;
    uint16_t mtu_bytes;
    uint32_t ring_slots;
    uint64_t slab_bytes;
    enum avo_aead_kind aead[AVO_SIM_SLOT_MAX];
    /* The work. */
    uint32_t client_count;
    uint32_t pipeline;
    uint32_t key_count;
    uint32_t value_max_bytes;
    uint32_t read_percent;
    uint32_t delete_percent;
    uint32_t operations_per_client;
    uint32_t think_us;
    uint32_t patience_us;
    uint64_t safety_us;
    uint64_t compare_us; /* replicas compare what they hold so often; 0: as they usually do */
    /* The network. */
    uint32_t latency_us;
    uint32_t loss_ppm;
    uint32_t duplicate_ppm;
    uint32_t delay_ppm;
    uint32_t delay_us;
    uint32_t slow_bytes;   /* most packets longer than this between nodes are delayed, too: those that carry values; 0: none */
    uint32_t narrow_bytes; /* what is longer does not pass a narrow link */
    uint32_t replay_ppm;
    uint32_t divert_ppm;
    uint32_t corrupt_ppm;
    uint32_t garbage_ppm;
    uint32_t refusal_ppm;
    /* The hosts. */
    uint32_t ring_lie_ppm;
    uint32_t ring_burst_ppm; /* of turns: garbage at full speed from here */
    bool partitions;
    bool poor_links;
    bool narrow_links;
    bool freezes;
    bool crash;
    bool restarts;        /* replicas lose their memory, one after another, and begin again as new incarnations */
    bool views_by_peers;  /* a new view comes to one machine; the others have it from peers, while faults last */
    bool clients_restart; /* clients begin again in newer views, as other processes; else their cores follow */
    bool clock_lies;
    uint32_t tampered_slots; /* slots 0..n-1 (shifted by tamper_first) whose value memory is attacked: never so many that no copy is
                                left */
    uint8_t tamper_first;
    bool withholding;         /* one worker's packets are withheld, or it is not run */
    bool destroys_everywhere; /* once, all values at all hosts */
    uint32_t session_max;     /* sessions each worker keeps: fewer than there are clients; 0: as many as it does */
    bool full_alone;          /* one replica alone is short of value memory: full_slot */
    uint8_t full_slot;
    struct avo_channel_limits channel; /* of nodes and clients alike */
    uint32_t nemesis_us;               /* mean time between strikes */
    uint32_t rare_ppm;                 /* of calls that seldom fail; sim/rare.h */
};

struct avo_plan avo_plan_draw(struct avo_prng *prng);
bool avo_plan_tampers(const struct avo_plan *plan, uint8_t slot);
/* Value memory of each worker in `slot`. */
uint64_t avo_plan_slab_bytes(const struct avo_plan *plan, uint8_t slot);
/* All replicas are so short of it that writes, and gets that must write back, may be refused. */
bool avo_plan_is_short(const struct avo_plan *plan);

#endif
