/* Real evidence from real CPUs: every case of cases.json and snp_cases.json gives its expected result. */
#include "attest/testing/vectors.h"
#include "attest/verify/bundle.h"
#include "attest/verify/file.h"
#include "attest/verify/json.h"
#include "attest/verify/parse.h"
#include "attest/verify/verify.h"
#include "attest/x509/clock.h"
#include "base/random.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define MUTATIONS 100
#define MUTATION_SEED 20250701

static const char *vectors;

struct outcome {
    struct avo_attest_result result;
    size_t zero_tail_bytes;
};

static void vector_path(const char *name, char out[4096]) {
    (void)snprintf(out, 4096, "%s/%s", vectors, name);
}

static json_t *load_cases(const char *name) {
    char path[4096];
    json_error_t error;
    vector_path(name, path);
    json_t *cases = json_load_file(path, 0, &error);
    assert_non_null(cases);
    return cases;
}

static void load_bundle(const char *name, struct avo_collateral_owned *out) {
    char path[4096];
    struct avo_reason reason;
    vector_path(name, path);
    struct avo_buffer text;
    assert_int_equal(avo_file_read(path, &text, &reason), AVO_OK);
    assert_int_equal(avo_collateral_from_json(avo_buffer_slice(&text), out, &reason), AVO_OK);
    free(text.data);
}

static struct avo_slice load_file(const char *name, struct avo_collateral_owned *owner) {
    char path[4096];
    struct avo_buffer bytes;
    struct avo_reason reason;
    vector_path(name, path);
    assert_int_equal(avo_file_read_hex(path, &bytes, &reason), AVO_OK);
    return avo_collateral_keep(owner, bytes.data, bytes.length);
}

static const char *member(const json_t *object, const char *key) {
    return json_string_value(json_object_get(object, key));
}

/* One piece, either a file of its own or a member of a bundle. */
static struct avo_slice load_piece(const json_t *spec, const char *key, bool chain, struct avo_collateral_owned *owner,
                                   struct avo_collateral_owned *bundle) {
    const char *name = member(spec, key);
    if (strstr(name, "_collateral.json") == NULL) {
        return load_file(name, owner);
    }
    avo_collateral_free(bundle);
    load_bundle(name, bundle);
    struct avo_slice part = chain ? bundle->view.tcb_chain : bundle->view.pck_crl;
    uint8_t *copy = malloc(part.length);
    assert_non_null(copy);
    memcpy(copy, part.data, part.length);
    return avo_collateral_keep(owner, copy, part.length);
}

static void load_collateral(const json_t *spec, struct avo_collateral_owned *out) {
    struct avo_collateral_owned bundle = {0};
    if (member(spec, "phala") != NULL) {
        load_bundle(member(spec, "phala"), out);
        return;
    }
    memset(out, 0, sizeof *out);
    out->view.tcb_info = load_file(member(spec, "tcb"), out);
    out->view.qe_identity = load_file(member(spec, "qe"), out);
    out->view.root_crl = load_file(member(spec, "root_crl"), out);
    out->view.tcb_chain = load_piece(spec, "chain", true, out, &bundle);
    out->view.pck_crl = load_piece(spec, "pck_crl", false, out, &bundle);
    avo_collateral_free(&bundle);
}

static void run_case(const char *evidence_name, const struct avo_collateral *collateral, const char *now,
                     const struct avo_policy *policy, const struct avo_roots *roots, struct outcome *out) {
    struct avo_collateral_owned owner = {0};
    struct avo_evidence evidence;
    int64_t now_unix_s = 0;
    memset(out, 0, sizeof *out);
    assert_int_equal(avo_date_parse(avo_slice_string(now), &now_unix_s), AVO_OK);
    out->result.error = avo_evidence_parse(load_file(evidence_name, &owner), &evidence, &out->result.reason);
    if (out->result.error == AVO_OK) {
        struct avo_attest_input input = {&evidence, collateral, now_unix_s, roots, policy, AVO_ATTESTED_ROLE_ANY, NULL};
        avo_attest_verify(&input, &out->result);
        out->zero_tail_bytes = evidence.quote.zero_tail_bytes;
    }
    avo_collateral_free(&owner);
}

/* The advisories of a result as cases.json writes them: sorted, with commas, "-" for none. */
static int by_name(const void *a, const void *b) {
    return strcmp(a, b);
}

static void advisories_text(struct avo_attest_result *result, char out[4096]) {
    size_t length = 0;
    qsort(result->advisory, result->advisory_count, AVO_ADVISORY_BYTES, by_name);
    (void)snprintf(out, 4096, "%s", result->advisory_count == 0 ? "-" : "");
    for (uint32_t i = 0; i < result->advisory_count; i++) {
        length += (size_t)snprintf(out + length, 4096 - length, "%s%s", i == 0 ? "" : ",", result->advisory[i]);
    }
}

/* The outcome in the words of cases.json's "expect". */
static void describe(struct outcome *outcome, char out[8192]) {
    char advisories[4096];
    char tail[40] = "";
    char module[48] = "";
    const struct avo_claims *claims = &outcome->result.claims;
    if (!outcome->result.valid) {
        (void)snprintf(out, 8192, "ERR");
        return;
    }
    advisories_text(&outcome->result, advisories);
    if (outcome->zero_tail_bytes > 0) {
        (void)snprintf(tail, sizeof tail, " trailing-zero=%zu", outcome->zero_tail_bytes);
    }
    if (claims->has_module) {
        (void)snprintf(module, sizeof module, " module=%s", avo_tcb_status_name(claims->module_status));
    }
    (void)snprintf(out, 8192, "SIG-OK status=%s%s debug=%d adv=%s%s", avo_tcb_status_name(outcome->result.status), module,
                   claims->debug, advisories, tail);
}

/* Real evidence, one bit changed anywhere before the padding, seeded: never valid. */
static size_t count_valid_mutants(const char *evidence_name, const struct avo_collateral *collateral, const char *now,
                                  const struct avo_policy *policy, const struct avo_roots *roots) {
    struct avo_prng prng = avo_prng(MUTATION_SEED);
    struct avo_collateral_owned owner = {0};
    struct avo_slice bytes = load_file(evidence_name, &owner);
    uint8_t *changed = malloc(bytes.length);
    size_t padding = 0;
    size_t valid = 0;
    int64_t now_unix_s = 0;
    assert_non_null(changed);
    assert_int_equal(avo_date_parse(avo_slice_string(now), &now_unix_s), AVO_OK);
    while (bytes.length != AVO_SNP_REPORT_BYTES && bytes.data[bytes.length - 1 - padding] == 0) {
        padding++;
    }
    for (int i = 0; i < MUTATIONS; i++) {
        struct avo_evidence evidence;
        struct avo_attest_result result;
        struct avo_reason reason;
        memcpy(changed, bytes.data, bytes.length);
        changed[avo_prng_below(&prng, bytes.length - padding)] ^= (uint8_t)(1u << avo_prng_below(&prng, 8));
        if (avo_evidence_parse(avo_slice(changed, bytes.length), &evidence, &reason) == AVO_OK) {
            struct avo_attest_input input = {&evidence, collateral, now_unix_s, roots, policy, AVO_ATTESTED_ROLE_ANY, NULL};
            avo_attest_verify(&input, &result);
            valid += result.valid;
        }
    }
    free(changed);
    avo_collateral_free(&owner);
    return valid;
}

static void intel_cases_give_their_expected_result(void **state) {
    (void)state;
    struct avo_policy policy = avo_policy_default_production();
    struct avo_roots roots = avo_roots_vendor();
    json_t *cases = load_cases("cases.json");
    size_t index;
    json_t *item;
    size_t wrong = 0;
    assert_true(json_array_size(cases) >= 18);
    json_array_foreach(cases, index, item) {
        struct avo_collateral_owned collateral;
        struct outcome outcome;
        char text[8192];
        load_collateral(json_object_get(item, "collateral"), &collateral);
        run_case(member(item, "quote"), &collateral.view, member(item, "now"), &policy, &roots, &outcome);
        describe(&outcome, text);
        const char *expected = member(item, "expect");
        bool right = strncmp(expected, "ERR", 3) == 0 ? strcmp(text, "ERR") == 0 : strcmp(text, expected) == 0;
        bool clean = outcome.result.status == AVO_TCB_UP_TO_DATE && !outcome.result.claims.debug;
        right = right && outcome.result.accepted == (outcome.result.valid && clean);
        printf("    %s %s: %s\n        %s\n", right ? "ok   " : "WRONG", member(item, "name"), text, outcome.result.reason.text);
        if (!right) {
            printf("        expected %s\n", expected);
        }
        wrong += !right;
        wrong += count_valid_mutants(member(item, "quote"), &collateral.view, member(item, "now"), &policy, &roots);
        avo_collateral_free(&collateral);
    }
    json_decref(cases);
    assert_int_equal(wrong, 0);
}

struct snp_expectation {
    const char *name;
    bool valid;
    bool accepted_with_milan; /* under a policy that allows Milan */
    bool debug;
    const char *reason; /* in the reason under the production defaults */
};

static const struct snp_expectation snp_expected[] = {
    {"snp-v2-milan-debug", true, false, true, "debug"},
    {"snp-v2-milan", true, true, false, "Milan"},
    {"snp-v3-vlek", true, false, false, "Milan"},
    {"snp-v3-vlek-expired", false, false, false, "expired 2025-12-10"},
    {"snp-vlek-with-vcek-chain", false, false, false, "SEV-VLEK-Milan"},
};

static void run_snp(const json_t *item, const struct avo_policy *policy, struct outcome *outcome) {
    struct avo_roots roots = avo_roots_vendor();
    struct avo_collateral_owned collateral = {0};
    collateral.view.vek = load_file(member(item, "vek"), &collateral);
    collateral.view.vek_chain = load_file(member(item, "chain"), &collateral);
    run_case(member(item, "report"), &collateral.view, member(item, "now"), policy, &roots, outcome);
    printf("    %s: %s\n", member(item, "name"), outcome->result.reason.text);
    assert_int_equal(count_valid_mutants(member(item, "report"), &collateral.view, member(item, "now"), policy, &roots), 0);
    avo_collateral_free(&collateral);
}

static void amd_cases_give_their_expected_result(void **state) {
    (void)state;
    struct avo_policy production = avo_policy_default_production();
    struct avo_policy milan = production;
    milan.snp.products |= 1u << AVO_SNP_MILAN;
    milan.snp.of[AVO_SNP_MILAN].require_crl = false; /* the vectors have none */
    json_t *cases = load_cases("snp_cases.json");
    size_t found = 0;
    for (size_t i = 0; i < AVO_COUNT(snp_expected); i++) {
        size_t index;
        json_t *item;
        json_array_foreach(cases, index, item) {
            struct outcome outcome;
            if (strcmp(member(item, "name"), snp_expected[i].name) != 0) {
                continue;
            }
            found++;
            run_snp(item, &production, &outcome);
            assert_int_equal(outcome.result.valid, snp_expected[i].valid);
            assert_false(outcome.result.accepted);
            assert_non_null(strstr(outcome.result.reason.text, snp_expected[i].reason));
            run_snp(item, &milan, &outcome);
            assert_int_equal(outcome.result.accepted, snp_expected[i].accepted_with_milan);
            assert_int_equal(outcome.result.claims.debug, snp_expected[i].debug);
            assert_false(outcome.result.claims.revocation_checked);
        }
    }
    json_decref(cases);
    assert_int_equal(found, AVO_COUNT(snp_expected));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(intel_cases_give_their_expected_result),
        cmocka_unit_test(amd_cases_give_their_expected_result),
    };
    vectors = test_vectors();
    printf("mutations by seed %d\n", MUTATION_SEED);
    return vectors == NULL ? TEST_SKIPPED : cmocka_run_group_tests(tests, NULL, NULL);
}
