/* Whom a cluster takes, as far as wire versions go: members have one in common, and it never falls. */
#include "cas/state.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
/* cmocka wants the four above. */
#include <cmocka.h>

#define SOME 9

static struct avo_cas cas;

static void members(enum avo_cas_phase phase, uint8_t of_0, uint8_t of_1) {
    cas.phase = phase;
    cas.view = (struct avo_view){.epoch = 1, .slot_count = 2, .member_count = 2};
    cas.view.members[0] = (struct avo_member){.slot = 0, .wire_highest = of_0};
    cas.view.members[1] = (struct avo_member){.slot = 1, .wire_highest = of_1};
    for (uint8_t i = 0; i < AVO_SLOT_MAX_COUNT; i++) {
        cas.slots[i].connection = phase == AVO_CAS_FORMED || i > 1 ? AVO_CAS_NOBODY : i;
        cas.slots[i].member = cas.view.members[i];
    }
}

static bool takes(uint8_t slot, uint8_t highest, const char *why) {
    struct avo_text reason = {0};
    enum avo_error error = avo_cas_check_wire(&cas, slot, highest, &reason);
    assert_string_equal(reason.bytes, why);
    assert_true(error == AVO_OK || error == AVO_EDENIED);
    return error == AVO_OK;
}

static void a_neighbour_of_all_is_taken(void **state) {
    (void)state;
    for (int formed = 0; formed < 2; formed++) {
        members(formed ? AVO_CAS_FORMED : AVO_CAS_GATHERING, SOME, SOME);
        assert_true(takes(1, SOME, ""));
        assert_true(takes(1, SOME + 1, ""));
        assert_true(takes(2, SOME + 1, ""));
        assert_false(takes(1, SOME + 2,
                           "slot 0 and it have no wire version in common: it speaks wire version 11, the other 9, and each the one "
                           "before: upgrade the older of the two first"));
    }
    members(AVO_CAS_GATHERING, SOME, SOME);
    assert_true(takes(1, SOME - 1, "")); /* nothing is chosen yet */
    assert_false(
        takes(1, SOME - 2,
              "slot 0 and it have no wire version in common: it speaks wire version 7, the other 9, and each the one before: "
              "upgrade the older of the two first"));
}

static void what_a_slot_spoke_before_does_not_count(void **state) {
    (void)state;
    members(AVO_CAS_FORMED, SOME + 1, SOME);
    assert_true(takes(1, SOME + 2, ""));
    assert_true(takes(0, SOME, "")); /* back to the version before, while not all have left it */
    members(AVO_CAS_GATHERING, SOME + 1, SOME);
    assert_true(takes(1, SOME + 2, ""));
}

static void none_older_comes_back_when_all_have_left_a_version(void **state) {
    (void)state;
    members(AVO_CAS_FORMED, SOME + 1, SOME + 1);
    assert_false(takes(0, SOME, "speaks wire version 9 at most, all members speak 10: start it by a build that speaks it, too"));
    assert_true(takes(0, SOME + 1, ""));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_neighbour_of_all_is_taken),
                                       cmocka_unit_test(what_a_slot_spoke_before_does_not_count),
                                       cmocka_unit_test(none_older_comes_back_when_all_have_left_a_version)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
