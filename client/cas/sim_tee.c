#include "client/cas/sim_tee.h"
#include "attest/sim/collateral.h"
#include "attest/sim/folder.h"
#include "attest/sim/platform.h"
#include "base/assert.h"
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sim_tee {
    struct avo_sim_platform *platform;
};

struct sim_tee *sim_tee_open(uint64_t now_s, const char *folder) {
    struct avo_sim_options options = avo_sim_options_default((int64_t)now_s);
    struct avo_sim_statement statement = avo_sim_statement_default((int64_t)now_s);
    struct avo_sim_collateral collateral;
    struct sim_tee *tee = calloc(1, sizeof *tee);
    AVO_ASSERT(tee != NULL);
    tee->platform = avo_sim_platform_create(&options);
    AVO_ASSERT(tee->platform != NULL);
    enum avo_error error = avo_sim_collateral_make(tee->platform, &statement, &collateral);
    AVO_ASSERT(error == AVO_OK);
    error = avo_sim_folder_write(folder, &collateral.view);
    AVO_ASSERT(error == AVO_OK);
    avo_sim_collateral_free(&collateral);
    return tee;
}

void sim_tee_close(struct sim_tee *tee) {
    avo_sim_platform_free(tee->platform);
    free(tee);
}

void sim_tee_attest(void *context, uint8_t measurement, const uint8_t report_data[AVO_BINDING_BYTES], struct avo_buffer *evidence) {
    const struct sim_tee *tee = context;
    struct avo_sgx_report report = {.flags = AVO_SGX_FLAG_INIT | AVO_SGX_FLAG_MODE64, .xfrm = 3};
    uint8_t body[AVO_SGX_REPORT_BYTES];
    memcpy(report.cpu_svn, tee->platform->options.component_svn, sizeof report.cpu_svn);
    report.mr_enclave[0] = measurement;
    memcpy(report.report_data, report_data, sizeof report.report_data);
    avo_sgx_report_encode(&report, body);
    evidence->length = 0;
    enum avo_error error = avo_sim_quote_v3(tee->platform, body, evidence);
    AVO_ASSERT(error == AVO_OK);
}

/* PEM with its line ends as JSON writes them. */
static void escape(const char *pem, char *to, size_t capacity) {
    size_t length = 0;
    for (; *pem != 0 && length + 3 < capacity; pem++) {
        if (*pem == '\n') {
            to[length++] = '\\';
        }
        to[length++] = *pem == '\n' ? 'n' : *pem;
    }
    to[length] = 0;
}

void sim_tee_policy(const struct sim_tee *tee, const uint8_t owner[32], uint8_t node, uint8_t cas, char policy[SIM_POLICY_BYTES]) {
    char pem[2048], root[3072], owner_hex[65];
    enum avo_error error = avo_sim_root_pem(tee->platform, pem, sizeof pem);
    AVO_ASSERT(error == AVO_OK);
    escape(pem, root, sizeof root);
    (void)sodium_bin2hex(owner_hex, sizeof owner_hex, owner, 32);
    int length = snprintf(policy, SIM_POLICY_BYTES,
                          "{\"version\": 1,\n"
                          " \"cluster\": {\"name\": \"test\", \"nodes\": 3, \"workers\": 2, \"mtu\": 1400},\n"
                          " \"owner\": \"%s\",\n"
                          " \"allow_simulated_root\": true, \"simulated_root\": \"%s\",\n"
                          " \"roles\": {\"node\": {\"accept\": [{\"tee\": \"sgx\", \"measurement\": \"%02x%062d\"}]},\n"
                          "           \"cas\": {\"accept\": [{\"tee\": \"sgx\", \"measurement\": \"%02x%062d\"}]}}}\n",
                          owner_hex, root, node, 0, cas, 0);
    AVO_ASSERT(length > 0 && length < SIM_POLICY_BYTES);
}
