/* Every status that an enclave may end with says what it was, and whether another start may do better. */
#include "base/testing.h"
#include "boundary/ending.h"

static void each_ending_has_a_text_and_a_verdict(void **state) {
    (void)state;
    static const char unknown[] = "see its lines above";
    static const struct {
        int status;
        bool final;
        const char *text;
    } cases[] = {
        {AVO_ENDING_USAGE, true, unknown},
        {AVO_ENDING_LAUNCH, true, "its launch or region is not what it must be"},
        {AVO_ENDING_MEMORY, true, "too little memory"},
        {AVO_ENDING_REFUSED, true, "it was refused by the CAS"},
        {AVO_ENDING_CAS_KEY, true, "the CAS does not hold the key of --cas-key"},
        {AVO_ENDING_HOST_GONE, false, "it saw its host end"},
        {AVO_ENDING_SANDBOX, true, "the kernel would not lock it in"},
        {AVO_ENDING_LAS, true, "the LAS would not vouch for it"},
        {AVO_ENDING_MACHINE, true, "its CPU or its host failed it"},
        {AVO_ENDING_LEFT, true, "it left the cluster"},
        {0, false, unknown},
        {1, false, unknown},
        {9, false, unknown},
        {19, false, unknown},
        {127, false, unknown},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_string_equal(avo_ending_text(cases[i].status), cases[i].text);
        assert_int_equal(avo_ending_is_final(cases[i].status), cases[i].final);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_ending_has_a_text_and_a_verdict)};
    return cmocka_run_group_tests_name("boundary/ending", tests, NULL, NULL);
}
