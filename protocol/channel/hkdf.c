#include "protocol/channel/hkdf.h"
#include "base/assert.h"
#include "base/secret.h"
#include <sodium.h>
#include <string.h>

void avo_hkdf_extract(uint8_t prk[AVO_HKDF_HASH_BYTES], struct avo_slice salt, struct avo_slice input) {
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, salt.data, salt.length);
    crypto_auth_hmacsha256_update(&state, input.data, input.length);
    crypto_auth_hmacsha256_final(&state, prk);
    avo_secret_wipe(&state, sizeof state);
}

/* T(i) = HMAC(PRK, T(i-1) || info || i) */
static void expand_block(uint8_t block[AVO_HKDF_HASH_BYTES], const uint8_t prk[AVO_HKDF_HASH_BYTES], struct avo_slice info,
                         uint8_t index) {
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, prk, AVO_HKDF_HASH_BYTES);
    crypto_auth_hmacsha256_update(&state, block, index > 1 ? AVO_HKDF_HASH_BYTES : 0);
    crypto_auth_hmacsha256_update(&state, info.data, info.length);
    crypto_auth_hmacsha256_update(&state, &index, 1);
    crypto_auth_hmacsha256_final(&state, block);
    avo_secret_wipe(&state, sizeof state);
}

void avo_hkdf_expand(uint8_t *to, size_t length, const uint8_t prk[AVO_HKDF_HASH_BYTES], struct avo_slice info) {
    AVO_ASSERT(length <= AVO_HKDF_MAX_BYTES);
    uint8_t block[AVO_HKDF_HASH_BYTES] = {0};
    for (uint8_t index = 1; length > 0; index++) {
        expand_block(block, prk, info, index);
        size_t part = length < sizeof block ? length : sizeof block;
        memcpy(to, block, part);
        to += part;
        length -= part;
    }
    avo_secret_wipe(block, sizeof block);
}
