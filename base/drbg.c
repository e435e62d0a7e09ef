#include "base/drbg.h"
#include "base/secret.h"
#include <sodium.h>
#include <string.h>

#define DRAW_MAX_BYTES 256

/* Each draw yields a new key and the bytes asked for; the old key is gone before the bytes leave. */
static void drbg_draw(struct avo_drbg *drbg, uint8_t *to, size_t length) {
    uint8_t stream[sizeof drbg->key + DRAW_MAX_BYTES];
    randombytes_buf_deterministic(stream, sizeof stream, drbg->key);
    memcpy(drbg->key, stream, sizeof drbg->key);
    memcpy(to, stream + sizeof drbg->key, length);
    avo_secret_wipe(stream, sizeof stream);
    avo_secret_wipe_stack();
}

static void drbg_fill(struct avo_random *random, uint8_t *to, size_t length) {
    struct avo_drbg *drbg = (struct avo_drbg *)random;
    while (length > 0) {
        size_t part = length < DRAW_MAX_BYTES ? length : DRAW_MAX_BYTES;
        drbg_draw(drbg, to, part);
        to += part;
        length -= part;
    }
}

void avo_drbg_seed(struct avo_drbg *drbg, const uint8_t seed[32]) {
    drbg->random.fill = drbg_fill;
    memcpy(drbg->key, seed, sizeof drbg->key);
}
