/* Genesis without a CAS: its signing key, the first view, what each enclave was given when it joined, the clients' tickets. */
#ifndef AVO_SIM_CLUSTER_H
#define AVO_SIM_CLUSTER_H

#include "protocol/view/ticket.h"
#include "sim/world.h"
#include "trusted/worker/worker.h"

struct avo_cluster {
    uint8_t cas_sign_secret[64];
    struct avo_identity identities[AVO_SIM_SLOT_MAX];
    struct avo_view view; /* as verified under the pinned key */
};

/* False when the production code refuses its own view. */
AVO_MUST_USE bool avo_cluster_make(struct avo_cluster *cluster, struct avo_world *world);
/* From here on its members show their view to those that are behind, and clients follow newer ones. */
void avo_cluster_show_views(struct avo_cluster *cluster);
/* What is other when a cluster is formed again. */
struct avo_cluster_again {
    uint32_t epoch; /* which also names the new incarnations */
    bool other_id;  /* of another cluster */
    bool same_keys; /* which no enclave does */
};

/* `past` formed again: its CAS, tickets, secret, slots and addresses, its cluster id unless told otherwise; new incarnations. */
AVO_MUST_USE bool avo_cluster_make_again(struct avo_cluster *cluster, struct avo_world *world, const struct avo_cluster *past,
                                         const struct avo_cluster_again *again);
/* A ticket for `public_key` with all rights; returns its length in `to` (AVO_TICKET_MAX_BYTES). */
size_t avo_cluster_ticket(const struct avo_cluster *cluster, const uint8_t public_key[AVO_PUBLIC_KEY_BYTES], uint8_t *to);

#endif
