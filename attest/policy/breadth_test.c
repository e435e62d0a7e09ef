/* Policies that would accept nearly anything by what they leave out, and the words that say it is meant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "attest/policy/policy.h"
#include <stdio.h>
#include <string.h>

#define H16 "0123456789abcdef0123456789abcdef"
#define H16B "ff23456789abcdef0123456789abcdef"
#define H32 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define H32B "abaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define H48 H32 "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define H48B H32B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define ZERO32 "0000000000000000000000000000000000000000000000000000000000000000"
#define ZERO48 ZERO32 "00000000000000000000000000000000"
#define CLUSTER "\"cluster\": {\"nodes\": 3, \"workers\": 1}"
#define ANY_FIRMWARE "\"snp\": {\"minimum_tcb\": {}}"
#define NODE(rule) "{\"version\": 1, " CLUSTER ", " ANY_FIRMWARE ", \"roles\": {\"node\": {\"accept\": [\n" rule "]}}}"
#define TWO(node, cas)                                                                                                             \
    "{\"version\": 1, " CLUSTER ", " ANY_FIRMWARE ", \"roles\": {\"node\": {\"accept\": [\n" node                                  \
    "]},\n\"cas\": {\"accept\": [\n" cas "]}}}"
#define TD "\"tee\": \"tdx\", \"measurement\": \"" H48 "\""
#define SNP_KEY "\"tee\": \"snp\", \"signer\": \"" H48 "\", \"minimum_svn\": 1"
#define SGX_KEY "\"tee\": \"sgx\", \"signer\": \"" H32 "\", \"minimum_svn\": 1"
#define SNP(settings)                                                                                                              \
    "{\"version\": 1, " CLUSTER ", \"roles\": {\"node\": {\"accept\": [{\"tee\": \"snp\", \"measurement\": \"" H48 "\"}]}},\n"     \
    "\"snp\": {" settings "}}"

static struct avo_policy policy;
static struct avo_reason reason;

struct document {
    const char *text;
    const char *reason; /* starts so; NULL: taken */
};

static void check(const struct document *documents, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const char *expected = documents[i].reason;
        enum avo_error error = avo_policy_parse(avo_slice_string(documents[i].text), "p.json", &policy, &reason);
        printf("    %s\n", error == AVO_OK ? "taken" : reason.text);
        assert_int_equal(error, expected == NULL ? AVO_OK : AVO_EINVAL);
        assert_true(expected == NULL || strncmp(reason.text, expected, strlen(expected)) == 0);
    }
}

static void a_td_names_its_kernel_and_command_line(void **state) {
    (void)state;
    static const char refused[] =
        "p.json:2: roles.node.accept[0]: without rtmr1 and rtmr2 it accepts any kernel, initrd and command";
    static const struct document documents[] = {
        {NODE("{" TD "}"), refused},
        {NODE("{" TD ", \"rtmr1\": \"" H48 "\"}"), refused},
        {NODE("{" TD ", \"rtmr2\": \"" H48 "\"}"), refused},
        {NODE("{" TD ", \"rtmr0\": \"any\", \"rtmr1\": \"any\", \"rtmr3\": \"any\"}"), refused},
        {NODE("{" TD ", \"rtmr1\": \"" H48 "\", \"rtmr2\": \"" H48 "\"}"), NULL},
        {NODE("{" TD ", \"rtmr1\": \"any\", \"rtmr2\": \"" H48 "\"}"), NULL},
        {NODE("{" TD ", \"rtmr1\": \"any\", \"rtmr2\": \"any\"}"), NULL},
        {TWO("{\"tee\": \"sgx\", \"measurement\": \"" H32 "\"},\n{" TD "}", "{\"tee\": \"sgx\", \"measurement\": \"" H32 "\"}"),
         "p.json:3: roles.node.accept[1]: without rtmr1"},
        {"{\"version\": 1, \"roles\": {\"node\": {\"accept\": [{" TD "}]}}}", NULL}, /* to look at evidence */
    };
    check(documents, AVO_COUNT(documents));
    assert_false(policy.role[AVO_ATTESTED_ROLE_NODE].rule[0].rtmr[1].any);
}

static void a_signer_of_zeros_is_nobody(void **state) {
    (void)state;
    static const char refused[] = "p.json:2: roles.node.accept[0].signer: is zero, as for everything that nobody signed";
    static const struct document documents[] = {
        {NODE("{\"tee\": \"snp\", \"signer\": \"" ZERO48 "\", \"minimum_svn\": 1}"), refused},
        {NODE("{\"tee\": \"snp\", \"signer\": \"" ZERO48 "\", \"measurement\": \"" H48 "\"}"), refused},
        {NODE("{\"tee\": \"sgx\", \"signer\": \"" ZERO32 "\", \"product\": 1, \"minimum_svn\": 1}"), refused},
        {NODE("{\"tee\": \"snp\", \"signer\": \"none\", \"minimum_svn\": 1}"),
         "p.json:2: roles.node.accept[0]: the signer \"none\" is for snp, and needs a measurement"},
        {NODE("{\"tee\": \"sgx\", \"signer\": \"none\", \"measurement\": \"" H32 "\"}"),
         "p.json:2: roles.node.accept[0]: the signer \"none\" is for snp, and needs a measurement"},
        {NODE("{\"tee\": \"snp\", \"signer\": \"none\", \"measurement\": \"" H48 "\"}"), NULL},
    };
    check(documents, AVO_COUNT(documents));
    assert_true(policy.role[AVO_ATTESTED_ROLE_NODE].rule[0].signer.given);
}

static void one_key_does_not_sign_for_two_roles(void **state) {
    (void)state;
    static const char snp[] =
        "p.json:2: roles.node.accept[0]: its signer also signs for role cas (line 4), and nothing tells the two "
        "apart: give each its own family_id or image_id";
    static const char sgx[] =
        "p.json:2: roles.node.accept[0]: its signer also signs for role cas (line 4), and nothing tells the two "
        "apart: give each its own product";
    static const struct document documents[] = {
        {TWO("{" SNP_KEY "}", "{" SNP_KEY "}"), snp},
        {TWO("{" SNP_KEY ", \"family_id\": \"" H16 "\"}", "{" SNP_KEY "}"), snp},
        {TWO("{" SNP_KEY ", \"family_id\": \"" H16 "\"}", "{" SNP_KEY ", \"image_id\": \"" H16 "\"}"), snp},
        {TWO("{" SNP_KEY ", \"family_id\": \"" H16 "\"}", "{" SNP_KEY ", \"family_id\": \"" H16 "\"}"), snp},
        {TWO("{" SNP_KEY ", \"any_role\": true}", "{" SNP_KEY "}"), snp},
        {TWO("{" SNP_KEY "}", "{" SNP_KEY ", \"any_role\": true}"), snp},
        {TWO("{" SNP_KEY ", \"measurement\": \"" H48 "\"}", "{" SNP_KEY "}"), snp},
        {TWO("{" SNP_KEY "}", "{" SNP_KEY ", \"measurement\": \"" H48 "\"}"), snp},
        {TWO("{" SGX_KEY ", \"product\": 1}", "{" SGX_KEY ", \"product\": 1}"), sgx},
        {TWO("{" SNP_KEY ", \"family_id\": \"" H16 "\"}", "{" SNP_KEY ", \"family_id\": \"" H16B "\"}"), NULL},
        {TWO("{" SNP_KEY ", \"image_id\": \"" H16 "\"}", "{" SNP_KEY ", \"image_id\": \"" H16B "\"}"), NULL},
        {TWO("{" SNP_KEY ", \"host_data\": \"" H32 "\"}", "{" SNP_KEY ", \"host_data\": \"" H32B "\"}"), snp},
        {TWO("{" SNP_KEY ", \"any_role\": true}", "{" SNP_KEY ", \"any_role\": true}"), NULL},
        {TWO("{" SNP_KEY ", \"measurement\": \"" H48 "\"}", "{" SNP_KEY ", \"measurement\": \"" H48 "\"}"), NULL},
        {TWO("{" SNP_KEY ", \"measurement\": \"" H48 "\"}", "{" SNP_KEY ", \"measurement\": \"" H48B "\"}"), NULL},
        {TWO("{" SNP_KEY "}", "{\"tee\": \"snp\", \"signer\": \"" H48B "\", \"minimum_svn\": 1}"), NULL},
        {TWO("{" SGX_KEY ", \"product\": 1}", "{" SGX_KEY ", \"product\": 2}"), NULL},
        {TWO("{" SGX_KEY ", \"product\": 1, \"config_id\": \"" H32 H32 "\"}",
             "{" SGX_KEY ", \"product\": 1, \"config_id\": \"" H32 H32B "\"}"),
         sgx},
        {TWO("{" SNP_KEY "},\n{" SNP_KEY "}", "{\"tee\": \"snp\", \"measurement\": \"" H48 "\"}"), NULL}, /* one role twice */
        {NODE("{\"tee\": \"snp\", \"measurement\": \"" H48 "\", \"any_role\": true}"),
         "p.json:2: roles.node.accept[0]: any_role is about a signer"},
        {"{\"version\": 1, \"roles\": {\"node\": {\"accept\": [{" SNP_KEY "}]}, \"cas\": {\"accept\": [{" SNP_KEY "}]}}}", NULL},
    };
    check(documents, AVO_COUNT(documents));
}

/* Said of the rule that accepts the platforms: without it the setting would be of no account. */
static void firmware_has_a_floor_or_needs_none_in_as_many_words(void **state) {
    (void)state;
    static const char refused[] = "p.json:1: roles.node.accept[0]: without snp.minimum_tcb it accepts AMD firmware of any age";
    static const struct document documents[] = {
        {SNP("\"vmpl\": 0"), refused},
        {SNP("\"Genoa\": {\"minimum_tcb\": {\"snp\": 4}}"), refused}, /* Turin is accepted, too */
        {SNP("\"Genoa\": {\"minimum_tcb\": {\"snp\": 4}}, \"products\": [\"Genoa\"]"), NULL},
        {SNP("\"Genoa\": {\"minimum_tcb\": {\"snp\": 4}}, \"Turin\": {\"minimum_tcb\": {}}"), NULL},
        {SNP("\"minimum_tcb\": {}"), NULL},
        {"{\"version\": 1, " CLUSTER ", \"roles\": {\"node\": {\"accept\": [{\"tee\": \"sgx\", \"measurement\": \"" H32 "\"}]}}}",
         NULL},
        {"{\"version\": 1, \"roles\": {\"node\": {\"accept\": [{" SNP_KEY "}]}}}", NULL}, /* to look at evidence */
    };
    check(documents, AVO_COUNT(documents));
}

static void floors_hold_per_product(void **state) {
    (void)state;
    static const char refused[] = "p.json:2: snp.minimum_tcb: one floor does not fit several products";
    static const struct document documents[] = {
        {SNP("\"minimum_tcb\": {\"snp\": 4}"), refused}, /* Genoa and Turin by default */
        {SNP("\"products\": [\"Milan\", \"Genoa\"], \"minimum_tcb\": {\"snp\": 4}"), refused},
        {SNP("\"products\": [\"Milan\", \"Genoa\", \"Turin\"], \"minimum_tcb\": {\"snp\": 4}, \"Turin\": {\"minimum_tcb\": {}}"),
         refused},
        {SNP("\"products\": [\"Turin\"], \"minimum_tcb\": {\"snp\": 4}"), NULL},
        {SNP("\"minimum_tcb\": {\"snp\": 4}, \"Turin\": {\"minimum_tcb\": {\"fmc\": 1, \"snp\": 3}}"), NULL},
        {SNP("\"Genoa\": {\"minimum_tcb\": {\"snp\": 20}, \"allow_smt\": false}, \"allow_smt\": true, \"vmpl\": 2, "
             "\"Turin\": {\"minimum_tcb\": {\"fmc\": 1}, \"vmpl\": 1}"),
         NULL},
    };
    check(documents, AVO_COUNT(documents));
    const struct avo_policy_snp_product *genoa = &policy.snp.of[AVO_SNP_GENOA];
    const struct avo_policy_snp_product *turin = &policy.snp.of[AVO_SNP_TURIN];
    assert_false(genoa->allow_smt);
    assert_true(turin->allow_smt);
    assert_int_equal(genoa->minimum_tcb[2], 20);
    assert_int_equal(genoa->minimum_tcb[4], 0);
    assert_int_equal(turin->minimum_tcb[2], 0);
    assert_int_equal(turin->minimum_tcb[4], 1);
    assert_int_equal(genoa->vmpl, 2);
    assert_int_equal(turin->vmpl, 1);
    assert_true(turin->require_crl);
    assert_true(policy.snp.of[AVO_SNP_MILAN].allow_smt);
    assert_false(policy.snp.of[AVO_SNP_MILAN].has_minimum_tcb);
}

static void what_is_under_a_product_is_held_to_the_same(void **state) {
    (void)state;
    static const struct {
        const char *text;
        const char *reason;
    } bad[] = {{SNP("\"Genoa\": {\"products\": [\"Genoa\"]}"), "p.json:2: snp.Genoa.products: unknown key"},
               {SNP("\"Genoa\": {\"Turin\": {}}"), "p.json:2: snp.Genoa.Turin: unknown key"},
               {SNP("\"Rome\": {}"), "p.json:2: snp.Rome: unknown key"},
               {SNP("\"Turin\": 7"), "p.json:2: snp.Turin: must be an object"},
               {SNP("\"Turin\":\n{\"vmpl\": 4}"), "p.json:3: snp.Turin.vmpl: must be a whole number from 0 to 3"}};
    for (size_t i = 0; i < AVO_COUNT(bad); i++) {
        assert_int_equal(avo_policy_parse(avo_slice_string(bad[i].text), "p.json", &policy, &reason), AVO_EFORMAT);
        printf("    %s\n", reason.text);
        assert_string_equal(reason.text, bad[i].reason);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_td_names_its_kernel_and_command_line),
        cmocka_unit_test(a_signer_of_zeros_is_nobody),
        cmocka_unit_test(one_key_does_not_sign_for_two_roles),
        cmocka_unit_test(floors_hold_per_product),
        cmocka_unit_test(what_is_under_a_product_is_held_to_the_same),
        cmocka_unit_test(firmware_has_a_floor_or_needs_none_in_as_many_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
