/* The plan of faults: what is asked for, in order, the same for the same seed. */
#include "cli/torture/plan.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NODES 5
#define ALL ((1U << AVO_FAULT_KINDS) - 1)

static void words_are_read(void **state) {
    (void)state;
    unsigned kinds = 7;
    char word[AVO_FAULT_WORD_BYTES];
    assert_true(avo_fault_kinds_read("none", &kinds, word));
    assert_int_equal(kinds, 0);
    assert_true(avo_fault_kinds_read("stop", &kinds, word));
    assert_int_equal(kinds, 1U << AVO_FAULT_STOP);
    assert_true(avo_fault_kinds_read("kill,partition,kill", &kinds, word));
    assert_int_equal(kinds, 1U << AVO_FAULT_KILL | 1U << AVO_FAULT_PARTITION);
    assert_true(avo_fault_kinds_read("stop,partition,tamper,kill,replace", &kinds, word));
    assert_int_equal(kinds, ALL);
    static const char *const wrong[][2] = {{"", ""},         {"stop,", ""},
                                           {",stop", ""},    {"stop,none", "none"},
                                           {"Stop", "Stop"}, {"stop partition", "stop partition"},
                                           {"kil", "kil"},   {"kill,kills", "kills"}};
    for (size_t i = 0; i < AVO_COUNT(wrong); i++) {
        assert_false(avo_fault_kinds_read(wrong[i][0], &kinds, word));
        assert_string_equal(word, wrong[i][1]);
    }
    assert_false(avo_fault_kinds_read("a-word-that-is-longer-than-any-kind-of-fault-is", &kinds, word));
    assert_int_equal(strlen(word), AVO_FAULT_WORD_BYTES - 1);
}

static void none_never_comes(void **state) {
    (void)state;
    struct avo_fault_plan plan = avo_fault_plan(1, 0, NODES, 0.1);
    assert_true(avo_fault_plan_next(&plan).begin_ns == UINT64_MAX);
    assert_true(avo_fault_plan_next(&plan).begin_ns == UINT64_MAX);
}

static void a_seed_is_a_plan(void **state) {
    (void)state;
    struct avo_fault_plan one = avo_fault_plan(7, ALL, NODES, 2);
    struct avo_fault_plan same = avo_fault_plan(7, ALL, NODES, 2);
    struct avo_fault_plan other = avo_fault_plan(8, ALL, NODES, 2);
    unsigned different = 0;
    for (uint64_t i = 1; i <= 100; i++) {
        struct avo_fault a = avo_fault_plan_next(&one);
        struct avo_fault b = avo_fault_plan_next(&same);
        struct avo_fault c = avo_fault_plan_next(&other);
        assert_true(a.kind == b.kind && a.way == b.way && a.node == b.node && a.begin_ns == b.begin_ns && a.end_ns == b.end_ns);
        different += a.begin_ns != c.begin_ns;
        assert_in_range(a.begin_ns, i * 2000000000, i * 2000000000 + 12000000);
        assert_in_range(a.end_ns - a.begin_ns, 200000000, 3000000000);
    }
    assert_true(different > 90);
}

static void all_that_is_asked_for_comes(void **state) {
    (void)state;
    unsigned seen[AVO_FAULT_KINDS][AVO_CUT_WAYS][NODES];
    memset(seen, 0, sizeof seen);
    unsigned kinds = 1U << AVO_FAULT_STOP | 1U << AVO_FAULT_PARTITION | 1U << AVO_FAULT_TAMPER;
    struct avo_fault_plan plan = avo_fault_plan(3, kinds, NODES, 0.1);
    for (int i = 0; i < 5000; i++) {
        struct avo_fault fault = avo_fault_plan_next(&plan);
        assert_true((kinds >> fault.kind & 1) != 0 && fault.node < NODES);
        assert_true(fault.way < (fault.kind == AVO_FAULT_PARTITION ? (unsigned)AVO_CUT_WAYS : (unsigned)AVO_STOP_WAYS));
        assert_true(fault.kind != AVO_FAULT_TAMPER || fault.node == plan.tampered); /* two intact copies stay */
        assert_non_null(avo_fault_way_name(&fault));
        seen[fault.kind][fault.way][fault.node]++;
    }
    for (unsigned node = 0; node < NODES; node++) {
        for (unsigned way = 0; way < AVO_CUT_WAYS; way++) {
            assert_true(seen[AVO_FAULT_PARTITION][way][node] > 0);
            assert_true(way >= AVO_STOP_WAYS || seen[AVO_FAULT_STOP][way][node] > 0);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_read),
        cmocka_unit_test(none_never_comes),
        cmocka_unit_test(a_seed_is_a_plan),
        cmocka_unit_test(all_that_is_asked_for_comes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
