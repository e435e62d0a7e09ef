#include "protocol/channel/aead.h"
#include <string.h>

void avo_aead_nonce(uint8_t nonce[AVO_NONCE_BYTES], uint64_t counter) {
    memset(nonce, 0, 4);
    for (int i = 0; i < 8; i++) {
        nonce[4 + i] = (uint8_t)(counter >> (56 - 8 * i));
    }
}
