/* Members that are slow to follow: the choice goes on without them, and finds them when it needs them [V4, V7]. */
#include "base/testing.h"
#include "tests/control/choice_scene.h"

static uint32_t start_again(struct choice_scene *scene, uint8_t slot, uint32_t former) {
    choice_leave(scene, former);
    uint32_t start = choice_start(scene, 0, slot);
    choice_settle(scene, 0);
    return start;
}

/* Ballots begin again with each view, so the same one in the view before says nothing: that one had been answered. */
static void who_is_slow_to_adopt_is_asked_when_it_is_needed(void **state) {
    (void)state;
    struct choice_scene *scene = choice_make(3);
    const struct avo_cas *cas = scene->worlds[0].cas;
    uint32_t late = start_again(scene, 2, 2);
    scene->nodes[1].holds = true;
    node_synced(&scene->nodes[late], 2);
    choice_settle(scene, 0);
    assert_int_equal(cas->view.epoch, 3); /* slot 1 has accepted it; the two others are in it, and promise what follows */
    scene->nodes[1].holds = false;
    node_synced(&scene->nodes[1], 1); /* it moves */
    choice_settle(scene, 0);
    assert_int_equal(cas->members[1].adopted_epoch, 3);
    uint32_t again = start_again(scene, 2, late);
    assert_int_equal(cas->view.epoch, 4);
    assert_int_equal(avo_view_member(choice_view(scene, again), 2)->incarnation, 4);
    choice_free(scene);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(who_is_slow_to_adopt_is_asked_when_it_is_needed)};
    return cmocka_run_group_tests_name("cas/choice_slow", tests, NULL, NULL);
}
