#include "attest/testing/scene.h"
#include "attest/verify/parse.h"
#include <string.h>

static bool open_intel(struct test_scene *scene) {
    struct avo_sim_options options = avo_sim_options_default(TEST_NOW);
    struct avo_reason reason;
    memset(scene, 0, sizeof *scene);
    scene->platform = avo_sim_platform_create(&options);
    scene->policy = avo_policy_default_production();
    scene->policy.allow_simulated_root = true;
    scene->statement = avo_sim_statement_default(TEST_NOW);
    scene->now_unix_s = TEST_NOW + TEST_DAY;
    return scene->platform != NULL &&
           avo_sim_root_pem(scene->platform, scene->policy.simulated_root, sizeof scene->policy.simulated_root) == AVO_OK &&
           avo_policy_roots(&scene->policy, &scene->roots, &reason) == AVO_OK;
}

struct avo_sgx_report test_sgx_report(void) {
    struct avo_sgx_report report = {.flags = AVO_SGX_FLAG_INIT | AVO_SGX_FLAG_MODE64, .xfrm = 7, .isv_product_id = 3, .isv_svn = 2};
    memset(report.mr_enclave, 0xAA, sizeof report.mr_enclave);
    memset(report.mr_signer, 0xBB, sizeof report.mr_signer);
    memset(report.report_data, 0xCC, sizeof report.report_data);
    return report;
}

static bool quote(struct test_scene *scene, const struct avo_sim_quote_request *request) {
    struct avo_buffer out = {scene->evidence, 0, sizeof scene->evidence};
    bool made = avo_sim_quote(scene->platform, request, &out) == AVO_OK;
    scene->evidence_length = out.length;
    return made;
}

bool test_quote_sgx(struct test_scene *scene, const struct avo_sgx_report *report) {
    uint8_t body[AVO_SGX_REPORT_BYTES];
    avo_sgx_report_encode(report, body);
    struct avo_sim_quote_request request = {.version = 3, .body_type = 1, .body = AVO_SLICE_OF(body)};
    return quote(scene, &request);
}

bool test_quote_td(struct test_scene *scene, uint16_t version, const struct avo_td_report *report) {
    uint8_t body[AVO_TD_REPORT15_BYTES];
    size_t length = avo_sim_td_report_encode(report, body);
    struct avo_sim_quote_request request = {
        .version = version, .body_type = report->has_15 ? 3 : 2, .body = avo_slice(body, length)};
    return quote(scene, &request);
}

bool test_report_snp(struct test_scene *scene, const struct avo_snp_report *report) {
    scene->evidence_length = AVO_SNP_REPORT_BYTES;
    return avo_sim_amd_report(scene->amd, report, scene->evidence) == AVO_OK;
}

bool test_scene_sgx(struct test_scene *scene) {
    struct avo_sgx_report report = test_sgx_report();
    return open_intel(scene) && test_quote_sgx(scene, &report);
}

bool test_scene_tdx(struct test_scene *scene, uint16_t version, bool has_15) {
    struct avo_td_report report = avo_sim_td_report_default(has_15);
    bool opened = open_intel(scene);
    scene->statement.tdx = true;
    return opened && test_quote_td(scene, version, &report);
}

bool test_scene_snp(struct test_scene *scene, const struct avo_sim_amd_options *options, uint32_t version) {
    struct avo_reason reason;
    memset(scene, 0, sizeof *scene);
    scene->amd = avo_sim_amd_create(options);
    scene->policy = avo_policy_default_production();
    scene->policy.allow_simulated_root = true;
    scene->policy.snp.products |= 1u << AVO_SNP_MILAN;
    scene->now_unix_s = TEST_NOW + TEST_DAY;
    if (scene->amd == NULL ||
        avo_sim_amd_root_pem(scene->amd, scene->policy.simulated_root, sizeof scene->policy.simulated_root) != AVO_OK ||
        avo_policy_roots(&scene->policy, &scene->roots, &reason) != AVO_OK) {
        return false;
    }
    struct avo_snp_report report = avo_sim_amd_report_default(scene->amd, version);
    return test_report_snp(scene, &report);
}

void test_scene_close(struct test_scene *scene) {
    avo_sim_platform_free(scene->platform);
    avo_sim_amd_free(scene->amd);
    scene->platform = NULL;
    scene->amd = NULL;
}

void test_verify_with(struct test_scene *scene, const struct avo_collateral *collateral) {
    struct avo_evidence evidence;
    memset(&scene->result, 0, sizeof scene->result);
    scene->result.error = avo_evidence_parse(avo_slice(scene->evidence, scene->evidence_length), &evidence, &scene->result.reason);
    if (scene->result.error != AVO_OK) {
        return;
    }
    struct avo_attest_input input = {.evidence = &evidence,
                                     .collateral = collateral,
                                     .now_unix_s = scene->now_unix_s,
                                     .roots = &scene->roots,
                                     .policy = &scene->policy,
                                     .role = AVO_ATTESTED_ROLE_ANY};
    avo_attest_verify(&input, &scene->result);
}

void test_verify(struct test_scene *scene) {
    struct avo_sim_collateral collateral;
    if (scene->amd != NULL) {
        test_verify_with(scene, &scene->amd->view);
    } else if (avo_sim_collateral_make(scene->platform, &scene->statement, &collateral) == AVO_OK) {
        test_verify_with(scene, &collateral.view);
        avo_sim_collateral_free(&collateral);
    }
}
