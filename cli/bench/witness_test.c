/* The witness calls wrong what could not have been read, and never what could: random histories of a linearizable register. */
#include "base/compiler.h"
#include "cli/bench/sample.h"
#include "cli/bench/witness.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
// clang-format off
#include <cmocka.h>
// clang-format on

#define VALUE_BYTES 24

static struct avo_prng prng;

static enum avo_verdict judge(const struct avo_witness *witness, uint64_t key, uint64_t sequence, uint64_t floor) {
    uint8_t value[VALUE_BYTES];
    avo_sample_value(value, sizeof value, key, sequence);
    return avo_witness_judge(witness, key, AVO_SLICE_OF(value), sizeof value, floor);
}

static struct avo_witness open(uint64_t key_count) {
    struct avo_witness witness;
    assert_true(avo_witness_open(&witness, key_count, &prng.random));
    return witness;
}

static struct avo_witness_write write_whole(struct avo_witness *witness, uint64_t key) {
    struct avo_witness_write write = avo_witness_begin(witness, key);
    avo_witness_end(witness, key, &write, AVO_OK);
    return write;
}

static void what_nobody_wrote_is_forged(void **state) {
    (void)state;
    struct avo_witness witness = open(4);
    struct avo_witness_write write = write_whole(&witness, 1);
    uint8_t value[VALUE_BYTES];
    assert_int_equal(judge(&witness, 1, write.sequence, 0), AVO_READ_RIGHT);
    assert_int_equal(judge(&witness, 1, write.sequence + 1, 0), AVO_READ_FORGED); /* not yet begun */
    assert_int_equal(judge(&witness, 1, write.sequence - 1, 0), AVO_READ_FORGED); /* number 0 */
    avo_sample_value(value, sizeof value, 1, write.sequence);
    assert_int_equal(avo_witness_judge(&witness, 2, AVO_SLICE_OF(value), sizeof value, 0), AVO_READ_FORGED); /* another key's */
    assert_int_equal(avo_witness_judge(&witness, 1, AVO_SLICE_OF(value), sizeof value + 1, 0), AVO_READ_FORGED);
    value[20] ^= 1;
    assert_int_equal(avo_witness_judge(&witness, 1, AVO_SLICE_OF(value), sizeof value, 0), AVO_READ_FORGED);
    assert_int_equal(judge(&witness, 1, write.sequence ^ ((uint64_t)1 << 50), 0), AVO_READ_FOREIGN);
    avo_witness_close(&witness);
}

static void what_was_replaced_is_stale(void **state) {
    (void)state;
    struct avo_witness witness = open(4);
    struct avo_witness_write first = write_whole(&witness, 1);
    struct avo_witness_write second = avo_witness_begin(&witness, 1);
    uint64_t floor = avo_witness_floor(&witness, 1); /* a read begins while the second is under way: either is right */
    assert_int_equal(judge(&witness, 1, first.sequence, floor), AVO_READ_RIGHT);
    assert_int_equal(judge(&witness, 1, second.sequence, floor), AVO_READ_RIGHT);
    avo_witness_end(&witness, 1, &second, AVO_OK);
    assert_int_equal(judge(&witness, 1, first.sequence, floor), AVO_READ_RIGHT); /* the read began before */
    floor = avo_witness_floor(&witness, 1);
    assert_int_equal(judge(&witness, 1, first.sequence, floor), AVO_READ_STALE);
    assert_int_equal(judge(&witness, 1, second.sequence, floor), AVO_READ_RIGHT);
    assert_int_equal(avo_witness_floor(&witness, 2), 0);
    assert_int_equal(avo_witness_floor(&witness, 4), 0); /* an inserted key: not watched */
    (void)write_whole(&witness, 4);
    avo_witness_close(&witness);
}

static void a_write_that_failed_replaces_nothing(void **state) {
    (void)state;
    struct avo_witness witness = open(1);
    struct avo_witness_write first = write_whole(&witness, 0);
    struct avo_witness_write without_effect = avo_witness_begin(&witness, 0);
    avo_witness_end(&witness, 0, &without_effect, AVO_EQUORUM);
    assert_int_equal(judge(&witness, 0, first.sequence, avo_witness_floor(&witness, 0)), AVO_READ_RIGHT);
    struct avo_witness_write unknown = avo_witness_begin(&witness, 0);
    avo_witness_end(&witness, 0, &unknown, AVO_EUNKNOWN);
    (void)write_whole(&witness, 0); /* the unknown one may take effect after this */
    assert_int_equal(judge(&witness, 0, unknown.sequence, avo_witness_floor(&witness, 0)), AVO_READ_RIGHT);
    avo_witness_close(&witness);
}

static void more_writes_at_once_than_it_counts_do_no_harm(void **state) {
    (void)state;
    enum { MANY = 70000 };
    struct avo_witness witness = open(2);
    struct avo_witness_write *writes = calloc(MANY, sizeof *writes);
    assert_non_null(writes);
    struct avo_witness_write other = write_whole(&witness, 1);
    for (int i = 0; i < MANY; i++) {
        writes[i] = avo_witness_begin(&witness, 0);
    }
    for (int i = 0; i < MANY; i++) {
        avo_witness_end(&witness, 0, &writes[i], AVO_OK);
    }
    struct avo_witness_write last = write_whole(&witness, 0);
    assert_int_equal(judge(&witness, 0, writes[1].sequence, avo_witness_floor(&witness, 0)), AVO_READ_RIGHT);
    assert_int_equal(judge(&witness, 0, last.sequence, avo_witness_floor(&witness, 0)), AVO_READ_RIGHT);
    assert_int_equal(judge(&witness, 1, other.sequence, avo_witness_floor(&witness, 1)), AVO_READ_RIGHT);
    avo_witness_close(&witness);
    free(writes);
}

/* A linearizable register a key, and operations under way on it. */
enum { KEYS = 3, SLOTS = 6, STEPS = 20000 };

struct slot {
    bool busy, writes, effective, lost;
    uint64_t key, floor, read;
    struct avo_witness_write write;
};

struct history {
    struct avo_witness witness;
    uint64_t registers[KEYS];
    uint64_t replaced[KEYS]; /* an earlier value of each register */
    struct slot slots[SLOTS];
    uint64_t right, stale_seen;
};

static void start(struct history *history, struct slot *slot) {
    *slot = (struct slot){.busy = true, .writes = avo_prng_chance(&prng, 1, 3), .key = avo_prng_below(&prng, KEYS)};
    if (slot->writes) {
        slot->write = avo_witness_begin(&history->witness, slot->key);
    } else {
        slot->floor = avo_witness_floor(&history->witness, slot->key);
    }
}

static void take_effect(struct history *history, struct slot *slot) {
    slot->effective = true;
    if (slot->writes) {
        history->replaced[slot->key] = history->registers[slot->key];
        history->registers[slot->key] = slot->write.sequence;
    }
    slot->read = history->registers[slot->key];
}

/* A lost write stays under way for the register, not for its caller. */
static void finish(struct history *history, struct slot *slot) {
    if (!slot->writes) {
        assert_int_equal(judge(&history->witness, slot->key, slot->read, slot->floor), AVO_READ_RIGHT);
        history->right++;
        /* Had the register given its earlier value, would it have been seen? Sometimes, under this contention. */
        history->stale_seen += history->replaced[slot->key] != 0 &&
                               judge(&history->witness, slot->key, history->replaced[slot->key], slot->floor) == AVO_READ_STALE;
    } else if (!slot->lost) {
        avo_witness_end(&history->witness, slot->key, &slot->write, AVO_OK);
    }
    slot->busy = false;
}

static void step(struct history *history) {
    struct slot *slot = &history->slots[avo_prng_below(&prng, SLOTS)];
    if (!slot->busy) {
        start(history, slot);
    } else if (!slot->effective && slot->writes && !slot->lost && avo_prng_chance(&prng, 1, 5000)) {
        slot->lost = true;
        avo_witness_end(&history->witness, slot->key, &slot->write, AVO_EUNKNOWN);
    } else if (!slot->effective) {
        take_effect(history, slot);
    } else {
        finish(history, slot);
    }
}

static void no_right_read_is_called_wrong(void **state) {
    (void)state;
    uint64_t stale_seen = 0;
    for (uint64_t seed = 1; seed <= 50; seed++) {
        static struct history history;
        prng = avo_prng(seed);
        history = (struct history){.witness = open(KEYS)};
        for (uint64_t key = 0; key < KEYS; key++) {
            history.registers[key] = write_whole(&history.witness, key).sequence;
        }
        for (int i = 0; i < STEPS; i++) {
            step(&history);
        }
        assert_true(history.right > STEPS / 10);
        stale_seen += history.stale_seen;
        avo_witness_close(&history.witness);
    }
    print_message("seeds 1 to 50: %llu stale reads would have been seen\n", (unsigned long long)stale_seen);
    assert_true(stale_seen > 1000);
}

int main(void) {
    prng = avo_prng(31);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_nobody_wrote_is_forged),          cmocka_unit_test(what_was_replaced_is_stale),
        cmocka_unit_test(a_write_that_failed_replaces_nothing), cmocka_unit_test(more_writes_at_once_than_it_counts_do_no_harm),
        cmocka_unit_test(no_right_read_is_called_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
