/* Which view may follow which: one slot a view, and a quorum votes [V4, V6]. */
#include "protocol/testing.h"
#include "protocol/view/successor.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* cmocka wants the three above. */
#include <cmocka.h>

#define GENERATION 5

static struct avo_view view_of(uint8_t count) {
    struct avo_view view = {.cluster_id = {1},
                            .epoch = 9,
                            .generation = 3,
                            .slot_count = count,
                            .member_count = count,
                            .policy_version = 4,
                            .policy_hash = {7},
                            .worker_count = 2,
                            .mtu_bytes = 1500,
                            .value_max_bytes = 1024};
    for (uint8_t i = 0; i < count; i++) {
        view.members[i] = (struct avo_member){.slot = i,
                                              .wire_highest = AVO_WIRE_VERSION,
                                              .role = AVO_ROLE_VOTING,
                                              .incarnation = 1 + i % 2U,
                                              .channel_public_key = {i},
                                              .address = {.port = 7000},
                                              .tee = AVO_TEE_SGX};
    }
    return view;
}

static const struct avo_member joiner_of_1 = {
    .slot = 1, .channel_public_key = {0x77}, .address = {.port = 7100}, .tee = AVO_TEE_SGX, .wire_highest = AVO_WIRE_VERSION};

/* It is a view, and it may follow. */
static void expect_follows(const struct avo_view *view, const struct avo_view *next, bool follows) {
    uint8_t bytes[AVO_VIEW_MAX_BYTES];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    struct avo_view read;
    avo_view_write(&writer, next);
    assert_int_equal(avo_view_read(avo_writer_slice(&writer), &read) == AVO_OK && avo_view_follows(view, GENERATION, &read),
                     follows);
}

static void a_slot_gets_a_new_incarnation_that_joins_and_then_votes(void **state) {
    (void)state;
    struct avo_view view = view_of(3), next = avo_view_successor(&view, GENERATION);
    avo_view_admit(&next, &joiner_of_1);
    expect_follows(&view, &next, true);
    assert_int_equal(next.epoch, 10);
    assert_int_equal(next.generation, GENERATION);
    assert_int_equal(next.members[1].incarnation, 10);
    assert_int_equal(next.members[1].role, AVO_ROLE_JOINING);
    struct avo_view third = avo_view_successor(&next, GENERATION);
    avo_view_promote(&third, 1);
    expect_follows(&next, &third, true);
    assert_int_equal(third.members[1].incarnation, 10);
    assert_int_equal(third.slot_count, 3);
    assert_int_equal(third.resize_epoch, 0);
    expect_follows(&view, &third, false);
}

/* [V4] It counts in n only when it votes. */
static void a_new_slot_counts_when_it_votes(void **state) {
    (void)state;
    struct avo_view view = view_of(3), next = avo_view_successor(&view, GENERATION);
    struct avo_member member = joiner_of_1;
    member.slot = 6;
    avo_view_admit(&next, &member);
    expect_follows(&view, &next, true);
    assert_int_equal(next.slot_count, 3);
    assert_int_equal(next.member_count, 4);
    struct avo_view third = avo_view_successor(&next, GENERATION);
    avo_view_promote(&third, 6);
    assert_int_equal(third.slot_count, 4);
    assert_int_equal(third.resize_epoch, 11);
    expect_follows(&next, &third, true);
    third.resize_epoch = 0;
    expect_follows(&next, &third, false);
    third.resize_epoch = 11;
    third.slot_count = 3;
    expect_follows(&next, &third, false);
    struct avo_view second = avo_view_successor(&next, GENERATION); /* a second new one beside it */
    member.slot = 7;
    avo_view_admit(&second, &member);
    expect_follows(&next, &second, false);
}

/* [V6] The view says that it is of another size, for a CAS that sees nothing but it. */
static void a_slot_leaves_and_the_group_is_smaller(void **state) {
    (void)state;
    struct avo_view view = view_of(4), next = avo_view_successor(&view, GENERATION);
    avo_view_remove(&next, 1);
    assert_int_equal(next.slot_count, 3);
    assert_int_equal(next.resize_epoch, 10);
    assert_null(avo_view_member(&next, 1));
    assert_int_equal(avo_view_member(&next, 3)->channel_public_key[0], 3);
    expect_follows(&view, &next, true);
    next.resize_epoch = 0;
    expect_follows(&view, &next, false);
}

/* Its place is taken by the one that joins: no quorum is smaller than before. */
static void a_slot_leaves_while_a_new_one_joins(void **state) {
    (void)state;
    struct avo_view view = view_of(3), next = avo_view_successor(&view, GENERATION);
    struct avo_member member = joiner_of_1;
    member.slot = 3;
    avo_view_admit(&next, &member);
    struct avo_view third = avo_view_successor(&next, GENERATION);
    avo_view_remove(&third, 0);
    assert_int_equal(third.slot_count, 3);
    assert_int_equal(third.resize_epoch, 0);
    expect_follows(&next, &third, false); /* a write of two voters, one of which left, may not be with the joiner */
    third = avo_view_successor(&next, GENERATION);
    avo_view_remove(&third, 3); /* the joiner itself may */
    expect_follows(&next, &third, true);
    third = avo_view_successor(&next, GENERATION);
    member = joiner_of_1;
    member.incarnation = third.epoch;
    member.channel_public_key[0] ^= 0x55;
    avo_view_admit(&third, &member); /* nor does a voter start again */
    expect_follows(&next, &third, false);
}

static void no_key_has_two_incarnations(void **state) {
    (void)state;
    struct avo_view view = view_of(3), next = avo_view_successor(&view, GENERATION);
    struct avo_member member = joiner_of_1;
    memcpy(member.channel_public_key, view.members[2].channel_public_key, sizeof member.channel_public_key);
    avo_view_admit(&next, &member);
    expect_follows(&view, &next, false);
}

static void a_quorum_keeps_voting(void **state) {
    (void)state;
    struct avo_view view = view_of(3);
    view.members[0].role = AVO_ROLE_JOINING;
    struct avo_view next = avo_view_successor(&view, GENERATION);
    avo_view_admit(&next, &joiner_of_1);
    assert_false(avo_view_quorum_votes(&next));
    expect_follows(&view, &next, false);
    next = avo_view_successor(&view, GENERATION);
    avo_view_remove(&next, 0); /* n = 2, and two vote */
    expect_follows(&view, &next, true);
    view = view_of(1);
    next = avo_view_successor(&view, GENERATION);
    avo_view_remove(&next, 0);
    assert_int_equal(next.member_count, 0);
    expect_follows(&view, &next, false);
}

static void the_policy_changes_alone_and_upwards(void **state) {
    (void)state;
    struct avo_view view = view_of(3), next = avo_view_successor(&view, GENERATION);
    expect_follows(&view, &next, false); /* nothing changes */
    next.policy_version++;
    next.policy_hash[0]++;
    expect_follows(&view, &next, true);
    avo_view_admit(&next, &joiner_of_1);
    expect_follows(&view, &next, false);
    next = avo_view_successor(&view, GENERATION);
    next.policy_version--;
    expect_follows(&view, &next, false);
}

#define REFUSED(change)                                                                                                            \
    do {                                                                                                                           \
        struct avo_view view = view_of(5), next = avo_view_successor(&view, GENERATION);                                           \
        avo_view_admit(&next, &joiner_of_1);                                                                                       \
        change;                                                                                                                    \
        expect_follows(&view, &next, false);                                                                                       \
    } while (0)

static void nothing_else_may_change(void **state) {
    (void)state;
    REFUSED(next.epoch++);
    REFUSED(next.epoch--);
    REFUSED(next.generation++);
    REFUSED(next.cluster_id[0]++);
    REFUSED(next.worker_count++);
    REFUSED(next.mtu_bytes--);
    REFUSED(next.value_max_bytes--);
    REFUSED(next.policy_hash[0]++);
    REFUSED(next.slot_count--);
    REFUSED(next.resize_epoch++);
    REFUSED(next.members[1].role = AVO_ROLE_VOTING);
    REFUSED(next.members[1].incarnation--);
    REFUSED(next.members[2].incarnation++);
    REFUSED(next.members[2].role = AVO_ROLE_JOINING);
    REFUSED(next.members[2].channel_public_key[0]++);
    REFUSED(next.members[2].address.port++);
    REFUSED(next.members[3].slot = 7);
    struct avo_view view = view_of(3), next = avo_view_successor(&view, GENERATION);
    next.members[1].role = AVO_ROLE_JOINING; /* a voter does not begin to join under the same incarnation */
    expect_follows(&view, &next, false);
}

static void a_full_group_takes_no_more(void **state) {
    (void)state;
    struct avo_view view = view_of(AVO_SLOT_MAX_COUNT), next = avo_view_successor(&view, GENERATION);
    avo_view_admit(&next, &joiner_of_1);
    expect_follows(&view, &next, true);
    view.epoch = UINT32_MAX;
    next.epoch = 0;
    assert_false(avo_view_follows(&view, GENERATION, &next));
}

/* It rises when the last member of an older version is replaced, and a member that would lower it is not admitted. */
static void the_wire_version_never_falls(void **state) {
    (void)state;
    struct avo_view view = view_of(3), next;
    struct avo_member member = joiner_of_1;
    member.wire_highest = AVO_WIRE_VERSION + 1;
    view.members[2].wire_highest = AVO_WIRE_VERSION + 1;
    next = avo_view_successor(&view, GENERATION);
    avo_view_admit(&next, &member);
    expect_follows(&view, &next, true);
    assert_int_equal(avo_view_wire(&next), AVO_WIRE_VERSION);
    view.members[0].wire_highest = AVO_WIRE_VERSION + 1;
    next = avo_view_successor(&view, GENERATION);
    avo_view_admit(&next, &member);
    expect_follows(&view, &next, true);
    assert_int_equal(avo_view_wire(&next), AVO_WIRE_VERSION + 1);
    next = avo_view_successor(&view, GENERATION);
    avo_view_admit(&next, &joiner_of_1); /* as before: nothing has risen yet */
    expect_follows(&view, &next, true);
    view.members[1].wire_highest = AVO_WIRE_VERSION + 1;
    next = avo_view_successor(&view, GENERATION);
    avo_view_admit(&next, &joiner_of_1);
    expect_follows(&view, &next, false);
    member.wire_highest = AVO_WIRE_VERSION + 2;
    next = avo_view_successor(&view, GENERATION);
    avo_view_admit(&next, &member);
    expect_follows(&view, &next, true);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slot_gets_a_new_incarnation_that_joins_and_then_votes),
        cmocka_unit_test(a_new_slot_counts_when_it_votes),
        cmocka_unit_test(a_slot_leaves_and_the_group_is_smaller),
        cmocka_unit_test(a_slot_leaves_while_a_new_one_joins),
        cmocka_unit_test(no_key_has_two_incarnations),
        cmocka_unit_test(a_quorum_keeps_voting),
        cmocka_unit_test(the_policy_changes_alone_and_upwards),
        cmocka_unit_test(nothing_else_may_change),
        cmocka_unit_test(a_full_group_takes_no_more),
        cmocka_unit_test(the_wire_version_never_falls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
