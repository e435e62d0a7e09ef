/* A condition is said when it begins, when there is more to say of it, and when it is over; at most once a minute each. */
#include "base/compiler.h"
#include "base/testing.h"
#include "host/notices.h"

static const struct avo_region_layout layout = {
    .worker_count = 2, .ring = {8, 96}, .stream_bytes = 256, .slab_bytes = AVO_REGION_PAGE_BYTES};

static struct avo_notices notices;
static enum avo_log_level level;
static char line[AVO_NOTICE_LINE_BYTES];

static int setup(void **state) {
    (void)state;
    notices = (struct avo_notices){0};
    return 0;
}

static struct avo_notice notice_of(struct avo_levels levels) {
    return (struct avo_notice){.conditions = avo_conditions_of(&levels), .levels = levels};
}

/* The one line that is due then; NULL: none. */
static void says(const struct avo_notice *notice, uint64_t now_s, const char *wanted) {
    char more[AVO_NOTICE_LINE_BYTES];
    bool due = avo_notices_next(&notices, notice, now_s, &level, line);
    assert_int_equal(due, wanted != NULL);
    if (wanted != NULL) {
        assert_non_null(strstr(line, wanted));
        assert_false(avo_notices_next(&notices, notice, now_s, &level, more));
    }
}

static void the_quota_is_said_with_its_figures(void **state) {
    (void)state;
    struct avo_notice notice = notice_of((struct avo_levels){.tombstones = 95, .tombstone_quota = 100});
    says(&notice, 1000, "tombstone_quota_near: 95 of 100 tombstones: at the quota deletes are refused");
    assert_int_equal(level, AVO_LOG_WARN);
    notice = notice_of((struct avo_levels){.tombstones = 96, .tombstone_quota = 100});
    says(&notice, 1059, NULL);
    says(&notice, 1060, "96 of 100");
    says(&notice, 5000, NULL); /* there is nothing new to say */
    notice = notice_of((struct avo_levels){.tombstones = 99, .tombstone_quota = 100});
    says(&notice, 5000, "tombstone_quota_reached: 99 of 100 tombstones: deletes are refused");
}

static void the_end_is_said_too_but_not_within_the_minute(void **state) {
    (void)state;
    struct avo_notice bad = notice_of((struct avo_levels){.tampered = 4});
    struct avo_notice good = notice_of((struct avo_levels){.tampered = 0});
    says(&good, 999, NULL);
    says(&bad, 1000, "tampered: 4 values or packets did not verify");
    says(&good, 1001, NULL);
    says(&bad, 1002, NULL); /* one that comes and goes fills no log */
    says(&good, 1060, "no longer tampered");
    assert_int_equal(level, AVO_LOG_INFO);
    says(&bad, 1119, NULL);
    says(&bad, 1120, "tampered: 4");
}

static void workers_are_read_as_one_node(void **state) {
    (void)state;
    uint8_t *region = aligned_alloc(AVO_REGION_PAGE_BYTES, avo_region_bytes(&layout));
    memset(region, 0, avo_region_bytes(&layout));
    struct avo_notice first = notice_of((struct avo_levels){
        .host_bytes = 96 << 20, .host_bytes_limit = 100 << 20, .silent_nodes = 1, .path_bytes = 1500, .mtu_bytes = 1500});
    struct avo_notice second = notice_of((struct avo_levels){
        .host_bytes = 10 << 20, .host_bytes_limit = 100 << 20, .silent_nodes = 4, .path_bytes = 1280, .mtu_bytes = 1500});
    struct avo_notice node;
    avo_notice_post(avo_region_worker(region, &layout, 0).notice, &first);
    avo_notice_post(avo_region_worker(region, &layout, 1).notice, &second);
    avo_notices_read(region, &layout, &node);
    assert_int_equal(node.levels.silent_nodes, 5);
    assert_int_equal(node.levels.path_bytes, 1280);
    assert_true(avo_notices_next(&notices, &node, 7, &level, line));
    assert_non_null(strstr(line, "host_memory_full: in one of its workers: 106 of 200 MiB"));
    assert_true(avo_notices_next(&notices, &node, 7, &level, line));
    assert_non_null(strstr(line, "under_replicated: node 0, node 2: not heard"));
    assert_true(avo_notices_next(&notices, &node, 7, &level, line));
    assert_non_null(strstr(line, "narrow_path: a path from it takes packets of at most 1280 bytes"));
    assert_false(avo_notices_next(&notices, &node, 7, &level, line));
    free(region);
}

/* A host that writes all ones there gets lines of bounded length, nothing worse. */
static void nonsense_is_said_in_bounds(void **state) {
    (void)state;
    struct avo_notice notice;
    memset(&notice, 0xff, sizeof notice);
    unsigned lines = 0;
    while (avo_notices_next(&notices, &notice, 9, &level, line)) {
        assert_true(strlen(line) < sizeof line);
        lines++;
    }
    assert_int_equal(lines, AVO_CONDITION_COUNT - 3); /* what is full is not said to be nearly full */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_quota_is_said_with_its_figures, setup),
        cmocka_unit_test_setup(the_end_is_said_too_but_not_within_the_minute, setup),
        cmocka_unit_test_setup(workers_are_read_as_one_node, setup),
        cmocka_unit_test_setup(nonsense_is_said_in_bounds, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
