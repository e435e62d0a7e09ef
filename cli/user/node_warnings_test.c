/* Each trouble that a node's figures show is warned of by its own word, and a node without trouble is not. */
#include "base/testing.h"
#include "cli/user/node_warnings.h"

#define NOW_S 1700000000

static struct avo_view view;
static struct avo_health health;
static struct avo_warnings warnings;

static struct avo_figures well(void) {
    return (struct avo_figures){.enclave_bytes_used = 50,
                                .enclave_bytes_budget = 100,
                                .host_bytes = 50,
                                .host_bytes_limit = 100,
                                .tombstones = 50,
                                .tombstone_quota = 100,
                                .mtu_to_nodes = 1500,
                                .mtu_to_clients = 1500};
}

static int setup(void **state) {
    (void)state;
    view = (struct avo_view){.member_count = 3, .slot_count = 3, .mtu_bytes = 1500};
    health = (struct avo_health){.figures = {.count = 3}};
    warnings = (struct avo_warnings){0};
    for (uint8_t i = 0; i < 3; i++) {
        view.members[i] = (struct avo_member){.slot = i, .wire_highest = AVO_WIRE_VERSION, .role = AVO_ROLE_VOTING};
        health.figures.nodes[i] = (struct avo_node_figures){.slot = i, .serving = true, .totals = well()};
        health.mtu_bytes[i] = 1500;
    }
    return 0;
}

static void warned(const char *what, int slot) {
    avo_nodes_warn(&view, &health, NOW_S, &warnings);
    if (what == NULL) {
        assert_int_equal(warnings.count, 0);
    } else {
        assert_int_equal(warnings.count, 1);
        assert_string_equal(warnings.list[0].what, what);
        assert_int_equal(warnings.list[0].slot, slot);
        assert_true(strlen(warnings.list[0].hint) + 1 < AVO_WARNING_HINT_BYTES);
    }
    warnings.count = 0;
}

static void nothing_to_warn_of(void **state) {
    (void)state;
    warned(NULL, 0);
    health.figures.nodes[1].totals.tampered = 1000; /* long ago */
    health.figures.nodes[1].totals.tombstone_quota = 0;
    warned(NULL, 0);
}

static void memory_that_runs_out(void **state) {
    (void)state;
    struct avo_figures *figures = &health.figures.nodes[1].totals;
    const struct {
        uint64_t *figure;
        uint64_t value;
        const char *what;
    } cases[] = {
        {&figures->enclave_bytes_used, 89, NULL},
        {&figures->enclave_bytes_used, 94, "enclave_memory_nearly_full"},
        {&figures->enclave_bytes_used, 97, "enclave_memory_full"},
        {&figures->host_bytes, 84, NULL},
        {&figures->host_bytes, 85, "host_memory_nearly_full"},
        {&figures->host_bytes, 95, "host_memory_full"},
        {&figures->behind, 1000, NULL}, /* for a moment */
        {&figures->behind_long, 1, "under_replicated"},
        {&figures->tombstones, 89, NULL},
        {&figures->tombstones, 90, "tombstone_quota_near"},
        {&figures->tombstones, 98, "tombstone_quota_reached"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        *figures = well();
        *cases[i].figure = cases[i].value;
        warned(cases[i].what, 1);
    }
}

static void copies_and_tampering(void **state) {
    (void)state;
    health.figures.nodes[2].serving = false;
    warned("under_replicated", 2);
    health.figures.nodes[2].serving = true;
    view.members[2].role = AVO_ROLE_JOINING;
    warned("under_replicated", 2);
    health.figures.nodes[2].totals.sync_refused = 1; /* of a sync that is over */
    warned("under_replicated", 2);
    health.figures.nodes[2].totals.sync_total = 1;
    warned("sync_refused", 2);
    health.figures.nodes[2].totals.sync_total = 0;
    health.figures.nodes[2].totals.sync_refused = 0;
    view.members[2].role = AVO_ROLE_VOTING;
    health.figures.nodes[0].totals.tampered_recently = 1;
    warned("tampered", 0);
    health.figures.nodes[0].totals.tampered_recently = 0;
    health.figures.nodes[0].totals.damaged_now = 1;
    warned("damaged", 0);
}

/* Since when it has been so comes from the node, as an age; what it has not seen yet began now. */
static void the_beginning_is_told(void **state) {
    (void)state;
    struct avo_figures *figures = &health.figures.nodes[1].totals;
    figures->tampered_recently = 1;
    avo_nodes_warn(&view, &health, NOW_S, &warnings);
    assert_int_equal(warnings.list[0].since_s, NOW_S);
    warnings.count = 0;
    figures->tampered_s = 1 + 3600;
    avo_nodes_warn(&view, &health, NOW_S, &warnings);
    assert_int_equal(warnings.list[0].since_s, NOW_S - 3600);
    figures->tampered_recently = 0;
    warnings.count = 0;
    warned(NULL, 0);
    figures->quota_near_s = 5; /* one worker's */
    warned("tombstone_quota_near", 1);
    figures->quota_near_s = 0;
    health.figures.nodes[2].serving = false;
    figures->silent_nodes = 1 << 2;
    figures->under_replicated_s = 1 + 60;
    avo_nodes_warn(&view, &health, NOW_S, &warnings);
    assert_int_equal(warnings.count, 1);
    assert_int_equal(warnings.list[0].since_s, NOW_S - 60);
    warnings.count = 0;
    figures->silent_nodes |= 1; /* since when of which? */
    avo_nodes_warn(&view, &health, NOW_S, &warnings);
    assert_int_equal(warnings.list[warnings.count - 1].since_s, 0);
    warnings.count = 0;
    health.figures.nodes[2].serving = true;
    figures->silent_nodes = 1 << 2; /* it answers here, but its like do not hear it */
    warned("under_replicated", 2);
}

static void narrow_paths(void **state) {
    (void)state;
    health.mtu_bytes[1] = 1499;
    warned("narrow_path", 1);
    health.mtu_bytes[1] = 1500;
    health.figures.nodes[1].totals.mtu_to_nodes = 1228;
    warned("narrow_path", 1);
    health.figures.nodes[1].totals.mtu_to_nodes = 1500;
    health.figures.nodes[1].totals.mtu_to_clients = 668;
    warned("narrow_path", 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(nothing_to_warn_of, setup),   cmocka_unit_test_setup(memory_that_runs_out, setup),
        cmocka_unit_test_setup(copies_and_tampering, setup), cmocka_unit_test_setup(the_beginning_is_told, setup),
        cmocka_unit_test_setup(narrow_paths, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
