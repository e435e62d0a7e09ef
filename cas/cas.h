/* The configuration and attestation service, sans-IO: step(event) -> effects [DESIGN 4, 11].
 *
 * It makes a cluster once: takes the owner's policy, admits enclaves whose evidence the policy accepts, proposes view 1 when every
 * slot is taken, and signs it as chosen when the owner approves its hash [V0, V1]. From then on each view is chosen by the voters
 * of the one before, this CAS being the proposer [V7]: starts of enclaves join in it, and vote once they have pulled the data [V5].
 * An enclave proves itself by its vendor's evidence, or by a voucher of its machine's LAS, which proved itself so [DESIGN 11.3].
 */
#ifndef AVO_CAS_H
#define AVO_CAS_H

#include "base/arena.h"
#include "cas/config.h"
#include "cas/effects.h"
#include "cas/event.h"

struct avo_cas; /* lives in the arena */

/* A CAS with new keys and no policy; NULL when the arena is too small. */
struct avo_cas *avo_cas_create(struct avo_arena *arena, const struct avo_cas_config *config);

/* Takes over the opened state of an earlier run (what PERSIST handed out) before the first event: the same cluster, keys and view.
 * On an error nothing changed and `reason` says what. A state that the host rolled back cannot fork the cluster or bring an old
 * policy back: before a majority of the members has said that it knows nothing newer, nobody is admitted and no ticket issued [V7].
 */
AVO_MUST_USE enum avo_error avo_cas_restore(struct avo_cas *cas, struct avo_slice state, struct avo_text *reason);

/* The state as PERSIST hands it out, for a CAS that just made its keys: nodes pin them before there is a cluster, so they must
 * survive a start. 512 bytes are enough. */
void avo_cas_save(const struct avo_cas *cas, struct avo_buffer *state);

/* The key of the one who may be this CAS elsewhere, by a copy of its state (cas/recovery.h); zeros: nobody. Fixed with its keys,
 * and bound into its evidence: else a host could have the keys of any CAS wrapped for itself. */
const uint8_t *avo_cas_recovery_public(const struct avo_cas *cas);
/* The same of a state that PERSIST handed out, borrowed; NULL: nobody, or it has no cluster yet, and is not worth wrapping. */
const uint8_t *avo_cas_state_recovery_public(struct avo_slice state);

/* Its Noise static key: what enclaves and users pin. */
const uint8_t *avo_cas_public_key(const struct avo_cas *cas);
/* Its Ed25519 key for views and tickets. */
const uint8_t *avo_cas_sign_public_key(const struct avo_cas *cas);

/* One step. The effects are borrowed until the next step. Events for connections that are not open are ignored. */
struct avo_cas_effects avo_cas_step(struct avo_cas *cas, const struct avo_cas_event *event);

/* Wipes every secret. */
void avo_cas_wipe(struct avo_cas *cas);

#endif
