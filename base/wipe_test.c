/* What is left in memory of secrets that died: the search itself, the wipe, and the generator. */
#include "base/drbg.h"
#include "base/secret.h"
#include "base/testing_stack.h"

static const uint8_t secret[32] = {0x5a, 0xc1, 0x02, 0x77, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0x99, 0xab, 0xcd,
                                   0x31, 0x41, 0x59, 0x26, 5, 3, 5, 8, 9, 7, 9, 3, 2, 0x38, 0x46, 0x26};

static void keep(void *context) {
    volatile uint8_t copy[sizeof secret];
    for (size_t i = 0; i < sizeof copy; i++) {
        copy[i] = secret[i];
    }
    if (context != NULL) {
        avo_secret_wipe((void *)(uintptr_t)copy, sizeof copy);
    }
}

static void a_search_finds_what_was_not_wiped(void **state) {
    (void)state;
    testing_stack_run(keep, NULL);
    assert_true(testing_stack_has(secret, sizeof secret));
    uint8_t wipe = 1;
    testing_stack_run(keep, &wipe);
    assert_false(testing_stack_has(secret, sizeof secret));
}

struct draw {
    struct avo_drbg drbg;
    uint8_t drawn[64];
};

static void draw(void *context) {
    struct draw *draw = context;
    avo_random_fill(&draw->drbg.random, draw->drawn, sizeof draw->drawn);
}

static void a_draw_leaves_neither_key_nor_bytes(void **state) {
    (void)state;
    static struct draw drawing;
    avo_drbg_seed(&drawing.drbg, secret);
    testing_stack_run(draw, &drawing);
    assert_false(testing_stack_has(secret, sizeof secret));
    assert_false(testing_stack_has(drawing.drbg.key, sizeof drawing.drbg.key));
    assert_false(testing_stack_has(drawing.drawn, sizeof drawing.drawn));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_search_finds_what_was_not_wiped),
        cmocka_unit_test(a_draw_leaves_neither_key_nor_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
