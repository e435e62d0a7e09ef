/* The local attestation service, sans-IO: step(event) -> effects [DESIGN 4, 11.3].
 *
 * One a machine. It proves itself to its CAS by its CPU vendor's evidence, once a start and whenever the CAS asks again; then it
 * vouches for the enclaves beside it: for a local report whose MAC verifies under its own report key, and for nothing else. Its two
 * keys are made at start, live in its memory and die with it, so a LAS that was started again is another one. It decides nothing
 * about which enclave may join: that is the CAS's policy.
 */
#ifndef AVO_LAS_H
#define AVO_LAS_H

#include "base/arena.h"
#include "las/config.h"
#include "las/effects.h"
#include "las/event.h"

struct avo_las; /* lives in the arena */

/* NULL when the arena is too small. */
struct avo_las *avo_las_create(struct avo_arena *arena, const struct avo_las_config *config);

/* One step. The effects are borrowed until the next step. */
struct avo_las_effects avo_las_step(struct avo_las *las, const struct avo_las_event *event);

/* Whether the CAS believes its vouchers now, as far as it knows. */
bool avo_las_registered(const struct avo_las *las);
/* Its Ed25519 key, which names it (avo_las_hash). */
const uint8_t *avo_las_sign_public_key(const struct avo_las *las);

/* Wipes every secret. */
void avo_las_wipe(struct avo_las *las);

#endif
