/* Two CAS instances of the same sealed state, members that turn from one to the other, starts that die, files that are older than
 * what was chosen: in any order, each epoch has one view [V6, V7]. */
#include "base/testing.h"
#include "tests/control/choice_scene.h"
#include <string.h>

#define RUNS 40
#define TURNS 1200
#define SEED 5
#define SLOTS_MORE 2   /* that may be added */
#define RESTARTS_MAX 2 /* of an instance: each takes memory */

struct run {
    struct choice_scene *scene;
    struct avo_prng prng;
    uint32_t of_slot[AVO_SLOT_MAX_COUNT]; /* the newest start of a slot */
    uint32_t favoured;                    /* the world that most of it happens in now */
    unsigned restarts[2];
    uint32_t removals;                     /* that an instance noted */
    uint8_t file[AVO_CAS_STATE_MAX_BYTES]; /* an older one */
    size_t file_length;
};

static uint32_t draw(struct run *run, uint32_t below) {
    return (uint32_t)avo_prng_below(&run->prng, below);
}

static void restart(struct run *run, uint32_t index) {
    static uint8_t copy[AVO_CAS_STATE_MAX_BYTES];
    const struct world *world = &run->scene->worlds[index];
    if (run->restarts[index]++ >= RESTARTS_MAX) {
        return;
    }
    if (draw(run, 2) == 0) {
        memcpy(copy, world->state, world->state_length);
        choice_restart(run->scene, index, avo_slice(copy, world->state_length));
    } else {
        choice_restart(run->scene, index, avo_slice(run->file, run->file_length));
    }
}

/* At most one slot is without a member that votes, or nothing could ever go on. */
static bool may_die(const struct run *run, uint8_t slot) {
    const struct avo_view *newest = &run->scene->worlds[0].cas->view;
    for (uint32_t i = 0; i < 2; i++) {
        const struct avo_view *view = &run->scene->worlds[i].cas->view;
        newest = view->epoch > newest->epoch ? view : newest;
    }
    for (uint8_t i = 0; i < newest->member_count; i++) {
        const struct avo_member *member = &newest->members[i];
        const struct avo_steward *steward = run->scene->nodes[run->of_slot[member->slot]].steward;
        const struct avo_member *own = avo_view_member(&steward->view, member->slot);
        bool votes = member->role == AVO_ROLE_VOTING && steward->phase == AVO_STEWARD_MEMBER && own != NULL &&
                     own->incarnation == member->incarnation;
        if (!votes && member->slot != slot) {
            return false;
        }
    }
    return true;
}

/* The owner asks an instance: what it refuses is nothing. */
static void resize(struct run *run, uint32_t index) {
    struct choice_scene *scene = run->scene;
    struct avo_cas *cas = scene->worlds[index].cas;
    struct avo_text reason = {0};
    uint8_t slot = (uint8_t)draw(run, scene->node_count + SLOTS_MORE);
    if (draw(run, 2) == 0) {
        bool noted = may_die(run, slot) && avo_cas_remove(cas, slot, &reason) == AVO_OK;
        run->removals += noted;
    } else if (scene->start_count < CHOICE_STARTS_MAX && avo_cas_add(cas, slot, &reason) == AVO_OK) {
        run->of_slot[slot] = choice_start(scene, index, slot);
    }
}

static void turn(struct run *run) {
    struct choice_scene *scene = run->scene;
    uint8_t slot = (uint8_t)draw(run, scene->node_count + SLOTS_MORE);
    uint32_t index = draw(run, 6) == 0 ? 1 - run->favoured : run->favoured, start = run->of_slot[slot];
    run->favoured = draw(run, 200) == 0 ? 1 - run->favoured : run->favoured;
    if (start == CHOICE_NOWHERE) { /* nobody was there yet */
        resize(run, index);
        return;
    }
    switch (draw(run, 100)) {
    case 0:
        if (scene->nodes[start].steward->phase == AVO_STEWARD_MEMBER && scene->nodes[start].ended.length == 0) {
            choice_dial(scene, index, start);
        }
        break;
    case 1:
        if (may_die(run, slot) && scene->start_count < CHOICE_STARTS_MAX) {
            choice_leave(scene, start);
            run->of_slot[slot] = choice_start(scene, index, slot);
        }
        break;
    case 2:
        restart(run, index);
        break;
    case 3:
        run->file_length = scene->worlds[index].state_length;
        memcpy(run->file, scene->worlds[index].state, run->file_length);
        break;
    case 4:
        scene->worlds[index].persist_fails = draw(run, 4) == 0;
        break;
    case 5:
    case 6:
        choice_tick(scene, index, 500000);
        break;
    case 7:
        if (scene->nodes[start].steward->phase == AVO_STEWARD_MEMBER && scene->nodes[start].ended.length == 0) {
            node_synced(&scene->nodes[start], avo_steward_adopted_epoch(scene->nodes[start].steward));
        }
        break;
    case 8:
        resize(run, index);
        break;
    default:
        (void)choice_pass(scene, start);
    }
}

static void whatever_happens_an_epoch_has_one_view(void **state) {
    (void)state;
    uint32_t chosen = 0, found = 0, grown = 0, shrunk = 0;
    print_message("seed %d\n", SEED);
    for (unsigned i = 0; i < RUNS; i++) {
        struct run run = {.scene = choice_make(i % 2 == 0 ? 3 : 5), .prng = avo_prng(SEED + i)};
        choice_copy(run.scene);
        for (uint8_t slot = 0; slot < AVO_SLOT_MAX_COUNT; slot++) {
            run.of_slot[slot] = slot < run.scene->node_count ? slot : CHOICE_NOWHERE;
        }
        run.file_length = run.scene->worlds[0].state_length;
        memcpy(run.file, run.scene->worlds[0].state, run.file_length);
        for (unsigned t = 0; t < TURNS; t++) {
            turn(&run);
            choice_note(run.scene);
            found += run.scene->worlds[0].cas->proposer.found.round > 0;
        }
        for (uint32_t epoch = 2; epoch < CHOICE_EPOCHS_MAX; epoch++) {
            chosen += run.scene->signed_seen[epoch];
        }
        uint8_t slot_count = run.scene->worlds[0].cas->view.slot_count;
        grown += slot_count > run.scene->node_count;
        shrunk += slot_count < run.scene->node_count || run.removals > 0;
        choice_free(run.scene);
    }
    print_message("%u views, %u turns with a proposal that was found, %u grew, %u shrank\n", chosen, found, grown, shrunk);
    assert_true(chosen > RUNS && found > 0 && grown > 0 && shrunk > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(whatever_happens_an_epoch_has_one_view)};
    return cmocka_run_group_tests_name("cas/choice_random", tests, NULL, NULL);
}
