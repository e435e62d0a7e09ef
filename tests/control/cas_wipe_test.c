/* What a CAS hands to a member leaves no copy on its stack. */
#include "base/testing_stack.h"
#include "cas/state.h"
#include "tests/control/cas_scenario_test.h"

enum { N0 = 3 }; /* its connection */

static void send_joined(void *context) {
    avo_cas_effects_begin(context);
    avo_cas_send_joined(context, N0);
}

static void the_secret_of_the_cluster_is_not_left_behind(void **state) {
    (void)state;
    struct cas_scenario *s = begin_formed();
    struct avo_cas *cas = cas_scenario_cas(s);
    testing_stack_run(send_joined, cas);
    assert_false(testing_is_zero(cas->cluster_secret, sizeof cas->cluster_secret));
    assert_false(testing_stack_has(cas->cluster_secret, sizeof cas->cluster_secret));
    cas_scenario_destroy(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_secret_of_the_cluster_is_not_left_behind)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
