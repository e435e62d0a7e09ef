/* What an enclave is besides its workers, sans-IO: step(state, event) -> effects. It lives as long as the enclave [DESIGN 6, 11].
 *
 * It becomes a member: has the TEE, or the LAS beside it, attest it to its CAS, and takes the first view and the cluster's secret.
 * From then on it takes newer views, of the CAS or of a peer, checks them [V1], hands them to every worker, and tells the CAS when
 * all are in them. It obeys one CAS key, given at launch and bound into its evidence: a CAS that lacks that key can only keep it
 * from becoming a member.
 */
#ifndef AVO_STEWARD_H
#define AVO_STEWARD_H

#include "boundary/launch.h"
#include "protocol/channel/aead.h"
#include "trusted/steward/effects.h"
#include "trusted/steward/event.h"
#include "trusted/worker/worker.h"

struct avo_steward; /* about 200 KiB in the arena */

struct avo_steward_config {
    const struct avo_launch *launch; /* borrowed, as all below, for the steward's life */
    enum avo_tee tee;
    const struct avo_aead *aead;
    struct avo_random *random;
};

/* NULL when the arena is too small. */
struct avo_steward *avo_steward_create(struct avo_arena *arena, const struct avo_steward_config *config);
/* Handles one event. `effects` is overwritten. */
void avo_steward_step(struct avo_steward *steward, const struct avo_steward_event *event, struct avo_steward_effects *effects);
/* What its workers run with, from JOINED on; NULL before. Never changes again. */
const struct avo_identity *avo_steward_identity(const struct avo_steward *steward);
/* True while a worker was handed a view that it is not in yet. */
bool avo_steward_awaits(const struct avo_steward *steward);

/* What one step may send to the CAS. */
#define AVO_STEWARD_SEND_MAX_BYTES (20 * 1024)

#endif
