/* Views as a replica counts them [V1, V4]: which are adopted, who is in, and when a set of slots is a quorum. */
#include "trusted/replica/quorum.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* after the others, as cmocka asks */
#include <cmocka.h>

static struct avo_view view_of(uint32_t epoch, uint8_t slot_count, const char *roles) {
    struct avo_view view = {.epoch = epoch, .slot_count = slot_count, .value_max_bytes = 10};
    for (uint8_t slot = 0; roles[slot] != '\0'; slot++) {
        if (roles[slot] != '-') {
            view.members[view.member_count++] = (struct avo_member){
                .slot = slot, .role = roles[slot] == 'V' ? AVO_ROLE_VOTING : AVO_ROLE_JOINING, .incarnation = 1};
        }
    }
    return view;
}

static void only_a_higher_epoch_is_adopted(void **state) {
    (void)state;
    struct avo_quorum quorum = {.slot = 0};
    struct avo_view view = view_of(4, 3, "VVV");
    assert_true(avo_quorum_adopt(&quorum, &view));
    const struct avo_quorum before = quorum;
    struct avo_view same = view_of(4, 3, "VV-"), older = view_of(3, 3, "V--"), newer = view_of(5, 3, "VVJ");
    assert_false(avo_quorum_adopt(&quorum, &same)); /* another view of the same epoch */
    assert_memory_equal(&quorum, &before, sizeof quorum);
    assert_false(avo_quorum_adopt(&quorum, &older));
    assert_memory_equal(&quorum, &before, sizeof quorum);
    assert_true(avo_quorum_adopt(&quorum, &newer));
    assert_int_equal(quorum.epoch, 5);
}

static void a_view_replaces_the_one_before(void **state) {
    (void)state;
    struct avo_quorum quorum = {.slot = 1};
    struct avo_view view = view_of(1, 5, "VVVVJ"), next = view_of(2, 5, "V-JV-");
    assert_true(avo_quorum_adopt(&quorum, &view));
    assert_int_equal(quorum.members, 0x1d);
    assert_int_equal(quorum.voters, 0x0f);
    assert_int_equal(quorum.own, 0x02);
    assert_int_equal(avo_quorum_member_count(&quorum), 4);
    assert_int_equal(avo_quorum_peers(&quorum), 0x0d);
    assert_true(avo_quorum_adopt(&quorum, &next));
    assert_int_equal(quorum.members, 0x0d);
    assert_int_equal(quorum.voters, 0x09);
    assert_int_equal(quorum.own, 0);
    assert_int_equal(quorum.incarnation, 1); /* what it was it stays */
}

static void a_quorum_is_a_majority_of_all_slots(void **state) {
    (void)state;
    struct avo_quorum quorum = {.slot = 0};
    assert_false(avo_quorum_reached(&quorum, 0xffff)); /* no view: there is none */
    struct avo_view view = view_of(1, 5, "VVVJ-");
    assert_true(avo_quorum_adopt(&quorum, &view));
    assert_int_equal(quorum.needed_count, 3);
    assert_false(avo_quorum_reached(&quorum, 0x03));
    assert_true(avo_quorum_reached(&quorum, 0x07));
    assert_false(avo_quorum_reached(&quorum, 0x0b)); /* a joining member does not count */
    assert_int_equal(avo_quorum_count(&quorum, 0xffff), 3);
    assert_int_equal(avo_quorum_slot(AVO_SLOT_MAX_COUNT - 1), 1 << (AVO_SLOT_MAX_COUNT - 1));
    assert_int_equal(avo_quorum_slot(AVO_SLOT_MAX_COUNT), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_a_higher_epoch_is_adopted),
        cmocka_unit_test(a_view_replaces_the_one_before),
        cmocka_unit_test(a_quorum_is_a_majority_of_all_slots),
    };
    return cmocka_run_group_tests_name("replica/quorum", tests, NULL, NULL);
}
