/* Generated evidence with everything a verification needs: for tests, the mutation program, the bench and fuzz corpora. */
#ifndef AVO_ATTEST_TESTING_SCENE_H
#define AVO_ATTEST_TESTING_SCENE_H

#include "attest/sim/amd.h"
#include "attest/sim/collateral.h"
#include "attest/sim/quote.h"
#include "attest/sim/td_report.h"
#include "attest/verify/verify.h"

#define TEST_NOW INT64_C(1751328000) /* 2025-07-01T00:00:00Z */
#define TEST_DAY INT64_C(86400)

struct test_scene {
    struct avo_sim_platform *platform; /* Intel scenes */
    struct avo_sim_amd *amd;           /* AMD scenes */
    struct avo_policy policy;          /* production, with the simulated root allowed */
    struct avo_roots roots;
    struct avo_sim_statement statement;
    int64_t now_unix_s;
    uint8_t evidence[AVO_SIM_QUOTE_BYTES_MAX];
    size_t evidence_length;
    struct avo_attest_result result;
};

/* An Intel scene with an SGX quote v3 that is accepted. The scene is large and static in tests. False when OpenSSL fails. */
AVO_MUST_USE bool test_scene_sgx(struct test_scene *scene);
/* An Intel scene with a TDX quote of this version and body that is accepted. */
AVO_MUST_USE bool test_scene_tdx(struct test_scene *scene, uint16_t version, bool has_15);
/* An AMD scene with a report of this version that is accepted. */
AVO_MUST_USE bool test_scene_snp(struct test_scene *scene, const struct avo_sim_amd_options *options, uint32_t version);
void test_scene_close(struct test_scene *scene);

/* Put evidence into the scene, signed. */
struct avo_sgx_report test_sgx_report(void);
AVO_MUST_USE bool test_quote_sgx(struct test_scene *scene, const struct avo_sgx_report *report);
AVO_MUST_USE bool test_quote_td(struct test_scene *scene, uint16_t version, const struct avo_td_report *report);
AVO_MUST_USE bool test_report_snp(struct test_scene *scene, const struct avo_snp_report *report);

/* Parses and verifies the scene's evidence into scene->result: with this collateral, or with fresh one by scene->statement. */
void test_verify_with(struct test_scene *scene, const struct avo_collateral *collateral);
void test_verify(struct test_scene *scene);

#endif
