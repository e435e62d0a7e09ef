/* The keys of one direction of a channel, generation by generation [DESIGN 7].
 *
 * (key of g, secret of g+1) = HKDF-Expand(secret of g, "avocado generation v1", 64). It turns one way only: a holder of generation
 * g cannot compute an earlier key. The shape is that of TLS 1.3's key update (RFC 8446, 7.2).
 */
#ifndef AVO_CHANNEL_RATCHET_H
#define AVO_CHANNEL_RATCHET_H

#include "base/limits.h"
#include <stdint.h>

#define AVO_RATCHET_LABEL "avocado generation v1"

struct avo_ratchet {
    uint8_t key[AVO_AEAD_KEY_BYTES];    /* of this generation */
    uint8_t secret[AVO_AEAD_KEY_BYTES]; /* what the next generation follows from */
};

/* Generation 0 of what a handshake or a view agreed on. `secret` may be wiped afterwards. */
void avo_ratchet_begin(struct avo_ratchet *ratchet, const uint8_t secret[AVO_AEAD_KEY_BYTES]);
/* The next generation. The key it had is gone. */
void avo_ratchet_turn(struct avo_ratchet *ratchet);

#endif
