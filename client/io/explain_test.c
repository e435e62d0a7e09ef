/* The lines of avo_detail: what happened, to what, and what to do next where there is something to do. */
#include "client/io/explain.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
// clang-format off
#include <cmocka.h>
// clang-format on

static void every_end_is_told_in_its_line(void **state) {
    (void)state;
    const struct {
        struct avo_client_completion completion;
        const char *line;
    } ends[] = {
        {{.call = AVO_CLIENT_GET, .status = AVO_ENOTFOUND}, "get \"k\": the key is absent"},
        {{.call = AVO_CLIENT_GET, .status = AVO_EQUORUM, .answered = 1, .needed = 2, .members = 3},
         "get \"k\": no majority of replicas answered in time (1 of 3 replicas answered, 2 needed, 1 missing); "
         "see which replicas are down with `avocado status`, then try again"},
        {{.call = AVO_CLIENT_PUT, .status = AVO_EDENIED},
         "put \"k\": not allowed by the policy; ask the cluster's owner for the right to do it"},
        {{.call = AVO_CLIENT_PUT, .status = AVO_ETIMEOUT, .hint = AVO_EDENIED, .needed = 2, .members = 3},
         "put \"k\": nobody answered in time, but for refusals that nobody signed: the profile may be of another cluster than runs "
         "there; get a new one from the cluster's owner, or look for forged packets"},
        {{.call = AVO_CLIENT_DELETE, .status = AVO_EBUSY}, "del \"k\": a bounded resource is in use; try again"},
    };
    for (size_t i = 0; i < AVO_COUNT(ends); i++) {
        struct avo_why why;
        avo_explain(&why, &ends[i].completion, avo_slice_string("k"));
        assert_string_equal(why.text, ends[i].line);
    }
}

static void a_key_is_shown_short_and_printable(void **state) {
    (void)state;
    char text[AVO_KEY_TEXT_BYTES];
    avo_explain_key(text, avo_slice("a\nb\0\xff", 5));
    assert_string_equal(text, "\"a?b??\"");
    avo_explain_key(text, avo_slice_string("0123456789012345678901234567890123456789"));
    assert_string_equal(text, "\"012345678901234567890123...\"");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_end_is_told_in_its_line),
        cmocka_unit_test(a_key_is_shown_short_and_printable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
