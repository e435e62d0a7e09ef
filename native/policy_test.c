/* Authentic evidence of the native enclave is refused by a policy that accepts the normal one, by name of its measurement; and the
 * reverse. The measurements are those of the programs that were built. */
#include "attest/plug/plug.h"
#include "attest/sim/collateral.h"
#include "attest/sim/folder.h"
#include "attest/sim/platform.h"
#include "tee/sim/measure.h"
#include <ftw.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
// clang-format off
#include <cmocka.h>
// clang-format on

#define NOW_S 1800000000
#define PROGRAM_MAX_BYTES (64U << 20)

struct scene {
    char folder[32];
    struct avo_sim_platform *platform;
    uint8_t normal[AVO_MEASURE_BYTES];
    uint8_t native[AVO_MEASURE_BYTES];
};

static void measure(const char *path, uint8_t measurement[AVO_MEASURE_BYTES]) {
    uint8_t *bytes = malloc(PROGRAM_MAX_BYTES);
    FILE *file = fopen(path, "rb");
    assert_true(bytes != NULL && file != NULL);
    size_t length = fread(bytes, 1, PROGRAM_MAX_BYTES, file);
    (void)fclose(file);
    assert_int_equal(avo_measure_check(avo_slice(bytes, length)), AVO_OK);
    avo_measure_program(avo_slice(bytes, length), measurement);
    free(bytes);
}

static int make(void **state) {
    struct scene *scene = calloc(1, sizeof *scene);
    struct avo_sim_options options = avo_sim_options_default(NOW_S);
    struct avo_sim_statement statement = avo_sim_statement_default(NOW_S);
    struct avo_sim_collateral collateral;
    (void)snprintf(scene->folder, sizeof scene->folder, "/tmp/avocado-native-XXXXXX");
    assert_non_null(mkdtemp(scene->folder));
    scene->platform = avo_sim_platform_create(&options);
    assert_non_null(scene->platform);
    assert_int_equal(avo_sim_collateral_make(scene->platform, &statement, &collateral), AVO_OK);
    assert_int_equal(avo_sim_folder_write(scene->folder, &collateral.view), AVO_OK);
    avo_sim_collateral_free(&collateral);
    measure(NORMAL_ENCLAVE, scene->normal);
    measure(NATIVE_ENCLAVE, scene->native);
    *state = scene;
    return 0;
}

static int entry_remove(const char *path, const struct stat *status, int kind, struct FTW *where) {
    (void)status;
    (void)kind;
    (void)where;
    return remove(path);
}

static int unmake(void **state) {
    struct scene *scene = *state;
    avo_sim_platform_free(scene->platform);
    assert_int_equal(nftw(scene->folder, entry_remove, 8, FTW_DEPTH | FTW_PHYS), 0);
    free(scene);
    return 0;
}

/* The text of a policy that accepts one program as node and as CAS. */
static char *policy_of(const struct scene *scene, const uint8_t measurement[AVO_MEASURE_BYTES]) {
    char hex[AVO_MEASURE_HEX_BYTES];
    char root[4096];
    assert_int_equal(avo_sim_root_pem(scene->platform, root, sizeof root), AVO_OK);
    avo_measure_hex(measurement, hex);
    json_t *policy = json_pack("{s:i, s:b, s:s, s:{s:{s:[{s:s, s:s}]}, s:{s:[{s:s, s:s}]}}}", "version", 1, "allow_simulated_root",
                               1, "simulated_root", root, "roles", "node", "accept", "tee", "sgx", "measurement", hex, "cas",
                               "accept", "tee", "sgx", "measurement", hex);
    char *text = json_dumps(policy, 0);
    json_decref(policy);
    assert_non_null(text);
    return text;
}

/* Evidence of `program` before the policy of `accepted`. */
static enum avo_error judge(const struct scene *scene, const uint8_t *program, const uint8_t *accepted, struct avo_text *reason) {
    static uint8_t quote_bytes[AVO_SIM_QUOTE_BYTES_MAX];
    struct avo_buffer quote = {.data = quote_bytes, .capacity = sizeof quote_bytes};
    struct avo_sgx_report report = {.flags = AVO_SGX_FLAG_INIT | AVO_SGX_FLAG_MODE64, .xfrm = 3};
    uint8_t body[AVO_SGX_REPORT_BYTES];
    uint8_t report_data[AVO_BINDING_BYTES];
    struct avo_attested attested;
    struct avo_attest_plug plug;
    memset(report_data, 7, sizeof report_data);
    memcpy(report.cpu_svn, scene->platform->options.component_svn, sizeof report.cpu_svn);
    memcpy(report.mr_enclave, program, AVO_MEASURE_BYTES);
    memcpy(report.report_data, report_data, sizeof report.report_data);
    avo_sgx_report_encode(&report, body);
    assert_int_equal(avo_sim_quote_v3(scene->platform, body, &quote), AVO_OK);
    char *policy = policy_of(scene, accepted);
    avo_attest_plug_init(&plug, scene->folder);
    avo_text_clear(reason);
    enum avo_error error =
        plug.verifier.verify(plug.verifier.context, avo_slice((const uint8_t *)policy, strlen(policy)), AVO_ATTESTED_ROLE_NODE,
                             avo_buffer_slice(&quote), report_data, NOW_S + 60, &attested, reason);
    free(policy);
    return error;
}

static void each_policy_accepts_its_own_program_alone(void **state) {
    const struct scene *scene = *state;
    char native_hex[AVO_MEASURE_HEX_BYTES];
    struct avo_text reason;
    assert_memory_not_equal(scene->normal, scene->native, AVO_MEASURE_BYTES);
    assert_int_equal(judge(scene, scene->normal, scene->normal, &reason), AVO_OK);
    assert_int_equal(judge(scene, scene->native, scene->native, &reason), AVO_OK);
    assert_int_equal(judge(scene, scene->normal, scene->native, &reason), AVO_EDENIED);
    assert_int_equal(judge(scene, scene->native, scene->normal, &reason), AVO_EDENIED);
    avo_measure_hex(scene->native, native_hex);
    assert_non_null(strstr(reason.bytes, native_hex));
    assert_non_null(strstr(reason.bytes, "is not in the policy"));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(each_policy_accepts_its_own_program_alone, make, unmake)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
