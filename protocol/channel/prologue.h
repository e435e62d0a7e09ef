/* The prologue both ends of a client session mix into their Noise handshake: nothing of it can be swapped afterwards [DESIGN 7]. */
#ifndef AVO_CHANNEL_PROLOGUE_H
#define AVO_CHANNEL_PROLOGUE_H

#include "base/limits.h"
#include <stdint.h>

#define AVO_PROLOGUE_LABEL "avocado session v1"
#define AVO_PROLOGUE_BYTES (sizeof AVO_PROLOGUE_LABEL - 1 + AVO_CLUSTER_ID_BYTES + AVO_HASH_BYTES + 3)

/* AVO_PROLOGUE_LABEL || cluster id || SHA-256 of the signed ticket || slot || worker || `offered`, the highest wire version that
 * the client speaks: who lowers it in the HELLO makes a handshake that does not open. */
void avo_session_prologue(uint8_t prologue[AVO_PROLOGUE_BYTES], const uint8_t cluster_id[AVO_CLUSTER_ID_BYTES],
                          const uint8_t ticket_hash[AVO_HASH_BYTES], uint8_t slot, uint8_t worker, uint8_t offered);

#endif
