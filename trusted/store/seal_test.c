/* A sealed value opens under its own key, version and length, and under no other [B4]. */
#include "trusted/store/world.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* after the others, as cmocka asks */
#include <cmocka.h>

static void a_value_opens_under_its_own_name_alone(void **state) {
    (void)state;
    struct world_config config = {
        .seed = 1, .enclave_bytes = 1 << 20, .slab_bytes = 1 << 20, .tombstone_percent = 10, .pin_max_count = 4};
    struct world world = world_new(&config);
    struct avo_sealer *sealer = &world.store->sealer;
    static _Alignas(64) uint8_t slot[64];
    uint8_t tag[AVO_TAG_BYTES], plain[32];
    const struct avo_seal_name name = {avo_slice_string("key"), {.clock = 5, .writer = {.incarnation = 1}}};
    assert_int_equal(avo_sealer_seal(sealer, &name, avo_slice_string("some value"), slot, tag), AVO_OK);
    uint64_t counter;
    uint32_t length;
    assert_int_equal(avo_seal_header_read(slot, sizeof slot, &counter, &length), AVO_OK);
    assert_int_equal(length, 10);
    assert_int_equal(avo_sealer_open(sealer, &name, slot, counter, length, tag, plain), AVO_OK);
    assert_memory_equal(plain, "some value", 10);
    struct avo_seal_name other_key = name, other_version = name;
    other_key.key = avo_slice_string("kez");
    other_version.version.clock = 6;
    assert_int_equal(avo_sealer_open(sealer, &other_key, slot, counter, length, tag, plain), AVO_EDAMAGED);
    assert_int_equal(avo_sealer_open(sealer, &other_version, slot, counter, length, tag, plain), AVO_EDAMAGED);
    assert_int_equal(avo_sealer_open(sealer, &name, slot, counter, length - 1, tag, plain), AVO_EDAMAGED);
    assert_int_equal(avo_sealer_open(sealer, &name, slot, counter + 1, length, tag, plain), AVO_EDAMAGED);
    /* A length that fills the slot to the byte is possible, one more is a lie. */
    assert_int_equal(avo_seal_header_read(slot, AVO_SEAL_HEADER_BYTES + 10, &counter, &length), AVO_OK);
    assert_int_equal(avo_seal_header_read(slot, AVO_SEAL_HEADER_BYTES + 9, &counter, &length), AVO_EDAMAGED);
    world_free(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_value_opens_under_its_own_name_alone)};
    return cmocka_run_group_tests_name("store/seal", tests, NULL, NULL);
}
