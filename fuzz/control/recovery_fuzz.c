/* A wrapped state of a stranger's making: the file is read, and opened with keys of the input's; what was wrapped here opens as it
 * was, and does not once a byte of it is another. */
#include "base/assert.h"
#include "cas/recovery.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static _Alignas(64) uint8_t memory[1 << 20];
static uint8_t file[AVO_RECOVERY_MAX_BYTES], state[AVO_CAS_STATE_MAX_BYTES];

static const struct avo_aead *engine(void) {
    static const struct avo_aead *aead;
    if (aead == NULL) {
        struct avo_arena arena = avo_arena(memory, sizeof memory);
        aead = avo_aead_create(&arena, AVO_AEAD_BEST);
    }
    return aead;
}

static void open_whole(const struct avo_key_pair *key, struct avo_slice bytes) {
    struct avo_buffer opened = {state, 0, sizeof state};
    AVO_ASSERT(avo_recovery_unwrap(engine(), key, bytes, &opened) == AVO_OK || opened.length == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct avo_reader input = avo_reader(avo_slice(data, size));
    struct avo_prng prng = avo_prng(avo_read_u64(&input));
    size_t flipped = avo_read_u16(&input);
    struct avo_slice plain = avo_read_slice(&input, input.left);
    struct avo_key_pair key;
    if (input.failed || plain.length > sizeof state) {
        return 0;
    }
    avo_key_pair_make(&key, &prng.random);
    open_whole(&key, plain);
    struct avo_buffer wrapped = {file, 0, sizeof file}, opened = {state, 0, sizeof state};
    AVO_ASSERT(avo_recovery_wrap(engine(), &prng.random, key.public, plain, &wrapped) == AVO_OK);
    AVO_ASSERT(avo_recovery_unwrap(engine(), &key, avo_buffer_slice(&wrapped), &opened) == AVO_OK);
    AVO_ASSERT(avo_slice_equal(avo_buffer_slice(&opened), plain));
    file[flipped % wrapped.length] ^= 1;
    AVO_ASSERT(avo_recovery_unwrap(engine(), &key, avo_buffer_slice(&wrapped), &opened) != AVO_OK && opened.length == 0);
    return 0;
}
