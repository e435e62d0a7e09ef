/* What every test of the verifiers asks; to be included after cmocka.h. */
#ifndef AVO_ATTEST_TESTING_CHECKS_H
#define AVO_ATTEST_TESTING_CHECKS_H

#include "attest/testing/scene.h"
#include <stdio.h>
#include <string.h>

/* Refused, with this phrase in the reason; the reason is printed, so that the log reads as a list of refusals. */
static inline void test_refused_for(const struct test_scene *scene, const char *phrase) {
    printf("    %s\n", scene->result.reason.text);
    assert_false(scene->result.accepted);
    assert_int_not_equal(scene->result.error, AVO_OK);
    assert_non_null(strstr(scene->result.reason.text, phrase));
}

static inline void test_accepted(const struct test_scene *scene) {
    printf("    %s\n", scene->result.reason.text);
    assert_true(scene->result.valid);
    assert_true(scene->result.accepted);
    assert_int_equal(scene->result.error, AVO_OK);
}

#endif
