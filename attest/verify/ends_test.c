/* The first end of collateral and of evidence, whichever piece it is. */
#include "attest/testing/scene.h"
#include "attest/verify/ends.h"
#include "attest/verify/parse.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define YEARS_20 (20 * 365 * TEST_DAY) /* of certificates */

static struct test_scene scene;

static void the_first_piece_of_collateral_decides(void **state) {
    (void)state;
    struct avo_sim_collateral made;
    assert_true(test_scene_sgx(&scene));
    assert_int_equal(avo_sim_collateral_make(scene.platform, &scene.statement, &made), AVO_OK);
    struct avo_collateral piece = made.view;
    int64_t all_s = avo_collateral_ends(&piece);
    assert_int_equal(all_s, scene.statement.issue_unix_s + AVO_SIM_COLLATERAL_DAYS * TEST_DAY);
    piece.root_crl = piece.pck_crl = AVO_SLICE_EMPTY;
    assert_int_equal(avo_collateral_ends(&piece), all_s); /* the documents alone */
    piece.tcb_info = AVO_SLICE_EMPTY;
    assert_int_equal(avo_collateral_ends(&piece), all_s);
    piece.qe_identity = AVO_SLICE_EMPTY;
    assert_int_equal(avo_collateral_ends(&piece), TEST_NOW + YEARS_20); /* the certificates are left */
    piece.root_crl = made.view.root_crl;
    assert_int_equal(avo_collateral_ends(&piece), all_s);
    const struct avo_collateral nothing = {0};
    assert_int_equal(avo_collateral_ends(&nothing), 0);
    avo_sim_collateral_free(&made);
    test_scene_close(&scene);
}

static void evidence_ends_with_its_certificates(void **state) {
    (void)state;
    struct avo_evidence evidence;
    struct avo_reason reason;
    assert_true(test_scene_sgx(&scene));
    assert_int_equal(avo_evidence_parse(avo_slice(scene.evidence, scene.evidence_length), &evidence, &reason), AVO_OK);
    assert_int_equal(avo_evidence_ends(&evidence), TEST_NOW + YEARS_20);
    test_scene_close(&scene);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_first_piece_of_collateral_decides),
                                       cmocka_unit_test(evidence_ends_with_its_certificates)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
