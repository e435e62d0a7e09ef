/* Figures travel, add up and are named by their one table. */
#include "protocol/wire/figures.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above. */
#include <cmocka.h>

static void all_of_them_are_in_the_table_once(void **state) {
    (void)state;
    assert_int_equal(sizeof avo_figure_table / sizeof avo_figure_table[0] * sizeof(uint64_t), sizeof(struct avo_figures));
    for (size_t i = 0; i < AVO_FIGURE_COUNT; i++) {
        assert_int_equal(avo_figure_table[i].offset, i * sizeof(uint64_t));
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(avo_figure_table[i].name, avo_figure_table[j].name);
        }
    }
}

static void parts_add_up_and_the_least_is_left(void **state) {
    (void)state;
    struct avo_figures sum = {.keys = 5, .tampered = 1, .secret_memory = AVO_MEMORY_SECRET};
    struct avo_figures part = {.keys = 2, .tampered = 3, .secret_memory = AVO_MEMORY_PLAIN};
    avo_figures_add(&sum, &part);
    assert_int_equal(sum.keys, 7);
    assert_int_equal(sum.tampered, 4);
    assert_int_equal(sum.secret_memory, AVO_MEMORY_SECRET);
}

static void the_worst_worker_is_told(void **state) {
    (void)state;
    for (int turn = 0; turn < 2; turn++) {
        struct avo_figures node = {.keys = 5, .secret_memory = turn == 0 ? AVO_MEMORY_SECRET : AVO_MEMORY_LOCKED};
        struct avo_figures worker = {.keys = 2, .secret_memory = turn == 0 ? AVO_MEMORY_LOCKED : AVO_MEMORY_SECRET};
        avo_figures_join(&node, &worker);
        assert_int_equal(node.keys, 7);
        assert_int_equal(node.secret_memory, AVO_MEMORY_LOCKED);
    }
}

static void the_worst_age_and_all_bits_are_told(void **state) {
    (void)state;
    struct avo_figures node = {.silent_nodes = 1, .tampered_s = 7, .damaged_s = 2};
    struct avo_figures worker = {.silent_nodes = 4, .tampered_s = 3, .damaged_s = 9};
    avo_figures_join(&node, &worker);
    assert_int_equal(node.silent_nodes, 5);
    assert_int_equal(avo_figures_age(&node, AVO_CONDITION_TAMPERED), 7);
    assert_int_equal(avo_figures_age(&node, AVO_CONDITION_DAMAGED), 9);
    avo_figures_age_set(&node, AVO_CONDITION_NARROW_PATH, 11);
    assert_int_equal(node.narrow_path_s, 11);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_them_are_in_the_table_once),
        cmocka_unit_test(parts_add_up_and_the_least_is_left),
        cmocka_unit_test(the_worst_worker_is_told),
        cmocka_unit_test(the_worst_age_and_all_bits_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
