/* Real workers and client cores on a calm simulated network, for tests that step it themselves and own the wire. */
#ifndef AVO_SIM_STAGE_H
#define AVO_SIM_STAGE_H

#include "sim/client.h"
#include "sim/network.h"
#include "sim/node.h"
#include "trusted/worker/worker_state.h"

#define STAGE_SLOTS 3
#define STAGE_WORKERS 2
#define STAGE_TAPE 4096

struct stage {
    struct avo_world world;
    struct avo_cluster cluster;
    struct avo_node nodes[STAGE_SLOTS];
    struct avo_sim_record record;
    struct avo_sim_client clients[AVO_SIM_CLIENT_MAX];
    struct avo_flight *tape[STAGE_TAPE]; /* what was delivered */
    uint32_t tape_count;
    uint8_t *aead_memory;
};

/* Its clients are about to work; their keys turn every few packets. */
struct stage *stage_make(uint64_t seed, uint32_t client_count);
/* `past` formed again, beside it: the same keys, other values. The watch of `past` is in charge of both, and outlives this one. */
struct stage *stage_make_again(struct stage *past, uint64_t seed, const struct avo_cluster_again *again);
void stage_free(struct stage *stage);
/* The next thing that is due; true when it was a node's turn. */
bool stage_advance(struct stage *stage);
bool stage_clients_done(const struct stage *stage);
/* One worker's figures; all packets among them that were refused; lets it do what waits. */
struct avo_figures stage_figures(const struct avo_node *node, uint32_t index);
uint64_t stage_refused(const struct avo_figures *stats);
void stage_poll_all(struct avo_node *node, uint32_t index);
/* Delivers what the client must refuse: it counts it once, opens nothing, and what it has under way stays. */
void stage_client_drops(struct avo_sim_client *client, const struct avo_flight *packet);

#endif
