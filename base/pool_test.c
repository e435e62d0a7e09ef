#include "base/pool.h"
#include "base/random.h"
#include "base/testing.h"

#define OBJECTS 37

static _Alignas(64) uint8_t memory[16384];

/* Against a naive twin: an array of what is taken. */
static void agrees_with_twin(void **state) {
    (void)state;
    struct avo_prng prng = avo_prng(testing_seed());
    struct avo_arena arena = avo_arena(memory, sizeof memory);
    struct avo_pool pool;
    bool taken[OBJECTS] = {false};
    uint32_t taken_count = 0;
    assert_true(avo_pool_create(&pool, &arena, OBJECTS, 48));
    for (int i = 0; i < 20000; i++) {
        uint32_t index = (uint32_t)avo_prng_below(&prng, OBJECTS);
        if (avo_prng_chance(&prng, 1, 2)) {
            index = avo_pool_take(&pool);
            assert_int_equal(index == AVO_POOL_NONE, taken_count == OBJECTS);
            if (index != AVO_POOL_NONE) {
                assert_true(index < OBJECTS && !taken[index]);
                taken[index] = true;
                taken_count++;
                memset(avo_pool_at(&pool, index), (int)index, 48);
            }
        } else if (taken[index]) {
            const uint8_t *object = avo_pool_at(&pool, index);
            assert_true(object[0] == index && object[47] == index); /* nobody else wrote here */
            avo_pool_give(&pool, index);
            taken[index] = false;
            taken_count--;
        }
        assert_int_equal(pool.taken_count, taken_count);
        assert_int_equal(avo_pool_is_taken(&pool, (uint32_t)i % OBJECTS), taken[i % OBJECTS]);
    }
}

static void promises(void **state) {
    (void)state;
    struct avo_arena arena = avo_arena(memory, sizeof memory);
    struct avo_pool pool;
    assert_true(avo_pool_create(&pool, &arena, 2, 8));
    uint32_t index = avo_pool_take(&pool);
    avo_pool_give(&pool, index);
    assert_panics((avo_pool_give(&pool, index), 0)); /* twice */
    assert_panics((avo_pool_give(&pool, 2), 0));     /* never in it */
    assert_panics((avo_pool_give(&pool, AVO_POOL_NONE), 0));
    assert_panics(avo_pool_at(&pool, 2));
    assert_false(avo_pool_is_taken(&pool, 2));
}

static void small_arena_is_left_alone(void **state) {
    (void)state;
    struct avo_pool pool;
    for (size_t bytes = 0; bytes < 10 * 64 + 64; bytes += 64) {
        struct avo_arena arena = avo_arena(memory, bytes);
        assert_false(avo_pool_create(&pool, &arena, 10, 64)); /* the objects alone, or not even those */
        assert_int_equal(arena.used_bytes, 0);
        if (bytes == 10 * 64) {
            return;
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_twin),
        cmocka_unit_test(promises),
        cmocka_unit_test(small_arena_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
