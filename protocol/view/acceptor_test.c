/* What an acceptor promises and accepts [V7]. */
#include "protocol/testing.h"
#include "protocol/view/acceptor.h"
#include <setjmp.h>
#include <stdarg.h>
/* cmocka wants the two above. */
#include <cmocka.h>

#define A(round) ((struct avo_ballot){round, 1})
#define B(round) ((struct avo_ballot){round, 2})

static void a_promise_refuses_what_is_below_it(void **state) {
    (void)state;
    struct avo_acceptor acceptor = {0};
    assert_true(avo_acceptor_prepare(&acceptor, B(1)));
    assert_false(avo_acceptor_prepare(&acceptor, A(1)));
    assert_false(avo_acceptor_accept(&acceptor, A(1), avo_slice_string("a")));
    assert_int_equal(acceptor.accepted.round, 0);
    assert_int_equal(acceptor.promised.proposer, 2);
    assert_true(avo_acceptor_prepare(&acceptor, A(2)));
    assert_false(avo_acceptor_accept(&acceptor, B(1), avo_slice_string("b")));
    assert_true(avo_acceptor_prepare(&acceptor, A(2))); /* asked again */
}

/* A later ballot learns what was accepted; accepting is a promise too. */
static void what_was_accepted_stays_until_a_higher_ballot(void **state) {
    (void)state;
    struct avo_acceptor acceptor = {0};
    assert_true(avo_acceptor_accept(&acceptor, A(2), avo_slice_string("first")));
    assert_false(avo_acceptor_prepare(&acceptor, B(1)));
    assert_true(avo_acceptor_prepare(&acceptor, B(3)));
    assert_int_equal(acceptor.accepted.round, 2);
    assert_true(avo_slice_equal(avo_slice(acceptor.proposal, acceptor.length), avo_slice_string("first")));
    assert_false(avo_acceptor_accept(&acceptor, A(2), avo_slice_string("late")));
    assert_true(avo_acceptor_accept(&acceptor, B(3), avo_slice_string("2nd")));
    assert_true(avo_slice_equal(avo_slice(acceptor.proposal, acceptor.length), avo_slice_string("2nd")));
}

static void a_newer_configuration_forgets_and_an_older_one_does_not(void **state) {
    (void)state;
    struct avo_acceptor acceptor = {0};
    avo_acceptor_adopt(&acceptor, (struct avo_configuration){4, 7});
    assert_true(avo_acceptor_accept(&acceptor, A(2), avo_slice_string("x")));
    const struct avo_configuration same_or_older[] = {{4, 7}, {4, 6}, {3, 9}};
    for (size_t i = 0; i < AVO_COUNT(same_or_older); i++) {
        avo_acceptor_adopt(&acceptor, same_or_older[i]);
        assert_int_equal(acceptor.accepted.round, 2);
        assert_int_equal(acceptor.configuration.generation, 7);
    }
    avo_acceptor_adopt(&acceptor, (struct avo_configuration){4, 8});
    assert_int_equal(acceptor.accepted.round, 0);
    assert_int_equal(acceptor.promised.round, 0);
    assert_int_equal(acceptor.length, 0);
    assert_true(avo_acceptor_prepare(&acceptor, A(1)));
    avo_acceptor_adopt(&acceptor, (struct avo_configuration){5, 0});
    assert_int_equal(acceptor.promised.round, 0);
}

static void pairs_are_ordered_by_their_first_number(void **state) {
    (void)state;
    assert_true(avo_ballot_compare(A(2), B(1)) > 0);
    assert_true(avo_ballot_compare(A(1), B(1)) < 0);
    assert_int_equal(avo_ballot_compare(A(1), A(1)), 0);
    assert_true(avo_configuration_compare((struct avo_configuration){2, 0}, (struct avo_configuration){1, 9}) > 0);
    assert_true(avo_configuration_compare((struct avo_configuration){1, 1}, (struct avo_configuration){1, 2}) < 0);
    assert_int_equal(avo_configuration_compare((struct avo_configuration){1, 1}, (struct avo_configuration){1, 1}), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_promise_refuses_what_is_below_it),
        cmocka_unit_test(what_was_accepted_stays_until_a_higher_ballot),
        cmocka_unit_test(a_newer_configuration_forgets_and_an_older_one_does_not),
        cmocka_unit_test(pairs_are_ordered_by_their_first_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
