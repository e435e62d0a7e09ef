/* The CPU's randomness: a source that is missing, broken or stuck is refused, whatever the host says that the CPU has. */
#include "base/testing.h"
#include "trusted/process/cpu_random.h"
#include <signal.h>

#define MISSING_STATUS 9

static int calls; /* of the source, in this test */

static void missing(int number) {
    _exit(number == SIGILL ? MISSING_STATUS : 1);
}

static bool good(uint64_t *word) {
    *word = 0x9e3779b97f4a7c15U * (uint64_t)++calls;
    return true;
}

static bool absent(uint64_t *word) {
    (void)word;
    __asm__ volatile("ud2");
    return true;
}

static bool broken(uint64_t *word) {
    calls++;
    *word = 5;
    return false;
}

static bool late(uint64_t *word) {
    return good(word) && calls % 10 == 0;
}

static bool too_late(uint64_t *word) {
    return good(word) && calls % 11 == 0;
}

static bool zeros_at_last(uint64_t *word) {
    bool drawn = good(word);
    *word = calls == AVO_CPU_RANDOM_WORD_COUNT ? 0 : *word;
    return drawn;
}

static bool ones(uint64_t *word) {
    *word = UINT64_MAX;
    return true;
}

static bool repeats(uint64_t *word) {
    (void)good(word);
    *word = calls % 7; /* never zero before the seventh, the eighth is the first's */
    return true;
}

static enum avo_error draw(avo_cpu_word source, uint64_t words[AVO_CPU_RANDOM_WORD_COUNT]) {
    calls = 0;
    memset(words, 0xa5, AVO_CPU_RANDOM_WORD_COUNT * sizeof *words);
    return avo_cpu_random_draw(source, missing, words);
}

static void a_good_source_is_taken(void **state) {
    (void)state;
    uint64_t words[AVO_CPU_RANDOM_WORD_COUNT], again[AVO_CPU_RANDOM_WORD_COUNT];
    assert_int_equal(draw(good, words), AVO_OK);
    for (uint64_t i = 0; i < AVO_CPU_RANDOM_WORD_COUNT; i++) {
        assert_true(words[i] == 0x9e3779b97f4a7c15U * (i + 1));
    }
    assert_int_equal(draw(late, words), AVO_OK);
    assert_int_equal(calls, 10 * AVO_CPU_RANDOM_WORD_COUNT);
    assert_int_equal(draw(avo_cpu_rdrand, words), AVO_OK);
    assert_int_equal(draw(avo_cpu_rdrand, again), AVO_OK);
    assert_memory_not_equal(words, again, sizeof words);
}

static void a_stuck_or_broken_source_is_refused(void **state) {
    (void)state;
    const avo_cpu_word sources[] = {broken, too_late, zeros_at_last, ones, repeats};
    const uint64_t none[AVO_CPU_RANDOM_WORD_COUNT] = {0};
    for (size_t i = 0; i < AVO_COUNT(sources); i++) {
        uint64_t words[AVO_CPU_RANDOM_WORD_COUNT];
        assert_int_equal(draw(sources[i], words), AVO_EIO);
        assert_memory_equal(words, none, sizeof words);
    }
    uint64_t words[AVO_CPU_RANDOM_WORD_COUNT];
    assert_int_equal(draw(broken, words), AVO_EIO);
    assert_int_equal(calls, 10);
}

/* In a child, whose handler of a broken promise stays what it was. */
static void a_missing_instruction_ends_the_program(void **state) {
    (void)state;
    struct sigaction before, after;
    uint64_t words[AVO_CPU_RANDOM_WORD_COUNT];
    pid_t child = fork();
    if (child == 0) {
        (void)!draw(absent, words);
        _exit(0);
    }
    assert_int_equal(testing_child_status(child), MISSING_STATUS);
    assert_int_equal(sigaction(SIGILL, NULL, &before), 0);
    assert_int_equal(draw(good, words), AVO_OK);
    assert_int_equal(sigaction(SIGILL, NULL, &after), 0);
    assert_true(before.sa_handler == after.sa_handler && after.sa_handler != missing);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_source_is_taken),
        cmocka_unit_test(a_stuck_or_broken_source_is_refused),
        cmocka_unit_test(a_missing_instruction_ends_the_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
