/* The policy document: what it may say, and that everything else is refused with file, line and reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "attest/policy/policy.h"
#include "attest/policy/reader.h"
#include "attest/sim/platform.h"
#include <stdio.h>
#include <string.h>

#define H32 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define H48 H32 "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define RULE "{\"tee\": \"sgx\", \"measurement\": \"" H32 "\"}"
#define ROLES "\"roles\": {\"node\": {\"accept\": [" RULE "]}}"

static struct avo_policy policy;
static struct avo_reason reason;

static enum avo_error parse(const char *text) {
    enum avo_error error = avo_policy_parse(avo_slice_string(text), "p.json", &policy, &reason);
    if (error != AVO_OK) {
        printf("    %s\n", reason.text);
    }
    return error;
}

static const char full[] =
    "{\n"
    "  \"version\": 1,\n"
    "  \"cluster\": {\"name\": \"demo\", \"nodes\": 3, \"workers\": 2, \"value_bytes_max\": 65536, \"mtu\": 1400},\n"
    "  \"owner\": \"" H32 "\",\n"
    "  \"users\": [{\"name\": \"alice\", \"public_key\": \"" H32 "\", \"rights\": [\"read\", \"admin\"]}],\n"
    "  \"debug\": false,\n"
    "  \"allow_simulated_root\": false,\n"
    "  \"minimum_tcb_evaluation_number\": 17,\n"
    "  \"tcb_statuses\": [\"UpToDate\", \"SWHardeningNeeded\"],\n"
    "  \"advisories\": [\"INTEL-SA-00615\"],\n"
    "  \"chips\": [\"00112233445566778899aabbccddeeff\"],\n"
    "  \"sgx\": {\"allow_smt\": false, \"allow_dynamic_platform\": false, \"allow_cet\": true, \"xfrm_allowed\": "
    "\"00000000000000e7\"},\n"
    "  \"tdx\": {\"require_sept_ve_disable\": false, \"allow_perfmon\": true, \"allow_lass\": true, \"allow_smt\": false, "
    "\"allow_dynamic_platform\": false, \"xfam_allowed\": \"00000000000602e7\"},\n"
    "  \"snp\": {\"products\": [\"Milan\"], \"vmpl\": 1, \"minimum_tcb\": {\"snp\": 20, \"microcode\": 209}, "
    "\"minimum_abi_minor\": 31},\n"
    "  \"roles\": {\n"
    "    \"node\": {\"accept\": [\n"
    "      " RULE ",\n"
    "      {\"tee\": \"sgx\", \"signer\": \"" H32 "\", \"product\": 3, \"minimum_svn\": 2},\n"
    "      {\"tee\": \"tdx\", \"measurement\": \"" H48 "\", \"rtmr1\": \"" H48 "\", \"rtmr2\": \"any\"},\n"
    "      {\"tee\": \"snp\", \"measurement\": \"" H48 "\", \"host_data\": \"" H32 "\"}]},\n"
    "    \"cas\": {\"accept\": [" RULE "]}\n"
    "  }\n"
    "}\n";

static void reads_every_field(void **state) {
    (void)state;
    assert_int_equal(parse(full), AVO_OK);
    assert_string_equal(policy.cluster.name, "demo");
    assert_int_equal(policy.cluster.nodes, 3);
    assert_int_equal(policy.cluster.workers, 2);
    assert_int_equal(policy.cluster.value_bytes_max, 65536);
    assert_int_equal(policy.cluster.mtu, 1400);
    assert_true(policy.has_owner);
    assert_int_equal(policy.owner[0], 0xAA);
    assert_int_equal(policy.user_count, 1);
    assert_string_equal(policy.user[0].name, "alice");
    assert_int_equal(policy.user[0].rights, AVO_RIGHT_READ | AVO_RIGHT_ADMIN);
    assert_int_equal(policy.tcb_statuses, 1u << AVO_TCB_UP_TO_DATE | 1u << AVO_TCB_SW_HARDENING_NEEDED);
    assert_string_equal(policy.advisory[0], "INTEL-SA-00615");
    assert_int_equal(policy.chip[0].length, 16);
    assert_int_equal(policy.chip[0].bytes[15], 0xFF);
    assert_false(policy.sgx.allow_smt);
    assert_true(policy.sgx.allow_cet);
    assert_true(policy.tdx.allow_lass && policy.tdx.allow_perfmon);
    assert_false(policy.tdx.allow_smt || policy.tdx.allow_dynamic_platform);
    assert_int_equal(policy.sgx.xfrm_allowed, 0xE7);
    assert_int_equal(policy.tdx.xfam_allowed, 0x602E7);
    assert_int_equal(policy.snp.products, 1u << AVO_SNP_MILAN);
    assert_int_equal(policy.snp.of[AVO_SNP_MILAN].minimum_tcb[2], 20);
    assert_int_equal(policy.snp.of[AVO_SNP_MILAN].minimum_tcb[3], 209);
    assert_int_equal(policy.snp.of[AVO_SNP_MILAN].vmpl, 1);
    assert_int_equal(policy.minimum_tcb_evaluation_number, 17);
}

static void keeps_the_line_of_each_rule(void **state) {
    (void)state;
    assert_int_equal(parse(full), AVO_OK);
    assert_int_equal(policy.role[AVO_ATTESTED_ROLE_NODE].rule_count, 4);
    assert_int_equal(policy.role[AVO_ATTESTED_ROLE_NODE].rule[0].line, 17);
    assert_int_equal(policy.role[AVO_ATTESTED_ROLE_NODE].rule[1].line, 18);
    assert_int_equal(policy.role[AVO_ATTESTED_ROLE_NODE].rule[1].product, 3);
    assert_int_equal(policy.role[AVO_ATTESTED_ROLE_NODE].rule[2].rtmr[1].bytes[47], 0xBB);
    assert_int_equal(policy.role[AVO_ATTESTED_ROLE_CAS].rule[0].line, 21);
    assert_int_equal(policy.role[AVO_ATTESTED_ROLE_LAS].rule_count, 0);
}

struct refusal {
    const char *text;
    enum avo_error error;
    const char *reason; /* starts so */
};

static const struct refusal refusals[] = {
    {"{\"version\": 1,\n \"roles\": }", AVO_EFORMAT, "p.json:2: "},
    {"{\"version\": 1, \"version\": 1, " ROLES "}", AVO_EFORMAT, "p.json:1: duplicate"},
    {"[]", AVO_EFORMAT, "p.json:1: must be an object"},
    {"{" ROLES "}", AVO_EFORMAT, "p.json:1: the key \"version\" is missing"},
    {"{\"version\": 2, " ROLES "}", AVO_EFORMAT, "p.json:1: version: must be 1"},
    {"{\"version\": 1}", AVO_EFORMAT, "p.json:1: the key \"roles\" is missing"},
    {"{\"version\": 1,\n" ROLES ",\n\"rolls\": {}}", AVO_EFORMAT, "p.json:3: rolls: unknown key"},
    {"{\"version\": 1,\n\"debug\": true,\n" ROLES "}", AVO_EINVAL, "p.json:2: debug: a debug enclave is never accepted"},
    {"{\"version\": 1,\n\"owner\": 7,\n" ROLES "}", AVO_EFORMAT, "p.json:2: owner: must be"},
    {"{\"version\": 1,\n\"allow_simulated_root\": \"yes\",\n" ROLES "}", AVO_EFORMAT,
     "p.json:2: allow_simulated_root: must be true or"},
    {"{\"version\": 1,\n\"allow_simulated_root\": true,\n" ROLES "}", AVO_EINVAL, "p.json:2: allow_simulated_root: is true, but"},
    {"{\"version\": 1,\n\"simulated_root\": \"x\",\n" ROLES "}", AVO_EINVAL, "p.json:2: simulated_root: is not one self-issued"},
    {"{\"version\": 1,\n\"minimum_tcb_evaluation_number\": -1,\n" ROLES "}", AVO_EFORMAT,
     "p.json:2: minimum_tcb_evaluation_number: must be a whole"},
    {"{\"version\": 1,\n\"tcb_statuses\": [],\n" ROLES "}", AVO_EINVAL, "p.json:2: tcb_statuses: must be a list of 1"},
    {"{\"version\": 1,\n\"tcb_statuses\": [\"UpToDate\",\n\"Fine\"],\n" ROLES "}", AVO_EFORMAT,
     "p.json:3: tcb_statuses[1]: is not a TCB status"},
    {"{\"version\": 1,\n\"tcb_statuses\": [\"Revoked\"],\n" ROLES "}", AVO_EINVAL, "p.json:2: tcb_statuses[0]: Revoked is never"},
    {"{\"version\": 1,\n\"tcb_statuses\": [\"NotRated\"],\n" ROLES "}", AVO_EFORMAT,
     "p.json:2: tcb_statuses[0]: is not a TCB status"},
    {"{\"version\": 1,\n\"chips\": [\"00\"],\n" ROLES "}", AVO_EFORMAT, "p.json:2: chips[0]: must be"},
    {"{\"version\": 1,\n\"snp\": {\"products\": [\"Rome\"]},\n" ROLES "}", AVO_EFORMAT, "p.json:2: snp.products[0]: must be"},
    {"{\"version\": 1,\n\"snp\": {\n\"vmpl\": 4},\n" ROLES "}", AVO_EFORMAT,
     "p.json:3: snp.vmpl: must be a whole number from 0 to 3"},
    {"{\"version\": 1,\n\"sgx\": {\"xfrm_allowed\": \"e7\"},\n" ROLES "}", AVO_EFORMAT,
     "p.json:2: sgx.xfrm_allowed: must be a string of 16"},
    {"{\"version\": 1,\n\"cluster\": {\"nodes\": 0, \"workers\": 1},\n" ROLES "}", AVO_EFORMAT, "p.json:2: cluster.nodes: must be"},
    {"{\"version\": 1,\n\"cluster\": {\"nodes\": 3},\n" ROLES "}", AVO_EFORMAT,
     "p.json:2: cluster: the key \"workers\" is missing"},
    {"{\"version\": 1,\n\"users\": [{\"name\": \"a\", \"public_key\": \"" H32 "\", \"rights\": [\"root\"]}],\n" ROLES "}",
     AVO_EFORMAT, "p.json:2: users[0].rights[0]: must be"},
    {"{\"version\": 1,\n\"users\": [{\"name\": \"a\", \"public_key\": \"" H32 "\", \"rights\": [\"read\"]},\n"
     "{\"name\": \"b\", \"public_key\": \"" H32 "\", \"rights\": [\"read\"]}],\n" ROLES "}",
     AVO_EINVAL, "p.json:3: users[1]: has the name or the key"},
    {"{\"version\": 1,\n\"users\": [{\"name\": \"a\\n  simulated root: no\", \"public_key\": \"" H32 "\", \"rights\": "
     "[\"read\"]}],\n" ROLES "}",
     AVO_EFORMAT, "p.json:2: users[0].name: must be of printable ASCII"},
    {"{\"version\": 1,\n\"cluster\": {\"name\": \"\\u001b[2J\", \"nodes\": 3, \"workers\": 1},\n" ROLES "}", AVO_EFORMAT,
     "p.json:2: cluster.name: must be of printable ASCII"},
    {"{\"version\": 1,\n\"cluster\": {\"name\": \"\\u009b2J\", \"nodes\": 3, \"workers\": 1},\n" ROLES "}", AVO_EFORMAT,
     "p.json:2: cluster.name: must be of printable ASCII"},
    {"{\"version\": 1,\n\"roles\": {}}", AVO_EINVAL, "p.json:2: roles: no role accepts anything"},
    {"{\"version\": 1,\n\"roles\": {\"node\": {\"accept\": []}}}", AVO_EINVAL, "p.json:2: roles.node.accept: must be a list of 1"},
    {"{\"version\": 1,\n\"roles\": {\"node\": {\"accept\": [\n{\"tee\": \"sgx\"}]}}}", AVO_EINVAL,
     "p.json:3: roles.node.accept[0]: names neither"},
    {"{\"version\": 1,\n\"roles\": {\"node\": {\"accept\": [\n" RULE ",\n{\"tee\": \"sev\"}]}}}", AVO_EFORMAT,
     "p.json:4: roles.node.accept[1].tee: must be"},
    {"{\"version\": 1,\n\"roles\": {\"node\": {\"accept\": [\n{\"tee\": \"tdx\",\n\"measurement\": \"" H32 "\"}]}}}", AVO_EFORMAT,
     "p.json:4: roles.node.accept[0].measurement: must be a string of 96"},
    {"{\"version\": 1,\n\"roles\": {\"node\": {\"accept\": [\n{\"tee\": \"sgx\", \"signer\": \"" H32 "\"}]}}}", AVO_EINVAL,
     "p.json:3: roles.node.accept[0]: a signer needs minimum_svn"},
    {"{\"version\": 1,\n\"roles\": {\"node\": {\"accept\": [\n{\"tee\": \"tdx\", \"measurement\": \"" H48
     "\", \"minimum_svn\": 1}]}}}",
     AVO_EINVAL, "p.json:3: roles.node.accept[0]: a TD has no signer"},
    {"{\"version\": 1,\n\"roles\": {\"node\": {\"accept\": [\n{\"tee\": \"sgx\", \"measurement\": \"" H32 "\",\n\"rtmr0\": \"" H48
     "\"}]}}}",
     AVO_EFORMAT, "p.json:4: roles.node.accept[0].rtmr0: does not exist for this tee"},
    {"{\"version\": 1,\n\"cluster\": {\"nodes\": 3, \"workers\": 1},\n\"roles\": {\"node\": {\"accept\": [{\"tee\": \"sgx\", "
     "\"measurement\": \"any\"}]}}}",
     AVO_EINVAL, "p.json:3: roles: \"any\" measurement"},
    {"{\"version\": 1,\n\"cluster\": {\"nodes\": 3, \"workers\": 1},\n\"roles\": {\"cas\": {\"accept\": [" RULE "]}}}", AVO_EINVAL,
     "p.json:3: roles: a cluster without a rule for \"node\""},
};

static void refuses_with_file_line_and_reason(void **state) {
    (void)state;
    for (size_t i = 0; i < AVO_COUNT(refusals); i++) {
        assert_int_equal(parse(refusals[i].text), refusals[i].error);
        assert_int_equal(strncmp(reason.text, refusals[i].reason, strlen(refusals[i].reason)), 0);
    }
}

static void reads_a_simulated_root(void **state) {
    (void)state;
    struct avo_sim_options options = avo_sim_options_default(1751328000);
    struct avo_sim_platform *platform = avo_sim_platform_create(&options);
    struct avo_roots roots;
    char pem[4096];
    char escaped[4096];
    char text[8192];
    assert_non_null(platform);
    assert_int_equal(avo_sim_root_pem(platform, pem, sizeof pem), AVO_OK);
    size_t at = 0;
    for (const char *c = pem; *c != '\0'; c++) {
        escaped[at++] = *c == '\n' ? '\\' : *c;
        if (*c == '\n') {
            escaped[at++] = 'n';
        }
    }
    escaped[at] = '\0';
    (void)snprintf(text, sizeof text, "{\"version\": 1, \"allow_simulated_root\": true, \"simulated_root\": \"%s\", " ROLES "}",
                   escaped);
    assert_int_equal(parse(text), AVO_OK);
    assert_string_equal(policy.simulated_root, pem);
    assert_int_equal(avo_policy_roots(&policy, &roots, &reason), AVO_OK);
    assert_int_equal(roots.count, 5);
    assert_int_equal(roots.root[4].origin, AVO_ROOT_SIMULATED);
    avo_sim_platform_free(platform);
}

static void defaults_are_strict(void **state) {
    (void)state;
    struct avo_policy production = avo_policy_default_production();
    assert_false(production.allow_simulated_root);
    assert_int_equal(production.tcb_statuses, 1u << AVO_TCB_UP_TO_DATE);
    assert_int_equal(production.snp.products, 1u << AVO_SNP_GENOA | 1u << AVO_SNP_TURIN);
    assert_int_equal(production.snp.of[AVO_SNP_GENOA].vmpl, 0);
    assert_true(production.tdx.require_sept_ve_disable);
    assert_true(production.snp.of[AVO_SNP_GENOA].require_crl);
    assert_int_equal(production.advisory_count, 0);
}

/* To look at evidence, a document need not ask for AMD's CRL; to run a cluster by, it does unless it says otherwise. */
static void a_clusters_policy_asks_for_amds_crl(void **state) {
    (void)state;
    static const char cluster[] = "\"cluster\": {\"nodes\": 3, \"workers\": 1}, ";
    char text[512];
    (void)snprintf(text, sizeof text, "{\"version\": 1, %s" ROLES "}", "");
    assert_int_equal(parse(text), AVO_OK);
    assert_false(policy.snp.of[AVO_SNP_MILAN].require_crl);
    (void)snprintf(text, sizeof text, "{\"version\": 1, %s" ROLES "}", cluster);
    assert_int_equal(parse(text), AVO_OK);
    assert_true(policy.snp.of[AVO_SNP_MILAN].require_crl);
    (void)snprintf(text, sizeof text, "{\"version\": 1, \"snp\": {\"require_crl\": false}, %s" ROLES "}", cluster);
    assert_int_equal(parse(text), AVO_OK);
    assert_false(policy.snp.of[AVO_SNP_MILAN].require_crl);
}

static void finds_lines(void **state) {
    (void)state;
    struct avo_slice text = avo_slice_string("{\n\"a\": [1,\n 2, {\"b\":\n \"x,\\\"y\"}],\n\"c\": {\"a\": 1,\n\"d\": 2}}");
    assert_int_equal(avo_json_line_of(text, ""), 1);
    assert_int_equal(avo_json_line_of(text, "a"), 2);
    assert_int_equal(avo_json_line_of(text, "a[0]"), 2);
    assert_int_equal(avo_json_line_of(text, "a[1]"), 3);
    assert_int_equal(avo_json_line_of(text, "a[2].b"), 3);
    assert_int_equal(avo_json_line_of(text, "c.a"), 5);
    assert_int_equal(avo_json_line_of(text, "c.d"), 6);
    assert_int_equal(avo_json_line_of(text, "e"), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_field),
        cmocka_unit_test(keeps_the_line_of_each_rule),
        cmocka_unit_test(refuses_with_file_line_and_reason),
        cmocka_unit_test(reads_a_simulated_root),
        cmocka_unit_test(defaults_are_strict),
        cmocka_unit_test(a_clusters_policy_asks_for_amds_crl),
        cmocka_unit_test(finds_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
