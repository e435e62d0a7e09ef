#include "attest/sim/amd.h"
#include "attest/sim/sign.h"
#include "base/cursor.h"
#include <string.h>

static const uint8_t zeros[152];

struct avo_snp_report avo_sim_amd_report_default(const struct avo_sim_amd *amd, uint32_t version) {
    static const uint8_t family[] = {0, 0x19, 0x19, 0x1A};
    static const uint8_t model[] = {0, 0x01, 0x11, 0x02};
    struct avo_snp_report report = {.version = version, .guest_svn = 1, .policy = 0x30000, .signature_algorithm = 1};
    report.key_info = amd->options.vlek ? 1u << 2 : 0;
    if (version >= 3) {
        report.cpuid_family = family[amd->options.product];
        report.cpuid_model = model[amd->options.product];
        report.cpuid_stepping = 1;
    }
    memcpy(report.current_tcb, amd->options.tcb, 8);
    memcpy(report.reported_tcb, amd->options.tcb, 8);
    memcpy(report.committed_tcb, amd->options.tcb, 8);
    memcpy(report.launch_tcb, amd->options.tcb, 8);
    memcpy(report.chip_id, amd->options.chip_id, 64);
    memset(report.measurement, 0x5E, sizeof report.measurement);
    memset(report.report_data, 0xCC, sizeof report.report_data);
    memset(report.report_id_ma, 0xFF, sizeof report.report_id_ma);
    report.current_major = report.committed_major = 1;
    report.current_minor = report.committed_minor = 55;
    return report;
}

static void write_front(struct avo_writer *writer, const struct avo_snp_report *report) {
    avo_write_u32(writer, report->version);
    avo_write_u32(writer, report->guest_svn);
    avo_write_u64(writer, report->policy);
    avo_write_bytes(writer, report->family_id, 16);
    avo_write_bytes(writer, report->image_id, 16);
    avo_write_u32(writer, report->vmpl);
    avo_write_u32(writer, report->signature_algorithm);
    avo_write_bytes(writer, report->current_tcb, 8);
    avo_write_u64(writer, report->platform_info);
    avo_write_u32(writer, report->key_info);
    avo_write_bytes(writer, zeros, 4);
    avo_write_bytes(writer, report->report_data, 64);
    avo_write_bytes(writer, report->measurement, 48);
    avo_write_bytes(writer, report->host_data, 32);
    avo_write_bytes(writer, report->id_key_digest, 48);
    avo_write_bytes(writer, report->author_key_digest, 48);
    avo_write_bytes(writer, report->report_id, 32);
    avo_write_bytes(writer, report->report_id_ma, 32);
    avo_write_bytes(writer, report->reported_tcb, 8);
}

static void write_back(struct avo_writer *writer, const struct avo_snp_report *report) {
    avo_write_u8(writer, report->cpuid_family);
    avo_write_u8(writer, report->cpuid_model);
    avo_write_u8(writer, report->cpuid_stepping);
    avo_write_bytes(writer, zeros, 0x1A0 - 0x18B);
    avo_write_bytes(writer, report->chip_id, 64);
    avo_write_bytes(writer, report->committed_tcb, 8);
    avo_write_u8(writer, report->current_build);
    avo_write_u8(writer, report->current_minor);
    avo_write_u8(writer, report->current_major);
    avo_write_u8(writer, 0);
    avo_write_u8(writer, report->committed_build);
    avo_write_u8(writer, report->committed_minor);
    avo_write_u8(writer, report->committed_major);
    avo_write_u8(writer, 0);
    avo_write_bytes(writer, report->launch_tcb, 8);
    avo_write_u64(writer, report->launch_mit_vector);
    avo_write_u64(writer, report->current_mit_vector);
    avo_write_bytes(writer, zeros, 0x2A0 - 0x208);
}

/* AMD keeps r and s little-endian in 72 bytes each. */
static void write_scalar(struct avo_writer *writer, const uint8_t big[48]) {
    for (size_t i = 0; i < 48; i++) {
        avo_write_u8(writer, big[47 - i]);
    }
    avo_write_bytes(writer, zeros, 72 - 48);
}

enum avo_error avo_sim_amd_report(const struct avo_sim_amd *amd, const struct avo_snp_report *report,
                                  uint8_t out[AVO_SNP_REPORT_BYTES]) {
    uint8_t signature[96];
    struct avo_writer writer = avo_writer(out, AVO_SNP_REPORT_BYTES);
    memset(out, 0, AVO_SNP_REPORT_BYTES);
    write_front(&writer, report);
    write_back(&writer, report);
    if (!avo_sim_sign_raw(amd->vek_key, EVP_sha384(), avo_writer_slice(&writer), signature, 48)) {
        return AVO_EINVAL;
    }
    write_scalar(&writer, signature);
    write_scalar(&writer, signature + 48);
    return writer.failed ? AVO_ESPACE : AVO_OK;
}
