/* Proposers against acceptors, without messages: one view is chosen, whatever is lost and whichever proposes [V7]. */
#include "base/random.h"
#include "cas/proposer.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
/* cmocka wants the above. */
#include <cmocka.h>

#define ACCEPTORS 5
#define SEED 77

static struct avo_view view_make(uint8_t count) {
    struct avo_view view = {.epoch = 3, .slot_count = count, .member_count = count};
    for (uint8_t i = 0; i < count; i++) {
        view.members[i] =
            (struct avo_member){.slot = i, .wire_highest = AVO_WIRE_VERSION, .role = AVO_ROLE_VOTING, .incarnation = 1};
    }
    return view;
}

static struct avo_proposer proposer_make(uint64_t number, const struct avo_view *view) {
    struct avo_proposer proposer = {.number = AVO_PROPOSER_CAS | number};
    avo_proposer_follow(&proposer, view, 0);
    return proposer;
}

static void prepare_at(struct avo_proposer *proposer, struct avo_acceptor *acceptor, uint8_t slot) {
    if (avo_acceptor_prepare(acceptor, proposer->ballot)) {
        avo_proposer_on_promise(proposer, slot, proposer->ballot, acceptor->accepted,
                                avo_slice(acceptor->proposal, acceptor->length));
    } else {
        avo_proposer_on_nack(proposer, acceptor->promised);
    }
}

static void accept_at(struct avo_proposer *proposer, struct avo_acceptor *acceptor, uint8_t slot) {
    if (avo_acceptor_accept(acceptor, proposer->ballot, avo_slice(proposer->value, proposer->length))) {
        avo_proposer_on_accepted(proposer, slot, proposer->ballot);
    } else {
        avo_proposer_on_nack(proposer, acceptor->promised);
    }
}

static void expect_proposed(const struct avo_proposer *proposer, const char *value) {
    assert_true(avo_slice_equal(avo_slice(proposer->value, proposer->length), avo_slice_string(value)));
}

static void a_quorum_promises_and_accepts(void **state) {
    (void)state;
    struct avo_view view = view_make(3);
    struct avo_acceptor acceptors[3] = {0};
    struct avo_proposer proposer = proposer_make(1, &view);
    assert_true(avo_proposer_prepare(&proposer));
    prepare_at(&proposer, &acceptors[0], 0);
    prepare_at(&proposer, &acceptors[0], 0); /* once more is no second one */
    assert_int_equal(proposer.phase, AVO_PROPOSER_PREPARING);
    prepare_at(&proposer, &acceptors[2], 2);
    assert_int_equal(proposer.phase, AVO_PROPOSER_READY);
    avo_proposer_propose(&proposer, avo_slice_string("v"));
    accept_at(&proposer, &acceptors[1], 1);
    accept_at(&proposer, &acceptors[1], 1);
    assert_int_equal(proposer.phase, AVO_PROPOSER_ACCEPTING);
    accept_at(&proposer, &acceptors[0], 0);
    assert_int_equal(proposer.phase, AVO_PROPOSER_CHOSEN);
    expect_proposed(&proposer, "v");
    avo_proposer_on_nack(&proposer, (struct avo_ballot){9, 9});
    assert_int_equal(proposer.phase, AVO_PROPOSER_CHOSEN);
}

/* [V4] Only voters count. */
static void who_joins_is_no_acceptor(void **state) {
    (void)state;
    struct avo_view view = view_make(3);
    struct avo_acceptor acceptors[3] = {0};
    view.members[1].role = AVO_ROLE_JOINING;
    struct avo_proposer proposer = proposer_make(1, &view);
    assert_true(avo_proposer_prepare(&proposer));
    prepare_at(&proposer, &acceptors[0], 0);
    prepare_at(&proposer, &acceptors[1], 1);
    assert_int_equal(proposer.phase, AVO_PROPOSER_PREPARING);
    prepare_at(&proposer, &acceptors[2], 2);
    avo_proposer_propose(&proposer, avo_slice_string("v"));
    accept_at(&proposer, &acceptors[0], 0);
    accept_at(&proposer, &acceptors[1], 1);
    assert_int_equal(proposer.phase, AVO_PROPOSER_ACCEPTING);
}

/* The first one's proposal reached a minority; the second finds it, and proposes it instead of its own. */
static void what_is_found_is_proposed(void **state) {
    (void)state;
    struct avo_view view = view_make(3);
    struct avo_acceptor acceptors[3] = {0};
    struct avo_proposer first = proposer_make(1, &view), second = proposer_make(2, &view);
    assert_true(avo_proposer_prepare(&first));
    prepare_at(&first, &acceptors[0], 0);
    prepare_at(&first, &acceptors[1], 1);
    avo_proposer_propose(&first, avo_slice_string("first"));
    accept_at(&first, &acceptors[0], 0);
    assert_true(avo_proposer_prepare(&second));
    prepare_at(&second, &acceptors[0], 0);
    prepare_at(&second, &acceptors[2], 2);
    assert_int_equal(second.phase, AVO_PROPOSER_READY);
    avo_proposer_propose(&second, avo_slice_string("second"));
    expect_proposed(&second, "first");
    accept_at(&second, &acceptors[2], 2);
    accept_at(&second, &acceptors[1], 1);
    assert_int_equal(second.phase, AVO_PROPOSER_CHOSEN);
    accept_at(&first, &acceptors[1], 1); /* too late, and told so */
    assert_int_equal(first.phase, AVO_PROPOSER_IDLE);
    assert_true(avo_proposer_prepare(&first));
    assert_true(avo_ballot_compare(first.ballot, second.ballot) > 0);
}

/* Of several, that of the highest ballot: a lower one was given up. */
static void the_highest_that_is_found_is_proposed(void **state) {
    (void)state;
    struct avo_view view = view_make(3);
    struct avo_proposer proposer = proposer_make(1, &view);
    avo_proposer_on_nack(&proposer, (struct avo_ballot){8, 1});
    assert_true(avo_proposer_prepare(&proposer));
    assert_int_equal(proposer.ballot.round, 9);
    avo_proposer_on_promise(&proposer, 2, proposer.ballot, (struct avo_ballot){7, 1}, avo_slice_string("seven"));
    avo_proposer_on_promise(&proposer, 1, proposer.ballot, (struct avo_ballot){6, 9}, avo_slice_string("six"));
    avo_proposer_propose(&proposer, AVO_SLICE_EMPTY);
    expect_proposed(&proposer, "seven");
}

/* An answer to an earlier ballot counts for nothing. */
static void late_answers_are_ignored(void **state) {
    (void)state;
    struct avo_view view = view_make(1);
    struct avo_proposer proposer = proposer_make(1, &view);
    assert_true(avo_proposer_prepare(&proposer));
    struct avo_ballot old = proposer.ballot;
    avo_proposer_on_nack(&proposer, (struct avo_ballot){4, 1});
    assert_int_equal(proposer.phase, AVO_PROPOSER_IDLE);
    assert_true(avo_proposer_prepare(&proposer));
    avo_proposer_on_promise(&proposer, 0, old, (struct avo_ballot){0}, AVO_SLICE_EMPTY);
    assert_int_equal(proposer.phase, AVO_PROPOSER_PREPARING);
    avo_proposer_on_nack(&proposer, old);
    assert_int_equal(proposer.phase, AVO_PROPOSER_PREPARING);
    avo_proposer_on_promise(&proposer, 0, proposer.ballot, (struct avo_ballot){0}, AVO_SLICE_EMPTY);
    avo_proposer_propose(&proposer, avo_slice_string("v"));
    avo_proposer_on_accepted(&proposer, 0, old);
    assert_int_equal(proposer.phase, AVO_PROPOSER_ACCEPTING);
}

static void rounds_do_not_wrap(void **state) {
    (void)state;
    struct avo_view view = view_make(1);
    struct avo_proposer proposer = proposer_make(1, &view);
    avo_proposer_on_nack(&proposer, (struct avo_ballot){UINT32_MAX - 1, UINT64_MAX});
    assert_true(avo_proposer_prepare(&proposer));
    avo_proposer_on_nack(&proposer, (struct avo_ballot){UINT32_MAX, UINT64_MAX});
    assert_false(avo_proposer_prepare(&proposer));
    assert_int_equal(proposer.phase, AVO_PROPOSER_IDLE);
}

/* Three proposers take steps in any order, are forgotten and begin again; nothing is chosen twice. */
static void whatever_the_order_one_view_is_chosen(void **state) {
    (void)state;
    struct avo_view view = view_make(ACCEPTORS);
    struct avo_prng prng = avo_prng(SEED);
    unsigned chosen_runs = 0;
    printf("seed %d\n", SEED);
    for (int run = 0; run < 2000; run++) {
        struct avo_acceptor acceptors[ACCEPTORS] = {0};
        struct avo_proposer proposers[3];
        uint64_t numbers = 0;
        char chosen[8] = "";
        for (int i = 0; i < 3; i++) {
            proposers[i] = proposer_make(++numbers, &view);
        }
        for (int turn = 0; turn < 120; turn++) {
            struct avo_proposer *proposer = &proposers[avo_prng_below(&prng, 3)];
            uint8_t slot = (uint8_t)avo_prng_below(&prng, ACCEPTORS);
            char own[8];
            (void)snprintf(own, sizeof own, "p%u", (unsigned)(proposer->number & 0xff));
            if (avo_prng_below(&prng, 40) == 0) {
                *proposer = proposer_make(++numbers, &view);
            } else if (proposer->phase == AVO_PROPOSER_IDLE) {
                assert_true(avo_proposer_prepare(proposer));
            } else if (proposer->phase == AVO_PROPOSER_PREPARING) {
                prepare_at(proposer, &acceptors[slot], slot);
            } else if (proposer->phase == AVO_PROPOSER_READY) {
                avo_proposer_propose(proposer, avo_slice_string(own));
            } else if (proposer->phase == AVO_PROPOSER_ACCEPTING) {
                accept_at(proposer, &acceptors[slot], slot);
            }
            if (proposer->phase == AVO_PROPOSER_CHOSEN) {
                char value[8] = "";
                memcpy(value, proposer->value, proposer->length);
                assert_true(chosen[0] == '\0' || strcmp(chosen, value) == 0);
                memcpy(chosen, value, sizeof chosen);
            }
        }
        chosen_runs += chosen[0] != '\0';
    }
    assert_true(chosen_runs > 1000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_quorum_promises_and_accepts),
        cmocka_unit_test(who_joins_is_no_acceptor),
        cmocka_unit_test(what_is_found_is_proposed),
        cmocka_unit_test(the_highest_that_is_found_is_proposed),
        cmocka_unit_test(late_answers_are_ignored),
        cmocka_unit_test(rounds_do_not_wrap),
        cmocka_unit_test(whatever_the_order_one_view_is_chosen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
