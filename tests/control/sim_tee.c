#include "tests/control/sim_tee.h"
#include "attest/sim/collateral.h"
#include "attest/sim/folder.h"
#include "attest/sim/local_report.h"
#include "attest/sim/platform.h"
#include "base/assert.h"
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct sim_tee {
    struct avo_sim_platform *platform;
    uint8_t seed[AVO_SIM_SEED_BYTES]; /* of report keys */
};

void sim_tee_collateral(const struct sim_tee *tee, uint64_t now_s, bool revoke, const char *folder) {
    struct avo_sim_statement statement = avo_sim_statement_default((int64_t)now_s);
    struct avo_sim_collateral collateral;
    statement.revoke_ca = revoke;
    enum avo_error error = avo_sim_collateral_make(tee->platform, &statement, &collateral);
    AVO_ASSERT(error == AVO_OK);
    error = avo_sim_folder_write(folder, &collateral.view);
    AVO_ASSERT(error == AVO_OK);
    avo_sim_collateral_free(&collateral);
}

struct sim_tee *sim_tee_open(uint64_t now_s, const char *folder) {
    struct avo_sim_options options = avo_sim_options_default((int64_t)now_s);
    struct sim_tee *tee = calloc(1, sizeof *tee);
    AVO_ASSERT(tee != NULL);
    tee->platform = avo_sim_platform_create(&options);
    AVO_ASSERT(tee->platform != NULL);
    sim_tee_collateral(tee, now_s, false, folder);
    memcpy(tee->seed, tee->platform->options.ppid, sizeof tee->platform->options.ppid);
    return tee;
}

struct sim_tee *sim_tee_sibling(const struct sim_tee *from) {
    struct sim_tee *tee = calloc(1, sizeof *tee);
    AVO_ASSERT(tee != NULL);
    tee->platform = avo_sim_platform_sibling(from->platform);
    AVO_ASSERT(tee->platform != NULL);
    memcpy(tee->seed, tee->platform->options.ppid, sizeof tee->platform->options.ppid);
    return tee;
}

void sim_tee_folder_remove(const char *folder) {
    static const char *const names[] = {"tcb.json", "qe.json", "chain.pem", "root_crl.der", "pck_crl.der"};
    char path[128];
    for (size_t i = 0; i < AVO_COUNT(names); i++) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        (void)unlink(path);
    }
    (void)rmdir(folder);
}

void sim_tee_close(struct sim_tee *tee) {
    avo_sim_platform_free(tee->platform);
    free(tee);
}

static struct avo_sgx_report body_of(const struct sim_tee *tee, uint8_t measurement, const uint8_t *report_data) {
    struct avo_sgx_report report = {.flags = AVO_SGX_FLAG_INIT | AVO_SGX_FLAG_MODE64, .xfrm = 3, .mr_enclave = {measurement}};
    memcpy(report.cpu_svn, tee->platform->options.component_svn, sizeof report.cpu_svn);
    memcpy(report.report_data, report_data, sizeof report.report_data);
    return report;
}

void sim_tee_report(const struct sim_tee *tee, uint8_t measurement, bool debug, const uint8_t target[32],
                    const uint8_t report_data[AVO_BINDING_BYTES], uint8_t report[AVO_LOCAL_REPORT_BYTES]) {
    static const uint8_t key_id[AVO_REPORT_KEY_ID_BYTES] = {7};
    struct avo_sgx_report body = body_of(tee, measurement, report_data);
    body.flags |= debug ? AVO_SGX_FLAG_DEBUG : 0;
    enum avo_error error = avo_sim_local_report(tee->seed, target, key_id, &body, report);
    AVO_ASSERT(error == AVO_OK);
}

void sim_tee_report_key(const struct sim_tee *tee, uint8_t measurement, const uint8_t key_id[AVO_REPORT_KEY_ID_BYTES],
                        uint8_t key[AVO_CMAC_KEY_BYTES]) {
    const uint8_t own[32] = {measurement};
    avo_sim_report_key(tee->seed, own, key_id, key);
}

void sim_tee_attest(void *context, uint8_t measurement, const uint8_t report_data[AVO_BINDING_BYTES], struct avo_buffer *evidence) {
    const struct sim_tee *tee = context;
    struct avo_sgx_report report = body_of(tee, measurement, report_data);
    uint8_t body[AVO_SGX_REPORT_BYTES];
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

/* The whole text; `role` and `section` are more of it, each with its comma in front, or "". */
static void write_policy(const struct sim_tee *tee, const uint8_t owner[32], const uint8_t *measurements, const char *role,
                         const char *section, char policy[SIM_POLICY_BYTES]) {
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
                          "           \"cas\": {\"accept\": [{\"tee\": \"sgx\", \"measurement\": \"%02x%062d\"}]}%s}%s}\n",
                          owner_hex, root, measurements[0], 0, measurements[1], 0, role, section);
    AVO_ASSERT(length > 0 && length < SIM_POLICY_BYTES);
}

void sim_tee_policy(const struct sim_tee *tee, const uint8_t owner[32], uint8_t node, uint8_t cas, char policy[SIM_POLICY_BYTES]) {
    const uint8_t measurements[] = {node, cas};
    write_policy(tee, owner, measurements, "", "", policy);
}

void sim_tee_policy_las(const struct sim_tee *tee, const struct sim_tee *other, const uint8_t owner[32],
                        const uint8_t measurements[3], bool required, char policy[SIM_POLICY_BYTES]) {
    char chip[33], other_chip[33], role[256], section[512];
    (void)sodium_bin2hex(chip, sizeof chip, tee->platform->options.ppid, 16);
    (void)sodium_bin2hex(other_chip, sizeof other_chip, other->platform->options.ppid, 16);
    (void)snprintf(role, sizeof role, ",\n  \"las\": {\"accept\": [{\"tee\": \"sgx\", \"measurement\": \"%02x%062d\"}]}",
                   measurements[2], 0);
    (void)snprintf(section, sizeof section,
                   ",\n \"las\": {\"required\": %s, \"machines\": [{\"name\": \"m1\", \"chip\": \"%s\", \"slots\": [0, 1]},\n"
                   "   {\"name\": \"m2\", \"chip\": \"%s\", \"slots\": [2]}]}",
                   required ? "true" : "false", chip, other_chip);
    write_policy(tee, owner, measurements, role, section, policy);
}
