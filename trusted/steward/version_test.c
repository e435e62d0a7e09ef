/* A CAS of another wire version is named, and is no reason to end for good: what says so has proven nothing. Each try is by
 * another key. */
#include "trusted/steward/scene.h"
#include <string.h>

static void another_version_is_named_and_tried_again_by_another_key(void **state) {
    (void)state;
    struct scene *scene = scene_make();
    uint8_t key[AVO_PUBLIC_KEY_BYTES]; /* [DESIGN 7] no key ever names two incarnations */
    static const uint8_t newer[] = {'a', 'v', 'o', 'c', 'a', 'd', 'o', AVO_WIRE_VERSION + 2};
    struct avo_steward_event version = {.type = AVO_STEWARD_BYTES, .bytes = AVO_SLICE_OF(newer)};
    char trace[200];
    (void)snprintf(trace, sizeof trace,
                   "SEND\nREOPEN\n"
                   "SAY slot 0: CAS: it speaks wire version %d, this program speaks version %d: upgrade the older of the two; "
                   "trying again (1 times so far)\n",
                   AVO_WIRE_VERSION + 2, AVO_WIRE_VERSION);
    scene_open(scene);
    memcpy(key, scene->steward->identity.channel_key.public, sizeof key);
    assert_int_equal(scene_step(scene, version), AVO_STEWARD_FAILED);
    assert_true(scene->steward->lost);
    assert_string_equal(scene_trace(scene), trace);
    scene_open(scene);
    assert_memory_not_equal(scene->steward->identity.channel_key.public, key, sizeof key);
    scene_free(scene);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(another_version_is_named_and_tried_again_by_another_key)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
