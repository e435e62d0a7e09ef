/* A handshake that ends right after a Diffie-Hellman leaves nothing of it: no later call has written over its stack. */
#include "base/testing_stack.h"
#include "protocol/channel/hkdf.h"
#include "protocol/channel/noise.h"
#include "protocol/testing.h"
#include <sodium.h>

#define STATIC_BYTES (AVO_PUBLIC_KEY_BYTES + AVO_TAG_BYTES)

static struct {
    struct avo_prng prng;
    struct avo_key_pair own, remote;
    struct avo_noise noise;
    uint8_t out[AVO_PUBLIC_KEY_BYTES + STATIC_BYTES];
    enum avo_error error;
} it;

/* Room for e and s, and none for the payload: nothing is sealed after the last secret was mixed in. */
static void first_write(void *context) {
    (void)context;
    struct avo_writer writer = avo_writer(it.out, sizeof it.out);
    it.error = avo_noise_first_write(&it.noise, &it.prng.random, avo_slice_string("payload"), &writer);
}

static void begin(void) {
    it.prng = avo_prng(testing_seed());
    avo_key_pair_make(&it.own, &it.prng.random);
    avo_key_pair_make(&it.remote, &it.prng.random);
    avo_noise_initiate(&it.noise, testing_aead(AVO_AEAD_BEST), &it.own, it.remote.public, AVO_SLICE_EMPTY);
}

static void the_last_shared_secret_is_wiped(void **state) {
    (void)state;
    uint8_t shared[32];
    begin();
    testing_stack_run(first_write, NULL);
    assert_int_equal(it.error, AVO_ESPACE);
    assert_int_equal(crypto_scalarmult_curve25519(shared, it.own.secret, it.remote.public), 0);
    assert_false(testing_stack_has(shared, sizeof shared));
}

/* Neither what the keys were made of, nor the chaining key and the key themselves. */
static void the_last_derived_keys_are_wiped(void **state) {
    (void)state;
    uint8_t first[32], second[32], prk[AVO_HKDF_HASH_BYTES], output[64];
    begin();
    uint8_t chaining_key[32];
    memcpy(chaining_key, it.noise.chaining_key, sizeof chaining_key);
    testing_stack_run(first_write, NULL);
    assert_int_equal(crypto_scalarmult_curve25519(first, it.noise.ephemeral.secret, it.remote.public), 0);
    assert_int_equal(crypto_scalarmult_curve25519(second, it.own.secret, it.remote.public), 0);
    avo_hkdf_extract(prk, AVO_SLICE_OF(chaining_key), AVO_SLICE_OF(first));
    avo_hkdf_expand(output, sizeof output, prk, AVO_SLICE_EMPTY);
    avo_hkdf_extract(prk, avo_slice(output, 32), AVO_SLICE_OF(second));
    avo_hkdf_expand(output, sizeof output, prk, AVO_SLICE_EMPTY);
    assert_memory_equal(it.noise.chaining_key, output, 32);
    assert_false(testing_stack_has(prk, sizeof prk));
    assert_false(testing_stack_has(output, sizeof output));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_shared_secret_is_wiped),
        cmocka_unit_test(the_last_derived_keys_are_wiped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
