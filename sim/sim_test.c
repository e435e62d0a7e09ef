/* The simulator's own parts: what it promises about time, randomness, what it watches and what it counts. */
#include "checker/memory.h"
#include "sim/agenda.h"
#include "sim/run.h"
#include "sim/values.h"
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static uint64_t test_seed(void) {
    uint64_t seed = (uint64_t)time(NULL);
    print_message("seed %" PRIu64 "\n", seed);
    return seed;
}

/* The whole trace of a run; the caller frees it. */
static char *trace_of(uint64_t seed, size_t *length) {
    char *text = NULL;
    struct avo_report report = {.seed = seed, .trace = open_memstream(&text, length)};
    assert_non_null(report.trace);
    avo_sim_run(&report, &(struct avo_sim_setup){0});
    fclose(report.trace);
    return text;
}

static void same_seed_same_trace(void **state) {
    (void)state;
    uint64_t first = test_seed() % 100000;
    for (uint64_t seed = first; seed < first + 6; seed++) {
        size_t lengths[3];
        char *traces[3] = {trace_of(seed, &lengths[0]), trace_of(seed, &lengths[1]), trace_of(seed + 1, &lengths[2])};
        assert_true(lengths[0] > 1000);
        assert_int_equal(lengths[0], lengths[1]);
        assert_memory_equal(traces[0], traces[1], lengths[0]);
        assert_true(lengths[2] != lengths[0] || memcmp(traces[2], traces[0], lengths[0]) != 0);
        for (int i = 0; i < 3; i++) {
            free(traces[i]);
        }
    }
}

static void agenda_keeps_time_and_order(void **state) {
    (void)state;
    struct avo_prng prng = avo_prng(test_seed());
    struct avo_agenda agenda = {0};
    for (uint32_t i = 0; i < 5000; i++) {
        avo_agenda_add(&agenda, avo_prng_below(&prng, 300), AVO_DUE_NODE, i, NULL);
    }
    struct avo_due due;
    struct avo_due before = {0};
    for (uint32_t i = 0; i < 5000; i++) {
        assert_true(avo_agenda_take(&agenda, &due));
        assert_true(i == 0 || due.time_us > before.time_us || (due.time_us == before.time_us && due.who > before.who));
        before = due;
    }
    assert_false(avo_agenda_take(&agenda, &due));
    avo_agenda_destroy(&agenda);
}

static void watch_sees_a_nonce_twice(void **state) {
    (void)state;
    struct avo_report report = {0};
    struct avo_watch watch = {.report = &report};
    static struct avo_aead_key keys[2];
    uint8_t nonce[AVO_NONCE_BYTES];
    keys[1].schedule[0] = 1;
    for (uint64_t counter = 0; counter < 20000; counter++) {
        avo_aead_nonce(nonce, counter);
        avo_watch_on_seal(&watch, &keys[0], nonce);
        avo_watch_on_seal(&watch, &keys[1], nonce);
    }
    assert_false(report.violated);
    assert_int_equal(report.counters.of[AVO_COUNT_SEALS], 40000);
    avo_aead_nonce(nonce, 777);
    avo_watch_on_seal(&watch, &keys[1], nonce);
    assert_true(report.violated);
    assert_string_equal(report.rule, "nonce-reused");
    avo_watch_destroy(&watch);
}

static void watch_sees_a_packet_twice(void **state) {
    (void)state;
    struct avo_report report = {0};
    struct avo_watch watch = {.report = &report};
    const uint8_t headers[2][AVO_PACKET_HEADER_BYTES] = {{1}, {2}}, tag[AVO_TAG_BYTES] = {3};
    avo_watch_on_accept(&watch, headers[0], tag);
    avo_watch_on_accept(&watch, headers[1], tag);
    assert_false(report.violated);
    avo_watch_on_accept(&watch, headers[0], tag);
    assert_string_equal(report.rule, "replay-accepted");
    avo_watch_destroy(&watch);
}

static void watch_sees_plaintext(void **state) {
    (void)state;
    struct avo_report report = {0};
    struct avo_world world = {.watch = {.report = &report, .canary = "0123456789abcdef"}};
    uint8_t value[300];
    avo_sim_value(&world, 5, value, sizeof value);
    uint8_t around[1000] = {0};
    avo_watch_scan(&world.watch, AVO_SLICE_OF(around), "nothing");
    assert_false(report.violated);
    /* A piece from anywhere inside a value is enough. */
    memcpy(around + 501, value + 150, 60);
    avo_watch_scan(&world.watch, AVO_SLICE_OF(around), "a test");
    assert_string_equal(report.rule, "plaintext-outside");
}

static void values_are_known_again(void **state) {
    (void)state;
    struct avo_world world = {.watch = {.canary = "0123456789abcdef"}};
    uint8_t value[400];
    for (uint32_t length = AVO_SIM_VALUE_NAME_BYTES; length <= sizeof value; length += 97) {
        avo_sim_value(&world, 1234567, value, length);
        assert_true(avo_sim_value_is_whole(&world, avo_slice(value, length)));
        assert_false(avo_sim_value_is_whole(&world, avo_slice(value, length - 1)));
        for (uint32_t at = 0; at < length; at++) {
            value[at] ^= 1;
            /* A changed number is another value's name only if all the rest is that value's. */
            assert_true(length == AVO_SIM_VALUE_NAME_BYTES || !avo_sim_value_is_whole(&world, avo_slice(value, length)));
            value[at] ^= 1;
        }
    }
}

/* Of any value, an intact copy must stay: in the plan lie the limits of what the attacker may destroy. */
static void plans_leave_a_copy(void **state) {
    (void)state;
    uint64_t seed = test_seed();
    uint32_t tampering = 0;
    uint32_t quiet = 0;
    for (uint64_t i = 0; i < 5000; i++) {
        struct avo_prng prng = avo_prng(seed + i);
        struct avo_plan plan = avo_plan_draw(&prng);
        uint32_t tampered = 0;
        for (uint8_t slot = 0; slot < plan.slot_count; slot++) {
            tampered += avo_plan_tampers(&plan, slot);
        }
        assert_int_equal(tampered, plan.tampered_slots);
        assert_true(tampered + plan.crash + plan.restarts <= plan.slot_count / 2U);
        assert_in_range(plan.client_count, 1, AVO_SIM_CLIENT_MAX);
        assert_in_range(plan.key_count, 1, AVO_SIM_KEY_MAX);
        assert_in_range(plan.pipeline, 1, AVO_SIM_PIPELINE_MAX);
        assert_in_range(plan.worker_count, 1, AVO_SIM_WORKER_MAX);
        tampering += tampered > 0;
        quiet += plan.loss_ppm == 0 && !plan.partitions && !plan.freezes;
    }
    assert_in_range(tampering, 1000, 4000);
    assert_in_range(quiet, 100, 2000);
}

static void vacuous_batches_are_named(void **state) {
    (void)state;
    struct avo_counters all = {0};
    struct avo_counters run;
    for (uint32_t i = 0; i < AVO_COUNTER_COUNT; i++) {
        run.of[i] = 1;
    }
    assert_int_equal(avo_counters_vacuous(&all), AVO_COUNT_RUNS);
    avo_counters_merge(&all, &run);
    assert_int_equal(avo_counters_vacuous(&all), AVO_COUNTER_COUNT);
    all.of[AVO_COUNT_WRITE_BACKS] = 0;
    assert_int_equal(avo_counters_vacuous(&all), AVO_COUNT_WRITE_BACKS);
    assert_string_equal(avo_counter_text(AVO_COUNT_WRITE_BACKS), "write-backs");
}

/* Memory that comes back is as new: runs must not differ by what ran before. */
static void pages_come_back_zero(void **state) {
    (void)state;
    struct avo_pages pages = {0};
    const size_t bytes = 3U << 20;
    uint8_t *memory = avo_pages_take(&pages, AVO_PAGES_REGION, bytes);
    for (size_t at = 0; at < bytes; at += 300007) {
        memory[at] = 1;
    }
    memory[bytes - 1] = 1;
    avo_pages_give(&pages, AVO_PAGES_REGION, memory, bytes);
    uint8_t *again = avo_pages_take(&pages, AVO_PAGES_REGION, bytes);
    assert_ptr_equal(again, memory);
    for (size_t at = 0; at < bytes; at++) {
        assert_int_equal(again[at], 0);
    }
    avo_pages_give(&pages, AVO_PAGES_REGION, again, bytes);
    avo_pages_destroy(&pages);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_seed_same_trace),     cmocka_unit_test(agenda_keeps_time_and_order),
        cmocka_unit_test(watch_sees_a_nonce_twice), cmocka_unit_test(watch_sees_a_packet_twice),
        cmocka_unit_test(watch_sees_plaintext),     cmocka_unit_test(values_are_known_again),
        cmocka_unit_test(plans_leave_a_copy),       cmocka_unit_test(vacuous_batches_are_named),
        cmocka_unit_test(pages_come_back_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
