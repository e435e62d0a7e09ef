/* A CAS of another wire version is named, and is no reason to end for good: who says so has proven nothing. Each try is by
 * another key. */
#include "trusted/steward/join.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above. */
#include <cmocka.h>
#include <sodium.h>

static _Alignas(64) uint8_t memory[2 << 20];

static void another_version_is_named_and_tried_again_by_another_key(void **state) {
    (void)state;
    static uint8_t bytes[AVO_JOIN_OUT_BYTES];
    struct avo_prng prng = avo_prng(1);
    struct avo_arena arena = avo_arena(memory, sizeof memory);
    struct avo_join *join = avo_arena_take(&arena, 1, sizeof *join);
    struct avo_launch launch = {.slot = 0};
    crypto_scalarmult_curve25519_base(launch.cas_public_key, (const uint8_t[32]){7});
    struct avo_join_config config = {
        .launch = &launch, .tee = AVO_TEE_SGX, .aead = avo_aead_create(&arena, AVO_AEAD_BEST), .random = &prng.random};
    struct avo_buffer out = {bytes, 0, sizeof bytes};
    avo_join_start(join, &config, &out);
    assert_int_equal(join->state, AVO_JOIN_TALKING);
    static const uint8_t newer[] = {'a', 'v', 'o', 'c', 'a', 'd', 'o', AVO_WIRE_VERSION + 1};
    struct avo_slice in = AVO_SLICE_OF(newer);
    assert_int_equal(avo_join_read(join, &in, &out), AVO_JOIN_FAILED);
    assert_true(join->lost);
    char line[120];
    (void)snprintf(line, sizeof line,
                   "CAS: it speaks wire version %d, this program speaks version %d: upgrade the older of the two",
                   AVO_WIRE_VERSION + 1, AVO_WIRE_VERSION);
    assert_string_equal(join->reason.bytes, line);
    uint8_t key[AVO_PUBLIC_KEY_BYTES]; /* [DESIGN 7] no key ever names two incarnations */
    memcpy(key, join->identity.channel_key.public, sizeof key);
    avo_join_finish(join);
    avo_join_start(join, &config, &out);
    assert_memory_not_equal(join->identity.channel_key.public, key, sizeof key);
    avo_join_finish(join);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(another_version_is_named_and_tried_again_by_another_key)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
