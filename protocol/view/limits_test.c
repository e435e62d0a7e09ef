/* A view at the limits of every number in it: the last that is read, and the first that is not. */
#include "base/testing.h"
#include "protocol/view/view.h"

/* The fewest members that a view of so many slots may have. */
static struct avo_view view_of(uint8_t slot_count) {
    struct avo_view view = {.epoch = 1,
                            .slot_count = slot_count,
                            .member_count = (uint8_t)(slot_count / 2 + 1),
                            .worker_count = 1,
                            .mtu_bytes = AVO_MTU_DEFAULT_BYTES,
                            .value_max_bytes = 1};
    for (uint8_t i = 0; i < view.member_count && i < AVO_SLOT_MAX_COUNT; i++) {
        view.members[i] = (struct avo_member){.slot = i,
                                              .wire_highest = AVO_WIRE_VERSION,
                                              .role = AVO_ROLE_VOTING,
                                              .incarnation = 1,
                                              .address = {.port = 7000},
                                              .tee = AVO_TEE_SGX};
    }
    return view;
}

static bool reads(const struct avo_view *view) {
    uint8_t bytes[AVO_VIEW_MAX_BYTES];
    struct avo_view got;
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    avo_view_write(&writer, view);
    assert_false(writer.failed);
    return avo_view_read(avo_writer_slice(&writer), &got) == AVO_OK;
}

static void slots_are_one_to_nine(void **state) {
    (void)state;
    for (uint8_t count = 0; count <= AVO_SLOT_MAX_COUNT + 1; count++) {
        struct avo_view view = view_of(count);
        assert_int_equal(reads(&view), count >= 1 && count <= AVO_SLOT_MAX_COUNT);
    }
    struct avo_view view = view_of(AVO_SLOT_MAX_COUNT);
    for (; view.member_count < AVO_SLOT_MAX_COUNT; view.member_count++) {
        view.members[view.member_count] = view.members[0];
        view.members[view.member_count].slot = view.member_count;
    }
    assert_true(reads(&view));
    view = view_of(3);
    view.members[1].slot = AVO_SLOT_MAX_COUNT - 1; /* a slot keeps its number in a smaller group */
    assert_true(reads(&view));
    view.members[1].slot = AVO_SLOT_MAX_COUNT;
    assert_false(reads(&view));
}

static void every_worker_has_a_port(void **state) {
    (void)state;
    struct avo_view view = view_of(1);
    view.members[0].address.port = UINT16_MAX;
    assert_true(reads(&view));
    view.worker_count = 2;
    assert_false(reads(&view));
    view.members[0].address.port--;
    assert_true(reads(&view));
}

static void the_numbers_of_a_cluster_have_limits(void **state) {
    (void)state;
    static const uint32_t workers[] = {0, 1, AVO_WORKER_MAX_COUNT, AVO_WORKER_MAX_COUNT + 1};
    static const uint32_t mtus[] = {AVO_MTU_MIN_BYTES - 1, AVO_MTU_MIN_BYTES, AVO_MTU_MAX_BYTES, AVO_MTU_MAX_BYTES + 1};
    static const uint32_t values[] = {0, 1, AVO_VALUE_MAX_BYTES, AVO_VALUE_MAX_BYTES + 1};
    for (size_t i = 0; i < 4; i++) {
        bool good = i == 1 || i == 2;
        struct avo_view view = view_of(1);
        view.worker_count = (uint16_t)workers[i];
        assert_int_equal(reads(&view), good);
        view = view_of(1);
        view.mtu_bytes = (uint16_t)mtus[i];
        assert_int_equal(reads(&view), good);
        view = view_of(1);
        view.value_max_bytes = values[i];
        assert_int_equal(reads(&view), good);
    }
}

static void an_incarnation_was_admitted_by_an_epoch(void **state) {
    (void)state;
    struct avo_view view = view_of(1);
    view.epoch = 5;
    for (uint32_t incarnation = 0; incarnation < 8; incarnation++) {
        view.members[0].incarnation = incarnation;
        assert_int_equal(reads(&view), incarnation >= 1 && incarnation <= 5);
    }
    view.epoch = view.members[0].incarnation = 0;
    assert_false(reads(&view));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slots_are_one_to_nine),
        cmocka_unit_test(every_worker_has_a_port),
        cmocka_unit_test(the_numbers_of_a_cluster_have_limits),
        cmocka_unit_test(an_incarnation_was_admitted_by_an_epoch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
