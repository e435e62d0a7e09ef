#include "attest/verify/evidence.h"
#include "base/cursor.h"
#include <string.h>

enum { SIGNED_BYTES = 0x2A0, SIGNATURE_FIELD_BYTES = 72 };

static void read_zeros(struct avo_reader *reader, size_t length) {
    struct avo_slice zeros = avo_read_slice(reader, length);
    for (size_t i = 0; i < zeros.length; i++) {
        if (zeros.data[i] != 0) {
            avo_read_fail(reader);
            return;
        }
    }
}

static void read_front(struct avo_reader *reader, struct avo_snp_report *report) {
    report->version = avo_read_u32(reader);
    report->guest_svn = avo_read_u32(reader);
    report->policy = avo_read_u64(reader);
    avo_read_bytes(reader, report->family_id, sizeof report->family_id);
    avo_read_bytes(reader, report->image_id, sizeof report->image_id);
    report->vmpl = avo_read_u32(reader);
    report->signature_algorithm = avo_read_u32(reader);
    avo_read_bytes(reader, report->current_tcb, sizeof report->current_tcb);
    report->platform_info = avo_read_u64(reader);
    report->key_info = avo_read_u32(reader);
    read_zeros(reader, 4);
    avo_read_bytes(reader, report->report_data, sizeof report->report_data);
    avo_read_bytes(reader, report->measurement, sizeof report->measurement);
    avo_read_bytes(reader, report->host_data, sizeof report->host_data);
    avo_read_bytes(reader, report->id_key_digest, sizeof report->id_key_digest);
    avo_read_bytes(reader, report->author_key_digest, sizeof report->author_key_digest);
    avo_read_bytes(reader, report->report_id, sizeof report->report_id);
    avo_read_bytes(reader, report->report_id_ma, sizeof report->report_id_ma);
    avo_read_bytes(reader, report->reported_tcb, sizeof report->reported_tcb);
}

static void read_cpuid(struct avo_reader *reader, struct avo_snp_report *report) {
    if (report->version < 3) {
        read_zeros(reader, 3);
        return;
    }
    report->cpuid_family = avo_read_u8(reader);
    report->cpuid_model = avo_read_u8(reader);
    report->cpuid_stepping = avo_read_u8(reader);
}

static void read_back(struct avo_reader *reader, struct avo_snp_report *report) {
    avo_read_bytes(reader, report->chip_id, sizeof report->chip_id);
    avo_read_bytes(reader, report->committed_tcb, sizeof report->committed_tcb);
    report->current_build = avo_read_u8(reader);
    report->current_minor = avo_read_u8(reader);
    report->current_major = avo_read_u8(reader);
    read_zeros(reader, 1);
    report->committed_build = avo_read_u8(reader);
    report->committed_minor = avo_read_u8(reader);
    report->committed_major = avo_read_u8(reader);
    read_zeros(reader, 1);
    avo_read_bytes(reader, report->launch_tcb, sizeof report->launch_tcb);
    if (report->version >= 5) {
        report->launch_mit_vector = avo_read_u64(reader);
        report->current_mit_vector = avo_read_u64(reader);
    } else {
        read_zeros(reader, 16);
    }
    read_zeros(reader, SIGNED_BYTES - 0x208);
}

/* 72 little-endian bytes, of which P-384 uses 48; kept big-endian. */
static void read_scalar(struct avo_reader *reader, uint8_t out[48]) {
    uint8_t little[48];
    avo_read_bytes(reader, little, sizeof little);
    for (size_t i = 0; i < sizeof little; i++) {
        out[i] = little[sizeof little - 1 - i];
    }
    read_zeros(reader, SIGNATURE_FIELD_BYTES - sizeof little);
}

enum avo_error avo_snp_report_parse(struct avo_slice bytes, struct avo_snp_report *report, struct avo_reason *reason) {
    memset(report, 0, sizeof *report);
    if (bytes.length != AVO_SNP_REPORT_BYTES) {
        return avo_reason_set(reason, AVO_EFORMAT, "SNP report: %zu bytes instead of 1184; get the report again", bytes.length);
    }
    struct avo_reader reader = avo_reader(bytes);
    read_front(&reader, report);
    read_cpuid(&reader, report);
    read_zeros(&reader, 0x1A0 - 0x18B);
    read_back(&reader, report);
    report->signed_bytes = avo_slice_part(bytes, 0, SIGNED_BYTES);
    read_scalar(&reader, report->signature_r);
    read_scalar(&reader, report->signature_s);
    read_zeros(&reader, reader.left);
    if (report->version < 2 || report->version > 5) {
        return avo_reason_set(reason, AVO_EFORMAT, "SNP report: version %u is unknown (2 to 5 are)", report->version);
    }
    if (!avo_reader_done(&reader)) {
        return avo_reason_set(reason, AVO_EFORMAT,
                              "SNP report: a field that must be zero is not; the report is altered or of a "
                              "newer format than its version %u says",
                              report->version);
    }
    if (report->signature_algorithm != 1) {
        return avo_reason_set(reason, AVO_EFORMAT, "SNP report: signature algorithm %u is not ECDSA P-384 with SHA-384 (1)",
                              report->signature_algorithm);
    }
    return AVO_OK;
}
