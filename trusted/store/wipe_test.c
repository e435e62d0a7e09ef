/* What is left in memory of the sealing key and of values that nobody asked for. */
#include "base/testing_stack.h"
#include "trusted/store/world.h"

static struct {
    struct avo_sealer sealer;
    const struct avo_aead *aead;
    struct avo_prng prng;
} it;

static void create(void *context) {
    (void)context;
    avo_sealer_create(&it.sealer, it.aead, &it.prng.random);
}

static struct world make(void) {
    struct world_config config = {
        .seed = 1, .enclave_bytes = 1 << 20, .slab_bytes = 1 << 20, .tombstone_percent = 10, .pin_max_count = 4};
    return world_new(&config);
}

static void the_sealing_key_is_not_left_behind(void **state) {
    (void)state;
    struct world world = make();
    it.aead = world.aead;
    it.prng = avo_prng(7);
    struct avo_prng twin = it.prng;
    uint8_t key[AVO_AEAD_KEY_BYTES];
    avo_random_fill(&twin.random, key, sizeof key);
    testing_stack_run(create, NULL);
    struct avo_aead_key expanded;
    avo_aead_key_set(it.aead, &expanded, key);
    assert_memory_equal(&it.sealer.key, &expanded, AVO_AEAD_KEY_BYTES); /* it is that key */
    assert_false(testing_stack_has(key, sizeof key));
    world_free(&world);
}

static void fail_damaged(void *context, struct avo_slice key, struct avo_entry entry) {
    (void)context;
    (void)key;
    (void)entry;
    fail_msg("nothing was damaged");
}

static void scrubbing_leaves_no_plaintext(void **state) {
    (void)state;
    struct world world = make();
    static const char value[] = "a value that nobody asked for";
    struct avo_slice bytes = avo_slice_string(value);
    struct avo_version version = {.clock = 1, .writer = {.incarnation = 1}};
    assert_int_equal(world_apply(&world, avo_slice_string("k"), version, &bytes), AVO_OK);
    const struct avo_scratch *scratch = &world.store->scratch;
    memset(scratch->data, 0, scratch->length);
    assert_int_equal(avo_store_scrub(world.store, 1, fail_damaged, NULL), 1);
    assert_false(testing_has(scratch->data, scratch->length, value, sizeof value - 1));
    world_free(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sealing_key_is_not_left_behind),
        cmocka_unit_test(scrubbing_leaves_no_plaintext),
    };
    return cmocka_run_group_tests_name("store/wipe", tests, NULL, NULL);
}
