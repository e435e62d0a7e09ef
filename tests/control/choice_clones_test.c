/* Frozen clones of members that were replaced, and a CAS that is restored from the first file: what they say together is a majority
 * of no view that counts [V7]. */
#include "base/testing.h"
#include "tests/control/choice_scene.h"
#include <string.h>

/* The slot's member is replaced by a start that joins and then votes: two views. */
static uint32_t replace(struct choice_scene *scene, uint8_t slot, uint32_t former) {
    choice_leave(scene, former);
    uint32_t start = choice_start(scene, 0, slot);
    choice_settle(scene, 0);
    node_synced(&scene->nodes[start], choice_view(scene, start)->epoch);
    choice_settle(scene, 0);
    assert_int_equal(avo_view_member(choice_view(scene, start), slot)->role, AVO_ROLE_VOTING);
    return start;
}

static void expect_newest(struct choice_scene *scene, uint32_t start, uint32_t epoch, bool current) {
    choice_dial(scene, 0, start);
    for (int i = 0; i < 2; i++) { /* the CAS before had a ballot of its own: a higher one follows after a while */
        choice_settle(scene, 0);
        choice_tick(scene, 0, 1000000);
    }
    choice_settle(scene, 0);
    assert_int_equal(scene->worlds[0].cas->view.epoch, epoch);
    assert_int_equal(scene->worlds[0].cas->current, current);
}

static void clones_of_several_views_are_no_majority(void **state) {
    (void)state;
    struct choice_scene *scene = choice_make(3);
    uint8_t first[AVO_CAS_STATE_MAX_BYTES];
    size_t length = scene->worlds[0].state_length;
    memcpy(first, scene->worlds[0].state, length);
    uint32_t c = replace(scene, 2, 2), b = replace(scene, 1, 1);
    (void)replace(scene, 0, 0);
    assert_int_equal(choice_view(scene, c)->epoch, 7);
    choice_restart(scene, 0, avo_slice(first, length));
    expect_newest(scene, 2, 1, false); /* adopted 1 */
    expect_newest(scene, 1, 3, false); /* a majority of the members that the file knows has answered */
    expect_newest(scene, 0, 5, false);
    expect_newest(scene, b, 7, false);
    expect_newest(scene, c, 7, true);
    choice_free(scene);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(clones_of_several_views_are_no_majority)};
    return cmocka_run_group_tests_name("cas/choice_clones", tests, NULL, NULL);
}
