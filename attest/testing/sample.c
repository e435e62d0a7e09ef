/* Writes evidence to try the tool on, valid from now on for 30 days, under roots of its own. usage: attest_sample FOLDER
 *
 * FOLDER/sgx: quote.bin, root.pem and the collateral; FOLDER/snp: report.bin, root.pem and the collateral. See docs/ATTESTATION.md.
 */
#include "attest/sim/folder.h"
#include "attest/testing/scene.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

static bool write_file(const char *folder, const char *name, struct avo_slice bytes) {
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    bool written = file != NULL && fwrite(bytes.data, 1, bytes.length, file) == bytes.length;
    return (file == NULL || fclose(file) == 0) && written;
}

static bool make_folder(const char *root, const char *name, char path[4096]) {
    (void)snprintf(path, 4096, "%s/%s", root, name);
    return mkdir(path, 0777) == 0 || errno == EEXIST;
}

static bool write_sgx(const char *root, int64_t now_s) {
    char folder[4096];
    char pem[4096];
    uint8_t body[AVO_SGX_REPORT_BYTES];
    uint8_t quote[AVO_SIM_QUOTE_BYTES_MAX];
    struct avo_buffer out = {quote, 0, sizeof quote};
    struct avo_sim_options options = avo_sim_options_default(now_s);
    struct avo_sim_statement statement = avo_sim_statement_default(now_s - 1);
    struct avo_sgx_report report = test_sgx_report();
    struct avo_sim_collateral collateral = {0};
    struct avo_sim_platform *platform = avo_sim_platform_create(&options);
    avo_sgx_report_encode(&report, body);
    bool written =
        platform != NULL && make_folder(root, "sgx", folder) && avo_sim_quote_v3(platform, body, &out) == AVO_OK &&
        avo_sim_collateral_make(platform, &statement, &collateral) == AVO_OK &&
        avo_sim_root_pem(platform, pem, sizeof pem) == AVO_OK && write_file(folder, "quote.bin", avo_buffer_slice(&out)) &&
        write_file(folder, "root.pem", avo_slice_string(pem)) && avo_sim_folder_write(folder, &collateral.view) == AVO_OK;
    avo_sim_collateral_free(&collateral);
    avo_sim_platform_free(platform);
    return written;
}

static bool write_snp(const char *root, int64_t now_s) {
    char folder[4096];
    char pem[4096];
    uint8_t bytes[AVO_SNP_REPORT_BYTES];
    struct avo_sim_amd_options options = avo_sim_amd_options_default(AVO_SNP_GENOA, now_s - 1);
    struct avo_sim_amd *amd = avo_sim_amd_create(&options);
    if (amd == NULL) {
        return false;
    }
    struct avo_snp_report report = avo_sim_amd_report_default(amd, 3);
    bool written = make_folder(root, "snp", folder) && avo_sim_amd_report(amd, &report, bytes) == AVO_OK &&
                   avo_sim_amd_root_pem(amd, pem, sizeof pem) == AVO_OK && write_file(folder, "report.bin", AVO_SLICE_OF(bytes)) &&
                   write_file(folder, "root.pem", avo_slice_string(pem)) && avo_sim_folder_write(folder, &amd->view) == AVO_OK;
    avo_sim_amd_free(amd);
    return written;
}

int main(int argc, char **argv) {
    if (argc != 2) {
        (void)fprintf(stderr, "usage: attest_sample FOLDER\n");
        return 2;
    }
    int64_t now_s = (int64_t)time(NULL);
    if ((mkdir(argv[1], 0777) != 0 && errno != EEXIST) || !write_sgx(argv[1], now_s) || !write_snp(argv[1], now_s)) {
        (void)fprintf(stderr, "attest_sample: %s: %s\n", argv[1], strerror(errno));
        return 1;
    }
    return 0;
}
